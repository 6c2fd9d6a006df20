"""Mines what the generator of faces shares with four networks that look at faces: `python -m core.train.faces.rosetta`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.face_zoo import EYES, HUB, LOADERS
from core.models.units import Units
from core.models.working_faces import WorkingFaces, latents_of
from core.train.mining import Mining, mined_by_all

TRUNCATION = 0.8
"""How far styles are from the mean one: a share, less is more usual."""


@dataclass(frozen=True)
class FaceMining:
    """Everything that decides what is mined."""

    mining: Mining = field(default_factory=lambda: Mining(images=400, seed=21, settings=RosettaSettings(shuffles=1)))
    truncation: float = TRUNCATION


def sampled(generator: WorkingFaces, seed: int, truncation: float) -> Callable[[Sequence[int]], Tensor]:
    """What gives the latents of faces by their numbers."""
    real = generator.real

    def latents(faces: Sequence[int]) -> Tensor:
        styles = real.style(real.latents([1_000_000 * seed + face for face in faces]))
        return latents_of(real.broadcast(real.truncated(styles, truncation)))

    return latents


def mined_faces(asked: FaceMining, hub: Units, eyes: Sequence[Units]) -> Rosetta | None:
    """The table of all faces on the first process, None on the others."""
    return mined_by_all(hub, eyes, sampled(hub.network, asked.mining.seed, asked.truncation), asked.mining)  # type: ignore[arg-type]


def main() -> None:
    """Mine the faces."""
    mined_faces(FaceMining(), LOADERS[HUB](), [LOADERS[name]() for name in EYES])


if __name__ == "__main__":
    main()
