"""The judge of grown images can say yes and no, and its rows are of heads that nothing was chosen on."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.nouns.visualise import CHOSEN, CLASSES, TUNED, Bench, spread
from core.foundations.images import to_tensor
from core.worlds.nouns.compose import draw, sample, to_rgb


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(shown=1)


def test_true_pictures_are_named_and_shuffled_ones_are_not(bench: Bench) -> None:
    """By both models."""
    nouns = sample(np.random.default_rng(3), 24)
    nouns[:, 3] = np.arange(24) * 10
    images = to_tensor(to_rgb(draw(nouns)))
    right, wrong = bench.named(images, nouns[:, 3].tolist()), bench.named(images, np.roll(nouns[:, 3], 1).tolist())
    assert right.own > 0.9 and right.other > 0.9 and wrong.own < 0.1 and wrong.other < 0.1
    assert bench.accuracy(64).own > 0.9 and bench.chance(spread(32)).own < 0.1


def test_goals_name_keys_of_the_right_blocks(bench: Bench) -> None:
    """Those that a head moves are of the last block, before or behind the activation; those of values of their own block."""
    goal, behind = bench.moved(9, 3), bench.moved(9, 3, behind=True)
    assert [term.layer for term in goal.terms] == ["trunk.blocks.4.mlp.fc1"] * 3 and behind.terms[0].layer.endswith("4.mlp.act")
    assert [term.unit for term in goal.terms] == [term.unit for term in behind.terms] == bench.excited(3).neurons[9].tolist()
    best = bench.valued(9, 1).terms[0]
    block = int(best.layer.split(".")[2])
    assert best.weight == pytest.approx(float(bench.pointing[:, :, 9].max())) == pytest.approx(float(bench.pointing[block, best.unit, 9]))


def test_what_a_value_adds_is_what_it_points_to(bench: Bench) -> None:
    """Adding a value to the last stream moves the classes' log-odds along `pointing`, but for the norm's own scale."""
    trunk = bench.eye.trunk
    stream = torch.randn(1, 64, generator=torch.Generator().manual_seed(2))
    value = 1e-3 * trunk.blocks[4].mlp.fc2.weight[:, 7]
    with torch.no_grad():
        moved = trunk.head(trunk.norm(stream + value)) - trunk.head(trunk.norm(stream))
    moved = (moved - moved.mean())[0]
    assert float(torch.corrcoef(torch.stack([moved, bench.pointing[4, 7]]))[0, 1]) > 0.9


def test_no_head_is_judged_that_was_tuned_on() -> None:
    """Heads are spread over all others, each once."""
    assert not set(TUNED) & set(CHOSEN)
    for count in (16, 64, CLASSES - len(TUNED) - len(CHOSEN)):
        heads = spread(count)
        assert len(set(heads)) == count and not set(heads) & {*TUNED, *CHOSEN} and max(heads) < CLASSES
