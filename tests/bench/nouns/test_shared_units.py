"""What units follow: planted ones are told, what follows nothing is not, and tuples of strangers are wrong."""

from __future__ import annotations

import numpy as np
import torch

from core.bench.nouns.shared_units import Followed, exchanged, followed, share_right, traits_of_units
from core.foundations.concepts import Unit
from core.worlds.nouns.traits import COLOURS, Trait
from tests.bench.nouns.planted_units import FOLLOWED, as_latents, compositions, planted

HUB = [Unit("hub", "maps", channel) for channel in range(len(FOLLOWED) + 2)]
RED = Unit("a", "maps", COLOURS.index("red"))
GREEN = Unit("aa", "maps", COLOURS.index("green"))
NOISE_UNIT = Unit("aa", "maps", len(COLOURS) + 1)


def test_units_follow_what_was_planted() -> None:
    hub, eyes = planted()
    rows = compositions(160)
    table = traits_of_units([hub], eyes, [*HUB, RED, GREEN, NOISE_UNIT], as_latents(rows), rows)
    assert set(table) == {*HUB, RED, GREEN, NOISE_UNIT}
    for channel, name in enumerate(FOLLOWED):
        (found,) = followed([[HUB[channel]]], table)
        assert found.trait.name == name and found.scores[0] > 0.6  # 8 x 8 against 16 x 16
    red, green = HUB[FOLLOWED.index("red")], HUB[FOLLOWED.index("green")]
    judged = followed([(red, RED), (green, GREEN), (red, NOISE_UNIT), (HUB[-1], RED)], table)
    assert [one.right for one in judged] == [True, True, False, False]
    assert share_right(judged) == 0.5 and share_right([]) == 0.0


def test_a_tuple_is_right_where_its_weakest_member_follows() -> None:
    trait = Trait("", "", "red", "red")
    assert Followed(trait, (0.9, 0.4)).right and not Followed(trait, (0.9, 0.4, 0.0)).right


def test_exchanged_tuples_keep_their_hub_and_every_unit() -> None:
    rows = [(Unit("hub", "x", i), Unit("a", "y", i), Unit("b", "z", i)) for i in range(20)]
    dealt = exchanged(rows, np.random.default_rng(0))
    assert [row[0] for row in dealt] == [row[0] for row in rows]
    assert {row[1] for row in dealt} == {row[1] for row in rows} and dealt != rows
    assert all([unit.model for unit in row] == ["hub", "a", "b"] for row in dealt)
    assert torch.tensor([row[1].channel == row[0].channel for row in dealt]).float().mean() < 0.5
