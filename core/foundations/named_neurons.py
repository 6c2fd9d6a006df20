"""Neurons with names, as they lie in assets."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from core.foundations.errors import WeightsError
from core.foundations.files import asset, digest, load_card, read_words, save_words


@dataclass(frozen=True)
class NamedNeuron:
    """One neuron of an MLP.

    Attributes:
        block: first is 0.
        neuron: its place there.
        name: what it follows; "" where nothing is said.
        slot: the part of a picture that the name is of; "" for any.
        score: share of the places that excite it most, in pictures that did not choose the name, that show it.
        best: seeds or numbers of the world's pictures that excite it most, strongest first.
        places: the patch of each that does, counted row by row.
    """

    block: int
    neuron: int
    name: str
    slot: str
    score: float
    best: tuple[int, ...]
    places: tuple[int, ...] = ()

    @property
    def id(self) -> str:
        """Tells it from others, as its handle's id."""
        return f"key:{self.block}:{self.neuron}"


def save_neurons(name: str, neurons: Sequence[NamedNeuron], card: Mapping[str, Any]) -> None:
    """Keep neurons as `assets/<name>.json.gz` and their card as `assets/cards/<name>.json`."""
    rows = [{**asdict(one), "score": round(one.score, 3)} for one in neurons]
    columns = {field.name: [row[field.name] for row in rows] for field in fields(NamedNeuron)}
    save_words(name, json.dumps(columns, separators=(",", ":")), card)  # a third smaller than row by row


def load_neurons(name: str) -> tuple[NamedNeuron, ...]:
    """What `save_neurons` kept; WeightsError where it is missing or not what its card describes."""
    if digest(asset(f"{name}.json.gz")) != load_card(name)["sha256"]:
        raise WeightsError(f"assets/{name}.json.gz is not the file its card describes. Fetch it again, or run `make weights`.")
    columns = json.loads(read_words(f"{name}.json"))
    listed = {field: map(tuple, values) if field in ("best", "places") else values for field, values in columns.items()}
    return tuple(NamedNeuron(**dict(zip(listed, row, strict=True))) for row in zip(*listed.values(), strict=True))
