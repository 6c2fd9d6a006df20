"""Images that excite a neuron or a class, grown before a person's eyes. Mixed into the studio, and into its photographs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from core.foundations.errors import RequestError, SettingError
from core.foundations.excited import Excited
from core.foundations.images import to_rgb
from core.foundations.inverted import Steps
from core.foundations.records import Word
from core.methods.write.visualise import Grown, Network, Visualising, grow
from core.methods.write.visualise_canvas import Canvas
from core.methods.write.visualise_goals import Goal, unit
from core.studio.shared import paced

MOST_IMAGES, MOST_STEPS = 8, 500
Target = str | tuple[int, int] | Goal


@dataclass(frozen=True)
class Easel:
    """What images of one world are grown on, and for which network.

    Attributes:
        network: what is excited.
        names: of the classes that it tells apart.
        keys: its layers of keys, block by block; `behind` those behind the activation function.
        behind: as `keys`.
        goal: a class to what is wanted for it.
        canvas: what images are made of.
        settings: how they are grown.
        grounds: colours RGB `[k 3]` in [0, 1] of what comes in from outside; any where None.
        other: another model that looks, RGB `[n 3 h w]` in [0, 1] to log-odds `[n k]` of the same classes; None where there is none.
        work: multiply-adds of one pass of the network.
        ready: a class to an image that was grown before; None where there is none.
    """

    network: Network
    names: tuple[str, ...]
    keys: tuple[str, ...]
    behind: tuple[str, ...]
    goal: Callable[[int], Goal]
    canvas: Canvas
    settings: Visualising
    grounds: Tensor | None = None
    other: Callable[[Tensor], Tensor] | None = None
    work: float = 0.0
    ready: Callable[[int], Image.Image | None] = lambda place: None

    def place(self, name: str) -> int:
        """A class by its name; RequestError where there is none."""
        known = {one.casefold(): place for place, one in enumerate(self.names)}
        wanted = name.casefold().strip()
        if wanted not in known:
            near = difflib.get_close_matches(wanted, known, 3, 0.4)
            told = f" The nearest are {', '.join(near)}." if near else ""
            raise RequestError(f"This model knows no class {name[:40]!r}; it knows {len(self.names)}.{told}")
        return known[wanted]

    def goal_of(self, target: Target, behind: bool = False) -> Goal:
        """What is wanted for a class by its name, for a key by its block and number, or a goal as it is; errors as in `excite`."""
        if isinstance(target, Goal):
            return target
        if isinstance(target, str):
            return self.goal(self.place(target))
        block, number = target
        if not 0 <= block < len(self.keys):
            raise SettingError(f"There is no block {block}; this model has blocks 0 to {len(self.keys) - 1}.")
        return unit((self.behind if behind else self.keys)[block], number)

    def shown(self, grown: Grown) -> Excited:
        """For a person."""
        images = tuple(Image.fromarray(one) for one in to_rgb(grown.images))
        shares = grown.said.softmax(1).max(1)
        says = tuple(Word(self.names[place], share) for share, place in zip(shares.values.tolist(), shares.indices.tolist(), strict=True))
        others = ("",) * len(images)
        if self.other is not None:
            with torch.no_grad():
                others = tuple(self.names[place] for place in self.other(grown.images).argmax(1).tolist())
        return Excited(images, tuple(grown.scores.tolist()), says, others, grown.step, grown.steps, grown.done)


class ExcitingVerbs:
    """What a studio, or its photographs, can do to show what excites a vision transformer.

    Example:
        for step in studio.excite("shark", count=2):  # a class; (4, 17) for key 17 of the fifth block
            show(step.images, step.step / step.steps)
    """

    @property
    def easel(self) -> Easel:
        """What images are grown on, loaded when it is first asked for; errors as in `excite`."""
        library: Any = self.library  # type: ignore[attr-defined]
        return library.easel

    def excite(
        self, target: Target, count: int = 1, steps: int | None = None, seed: int = 0, behind: bool = False, diverse: float = 0.0
    ) -> Steps[Excited]:
        """Grow images that excite a class or a neuron. To cancel, ask for no more: the last ones are kept.

        Args:
            target: a class by its name, a key by its block and number, both from 0, or a goal of core.methods.write.visualise_goals.
            count: images, each by its own seed, up to MOST_IMAGES.
            steps: at most; the world's own number where None.
            seed: of the first; the next has the next.
            behind: whether a key counts behind its activation function, where it has no slope while it is silent.
            diverse: how much the images are to differ from each other.

        Returns:
            Steps to be asked for one by one, `core.foundations.excited.Excited`; `.last` is how it ends.

        Raises:
            StudioError: where the world has no model that tells classes apart.
            RequestError: where there is no such class.
            LayerError, SettingError: where there is no such key, or a number is out of bounds.
            WeightsError: where its eyes were not fetched.
        """
        easel = self.easel
        if not 1 <= count <= MOST_IMAGES or (steps is not None and not 1 <= steps <= MOST_STEPS):
            raise SettingError(f"Up to {MOST_IMAGES} images grow at once, in up to {MOST_STEPS} steps; got {count} and {steps}.")
        goal = easel.goal_of(target, behind)
        goal = goal.apart(diverse) if diverse else goal
        settings = easel.settings if steps is None else replace(easel.settings, steps=steps)
        return Steps(paced(_excited(easel, goal, range(seed, seed + count), settings), easel.work * count))

    def excited_image(self, name: str) -> Image.Image | None:
        """An image that was grown for a class before; None where none is kept. Errors as in `excite`."""
        easel = self.easel
        return easel.ready(easel.place(name))


def _excited(easel: Easel, goal: Goal, seeds: range, settings: Visualising) -> Iterator[Excited]:
    for grown in grow(easel.network, easel.canvas, [goal] * len(seeds), list(seeds), settings, easel.grounds):
        yield easel.shown(grown)
