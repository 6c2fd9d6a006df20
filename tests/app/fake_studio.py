"""A stand-in for the studio: draws the real art by hand, edits by painting parts over, loads no model."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.foundations.errors import RecipeError, RequestError, StudioError
from core.foundations.files import asset
from core.foundations.images import open_image
from core.foundations.records import Change, Curve, Edit, Found, Handle, Loaded, Picture, Report, Result, SlotReading
from core.foundations.region import Region
from core.studio.feature_cards import FeatureCards, with_foreign
from core.studio.recipes import Recipe, painted_over, png_with, read_recipe, recipe_in, write_recipe
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, sample, to_indices, to_rgb
from core.worlds.scenes.world import SceneWorld
from tests.app.fake_classes import FakeClasses
from tests.app.fake_faces import FakeFaces, FakeWeights
from tests.app.fake_fool import FakeFool
from tests.app.fake_painting import FakePainting
from tests.app.fake_photos import FakePhotos
from tests.app.fake_rosetta import FakeRosetta, Inverted
from tests.app.fake_sight import FakeSight
from tests.app.fake_sprites import FakeSprites

PARTS = {
    "head": ("shark", "cat", "skeleton-hat", "crown", "pizza", "whale"),
    "glasses": ("square-red", "square-blue", "square-teal"),
    "body": ("red", "teal", "peachy-A"),
    "accessory": ("heart", "axe"),
    "background": ("cool", "warm"),
}
SEED_LIMIT = 2**31


@dataclass(frozen=True)
class Part:
    """A part for pickers."""

    id: str
    name: str


@lru_cache(maxsize=1)
def _names() -> dict:
    return json.loads(asset("nouns/names.json").read_text())


def _name(slot: str, part: str) -> str:
    return _names().get(slot, {}).get(part, {}).get("name", part.replace("-", " "))


def _handle(slot: str, part: str, number: int) -> Handle:
    name = f"{_name(slot, part)} {slot}"
    place = SLOTS.index(slot)
    angle = 2.4 * number
    spot = (0.15 + 0.17 * place + 0.05 * np.cos(angle), 0.5 + 0.3 * np.sin(angle))
    curve = Curve((-1.0, 0.0, 0.5, 1.0, 1.5, 2.0), (0.0, 0.0, 0.55, 0.95, 0.97, 0.9), (1.0, 1.0, 0.99, 0.96, 0.9, 0.8))
    return Handle(
        f"bundle:{slot}:{part}",
        "bundle",
        slot,
        part,
        name,
        (name,),
        0.93 - 0.05 * (number % 9),
        2.0,
        0.01 + 0.03 * (number % 7),
        curve,
        (number, number + 20, number + 40, number + 60),
        (number + 7, number + 9),
        (float(spot[0]), float(spot[1])),
    )


class FakeStudio(FakeRosetta, FakeClasses, FakeFool, FakePainting):
    """The studio's verbs without its models."""

    world = "nouns"
    slots = SLOTS
    places: tuple[str, ...] = ()
    editable = ("nouns", "faces")

    def __init__(self, delay: float = 0.0) -> None:
        self.delay, self.calls = delay, []
        art = load_art()
        chosen = [(s, p if p in art.ids[s] else art.ids[s][i]) for s, parts in PARTS.items() for i, p in enumerate(parts)]
        self.sight, self.sprites = FakeSight(self._work), FakeSprites(self._work)
        self.photos = FakePhotos(self._work)
        self.faces, self.face_weights = FakeFaces(self._work), FakeWeights()
        self._handles = {h.id: h for h in (_handle(s, p, i) for i, (s, p) in enumerate(dict.fromkeys(chosen)))}

    def _work(self, verb: str) -> None:
        self.calls.append(verb)
        time.sleep(self.delay)

    def _picture(self, indices: np.ndarray, origin: dict, fit: float = 1.0) -> Picture:
        return Picture(Image.fromarray(to_rgb(indices)), None, None, fit, origin)

    def _drawn(self, composition: Sequence[int]) -> Picture:
        origin = {"composition": [int(i) for i in composition]}
        return self._picture(draw(np.array([composition]))[0], origin)

    def sample(self, seed: int) -> Picture:
        """A random Noun."""
        self._work("sample")
        return self._drawn(sample(np.random.default_rng(seed), 1)[0])

    def compose(self, chosen: dict[str, str], seed: int = 0) -> Picture:
        """A Noun of chosen parts."""
        self._work("compose")
        row = sample(np.random.default_rng(seed), 1)[0]
        for slot, part in chosen.items():
            row[SLOTS.index(slot)] = load_art().position(slot, part)
        return self._drawn(row)

    def parts(self, slot: str) -> tuple[Part, ...]:
        """The parts of a slot."""
        return tuple(Part(i, _name(slot, i)) for i in load_art().ids[slot])

    def part_image(self, slot: str, part: str) -> Image.Image:
        """One part on a plain Noun."""
        row = np.array([0, 0, *(load_art().count(s) - 1 for s in SLOTS[2:])])
        row[SLOTS.index(slot)] = load_art().position(slot, part)
        return Image.fromarray(to_rgb(draw(row[None])[0]))

    ground = (213, 215, 225)

    def open(self, source: str | Path | Image.Image) -> Picture:
        """Any image."""
        self._work("open")
        small = open_image(source, self.ground).resize((32, 32), Image.Resampling.BOX)
        indices = to_indices(np.asarray(small))
        taken = self._picture(indices, {"pixels": base64.b64encode(indices.tobytes()).decode()}, 0.72)
        return replace(taken, original=small)

    def painted(self, image: Image.Image) -> dict[str, Any]:
        """In its own colours."""
        indices = to_indices(np.asarray(image))
        return {"image": Image.fromarray(to_rgb(indices)), "origin": {"pixels": base64.b64encode(indices.tobytes()).decode()}}

    def invert(self, picture: Picture, guide: str = "none", start: str = "encoder") -> Iterator[Inverted]:
        """Step by step."""
        return self.bring(picture, guide, start)

    def load(self, source: str | Path | Image.Image) -> Loaded:
        """A dropped file, with its stack if it carries one."""
        image = open_image(source, self.ground)
        recipe = recipe_in(image)
        if not recipe:
            return Loaded(self.open(image))
        picture, edits = self.replay(recipe)
        changed = painted_over(image, np.asarray(self.edit(picture, edits).picture.image))
        return Loaded(picture, edits, self.open(image) if changed else None)

    def read(self, picture: Picture) -> tuple[SlotReading, ...]:
        """What each slot shows."""
        row = picture.origin.get("composition")
        if row is None:
            return tuple(SlotReading(s, "", "something new", 0.3) for s in SLOTS)
        ids = (load_art().ids[s][i] for s, i in zip(SLOTS, row, strict=True))
        return tuple(SlotReading(s, i, _name(s, i), 1.0) for s, i in zip(SLOTS, ids, strict=True))

    def find(self, text: str, limit: int = 5, picture: Picture | None = None, among: Sequence[FeatureCards] = ()) -> tuple[Found, ...]:
        """Handles by words."""
        if not text.strip():
            raise RequestError('Type what you are looking for, such as "shark".')
        words = set(text.lower().split())
        scored = [(sum(w in h.name for w in words) / len(words), h) for h in self._handles.values()]
        scored.sort(key=lambda pair: -pair[0])
        return with_foreign([Found(h, "add", 1.0, s, h.name) for s, h in scored[:limit]], among, text, limit)

    def request(self, picture: Picture, sentence: str, stack: Sequence[Edit] = ()) -> Result:
        """A sentence."""
        self._work("request")
        stack = tuple(stack)
        if "undo" in sentence:
            return Result(picture, stack[:-1], None, None, (), True)
        if "something" in sentence:
            return Result(self.edit(picture, stack).picture, stack, choices=self.find("head"))
        found = [f for f in self.find(sentence.lower(), 1) if set(f.handle.name.split()) & set(sentence.lower().split()) - {f.handle.slot}]
        if not found:
            sorry = f"The model does not know “{sentence}”. The nearest things that it knows are below."
            return Result(self.edit(picture, stack).picture, stack, None, sorry, self.find(sentence, 5))
        return self.edit(picture, (*stack, Edit(found[0].handle.id, 1.0, within=picture.within)), len(stack))

    def scene(self, seed: int) -> Picture:
        """A scene."""
        self._work("scene")
        return SceneWorld().picture(seed)

    def within(self, picture: Picture, region: Region | None) -> Picture:
        """Requests may touch a region only."""
        return replace(picture, within=region)

    def edit(self, picture: Picture, edits: Sequence[Edit], since: int = 0) -> Result:
        """A stack, replayed."""
        self._work("edit")
        edits = tuple(edits)
        before, after = self._played(picture, edits[:since]), self._played(picture, edits)
        return Result(after, edits, self._report(before, after, edits[since:]))

    def _played(self, picture: Picture, edits: Sequence[Edit]) -> Picture:
        for edit in edits:
            if edit.muted or edit.strength <= 0:
                continue
            after = self._turned(picture, edit)
            if edit.within:
                mixed = np.where(edit.within.allowed[..., None], np.asarray(after.image), np.asarray(picture.image))
                after = replace(picture, image=Image.fromarray(mixed))
            picture = after
        return picture

    def _turned(self, picture: Picture, edit: Edit) -> Picture:
        """A picture that is as it was composed is composed anew; on any other the part is painted over what is there."""
        handle, row = self.handle(edit.handle), picture.origin.get("composition")
        part, origin = load_art().position(handle.slot, handle.part), picture.origin
        pixels, composed = to_indices(np.asarray(picture.image)).copy(), bool(row) and np.array_equal(self._drawn(row).image, picture.image)
        if row and edit.strength >= 0.5:
            origin = {**origin, "composition": [part if s == handle.slot else i for s, i in zip(SLOTS, row, strict=True)]}
        if composed and edit.strength >= 1:
            pixels = draw(np.array([origin["composition"]]))[0]
        else:
            layer, rows = load_art().layers[handle.slot][part], np.arange(32)[:, None] % 4 < round(4 * min(edit.strength, 1.0))
            np.copyto(pixels, layer, where=(layer > 0) & rows)
        return replace(self._picture(pixels, origin, picture.fit), within=picture.within)

    def _report(self, before: Picture, after: Picture, edits: Sequence[Edit]) -> Report:
        wanted, where = {self.handle(e.handle).slot for e in edits}, {e.within for e in edits}
        pairs = zip(self.read(before), self.read(after), strict=True)
        changes = tuple(Change(a.slot, a, b, a.slot in wanted) for a, b in pairs)
        difference = (np.asarray(before.image) != np.asarray(after.image)).any(-1)
        named = [f"the {c.slot} is now {c.after.name}" for c in changes if c.changed]
        inside = "".join(f", {region.told}" for region in where if region and len(where) == 1)
        sentence = (", ".join(named) or "nothing that can be named changed") + f"{inside}."
        return Report(changes, float(difference.mean()), 0.0, sentence[0].upper() + sentence[1:], difference)

    def handles(self) -> tuple[Handle, ...]:
        """All handles."""
        return tuple(self._handles.values())

    def handle(self, id: str) -> Handle:
        """One handle."""
        if id not in self._handles:
            raise StudioError("That feature does not exist here. Pick another from the list.")
        return self._handles[id]

    def activations(self, picture: Picture) -> dict[str, float]:
        """What is active."""
        self._work("activations")
        parts = {(r.slot, r.part) for r in self.read(picture)}
        return {h.id: (1.0 if (h.slot, h.part) in parts else 0.3) for i, h in enumerate(self._handles.values()) if i % 3 == 0}

    def handle_image(self, id: str) -> Image.Image:
        """What a handle does on a plain Noun."""
        handle = self.handle(id)
        return self.part_image(handle.slot, handle.part)

    def examples(self, id: str) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
        """Best and worst."""
        handle = self.handle(id)
        best = tuple(self.compose({handle.slot: handle.part}, s) for s in handle.best)
        return best, tuple(self.sample(s) for s in handle.worst)

    def recipe(self, picture: Picture, edits: Sequence[Edit]) -> str:
        """As JSON."""
        return write_recipe(self.world, Recipe(picture.origin, tuple(edits), picture.within))

    def replay(self, text: str) -> tuple[Picture, tuple[Edit, ...]]:
        """From JSON."""
        read = read_recipe(text, self.world, 32)
        origin, edits = read.origin, read.edits
        try:
            for edit in edits:
                self.handle(edit.handle)
            if "composition" in origin:
                drawn = self._drawn(origin["composition"])
                return replace(drawn, origin=origin, within=read.within), edits
            raw = np.frombuffer(base64.b64decode(origin["pixels"]), np.uint8).reshape(32, 32)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise RecipeError("This recipe cannot be read. Save a picture again and use the new one.") from error
        return replace(self._picture(raw, origin, 0.72), within=read.within), edits

    def save(self, picture: Picture, edits: Sequence[Edit], path: str | Path) -> None:
        """The result's PNG with the recipe inside."""
        image = self.edit(picture, edits).picture.image.resize((256, 256), Image.Resampling.NEAREST)
        image.save(path, pnginfo=png_with(self.recipe(picture, edits)))

    def saving(self, picture: Picture, edits: Sequence[Edit], path: str | Path, whole: bool = False) -> Iterator[float]:
        """At once."""
        self.save(picture, edits, path)
        yield 1.0
