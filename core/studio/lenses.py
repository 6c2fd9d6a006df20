"""What the lenses found in a CLIP once and for all: means, heads and neurons in words. Read from assets, or made on the spot."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.foundations.errors import WeightsError
from core.foundations.files import in_eight_bits, load_tensors, load_weights, read_words, save_tensors, save_weights, write_words
from core.foundations.records import HeadCard, NeuronCard, Word
from core.methods.read.ablate import TermMeans
from core.methods.read.presence import Rule, rule_from_tensors, rule_to_tensors


@dataclass(frozen=True)
class Lenses:
    """Everything about a CLIP that does not depend on the picture at hand.

    Attributes:
        pool: texts that heads and neurons are described with.
        tags: what each of them is about.
        texts: their embeddings `[m k]`.
        means: of all terms, over scenes that no benchmark uses.
        heads: every head.
        neurons: those of the layers whose second-order effects were measured.
        directions: of these neurons, layer to `[u k]`.
        centre: mean coefficients of these neurons, layer to `[a u]`.
        reader: from centred coefficients to the projection on the direction, layer to `[a u]`.
        threshold: effects above which a neuron counts as active, layer to `[u]`.
    """

    pool: tuple[str, ...]
    tags: tuple[str, ...]
    texts: Tensor
    means: TermMeans
    heads: tuple[HeadCard, ...]
    neurons: tuple[NeuronCard, ...]
    directions: dict[int, Tensor]
    centre: dict[int, Tensor]
    reader: dict[int, Tensor]
    threshold: dict[int, Tensor]

    def to(self, device: torch.device) -> Lenses:
        """The same lenses on a device, where the CLIP is that they look through; these themselves where they are there."""
        groups = (self.means.sums, *(getattr(self, part) for part in PER_LAYER))
        if all(tensor.device == device for tensor in (self.texts, *(t for group in groups for t in group.values()))):
            return self
        sums, *layers = ({key: tensor.to(device) for key, tensor in group.items()} for group in groups)
        moved: dict[str, Any] = dict(zip(PER_LAYER, layers, strict=True))
        return replace(self, texts=self.texts.to(device), means=TermMeans(self.means.count, sums), **moved)


PER_LAYER = ("directions", "centre", "reader", "threshold")


def lenses_to_files(lenses: Lenses) -> tuple[dict[str, Tensor], str]:
    """Tensors for safetensors, in half precision where that suffices, and the cards as JSON."""
    tensors = {"texts": lenses.texts.half(), "count": torch.tensor(lenses.means.count)}
    tensors |= {f"means.{name}": tensor.float() for name, tensor in lenses.means.sums.items()}
    for name in PER_LAYER:
        tensors |= {f"{name}.{layer}": tensor.half() for layer, tensor in getattr(lenses, name).items()}
    words = {
        "pool": lenses.pool,
        "tags": lenses.tags,
        "heads": [asdict(h) for h in lenses.heads],
        "neurons": [asdict(n) for n in lenses.neurons],
    }
    return tensors, json.dumps(words, separators=(",", ":"))


def save_lenses(name: str, tensors: dict[str, Tensor], words: str, card: dict[str, Any]) -> None:
    """Write what `lenses_to_files` gives to `assets/`, its vectors in eight bits."""
    vectors = [key for key in tensors if key == "texts" or key.startswith("directions.")]
    save_weights(name, in_eight_bits(tensors, *vectors), card)
    write_words(f"{name}.json", words)


def _words(rows: list[dict]) -> tuple[Word, ...]:
    return tuple(Word(**row) for row in rows)


def load_lenses(name: str) -> Lenses:
    """The lenses that lie in `assets/<name>.safetensors` and `assets/<name>.json.gz`.

    Raises:
        WeightsError: where a file is missing or is not the one its card describes.
    """
    tensors, _ = load_weights(name)
    return lenses_from_files(tensors, read_words(f"{name}.json"))


def lenses_from_files(tensors: dict[str, Tensor], told: str) -> Lenses:
    """The lenses of what `lenses_to_files` gives."""
    words = json.loads(told)
    sums = {key.removeprefix("means."): tensor.double() for key, tensor in tensors.items() if key.startswith("means.")}
    layers = {part: {int(k.rpartition(".")[2]): t.float() for k, t in tensors.items() if k.startswith(f"{part}.")} for part in PER_LAYER}
    heads = tuple(HeadCard(**{**h, "texts": _words(h["texts"]), "best": tuple(h["best"])}) for h in words["heads"])
    neurons = tuple(
        NeuronCard(**{**n, "words": _words(n["words"]), "meanings": tuple(map(tuple, n["meanings"])), "best": tuple(n["best"])})
        for n in words["neurons"]
    )
    return Lenses(
        tuple(words["pool"]),
        tuple(words["tags"]),
        tensors["texts"].float(),
        TermMeans(int(tensors["count"]), sums),
        heads,
        neurons,
        **layers,
    )


def keep_lenses(path: Path, lenses: Lenses, rule: Rule | None = None) -> None:
    """Write lenses to one file on this machine, whole or not at all, with what tells present from absent where that is known."""
    tensors, told = lenses_to_files(lenses)
    ours = {f"{RULE}{name}": tensor.cpu().contiguous() for name, tensor in (rule_to_tensors(rule) if rule else {}).items()}
    save_tensors(path, {**tensors, **ours, WORDS: torch.frombuffer(bytearray(told.encode()), dtype=torch.uint8)})


def kept_lenses(path: Path) -> tuple[Lenses, Rule | None] | None:
    """The lenses of such a file, and its rule where it has one; None where there is none, or it is damaged."""
    try:
        tensors = load_tensors(path)
        ours = {name.removeprefix(RULE): tensors.pop(name) for name in list(tensors) if name.startswith(RULE)}
        lenses = lenses_from_files(tensors, bytes(tensors.pop(WORDS).tolist()).decode())
        return lenses, rule_from_tensors(ours) if ours else None
    except (WeightsError, KeyError, TypeError, ValueError):
        return None


WORDS, RULE = "words", "rule."
"""Name of the bytes of the words among the tensors of a file, and what the names of a rule's tensors begin with."""


def load_rule(name: str) -> Rule:
    """What tells whether a text is in a picture at all, from `assets/<name>.safetensors`.

    Raises:
        WeightsError: where the file is missing or is not the one its card describes.
    """
    return rule_from_tensors(load_weights(name)[0])
