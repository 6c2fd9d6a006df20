"""The judge of truth for attacks on photographs: a picture counts only where the true thing is whole, and the wrong one is not there."""

from __future__ import annotations

from core.foundations.records import Picture
from core.studio.photo_stage import PhotoTruth


def accepted(picture: Picture, true: str, wrong: str) -> bool:
    """Whether one picture counts: the true thing is there and every pixel of it is seen, and the wrong one is not there."""
    truth: PhotoTruth = picture.truth
    whole = [bool(one.full and one.seen.sum() == one.full) for name, one in zip(truth.names, truth.laid, strict=True) if name == true]
    return any(whole) and wrong not in truth.names
