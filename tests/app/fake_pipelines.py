"""A stand-in for a text-to-image pipeline whose features are made on the tab Features."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.foundations.errors import WeightsError
from core.foundations.records import Word
from core.studio.feature_cards import FeatureCard, FeatureCards
from core.studio.layer_features import Prompt
from core.studio.pipelines import TurnedPicture, prompts_of


class FakePipeline(NamedTuple):
    """A pipeline by its name."""

    label: str
    prompts: tuple[str, ...] = ()


class FakePipelineOffer(NamedTuple):
    """What is told of it."""

    named: FakePipeline
    megabytes: float = 2600.0
    licence: str = "openrail"
    ready: bool = False


class FakePipelines(FeatureCards):
    """The verbs of `photos.pipelines`, and of the one that is held: two features, of which one has a name."""

    block = "mid_block.attentions.0"

    def __init__(self, work: Callable[[str], None]) -> None:
        cards = (FeatureCard(2, (Word("cat", 0.7),), (1, 0), 0.5, 2.0), FeatureCard(5, (), (0,), 0.25, 1.0))
        super().__init__("owner/turbo", cards, lambda texts: np.ones((len(texts), 1), np.float32))
        self.work, self.brought = work, list[str]()
        self.looked = type("Looked", (), {"prompts": (Prompt("a dog"), Prompt("a cat", 1))})

    def offer(self, name: str, prompts: str, block: str = "") -> FakePipelineOffer:
        """Every name is one but "nobody"."""
        if name == "nobody":
            raise WeightsError("'nobody' is no pipeline. Give OWNER/NAME on the hub.")
        return FakePipelineOffer(FakePipeline(name, prompts_of(prompts)), ready=name in self.brought)

    def held(self, named: FakePipeline) -> FakePipelines | None:
        """As if it were the one."""
        return self if named.label == self.label else None

    def open(self, named: FakePipeline, progress: Callable[[float], None] | None = None) -> FakePipelines:
        """The features; "broken" cannot be brought."""
        if named.label == "broken":
            raise WeightsError("model.safetensors of broken is not the file that the hub describes.")
        if progress:
            for share in (0.1, 0.5, 0.7, 0.9):
                progress(share)
            self.brought.append(named.label)
        return self

    def image(self, number: int) -> Image.Image:
        """A plain one."""
        return Image.new("RGB", (64, 48), (40 * number, 90, 120))

    def map(self, picture: int, number: int) -> np.ndarray:
        """The left half."""
        heat = np.zeros((48, 64), np.float32)
        heat[:, :32] = 1
        return heat

    def turn(self, picture: int, number: int, times: float) -> TurnedPicture:
        """Dark before, light after."""
        self.work("paint")
        return TurnedPicture(Prompt("a cat", 1), np.full((48, 64, 3), 40, np.uint8), np.full((48, 64, 3), 200, np.uint8), 0.627)
