"""Sentences to states: 200 of them, written blind, from the names of slots and states alone, and 100 older ones.

Their writers had seen no table of the language, and nobody who mended the reader had read one of them before they were first counted;
the older ones have been read since. What a sentence presupposes was added to nine of the 200 after that: what is to be kept has to be
there, and where it was not, the reader wanted it brought about (.85 right and .065 wrong then). A sentence counts as right
where it turns exactly the slots that it should, each towards an acceptable state, be it all the way or by more or less of something;
as wrong where something else is done; an impossible one is right where it is refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.foundations.errors import RequestError
from core.foundations.files import ROOT
from core.language.resolve import Resolved
from core.worlds.faces.slots import SLOTS

LIST, WORN = (ROOT / "core" / "bench" / "data" / f"{name}.json" for name in ("faces_blind_b", "faces_blind"))
VERDICTS = ("right", "wrong", "refused")
ORDINARY = {
    "expression": "neutral",
    "mouth": "closed",
    "age": "middle-aged",
    "glasses": "none",
    "hat": "none",
    "hair colour": "brown",
    "hair length": "short",
    "beard": "none",
    "lips": "plain",
    "turn": "ahead",
    "nod": "level",
    "background": "middle",
    "setting": "plain",
}
"""What a face shows where a sentence presupposes nothing."""


@dataclass(frozen=True)
class Asked:
    """A sentence, what it presupposes, and what must come of it.

    Attributes:
        text: as it is typed.
        kind: for the table.
        start: states that the face must show for the sentence to make sense.
        accept: for each slot that must turn, the states that are right.
        keep: slots that the sentence says should stay; they are none of those that must turn.
    """

    text: str
    kind: str
    accept: Mapping[str, Sequence[str]]
    start: Mapping[str, str] = field(default_factory=dict)
    keep: Sequence[str] = ()

    @property
    def reading(self) -> dict[str, str]:
        """What the face shows."""
        return {**ORDINARY, **self.start}


def load(path: Path = LIST) -> list[Asked]:
    """A list."""
    return [Asked(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def verdict(asked: Asked, found: Resolved) -> str:
    """What would come of it: right, wrong (something else would be done), or refused (nothing would, and a sentence says why)."""
    if found.refusal or not found.targets:
        return "refused" if asked.accept else "right"
    if {target.slot for target in found.targets} != set(asked.accept):
        return "wrong"
    fits = all(target.parts and target.parts[0] in asked.accept[target.slot] for target in found.targets)
    return "right" if fits else "wrong"


def judge(asked: Sequence[Asked], understand: Callable[[str, Mapping[str, str]], Resolved]) -> list[str]:
    """What comes of each sentence; one that cannot be read at all is refused."""
    found = []
    for one in asked:
        try:
            found.append(verdict(one, understand(one.text, one.reading)))
        except RequestError:
            found.append("refused" if one.accept else "right")
    return found


def rows(asked: Sequence[Asked], verdicts: Sequence[str]) -> dict[str, dict[str, float]]:
    """Shares of the verdicts by kind."""
    table = {}
    for kind in dict.fromkeys(one.kind for one in asked):
        own = [verdict for one, verdict in zip(asked, verdicts, strict=True) if one.kind == kind]
        table[f"sentences, {kind}"] = {**{name: own.count(name) / len(own) for name in VERDICTS}, "cases": float(len(own))}
    return table


def figures(verdicts: Sequence[str]) -> dict[str, float]:
    """sentences_right and sentences_wrong."""
    return {f"sentences_{name}": verdicts.count(name) / max(1, len(verdicts)) for name in ("right", "wrong")}


def whole_sentence(embed: Callable[[list[str]], Any]) -> Callable[[str, Mapping[str, str]], Resolved]:
    """The plain way: the state whose name is nearest to the whole sentence, looked at no further."""
    from core.language.resolve import Target

    named = [one for slot in SLOTS.values() for one in slot.states]
    vectors = embed([one.name for one in named])

    def understand(text: str, reading: Mapping[str, str]) -> Resolved:
        nearest = named[int((vectors @ embed([text])[0]).argmax())]
        return Resolved((Target(nearest.slot, (nearest.id,), "replace"),))

    return understand
