"""Training: the schedule, the fours, the parallelogram, and resuming as if nothing had happened."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from core.train import loop
from core.train.loop import Schedule, train
from core.train.nouns.generator import GeneratorTraining, Trainer, body_hidden, fours, parallel_loss
from core.worlds.nouns.compose import owners
from core.worlds.nouns.splits import is_held_out


def test_the_rate_rises_stays_falls_and_is_polished() -> None:
    """By hand at the corners."""
    schedule = Schedule(1000, 1.0, warmup=10, decay_from=0.5, polishes=((100, 0.5), (10, 0.2)))
    assert schedule.steps == 1110
    assert schedule.at(0) == 0.1 and schedule.at(9) == 1 and schedule.at(499) == 1
    assert schedule.at(750) == pytest.approx(0.5) and schedule.at(999) < 1e-4
    assert schedule.at(1000) == 0.5 and schedule.at(1050) == pytest.approx(0.25) and schedule.at(1100) == pytest.approx(0.2)


def test_fours_exchange_slots_and_stay_on_their_side() -> None:
    """A' holds what A or B holds, B' the other; never all or none exchanged by one-slot swaps; nothing held out."""
    a, b, a2, b2 = fours(np.random.default_rng(0), 50, 0.1)
    assert (((a2 == a) & (b2 == b)) | ((a2 == b) & (b2 == a))).all()
    assert not is_held_out(np.concatenate([a, b, a2, b2])).any()


def test_a_perfect_sum_leaves_no_remainder() -> None:
    """Latents that add up give 0 and themselves; one that does not is replaced by what the others imply."""
    parts = torch.randn(2, 2, 1, 1, 3)
    a, b = parts[0, 0] + parts[1, 0], parts[0, 1] + parts[1, 1]
    a2, b2 = parts[0, 1] + parts[1, 0], parts[0, 0] + parts[1, 1]
    mean = torch.stack([a, b, a2, b2])
    everyone, counts = torch.ones(4, dtype=torch.bool), torch.tensor([True])
    remainder, latent = parallel_loss(mean, everyone, counts)
    assert remainder < 1e-10 and torch.allclose(latent, mean, atol=1e-5)
    off = mean.clone()
    off[3] += 1
    remainder, latent = parallel_loss(off, torch.tensor([False, False, False, True]), counts)
    assert remainder > 0 and torch.allclose(latent[3], mean[3], atol=1e-5) and torch.equal(latent[:3], off[:3])


def test_fours_with_a_hidden_body_do_not_count() -> None:
    """Where nobody can see the body, nobody can imply it."""
    owner = np.ones((4, 2, 2), np.uint8)
    assert not body_hidden(owner).any()
    owner[2] = 2
    assert body_hidden(owner).all()
    compositions = fours(np.random.default_rng(0), 40, 0.0)
    assert 0 < body_hidden(owners(compositions.reshape(-1, 5))).mean() < 0.6


def test_each_phase_has_its_own_beta() -> None:
    """It grows, stays, and each polish says its own."""
    trainer = Trainer(GeneratorTraining(steps=100, polishes=((10, 1e-4, 0.5), (10, 1e-4, 0.25))), torch.device("cpu"))
    assert trainer.beta_at(0) == 0 and trainer.beta_at(50) == pytest.approx(3e-4)
    assert [trainer.beta_at(s) for s in (100, 109, 110, 119)] == [0.5, 0.5, 0.25, 0.25]


def wobbly(seed: int = 0) -> tuple[nn.Linear, torch.optim.Optimizer]:
    """A tiny model with a stateful optimiser."""
    torch.manual_seed(seed)
    model = nn.Linear(4, 1)
    return model, torch.optim.AdamW(model.parameters(), 0.1)


def run(
    steps: int, name: str, model: nn.Linear, optimiser: torch.optim.Optimizer, stop: int | None = None, made_of: object = ""
) -> list[float]:
    """Losses of a run, cut off at a step."""
    losses: list[float] = []

    def loss_of(step: int) -> tuple[torch.Tensor, dict[str, float]]:
        if step == stop:
            raise KeyboardInterrupt
        x = torch.randn(8, 4, generator=torch.Generator().manual_seed(step))
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        losses.append(loss.item())
        return loss, {}

    train(name, model, optimiser, Schedule(steps, 0.1, warmup=2), loss_of, made_of=made_of, every=5)
    return losses


def test_an_interrupted_run_goes_on_as_if_nothing_had_happened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights, to the last bit; and the loss goes down."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    whole, optimiser = wobbly()
    losses = run(40, "whole", whole, optimiser)
    assert losses[-1] < 0.1 * losses[0]
    first, optimiser = wobbly()
    with pytest.raises(KeyboardInterrupt):
        run(40, "cut", first, optimiser, stop=23)
    second, optimiser = wobbly(seed=9)
    run(40, "cut", second, optimiser)
    assert torch.equal(second.weight, whole.weight) and torch.equal(second.bias, whole.bias)
    again, _ = wobbly(seed=5)
    schedule = Schedule(40, 0.1, warmup=2)
    assert not loop.finished("never", again, schedule) and not loop.finished("cut", again, Schedule(41, 0.1, warmup=2))
    assert not loop.finished("cut", again, schedule, made_of="something else") and not torch.equal(again.weight, whole.weight)
    assert loop.finished("cut", again, schedule) and torch.equal(again.weight, whole.weight)


def test_a_run_of_other_settings_or_data_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """A checkpoint of the same name is gone on with only where schedule, settings and data are the same."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    assert len(run(10, "same", *wobbly(), made_of=("rate 1", "digest"))) == 10
    assert len(run(10, "same", *wobbly(), made_of=("rate 1", "digest"))) == 0
    assert len(run(10, "same", *wobbly(), made_of=("rate 1", "another"))) == 10 and "starts anew" in capsys.readouterr().out
    assert len(run(12, "same", *wobbly(), made_of=("rate 1", "another"))) == 12


class Terminal(io.StringIO):
    """A place that a person watches."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_file_gets_lines_and_a_terminal_a_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """What is written into a file can be read line by line; the bar goes to a terminal only, and says how far it is."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    run(10, "one", *wobbly())
    heard = capsys.readouterr()
    lines = heard.out.splitlines()
    assert [line.split("  ")[0] for line in lines] == ["one step 5/10", "one step 10/10"] and "\r" not in heard.out and heard.err == ""
    monkeypatch.setattr(sys, "stderr", watched := Terminal())
    run(10, "two", *wobbly())
    assert "two" in watched.getvalue() and "10/10" in watched.getvalue()
    assert [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()] == ["two step 5/10", "two step 10/10"]
