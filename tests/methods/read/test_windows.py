"""Shifted windows: by hand, and back where they came from."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import SettingError, ShapeError
from core.methods.read.windows import MOST_WINDOWS, WindowMean, shift, shifts, upsample


def test_shifts_stand_around_none() -> None:
    """Evenly, by fractions of a patch; one window is no shift."""
    assert shifts(1, (16, 16)) == [(0, 0)]
    assert shifts(2, (8, 16)) == [(-2, -4), (-2, 4), (2, -4), (2, 4)]
    assert [down for down, right in shifts(4, (16, 16)) if right == 2] == [-6, -2, 2, 6]
    assert shifts(2, (2, 2)) == [(0, 0)]  # no half pixels, and nothing twice
    for windows in range(1, MOST_WINDOWS + 1):
        assert sum(down for down, _ in shifts(windows, (16, 14))) == 0
    with pytest.raises(SettingError, match="1 to 8 windows"):
        shifts(0, (16, 16))


def test_shift_by_hand() -> None:
    """Down and right are positive; the edge is repeated."""
    image = torch.tensor([[[[1.0, 2], [3, 4]]]])
    assert shift(image, 1, 0).tolist() == [[[[1, 2], [1, 2]]]]
    assert shift(image, 0, -1).tolist() == [[[[2, 2], [4, 4]]]]
    assert torch.equal(shift(image, 0, 0), image)


@pytest.mark.parametrize("windows", [1, 2, 3, 4])
def test_windows_come_back(windows: int) -> None:
    """The mean of shifted pictures, moved back, is the picture: every pixel lies in a window, and edges are not smeared."""
    image = torch.rand(2, 3, 16, 12, generator=torch.Generator().manual_seed(0))
    mean = WindowMean()
    for down, right in shifts(windows, (8, 6)):
        mean.add(shift(image, down, right), down, right)
    assert mean.count is not None and mean.count.min() >= 1
    assert torch.allclose(mean.mean, image, atol=1e-6)
    with pytest.raises(ShapeError, match="No window"):
        WindowMean().mean  # noqa: B018


def test_windows_tell_pixels_of_one_patch_apart() -> None:
    """Patch means of shifted pictures, put together: nearer to the picture than patch means alone."""
    image = torch.zeros(1, 1, 32, 32)
    image[..., 12:20, 12:20] = 1
    errors = []
    for windows in (1, 2, 4):
        mean = WindowMean()
        for down, right in shifts(windows, (8, 8)):
            patches = torch.nn.functional.avg_pool2d(shift(image, down, right), 8)
            mean.add(upsample(patches, (32, 32), "nearest"), down, right)
        errors.append(float((mean.mean - image).square().mean()))
    assert errors[0] > errors[1] > errors[2]


def test_upsample() -> None:
    """Nearest repeats; bilinear keeps a constant and the middle of patches; sizes need not be multiples."""
    maps = torch.tensor([[[[0.0, 1.0]]]])
    assert upsample(maps, (1, 4), "nearest").tolist() == [[[[0, 0, 1, 1]]]]
    assert upsample(maps, (1, 4)).tolist() == [[[[0, 0.25, 0.75, 1]]]]
    for how in ("bilinear", "nearest", "bicubic"):
        assert torch.allclose(upsample(torch.full((1, 2, 3, 3), 0.3), (7, 5), how), torch.full((1, 2, 7, 5), 0.3))
    with pytest.raises(ShapeError, match="n m h w"):
        upsample(maps[0], (2, 2))
