"""The search for handles on planted turns: what is counted, which candidate is taken, and what is good enough."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from core.foundations.records import Curve, SlotReading
from core.models.working_faces import latents_of
from core.train.faces import handles as module
from core.train.faces.candidates import Candidate
from core.train.faces.handles import HandleSearch, Log, Trials, best_of, curve_of, effect, good, handle_of, worth

SLOTS, WIDTH = 23, 4
SETTINGS = HandleSearch(compared=2, judged=3)


def read(latent: torch.Tensor) -> tuple[SlotReading, ...]:
    """The age is the first number of the first slot, the hat the second of the last."""
    years, brim = float(latent[0, 0, 0]), float(latent[1, -1, 0])
    age = SlotReading("age", "old" if years > 1 else "young", "", 1.0, towards={"old": 2 * years, "young": -2 * years})
    return (age, SlotReading("hat", "hat" if brim > 1 else "none", "", 1.0, towards={"hat": brim, "none": -brim}))


def look(latents: torch.Tensor) -> list[tuple[SlotReading, ...]]:
    """Paints nothing."""
    return [read(latent) for latent in latents]


def candidate(method: str, group: str, line: Sequence[float]) -> Candidate:
    return Candidate("age", "old", method, group, torch.tensor(line))


@pytest.fixture
def trials() -> Trials:
    return Trials(torch.zeros(6, WIDTH, SLOTS, 1), look)


def test_an_effect_is_what_came_and_what_else_moved() -> None:
    """In steps; worth no more than two of them, and less where others moved by more than half of one."""
    before, after = read(torch.zeros(WIDTH, SLOTS, 1)), read(torch.full((WIDTH, SLOTS, 1), 1.5))
    found = effect(before, after, "age", "old")
    assert found.came and found.gain == 3.0 and found.moved == (1.5,) and found.worth == 2.0 - 0.5
    assert worth([found, found]) == 1.5 and worth([]) == -1.0


def test_the_method_is_chosen_first_then_the_layers(trials: Trials) -> None:
    """One that moves the hat less, and then, of its groups, the one that does not reach it."""
    clean, dirty = [1.0, 0.6, 0.0, 0.0], [1.0, 3.0, 0.0, 0.0]
    options = [candidate("joint", group, clean) for group in ("all", "to 16 px", "from 64 px")]
    options += [candidate("means", group, dirty) for group in ("all", "to 16 px")]
    best, value = best_of(options, trials, HandleSearch(compared=2, first=1.0))
    assert (best.method, best.group) == ("joint", "to 16 px") and value == 2.0


def test_faces_that_show_it_already_are_not_turned(trials: Trials) -> None:
    """The others, in their order, as many as asked."""
    latents = torch.zeros(4, WIDTH, SLOTS, 1)
    latents[1, 0] = 5.0
    assert Trials(latents, look).without("age", "old", 2) == [0, 2] and trials.without("age", "old", 9) == list(range(6))


def test_a_curve_by_hand(trials: Trials) -> None:
    """At full strength two steps come, which counts though the state may not be read; the hat stays within a step."""
    settings = HandleSearch(judged=3, strengths=(0.5, 1.0, 2.0))
    curve = curve_of(candidate("joint", "all", [1.0, 0.6, 0.0, 0.0]), trials, settings)
    assert curve == Curve((0.5, 1.0, 2.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0))
    assert good(curve, settings) and not good(Curve((1.0,), (1.0,), (0.5,)), settings) and not good(Curve((1.0,), (0.3,), (1.0,)), settings)
    handle = handle_of(candidate("joint", "all", [1.0, 0, 0, 0]), curve, 0.2)
    assert handle.id == "direction:age:old" and handle.name == "an old face" and handle.confidence == 1.0


def test_a_search_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found with the same settings and faces is kept; with others it is not."""
    monkeypatch.setattr(module, "RUNS", tmp_path)
    curve = Curve((1.0,), (0.5,), (0.9,))
    Log(SETTINGS, 10).add(candidate("joint", "all", [1.0]), 1.234, curve)
    again = Log(SETTINGS, 10).found["age", "old"]
    assert again["worth"] == 1.23 and module.curve_from(again) == curve
    assert not Log(SETTINGS, 11).found and not Log(HandleSearch(first=2.0), 10).found


def test_a_direction_lies_in_its_layers() -> None:
    """As a latent, one column for each slot."""
    turned = latents_of(candidate("joint", "to 16 px", [1.0, 2.0]).direction(SLOTS)[None])
    assert turned.shape == (1, 2, SLOTS, 1) and turned[0, 1, 6] == 2 and not turned[:, :, 7:].any()
