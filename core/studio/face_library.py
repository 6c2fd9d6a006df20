"""What is loaded for the world `faces`: a generator that is fetched, what reads a face, and what turns it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import RecipeError, StudioError
from core.foundations.images import WHITE, Colour, to_rgb, to_tensor
from core.foundations.inverted import Inverted
from core.foundations.large import Large
from core.foundations.records import Handle, Picture
from core.foundations.stayed import Stayed
from core.language.lexicon import Entry, Lexicon
from core.language.resolve import Resolved
from core.language.states import resolve_states
from core.methods.write.turn import turn_line
from core.models.face_directions import FaceDirections, load_face_directions
from core.models.face_finder import FaceFinder, load_face_finder
from core.models.face_square import FaceSquare, load_face_square
from core.models.working_faces import latents_of
from core.studio import recipes
from core.studio.face_inversion import PLACES, brought_closer, likeness
from core.studio.face_parts import PartedShelf
from core.studio.face_photographs import photograph_in, putting_back
from core.studio.face_shared import FaceShared, guided_closer
from core.studio.face_sight import FaceSight
from core.studio.face_steering import STRANGER, aligned, alike, read_faces, steered, unlike
from core.studio.face_words import face_entries, face_lexicon, nearest, said_lacking
from core.studio.fulfil import Acting, Fulfilment, Reader, Torn, Tried, Wish
from core.studio.handles import load_handles
from core.studio.inverting import inverted
from core.studio.shared import Inverting
from core.studio.shelf import Given, Made, Readings, Start
from core.studio.shifter import Shifter
from core.studio.sight import Sight
from core.worlds.faces.kept import stayed
from core.worlds.faces.photograph import photograph_of
from core.worlds.faces.reading import plain
from core.worlds.faces.slots import State, states
from core.worlds.faces.world import IDENTITY, Faces

SHARE = 0.7
"""How far a sampled style is from the mean style, in parts of the way that it would be; nearer is more usual."""
MOST_SEEDS = 2**31
NEARER = (1.0, 0.8, 0.6)
"""How far a first guess may lie from the mean face, in parts of its way."""
WORN, ODD = ("glasses", "hat", "beard"), 0.15
"""What a guess may show that the person does not have, as glasses of a blurred portrait, and what each of it weighs beside a cosine."""
OVER = 1e-3
"""Mean squared difference of colours in [0, 1], 30 dB, from which a saved face was painted over."""
SEEN = 16
"""Steps of 255 by which a colour must differ before a person sees it."""
_NO_FEATURES = "Sparse features are known for Nouns, not for faces. See studio.handles()."


@dataclass(frozen=True)
class FaceActors:
    """How the handles of faces act: each moves slots of w+ along lines, those that an edit was fitted with too."""

    directions: FaceDirections

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on latents `[n d s 1]`; SettingError where the strength is out of bounds or the handle is another world's."""
        return turn_line(latent, self.directions, handle.id, strength, handle.trim)


class FaceLibrary(PartedShelf):
    """The models, handles and texts of the faces."""

    world: Faces

    def __init__(self, world: str = Faces.name, device: torch.device | None = None) -> None:
        super().__init__(device)
        self.world = Faces()

    @cached_property
    def actors(self) -> FaceActors:
        """The numbers behind the handles."""
        return FaceActors(load_face_directions().to(self.device))

    def make_handles(self) -> Sequence[Handle]:
        """The handles that lie in a file."""
        return load_handles(f"{self.world.name}_handles.json")

    @property
    def entries(self) -> list[Entry]:
        """What can be asked for: every state of every slot."""
        return face_entries()

    @cached_property
    def lexicon(self) -> Lexicon:
        """The index over the states' names and over what no face has."""
        return face_lexicon(self.texts.embed)

    @property
    def plain(self) -> dict[str, str]:
        """Nothing chosen: the mean face."""
        return {}

    @cached_property
    def sight(self) -> Sight:
        """The reader's own masks of a face's parts, and photographs' eyes for all else; WeightsError where they were not fetched."""
        eyes = self.generator.eyes  # first, so that what is lacking is told of faces
        return FaceSight(self.photos.sight, self.face_reader, eyes)

    @property
    def shifter(self) -> Shifter:
        """There is none for the faces."""
        raise StudioError("Values are shifted on sprites; faces have handles instead. Open the sprites: studio.sprites.")

    def parts(self, slot: str) -> tuple[State, ...]:
        """The states of a slot, in order."""
        return states(slot)

    def part_image(self, slot: str, part: str) -> Image.Image:
        """The mean face turned towards a state; StudioError where nothing turns it."""
        found = self.bringing(slot, part)
        if not found:
            raise StudioError(f"No handle brings about {part!r} in the {slot} of a face. See studio.handles().")
        return self._painted(self.actors.act(found[0], self.start({}, -1).latent[None], 1.0))

    def lacking(self, slot: str, parts: Sequence[str], reading: Mapping[str, str]) -> tuple[str, Sequence[tuple[str, str]]]:
        """That no handle was clean enough, and the states that come nearest and are not shown yet."""
        near = [one for one in nearest(slot, parts[0]) if self.bringing(*one) and reading.get(one[0]) != one[1]]
        return said_lacking(slot, parts[0], near), near

    def understand(self, sentence: str, reading: Mapping[str, str]) -> Resolved:
        """What a sentence asks for."""
        return resolve_states(sentence, self.lexicon, reading)

    def active(self, latent: Tensor) -> dict[str, float]:
        """Faces have no features."""
        raise StudioError(_NO_FEATURES)

    # What pictures begin with ------------------------------------------------------------------------------------

    @property
    def ground(self) -> Colour:
        """What shows through transparent places."""
        return WHITE

    @torch.inference_mode()
    def start(self, parts: dict[str, str], seed: int) -> Start:
        """A face by seed; the mean face where the seed is -1. StudioError where parts are asked for, of which no face is put together."""
        if parts:
            self.world.compose(seed, parts)
        real = self.generator.real
        w = real.mean_style[None] if seed == -1 else real.truncated(real.style(real.latents([seed])), SHARE)
        return Start(latents_of(real.broadcast(w))[0].clone(), None, {"seed": seed})

    def restart(self, origin: Mapping[str, Any]) -> Start:
        """The face of an origin's seed."""
        seed = origin.get("seed")
        if type(seed) is not int or not -1 <= seed < MOST_SEEDS:
            raise RecipeError("This recipe does not say which face it started from. Save the picture again where it came from.")
        return self.start({}, seed)

    def unpacked(self, packed: Any) -> Tensor:
        """w+, or w+ and a delta."""
        width, slots, _ = self.generator.latent_shape
        try:
            return recipes.unpack_latent(packed, (width, slots, 1)).to(self.device)
        except RecipeError:
            return recipes.unpack_latent(packed, (width, slots + PLACES**2, 1)).to(self.device)

    def inversion(self, picture: Picture, how: Inverting) -> Iterator[Inverted]:
        """A face brought closer: w+ first, then a small delta on the maps of 16 px."""
        if picture.original is None or picture.latent is None:
            raise StudioError("Only a picture of your own can be brought closer. Open one with studio.open().")
        if how.plain and how.steps is None:
            return brought_closer(self.generator, picture)
        if how.alone:
            return inverted(self, picture, how)
        return guided_closer(self.generator, self.shared, picture, how)

    @cached_property
    def shared(self) -> FaceShared:
        """What the generator shares with four models that look."""
        return FaceShared(self.generator, self.device)

    @cached_property
    def finder(self) -> FaceFinder:
        """What finds faces in photographs; WeightsError where it was not fetched."""
        return load_face_finder()

    @cached_property
    def face_square(self) -> FaceSquare:
        """What sets the square of a found face right."""
        return load_face_square()

    @torch.inference_mode()
    def encode(self, rgb: np.ndarray) -> Tensor:
        """The first guess; where that looks like someone else, or wears what nobody wore, the best that lies nearer the mean face."""
        guess, mean, given = super().encode(rgb), self.start({}, -1).latent, self.read(rgb[None])[0]
        tried: list[tuple[float, Tensor]] = []
        for share in NEARER:
            # As a recipe keeps it, so that what is painted here is not painted again.
            packed = recipes.pack_latent((mean + share * (guess - mean)).clamp(-recipes.LARGEST, recipes.LARGEST))
            latent = self.unpacked(packed)
            shown = self.read(self.painted(latent[None]))[0]
            odd = sum(one.slot in WORN and one.part != other.part for one, other in zip(given, shown, strict=True))
            tried.append((alike(given, shown) - ODD * odd, latent))
            if tried[-1][0] >= 1 - STRANGER:
                break
        return max(tried, key=lambda one: one[0])[1]

    def taken_in(self, image: Image.Image) -> Given:
        """The largest face of a photograph, cut out as FFHQ cuts them. PictureError where there is none."""
        return self.face_of(photograph_of(image, self.finder, self.face_square))

    def face_of(self, photograph: Any, at: int | None = None) -> Given:
        """A face of a photograph, cut out; StudioError where there is no such photograph or face."""
        chosen = photograph_in(photograph)
        chosen = chosen if at is None else chosen.face(at)
        return Given(np.asarray(chosen.cut(self.world.side)), chosen)

    def putting_back(self, photograph: Any, before: Made, after: Made, longest: int | None = None) -> Iterator[Large]:
        """A photograph with what an edit changed about its face; see `core.worlds.faces.pasting`."""
        return putting_back(self, photograph_in(photograph), before, after, longest)

    # What is read ------------------------------------------------------------------------------------------------

    @torch.inference_mode()
    def read(self, rgb: np.ndarray) -> list[Readings]:
        """What pictures `[n h w 3]` show, by a network that knows nothing of what made them."""
        return read_faces(to_tensor(rgb).to(self.device), self.seen(rgb))

    def shown(self, before: Readings) -> dict[str, str]:
        """What is shown plainly: of what is seen only just, more can be asked."""
        return {r.slot: r.part for r in before if r.slot == IDENTITY or plain(r)}

    def meet(self, wish: Wish, latent: Tensor, before: Readings, actors: Acting, look: Reader, tried: Tried, torn: Torn) -> Fulfilment:
        """Bring about a wish by the handle of its part, fitted to the face."""
        return steered(wish, latent, before, self.bringing(wish.slot, wish.parts[0])[0], self.actors.directions, tried, torn=torn)

    def align(self, before: Readings, after: Readings) -> Readings:
        """What hardly moved is as it was; whose face it is is told by how far it moved."""
        return aligned(before, after)

    def differ(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Where a person sees a difference: a generator repaints every pixel a little."""
        return np.abs(one.astype(int) - other).max(-1) > SEEN

    def stayed(self, before: Readings, after: Readings, slots: Sequence[str]) -> tuple[Stayed, ...]:
        """One sentence for each thing that a person asks of."""
        return stayed({b.slot: (b, a) for b, a in zip(before, after, strict=True) if b.slot in slots}, unlike(before, after))

    def painted_over(self, image: Image.Image, painted: np.ndarray) -> bool:
        """Whether a saved face is far from what its recipe paints, once both are of the working size."""
        small = np.asarray(image.convert("RGB").resize((self.world.side, self.world.side), Image.Resampling.BOX)).astype(float)
        return float(np.square((small - painted) / 255).mean()) > OVER

    def fit(self, seen: np.ndarray, given: np.ndarray) -> float:
        """How well the first guess gives a picture back: one less the mean difference of colours."""
        return likeness(seen, given)

    def _painted(self, latent: Tensor) -> Image.Image:
        with torch.inference_mode():
            return _image(self.generator.decode(latent))


def _image(pictures: Tensor) -> Image.Image:
    return Image.fromarray(to_rgb(pictures)[0])
