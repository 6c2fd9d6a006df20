"""How turned concepts are judged: by hand, and every way once on the weights that are shipped."""

from __future__ import annotations

import numpy as np

from core.bench.nouns.concept_turns import measure_turns, traited
from core.foundations.records import Curve, Handle
from core.studio import Studio
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw
from core.worlds.nouns.reader import read
from core.worlds.nouns.traits import amount, traits


def handle(name: str, kind: str = "concept") -> Handle:
    return Handle(f"{kind}:{name}", kind, "head", "", name, (name,), 1.0, 1.0, 0.1, Curve((), (), ()))  # type: ignore[arg-type]


def test_only_concepts_that_say_a_trait_are_judged() -> None:
    found = traited([handle("white head 2"), handle("white"), handle("shark head"), handle("white", "feature")])
    assert [(one.name, traits()[trait].name) for one, trait in found] == [("white head 2", "white head"), ("white", "white")]


def test_a_trait_is_counted_in_pixels() -> None:
    """A cotton ball is whiter than a fir tree, and that greener."""
    art = load_art()
    rows = np.zeros((2, len(SLOTS)), int)
    rows[:, SLOTS.index("head")] = [art.position("head", part) for part in ("cottonball", "fir")]
    seen, names = read(draw(rows)), [trait.name for trait in traits() if not trait.part]
    white, green = (amount(seen.parts, names.index(name)) for name in ("white head", "green head"))
    assert white[0] > white[1] and green[1] > green[0]


def test_every_way_is_measured() -> None:
    found = measure_turns(Studio("nouns"), 2, 2)
    assert set(found) == {"this", "a part by chance", "along the gradient", "most by the artwork"}
    assert all(set(row) == {"turned_more", "turned_kept", "turned_loose"} for row in found.values())
    assert found["this"]["turned_kept"] >= 0.75 and found["this"]["turned_loose"] <= found["along the gradient"]["turned_loose"]
