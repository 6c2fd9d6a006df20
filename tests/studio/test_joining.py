"""A further model joins those that share concepts: what is planted is found, what is shuffled is not, and all can be taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from core.bench.hub.families import tiny_timm
from core.foundations.concepts import Concept, Member, Unit
from core.foundations.records import Picture
from core.models.named_eyes import named_eyes
from core.models.units import Units
from core.studio import joining as module
from core.studio.joining import eye_of, found_in, join, leave
from core.studio.shared import Shared

SIDE, CHANNELS = 8, 6


class Tiny(Shared):
    """A generator whose first three channels are the picture's colours, and whose others are noise of the picture's own."""

    about, side, hub, eyes = "squares", SIDE, "tiny", ("first",)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """One for each channel."""
        units = [Unit("tiny", "maps", channel) for channel in range(CHANNELS)]
        return tuple(Concept(f"rosetta:{unit.channel}", "", (Member(unit, unit, 1.0, 1.0, 0.0, 0.0, 1.0),), 0.01) for unit in units)

    def opened(self, name: str) -> Units:
        raise AssertionError("nobody looks")

    def random(self, count: int, seed: int) -> Tensor:
        raise AssertionError("nothing is painted by chance")

    def free(self, latent: Tensor) -> Any:
        raise AssertionError("nothing is moved")

    def maps(self, latent: Tensor) -> dict[str, Tensor]:
        """The latent itself."""
        return {"maps": latent[None]}


def sample(number: int) -> Picture:
    """A picture, and its latent."""
    latent = torch.rand(CHANNELS, SIDE, SIDE, generator=torch.Generator().manual_seed(number))
    return Picture(Image.fromarray(np.round(255 * latent[:3].permute(1, 2, 0).numpy()).astype(np.uint8)), latent=latent)


def colours(deal: Callable[[Tensor], Tensor] = lambda x: x) -> Units:
    """An eye whose units are the colours, in another order, and their sums."""
    network = nn.Sequential(nn.Conv2d(3, 5, 1, bias=False))
    with torch.no_grad():
        weights = torch.tensor([[0, 0, 1.0], [1, 0, 0], [0, 1, 0], [1, 1, 1], [-1, 0, 0]])
        network[0].weight.copy_(weights[:, :, None, None])
    return Units("further", network, ("0",), lambda images: network(deal(images)))


def test_what_is_planted_is_found_and_nothing_else() -> None:
    """Each colour's unit for its channel; the channels that no picture shows have none."""
    found = found_in(Tiny(), colours(), sample)
    assert {id: member.unit.channel for id, member in found["members"].items()} == {"rosetta:0": 1, "rosetta:1": 2, "rosetta:2": 0}
    assert all(member.residual > 0.95 and member.p_value < 0.05 for member in found["members"].values()) and found["by_chance"] == 0


def test_pictures_that_are_dealt_anew_give_nothing() -> None:
    dealt = colours(lambda images: images[torch.randperm(len(images), generator=torch.Generator().manual_seed(1))])
    found = found_in(Tiny(), dealt, sample)
    assert len(found["members"]) <= 1


def test_it_joins_and_leaves(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Kept on this machine; the wall has its units while it is there, and is as before when it has gone."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(module, "eye_of", lambda named: colours())
    monkeypatch.setattr(module, "fetch_eyes", lambda named, progress: progress(1.0))
    shared, named, told = Tiny(), SimpleNamespace(label="further"), list[float]()
    before = shared.concepts
    joined = join(shared, named, sample, told.append)  # type: ignore[arg-type]
    assert joined == ("further", 3, CHANNELS, 0) and told == sorted(told) and told[-1] == 1.0
    assert shared.eyes == ("first", "further") and shared.eye("further").name == "further" and Tiny().eyes == ("first",)
    assert shared.concept("rosetta:0").best["further"].unit.channel == 1 and shared.concept("rosetta:4").models == ("tiny",)
    with monkeypatch.context() as patch:
        patch.setattr(module, "found_in", lambda *given: pytest.fail("it was found out already"))
        assert join(shared, named, sample) == joined and shared.eyes == ("first", "further")  # type: ignore[arg-type]
    (kept,) = tmp_path.rglob("*.json")
    assert json.loads(kept.read_text())["by_chance"] == 0
    kept.write_text("{}")
    assert join(Tiny(), named, sample).concepts == 3  # type: ignore[arg-type]
    leave(shared, "further")
    leave(shared, "nobody")
    assert shared.concepts == before and shared.eyes == ("first",) and not shared.joined


def test_a_public_model_by_its_name(tmp_path: Path) -> None:
    """Some of its layers, the last among them, over pictures of any size."""
    tiny_timm(tmp_path)
    eye = eye_of(named_eyes(str(tmp_path)))
    assert 1 <= len(eye.layers) <= module.LAYERS and eye.name == tmp_path.name
    maps = eye.see(torch.rand(2, 3, 32, 32)).maps
    assert all(one.ndim == 4 and len(one) == 2 for one in maps.values())
