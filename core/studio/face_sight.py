"""What is seen of a face: its parts by their names, as the reader of faces has them, and all else as photographs' eyes see it.

    share of a place = p / (p + q),   p = the likeliest of the asked parts there, q = the likeliest of all others

So a place is of what was asked where one of its parts is likeliest. The reader's maps have 64 x 64 places; they are made as large as
the picture, and brought to its edges by the guided filter that photographs' heat goes through too. Something is there where enough
places are its own: so many that on 197 portraits few parts were missed that the reader's teacher has nine places of, and few seen of
which it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.images import to_tensor
from core.foundations.records import Picture, Segmentation, Word
from core.foundations.threads import sized
from core.language.words import words_of
from core.methods.read.segment_refine import guided
from core.models.face_eyes import FaceEyes
from core.models.face_reader import PIXELS, FaceReader
from core.models.face_seen import PARTS
from core.studio.sight import Sight, checked
from core.worlds.faces.attributes import attributes, states
from core.worlds.faces.parts import PLACED, Named, part_named

CUT = 0.5
"""From which share on a place is of a part, and from which presence on a part counts as there."""
ENOUGH = 6
"""Places, of 64 x 64, that are of a part where it is there."""
RADIUS, EPS = 2, 1e-3
"""Of the guided filter's window, in pixels, and how much variance of colour counts as none."""
LEAST_WORD = 0.02
"""The share from which on a part is told of a place."""


class Face(NamedTuple):
    """What was read of one face.

    Attributes:
        parts: probabilities `[19 64 64]`, in the order of PARTS.
        states: slot to state.
    """

    parts: Tensor
    states: dict[str, str]


@sized
class FaceSight(Sight):
    """Faces, aligned as FFHQ, before what reads faces and before photographs' eyes.

    Args:
        photos: what photographs are seen by.
        reader: of faces.
        eyes: what the reader sees through.
    """

    def __init__(self, photos: Sight, reader: FaceReader, eyes: FaceEyes) -> None:
        super().__init__(photos.clip, photos.lenses, photos.encoder, photos.world, photos.segmenting, photos.rule)
        self.looks, self.reader, self.eyes = photos.looks, reader, eyes
        self._face = lru_cache(16)(self._read)

    def segment(self, picture: Picture, text: str, method: str = "studio", threshold: float | None = None) -> Segmentation:
        """Where a text is seen: a part of a face by its name is the reader's own; anything else, and by any other method, as in `Sight`.

        Args:
            method: "studio", or another of core.methods.read.segment.METHODS, by which the reader is not asked.
            threshold: where the heat is cut, in [0, 1]; the method's own where None.

        Raises:
            RequestError: where the text is empty or too long.
            SettingError: where there is no such method.
        """
        named = _named(text) if method == "studio" else None
        if named is None:
            return super().segment(picture, text, method, threshold)
        face, cut = self._of(picture), CUT if threshold is None else min(max(float(threshold), 0.0), 1.0)
        heat, there = self._heat(picture, face, named), _presence(face, named)
        mask = heat > cut if there >= CUT else np.zeros(heat.shape, bool)
        instead = () if there >= CUT else self.parts(picture, 4)
        return Segmentation(heat, mask, cut, checked(text), method, 2 * there - 1, there, CUT, instead)

    def presence(self, picture: Picture, texts: Sequence[str]) -> tuple[float, ...]:
        """How probable it is that each text is in a picture, in [0, 1]: a part of a face as the reader has it, else as in `Sight`.

        Raises:
            RequestError: where a text is empty or too long.
        """
        others = [text for text in texts if _named(text) is None]
        seen = dict(zip(others, super().presence(picture, others), strict=True)) if others else {}
        return tuple(seen[text] if text in seen else self._part_presence(picture, text) for text in texts)

    def against(self, picture: Picture, one: str, other: str, method: str = "studio") -> np.ndarray:
        """Where one text is seen rather than another, `[h w]` in [-1, 1], as in `Sight`."""
        if method != "studio" or not (_named(one) or _named(other)):
            return super().against(picture, one, other, method)
        first, second = (found.heat * found.presence * found.there for found in (self.segment(picture, text) for text in (one, other)))
        return np.clip(first - second, -1, 1)

    def here(self, picture: Picture, row: int, column: int, limit: int = 5) -> tuple[Word, ...]:
        """The parts of a face that a place may be of, each with its share; StudioError outside the picture."""
        height, width = picture.image.height, picture.image.width
        if not (0 <= row < height and 0 <= column < width):
            raise StudioError("This place lies outside the picture. Click on the picture.")
        maps = self._of(picture).parts
        at = maps[:, row * maps.shape[1] // height, column * maps.shape[2] // width]
        words = [Word(named.name, float(at[named.channels].sum())) for named in PLACED]
        return tuple(sorted((w for w in words if w.weight >= LEAST_WORD), key=lambda word: -word.weight))[:limit]

    def parts(self, picture: Picture, limit: int = 8) -> tuple[Word, ...]:
        """The parts of a face that are there, each with its presence."""
        face = self._of(picture)
        sure = (Word(named.name, _presence(face, named)) for named in PLACED if named.name != "skin")
        return tuple(word for word in sure if word.weight >= CUT)[:limit]

    # Within -------------------------------------------------------------------------------------------------------

    def _of(self, picture: Picture) -> Face:
        image = picture.image.convert("RGB")
        return self._face(image.tobytes(), image.size)

    @torch.inference_mode()
    def _read(self, pixels: bytes, size: tuple[int, int]) -> Face:
        rgb = to_tensor(np.frombuffer(pixels, np.uint8).reshape(1, size[1], size[0], 3).copy()).to(self.device)
        aligned = F.interpolate(rgb, (PIXELS, PIXELS), mode="bilinear", antialias=True, align_corners=False)
        seen = self.reader.read(self.eyes, aligned)
        return Face(seen.parts[0], states(attributes(aligned, seen))[0])

    def _part_presence(self, picture: Picture, text: str) -> float:
        named = _named(text)
        assert named is not None
        return _presence(self._of(picture), named)

    def _heat(self, picture: Picture, face: Face, named: Named) -> np.ndarray:
        """The share of every pixel `[h w]`, in [0, 1]."""
        size = (picture.image.height, picture.image.width)
        large = F.interpolate(face.parts[None], size, mode="bilinear", align_corners=False)[0]
        colours = to_tensor(np.asarray(picture.image.convert("RGB"))[None]).to(self.device)
        found: Tensor = guided(_share(large, named)[None, None], colours, RADIUS, EPS)[0, 0]
        return found.clamp(0, 1).cpu().numpy()


def _named(text: str) -> Named | None:
    return part_named([word.plain for word in words_of(checked(text))])


def _share(maps: Tensor, named: Named) -> Tensor:
    """How much each place `[h w]` is of something rather than of all else, from probabilities `[19 h w]`."""
    others = [channel for channel in range(len(PARTS)) if channel not in named.channels]
    own, rest = maps[named.channels].amax(0), maps[others].amax(0)
    return own / (own + rest).clamp(min=1e-6)


def _presence(face: Face, named: Named) -> float:
    """The share of the last of the places that are enough; 0 where it has to be in a state that it is not in."""
    if named.state and face.states[named.state[0]] != named.state[1]:
        return 0.0
    return float(_share(face.parts, named).flatten().topk(ENOUGH).values[-1])
