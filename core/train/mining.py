"""Mines what a generator shares with other models: paints, lets all look, adds up; resumes, and splits over processes and machines.

    python -m core.train.mining --generator diffusers:madebyollin/taesd --encoders timm:resnet50 open_clip:ViT-B-32:openai --images 400
    torchrun --nproc-per-node 2 -m core.train.mining ...

Each process takes every so-manieth block of images; at the end their tables go to the first, as plain tensors over gloo, and are
merged there. What was taken in is kept every few blocks under `runs/`, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import time
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
from core.train import loop

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


@dataclass(frozen=True)
class Share:
    """Which process this is, and of how many; as torchrun says."""

    rank: int = 0
    of: int = 1

    @classmethod
    def own(cls) -> Share:
        """This process's."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))


def blocks(mining: Mining, share: Share) -> list[range]:
    """The images of a process, block by block: every block belongs to one process."""
    size = mining.settings.block
    whole = [range(start, min(start + size, mining.images)) for start in range(0, mining.images, size)]
    return whole[share.rank :: share.of]


def folder_of(hub: Units, eyes: Sequence[Units], mining: Mining) -> Path:
    """Where such a run is kept."""
    made_of = repr((mining, [(one.name, one.layers) for one in (hub, *eyes)]))
    return loop.RUNS / "rosetta" / hashlib.sha256(made_of.encode()).hexdigest()[:12]


def take_in(hub: Units, eyes: Sequence[Units], latents: Latents, mining: Mining, share: Share, folder: Path) -> Rosetta:
    """This process's share of the images, seen by all; goes on from what was kept."""
    path = folder / f"{share.rank}-of-{share.of}.safetensors"
    rosetta = Rosetta.load(path) if path.is_file() else Rosetta(hub.name, mining.settings)
    mine_, began = blocks(mining, share), time.monotonic()
    done = sum(1 for one in range(len(mine_)) if sum(map(len, mine_[: one + 1])) <= rosetta.count)
    for number, images in enumerate(mine_[done:], done + 1):
        with torch.no_grad():
            seen = hub.see(latents(images))
            rosetta.add({hub.name: seen.maps, **{one.name: one.see(seen.output).maps for one in eyes}}).finish()
        print(f"{number} of {len(mine_)} blocks, {time.monotonic() - began:.0f} s", flush=True)
        if number % mining.every == 0 or number == len(mine_):
            rosetta.save(path)
    return rosetta


def gathered(rosetta: Rosetta, share: Share) -> Rosetta | None:
    """All processes' tables as one on the first process, None on the others."""
    if share.of == 1:
        return rosetta
    import torch.distributed as dist

    own = not dist.is_initialized()
    if own:
        dist.init_process_group("gloo")
    try:
        if share.rank:
            _send(rosetta.tensors())
            return None
        for other in range(1, share.of):
            rosetta.merge(Rosetta.of(_received(other)))
        return rosetta
    finally:
        if own:
            dist.destroy_process_group()


def _send(tensors: dict[str, Tensor]) -> None:
    """To the first process: what comes, then each tensor; no object is packed, so none is unpacked."""
    import torch.distributed as dist

    kinds = [(name, str(one.dtype).removeprefix("torch."), list(one.shape)) for name, one in tensors.items()]
    told = torch.tensor(list(json.dumps(kinds).encode()), dtype=torch.uint8)
    for one in (torch.tensor([len(told)]), told, *tensors.values()):
        dist.send(one.contiguous(), 0)


def _received(other: int) -> dict[str, Tensor]:
    import torch.distributed as dist

    length = torch.zeros(1, dtype=torch.int64)
    dist.recv(length, other)
    told = torch.empty(int(length), dtype=torch.uint8)
    dist.recv(told, other)
    found = {}
    for name, kind, shape in json.loads(bytes(told.tolist())):
        found[name] = torch.empty(shape, dtype=getattr(torch, kind))
        dist.recv(found[name], other)
    return found


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
    folder = folder_of(hub, eyes, mining)
    folder.mkdir(parents=True, exist_ok=True)
    return gathered(take_in(hub, eyes, latents, mining, share, folder), share)


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
