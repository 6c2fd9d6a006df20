"""What is loaded, once for everyone and only when first asked for. All of it is read-only and shared."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

import torch

from core.foundations.errors import StudioError
from core.foundations.files import load_weights
from core.foundations.records import Handle
from core.models.palette_vae import PaletteVAE
from core.models.registry import choose_device, load
from core.models.text import TextEncoder
from core.studio.handles import Actors, load_handles
from core.studio.language.lexicon import Entry, Lexicon
from core.studio.lenses import load_lenses
from core.studio.sight import Sight
from core.worlds.nouns import catalogue
from core.worlds.nouns.world import Nouns

WORLDS = {"nouns": Nouns}


class Library:
    """The models, handles and texts of one world.

    Raises:
        StudioError: where there is no such world.
    """

    def __init__(self, world: str, device: torch.device | None = None) -> None:
        if world not in WORLDS:
            raise StudioError(f"There is no world {world!r}. There is {', '.join(WORLDS)}.")
        self.world = WORLDS[world]()
        self.device = device or choose_device()

    @cached_property
    def generator(self) -> PaletteVAE:
        """The world's generator."""
        return load(f"{self.world.name}_generator", self.device)

    @cached_property
    def actors(self) -> Actors:
        """The numbers behind the handles."""
        dictionary, bundles, directions = (
            load(f"{self.world.name}_{name}", self.device) for name in ("dictionary", "bundles", "directions")
        )
        positions = {slot: {p.id: i for i, p in enumerate(catalogue.parts(slot))} for slot in self.world.slots}
        return Actors(dictionary, bundles, directions, positions)

    @cached_property
    def handles(self) -> dict[str, Handle]:
        """All handles by id."""
        return {handle.id: handle for handle in load_handles(f"{self.world.name}_handles.json")}

    @cached_property
    def by_part(self) -> dict[tuple[str, str], list[Handle]]:
        """The handles that bring about a part, by slot and part id; colour handles under the part ""."""
        found = defaultdict(list)
        for handle in self.handles.values():
            if handle.slot:
                found[handle.slot, handle.part].append(handle)
        return dict(found)

    @cached_property
    def texts(self) -> TextEncoder:
        """The sentence encoder."""
        return TextEncoder()

    @cached_property
    def sight(self) -> Sight:
        """The embedded CLIP with its lenses."""
        return Sight(load("scenes_clip", self.device), load_lenses("scenes_lenses"), self.texts)

    @property
    def entries(self) -> list[Entry]:
        """What can be asked for: every part that some handle brings about."""
        return [Entry.of(catalogue.part(*key)) for key in self.by_part if key[1]]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The index over the texts of all handles."""
        return Lexicon.build(self.entries, self.texts.embed, load_weights(f"{self.world.name}_texts"))
