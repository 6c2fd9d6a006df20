"""Cut-outs: pictures of one thing each, with where it is not transparent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core.foundations.errors import WeightsError


@dataclass(frozen=True, eq=False)
class Stamp:
    """One cut-out.

    Attributes:
        name: its path within the package, without ending.
        rgba: uint8 `[h w 4]`, cut close around what is not transparent.
        label: its class's plain name, or None where it has none of its own.
        kind: the coarser kind, or None.
    """

    name: str
    rgba: np.ndarray
    label: str | None
    kind: str | None


def class_names(stamps: Sequence[Stamp]) -> list[str]:
    """All labels, each once, in alphabetical order."""
    return sorted({stamp.label for stamp in stamps if stamp.label})


def close_cut(image: Image.Image) -> np.ndarray:
    """A cut-out of any mode as RGBA uint8 `[h w 4]`, without the transparent rows and columns around it."""
    rgba = np.asarray(image.convert("RGBA"))
    solid = rgba[..., 3] > 8
    rows, columns = (np.flatnonzero(solid.any(axis)) for axis in (1, 0))
    if not len(rows):
        raise WeightsError("A stamp is transparent everywhere. Take it out.")
    return rgba[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
