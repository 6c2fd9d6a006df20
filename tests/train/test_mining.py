"""A mining run: split over processes it gives the table of one, it goes on after a stop, and the command runs on tiny public models."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from torch import Tensor

from core.foundations.concepts import from_json
from core.foundations.seeds import torch_rng
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.units import Units, generator_units, tower_units
from core.train import loop, mining
from core.train.mining import Mining, blocks, mined_by_all, take_in
from core.train.spread import Share, added_up
from tests.models.test_palette_vae import tiny_kl
from tests.models.test_units import PLAIN, resnet

SETTINGS = Mining(images=22, every=1, settings=RosettaSettings(most=16, block=4, shuffles=2))


def models() -> tuple[Units, list[Units]]:
    """A tiny autoencoder's decoder, and two networks that look."""
    hub = generator_units("hub", tiny_kl(), ["model.decoder.up_blocks.*.resnets.0.conv2"])
    torch.manual_seed(1)
    return hub, [tower_units("plain", PLAIN, (24, 24)), tower_units("resnet", resnet(), (32, 32))]


def latents(images: Sequence[int]) -> Tensor:
    """Random ones, each by its number."""
    return torch.stack([torch.randn(4, 16, 16, generator=torch_rng("test mining", n)) for n in images])


def same(one: Rosetta, other: Rosetta, most: float) -> bool:
    """Whether two tables agree."""
    tables = [(one.correlations(m, raw), other.correlations(m, raw)) for m in one.models for raw in (True, False)]
    tables += [(one.null(m), other.null(m)) for m in one.models]
    return one.count == other.count and all(bool((a - b).abs().max() <= most) for a, b in tables)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Rosetta:
    """In one run."""
    return take_in(*models(), latents, SETTINGS, Share(), tmp_path_factory.mktemp("whole"))


def test_every_image_is_in_one_block() -> None:
    assert [image for one in blocks(SETTINGS) for image in one] == list(range(22)) and {len(one) for one in blocks(SETTINGS)} == {4, 2}


def test_it_goes_on_after_a_stop(whole: Rosetta, tmp_path: Path) -> None:
    """Nothing is painted twice, and the table is the same to the bit."""
    hub, eyes = models()
    painted: list[int] = []

    def stopping(images: Sequence[int]) -> Tensor:
        if len(painted) == 8:
            raise KeyboardInterrupt
        return told(images)

    def told(images: Sequence[int]) -> Tensor:
        painted.extend(images)
        return latents(images)

    with pytest.raises(KeyboardInterrupt):
        take_in(hub, eyes, stopping, SETTINGS, Share(), tmp_path)
    resumed = take_in(hub, eyes, told, SETTINGS, Share(), tmp_path)
    assert painted == list(range(22)) and same(resumed, whole, 0)
    assert same(take_in(hub, eyes, stopping, SETTINGS, Share(), tmp_path), whole, 0), "what is done is not done again"


def work(rank: int, port: int, folder: str) -> None:
    """One of two processes, as torchrun starts them."""
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    table = added_up(take_in(*models(), latents, SETTINGS, Share.own(), Path(folder)), Rosetta.of, Share.own())
    assert (table is None) == (rank == 1)
    if table is not None:
        table.save(Path(folder) / "all.safetensors")


def test_two_processes_add_up_to_one(whole: Rosetta, tmp_path: Path) -> None:
    """Over gloo, to 1e-6."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(work, (port, str(tmp_path)), nprocs=2)
    assert same(Rosetta.load(tmp_path / "all.safetensors"), whole, 1e-6)


def test_the_command_runs_on_models_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It says what was found and by chance, and writes concepts that can be read."""
    hub, eyes = models()
    named = {"diffusers:tiny": hub, "timm:a": eyes[0], "timm:b": eyes[1]}
    monkeypatch.setattr(mining, "units", named.__getitem__)
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    target = tmp_path / "concepts.json"
    command = ["mining", "--generator", "diffusers:tiny", "--encoders", "timm:a", "timm:b", "--images", "20", "--json", str(target)]
    monkeypatch.setattr(sys, "argv", command)
    mining.main()
    assert "by chance" in capsys.readouterr().out
    from_json(json.loads(target.read_text()))
    assert mined_by_all(hub, eyes, latents, SETTINGS) is not None
