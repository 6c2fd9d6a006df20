"""The keys of names in DINOv2 with its head, on cut-outs pasted on photographs: what they find, and what their small bright dots are.

The paper sees small bright dots away from the object in the maps of keys and leaves open what they are (papers/vit_mlp_neurons.md,
section 5). Here a dot is a patch without any cut-out above the 95th percentile of a map. `longer` is how probably its stream is longer
than that of another patch without a cut-out, which is how tokens that serve as registers are told (Darcet et al., arXiv:2309.16588);
`huge` is the share of dots whose stream is longer than three times the median patch's, `huge anywhere` that of all patches; `alone` how
many dots touch no other, so that they are small; `of another` how many are also dots of another name's best key in the same picture,
which registers are for every name: by chance 0.05.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.pairs import pair_row
from core.bench.photos.naming import said
from core.foundations.errors import WeightsError
from core.foundations.seeds import torch_rng
from core.methods.read import key_value as kv
from core.methods.read.class_space import Depths, depths_of
from core.methods.read.key_value import Keys
from core.models.classifier import Classifier, with_classes
from core.models.clip import Clip
from core.models.photo_clip import load_photo_clip
from core.worlds.photos.cuts import Stamp, class_names
from core.worlds.photos.pasted import Pasted, pasted
from core.worlds.photos.stamps import backgrounds
from core.worlds.photos.stamps import stamps as all_stamps

BATCH, SHARED, HUGE, BRIGHTEST = 8, 3, 3.0, 0.95
Rows = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    pictures: int
    """Of one to three cut-outs each."""
    every_pair: bool
    """Whether the values of every block are paired, which takes long, or those of the last alone."""


QUICK, FULL = Sizes(12, False), Sizes(192, True)


@dataclass(frozen=True)
class Maps:
    """What is kept of each cut-out o, for every block l.

    Attributes:
        own: maps of its name's best key `[l o p]`.
        other: of the best key of another name `[l o p]`.
        random: of a random key `[l o p]`.
        length: of the stream that keys read `[l o p]`.
    """

    own: Tensor
    other: Tensor
    random: Tensor
    length: Tensor


def shares(masks: Tensor, grid: tuple[int, int]) -> Tensor:
    """How much of each patch masks `[o s s]` cover: `[o p]`."""
    return F.adaptive_avg_pool2d(masks.float()[:, None], grid)[:, 0].flatten(1)


def covered(share: Tensor, owners: Tensor) -> Tensor:
    """How much of each patch any cut-out of the same picture covers, for every cut-out `[o p]`."""
    together = torch.zeros(int(owners.max()) + 1, share.shape[1]).index_add_(0, owners, share)
    return together[owners]


def _parts(pictures: Pasted) -> Iterator[tuple[Tensor, Tensor]]:
    """Some pictures at a time, with the places of their cut-outs."""
    for begin in range(0, len(pictures.images), BATCH):
        inside = (pictures.owners >= begin) & (pictures.owners < begin + BATCH)
        yield pictures.images[begin : begin + BATCH], inside.nonzero()[:, 0]


def maps_of(clip: Clip, classifier: Classifier, pictures: Pasted, keys: Keys) -> Maps:
    """All maps, from one forward of each picture."""
    rng, best, extra = torch_rng("bench photos keys"), keys.neurons[..., 0], classifier.anatomy.extra
    labels, owners = pictures.labels, pictures.owners
    turned = (labels + 1 + torch.randint(len(pictures.names) - 1, labels.shape, generator=rng)) % len(pictures.names)
    chance = torch.randint(len(classifier.anatomy.blocks[0].fc1_bias), labels.shape, generator=rng)
    found = []
    for images, places in _parts(pictures):
        seen, rows = depths_of(classifier, clip.normalise(images)), owners[places] - owners[places].min()
        own = Depths(tuple(one[rows] for one in seen.streams), tuple(one[rows] for one in seen.added))
        layers = []
        for layer, block in enumerate(best):
            asked = torch.stack([block[labels[places]], block[turned[places]], chance[places]], 1)
            length = own.middle(layer)[:, extra:].norm(dim=-1)
            layers.append(torch.cat([kv.key_maps(classifier, own, layer, asked), length[:, None]], 1))
        found.append(torch.stack(layers))
    return Maps(*torch.cat(found, 1).unbind(2))


def dots_of(maps: Tensor, outside: Tensor) -> Tensor:
    """Which patches away from all cut-outs `[o p]` bool are a map's brightest `[o p]`."""
    return outside & (maps > maps.quantile(BRIGHTEST, 1, keepdim=True))


def alone(dots: Tensor, grid: tuple[int, int]) -> float:
    """Share of dots `[o p]` bool none of whose eight neighbours is a dot."""
    square = dots.float().unflatten(1, grid)[:, None]
    around = F.conv2d(square, torch.ones(1, 1, 3, 3), padding=1) - square
    return float((around == 0)[square > 0].float().mean())


def dot_row(maps: Maps, layer: int, share: Tensor, grid: tuple[int, int]) -> dict[str, float]:
    """What the dots of a block are; only how many, where there are none.

    Args:
        maps: of all cut-outs.
        layer: first is 0.
        share: how much of each patch any cut-out of the picture covers `[o p]`.
        grid: patches down and across.
    """
    own, length, outside = maps.own[layer], maps.length[layer], share == 0
    told, dots, others = kv.bright_dots(own, length, share, BRIGHTEST), dots_of(own, outside), dots_of(maps.other[layer], outside)
    huge = length > HUGE * length.median(1, keepdim=True).values
    row = {"dots a picture": told.number, "longest": told.typical}
    if not dots.any():
        return row
    return row | {
        "longer": told.norm_auc,
        "huge": float(huge[dots].float().mean()),
        "huge anywhere": float(huge.float().mean()),
        "alone": alone(dots, grid),
        "of another": float(others[dots].float().mean()),
    }


def block_rows(maps: Maps, keys: Keys, pictures: Pasted, grid: tuple[int, int]) -> Rows:
    """Of every block: how well a name's best key finds its cut-out, how many names share it, and what its dots are."""
    share = shares(pictures.masks, grid)
    together, home, rows = covered(share, pictures.owners), torch.bincount(keys.block(), minlength=len(maps.own)), {}
    means = kv.running_mean(maps.own)
    for layer, best in enumerate(keys.neurons[..., 0]):
        auc = lambda values: float(kv.mask_auc(values, share).nanmean())  # noqa: E731
        rows[f"photographs, block {layer + 1}"] = {
            "auc": auc(maps.own[layer]),
            "another's": auc(maps.other[layer]),
            "random": auc(maps.random[layer]),
            "mean so far": auc(means[layer]),
            "classes": int(home[layer]) / len(best),
            "share a key": float(((best[:, None] == best).sum(1) > 1).float().mean()),
            **dot_row(maps, layer, together, grid),
        }
    return rows


def relatives(keys: Keys, names: Sequence[str], count: int = 3) -> list[str]:
    """The pairs of names with the most keys in common, over all blocks; of as many the first in the alphabet."""
    best, found = keys.neurons[..., :SHARED], []
    for place in range(len(names)):
        shared = kv.sharing(keys, place, SHARED).sum(0)
        shared[: place + 1] = -1
        other = int(shared.argmax())
        found.append((-int(shared[other]), names[place], names[other]))
    return [f"{one} and {other}: {-shared} of {best.shape[0] * SHARED}" for shared, one, other in sorted(found)[:count]]


def pair_rows(classifier: Classifier, blocks: Sequence[int]) -> Rows:
    """Whether two values name a class together that none names alone; beside it the same by chance."""
    rng = torch_rng("bench photos pairs")
    return {f"photographs, pairs, block {layer + 1}": pair_row(classifier, layer, rng) for layer in blocks}


@torch.no_grad()
def measure(clip: Clip, stamps: Sequence[Stamp], grounds: Sequence[np.ndarray], sizes: Sizes) -> tuple[Rows, dict[str, Any]]:
    """Rows, and what they were measured on.

    Args:
        clip: DINOv2 with its head, or another whose tower can be taken apart.
        stamps: cut-outs.
        grounds: backgrounds, RGB uint8 `[h w 3]`.
        sizes: how much.
    """
    names = class_names(stamps)
    classifier = with_classes(clip.tower, clip.anatomy, said(clip, names))
    pictures = pasted("bench photos keys", sizes.pictures, stamps, grounds, clip.image_size[0])
    keys = kv.best_keys(classifier, SHARED)
    maps = maps_of(clip, classifier, pictures, keys)
    rows = block_rows(maps, keys, pictures, clip.anatomy.grid)
    rows |= pair_rows(classifier, range(clip.anatomy.layers) if sizes.every_pair else [clip.anatomy.layers - 1])
    settings = {"photographs": sizes.pictures, "cut-outs": len(pictures.labels), "names": len(names), "relatives": relatives(keys, names)}
    return rows, settings


def figures_of(rows: Rows) -> dict[str, float]:
    """Means over the blocks; none where there are no rows."""
    blocks = [row for row in rows.values() if "longer" in row]
    wanted = {"photo_dots_longer": "longer", "photo_dots_huge": "huge", "photo_mask_auc": "auc", "photo_share_a_key": "share a key"}
    return {name: sum(row[key] for row in blocks) / len(blocks) for name, key in wanted.items()} if blocks else {}


def measured(quick: bool) -> tuple[Rows, dict[str, Any]]:
    """Of the photographs' own eyes; nothing, and a line that says why, where they or the cut-outs cannot be had."""
    try:
        return measure(load_photo_clip(), all_stamps(), backgrounds(), QUICK if quick else FULL)
    except WeightsError as error:
        print(f"No photographs are looked at. {error}", flush=True)
        return {}, {"photographs": 0}
