"""How an edit of a face is bounded to a part of it, and where a change of one is looked at.

An edit that is bounded to a part shows wholly on the part, which is first widened by a few pixels since it was seen on coarse places,
and fades out over as many more. Sizes are shares of the picture's side.
"""

from __future__ import annotations

import numpy as np
import torch.nn.functional as F
from PIL import Image, ImageFilter
from torch import Tensor

from core.foundations.errors import StudioError
from core.models.face_seen import PARTS
from core.worlds.faces.parts import NAMED, Named

Box = tuple[int, int, int, int]
"""Left, top, right and bottom, in pixels."""
WIDER = 0.012
"""By how much a part is widened."""
RIM = 0.01
"""How wide its rim is, as the standard deviation of the blur."""
ROOM = 0.035
"""By how much more glasses are: thin frames are seen in patches, and throw shadows."""
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


def mask_of(seen: Tensor, parts: tuple[str, ...], side: int) -> np.ndarray:
    """Where any of some parts is more likely than not, `[h w]` bool of a side, from probabilities `[19 64 64]`."""
    likely = seen[[PARTS.index(part) for part in parts]].sum(0)[None, None]
    return (F.interpolate(likely, (side, side), mode="bilinear", align_corners=False)[0, 0] > 0.5).cpu().numpy()


def softened(mask: np.ndarray, wider: float = WIDER) -> np.ndarray:
    """How far an edit within a mask `[h w]` bool shows, `[h w]` in [0, 1]: wholly on the mask, and less and less around it."""
    side = len(mask)
    reach = max(1, round(wider * side))
    wide = Image.fromarray(mask.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(2 * reach + 1))
    soft = np.asarray(wide.filter(ImageFilter.GaussianBlur(RIM * side)), np.float32) / 255
    return np.where(mask, 1.0, soft).astype(np.float32)


def box_of(mask: np.ndarray) -> Box:
    """The square around a mask `[h w]` bool with something of what surrounds it; the whole picture where the mask is nearly as large."""
    side = len(mask)
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    if not len(rows):
        return 0, 0, side, side
    size = max(np.ptp(rows), np.ptp(columns)) + 1
    size = min(side, max(round(size * (1 + 2 * AROUND)), round(LEAST * side)))
    left, top = (int(np.clip(round((at[0] + at[-1] + 1 - size) / 2), 0, side - size)) for at in (columns, rows))
    return left, top, left + size, top + size
