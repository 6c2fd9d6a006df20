"""How one clause is read: the first frame that fits says what is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.foundations.records import Verb
from core.studio.language.clauses import Clause, is_colour, own_verb, says_colour, trim
from core.studio.language.colours import COLOURS, COMPARATIVES
from core.studio.language.normal import Vocabulary, key, slot_of, word_of
from core.studio.language.patterns import (
    ANIMATE,
    ANOTHER,
    ANYTHING,
    AT_RANDOM,
    BE,
    BECOMES,
    GIVES,
    HEADLESS,
    KEEPS,
    MENTION,
    PAINT,
    PLAIN,
    REMOVES,
    SURPRISE,
    SWAPS,
    TIRED,
    UNDO,
)
from core.studio.language.words import ADD, CHANGE, FILLERS, INNER, ONES, PAINTING, RANDOM_WORDS, REST, SOFT, SUBJECTS


@dataclass(frozen=True)
class Draft:
    """A clause, half understood.

    Attributes:
        verb: what to do, or "" where the clause does not say, or "problem".
        slots: where.
        phrase: what.
        old: what gives way.
        pronoun: whether "it" or "there" points to an earlier clause.
        open: whether a place is named and not what to do there.
        own: whether the clause has a verb of its own.
        hard: whether it starts anew.
    """

    verb: Verb | str = ""
    slots: tuple[str, ...] = ()
    phrase: str = ""
    old: str = ""
    pronoun: bool = False
    open: bool = False
    own: bool = False
    hard: bool = False


@dataclass(frozen=True)
class NounPhrase:
    """A place, and words for a thing.

    Attributes:
        slot: the slot, or "".
        phrase: the thing, or "".
        word: the slot's word as it was said, or "".
    """

    slot: str
    phrase: str
    word: str


_PLACING = ADD - {"have", "want", "need", "like", "top", "see"}
_NO_THING = SUBJECTS | ADD | CHANGE | FILLERS | RANDOM_WORDS
_PREPOSITIONS = frozenset("on from off of at around over onto in under to upon".split())
_AS = frozenset("as for where".split())


def clean(tokens: list[str], edge: frozenset[str] = FILLERS) -> str:
    """Tokens to a phrase: words that carry nothing dropped at the edges, articles inside too."""
    words = [t for t in tokens if t not in INNER]
    while words and (words[0] in edge or words[0] in CHANGE and len(words) > 1 and words[0] not in COLOURS):
        words.pop(0)
    while words and words[-1] in edge | ONES:
        words.pop()
    return " ".join(word_of(w) for w in words)


def noun_phrase(text: str) -> NounPhrase:
    """Find the place and the thing in words such as "a taco for a head", "red specs", "pizza on the chest"."""
    tokens = text.split()
    places = [i for i, t in enumerate(tokens) if slot_of(t)]
    if not places:
        return NounPhrase("", clean(tokens), "")
    main = _main_place(tokens, places)
    slot, word = slot_of(tokens[main]), word_of(tokens[main])
    last = next((i for i in places if i > main and any(t in _PREPOSITIONS for t in tokens[main:i])), len(tokens))
    before = tokens[:main]
    after = tokens[main + 1 : last]
    after = after[:-1] if last < len(tokens) and after and after[-1] in _PREPOSITIONS | INNER else after
    before = [t for t in before if slot_of(t) != slot]
    while before and (before[-1] in _PREPOSITIONS | _AS | INNER):
        before.pop()
    phrase = " ".join(p for p in (clean(before), clean([t for t in after if slot_of(t) != slot])) if p)
    return NounPhrase(slot, phrase, word)


def _main_place(tokens: list[str], places: list[int]) -> int:
    if len(places) == 1:
        return places[0]
    between = tokens[places[0] + 1 : places[1]]
    if any(t in _AS for t in between) or not between:
        return places[1]
    if any(t in _PREPOSITIONS for t in between):
        return places[0]
    return places[0]


def _wanted(text: str, old: NounPhrase | None = None) -> Draft:
    """What new thing a phrase asks for."""
    found = noun_phrase(text)
    slot, phrase = found.slot, found.phrase
    words = phrase.split()
    if re.fullmatch(r"(?:to )?(?:nothing|none|no(?: \S+)?|nothing at all)", text.strip()):
        return Draft("remove", (slot,) if slot else ())
    if words and all(w in RANDOM_WORDS or w in FILLERS for w in words) and any(w in RANDOM_WORDS for w in words) or _random(text):
        rest = clean([w for w in words if w not in RANDOM_WORDS])
        if not rest:
            return Draft("random", (slot,) if slot else ())
        phrase = rest
    if (
        not phrase
        and found.word in SOFT
        and re.search(
            r"(?:^|\s)(?:an?|some)\s+\S*$|^(?:wear |with |have |in )?(?:sunglasses|sunnies|"
            r"shades)$",
            text.split("~")[0],
        )
        and not (old and old.word == found.word)
    ):
        phrase = found.word
    pronoun = bool(re.search(r"\b(?:it|them|ones?|there|that|those)\b", text))
    return _shaded(Draft("replace", (slot,) if slot else (), phrase, pronoun=pronoun, open=not phrase))


def _random(text: str) -> bool:
    return (
        bool(
            re.match(
                r"^(?:a |an |some |the )?(?:random|different|another|other|new|any(?: old)?|surprise|some "
                r"other)\b",
                text,
            )
        )
        and not noun_phrase(text).phrase
    )


def _shaded(draft: Draft) -> Draft:
    """Turn "warmer" into more of "warm", and a bare colour into recolour."""
    words = draft.phrase.split()
    stronger = [COMPARATIVES[w] for w in words if w in COMPARATIVES]
    if stronger and all(w in COMPARATIVES or w in {"more", "shade", "tone"} for w in words):
        return replace(draft, verb="more", phrase=stronger[0])
    if says_colour(draft.phrase) and (draft.slots or draft.old):
        return replace(draft, verb="recolour")
    return draft


Frame = Callable[[str, Vocabulary], "Draft | None"]


def _take_back(text: str, vocabulary: Vocabulary) -> Draft | None:
    return Draft("undo") if UNDO.match(text) else None


def _keep(text: str, vocabulary: Vocabulary) -> Draft | None:
    for pattern in KEEPS:
        found = pattern.match(text)
        if found:
            np = noun_phrase(found["np"])
            words = np.phrase.split()
            rest = any(w in REST for w in found["np"].split()) or not (np.slot or words)
            return Draft("keep", (np.slot,) if np.slot else (), "" if rest else np.phrase)
    return None


def _remove(text: str, vocabulary: Vocabulary) -> Draft | None:
    if HEADLESS.search(text):
        return Draft("remove", ("head",))
    if PLAIN.search(text):
        return Draft("remove", ("accessory",))
    for pattern in REMOVES:
        found = pattern.match(text)
        if not found or re.search(r" (?:for|with|and put|to|into|becomes) (?!him|her|good)", found["np"] + " "):
            continue
        np = noun_phrase(re.sub(r"^(?:him|her|them) of ", "", found["np"]))
        np = replace(np, phrase=" ".join(w for w in np.phrase.split() if w not in RANDOM_WORDS | REST))
        if not np.slot and set(found["np"].split()) & REST:
            return Draft("problem", phrase="all:everything")
        return Draft("remove", (np.slot,) if np.slot else (), np.phrase, pronoun=not np.slot and not np.phrase)
    return None


def _swap(text: str, vocabulary: Vocabulary) -> Draft | None:
    for pattern in SWAPS:
        found = pattern.match(text)
        if not found or not found["old"].strip() or found["old"].split()[-1] in {"want", "need", "like"}:
            continue
        if pattern is SWAPS[5] and text.split()[0] in _PLACING and re.search(r" to (?!be|become)", text):
            continue
        old, draft = noun_phrase(found["old"]), _wanted(found["new"], noun_phrase(found["old"]))
        gone = "" if all(w in _NO_THING for w in old.phrase.split()) else old.phrase
        painted = draft.verb == "replace" and says_colour(draft.phrase) and not found["new"].startswith(("a ", "an "))
        if painted and not (old.slot or gone or draft.slots):
            return _shaded(replace(draft, slots=("body",) if ANIMATE.search(found["old"]) else (), verb="recolour", open=False))
        if not (old.slot or gone or draft.phrase or draft.slots):
            continue
        slots = draft.slots or ((old.slot,) if old.slot else ())
        pronoun, still_open = draft.pronoun or not (old.slot or gone), draft.open and draft.verb == "replace"
        return _shaded(replace(draft, slots=slots, old=gone, pronoun=pronoun, open=still_open))
    return None


def _surprise(text: str, vocabulary: Vocabulary) -> Draft | None:
    np = noun_phrase(text)
    slots = (np.slot,) if np.slot else ()
    if SURPRISE.search(text):
        return Draft("random", slots)
    if ANOTHER.fullmatch(text):
        return Draft("random", pronoun=True)
    if ANYTHING.fullmatch(text) and not slots:
        return Draft("random")
    if AT_RANDOM.search(text) and slots:
        return Draft("random", slots)
    return None


def _paint(text: str, vocabulary: Vocabulary) -> Draft | None:
    """Read "make the cat white", "paint him green", "dress him in red": a thing without a slot, and a colour."""
    found = PAINT.match(text)
    if not found or slot_of(text.split()[-1]) or not says_colour(found["colour"]) or noun_phrase(found["np"]).slot:
        return None
    if found["np"].split()[-1] in {"a", "an", "into"}:
        return None
    np = noun_phrase(found["np"])
    if np.phrase and not all(w in SUBJECTS | FILLERS for w in np.phrase.split()):
        return Draft("recolour", (), clean(found["colour"].split()), old=np.phrase)
    slots = ("body",) if ANIMATE.search(found["np"]) else ()
    return Draft("recolour", slots, clean(found["colour"].split()), pronoun=not slots)


def _mention(text: str, vocabulary: Vocabulary) -> Draft | None:
    """Read "this head is boring": nothing to do yet, but "it" means the head from now on."""
    if tired := TIRED.match(text):
        np = noun_phrase(tired["np"] or tired["dull"])
        return Draft("mention", (np.slot,) if np.slot else (), own=True)
    found = MENTION.match(text)
    if not found or is_colour(found["how"]) or key(found["how"]) in vocabulary.slots or found["how"] in COMPARATIVES | {"gone": ""}:
        return None
    return Draft("mention", (noun_phrase(found["np"]).slot,), own=True)


def _becomes(text: str, vocabulary: Vocabulary) -> Draft | None:
    found = BECOMES.match(text) or BE.match(text)
    if not found or (found.re is BECOMES and re.match(r"^(?:put|let) ", text) and not noun_phrase(found["np"]).slot):
        return None
    draft = _wanted(found["np"])
    return None if draft.open else replace(draft, pronoun=False)


def _rest(text: str, vocabulary: Vocabulary) -> Draft | None:
    verb = text.split()[0]
    found = None if verb in CHANGE else GIVES.match(text)
    given = verb in ADD or bool(found and found["np"] != text)
    draft = _wanted(found["np"] if found else re.sub(rf"^(?:{'|'.join(sorted(CHANGE))})(?: up| out)? ", "", text))
    words = [w for w in draft.phrase.split() if w not in {"more", "less"}]
    if re.search(r"\b(more|less)\b", text) and words and draft.verb in {"replace", "recolour"}:
        return replace(draft, verb="more" if re.search(r"\bmore\b", text) else "less", phrase=" ".join(words))
    if draft.open and verb in PAINTING | {"make", "set", "turn", "dye", "render"}:
        return replace(draft, verb="")
    if draft.verb == "replace" and verb not in CHANGE:
        draft = replace(draft, verb="add" if given else "")
    if (
        given
        and not draft.slots
        and re.match(
            r"^(?:wear|print|stick|slap|pin|stamp|add|put|place|attach|pop|"
            r"hang)\b",
            text,
        )
        and "accessory" in vocabulary.slots.get(key(draft.phrase), ())
    ):
        draft = replace(draft, slots=("accessory",))
    return draft


_FRAMES: tuple[Frame, ...] = (_keep, _take_back, _surprise, _mention, _remove, _swap, _paint, _becomes, _rest)


def read_clause(clause: Clause, vocabulary: Vocabulary) -> list[Draft]:
    """Read one clause.

    Args:
        clause: see core.studio.language.clauses.
        vocabulary: the parts' words.

    Returns:
        One draft, or none where nothing was said.
    """
    text = trim(clause.text)
    if text in {"no", "yes", "not", "nope", "off"}:
        return []
    own = clause.wish or bool(own_verb(tuple(text.split())))
    for frame in _FRAMES:
        draft = frame(text, vocabulary)
        if draft is not None:
            empty = not (draft.slots or draft.phrase or draft.old) and draft.verb not in {"random", "undo", "remove", "problem", "keep"}
            return [] if empty else [replace(draft, own=own, hard=clause.hard)]
    return []
