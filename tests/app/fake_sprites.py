"""A stand-in for the sprites: drawn exactly, shifts that leak by rule, sentences by keywords, no model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PIL import Image

from core.foundations.errors import RequestError, StudioError
from core.foundations.records import Curve, Edit, Found, Handle, Picture, Result, Shifted, ShiftMethod, SlotReading
from core.worlds.dsprites import names
from core.worlds.dsprites.factors import COUNTS, FACTORS
from core.worlds.dsprites.render import draw

LEAKS = {"studio": (), "regression": ("y",), "nearest": ("scale", "rotation")}
"""What each method moves along, one value up."""
SAYS = {
    "studio": "a small network that looks at the latent, tries the shift, reads the result and mends it",
    "regression": "one fixed direction for each property, found by linear regression",
    "nearest": "takes the latent of a stored sprite that has what is asked",
}
NO_CIRCLE = "There is no circle here; the nearest is an ellipse."
WORDS = {"left": ("x", 3), "right": ("x", 28), "top": ("y", 3), "bottom": ("y", 28), "heart": ("shape", 2), "square": ("shape", 0)}
WORDS |= {"circle": ("shape", 1), "small": ("scale", 0), "large": ("scale", 5), "quarter": ("rotation", 10)}


def ink(sprite: tuple[int, ...]) -> np.ndarray:
    """A sprite `[64 64]` of 0 and 1."""
    return draw(np.array([sprite]))[0]


def _handle(slot: str, part: int) -> Handle:
    words, flat = names.value(slot, str(part)).name, Curve((0.0, 1.0), (0.0, 1.0), (1.0, 1.0))
    return Handle(f"shift:{slot}:{part}", "shift", slot, str(part), words, (words,), 0.9, 1.0, 0.1, flat)


class FakeSprites:
    """The verbs of `Studio.sprites`."""

    def __init__(self, work: Callable[[str], None] = lambda verb: None) -> None:
        self.work = work

    def _picture(self, sprite: tuple[int, ...], soft: bool = False) -> Picture:
        white = ink(sprite).astype(float)
        if soft:
            white[1:] = np.where(white[1:] == white[:-1], white[1:], 0.4 + 0.2 * white[1:])
        rgb = np.repeat(np.uint8(255 * white)[..., None], 3, -1)
        return Picture(Image.fromarray(rgb), None, None, 1.0, {"sprite": list(sprite)})

    def sample(self, seed: int) -> Picture:
        """A random sprite."""
        self.work("sprites.sample")
        return self._picture(tuple(int(v) for v in np.random.default_rng(seed).integers(0, COUNTS)))

    def compose(self, parts: dict[str, str], seed: int = 0) -> Picture:
        """A sprite of exact factors."""
        self.work("sprites.compose")
        rest = np.random.default_rng(seed).integers(0, COUNTS)
        return self._picture(tuple(int(parts.get(slot, v)) for slot, v in zip(FACTORS, rest, strict=True)))

    def read(self, picture: Picture) -> tuple[SlotReading, ...]:
        """Its factors."""
        return tuple(
            SlotReading(s, str(v), names.value(s, str(v)).name, 1.0) for s, v in zip(FACTORS, picture.origin["sprite"], strict=True)
        )

    def parts(self, slot: str) -> tuple[names.Value, ...]:
        """All values of a factor."""
        return names.values(slot)

    def methods(self) -> tuple[ShiftMethod, ...]:
        """Three of them; the first is ours."""
        ways = []
        for at, (method, leaks) in enumerate(LEAKS.items()):
            measured = {slot: 0.985 - 0.21 * at - 0.03 * i for i, slot in enumerate(FACTORS)}
            rows = tuple(tuple(0.01 if a == b else 0.42 if b in leaks else 0.004 for b in FACTORS) for a in FACTORS)
            ways.append(ShiftMethod(method, SAYS[method], measured, rows))
        return tuple(ways)

    def shift(self, picture: Picture, wanted: dict[str, int], method: str, start: dict[str, int] | None = None) -> Shifted:
        """A shift; all methods but ours move something along."""
        self.work("sprites.shift")
        if method not in LEAKS or not wanted:
            raise StudioError("That way of shifting does not exist. Choose one of the list.")
        before = tuple(picture.origin["sprite"])
        target = tuple(wanted.get(slot, v) for slot, v in zip(FACTORS, before, strict=True))
        after = tuple(
            min(v + 2, c - 1) if s in LEAKS[method] and s not in wanted else v for s, v, c in zip(FACTORS, target, COUNTS, strict=True)
        )
        made, exact = self._picture(after, soft=True), self._picture(target)
        one, two = np.asarray(made.image)[..., 0] > 127, np.asarray(exact.image)[..., 0] > 127
        moved = tuple(slot for slot, b, a in zip(FACTORS, before, after, strict=True) if b != a and slot not in wanted)
        share = float((one & two).sum() / max((one | two).sum(), 1))
        return Shifted(made, exact.image, self.read(picture), self.read(made), share, wanted, moved)

    def request(self, picture: Picture, sentence: str) -> Result:
        """Keywords; "circle" is met by the nearest and noted, "undo" is for the page, everything else is refused."""
        self.work("sprites.request")
        if not sentence.strip():
            raise RequestError("Say what should change.")
        if "undo" in sentence:
            return Result(picture, (), refusal="There is nothing to undo yet. Ask for a change first.", undo=True)
        edits = tuple(Edit(f"shift:{slot}:{value}") for word, (slot, value) in WORDS.items() if word in sentence.lower())
        near = tuple(Found(_handle(*pair), "replace", 1.0, 0.5) for pair in (("x", 3), ("shape", 2)))
        if not edits:
            return Result(picture, (), None, f"A sprite cannot do “{sentence}”. The nearest things that it can are below.", near)
        return Result(replace(picture), edits, note=NO_CIRCLE if "circle" in sentence else "")
