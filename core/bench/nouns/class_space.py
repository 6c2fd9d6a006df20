"""What every token of the Nouns' vision transformer says of the head, at every depth; and which patches its answer hangs on.

`identifiable`: share of all tokens whose largest logit, after the last block, is the picture's head. `importance_auc` and those
beside it: area under the share of right answers with only the most important patches kept, over how many are kept. The
baselines are the paper's own map, random orders, Chefer's relevance, raw attention, linear probes and the exact mask.
`probes_speedup`, `perturbation_speedup` and `study_speedup`: how much longer the plain way takes for a probe, for a picture's map and
its curve, and for all of both, with the same answers; `sampled_speedup`: for map and curve where each picture is asked at every 32nd
count alone, and the area under all pictures' curve is estimated. See core.bench.nouns.class_cost; papers/vit_class_embedding.md.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.bench.nouns.class_cost import SAMPLED, SAMPLED_QUICK, SPARSE, perturbation_costs, probe_cost, probe_sums, study_cost, timed
from core.bench.nouns.class_page import page_waits
from core.bench.nouns.decided import Judged, Model, held_out, trained_on
from core.bench.record import Measured
from core.foundations.seeds import torch_rng
from core.methods.read import class_space as space
from core.methods.read.class_space import Depths
from core.methods.read.key_value import mask_auc
from core.methods.read.probes import Probes, places_of
from core.methods.read.relevance import attention_map, chefer

PICTURES, CURVES, SHOTS = 1024, 192, 5
QUICK = (256, 64, 2)
"""Held-out pictures, those of them whose curves are drawn, and pictures of each head for the probes; in a quick run."""
QUICK_STEPS = 6
Rows = dict[str, dict[str, float]]


def by_depth(found: space.Progress, share: Tensor, answers: Tensor, labels: Tensor) -> Rows:
    """How the head stands after each depth: everywhere, at its own patches and at others, and what the tower would answer."""
    rows = {}
    for depth, (rank, answer) in enumerate(zip(found.rank, answers, strict=True)):
        inside, outside = space.contrast(space.identifiability(rank[:, 1:], found.classes), share)
        told = space.contrast((rank[:, 1:] == 0).float(), share)
        rows["before block 1" if not depth else f"after block {depth}"] = {
            "answer right": float((answer.argmax(-1) == labels).float().mean()),
            "tokens say it": float(found.rate[depth]),
            "any token": float((rank == 0).any(1).float().mean()),
            "identified": float(found.identifiability[depth].mean()),
            "on the head": float(inside),
            "elsewhere": float(outside),
            "head says it": float(told[0]),
            "else says it": float(told[1]),
        }
    rises = found.rises()
    for layer in range(len(found.rank) - 1):
        parts = {"attention": found.rank_attended, "mlp": found.rank_added}
        rows[f"in block {layer + 1}"] = {
            **{f"{name} raises": float(rises[name][layer]) for name in parts},
            **{f"{name} says it": float((rank[layer] == 0).float().mean()) for name, rank in parts.items()},
        }
    return rows


def cuts(model: Model, depths: Depths, labels: Tensor) -> Rows:
    """The same with attention cut to each token itself, and with the class token cut off."""
    rows = {}
    for name, cut in (("attention to itself alone", "self"), ("class token cut off", "class")):
        changed = space.cut_depths(model.classifier, depths.streams[0], cut)  # type: ignore[arg-type]
        rate = space.progress(model.classifier, changed, labels).rate[-1]
        right = (model.classifier.answer(changed.streams[-1]).argmax(-1) == labels).float().mean()
        rows[name] = {"answer right": float(right), "tokens say it": float(rate)}
    return rows


def orders(model: Model, pictures: Judged, depths: Depths, probes: Probes) -> dict[str, Tensor]:
    """What each way holds of each patch `[n p]`; ties of the exact mask are broken by chance."""
    labels, extra = pictures.labels, model.classifier.anatomy.extra
    seen = [(chefer(view, texts), attention_map(view, texts)) for view, texts in model.views(pictures)]
    relevant, attended = (torch.cat([one[:, 0].flatten(1) for one in several]) for several in zip(*seen, strict=True))
    says = probes.scores(places_of(depths.streams[1:])).unflatten(1, (depths.layers, -1))
    own = says.gather(-1, labels[:, None, None, None].expand(-1, *says.shape[1:3], 1))[..., 0].sum(1)
    chance = torch.rand(pictures.share.shape, generator=torch_rng("bench class space"))
    return {
        "importance": space.importance(model.classifier, depths, labels)[:, extra:],
        "paper's": space.importance(model.classifier, depths, labels, space.PAPER)[:, extra:],
        "chefer": relevant,
        "attention": attended,
        "probes": own[:, extra:],
        "random": chance,
        "oracle": pictures.share + 1e-3 * chance,
    }


def curves(model: Model, pictures: Judged, depths: Depths, maps: dict[str, Tensor], steps: int) -> Rows:
    """Areas of right answers with the most, or the least important patches kept, for every way."""
    patches = pictures.share.shape[1]
    counts = [round(1 + at * (patches - 2) / (steps - 1)) for at in range(steps)]
    rows = {}
    for name, values in maps.items():
        most, least = (
            space.perturbation(model.classifier, depths.streams[0], space.order_of(values, last), pictures.labels, counts)
            for last in (False, True)
        )
        auc = float(mask_auc(values, pictures.share).nanmean())
        rows[f"kept by {name}"] = {"most first": space.area(most), "least first": space.area(least), "finds the head": auc}
    return rows


def probe_rows(probes: Probes, depths: Depths, labels: Tensor) -> Rows:
    """How often probes read the head, at the class token and anywhere."""
    rows = {}
    for layer, stream in enumerate(depths.streams[1:]):
        tokens = stream.shape[1]
        own = Probes(*(part[layer * tokens : (layer + 1) * tokens] for part in (probes.weight, probes.bias)))
        right = (torch.cat([own.scores(part).argmax(-1) for part in stream.split(128)]) == labels[:, None]).float()
        rows[f"probes after block {layer + 1}"] = {"answer right": float(right[:, 0].mean()), "tokens say it": float(right.mean())}
    return rows


@torch.no_grad()
def run(quick: bool) -> Measured:
    """Measure.

    Raises:
        WeightsError: where the model is missing or changed.
    """
    (count, drawn, shots), steps = (QUICK, QUICK_STEPS) if quick else ((PICTURES, CURVES, SHOTS), SPARSE)
    model, pictures = Model(), held_out("class space", count)
    depths = model.depths(pictures)
    found, answers = space.progress(model.classifier, depths, pictures.labels), space.votes(model.classifier, depths)
    training = trained_on("class space", shots)
    probes, probes_s = timed(lambda: probe_sums(model, training).solve())
    few = Depths(*(tuple(part[:drawn] for part in parts) for parts in (depths.streams, depths.added)))
    kept = curves(model, pictures.first(drawn), few, orders(model, pictures.first(drawn), few, probes), steps)
    rows = by_depth(found, pictures.share, answers, pictures.labels) | cuts(model, depths, pictures.labels)
    rows |= probe_rows(probes, depths, pictures.labels) | kept
    rows["by chance"] = {"answer right": 1 / found.classes, "tokens say it": 1 / found.classes, "identified": 0.5 + 0.5 / found.classes}
    figures = {"accuracy": float((answers[-1].argmax(-1) == pictures.labels).float().mean()), "identifiable": float(found.rate[-1])}
    figures |= {f"{name}_auc": kept[f"kept by {name}"]["most first"] for name in ("importance", "chefer", "random", "oracle")}
    cost = probe_cost(model)
    figures["probes_speedup"] = cost.speedup
    figures["perturbation_speedup"], costs = perturbation_costs(model, SAMPLED_QUICK if quick else SAMPLED)
    costs["cost of all probes and curves"] = study_cost(model, cost, probes_s, len(training), drawn, costs)
    figures["sampled_speedup"], figures["study_speedup"] = (
        costs[row]["times"] for row in ("cost of both so", "cost of all probes and curves")
    )
    costs |= page_waits()
    settings = {"held-out Nouns": count, "of them in curves": drawn, "counts of patches": steps, "shots of probes": shots}
    return Measured("class_space", figures, rows | costs, settings)
