"""Every method of reading on towers in half and double precision, and on rectangles: near what float32 gives."""

from __future__ import annotations

from functools import cache

import pytest
import torch

from core.methods.read.ablate import TermMeans, ablate, head_set
from core.methods.read.decompose import decompose, heat, heat_by_head, neuron_terms, token_terms
from core.methods.read.decompose_heat import decompose_with_heat
from core.methods.read.neuron_words import strengths
from core.methods.read.second_order import coefficients, effects, first_direction, flow
from core.methods.read.segment import METHODS, segment
from core.methods.read.shown import Shown
from core.methods.read.sparse_text import SparseTextSettings, TextPool, sparse_text
from core.methods.read.text_span import HeadMoments, HeadSpace, head_maps, own_values, text_span
from core.models.clip import Clip
from tests.methods.read.slow_segment import clip_around, unit
from tests.models.tiny_towers import KINDS, SIDE, timm_tower

DTYPES = (torch.float64, torch.float16, torch.bfloat16)
LIKE = {torch.float64: 1 - 1e-6, torch.float16: 0.999, torch.bfloat16: 0.97}
"""Least cosine of a map or vector with that of the tower in float32: what rounding the weights of three layers may cost."""
TOWERS = ("open_clip", "timm registers", "class token and patches")


@cache
def clip_of(kind: str, dtype: torch.dtype = torch.float32) -> Clip:
    return clip_around(KINDS[kind]()).to(dtype)


def images(height: int = SIDE, width: int = SIDE) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(3))


def alike(one: torch.Tensor, other: torch.Tensor) -> float:
    """Cosine of two tensors of one shape; 1 where both are nothing but zeros, as a map without anything positive is."""
    assert one.shape == other.shape and one.isfinite().all()
    if not one.any() and not other.any():
        return 1.0
    return float(torch.nn.functional.cosine_similarity(one.double().flatten(), other.double().flatten(), dim=0))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", TOWERS)
@pytest.mark.parametrize("method", METHODS)
def test_every_map_in_every_precision(method: str, kind: str, dtype: torch.dtype) -> None:
    """That of a float32 tower with the rounded weights, and near that of the true weights; texts and pictures may be in half."""
    clip, other = clip_of(kind), clip_of(kind, dtype)
    same = clip_around(KINDS[kind]().to(dtype).float())
    texts, against = unit(2, clip.anatomy.joint).to(dtype), unit(4, clip.anatomy.joint, seed=1).to(dtype)
    found = segment(Shown(other, images().to(dtype)), texts, method, against=against)
    right = segment(Shown(same, images().to(dtype).float()), texts.float(), method, against=against.float())
    assert found.heat.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert alike(found.raw, right.raw) > 1 - 1e-4
    if "lrp" not in method and method != "chefer":  # relevance divides by sums near 0, so that a rounded weight is another map
        assert alike(found.raw, segment(Shown(clip, images()), texts.float(), method, against=against.float()).raw) > LIKE[dtype]


def readings(clip: Clip, texts: torch.Tensor) -> dict[str, torch.Tensor]:
    """What each of the other methods gives on a picture."""
    seen, anatomy = clip.see(images(), [1]), clip.anatomy
    terms, ways, c = decompose(seen, anatomy), flow(anatomy, 1), coefficients(seen, anatomy, 1)
    heads = [(1, 0), (2, 1)]
    moments = HeadMoments(len(heads), anatomy.joint, HeadSpace.of(head_maps(anatomy, heads))).add_own(own_values(seen, anatomy, heads))
    pool, ways_found = TextPool.of(texts), first_direction(ways, lambda: [c])
    told = {
        "terms": terms.attention,
        "whole": terms.total(),
        "tokens": token_terms(seen, anatomy, [2], [0]),
        "neurons": neuron_terms(seen, anatomy, 1).neurons,
        "heat": heat(seen, anatomy, texts),
        "heat by head": heat_by_head(seen, anatomy, texts, [2], [0]),
        "terms and heat": decompose_with_heat(seen, anatomy, texts)[1],
        "ablated": ablate(terms, TermMeans().add(terms), head_set(heads)),
        "span": text_span(moments, texts).gains,
        "effects": effects(c, ways),
        "strengths": strengths(c, ways, ways_found).abs(),
        "sparse": sparse_text(terms.total().to(texts.dtype), pool, SparseTextSettings(size=8)).rebuild(pool),
    }
    return {name: value.detach() for name, value in told.items()}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", TOWERS)
def test_every_other_reading_in_every_precision(kind: str, dtype: torch.dtype) -> None:
    """Decompositions, ablations, spans, second-order effects and words."""
    texts = unit(24, clip_of(kind).anatomy.joint, seed=2)
    right, found = readings(clip_of(kind), texts), readings(clip_of(kind, dtype), texts.to(dtype))
    wrong = {name: alike(found[name], right[name]) for name in right if not alike(found[name], right[name]) > LIKE[dtype] - 0.02}
    assert not wrong


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(8, 72), (24, 40)])
def test_every_map_on_a_rectangle(method: str, size: tuple[int, int]) -> None:
    """A tower of a dynamic size: heat and mask have the picture's shape, and lie where its patches do."""
    clip = Clip(timm_tower(dynamic_img_size=True), lambda texts: unit(len(texts), 10), 0.5, 0.25, size)
    texts = unit(1, 10)
    found = segment(Shown(clip, images(*size)), texts, method, against=unit(3, 10, seed=1))
    assert found.heat.shape == found.mask.shape == (2, *size) and found.raw.isfinite().all()
