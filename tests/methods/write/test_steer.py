"""Steering, on planted effects: what is wished comes, what has to stay stays, and a wrong model is put right by looking."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from core.foundations.seeds import torch_rng
from core.methods.write.steer import DEAREST, Course, Effects

TRUE = torch.tensor([[1.0, 0.8, 0.0], [0.0, 1.0, 0.0], [0.5, 0.0, 1.0]])
"""What a unit of each of three lines does to three measures: the first one drags the second measure along."""


def effects(moved: Tensor) -> Effects:
    """Measured on two faces alike."""
    return Effects(moved[None].repeat(2, 1, 1), 0.01 * torch.eye(3))


def test_what_goes_along_is_taken_back() -> None:
    """The first measure rises by two; the plain line would move the second by 1.6."""
    step = effects(TRUE).solve(torch.tensor([2.0, 0.0, 0.0]), torch.tensor([30.0, 1.0, 1.0]))
    moved = step @ TRUE
    assert moved[0] == pytest.approx(2.0, abs=0.02) and moved[1:].abs().max() < 0.1


def test_what_may_move_is_not_held() -> None:
    """Then the step is shorter."""
    aim = torch.tensor([2.0, 0.0, 0.0])
    held = effects(TRUE).solve(aim, torch.tensor([30.0, 1.0, 1.0]), 1.0)
    free = effects(TRUE).solve(aim, torch.tensor([30.0, 0.0, 0.0]), 1.0)
    assert free.norm() < held.norm()


def test_a_line_that_does_something_else_on_every_face_is_trusted_less() -> None:
    """Of two lines with the same mean effect, the one that always has it is taken."""
    moved = torch.tensor([[[1.0, 2.0], [1.0, 0.0]], [[1.0, -2.0], [1.0, 0.0]]])
    step = Effects(moved, 0.01 * torch.eye(2)).solve(torch.tensor([1.0, 0.0]), torch.ones(2))
    assert step[1] > 5 * step[0].abs()


def test_a_picture_that_answers_otherwise_is_learned() -> None:
    """Its slope is half of what was measured, and the third measure moves by itself; three looks bring all where they belong."""
    start = torch.tensor([0.3, -1.0, 2.0])

    def look(step: Tensor) -> Tensor:
        return start + step @ TRUE * torch.tensor([0.5, 1.0, 1.0]) + torch.tensor([0.0, 0.0, 0.9])

    course = Course(effects(TRUE), start, {0: 2.3}, [1, 2])
    missing, strayed = [], []
    for _ in range(4):
        now = look(course.step())
        course.learn(now)
        missing.append(course.short(now))
        strayed.append(float(course.strayed(now).max()))
    assert missing[0] > 0.8 and strayed[0] > 0.7
    assert missing[-1] < 0.1 and strayed[-1] < 0.15


def test_nothing_is_missing_where_the_aim_is_passed() -> None:
    """Either way."""
    up, down = (Course(effects(TRUE), torch.zeros(3), {0: aim}, [1, 2]) for aim in (1.0, -1.0))
    assert up.short(torch.tensor([1.5, 0.0, 0.0])) == 0 and up.short(torch.tensor([0.25, 0.0, 0.0])) == 0.75
    assert down.short(torch.tensor([-1.5, 0.0, 0.0])) == 0 and down.short(torch.tensor([0.25, 0.0, 0.0])) == 1.25


def test_all_that_is_asked_for_counts_alike() -> None:
    """Grey is dull first, and light just as well: both come before what has to stay."""
    course = Course(effects(TRUE), torch.zeros(3), {0: 1.0, 2: 1.0}, [1])
    moved = course.step() @ TRUE
    assert moved[0] == pytest.approx(1.0, abs=0.02) and moved[2] == pytest.approx(1.0, abs=0.02) and abs(moved[1]) < 0.1


def test_a_picture_that_does_not_answer_is_not_left_behind() -> None:
    """Look after look nothing comes; distance never becomes worth nothing beside it."""
    course, lengths = Course(effects(TRUE), torch.zeros(3), {0: 1.0}, [1, 2]), []
    for _ in range(8):
        lengths.append(float(course.step().norm()))
        course.learn(torch.zeros(3))
    assert float(course.weights[0]) == DEAREST and lengths[0] < lengths[2]


def test_a_random_wish_is_met_by_random_effects() -> None:
    """Twelve lines, five measures, any aim: there is always a way."""
    rng = torch_rng("steer")
    moved = torch.randn(3, 12, 5, generator=rng) * 0.1 + torch.randn(12, 5, generator=rng)
    step = Effects(moved, 1e-3 * torch.eye(12)).solve(torch.tensor([0.0, 0.0, -3.0, 0.0, 0.0]), torch.ones(5))
    assert (step @ moved.mean(0) - torch.tensor([0.0, 0.0, -3.0, 0.0, 0.0])).abs().max() < 0.1


def test_an_eased_course_goes_less_far_and_still_tells_what_is_missing() -> None:
    """Of the whole way; it is not eased twice, and never beyond the start."""
    course = Course(Effects(torch.eye(2)[None], 1e-6 * torch.eye(2)), torch.zeros(2), {0: 2.0}, kept=[1])
    assert float(course.step()[0]) == pytest.approx(2, abs=1e-3)
    for _ in range(2):
        course.ease(0.5)
        assert float(course.step()[0]) == pytest.approx(1.5, abs=1e-3)
    assert course.short(torch.tensor([1.5, 0.0])) == pytest.approx(0.5)
    course.ease(9.0)
    assert float(course.step()[0]) == pytest.approx(0, abs=1e-3)


def test_what_the_picture_cannot_show_is_held_as_predicted() -> None:
    """The second measure is never seen to move, though the line drags it along: it is not taken for a model that is wrong."""
    start = torch.zeros(3)
    hidden = Course(effects(TRUE), start, {0: 2.0}, [1, 2], unseen=[1])
    told = Course(effects(TRUE), start, {0: 2.0}, [1, 2])
    first = hidden.step()
    told.step()
    for course in (hidden, told):
        course.learn(torch.tensor([2.0, 0.5, 0.0]))
    assert hidden.beside[1] == 0 and told.beside[1] != 0
    assert (hidden.step() @ TRUE)[1] == pytest.approx(float((first @ TRUE)[1]), abs=0.05)


def test_a_stiffer_line_is_taken_less() -> None:
    """Of two lines that do the same, the one that is not dearer; and what is taken next is what is said."""
    twins = Effects(torch.ones(1, 2, 1), torch.eye(2))
    step = twins.stiffer(torch.tensor([9.0, 1.0])).solve(torch.ones(1), torch.ones(1))
    assert step[1] == pytest.approx(9 * float(step[0]), rel=1e-4)
    course = Course(twins, torch.zeros(1), {0: -1.0}, [])
    course.step()
    course.follow(torch.tensor([0.25, 0.0]))
    assert course.step().tolist() == [0.25, 0.0] and course.step()[1] != 0
    assert course.came(torch.tensor([-0.5])) == 0.5 and course.came(torch.tensor([0.5])) == -0.5
