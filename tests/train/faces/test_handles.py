"""The search for handles on planted effects: what a handle is made of, what is counted, and what is kept of a search."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.foundations.records import Curve, SlotReading
from core.methods.write.steer import Effects
from core.models.face_directions import SPANS
from core.studio.face_steering import ROUNDS
from core.train import loop
from core.train.faces.handles import (
    Found,
    HandleSearch,
    Log,
    density,
    directions_of,
    handle_coefficients,
    handle_of,
    id_of,
    tried,
    usual_measures,
)
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import SCALES
from tests.studio.test_face_steering import COUNT, LATENT, START, looker, world

OLD = ("age", "old")
AGE, BEARD = ATTRIBUTES.index("age"), ATTRIBUTES.index("beard")
SETTINGS = HandleSearch(judged=2, strengths=(0.5, 1.0))
FOUND = Found(1.0, 1.0, 1.5, 0.2, Curve((0.5, 1.0), (0.0, 1.0), (1.0, 0.9)))


def bounded(look: object) -> object:
    """Reads what an edit that is bounded to a face comes to, on pictures that show nothing else."""

    def within(part: str, before: Tensor, moved: Tensor) -> tuple[SlotReading, ...]:
        assert part == "face and neck"
        return look(moved)[0]  # type: ignore[operator]

    return within


def effects() -> Effects:
    """What the planted world measures."""
    directions, _ = world()
    return Effects(directions.moved, directions.cost)


def test_a_handle_brings_the_state_and_holds_the_rest() -> None:
    """By the measured effects: a usual face grows old, and its beard, which the line of age drags along, does not."""
    usual = START / torch.tensor([SCALES[name].step for name in ATTRIBUTES])
    moved = handle_coefficients(effects(), usual, OLD) @ effects().moved.mean(0)
    assert float(usual[AGE] + moved[AGE]) > 45 / 9 and abs(float(moved[BEARD])) < 0.1


def test_usual_is_the_mean_of_those_that_do_not_show_it() -> None:
    """The old one is left out."""
    values = torch.stack([START, START, START])
    values[:, AGE] = torch.tensor([20.0, 30.0, 70.0])
    assert float(usual_measures(values, OLD)[AGE]) == pytest.approx(25 / 9)
    assert density(values)["age", "old"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_handle_is_tried_on_faces_that_do_not_show_it() -> None:
    """Fitted, it does it on all; as it is, at full strength; at half it is not there yet, and nothing else moves by a step."""
    directions, true = world(drag=0.4)
    look = looker(true)
    faces = torch.stack([LATENT, LATENT.clone(), LATENT.clone(), LATENT.clone()])
    faces[0, AGE] = 5.0  # old already
    before = look(faces)  # type: ignore[operator]
    found = tried(OLD, directions, faces, before, look, bounded(look), SETTINGS)  # type: ignore[arg-type]
    assert found.done == found.came == 1.0 and found.looks <= 2 and found.strayed < 0.4
    assert found.curve == Curve((0.5, 1.0), (0.0, 1.0), (1.0, 1.0))


def test_what_does_nothing_is_counted_as_such() -> None:
    """And has looked as often as it may."""
    directions, true = world(slope=0.0)
    look = looker(true)
    found = tried(OLD, directions, LATENT[None], look(LATENT[None]), look, bounded(look), SETTINGS)  # type: ignore[arg-type, operator]
    assert found.done == found.came == 0.0 and found.looks == ROUNDS


def test_a_handle_tells_what_was_found_of_it() -> None:
    """Its id, its name, its share and its curve."""
    handle = handle_of(OLD, world()[0], FOUND, 0.2)
    assert handle.id == id_of(OLD) == "direction:age:old" and handle.name == "an old face"
    assert handle.confidence == 1.0 and handle.curve == FOUND.curve and handle.density == 0.2


def test_directions_are_as_they_are_written() -> None:
    """In half precision, but for the cost, which must stay a square."""
    made = directions_of([OLD], torch.eye(COUNT), torch.full((1, COUNT * len(SPANS)), 0.1), effects())
    assert torch.equal(made.handles, made.handles.half().float()) and torch.equal(made.cost, effects().cost)
    assert made.coefficients("direction:age:old").shape == (COUNT * len(SPANS),)


def test_a_search_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found with the same settings and directions is kept; with others it is not."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    Log(SETTINGS, world()[0]).add(OLD, FOUND)
    assert Log(SETTINGS, world()[0]).found == {OLD: FOUND}
    assert not Log(SETTINGS, world(drag=0.1)[0]).found and not Log(HandleSearch(judged=9), world()[0]).found
