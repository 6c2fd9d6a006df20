"""The verbs of painting: a prompt makes pictures, and each is read again for what the prompt asked. Mixed into the studio."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import SettingError
from core.foundations.painted import AskedPart, Painted, Painting
from core.foundations.records import Found, Picture, SlotReading
from core.foundations.seeds import numpy_rng
from core.models.painters import painter as painter_named
from core.studio import recipes
from core.studio.descriptions import Prompted, nothing_known, still_missing
from core.studio.fulfil import rank
from core.studio.noun_painting import NounPainting
from core.studio.shelf import Shelf

MOST = 100
"""Pictures of a prompt at the most."""
AT_ONCE = 32
"""Latents that are decoded together."""


class PaintingVerbs:
    """What a studio can do with a prompt."""

    library: Shelf
    open: Callable[[Any], Picture]

    def paint(
        self, prompt: str, count: int = 1, seed: int = 0, steps: int | None = None, guidance: float | None = None, painter: str = ""
    ) -> Painted:
        """Pictures that show what a prompt describes; what it leaves open is decided by seed.

        Args:
            prompt: such as "a Noun with a shark head and red glasses".
            count: how many, from 1 to 100.
            seed: of the first; the others count on. The same prompt and seed give the same picture.
            steps: of the sampling, from 1 to 50; more where None.
            guidance: how closely the prompt is held to, from 0 to 20; 1 is none.
            painter: of another family, such as "diffusers:stabilityai/sd-turbo"; the world's own where "".

        Returns:
            Pictures that can be edited at once, each with what is missing; or a refusal, where the prompt names nothing known.

        Raises:
            RequestError: where the prompt is empty, too long, or no text.
            SettingError: where a setting is out of bounds.
            StudioError: where the world has no painter.
        """
        if isinstance(count, bool) or not 1 <= count <= MOST:
            raise SettingError(f"From 1 to {MOST} pictures are painted at once; {count} were asked for.")
        found = self._paint_each([prompt] * count, range(seed, seed + count), steps, guidance, painter)
        return replace(found[0], paintings=tuple(one for each in found for one in each))

    def paint_all(
        self, prompts: Sequence[str], seeds: Sequence[int] | None = None, steps: int | None = None, guidance: float | None = None
    ) -> tuple[Painted, ...]:
        """One picture for each of many prompts, in one go.

        Args:
            prompts: as `paint` takes them.
            seeds: one for each; 0, 1, 2 ... where None.
            steps: as there; guidance likewise.

        Returns:
            For each prompt a painting, or a refusal. Errors as there.
        """
        return self._paint_each(prompts, range(len(prompts)) if seeds is None else seeds, steps, guidance)

    def _paint_each(
        self, prompts: Sequence[str], seeds: Sequence[int], steps: int | None, guidance: float | None, painter: str = ""
    ) -> tuple[Painted, ...]:
        library, painting = self.library, self.library.painting
        understood = {prompt: painting.prompted(prompt) for prompt in dict.fromkeys(prompts)}
        plans = [chosen(painting, understood[prompt], seed) for prompt, seed in zip(prompts, seeds, strict=True)]
        rows = [row for row, plan in enumerate(plans) if plan or painter]
        numbers = [seeds[row] for row in rows]
        if painter and rows:
            canvas = painter_named(painter, library.device).paint([prompts[row] for row in rows], numbers, steps, guidance)
            pictures = [self.open(Image.fromarray(image)) for image in canvas.images]
        elif rows:
            said = [[one.name for one in plans[row]] for row in rows]
            pictures = latent_pictures(library, painting.painter.latents(said, numbers, steps, guidance))
        else:
            pictures = []
        read = library.read(np.stack([np.asarray(picture.image) for picture in pictures])) if pictures else []
        made = dict(zip(rows, zip(pictures, read, strict=True), strict=True))
        return tuple(
            _answer(library, understood[prompt], Painting(made[row][0], prompt, seed, plans[row], ""), made[row][1])
            if row in made
            else Painted(prompt, (), nothing_known(prompt, understood[prompt]), _choices(library, understood[prompt]))
            for row, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))
        )


def chosen(painting: NounPainting, prompt: Prompted, seed: int) -> tuple[AskedPart, ...]:
    """The part that is painted for each wish: the one that is meant, or any of those that may be meant, by seed."""
    found = []
    for one in prompt.wanted:
        at = 0 if one.sure else int(numpy_rng("painted", one.slot, seed).integers(len(one.parts)))
        found.append(AskedPart(one.slot, one.parts[at], painting.title(one.slot, one.parts[at])))
    return tuple(found)


def latent_pictures(library: Shelf, latents: Tensor) -> list[Picture]:
    """Pictures of latents `[n c h w]`, each as its recipe will paint it again."""
    packed = [recipes.pack_latent(one.clamp(-recipes.LARGEST, recipes.LARGEST)) for one in latents]
    kept = [library.unpacked(text) for text in packed]
    images = np.concatenate([library.painted(some) for some in torch.stack(kept).split(AT_ONCE)])
    rows = zip(images, kept, packed, strict=True)
    return [Picture(Image.fromarray(image), latent, None, 1.0, {"latent": text, "fit": 1.0}) for image, latent, text in rows]


def judged(library: Shelf, asked: Sequence[AskedPart], reading: Sequence[SlotReading]) -> tuple[AskedPart, ...]:
    """Parts that were asked for, with what is seen instead of those that are not there."""
    seen = {one.slot: one for one in reading}
    shown = {one.slot: one.part for one in reading}
    found = []
    for one in asked:
        now = seen[one.slot]
        there = library.painting.shows(shown, one.slot, one.part)
        clear = there and now.confidence >= library.standard.clean
        found.append(replace(one, seen="" if clear else f"something unclear, near to {now.name}" if there else now.name))
    return tuple(found)


def _answer(library: Shelf, told: Prompted, painting: Painting, reading: Sequence[SlotReading]) -> Painted:
    asked = judged(library, painting.asked, reading)
    missing = still_missing([(one.name, one.seen) for one in asked if not one.there], bool(told.told)) if asked else ""
    sentence = " ".join(filter(None, (*told.told, missing)))
    return Painted(painting.prompt, (replace(painting, asked=asked, sentence=sentence),), None, _choices(library, told))


def _choices(library: Shelf, told: Prompted) -> tuple[Found, ...]:
    near = [n for n in told.near if library.bringing(n.entry.slot, n.entry.part)]
    unique = {(n.entry.slot, n.entry.part): n for n in reversed(near)}
    return tuple(Found(rank(library.bringing(*key))[0][0], "replace", 1.0, n.score, n.text) for key, n in reversed(unique.items()))
