"""Units, and the concepts that several models share: the records that mining leaves and that guidance, edits and the page take.

A unit is one channel of one layer of one model. A concept is a cluster of tuples: each tuple is one unit of the generator, called the
hub since all others are matched with it, and at most one unit of each other model.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from core.foundations.errors import WeightsError
from core.foundations.files import asset, digest, load_card, read_words, save_words


class Unit(NamedTuple):
    """One channel of one layer of one model."""

    model: str
    layer: str
    channel: int


@dataclass(frozen=True)
class Member:
    """A unit in a concept.

    Attributes:
        unit: which.
        hub: the hub's unit that it was matched with; itself where it is the hub's own.
        raw: Pearson correlation with the hub's unit over images and places; 1 for the hub's own.
        residual: the same after each unit's mean map over images was taken away.
        p_value: share of matches by chance that are at least as good; 0 for the hub's own.
        mean: of its activation over the data set's images and places, at the map's own size.
        std: the standard deviation of the same.
    """

    unit: Unit
    hub: Unit
    raw: float
    residual: float
    p_value: float
    mean: float
    std: float


@dataclass(frozen=True)
class Concept:
    """What several models have a unit for.

    Attributes:
        id: unique and stable, such as "rosetta:12".
        name: for people; "" where none was earned.
        members: tuple after tuple, the best first; in each the hub's unit first.
        p_value: the largest of the best tuple's, so that every link of it is meant.
        q_value: the false discovery rate at which it is just found (Benjamini and Hochberg).
        part: the part that its hub's map covers best on held-out pictures; "" where none was looked for.
        iou: intersection over union with that part.
        level: threshold at which it covers it: the mean of its best tuple's maps, each in its unit's spreads above its mean.
    """

    id: str
    name: str
    members: tuple[Member, ...]
    p_value: float
    q_value: float = 0.0
    part: str = ""
    iou: float = 0.0
    level: float = 0.0

    @property
    def hub(self) -> Member:
        """The hub's unit of the best tuple."""
        return self.members[0]

    @property
    def best(self) -> Mapping[str, Member]:
        """The best tuple, by model."""
        return {member.unit.model: member for member in self.members if member.hub == self.hub.unit}

    @property
    def pairs(self) -> tuple[tuple[Member, Member], ...]:
        """Every match of every tuple: the hub's member, and the other model's."""
        hubs = {member.unit: member for member in self.members if member.unit == member.hub}
        return tuple((hubs[member.hub], member) for member in self.members if member.unit != member.hub)

    @property
    def models(self) -> tuple[str, ...]:
        """Who has a unit for it, the hub first."""
        return tuple(dict.fromkeys(member.unit.model for member in self.members))

    def named(self, name: str, part: str = "", iou: float = 0.0, level: float = 0.0) -> Concept:
        """With what was found out about it."""
        return replace(self, name=name, part=part, iou=iou, level=level)


def to_json(concepts: Sequence[Concept]) -> list[dict[str, Any]]:
    """Concepts as plain JSON, numbers rounded to what they are good for."""
    return [_rounded(asdict(concept)) for concept in concepts]


def from_json(rows: Sequence[Mapping[str, Any]]) -> list[Concept]:
    """What `to_json` wrote."""
    found = []
    for row in rows:
        members = tuple(Member(**{**one, "unit": Unit(*one["unit"]), "hub": Unit(*one["hub"])}) for one in row["members"])
        found.append(Concept(**{**row, "members": members}))
    return found


def save_concepts(name: str, concepts: Sequence[Concept], card: Mapping[str, Any]) -> None:
    """Keep concepts as `assets/<name>.json.gz` and their card as `assets/cards/<name>.json`."""
    save_words(name, json.dumps(to_json(concepts), separators=(",", ":")), card)


def load_concepts(name: str) -> tuple[Concept, ...]:
    """What `save_concepts` kept; WeightsError where it is missing or not what its card describes."""
    if digest(asset(f"{name}.json.gz")) != load_card(name)["sha256"]:
        raise WeightsError(f"assets/{name}.json.gz is not the file its card describes. Fetch it again, or mine it again.")
    return tuple(from_json(json.loads(read_words(f"{name}.json"))))


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(one) for one in value]
    return value
