"""Pasted pictures: the truth is exact, by hand; pictures depend on themselves alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.foundations.errors import SettingError
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.pasted import ALONE, GREY, SEEN, SIZES, alone, fitted, lay, mask_at, pasted, square_of

COLOURS = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
BLACK = [np.zeros((50, 70, 3), np.uint8)]


def square(label: str | None, alpha: int = 255, high: int = 20, wide: int = 20) -> Stamp:
    """A cut-out of one colour."""
    rgba = np.zeros((high, wide, 4), np.uint8)
    rgba[:] = (*COLOURS[label or "white"], alpha)
    return Stamp(f"squares/{label}", rgba, label, "square")


def test_masks_are_where_the_colours_are() -> None:
    """On black each thing's visible pixels are exactly those of its colour, whatever lies over it."""
    stamps = [square(name) for name in ("red", "green", "blue")] + [square(None)]
    found = pasted("test", 40, stamps, BLACK, 48)
    assert found.images.shape == (40, 3, 48, 48) and found.names == ("blue", "green", "red")
    colours = torch.tensor([COLOURS[name] for name in found.names]).float() / 255
    for mask, label, owner in zip(found.masks, found.labels, found.owners, strict=True):
        assert torch.equal(mask, (found.images[owner] == colours[label][:, None, None]).all(0))
    counts = found.owners.bincount()
    assert set(counts.tolist()) == {1, 2, 3}
    assert not (found.images == 1).all(1).any()  # the white one has no name
    for i in range(40):
        assert len(found.labels[found.owners == i].unique()) == counts[i]


def test_sizes_and_what_stays_visible() -> None:
    """Longer sides lie between the bounds, and of everything enough is seen."""
    found = pasted("sizes", 60, [square(name, wide=10) for name in ("red", "green", "blue")], BLACK, 64)
    heights = found.masks.any(2).sum(1)
    full = heights * (heights / 2)
    assert heights.max() <= round(64 * SIZES[1]) and heights.max() > 64 * 0.5 and heights.min() < 64 * 0.35
    assert (found.masks.sum((1, 2)) >= 0.8 * SEEN * full).all()
    covered = found.masks.sum((1, 2)) < 0.9 * full
    assert covered.any()  # things do lie on each other


def test_a_picture_depends_on_itself_alone() -> None:
    """Neither on how many there are, nor on the run; another purpose has others."""
    stamps = [square(name) for name in COLOURS]
    few, many = pasted("same", 3, stamps, BLACK, 32), pasted("same", 9, stamps, BLACK, 32)
    assert torch.equal(few.images, many.images[:3]) and torch.equal(few.masks, many.masks[: len(few.masks)])
    assert not torch.equal(few.images, pasted("other", 3, stamps, BLACK, 32).images)


def test_blending_by_hand() -> None:
    """Half there is half of each; only what is more there than not is masked."""
    canvas = np.full((6, 6, 3), 100.0)
    thin, thick = square("red", alpha=51, high=2, wide=3).rgba, square("red", alpha=204, high=2, wide=3).rgba
    lay(canvas, thin, 1, 2)
    assert canvas[1, 2].tolist() == pytest.approx([0.2 * 255 + 80, 80, 80]) and canvas[0, 0].tolist() == [100] * 3
    assert canvas[3, 2].tolist() == [100] * 3
    assert not mask_at(thin, 6, 1, 2).any()
    assert mask_at(thick, 6, 4, 3).nonzero()[0].tolist() == [4, 4, 4, 5, 5, 5]


def test_cut_outs_keep_their_shape_and_colour() -> None:
    """The longer side is what was asked; a mirror turns left and right; the colour of transparent pixels does not bleed in."""
    assert fitted(square("red", high=10, wide=40), 20).shape == (5, 20, 4)
    rgba = square("green", high=8, wide=8).rgba
    rgba[:, :4] = (255, 0, 0, 0)
    half = Stamp("half", rgba, "green", None)
    plain, mirrored = fitted(half, 4), fitted(half, 4, mirrored=True)
    assert (plain[:, ::-1] == mirrored).all() and plain[0, 3, 3] == 255 and mirrored[0, 0, 3] == 255
    assert plain[plain[..., 3] > 0][:, 0].max() < 10


def test_alone_stands_in_the_middle() -> None:
    """Large, on plain grey or on its own part of a background; the same each time."""
    image = alone([square("red")], None, 20)[0]
    side = round(ALONE * 20)
    red = (image == torch.tensor([1.0, 0, 0])[:, None, None]).all(0)
    assert red.sum() == side**2 and red[2:18, 2:18].all() and float(image[0, 0, 0]) == pytest.approx(GREY / 255)
    noise = [np.random.default_rng(i).integers(0, 255, (90, 120, 3), dtype=np.uint8) for i in range(3)]
    one, both = alone([square("green")], noise, 16), alone([square("red"), square("green")], noise, 16)
    assert torch.equal(one[0], both[1]) and not torch.equal(both[0][:, 0], both[1][:, 0])


def test_squares_of_backgrounds_and_errors() -> None:
    """A square lies within; nothing to make pictures of is said."""
    ground = np.full((30, 90, 3), 60, np.uint8)
    assert (square_of(np.random.default_rng(0), ground, 24) == 60).all()
    for count, stamps, grounds in ((0, [square("red")], BLACK), (1, [square(None)], BLACK), (1, [square("red")], [])):
        with pytest.raises(SettingError, match="Cannot make"):
            pasted("x", count, stamps, grounds, 32)
