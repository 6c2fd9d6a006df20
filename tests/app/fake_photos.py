"""A stand-in for the photographs: drawn by hand, a tower that is fetched in steps or cannot be, no model, no network."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.foundations.errors import ModelError, PictureError, RequestError, StudioError, WeightsError
from core.foundations.images import open_image, square
from core.foundations.records import Found, HeadCard, NeuronCard, Picture, Word
from core.studio.feature_cards import FeatureCard, FeatureCards
from core.studio.public_features import TurnedFeature
from core.worlds.photos.cuts import Stamp
from tests.app.fake_classes import FakeClasses
from tests.app.fake_fool import FakePhotoFool
from tests.app.fake_pipelines import FakePipelines
from tests.app.fake_sight import FakeSight

SIDE = 336
UNREACHABLE = "Neither the hub nor the registry can be reached from here."
ROLES = ("animals", "food", "people", "mixed", "colours", "buildings", "textures", "mixed")
SAID = {
    "animals": ("a cat", "an animal with fur", "whiskers"),
    "food": ("a cup of coffee", "something to drink"),
    "people": ("a face", "a hand"),
    "colours": ("something red", "something blue"),
    "buildings": ("a roof", "a temple"),
    "textures": ("wood", "water"),
    "mixed": ("a wheel", "the sky"),
}


@dataclass(frozen=True)
class Sample:
    """A sample photograph's words."""

    id: str
    title: str
    source: str
    licence: str
    words: tuple[str, ...]


SAMPLES = (
    Sample("coffee", "Coffee", "scikit-image, by Rachel Michetti", "CC0", ("a cup of coffee", "a spoon")),
    Sample("cat", "Chelsea the cat", "scikit-image, by Stefan van der Walt", "CC0", ("a cat", "an eye")),
    Sample("temple", "Summer Palace", "scikit-learn, by Yann Forget", "CC BY", ("a roof", "the sky")),
    Sample("flower", "Dahlia", "scikit-learn, by dany13", "CC BY", ("a flower", "leaves")),
)
THINGS = ("elephant", "locomotive", "apple", "bus", "drum", "guitar", "owl")
GALLERY = ("dog face", "red apple", "sailboat", "skull")


def drawn(number: int) -> Image.Image:
    """A scene of soft shapes."""
    rng = np.random.default_rng(number)
    top, bottom = rng.integers(60, 230, (2, 3))
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    image = Image.fromarray(np.broadcast_to(top + (bottom - top) * ramp, (SIDE, SIDE, 3)).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for _ in range(6):
        x, y, r = (int(v) for v in rng.integers((20, 90, 20), (316, 316, 80)))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=tuple(int(v) for v in rng.integers(0, 255, 3)))
    return image.filter(ImageFilter.GaussianBlur(3))


def _head(layer: int, head: int) -> HeadCard:
    role = ROLES[(layer * 5 + head * 3) % len(ROLES)]
    texts = tuple(Word(text, 0.4 / (i + 1)) for i, text in enumerate(SAID[role]))
    return HeadCard(layer, head, role, 0.1 + 0.1 * ((layer + head) % 9), texts, (3, 1, 4, 0), 0.01 + 0.01 * (head % 4))


class FakePhotoSight(FakeSight):
    """The same verbs, over photographs."""

    def __init__(self, photos: FakePhotos, work: Callable[[str], None]) -> None:
        super().__init__(work)
        self.photos = photos
        heads = tuple(_head(layer, head) for layer in range(12) for head in range(6))
        neuron = NeuronCard(9, 7, (Word("a cat", 0.8),), (("a cat",),), 0.6, (1, 2))
        self.lenses = SimpleNamespace(heads=heads, neurons=(neuron, neuron))

    def alike(self, picture: Picture, heads: tuple[tuple[int, int], ...], limit: int = 6) -> tuple[Picture, ...]:
        """Samples and emoji."""
        self.work("alike")
        return tuple(self.photos.example(i) for i in (2, 0, 5, 3, 6)[:limit])

    def concepts(self, picture: Picture, limit: int = 10) -> tuple[Word, ...]:
        """Concepts."""
        self.work("concepts")
        words = [w for words in SAID.values() for w in words]
        return tuple(Word(words[i % len(words)], 1 / (i + 1)) for i in range(limit))


class FakeNamed(NamedTuple):
    """A public model by its name."""

    label: str
    pictures: str = ""

    @property
    def link(self) -> str:
        """As a link names it."""
        return self.label


class FakeOffer(NamedTuple):
    """What is told of it."""

    named: FakeNamed
    megabytes: float = 605.4
    licence: str = "mit"
    ready: bool = False
    does: str = "Reads any words."


class FakeEyes:
    """The verbs of `photos.other_eyes`: every name is a model but "nobody"; "broken" cannot be brought, "slow" rests half way.

    Attributes:
        brought: what was fetched.
        asked: through whose sight somebody looked.
    """

    def __init__(self, photos: FakePhotos) -> None:
        self.photos = photos
        self.brought: list[str] = []
        self.asked: list[str] = []
        self.running = False

    def offer(self, name: str, pictures: str = "") -> FakeOffer:
        """What a model is."""
        if name == "nobody":
            raise WeightsError("No model is named 'nobody'. The nearest names are ViT-B-32.")
        if pictures == "nowhere":
            raise PictureError("There is no folder 'nowhere' on this machine.")
        return FakeOffer(FakeNamed(name, pictures), ready=name in self.brought)

    def linked(self, text: str, lenses: bool = True) -> FakeNamed:
        """The model of a link: those that were brought are here."""
        if text not in self.brought:
            raise WeightsError(f"This link looks through {text}, which is not on this machine.")
        return FakeNamed(text)

    def example(self, named: FakeNamed, number: int) -> Picture:
        """The shipped pictures; of a folder one that is drawn."""
        return Picture(drawn(99), origin={"file": number}) if named.pictures else self.photos.example(number)

    def fetch(self, named: FakeNamed, progress: Callable[[float], None]) -> None:
        """Two steps, and a rest until it is cancelled."""
        if named.label == "broken":
            raise WeightsError("model.safetensors of broken is not the file that the hub describes.")
        self.running = True
        try:
            progress(0.5)
            while named.label == "slow":
                progress(0.5)
                time.sleep(0.02)
            self.brought.append(named.label)
        finally:
            self.running = False

    def sight(self, named: FakeNamed, progress: Callable[[float], None] | None = None) -> FakePhotoSight:
        """The same sight as the small model's, but that its heads are fewer."""
        if progress:
            progress(0.5)
        self.asked.append(named.label)
        sight = FakePhotoSight(self.photos, self.photos.work)
        sight.lenses = SimpleNamespace(heads=sight.lenses.heads[:8], neurons=sight.lenses.neurons)
        return sight

    def classes(self, named: FakeNamed, progress: Callable[[float], None] | None = None) -> FakeEyesClasses:
        """The verbs of the tab Classes; "headless" knows no classes."""
        if named.label == "headless":
            raise ModelError("This model knows neither texts nor classes by name (7 without names), so that nothing can be looked for.")
        self.asked.append(named.label)
        return FakeEyesClasses(self.photos.work)


class FakeEyesClasses(FakeClasses):
    """How a public model decides: as the stand-in of the small one does."""

    def __init__(self, work: Callable[[str], None]) -> None:
        self._work = work


class FakeDictionary(NamedTuple):
    """A public dictionary by its name."""

    label: str


class FakeDictionaryOffer(NamedTuple):
    """What is told of it."""

    named: FakeDictionary
    megabytes: float = 151.2
    licence: str = "mit"
    ready: bool = False
    tower: str = "ViT-B-32 laion"
    tower_megabytes: float = 605.0


class FakeDictionaries:
    """The verbs of `photos.dictionaries`, and of the one that is open: three features of which two have names."""

    named = 2

    def __init__(self, work: Callable[[str], None]) -> None:
        self.work, self.brought = work, list[str]()
        told = ((4, ("a cat", "whiskers")), (7, ("water",)), (9, ()))
        self.cards = {at: FeatureCard(at, tuple(Word(w, 0.6) for w in words), (1, 0), 0.25, 2.0) for at, words in told}

    def offer(self, name: str, tower: str = "") -> FakeDictionaryOffer:
        """Every name is one but "nobody"."""
        if name == "nobody":
            raise WeightsError("'nobody' is no dictionary. Give OWNER/NAME on the hub.")
        return FakeDictionaryOffer(FakeDictionary(name), ready=name in self.brought, tower=tower or "ViT-B-32 laion")

    def open(self, named: FakeDictionary, progress: Callable[[float], None] | None = None) -> FakeDictionaries:
        """The features; "broken" cannot be brought."""
        if named.label == "broken":
            raise WeightsError("sae_weights.safetensors of broken is not the file that the hub describes.")
        if progress:
            for share in (0.1, 0.5, 0.9):
                progress(share)
            self.brought.append(named.label)
        return self

    label = "owner/sae"

    def held(self, named: FakeDictionary) -> FakeDictionaries | None:
        """As if it were the one."""
        return self if named.label == self.label else None

    def near(self, text: str, limit: int = 12) -> tuple[Found, ...]:
        """Those whose name holds the text, as a search gives them."""
        return FeatureCards(self.label, self.find(text), lambda texts: np.ones((len(texts), 1), np.float32)).near(text, limit)

    def find(self, text: str, limit: int = 12) -> tuple[FeatureCard, ...]:
        """Those with a name."""
        named = [card for card in self.cards.values() if card.words]
        return tuple(card for card in named if not text or text in card.words[0].text)[:limit]

    def card(self, number: int) -> FeatureCard:
        """One of them."""
        if number not in self.cards:
            raise RequestError(f"The feature {number} is active in none of the pictures that are at hand.")
        return self.cards[number]

    def map(self, picture: Picture, number: int) -> np.ndarray:
        """The left half."""
        self.work("map")
        heat = np.zeros(picture.image.size[::-1], np.float32)
        heat[:, : heat.shape[1] // 2] = 1
        return heat

    def turn(self, picture: Picture, number: int, times: float) -> TurnedFeature:
        """A cat becomes a dog."""
        self.work("turn")
        return TurnedFeature((0, 1), (2, 3), (Word("a cat", 0.3),), (Word("a dog", 0.3),), 0.8)


class FakePhotos(FakeClasses):
    """The verbs of `Studio.photos`.

    Args:
        ready: whether the tower is there from the start.
        reachable: whether it can be fetched.
        pace: seconds for each of twenty steps of the fetch.
        rest: at this step the fetch rests until it is cancelled, however slow the machine.
    """

    samples = SAMPLES
    megabytes = 88

    def __init__(
        self, work: Callable[[str], None] = lambda verb: None, ready: bool = True, reachable: bool = True, pace: float = 0.0
    ) -> None:
        self.work, self.ready, self.reachable, self.pace = work, ready, reachable, pace
        self.fetches, self.rest, self.running, self._work = 0, -1, False, work
        self._sight = FakePhotoSight(self, work)
        self.other_eyes, self.dictionaries, self.pipelines = FakeEyes(self), FakeDictionaries(work), FakePipelines(work)
        self.fooled: list[str] = []

    def sample(self, id: str) -> Picture:
        """A sample."""
        return self.example([s.id for s in SAMPLES].index(id))

    def example(self, number: int) -> Picture:
        """A sample by its place; behind them a gallery of four."""
        if number < len(SAMPLES):
            return Picture(drawn(number), origin={"photo": SAMPLES[number].id})
        if number < len(SAMPLES) + len(GALLERY):
            return Picture(drawn(number).resize((96, 96)), origin={"emoji": GALLERY[number - len(SAMPLES)]})
        raise StudioError(f"There is no picture {number} here.")

    @property
    def cut_outs(self) -> tuple[Stamp, ...]:
        """Squares of a colour each."""
        return tuple(Stamp(name, np.full((8, 8, 4), 20 * at + 99, np.uint8), name, name) for at, name in enumerate(THINGS))

    def attacks_on(self, photographs: Sequence[Picture], seen_by: FakeNamed | None = None) -> FakePhotoFool:
        """Seven things on these photographs, before these eyes or another model."""
        self.fooled.append(seen_by.label if seen_by else "")
        if not self.ready and not seen_by:
            raise WeightsError("The tower is not here.")
        return FakePhotoFool(THINGS, self.work, photographs)

    def take_in(self, source: str | Path | bytes | Image.Image) -> Picture:
        """A person's own."""
        try:
            return Picture(Image.fromarray(square(open_image(source), SIDE, (255, 255, 255))))
        except OSError as error:
            raise PictureError("This file cannot be read as an image.") from error

    def fetch(self, progress: Callable[[float], None]) -> None:
        """Twenty steps."""
        self.fetches += 1
        if not self.reachable:
            raise WeightsError(UNREACHABLE)
        self.running = True
        try:
            for step in range(21):
                progress(step / 20)
                time.sleep(self.pace)
                while step == self.rest:
                    progress(step / 20)
                    time.sleep(0.02)
            self.ready = True
        finally:
            self.running = False

    @property
    def sight(self) -> FakePhotoSight:
        """What the tower sees."""
        if not self.ready:
            raise WeightsError("The tower is not here.")
        return self._sight
