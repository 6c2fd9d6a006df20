"""Name the neurons of the Nouns' vision transformer by what is read in pictures, pixel by pixel, and keep what excites them.

The words are all parts, colours and slots that the reader finds in the world's own pictures, each with its place. Every other
picture chooses a name, the rest say whether it holds. No truth is consulted; core.bench.nouns.neuron_names does, to judge.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_card
from core.foundations.images import to_tensor
from core.foundations.named_neurons import NamedNeuron, save_neurons
from core.methods.read.class_space import depths_of
from core.methods.read.key_value import key_maps
from core.methods.read.neuron_names import NameSettings, name_neurons, strongest
from core.models.classifier import Classifier, classifier_of
from core.models.registry import load
from core.train.loop import machine
from core.worlds.nouns.compose import to_indices
from core.worlds.nouns.reader import read
from core.worlds.nouns.traits import trait_maps, traits
from core.worlds.nouns.world import Nouns

NAME, EYE = "nouns_neuron_names", "nouns_transformer"
BATCH = 64


@dataclass(frozen=True)
class NeuronNaming:
    """Everything that decides the names."""

    pictures: int = 2048
    """Of the world's own, by seed from 0 on; every other one chooses a name."""
    best: int = 6
    """Pictures that are kept of each neuron, with the patch that excites it."""
    names: NameSettings = field(default_factory=NameSettings)


def active(classifier: Classifier, images: Tensor, blocks: Sequence[int]) -> Tensor:
    """How active all neurons of some blocks are, after the activation, block after block: normalised `[n 3 h w]` to `[n u p]`."""
    depths, found = depths_of(classifier, images), []
    for layer in blocks:
        block = classifier.anatomy.blocks[layer]
        found.append(block.activation(key_maps(classifier, depths, layer, torch.arange(len(block.fc1_bias)))))
    return torch.cat(found, 1)


def read_pictures(seeds: Sequence[int]) -> Iterator[tuple[Tensor, np.ndarray]]:
    """The world's pictures in batches, `[n 3 32 32]` in [0, 1], and what is read in them `[n 5]`."""
    world = Nouns()
    for start in range(0, len(seeds), BATCH):
        rgb = np.stack([world.draw(world.compose(seed)) for seed in seeds[start : start + BATCH]])
        yield to_tensor(rgb), read(to_indices(rgb)).parts


@torch.no_grad()
def seen(settings: NeuronNaming, eye: str = EYE) -> tuple[list[tuple[int, int]], Tensor, Tensor]:
    """Block and place of every neuron, how active they are `[n u p]`, and how much of each patch has each trait `[n m p]`."""
    model = load(eye)
    classifier = classifier_of(model.trunk)
    anatomy = classifier.anatomy
    blocks = range(anatomy.layers)
    activations, words = [], []
    for images, parts in read_pictures(range(settings.pictures)):
        activations.append(active(classifier, model.normalise(images), blocks).half())
        words.append(torch.from_numpy(trait_maps(parts, anatomy.grid[0])).flatten(2).half())
    places = [(layer, neuron) for layer in blocks for neuron in range(len(anatomy.blocks[layer].fc1_bias))]
    return places, torch.cat(activations), torch.cat(words)


def named(settings: NeuronNaming, places: Sequence[tuple[int, int]], activations: Tensor, words: Tensor) -> list[NamedNeuron]:
    """Names and strongest pictures of what was seen."""
    found, best = name_neurons(activations, words, settings.names), strongest(activations, settings.best)
    rows = []
    for at, (layer, neuron) in enumerate(places):
        trait, said = traits()[int(found.word[at])], bool(found.said[at])
        shown = tuple(best.pictures[at].tolist()), tuple(best.patches[at].tolist())
        rows.append(NamedNeuron(layer, neuron, trait.name * said, trait.slot * said, float(found.share[at]), *shown))
    return rows


def main() -> None:
    """Name, and write the names with their card."""
    began, settings = time.perf_counter(), NeuronNaming()
    rows = named(settings, *seen(settings))
    quality = {"neurons": len(rows), "named": sum(bool(row.name) for row in rows), "names": len({row.name for row in rows if row.name})}
    card = {
        "world": "nouns",
        "task": "neurons of a vision transformer, named by what is read where they are active",
        "made_from": {EYE: load_card(EYE)["sha256"]},
        "named": asdict(settings),
        "quality": quality,
        "seconds": round(time.perf_counter() - began),
        "machine": machine(torch.device("cpu")),
        "data": "core.worlds.nouns, pictures by seed",
        "licence": "CC0 1.0",
    }
    save_neurons(NAME, rows, card)
    print(quality)


if __name__ == "__main__":
    main()
