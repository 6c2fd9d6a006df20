"""Making the lenses of any CLIP: whose pictures are on a card, what a head says beyond its mean, and the numbers of both."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.methods.read.decompose import DecomposeSettings, decompose
from core.models.clip import Clip
from core.studio.lens_making import BEST, LensPictures, all_heads, example_terms, make, neuron_directions
from core.studio.lenses import Lenses
from tests.models.tiny_towers import SIDE, photo_tower

WORDS = {"one": tuple(f"one {i}" for i in range(7)), "other": tuple(f"other {i}" for i in range(6)), "none": ()}
SHOWN = 5


def embed(texts: list[str]) -> torch.Tensor:
    """Random vectors, each text its own."""
    seeds = [sum(map(ord, text)) + 1000 * len(text) for text in texts]
    return torch.stack([F.normalize(torch.randn(16, generator=torch.Generator().manual_seed(seed)), dim=0) for seed in seeds])


def batches(seed: int, count: int, size: int = 8) -> list[torch.Tensor]:
    """Pictures `[n 3 h w]` in [0, 1]."""
    return list(torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)).split(size))


@pytest.fixture(scope="module")
def clip() -> Clip:
    return Clip(photo_tower(), embed, 0.5, 0.25, SIDE, 10.0, "tiny")


def made(clip: Clip, shown: int | None) -> Lenses:
    looked = LensPictures(lambda: batches(0, 40), lambda: batches(1, 12), lambda: batches(1, 12) + batches(2, 30), shown)
    with torch.inference_mode():
        return make(clip, WORDS, looked, (1,))


@pytest.fixture(scope="module")
def lenses(clip: Clip) -> Lenses:
    return made(clip, SHOWN)


def test_the_pool_and_its_tags(lenses: Lenses) -> None:
    """Every text under what it is about, as unit vectors; every head and neuron has a card."""
    assert lenses.pool == WORDS["one"] + WORDS["other"] and lenses.tags == ("one",) * 7 + ("other",) * 6
    assert torch.allclose(lenses.texts, embed(list(lenses.pool)), atol=1e-6)
    assert [(card.layer, card.head) for card in lenses.heads] == [(layer, head) for layer in range(3) for head in range(4)]
    assert [(card.layer, card.neuron) for card in lenses.neurons] == [(1, neuron) for neuron in range(64)]
    assert {card.role for card in lenses.heads} <= {"one", "other", "mixed"} and sum(card.size for card in lenses.heads) == pytest.approx(
        1, abs=0.01
    )
    assert lenses.means.count == 40 and set(lenses.directions) == set(lenses.centre) == set(lenses.reader) == set(lenses.threshold) == {1}


def test_examples_are_beyond_their_mean(clip: Clip) -> None:
    """What every head says of a picture, less what it says of all of them."""
    terms = example_terms(clip, lambda: batches(1, 12))
    assert terms.shape == (12, 12, 16) and terms.mean(0).abs().max() < 1e-6
    whole = decompose(clip.see(torch.cat(batches(1, 12))), clip.anatomy, DecomposeSettings(unit=True)).attention
    assert torch.allclose(terms[3] - terms[7], (whole[3] - whole[7]).flatten(0, 1), atol=1e-5)


def test_a_heads_pictures_are_those_that_say_its_first_text_most(clip: Clip, lenses: Lenses) -> None:
    """By hand; their numbers are among those that were looked at."""
    terms = example_terms(clip, lambda: batches(1, 12))
    centred = lenses.texts - lenses.texts.mean(0)
    for number, card in enumerate(lenses.heads):
        assert len(card.best) == BEST and set(card.best) <= set(range(12))
        said = terms[:, number] @ centred[lenses.pool.index(card.texts[0].text)]
        assert list(card.best) == said.argsort(descending=True)[:BEST].tolist()


def test_only_pictures_that_can_be_shown_are_on_a_card(clip: Clip, lenses: Lenses) -> None:
    """Those of a neuron come first among all that were looked at, in their order; where there is no bound, any is."""
    free = made(clip, None)
    shown = [card.best for card in lenses.neurons]
    assert all(set(best) <= set(range(SHOWN)) for best in shown) and any(shown)
    assert any(max(card.best, default=0) >= 12 for card in free.neurons)
    for bound, all_of_them in zip(lenses.neurons, free.neurons, strict=True):
        assert bound.words == all_of_them.words and len(all_of_them.best) <= BEST
        assert [p for p in all_of_them.best if p < SHOWN] == list(bound.best)[: sum(p < SHOWN for p in all_of_them.best)]


def test_every_head_is_named(clip: Clip) -> None:
    """Layer by layer."""
    assert len(all_heads(clip)) == 12 and all_heads(clip)[:5] == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0)]


def test_directions_are_unit_vectors_and_pictures_the_same_each_time(clip: Clip) -> None:
    """Whatever the batches they came in."""
    one, other = (neuron_directions(clip, lambda size=size: batches(2, 24, size), 1) for size in (8, 24))
    norms = one.direction.norm(dim=-1)
    assert one.layer == 1 and ((norms - 1).abs() < 1e-4).logical_or(norms == 0).all()
    assert (F.cosine_similarity(one.direction, other.direction, dim=-1) > 0.99).float().mean() > 0.95
    assert (one.pictures < 24).all()
