"""A stand-in for the world of faces: heads drawn by hand, turned by drawing them anew; what must be fetched first, in steps."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.foundations.errors import PictureError, RecipeError, RequestError, StudioError, WeightsError
from core.foundations.images import WHITE, open_image
from core.foundations.records import Change, Curve, Edit, Found, Handle, Loaded, Picture, Report, Result, SlotReading, Word
from core.foundations.region import Region
from core.foundations.stayed import Stayed
from core.studio.recipes import Recipe, png_with, read_recipe, recipe_in, write_recipe
from core.worlds.faces.alignment import Frame
from core.worlds.faces.photograph import NO_FACE, Photograph
from tests.app.fake_photos import FakePhotos, FakePhotoSight
from tests.app.fake_rosetta import FakeRosetta

SIDE = 256
PARTS = {
    "expression": ("neutral", "smiling"),
    "age": ("young", "old"),
    "glasses": ("none", "glasses"),
    "hair colour": ("dark", "blond"),
    "identity": ("same",),
}
WORDS = {"smile": ("expression", "smiling"), "older": ("age", "old"), "glasses": ("glasses", "glasses"), "blond": ("hair colour", "blond")}
UNREACHABLE = "The registry cannot be reached from here."


@dataclass(frozen=True)
class Part:
    """A state of a slot."""

    id: str
    name: str


def painted(seed: int, turned: dict[str, float]) -> Image.Image:
    """A head, soft as a photograph; what turns it by how much."""
    rng = np.random.default_rng(abs(seed))
    skin = tuple(int(v) for v in rng.integers((180, 130, 100), (240, 190, 160)))
    dark, blond = np.array((60, 40, 30)), np.array((225, 185, 95))
    hair = tuple(int(v) for v in dark + (blond - dark) * min(max(turned.get("hair colour", 0.0), 0.0), 1.0))
    image = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in rng.integers(90, 200, 3)))
    pen, wide = ImageDraw.Draw(image), int(rng.integers(52, 66))
    pen.ellipse((128 - wide - 16, 30, 128 + wide + 16, 220), fill=hair)
    pen.ellipse((128 - wide, 60, 128 + wide, 225), fill=skin)
    for x in (102, 154):
        pen.ellipse((x - 6, 118, x + 6, 130), fill=(30, 30, 40))
        if turned.get("glasses", 0.0) > 0.5:
            pen.ellipse((x - 20, 104, x + 20, 144), outline=(150, 30, 30), width=5)
    for line in range(round(4 * max(turned.get("age", 0.0), 0.0))):
        pen.line((100, 74 + 7 * line, 156, 74 + 7 * line), fill=tuple(v - 40 for v in skin), width=2)
    bend = int(16 * max(turned.get("expression", 0.0), 0.0))
    pen.line((104, 180, 128, 180 + bend, 152, 180), fill=(150, 50, 50), width=7, joint="curve")
    return image.filter(ImageFilter.GaussianBlur(1.5))


def own(seed: int) -> dict:
    """The origin of a portrait: far too long for a link."""
    return {"seed": seed, "numbers": base64.b64encode(np.random.default_rng(seed).bytes(20_000)).decode()}


class Nearer(NamedTuple):
    """A step of an inversion."""

    picture: Picture
    psnr: float
    lpips: float
    step: int
    steps: int


class FakeWeights:
    """What is fetched for faces.

    Args:
        ready: whether it is here from the start.
        reachable: whether it can be fetched.
        pace: seconds for each of ten steps.
    """

    use = "For research and evaluation only."
    megabytes = 137

    def __init__(self, ready: bool = True, reachable: bool = True, pace: float = 0.0) -> None:
        self.ready, self.reachable, self.pace = ready, reachable, pace

    def fetch(self, progress: Callable[[float], None]) -> None:
        """Ten steps."""
        if not self.reachable:
            raise WeightsError(UNREACHABLE)
        for step in range(11):
            progress(step / 10)
            time.sleep(self.pace)
        self.ready = True


class FakeFaceSight(FakePhotoSight):
    """A photograph's, which knows the parts of a face too."""

    def parts(self, picture: Picture, limit: int = 8) -> tuple[Word, ...]:
        """The parts that are there."""
        return tuple(Word(name, 0.9) for name in ("hair", "background", "lips")[:limit])


class FakeFaces(FakeRosetta):
    """The studio's verbs for faces."""

    world = "faces"
    slots = tuple(PARTS)
    places = ("hair", "lips")
    ground = WHITE

    def __init__(self, work: Callable[[str], None] = lambda verb: None) -> None:
        self._work, self.sight = work, FakeFaceSight(FakePhotos(work), work)
        curve = Curve((0.0, 1.0, 2.0), (0.0, 0.9, 0.9), (1.0, 0.95, 0.9))
        rows = [(slot, part) for slot, parts in PARTS.items() for part in parts[1:]]
        self._handles = {
            f"line:{slot}:{part}": Handle(f"line:{slot}:{part}", "direction", slot, part, part, (part,), 0.9, 1.0, 0.2, curve)
            for slot, part in rows
        }

    def _picture(self, origin: dict, fit: float = 1.0) -> Picture:
        return Picture(painted(origin["seed"], {}), None, None, fit, origin)

    def sample(self, seed: int) -> Picture:
        """A face by its seed."""
        self._work("face")
        return self._picture({"seed": seed})

    def open(self, source: str | Path | bytes | Image.Image) -> Picture:
        """A photograph with as many faces in a row as it is longer than high, the last the largest; a plain one has none."""
        image = open_image(source, WHITE)
        if np.ptp(np.asarray(image), (0, 1)).max() < 9:
            raise PictureError(NO_FACE)
        count, high = max(1, round(image.width / image.height)), image.height
        wide = image.width / count
        frames = [Frame(wide * (at + 0.5), high / 2, high * (0.3 + 0.1 * at / count), 0.0) for at in range(count)]
        return self._taken(Photograph(image, tuple(frames[::-1])))

    def _taken(self, photograph: Photograph) -> Picture:
        small = photograph.cut(SIDE)
        seed = int(hashlib.sha256(small.tobytes()).hexdigest()[:6], 16)
        return replace(self._picture(own(seed), 0.9), original=small, photograph=photograph)

    def face(self, picture: Picture, at: int) -> Picture:
        """Another face of a photograph."""
        return self._taken(picture.photograph.face(at))

    def put_back(self, picture: Picture, edits: Sequence[Edit], longest: int | None = None) -> Image.Image:
        """The photograph with the face laid on it as it is, without a seam that is hidden."""
        self._work("put back")
        photograph = picture.photograph.small(longest or max(picture.photograph.image.size))
        image, frame = photograph.image.copy(), photograph.frame
        edited = self._played(picture, edits).image
        image.paste(edited.resize((round(frame.side),) * 2), (round(frame.x - frame.side / 2), round(frame.y - frame.side / 2)))
        return image

    def painted(self, image: Image.Image) -> dict[str, Any]:
        """Another face, always the same for the same pixels."""
        origin = own(int(hashlib.sha256(image.tobytes()).hexdigest()[:6], 16))
        return {"image": painted(origin["seed"], {}), "origin": origin}

    def invert(self, picture: Picture, guide: str = "none", start: str = "encoder") -> Iterator[Any]:
        """Four steps that turn the guess into another face; with a guide, as `bring` does."""
        return self._closer(picture) if (guide, start) == ("none", "encoder") else self.bring(picture, guide, start)

    def _closer(self, picture: Picture) -> Iterator[Nearer]:
        for step in range(1, 5):
            self._work("invert")
            found = self._picture(own(picture.origin["seed"] + step), 0.95)
            yield Nearer(replace(found, original=picture.original), 18.0 + step, 0.3 - 0.05 * step, step, 4)

    def load(self, source: str | Path | bytes | Image.Image) -> Loaded:
        """A file."""
        image = open_image(source, WHITE)
        inside = recipe_in(image)
        return Loaded(*self.replay(inside)) if inside else Loaded(self.open(image))

    def parts(self, slot: str) -> tuple[Part, ...]:
        """The states of a slot."""
        return tuple(Part(part, part) for part in PARTS[slot])

    def read(self, picture: Picture) -> tuple[SlotReading, ...]:
        """What each slot shows, as far as the origin tells."""
        turned = picture.origin.get("turned", {})
        found = []
        for slot, parts in PARTS.items():
            part = parts[1] if len(parts) > 1 and turned.get(slot, 0.0) > 0.5 else parts[0]
            found.append(SlotReading(slot, part, part, 0.9))
        return tuple(found)

    def find(self, text: str, limit: int = 5, picture: Picture | None = None) -> tuple[Found, ...]:
        """Handles by words."""
        near = [
            h for word, (slot, part) in WORDS.items() for h in self._handles.values() if word in text and (h.slot, h.part) == (slot, part)
        ]
        return tuple(Found(h, "add", 1.0, 1.0, h.name) for h in (*near, *(h for h in self._handles.values() if h not in near)))[:limit]

    def request(self, picture: Picture, sentence: str, stack: Sequence[Edit] = ()) -> Result:
        """A sentence."""
        self._work("request")
        if not sentence.strip():
            raise RequestError("Say what should change.")
        wanted = [self.find(word, 1)[0].handle.id for word in WORDS if word in sentence]
        stack = tuple(stack)
        if "undo" in sentence:
            return Result(picture, stack[:-1], undo=True)
        if not wanted:
            return Result(self.edit(picture, stack).picture, stack, None, f"“{sentence}” is no part of a face.", self.find("", 3))
        return self.edit(picture, (*stack, *(Edit(id, 1.0, within=picture.within) for id in wanted)), len(stack))

    def region(self, picture: Picture, place: str) -> Region:
        """A part: the upper half is hair, the lower half lips."""
        mask = np.zeros((SIDE, SIDE), bool)
        mask[: SIDE // 2] = True
        return Region.of(mask if place == "hair" else ~mask, f"the {place}", part=place)

    def within(self, picture: Picture, region: Region | None) -> Picture:
        """Requests may touch a region only."""
        return replace(picture, within=region)

    def edit(self, picture: Picture, edits: Sequence[Edit], since: int = 0) -> Result:
        """A stack, replayed."""
        self._work("edit")
        edits = tuple(edits)
        before, after = self._played(picture, edits[:since]), self._played(picture, edits)
        wanted = {self.handle(e.handle).slot for e in edits[since:]}
        changes = tuple(
            Change(a, b, c, a in wanted) for (a, b, c) in ((r.slot, r, s) for r, s in zip(self.read(before), self.read(after), strict=True))
        )
        apart = (np.asarray(before.image) != np.asarray(after.image)).any(-1)
        named = [f"the {c.slot} is now {c.after.name}" for c in changes if c.changed]
        sentence = (", ".join(named) or "nothing that can be named changed") + "."
        told = Report(changes, float(apart.mean()), 0.0, sentence[0].upper() + sentence[1:], apart)
        stayed = tuple(Stayed(c.slot, f"Still {c.after.name}", "moved 0.1 steps", c.slot != "age") for c in changes if not c.changed)
        return Result(after, edits, replace(told, boxes={c.slot: (64, 64, 192, 192) for c in changes if c.changed}, stayed=stayed))

    def sketch(self, picture: Picture, edits: Sequence[Edit], quick: bool = True) -> Image.Image:
        """The stack in a hurry."""
        self._work("sketch")
        return self._played(picture, edits).image.resize((SIDE // 2, SIDE // 2) if quick else (SIDE, SIDE))

    def _played(self, picture: Picture, edits: Sequence[Edit]) -> Picture:
        turned: dict[str, float] = {}
        for edit in edits:
            slot = self.handle(edit.handle).slot
            turned[slot] = turned.get(slot, 0.0) + (0.0 if edit.muted else edit.strength)
        return replace(picture, image=painted(picture.origin["seed"], turned), origin={**picture.origin, "turned": turned})

    def handles(self) -> tuple[Handle, ...]:
        """All handles."""
        return tuple(self._handles.values())

    def handle(self, id: str) -> Handle:
        """One handle."""
        if id not in self._handles:
            raise StudioError("That feature does not exist here. Pick another from the list.")
        return self._handles[id]

    def handle_image(self, id: str) -> Image.Image:
        """What a handle does."""
        return painted(1, {self.handle(id).slot: 1.0})

    def recipe(self, picture: Picture, edits: Sequence[Edit]) -> str:
        """As JSON."""
        origin = {key: value for key, value in picture.origin.items() if key != "turned"}
        return write_recipe(self.world, Recipe(origin, tuple(edits), picture.within))

    def replay(self, text: str) -> tuple[Picture, tuple[Edit, ...]]:
        """From JSON."""
        read = read_recipe(text, self.world, SIDE)
        if type(read.origin.get("seed")) is not int:
            raise RecipeError("This recipe does not say which face it started from.")
        for edit in read.edits:
            self.handle(edit.handle)
        return replace(self._picture(read.origin), within=read.within), read.edits

    def save(self, picture: Picture, edits: Sequence[Edit], path: str | Path, whole: bool = False) -> None:
        """The result with its recipe inside, or the whole photograph without."""
        image = self.put_back(picture, edits) if whole else self.edit(picture, edits).picture.image
        image.save(path, "PNG", pnginfo=png_with("" if whole else self.recipe(picture, edits)))

    def saving(self, picture: Picture, edits: Sequence[Edit], path: str | Path, whole: bool = False) -> Iterator[float]:
        """In three pieces, the last of which writes it."""
        for share in (0.0, 0.5):
            self._work("saving")
            yield share
        self.save(picture, edits, path, whole)
        yield 1.0
