"""From targets to edits: choose the weakest handle measured to do it, turn it, read the result, and try harder if it failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from core.foundations.records import STRONGEST, Edit, Handle, SlotReading
from core.studio.recipes import kept_strength

GOOD = 0.95
"""A handle is trusted where it was measured to succeed, and to keep the rest, at least this often."""
CLEAN = 0.97
"""A part counts as shown where at least this share of its pixels agrees: a blend of two heads is no head."""
KINDS = ("feature", "bundle", "direction", "shift")
"""Weakest first: one feature moves least, a direction and a shift most."""
HARDER = (1.0, 1.25, 0.8, 1.5)
"""Strengths tried one after another, as multiples of the measured one."""
MOST_TRIALS = 12

Reader = Callable[[Tensor], Sequence[tuple[SlotReading, ...]]]


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
        amount: 1 for all the way; otherwise a strength that is used as it is.
    """

    slot: str
    parts: tuple[str, ...]
    amount: float = 1.0


@dataclass(frozen=True)
class Fulfilment:
    """What came of a wish.

    Attributes:
        edit: the edit that was chosen, or the last one that was tried.
        latent: `[c h w]` after it.
        done: whether the reader saw the wish come true and everything else stay.
        reading: what was read after it.
    """

    edit: Edit
    latent: Tensor
    done: bool
    reading: tuple[SlotReading, ...]


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


def _kept(before: tuple[SlotReading, ...], after: tuple[SlotReading, ...], slot: str, clean: float) -> bool:
    """Whether every other slot shows what it showed, and as cleanly."""
    pairs = [(b, a) for b, a in zip(before, after, strict=True) if b.slot != slot and not (b.hidden or a.hidden)]
    return all(b.part == a.part and a.confidence >= min(clean, b.confidence - 0.03) for b, a in pairs)


def _trials(wish: Wish, handles: Sequence[Handle]) -> list[tuple[Handle, float]]:
    ranked = rank(handles)
    if wish.amount != 1.0:
        return [(handle, kept_strength(wish.amount)) for handle, _ in ranked[:1]]
    trials = [(handle, kept_strength(min(STRONGEST, strength * more))) for more in HARDER for handle, strength in ranked]
    return trials[:MOST_TRIALS]


def fulfil(
    wish: Wish,
    latent: Tensor,
    before: tuple[SlotReading, ...],
    handles: Sequence[Handle],
    actors: Acting,
    look: Reader,
    standard: Standard | None = None,
) -> Fulfilment:
    """Bring about one wish.

    Args:
        latent: `[c h w]` to start from.
        before: what is read there now.
        handles: candidates, all of which bring about one of the wished parts.
        look: decodes latents `[n c h w]` and reads the pictures.
        standard: how clean the result has to be.

    Returns:
        The first trial that did it perfectly; else, of the first few, the one that did it most cleanly.
        Where none did it, the trial that got furthest, with `done` False.
    """
    standard = standard or Standard()
    trials = _trials(wish, handles)
    best: tuple[float, Fulfilment] | None = None
    for start, stop in ((0, 1), (1, 4), (4, MOST_TRIALS)):
        batch = trials[start:stop]
        if not batch or (best and best[1].done and start > 1):
            break
        moved = torch.cat([actors.act(handle, latent[None], strength) for handle, strength in batch])
        for (handle, strength), result, after in zip(batch, moved, look(moved), strict=True):
            trial, worth = _judge(wish, before, after, Edit(handle.id, strength), result, standard)
            if worth >= 1.0 + standard.perfect:
                return trial
            if best is None or worth > best[0]:
                best = (worth, trial)
    assert best is not None, "a wish without candidates never gets here"
    return best[1]


def _judge(
    wish: Wish, before: tuple[SlotReading, ...], after: tuple[SlotReading, ...], edit: Edit, latent: Tensor, standard: Standard
) -> tuple[Fulfilment, float]:
    """What a trial came to, and its worth: 2 if done to the last pixel, above 1 if done, up to 1 if not."""
    shown = next(r for r in after if r.slot == wish.slot)
    kept = _kept(before, after, wish.slot, standard.clean)
    there = shown.part in wish.parts
    done = kept and ((there and shown.confidence >= standard.clean) or wish.amount != 1.0)
    clean = min(r.confidence for r in after)
    return Fulfilment(edit, latent, done, after), done + (clean if done else 0.5 * (there + kept) * clean)
