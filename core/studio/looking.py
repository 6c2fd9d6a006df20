"""Looking at what edits came to: at trials before one is chosen, and at the result beside what was there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image
from torch import Tensor

from core.foundations.records import Edit, Picture, Report
from core.foundations.region import Region
from core.studio.fulfil import Acting
from core.studio.playing import Cells, Jointly, Step, common
from core.studio.reports import compare, meant, seam_limit
from core.studio.shelf import Made, Readings, Shelf

BOUND = "{0} Only what is {1} was free to change."


@dataclass
class Looking:
    """How trials of a request are looked at.

    Attributes:
        library: what reads.
        paint: latents `[n c h w]` to RGB uint8 `[n h w 3]`.
        play: a stack to the picture after it, and what paints that.
        stack: edits that are there already, and those that the request has come to so far.
        cells: what paints the picture before the request.
        now: that picture `[h w 3]`.
        within: what the request may touch; everywhere where None.
        tried: whether any trial was looked at yet.
    """

    library: Shelf
    paint: Callable[[Tensor], np.ndarray]
    play: Callable[[tuple[Edit, ...]], Made]
    stack: tuple[Edit, ...]
    cells: Cells
    now: np.ndarray
    within: Region | None
    tried: bool = False

    @property
    def _bound(self) -> Region | None:
        return None if self.library.whole else self.within

    @property
    def actors(self) -> Acting:
        """How handles act on joined latents."""
        return Jointly(self.cells, self.library.acting)

    def read(self, trials: Tensor) -> list[Readings]:
        """What joined latents `[n k*c h w]` come to show, bounded by nothing: half a part is none."""
        self.tried = True
        return self.library.read(self.cells.shown(self.paint(self.cells.apart(trials))))

    def tried_on(self, edit: Edit, slot: str) -> Readings:
        """What the picture comes to show by an edit of a slot, bounded as it will be."""
        self.tried = True
        made = self.play((*self.stack, replace(edit, within=self._of(slot))))
        return self.library.read(np.asarray(made.picture.image)[None])[0]

    def torn_by(self, edit: Edit, slot: str) -> float:
        """How much of a seam shows around an edit of a slot, bounded as it will be; 1 where it is too much."""
        return self.seam((replace(edit, within=self._of(slot)),))[0] / seam_limit(self.within)

    def left(self, rest: tuple[Edit, ...], before: Readings) -> Readings | None:
        """What the picture shows with fewer steps than there are; None where steps leave nothing behind, or only a region may change."""
        if self.library.whole or self.within is not None:
            return None
        return self.library.align(before, self.library.read(np.asarray(self.play(rest).picture.image)[None])[0])

    def done(self, edits: Sequence[Edit], slot: str) -> tuple[Edit, ...]:
        """The edits of a slot, bounded as they will be; from now on they are there."""
        bounded = tuple(replace(edit, within=self._of(slot)) for edit in edits)
        self.stack += bounded
        return bounded

    def _of(self, slot: str) -> Region | None:
        """What bounds an edit of a slot; a part that bounds an edit already is that same region."""
        place = self.library.own(slot)
        if self.within is not None or not place:
            return self.within
        known = (edit.within for edit in self.stack if edit.within and edit.within.part == place and not edit.within.keep)
        return next(known, None) or self.library.region(place, self.now)

    def seam(self, edits: Sequence[Edit]) -> tuple[float, str]:
        """How much of a seam shows around bounded edits, where the library judges them, and around what; see `Cells.seam`.

        They are looked at alone: hair that was made blond before them has a rim of its own. A part with its own edge has no seam.
        """
        soft = tuple(edit for edit in edits if edit.within and not self.library.seamless(edit.within.part))
        if self.library.whole or not soft:
            return 0.0, ""
        cells = self.play(soft).cells
        return cells.seam(self.paint(cells.latents)), soft[-1].within.told if soft[-1].within else ""

    def told(self, refusal: str | None) -> str | None:
        """A refusal, with what bounded the trials where there were any."""
        return BOUND.format(refusal, self._bound.told) if refusal and self._bound and self.tried else refusal


def bounded(
    library: Shelf, picture: Picture, sentence: str, current: Picture, before: Readings, stack: Sequence[Edit]
) -> tuple[Picture, str]:
    """A picture bounded as a sentence says, where it says so, and the rest of the sentence.

    Args:
        picture: before all steps.
        current: after those of the stack.
        before: what is read there.
        stack: a part that bounds one of its steps already is that same region.
    """
    rest, region = library.bounded(sentence, np.asarray(current.image), {r.slot: r.part for r in before})
    if region is None:
        return picture, sentence
    known = next((edit.within for edit in stack if edit.within and edit.within.part == region.part and not edit.within.keep), region)
    return replace(picture, within=known), rest


def sketched(library: Shelf, cells: Cells) -> Image.Image:
    """What cells paint in a hurry, perhaps smaller."""
    painted = library.sketch(cells.latents)
    return Image.fromarray(cells.smaller(painted.shape[1]).shown(painted)[0])


def compared(library: Shelf, before: Picture, after: Picture, read_before: Readings, steps: Sequence[Step]) -> Report:
    """What steps changed and what they kept, from the pictures before and after them."""
    world, pair = library.world, (np.asarray(before.image), np.asarray(after.image))
    read_after = library.align(read_before, library.read(pair[1][None])[0])
    shown = [{r.slot: r.part for r in reading} for reading in (read_before, read_after)]
    turned = [(step.handle, step.strength) for step in steps]
    wanted = meant(turned, read_before, read_after, lambda slot, part: library.alike(slot, part, shown[1]))
    slots = {handle.slot for handle, _ in turned}
    # What has no slot has no place of its own, so nothing that it changes is out of place.
    place = np.full((world.side, world.side), "" in slots)
    for composition in shown:
        for slot in slots & set(world.slots):
            place |= world.mask(composition, slot)
    report = compare(library.differ(*pair), read_before, read_after, wanted, place, common(steps), bool(library.places))
    moved = [change.slot for change in report.changes if change.changed]
    kept = [change.slot for change in report.changes if not (change.changed or change.wanted)]
    return replace(report, boxes=library.boxes(*pair, moved), stayed=library.stayed(read_before, read_after, kept))
