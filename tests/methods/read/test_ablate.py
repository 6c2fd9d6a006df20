"""Mean-ablation: nothing chosen changes nothing, everything chosen leaves nothing, and order does not matter."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read.ablate import Chosen, TermMeans, ablate, attention_set, every_term, head_set, mlp_set
from core.methods.read.decompose import Terms, decompose
from core.models.anatomy import anatomy_of, see
from tests.models.tiny_towers import open_clip_tower, pictures


def parts(count: int = 4, seed: int = 0) -> Terms:
    tower = open_clip_tower()
    anatomy = anatomy_of(tower)
    return decompose(see(tower, pictures(count, seed), anatomy), anatomy)


def means() -> TermMeans:
    return TermMeans().add(parts(6, seed=1))


def some(terms: Terms, rows: slice) -> Terms:
    return Terms(**{f.name: getattr(terms, f.name)[rows] for f in dataclasses.fields(terms)})


def test_nothing_chosen_is_the_identity() -> None:
    """Bit for bit."""
    assert torch.equal(ablate(parts(), means(), Chosen()), parts().total())


def test_everything_chosen_is_constant() -> None:
    """The mean of the other images' embeddings, whatever the image."""
    found = ablate(parts(), means(), every_term(3, 4))
    assert torch.allclose(found, parts(6, seed=1).total().mean(0).expand_as(found), atol=1e-5)


def test_linear_in_the_set_and_without_order() -> None:
    """Changes of disjoint sets add up, and joining is commutative."""
    terms, average = parts(), means()
    one, other = head_set([(0, 1), (2, 3)]) | Chosen(start=True), mlp_set([1]) | attention_set([1], 4) | Chosen(bias=True)
    change = {name: ablate(terms, average, chosen) - terms.total() for name, chosen in (("a", one), ("b", other), ("ab", one | other))}
    assert torch.allclose(change["a"] + change["b"], change["ab"], atol=1e-5)
    assert one | other == other | one and one | one == one
    assert torch.equal(ablate(terms, average, head_set([(0, 1), (2, 3)])), ablate(terms, average, head_set([(2, 3), (0, 1), (0, 1)])))


def test_one_head_by_hand() -> None:
    """Its own term leaves, its mean comes."""
    terms, average = parts(), means()
    expected = terms.total() - terms.attention[:, 2, 1] + parts(6, seed=1).attention[:, 2, 1].mean(0)
    assert torch.allclose(ablate(terms, average, head_set([(2, 1)])), expected, atol=1e-5)


def test_streamed_means_are_the_means() -> None:
    """In pieces, merged, or at once."""
    whole = parts(6, seed=1)
    pieces = [TermMeans().add(some(whole, rows)) for rows in (slice(0, 1), slice(1, 4), slice(4, 6))]
    merged = TermMeans().merge(pieces[1]).merge(pieces[0]).merge(pieces[2]).merge(TermMeans())
    assert merged.count == 6
    for f in dataclasses.fields(whole):
        assert torch.allclose(getattr(merged.mean(), f.name)[0], getattr(whole, f.name).mean(0), atol=1e-6)
    assert pieces[0].count == 1 and torch.allclose(pieces[0].mean().mlp[0], whole.mlp[0])


def test_an_image_ablated_to_itself_is_unchanged() -> None:
    """Where the average is over the one image."""
    terms = parts(1)
    assert torch.allclose(ablate(terms, TermMeans().add(terms), every_term(3, 4)), terms.total(), atol=1e-5)


def test_wrong_requests() -> None:
    """Terms and means that do not exist, or belong elsewhere."""
    terms = parts()
    with pytest.raises(LayerError, match="no head 4"):
        ablate(terms, means(), head_set([(0, 4)]))
    with pytest.raises(LayerError, match="MLP of layer 3"):
        ablate(terms, means(), mlp_set([3]))
    with pytest.raises(SettingError, match="no means"):
        ablate(terms, TermMeans(), Chosen())
    tower = open_clip_tower(output_dim=8)
    anatomy = anatomy_of(tower)
    other = TermMeans().add(decompose(see(tower, pictures(), anatomy), anatomy))
    with pytest.raises(ShapeError, match="another model"):
        ablate(terms, other, Chosen())
    with pytest.raises(ShapeError, match="another model"):
        means().merge(other)
