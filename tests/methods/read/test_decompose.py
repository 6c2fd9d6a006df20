"""The decomposition against the paper's equations done slowly, and the sums that must come out."""

from __future__ import annotations

import copy

import pytest
import torch

from core.foundations.errors import LayerError, SettingError, ShapeError
from core.methods.read import decompose as lens
from core.methods.read.decompose import DecomposeSettings, decompose, heat, heat_by_head, neuron_terms, pull_back, token_terms, written
from core.models.anatomy import Anatomy, Seen, anatomy_of, see
from tests.methods.read import slow_decompose as slow
from tests.models.tiny_towers import KINDS, REAL, open_clip_tower, pictures, real_tower

kinds = pytest.mark.parametrize("kind", KINDS)
ALL = (range(3), range(4))


def looked(kind: str) -> tuple[Anatomy, Seen]:
    tower = KINDS[kind]()
    anatomy = anatomy_of(tower)
    return anatomy, see(tower, pictures(), anatomy, activations=[1])


def texts(anatomy: Anatomy, count: int = 7) -> torch.Tensor:
    found = torch.randn(count, anatomy.joint, generator=torch.Generator().manual_seed(1))
    return found / found.norm(dim=-1, keepdim=True)


def close(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-5) -> bool:
    return bool((one - other).norm() <= tolerance * max(float(other.norm()), 1e-3))


@kinds
@pytest.mark.parametrize("mode", ["own", "reference"])
def test_terms_are_the_equations(kind: str, mode: str) -> None:
    """Every term, token by token, against the slow way in double precision; and both add up."""
    anatomy, seen = looked(kind)
    tower = copy.deepcopy(KINDS[kind]()).double()
    exact = anatomy_of(tower)
    plain = slow.plain(slow.stream_before_blocks(tower, pictures().double(), exact), exact, mode == "reference")
    settings = DecomposeSettings(mode=mode)
    terms = decompose(seen, anatomy, settings)
    assert close(seen.embedding, plain.embedding) and close(torch.stack(seen.attention, 1), plain.attention)
    assert close(token_terms(seen, anatomy, *ALL, settings), plain.tokens)
    assert close(terms.attention, plain.tokens.sum(3)) and close(terms.mlp, plain.mlp)
    assert close(terms.start, plain.start) and close(terms.bias, plain.bias)
    assert close(terms.total(), seen.embedding)


@kinds
def test_unit_terms_make_a_unit_vector(kind: str) -> None:
    """Both splits."""
    anatomy, seen = looked(kind)
    for mode in ("own", "reference"):
        total = decompose(seen, anatomy, DecomposeSettings(mode, unit=True)).total()
        assert close(total, torch.nn.functional.normalize(seen.embedding, dim=-1))


@kinds
def test_heat_and_the_rest_are_the_score(kind: str) -> None:
    """Sum over tokens plus start, MLPs and bias; per head it is the head's score; and it is the slow map."""
    anatomy, seen = looked(kind)
    t = texts(anatomy)
    found, terms = heat(seen, anatomy, t), decompose(seen, anatomy)
    rest = (terms.start + terms.mlp.sum(1) + terms.bias) @ t.T
    assert close(found.sum(-1) + rest, seen.embedding @ t.T)
    by_head = heat_by_head(seen, anatomy, t, *ALL)
    assert close(by_head.sum((1, 2)).transpose(1, 2), found)
    assert close(by_head.sum(3), terms.attention @ t.T)
    tower = KINDS[kind]()
    assert close(found, slow.heat(slow.plain(slow.stream_before_blocks(tower, pictures(), anatomy), anatomy), t))


@kinds
def test_all_orders_of_contraction_agree(kind: str) -> None:
    """Over some layers and heads in any order, with the unit scale or without."""
    anatomy, seen = looked(kind)
    pulled, chosen = pull_back(anatomy, texts(anatomy)), ([2, 0], [3, 1])
    ways = [way(seen, anatomy, pulled, *chosen) for way in (lens._through_both, lens._through_values, lens._through_rows)]
    assert close(ways[1], ways[0]) and close(ways[2], ways[0])
    tokens = token_terms(seen, anatomy, *chosen)
    expected = torch.einsum("nlhtk,mk->nmt", tokens, texts(anatomy))
    assert close(heat(seen, anatomy, texts(anatomy), *chosen), expected)
    length = seen.embedding.norm(dim=-1)[:, None, None]
    assert close(heat(seen, anatomy, texts(anatomy), *chosen, unit=True), expected / length)
    product = pulled @ written(seen, anatomy, *chosen).transpose(1, 2) / seen.sigma_post[:, None, None]
    assert close(product, expected)
    per_head = heat_by_head(seen, anatomy, texts(anatomy), *chosen)
    assert close(per_head, torch.einsum("nlhtk,mk->nlhtm", tokens, texts(anatomy)))


def test_the_cheapest_order_follows_the_sizes() -> None:
    """One text goes back to the stream; a hundred meet one image after W_O, and many images in the heads' own space."""
    anatomy, _ = looked("open_clip")
    big = Anatomy(**{**vars(anatomy), "width": 768, "heads": 12, "head_width": 64})
    assert lens._cheapest(big, 1, 50, 1, 12, 12) is lens._through_both
    assert lens._cheapest(big, 1, 50, 100, 12, 12) is lens._through_rows
    assert lens._cheapest(big, 16, 50, 100, 12, 12) is lens._through_values


@kinds
def test_neurons_make_up_their_layer(kind: str) -> None:
    """The sum over neurons and the bias is the MLP's term; each is its activation times one direction."""
    anatomy, seen = looked(kind)
    for unit in (False, True):
        settings = DecomposeSettings(unit=unit)
        found = neuron_terms(seen, anatomy, 1, settings)
        assert close(found.neurons.sum(1) + found.bias, decompose(seen, anatomy, settings).mlp[:, 1])
    rows = seen.row(seen.activations[1])
    assert close(
        found.neurons[0] * rows[1][:, None] * seen.sigma_post[0] * seen.embedding[0].norm(),
        found.neurons[1] * rows[0][:, None] * seen.sigma_post[1] * seen.embedding[1].norm(),
    )


def test_own_centring_keeps_terms_apart() -> None:
    """A constant added to one MLP's bias changes no term in our split; in the reference's it leaks into every one."""
    moved = []
    for shift in (0.0, 3.0):
        tower = open_clip_tower()
        tower.transformer.resblocks[2].mlp.c_proj.bias.add_(shift)
        anatomy = anatomy_of(tower)
        seen = see(tower, pictures(), anatomy)
        moved.append([decompose(seen, anatomy, DecomposeSettings(mode)) for mode in ("own", "reference")])
    (own, shared), (own_after, shared_after) = moved
    assert close(own_after.start, own.start) and close(own_after.mlp, own.mlp)
    assert not close(shared_after.start, shared.start, 1e-2)


def test_gradients_flow_through_heat() -> None:
    """Of one text's map into the image."""
    tower, images = open_clip_tower(), pictures().requires_grad_()
    anatomy = anatomy_of(tower)
    found = heat(see(tower, images, anatomy, gradients=True), anatomy, texts(anatomy, 1))
    (grad,) = torch.autograd.grad(found[0, 0, 3], images)
    assert grad[0].abs().sum() > 0 and grad[1].abs().sum() == 0


def test_wrong_requests() -> None:
    """Layers, heads, texts, modes and neurons that do not exist."""
    anatomy, seen = looked("open_clip")
    with pytest.raises(LayerError, match="layers 0 to 2"):
        heat(seen, anatomy, texts(anatomy), layers=[3])
    with pytest.raises(LayerError, match="heads 0 to 3"):
        token_terms(seen, anatomy, [0], [-1])
    with pytest.raises(LayerError, match="No head"):
        heat(seen, anatomy, texts(anatomy), heads=[])
    with pytest.raises(ShapeError, match="16"):
        heat(seen, anatomy, torch.ones(3, 5))
    with pytest.raises(LayerError, match="activations="):
        neuron_terms(seen, anatomy, 0)
    with pytest.raises(SettingError):
        neuron_terms(seen, anatomy, 1, DecomposeSettings("reference"))
    with pytest.raises(SettingError):
        DecomposeSettings("equal")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", REAL)
def test_real_shapes(name: str) -> None:
    """Random weights, one image: the sums come out to 1e-5 at full depth too."""
    tower = real_tower(name)
    anatomy = anatomy_of(tower)
    seen = see(tower, torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0)), anatomy)
    terms, t = decompose(seen, anatomy), texts(anatomy, 3)
    assert close(terms.total(), seen.embedding)
    assert close(decompose(seen, anatomy, DecomposeSettings("reference")).total(), seen.embedding)
    rest = (terms.start + terms.mlp.sum(1) + terms.bias) @ t.T
    assert close(heat(seen, anatomy, t).sum(-1) + rest, seen.embedding @ t.T)
