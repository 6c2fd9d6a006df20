"""What every world's library offers to the studio, and what is the same for all: models, handles and texts, loaded once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import RecipeError, StudioError
from core.foundations.images import Colour, enlarge, square, to_rgb, to_tensor
from core.foundations.inverted import Inverted
from core.foundations.large import Large
from core.foundations.records import Handle, Picture, SlotReading
from core.foundations.region import Region
from core.foundations.stayed import Stayed
from core.language import tags
from core.language.facts import Facts, facts_of
from core.language.facts.hints import Hints, hints_of
from core.language.lexicon import Entry, Lexicon
from core.language.resolve import Resolved
from core.models.protocols import Generator
from core.models.registry import choose_device, load
from core.models.text import TextEncoder, text_encoder
from core.studio import recipes
from core.studio.attacking import Attacker
from core.studio.classes import ClassSight
from core.studio.exciting import Easel
from core.studio.fulfil import Acting, Fulfilment, Reader, Standard, Torn, Tried, Wish, fulfil
from core.studio.lens import Joined, lenses_of, loose
from core.studio.named_keys import NamedKeys
from core.studio.noun_painting import NounPainting
from core.studio.photos import Photos
from core.studio.playing import Cells, inside
from core.studio.shared import Inverting, Shared
from core.studio.shifter import Shifter
from core.studio.sight import Sight

Readings = tuple[SlotReading, ...]
NO_PHOTOGRAPH = "This picture was not cut out of a photograph that is at hand. Open the photograph with studio.open() in the world faces."


class Start(NamedTuple):
    """What a picture starts from.

    Attributes:
        latent: `[c h w]`.
        truth: the composition, where the picture is drawn.
        origin: how to make it again, as plain JSON.
    """

    latent: Tensor
    truth: dict[str, str] | None
    origin: dict[str, Any]


class Given(NamedTuple):
    """A person's picture, as a generator meets it.

    Attributes:
        rgb: uint8 `[h w 3]`.
        photograph: the `core.worlds.faces.photograph.Photograph` that it was cut out of, or None.
    """

    rgb: np.ndarray
    photograph: Any = None


class Made(NamedTuple):
    """A picture after its steps, and what paints it."""

    picture: Picture
    cells: Cells


class World(Protocol):
    """Images with exact truth, as a library meets them."""

    name: str
    side: int

    @property
    def slots(self) -> tuple[str, ...]:
        """What a picture is made of."""

    def compose(self, seed: int, parts: dict[str, str] | None = None) -> dict[str, str]:
        """A composition by seed, with some parts given."""

    def draw(self, composition: dict[str, str]) -> np.ndarray:
        """RGB uint8 `[h w 3]`."""

    def mask(self, composition: dict[str, str], slot: str) -> np.ndarray:
        """Where a slot's part is seen, `[h w]` bool."""

    def snap(self, rgb: np.ndarray) -> np.ndarray:
        """Every pixel to the world's nearest colour."""

    def read(self, rgb: np.ndarray) -> list[Readings]:
        """What pictures `[n h w 3]` show, by their pixels alone."""


class Shelf(ABC):
    """The models, handles and texts of one world. All of it is read-only and shared.

    Attributes:
        world: its images.
        device: where the models run.
        standard: how clean a result has to be.
    """

    world: World
    standard = Standard()
    places: tuple[str, ...] = ()  # the parts to which an edit may be bounded by name
    whole = True  # a wish is judged on the whole picture, even where it may act in a part alone: half a shark is none

    def __init__(self, device: torch.device | None = None) -> None:
        self.device = device or choose_device()

    @cached_property
    def generator(self) -> Generator:
        """The world's generator."""
        return load(f"{self.world.name}_generator", self.device)

    @cached_property
    def handles(self) -> dict[str, Handle]:
        """All handles by id: the world's own, and those of further lenses."""
        further = [handle for lens in lenses_of(self.world.name).values() for handle in lens.handles(self)]
        return {handle.id: handle for handle in (*self.make_handles(), *further)}

    @cached_property
    def acting(self) -> Acting:
        """What turns any of them."""
        further = lenses_of(self.world.name)
        return Joined(self, further) if further else self.actors

    @cached_property
    def loose(self) -> tuple[dict[str, Handle], np.ndarray] | None:
        """Handles that are found by their texts alone, see `core.studio.lens.loose`; once, since every search asks."""
        return loose(self)

    @cached_property
    def by_part(self) -> dict[tuple[str, str], list[Handle]]:
        """The handles that bring about a part, by slot and part id; colour handles under the part ""."""
        found = defaultdict(list)
        for handle in self.handles.values():
            if handle.slot:
                found[handle.slot, handle.part].append(handle)
        return dict(found)

    def bringing(self, slot: str, part: str) -> Sequence[Handle]:
        """The handles that bring about a part; none where there is no such part."""
        return self.by_part.get((slot, part), ())

    def lacking(self, slot: str, parts: Sequence[str], reading: Mapping[str, str]) -> tuple[str, Sequence[tuple[str, str]]]:
        """Why none of some parts can be had, as no handle brings them; and the slots and parts that come nearest."""
        return f"The model has no handle for that {slot}. Ask for another one, or look through the Features tab.", ()

    @cached_property
    def texts(self) -> TextEncoder:
        """The sentence encoder."""
        return text_encoder()

    @cached_property
    def photos(self) -> Photos:
        """Photographs, and the small CLIP that looks at them; nothing of it is loaded yet."""
        return Photos(self.device, self.texts)

    @cached_property
    def facts(self) -> Facts:
        """The world's words."""
        return facts_of(self.world.name)

    @cached_property
    def hints(self) -> Hints:
        """Which words the world's table knows."""
        return hints_of(self.facts, [name for entry in self.entries for name in entry.names])

    @cached_property
    def reader(self) -> tags.Reader:
        """Marks what the words of a sentence say; the same for all worlds."""
        return tags.Reader(load("language_tagger"), self.texts.embed_words)

    @abstractmethod
    def make_handles(self) -> Sequence[Handle]:
        """Read or make the handles."""

    @property
    @abstractmethod
    def actors(self) -> Acting:
        """The numbers behind the world's own handles."""

    @property
    @abstractmethod
    def entries(self) -> list[Entry]:
        """What can be asked for by name."""

    @property
    @abstractmethod
    def lexicon(self) -> Lexicon:
        """The index over the entries' texts."""

    @property
    @abstractmethod
    def plain(self) -> dict[str, str]:
        """The parts of a plain picture, on which one handle or part shows by itself."""

    def part_image(self, slot: str, part: str) -> Image.Image:
        """One part on a plain picture."""
        return Image.fromarray(self.world.draw(self.world.compose(0, {**self.plain, slot: part})))

    @property
    @abstractmethod
    def sight(self) -> Sight:
        """What a CLIP sees of this world; StudioError where none looks at it."""

    @cached_property
    def named_keys(self) -> NamedKeys:
        """The named neurons of what tells this world's classes apart; none where a world has no such model."""
        return NamedKeys((), self.texts)

    @property
    def class_sight(self) -> ClassSight:
        """What tells this world's classes apart, block by block; StudioError where a world has no such model."""
        raise StudioError(f"No model tells classes apart in the world {self.world.name}. Use the Nouns, or studio.photos.")

    @property
    def easel(self) -> Easel:
        """What images are grown on that excite it; StudioError as `class_sight`."""
        raise StudioError(f"No model tells classes apart in the world {self.world.name}. Use the Nouns, or studio.photos.")

    @property
    @abstractmethod
    def shifter(self) -> Shifter:
        """Latent shifts by value; StudioError where a world has none."""

    @abstractmethod
    def parts(self, slot: str) -> tuple[Any, ...]:
        """The parts of a slot, each with `id` and `name`."""

    @abstractmethod
    def understand(self, sentence: str, reading: Mapping[str, str]) -> Resolved:
        """What a sentence asks for, given what is seen."""

    @abstractmethod
    def active(self, latent: Tensor) -> dict[str, float]:
        """The handles that are active in a latent `[c h w]`, strongest first; StudioError where a world has none such."""

    # What worlds may begin with ----------------------------------------------------------------------------------

    @property
    def ground(self) -> Colour:
        """The world's plain ground, which shows through a picture's transparent places."""
        red, green, blue = map(int, self.world.draw(self.world.compose(0))[0, 0])
        return red, green, blue

    def start(self, parts: dict[str, str], seed: int) -> Start:
        """A picture with some parts chosen by hand and the rest by seed; StudioError where a slot or part does not exist."""
        composition = self.world.compose(seed, parts)
        return Start(self.encode(self.world.draw(composition)), composition, {"parts": composition})

    def restart(self, origin: Mapping[str, Any]) -> Start:
        """What an origin says, as `start` gave it; RecipeError where it is none of this world."""
        parts = origin.get("parts")
        if not isinstance(parts, dict) or not all(isinstance(x, str) for pair in parts.items() for x in pair):
            raise RecipeError("This recipe does not say what it started from. Save the picture again where it came from.")
        try:
            return self.start(parts, 0)
        except StudioError as error:
            raise RecipeError(f"This recipe starts from a picture that does not exist here. {error}") from error

    def unpacked(self, packed: Any) -> Tensor:
        """A latent as a recipe keeps it; RecipeError where it is none of this world."""
        return recipes.unpack_latent(packed, self.generator.latent_shape).to(self.device)

    @property
    def attacker(self) -> Attacker:
        """The attack on the CLIP that looks at the world's scenes; StudioError where there is none."""
        raise StudioError("Only the model that looks at scenes of Nouns can be fooled here. Open them with Studio('nouns').")

    @property
    def shared(self) -> Shared:
        """What the world's models share; StudioError where nothing was looked for."""
        raise StudioError("What models share is known for Nouns and faces, not here. Open them with Studio('nouns').")

    @property
    def painting(self) -> NounPainting:
        """What paints by prompt; StudioError where a world has no painter."""
        raise StudioError("Only Nouns are painted by prompt. Open them with Studio('nouns').")

    def inversion(self, picture: Picture, how: Inverting) -> Iterator[Inverted]:
        """Bring a picture closer, step by step; StudioError where a world knows no way."""
        raise StudioError("A picture of this world is taken in at once; nothing would bring it closer. Nouns and faces can be.")

    def taken_in(self, image: Image.Image) -> Given:
        """A person's picture as the generator meets it."""
        return Given(self.world.snap(square(image, self.world.side, self.ground)))

    def face_of(self, photograph: Any, at: int) -> Given:
        """A face of a photograph; StudioError where a world has none."""
        raise StudioError(NO_PHOTOGRAPH)

    def putting_back(self, photograph: Any, before: Made, after: Made, longest: int | None = None) -> Iterator[Large]:
        """A photograph with an edited face put back, piece by piece; StudioError where a world has none."""
        raise StudioError(NO_PHOTOGRAPH)

    @torch.inference_mode()
    def painted(self, latents: Tensor) -> np.ndarray:
        """Latents `[n c h w]` to pictures, RGB uint8 `[n h w 3]`."""
        return to_rgb(self.generator.decode(latents))

    @torch.inference_mode()
    def encode(self, rgb: np.ndarray) -> Tensor:
        """RGB uint8 `[h w 3]` to a latent `[c h w]`."""
        return self.generator.encode(to_tensor(rgb[None]).to(self.device))[0]

    def read(self, rgb: np.ndarray) -> list[Readings]:
        """What pictures `[n h w 3]` show, by their pixels alone."""
        return self.world.read(rgb)

    def meet(self, wish: Wish, latent: Tensor, before: Readings, actors: Acting, look: Reader, tried: Tried, torn: Torn) -> Fulfilment:
        """Bring about a wish, for whose first part there is a handle: see `fulfil`."""
        return fulfil(wish, latent, before, self.by_part[wish.slot, wish.parts[0]], actors, look, self.standard, self.bringing)

    # What bounds edits -------------------------------------------------------------------------------------------

    def region(self, place: str, rgb: np.ndarray) -> Region:
        """A part of a picture `[h w 3]`, by one of `places`; StudioError where there is none such."""
        raise StudioError("This world has no parts to which an edit could be bounded by name. Take a mask from Segment.")

    def bounded(self, sentence: str, rgb: np.ndarray, reading: Mapping[str, str]) -> tuple[str, Region | None]:
        """A sentence without the words that bound what it asks for, and what they bound it to; None where there are no such words."""
        return sentence, None

    def own(self, slot: str) -> str:
        """The one of `places` to which an edit of a slot is bounded where nobody bounds it otherwise; "" for none."""
        return ""

    def seamless(self, part: str) -> bool:
        """Whether no seam can show around an edit that is bounded to a part, since the part has an edge of its own there."""
        return False

    def inside(self, region: Region, before: Cells, moved: Cells) -> np.ndarray:
        """How far an edit within a region shows in each pixel, see `core.studio.playing.Inside`."""
        return inside(region, before, moved)

    def rejoined(self, rgb: np.ndarray) -> Tensor | None:
        """A latent `[c h w]` of a picture that several paint; None where a world's encoder would make another picture of it."""
        return self.encode(rgb)

    # What worlds may see differently -----------------------------------------------------------------------------

    def alike(self, slot: str, part: str, reading: Mapping[str, str]) -> tuple[str, ...]:
        """The parts of a slot that look the same as one, beside what else is seen; itself first."""
        return (part,)

    def shown(self, before: Readings) -> dict[str, str]:
        """What a sentence takes as shown, by slot."""
        return {r.slot: r.part for r in before}

    def align(self, before: Readings, after: Readings) -> Readings:
        """A reading in the words of the one before, where both look the same."""
        return after

    def boxes(self, before: np.ndarray, after: np.ndarray, slots: Sequence[str]) -> dict[str, tuple[int, int, int, int]]:
        """Where a change of slots is looked at in two pictures `[h w 3]`, see `Report.boxes`."""
        return {}

    def stayed(self, before: Readings, after: Readings, slots: Sequence[str]) -> tuple[Stayed, ...]:
        """That slots stayed as they were, as sentences with a measure each."""
        return ()

    def differ(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Where two pictures, RGB uint8 `[h w 3]`, are not the same, `[h w]` bool."""
        return (one != other).any(-1)

    def enlarging(self, picture: Picture, cells: Cells) -> Iterator[Large]:
        """A picture, and what paints it, as a person saves it, piece by piece."""
        yield Large(1.0, enlarge(picture.image, recipes.PNG_SCALE))

    def painted_over(self, image: Image.Image, painted: np.ndarray) -> bool:
        """Whether a saved picture, RGB, no longer looks as its recipe paints it, RGB uint8 `[h w 3]`."""
        return recipes.painted_over(image, painted)

    def sketch(self, latents: Tensor) -> np.ndarray:
        """Latents `[n c h w]` to RGB uint8 `[n s s 3]` in a hurry, perhaps smaller than the world's pictures."""
        return self.painted(latents)

    def fit(self, seen: np.ndarray, given: np.ndarray) -> float:
        """How well a generator gives a picture back, in [0, 1]."""
        return float((seen == given).all(-1).mean())
