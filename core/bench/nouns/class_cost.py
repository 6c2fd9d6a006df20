"""What linear probes and the curves of kept patches cost beside the plain way, on the same pictures and with the same answers.

The plain way is that of the paper's program (papers/vit_class_embedding.md, sections 4 and 5): one picture at a time; a probe's
place is read in a run of the network of its own; the map of importance goes back through every block once for each token,
though the class token's row alone is used; and each count of kept patches is a pass of its own. Its model is also loaded anew for every
picture, which is told in a row and counts in no figure. All times are the processor's, of all threads.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.nouns.decided import NAME, Judged, Model, held_out
from core.foundations.trace import Trace
from core.methods.read import class_space as space
from core.methods.read.probes import ProbeSettings, ProbeSums, places_of
from core.methods.read.segment_view import apply_norm, heads_of, mixed
from core.models.registry import load

PLAIN = (16, 24)
"""Pictures, and places of them, for which probes are also solved the plain way."""
CURVED = (32, 2)
"""Pictures whose curves are drawn our way, and those of them for which they are also drawn the plain way."""
SPARSE = 12
"""Counts of kept patches, evenly among all."""
SAMPLED, SAMPLED_QUICK, EVERY = 1024, 128, 32
"""Pictures whose curve is drawn from a few counts of each, in a full and in a quick run; and at which of its counts each is asked."""
Rows = dict[str, dict[str, float]]
T = TypeVar("T")


def timed(step: Callable[[], T], times: int = 1) -> tuple[T, float]:
    """What a step gives, and its processor time in seconds, the median of several runs."""
    found = []
    for _ in range(times):
        began = time.process_time()
        given = step()
        found.append(time.process_time() - began)
    return given, statistics.median(found)


def probe_sums(model: Model, pictures: Judged) -> ProbeSums:
    """Every token after every block, of pictures that training may see."""
    anatomy = model.classifier.anatomy
    sums = ProbeSums(anatomy.layers * anatomy.tokens, anatomy.width, model.classifier.classes)
    for images, labels in zip(pictures.images.split(256), pictures.labels.split(256), strict=True):
        depths = space.depths_of(model.classifier, model.eye.normalise(images))
        sums.add(places_of(depths.streams[1:]), labels)
    return sums


def plain_probe(model: Model, pictures: Judged, layer: int, token: int, ridge: float) -> Tensor:
    """One place's probe: the network is run again, picture by picture, and one system is solved."""
    name, rows = model.classifier.anatomy.blocks[layer].name, []
    for image in pictures.images:
        with torch.no_grad(), Trace(model.eye.trunk, [name]) as trace:
            model.eye.trunk(model.eye.normalise(image[None]))
        rows.append(trace[name][0, token].double())
    x = torch.stack(rows)
    y = 2 * F.one_hot(pictures.labels, model.classifier.classes).double() - 1
    x, y = x - x.mean(0), y - y.mean(0)
    return torch.linalg.solve(x.T @ x + ridge * torch.eye(x.shape[1], dtype=torch.float64), x.T @ y)


@dataclass(frozen=True)
class ProbeCost:
    """What one place's probe costs.

    Attributes:
        speedup: how much longer the plain way takes than ours, the same weights found.
        plain: seconds of the plain way for each of its pictures.
    """

    speedup: float
    plain: float


def probe_cost(model: Model) -> ProbeCost:
    """Measured on few pictures, and on some places the plain way."""
    count, places = PLAIN
    pictures, ridge = held_out("class space plain", count), ProbeSettings().ridge
    probes, ours = timed(lambda: probe_sums(model, pictures).solve(), 3)
    tokens, total = model.classifier.anatomy.tokens, len(probes.weight)
    chosen = torch.linspace(0, total - 1, places).long().tolist()
    found, plain = timed(lambda: [plain_probe(model, pictures, place // tokens, place % tokens, ridge) for place in chosen])
    assert torch.allclose(torch.stack(found).float(), probes.weight[chosen], atol=1e-3), "the two ways must find the same probes"
    return ProbeCost((plain / places) / (ours / total), plain / places / count)


def plain_map(model: Model, image: Tensor, label: Tensor) -> Tensor:
    """The paper's map of one picture: every token's cross entropy behind every block's attention, gone back to that attention.

    Args:
        model: whose answer is mapped.
        image: RGB `[1 3 h w]` in [0, 1].
        label: `[1]`.

    Returns:
        `[t]`: the class token's row alone, less its gradients, summed over heads and blocks.
    """
    classifier, total = model.classifier, torch.zeros(model.classifier.anatomy.tokens)
    streams = space.depths_of(classifier, model.eye.normalise(image)).streams
    for layer, block in enumerate(classifier.anatomy.blocks):
        heads = heads_of(classifier.anatomy, layer, apply_norm(block.norm1, streams[layer]))
        with torch.enable_grad():
            attention = heads.attention().detach().requires_grad_()
            logits = classifier.logits(F.linear(mixed(attention, heads.value), block.out_weight, block.out_bias))[0]
            slopes = [
                torch.autograd.grad(F.cross_entropy(logits[at][None], label), attention, retain_graph=True)[0][0, :, at]
                for at in range(len(logits))
            ]
        total -= slopes[0].sum(0)
    return total


def plain_answers(model: Model, image: Tensor, order: Tensor, counts: Sequence[int]) -> list[int]:
    """What is answered with so many patches kept, one pass of the whole network after another.

    Args:
        model: who answers.
        image: RGB `[1 3 h w]` in [0, 1].
        order: of its patches `[p]`.
        counts: how many are kept.
    """
    anatomy, said = model.classifier.anatomy, []
    for count in counts:
        kept = torch.cat([torch.arange(anatomy.extra), order[:count] + anatomy.extra])
        with torch.no_grad(), Trace(model.eye.trunk, [], {anatomy.start_name: lambda x, kept=kept: x[:, kept]}):  # type: ignore[misc]
            said.append(int(model.eye.trunk(model.eye.normalise(image)).argmax()))
    return said


def perturbation_costs(model: Model, sampled: int) -> tuple[float, Rows]:
    """How much longer the plain way takes for a picture's map and its curve over every count; and a row for each part.

    Beside it stands the curve at the few counts at which `class_space` draws its own, and one for which each picture is asked at a few
    counts alone, with how far their areas are off.

    Args:
        model: whose answers are mapped.
        sampled: pictures for that last curve.
    """
    many, few = CURVED
    pictures = held_out("class space plain curves", sampled)
    classifier, labels, extra = model.classifier, pictures.labels, model.classifier.anatomy.extra
    counts = list(range(1, pictures.share.shape[1]))
    paper, map_s = timed(lambda: space.importance(classifier, model.depths(pictures.first(many)), labels[:many], space.PAPER), 3)
    order, shown = space.order_of(paper[:, extra:]), slice(few)
    start = model.depths(pictures.first(many)).streams[0]
    draw = lambda chosen: space.perturbation(classifier, start, order, labels[:many], chosen)  # noqa: E731
    curve, curve_s = timed(lambda: draw(counts), 3)
    sparse, sparse_s = timed(lambda: draw([counts[round(at * (len(counts) - 1) / (SPARSE - 1))] for at in range(SPARSE)]), 3)
    images, asked = pictures.images[shown, None], labels[shown, None]
    maps, plain_map_s = timed(lambda: [plain_map(model, *one) for one in zip(images, asked, strict=True)])
    assert torch.allclose(torch.stack(maps), paper[shown], atol=1e-4 * float(paper.abs().max())), "the two ways must find the same map"
    said, plain_curve_s = timed(lambda: [plain_answers(model, image, own, counts) for image, own in zip(images, order[shown], strict=True)])
    same = space.perturbation(classifier, start[shown], order[shown], labels[shown], counts)
    assert torch.equal((torch.tensor(said) == asked).float().mean(0), same), "the two ways must draw the same curve"
    _, loaded = timed(lambda: load(NAME), 3)
    both, plain = (map_s + curve_s) / many, (plain_map_s + plain_curve_s) / few
    rows = {
        "cost of a picture's map": _cost(plain_map_s / few, map_s / many),
        "cost of its curve": _cost(plain_curve_s / few, curve_s / many),
        f"cost of its curve at {SPARSE} counts": _cost(plain_curve_s / few, sparse_s / many) | _off(sparse, curve),
        "cost of both": _cost(plain, both),
        "with the model loaded anew": _cost(plain + loaded, both),
    }
    return plain / both, rows | _sampled(model, pictures, plain_curve_s / few, plain, map_s / many)


def _sampled(model: Model, pictures: Judged, plain_curve: float, plain: float, map_s: float) -> Rows:
    """A curve for which each picture is asked at a few counts alone, by our map; beside the plain way's seconds for a picture."""
    count = len(pictures)
    classifier, extra, depths = model.classifier, model.classifier.anatomy.extra, model.depths(pictures)
    order = space.order_of(space.importance(classifier, depths, pictures.labels)[:, extra:])
    draw = lambda step: space.perturbation(classifier, depths.streams[0], order, pictures.labels, every=step)  # noqa: E731
    few, few_s = timed(lambda: draw(EVERY), 3)
    return {
        f"cost of its curve, every {EVERY}nd count": _cost(plain_curve, few_s / count) | _off(few, draw(1)),
        "cost of both so": _cost(plain, map_s + few_s / count),
    }


def _off(curve: Tensor, whole: Tensor) -> dict[str, float]:
    return {"area off": abs(space.area(curve) - space.area(whole))}


def study_cost(model: Model, probes: ProbeCost, probes_s: float, pictures: int, curves: int, costs: Rows) -> dict[str, float]:
    """The whole study as `class_space` makes it, probes of all places, and maps and curves over every count.

    Args:
        model: whose.
        probes: what one place's probe costs the plain way.
        probes_s: seconds that all probes took our way.
        pictures: that the probes were solved on.
        curves: pictures whose maps and curves are drawn.
        costs: what those cost, as `perturbation_costs` gives it.
    """
    places = model.classifier.anatomy.layers * model.classifier.anatomy.tokens
    plain = places * pictures * probes.plain + curves * costs["cost of both"]["plain ms"] / 1000
    ours = probes_s + curves * costs["cost of both"]["ms"] / 1000
    return {"plain s": plain, "s": ours, "times": plain / ours}


def _cost(plain: float, ours: float) -> dict[str, float]:
    return {"plain ms": 1000 * plain, "ms": 1000 * ours, "times": plain / ours}
