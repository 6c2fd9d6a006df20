"""A prompt to the Nouns of a scene that it asks for: what each looks like, where it stands, which way it faces, and the ground.

The grammar is that of the scenes' captions ("two characters; a shark with red glasses, at the top left, facing right; a cat, ...; on a
striped blue background") and its everyday neighbours ("a shark on the left and a cat in red glasses on the right, on a meadow"). What a
Noun looks like is read as any prompt for a single Noun is (core/studio/descriptions.py); here is only who is who, and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.foundations.errors import RequestError
from core.foundations.painted import LONGEST_SCENE, SCENE
from core.studio.descriptions import Prompted, Wanted
from core.studio.noun_painting import titles
from core.worlds.scenes.captions import COUNTS, ground_phrases
from core.worlds.scenes.compose import MOST
from core.worlds.scenes.grounds import COLOURS, HABITATS, KINDS

ROWS, COLUMNS = {"top": 0, "upper": 0, "bottom": 2, "lower": 2}, {"left": 0, "right": 2}
MIDDLE = 1

_PLACE = re.compile(
    r"(?:,\s*)?\b(?:standing\s+|sitting\s+)?(?:at|on|in|to|towards?)\s+the\s+(?:far\s+)?"
    r"(?:(?P<row>top|bottom|upper|lower)(?:[\s-]+(?P<side>left|right))?|(?P<column>left|right)|(?P<middle>middle|centre|center))"
    r"(?:\s+(?:side|corner|half))?\b(?!\s+of\b)"
)
_FACING = re.compile(r"(?:,\s*)?\b(?:facing|looking|turned)\s+(?:to\s+the\s+)?(?P<way>left|right)\b")
_BESIDE = re.compile(r"\s*\b(?:beside|next to|near|followed by|together with)\b\s*")
_LOOSE = re.compile(
    r"\s*\b(?P<how>behind|in front of|(?:looking|staring|smiling|waving|pointing) at|talking to|hugging|kissing|chasing|eating|riding|"
    r"fighting(?: with)?)\s+(?=an?\b|the\b|two\b|three\b|another\b)"
)
_OVER = re.compile(r"\s*,?\s*\b(?P<how>above|over|on top of|below|under|underneath|beneath)\s+(?=an?\b|another\b|two\b|three\b)")
_BETWEEN = re.compile(
    r"^(?P<who>.+?)\s*,?\s*\bbetween\s+(?:(?:two|a pair of)\s+(?P<twice>[^,;]+?)|(?P<one>[^,;]+?)\s+and\s+(?P<two>[^,;]+?))$"
)
_SIZED = re.compile(r"\s*,?\s*\b(?:far away|far off|in the distance|close up|up close)\b")
_EACH = re.compile(r"^(?:both|each|all)\b(?:\s+of\s+them)?\s*")
_SEVERAL = re.compile(
    r"^(?:an?\s+)?(?P<count>two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|dozen|hundred|pair of|trio of|[2-9]|1\d)"
    r"\s+(?P<what>\S.*)$"
)
_ORDER = re.compile(r"\s*,?\s*\b(?:to the\s+)?(?P<way>left|right) of\b\s*")
_CUT = re.compile(r"\s*(?:;|,|\band\b)\s*")
_COUNT = re.compile(r"\b(?:" + "|".join(re.escape(way.lower()) for ways in COUNTS for way in ways) + r")\b\s*[:;,]?")

MANY = {"pair of": 2, "two": 2, "2": 2, "trio of": 3, "three": 3, "3": 3, "four": 4, "4": 4}
"""How many of one kind; any other number is more than there is room for."""
LOOSE = "Who is {0} whom cannot be shown: the Nouns of a scene stand beside each other."
SIZED = "Near and far cannot be shown: all Nouns of a scene are equally large."
_AND = "\0"

Ground = tuple[int, int, int]
"""Kind and both colours, see `core.worlds.scenes.grounds`."""
Meaning = Callable[[str], Prompted]


@dataclass(frozen=True)
class Cell:
    """Where a Noun stands, in thirds of the room that there is: 0, 1 or 2 from the top and from the left; anywhere where None."""

    row: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class AskedNoun:
    """One Noun of a scene.

    Attributes:
        said: what it looks like.
        prompted: the parts that this asks for.
        cell: where it stands.
        mirrored: whether it faces left; either way where None.
    """

    said: str
    prompted: Prompted
    cell: Cell = Cell()
    mirrored: bool | None = None


@dataclass(frozen=True)
class AskedScene:
    """What a prompt asks for.

    Attributes:
        nouns: up to four, from left to right as they are named.
        ground: None where it is left open.
        told: sentences about what cannot be painted.
    """

    nouns: tuple[AskedNoun, ...]
    ground: Ground | None = None
    told: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def grounds() -> dict[str, Ground]:
    """Every phrase for a ground, the longest first, each with the first ground that it names."""
    found: dict[str, Ground] = {}
    for kind, name in enumerate(KINDS):
        for one in range(1) if name in HABITATS else range(len(COLOURS)):
            others = range(len(COLOURS)) if name == "graded" else [(one + 5) % len(COLOURS)]
            for other in (other for other in others if other != one or name in HABITATS):
                for phrase in ground_phrases(np.array([kind, one, other, 0])):
                    found.setdefault(phrase, (kind, one, other))
                for phrase in _other_words(name, tuple(COLOURS)[one]):
                    found.setdefault(phrase, (kind, one, other))
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def _other_words(kind: str, colour: str) -> tuple[str, ...]:
    """What people call a ground beside its captions: its colour first, what it is made of."""
    if kind in HABITATS or kind == "graded":
        return {"meadow": ("grass", "lawn", "green field")}.get(kind, ())
    made = {"brick": (f"{colour} bricks", f"{colour} brick wall", f"wall of {colour} bricks", "bricks", "brick wall")}.get(kind, ())
    plain = (f"{colour} ground", f"{colour} wall", f"{colour} backdrop") if kind == "plain" else ()
    return f"{colour} {kind} background", f"{kind} background", f"{kind} {colour} ground", f"{colour} {kind} ground", *plain, *made


def asked_scene(prompt: object, meaning: Meaning) -> AskedScene:
    """What a prompt asks for.

    Args:
        prompt: it.
        meaning: what a description of a single Noun asks for.

    Raises:
        RequestError: where it is empty, too long, or no text.
    """
    if not isinstance(prompt, str) or not prompt.strip():
        raise RequestError(f"Describe a scene, for example: {SCENE}.")
    if len(prompt) > LONGEST_SCENE:
        raise RequestError(f"This prompt has {len(prompt)} characters; {LONGEST_SCENE} is the most. Say less of each Noun.")
    text, ground = _grounded(" ".join(str(prompt).lower().split()))
    text = _COUNT.sub(" ", text).strip(" ,.;")
    loose = [LOOSE.format(found["how"]) for found in _LOOSE.finditer(text)]
    sized = [SIZED] if _SIZED.search(text) else []
    text = _LOOSE.sub(" ; ", _SIZED.sub("", text))
    cut = ";" in prompt  # as captions are
    clauses = [clause for clause in text.split(";") if clause.strip(" ,.")] if cut else _everyday(text)
    nouns = [noun for clause in clauses for noun in _nouns(clause, meaning, not cut)]
    told = [f"There is room for {MOST} Nouns in a scene, so the others were left out."] if len(nouns) > MOST else []
    return AskedScene(tuple(nouns[:MOST]), ground, (*told, *loose, *sized))


def _grounded(text: str) -> tuple[str, Ground | None]:
    """A prompt without what it says of the ground, and that ground: behind a word for where, or as a clause of its own."""
    for phrase, ground in grounds().items():
        if phrase not in text:
            continue
        named = rf"(?:an?\s+|the\s+|some\s+)?{re.escape(phrase)}\b"
        found = re.search(rf"(?:[;,]\s*)?\b(?:on|in|before|against|over|across|with|under)\s+{named}", text)
        found = found or (re.search(rf"(?:[;,]\s*|^){named}(?=\s*(?:[;,.]|$))", text) if phrase.endswith("background") else None)
        if found:
            return f"{text[: found.start()]};{text[found.end() :]}" if ";" in text else text[: found.start()] + text[found.end() :], ground
    return text, None


def _everyday(text: str) -> list[str]:
    """A prompt without semicolons cut behind every place and way of facing, and where one Noun is said to stand beside another."""
    text = " ; ".join(_between(clause) for clause in _BESIDE.split(text))
    text = _ORDER.sub(lambda found: f" on the {found['way']} ; ", text)
    text = _stacked(text)
    ends = sorted({found.end() for form in (_PLACE, _FACING) for found in form.finditer(text)})
    ends = [end for end in ends if not _FACING.match(text[end:].lstrip(" ,"))]  # a way of facing belongs to the Noun before it
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [clause for piece in pieces for clause in piece.split(";") if clause.strip(" ,.")]


def _between(clause: str) -> str:
    """A clause in which one stands between two, in the order in which they stand."""
    found = _BETWEEN.match(clause.strip(" ,."))
    if not found:
        return clause
    left, right = (found["twice"], found["twice"]) if found["twice"] else (found["one"], found["two"])
    return f"{left} ; {found['who']} ; {right}"


def _stacked(text: str) -> str:
    """Who stands above whom, as places; of three, only the first two are told apart."""
    found = _OVER.search(text)
    if not found or _PLACE.search(text):
        return text
    ways = ("top", "bottom") if found["how"] in ("above", "over", "on top of") else ("bottom", "top")
    return f"{text[: found.start()]} at the {ways[0]} ; {text[found.end() :]} at the {ways[1]}"


def _nouns(clause: str, meaning: Meaning, more: bool) -> list[AskedNoun]:
    """The Nouns of a clause: a further one begins with every further thing that is a head by itself; the last stands at its place.

    Args:
        more: whether there may be several; between semicolons there is one.
    """
    place, facing = _PLACE.search(clause), _FACING.search(clause)
    bare = _FACING.sub(" ", _PLACE.sub(" ", clause)).strip(" ,.")
    several: list[str] = []
    for name in _joined():
        bare = re.sub(rf"\b{re.escape(name)}\b", name.replace(" and ", _AND), bare)
    for piece in (piece.replace(_AND, " and ") for piece in _CUT.split(bare) if piece.strip(" ,.")):
        if several and (shared := _EACH.match(piece)):
            several = [f"{said} {piece[shared.end() :]}" for said in several]
            continue
        counted = None if piece.strip(" ,.") in titles() else _SEVERAL.match(piece)
        if counted:  # two sharks are two Nouns, two pairs of glasses may be a print
            several += [counted["what"]] * (MANY.get(counted["count"], 0) or MOST + 1)
            continue
        alone = meaning(piece).wanted
        if several and _worn(piece, meaning(several[-1]).wanted):
            several[-1] += f", {piece}"
            continue
        begins = bool(alone) and alone[0].slot == "head" and not re.match(r"(?:with|wearing|in|has|having)\b", piece)
        if several and not (more and begins):
            several[-1] += f", {piece}"
        else:
            several.append(piece)
    nouns = [AskedNoun(said, meaning(said)) for said in several]
    if nouns:
        last = nouns[-1]
        mirrored = facing["way"] == "left" if facing else None
        nouns[-1] = AskedNoun(last.said, last.prompted, _cell(place) if place else Cell(), mirrored)
    return nouns


@lru_cache(maxsize=1)
def _joined() -> tuple[str, ...]:
    """Names of parts with an "and" of their own, the longest first: "spaghetti and meatballs"."""
    return tuple(sorted((name for name in titles() if " and " in name), key=len, reverse=True))


def _worn(piece: str, before: Sequence[Wanted]) -> bool:
    """Whether what could be a Noun by itself is what the one before it wears: that one is dressed, and has nothing on its chest yet."""
    slots, name = {one.slot for one in before}, re.sub(r"^(?:an?|the)\s+", "", piece.strip())
    could_be = {slot for slot, _ in titles().get(name, ())}
    return could_be >= {"head", "accessory"} and "head" in slots and len(slots) > 1 and "accessory" not in slots


def _cell(found: re.Match[str]) -> Cell:
    """The cell that a place names; "at the left" is in the middle between top and bottom, as captions have it."""
    if found["middle"]:
        return Cell(MIDDLE, MIDDLE)
    if found["column"]:
        return Cell(MIDDLE, COLUMNS[found["column"]])
    return Cell(ROWS[found["row"]], COLUMNS[found["side"]] if found["side"] else MIDDLE)
