"""What a library of faces knows of their parts: what bounds an edit to one, and where a change of one is looked at.

Whatever was painted or looked at lately is kept, since both are dear: a request meets the same picture several times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.errors import RequestError
from core.foundations.images import to_rgb, to_tensor
from core.foundations.large import Large
from core.foundations.records import Picture
from core.foundations.region import Region
from core.foundations.threads import threads_for
from core.language.facts.face_places import bounded
from core.models.face_reader import FaceReader, load_face_reader
from core.models.face_seen import FaceSeen, joined
from core.models.working_faces import WorkingFaces, load_working_faces
from core.studio.playing import Cells
from core.studio.shelf import Shelf
from core.worlds.faces.regions import AND, OWN, PLACES, RECOLOURED, SHOWN, Box, bounding, box_of, mask_of, place, room, share_of, softened

REMEMBERED = 32
"""Pictures of which is kept what was painted, or seen."""
SKETCHED = 6.4e9
"""Multiply-adds of a face that is painted in a hurry."""
ALONE = "Say what should change there, too: “blond hair, but only the hair”."


class PartedShelf(Shelf):
    """A shelf of pictures of which a reader sees the parts."""

    places = PLACES
    whole = False

    def __init__(self, device: torch.device | None = None) -> None:
        super().__init__(device)
        self._painted_lately = lru_cache(REMEMBERED)(self._painting)
        self._sketched_lately = lru_cache(REMEMBERED)(self._sketching)
        self._seen_lately = lru_cache(REMEMBERED)(self._looked)
        self.typical = lru_cache(len(PLACES))(self._typical)

    @cached_property
    def generator(self) -> WorkingFaces:
        """The generator at its working size; WeightsError where it was not fetched."""
        with torch.inference_mode(False):  # whoever asks first; an inversion goes downhill through it
            return load_working_faces().to(self.device)

    @cached_property
    def face_reader(self) -> FaceReader:
        """What reads faces; WeightsError where its eyes were not fetched."""
        return load_face_reader().to(self.device)

    def painted(self, latents: Tensor) -> np.ndarray:
        """As for every world."""
        return _each(self._painted_lately, latents)

    def sketch(self, latents: Tensor) -> np.ndarray:
        """At half the working size, by what was folded from the generator for it; while one step is dragged, only what it moves."""
        return _each(self._sketched_lately, latents)

    def seen(self, rgb: np.ndarray) -> FaceSeen:
        """What the reader sees of pictures `[n h w 3]`."""
        return joined([self._seen_lately(one.tobytes(), one.shape[0]) for one in rgb])

    @torch.inference_mode()
    def _painting(self, latent: bytes, width: int) -> np.ndarray:
        return to_rgb(self.generator.decode(self._latent(latent, width)))[0]

    @torch.inference_mode()
    def _sketching(self, latent: bytes, width: int) -> np.ndarray:
        with threads_for(SKETCHED):
            return to_rgb(self.generator.sketch(self._latent(latent, width)))[0]

    def _latent(self, latent: bytes, width: int) -> Tensor:
        return torch.frombuffer(bytearray(latent), dtype=torch.float32).view(1, width, -1, 1).to(self.device)

    @torch.inference_mode()
    def _looked(self, rgb: bytes, side: int) -> FaceSeen:
        picture = np.frombuffer(rgb, np.uint8).reshape(1, side, -1, 3)
        return self.face_reader.read(self.generator.eyes, to_tensor(picture).to(self.device))

    # What bounds edits -------------------------------------------------------------------------------------------

    def region(self, place: str, rgb: np.ndarray) -> Region:
        """A part of a face, or several joined by " and ", as far as it is there already."""
        return Region.of(self._mask(place, rgb), _named(place), part=place)

    @torch.inference_mode()
    def _typical(self, place: str) -> Region:
        """A part as the mean face has it: faces are aligned, so that it lies near enough to be drawn in a hurry."""
        start = self.start({}, -1).latent
        return self.region(place, self.painted(start[None])[0])

    def bounded(self, sentence: str, rgb: np.ndarray, reading: Mapping[str, str]) -> tuple[str, Region | None]:
        """Of a sentence's ways to be read the first that can be done; RequestError where it says nothing but what bounds it."""
        said = bounded(sentence)
        if not said.parts:
            return sentence, None
        if not said.sentences[0] or not said.sentences[1]:
            raise RequestError(ALONE)
        done = (one for one in said.sentences if self.understand(one, reading).refusal is None)
        return next(done, said.sentences[0]), self.region(AND.join(said.parts), rgb)

    def own(self, slot: str) -> str:
        """The part that a slot is of; a part that is no slot is its own."""
        return OWN.get(slot, slot if slot in PLACES else "")

    def seamless(self, part: str) -> bool:
        """Whether the edge of what changes is that of the part."""
        return part in RECOLOURED

    def inside(self, region: Region, before: Cells, moved: Cells) -> np.ndarray:
        """Wholly on the region, be it the part as it was or as it became, and fading out around it; what is kept is kept wholly."""
        if not region.part:
            share = softened(region.mask)
            return 1 - share if region.keep else share
        seen = [cells.shown(self.painted(cells.latents))[0] for cells in (before, moved)]
        masks = [self._mask(region.part, rgb) for rgb in seen]
        if region.keep:
            return 1 - softened(masks[0] | masks[1], max(map(room, region.part.split(AND))))
        return share_of(region.part, masks, seen)

    def rejoined(self, rgb: np.ndarray) -> Tensor | None:
        """None: the encoder's guess would be another face."""
        return None

    def _mask(self, places: str, rgb: np.ndarray) -> np.ndarray:
        parts = tuple({part for one in places.split(AND) for part in bounding(one)})
        return mask_of(self.seen(rgb[None]).parts[0], parts, len(rgb))

    # What is shown -----------------------------------------------------------------------------------------------

    def boxes(self, before: np.ndarray, after: np.ndarray, slots: Sequence[str]) -> dict[str, Box]:
        """Around the parts of each slot, before and after; the whole picture where a slot has no parts."""
        found = {}
        for slot in slots:
            parts, whole = SHOWN.get(slot, ()), np.ones(before.shape[:2], bool)
            masks = [mask_of(self.seen(rgb[None]).parts[0], parts, len(rgb)) if parts else whole for rgb in (before, after)]
            found[slot] = box_of(masks[0] | masks[1])
        return found

    @torch.inference_mode()
    def enlarging(self, picture: Picture, cells: Cells) -> Iterator[Large]:
        """Each latent in its share at the generator's own size, one after the other; a picture that they do not paint, made larger."""
        side, given = self.generator.real.image_size[0], np.asarray(picture.image)
        if not np.array_equal(cells.shown(self.painted(cells.latents))[0], given):
            yield Large(1.0, picture.image.resize((side, side), Image.Resampling.LANCZOS))
            return
        whole, count = torch.zeros(1, 3, side, side, device=self.device), len(cells.latents)
        for done, (share, latent) in enumerate(zip(cells.shares, cells.latents.split(1), strict=True)):
            yield Large(done / count)
            seen = torch.from_numpy(np.ascontiguousarray(share, np.float32)).to(self.device)[None, None]
            whole += F.interpolate(seen, (side, side), mode="bilinear", align_corners=False) * self.generator.large(latent)
        yield Large(1.0, Image.fromarray(to_rgb(whole)[0]))


def _each(kept: Callable[[bytes, int], np.ndarray], latents: Tensor) -> np.ndarray:
    """What is kept of each of some latents, one after the other."""
    return np.stack([kept(one.detach().float().cpu().numpy().tobytes(), one.shape[0]) for one in latents])


def _named(places: str) -> str:
    names = [f"the {place(one).name}" for one in places.split(AND)]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
