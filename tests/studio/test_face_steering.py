"""Steering a face on planted effects: the wish comes, what goes along is taken back, and what cannot be done is not done."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from core.foundations.records import STRONGEST, Curve, Edit, Handle, SlotReading
from core.methods.write.turn import FURTHEST
from core.models.face_directions import SPANS, FaceDirections
from core.models.working_faces import latents_of
from core.studio import face_steering
from core.studio.face_library import FaceActors
from core.studio.face_steering import ROUNDS, FaceReading, Trial, aligned, compared, edit_of, identity, steered
from core.studio.fulfil import Fulfilment, Wish
from core.studio.playing import fitted
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import SCALES, readings_of

COUNT = len(ATTRIBUTES)
AGE, BEARD, FEMALE, HAIR = (ATTRIBUTES.index(name) for name in ("age", "beard", "female", "hair lightness"))
STEPS = torch.tensor([SCALES[name].step for name in ATTRIBUTES])
START = torch.zeros(COUNT)
START[AGE] = 30.0
START[BEARD] = 12.0
OLD = Handle("direction:age:old", "direction", "age", "old", "an old face", (), 1.0, 1.0, 0.1, Curve((), (), ()))


def world(drag: float = 0.8, slope: float = 1.0, dragged: int = BEARD) -> tuple[FaceDirections, Tensor]:
    """Each line moves its own attribute by a step in the first group; that of age drags beards along, or what is dragged, of which
    the measured effects know half.

    Returns:
        Directions whose effects say that a beard comes by half as much, and what really happens `[k a]`.
    """
    directions = FaceDirections((OLD.id,), lines=COUNT, width=COUNT)
    directions.lines.copy_(torch.eye(COUNT))
    true = torch.zeros(COUNT * len(SPANS), COUNT)
    for place in range(COUNT):
        true[place * len(SPANS), place] = 1.0
    directions.moved.copy_(true)
    directions.moved[0, AGE * len(SPANS), dragged] = drag / 2
    true[AGE * len(SPANS)] *= slope
    true[AGE * len(SPANS), dragged] = drag
    directions.cost.copy_(0.01 * torch.eye(len(true)))
    directions.handles[0, AGE * len(SPANS)] = 2.0
    return directions, true


def looker(true: Tensor) -> object:
    """Reads attributes off the first slot of w+, which a unit of each line moves by one."""

    def look(latents: Tensor) -> list[tuple[SlotReading, ...]]:
        moved = latents[:, :, 0, 0] @ true[:: len(SPANS)]
        values = START + moved * STEPS
        return [(*reading, identity(torch.eye(2)[0], row)) for reading, row in zip(readings_of(values), values, strict=True)]

    return look


LATENT = latents_of(torch.zeros(1, SPANS[-1][1], COUNT))[0]


def tried(wish: Wish, drag: float = 0.8, slope: float = 1.0, dragged: int = BEARD) -> tuple[object, list[Trial]]:
    directions, true = world(drag, slope, dragged)
    look, seen = looker(true), list[Trial]()
    before = look(LATENT[None])[0]  # type: ignore[operator]
    actors = FaceActors(directions)

    def after(edit: Edit) -> tuple[SlotReading, ...]:
        moved = actors.act(fitted(OLD, edit), LATENT[None], edit.strength)
        return aligned(before, look(moved)[0])  # type: ignore[operator]

    return steered(wish, LATENT, before, OLD, directions, after, seen.append), seen


def test_what_goes_along_is_taken_back() -> None:
    """The first look shows a beard that the effects did not tell; the next one does not."""
    outcome, seen = tried(Wish("age", ("old",)))
    assert seen[0].strayed > 0.5 and seen[-1].strayed < 0.3 and len(seen) <= ROUNDS
    assert outcome.done and next(r for r in outcome.reading if r.slot == "age").part == "old"  # type: ignore[attr-defined]
    assert [edit.handle for edit in outcome.edits] == [OLD.id] and outcome.edits[0].trim  # type: ignore[attr-defined]


def test_what_may_go_along_stays_where_it_was_said_to() -> None:
    """Hair greys with age; where it was said to stay it does."""

    def lighter(wish: Wish) -> tuple[float, bool]:
        outcome, _ = tried(wish, 1.6, dragged=HAIR)
        after = next(r for r in outcome.reading if r.slot == "hair colour")  # type: ignore[attr-defined]
        return after.towards["blond"] - SCALES["hair lightness"].low / STEPS[HAIR].item(), outcome.done  # type: ignore[attr-defined]

    free, kept = (lighter(Wish("age", ("old",), keeps=keeps)) for keeps in ((), ("hair colour",)))
    assert free[1] and kept[1] and free[0] > 1 and kept[0] < 1


def test_a_face_that_answers_less_is_turned_further() -> None:
    """At half of the measured slope."""
    outcome, seen = tried(Wish("age", ("old",)), drag=0.0, slope=0.5)
    assert seen[0].short > 0.5 and outcome.done and seen[-1].short < 0.3  # type: ignore[attr-defined]


def test_one_look_is_enough_where_the_effects_are_right() -> None:
    """Nothing better is looked for."""
    assert len(tried(Wish("age", ("old",)), drag=0.0)[1]) == 1


def test_a_relative_wish_goes_its_steps() -> None:
    """Two steps are eighteen years, whatever is then read."""
    outcome, _ = tried(Wish("age", ("old",), 2.0, relative=True), drag=0.0)
    now = next(r for r in outcome.reading if r.slot == "age")  # type: ignore[attr-defined]
    assert outcome.done and now.towards["old"] == pytest.approx((30 + 1.1 * 18) / 9, abs=0.1)  # type: ignore[attr-defined]


def test_what_changes_nothing_is_not_done() -> None:
    """A line without any effect."""
    outcome, seen = tried(Wish("age", ("old",)), drag=0.0, slope=0.0)
    assert not outcome.done and not outcome.met and len(seen) == ROUNDS  # type: ignore[attr-defined]


def test_an_edit_is_a_strength_and_a_trim() -> None:
    """Together they are the step, to half precision; a step that goes another way is all trim, within its bounds."""
    directions, _ = world()
    for coefficients in (torch.randn(COUNT * len(SPANS)), torch.zeros(COUNT * len(SPANS)), 30 * torch.eye(COUNT * len(SPANS))[7]):
        edit = edit_of(OLD, coefficients, directions)
        again = edit.strength * (directions.coefficients(OLD.id) + torch.tensor(edit.trim))
        bound = FURTHEST * STRONGEST
        assert torch.allclose(again, coefficients.clamp(-bound, bound), atol=0.02)
        assert 0 < edit.strength <= STRONGEST and max(map(abs, edit.trim)) <= FURTHEST


def test_another_sex_or_skin_is_someone_else() -> None:
    """Whatever the identity's vector says."""
    one = identity(torch.eye(2)[0], START)
    moved = START.clone()
    moved[FEMALE] = 4.0
    other = compared(one, identity(torch.eye(2)[0], moved))
    assert other.part == "another" and compared(one, identity(torch.eye(2)[0], START)).part == "same"
    assert isinstance(other, FaceReading) and compared(replace(one, measures=None), other).part == "same"


def rigid(wish: Wish, drag: float, torn: float = 0.0) -> Fulfilment:
    """Where age drags sex along and nothing turns sex back."""
    directions, true = world(drag, dragged=FEMALE)
    for effects in (directions.moved[0], true):
        effects[FEMALE * len(SPANS)] = 0.0
    look, actors = looker(true), FaceActors(directions)
    before = look(LATENT[None])[0]  # type: ignore[operator]

    def after(edit: Edit) -> tuple[SlotReading, ...]:
        return aligned(before, look(actors.act(fitted(OLD, edit), LATENT[None], edit.strength))[0])  # type: ignore[operator]

    return steered(wish, LATENT, before, OLD, directions, after, torn=lambda edit: torn)


def test_a_part_of_the_way_is_gone_where_all_of_it_harms_something() -> None:
    """A step or so older, and still the same person; all the way where that harms nothing, and nothing where even a part does."""
    whole, part, none = (rigid(Wish("age", ("old",)), drag) for drag in (0.1, 0.6, 3.0))
    assert whole.done and whole.met and not whole.partly
    assert part.done and part.partly and not part.harmed
    older = next(r for r in part.reading if r.slot == "age").towards["old"] - 30 / 9
    assert 0.8 <= older < 1.5
    assert not none.done


def test_what_looks_pasted_on_is_not_done() -> None:
    """Though the wish came and all else stayed; how much of a seam there is is told."""
    whole, torn = (rigid(Wish("age", ("old",)), 0.1, seam) for seam in (0.5, 1.5))
    assert whole.done and not torn.done and torn.met and torn.torn == 1.5


def test_an_edit_of_the_face_itself_keeps_off_from_someone_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a reader is just sure enough of where hair goes is not enough where the face is painted anew."""
    outcome = rigid(Wish("age", ("old",)), 0.45)
    assert outcome.done and outcome.partly
    monkeypatch.setattr(face_steering, "ITSELF", "nothing")
    assert rigid(Wish("age", ("old",)), 0.45).met
