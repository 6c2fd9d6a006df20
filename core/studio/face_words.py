"""What the library of faces needs to understand sentences: the states by all their names, and their index."""

from __future__ import annotations

from core.language.facts import facts_of
from core.language.facts.states import state_words
from core.language.lexicon import Embed, Entry, Lexicon
from core.methods.read.search import TextIndex
from core.worlds.faces.slots import SLOTS

WORLD = "faces"


def face_entries() -> list[Entry]:
    """What can be asked of a face by name: every state of every slot."""
    names = state_words(WORLD).names
    states = [state for slot in SLOTS.values() for state in slot.states]
    return [Entry(s.slot, s.id, s.name, names[s.slot][s.id], "nothing" if s.id == SLOTS[s.slot].bare else "state") for s in states]


def face_lexicon(embed: Embed) -> Lexicon:
    """The index over the names of all states, and over what is no part of a face."""
    return Lexicon(face_entries(), facts_of(WORLD), embed, TextIndex.build)
