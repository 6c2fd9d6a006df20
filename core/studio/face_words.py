"""What the library of faces needs to understand sentences: the states by all their names, and their index."""

from __future__ import annotations

from collections.abc import Sequence

from core.language import refusals as say
from core.language.facts import facts_of, table
from core.language.facts.states import state_words
from core.language.lexicon import Embed, Entry, Lexicon
from core.methods.read.search import TextIndex
from core.models.face_phrases import load_face_phrases
from core.worlds.faces.slots import SLOTS, state

WORLD = "faces"
NAMES = 40
"""Names of each state that the index of meanings holds, at most: the table reads the rest by its words."""


def face_entries() -> list[Entry]:
    """What can be asked of a face by name: every state of every slot."""
    names = state_words(WORLD).names
    states = [state for slot in SLOTS.values() for state in slot.states]
    return [Entry(s.slot, s.id, s.name, names[s.slot][s.id][:NAMES], "nothing" if s.id == SLOTS[s.slot].bare else "state") for s in states]


def face_lexicon(embed: Embed) -> Lexicon:
    """The index over the names of all states, and over what is no part of a face; and what a description stands for."""
    return Lexicon(face_entries(), facts_of(WORLD), embed, TextIndex.build, tell=load_face_phrases(embed))


def nearest(slot: str, part: str) -> list[tuple[str, str]]:
    """The slots and states that come nearest to one that no handle brings."""
    return list(table(WORLD)["nearest"].get(slot, {}).get(part, {}).items())


def said_lacking(slot: str, part: str, near: Sequence[tuple[str, str]]) -> str:
    """That no handle brings a state cleanly, and what comes nearest."""
    names = say.listed([state(*one).name for one in near])
    return say.of_state(
        "lacking", state(slot, part).name, near=say.of_state("near", names) if near else say.of_state("instead", facts_of(WORLD).example)
    )
