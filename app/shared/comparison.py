"""A comparison: everything that before/after and the report show of a moment, as plain data that can also lie in a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from app.shared.pictures import is_soft, seen
from core.foundations.records import Change, Picture, Report, Result, SlotReading


@dataclass(frozen=True)
class Part:
    """A part in words and as a thumbnail."""

    slot: str
    name: str
    image: str = ""


@dataclass(frozen=True)
class Turn:
    """One slot that reads otherwise, or that should and does not."""

    before: Part
    after: Part
    wanted: bool


@dataclass(frozen=True)
class Line:
    """Something that stayed, in a sentence, with its measure; `first` where a person asks of it first."""

    sentence: str
    measure: str
    first: bool = True


@dataclass(frozen=True)
class Comparison:
    """Before, after, and what is to be said about it. Images are data URIs.

    Attributes:
        kept: what reads as before.
        stayed: the same in sentences with a measure each, where a world tells it so.
        near: whether the parts' thumbnails are cut out of the two pictures, each pair from one box.
        fit: share of a person's own picture that the model gave back; 1 for the world's own pictures.
        said: the last sentence, or the name of the last step; "" where what came last is not known.
        last: what that changed, in a sentence; "" where it is all that changed.
        note: what a person should know about it; else "".
        pixels: of the picture.
    """

    before: str
    after: str
    difference: str
    say: str
    share: float
    changed: tuple[Turn, ...] = ()
    kept: tuple[Part, ...] = ()
    missed: tuple[Turn, ...] = ()
    edited: bool = True
    fit: float = 1.0
    said: str = ""
    last: str = ""
    note: str = ""
    pixels: int = 1024
    stayed: tuple[Line, ...] = ()
    near: bool = False

    def to_dict(self) -> dict:
        """For a file."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict) -> Comparison:
        """From a file."""
        turns = {k: tuple(Turn(Part(**t["before"]), Part(**t["after"]), t["wanted"]) for t in data[k]) for k in ("changed", "missed")}
        stayed = tuple(Line(**line) for line in data.get("stayed", ()))
        return cls(**{**data, **turns, "stayed": stayed, "kept": tuple(Part(**p) for p in data["kept"])})


def difference_map(before: Image.Image, after: Image.Image, changed: np.ndarray | None = None) -> Image.Image:
    """Changed pixels in their new colour, all others as a pale shadow of themselves; RGBA, for any background. Of photographs RGB.

    Args:
        changed: which, `[h w]` bool; all that are not the same where None.
    """
    a, b = (np.asarray(i.convert("RGB")) for i in (before, after))
    changed = (a != b).any(-1) if changed is None else changed
    grey = a.mean(-1)
    if is_soft(before):
        return Image.fromarray(np.where(changed[..., None], b, (grey * 0.25 + 110)[..., None]).astype(np.uint8))
    out = np.empty((*changed.shape, 4), np.uint8)
    out[..., :3] = np.where(changed[..., None], b, (grey * 0.4 + 90)[..., None])
    out[..., 3] = np.where(changed, 255, 42)
    return Image.fromarray(out, "RGBA")


def _part(reading: SlotReading, image: Callable[[str, str], str]) -> Part:
    return Part(reading.slot, reading.name or "something new", image(reading.slot, reading.part))


def _turn(change: Change, image: Callable[[str, str], str]) -> Turn:
    return Turn(_part(change.before, image), _part(change.after, image), change.wanted)


def _near(turn: Turn, pair: tuple[Image.Image, Image.Image], box: tuple[int, int, int, int] | None) -> Turn:
    """A turn with what is seen of it in the pictures before and after, in the same box of both."""
    if box is None:
        return turn
    before, after = (seen(picture.crop(box)) for picture in pair)
    return replace(turn, before=replace(turn.before, image=before), after=replace(turn.after, image=after))


def _told(report: Report, pair: tuple[Image.Image, Image.Image], base: dict, image: Callable[[str, str], str]) -> Comparison:
    turns = ((c.slot, _turn(c, image)) for c in report.changes if c.changed)
    changed = sorted(
        (_near(turn, pair, report.boxes.get(slot)) for slot, turn in turns), key=lambda turn: bool(report.boxes) and not turn.wanted
    )
    missed = tuple(_turn(c, image) for c in report.changes if c.wanted and not c.changed)
    kept = tuple(_part(c.after, image) for c in report.changes if not c.changed and not c.wanted)
    stayed = tuple(Line(line.sentence, line.measure, line.first) for line in report.stayed)
    found = Comparison(**base, say=report.sentence, share=report.pixels, changed=tuple(changed), kept=kept, missed=missed)
    return replace(found, stayed=stayed, near=bool(report.boxes))


def make_comparison(
    base: Picture, result: Result, read: Callable[[Picture], tuple[SlotReading, ...]], image: Callable[[str, str], str]
) -> Comparison:
    """A result beside the picture before all edits.

    Args:
        base: the picture before all edits.
        result: what came of them.
        read: the lens that names what a picture shows.
        image: slot and part to a thumbnail's URI.
    """
    before, after = base.image, result.picture.image
    changed = result.report.difference if result.report else None
    shown: dict[str, Any] = {
        "before": seen(before),
        "after": seen(after),
        "difference": seen(difference_map(before, after, changed)),
        "fit": base.fit,
        "pixels": before.width * before.height,
    }
    if result.report is not None:
        return _told(result.report, (before, after), shown, image)
    # What has one state alone, such as whose face it is, tells of an edit and not of a picture.
    kept = tuple(_part(r, image) for r in read(result.picture) if len(r.towards) != 1)
    say = "Every step is muted, so nothing changed." if result.edits else "This is what the model sees. Say what should change."
    return Comparison(**shown, say=say, share=0.0, kept=kept, edited=bool(result.edits))
