"""Mines what a generator shares with other models: paints, lets all look, adds up; resumes, and splits over processes and machines.

    python -m core.train.mining --generator diffusers:madebyollin/taesd --encoders timm:resnet50 open_clip:ViT-B-32:openai --images 400
    torchrun --nproc-per-node 2 -m core.train.mining ...

Each process takes every so-manieth block of images; how they add up, and how a run goes on, says core/train/spread.py.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from core.foundations.concepts import to_json
from core.foundations.seeds import torch_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_matches import MatchSettings, Mined, mine
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.units import Units
from core.models.zoo import units
from core.train.spread import Kept, Share, added_up, taken_in

Latents = Callable[[Sequence[int]], Tensor]
"""The latents of some images by their numbers."""


@dataclass(frozen=True)
class Mining:
    """What is mined.

    Attributes:
        images: how many are painted.
        seed: of the latents.
        settings: how units are compared.
        every: blocks after which what was taken in is kept.
    """

    images: int = 400
    seed: int = 21
    settings: RosettaSettings = field(default_factory=RosettaSettings)
    every: int = 2


def blocks(mining: Mining) -> list[range]:
    """All images, block by block."""
    size = mining.settings.block
    return [range(start, min(start + size, mining.images)) for start in range(0, mining.images, size)]


def kept(hub: Units, eyes: Sequence[Units], mining: Mining) -> Kept:
    """Where such a run is kept."""
    return Kept.of("rosetta", (mining, [(one.name, one.layers) for one in (hub, *eyes)]), mining.every)


def take_in(hub: Units, eyes: Sequence[Units], latents: Latents, mining: Mining, share: Share, folder: Path) -> Rosetta:
    """This process's share of the images, seen by all; goes on from what was kept."""

    def take(rosetta: Rosetta, images: range) -> None:
        with torch.no_grad():
            seen = hub.see(latents(images))
            rosetta.add({hub.name: seen.maps, **{one.name: one.see(seen.output).maps for one in eyes}}).finish()

    shards = [lambda done, images=images: [images][done:] for images in blocks(mining)]  # every block is a shard
    return taken_in(Rosetta(hub.name, mining.settings), Rosetta.of, shards, take, share, Kept(folder, mining.every))


def mined_by_all(hub: Units, eyes: Sequence[Units], latents: Latents, mining: Mining, share: Share | None = None) -> Rosetta | None:
    """The whole table on the first process, None on the others.

    Args:
        hub: the generator.
        eyes: what looks at its pictures.
        latents: of images by their numbers; an image may not depend on its batch.
        mining: what is mined.
        share: which process this is; as torchrun says where None.
    """
    share = share or Share.own()
    mine_ = take_in(hub, eyes, latents, mining, share, kept(hub, eyes, mining).folder)
    return added_up(mine_, Rosetta.of, share)


def report(found: Mined) -> str:
    """What was found and what comes about by chance, in a few lines."""
    lines = [f"{model}: {count} mutual matches, {found.matches_by_chance[model]:.0f} by chance" for model, count in found.matches.items()]
    return "\n".join([*lines, f"{len(found.concepts)} concepts of {found.tuples} tuples, {found.concepts_by_chance:g} by chance"])


def main() -> None:
    """Mine a public generator and public encoders, and keep the concepts as JSON."""
    parser = argparse.ArgumentParser(prog="python -m core.train.mining", description=main.__doc__)
    parser.add_argument("--generator", required=True, help="such as diffusers:madebyollin/taesd, see core/models/zoo.py")
    parser.add_argument("--encoders", nargs="+", required=True, help="such as timm:resnet50@layer3,layer4")
    parser.add_argument("--images", type=int, default=Mining.images, help="how many are painted")
    parser.add_argument("--at-least", type=int, default=0, help="of how many encoders a concept needs a unit; all where 0")
    parser.add_argument("--json", type=Path, help="where the concepts are written")
    asked = parser.parse_args()
    hub, mining = units(asked.generator), Mining(images=asked.images)
    shape: tuple[int, ...] = hub.network.latent_shape  # type: ignore[assignment]

    def latents(images: Sequence[int]) -> Tensor:
        return torch.stack([torch.randn(shape, generator=torch_rng("mining", mining.seed, n)) for n in images])

    table = mined_by_all(hub, [units(name) for name in asked.encoders], latents, mining)
    if table is not None:
        found = mine(table, MatchSettings(at_least=asked.at_least))
        print(report(found))
        if asked.json:
            asked.json.write_text(json.dumps(to_json(found.concepts)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
