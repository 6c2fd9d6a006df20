"""Train the vision transformer that names the Nouns' heads, the one that papers/vit_class_embedding.md is followed on.

A transformer sees nothing for a long time in pixel art that may stand anywhere. So the Nouns stand still at first, and are
moved, mirrored and set on other grounds little by little.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.foundations.seeds import numpy_rng
from core.models.noun_eyes import EyeConfig
from core.train.nouns.eyes import EyeTraining, Teacher, teach
from core.worlds.scenes.alone import Alone, calmer


@dataclass(frozen=True)
class TransformerTraining(EyeTraining):
    """Everything that decides the weights."""

    still: float = 0.05
    """Share of the steps in which the Nouns stand still."""
    free: float = 0.4
    """Share of the steps from which on they are as free as they will be judged."""


class Gradual(Teacher):
    """Shows freer and freer pictures."""

    settings: TransformerTraining

    def drawn(self, step: int) -> Alone:
        """What a step is shown."""
        at, still = step / self.settings.steps, self.settings.still
        free = min(1.0, max(0.0, (at - still) / (self.settings.free - still)))
        return calmer(numpy_rng("noun eye calmer", self.settings.seed, step), super().drawn(step), free)


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    config = EyeConfig("transformer", width=64, depth=5, heads=4, stem=(24, 48))
    teach("nouns_transformer", config, TransformerTraining(steps=1500, rate=2e-3), Gradual)


if __name__ == "__main__":
    main()
