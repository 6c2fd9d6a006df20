"""Sentences to exact compositions, and refusals.

Three sets: templates over all parts (core/bench/nouns/templates.py); paraphrases and impossible requests
(core/bench/data/), written by somebody who never saw the parser, for whom the parser was never tuned. A request
succeeds where every slot that should change shows an acceptable part and every other slot is as before, read
from the final picture; an impossible one where the picture is untouched and a sentence says why.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.bench.record import Measured
from core.foundations.files import ROOT
from core.foundations.records import Edit, Picture, Result
from core.foundations.seeds import numpy_rng
from core.studio.fulfil import best_strength, rank
from core.studio.studio import Studio
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, owners, to_indices
from core.worlds.nouns.reader import read
from core.worlds.nouns.splits import draw_split

DATA = ROOT / "core" / "bench" / "data"


@dataclass(frozen=True)
class Asked:
    """A sentence, what it presupposes, and what must come of it.

    Attributes:
        start: parts the picture must have for the sentence to make sense.
        accept: for each slot that must change the part ids that are right.
        random: slots that must change to anything else.
        kind: for the table.
    """

    text: str
    start: dict[str, str]
    accept: dict[str, tuple[str, ...]]
    random: tuple[str, ...]
    kind: str

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Asked:
        """From a line of a data file."""
        accept = {slot: tuple(ids) for slot, ids in entry.get("accept", {}).items()}
        return cls(entry["text"], entry.get("start", {}), accept, tuple(entry.get("random", ())), entry.get("kind") or entry["why"])


def load(name: str) -> list[Asked]:
    """A data file."""
    return [Asked.of(entry) for entry in json.loads((DATA / f"{name}.json").read_text())]


def templates(count: int) -> list[Asked]:
    """Templated requests."""
    from core.bench.nouns.templates import templated

    made = templated(numpy_rng("bench templates"), count)
    return [Asked(r.text, dict(r.start), {k: tuple(v) for k, v in r.accept.items()}, tuple(r.random), r.kind) for r in made]


def start_of(asked: Asked, number: int) -> dict[str, str]:
    """A held-out composition that fits what the sentence presupposes and does not yet fulfil it, its body in sight."""
    art, rng = load_art(), numpy_rng("bench requests", asked.text, number)
    while True:
        row = draw_split(rng, 1, True)[0]
        composition = {slot: art.ids[slot][row[i]] for i, slot in enumerate(SLOTS)} | asked.start
        fulfilled = any(composition[slot] in ids for slot, ids in asked.accept.items() if slot not in asked.start)
        positions = np.array([[art.position(slot, composition[slot]) for slot in SLOTS]])
        in_sight = "accessory" in asked.start or (owners(positions) == SLOTS.index("body")).any()
        if not fulfilled and in_sight:
            return composition


def verdict(asked: Asked, start: dict[str, str], result: Result, before: Picture) -> str:
    """One word for what came of a request.

    Returns:
        "right", "wrong" (changed, but not as asked), "still" (unchanged and no refusal), "refused" or "unclear"
        (unchanged, with choices to pick from).
    """
    same = np.array_equal(np.asarray(result.picture.image), np.asarray(before.image))
    if same and (result.refusal or result.choices):
        return "refused" if result.refusal else "unclear"
    if same:
        return "still"
    reading = read(to_indices(np.asarray(result.picture.image))[None])
    art = load_art()
    for place, slot in enumerate(SLOTS):
        shown = art.ids[slot][reading.parts[0, place]]
        if slot in asked.accept:
            fits = shown in asked.accept[slot]
        elif slot in asked.random:
            fits = shown != start[slot]
        else:
            fits = shown == start[slot] or _looks_the_same(reading.parts[0], place, start[slot])
        if not fits:
            return "wrong"
    return "right" if asked.accept or asked.random else "wrong"


def _looks_the_same(parts: np.ndarray, place: int, wanted: str) -> bool:
    other = parts.copy()
    other[place] = load_art().position(SLOTS[place], wanted)
    return bool((draw(parts[None]) == draw(other[None])).all())


def by_bare_similarity(studio: Studio, picture: Picture, text: str) -> Result:
    """The plain way of papers/swiggle.md: embed the whole sentence, take the nearest handle, turn it, look no further."""
    near, _ = studio.library.lexicon.near([text], [[]], 1)[0]
    if not near:
        return Result(picture)
    entry = near[0].entry
    handle = rank(studio.library.by_part[entry.slot, entry.part])[0][0]
    return studio.edit(picture, (Edit(handle.id, best_strength(handle)[0]),))


def judge(studio: Studio, asked: list[Asked], answer: Any) -> dict[str, dict[str, float]]:
    """Shares of the verdicts, for all and for each kind."""
    tally: dict[str, list[str]] = defaultdict(list)
    for number, one in enumerate(asked):
        start = start_of(one, number)
        picture = studio.compose(start)
        found = verdict(one, start, answer(picture, one.text), picture)
        tally["all"].append(found)
        tally[one.kind].append(found)
    names = ("right", "wrong", "still", "refused", "unclear")
    return {kind: {name: verdicts.count(name) / len(verdicts) for name in names} for kind, verdicts in tally.items()}


def asking(studio: Studio) -> Any:
    """The studio's own answer, an error counting as a refusal."""
    from core.foundations.errors import RequestError

    def answer(picture: Picture, text: str) -> Result:
        try:
            return studio.request(picture, text)
        except RequestError as error:
            return Result(picture, refusal=str(error))

    return answer


def run(quick: bool) -> Measured:
    """All paraphrases and impossible requests (a sixth of them quick), and as many templates."""
    studio = Studio("nouns")
    sets = {"templated": templates(60 if quick else 500), "paraphrased": load("paraphrased"), "impossible": load("impossible")}
    if quick:
        sets = {name: asked[:: (1 if name == "templated" else 6)] for name, asked in sets.items()}
    judged = {name: judge(studio, asked, asking(studio)) for name, asked in sets.items()}
    total = sum(map(len, sets.values()))
    figures = {
        "templated": judged["templated"]["all"]["right"],
        "paraphrased": judged["paraphrased"]["all"]["right"],
        "refused": judged["impossible"]["all"]["refused"],
        "wrong": sum(judged[name]["all"]["wrong"] * len(asked) for name, asked in sets.items()) / total,
    }
    rows = {f"{name}, {kind}": shares for name, kinds in judged.items() for kind, shares in kinds.items()}
    bare = [a for a in sets["paraphrased"]][:: (1 if quick else 3)]
    rows["whole sentence, nearest handle"] = judge(studio, bare, lambda p, t: by_bare_similarity(studio, p, t))["all"]
    rows["do nothing"] = judge(studio, bare, lambda p, t: Result(p))["all"]
    return Measured("requests", figures, rows, {name: len(asked) for name, asked in sets.items()})
