"""A dictionary that several processes learn is that of one; and it is one that explains its rows."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

from core.bench.house.served import free_port
from core.foundations.errors import SettingError
from core.foundations.files import load_tensors, save_tensors
from core.methods.relate.learn_dictionary import DictionarySettings, learn_dictionary
from core.models.dictionary import Dictionary
from core.train.spread import Crowd, Share, joined
from core.train.spread_dictionary import Rows, SpreadLearner

KINDS = ("batch_topk", "matryoshka", "l1")
TOTAL, WIDTH = 96, 10


def settings(kind: str, steps: int = 20) -> DictionarySettings:
    return DictionarySettings(size=24, kind=kind, k=2.5, steps=steps, batch=48, dead_after=60)  # type: ignore[arg-type]


def rows() -> Tensor:
    """Of twelve directions two or three at a time, in float64."""
    numbers = torch.Generator().manual_seed(5)
    ways = torch.nn.functional.normalize(torch.randn(12, WIDTH, generator=numbers, dtype=torch.float64), dim=1)
    active = (torch.rand(TOTAL, 12, generator=numbers) < 0.2) * (1 + torch.rand(TOTAL, 12, generator=numbers))
    return active.double() @ ways + 0.01 * torch.randn(TOTAL, WIDTH, generator=numbers, dtype=torch.float64)


def learned(share: Share, kind: str, steps: int | None = None) -> SpreadLearner:
    """Processes have unequal shares of the rows."""
    mine = torch.arange(TOTAL).split([70, 26, 0] if share.of == 3 else TOTAL)[share.rank]
    learner = SpreadLearner(Rows(rows()[mine], mine, TOTAL), settings(kind), Crowd(share))
    for step in range(settings(kind).steps if steps is None else steps):
        learner._step(step)
    return learner


def work(rank: int, of: int, port: int, folder: str) -> None:
    """One of the processes, as torchrun starts them."""
    os.environ.update(RANK=str(rank), WORLD_SIZE=str(of), MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    share = Share.own()
    with joined(share):
        for kind in KINDS:
            learner = learned(share, kind)
            save_tensors(Path(folder) / f"{kind}-{rank}.safetensors", dict(learner.dictionary.state_dict()))


def test_several_processes_learn_what_one_learns(tmp_path: Path) -> None:
    """To 1e-6 in float64, with dead features among the rest; one of three processes has no rows at all."""
    of = 3
    mp.spawn(work, (of, free_port(), str(tmp_path)), nprocs=of)
    for kind in KINDS:
        alone = learned(Share(), kind).dictionary.state_dict()
        for rank in range(of):
            theirs = load_tensors(tmp_path / f"{kind}-{rank}.safetensors")
            for name, one in alone.items():
                assert (theirs[name] - one).abs().max() < 1e-6, (kind, rank, name)


def explained(dictionary: Dictionary, x: Tensor) -> float:
    """The share of the variance."""
    made = dictionary.to(x).decode(dictionary.encode(x))
    return 1 - float((made - x).square().sum() / (x - x.mean(0)).square().sum())


def test_it_explains_as_much_as_the_plain_one() -> None:
    x = rows()
    plain = learn_dictionary(x, settings("batch_topk", 200))
    learner = SpreadLearner(Rows(x, torch.arange(TOTAL), TOTAL), settings("batch_topk", 200), Crowd())
    losses = list(learner.run())
    assert losses[-1] < 0.5 * losses[0] and explained(learner.folded(), x) > explained(plain, x.float()) - 0.05 > 0.5


def test_stopped_and_resumed_it_is_the_same() -> None:
    whole, first = learned(Share(), "batch_topk"), learned(Share(), "batch_topk", 7)
    again = SpreadLearner(Rows(rows(), torch.arange(TOTAL), TOTAL), settings("batch_topk"), Crowd())
    again.resume({name: tensor.clone() for name, tensor in first.tensors().items()})
    assert again.done == 7
    for step in range(again.done, 20):
        again._step(step)
    for name, one in whole.folded().state_dict().items():
        assert torch.equal(one, again.folded().state_dict()[name]), name


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(SettingError, match="at least 2 rows"):
        SpreadLearner(Rows(rows()[:1], torch.arange(1), 1), settings("l1"), Crowd())
