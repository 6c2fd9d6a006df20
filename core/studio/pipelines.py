"""The sparse features of a public text-to-image pipeline, made on this machine from prompts of a person's choice; one is held at a time.

    rows of one block while the prompts are painted -> a small dictionary -> what each feature does in each picture -> names, maps, turns

A name is a word of the prompts in whose pictures the feature is stronger than in the others, where that is more than chance gives
(core.studio.public_features). In memory there lie at most a few thousand rows, small pictures, and maps of few places.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F

from core.foundations.errors import RequestError, SettingError, StudioError, WeightsError
from core.methods.read.segment_refine import scaled
from core.methods.relate.learn_dictionary import DictionaryLearner, DictionarySettings
from core.models.dictionary import Dictionary
from core.models.hub import describe, fetch, kept, safe_folder
from core.models.painters import PublicPainter
from core.models.painters import painter as painter_of
from core.models.text import TextEncoder
from core.studio.feature_cards import FeatureCards
from core.studio.layer_features import STRONGEST, LayerFeatures, Prompt, SeenFeatures, pipeline_features
from core.studio.public_features import TIMES, cards_of, names_of

FAMILY = "diffusers"
PATIENCE = 1.0
"""Seconds between two looks at whether the pipeline that is prepared is done."""
FETCHED, COLLECTED, LEARNED = 0.3, 0.6, 0.75
"""The shares of the work that are done when the pipeline is here, its block was read, and its dictionary is learned."""
FEW, MANY, LONGEST = 4, 48, 200
"""Prompts that are needed at least, and taken at most; characters of each."""
SMALL, PLACES = 128, 16
"""Pixels of a kept picture's longer side, and places of a kept map along each."""
COMMON = set("and the with for from into onto its his her are has that this some very under over".split())
"""Words of prompts that name nothing."""
MIDDLE = r"transformer_blocks\.\d+"
BLOCKS = (r"mid_block\.attentions\.\d+", r"down_blocks\.\d+\.attentions\.\d+", MIDDLE, r"mid_block", r"down_blocks\.\d+")
"""Where a denoiser's features are usually read: the last of the first kind that it has, of a transformer's the middle one."""

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the work."""


@dataclass(frozen=True)
class PipelineMaking:
    """How a pipeline's features are made."""

    seeds: int = 2
    """Pictures of every prompt."""
    steps: int = 1
    """In which each is painted; turbo models need one."""
    rows: int = 8000
    """Rows of the block, one for each place, of which the dictionary is learned."""
    learning: DictionarySettings = DictionarySettings(size=192, k=6, steps=300, batch=512)
    """Its size and how long it is learned."""


class NamedPipeline(NamedTuple):
    """A pipeline with what its features are made of.

    Attributes:
        name: owner and name on the hub, or a folder of this machine.
        prompts: that it paints.
        block: of its denoiser, as in `named_modules()`; a usual one where "".
    """

    name: str
    prompts: tuple[str, ...]
    block: str = ""

    @property
    def label(self) -> str:
        """For people."""
        return Path(self.name).name if Path(self.name).is_dir() else self.name


class PipelineOffer(NamedTuple):
    """What is told of a pipeline before it is fetched.

    Attributes:
        named: which.
        megabytes: of its files; 0 for a folder.
        licence: as its owner tags it; "" where nobody says.
        ready: whether it lies on this machine.
    """

    named: NamedPipeline
    megabytes: float
    licence: str
    ready: bool


class TurnedPicture(NamedTuple):
    """What a pipeline paints of one prompt, as it is and with a feature turned.

    Attributes:
        prompt: that is painted.
        before: RGB uint8 `[h w 3]`.
        after: the same with the feature turned.
        changed: mean difference of both, in [0, 1].
    """

    prompt: Prompt
    before: np.ndarray
    after: np.ndarray
    changed: float


class Looked(NamedTuple):
    """What was kept of the pictures n.

    Attributes:
        prompts: of each.
        images: each small, RGB uint8 `[h w 3]`.
        active: largest activation of each feature `[n k]`.
        maps: where `[n k gh gw]`, in half precision.
    """

    prompts: tuple[Prompt, ...]
    images: tuple[np.ndarray, ...]
    active: Tensor
    maps: Tensor


class PipelineFeatures(FeatureCards):
    """The features of one block.

    Args:
        named: of what.
        features: the block, and how its pipeline is run.
        dictionary: that was learned.
        looked: what was kept.
        embed: names to unit vectors `[m e]`, for the index.
    """

    def __init__(
        self,
        named: NamedPipeline,
        features: LayerFeatures,
        dictionary: Dictionary,
        looked: Looked,
        embed: Callable[[list[str]], np.ndarray],
    ) -> None:
        self.features, self.dictionary, self.looked = features, dictionary, looked
        words, has = words_of([one.text for one in looked.prompts])
        super().__init__(named.label, cards_of(looked.active, names_of(looked.active, has, words) if words else {}), embed)

    @property
    def block(self) -> str:
        """Of the denoiser, where they were read."""
        return self.features.layer

    def image(self, number: int) -> Image.Image:
        """One of the pictures by its number, small; RequestError where there is none."""
        if not 0 <= number < len(self.looked.images):
            raise RequestError(f"There is no picture {number}; {len(self.looked.images)} were painted.")
        return Image.fromarray(self.looked.images[number])

    def map(self, picture: int, number: int) -> np.ndarray:
        """Where a feature is active in one of the pictures, `[h w]` in [0, 1] at its size; RequestError as `card` and `image`."""
        image, grid = self.image(picture), self.looked.maps[picture, self.card(number).number]
        return scaled(F.interpolate(grid[None, None].float(), (image.height, image.width), mode="bilinear")[0, 0]).numpy()

    def turn(self, picture: int, number: int, times: float) -> TurnedPicture:
        """One of the pictures painted anew, as it is and with a feature turned.

        Args:
            picture: its number.
            number: of the feature.
            times: how many times its largest activation is added, up to TIMES either way.

        Raises:
            RequestError: as `card` and `image`.
            SettingError: where `times` is out of bounds.
        """
        self.image(picture)
        if not abs(times) <= TIMES:
            raise SettingError(f"A feature is turned by up to {TIMES:g} times its largest activation either way, got {times:g}.")
        prompt, card = self.looked.prompts[picture], self.card(number)
        strength = max(-STRONGEST, min(STRONGEST, times * card.most))
        before, after = self.features.run(prompt), self.features.turn(prompt, self.dictionary, {number: strength})
        return TurnedPicture(prompt, before, after, float(np.abs(before.astype(float) - after).mean() / 255))


class Pipelines:
    """Pipelines by name.

    Args:
        device: where they run.
        texts: the sentence encoder, for the index of names.
        making: how their features are made.
    """

    def __init__(self, device: torch.device, texts: TextEncoder, making: PipelineMaking | None = None) -> None:
        self.device, self.texts, self.making = device, texts, making or PipelineMaking()
        self._lock = Lock()
        self._held: tuple[NamedPipeline, PipelineFeatures] | None = None

    def offer(self, name: str, prompts: str, block: str = "") -> PipelineOffer:
        """What a pipeline is: how large, of which licence, whether it is here.

        Args:
            name: OWNER/NAME on the hub, or a folder of this machine.
            prompts: one a line, FEW to MANY of them.
            block: see `NamedPipeline`.

        Raises:
            RequestError: where there are too few prompts or too many, or one is too long.
            WeightsError: where there is no such thing, or the hub does not answer; the sentence says what to do.
        """
        said = " ".join(name.split())
        named = NamedPipeline(said, prompts_of(prompts), block.strip())
        if Path(said).expanduser().is_dir():
            place = safe_folder(said, FAMILY)
            return PipelineOffer(named._replace(name=str(place)), 0.0, "", True)
        if said.count("/") != 1:
            raise WeightsError(f"{said[:80]!r} is no pipeline. Give OWNER/NAME on the hub, or a folder of this machine.")
        here = kept(said, FAMILY) is not None
        try:
            found = describe(said, FAMILY)
        except WeightsError:
            if here:
                return PipelineOffer(named, 0.0, "", True)
            raise
        return PipelineOffer(named, found.megabytes, found.licence, here)

    def held(self, named: NamedPipeline) -> PipelineFeatures | None:
        """What is held, where it is of this name; nothing is made."""
        held = self._held
        return held[1] if held and held[0] == named else None

    def open(self, named: NamedPipeline, progress: Progress | None = None) -> PipelineFeatures:
        """Its features: made at the first time, and held until another pipeline or other prompts come.

        Args:
            named: as an offer has it.
            progress: see `Progress`.

        Raises:
            StudioError: where another one is prepared at this moment, and nobody is told of progress.
            WeightsError: where it cannot be fetched or loaded.
            ModelError, LayerError, ShapeError: where it has no such block, or one without places.
        """
        told = progress or (lambda share: None)
        while not self._lock.acquire(timeout=PATIENCE):
            if progress is None:
                raise StudioError("Another pipeline is prepared on this machine at the moment. Try again in a while.")
            told(0.0)
        try:
            if self._held is None or self._held[0] != named:
                self._held = None  # first, so that there are never two
                self._held = (named, self._made(named, told))
            return self._held[1]
        finally:
            self._lock.release()

    def _made(self, named: NamedPipeline, told: Progress) -> PipelineFeatures:
        if not Path(named.name).is_dir():
            fetch(named.name, FAMILY, progress=lambda share: told(FETCHED * share))
        told(FETCHED)
        painter: Any = painter_of(f"{FAMILY}:{named.name}", self.device)
        features, making = features_of(painter, named.block, self.making.steps), self.making
        runs = [Prompt(text, seed) for seed in range(making.seeds) for text in named.prompts]
        rows = features.collect(_counted(runs, told, FETCHED, COLLECTED), making.rows, making.learning.seed)
        learner = DictionaryLearner(rows, making.learning)
        for step, _ in enumerate(learner.run()):
            told(COLLECTED + (LEARNED - COLLECTED) * step / making.learning.steps)
        dictionary = learner.folded()
        looked = look(features, dictionary, _counted(runs, told, LEARNED, 1.0))
        told(1.0)
        return PipelineFeatures(named, features, dictionary, looked, self.texts.embed)


def _counted(runs: Sequence[Prompt], told: Progress, start: float, end: float) -> Iterator[Prompt]:
    for place, one in enumerate(runs):
        told(start + (end - start) * place / len(runs))
        yield one


def features_of(painter: PublicPainter, block: str, steps: int) -> LayerFeatures:
    """A block of a pipeline's denoiser, a usual one where none is named; ModelError where there is none."""
    found = pipeline_features(painter, block, steps)
    return found if block else replace(found, layer=usual_block(found.network))


def usual_block(network: nn.Module) -> str:
    """The block of a denoiser that is read where nobody names one; StudioError where it has none of a usual name."""
    names = [name for name, _ in network.named_modules()]
    for kind in BLOCKS:
        if fits := [name for name in names if re.fullmatch(kind, name)]:
            return fits[len(fits) // 2] if kind == MIDDLE else fits[-1]
    raise StudioError(f"{type(network).__name__} has no block of a usual name. Name one of its blocks.")


def look(features: LayerFeatures, dictionary: Dictionary, runs: Iterator[Prompt]) -> Looked:
    """What a dictionary's features do in each picture; of the pictures little is kept."""
    prompts, images, active, maps = [], [], [], []
    for one in runs:
        seen: SeenFeatures = features.see(one, dictionary)
        prompts.append(one)
        small = Image.fromarray(seen.output)
        small.thumbnail((SMALL, SMALL))
        images.append(np.asarray(small))
        active.append(seen.codes.amax((1, 2)))
        high, wide = (min(PLACES, side) for side in seen.codes.shape[1:])
        maps.append(F.adaptive_avg_pool2d(seen.codes[None], (high, wide))[0].half())
    return Looked(tuple(prompts), tuple(images), torch.stack(active), torch.stack(maps))


def prompts_of(text: str) -> tuple[str, ...]:
    """Prompts from lines, each once; RequestError where there are too few or too many, or one is too long."""
    found = tuple(dict.fromkeys(line for line in (" ".join(raw.split()) for raw in text.splitlines()) if line))
    if not FEW <= len(found) <= MANY:
        raise RequestError(f"Give {FEW} to {MANY} prompts, one a line, so that features can be told apart; there are {len(found)}.")
    if long := next((one for one in found if len(one) > LONGEST), None):
        raise RequestError(f"The prompt {long[:40]!r} … has {len(long)} characters; {LONGEST} is the most.")
    return found


def words_of(prompts: Sequence[str]) -> tuple[tuple[str, ...], Tensor]:
    """The words that some prompts have and others have not, and which has which, 0 or 1 `[n m]`."""
    said = [set(re.findall(r"[^\W\d_]{3,}", prompt.lower())) - COMMON for prompt in prompts]
    words = tuple(sorted(word for word in set().union(*said) if sum(word in one for one in said) < len(said)))
    return words, torch.tensor([[float(word in one) for word in words] for one in said])
