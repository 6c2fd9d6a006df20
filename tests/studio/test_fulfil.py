"""Choosing handles, trying harder, and giving up, on a world of two numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from core.foundations.records import Curve, Handle, SlotReading
from core.studio.fulfil import Standard, Wish, best_strength, fulfil, rank


def handle(id: str, success: float, kept: float = 1.0) -> Handle:
    """A handle with a flat curve."""
    curve = Curve((0.5, 1.0), (success / 2, success), (kept, kept))
    return Handle(id, id.partition(":")[0], "head", "shark", "shark head", (), 1.0, 1.0, 0.1, curve)  # type: ignore[arg-type]


class Acting:
    """Adds a strength to the first number of a latent; the named handles also move the second. What brings about a body moves it back."""

    def __init__(self, clumsy: tuple[str, ...] = ()) -> None:
        self.clumsy = clumsy

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn."""
        if ":body:" in handle.id:
            return latent - torch.tensor([0.0, strength])
        return latent + torch.tensor([strength, float(handle.id in self.clumsy)])


def looker(needed: float) -> Callable:
    """Reads a shark where the first number is large enough, another body where the second moved."""

    def look(latents: Tensor) -> list[tuple[SlotReading, ...]]:
        return [
            (SlotReading("body", "red" if z[1] else "teal", "", 1.0), SlotReading("head", "shark" if z[0] >= needed else "cat", "", 1.0))
            for z in latents
        ]

    return look


WISH, START = Wish("head", ("shark",)), torch.zeros(2)


def test_the_smallest_strength_that_does_it() -> None:
    """Not the first point of the curve, where it does half."""
    assert best_strength(handle("feature:1", 0.9)) == (1.0, 0.9, 1.0)


def test_trusted_first_the_weakest_kind_before_others() -> None:
    """A trusted feature before a trusted direction; an untrusted feature after both, by worth."""
    handles = [handle("direction:a", 1.0), handle("feature:1", 0.5), handle("feature:2", 0.97), handle("bundle:3", 0.99, 0.5)]
    assert [h.id for h, _ in rank(handles)] == ["feature:2", "direction:a", "feature:1", "bundle:3"]


def test_the_first_that_does_it_is_taken() -> None:
    """At its measured strength."""
    before = looker(0.9)(START[None])[0]
    found = fulfil(WISH, START, before, [handle("direction:a", 1.0)], Acting(), looker(0.9))  # type: ignore[arg-type]
    assert found.done and found.edits[0].handle == "direction:a" and found.edits[0].strength == 1.0


def test_a_handle_that_moves_something_else_is_passed_over() -> None:
    """The next does it."""
    look = looker(0.9)
    found = fulfil(WISH, START, look(START[None])[0], [handle("feature:1", 1.0), handle("direction:a", 1.0)], Acting(("feature:1",)), look)  # type: ignore[arg-type]
    assert found.done and found.edits[0].handle == "direction:a"


def test_it_tries_harder() -> None:
    """At one and a quarter of the measured strength."""
    look = looker(1.2)
    found = fulfil(WISH, START, look(START[None])[0], [handle("direction:a", 1.0)], Acting(), look)  # type: ignore[arg-type]
    assert found.done and found.edits[0].strength == 1.25


def test_what_is_tried_is_what_the_edit_says() -> None:
    """To the digits that a recipe keeps, also where the strength that was measured, or asked for, has more."""
    look, third = looker(0.0), Curve((1 / 3,), (1.0,), (1.0,))
    for wish in (WISH, Wish("head", ("shark",), 2 / 3)):
        found = fulfil(wish, START, look(START[None])[0], [replace(handle("direction:a", 1.0), curve=third)], Acting(), look)  # type: ignore[arg-type]
        assert found.latent[0] == torch.tensor(found.edits[0].strength) and found.edits[0].strength in (0.3333, 0.6667)


def test_it_gives_up_and_says_so() -> None:
    """Where nothing does it, `done` is False."""
    look = looker(99)
    assert not fulfil(WISH, START, look(START[None])[0], [handle("direction:a", 1.0)], Acting(), look).done  # type: ignore[arg-type]


def test_what_is_clean_enough_depends_on_the_world() -> None:
    """A part seen at 0.9 is no part by the Nouns' standard; by another it is, and nothing better is looked for."""
    asked: list[int] = []

    def look(latents: Tensor) -> list[tuple[SlotReading, ...]]:
        asked.append(len(latents))
        return [(SlotReading("body", "teal", "", 1.0), SlotReading("head", "shark" if z[0] else "cat", "", 0.9)) for z in latents]

    before, handles = look(START[None])[0], [handle("shift:head:shark", 1.0)]
    assert not fulfil(WISH, START, before, handles, Acting(), look).done and asked == [1, 1, 3]
    assert fulfil(WISH, START, before, handles, Acting(), look, Standard(0.85, 0.85)).done and asked == [1, 1, 3, 1]


def test_what_every_trial_would_harm_is_made_firmer_first() -> None:
    """The body's own handle comes before the head's, at its measured strength; nothing is added where one edit does it."""
    look, asked = looker(0.9), list[tuple[str, str]]()

    def keepers(slot: str, part: str) -> list[Handle]:
        asked.append((slot, part))
        return [replace(handle(id, 1.0), slot=slot, part=part) for id in ("direction:body:teal", "shift:body:teal", "bundle:body:1")]

    before, one = look(START[None])[0], [handle("direction:a", 1.0), handle("bundle:1", 1.0)]
    found = fulfil(WISH, START, before, one, Acting(("direction:a", "bundle:1")), look, keepers=keepers)  # type: ignore[arg-type]
    assert found.done and not found.harmed and set(asked) == {("body", "teal")}
    assert [(e.handle, e.strength) for e in found.edits] == [("shift:body:teal", 1.0), ("bundle:1", 1.0)]
    assert found.latent.tolist() == [1.0, 0.0]
    asked.clear()
    found = fulfil(WISH, START, before, one, Acting(("direction:a",)), look, keepers=keepers)  # type: ignore[arg-type]
    assert found.done and [e.handle for e in found.edits] == ["bundle:1"] and not asked


def test_what_nothing_brings_about_cannot_be_held() -> None:
    """Then the wish came true, and what it harmed is told."""
    look = looker(0.9)
    before, one = look(START[None])[0], [handle("direction:a", 1.0)]
    found = fulfil(WISH, START, before, one, Acting(("direction:a",)), look)  # type: ignore[arg-type]
    assert found.met and not found.done and [r.part for r in found.harmed] == ["teal"] and len(found.edits) == 1


def test_a_part_that_lost_pixels_is_harmed_too() -> None:
    """A body that is still read as teal, at 0.95 of its pixels, fails the wish, and counts as further than a head that never came."""

    def look(latents: Tensor) -> list[tuple[SlotReading, ...]]:
        return [
            (SlotReading("body", "teal", "", 1.0 - 0.05 * float(z[1])), SlotReading("head", "shark" if z[0] else "cat", "", 1.0))
            for z in latents
        ]

    class Weak(Acting):
        """The bundle does nothing at all."""

        def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
            """Turn."""
            return latent if handle.kind == "bundle" else super().act(handle, latent, strength)

    before, both = look(START[None])[0], [handle("bundle:1", 1.0), handle("direction:a", 1.0)]
    found = fulfil(WISH, START, before, both, Weak(("direction:a",)), look)  # type: ignore[arg-type]
    assert found.met and not found.done and found.edits[0].handle == "direction:a" and [r.slot for r in found.harmed] == ["body"]
