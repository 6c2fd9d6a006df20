"""Lines on planted styles: each finds what was planted, and leaves what goes along by chance."""

from __future__ import annotations

import pytest
import torch

from core.foundations.seeds import torch_rng
from core.train.faces.lines import Lines, learn, wishes
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import WAYS

WIDTH = 30
AGE, HAT, BEARD = (ATTRIBUTES.index(name) for name in ("age", "hat", "beard"))


@pytest.fixture(scope="module")
def styles() -> torch.Tensor:
    """Every attribute is one number of w; hats go along with age."""
    made = torch.randn(3000, WIDTH, generator=torch_rng("planted styles"))
    made[:, HAT] = 0.8 * made[:, AGE] + 0.6 * made[:, HAT]
    return made


@pytest.fixture(scope="module")
def lines(styles: torch.Tensor) -> Lines:
    """Learned from the attributes with some noise."""
    noise = torch.randn(3000, len(ATTRIBUTES), generator=torch_rng("planted noise"))
    return learn(styles, styles[:, : len(ATTRIBUTES)] + 0.1 * noise)


def test_what_was_planted_is_found(lines: Lines) -> None:
    """An attribute that stands by itself; as long as the most and the least are apart, which is four standard deviations."""
    line = lines.of[BEARD]
    assert int(line.abs().argmax()) == BEARD and float(line[BEARD] / line.norm()) > 0.9
    assert float(line.norm()) == pytest.approx(4, abs=0.4)


def test_the_hat_is_left_to_the_hat(lines: Lines, styles: torch.Tensor) -> None:
    """Older faces wear more hats; the mean follows, the line much less."""
    older = styles[:, AGE] > 1.5
    means = styles[older].mean(0) - styles[~older].mean(0)
    assert float(means[HAT] / means[AGE]) > 0.6 and abs(float(lines.of[AGE, HAT] / lines.of[AGE, AGE])) < 0.5


def test_the_covariance_is_that_of_the_styles(lines: Lines) -> None:
    """One on the diagonal, what was planted beside it."""
    assert float(lines.covariance[AGE, HAT]) == pytest.approx(0.8, abs=0.1) and float(lines.covariance[0, 0]) == pytest.approx(1, abs=0.1)


def test_wishes_lie_at_an_end() -> None:
    """Middles do not."""
    assert ("age", "old") in wishes() and ("age", "middle-aged") not in wishes()
    assert len(wishes()) == sum(bool(way.sign) for way in WAYS.values())
