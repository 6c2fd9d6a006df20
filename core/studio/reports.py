"""What an edit changed and what it kept, read from the pixels by a reader that knows nothing of the handle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from core.foundations.records import Change, Handle, Report, SlotReading
from core.foundations.region import Region

Turned = Sequence[tuple[Handle, float]]
"""Handles with their strengths, in the order in which they were turned."""

NOT_INSIDE = (
    "Nothing changed: edits are bounded now and act only {0}, where nothing can show this. Take the bound off to change the whole "
    "picture, or take another mask from Segment."
)
SEAM = 0.025
"""From which seam on (core.studio.playing.Cells.seam) an edit looks cut out and pasted on; where none is seen it is below .012."""
SEAMED = "I tried, but a seam would show around what is {0}, so everything was put back. Take the bound off, or bound it to a larger part."
SEAM_OF_OWN = 0.015
"""The same where nobody bounded the edit but what it is of."""
SEAMED_OF_OWN = (
    "I tried, but a seam would show around what is {0}, so everything was put back. Ask for a little of it, or for something else."
)
TOGETHER = (
    "I tried, and each of these can be done, but together they would also have changed the {0}, so everything was put back. "
    "Ask for one of them, and then for the next."
)
MISSED_INSIDE = "Edits are bounded now and act only {0}. Take the bound off to change the whole {1}."


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def _told(change: Change) -> str:
    """Such as "cat head to shark head"; of more of the same that it is the same."""
    if change.before.name == change.after.name:
        return f"the {change.slot}, though still {change.after.name}"
    return f"{change.before.name} to {change.after.name}"


def _sentence(changes: tuple[Change, ...], pixels: float, where: str, brief: bool) -> str:
    moved = [c for c in changes if c.changed]
    kept = [c.slot for c in changes if not c.changed and not brief]
    if not pixels:
        return "Nothing changed."
    if not moved:
        little, place = [c.after.name for c in changes if c.wanted], f", {where}" if where else ""
        if little:
            return f"Changed only a little{place}: still {_list(little)}. {pixels:.0%} of the pixels differ."
        return f"All parts are still called as before, though {pixels:.0%} of the pixels changed{place}."
    text = f"Changed{f' {where}' if where else ''}: " + "; ".join(map(_told, moved)) + "."
    stray = [c.slot for c in moved if not c.wanted]
    missed = [c.slot for c in changes if c.wanted and not c.changed]
    text += f" Kept: {_list(kept)}." if kept else ""
    text += f" Not asked for: {_list(stray)}." if stray else ""
    return text + (f" Still as before: {_list(missed)}." if missed else "")


def meant(
    turned: Turned,
    before: tuple[SlotReading, ...],
    after: tuple[SlotReading, ...],
    alike: Callable[[str, str], tuple[str, ...]],
) -> set[str]:
    """The slots in which a change was asked for.

    They are those of the handles, but one whose last handle brings about what was there before and is there again, as
    where a part was swapped away and back. Where a handle without a slot was turned, nobody said what it would do: then
    all that changed is what was asked for.

    Args:
        turned: handles that were turned between the two readings.
        before: what was read at first.
        after: what is read now.
        alike: slot and part to the parts that count as the same.
    """
    asked = {handle.slot: (handle.part, strength) for handle, strength in turned}
    wanted = set()
    for change in (Change(b.slot, b, a, b.slot in asked) for b, a in zip(before, after, strict=True)):
        part, strength = asked.get(change.slot, ("", 0.0))
        there = bool(part) and strength > 0 and change.after.part in alike(change.slot, part)
        named = change.slot in asked and (change.changed or not there)
        if named or (change.changed and "" in asked):
            wanted.add(change.slot)
    return wanted


def compare(
    difference: np.ndarray,
    read_before: tuple[SlotReading, ...],
    read_after: tuple[SlotReading, ...],
    wanted: set[str],
    place: np.ndarray,
    where: str = "",
    brief: bool = False,
) -> Report:
    """Compare two pictures.

    Args:
        difference: where they are not the same, `[h w]` bool.
        read_before: what was read in the first, slot by slot.
        read_after: what was read in the second.
        wanted: slots that were meant to change.
        place: where a change may be `[h w]` bool: where the slots of what was turned are or were; elsewhere it counts as stray.
        where: what bounded the edits, such as "inside “the glasses”".
        brief: whether the sentence leaves out what was kept, since that is told by itself.
    """
    changes = tuple(Change(b.slot, b, a, b.slot in wanted) for b, a in zip(read_before, read_after, strict=True))
    pixels = float(difference.mean())
    return Report(changes, pixels, float((difference & ~place).mean()), _sentence(changes, pixels, where, brief), difference)


def strayed(report: Report) -> str | None:
    """A refusal where edits that each changed only what they should have changed something else when taken together."""
    stray = [change.slot for change in report.changes if change.changed and not change.wanted]
    return TOGETHER.format(_list(stray)) if stray else None


def seam_limit(within: Region | None) -> float:
    """From which seam on an edit looks pasted on, where a person bounded it, or nobody did."""
    return SEAM if within else SEAM_OF_OWN


def hindered(report: Report, within: Region | None, seam: float = 0.0, around: str = "") -> tuple[str | None, str]:
    """What a region kept edits from: a refusal where nothing changed, or a seam shows, and a note where a slot was not reached.

    Args:
        within: what a person bounded the edits to.
        seam: of the picture after them.
        around: what it runs around, in words.
    """
    if seam >= seam_limit(within):
        return (SEAMED if within else SEAMED_OF_OWN).format(around), ""
    missed = [change.slot for change in report.changes if change.wanted and not change.changed]
    if within is None or (report.pixels and not missed):
        return None, ""
    if not report.pixels:
        return NOT_INSIDE.format(within.told), ""
    return None, MISSED_INSIDE.format(within.told, _list(missed))
