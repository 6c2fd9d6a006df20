"""Train the residual network that names the Nouns' heads."""

from __future__ import annotations

from core.models.noun_eyes import EyeConfig
from core.train.nouns.eyes import EyeTraining, teach


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    teach("nouns_residual", EyeConfig("residual", widths=(16, 40, 80, 128)), EyeTraining(steps=1400, rate=3e-3))


if __name__ == "__main__":
    main()
