"""Whether the names of neurons are true, by the exact masks of Nouns that naming never saw.

A name is true of a neuron if at least half of the fifteen places that excite it most, one in each picture, show what it says, a
part by its mask, a colour by what is painted there, and clearly more of them than of the same places of any picture: what is true
everywhere is true of no neuron. MILAN's names of such neurons were mostly generic or wrong (papers/vit_mlp_neurons.md,
section 4.3), without a number.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.bench.nouns.decided import Model
from core.foundations.images import to_tensor
from core.foundations.named_neurons import NamedNeuron, load_neurons
from core.foundations.seeds import numpy_rng
from core.methods.read.neuron_names import strongest
from core.train.nouns.neuron_names import NAME, active
from core.worlds.nouns.compose import draw, to_rgb
from core.worlds.nouns.splits import draw_split
from core.worlds.nouns.traits import TONES, trait_maps, traits

EXEMPLARS = 15
TRUE, MORE = 0.5, 0.15
"""How many of the exemplars must show a name, and how many more than the same places of any picture."""
BATCH, LATER = 128, 3
"""Pictures at once; and the blocks, from the last one down, that the figures are of."""


def seen(model: Model, count: int, blocks: range) -> tuple[Tensor, Tensor]:
    """Activations `[n u p]` and exact maps of all traits `[n m p]` on held-out compositions."""
    compositions = draw_split(numpy_rng("bench neuron names judged"), count, True)
    activations, words = [], []
    for start in range(0, count, BATCH):
        rows = compositions[start : start + BATCH]
        images = model.eye.normalise(to_tensor(to_rgb(draw(rows))))
        activations.append(active(model.classifier, images, blocks).half())
        words.append(torch.from_numpy(trait_maps(rows, model.classifier.anatomy.grid[0])).flatten(2).half())
    return torch.cat(activations), torch.cat(words)


def true_of(activations: Tensor, words: Tensor) -> Tensor:
    """Which words are true of which neurons, `[n u p]` and `[n m p]` to `[u m]` bool."""
    best = strongest(activations, EXEMPLARS)
    shown = best.shown(words)
    return (shown >= TRUE) & (shown - best.usual(words) >= MORE)


def right(true: Tensor, neurons: list[int], words: list[int]) -> float:
    """Share of names that are true; 0 where there are none."""
    return float(true[neurons, words].float().mean()) if neurons else 0.0


def judge_names(model: Model, count: int) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Figures of the later blocks; and what stands beside them: names dealt out anew, the commonest name for all, and every block.

    Args:
        model: whose neurons were named.
        count: held-out Nouns.
    """
    rows, blocks = load_neurons(NAME), range(model.classifier.anatomy.layers)
    true = true_of(*seen(model, count, blocks))
    place = {(trait.name, trait.slot): number for number, trait in enumerate(traits())}
    own = [[at for at, row in enumerate(rows) if row.block == block] for block in blocks]
    later = sum(own[-LATER:], [])
    named = [at for at in later if rows[at].name]
    told = [place[rows[at].name, rows[at].slot] for at in named]
    dealt = numpy_rng("bench neuron names dealt").permutation(told).tolist()
    commonest = max(told, key=told.count) if told else 0
    figures = {"names_precision": right(true, named, told), "names_coverage": len(named) / len(later)}
    beside = {
        "names, dealt out anew": {"true": right(true, named, dealt)},
        "names, the commonest for all": {"true": right(true, named, [commonest] * len(named))},
        "names, without shades": _named(rows, true, place, [at for at in named if rows[at].name not in TONES]),
        "any word is true": {"true": float(true[named].any(1).float().mean()) if named else 0.0},
    }
    for block, inside in enumerate(own):
        kept = [at for at in inside if rows[at].name]
        beside[f"names, block {block + 1}"] = _named(rows, true, place, kept) | {"of": float(len(inside))}
    return figures, beside


def _named(rows: Sequence[NamedNeuron], true: Tensor, place: dict[tuple[str, str], int], kept: list[int]) -> dict[str, float]:
    """Share of true names among some, and how many they are."""
    return {"true": right(true, kept, [place[rows[at].name, rows[at].slot] for at in kept]), "number": float(len(kept))}
