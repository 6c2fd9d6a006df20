"""What a concept covers: counted by hand, against the plain sum over pictures, chosen on some and judged on others."""

from __future__ import annotations

import pytest
import torch

from core.foundations.concepts import Concept, Member, Unit
from core.foundations.errors import ShapeError
from core.methods.relate.rosetta_parts import LEVELS, PartCover, concept_map, owners_of


def test_iou_is_the_plain_one() -> None:
    """At every threshold, for every concept and part, added over two lots of pictures."""
    rng = torch.Generator().manual_seed(0)
    maps, owners = 2 * torch.randn(6, 3, 8, 8, generator=rng), torch.randint(0, 4, (6, 8, 8), generator=rng)
    halves = [PartCover(3, 4).add(maps[at], owners[at]) for at in (slice(3), slice(3, 6))]
    table = halves[0].merge(halves[1]).ious()
    for level in (0, 20, 45):
        above = maps.double() >= LEVELS[level]
        for concept in range(3):
            for part in range(4):
                mask = owners == part
                wanted = (above[:, concept] & mask).sum() / (above[:, concept] | mask).sum()
                assert table[concept, level, part].item() == pytest.approx(wanted.item())


def test_a_planted_part_is_chosen_and_holds_on_other_pictures() -> None:
    """A map that is high on part 2 alone covers it wholly; one of noise covers nothing better than its part's share of a picture."""
    rng = torch.Generator().manual_seed(0)
    owners = torch.randint(0, 3, (8, 16, 16), generator=rng)
    maps = torch.stack([4.0 * (owners == 2), torch.randn(8, 16, 16, generator=rng)], 1)
    fit, other = (PartCover(2, 3).add(maps[at], owners[at]) for at in (slice(4), slice(4, 8)))
    chosen = fit.chosen()
    assert chosen[0].part == 2 and chosen[0].iou == 1 and other.judged(chosen)[0] == 1
    assert other.judged(chosen)[1] < 0.4


def test_a_concepts_map_is_the_mean_of_its_units() -> None:
    """Each less its mean over its spread, at one size; only the best tuple's."""
    units = [Unit("hub", "a", 1), Unit("eye", "b", 0), Unit("eye", "b", 1)]
    members = (
        Member(units[0], units[0], 1, 1, 0, mean=2, std=2),
        Member(units[1], units[0], 0.9, 0.9, 0.01, mean=0, std=1),
        Member(Unit("hub", "a", 0), Unit("hub", "a", 0), 1, 1, 0, 0, 1),
        Member(units[2], Unit("hub", "a", 0), 0.5, 0.5, 0.01, 0, 1),
    )
    concept = Concept("rosetta:a:1", "", members, 0.01)
    maps = {"hub": {"a": torch.full((1, 2, 4, 4), 6.0)}, "eye": {"b": torch.full((1, 2, 2, 2), 4.0)}}
    assert torch.allclose(concept_map(concept, maps, (4, 4)), torch.full((1, 4, 4), 3.0))
    assert torch.allclose(concept_map(concept, {"hub": maps["hub"]}, (4, 4)), torch.full((1, 4, 4), 2.0))


def test_the_likeliest_part_owns_a_place() -> None:
    """And axes that do not fit are refused."""
    parts = torch.zeros(1, 3, 2, 2)
    parts[0, 1, 0, 1] = parts[0, 2, 1, 1] = 1
    assert owners_of(parts, (2, 2)).tolist() == [[[0, 1], [0, 2]]]
    with pytest.raises(ShapeError, match="parts"):
        PartCover(2, 3).add(torch.zeros(1, 3, 2, 2), torch.zeros(1, 2, 2, dtype=torch.int64))
