"""Concepts of faces as handles: how they turn a latent, what bounds them, and which sentences reach them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from core.foundations.errors import SettingError, StudioError
from core.foundations.records import Curve, Edit, Handle, SlotReading
from core.foundations.region import Region
from core.models.face_concepts import ConceptSteps
from core.studio import face_concepts as module
from core.studio.face_concepts import FaceConcepts
from core.studio.lens import Shaping, bound, shaped
from core.studio.playing import steps_of
from core.studio.requests import Requests
from core.studio.shared_handles import SharedConcepts
from core.studio.worlds import LENSES

BROWS = Handle(
    "rosetta:1",
    "concept",
    "eyebrows",
    "",
    "eyebrows: thicker",
    ("thicker eyebrows",),
    0.9,
    1.0,
    1.0,
    Curve((), (), ()),
    parts=("brow thickness",),
)
SMILE = Handle(
    "direction:expression:smiling", "direction", "expression", "smiling", "a smile", ("a smile",), 1.0, 1.0, 0.1, Curve((), (), ())
)
MASK = Region.of(np.eye(8, dtype=bool), "the eyebrows", part="eyebrows")


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> ConceptSteps:
    """One concept that turns the second of two slots."""
    found = ConceptSteps((BROWS.id,), slots=2, width=3)
    found.steps[0, 1] = torch.tensor([1.0, 2.0, 3.0])
    monkeypatch.setattr(module, "_steps", lambda: found)
    return found


@pytest.fixture
def library() -> Any:
    """With one concept and one state, and a picture whose eyebrows are seen."""
    return SimpleNamespace(
        world=SimpleNamespace(name="faces", side=8),
        handles={one.id: one for one in (SMILE, BROWS)},
        own=lambda slot: slot,
        typical=lambda place: MASK,
        align=lambda before, after: after,
    )


def test_a_step_is_added_to_its_slots(steps: ConceptSteps, library: Any) -> None:
    """The slots behind them, and what lies behind w+, stay; a strength out of bounds and another handle are refused."""
    latent = torch.ones(1, 3, 4, 1)
    turned = FaceConcepts().act(library, BROWS, latent, -0.5)
    assert turned[0, :, 1, 0].tolist() == [0.5, 0.0, -0.5]
    assert torch.equal(turned[:, :, [0, 2, 3]], latent[:, :, [0, 2, 3]]) and bool((latent == 1).all())
    with pytest.raises(SettingError):
        FaceConcepts().act(library, BROWS, latent, 9.0)
    with pytest.raises(StudioError):
        FaceConcepts().act(library, SMILE, latent, 1.0)


def test_a_concept_acts_in_its_part_alone(library: Any) -> None:
    """Where an edit says so itself, there; a state is bounded by nothing but its edit."""
    assert isinstance(LENSES["faces"][0], Shaping) and not isinstance(SharedConcepts(), Shaping)
    assert bound(library, BROWS) == MASK and bound(library, SMILE) is None
    other = Region.of(np.ones((8, 8), bool))
    edits = [Edit(BROWS.id), Edit(BROWS.id, within=other), Edit(SMILE.id)]
    played = steps_of(edits, library.handles.__getitem__, 8, lambda handle: bound(library, handle))
    assert [step.within for step in played] == [MASK, other, None]


def test_a_sentence_reaches_it_by_what_becomes_of_the_part(library: Any) -> None:
    assert shaped(library, "much thicker eyebrows") == (BROWS, 1.5) and shaped(library, "thinner brows") == (BROWS, -1.0)
    assert shaped(library, "bigger ears") is None and shaped(SimpleNamespace(world=SimpleNamespace(name="nouns")), "thin brows") is None


class Looking:
    """Reads one mouth, open or closed, and bounds what was done."""

    def __init__(self, mouth: str) -> None:
        self.mouth = mouth

    def tried_on(self, edit: Edit, slot: str) -> tuple[SlotReading, ...]:
        """What is read after any edit."""
        assert (edit.handle, slot) == (BROWS.id, "eyebrows")
        return (SlotReading("mouth", self.mouth, f"a mouth that is {self.mouth}", 1.0),)

    def done(self, edits: Any, slot: str) -> Any:
        """The edits as they are."""
        return tuple(edits)


@pytest.mark.parametrize("mouth", ["closed", "open"])
def test_a_request_is_done_where_all_slots_stay(library: Any, mouth: str) -> None:
    before = (SlotReading("mouth", "closed", "a closed mouth", 1.0),)
    answer = Requests(library, Looking(mouth))._shaped("thicker eyebrows", before)  # type: ignore[arg-type]
    assert answer is not None
    if mouth == "closed":
        assert [(edit.handle, edit.strength) for edit in answer.edits] == [(BROWS.id, 1.0)] and BROWS.name in answer.note
    else:
        assert not answer.edits and answer.refusal and "mouth" in answer.refusal
    assert Requests(library, Looking(mouth))._shaped("a smile", before) is None  # type: ignore[arg-type]
