"""What the second-order lens costs beside the plain way; a part of `clip_cost`.

Both see the same pictures through the same forward of a ViT-B-32 with random weights, and both give, for every neuron of
one layer: the norm of its effect, what it says toward 100 texts, and the effect itself. All effects are built on both sides;
ours in chunks of neurons that are dropped again, for nothing else needs them whole.
The plain way (tests/methods/read/slow_second_order.py) builds what every neuron adds to every token, as the authors'
program does. It would take long, so one picture, one later layer and single heads of it are timed, and scaled by the
number of later layers and heads, which all do the same work. A third way stands beside: equation 3.3 read as it is
written, P W_VO w times summed activations, with the matrices made anew for every picture and head.
"""

from __future__ import annotations

import importlib
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from core.foundations.seeds import torch_rng
from core.methods.read.second_order import Flow, coefficients, effects, flow, norms, toward
from core.models.anatomy import Anatomy, Seen, anatomy_of, see

PLAIN = "tests.methods.read.slow_second_order"
"""The slow reference that the tests compare the fast path with; imported when it is timed."""

LAYER = 9
"""The paper's layer, counted from 0."""

TEXTS = 100

MB = 1e6


class Ledger(TorchDispatchMode):
    """Adds up the bytes of all tensors that live at once; what stood before is not counted, nor what lives inside one operation.

    It may be entered again: what was made before and still lives counts on; what was made between does not count.

    Attributes:
        peak: the most bytes at one time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.known: set[int] = set()
        self.live = self.peak = 0

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run one operation and enter what is new."""
        for tensor in tree_leaves((args, kwargs)):
            if isinstance(tensor, Tensor):
                self._enter(tensor, 0)
        output = function(*args, **(kwargs or {}))
        for tensor in tree_leaves(output):
            if isinstance(tensor, Tensor):
                self._enter(tensor, tensor.untyped_storage().nbytes())
        self.peak = max(self.peak, self.live)
        return output

    def _enter(self, tensor: Tensor, size: int) -> None:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self.known:
            self.known.add(key)
            self.live += size
            weakref.finalize(storage, self._leave, key, size)

    def _leave(self, key: int, size: int) -> None:
        self.known.discard(key)
        self.live -= size


@dataclass(frozen=True)
class Case:
    """What is measured: a tower, pictures, texts."""

    tower: nn.Module
    anatomy: Anatomy
    images: Tensor
    texts: Tensor

    def see(self) -> Seen:
        """The forward, which every way needs."""
        return see(self.tower, self.images, self.anatomy, activations=[LAYER])

    @property
    def first(self) -> Case:
        """With its first picture alone."""
        return replace(self, images=self.images[:1])


def vit_b_32(count: int) -> Case:
    """ViT-B-32 with random weights, random pictures and texts."""
    from open_clip.transformer import VisionTransformer

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        tower = VisionTransformer(image_size=224, patch_size=32, width=768, layers=12, heads=12, mlp_ratio=4.0, output_dim=512)
    rng = torch_rng("bench second order")
    images, texts = torch.randn(count, 3, 224, 224, generator=rng), torch.randn(TEXTS, 512, generator=rng)
    return Case(tower.eval().requires_grad_(False), anatomy_of(tower), images, texts)


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    """How long a call took, and what it gave."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


@dataclass(frozen=True)
class Times:
    """Seconds, the least of several rounds: what else runs on the machine only adds.

    Attributes:
        forward: of all pictures.
        fixed: of what the weights and texts decide.
        rest: of what all pictures need then: norms, texts and every effect.
        building: of the effects alone, which are part of the rest.
        forward_one: of one picture by itself.
        rest_one: of what one picture by itself needs then.
        entering: the plain way into one later layer, for one picture.
        head: the plain way through one head.
        reading: norms and texts from effects that are there.
        matrices: equation 3.3 through one head.
    """

    forward: float
    fixed: float
    rest: float
    building: float
    forward_one: float
    rest_one: float
    entering: float
    head: float
    reading: float
    matrices: float


def _fixed(case: Case) -> tuple[Flow, Tensor]:
    ways = flow(case.anatomy, LAYER)
    assert len(ways.gram) == ways.units  # made on first use, so it is made here
    return ways, ways.readers(case.texts)


def every_effect(c: Tensor, ways: Flow) -> Iterator[Tensor]:
    """The effects of all neurons, from coefficients `[n a u]`: chunk by chunk `[n u k]`, each made when it is asked for."""
    for units in ways.chunks():
        yield effects(c, ways, torch.arange(units.start, min(units.stop, ways.units)))


def build_effects(c: Tensor, ways: Flow) -> None:
    """Make all effects and drop each chunk before the next."""
    deque(every_effect(c, ways), maxlen=0)


def _rest(seen: Seen, anatomy: Anatomy, ways: Flow, readers: Tensor) -> tuple[Tensor, Tensor]:
    c = coefficients(seen, anatomy, LAYER)
    found = norms(c, ways), toward(c, readers)
    build_effects(c, ways)
    return found


def one_round(case: Case, head: int) -> tuple[Times, float]:
    """Both ways, one after the other; and how far ours is from the plain way through this head, of the largest number."""
    slow: Any = importlib.import_module(PLAIN)
    anatomy, later = case.anatomy, LAYER + 1
    forward, seen = seconds(case.see)
    fixed, (ways, readers) = seconds(partial(_fixed, case))
    rest, _ = seconds(partial(_rest, seen, anatomy, ways, readers))
    c = coefficients(seen, anatomy, LAYER)
    building, _ = seconds(partial(build_effects, c, ways))
    forward_one, alone = seconds(case.first.see)
    rest_one, _ = seconds(partial(_rest, alone, anatomy, ways, readers))
    entering, normed = seconds(partial(slow.entering, anatomy, seen, LAYER, 0, later))
    through, phi = seconds(partial(slow.through_head, anatomy, seen, 0, later, head, normed))
    del normed
    reading, _ = seconds(lambda: (phi.norm(dim=1), phi @ case.texts.T))
    matrices, _ = seconds(partial(slow.effects_by_matrices, anatomy, seen, LAYER, 0, [(later, head)]))
    through_one = torch.zeros_like(c[:1])
    through_one[:, head] = c[:1, head]
    deviation = float((effects(through_one, ways)[0] - phi).abs().max() / phi.abs().max())
    times = Times(forward, fixed, rest, building, forward_one, rest_one, entering, through, reading, matrices)
    return times, deviation


def memory(case: Case) -> dict[str, float]:
    """Megabytes at the most, beside weights and pictures: ours for all pictures, the plain way for one picture and one head.

    Returns:
        ours; chunks, what of it the building of all effects takes beside coefficients and weights; whole, all effects of all
        pictures if they were kept; plain.
    """
    slow: Any = importlib.import_module(PLAIN)
    with Ledger() as fast:
        seen = case.see()
        ways, readers = _fixed(case)
        _rest(seen, case.anatomy, ways, readers)
    c = coefficients(seen, case.anatomy, LAYER)
    with Ledger() as chunks:
        build_effects(c, ways)
    with Ledger() as slowly:
        alone = case.first.see()
        slow.through_head(case.anatomy, alone, 0, LAYER + 1, 0, slow.entering(case.anatomy, alone, LAYER, 0, LAYER + 1))
    whole = c.element_size() * len(c) * ways.units * case.anatomy.joint
    return {"ours": fast.peak / MB, "chunks": chunks.peak / MB, "whole": whole / MB, "plain": slowly.peak / MB}


@torch.no_grad()
def second_order_cost(quick: bool) -> dict[str, Any]:
    """All second-order effects of one layer of ViT-B-32, end to end, ours and the plain way in one run.

    Both ways build the effects of all neurons for every picture, and give their norms and what they say toward the texts.

    Returns:
        second_order_speedup: seconds a picture of the plain way over ours, forward and everything fixed included.
        second_order_speedup_one: the same with a single picture, seen by itself, which bears all that is fixed.
        second_order_speedup_effects: the same without the forward, which both ways share.
        second_order_over_matrices: ours against equation 3.3 with matrices made anew.
        second_order_ms, second_order_plain_ms, second_order_forward_ms: a picture, forward included in the first two.
        second_order_building_ms: a picture, all neurons' effects from its coefficients; part of second_order_ms.
        second_order_fixed_ms: once for a model, a layer and a set of texts.
        second_order_mb, second_order_plain_mb: most memory beside weights and pictures.
        second_order_building_mb: most memory of building all effects, chunk by chunk; part of second_order_mb.
        second_order_whole_mb: what all effects of all pictures would take if they were kept.
        second_order_deviation: largest difference between the two ways, of the largest number.
        settings: counts, and how it was scaled.
    """
    count, rounds = (8, 3) if quick else (16, 6)
    case = vit_b_32(count)
    case.see()
    found = [one_round(case, head) for head in range(rounds)]
    best = Times(*(min(values) for values in zip(*(vars(times).values() for times, _ in found), strict=True)))
    layers = case.anatomy.layers - LAYER - 1
    heads, most = layers * case.anatomy.heads, memory(case)
    share, own = best.forward / count, (best.fixed + best.rest) / count
    plain = layers * best.entering + heads * best.head + best.reading
    return {
        "second_order_speedup": (share + plain) / (share + own),
        "second_order_speedup_one": (best.forward_one + plain) / (best.forward_one + best.fixed + best.rest_one),
        "second_order_speedup_effects": plain / own,
        "second_order_over_matrices": (share + heads * best.matrices + best.reading) / (share + own),
        "second_order_ms": 1000 * (share + own),
        "second_order_plain_ms": 1000 * (share + plain),
        "second_order_forward_ms": 1000 * share,
        "second_order_building_ms": 1000 * best.building / count,
        "second_order_fixed_ms": 1000 * best.fixed,
        "second_order_mb": most["ours"],
        "second_order_building_mb": most["chunks"],
        "second_order_whole_mb": most["whole"],
        "second_order_plain_mb": most["plain"],
        "second_order_deviation": max(deviation for _, deviation in found),
        "settings": {
            "model": "ViT-B-32, random weights",
            "layer": LAYER,
            "pictures": count,
            "texts": TEXTS,
            "effects": "of all neurons on both sides; ours chunk by chunk, not kept",
            "plain way": f"one picture, one of {layers} later layers and one of its heads a round, scaled linearly to all",
            "times": f"wall clock, the least of {rounds} rounds",
            "memory": "bytes of all tensors alive at once beside weights and pictures; not what lives inside one operation",
        },
    }
