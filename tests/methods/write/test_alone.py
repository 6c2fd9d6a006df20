"""Pictures for one concept alone, on maps that are the latent itself."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from core.foundations.concepts import Member, Unit
from core.foundations.errors import SettingError
from core.methods.write.alone import Alone, alone, loudness


class Seen(NamedTuple):
    output: None
    maps: dict[str, Tensor]


def paint(latents: Tensor) -> Seen:
    return Seen(None, {"last": latents})


def member(channel: int) -> Member:
    unit = Unit("generator", "last", channel)
    return Member(unit, unit, 1.0, 1.0, 0.0, 0.5, 0.25)


def test_loudness_by_hand() -> None:
    """Deviations above the mean, over places and units; no place counts more than is allowed."""
    latents = torch.zeros(1, 2, 1, 2)
    latents[0, 0] = torch.tensor([1.0, 10.0])
    assert loudness(paint, latents, [member(0)]) == (2 + 3) / 2
    assert loudness(paint, latents, [member(0), member(1)]) == ((2 + 3) / 2 - 2) / 2


def test_each_start_becomes_louder_by_itself_and_stays_usual() -> None:
    starts = torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(0))
    ends = alone(starts, paint, [member(1)])
    assert (loudness(paint, ends, [member(1)]) > loudness(paint, starts, [member(1)]) + 1).all()
    assert ends[:, 0].square().mean() < starts[:, 0].square().mean()  # what the concept does not ask for goes back to what is usual
    torch.testing.assert_close(alone(starts[1:2], paint, [member(1)]), ends[1:2])


def test_who_has_no_unit_and_what_is_out_of_bounds_is_told() -> None:
    with pytest.raises(SettingError, match="None of the generator's units"):
        alone(torch.zeros(1, 2, 4, 4), paint, [])
    with pytest.raises(SettingError, match="above 0"):
        Alone(most=0)
