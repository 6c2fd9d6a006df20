"""The reader's training on planted faces: what is weighed, that it learns, and that it is examined rightly."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from core.models.face_seen import EXPRESSIONS, LANDMARKS, PARTS, SIDE, FaceSeen
from core.train import loop
from core.train.faces.reader import Directions, Lessons, ReaderTraining, fitted, kept_small, loss_of, weights_of
from core.train.faces.reader_quality import agreement, correlation, overlap, told_apart


def _seen(count: int) -> FaceSeen:
    """Of faces that are light or dark: the light ones are happy, old, all hair, and lie to the right."""
    light = torch.arange(count) % 2
    rng = torch.Generator().manual_seed(0)
    marks = torch.rand(LANDMARKS, 2, generator=rng) * 0.4 + 0.2
    marks = marks + 0.2 * light[:, None, None] * torch.tensor([1.0, 0.0])
    parts = torch.zeros(count, len(PARTS), SIDE, SIDE)
    parts[:, 0], parts[:, 17] = 1 - light[:, None, None], light[:, None, None]
    expressions = torch.eye(len(EXPRESSIONS))[light]
    return FaceSeen(
        expressions,
        20.0 + 40 * light,
        light * 0.8 + 0.1,
        marks,
        parts,
        torch.nn.functional.normalize(torch.randn(count, 16, generator=rng)),
    )


def _lessons(count: int = 8) -> Lessons:
    light = torch.arange(count) % 2
    pictures = (light * 200).to(torch.uint8)[:, None, None, None].expand(count, 3, 256, 256)
    tokens = (light * 2.0 - 1)[:, None, None, None] * torch.randn(1, 2, 65, 8, generator=torch.Generator().manual_seed(1))
    return Lessons(pictures, tokens.half(), kept_small(_seen(count)))


def test_it_learns_what_is_planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Light faces from dark ones, in all that is read; and what is kept is what was trained."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    lessons = _lessons()
    directions = Directions.of(lessons.seen.identity, 4)
    reader, _ = fitted(lessons, directions, ReaderTraining(steps=40, batch=4, identity=4), "planted")
    given = lessons.at(torch.arange(2))
    with torch.no_grad():
        seen = reader(given.tokens, given.pictures)
    assert seen.expressions.argmax(1).tolist() == [0, 1]
    assert seen.age[1] > seen.age[0] + 15 and seen.female[1] > seen.female[0] + 0.2
    assert seen.parts[1, 17].mean() > seen.parts[0, 17].mean() + 0.3


def test_a_perfect_reader_has_no_loss_but_the_teachers_doubt() -> None:
    """And each piece grows where that one thing is read wrongly."""
    seen = _seen(4)
    identity = torch.eye(4)
    weights = weights_of(seen.parts)
    sure = FaceSeen(seen.expressions * 50, seen.age, torch.logit(seen.female), seen.landmarks, seen.parts * 50, identity)
    told = loss_of(sure, seen, identity, weights, 0.01)[1]  # type: ignore[arg-type]
    assert all(told[name] == pytest.approx(0, abs=1e-4) for name in ("expression", "age", "landmarks", "parts", "identity", "apart"))
    off = loss_of(sure._replace(age=seen.age + 12, landmarks=seen.landmarks + 0.1), seen, identity, weights, 0.01)[1]  # type: ignore[arg-type]
    assert off["age"] > 0.8 and off["landmarks"] > 1 and off["parts"] == pytest.approx(told["parts"])


def test_small_parts_count_more() -> None:
    """And a place counts 1 on the mean."""
    parts = torch.zeros(1, 3, 10, 10)
    parts[:, 0], parts[:, 1, 0] = 1, 1
    parts[:, 0, 0] = 0
    weight = weights_of(parts)
    assert weight[1] > 2 * weight[0] and weight[2] >= weight[1]
    assert float(0.9 * weight[0] + 0.1 * weight[1]) == pytest.approx(1, abs=1e-4)


def test_directions_keep_what_tells_faces_apart() -> None:
    """What all have in common is gone; with all directions, cosines are those of what is left."""
    rng = torch.Generator().manual_seed(0)
    identities = torch.randn(50, 6, generator=rng) + 5
    short = Directions.of(identities, 6).short(identities)
    left = torch.nn.functional.normalize(identities - identities.mean(0), dim=1)
    assert torch.allclose(short @ short.T, left @ left.T, atol=1e-4)
    assert (short @ short.T)[~torch.eye(50, dtype=torch.bool)].mean().abs() < 0.1


def test_agreement_by_hand() -> None:
    """A reader that is right but for one face, whose age is off by 8 and whose landmarks are off by half an eye distance."""
    seen = _seen(4)
    marks = seen.landmarks.clone()
    marks[:, 36:42], marks[:, 42:48] = torch.tensor([0.3, 0.5]), torch.tensor([0.7, 0.5])
    seen = seen._replace(landmarks=marks)
    wrong = seen.landmarks.clone()
    wrong[0] += torch.tensor([0.2, 0.0])
    told = seen._replace(expressions=seen.expressions[[1, 1, 2, 3]], age=seen.age + torch.tensor([8.0, 0, 0, 0]), landmarks=wrong)
    found = agreement(told, seen)
    assert found["expression the same"] == 0.75 and found["of each expression"] == {"neutral": "1 of 2", "happy": "2 of 2"}
    assert found["age off by years"] == 2.0 and found["landmarks off by percent of the eye distance"] == pytest.approx(12.5, abs=0.01)
    assert found["parts, intersection over union"] == 1.0


def test_overlaps_correlations_and_copies_by_hand() -> None:
    """Half of one part taken for another; opposite rows; a copy that is taken for another's."""
    true, told = torch.zeros(1, 19, 2, 2), torch.zeros(1, 19, 2, 2)
    true[:, 0, 0], true[:, 1, 1] = 1, 1
    told[:, 0, 0], told[:, 1, 1, 0], told[:, 0, 1, 1] = 1, 1, 1
    assert overlap(told, true) == {"background": 0.667, "skin": 0.5}
    row = torch.arange(4.0)
    assert correlation(row, -2 * row + 1) == -1.0
    one = torch.eye(3)
    assert told_apart(one, one)["found"] == 1.0 and told_apart(one, one[[1, 0, 2]])["found"] == pytest.approx(1 / 3, abs=0.01)
