"""Work over much data that splits over processes and machines: each takes in its share, keeps what it took in, and all add up.

    torchrun --nproc-per-node 2 --max-restarts 3 -m core.train.folder_lenses ...                      one machine
    torchrun --nnodes 2 --node-rank 0 --master-addr HOST --master-port 29500 --nproc-per-node 8 ...   two: the other with rank 1

Data come in shards, and a shard in blocks; a shard belongs to one process. Every few blocks a process writes its table and how far it
has come, whole or not at all: killed and started again it goes on from there. At the end tables are merged two by two, in as many
rounds as the number of processes has binary digits, over gloo, or over nccl where SPREAD_BACKEND says so. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Protocol, TypeVar

import torch
from torch import Tensor

from core.foundations.errors import WeightsError
from core.foundations.files import load_tensors, save_tensors
from core.train import loop

Self = TypeVar("Self", bound="Table")
Block = TypeVar("Block")
PATIENCE = timedelta(days=1)
"""How long a process waits for another that has the larger share."""
PLACE = "place"
"""Under this name a kept table says how many shards are done, and how many blocks of the next one."""


class Table(Protocol):
    """What is counted: it can be written down, and added to another."""

    def tensors(self) -> dict[str, Tensor]:
        """All that was taken in, by name."""

    def merge(self: Self, other: Self) -> Self:
        """Take in what another table saw."""


T = TypeVar("T", bound=Table)


@dataclass(frozen=True)
class Share:
    """Which process this is, and of how many; as torchrun says."""

    rank: int = 0
    of: int = 1

    @classmethod
    def own(cls) -> Share:
        """This process's."""
        return cls(int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1)))


@dataclass(frozen=True)
class Kept:
    """Where the tables of a run lie until it ends.

    Attributes:
        folder: one file for each process.
        every: blocks after which a table is written.
    """

    folder: Path
    every: int

    @classmethod
    def of(cls, kind: str, made_of: object, every: int) -> Kept:
        """Under `runs/`, by what the run is made of: another one never goes on with its tables."""
        return cls(loop.RUNS / kind / hashlib.sha256(repr(made_of).encode()).hexdigest()[:12], every)

    def path(self, share: Share) -> Path:
        """A process's own file."""
        return self.folder / f"{share.rank}-of-{share.of}.safetensors"


def taken_in(
    table: T,
    of: Callable[[dict[str, Tensor]], T],
    shards: Sequence[Callable[[int], Iterable[Block]]],
    take: Callable[[T, Block], object],
    share: Share,
    kept: Kept,
) -> T:
    """A process's share of all shards, in one table; goes on from what was kept.

    Args:
        table: an empty one.
        of: a table of what `tensors` gave.
        shards: all of them; each gives its blocks after the first so many.
        take: puts one block into a table.
        share: which process this is.
        kept: where it is written; damaged files are not gone on with.
    """
    path, mine = kept.path(share), shards[share.rank :: share.of]
    (shard, done), table = _before(path, table, of)
    began, fresh = time.monotonic(), 0
    while shard < len(mine):
        for block in mine[shard](done):
            take(table, block)
            done, fresh = done + 1, fresh + 1
            if fresh % kept.every == 0:
                _keep(path, table, shard, done)
                told = f"{share.rank} of {share.of}: shard {shard + 1} of {len(mine)}, {fresh} blocks in {time.monotonic() - began:.0f} s"
                print(told, flush=True)
        shard, done = shard + 1, 0
    _keep(path, table, shard, done)
    return table


def _keep(path: Path, table: Table, shard: int, done: int) -> None:
    save_tensors(path, {**table.tensors(), PLACE: torch.tensor([shard, done])})


def _before(path: Path, table: T, of: Callable[[dict[str, Tensor]], T]) -> tuple[tuple[int, int], T]:
    """How far a process had come, and its table then."""
    if not path.is_file():
        return (0, 0), table
    try:
        tensors = load_tensors(path)
        shard, done = tensors.pop(PLACE).tolist()
        return (shard, done), of(tensors)
    except (WeightsError, KeyError, ValueError):
        print(f"{path.name} is damaged; this share starts anew", flush=True)
        return (0, 0), table


def added_up(table: T, of: Callable[[dict[str, Tensor]], T], share: Share) -> T | None:
    """All processes' tables as one on the first process, None on the others.

    Args:
        table: this process's; the first one's becomes the whole.
        of: a table of what `tensors` gave.
        share: which process this is.
    """
    if share.of == 1:
        return table
    with joined(share):
        step = 1
        while step < share.of:
            if share.rank % (2 * step):
                _send(table.tensors(), share.rank - step)
                return None
            if share.rank + step < share.of:
                table = table.merge(of(_received(share.rank + step)))
            step *= 2
    return table


@contextmanager
def joined(share: Share) -> Iterator[None]:
    """The group of all processes, as long as the block lasts; one that is there already serves."""
    import torch.distributed as dist

    if share.of == 1 or dist.is_initialized():
        yield
        return
    store, rank, of = next(dist.rendezvous("env://", timeout=PATIENCE))
    # torchrun keeps one store for all attempts, and in it the addresses of processes that were killed.
    own = dist.PrefixStore(f"attempt {os.environ.get('TORCHELASTIC_RESTART_COUNT', 0)}", store)
    dist.init_process_group(os.environ.get("SPREAD_BACKEND", "gloo"), store=own, rank=rank, world_size=of, timeout=PATIENCE)
    try:
        yield
    finally:
        dist.destroy_process_group()


def _carrier() -> torch.device:
    """Where tensors have to lie to be sent."""
    import torch.distributed as dist

    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if dist.get_backend() == "nccl" else torch.device("cpu")


def _send(tensors: dict[str, Tensor], to: int) -> None:
    """What comes, then each tensor; no object is packed, so none is unpacked."""
    import torch.distributed as dist

    kinds = [(name, str(one.dtype).removeprefix("torch."), list(one.shape)) for name, one in tensors.items()]
    told = torch.tensor(list(json.dumps(kinds).encode()), dtype=torch.uint8)
    for one in (torch.tensor([len(told)]), told, *tensors.values()):
        dist.send(one.to(_carrier()).contiguous(), to)


def _received(other: int) -> dict[str, Tensor]:
    length = _one(other, [1], torch.int64)
    told = _one(other, [int(length)], torch.uint8)
    return {name: _one(other, shape, getattr(torch, kind)) for name, kind, shape in json.loads(bytes(told.tolist()))}


def _one(other: int, shape: list[int], kind: torch.dtype) -> Tensor:
    import torch.distributed as dist

    found = torch.empty(shape, dtype=kind, device=_carrier())
    dist.recv(found, other)
    return found.cpu()


@dataclass(frozen=True)
class Crowd:
    """All processes of a run, which add and gather small tensors as they go; `joined` holds them together. One alone adds nothing.

    Attributes:
        share: which process this is.
    """

    share: Share = Share()

    def total(self, mine: Tensor) -> Tensor:
        """The sum of all processes' tensors, which have one shape."""
        if self.share.of == 1:
            return mine
        import torch.distributed as dist

        found = mine.detach().to(_carrier(), copy=True).contiguous()
        dist.all_reduce(found)
        return found.to(mine.device)

    def gathered(self, mine: Tensor) -> Tensor:
        """All processes' tensors, which have one shape, one above the other `[p ...]`."""
        if self.share.of == 1:
            return mine[None]
        import torch.distributed as dist

        sent = mine.detach().to(_carrier()).contiguous()
        found = [torch.empty_like(sent) for _ in range(self.share.of)]
        dist.all_gather(found, sent)
        return torch.stack(found).to(mine.device)
