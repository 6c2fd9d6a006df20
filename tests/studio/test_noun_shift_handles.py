"""Shifts among the handles of the Nouns: how they act, by hand, and when they are chosen."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from core.foundations.errors import SettingError, StudioError
from core.foundations.records import Curve, Handle, HandleKind
from core.models.bundles import Bundles, BundlesConfig
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.directions import PartDirections
from core.models.shifts import Shifts, ShiftsConfig
from core.models.slots import Slot
from core.studio.fulfil import KINDS, rank
from core.studio.handles import Actors
from core.studio.library import Library

POSITIONS = {"head": {"cat": 0, "dog": 1, "shark": 2}}


def handle(id: str, success: float = 1.0) -> Handle:
    """A handle for a shark's head."""
    curve = Curve((1.0,), (success,), (1.0,))
    return Handle(id, id.partition(":")[0], "head", "shark", "shark head", (), 1.0, 1.0, 0.1, curve)  # type: ignore[arg-type]


def actors(shifts: Shifts | None) -> Actors:
    """Tiny ones, for latents of four numbers."""
    return Actors(Dictionary(DictionaryConfig(4, 4)), Bundles(BundlesConfig(1, 4)), PartDirections({"head": 3}, 4), POSITIONS, shifts)


@pytest.fixture
def shifts() -> Shifts:
    """Three means on two axes; its reader always sees a cat, and a latent's numbers vary by 2."""
    made = Shifts(ShiftsConfig((Slot("head", 3),), 4, methods=("means", "predictor"), reader_hidden=4, predictor_hidden=8)).eval()
    made.requires_grad_(False)
    made.table("means", "head")[0] = torch.tensor([[0.0, 1, 0, 0], [5, 5, 5, 5], [3, 0, 0, 0]])
    made.std.fill_(2.0)
    last = made.reader.layers[-1]
    assert isinstance(last, torch.nn.Linear)
    last.weight.fill_(0.0)
    last.bias.copy_(torch.tensor([1.0, 0, 0]))
    return made


def test_a_shift_acts_by_the_first_method_that_is_held(shifts: Shifts) -> None:
    """From a cat (0 1 0 0) to a shark (3 0 0 0) in deviations of 2; half the way at strength 0.5, for each picture alike."""
    latent = torch.ones(2, 4, 1, 1)
    moved = actors(shifts).act(handle("shift:head:shark"), latent, 0.5)
    assert moved.shape == latent.shape
    assert moved.flatten(1).tolist() == [[4.0, 0.0, 1.0, 1.0]] * 2
    assert torch.equal(actors(shifts).act(handle("shift:head:shark"), latent, 0.0), latent)


def test_bounds_and_absence(shifts: Shifts) -> None:
    """A strength too large; a shift where none was learned; a kind that does not exist; and what paints nothing."""
    with pytest.raises(SettingError, match="strength"):
        actors(shifts).act(handle("shift:head:shark"), torch.ones(1, 4, 1, 1), 40.0)
    for id, learned in (("shift:head:shark", None), ("token:3", shifts)):
        with pytest.raises(StudioError, match="no handle of the kind"):
            actors(learned).act(handle(id), torch.ones(1, 4, 1, 1), 1.0)
    with pytest.raises(StudioError, match="no step of an edit"):
        actors(shifts).act(handle("neuron:3"), torch.ones(1, 4, 1, 1), 1.0)


def test_a_shift_is_chosen_when_measured_best() -> None:
    """A trusted weaker kind goes first; where none is trusted, the best measured does."""
    trusted = [handle("shift:head:shark", 1.0), handle("direction:head:shark", 0.96), handle("feature:1", 0.5)]
    assert [h.kind for h, _ in rank(trusted)] == ["direction", "shift", "feature"]
    alone = [handle("bundle:2", 0.9), handle("direction:head:shark", 0.8), handle("shift:head:shark", 1.0)]
    assert [h.kind for h, _ in rank(alone)] == ["shift", "bundle", "direction"]
    poor = [handle("direction:head:shark", 0.7), handle("feature:1", 0.6), handle("shift:head:shark", 0.8)]
    assert [h.kind for h, _ in rank(poor)] == ["shift", "direction", "feature"]


def test_every_kind_that_acts_on_a_latent_has_its_rank() -> None:
    """Weakest first, a shift last."""
    assert set(KINDS) <= set(get_args(HandleKind)) and KINDS[-1] == "shift"


def test_the_library_loads_shifts_where_handles_need_them() -> None:
    """And not where there are none."""
    library = Library()
    needed = any(h.kind == "shift" for h in library.handles.values())
    assert (library.actors.shifts is not None) == needed
