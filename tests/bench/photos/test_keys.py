"""Keys on photographs, by hand: shares of patches, dots that are planted, names that share keys; a whole run on a tower of a few blocks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.bench.photos import keys as bench
from core.bench.photos.keys import Maps, Sizes
from core.foundations.errors import WeightsError
from core.methods.read.key_value import Keys
from core.models.clip import Clip
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.pasted import pasted
from tests.bench.photos.test_photos import coloured, planted


def stirred() -> Clip:
    """Whose neurons do something, each something else."""
    clip, rng = planted(), torch.Generator().manual_seed(0)
    for block in clip.anatomy.blocks:
        for weight in (block.fc1_weight, block.fc2_weight):
            weight.copy_(0.3 * torch.randn(weight.shape, generator=rng))
    return clip


NOISE = [np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)]
"""No two patches of it are alike, so that some are dots."""


def test_shares_and_covers_by_hand() -> None:
    """A patch of four pixels of which one is covered has a quarter; what others of the same picture cover is added, and no more."""
    masks = torch.zeros(3, 4, 4, dtype=torch.bool)
    masks[0, 0, 0] = masks[1, 2:, 2:] = masks[2, :2, :2] = True
    share = bench.shares(masks, (2, 2))
    assert share.tolist() == [[0.25, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]
    assert bench.covered(share, torch.tensor([0, 0, 1])).tolist() == [[0.25, 0, 0, 1], [0.25, 0, 0, 1], [1, 0, 0, 0]]


def planted_maps(length: torch.Tensor, at: int = 50) -> Maps:
    """Two cut-outs on 10 x 10 patches, of whose maps patch `at` is the brightest; another name's is the patch beside it."""
    own, other = torch.zeros(1, 2, 100), torch.zeros(1, 2, 100)
    own[..., at], other[..., at + 1] = 1, 1
    return Maps(own, other, own, length.expand(1, 2, 100))


def test_dots_that_are_registers_are_told_from_others() -> None:
    """Where the dot's stream is the longest it is called longer and huge; where all streams are alike it is neither."""
    long = torch.ones(100)
    long[50] = 9
    share = torch.zeros(2, 100)
    share[:, 0] = 1
    told = bench.dot_row(planted_maps(long), 0, share, (10, 10))
    assert told["dots a picture"] == 1 and told["longer"] == 1 and told["longest"] == 9 and told["huge"] == 1
    assert told["huge anywhere"] == pytest.approx(0.01) and told["alone"] == 1 and told["of another"] == 0
    plain = bench.dot_row(planted_maps(torch.ones(100)), 0, share, (10, 10))
    assert plain["longer"] == 0.5 and plain["huge"] == 0
    share[:, 50] = 0.2
    none = bench.dot_row(planted_maps(long), 0, share, (10, 10))  # what lies on a cut-out is no dot
    assert none == {"dots a picture": 0, "longest": 9}


def test_a_dot_is_alone_without_neighbours() -> None:
    """Across corners too."""
    dots = torch.zeros(1, 16, dtype=torch.bool)
    dots[0, [0, 5, 15]] = True
    assert bench.alone(dots, (4, 4)) == pytest.approx(1 / 3)


def test_names_with_the_same_keys_are_relatives() -> None:
    """The pair with the most keys in common first."""
    neurons = torch.tensor([[[0, 1, 2], [3, 4, 5], [0, 1, 5]], [[0, 1, 2], [3, 4, 5], [0, 4, 5]]])
    found = bench.relatives(Keys(neurons, torch.zeros(2, 3, 3)), ["cat", "pie", "dog"], 2)
    assert found == ["cat and dog: 3 of 6", "pie and dog: 3 of 6"]


def test_a_whole_run_on_a_small_tower() -> None:
    """A row for each block and for each block's pairs; areas are areas, and chance is near a half."""
    clip = stirred()
    rows, told = bench.measure(clip, coloured(), NOISE, Sizes(24, True))
    layers = clip.anatomy.layers
    assert list(rows) == [f"photographs, {kind}block {at + 1}" for kind in ("", "pairs, ") for at in range(layers)]
    assert told["photographs"] == 24 and told["names"] == 3 and told["cut-outs"] >= 24
    for row in list(rows.values())[:layers]:
        assert all(0 <= row[key] <= 1 for key in ("auc", "random", "longer", "huge", "share a key"))
    assert sum(row["classes"] for row in list(rows.values())[:layers]) == pytest.approx(1)
    figures = bench.figures_of(rows)
    assert figures["photo_mask_auc"] == pytest.approx(np.mean([rows[f"photographs, block {at + 1}"]["auc"] for at in range(layers)]))
    few, _ = bench.measure(clip, coloured(), NOISE, Sizes(24, False))
    assert len(few) == layers + 1


def test_a_map_does_not_depend_on_its_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture at a time, or all at once."""
    clip = stirred()
    pictures = pasted("test keys", 5, coloured(), NOISE, clip.image_size[0])
    classifier = bench.with_classes(clip.tower, clip.anatomy, bench.said(clip, pictures.names))
    keys = bench.kv.best_keys(classifier, 2)
    whole = bench.maps_of(clip, classifier, pictures, keys)
    monkeypatch.setattr(bench, "BATCH", 1)
    for one, other in zip(vars(whole).values(), vars(bench.maps_of(clip, classifier, pictures, keys)).values(), strict=True):
        assert one.shape == other.shape and torch.allclose(one, other, atol=1e-5)


def test_without_weights_rows_are_left_out(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With a sentence that says why; the rest of the benchmark goes on."""

    def missing() -> Clip:
        raise WeightsError("The eyes were not fetched.")

    monkeypatch.setattr(bench, "load_photo_clip", missing)
    stamps: list[Stamp] = []
    monkeypatch.setattr(bench, "all_stamps", lambda: stamps)
    assert bench.measured(True) == ({}, {"photographs": 0}) and bench.figures_of({}) == {}
    assert "The eyes were not fetched." in capsys.readouterr().out
