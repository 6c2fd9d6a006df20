"""Captions of scenes: parts, colours, counts and places, in words; and which words no caption of training uses.

A caption is a list of noun phrases, read left to right: how many, then Noun by Noun (head, glasses, body, print,
place, which way it looks), then the ground. Two things are held back to be tested: about half of the synonyms
of every part, by a hash; and some ways to say the same (HELD_OUT_WAYS).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from core.foundations.english import with_article
from core.worlds.nouns.art import BARE, SIDE, SLOTS
from core.worlds.nouns.catalogue import Part, parts, shown
from core.worlds.scenes.compose import FREE, Scenes
from core.worlds.scenes.grounds import COLOURS, HABITATS, KINDS

COUNTS = (
    ("one character", "a single character", "one Noun"),
    ("two characters", "a pair of characters", "two Nouns"),
    ("three characters", "a trio of characters", "three Nouns"),
    ("four characters", "a group of four", "four Nouns"),
)
"""Phrases for one to four Nouns."""

WAYS = {
    "head": ("{}", "{} head", "head of {}"),
    "glasses": ("{}", "{} on the nose"),
    "body": ("{}", "{} shirt"),
    "accessory": ("{}", "{} on the chest"),
}
HELD_OUT_WAYS = {
    "head": ("{} face", "picture of {}", "pixel art {}"),
    "glasses": ("pair of {}",),
    "body": ("{} clothes",),
    "accessory": ("{} design",),
}
"""Ways to say a part that captions use, and ways that no caption of training uses; {} is the part's title."""

_ROWS, _COLUMNS = ("top", "", "bottom"), ("left", "", "right")


def seen_in_training(synonym: str) -> bool:
    """Whether captions of training use a synonym; half of them are held back, by a hash."""
    return hashlib.sha256(f"synonym {synonym}".encode()).digest()[0] < 128


@cache
def names_of(part: Part, held_out: bool = False) -> tuple[str, ...]:
    """What captions call a part: its name and the synonyms of one side of the split.

    Args:
        held_out: only the synonyms that training never uses.
    """
    synonyms = tuple(s for s in part.synonyms if seen_in_training(s) != held_out)
    return synonyms if held_out else (part.name, *synonyms)


@cache
def ways_to_say(part: Part) -> tuple[str, ...]:
    """All phrases that captions of training use for a part, the plainest first; none for a part that means nothing."""
    if part.id == BARE.get(part.slot):
        return ()
    found = []
    for name in names_of(part):
        plain = shown(Part(part.slot, part.id, name, (), part.kind, part.colours))
        found += [way.format(plain) for way in WAYS[part.slot]]
    return tuple(dict.fromkeys(found))


def place_of(corner: Sequence[int]) -> str:
    """Where a Noun stands, such as "top left" or "middle"; corner is top and left in pixels."""
    row, column = (min(2, int(c) * 3 // (FREE + 1)) for c in corner)
    words = f"{_ROWS[row]} {_COLUMNS[column]}".split()
    return " ".join(words) if words else "middle"


PLACES = tuple(dict.fromkeys(place_of((t, le)) for t in range(0, FREE + 1, SIDE // 2) for le in range(0, FREE + 1, SIDE // 2)))
"""All nine places."""

FACING = ("facing right", "facing left")


def ground_phrases(ground: np.ndarray) -> tuple[str, ...]:
    """What a ground may be called, the fullest first."""
    kind, names = KINDS[ground[0]], tuple(COLOURS)
    if kind in HABITATS:
        return (f"{kind} background", kind)
    if kind == "graded":
        return (f"background from {names[ground[1]]} to {names[ground[2]]}", "graded background")
    return (f"{kind} {names[ground[1]]} background", f"{names[ground[1]]} background")


def title_of(part: Part) -> str:
    """A part in a full caption: "a shark", "red glasses", "a teal body", "a pizza print"."""
    return with_article(shown(part))


def caption(scenes: Scenes, number: int) -> str:
    """The exact caption of one scene, every part, place and ground named; Nouns from left to right."""
    count = int(scenes.count[number])
    said = [COUNTS[count - 1][0]]
    for k in np.argsort(scenes.corners[number, :count, 1], kind="stable"):
        found = {slot: parts(slot)[int(p)] for slot, p in zip(SLOTS, scenes.nouns[number, k], strict=True)}
        words = [title_of(found[slot]) for slot in ("head", "glasses", "body", "accessory") if found[slot].id != BARE.get(slot)]
        turned = FACING[int(scenes.mirrored[number, k])]
        said.append(f"{' with '.join(words[:2])}, {', '.join([*words[2:], f'at the {place_of(scenes.corners[number, k])}', turned])}")
    return "; ".join([*said, f"on {with_article(ground_phrases(scenes.grounds[number])[0])}"])
