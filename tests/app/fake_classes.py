"""A stand-in for what decides: every picture is a shark's, whose vote begins with a wave; keys are drawn where their number says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
from PIL import Image

from core.foundations.class_records import Active, Classes, ClassKeys, KeyNeuron, Relative, Rising
from core.foundations.errors import RequestError, SettingError
from core.foundations.excited import Excited
from core.foundations.inverted import Steps
from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import Picture, Word

NAMES = ("shark", "cat", "ocean wave", "skeleton hat", "crown", "pizza", "blue whale")
DEPTHS, GRID, GROWN = 4, (8, 8), 4
KEYS = ((NamedNeuron(4, 83, "red <head>", "head", 0.9, (1,)), 0.8), (NamedNeuron(3, 5, "far off", "", 0.7, ()), 0.1))
SHARES = {"shark": (0.0, 0.2, 0.7, 0.95), "ocean wave": (0.1, 0.5, 0.1, 0.02), "cat": (0.0, 0.1, 0.05, 0.0)}


class FakeClasses:
    """The verbs."""

    _work: Callable[[str], None]
    named_keys = SimpleNamespace(who=lambda text, limit: KEYS[:limit])

    def class_names(self) -> tuple[str, ...]:
        """Seven."""
        return NAMES

    def _known(self, name: str) -> str:
        if name not in NAMES:
            raise RequestError(f"This model knows no class {name!r}; it knows {len(NAMES)}.")
        return name

    def classes(self, picture: Picture, name: str = "", limit: int = 6) -> Classes:
        """The vote of a shark; patches say it from the left on, one column more with each depth."""
        self._work("classes")
        chosen = self._known(name or "shark")
        columns = np.arange(GRID[1])[None, None] < 2 * np.arange(DEPTHS)[:, None, None]
        tokens = np.where(np.broadcast_to(columns, (DEPTHS, *GRID)), 0, 1)
        sure = np.full((DEPTHS, *GRID), 0.6, np.float32)
        ranks = {one: tuple(sum(o[at] > own[at] for o in SHARES.values()) for at in range(DEPTHS)) for one, own in SHARES.items()}
        rising = tuple(Rising(one, shares, ranks[one]) for one, shares in SHARES.items())
        heat = self._ramp(picture, NAMES.index(chosen))
        return Classes(chosen, rising, tokens, sure, ("shark", "ocean wave"), heat, tuple((tokens == 0).mean((1, 2))), (0.2, 0.5, 0.8, 0.9))

    def class_keys(self, picture: Picture, name: str, limit: int = 4) -> ClassKeys:
        """Two keys of which one has a name, three blocks, one relative."""
        self._work("class_keys")
        place = NAMES.index(self._known(name))
        found = [self._key(picture, place, block) for block in range(DEPTHS - 1)]
        return ClassKeys(name, tuple(found[:2]), tuple(found), tuple(one.heat for one in found), 1, 0.25, (Relative("blue whale", 4, 9),))

    def _key(self, picture: Picture, place: int, block: int) -> KeyNeuron:
        heat = self._ramp(picture, place + block)
        called = ("blue head", (3, 5), ((0.25, 0.5), (0.5, 0.75))) if block == 0 else ("", (), ())
        speaks = (NAMES[place], "crown", "pizza")
        return KeyNeuron(block, 10 + block, called[0], speaks, 0, 1 - 0.2 * block, heat, heat > 0.8, 2.0, *called[1:])

    def key_active(self, picture: Picture, block: int, neuron: int) -> Active:
        """Where its number says."""
        heat = self._ramp(picture, block + neuron)
        return Active(heat, heat > 0.8)

    def _ramp(self, picture: Picture, turn: int) -> np.ndarray:
        height, width = picture.image.height, picture.image.width
        return np.roll(np.linspace(0, 1, width, dtype=np.float32)[None].repeat(height, 0), turn, 1)

    def excited_image(self, name: str) -> Image.Image | None:
        """A plain one, of a colour for each class; none for the last."""
        place = NAMES.index(self._known(name))
        return None if place == len(NAMES) - 1 else Image.new("RGB", (32, 32), (30 * place, 90, 160))

    def excite(self, target: str | tuple[int, int], count: int = 1, steps: int | None = None, seed: int = 0) -> Steps[Excited]:
        """Four steps or so many, brighter and brighter, each seed greener; in the end it is called what it was grown for."""
        self._work("excite")
        if not isinstance(target, str) and target[0] >= len(NAMES):
            raise SettingError(f"There is no block {target[0]}; this model has blocks 0 to {len(NAMES) - 1}.")
        name = self._known(target) if isinstance(target, str) else NAMES[target[0]]
        return Steps(self._grown(name, range(seed, seed + count), steps or GROWN))

    def _grown(self, name: str, seeds: range, steps: int) -> Iterator[Excited]:
        count = len(seeds)
        for step in range(steps + 1):
            images = tuple(Image.new("RGB", (32, 32), (60 * step % 256, 20 * seed % 256, 90)) for seed in seeds)
            says = (Word(name if step > 1 else "pizza", step / steps),) * count
            yield Excited(images, (float(step),) * count, says, ("cat",) * count, step, steps, step == steps)
