"""What is scored item by item, split over the processes that torchrun starts: each does its own, and all get all, in order.

    torchrun --nproc-per-node 2 -m core.bench segment            torchrun --nproc-per-node 8 -m core.bench.mask_folder ...

What every process then works out is worked out from the same numbers in the same order, so that the figures are those of one process;
the first one tells them. What is not scored item by item every process does by itself. Nothing is pickled.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

import torch
from torch import Tensor

from core.foundations.errors import StudioError
from core.train.spread import Crowd, Share, joined

Item = TypeVar("Item")


def together() -> AbstractContextManager[None]:
    """All processes of the run as one group, as long as the block lasts; nothing where there is one."""
    return joined(Share.own())


def first() -> bool:
    """Whether this process tells what was measured."""
    return Share.own().rank == 0


def shared_out(items: Sequence[Item], score: Callable[[Item], Sequence[Tensor]]) -> list[list[Tensor]]:
    """What `score` gives of every item, float64 on the CPU.

    Args:
        items: the same in every process; one that is read when it is taken is read by its own process alone.
        score: gives as many tensors as it likes.

    Raises:
        StudioError: where any process's `score` raises one, in all of them.
    """
    share = Share.own()
    own, problem = [], ""
    try:
        for at in range(share.rank, len(items), share.of):
            own.append([one.detach().double().cpu() for one in score(items[at])])
    except StudioError as error:
        if share.of == 1:
            raise
        problem = str(error)
    if share.of == 1:
        return own
    crowd = Crowd(share)
    told = json.dumps({"problem": problem, "shapes": [[list(one.shape) for one in some] for some in own]}).encode()
    heads = [json.loads(bytes(head.to(torch.uint8).tolist())) for head in _gathered(crowd, torch.tensor(list(told), dtype=torch.float64))]
    values = _gathered(crowd, torch.cat([torch.zeros(0, dtype=torch.float64), *(one.flatten() for some in own for one in some)]))
    if problem := next((head["problem"] for head in heads if head["problem"]), ""):
        raise StudioError(problem)
    found = [_unpacked(head["shapes"], flat) for head, flat in zip(heads, values, strict=True)]
    return [found[at % share.of][at // share.of] for at in range(len(items))]


def _gathered(crowd: Crowd, mine: Tensor) -> list[Tensor]:
    """Every process's numbers `[?]`, however many each has."""
    lengths = crowd.gathered(torch.tensor([len(mine)]))[:, 0].tolist()
    padded = torch.cat([mine, mine.new_zeros(max(lengths) - len(mine))])
    return [row[:length] for row, length in zip(crowd.gathered(padded), lengths, strict=True)] if max(lengths) else [mine for _ in lengths]


def _unpacked(shapes: Sequence[Sequence[Sequence[int]]], flat: Tensor) -> list[list[Tensor]]:
    sizes = [torch.Size(shape).numel() for some in shapes for shape in some]
    parts = iter(flat.split(sizes))
    return [[next(parts).reshape(list(shape)) for shape in some] for some in shapes]
