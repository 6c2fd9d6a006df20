"""The trainers of the Nouns' eyes: losses go down, the beginner's pictures grow freer, the judges judge; on tiny networks."""

from __future__ import annotations

import pytest
import torch

from core.foundations.files import from_eight_bits
from core.models.noun_eyes import EyeConfig, NounEye
from core.train.nouns.eyes import EyeTraining, Teacher, card_of, groups, kept_eye, naming
from core.train.nouns.masked import MaskedTraining, Masker, linearly_named, painting
from core.train.nouns.transformer import Gradual, TransformerTraining

CPU = torch.device("cpu")
RESIDUAL = EyeConfig("residual", widths=(8, 8, 16, 16))
TRANSFORMER = EyeConfig("transformer", width=32, depth=1, heads=2, stem=(8, 8))
MASKED = EyeConfig("masked", classes=0, width=32, depth=1, heads=2)


def fitted(trainer: Teacher | Masker, model: torch.nn.Module, steps: int = 25) -> tuple[float, float]:
    """The loss of one and the same step before and after many steps on it."""
    optimiser = torch.optim.AdamW(groups(model, 0.0), 3e-3)
    losses = []
    for _ in range(steps):
        loss, figures = trainer.loss_of(0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(figures["loss"])
    return losses[0], losses[-1]


@pytest.mark.parametrize("config", [RESIDUAL, TRANSFORMER], ids=["residual", "transformer"])
def test_names_are_learned(config: EyeConfig) -> None:
    teacher = Teacher(config, EyeTraining(batch=8), CPU)
    before, after = fitted(teacher, teacher.eye)
    assert after < 0.8 * before


def test_painting_is_learned() -> None:
    masker = Masker(MASKED, MaskedTraining(batch=8, painter_width=32, painter_depth=1), CPU)
    before, after = fitted(masker, masker.both)
    assert after < 0.8 * before
    assert 0 < painting(masker, 8)["held_out_error_of_variance"] < 2


def test_hidden_patches_are_three_quarters() -> None:
    masker = Masker(MASKED, MaskedTraining(batch=4), CPU)
    assert masker.errors(torch.rand(4, 3, 32, 32), torch.Generator()).shape == (4, 48, 48)


def test_a_step_is_the_same_step_again() -> None:
    teacher = Teacher(TRANSFORMER, EyeTraining(batch=4), CPU)
    assert teacher.loss_of(3)[1] == teacher.loss_of(3)[1] != teacher.loss_of(4)[1]


def test_pictures_grow_freer() -> None:
    settings = TransformerTraining(batch=64, steps=100)
    gradual = Gradual(TRANSFORMER, settings, CPU)
    first, last = gradual.drawn(5), gradual.drawn(60)
    assert not first.moved.any() and not first.mirrored.any() and first.own.all()
    assert (last.moved == Teacher.drawn(gradual, 60).moved).all() and last.mirrored.any()


def test_an_eye_that_knows_nothing_is_told_so() -> None:
    torch.manual_seed(0)
    eye = NounEye(RESIDUAL)
    figures = naming(eye, 64)
    assert set(figures) == {"held_out_moved", "held_out_standing"} and max(figures.values()) < 0.1


def test_a_linear_judge_reads_what_is_there() -> None:
    torch.manual_seed(0)
    eye = NounEye(MASKED).eval()
    assert 0 <= linearly_named(eye, 64)["held_out_moved_linear"] <= 1


def test_what_is_kept_is_what_is_judged() -> None:
    torch.manual_seed(0)
    tensors, eye = kept_eye(NounEye(TRANSFORMER))
    own = from_eight_bits(tensors)
    assert all(torch.equal(t.flatten(), own[name].float().flatten()) for name, t in eye.state_dict().items() if name in own)
    card = card_of(eye, "naming", {"seed": 1}, CPU, {"right": 1.0})
    assert card["model"] == "NounEye" and card["quality"]["right"] == 1.0 and card["architecture"]["stem"] == (8, 8)
