"""Neurons over a folder: two processes find the directions that one finds, and go on where they were stopped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp

from core.bench.house.served import free_port
from core.foundations.files import load_tensors, save_tensors
from core.foundations.picture_folder import PictureFolder
from core.methods.read.second_order import Directions
from core.models.named_eyes import load_eyes, named_eyes
from core.studio.eyes import batches_of
from core.train import folder_neurons as module
from core.train.folder_neurons import directions_over, shown_by
from core.train.spread import Kept, Share
from tests.studio.test_eyes import Few, Letters
from tests.train.test_folder_lenses import place

place = place
LAYER, PARTS = 0, ("direction", "centre", "reader", "threshold", "share", "mean")


def found(folder: Path, share: Share, kept: Path) -> Directions | None:
    """One process's directions, where it has them."""
    clip = load_eyes(named_eyes(str(folder / "clip")), Letters().embed).double()
    pictures = PictureFolder.open(folder / "pictures", 4)
    return directions_over(clip, LAYER, pictures, share, lambda name: Kept(kept / name, 1), Few().canvas)


def work(rank: int, port: int, folder: str, kept: str) -> None:
    """One of two processes, as torchrun starts them."""
    os.environ.update(RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    whole = found(Path(folder), Share.own(), Path(kept))
    assert (whole is None) == (rank > 0)
    if whole is not None:
        save_tensors(Path(kept) / "whole.safetensors", {part: getattr(whole, part).contiguous() for part in PARTS})


def test_two_processes_find_what_one_finds(place: Path, tmp_path: Path) -> None:
    """In float64 to 1e-6 of the largest, thresholds and shares too."""
    mp.spawn(work, (free_port(), str(place), str(tmp_path / "two")), nprocs=2)
    alone, theirs = found(place, Share(), tmp_path / "one"), load_tensors(tmp_path / "two" / "whole.safetensors")
    assert alone is not None and alone.count == 23
    for part in PARTS:
        one, other = getattr(alone, part).double(), theirs[part].double()
        there = one.isfinite()
        assert torch.equal(there, other.isfinite()) and (one - other)[there].abs().max() <= 1e-6 * one[there].abs().max(), part


def test_stopped_it_goes_on(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is looked at again of what was written."""
    whole = found(place, Share(), tmp_path / "once")
    looks = []
    see = module.coefficients
    monkeypatch.setattr(module, "coefficients", lambda *given, **how: looks.append(1) or see(*given, **how))
    first = len(looks)
    again = found(place, Share(), tmp_path / "once")
    assert len(looks) == first and whole is not None and again is not None and torch.equal(again.direction, whole.direction)


def test_cards_show_the_pictures_of_some(place: Path, tmp_path: Path) -> None:
    """Those in which a neuron writes most along its own direction."""
    directions = found(place, Share(), tmp_path)
    assert directions is not None
    clip = load_eyes(named_eyes(str(place / "clip")), Letters().embed).double()
    shown = shown_by(clip, directions, batches_of(clip, Few(), range(20)))
    assert shown.pictures.shape == (len(directions.direction), module.BEST) and set(shown.pictures.flatten().tolist()) <= set(range(20))
    assert (shown.norms[:, :-1] >= shown.norms[:, 1:]).all() and torch.equal(shown.direction, directions.direction)
