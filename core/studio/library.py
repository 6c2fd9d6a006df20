"""What is loaded for the world `nouns`, once for everyone and only when first asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.foundations.files import load_weights, read_words
from core.foundations.inverted import Inverted
from core.foundations.named_neurons import load_neurons
from core.foundations.records import Handle, Picture
from core.language.actions import readings
from core.language.agree import agreed
from core.language.lexicon import Entry, Lexicon, texts_of
from core.language.parts import resolve
from core.language.resolve import Resolved
from core.methods.read.search import TextIndex
from core.models.palette_vae import PaletteVAE
from core.models.registry import load, load_generator
from core.models.thesaurus import load_thesaurus
from core.studio.attacking import Attacker
from core.studio.classes import ClassSight
from core.studio.exciting import Easel
from core.studio.handles import Actors, load_handles
from core.studio.inverting import inverted
from core.studio.lenses import load_lenses, load_rule
from core.studio.named_keys import NamedKeys
from core.studio.noun_classes import NEURONS, noun_class_sight
from core.studio.noun_easel import noun_easel
from core.studio.noun_painting import NounPainting
from core.studio.noun_shared import NounShared
from core.studio.scene_stage import scene_attacker
from core.studio.shared import Inverting
from core.studio.shelf import Shelf
from core.studio.shifter import Shifter
from core.studio.sight import Sight
from core.studio.told import by_part, vectors_of
from core.worlds.nouns import catalogue
from core.worlds.nouns.world import Nouns


class Library(Shelf):
    """The models, handles and texts of the Nouns."""

    world: Nouns

    def __init__(self, world: str = Nouns.name, device: torch.device | None = None) -> None:
        super().__init__(device)
        self.world = Nouns()

    @cached_property
    def actors(self) -> Actors:
        """The numbers behind the handles."""
        dictionary, bundles, directions = (
            load(f"{self.world.name}_{name}", self.device) for name in ("dictionary", "bundles", "directions")
        )
        positions = {slot: {p.id: i for i, p in enumerate(catalogue.parts(slot))} for slot in self.world.slots}
        shifted = any(handle.kind == "shift" for handle in self.handles.values())
        shifts = load(f"{self.world.name}_shifts", self.device) if shifted else None
        return Actors(dictionary, bundles, directions, positions, shifts)

    def make_handles(self) -> Sequence[Handle]:
        """The handles that lie in a file."""
        return load_handles(f"{self.world.name}_handles.json")

    @cached_property
    def named_keys(self) -> NamedKeys:
        """Those of the vision transformer that names the heads."""
        return NamedKeys(load_neurons(NEURONS), self.texts)

    @cached_property
    def class_sight(self) -> ClassSight:
        """The vision transformer that names the heads."""
        return noun_class_sight(self.device)

    @cached_property
    def easel(self) -> Easel:
        """What images are grown on that excite it."""
        return noun_easel(self.class_sight)

    @cached_property
    def sight(self) -> Sight:
        """The embedded CLIP with its lenses."""
        return Sight(load("scenes_clip", self.device), load_lenses("scenes_lenses"), self.texts, rule=load_rule("scenes_presence"))

    @cached_property
    def attacker(self) -> Attacker:
        """The attack on the embedded CLIP."""
        return scene_attacker(self.sight.clip, self.sight.lenses)

    @property
    def entries(self) -> list[Entry]:
        """What can be asked for: every part that some handle brings about."""
        return [Entry.of(catalogue.part(*key)) for key in self.by_part if key[1]]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The index over the texts of all handles."""
        facts, told = self.facts, json.loads(read_words(f"{self.world.name}_described.json"))
        described = by_part(told["texts"])
        texts = [t.text for t in texts_of(self.entries, facts, described)]
        vectors = vectors_of(texts, *load_weights(f"{self.world.name}_texts"))
        others, embed = {**told["names"], **load_thesaurus().certain()}, self.texts.embed
        return Lexicon(self.entries, facts, embed, TextIndex.build, vectors, described, others, told["sureness"], by_part(told["bags"]))

    @property
    def plain(self) -> dict[str, str]:
        """A grey body on the cool background, no head, no glasses."""
        return {"background": "cool", "body": "grayscale-8", **self.world.bare}

    @cached_property
    def shared(self) -> NounShared:
        """What the generator shares with four models that look."""
        return NounShared(load_generator(f"{self.world.name}_generator", self.device), self.device)

    @cached_property
    def painting(self) -> NounPainting:
        """The painter, and what a prompt asks of it."""
        assert isinstance(self.generator, PaletteVAE)
        return NounPainting(self.world, self.lexicon, self.generator, self.device)

    def inversion(self, picture: Picture, how: Inverting) -> Iterator[Inverted]:
        """A Noun, or anything that was snapped to its pixels, brought closer."""
        return inverted(self, picture, how)

    @property
    def shifter(self) -> Shifter:
        """There is none for the Nouns."""
        raise StudioError("Values are shifted on sprites; Nouns have handles instead. Open the sprites: studio.sprites.")

    def parts(self, slot: str) -> tuple[catalogue.Part, ...]:
        """The parts of a slot, in the artwork's order."""
        return catalogue.parts(slot)

    def understand(self, sentence: str, reading: Mapping[str, str]) -> Resolved:
        """What a sentence asks for."""
        several = readings(sentence, self.reader, self.hints, self.lexicon)
        return agreed(several, lambda said: resolve(said, self.lexicon, reading), self.lexicon.entry)

    def active(self, latent: Tensor) -> dict[str, float]:
        """The features active in a latent, strongest first, in units of their typical activation."""
        codes = self.actors.dictionary.encode(latent[None])[0]
        active = {f"feature:{i}": codes[i].item() for i in codes.nonzero()[:, 0].tolist()}
        relative = {id: code / self.handles[id].typical for id, code in active.items() if id in self.handles}
        return dict(sorted(relative.items(), key=lambda item: -item[1]))
