"""Sentences to exact compositions, and refusals.

Sets: templates over all parts (core/bench/nouns/templates.py); paraphrases and impossible requests (core/bench/data/), which were
read while older rules were mended; and blind lists of 150 sentences each. Their writers (language models) saw the parts' pictures
and names alone, no code and no other list, and nobody who mends the reader has read a sentence of them. `blind_j` and `blind_k`
decide: they were opened when the reader was finished. `blind_a` to `blind_i` were counted before. A request succeeds
where every slot that should change shows an acceptable part and every other slot is as before, read from the final picture; an
impossible one where the picture is untouched and a sentence says why.
"""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
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
        exclude: for each slot that must change the part ids that are wrong.
        kind: for the table.
    """

    text: str
    start: dict[str, str]
    accept: dict[str, tuple[str, ...]]
    random: tuple[str, ...]
    kind: str
    exclude: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def possible(self) -> bool:
        """Whether anything should change."""
        return bool(self.accept or self.random or self.exclude)

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Asked:
        """From a line of a data file."""
        accept = {slot: tuple(ids) for slot, ids in entry.get("accept", {}).items()}
        exclude = {slot: tuple(ids) for slot, ids in entry.get("exclude", {}).items()}
        random, kind = tuple(entry.get("random", ())), entry.get("kind") or entry["why"]
        return cls(entry["text"], entry.get("start", {}), accept, random, kind, exclude)


def load(name: str) -> list[Asked]:
    """A data file; lists that no longer decide are packed."""
    plain = DATA / f"{name}.json"
    text = plain.read_text() if plain.exists() else gzip.decompress(plain.with_suffix(".json.gz").read_bytes()).decode()
    return [Asked.of(entry) for entry in json.loads(text)]


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
        elif slot in asked.random or slot in asked.exclude:
            fits = shown != start[slot] and shown not in asked.exclude.get(slot, ())
        else:
            fits = shown == start[slot] or _looks_the_same(reading.parts[0], place, start[slot])
        if not fits:
            return "wrong"
    return "right" if asked.possible else "wrong"


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


VERDICTS = ("right", "wrong", "still", "refused", "unclear", "offered")
BLIND = ("blind_j", "blind_k")
COUNTED = ("blind_a", "blind_b", "blind_c", "blind_d", "blind_e", "blind_f", "blind_g", "blind_h", "blind_i")
"""Blind lists that were counted while the reader was made."""
SAID = ("named", "several", "not", "keep")
"""Kinds of blind sentences that say what they want by its name."""


def offers(asked: Asked, result: Result) -> bool:
    """Whether what was asked for is done, or is among the five that a person may pick from."""
    picked = {(found.handle.slot, found.handle.part) for found in result.choices[:5]}
    return any((slot, part) in picked for slot, parts in asked.accept.items() for part in parts)


Judged = list[tuple[str, list[str]]]
"""Each sentence's kind, and what came of it: its verdict, and "offered" where what was asked for is done or offered."""


def poser(studio: Studio) -> Callable[[dict[str, str]], Picture]:
    """Compositions as pictures; one that is wanted again is not made again."""
    made = lru_cache(maxsize=None)(lambda parts: studio.compose(dict(parts)))
    return lambda composition: made(tuple(sorted(composition.items())))


def judge(pose: Callable[[dict[str, str]], Picture], asked: list[Asked], answer: Any) -> Judged:
    """What comes of each sentence."""
    judged = []
    for number, one in enumerate(asked):
        start = start_of(one, number)
        picture = pose(start)
        result = answer(picture, one.text)
        found = [verdict(one, start, result, picture)]
        if found[0] == "right" or offers(one, result):
            found.append("offered")
        judged.append((one.kind, found))
    return judged


def shares(judged: Judged) -> dict[str, dict[str, float]]:
    """Shares of the verdicts, for all and for each kind."""
    tally: dict[str, list[list[str]]] = defaultdict(list)
    for kind, found in judged:
        tally["all"].append(found)
        tally[kind].append(found)
    return {kind: {name: sum(name in one for one in found) / len(found) for name in VERDICTS} for kind, found in tally.items()}


def blind_figures(judged: dict[str, dict[str, float]], asked: list[Asked]) -> dict[str, float]:
    """The figures of the blind lists, together."""
    said = [one for one in asked if one.kind in SAID]
    right = sum(judged[kind]["right"] * sum(one.kind == kind for one in said) for kind in SAID if kind in judged)
    described, impossible = judged.get("described", {}), judged.get("impossible", {})
    return {
        "blind_right": right / max(1, len(said)),
        "blind_described": described.get("right", 0.0),
        "blind_described_offered": described.get("offered", 0.0),
        "blind_wrong": judged["all"]["wrong"],
        "blind_refused": impossible.get("refused", 0.0) + impossible.get("unclear", 0.0),
    }


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
    """All lists (a sixth of them quick), and as many templates; each sentence is judged once."""
    studio, every = Studio("nouns"), 6 if quick else 1
    pose = poser(studio)
    lists = {name: load(name)[::every] for name in ("paraphrased", "impossible", *BLIND, *COUNTED)}
    sets = {"templated": templates(60 if quick else 500), "paraphrased": lists["paraphrased"], "impossible": lists["impossible"]}
    several = {"blind": BLIND, "counted before": COUNTED}
    sets |= {name: [asked for one in names for asked in lists[one]] for name, names in several.items()}
    verdicts = {name: judge(pose, asked, asking(studio)) for name, asked in sets.items()}
    judged = {name: shares(found) for name, found in verdicts.items()}
    read = {name: asked for name, asked in sets.items() if name not in several}
    figures = {
        "templated": judged["templated"]["all"]["right"],
        "paraphrased": judged["paraphrased"]["all"]["right"],
        "refused": judged["impossible"]["all"]["refused"],
        "wrong": sum(judged[name]["all"]["wrong"] * len(asked) for name, asked in read.items()) / sum(map(len, read.values())),
        **blind_figures(judged["blind"], sets["blind"]),
    }
    for name, names in several.items():
        found = iter(verdicts[name])
        judged |= {one: shares([next(found) for _ in lists[one]]) for one in names}
    rows = {f"{name}, {kind}": found for name, kinds in judged.items() for kind, found in kinds.items()}
    bare = sets["paraphrased"][:: (1 if quick else 3)]
    nearest, nothing = lambda p, t: by_bare_similarity(studio, p, t), lambda p, t: Result(p)  # noqa: E731
    rows["whole sentence, nearest handle"] = shares(judge(pose, bare, nearest))["all"]
    rows["whole sentence, nearest handle, blind"] = shares(judge(pose, sets["blind"][::2], nearest))["all"]
    rows["do nothing"] = shares(judge(pose, bare, nothing))["all"]
    return Measured("requests", figures, rows, {name: len(asked) for name, asked in sets.items()})
