"""Learning shifters: by hand, planted, and nothing from shuffled labels; the grid search; the networks' losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.relate.learn_predictor import Pairs, predictor_loss, reader_loss
from core.methods.relate.learn_shift_kernels import choose_anchors
from core.methods.relate.learn_shifts import learn_lines, tune
from core.methods.relate.shift_settings import GRIDS, Grid, ShiftSettings
from core.methods.write.shift import read_latent, shift
from core.models.shifts import METHOD_NAMES, Shifts, ShiftsConfig
from core.models.slots import Slot
from tests.models.planted_shifts import CONFIG, EVERY, SLOTS, Nearest, balanced, changed, draw, folded, hits, latents, wishes

LIGHT = ShiftsConfig(
    SLOTS, 16, CONFIG.groups, ("means", "sum", "paper_predictor", "predictor"), reader_hidden=48, predictor_hidden=96, predictor_blocks=1
)


@pytest.fixture
def light() -> Shifts:
    """What is fitted in no time: means, the sum, and networks that know nothing yet."""
    values = balanced(2)
    return learn_lines(latents(values), values, LIGHT)


def pairs(count: int, seed: int) -> Pairs:
    """Planted latents before and after one random slot has changed, with the same noise in both."""
    values, slot = draw(count, seed), torch.randint(3, (count,), generator=torch.Generator().manual_seed(seed + 1))
    every = torch.stack([wishes(values, known.name, seed) for known in SLOTS], 1)
    wanted = every.gather(1, slot[:, None])[:, 0]
    after = values.scatter(1, slot[:, None], wanted[:, None])
    return Pairs(latents(values, seed=seed), latents(after, seed=seed), slot, wanted, after[:, 0])


def test_means_by_hand() -> None:
    """Two numbers, three values, one of them never seen."""
    data = torch.tensor([[0.0, 1], [2, 1], [4, 3], [6, 3]] * 4)
    values = torch.tensor([[0], [0], [1], [1]] * 4)
    made = learn_lines(data, values, ShiftsConfig((Slot("a", 3),), 2, methods=("means",), reader_hidden=2))
    assert made.mean.tolist() == [3, 2]
    expected = torch.tensor([[1.0, 1], [5, 3], [3, 2]])  # what never occurs is the mean of all
    assert torch.allclose(made.raw(made.table("means", "a")[0]), expected, atol=1e-5)
    assert made.std.tolist() == pytest.approx(data.std(0).tolist())


def test_a_number_that_never_varies_does_no_harm() -> None:
    """A constant of the latent stays what it is under every line."""
    values = balanced(2)
    data = torch.cat([latents(values), torch.full((len(values), 1), 5.0)], 1)
    config = ShiftsConfig(SLOTS, 17, CONFIG.groups, ("regression", "svm", "means", "sum"), reader_hidden=8)
    made = learn_lines(data, values, config)
    for method in config.methods:
        moved = shift(data[:20], made, method, "x", (values[:20, 2] + 3) % 8)
        assert torch.isfinite(moved).all() and torch.allclose(moved[:, -1], torch.tensor(5.0), atol=1e-4)


@pytest.mark.parametrize("method", ["means", "sum"])
@pytest.mark.parametrize("slot", [slot.name for slot in SLOTS])
def test_shuffled_labels_teach_nothing(method: str, slot: str) -> None:
    """With values that belong to other latents, no method finds the wanted value more often than chance would."""
    values = draw(1500, 1)
    data = latents(values, seed=1)
    shuffled = values[torch.randperm(len(values), generator=torch.Generator().manual_seed(2))]
    tested = draw(200, 3)
    starts, wanted = latents(tested, seed=3), wishes(tested, slot)
    shares = []
    for labels in (values, shuffled):
        made = learn_lines(data, labels, LIGHT)
        made.add_module("reader", Nearest(made))
        shares.append(hits(shift(starts, made, method, slot, wanted), tested, slot, wanted))
    nothing = hits(starts, tested, slot, wanted)  # not 0 for rotations, some of which look the same
    assert shares[1] < nothing + 0.05, f"Shuffled labels still find {shares[1]:.2f}; doing nothing finds {nothing:.2f}."
    assert shares[0] > nothing + 0.2, f"Right labels find {shares[0]:.2f}; doing nothing finds {nothing:.2f}."


def test_fitting_is_the_same_again() -> None:
    """The seed decides everything, the networks' first weights included."""
    values = draw(200)
    one, other = (learn_lines(latents(values), values, CONFIG).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_lines_have_length_one() -> None:
    """Stored directions of ordered and cyclic slots, and planes between few classes; those from b to a go back."""
    values = balanced(2)
    made = learn_lines(latents(values), values, ShiftsConfig(SLOTS, 16, methods=("regression", "svm"), reader_hidden=8))
    for method in ("regression", "svm"):
        for slot in ("rotation", "x"):
            assert torch.allclose(made.table(method, slot).norm(dim=-1), torch.tensor(1.0), atol=1e-5)
    planes = made.table("svm", "shape")
    assert torch.allclose(planes.norm(dim=2), 1 - torch.eye(3), atol=1e-5)
    assert torch.equal(planes, -planes.transpose(0, 1))


def test_anchors_show_every_value() -> None:
    """Rare values come in too, none is taken twice, and few are enough."""
    values = torch.stack([torch.zeros(500).long(), torch.arange(500) % 20], 1)
    values[[3, 400], 0] = 1
    chosen = choose_anchors(values, 60, 0)
    assert len(chosen.unique()) == 60
    assert (values[chosen, 0] == 1).sum() == 2
    assert torch.bincount(values[chosen, 1]).min() >= 2
    assert len(choose_anchors(values[:30], 60, 0)) == 30


def test_tuning_takes_the_best_and_writes_it(light: Shifts) -> None:
    """What `worth` sees is already in place; of equals the first; other slots are left alone."""
    seen = []

    def worth(strength: float, share: float) -> float:
        assert float(light.strengths[METHOD_NAMES.index("sum"), 1]) == pytest.approx(strength)
        seen.append((strength, share))
        return -abs(strength - 2.1)

    found = tune(light, "sum", "rotation", worth, Grid((1.0, 2.0, 2.2, 3.0)))
    assert found.strength == 2.0 and found.worth == pytest.approx(-0.1) and len(seen) == 4
    assert light.strengths[METHOD_NAMES.index("sum")].tolist() == [1, 2, 1]
    assert tune(light, "means", "x", lambda strength, share: 0.5).strength == GRIDS["means"].strengths[0]


def test_tuning_finds_the_ensembles_share() -> None:
    """Every strength with every share; what is not a number never wins."""
    made = Shifts(CONFIG)
    found = tune(made, "ensemble", "x", lambda n, share: float("nan") if n == 8 else n * share * (1 - share))
    assert (found.strength, found.share) == (36.0, 0.5)
    assert float(made.shares[2]) == 0.5 and float(made.strengths[METHOD_NAMES.index("ensemble"), 2]) == 36


def test_a_broken_measure_leaves_all_as_it_was(light: Shifts) -> None:
    """Whatever was tried."""

    def worth(strength: float, share: float) -> float:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(light, "sum", "x", worth, Grid((7.0,)))
    assert float(light.strengths[METHOD_NAMES.index("sum"), 2]) == 1


@pytest.mark.parametrize("kind, least", [("predictor", 0.9), ("paper_predictor", 0.5)])
def test_a_predictor_learns_planted_shifts(light: Shifts, kind: str, least: float) -> None:
    """After a few hundred small steps it moves latents to where they belong; before, it did not."""
    tested = pairs(300, 99)

    def error() -> tuple[float, float]:
        light.eval()
        with torch.no_grad():
            parts = predictor_loss(light, kind, tested)[1]
            wanted = wishes(draw(300, 99), "x", 4)
            moved = shift(tested.source, light, kind, "x", wanted)
        return parts["delta"], hits(moved, draw(300, 99), "x", wanted)

    before = error()
    optimiser = torch.optim.AdamW(getattr(light, kind).parameters(), 8e-3)
    for step in range(200):
        light.train()
        for group in optimiser.param_groups:
            group["lr"] = 8e-3 * (1 - step / 200)
        loss, _ = predictor_loss(light, kind, pairs(128, 1000 + 2 * step))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = error()
    assert before[1] < 0.2 and after[1] > least, f"{kind} finds {after[1]:.2f}."
    assert after[0] < 0.25 * before[0]


def test_the_reader_learns_planted_values(light: Shifts) -> None:
    """And counts rotations that look the same as one."""
    optimiser = torch.optim.AdamW(light.reader.parameters(), 1e-2)
    for step in range(100):
        values = draw(256, step)
        loss, right = reader_loss(light, latents(values, seed=step), values)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert min(right.values()) > 0.9, right
    found = read_latent(latents(EVERY, seed=7), light)
    assert (found == folded(EVERY)).float().mean(0).min() > 0.95


def test_losses_by_hand(light: Shifts) -> None:
    """A predictor that does nothing is off by the whole change, and its triplet by margin plus distance."""
    batch = pairs(64, 3)
    loss, parts = predictor_loss(light, "predictor", batch, ShiftSettings(delta=2.0, triplet=3.0))
    change = light.standard(batch.target) - light.standard(batch.source)
    assert parts["delta"] == pytest.approx(change.square().mean().item(), rel=1e-4)
    assert parts["triplet"] == pytest.approx(change.norm(dim=1).mean().item() + 0.5, rel=1e-3)
    assert loss.item() == pytest.approx(2 * parts["delta"] + 3 * parts["triplet"], rel=1e-4)


def test_pictures_and_the_judge_join_in(light: Shifts) -> None:
    """The third and fourth loss see what is decoded from plain latents, and their gradients come back."""
    batch, asked = pairs(64, 3), []

    def natural(pictures: torch.Tensor, shape: torch.Tensor) -> torch.Tensor:
        asked.append((pictures, shape))
        return pictures.mean() + 4

    loss, parts = predictor_loss(light, "predictor", batch, decode=lambda x: 2 * x, target_ink=2 * batch.target, natural=natural)
    assert parts["reconstruction"] == pytest.approx(4 * (batch.target - batch.source).square().mean().item(), rel=1e-3)
    assert torch.allclose(asked[0][0], 2 * batch.source, atol=1e-4) and torch.equal(asked[0][1], changed_shape(batch))
    assert parts["natural"] == pytest.approx(2 * batch.source.mean().item() + 4, rel=1e-3)
    loss.backward()
    assert light.predictor.exit.weight.grad is not None and light.predictor.exit.weight.grad.abs().max() > 0


def changed_shape(batch: Pairs) -> torch.Tensor:
    """The shape after the change, made out anew."""
    values = draw(64, 3)
    return torch.where(batch.slot == 0, changed(values, "shape", batch.wanted)[:, 0], values[:, 0])


@pytest.mark.parametrize(
    "wrong, error, words",
    [
        (lambda s, b: predictor_loss(s, "sum", b), SettingError, "no network"),
        (lambda s, b: predictor_loss(s, "predictor", b._replace(target=b.target[:3])), ShapeError, "Pairs are source"),
        (lambda s, b: predictor_loss(s, "predictor", b, target_ink=b.target), SettingError, "needs `decode`"),
        (lambda s, b: predictor_loss(s, "predictor", b, decode=lambda x: x), SettingError, "give the pictures"),
        (
            lambda s, b: predictor_loss(s, "predictor", b, decode=lambda x: x, target_ink=b.target[:, :3]),
            ShapeError,
            "shaped as what decodes",
        ),
        (
            lambda s, b: predictor_loss(s, "predictor", b._replace(shape=None), decode=lambda x: x, natural=lambda p, w: p.mean()),
            SettingError,
            "needs `shape`",
        ),
        (lambda s, b: reader_loss(s, b.source, b.slot), ShapeError, "Give 3 values for each"),
        (lambda s, b: learn_lines(b.source, torch.full((8, 3), 9), LIGHT), SettingError, "outside its slot"),
        (lambda s, b: learn_lines(b.source, torch.zeros(8, 3), LIGHT), SettingError, "whole numbers"),
        (lambda s, b: learn_lines(b.source[:, :3], torch.zeros(8, 3).long(), LIGHT), ShapeError, "move latents"),
        (lambda s, b: learn_lines(b.source[:4], torch.zeros(4, 3).long(), LIGHT), ShapeError, "many latents"),
        (lambda s, b: tune(s, "rbf", "x", lambda n, w: 0.0), SettingError, "no shifter 'rbf' here"),
        (lambda s, b: tune(s, "sum", "z", lambda n, w: 0.0), SettingError, "no slot 'z'"),
        (lambda s, b: Grid(()), SettingError, "needs strengths"),
        (lambda s, b: ShiftSettings(gamma=0.0), SettingError, "gamma must be greater"),
        (lambda s, b: ShiftSettings(c_kernel=(1.0, -1.0)), SettingError, "c_kernel must be greater"),
    ],
)
def test_wrong_questions_are_refused(light: Shifts, wrong: Any, error: type[Exception], words: str) -> None:
    """Each with a sentence that says what is wrong."""
    with pytest.raises(error, match=words):
        wrong(light, pairs(8, 3))


def test_kernel_machines_are_sklearns() -> None:
    """What is kept of a machine gives the decision that the machine itself gives."""
    from sklearn.svm import SVC

    from core.methods.write.shift_lines import Wish
    from core.methods.write.shift_walk import field

    values = draw(260)
    config = ShiftsConfig(SLOTS, 16, methods=("rbf",), anchors=400, reader_hidden=8)
    made = learn_lines(latents(values), values, config, ShiftSettings(c_kernel=(10.0,)))
    anchors = made.anchors[:195]  # a quarter is held back
    labels = torch.cdist(anchors, made.standard(latents(values))).argmin(1)
    machine = SVC(C=10.0, gamma=float(made.gamma), class_weight="balanced").fit(anchors.numpy(), (values[labels, 0] == 1).numpy())
    z = made.standard(latents(draw(30, 5), seed=5))
    asked = Wish(SLOTS[0], 0, torch.ones(30).long(), torch.zeros(30).long(), torch.zeros(30).long())
    assert np.allclose(field(z, made, asked).value[:, 0].numpy(), machine.decision_function(z.numpy()), atol=2e-2)
