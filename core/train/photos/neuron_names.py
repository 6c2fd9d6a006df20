"""Show what excites the neurons of the photographs' eyes, and name those that follow one kind of thing, a place on it, or a colour.

Kept are the neurons that the tab Classes shows: each name's best keys of all blocks, and its best in every block. What excites them
is looked for among the pictures that are shipped, so that places and numbers suffice. Names are words that are exact of each patch of
pictures that were made of emoji, see core.train.photos.patch_words. Every other picture chooses a name, the rest say whether it holds;
the emoji that `core.bench.photos.neuron_names` judges by are in none of them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_card
from core.foundations.images import to_tensor
from core.foundations.named_neurons import NamedNeuron, save_neurons
from core.foundations.seeds import numpy_rng
from core.methods.read.class_space import depths_of
from core.methods.read.key_value import Keys, key_maps
from core.methods.read.neuron_names import NameSettings, name_peaks, strongest_of
from core.models.classifier import Classifier
from core.models.clip import Clip
from core.models.photo_clip import NAME as EYES
from core.studio.classes import BEST
from core.studio.photos import NEURONS, Photos, named_sight
from core.train.loop import machine
from core.train.photos.lenses import BATCH, TAGS, shipped
from core.train.photos.patch_words import WORDS, patch_words
from core.train.photos.views import ViewMaking, pasted
from core.worlds.photos.named import Named, emoji

Place = tuple[int, int]
"""Block and number of a neuron."""


@dataclass(frozen=True)
class PhotoNaming:
    """Everything that decides the names."""

    each: int = 40
    """Pictures of every kind; every other one chooses a name."""
    best: int = 4
    """Shipped pictures that are kept of each neuron, with the patch that excites it."""
    few: int = 2
    """The same where it is among no name's best of all blocks."""
    names: NameSettings = field(default_factory=NameSettings)


@dataclass(frozen=True)
class Peaks:
    """What is left of pictures: of each neuron its strongest patch, and what every patch shows.

    Attributes:
        values: how active, before the activation function `[n u]`.
        places: which patch `[n u]`.
        words: how much each word is true of each patch `[n m p]`.
    """

    values: Tensor
    places: Tensor
    words: Tensor


def wanted(keys: Keys) -> dict[Place, bool]:
    """The neurons that are shown of any class, in order: the best in every block, and the BEST of all blocks, of which it is said."""
    found = {(block, neuron): False for block, row in enumerate(keys.neurons[..., 0].tolist()) for neuron in row}
    count, classes, ranks = keys.neurons.shape
    order = keys.scores.transpose(0, 1).reshape(classes, -1).topk(min(BEST, count * ranks), 1).indices
    neurons = keys.neurons.transpose(0, 1).reshape(classes, -1).gather(1, order)
    best = zip((order // ranks).flatten().tolist(), neurons.flatten().tolist(), strict=True)
    return dict(sorted((found | dict.fromkeys(best, True)).items()))


@torch.inference_mode()
def peaks_of(clip: Clip, classifier: Classifier, images: Tensor, places: Sequence[Place]) -> tuple[Tensor, Tensor]:
    """Of each neuron its strongest patch in pictures `[n 3 s s]` in [0, 1]: how active, and which, `[n u]` each."""
    depths, found = depths_of(classifier, clip.normalise(images)), []
    for block in range(classifier.anatomy.layers):
        neurons = torch.tensor([neuron for own, neuron in places if own == block], dtype=torch.long)
        found.append(torch.stack(key_maps(classifier, depths, block, neurons).max(-1)))
    values, patches = torch.cat(found, 2)
    return values, patches.long()


def kinds(pictures: Iterable[Named]) -> dict[str, list[Named]]:
    """Pictures by what they are about."""
    found: dict[str, list[Named]] = {tag: [] for tag in TAGS}
    of = {kind: tag for tag, several in TAGS.items() for kind in several}
    for one in pictures:
        if one.kind in of:
            found[of[one.kind]].append(one)
    return found


def drawn(purpose: str, by_kind: dict[str, list[Named]], each: int, side: int) -> Iterator[tuple[Tensor, Tensor, list[int]]]:
    """As many pictures of every kind on random grounds, mixed: `[n 3 s s]` in [0, 1], how much the thing covers `[n s s]`, kinds."""
    rows = [(at, one) for at, several in enumerate(by_kind.values()) for one in islice(cycle(several), each)]
    order, making = numpy_rng(purpose).permutation(len(rows)), ViewMaking(side=side)
    for start in range(0, len(rows), BATCH):
        few = [rows[at] for at in order[start : start + BATCH]]
        made = [pasted(one.image, numpy_rng(purpose, start + at), making) for at, (_, one) in enumerate(few)]
        yield to_tensor(np.stack([rgb for rgb, _ in made])), torch.from_numpy(np.stack([cover for _, cover in made])), [at for at, _ in few]


def seen(clip: Clip, classifier: Classifier, places: Sequence[Place], purpose: str, by_kind: dict[str, list[Named]], each: int) -> Peaks:
    """What neurons make of as many pictures of every kind."""
    found = []
    for images, cover, own in drawn(purpose, by_kind, each, clip.image_size[0]):
        words = patch_words(images, cover, own, classifier.anatomy.grid)
        found.append((*peaks_of(clip, classifier, images, places), words))
    return Peaks(*(torch.cat(several) for several in zip(*found, strict=True)))


def named(places: Mapping[Place, bool], peaks: Peaks, own: tuple[Tensor, Tensor], settings: PhotoNaming) -> list[NamedNeuron]:
    """Names by pictures of every kind, and examples by the shipped ones.

    Args:
        places: the neurons, and whether each is among some name's best.
        peaks: of pictures of every kind.
        own: how active each is in each shipped picture, and where, `[n u]` each.
        settings: when a name is said, and how many examples are kept.
    """
    found, best = name_peaks(peaks.values, peaks.places, peaks.words, settings.names), strongest_of(*own, settings.best)
    shown = {place: settings.best if many else settings.few for place, many in places.items()}
    return [
        NamedNeuron(
            block,
            neuron,
            WORDS[int(found.word[at])] if found.said[at] else "",
            "",
            float(found.share[at]),
            tuple(best.pictures[at].tolist()[:many]),
            tuple(best.patches[at].tolist()[:many]),
        )
        for at, ((block, neuron), many) in enumerate(shown.items())
    ]


def main() -> None:
    """Look, name, and write the neurons with their card."""
    began, settings, photos = time.perf_counter(), PhotoNaming(), Photos(torch.device("cpu"), None)  # type: ignore[arg-type]
    sight = named_sight(photos.sight)
    clip, classifier, shown = sight.clip, sight.plain, wanted(sight.tables.keys)
    places = list(shown)
    side = clip.image_size[0]
    own = [peaks_of(clip, classifier, images, places) for images in shipped(photos.world, side)]
    kept = kinds(one for one in emoji() if not one.held_out)
    peaks = seen(clip, classifier, places, "photo neuron names", kept, settings.each)
    rows = named(shown, peaks, tuple(torch.cat(several) for several in zip(*own, strict=True)), settings)  # type: ignore[arg-type]
    names = [row.name for row in rows if row.name]
    card = {
        "world": "photos",
        "task": "neurons of a vision transformer that bring a name about: what excites them, and what they follow",
        "made_from": {EYES: load_card(EYES)["sha256"]},
        "named": asdict(settings),
        "quality": {"neurons": len(rows), "named": len(names), "names": len(set(names))},
        "seconds": round(time.perf_counter() - began),
        "machine": machine(torch.device("cpu")),
        "data": "the pictures in assets/photos, and emoji of core.worlds.photos.named on core.worlds.photos.grounds",
        "licence": "CC0 1.0",
    }
    save_neurons(NEURONS, rows, card)
    print(card["quality"])


if __name__ == "__main__":
    main()
