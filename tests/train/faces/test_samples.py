"""Faces to learn from, of a tiny generator: the same for the same number, whatever shard they are painted with."""

from __future__ import annotations

from dataclasses import replace

import torch

from core.models.face_tail import FaceTail
from core.train.faces.samples import SHARD, Samples, Sampling, painted
from tests.models.tiny_faces import SLOTS, WIDTH, drawn_network


def test_a_face_depends_on_its_number_alone() -> None:
    """Painted with others or by itself; in whole levels of colour; another seed is another face."""
    generator = drawn_network()
    tail = FaceTail.folded(generator)
    several = painted(generator, tail, Sampling(), range(4, 8))
    alone = painted(generator, tail, Sampling(), [6])
    side = generator.sizes[-2]
    assert several["pictures"].shape == (4, 3, side, side) and several["pictures"].dtype == torch.uint8
    assert several["styles"].shape == (4, SLOTS, WIDTH) and several["kinds"].shape == (4,)
    for name, values in alone.items():
        assert torch.equal(values[0], several[name][2])
    assert not torch.equal(painted(generator, tail, Sampling(seed=12), [6])["styles"], alone["styles"])


def test_more_faces_lie_beside_those_that_are_there() -> None:
    """The folder is of the settings but for how many; the last shard is whole."""
    generator = drawn_network()
    few, many = Samples(generator, Sampling(faces=SHARD + 1)), Samples(generator, Sampling(faces=9 * SHARD))
    assert few.path(1) == many.path(1) and few.shards == 2 and many.shards == 9
    assert Samples(generator, replace(few.settings, seed=1)).folder != few.folder
