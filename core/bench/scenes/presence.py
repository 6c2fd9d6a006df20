"""Texts that are in scenes, and texts that are not: the questions behind the one rule of what is there at all.

A text is there where a part of that name is clearly seen, a head or a print of that kind, that ground, that many Nouns, or
a Noun at that place or looking that way. It is absent
where nothing in the scene, seen or hidden, shares a word with any name of the part, a colour with colours, or a kind with
kinds that lie close, nor a Noun at a place that shares a word with it; what lies between is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.bench.scenes.truth import FEWEST
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.clip import Clip
from core.train.presence import Questions
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import NOTHING, Part, parts, shown
from core.worlds.scenes.captions import COUNTS, FACING, HELD_OUT_WAYS, PLACES, WAYS, ground_phrases, names_of, place_of
from core.worlds.scenes.compose import Scenes, draw_scenes, mask, sample
from core.worlds.scenes.grounds import COLOURS, HABITATS, KINDS

GROUPS = {
    "animal": ("an animal", "animal"),
    "food": ("something to eat", "food"),
    "tool": ("a tool",),
    "building": ("a building",),
    "vehicle": ("a vehicle",),
    "plant": ("a plant",),
    "instrument": ("a musical instrument",),
    "electronics": ("a machine", "an electronic device"),
    "furniture": ("furniture",),
    "sport": ("something for sport",),
    "jewellery": ("jewellery",),
    "clothing": ("clothing",),
}
"""Kinds of heads and prints, and what they are called."""
CLOSE = {
    "animal": {"creature", "body part"},
    "plant": {"food", "landscape"},
    "food": {"plant", "animal"},
    "tool": {"household", "sport", "instrument"},
    "electronics": {"household", "vehicle", "instrument", "tool"},
    "vehicle": {"space"},
    "building": {"landscape", "furniture"},
    "furniture": {"household"},
    "instrument": {"household", "electronics"},
    "sport": {"toy"},
    "jewellery": {"money", "symbol", "clothing"},
    "clothing": {"jewellery", "sport"},
}
"""Kinds of which it could be argued: where one is there, the other is not asked for as absent."""
_PLAIN = frozenset("a an the of on in with and or to for from body print head glasses background shirt".split())
_TRIES = 30
BATCH = 50


@dataclass(frozen=True)
class Presences:
    """Scenes, and texts that are there or not.

    Attributes:
        images: RGB uint8 `[n 64 64 3]`.
        texts: every text once.
        picture: of each question, into images `[q]`.
        text: into texts `[q]`.
        there: `[q]` bool.
        about: what each question is about: a slot, "group", "ground", "count", "place" or "direction".
    """

    images: np.ndarray
    texts: list[str]
    picture: np.ndarray
    text: np.ndarray
    there: np.ndarray
    about: list[str]


def presences(purpose: str, count: int, held_out: bool) -> Presences:
    """Questions about `count` scenes, about a dozen each; of held-out compositions in held-out words where `held_out`."""
    rng, apart = numpy_rng("presence", purpose), numpy_rng("presence", purpose, "stands")
    scenes = sample(rng, count, held_out)
    rgb, owner = draw_scenes(scenes)
    rows = [(i, *row) for i in range(count) for row in (*_of_scene(rng, scenes, owner[i], i, held_out), *_stands(apart, scenes, i))]
    texts = sorted({row[1] for row in rows})
    place = {text: number for number, text in enumerate(texts)}
    picture, there = np.array([row[0] for row in rows]), np.array([row[2] for row in rows])
    return Presences(rgb, texts, picture, np.array([place[row[1]] for row in rows]), there, [row[3] for row in rows])


Row = tuple[str, bool, str]


def _of_scene(rng: np.random.Generator, scenes: Scenes, owner: np.ndarray, i: int, held_out: bool) -> Iterator[Row]:
    here: dict[str, list[Part]] = {slot: [] for slot in SLOTS[1:]}
    clear: dict[str, list[Part]] = {slot: [] for slot in SLOTS[1:]}
    for k in range(scenes.count[i]):
        for slot in SLOTS[1:]:
            part, seen = parts(slot)[scenes.nouns[i, k, SLOTS.index(slot)]], int(mask(owner, slot, k).sum())
            if seen and part.id != BARE.get(slot) and part.kind != NOTHING:
                here[slot].append(part)
                clear[slot] += [part] if seen >= FEWEST else []
    for slot in SLOTS[1:]:
        if clear[slot]:
            yield _said(rng, clear[slot][int(rng.integers(len(clear[slot])))], held_out), True, slot
        if absent := _absent(rng, slot, here):
            yield _said(rng, absent, held_out), False, slot
    yield from _groups(rng, here, clear)
    yield from _grounds(rng, scenes.grounds[i])


def words_of_part(part: Part) -> set[str]:
    """The words of all its names that say what it is."""
    return {word for name in (part.name, *part.synonyms) for word in name.replace("-", " ").split()} - _PLAIN


def _absent(rng: np.random.Generator, slot: str, here: dict[str, list[Part]]) -> Part | None:
    """A part that shares nothing with what is there; None where none was found."""
    things = here["head"] + here["accessory"] if slot in ("head", "accessory") else here[slot]
    for _ in range(_TRIES):
        part = parts(slot)[int(rng.integers(len(parts(slot))))]
        if part.id == BARE.get(slot) or part.kind == NOTHING or any(words_of_part(part) & words_of_part(other) for other in things):
            continue
        if slot in ("head", "accessory") or not any(set(part.colours) & set(other.colours) for other in things):
            return part
    return None


def _said(rng: np.random.Generator, part: Part, held_out: bool) -> str:
    """One of a part's names; half of the time of those that no caption of training uses, where `held_out`."""
    strange = held_out and rng.random() < 0.5
    names = names_of(part, strange) or names_of(part)
    plain = shown(Part(part.slot, part.id, names[int(rng.integers(len(names)))], (), part.kind, part.colours))
    ways = (HELD_OUT_WAYS if strange else WAYS)[part.slot]
    return ways[int(rng.integers(len(ways)))].format(plain) if rng.random() < 0.5 else plain


def _groups(rng: np.random.Generator, here: dict[str, list[Part]], clear: dict[str, list[Part]]) -> Iterator[Row]:
    kinds = {part.kind for part in here["head"] + here["accessory"]}
    seen = {part.kind for part in clear["head"]}
    order = [list(GROUPS)[place] for place in rng.permutation(len(GROUPS))]
    there = next((kind for kind in order if kind in seen), None)
    absent = next((kind for kind in order if kind not in kinds and not CLOSE[kind] & kinds), None)
    for kind, present in ((there, True), (absent, False)):
        if kind:
            yield _one(rng, GROUPS[kind]), present, "group"


def _grounds(rng: np.random.Generator, ground: np.ndarray) -> Iterator[Row]:
    own = ground_phrases(ground)
    yield _one(rng, own), True, "ground"
    for _ in range(_TRIES):
        kind, first, second = rng.integers(len(KINDS) - len(HABITATS)), rng.integers(len(COLOURS)), rng.integers(len(COLOURS))
        text = _one(rng, ground_phrases(np.array([kind, first, second, 0])))
        if first != second and not (set(text.split()) & set(" ".join(own).split())) - _PLAIN:
            yield text, False, "ground"
            return


def _stands(rng: np.random.Generator, scenes: Scenes, i: int) -> Iterator[Row]:
    """How many Nouns, where one stands, and which way it looks."""
    count = int(scenes.count[i])
    taken = sorted({place_of(corner) for corner in scenes.corners[i, :count]})
    far = [place for place in PLACES if not any(set(place.split()) & set(other.split()) for other in taken)]
    ways = set(scenes.mirrored[i, :count].tolist())
    yield _one(rng, COUNTS[count - 1]), True, "count"
    yield _one(rng, [text for texts in COUNTS if texts != COUNTS[count - 1] for text in texts]), False, "count"
    yield f"at the {_one(rng, taken)}", True, "place"
    if far:
        yield f"at the {_one(rng, far)}", False, "place"
    for turned, text in enumerate(FACING):
        yield text, bool(turned) in ways, "direction"


def _one(rng: np.random.Generator, texts: Sequence[str]) -> str:
    return texts[int(rng.integers(len(texts)))]


def questions_of(clip: Clip, asked: Presences) -> Questions:
    """The same for a rule and a CLIP."""

    def batches() -> Iterator[Tensor]:
        for start in range(0, len(asked.images), BATCH):
            yield to_tensor(asked.images[start : start + BATCH])

    picture, text, there = (torch.from_numpy(rows) for rows in (asked.picture, asked.text, asked.there))
    return Questions(batches, clip.embed_texts(asked.texts), picture, text, there, clip.near(asked.texts))
