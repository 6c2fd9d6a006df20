"""Shift a sprite's latent to wanted values, and say beside the exact picture what came of it.

Shape first, then rotation, scale, x and y: what a rotation looks like depends on the shape. The exact picture is
drawn by the renderer and only compared with; nothing that acts has seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import SettingError, StudioError
from core.foundations.images import to_rgb
from core.foundations.records import Picture, Shifted, ShiftMethod, SlotReading
from core.language.values import ORDER, same_turn
from core.methods.write.shift import METHODS, shift
from core.models.protocols import Generator
from core.models.shifts import Shifts
from core.worlds.dsprites.factors import FACTORS, ROTATION, SHAPE, SYMMETRY, TURN
from core.worlds.dsprites.render import draw
from core.worlds.dsprites.world import Sprites

STUDIO = "studio"
REMEMBERED = 256
"""Readings of pictures that are kept: a slider asks again and again about the same one."""

Readings = tuple[SlotReading, ...]


def align(expected: Readings, found: Readings, symmetry: float) -> Readings:
    """A reading whose rotation bears the expected value where the two look the same.

    Args:
        expected: what should be, slot by slot.
        found: what was read.
        symmetry: steps of rotation after which both look the same.
    """
    rotation = next(r for r in expected if r.slot == "rotation")
    same = [r.slot == "rotation" and same_turn(int(r.part), int(rotation.part), symmetry) for r in found]
    return tuple(replace(r, part=rotation.part, name=rotation.name) if alike else r for r, alike in zip(found, same, strict=True))


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two bool arrays; 1 where both are empty."""
    union = float((one | other).sum())
    return float((one & other).sum()) / union if union else 1.0


class Shifter:
    """Shifts by value.

    Args:
        card: `table` {method: {slot: share}}, `leakage` {method: {asked: {moved: share}}}, `best` {slot: method}.
    """

    def __init__(self, world: Sprites, generator: Generator, shifts: Shifts, card: Mapping[str, Any]) -> None:
        self.world, self.generator, self.shifts, self.card = world, generator, shifts, card
        self.read = lru_cache(REMEMBERED)(self._read)

    def methods(self) -> tuple[ShiftMethod, ...]:
        """The ways to shift: the studio's own first, then all that were measured, by how well they do on average."""
        held = [name for name in METHODS if name in self.card["table"] and name in self.shifts.config.methods]
        held.sort(key=lambda name: -sum(self.card["table"][name].values()))
        best = self.card["best"]
        says = "Takes for each property what did best in training."
        own = ShiftMethod(
            STUDIO, says, {s: self.card["table"][best[s]][s] for s in FACTORS}, tuple(self._leaks(best[s], s) for s in FACTORS)
        )
        return (own, *(self._measured(name) for name in held))

    def _measured(self, name: str) -> ShiftMethod:
        table = {slot: self.card["table"][name][slot] for slot in FACTORS}
        return ShiftMethod(name, METHODS[name].says, table, tuple(self._leaks(name, slot) for slot in FACTORS))

    def _leaks(self, name: str, asked: str) -> tuple[float, ...]:
        return tuple(float(self.card["leakage"][name][asked][moved]) for moved in FACTORS)

    @torch.inference_mode()
    def shift(
        self,
        picture: Picture,
        latent: Tensor,
        wanted: Mapping[str, int | str],
        method: str = STUDIO,
        start: Mapping[str, int | str] | None = None,
    ) -> Shifted:
        """Shift a picture's latent.

        Args:
            picture: to start from.
            latent: its latent `[c h w]`, where the models run.
            wanted: slot to value, as a number, or by its id or name.
            method: "studio" or one of METHODS.
            start: all five factors of the picture where a person chose them, for the exact picture that stands beside; read from the
                picture where None. What acts on the latent does not see them.

        Raises:
            StudioError: where nothing is asked, or a slot or value does not exist.
            SettingError: where the method does not exist.
        """
        values, chosen = self._values(wanted), self._values(start) if start else None
        moved = latent[None]
        for slot in (s for s in ORDER if s in values):
            moved = shift(moved, self.shifts, self._method(method, slot), slot, torch.tensor([values[slot]], device=latent.device))
        rgb = to_rgb(self.generator.decode(moved))[0]
        if chosen is None:
            before = self.read(np.asarray(picture.image).tobytes())
        else:
            before = self._worded(np.array([chosen[slot] for slot in FACTORS]))
        target, symmetry = self._target(np.array([int(r.part) for r in before]), values)
        after = align(self._worded(target), self.world.read(rgb[None])[0], symmetry)
        stray = tuple(b.slot for b, a in zip(self._kept(before, target), after, strict=True) if b.part != a.part and b.slot not in values)
        exact, iou = self._judged(target, rgb, symmetry)
        made = Picture(Image.fromarray(rgb), moved[0], None, picture.fit, picture.origin, picture.original)
        return Shifted(made, exact, before, after, iou, values, stray)

    def _read(self, pixels: bytes) -> Readings:
        side = self.world.side
        return self.world.read(np.frombuffer(pixels, np.uint8).reshape(1, side, side, 3))[0]

    def _method(self, method: str, slot: str) -> str:
        if method != STUDIO and (method not in METHODS or method not in self.shifts.config.methods):
            known = ", ".join(m.name for m in self.methods())
            raise SettingError(f"There is no way of shifting called {str(method)[:40]!r}. There are {known}.")
        return self.card["best"][slot] if method == STUDIO else method

    def _values(self, wanted: Mapping[str, int | str]) -> dict[str, int]:
        if not wanted:
            raise StudioError("Nothing is asked. Name at least one slot and the value that it should take.")
        found = {}
        for slot, value in wanted.items():
            if slot not in FACTORS:
                raise StudioError(f"A sprite has no {str(slot)[:40]!r}. It has {', '.join(FACTORS)}.")
            known = self.world.values(slot)
            hit = next((v for v in known if not isinstance(value, bool) and str(value) in (str(v.id), v.name)), None)
            if hit is None:
                raise StudioError(f"There is no {slot} {str(value)[:40]!r}. It goes from {known[0].id} to {known[-1].id}.")
            found[slot] = int(hit.id)
        return found

    def _target(self, start: np.ndarray, values: Mapping[str, int]) -> tuple[np.ndarray, float]:
        """What was asked for `[5]`, and after how many steps of rotation a picture counts as the same."""
        target = np.array([values.get(slot, value) for slot, value in zip(FACTORS, start.tolist(), strict=True)])
        shapes = {int(target[SHAPE])} | (set() if "rotation" in values else {int(start[SHAPE])})
        return target, min(SYMMETRY[shape] for shape in shapes)

    def _worded(self, sprite: np.ndarray) -> Readings:
        chosen = [self.world.values(slot)[int(value)] for slot, value in zip(FACTORS, sprite, strict=True)]
        return tuple(SlotReading(slot, str(v.id), v.name, 1.0) for slot, v in zip(FACTORS, chosen, strict=True))

    def _kept(self, before: Readings, target: np.ndarray) -> Readings:
        return tuple(replace(b, part=str(value)) for b, value in zip(before, target.tolist(), strict=True))

    def _judged(self, target: np.ndarray, rgb: np.ndarray, symmetry: float) -> tuple[Image.Image, float]:
        """The exact picture, of those that count as the same the one that the result fits best, and how well it does."""
        others = [r for r in range(TURN) if r != target[ROTATION] and same_turn(r, int(target[ROTATION]), symmetry)]
        rows = np.repeat(target[None], 1 + len(others), 0)
        rows[1:, ROTATION] = others
        drawn, ink = draw(rows).astype(bool), rgb.mean(-1) > 127.5
        fits = [overlap(ink, one) for one in drawn]
        exact = np.repeat(drawn[int(np.argmax(fits)), :, :, None].astype(np.uint8) * 255, 3, -1)
        return Image.fromarray(exact), max(fits)
