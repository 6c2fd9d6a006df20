"""How an edit of a face is bounded to a part of it, and where a change of one is looked at.

An edit that is bounded to a part shows wholly on the part, which is first widened by a few pixels since it was seen on coarse places,
and fades out over as many more. Where the part has edges it follows those of the picture instead, so that it ends where the hair does:

    q = mean(a) g + mean(b),    a = cov(g, p) / (var(g) + e),    b = mean(p) - a mean(g),    means over boxes

with g the picture's lightness and p the part. Sizes are shares of the picture's side.

Source: He, Sun and Tang, "Guided image filtering", 2010.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from core.foundations.errors import StudioError
from core.models.face_seen import PARTS
from core.worlds.faces.parts import NAMED, Named

OWN = {
    **dict.fromkeys(("expression", "mouth", "beard", "glasses"), "face"),
    "age": "face and neck",
    "hat": "hat",
    "hair colour": "hair",
    "hair length": "hair and ears",
    "lips": "lips",
    **dict.fromkeys(("background", "setting"), "background"),
}
"""The part to which an edit of a slot is bounded where nobody bounds it otherwise: no line of w turns one thing alone. A head that turns
takes everything with it."""
_GROUND = ("background lightness", "busy")
_HAIR = ("hat", "hair lightness", "hair colour", "hair below", "hair above")
_MOUTH = ("mouth open", "beard", "lipstick")
_FACE = (
    "neutral",
    "smiling",
    "surprised",
    "sad",
    "angry",
    "age",
    "female",
    "glasses",
    "sunglasses",
    "skin lightness",
    "turn",
    "nod",
    *_MOUTH,
)
UNSEEN = {
    "face": (*_HAIR, *_GROUND),
    "face and neck": (*_HAIR, *_GROUND),
    "hat": (*_FACE, *_GROUND),
    "hair": (*_FACE, *_GROUND),
    "hair and ears": (*_FACE, *_GROUND),
    "lips": ("age", "female", "glasses", "sunglasses", "skin lightness", "beard", *_HAIR, *_GROUND),
    "background": (*_FACE, *_HAIR),
}
"""Of each of these parts the attributes that an edit cannot change which is bounded to it: what shows them lies elsewhere."""
RECOLOURED = ("hair", "lips", "background")
"""Parts of which only the colour changes, or what lies behind everything: the edge of the part is no seam."""
EDGED = (*RECOLOURED, "face", "face and neck")
"""Parts that end where the picture has an edge, which a bound edit follows; where hats and hair came or went there is none yet."""
AND = " and "
"""Between the names of a region's several parts."""
Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""
WIDER = 0.012
"""By how much a part is widened."""
RIM = 0.01
"""How wide its rim is, as the standard deviation of the blur."""
ROOM = 0.035
"""By how much more glasses are: thin frames are seen in patches, and throw shadows."""
NEAR = 0.03
"""How far around a place its edge is looked for."""
FLAT = 1e-3
"""e: variance of lightness in [0, 1] below which there is no edge."""
AROUND = 0.16
"""What is shown around a part, in its own sides."""
LEAST = 0.36
"""The least side of what is shown: less would be a few coarse pixels."""
PLACES = (
    *("hair", "face", "head", "skin", "eyebrows", "eyes", "nose", "mouth", "lips", "ears", "glasses", "hat", "neck", "clothes"),
    "background",
)
"""The parts that people choose from, by their names in core.worlds.faces.parts; by a word any of those there may be asked for."""
_EYES = ("left eye", "right eye", "left brow", "right brow")
_BENEATH: dict[tuple[str, ...], tuple[str, ...]] = {("glasses",): _EYES, ("hat",): ("hair",)}
_LIPS = ("mouth", "upper lip", "lower lip")
_HEAD = next(named.parts for named in NAMED if named.name == "head")
SHOWN: dict[str, tuple[str, ...]] = {
    "expression": (*_EYES, "nose", *_LIPS),
    "mouth": _LIPS,
    "age": _HEAD,
    "glasses": ("glasses", *_EYES),
    "hat": ("hat", "hair"),
    "hair colour": ("hair",),
    "hair length": ("hair",),
    "beard": ("nose", *_LIPS),
    "lips": _LIPS,
    "turn": _HEAD,
    "nod": _HEAD,
    "identity": _HEAD,
}
"""For a slot the parts around which its change is looked at; of any other slot the whole picture."""


def place(name: str) -> Named:
    """A part by its name; StudioError where there is none such."""
    found = next((named for named in NAMED if named.name == name), None)
    if found is None:
        raise StudioError(f"A face has no part {str(name)[:40]!r} to which an edit could be bounded. There are: {', '.join(PLACES)}.")
    return found


def bounding(name: str) -> tuple[str, ...]:
    """What belongs to a part that bounds an edit: of glasses the eyes and brows too, on which they sit, of a hat the hair."""
    parts = place(name).parts
    return (*parts, *_BENEATH.get(parts, ()))


def room(name: str) -> float:
    """By how much a part is widened."""
    return ROOM if place(name).parts == ("glasses",) else WIDER


def unseen(slot: str) -> tuple[str, ...]:
    """The attributes that an edit of a slot cannot change, as it is bounded."""
    return UNSEEN.get(OWN.get(slot, ""), ())


def mask_of(seen: Tensor, parts: tuple[str, ...], side: int) -> np.ndarray:
    """Where any of some parts is more likely than not, `[h w]` bool of a side, from probabilities `[19 64 64]`."""
    likely = seen[[PARTS.index(part) for part in parts]].sum(0)[None, None]
    return (F.interpolate(likely, (side, side), mode="bilinear", align_corners=False)[0, 0] > 0.5).cpu().numpy()


def along_edges(mask: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """How far an edit within a mask `[h w]` bool shows, `[h w]` in [0, 1], where it follows the edges of a picture `[h w 3]`."""
    reach = max(1, round(NEAR * len(mask)))
    part = torch.from_numpy(mask.astype(np.float32))[None, None]
    light = torch.from_numpy(rgb.astype(np.float32)).mean(-1)[None, None] / 255

    def mean(values: Tensor) -> Tensor:
        return F.avg_pool2d(F.pad(values, [reach] * 4, mode="replicate"), 2 * reach + 1, 1)

    middle, level = mean(light), mean(part)
    slope = (mean(light * part) - middle * level) / (mean(light * light) - middle * middle + FLAT)
    share = mean(slope) * light + mean(level - slope * middle)
    return share[0, 0].clamp(0, 1).numpy()


def softened(mask: np.ndarray, wider: float = WIDER) -> np.ndarray:
    """How far an edit within a mask `[h w]` bool shows, `[h w]` in [0, 1]: wholly on the mask, and less and less around it."""
    side = len(mask)
    reach = max(1, round(wider * side))
    wide = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * reach + 1))
    soft = np.asarray(wide.filter(ImageFilter.GaussianBlur(RIM * side)), np.float32) / 255
    return np.where(mask, 1.0, soft).astype(np.float32)


def share_of(part: str, masks: Sequence[np.ndarray], pictures: Sequence[np.ndarray]) -> np.ndarray:
    """How far an edit that is bounded to a part shows, `[h w]` in [0, 1]: on the part as it was, and as it became.

    Args:
        part: the name of one, or of several joined by `AND`.
        masks: where it is before the edit, and after it, `[h w]` bool.
        pictures: RGB `[h w 3]` uint8 before it, and after it.
    """
    if part in EDGED:
        return np.maximum(*(along_edges(mask, rgb) for mask, rgb in zip(masks, pictures, strict=True)))
    return softened(np.logical_or(*masks), max(map(room, part.split(AND))))


def box_of(mask: np.ndarray) -> Box:
    """The square around a mask `[h w]` bool with something of what surrounds it; the whole picture where the mask is nearly as large."""
    side = len(mask)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return 0, 0, side, side
    size = int(max(np.ptp(rows), np.ptp(columns))) + 1
    size = min(side, max(round(size * (1 + 2 * AROUND)), round(LEAST * side)))
    left, top = (int(np.clip(round((at[0] + at[-1] + 1 - size) / 2), 0, side - size)) for at in (columns, rows))
    return left, top, left + size, top + size
