"""The one map that is trained: a planted one is found, nothing is found among shuffled names, and every step of it by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from core.train.photos import head as module
from core.train.photos.head import Head, HeadTraining, Lessons, contrast_head, lessons_of, naming, ridge_head, split_figures
from core.train.photos.views import Views
from core.worlds.photos.named import Named

SMALL = HeadTraining(ridge=1.0, steps=120, batch=64, rate=5e-3, scale=10.0)


def rng(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def planted(names: int = 200, width: int = 32, joint: int = 16, noise: float = 0.1, shuffled: bool = False, seed: int = 0) -> Lessons:
    """Three views a picture: a random linear map of the name's vector, at the scales and places of a real tower, and noise.

    Of the texts the first are names, one a picture; as many keywords follow, which mean nearly what the name means.
    """
    own = F.normalize(torch.randn(names, joint, generator=rng(seed)), dim=-1)
    near = F.normalize(own + 0.3 * torch.randn(names, joint, generator=rng(seed + 1)), dim=-1)
    lift, spread = torch.randn(joint, width, generator=rng(seed + 2)), torch.logspace(-1, 1, width)
    views = [
        ((own @ lift)[:, None] + noise * torch.randn(names, 3, width, generator=rng(seed + 3 + i))) * spread + 5 * spread for i in range(2)
    ]
    name = torch.randperm(names, generator=rng(9)) if shuffled else torch.arange(names)
    words = [[names + int(n)] if n % 2 else [] for n in name]
    return Lessons(views[0], views[1], torch.cat([own, near]), name, words, torch.zeros(joint))


def halves(lessons: Lessons) -> tuple[Lessons, Lessons]:
    """Three quarters of the pictures, and the rest."""
    chosen = torch.arange(len(lessons.name)) % 4 > 0
    return lessons.take(chosen), lessons.take(~chosen)


@pytest.mark.parametrize("make", [ridge_head, contrast_head])
def test_a_planted_map_is_found(make) -> None:
    """And names what it never saw, of whole pictures and of their patches alone; among shuffled names nothing is found."""
    seen, rest = halves(planted())
    head = make(seen, SMALL)
    for inside in (False, True):
        found = naming(head, rest, inside)
        assert found["names"] == 50 and found["right"] > 0.9 and found["among five"] > 0.97 and found["found by name"] > 0.9
    seen, rest = halves(planted(shuffled=True))
    found = naming(make(seen, SMALL), rest)
    assert found["right"] < 0.1 and found["among five"] < 0.25


def test_steps_help_where_the_ridge_is_blunt() -> None:
    """CLIP's loss names more of noisy pictures than the start it comes from, and is sure of it in its own measure."""
    seen, rest = halves(planted(noise=1.2))
    own = replace(SMALL, ridge=100.0, steps=250)
    start, end = ridge_head(seen, own), contrast_head(seen, own)
    assert naming(end, seen)["right"] > naming(start, seen)["right"] and naming(end, rest)["right"] >= naming(start, rest)["right"] - 0.03
    assert start.scale == own.scale != end.scale > 0


def test_the_same_seed_gives_the_same_head() -> None:
    """To the bit; another seed another one."""
    lessons = planted(40)
    one, same, other = (contrast_head(lessons, replace(SMALL, steps=15, seed=seed)) for seed in (3, 3, 4))
    assert torch.equal(one.weight, same.weight) and torch.equal(one.bias, same.bias) and one.scale == same.scale
    assert not torch.allclose(one.weight, other.weight, atol=1e-4)


def test_the_ridge_by_hand() -> None:
    """The normal equations of standardised rows; the map takes rows as they are."""
    lessons = planted(30)
    own = replace(SMALL, ridge=7.0, keywords=0.5)
    head = ridge_head(lessons, own)
    rows = lessons.rows.reshape(90, -1).double()
    x = (rows - rows.mean(0)) / rows.std(0)
    targets = torch.stack(
        [
            F.normalize(lessons.texts[n] + (0.5 * lessons.texts[w[0]] if w else 0), dim=0)
            for n, w in zip(lessons.name, lessons.words, strict=True)
        ]
    ).double()
    targets = targets.repeat_interleave(3, 0)
    solved = torch.linalg.inv(x.T @ x / 3 + 7 * torch.eye(32, dtype=torch.float64)) @ x.T @ targets / 3
    assert torch.allclose(F.linear(lessons.rows.reshape(90, -1), head.weight, head.bias), (x @ solved).float(), atol=1e-4)
    assert F.linear(lessons.rows.reshape(90, -1).mean(0), head.weight, head.bias).abs().max() < 1e-4
    assert head.weight.shape == (16, 32) and head.bias.shape == (16,) and head.scale == own.scale
    assert torch.allclose(head(lessons.rows).norm(dim=-1), torch.ones(30, 3))


def test_no_steps_are_the_ridge() -> None:
    """Standardising folded out and in again changes nothing, and what is given is not changed."""
    lessons = planted(30)
    before = [lessons.rows.clone(), lessons.texts.clone()]
    head, start = contrast_head(lessons, replace(SMALL, steps=0)), ridge_head(lessons, SMALL)
    assert torch.allclose(head.weight, start.weight, atol=1e-6) and torch.allclose(head.bias, start.bias, atol=1e-5)
    assert head.scale == pytest.approx(SMALL.scale) and not head.weight.requires_grad
    assert torch.equal(lessons.rows, before[0]) and torch.equal(lessons.texts, before[1])


def test_some_pictures_can_be_taken() -> None:
    """With their views and keywords; the texts stay, so that places in them hold."""
    lessons = planted(6)
    taken = lessons.take(torch.tensor([False, True, False, True, True, False]))
    assert taken.name.tolist() == [1, 3, 4] and taken.words == [[7], [9], []]
    assert torch.equal(taken.rows, lessons.rows[[1, 3, 4]]) and torch.equal(taken.inside, lessons.inside[[1, 3, 4]])
    assert taken.texts is lessons.texts and taken.text_mean is lessons.text_mean


def test_what_a_batch_is_of() -> None:
    """Rows of the thing alone and texts that are keywords, as often as asked; where there is no keyword it is the name."""
    lessons = planted(20)
    for inside, keyword in ((0.0, 0.0), (1.0, 1.0), (0.3, 0.3)):
        own = replace(SMALL, inside=inside, keyword=keyword, batch=600)
        rows, texts = module._batch(lessons, own, rng(0))
        alone = (rows[:, None] == lessons.inside.reshape(60, -1)).all(-1).any(1)
        blended = (rows[:, None] == lessons.rows.reshape(60, -1)).all(-1)
        assert (alone ^ blended.any(1)).all() and abs(float(alone.float().mean()) - inside) < 0.07
        place = (texts @ lessons.texts.T).argmax(1)
        assert abs(float((place >= 20).float().mean()) - keyword / 2) < 0.07
        picture = (
            torch.where(alone, (rows[:, None] == lessons.inside.reshape(60, -1)).all(-1).int().argmax(1), blended.int().argmax(1)) // 3
        )
        assert torch.equal(place % 20, picture)


def test_what_means_the_same_does_not_count_against_it() -> None:
    """Twice the same name in a batch pulls nothing apart: the loss of one name alone has no gradient."""
    lessons = planted(8)
    same = replace(lessons, name=torch.zeros(8, dtype=torch.long), words=[[] for _ in range(8)])
    own = replace(SMALL, steps=5, decay=0.0)
    assert torch.allclose(contrast_head(same, own).weight, ridge_head(same, own).weight, atol=1e-5)


def test_naming_by_hand() -> None:
    """Two names, three pictures of two views: of six views four are right; both names' nearest views are theirs."""
    texts = torch.eye(8)[[5, 2, 7]]
    rows = torch.eye(8)[torch.tensor([[5, 5], [7, 5], [7, 5]])] * torch.tensor([[[3.0], [1]], [[2], [1]], [[1], [1]]])
    lessons = Lessons(rows, rows.flip(1), texts, torch.tensor([0, 2, 2]), [[], [], []], torch.zeros(8))
    head = Head(torch.eye(8), torch.zeros(8), 1.0)
    assert naming(head, lessons) == {"names": 2, "right": 0.6667, "among five": 1.0, "found by name": 1.0}
    wrong = Head(torch.eye(8)[[0, 1, 2, 3, 4, 7, 6, 5]], torch.zeros(8), 1.0)
    assert naming(wrong, lessons)["right"] == 0.3333


def of(name: str, *others: str) -> Named:
    return Named(name, others, "noto", b"")


def test_lessons_are_pictures_and_their_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts once each, less the mean of all names, which keywords and doubles do not move; rows blended by hand."""
    vectors = {"cat": [1.0, 0, 0], "dog": [0, 1.0, 0], "pet": [0, 0, 1.0], "animal": [0.6, 0.8, 0]}

    class Encoder:
        def embed(self, texts: list[str]) -> np.ndarray:
            return np.array([vectors[text] for text in texts], np.float32)

    monkeypatch.setattr(module, "text_encoder", Encoder)
    pictures = [of("dog", "pet", "animal"), of("cat"), of("dog", "pet")]
    parts: list[Tensor] = [torch.randn(3, 2, 4, generator=rng(i)) for i in range(4)]
    lessons = lessons_of(pictures, Views(*parts), 0.25)
    texts = sorted(vectors)
    mean = torch.tensor([0.5, 0.5, 0])
    assert torch.allclose(lessons.text_mean, mean)
    assert torch.allclose(lessons.texts, F.normalize(torch.tensor([vectors[text] for text in texts]) - mean, dim=-1))
    assert [texts[n] for n in lessons.name] == ["dog", "cat", "dog"]
    assert [[texts[w] for w in words] for words in lessons.words] == [["pet", "animal"], [], ["pet"]]
    assert torch.allclose(lessons.rows, 0.25 * parts[0] + 0.75 * parts[1]) and torch.equal(lessons.inside, parts[2])


def test_held_out_names_are_not_learnt_from() -> None:
    """The split's heads know the planted map and nothing else; a random map knows nothing."""
    lessons = planted(100, 384, 384, noise=0.0)
    held_out = torch.arange(100) % 5 == 0
    rows = split_figures(lessons, held_out, replace(SMALL, steps=3))
    assert set(rows) == {"a random map", "ridge", "shipped", "shipped, the thing's patches alone"}
    assert all(row["names"] == 20 for row in rows.values()) and rows["a random map"]["right"] < 0.3
    seen = lessons.take(~held_out)
    assert rows["ridge"] == naming(ridge_head(seen, SMALL), lessons.take(held_out))
    assert rows["shipped"] == naming(contrast_head(seen, replace(SMALL, steps=3)), lessons.take(held_out))
