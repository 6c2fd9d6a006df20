"""Whether the words that neurons and pictures are described with are true of the scenes (reference: thesis, section 3.3).

Every phrase of the world's pool is true or false of a scene: its parts that are seen, their places, which way Nouns face,
how many there are, and the ground. A neuron's word is right as far as the neuron is stronger where the word is true: the
area under the ROC curve. The concepts of a picture are right where their words are true of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from PIL import Image
from scipy.stats import rankdata

from core.foundations.images import to_tensor
from core.foundations.records import NeuronCard, Picture, Word
from core.foundations.seeds import numpy_rng
from core.models.clip import Clip
from core.models.text import text_encoder
from core.studio.lenses import Lenses
from core.studio.sight import Sight
from core.train.scenes.loss import visible
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import parts, shown
from core.worlds.scenes.captions import COUNTS, FACING, ground_phrases, place_of
from core.worlds.scenes.compose import Scenes, draw_scenes, sample

FEWEST = 5
"""Scenes of which a word is true, and of which it is not, from which on its neuron is judged."""
CONCEPTS = 10
SHOWN = 200
"""Scenes whose concepts are looked at."""


def true_words(scenes: Scenes, owner: np.ndarray) -> list[set[str]]:
    """The phrases that are true of each scene; owners `[n h w]` as `draw_scenes` gives them."""
    seen, found = visible(owner), []
    for i in range(len(scenes)):
        words = {*COUNTS[scenes.count[i] - 1], *ground_phrases(scenes.grounds[i])}
        for k in range(scenes.count[i]):
            words |= {f"at the {place_of(scenes.corners[i, k])}", FACING[int(scenes.mirrored[i, k])]}
            for place, slot in enumerate(SLOTS[1:]):
                part = parts(slot)[scenes.nouns[i, k, place + 1]]
                if seen[i, k, place] and part.id != BARE.get(slot):
                    words.add(shown(part))
        found.append(words)
    return found


def area(values: np.ndarray, true: np.ndarray) -> float:
    """Area under the ROC curve of values `[n]` for what is true `[n]` bool; ties count half."""
    ranks, count = rankdata(values), true.sum()
    return float((ranks[true].sum() - count * (count + 1) / 2) / (count * (len(true) - count)))


def shuffled(lenses: Lenses) -> Lenses:
    """The same neurons with each other's words."""
    order = numpy_rng("words shuffled").permutation(len(lenses.neurons))
    cards = [replace(card, words=lenses.neurons[j].words) for card, j in zip(lenses.neurons, order, strict=True)]
    return replace(lenses, neurons=tuple(cards))


def strongest_word(card: NeuronCard) -> str | None:
    """What a neuron speaks for most, None where for nothing."""
    return next((word.text for word in card.words if word.weight > 0), None)


def areas(cards: Sequence[NeuronCard], strengths: dict[int, np.ndarray], truth: dict[str, np.ndarray]) -> np.ndarray:
    """The area of every neuron whose word is true of enough scenes: strengths layer to `[n u]`, truth word to `[n]` bool."""
    found = []
    for card in cards:
        true = truth.get(strongest_word(card) or "")
        if true is not None and FEWEST <= true.sum() <= len(true) - FEWEST:
            found.append(area(strengths[card.layer][:, card.neuron], true))
    return np.array(found)


def concept_row(pictures: Sequence[Picture], words: list[set[str]], ask: Callable[[Picture, int], tuple[Word, ...]]) -> dict[str, float]:
    """Of the concepts of each picture how many are true of it, and of the words that are true how many are found."""
    found = [{word.text for word in ask(picture, CONCEPTS)} for picture in pictures]
    hits = [len(said & true) for said, true in zip(found, words, strict=True)]
    return {
        "precision": float(np.mean([hit / max(1, len(said)) for hit, said in zip(hits, found, strict=True)])),
        "recall": float(np.mean([hit / len(true) for hit, true in zip(hits, words, strict=True)])),
    }


@torch.no_grad()
def word_truth_rows(clip: Clip, lenses: Lenses, count: int) -> dict[str, dict[str, float]]:
    """Neurons' words and pictures' concepts on held-out scenes, beside words shuffled among neurons."""
    scenes = sample(numpy_rng("words bench"), count, True)
    rgb, owner = draw_scenes(scenes)
    words, sight, layers = true_words(scenes, owner), Sight(clip, lenses, text_encoder()), sorted(lenses.directions)
    parts_of = [clip.see(to_tensor(rgb[i : i + 100]), layers) for i in range(0, count, 100)]
    strengths = {layer: torch.cat([sight.strengths(seen, layer) for seen in parts_of]).numpy() for layer in layers}
    truth = {word: np.array([word in true for true in words]) for word in lenses.pool}
    other = shuffled(lenses)
    rows = {}
    for name, cards in (("neurons' words", lenses.neurons), ("neurons' words shuffled", other.neurons)):
        found = areas(cards, strengths, truth)
        rows[name] = {"area": float(found.mean()), "area > 0.9": float((found > 0.9).mean()), "neurons": float(len(found))}
    few = min(SHOWN, count // 3)  # pictures are asked one by one
    pictures, true = [Picture(Image.fromarray(image)) for image in rgb[:few]], words[:few]
    rows["concepts of a picture"] = concept_row(pictures, true, sight.concepts)
    rows["concepts by neurons"] = concept_row(pictures, true, sight.neuron_concepts)
    rows["concepts by neurons, words shuffled"] = concept_row(pictures, true, Sight(clip, other, text_encoder()).neuron_concepts)
    return rows
