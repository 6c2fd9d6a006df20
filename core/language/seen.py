"""What a phrase describes among what is seen in the picture: "the cat", where the head is a cat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.language.facts.colours import basic, basics, says_colour
from core.language.lexicon import Entry
from core.language.match import Matcher
from core.language.words import key


class Seen:
    """What is seen now.

    Args:
        matcher: matches phrases.
        reading: the part now seen in each slot.
    """

    def __init__(self, matcher: Matcher, reading: Mapping[str, str]) -> None:
        self.matcher, self.lexicon = matcher, matcher.lexicon
        self.now = {slot: self.lexicon.entry(slot, part) for slot, part in reading.items()}
        slots = self.lexicon.slots
        self.coloured = tuple(s for s in slots if all(e.kind in {"colour", "nothing"} for e in self.lexicon.of_slot(s)))

    def shown(self, phrase: str, slots: Sequence[str] = ()) -> list[str]:
        """Slots in which a phrase describes what is seen now."""
        named = {*self.matcher.by_words(phrase, tuple(slots)), *self.lexicon.group(phrase, tuple(slots))}
        seen = [(s, e) for s, e in self.now.items() if e is not None and not e.bare and (not slots or s in slots)]
        return [slot for slot, entry in seen if entry in named or self._fits(phrase, entry)]

    def _fits(self, phrase: str, entry: Entry) -> bool:
        words = phrase.split()
        if says_colour(phrase):
            return entry.slot in self.coloured and bool(set(basics(phrase)) & set(entry.colours))
        own = {key(w) for name in entry.names for w in name.split()} | {key(entry.kind)}
        if all(key(w) in own for w in words if not basic(w)):
            return all(basic(w) in entry.colours or key(w) in own for w in words if basic(w))
        if any(entry in self.matcher.by_words(" ".join(words[i:])) for i in range(1, min(len(words), 4))):
            return True
        if self.matcher.by_words(phrase):
            return False
        near, _ = self.lexicon.near([phrase], [(entry.slot,)], 300)[0]
        return any(n.entry == entry and n.score >= max(0.5, near[0].score - 0.02) for n in near)
