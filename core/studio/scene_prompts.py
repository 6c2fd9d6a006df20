"""A prompt to the Nouns of a scene that it asks for: what each looks like, where it stands, which way it faces, and the ground.

The grammar is that of the scenes' captions ("two characters; a shark with red glasses, at the top left, facing right; a cat, ...; on a
striped blue background") and its everyday neighbours ("a shark on the left and a cat in red glasses on the right, on a meadow"). What a
Noun looks like is read as any prompt for a single Noun is (core/studio/descriptions.py); here is only who is who, and where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.foundations.errors import RequestError
from core.foundations.painted import LONGEST_SCENE, SCENE
from core.studio.descriptions import Prompted
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
_ORDER = re.compile(r"\s*,?\s*\b(?:to the\s+)?(?P<way>left|right) of\b\s*")
_CUT = re.compile(r"\s*(?:;|,|\band\b)\s*")
_COUNT = re.compile(r"\b(?:" + "|".join(re.escape(way.lower()) for ways in COUNTS for way in ways) + r")\b\s*[:;,]?")

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
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


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
    text = _COUNT.sub(" ", text)
    cut = ";" in prompt  # as captions are
    clauses = [clause for clause in text.split(";") if clause.strip(" ,.")] if cut else _everyday(text)
    nouns = [noun for clause in clauses for noun in _nouns(clause, meaning, not cut)]
    told = [f"There is room for {MOST} Nouns in a scene, so the others were left out."] if len(nouns) > MOST else []
    return AskedScene(tuple(nouns[:MOST]), ground, tuple(told))


def _grounded(text: str) -> tuple[str, Ground | None]:
    """A prompt without what it says of the ground, and that ground."""
    for phrase, ground in grounds().items():
        found = re.search(rf"(?:[;,]\s*)?\b(?:on|in|before|against|over|across)\s+(?:an?\s+|the\s+|some\s+)?{re.escape(phrase)}\b", text)
        if found:
            return f"{text[: found.start()]};{text[found.end() :]}" if ";" in text else text[: found.start()] + text[found.end() :], ground
    return text, None


def _everyday(text: str) -> list[str]:
    """A prompt without semicolons cut behind every place and way of facing, and where one Noun is said to stand beside another."""
    text = _ORDER.sub(lambda found: f" on the {found['way']} ; ", _BESIDE.sub(" ; ", text))
    ends = sorted({found.end() for form in (_PLACE, _FACING) for found in form.finditer(text)})
    ends = [end for end in ends if not _FACING.match(text[end:].lstrip(" ,"))]  # a way of facing belongs to the Noun before it
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=True)]
    return [clause for piece in pieces for clause in piece.split(";") if clause.strip(" ,.")]


def _nouns(clause: str, meaning: Meaning, more: bool) -> list[AskedNoun]:
    """The Nouns of a clause: a further one begins with every further thing that is a head by itself; the last stands at its place.

    Args:
        more: whether there may be several; between semicolons there is one.
    """
    place, facing = _PLACE.search(clause), _FACING.search(clause)
    bare = _FACING.sub(" ", _PLACE.sub(" ", clause)).strip(" ,.")
    several: list[str] = []
    for piece in (piece for piece in _CUT.split(bare) if piece.strip(" ,.")):
        alone = meaning(piece).wanted
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


def _cell(found: re.Match[str]) -> Cell:
    """The cell that a place names; "at the left" is in the middle between top and bottom, as captions have it."""
    if found["middle"]:
        return Cell(MIDDLE, MIDDLE)
    if found["column"]:
        return Cell(MIDDLE, COLUMNS[found["column"]])
    return Cell(ROWS[found["row"]], COLUMNS[found["side"]] if found["side"] else MIDDLE)
