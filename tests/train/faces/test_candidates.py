"""Lines on planted styles: each method finds what was planted, and the conditioned one leaves what goes along by chance."""

from __future__ import annotations

import pytest
import torch

from core.foundations.seeds import torch_rng
from core.train.faces.candidates import GROUPS, METHODS, Lines, candidates
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import WAYS

WIDTH = 30
AGE, HAT = ATTRIBUTES.index("age"), ATTRIBUTES.index("hat")


@pytest.fixture(scope="module")
def lines() -> Lines:
    """Every attribute is one number of w with noise; hats go along with age in w."""
    rng = torch_rng("planted styles")
    styles = torch.randn(3000, WIDTH, generator=rng)
    styles[:, HAT] = 0.8 * styles[:, AGE] + 0.6 * styles[:, HAT]
    return Lines(styles, styles[:, : len(ATTRIBUTES)] + 0.1 * torch.randn(3000, len(ATTRIBUTES), generator=rng))


@pytest.mark.parametrize("method", METHODS)
def test_what_was_planted_is_found(lines: Lines, method: str) -> None:
    """An attribute that stands by itself."""
    beard = ATTRIBUTES.index("beard")
    line = lines.line(method, "beard")
    assert int(line.abs().argmax()) == beard and float(line[beard] / line.norm()) > 0.95


def test_only_what_is_conditioned_leaves_the_hat(lines: Lines) -> None:
    """Older faces wear more hats; the mean follows, the conditioned line does not."""
    means, conditioned = lines.line("means", "age"), lines.line("conditioned", "age")
    assert float(means[HAT] / means[AGE]) > 0.6 and abs(float(conditioned[HAT] / conditioned[AGE])) < 0.1
    assert float(conditioned.norm()) == pytest.approx(float(means.norm()), rel=1e-4)


def test_there_is_a_candidate_for_every_end(lines: Lines) -> None:
    """By every method, in every group; the two ends of a scale are opposite; a direction is nothing outside its group."""
    found = list(candidates(lines))
    ends = [key for key, way in WAYS.items() if way.sign]
    assert len(found) == len(ends) * len(METHODS) * len(GROUPS)
    by_key = {(one.slot, one.state, one.method, one.group): one for one in found}
    old, young = by_key["age", "old", "joint", "to 16 px"], by_key["age", "young", "joint", "to 16 px"]
    assert torch.equal(old.line, -young.line)
    direction = old.direction(23)
    assert torch.equal(direction[6], old.line) and not direction[7:].any()
