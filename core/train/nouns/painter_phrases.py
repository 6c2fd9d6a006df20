"""What the Nouns' painter is told in training: phrases, each with the parts that it may mean.

A part's own names and half of its synonyms, in the ways that captions of training use (core.worlds.scenes.captions); words that were
written for the heads by hand; colours and kinds, which mean any part that has them; and what names no part at all. The other half of
the synonyms and the other ways are the benchmark's.
"""

from __future__ import annotations

from collections import defaultdict

import torch

from core.language.facts import facts_of
from core.models.thesaurus import plain
from core.train.word_lists import written_words
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import Part, parts, shown, title
from core.worlds.scenes.captions import WAYS, names_of

GROUND_WAYS = ("{}", "on {}", "{} behind")
SHIRTS = {"body": ("{} body", "{} shirt", "{} top"), "glasses": ("{} glasses", "{} frames", "{} specs"), "background": ("{} background",)}
"""How a colour, or a name that is one, is said of a slot."""
FEWEST = {
    "head": ("headless", "no face"),
    "glasses": ("glasses off", "no eyewear"),
    "accessory": ("no accessory", "plain shirt", "no print"),
}
"""What else is said of a slot that shows nothing."""
NONE = (
    "noun",
    "a noun",
    "character",
    "one character",
    "a person",
    "someone",
    "picture",
    "pixel art",
    "portrait",
    "avatar",
    "a pixel art character",
    "somebody",
    "figure",
)
"""What is said of no part."""


def ways_of(part: Part) -> tuple[str, ...]:
    """All phrases of training that name a part, the plainest first."""
    if part.id == BARE.get(part.slot):
        return (title(part), *FEWEST[part.slot], *names_of(part))
    ways = WAYS.get(part.slot, GROUND_WAYS)
    found = [way.format(shown(Part(part.slot, part.id, name, (), part.kind, part.colours))) for name in names_of(part) for way in ways]
    found += [way.format(name) for name in names_of(part) for way in SHIRTS.get(part.slot, ())]
    return tuple(dict.fromkeys((title(part), *found)))


class Sayings:
    """Phrases by number.

    Attributes:
        texts: p phrases.
        meant: how likely each part is meant, `[p k + 1]`; the last is none of them.
    """

    def __init__(self) -> None:
        self.parts = [part for slot in SLOTS for part in parts(slot)]
        meant: dict[str, dict[int, float]] = defaultdict(dict)
        for number, part in enumerate(self.parts):
            for text in ways_of(part):
                meant[text][number] = 1.0
        self._by_hand(meant)
        self._in_common(meant)
        for text in (*NONE, *facts_of("nouns").absent):
            meant.setdefault(text, {len(self.parts): 1.0})
        self.texts = list(meant)
        self.meant = torch.zeros(len(self.texts), len(self.parts) + 1)
        for row, those in enumerate(meant.values()):
            for number, weight in those.items():
                self.meant[row, number] = weight / sum(those.values())

    def _by_hand(self, meant: dict[str, dict[int, float]]) -> None:
        """Words that were written for heads, but those that are held back; of one writer they count less."""
        held = {plain(name) for part in self.parts for name in names_of(part, held_out=True)}
        words = written_words()
        fresh: dict[str, dict[int, float]] = defaultdict(dict)
        for number, part in enumerate(self.parts):
            for word, writers in words.get(part.name, {}).items() if part.slot == "head" else ():
                if word not in held and word not in meant and writers > 1:
                    fresh[word][number] = 1.0
        meant.update({word: those for word, those in fresh.items() if len(those) <= 2})

    def _in_common(self, meant: dict[str, dict[int, float]]) -> None:
        """Colours and kinds: any part that has them."""
        several: dict[str, dict[int, float]] = defaultdict(dict)
        for number, part in enumerate(self.parts):
            for way in SHIRTS.get(part.slot, ()) if part.colours else ():
                several[way.format(part.colours[0])][number] = 1.0
            if part.slot == "head" and part.kind not in ("nothing", "colour", "pattern", "text"):
                several[part.kind][number] = several[f"{part.kind} head"][number] = 1.0
        for text, those in several.items():
            meant.setdefault(text, those)
