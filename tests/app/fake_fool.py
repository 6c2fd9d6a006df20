"""A stand-in for an attack: scenes are really put together, and what the model takes them for follows from their words."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image

from core.foundations.attacked import Addition, Attacked, Shot, SpuriousWord
from core.foundations.errors import RequestError, WeightsError
from core.foundations.records import Picture
from core.models.writer import WriterOffer
from core.worlds.scenes.things import classes, named
from core.worlds.scenes.world import SceneWorld

WORDS = ("volcano", "toaster", "red glasses", "brick red background", "pie", "snow globe")
BANNED = ("hot dog",)
A_STEP = 4


class FakeFool:
    """The verbs, for a world that has scenes.

    Attributes:
        allowed: steps that may be made now; the next one waits until it may. Any number where None.
    """

    allowed: int | None = None
    offered: tuple[str, ...] = WORDS
    neurons: tuple[str, ...] = ("neuron:4:0", "neuron:4:1")
    _work: Callable[[str], None]

    @property
    def attacker(self) -> Any:
        """What checks a person's own words."""
        return SimpleNamespace(chosen=self._checked)

    def _checked(self, true: str, wrong: str, words: Sequence[str]) -> None:
        for word in words:
            if not self._exists(word) or word in (true, wrong, *BANNED):
                raise RequestError(f"{word!r} is one of the two classes, or is called like one. Leave it out.")

    def _exists(self, word: str, as_class: bool = False) -> bool:
        return word in {thing.word for thing in classes()} if as_class else named(word) is not None

    def attack_words(self, true: str, wrong: str) -> tuple[SpuriousWord, ...]:
        """Six, with one or two neurons behind each."""
        self._work("attack_words")
        for name in (true, wrong):
            if not self._exists(name, True):
                raise RequestError(f"There is no class {name[:60]!r} here.")
        behind = lambda at: tuple((id, 0.01 * (n + 1)) for n, id in enumerate(self.neurons[: 1 + at % 2]))  # noqa: E731
        fine = [word for word in self.offered if word not in (true, wrong)]
        return tuple(SpuriousWord(word, "head", 0.2 - 0.02 * at, behind(at)) for at, word in enumerate(fine))

    def attack_writer(self, name: str) -> WriterOffer:
        """Any is here but "missing"."""
        if name == "missing":
            raise WeightsError("The language model 'missing' is not on this machine.")
        return WriterOffer(name, Path(name), 269.0)

    def attack(
        self,
        true: str,
        wrong: str,
        count: int = 100,
        words: Sequence[str] | None = None,
        seed: int = 0,
        controls: bool = True,
        writer: str = "",
    ) -> Iterator[Attacked]:
        """Four pictures a step; every third one fools, and of those by chance every tenth. A language model writes two sentences first."""
        self._work("attack")
        chosen = tuple(SpuriousWord(word, "head") for word in words or self.offered)
        own: tuple[Shot, ...] = ()
        others: tuple[Shot, ...] = ()
        told = ""
        for told in (f"{writer} has written 1 of 2 sentences.", f"{writer} wrote 2 of 2 sentences.") if writer else ():
            yield Attacked(true, wrong, chosen, (), own, others, count, seed, told=told)
        yield Attacked(true, wrong, chosen, (), own, others, count, seed, told=told)
        for start in range(0, count, A_STEP):
            self._wait(start // A_STEP)
            several = range(start, min(start + A_STEP, count))
            own += tuple(self._shot(true, seed, at, chosen[at % len(chosen)].text, at % 3 == 0) for at in several)
            others += tuple(self._shot(true, 1000 + seed, at, "by chance", at % 10 == 0) for at in several)
            yield Attacked(true, wrong, chosen, (), own, others, count, seed, told=told)

    def attack_strongest(self, true: str, wrong: str, words: Sequence[str] | None = None, seed: int = 0) -> tuple[Addition, ...]:
        """The last word is the strongest, the first the weakest."""
        self._work("attack_strongest")
        return tuple(self._addition(true, seed, [word], at == 0) for at, word in enumerate(reversed(words or self.offered)))

    def attack_fewest(self, true: str, wrong: str, words: Sequence[str] | None = None, seed: int = 0) -> Addition:
        """The first two together; a single one never does."""
        self._work("attack_fewest")
        chosen = list(words or self.offered)[:2]
        return self._addition(true, seed, chosen, len(chosen) > 1)

    def _addition(self, true: str, seed: int, words: Sequence[str], fooled: bool) -> Addition:
        shots = tuple(self._shot(true, seed, at, " and ".join(words), fooled and at < 5) for at in range(8))
        return Addition(tuple(SpuriousWord(word, "head") for word in words), shots)

    def _wait(self, step: int) -> None:
        """Until a step may be made, or for a minute."""
        end = time.monotonic() + 60
        while self.allowed is not None and step >= self.allowed and time.monotonic() < end:
            time.sleep(0.02)

    def _shot(self, true: str, seed: int, at: int, word: str, fooled: bool) -> Shot:
        picture = self._scene(97 * seed + at)
        wrong = (0.6 if fooled else 0.1) + at % 30 / 100
        return Shot(picture, f"a {true} beside a {word}", 1 - wrong, wrong, "volcano" if fooled else true)

    def _scene(self, number: int) -> Picture:
        return Picture(SceneWorld().picture(number).image)

    def attack_map(self, picture: Picture, true: str, wrong: str) -> np.ndarray:
        """A slope, another for every pair."""
        self._work("attack_map")
        slope = np.linspace(-1, 1, picture.image.width)[None].repeat(picture.image.height, 0)
        return slope if zlib.crc32(f"{true}{wrong}".encode()) % 2 else -slope


class FakePhotoFool(FakeFool):
    """The same on photographs of noise.

    Args:
        names: of the cut-outs.
        work: told what is done.
        grounds: the photographs.
    """

    def __init__(self, names: Sequence[str], work: Callable[[str], None], grounds: Sequence[Picture]) -> None:
        self.names, self._work, self.grounds = tuple(names), work, tuple(grounds)
        self.offered, self.neurons = self.names[2:], ("neuron:9:7",)

    def _exists(self, word: str, as_class: bool = False) -> bool:
        return word in self.names

    def _scene(self, number: int) -> Picture:
        rng = np.random.default_rng(number)
        small = Image.fromarray(rng.integers(0, 255, (7, 7, 3), np.uint8))
        return Picture(small.resize((224, 224), Image.Resampling.BICUBIC))
