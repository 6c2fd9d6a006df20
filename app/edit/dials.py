"""The dials below a face: each turns what has more and less, by the handles of its two ends, and is one step of the list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.shared.desks import Scale
from app.shared.templates import macros
from core.foundations.errors import SettingError
from core.foundations.records import Edit, Handle
from core.foundations.region import Region

MOST = 2.0
"""How far a dial goes either way, in strengths."""
STEP = 0.1
AS_IS = "as it is"
"""What is said of a dial that turns nothing."""


@dataclass(frozen=True)
class Dial:
    """One dial.

    Attributes:
        scale: what it turns.
        low: the handle of its lower end, or "".
        high: the handle of its upper end, or "".
    """

    scale: Scale
    low: str
    high: str

    @property
    def handles(self) -> tuple[str, ...]:
        """Both, as far as there are two."""
        return tuple(filter(None, (self.low, self.high)))

    def edit(self, value: float, within: Region | None) -> Edit:
        """What a value stands for: the handle of the end that it lies towards, or the other one turned against it."""
        towards, away = (self.high, self.low) if value >= 0 else (self.low, self.high)
        return Edit(towards, abs(value), within=within) if towards else Edit(away, -abs(value), within=within)

    def value(self, edits: Iterable[Edit]) -> float:
        """Where it stands under a stack of edits, in [-MOST, MOST]."""
        sums = {id: sum(e.strength for e in edits if e.handle == id and not e.muted) for id in self.handles}
        return min(max(sums.get(self.high, 0.0) - sums.get(self.low, 0.0), -MOST), MOST)

    def turned(self, edits: Sequence[Edit], value: float, within: Region | None) -> tuple[Edit, ...]:
        """The stack with the dial at a value, moved into its bounds: one step in the place of its first, none where the value is 0."""
        value = min(max(value, -MOST), MOST)
        at = next((place for place, edit in enumerate(edits) if edit.handle in self.handles), len(edits))
        rest = [edit for edit in edits if edit.handle not in self.handles]
        new = self.edit(value, within)
        # What a sentence fitted to this picture stays so while it is turned further or less.
        fitted = next((edit.trim for edit in edits if edit.handle == new.handle and new.strength * edit.strength > 0), ())
        return tuple(rest if not value else [*rest[:at], replace(new, trim=fitted), *rest[at:]])

    def word(self, value: float) -> str:
        """A value in words."""
        if abs(value) < STEP / 2:
            return AS_IS
        end = self.scale.high_word if value > 0 else self.scale.low_word
        return f"much {end}" if abs(value) > 1.2 else end if abs(value) > 0.5 else f"a bit {end}"


def dials_of(handles: Iterable[Handle], scales: Sequence[Scale]) -> tuple[Dial, ...]:
    """The dials of the scales of which at least one end can be turned."""
    known = {(handle.slot, handle.part): handle.id for handle in handles}
    both = ((s, known.get((s.slot, s.low), ""), known.get((s.slot, s.high), "")) for s in scales)
    return tuple(Dial(scale, low, high) for scale, low, high in both if low or high)


def dial_named(dials: Sequence[Dial], title: object) -> Dial:
    """One of them by its title; SettingError where it is none."""
    found = next((dial for dial in dials if dial.scale.title == title), None)
    if found is None:
        raise SettingError("There is no such dial here. Choose one of those that are shown.")
    return found


def draw(dials: Sequence[Dial], edits: Sequence[Edit], number: int) -> str:
    """All dials as they stand; nothing where there are none."""
    rows = []
    for dial in dials:
        value = dial.value(edits)
        words = {"word": dial.word(value), "low": dial.scale.low_word, "high": dial.scale.high_word}
        rows.append({"id": dial.scale.title, "title": dial.scale.title, "value": f"{value:g}", **words})
    return str(macros("edit/dials.html").dials(rows, number, f"{MOST:g}", STEP))
