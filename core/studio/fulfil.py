"""From targets to edits: choose the weakest handle measured to do it, turn it, read the result, and try harder if it failed.

Where every trial that shows what is wished harms another part, by some pixels or as a whole, that part is brought about once more
beforehand, by an edit of its own: what the latent holds more firmly survives the turn. The result is read by the same standard.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol

import torch
from torch import Tensor

from core.foundations.records import STRONGEST, Edit, Handle, SlotReading
from core.studio.recipes import kept_strength

GOOD = 0.95
"""A handle is trusted where it was measured to succeed, and to keep the rest, at least this often."""
CLEAN = 0.97
"""A part counts as shown where at least this share of its pixels agrees: a blend of two heads is no head."""
KINDS = ("feature", "bundle", "direction", "concept", "shift")
"""Weakest first: one feature moves least, a direction and a shift most."""
HARDER = (1.0, 1.25, 0.8, 1.5)
"""Strengths tried one after another, as multiples of the measured one."""
MOST_TRIALS = 12
FIRMER = (1.0, 0.5)
"""Strengths, as multiples of the measured one, at which what was harmed is brought about beforehand."""
MOST_FIRMER = 3
"""Trials before which that is done, the furthest first."""

Readings = tuple[SlotReading, ...]
Reader = Callable[[Tensor], Sequence[Readings]]
Tried = Callable[[Edit], Readings]
"""From an edit to what is read of the picture after it, bounded as it will be."""
Torn = Callable[[Edit], float]
"""From an edit to how much of a seam shows around it, bounded as it will be: from 1 on it looks cut out and pasted on."""
Keepers = Callable[[str, str], Sequence[Handle]]
"""From a slot and a part to the handles that bring it about."""


class Acting(Protocol):
    """How handles act on latents."""

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on latents `[n c h w]`."""


@dataclass(frozen=True)
class Standard:
    """How clean a result has to be, in one world.

    Attributes:
        clean: a part counts as shown from this confidence on.
        perfect: from here on nothing better is looked for.
    """

    clean: float = CLEAN
    perfect: float = 1.0


@dataclass(frozen=True)
class Wish:
    """One slot that should come to show one of some parts.

    Attributes:
        slot: where.
        parts: acceptable part ids, the preferred one first.
        amount: 1 for all the way; otherwise a strength that is used as it is, or the steps to go.
        relative: whether it is met by going so many steps towards the first part, from wherever the slot is; only where a world
            measures steps.
        keeps: slots that have to stay, even where they would move along with what is wished, as a mouth does with a smile.
    """

    slot: str
    parts: tuple[str, ...]
    amount: float = 1.0
    relative: bool = False
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fulfilment:
    """What came of a wish.

    Attributes:
        edits: those that were chosen, or tried last, in order: the last is for the wish, any before it hold what that alone would harm.
        latent: `[c h w]` after them.
        met: whether the reader saw the wish come true.
        harmed: what was read in other slots before, and is no longer, or no longer as cleanly.
        reading: what was read after them.
        worth: 2 if done to the last pixel, above 1 if done, up to 1 if not: there, showing the wish counts for more than harming nothing.
        partly: whether it came only a part of the way, plainly to be seen, and is taken where nothing came further.
        torn: how much of a seam shows around what changed, as `Torn` has it.
    """

    edits: tuple[Edit, ...]
    latent: Tensor
    met: bool
    harmed: Readings
    reading: Readings
    worth: float
    partly: bool = False
    torn: float = 0.0

    @property
    def done(self) -> bool:
        """Whether the wish came true, at least partly, and everything else stayed."""
        return (self.met or self.partly) and not self.harmed and self.torn < 1


def best_strength(handle: Handle) -> tuple[float, float, float]:
    """The smallest strength that does nearly the best measured, with its success and kept share."""
    points = list(zip(handle.curve.strengths, handle.curve.success, handle.curve.kept, strict=True))
    if not points:
        return 1.0, 0.0, 0.0
    top = max(success * kept for _, success, kept in points)
    return next(point for point in points if point[1] * point[2] >= 0.98 * top)


def rank(handles: Sequence[Handle]) -> list[tuple[Handle, float]]:
    """Handles with their strengths: those trusted first, the weakest kind before others; then the rest by worth."""

    def key(handle: Handle) -> tuple[bool, int, float]:
        _, success, kept = best_strength(handle)
        trusted = success >= GOOD and kept >= GOOD
        return (not trusted, KINDS.index(handle.kind) if trusted else 0, -success * kept)

    return [(handle, best_strength(handle)[0]) for handle in sorted(handles, key=key)]


def _harmed(before: Readings, after: Readings, slot: str, standard: Standard) -> Readings:
    """What every other slot showed that shows another part now, or the same less cleanly."""
    pairs = [(b, a) for b, a in zip(before, after, strict=True) if b.slot != slot and not (b.hidden or a.hidden)]
    return tuple(b for b, a in pairs if b.part != a.part or a.confidence < min(standard.clean, b.confidence - 0.03))


def _trials(wish: Wish, handles: Sequence[Handle]) -> list[tuple[Handle, float]]:
    ranked = rank(handles)
    if wish.amount != 1.0:
        return [(handle, kept_strength(wish.amount)) for handle, _ in ranked[:1]]
    trials = [(handle, kept_strength(min(STRONGEST, strength * more))) for more in HARDER for handle, strength in ranked]
    return trials[:MOST_TRIALS]


def _no_keepers(slot: str, part: str) -> Sequence[Handle]:
    return ()


def fulfil(
    wish: Wish,
    latent: Tensor,
    before: Readings,
    handles: Sequence[Handle],
    actors: Acting,
    look: Reader,
    standard: Standard | None = None,
    keepers: Keepers = _no_keepers,
) -> Fulfilment:
    """Bring about one wish.

    Args:
        latent: `[c h w]` to start from.
        before: what is read there now.
        handles: candidates, all of which bring about one of the wished parts.
        look: decodes latents `[n c h w]` and reads the pictures.
        standard: how clean the result has to be.
        keepers: what brings about a part that would be harmed; nothing where left out.

    Returns:
        The first trial that did it perfectly; else, of the first few, the one that did it most cleanly; else, where bringing
        about beforehand what was harmed helps, the cleanest of those. Where none did it, the trial that got furthest, with `done` False.
    """
    standard = standard or Standard()
    trials = _trials(wish, handles)
    tried: list[Fulfilment] = []
    for start, stop in ((0, 1), (1, 4), (4, MOST_TRIALS)):
        batch = trials[start:stop]
        if not batch or (start > 1 and any(trial.done for trial in tried)):
            break
        moved = torch.cat([actors.act(handle, latent[None], strength) for handle, strength in batch])
        for (handle, strength), result, after in zip(batch, moved, look(moved), strict=True):
            tried.append(_judge(wish, before, after, (Edit(handle.id, strength),), result, standard))
            if tried[-1].worth >= 1.0 + standard.perfect:
                return tried[-1]
    assert tried, "a wish without candidates never gets here"
    if not any(trial.done for trial in tried):
        tried += _firmer(wish, latent, before, tried, handles, actors, look, standard, keepers)
    return max(tried, key=lambda trial: trial.worth)


def _firmer(
    wish: Wish,
    latent: Tensor,
    before: Readings,
    tried: Sequence[Fulfilment],
    handles: Sequence[Handle],
    actors: Acting,
    look: Reader,
    standard: Standard,
    keepers: Keepers,
) -> list[Fulfilment]:
    """The trials that met the wish once more, each after what it harmed was brought about where it is already."""
    by_id, plans = {handle.id: handle for handle in handles}, list[list[tuple[Handle, float]]]()
    for trial in sorted((t for t in tried if t.met), key=lambda t: t.worth, reverse=True)[:MOST_FIRMER]:
        # The strongest kind: a direction exchanges a part that the latent holds for itself, and so does nothing.
        firm = [max(found, key=lambda h: KINDS.index(h.kind)) for b in trial.harmed if (found := keepers(b.slot, b.part))]
        for more in FIRMER if len(firm) == len(trial.harmed) else ():
            held = [(handle, kept_strength(min(STRONGEST, more * best_strength(handle)[0]))) for handle in firm]
            plans.append([*held, *((by_id[edit.handle], edit.strength) for edit in trial.edits)])
    if not plans:
        return []
    results = [reduce(lambda now, step: actors.act(step[0], now, step[1]), plan, latent[None]) for plan in plans]
    edits = [tuple(Edit(handle.id, strength) for handle, strength in plan) for plan in plans]
    return [_judge(wish, before, a, e, r[0], standard) for a, e, r in zip(look(torch.cat(results)), edits, results, strict=True)]


def _judge(wish: Wish, before: Readings, after: Readings, edits: tuple[Edit, ...], latent: Tensor, standard: Standard) -> Fulfilment:
    """What a trial came to."""
    shown, clean = next(r for r in after if r.slot == wish.slot), min(r.confidence for r in after)
    there, harmed = shown.part in wish.parts, _harmed(before, after, wish.slot, standard)
    met = (there and shown.confidence >= standard.clean) or wish.amount != 1.0
    worth = 1.0 + clean if met and not harmed else (0.6 * there + 0.4 * (not harmed)) * clean
    return Fulfilment(edits, latent, met, harmed, after, worth)
