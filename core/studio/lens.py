"""The door for a further lens: something that finds handles in a world's model, and turns them.

A lens that stands in LENSES gives its handles to the world's one index, so that sentences, the map, edits and recipes reach them
without knowing it. `docs/add_a_lens.md` adds one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from torch import Tensor

from core.foundations.records import Found, Handle
from core.foundations.region import Region


class Lens(Protocol):
    """A way to read a model that yields handles.

    Attributes:
        name: what its handles' ids begin with, before a colon.
    """

    name: str

    def handles(self, library: Any) -> Sequence[Handle]:
        """The handles that it finds in a world's `core.studio.shelf.Shelf`."""

    def act(self, library: Any, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one of them on latents `[n c h w]`."""


@runtime_checkable
class Shaping(Lens, Protocol):
    """A lens whose handles are each of a part of the picture, and are asked for by what becomes of that."""

    def within(self, library: Any, handle: Handle) -> Region:
        """What bounds a handle where an edit does not say so itself."""

    def asked(self, library: Any, sentence: str) -> tuple[Handle, float] | None:
        """The handle and the strength that a sentence asks for, and for nothing besides; None where it asks for none."""


WORD = re.compile(r"[^\W_]+")
GIVE = r"(?:(?:give|put|make|add|draw|paint|show|want)(?: it| me| on| him| her)? |i want )"
ASKED = re.compile(rf"(?:please )?{GIVE}?(?:an?|another|some|any) (.+?)(?: please)?")
"""A sentence that asks for any of a kind, and for nothing besides."""

LENSES: dict[str, list[Lens]] = {}
"""Each world's further lenses, by the world's name; a library that is opened afterwards has their handles."""


@dataclass(frozen=True)
class Joined:
    """A world's own handles and those of its further lenses, behind one verb."""

    library: Any
    lenses: dict[str, Lens]

    def act(self, handle: Handle, latent: Tensor, strength: float) -> Tensor:
        """Turn one handle on latents `[n c h w]`; SettingError and StudioError as its lens says."""
        lens = self.lenses.get(handle.id.partition(":")[0])
        turned: Tensor = lens.act(self.library, handle, latent, strength) if lens else self.library.actors.act(handle, latent, strength)
        return turned


def loose(library: Any) -> tuple[dict[str, Handle], np.ndarray] | None:
    """The handles of further lenses that bring about no part, by their texts, and these embedded; None where there are none."""
    further = lenses_of(library.world.name)
    own = [handle for handle in library.handles.values() if further and not handle.part and handle.id.partition(":")[0] in further]
    names = {words: handle for handle in own for words in handle.texts}
    return (names, library.texts.embed(list(names))) if names else None


def nearest(library: Any, text: str, limit: int) -> list[Found]:
    """The loose handles nearest to a text, best first; sentences find all others by their part."""
    if library.loose is None:
        return []
    names, vectors = library.loose
    scores = vectors @ library.texts.embed([text])[0]
    order = sorted(zip(scores.tolist(), names, strict=True), reverse=True)
    return [Found(names[words], "more", 1.0, score, words) for score, words in order[:limit]]


def mentioned(library: Any, sentence: str) -> list[Handle]:
    """The loose handles whose names' words all stand in a sentence, the longest names first; none that says no more than its slot."""
    words = set(WORD.findall(sentence.lower()))
    names = {name: one for name, one in library.loose[0].items() if name != one.slot} if library.loose else {}
    found = sorted((name for name in names if set(WORD.findall(name.lower())) <= words), key=lambda name: (-len(name), name))
    return list({names[name].id: names[name] for name in found}.values())


def called(library: Any, sentence: str) -> Handle | None:
    """The loose handle that a sentence asks for as any such thing, by its whole name and nothing else: "give it a green head".

    Only a name that says where: "an orange" may be a fruit.
    """
    asked = ASKED.fullmatch(sentence.lower().strip(" .!"))
    named = asked[1] if asked else ""
    return next((one for one in mentioned(library, sentence) if named in one.texts and one.slot in named.split()), None)


def bound(library: Any, handle: Handle) -> Region | None:
    """What bounds a handle where an edit does not say so itself; None for nothing."""
    lens = lenses_of(library.world.name).get(handle.id.partition(":")[0])
    return lens.within(library, handle) if isinstance(lens, Shaping) else None


def shaped(library: Any, sentence: str) -> tuple[Handle, float] | None:
    """The handle and the strength that a sentence asks for by what becomes of a part; None where it asks for no such thing."""
    lenses = [lens for lens in lenses_of(library.world.name).values() if isinstance(lens, Shaping)]
    return next(filter(None, (lens.asked(library, sentence) for lens in lenses)), None)


def lenses_of(world: str) -> dict[str, Lens]:
    """A world's further lenses by name."""
    return {lens.name: lens for lens in LENSES.get(world, ())}
