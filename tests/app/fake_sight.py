"""A stand-in for the sight: heats from the picture's own colours, heads and neurons made up, no model."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import numpy as np

from core.foundations.errors import RequestError, StudioError
from core.foundations.records import HeadCard, HeadView, NeuronCard, Picture, Segmentation, Word
from core.studio.deciding import Decision
from core.worlds.scenes.world import SceneWorld

LAYERS, HEADS = 6, 6
ABSENT = ("giraffe", "motorcycle")
"""Words for what no picture shows."""
ROLES = ("heads", "glasses", "grounds", "mixed", "shirts", "prints", "counts", "places", "heads and glasses", "directions")
POOL = {
    "heads": ("shark", "frog", "cat", "volcano", "watermelon"),
    "glasses": ("red glasses", "blue glasses", "black glasses"),
    "grounds": ("striped background", "plain red background", "checked background"),
    "shirts": ("green body", "red body"),
    "prints": ("heart print", "axe print"),
    "counts": ("two characters", "one Noun"),
    "places": ("at the top left", "at the bottom"),
    "directions": ("facing left", "facing right"),
    "mixed": ("frog", "red glasses", "at the top left"),
}


def number(text: str) -> int:
    """The same for the same text, everywhere."""
    return zlib.crc32(text.encode())


def _head(layer: int, head: int) -> HeadCard:
    at = layer * HEADS + head
    role = ROLES[(at * 7 + layer) % len(ROLES)]
    words = POOL[role.split(" and ")[0]]
    texts = tuple(Word(words[i % len(words)], 0.4 / (i + 1)) for i in range(min(6, len(words))))
    return HeadCard(layer, head, role, 0.1 + 0.85 * ((at * 5) % 9) / 9, texts, (at, at + 1, at + 2, at + 3), 0.01 + 0.01 * (at % 7))


def _neuron(layer: int, neuron: int) -> NeuronCard:
    words = (Word("red body", 0.8), Word("volcano", 0.5), Word("blue glasses", -0.3))
    meanings = (("red body",), ("volcano", "fire")) if neuron % 2 else (("red body", "volcano"),)
    return NeuronCard(layer, neuron, words, meanings, 0.3 + 0.1 * (neuron % 6), (neuron, neuron + 1, neuron + 2))


class FakeSight:
    """The verbs of `Studio.sight` without their model."""

    def __init__(self, work: Callable[[str], None] = lambda verb: None) -> None:
        self.work = work
        heads = tuple(_head(layer, head) for layer in range(LAYERS) for head in range(HEADS))
        self.lenses = SimpleNamespace(heads=heads, neurons=tuple(_neuron(4, n) for n in range(8)))

    def _heat(self, picture: Picture, text: str) -> np.ndarray:
        rgb = np.asarray(picture.image.convert("RGB"), float)
        apart = np.abs(rgb - rgb[0, 0]).sum(-1) > 60
        height, width = rgb.shape[:2]
        y, x = np.mgrid[:height, :width]
        spots = np.argwhere(apart) if apart.any() else np.array([[height // 2, width // 2]])
        row, column = spots[number(text) % len(spots)]
        near = np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * (width / 6) ** 2))
        heat = near * (0.35 + 0.65 * apart) + (0.3 * ~apart if "background" in text else 0)
        return (heat - heat.min()) / max(heat.max() - heat.min(), 1e-9)

    def segment(self, picture: Picture, text: str, method: str = "studio", threshold: float | None = None) -> Segmentation:
        """Where."""
        self.work("segment")
        if not text.strip():
            raise RequestError("Type what to look for.")
        heat = self._heat(picture, text if method == "studio" else f"{text} {method}")
        cut = 0.45 if threshold is None else threshold
        (share,) = self.presence(picture, (text,))
        there = share >= self.least
        instead = () if there else self.concepts(picture, 4)
        return Segmentation(
            heat,
            heat > cut if there else np.zeros(heat.shape, bool),
            cut,
            text,
            method,
            0.2 + number(text) % 50 / 100,
            share,
            self.least,
            instead,
        )

    def against(self, picture: Picture, one: str, other: str, method: str = "studio") -> np.ndarray:
        """One rather than the other."""
        return self.segment(picture, one, method).heat - self.segment(picture, other, method).heat

    least = 0.5

    def presence(self, picture: Picture, texts: Sequence[str]) -> tuple[float, ...]:
        """Everything is there but what lives elsewhere."""
        return tuple(0.03 if text in ABSENT else 0.97 for text in texts)

    def here(self, picture: Picture, row: int, column: int, limit: int = 5) -> tuple[Word, ...]:
        """What is here."""
        self.work("here")
        if not (0 <= row < picture.image.height and 0 <= column < picture.image.width):
            raise StudioError("This place lies outside the picture. Click on the picture.")
        return tuple(Word(text, 0.5 / (i + 1)) for i, text in enumerate(POOL["heads"][:limit]))

    def shares(self, picture: Picture, texts: list[str], off: tuple[tuple[int, int], ...] = ()) -> tuple[float, ...]:
        """The choice."""
        self.work("shares")
        if not 1 <= len(texts) <= 12:
            raise RequestError("Give between 1 and 12 texts to compare, one on each line.")
        logits = np.array([number(t) % 97 / 20 + (number(f"{t}{sorted(off)}") % 89 / 30 if off else 0) for t in texts])
        spread = np.exp(logits - logits.max())
        return tuple((spread / spread.sum()).tolist())

    def own_words(self, picture: Picture, limit: int = 5) -> tuple[str, ...]:
        """Words of the picture."""
        few = tuple(word.text for word in self.concepts(picture, limit - 1) if word.text not in ABSENT)
        return (*few, f"thing {zlib.crc32(np.asarray(picture.image).tobytes())}")

    def decide(self, picture: Picture, texts: list[str]) -> Decision:
        """The third head turns every choice."""
        before = self.shares(picture, texts)
        return Decision(((0, 2),), self.head(0, 2).role, before, self.shares(picture, texts, ((0, 2),)), len(texts) > 1, 1)

    def head(self, layer: int, head: int) -> HeadCard:
        """One head."""
        for card in self.lenses.heads:
            if (card.layer, card.head) == (layer, head):
                return card
        raise StudioError(f"There is no head {head} of layer {layer}. Choose one of the grid.")

    def head_view(self, picture: Picture, layer: int, head: int) -> HeadView:
        """A head on a picture."""
        self.work("head_view")
        one, two = self.head(layer, head).texts[0].text, "a very long text that speaks of many things at once"
        return HeadView(Word(one, 0.2), Word(two, -0.1), self._heat(picture, f"{one}{layer}"), self._heat(picture, f"{two}{head}"))

    def alike(self, picture: Picture, heads: tuple[tuple[int, int], ...], limit: int = 6) -> tuple[Picture, ...]:
        """Neighbours."""
        self.work("alike")
        return tuple(SceneWorld().picture((sum(map(sum, heads)) * 13 + i) % 400) for i in range(limit))

    def neuron(self, layer: int, neuron: int) -> NeuronCard:
        """One neuron."""
        for card in self.lenses.neurons:
            if (card.layer, card.neuron) == (layer, neuron):
                return card
        raise StudioError("There is no such neuron. Search for one by its words.")

    def neuron_view(self, picture: Picture, layer: int, neuron: int) -> np.ndarray:
        """Where it is active."""
        self.work("neuron_view")
        self.neuron(layer, neuron)
        return self._heat(picture, str(neuron))

    def concepts(self, picture: Picture, limit: int = 10) -> tuple[Word, ...]:
        """Concepts."""
        self.work("concepts")
        words = [w for words in POOL.values() for w in words]
        start = number(str(np.asarray(picture.image).sum())) % len(words)
        return tuple(Word(words[(start + 3 * i) % len(words)], 1 / (i + 1)) for i in range(limit))

    def who(self, text: str, limit: int = 6) -> tuple[tuple[HeadCard | NeuronCard, float], ...]:
        """Who sees it."""
        time.sleep(0)
        scored = [(c, float(any(w in t.text for w in text.split() for t in c.texts))) for c in self.lenses.heads]
        heads = sorted(scored, key=lambda pair: -pair[1])[: limit - 2]
        return (*heads, *((n, 0.4) for n in self.lenses.neurons[:2]))
