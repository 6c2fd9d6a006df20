"""Shifters of the Nouns: groups that are alike but for one slot, planted latents, what is shipped, and the handles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.edit import draw_task
from core.foundations.errors import SettingError
from core.foundations.records import Curve, Handle
from core.foundations.seeds import numpy_rng
from core.methods.write.shift import shift
from core.models.palette_vae import PaletteVAE
from core.studio.handles import handles_to_json
from core.train import loop
from core.train.nouns.shifts import (
    LARGEST,
    SHIPPED,
    Alike,
    NounShiftTraining,
    Trainer,
    check_size,
    draw_alike,
    encode_alike,
    measure,
    merged,
    only,
    search,
    shift_handles,
)
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.splits import draw_split, is_held_out

WIDTH = 24
SMALL = NounShiftTraining(
    methods=("means", SHIPPED),
    groups=300,
    alike=4,
    batch=192,
    reader_steps=60,
    steps=400,
    rate=5e-3,
    reader_hidden=32,
    predictor_hidden=32,
)


def planted(compositions: np.ndarray) -> Tensor:
    """Latents `[n 24]`: bodies and backgrounds each have a vector, all else shows nothing."""
    vectors = [torch.randn(load_art().count(slot), WIDTH, generator=torch.Generator().manual_seed(7)) for slot in SLOTS[:2]]
    parts = torch.from_numpy(compositions).long()
    return 2 + vectors[0][parts[:, 0]] + vectors[1][parts[:, 1]]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, float, float]:
    """A trainer on planted latents, and the predictor's error before and after."""
    rows = draw_split(numpy_rng("planted"), 2000, False)
    made, places = draw_alike(numpy_rng("planted", "alike"), SMALL.groups, SMALL.alike)
    parts = torch.from_numpy(made[np.arange(len(made)), :, places]).long()
    latents = planted(made.reshape(-1, 5)).view(*made.shape[:2], WIDTH)
    trainer = Trainer(planted(rows), torch.from_numpy(rows).long(), Alike(latents, parts, torch.from_numpy(places)), SMALL)
    before = trainer.predictor_step(SHIPPED, 0)[1]["delta"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "RUNS", tmp_path_factory.mktemp("runs"))
        trainer.descend("planted")
    return trainer, before, trainer.predictor_step(SHIPPED, 0)[1]["delta"]


def test_groups_are_alike_but_for_one_slot() -> None:
    """All on the training side; every slot has its turn."""
    made, places = draw_alike(numpy_rng("alike"), 200, 6)
    assert made.shape == (200, 6, 5) and set(places.tolist()) == set(range(5))
    same = (made == made[:, :1]).all(1)
    assert same[np.arange(5)[None] != places[:, None]].all() and not same[np.arange(200), places].all()
    assert not is_held_out(made.reshape(-1, 5)).any()


def test_pairs_stay_within_their_group() -> None:
    """By hand: latents count 10 per group, 1 per member, and the part is 100 more."""
    latents = (10 * torch.arange(4)[:, None] + torch.arange(3)).float()[..., None]
    alike = Alike(latents, (latents[..., 0] + 100).long(), torch.arange(4))
    pairs = alike.pairs(numpy_rng("pairs"), 50)
    assert torch.equal(pairs.source // 10, pairs.target // 10) and not torch.equal(pairs.source, pairs.target)
    assert torch.equal(pairs.wanted, pairs.target[:, 0].long() + 100) and torch.equal(pairs.slot, pairs.source[:, 0].long() // 10)


def test_the_predictor_learns_what_was_planted(trained: tuple[Trainer, float, float]) -> None:
    """Its error falls to a quarter; on held-out Nouns a body comes out much nearer, and heads, which show nothing, move nothing."""
    trainer, before, after = trained
    assert after < before / 4
    rows = draw_split(numpy_rng("planted", "asked"), 100, True)
    goals = rows.copy()
    goals[:, 1] = (rows[:, 1] + 1) % load_art().count("body")
    start, goal = planted(rows), planted(goals)
    reached = shift(start, trainer.shifts, SHIPPED, "body", torch.from_numpy(goals[:, 1]).long())
    assert (reached - goal).norm(dim=1).mean() < 0.6 * (start - goal).norm(dim=1).mean()
    headed = shift(start, trainer.shifts, SHIPPED, "head", torch.arange(100))
    assert (headed - start).norm(dim=1).mean() < 0.1 * (start - goal).norm(dim=1).mean()


def test_what_is_shipped_does_the_same_and_is_small(trained: tuple[Trainer, float, float]) -> None:
    """One method is held; its shifts are the same to the last bit."""
    shifts = trained[0].shifts
    small = only(shifts, SHIPPED)
    assert small.config.methods == (SHIPPED,)
    latents, wanted = planted(draw_split(numpy_rng("small"), 5, False)), torch.arange(5)
    assert torch.equal(shift(latents, small, SHIPPED, "body", wanted), shift(latents, shifts, SHIPPED, "body", wanted))
    with pytest.raises(SettingError, match="no shifter"):
        shift(latents, small, "means", "body", wanted)


def test_the_file_keeps_its_size() -> None:
    """As trained it fits into a megabyte; a much wider one is refused before anything is trained."""
    check_size(NounShiftTraining().config(256))
    with pytest.raises(SettingError, match=str(LARGEST)):
        check_size(NounShiftTraining(predictor_hidden=512).config(256))


def test_every_method_is_searched_and_measured_on_training_swaps(tiny_vae: PaletteVAE) -> None:
    """From pictures to table on an untrained generator: every method, slot and figure is there, and the oracle beside."""
    settings = replace(SMALL, groups=4, alike=3, methods=("means", "sum", SHIPPED))
    rows = draw_split(numpy_rng("table"), 64, False)
    values = torch.from_numpy(rows).long()
    trainer = Trainer(encode_compositions(tiny_vae, rows, feedback=False).latents, values, encode_alike(tiny_vae, settings), settings)
    assert trainer.alike.latents.shape[:2] == (4, 3) and trainer.alike.latents.shape[2] == trainer.latents.shape[1]
    trainer.shifts.strengths.fill_(9.0)
    search(tiny_vae, trainer.shifts, 2)
    assert (trainer.shifts.strengths != 9.0).any(1).sum() == 3, "a row for each method that is held, and no other"
    found = measure(tiny_vae, trainer.shifts, 2)
    assert set(found["joint"]) == {"means", "sum", SHIPPED, "oracle"} and set(found) == {"joint", "success", "kept", "exact"}
    assert all(tuple(row) == SLOTS and all(0 <= share <= 1 for share in row.values()) for table in found.values() for row in table.values())


def test_training_swaps_stay_on_the_training_side(tiny_vae: PaletteVAE) -> None:
    """Sources and targets; and held-out ones start on theirs."""
    task = draw_task(tiny_vae, numpy_rng("side"), SLOTS.index("head"), 12, False)
    assert len(task.targets) == 12 and not is_held_out(np.concatenate([task.sources.compositions, task.targets])).any()
    held_out = draw_task(tiny_vae, numpy_rng("side"), 3, 6, True)
    assert len(held_out.targets) == 6 and is_held_out(held_out.sources.compositions).all() and is_held_out(held_out.targets).all()


def handle(id: str, success: float = 1.0) -> Handle:
    """A handle for a cat's head."""
    kind, _, rest = id.partition(":")
    part = rest.partition(":")[2]
    curve = Curve((0.5, 1.0), (0.0, success), (1.0, 0.9))
    return Handle(id, kind, "head", part, f"{part} head", (f"{part} head", part), 1.0, 1.0, 0.1, curve, (4,), (5,), (0.5, 0.995))  # type: ignore[arg-type]


def test_a_shift_bears_the_names_of_its_direction() -> None:
    """And stands beside it on the map, without a curve yet."""
    ((made, label),) = shift_handles([handle("feature:3"), handle("direction:head:cat"), handle("shift:head:dog")])
    assert (made.id, made.kind, made.name, made.texts) == ("shift:head:cat", "shift", "cat head", ("cat head", "cat"))
    assert made.curve == Curve((), (), ()) and made.position == (0.506, 0.99) and made.best == (4,)
    assert (label.place, label.part) == (SLOTS.index("head"), load_art().position("head", "cat"))


def test_shifts_are_added_once_and_nothing_else_changes() -> None:
    """Those that do badly stay away (0.55 times 0.9 is below a half), a second run replaces the first."""
    old = (handle("feature:3"), handle("direction:head:cat"))
    once = merged(old, [handle("shift:head:cat", 0.56), handle("shift:head:dog", 0.55)])
    assert [h.id for h in once] == ["feature:3", "direction:head:cat", "shift:head:cat"] and once[:2] == old
    again = merged(once, [handle("shift:head:dog", 0.9)])
    assert [h.id for h in again] == ["feature:3", "direction:head:cat", "shift:head:dog"]
    assert handles_to_json(once).startswith(handles_to_json(old).removesuffix("\n]\n"))
