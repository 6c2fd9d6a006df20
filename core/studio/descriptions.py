"""A prompt to the parts that it asks for: "a Noun with a shark head, in red glasses" is a head and a pair of glasses.

A request changes a picture and a prompt describes one, so there is no verb to look for, only noun phrases and where each belongs.
These are matched as those of requests are (core.language.match). What cannot be placed is told, with what comes nearest.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.foundations.english import with_article
from core.language import refusals as say
from core.language.facts.colours import TEMPERATURES, says_colour
from core.language.facts.places import place_of, without_place
from core.language.lexicon import Entry, Lexicon, Near
from core.language.match import Matcher
from core.language.words import check, words_of

EXAMPLE = "a Noun with a shark head and red glasses"
"""A prompt that can be painted."""
LEFT_OUT = "“{0}” was left out: a prompt says what there is."
JOINED = 4
"""Pieces between joints that may be one name, as "black glasses with red eyes" is, at the most."""

_JOINT = re.compile(
    r"[,;:!?()\n]+|\.(?:\s|$)|\b(?:and|plus|but|with|wearing|wears|who|which|that|has|having|whose|is|in|on|standing|behind|before|against|"
    r"holding|sporting|dressed|featuring|made of)\b|\b(?=without\b|no\b)"
)
_LEAD = re.compile(
    r"^(?:(?:please|draw|paint|make|show|create|generate|give|me|us|i want|i'd like|a|an|the|picture|image|drawing|painting|portrait|"
    r"pixel art|of|for|some|his|her|its|their|one|nice|cute|little|small|big|large|old|happy|sad|only|also|pair of)\s+)+"
)
_FILLER = re.compile(
    r"^(?:nouns?|characters?|person|someone|somebody|figure|figurine|guy|man|woman|girl|boy|fellow|avatar|creature|one|it|he|she|they|him|"
    r"her|them|me|please|picture|image|pixel art|portrait|top|front|nothing else|everything|there)?$"
)
_ARTICLE = re.compile(r"^(?:an?|the)\s+")
_APART = re.compile(r"\b(?:with|wearing|in|on|has|having)\b")
"""What does not join two colours: "a frog with black glasses" is no pair of glasses."""
_DENIED = re.compile(r"^(?:without|no|not)\s+(?:any\s+|an?\s+|the\s+)?")


DENIALS = ("without ", "no ", "not ")
"""How a phrase begins that says what should not be there."""


@dataclass(frozen=True)
class Wanted:
    """One part of a picture that is asked for.

    Attributes:
        slot: where.
        parts: ids of those that are meant; any of them will do, the first the best.
        phrase: how it was said.
        sure: whether the first is meant rather than any of them.
    """

    slot: str
    parts: tuple[str, ...]
    phrase: str
    sure: bool = True


@dataclass(frozen=True)
class Prompted:
    """What a prompt asks for.

    Attributes:
        wanted: at most one of each slot.
        told: sentences about what cannot be painted; none where everything can.
        near: what comes nearest to that.
    """

    wanted: tuple[Wanted, ...] = ()
    told: tuple[str, ...] = ()
    near: tuple[Near, ...] = field(default=(), compare=False)


Titles = Mapping[str, Sequence[tuple[str, str]]]
"""Of every title, in small letters, the slots and parts that bear it."""


def prompted(prompt: object, lexicon: Lexicon, titles: Titles | None = None) -> Prompted:
    """What a prompt asks for.

    Args:
        prompt: it.
        lexicon: what parts may be called.
        titles: what they are called in full, which goes before all else.

    Raises:
        RequestError: where it is empty, too long, or no text.
    """
    text = " ".join(word.plain for word in words_of(check(prompt, EXAMPLE)))
    return Reader(lexicon, titles).read(re.sub(r"\s+([,;:.!?)])", r"\1", text))


class Reader:
    """Reads one prompt."""

    def __init__(self, lexicon: Lexicon, titles: Titles | None = None) -> None:
        self.lexicon, self.matcher, self.facts, self.titles = lexicon, Matcher(lexicon), lexicon.facts, titles or {}

    def read(self, text: str) -> Prompted:
        """What a prompt in plain words asks for."""
        found: dict[str, Wanted] = {}
        told: list[str] = []
        near: list[Near] = []
        for phrase in self.phrases(text):
            one = self.meaning(phrase, tuple(found))
            if isinstance(one, Wanted):
                if one.slot not in found:
                    found[one.slot] = one
                else:
                    told.append(f"There is room for one {one.slot}, so “{phrase}” was left out.")
            else:
                told.append(LEFT_OUT.format(phrase) if _DENIED.match(phrase) else _unknown(phrase, one))
                near += one
        return Prompted(tuple(found.values()), tuple(told), tuple(near))

    def phrases(self, text: str) -> list[str]:
        """The noun phrases of a prompt, those that say nothing left out; what is one name stays together."""
        pieces, begin = [], 0
        for joint in [*_JOINT.finditer(text), None]:
            end = joint.start() if joint else len(text)
            if text[begin:end].strip():
                pieces.append((begin, end))
            begin = joint.end() if joint else end
        found, at = [], 0
        while at < len(pieces):
            spans = {to: text[pieces[at][0] : pieces[to - 1][1]] for to in range(min(len(pieces), at + JOINED), at, -1)}
            to = next(to for to, span in spans.items() if to == at + 1 or self._one(span))
            phrase = self._title(spans[to]) or _bare(spans[to])
            found += [] if _FILLER.match(phrase) else [phrase]
            at = to
        return found

    def _one(self, span: str) -> bool:
        """Whether several pieces are one name, or one colour of a slot: "pink and purple glasses"."""
        if self._title(span):
            return True
        phrase = _bare(span)
        slot = self._slot(phrase)
        rest = self._without_slot(phrase, slot)
        if phrase.split().count(slot) > 1:
            return False
        if slot and says_colour(rest) and len(rest.split()) > 1 and not _APART.search(rest):
            return True
        return bool(self.lexicon.exact(phrase) or (slot and self.lexicon.exact(rest, (slot,))))

    def _title(self, span: str) -> str:
        """A piece where it is what a part is called in full, "big red stripes", of which no word is left out; "" where not."""
        phrase = _ARTICLE.sub("", span.strip(" ."))
        return phrase if phrase in self.titles else ""

    def _slot(self, phrase: str) -> str:
        slot = place_of(phrase, self.facts)
        return slot if slot in self.lexicon.slots else ""

    def _without_slot(self, phrase: str, slot: str) -> str:
        """A phrase without its slot's own words: "black with red eyes" of "black glasses with red eyes"."""
        words = phrase.split()
        kept = [w for w in words if w != slot]
        return " ".join(kept) if slot and len(kept) < len(words) else without_place(phrase, self.facts) if slot else phrase

    def meaning(self, phrase: str, taken: Sequence[str]) -> Wanted | tuple[Near, ...]:
        """What a phrase asks for; or what comes nearest, where that is nothing that there is.

        Args:
            phrase: without articles.
            taken: slots that were spoken of before.
        """
        if phrase in self.titles:
            could_be = list(dict.fromkeys(slot for slot, _ in self.titles[phrase]))
            slot = next((slot for slot in could_be if slot not in taken), could_be[0])
            return Wanted(slot, tuple(part for one, part in self.titles[phrase] if one == slot), phrase)
        if denied := _DENIED.match(phrase):
            slot = self._slot(phrase[denied.end() :])
            bare = self.lexicon.bare(slot) if slot else None
            return Wanted(slot, (bare.part,), phrase) if bare else ()
        slot = self._slot(phrase)
        thing = self._without_slot(phrase, slot)
        if slot and (said := self._coloured(thing, slot)):
            return Wanted(slot, tuple(e.part for e in said), phrase)
        if not slot and (thing in TEMPERATURES or thing in {p for e in self.lexicon.of_slot("background") for p in e.names}):
            slot = "background"
            return Wanted(slot, tuple(e.part for e in self._coloured(thing, slot)), phrase)
        for text, slots in ((phrase, (slot,)), (thing, (slot,)), (phrase, ()), (thing, ())) if slot else ((phrase, ()),):
            match = self.matcher.match(text, slots) if text else None
            if match and match.entries:
                return self._chosen(match.entries, text, phrase, taken)
        return tuple(n for n in self.matcher.match(thing or phrase, (slot,) if slot else ()).near if n.score > 0)[:3]

    def _coloured(self, thing: str, slot: str) -> tuple[Entry, ...]:
        """Entries of a slot in a colour, or as warm as is said."""
        if slot == "background" and thing in TEMPERATURES:
            thing = TEMPERATURES[thing]
        known = self.lexicon.exact(thing, (slot,))
        colours = any(e.kind == "colour" for e in self.lexicon.of_slot(slot))  # a red tie is a tie, red glasses are red
        return tuple(known) if known else self.matcher.colour(thing, slot) if colours and says_colour(thing) else ()

    def _chosen(self, entries: tuple[Entry, ...], text: str, phrase: str, taken: Sequence[str]) -> Wanted:
        """The entries of one slot: a thing is a head, and where there is one already, it is on the chest."""
        slots = list(dict.fromkeys(e.slot for e in entries))
        free = [s for s in slots if s not in taken] or slots
        slot = "head" if "head" in free else free[0]
        parts = tuple(e.part for e in entries if e.slot == slot)
        return Wanted(slot, parts, phrase, len(parts) == 1 or bool(self.lexicon.exact(text, (slot,))))


def _unknown(phrase: str, near: Sequence[Near]) -> str:
    """What there is none of, with what comes nearest; without the example of a request where nothing does."""
    return say.unknown(phrase, "", near) if near else f"I know no “{phrase}”."


def _bare(span: str) -> str:
    """A piece without what stands before its noun."""
    return _LEAD.sub("", f"{span.strip(' .')} ").strip()


def nothing_known(prompt: str, found: Prompted, example: str = EXAMPLE) -> str:
    """Why nothing can be painted, and an example of what can."""
    if not found.told:
        return f"“{prompt.strip()}” names nothing that a Noun can show. Say what it looks like, such as “{example}”."
    return f"{' '.join(found.told)} So there is nothing to paint: say, for example, “{example}”."


def still_missing(missing: Sequence[tuple[str, str]], else_: bool = False) -> str:
    """Which parts a picture lacks: pairs of what was asked for and what is seen instead; `else_` where something was left out before."""
    if not missing:
        return "All else that you asked for is there." if else_ else "Everything that you asked for is there."
    return " ".join(f"You asked for {with_article(asked)}, but I see {with_article(seen)}." for asked, seen in missing)
