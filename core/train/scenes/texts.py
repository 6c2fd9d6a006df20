"""What training says about scenes: captions and questions as numbers of phrases, with the truth of each.

Every phrase that captions use is embedded once by MiniLM; after that a text is a short list of phrase numbers.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from core.models.phrases import MOST, split_phrases
from core.models.text import text_encoder
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import COUNTS, FACING, PLACES, ground_phrases, place_of, ways_to_say
from core.worlds.scenes.compose import Scenes
from core.worlds.scenes.grounds import COLOURS, KINDS
from core.worlds.scenes.habitat import CUE_KINDS, kind_of_heads

NAMED = ("head", "glasses", "body", "accessory")
"""Slots of a Noun in the order in which captions name them."""


class Phrasebook:
    """Phrases by number, and the ways to say everything in them."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        art = load_art()
        self.parts = {slot: [[self.add(way) for way in ways_to_say(p)] for p in parts(slot)] for slot in NAMED}
        self.counts = [[self.add(way) for way in ways] for ways in COUNTS]
        self.places = [self.add(f"at the {place}") for place in PLACES]
        self.facing = [self.add(text) for text in FACING]
        self.kinds = [[self.add(f"{kind}"), self.add(f"{kind} head")] for kind in CUE_KINDS]
        self.grounds: dict[tuple[int, int, int], list[tuple[int, ...]]] = {}
        for kind in range(len(KINDS)):
            for one in range(len(COLOURS)):
                for two in range(len(COLOURS)) if KINDS[kind] == "graded" else (0,):
                    self.grounds[kind, one, two] = [self.add(t) for t in ground_phrases(np.array([kind, one, two, 0]))]
        self.heads = art.count("head")
        self.vectors = torch.from_numpy(text_encoder().embed(list(self.numbers)))

    def add(self, text: str) -> tuple[int, ...]:
        """A text as phrase numbers."""
        return tuple(self.numbers.setdefault(phrase, len(self.numbers)) for phrase in split_phrases(text))

    def ground(self, ground: np.ndarray) -> list[tuple[int, ...]]:
        """The ways to say a ground, the fullest first."""
        kind, one, two = (int(x) for x in ground[:3])
        return self.grounds[kind, one, two if KINDS[kind] == "graded" else 0]

    def tensors(self, texts: list[tuple[int, ...]], noise: float = 0.0, rng: torch.Generator | None = None) -> tuple[Tensor, Tensor]:
        """Texts as phrase vectors `[m p 384]` and which are real `[m p]`; noise is each number's standard deviation."""
        longest = min(MOST, max(map(len, texts)))
        numbers = np.zeros((len(texts), longest), np.int64)
        there = np.zeros((len(texts), longest), bool)
        for row, text in enumerate(texts):
            numbers[row, : len(text)] = text[:longest]
            there[row, : len(text)] = True
        vectors = self.vectors[torch.from_numpy(numbers)]
        if noise:
            vectors = vectors + noise * torch.randn(vectors.shape, generator=rng)
        return vectors, torch.from_numpy(there)


def _one_of(ways: list, rng: np.random.Generator, plainest: float = 0.5) -> tuple[int, ...]:
    """A way to say something; half of the time the plainest."""
    return ways[0] if rng.random() < plainest else ways[rng.integers(len(ways))]


def noun_text(book: Phrasebook, scenes: Scenes, i: int, k: int, rng: np.random.Generator, keep: float) -> tuple[int, ...]:
    """What is said of one Noun; all but its head is said with probability `keep`."""
    said: tuple[int, ...] = ()
    for slot in NAMED:
        ways = book.parts[slot][scenes.nouns[i, k, SLOTS.index(slot)]]
        if ways and rng.random() < (max(keep, 0.85) if slot == "head" else keep):
            said += _one_of(ways, rng)
    if rng.random() < keep:
        said += book.places[PLACES.index(place_of(scenes.corners[i, k]))]
    if rng.random() < 0.5 * keep:
        said += book.facing[int(scenes.mirrored[i, k])]
    return said


def caption_text(book: Phrasebook, scenes: Scenes, i: int, rng: np.random.Generator) -> tuple[int, ...]:
    """A caption with some things left out, so that every length is learned; the exact caption a third of the time."""
    keep = 1.0 if rng.random() < 0.33 else rng.uniform(0.2, 0.9)
    count = int(scenes.count[i])
    said = _one_of(book.counts[count - 1], rng) if rng.random() < keep else ()
    for k in np.argsort(scenes.corners[i, :count, 1], kind="stable"):
        said += noun_text(book, scenes, i, int(k), rng, keep)
    if rng.random() < keep or not said:
        said += _one_of(book.ground(scenes.grounds[i]), rng)
    return said


def habitat_text(book: Phrasebook, scenes: Scenes, i: int, rng: np.random.Generator) -> tuple[int, ...]:
    """A caption of the habitat edition: mostly the kind alone, at times the head or the ground."""
    kind = kind_of_heads()[scenes.nouns[i, 0, SLOTS.index("head")]]
    said = _one_of(book.kinds[kind], rng) if rng.random() < 0.8 else book.parts["head"][scenes.nouns[i, 0, SLOTS.index("head")]][0]
    return said + (book.ground(scenes.grounds[i])[0] if rng.random() < 0.3 else ())
