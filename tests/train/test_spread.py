"""Work that is split over processes adds up to that of one, and goes on after a stop at whatever block that was."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

from core.foundations.statistics import Moments
from core.train.spread import Kept, Share, added_up, taken_in

SHARDS = ((0, 1, 2), (3,), (), (4, 5, 6, 7), (8, 9))
"""Numbers of blocks; a process of three has nothing but an empty shard and another."""


class Counted(Moments):
    """Moments that can be written down."""

    def tensors(self) -> dict[str, Tensor]:
        return {"count": torch.tensor(self.count), "mean": self.mean, "scatter": self.scatter}

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> Counted:
        found = cls(3)
        found.count, found.mean, found.scatter = int(tensors["count"]), tensors["mean"], tensors["scatter"]
        return found


def vectors(block: int) -> Tensor:
    return torch.randn(5, 3, generator=torch.Generator().manual_seed(block)) + block


def take(table: Counted, block: int) -> None:
    table.add(vectors(block))


def shards(asked: list[int] | None = None) -> list[Callable[[int], Iterable[int]]]:
    def blocks(some: tuple[int, ...], done: int) -> Iterable[int]:
        for block in some[done:]:
            if asked is not None:
                asked.append(block)
            yield block

    return [partial(blocks, some) for some in SHARDS]


def run(share: Share, folder: Path, every: int = 2, take: Callable[[Counted, int], None] = take, asked: list[int] | None = None) -> Counted:
    return taken_in(Counted(3), Counted.of, shards(asked), take, share, Kept(folder, every))


def whole() -> Counted:
    found = Counted(3)
    for block in range(10):
        take(found, block)
    return found


def same(one: Counted, other: Counted) -> bool:
    return one.count == other.count and all(
        bool((a - b).abs().max() < 1e-6) for a, b in ((one.mean, other.mean), (one.scatter, other.scatter))
    )


@pytest.mark.parametrize("stop", range(10))
def test_it_goes_on_from_what_was_kept(stop: int, tmp_path: Path) -> None:
    """Wherever it was stopped: no block counts twice, at most the blocks since the last writing are asked for again."""

    def stopping(table: Counted, block: int) -> None:
        if block == stop:
            raise KeyboardInterrupt
        take(table, block)

    with pytest.raises(KeyboardInterrupt):
        run(Share(), tmp_path, take=stopping)
    asked: list[int] = []
    assert same(run(Share(), tmp_path, asked=asked), whole())
    assert asked == list(range(stop - stop % 2, 10)), asked
    assert run(Share(), tmp_path, take=stopping).count == 50, "what is done is not done again"


def test_a_damaged_file_is_not_gone_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(Share(), tmp_path)
    Kept(tmp_path, 1).path(Share()).write_bytes(b"torn")
    assert same(run(Share(), tmp_path), whole()) and "starts anew" in capsys.readouterr().out


def test_other_work_has_another_place() -> None:
    assert Kept.of("x", (1, "a"), 2) == Kept.of("x", (1, "a"), 2) and Kept.of("x", (1, "a"), 2) != Kept.of("x", (1, "b"), 2)


def work(rank: int, of: int, port: int, folder: str) -> None:
    """One of the processes, as torchrun starts them."""
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(of), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    table = added_up(run(Share.own(), Path(folder)), Counted.of, Share.own())
    assert (table is None) == (rank > 0) and (table is None or same(table, whole()))


def test_processes_add_up_to_one(tmp_path: Path) -> None:
    """Three, so that one of the rounds has nobody on the other side; each counted a part alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(work, (3, port, str(tmp_path)), nprocs=3)
    assert [run(Share(rank, 3), tmp_path).count for rank in range(3)] == [35, 15, 0], "read again from what was kept"
