"""A noun phrase to the entries that it may mean: by its words, then by its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.studio.language.colours import BASIC, COLOURS
from core.studio.language.lexicon import Entry, Lexicon, Near
from core.studio.language.normal import key

CLEAR = 0.62
"""From this similarity on a phrase is taken to mean its nearest entry."""
MAYBE = 0.42
"""From this similarity on the nearest entries are offered."""
AHEAD = 0.04
"""How far the nearest entry must lie before the second, and before what does not exist."""
CHOICES = 5

_SAYING = frozenset("text saying says say that reads reading read word words lettering writing written letters slogan message".split())
_WORN = frozenset(
    "logo print pattern pendant necklace chain medallion sign symbol badge picture drawing image icon motif shirt tee design sticker "
    "sweater coloured thing".split()
)
_DARK = {
    "dark": frozenset("dark deep navy charcoal forest olive midnight brick".split()),
    "light": frozenset("light pale sky baby ice pastel mint cream peach".split()),
}
_LIKE = {
    **dict.fromkeys(("deep", "rich"), "dark"),
    **dict.fromkeys(("pale", "pastel", "soft", "baby"), "light"),
    **dict.fromkeys(("bright", "neon", "vivid", "electric"), "bright"),
}


@dataclass(frozen=True)
class Match:
    """What a phrase may mean.

    Attributes:
        entries: acceptable entries, the preferred one first; empty where the phrase is unclear or unknown.
        near: the nearest entries, for a person to choose from.
        clash: a colour that was asked for and that the thing does not have, or "".
    """

    entries: tuple[Entry, ...] = ()
    near: tuple[Near, ...] = ()
    clash: str = ""


class Matcher:
    """Matches phrases against a lexicon; meanings are looked up for all phrases at once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._near: dict[tuple[str, tuple[str, ...]], tuple[list[Near], float]] = {}

    def prefetch(self, wanted: Iterable[tuple[str, tuple[str, ...]]]) -> None:
        """Embed in one call the phrases that their words alone do not settle."""
        open_ = [pair for pair in dict.fromkeys(wanted) if pair[0] and pair not in self._near and not self.by_words(*pair)]
        found = self.lexicon.near([p for p, _ in open_], [s for _, s in open_])
        self._near.update(zip(open_, found, strict=True))

    def by_words(self, phrase: str, slots: Sequence[str]) -> tuple[Entry, ...]:
        """Entries that the words of a phrase name, slips mended; empty where they name none."""
        words = phrase.split()
        tries = [phrase]
        if len(words) > 1 and words[-1] in COLOURS and words[0] not in COLOURS:
            tries.append(" ".join([words[-1], *words[:-1]]))
        said = [w for w in words if w not in _SAYING]
        if said and len(said) < len(words):
            tries += [" ".join(said) + " text", " ".join(said)]
        worn = [w for w in words if w not in _WORN]
        if worn and len(worn) < len(words) and "head" not in slots[:1]:
            tries.append(" ".join(worn))
        for text in tries:
            found = [e for e in self.lexicon.exact(text, slots) if not e.bare]
            if found:
                return tuple(found)
        return tuple(self.lexicon.group(phrase, slots) or self.lexicon.other(phrase, slots))

    def match(self, phrase: str, slots: Sequence[str]) -> Match:
        """What a phrase means among the entries of some slots (all where empty)."""
        slots = tuple(slots)
        named = self.by_words(phrase, slots)
        if named:
            return Match(named)
        self.prefetch([(phrase, slots)])
        near, absent = self._near[phrase, slots]
        offered = tuple(n for n in near if n.score >= MAYBE)[:CHOICES]
        tail, before = self._tail(phrase, slots)
        if tail:
            return self._with_tail(tail, before, near, absent, offered)
        if not near or near[0].score < CLEAR or near[0].score < absent + AHEAD or self.lexicon.exact(phrase):
            return Match((), offered)
        rival = next((n for n in near[1:] if n.entry.slot == near[0].entry.slot and n.entry.name != near[0].entry.name), None)
        if rival and rival.score > near[0].score - AHEAD and near[0].score < 0.75:
            return Match((), offered)
        same = [n.entry for n in near if n.score >= near[0].score - 0.02]
        return Match(tuple(same), offered)

    def _tail(self, phrase: str, slots: Sequence[str]) -> tuple[tuple[Entry, ...], list[str]]:
        """Entries named by the last words of a phrase, and the words before them."""
        words = phrase.split()
        for start in range(1, len(words)):
            found = [e for e in self.lexicon.exact(" ".join(words[start:]), slots) if not e.bare]
            if found:
                return tuple(found), words[:start]
        return (), []

    @staticmethod
    def _with_tail(tail: tuple[Entry, ...], before: list[str], near: list[Near], absent: float, offered: tuple[Near, ...]) -> Match:
        colours = {basic(w) for w in before if basic(w)}
        if colours:
            fitting = tuple(e for e in tail if colours <= set(e.colours))
            return Match(fitting, offered, "" if fitting else " ".join(sorted(colours)))
        score = max((n.score for n in near if n.entry in tail), default=0.0)
        if score >= 0.5 and score >= absent - 0.02:
            return Match(tail, offered)
        return Match((), offered or tuple(Near(e, score, e.name) for e in tail))

    def colour(self, phrase: str, slot: str) -> tuple[Entry, ...]:
        """Entries of a slot in a colour, the best first; empty where the slot has none such.

        The slot's own name for the colour wins; then what the word stands for ("navy": indigo); then entries whose
        main colour it is, lighter or darker ones first where asked; then entries that have it at all.
        """
        words = [w for w in phrase.split() if w not in {"and", "with", "&", "shade", "tone", "all", "frame", "colour"}]
        simple = [w for w in words if w not in {"plain", "solid", "full", "fully", "bright", "very"}] or words
        here = [e for e in self.lexicon.of_slot(slot) if not e.bare]
        stands = [COLOURS[w] for w in simple if w in COLOURS]
        first: list[Entry] = []
        meant = [s for s in stands if s not in BASIC] + (stands if len(stands) == len(simple) == 1 else [])
        for text in (phrase, " ".join(words), " ".join(simple), *meant):
            first = first or [e for e in self.lexicon.exact(text, (slot,)) if not e.bare]
        basics = [b for b in (basic(w) for w in simple) if b]
        if not basics:
            return tuple(first)
        if len(set(basics)) > 1:
            return tuple(dict.fromkeys([*first, *(e for e in here if set(basics) <= set(e.colours))]))
        if first:
            return tuple(first)
        main = [e for e in here if e.colours and e.colours[0] == basics[-1]] or [e for e in here if basics[-1] in e.colours]
        shade = next((_LIKE.get(w, w) for w in words if w in _LIKE or w in _DARK), "")
        exact_first = [e for e in self.lexicon.exact(basics[-1], (slot,)) if e in main]
        if shade:
            return tuple(sorted(main, key=lambda e: (not self._shaded(e, shade), e not in exact_first)))
        return tuple(dict.fromkeys([*exact_first, *main]))

    @staticmethod
    def _shaded(entry: Entry, shade: str) -> bool:
        wanted = _DARK.get(shade, frozenset({shade, "neon", "vivid"}))
        return any(wanted & set(name.split()) for name in entry.names)

    def variants(self, current: Entry, colour: str) -> tuple[Entry, ...]:
        """Other entries of the same make in another colour: "red tie" for "purple tie", "red diamond" for "blue diamond"."""
        wanted = {basic(w) for w in colour.split() if basic(w)}
        stem, noun = current.part.split("-")[0], current.name.split(" on ")[0].split()[-1]
        others = [e for e in self.lexicon.of_slot(current.slot) if e != current and wanted <= set(e.colours)]
        found = [e for e in others if e.part.split("-")[0] == stem or any(key(n.split()[-1]) == key(noun) for n in e.names)]
        return tuple(sorted(found, key=lambda e: (e.colours[:1] != tuple(wanted)[:1], key(e.name.split()[-1]) != key(noun))))


def basic(word: str) -> str:
    """The plain colour that a colour word comes under, or ""."""
    for _ in range(4):
        if word in BASIC:
            return word
        stands = COLOURS.get(word, "")
        found = next((w for w in reversed(stands.split()) if w in BASIC), "")
        if found or not stands or stands == word:
            return found or _UNDER.get(word, "")
        word = stands.split()[-1]
    return ""


_UNDER = {
    "indigo": "blue",
    "azure": "blue",
    "olive": "green",
    "khaki": "beige",
    "violet": "purple",
    "magenta": "purple",
    "plum": "purple",
    "fuchsia": "pink",
    "rose": "pink",
    "salmon": "pink",
    "coral": "orange",
    "peach": "orange",
    "rust": "orange",
    "terracotta": "orange",
    "tan": "beige",
    "sand": "beige",
    "cream": "beige",
    "caramel": "brown",
    "chocolate": "brown",
    "amber": "orange",
    "mustard": "gold",
    "lemon": "yellow",
    "charcoal": "black",
    "guava": "pink",
    "honey": "brown",
    "watermelon": "red",
    "smoke": "grey",
    "raspberry": "pink",
    "berry": "pink",
}
