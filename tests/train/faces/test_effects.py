"""Measuring what lines do, on planted faces: slopes, how far from the identity, how unlikely a step."""

from __future__ import annotations

import pytest
import torch

from core.models.face_directions import SPANS
from core.train.faces.effects import Measuring, joined, unit_directions, unlikely
from core.train.faces.lines import Lines
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import SCALES

AGE = ATTRIBUTES.index("age")
LINES = Lines(torch.eye(3)[:2], torch.diag(torch.tensor([1.0, 4.0, 1.0])))
K = 2 * len(SPANS)


def test_slopes_are_in_steps_of_a_unit() -> None:
    """Nine years more for half a line, and nine less the other way: two steps of a whole one, for each size as if on a face of its own."""
    settings = Measuring(sizes=(0.5, 1.0))
    values = torch.zeros(K, 2, 2, len(ATTRIBUTES)) + 0.0
    values[..., AGE] = 40.0
    values[3, 0, :, AGE] = torch.tensor([49.0, 31.0])
    values[3, 1, :, AGE] = torch.tensor([49.0, 31.0])
    effects = joined([values], [torch.zeros(K, 2, 2, 4)], LINES, settings)
    assert effects.moved.shape == (2, K, len(ATTRIBUTES)) and SCALES["age"].step == 9.0
    assert effects.moved[:, 3, AGE].tolist() == pytest.approx([2.0, 1.0]) and float(effects.moved[:, 2].abs().sum()) == 0


def test_a_line_that_leads_from_the_identity_is_dear() -> None:
    """By the square of how far its vector moves, beside how unlikely the step is."""
    settings = Measuring(sizes=(1.0,), identity=2.0)
    whose = torch.zeros(K, 1, 2, 4)
    whose[1, 0, :, 2] = torch.tensor([0.5, -0.5])
    plain = joined([torch.zeros(K, 1, 2, len(ATTRIBUTES))], [torch.zeros_like(whose)], LINES, settings).cost
    dear = joined([torch.zeros(K, 1, 2, len(ATTRIBUTES))], [whose], LINES, settings).cost
    assert float((dear - plain)[1, 1]) == pytest.approx(2 * 0.25) and float((dear - plain).abs().sum()) == pytest.approx(0.5)


def test_a_step_is_as_unlikely_as_it_leads_away() -> None:
    """The first line in all groups by one standard deviation, the second by half of one; in one group alone by its share of the slots,
    and dearer where groups should do alike."""
    every = torch.kron(torch.eye(2), torch.ones(1, len(SPANS)))
    shares = torch.tensor([(last - first) / SPANS[-1][1] for first, last in SPANS])
    for apart in (0.0, 15.0):
        cost = unlikely(LINES, 1e-6, apart)
        assert torch.allclose(every @ cost @ every.T, torch.diag(torch.tensor([1.0, 0.25])), atol=1e-4)
        alone = shares + apart * (shares - shares.square())
        assert torch.allclose(cost.diagonal(), torch.cat([alone, alone / 4]), atol=1e-4)


def test_units_are_the_lines_themselves() -> None:
    """Each in its own group of slots."""
    step = unit_directions(LINES).along(torch.eye(K)[len(SPANS) + 1])
    first, last = SPANS[1]
    assert step[1, first:last].tolist() == [1.0] * (last - first) and float(step.abs().sum()) == last - first
