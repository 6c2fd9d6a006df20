"""The studio: the verbs a person has, one short method each. The page, notebooks and benchmarks call these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import RecipeError, StudioError
from core.foundations.images import Colour, open_image
from core.foundations.records import Edit, Found, Handle, Loaded, Picture, Result, Segmentation, Shifted, ShiftMethod, SlotReading
from core.foundations.region import Region
from core.foundations.threads import sized
from core.studio import recipes
from core.studio.beginning import again, begun, taken
from core.studio.classes import StudioClasses
from core.studio.exciting import ExcitingVerbs
from core.studio.face_weights import FaceWeights
from core.studio.feature_cards import FeatureCards, with_foreign
from core.studio.fooling import FoolingVerbs
from core.studio.fulfil import best_strength
from core.studio.keeping import KeepingVerbs
from core.studio.lens import bound
from core.studio.looking import Looking, bounded, compared, sketched
from core.studio.painting import PaintingVerbs
from core.studio.photos import Photos
from core.studio.playing import Cells, Step, fitting, play, steps_of, still
from core.studio.portraits import portrait
from core.studio.reports import hindered, strayed
from core.studio.requests import Requests
from core.studio.rosetta import RosettaVerbs
from core.studio.scene_painting import ScenePaintingVerbs
from core.studio.seers import SEERS, as_found, as_handle, asked_for
from core.studio.shelf import Made
from core.studio.sight import Sight
from core.studio.worlds import open_library


@sized
class Studio(RosettaVerbs, StudioClasses, FoolingVerbs, PaintingVerbs, ScenePaintingVerbs, ExcitingVerbs, KeepingVerbs):
    """A world opened for editing.

    Args:
        world: "nouns", "dsprites" or "faces".
        device: where the models run; chosen where None.

    Raises:
        StudioError: where there is no such world.
    """

    def __init__(self, world: str = "nouns", device: torch.device | None = None) -> None:
        self.library = open_library(world, device)
        self.world = world
        self.slots = self.library.world.slots

    @cached_property
    def sprites(self) -> Studio:
        """The world `dsprites`, opened on the same device; nothing of it is loaded yet."""
        return self if self.world == "dsprites" else Studio("dsprites", self.library.device)

    @cached_property
    def photos(self) -> Photos:
        """Photographs, and the small CLIP that looks at them; nothing of it is loaded yet."""
        return self.library.photos

    @cached_property
    def faces(self) -> Studio:
        """The world `faces`, opened on the same device; nothing of it is loaded yet."""
        if self.world == "faces":
            return self
        faces = Studio("faces", self.library.device)
        faces.library.photos = self.photos  # one pair of eyes for both
        return faces

    editable = ("nouns", "faces")  # the worlds of the tab Edit, the first of them from the start

    @cached_property
    def face_weights(self) -> FaceWeights:
        """What the world `faces` needs that is fetched on demand, and whether it is here."""
        return FaceWeights()

    # Pictures ---------------------------------------------------------------------------------------------------

    def sample(self, seed: int) -> Picture:
        """A random picture of the world; the same seed gives the same picture."""
        return self.compose({}, seed)

    def compose(self, parts: dict[str, str], seed: int = 0) -> Picture:
        """A picture with some parts chosen by hand and the rest by seed.

        Raises:
            StudioError: where a slot or part does not exist.
        """
        return begun(self.library.start(parts, seed), self._paint)

    def open(self, source: str | Path | bytes | Image.Image) -> Picture:
        """A person's own image, as the world's generator takes it in.

        Raises:
            PictureError: where it is too large, of an unknown format, or broken.
        """
        return taken(self.library, self.library.taken_in(open_image(source, self.ground)), self._paint)

    def face(self, picture: Picture, at: int) -> Picture:
        """Another face of the photograph that one was cut out of, by its place in `.photograph.frames`; StudioError where there is none."""
        return taken(self.library, self.library.face_of(picture.photograph, at), self._paint)

    @property
    def ground(self) -> Colour:
        """The world's plain ground, which shows through a picture's transparent places."""
        return self.library.ground

    def read(self, picture: Picture) -> tuple[SlotReading, ...]:
        """What a picture shows in each slot, by its pixels alone."""
        return self.library.read(np.asarray(picture.image)[None])[0]

    def scene(self, seed: int) -> Picture:
        """A random scene of one to four Nouns, 64 x 64, for what the embedded CLIP sees; the same seed gives the same one."""
        return self.sight.world.picture(seed)

    @property
    def places(self) -> tuple[str, ...]:
        """The parts of a picture to which edits may be bounded by name; none in a world without a reader of parts."""
        return self.library.places

    def region(self, picture: Picture, place: str) -> Region:
        """One of `places` in a picture, for `within` or for an edit; it grows with what an edit makes of it.

        Raises:
            StudioError: where the world has no such part.
        """
        return self.library.region(place, np.asarray(picture.image))

    def within(self, picture: Picture, region: Region | np.ndarray | None) -> Picture:
        """The same picture, of which requests may touch only a region from now on; None sets it free.

        Edits that are there already stay as they are, whatever bounds them. An edit by hand is bounded by `Edit(..., within=region)`.

        Args:
            region: `Region.of(mask, words)`, or a mask `[h w]` bool without a name, at the picture's size.

        Raises:
            StudioError: where the region has another size.
        """
        return replace(picture, within=fitting(region, self.library.world.side))

    # Sight ------------------------------------------------------------------------------------------------------

    @property
    def sight(self) -> Sight:
        """What the embedded CLIP sees: segmentation, heads and neurons."""
        return self.library.sight

    def segment(self, picture: Picture, text: str, method: str = "studio") -> Segmentation:
        """Where a text is seen in a picture.

        Raises:
            RequestError: where the text is empty or too long.
            SettingError: where there is no such method.
        """
        return self.sight.segment(picture, text, method)

    # Handles ----------------------------------------------------------------------------------------------------

    def handles(self) -> tuple[Handle, ...]:
        """Everything that can be turned."""
        return tuple(self.library.handles.values())

    def handle(self, id: str) -> Handle:
        """One handle, or a head or neuron by the id under which it was found; StudioError where there is none."""
        found = self.library.handles.get(id)
        if found is None and str(id).startswith(SEERS):
            found = as_handle(self.seer(str(id)))
        if found is None:
            raise StudioError(f"There is no handle {str(id)[:60]!r}. See studio.handles() or search with studio.find().")
        return found

    def find(self, text: str, limit: int = 5, picture: Picture | None = None, among: Sequence[FeatureCards] = ()) -> tuple[Found, ...]:
        """The handles nearest to a phrase or sentence, best first; "what sees red?" finds heads and neurons.

        `among` are dictionaries that were opened besides (`photos.dictionaries`, `photos.pipelines`), whose features are looked among too.

        Raises:
            RequestError: where the text is empty, too long, or no text.
        """
        if wanted := asked_for(text):
            return tuple(as_found(card, score) for card, score in self.who(wanted, limit))
        return with_foreign(self.requests.find(text, limit, self.read(picture) if picture else ()), among, text, limit)

    def activations(self, picture: Picture) -> dict[str, float]:
        """The active features, strongest first, in units of their typical activation; StudioError where the world has none."""
        return self.library.active(self._latent(picture))

    def handle_image(self, id: str) -> Image.Image:
        """What a handle looks like, see `portraits`."""
        handle = self.handle(id)
        strength = best_strength(handle)[0] if handle.slot else 2.0
        edited = lambda picture, edits: self._play(picture, self._steps(edits)).image  # noqa: E731
        turned = edited(self.compose(self.library.plain), (Edit(handle.id, strength),))
        return portrait(handle, self._paint(self._plain), turned, self.sample, edited)

    def examples(self, id: str) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
        """Pictures on which a handle is strongest, and on which it is weakest though active."""
        handle = self.handle(id)
        return tuple(map(self.sample, handle.best)), tuple(map(self.sample, handle.worst))

    def parts(self, slot: str) -> tuple[Any, ...]:
        """The parts of a slot, with names; of a sprite, the values."""
        return self.library.parts(slot)

    def part_image(self, slot: str, part: str) -> Image.Image:
        """One part on a plain picture."""
        return self.library.part_image(slot, part)

    # Edits ------------------------------------------------------------------------------------------------------

    @property
    def requests(self) -> Requests:
        """Sentences, joined to this studio's models."""
        return Requests(self.library)

    def request(self, picture: Picture, sentence: str, stack: tuple[Edit, ...] = ()) -> Result:
        """Do what a sentence asks for, on top of a stack of edits, and read the result again.

        Raises:
            RequestError: where the sentence is empty, too long, or no text.
        """
        return self._request(picture, sentence, stack, False)

    def _request(self, picture: Picture, sentence: str, stack: tuple[Edit, ...], undone: bool) -> Result:
        steps = self._steps(stack)
        cells = self._cells(picture, steps)
        current = self._shown(picture, steps, cells)
        before = self.read(current)
        picture, asked = bounded(self.library, picture, sentence, current, before, stack)
        now, made = np.asarray(current.image), partial(self._made, picture)
        look = Looking(self.library, self._painted, made, tuple(stack), cells, now, picture.within)
        answer = Requests(self.library, look).answer(asked, cells.joined, before, undone)
        if answer.undo:
            back = self._undone(picture, stack)
            return self._request(picture, sentence, back.edits, True) if answer.more and not back.refusal else back
        if answer.refusal or not (answer.edits or answer.rest is not None):
            return Result(current, stack, None, look.told(answer.refusal), answer.choices)
        new, kept = answer.edits, tuple(stack) if answer.rest is None else answer.rest
        after = self._made(picture, (*kept, *new)).picture
        gone = [edit for edit in stack if edit not in kept]
        report = compared(self.library, current, after, before, self._steps((*gone, *new)))
        refusal, note = hindered(report, picture.within, *look.seam(new))
        refusal = refusal or (strayed(report) if len(new) > 1 else None)
        if refusal:
            return Result(current, stack, None, refusal)
        return Result(after, (*kept, *new), report, note=f"{answer.note} {note}".strip())

    def edit(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], since: int = 0) -> Result:
        """Play a stack of edits on a picture, each within the region that it carries.

        Args:
            since: the report tells what the edits from this place on changed, after those before it.

        Raises:
            StudioError: where a handle does not exist or a strength is out of bounds.
        """
        steps, new = self._steps(edits), self._steps(edits[since:])
        after = self._play(picture, steps)
        before = self._play(picture, self._steps(edits[:since]))
        report = compared(self.library, before, after, self.read(before), new) if new else None
        return Result(after, tuple(edits), report)

    @torch.inference_mode()
    def sketch(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit], quick: bool = True) -> Image.Image:
        """What a stack makes of a picture while a strength is dragged: nothing is read, and quick may be smaller. StudioError as `edit`."""
        steps = self._steps(edits)
        return sketched(self.library, self._cells(picture, still(steps))) if quick else self._play(picture, steps).image

    def shift(
        self, picture: Picture, wanted: Mapping[str, int | str], method: str = "studio", start: Mapping[str, int | str] | None = None
    ) -> Shifted:
        """Shift a sprite's latent to wanted values, one slot after another, and compare with the exact picture.

        Args:
            start: all five factors of the picture where a person chose them; read from the picture where None.

        Raises:
            StudioError: where the world has no shifts, nothing is asked, or a slot or value does not exist.
            SettingError: where the method does not exist.
        """
        return self.library.shifter.shift(picture, self._latent(picture), wanted, method, start)

    def methods(self) -> tuple[ShiftMethod, ...]:
        """The ways to shift and what was measured of them, the studio's own first; StudioError where the world has none."""
        return self.library.shifter.methods()

    # Recipes ----------------------------------------------------------------------------------------------------

    def recipe(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit]) -> str:
        """What a picture started from and the edits since, as JSON."""
        return recipes.write_recipe(self.world, recipes.Recipe(picture.origin, tuple(edits), picture.within))

    def replay(self, recipe: str) -> tuple[Picture, tuple[Edit, ...]]:
        """The picture a recipe starts from, and its edits.

        Raises:
            RecipeError: where it is no recipe of this world, damaged, or names what does not exist.
        """
        read = recipes.read_recipe(recipe, self.world, self.library.world.side)
        unknown = [e.handle for e in read.edits if e.handle not in self.library.handles]
        if unknown:
            raise RecipeError(
                f"This recipe turns a handle that does not exist here ({unknown[0][:60]!r}). It may come from another version. "
                "To use the picture without its steps, save it again as a JPEG and open that."
            )
        return self.within(again(self.library, read.origin, self._paint), read.within), read.edits

    def load(self, source: str | Path | bytes | Image.Image) -> Loaded:
        """Any image: one that was saved here opens with its edits, any other with none; see `Loaded` for one that was painted over since.

        Raises:
            PictureError: where it cannot be used as an image.
            RecipeError: where it carries a recipe that cannot be played here.
        """
        image = open_image(source, self.ground)
        recipe = recipes.recipe_in(image)
        if not recipe:
            return Loaded(self.open(image))
        picture, edits = self.replay(recipe)
        painted = np.asarray(self._play(picture, self._steps(edits)).image)
        return Loaded(picture, edits, self.open(image) if self.library.painted_over(image, painted) else None)

    # Within -----------------------------------------------------------------------------------------------------

    def _steps(self, edits: tuple[Edit, ...] | list[Edit]) -> list[Step]:
        return steps_of(edits, self.handle, self.library.world.side, partial(bound, self.library))

    def _play(self, picture: Picture, steps: list[Step]) -> Picture:
        """The picture after its steps."""
        return self._shown(picture, steps, self._cells(picture, steps))

    def _made(self, picture: Picture, edits: tuple[Edit, ...] | list[Edit]) -> Made:
        steps = self._steps(edits)
        cells = self._cells(picture, steps)
        return Made(self._shown(picture, steps, cells), cells)

    def _cells(self, picture: Picture, steps: list[Step]) -> Cells:
        return play(self._latent(picture), self.library.world.side, steps, self.library.acting, self.library.inside)

    def _shown(self, picture: Picture, steps: list[Step], cells: Cells) -> Picture:
        """The picture as its cells paint it after its steps; the picture itself where there is none."""
        if not steps:
            return picture
        rgb = cells.shown(self._painted(cells.latents))[0]
        if len(cells.latents) == 1:
            return replace(picture, image=Image.fromarray(rgb), latent=cells.latents[0], truth=None)
        rgb = np.where(cells.reached[..., None], rgb, np.asarray(picture.image))
        return replace(picture, image=Image.fromarray(rgb), latent=self.library.rejoined(rgb), truth=None)

    def _undone(self, picture: Picture, stack: tuple[Edit, ...]) -> Result:
        if not stack:
            return Result(picture, (), refusal="There is nothing to undo yet. Ask for a change first.", undo=True)
        back = self.edit(picture, stack[:-1])
        return Result(back.picture, back.edits, back.report, undo=True)

    @cached_property
    def _plain(self) -> Tensor:
        """The latent of a plain picture, on which a handle shows by itself."""
        return self._latent(self.compose(self.library.plain))

    def _latent(self, picture: Picture) -> Tensor:
        if picture.latent is None:
            raise StudioError("This picture was not taken in by a model. Open it with studio.open().")
        return picture.latent.to(self.library.device)

    def _painted(self, latents: Tensor) -> np.ndarray:
        return self.library.painted(latents)

    def _paint(self, latent: Tensor) -> Image.Image:
        return Image.fromarray(self._painted(latent[None])[0])

    def _look(self, latents: Tensor) -> list[tuple[SlotReading, ...]]:
        return self.library.read(self._painted(latents))
