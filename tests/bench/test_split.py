"""What is scored item by item is shared out among processes, and the figures are those of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.multiprocessing as mp
from PIL import Image

from core.bench.house.served import free_port
from core.bench.mask_folder import Batches, Pair, measure, score
from core.bench.masks import MaskScores
from core.bench.photos.masks import Group, groups, scored
from core.bench.split import first, shared_out
from core.foundations.errors import ModelError, PictureError
from core.foundations.files import load_tensors
from core.worlds.photos.pasted import Pasted
from tests.bench.split_work import both, numbers, refuse, whole, work
from tests.bench.test_mask_folder import folder  # noqa: F401
from tests.methods.read.slow_segment import COLOURS, painted, planted_clip


def pictures() -> Pasted:
    """Five of one to two things, of random pixels."""
    rng = torch.Generator().manual_seed(0)
    owners = torch.tensor([0, 1, 1, 2, 3, 3, 4])
    masks = torch.rand(7, 8, 8, generator=rng) > 0.5
    return Pasted(torch.rand(5, 3, 8, 8, generator=rng), masks, torch.tensor([0, 1, 2, 0, 1, 2, 1]), owners, ("a", "b", "c"))


def by_looks(group: Group) -> tuple[torch.Tensor, None]:
    """Heat of the pictures themselves, another for each text."""
    return group.images.mean(1)[:, None] * (1 + group.texts.sum(-1)[..., None, None]), None


def test_two_processes_have_what_one_has(tmp_path: Path) -> None:
    """Each worked on its own items alone, and both have all of them in order, to the last digit."""
    mp.spawn(work, (2, free_port(), str(tmp_path)), nprocs=2)
    alone = shared_out(range(7), numbers)
    for rank in range(2):
        kept = load_tensors(tmp_path / f"{rank}.safetensors")
        assert len(kept) == 21
        for at, some in enumerate(alone):
            for part, one in enumerate(some):
                assert torch.equal(kept[f"{at} {part}"], one) and one.dtype == torch.float64


def test_whole_benchmarks_have_the_figures_of_one(folder: Path) -> None:  # noqa: F811
    """A folder of masks and the photographs from end to end: in every process all figures and rows are what one alone has."""
    mp.spawn(whole, (2, free_port(), str(folder)), nprocs=2)
    own = both(folder)
    assert "predicted_right" in own and "zero_shot" in own
    assert [(folder / f"{rank}.json").read_text() for rank in range(2)] == [own, own]


def test_photographs_are_scored_group_by_group() -> None:
    """Whoever scored them: the groups' rows stand in their order, as when all were added one after the other."""
    found, own = scored(by_looks, pictures(), torch.eye(3)), MaskScores()
    for group in groups(pictures(), torch.eye(3)):
        own.add(by_looks(group)[0].flatten(0, 1), group.truth.flatten(0, 1).long())
    assert torch.equal(found.own.table, own.table) and len(found.halved.table) == 7


def test_alone_a_problem_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """With its own kind; and whoever is not the first tells nothing."""
    with pytest.raises(ModelError, match="cannot be taken apart"):
        shared_out(range(3), refuse)
    assert first()
    monkeypatch.setenv("RANK", "1")
    assert not first()


def test_a_folder_is_read_where_it_is_scored(tmp_path: Path) -> None:
    """A batch is read when it is taken, and what several left adds up, in the order of the batches, to what one leaves."""
    clip, pairs = planted_clip(), []
    for place, square in enumerate(((8, 16, 8, 24), (0, 8, 0, 16), (16, 24, 8, 24))):
        image, mask = painted(square)
        pairs.append(Pair(tmp_path / f"{place}.bmp", tmp_path / f"{place} mask.png"))
        Image.fromarray((image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)).save(pairs[-1].image)
        Image.fromarray(mask[0].numpy().astype(np.uint8)).save(pairs[-1].mask)
    texts, methods = COLOURS[:1].expand(3, -1), {"a": ("maskclip", None)}
    batches = Batches(clip, pairs, texts, 1)
    whole, other = score(clip, batches, methods), score(clip, [], methods)
    parts = [score(clip, batches[at : at + 1], methods).tensors() for at in range(3)]
    for tensors in parts:
        other.take(tensors)
    assert other.images == 3 and torch.equal(other.given["a"].table, whole.given["a"].table)
    assert measure(other, {}).figures == measure(whole, {}).figures and measure(other, {}).baselines == measure(whole, {}).baselines
    pairs[2].image.unlink()
    score(clip, batches[:2], methods)
    with pytest.raises(PictureError):
        score(clip, batches, methods)
