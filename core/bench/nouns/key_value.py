"""The keys of each head in the Nouns' vision transformer: how well they find its mask, and how neurons are named by pictures.

`mask_auc_rank1`: how probably a patch of the head has a larger value in the map of the class's best key than one without any of
it, in the block where that key finds most on training Nouns. `best_rank_share`: in how many pictures the best of the ten best
keys is the first or the second, the paper's "usually". `names_precision`: share of the named neurons whose name is true of them;
`names_coverage`: share of all neurons of the later blocks that are named. papers/vit_mlp_neurons.md. The figures that begin with
`photo` are of DINOv2 with its head, means over its blocks, see core.bench.photos.keys; where it was not fetched they are left out.
In the rows of pairs "chance" is of as many values of the same lengths in random directions, see core.bench.pairs.
"""

from __future__ import annotations

import torch
from torch import Tensor

from core.bench.nouns.decided import Judged, Model, held_out, trained_on
from core.bench.nouns.neuron_names import judge_names
from core.bench.pairs import pair_row
from core.bench.photos import keys as photo_keys
from core.bench.photos import neuron_names as photo_neuron_names
from core.bench.record import Measured
from core.foundations.seeds import torch_rng
from core.methods.read import class_space as space
from core.methods.read import key_value as kv
from core.methods.read.class_space import Depths
from core.methods.read.key_value import Keys, KeySettings

PICTURES, SHOTS, NAMED = 1024, 3, 1024
QUICK = (384, 1, 192)
"""Held-out pictures, training pictures of each head, and held-out pictures that judge names; in a quick run."""
RANKS = 10
PERCENTILE = 0.8
PAPER = KeySettings(scaled=False, relative=False)
"""As in the paper."""
Rows = dict[str, dict[str, float]]


def found_by(maps: Tensor, share: Tensor) -> dict[str, float]:
    """How well maps `[n p]` find the head."""
    iou = kv.mask_iou(kv.mask_of(maps, PERCENTILE), share)
    return {"auc": float(kv.mask_auc(maps, share).nanmean()), "iou": float(iou.mean())}


def by_rank(model: Model, depths: Depths, pictures: Judged, keys: Keys, layer: int) -> tuple[Rows, Tensor]:
    """Every rank's keys of one block, and each picture's AUC by rank `[n r]`."""
    maps = kv.key_maps(model.classifier, depths, layer, keys.neurons[layer][pictures.labels])
    rows = {f"rank {rank + 1}": found_by(maps[:, rank], pictures.share) for rank in range(maps.shape[1])}
    return rows, torch.stack([kv.mask_auc(maps[:, rank], pictures.share) for rank in range(maps.shape[1])], 1)


def by_block(model: Model, depths: Depths, pictures: Judged, keys: Keys, name: str) -> Rows:
    """Each block's best keys; how many classes have their best key there, how many share one, and how far classes stand apart."""
    rows, hold = {}, torch.bincount(keys.block(), minlength=depths.layers)
    maps = torch.stack(
        [kv.key_maps(model.classifier, depths, i, keys.neurons[i, :, :1][pictures.labels])[:, 0] for i in range(depths.layers)]
    )
    means = kv.running_mean(maps)
    for layer in range(depths.layers):
        best = keys.neurons[layer, :, 0]
        shared = (best[:, None] == best).sum(1) > 1
        rows[f"{name}, block {layer + 1}"] = {
            **found_by(maps[layer], pictures.share),
            "mean so far": float(kv.mask_auc(means[layer], pictures.share).nanmean()),
            "classes": int(hold[layer]) / len(best),
            "share a key": float(shared.float().mean()),
        }
    return rows


def by_activation(model: Model, depths: Depths, training: Judged, layer: int) -> Tensor:
    """The neuron of a block that each head's training pictures excite most beyond others', `[c]`: it learns, and looks at no value."""
    return _rise(model, depths, training, layer).argmax(1)


def _rise(model: Model, depths: Depths, training: Judged, layer: int) -> Tensor:
    """How far every key of a block is above its mean on each head's pictures, in its deviations: `[c u]`."""
    neurons = torch.arange(len(model.classifier.anatomy.blocks[layer].fc1_bias))
    means = torch.cat([_level(model, part, layer, neurons) for part in _parts(depths)])
    return (_of_heads(means, training, model.classifier.classes) - means.mean(0)) / means.std(0)


def _of_heads(level: Tensor, training: Judged, heads: int) -> Tensor:
    """Means over each head's pictures, `[n k]` to `[c k]`."""
    total = torch.zeros(heads, level.shape[1]).index_add_(0, training.labels, level)
    return total / torch.bincount(training.labels, minlength=heads)[:, None]


def _parts(depths: Depths, batch: int = 256) -> list[Depths]:
    """Some pictures at a time."""
    count = len(depths.streams[0])
    cut = lambda parts, i: tuple(part[i : i + batch] for part in parts)  # noqa: E731
    return [Depths(cut(depths.streams, i), cut(depths.added, i)) for i in range(0, count, batch)]


def _level(model: Model, depths: Depths, layer: int, neurons: Tensor) -> Tensor:
    """Mean activation of keys over the patches, `[n k]`."""
    return kv.key_maps(model.classifier, depths, layer, neurons).mean(-1)


def distances(model: Model, depths: Depths, training: Judged, keys: Keys) -> Rows:
    """How far heads stand apart by their keys of 1, 3 and 10 ranks: those of a kind, in mean distances; and all, beside chance.

    "apart" is the mean distance of two heads over that of a picture from its own head's mean; by chance, of as many random keys.
    """
    from core.worlds.nouns.catalogue import parts

    kinds = [part.kind for part in parts("head")][: model.classifier.classes]
    same = torch.tensor([[a == b for b in kinds] for a in kinds]) & ~torch.eye(len(kinds), dtype=torch.bool)
    rows, rng = {}, torch_rng("bench key value distances")
    for layer in range(depths.layers):
        row, width = {}, len(model.classifier.anatomy.blocks[layer].fc1_bias)
        for count in (1, 3, RANKS):
            own = keys.neurons[layer, :, :count].unique()
            level, chance = (
                torch.cat([_level(model, part, layer, few) for part in _parts(depths)])
                for few in (own, torch.randperm(width, generator=rng)[: len(own)])
            )
            row[f"of a kind, {count}"] = float(kv.class_distances(_of_heads(level, training, len(kinds)))[same].mean())
            row[f"apart, {count}"], row[f"chance, {count}"] = (apart(one, training, len(kinds)) for one in (level, chance))
        rows[f"distance, block {layer + 1}"] = row
    return rows


def apart(level: Tensor, training: Judged, heads: int) -> float:
    """Mean distance of two heads over that of a picture from its own head's mean, by keys' levels `[n k]`."""
    means = _of_heads(level, training, heads)
    return float(torch.pdist(means).mean() / (level - means[training.labels]).norm(dim=1).mean())


def spreads(model: Model, depths: Depths, training: Judged, keys: Keys) -> Rows:
    """How a head's activity is spread over the keys of each block, and whether those whose values speak for it are among the excited.

    "keys hold half": of as many keys, the most active first, a head's mean activations behind the activation function are half of all.
    "best is excited": in how many heads the best key is among the ten that its pictures excite most beyond others'; by chance ten of all.
    """
    rows = {}
    for layer, block in enumerate(model.classifier.anatomy.blocks):
        neurons = torch.arange(len(block.fc1_bias))
        active = torch.cat(
            [block.activation(kv.key_maps(model.classifier, part, layer, neurons)).relu().mean(-1) for part in _parts(depths)]
        )
        share = _of_heads(active, training, model.classifier.classes)
        share = (share / share.sum(1, keepdim=True)).sort(1, descending=True).values.cumsum(1)
        excited = _rise(model, depths, training, layer).topk(RANKS, 1).indices
        rows[f"activity, block {layer + 1}"] = {
            "keys hold half": float((share < 0.5).sum(1).float().mean() + 1),
            "of": float(len(neurons)),
            "best is excited": float((excited == keys.neurons[layer, :, :1]).any(1).float().mean()),
            "chance": RANKS / len(neurons),
        }
    return rows


def pairs(model: Model) -> Rows:
    """Whether two values name a class together that none names alone; beside it the same by chance."""
    rng = torch_rng("bench key value pairs")
    return {f"pairs, block {i + 1}": pair_row(model.classifier, i, rng) for i in range(model.classifier.anatomy.layers)}


def dots(model: Model, depths: Depths, pictures: Judged, keys: Keys, layer: int) -> Rows:
    """Whether bright places away from the head are streams of unusual length."""
    maps = kv.key_maps(model.classifier, depths, layer, keys.neurons[layer, :, :1][pictures.labels])[:, 0]
    length = depths.middle(layer)[:, model.classifier.anatomy.extra :].norm(dim=-1)
    told = kv.bright_dots(maps, length, pictures.share)
    return {f"bright dots, block {layer + 1}": {"a picture": told.number, "longer": told.norm_auc, "longest": told.typical}}


def others(model: Model, depths: Depths, pictures: Judged, learned: Tensor, layer: int) -> Rows:
    """What the maps of keys stand beside."""
    labels, classifier = pictures.labels, model.classifier
    count = len(classifier.anatomy.blocks[layer].fc1_bias)
    random = torch.randint(count, (len(labels), 1), generator=torch_rng("bench key value"))
    maps = {
        "a random key": kv.key_maps(classifier, depths, layer, random)[:, 0],
        "learned on training Nouns": kv.key_maps(classifier, depths, layer, learned[labels][:, None])[:, 0],
        "all keys of the MLP": classifier.logits(depths.added[layer]).gather(
            -1, labels[:, None, None].expand(-1, depths.added[0].shape[1], 1)
        )[:, 1:, 0],
        "importance": space.importance(classifier, depths, labels)[:, 1:],
        "oracle": pictures.share,
    }
    return {f"map of {name}": found_by(values, pictures.share) for name, values in maps.items()}


@torch.no_grad()
def run(quick: bool) -> Measured:
    """Measure.

    Raises:
        WeightsError: where the model or the names of its neurons are missing or changed.
    """
    count, shots, named = QUICK if quick else (PICTURES, SHOTS, NAMED)
    model, pictures, training = Model(), held_out("key value", count), trained_on("key value", shots)
    depths, before = model.depths(pictures), model.depths(training)
    keys, plain = kv.best_keys(model.classifier, RANKS), kv.best_keys(model.classifier, RANKS, PAPER)
    layer = max(range(depths.layers), key=lambda i: by_rank(model, before, training, keys, i)[0]["rank 1"]["auc"])
    ranked, aucs = by_rank(model, depths, pictures, keys, layer)
    best = aucs.nan_to_num(-1).argmax(1)[~aucs.isnan().any(1)]
    rows = by_block(model, depths, pictures, keys, "keys") | by_block(model, depths, pictures, plain, "paper's keys") | ranked
    rows |= others(model, depths, pictures, by_activation(model, before, training, layer), layer)
    rows |= distances(model, before, training, keys) | spreads(model, before, training, keys) | pairs(model)
    rows |= dots(model, depths, pictures, keys, layer)
    names, beside = judge_names(model, named)
    figures = {"mask_auc_rank1": ranked["rank 1"]["auc"], "best_rank_share": float((best < 2).float().mean()), **names}
    rows["chance of the first two"] = {"best is among them": 2 / RANKS}
    settings = {"held-out Nouns": count, "block": layer + 1, "shots": shots, "Nouns that judge names": named}
    photographs, told = photo_keys.measured(quick)
    figures |= photo_keys.figures_of(photographs)
    if not quick:  # too few pictures of each kind say nothing
        photo_names, own = photo_neuron_names.measured()
        figures, photographs = figures | photo_names, photographs | own
    return Measured("key_value", figures, rows | beside | photographs, settings | told)
