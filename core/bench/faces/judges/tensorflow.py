"""TensorFlow's operations on `[n h w c]`, as far as the judges' files use them: the two readers of such files share them."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "": lambda x: x,
    "Relu": torch.relu,
    "Relu6": lambda x: x.clamp(0, 6),
    "Sigmoid": torch.sigmoid,
    "Elu": F.elu,
}
"""By TensorFlow's names."""


def first(x: Tensor) -> Tensor:
    """`[n h w c]` as `[n c h w]`; no number is moved."""
    return x.permute(0, 3, 1, 2)


def last(x: Tensor) -> Tensor:
    """`[n c h w]` as `[n h w c]`."""
    return x.permute(0, 2, 3, 1)


def _around(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: as many results as strides, and the odd pixel of what is added comes last."""
    added = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return added // 2, added - added // 2


def padded(x: Tensor, kernel: tuple[int, int], stride: tuple[int, int], same: bool, by: float = 0.0) -> Tensor:
    """`[n c h w]` with what SAME adds around it, or as it is."""
    if not same:
        return x
    top, below = _around(x.shape[2], kernel[0], stride[0])
    left, right = _around(x.shape[3], kernel[1], stride[1])
    return F.pad(x, (left, right, top, below), value=by) if top or below or left or right else x


def convolve(x: Tensor, kernel: Tensor, bias: Tensor | None, stride: tuple[int, int], same: bool, activation: str = "") -> Tensor:
    """Convolution of `[n h w c]` with a kernel `[h w c k]`."""
    weight = kernel.permute(3, 2, 0, 1)
    given = padded(first(x), (kernel.shape[0], kernel.shape[1]), stride, same)
    return ACTIVATIONS[activation](last(F.conv2d(given, weight, bias, stride)))


def spread(x: Tensor, kernel: Tensor, bias: Tensor | None, stride: tuple[int, int], same: bool, activation: str = "") -> Tensor:
    """Convolution of `[n h w c]` channel by channel with a kernel `[h w c m]`, m results of each channel."""
    high, wide, channels, times = kernel.shape
    weight = kernel.permute(2, 3, 0, 1).reshape(channels * times, 1, high, wide)
    given = padded(first(x), (high, wide), stride, same)
    return ACTIVATIONS[activation](last(F.conv2d(given, weight, bias, stride, groups=channels)))


def pool_most(x: Tensor, size: tuple[int, int], stride: tuple[int, int], same: bool) -> Tensor:
    """The largest of each window."""
    return last(F.max_pool2d(padded(first(x), size, stride, same, -float("inf")), size, stride))


def pool_mean(x: Tensor, size: tuple[int, int], stride: tuple[int, int], same: bool) -> Tensor:
    """The mean of each window, of what lies within the picture."""
    given = first(x)
    counts = F.avg_pool2d(padded(torch.ones_like(given[:1, :1]), size, stride, same), size, stride)
    return last(F.avg_pool2d(padded(given, size, stride, same), size, stride) / counts)


def resize(x: Tensor, size: tuple[int, int], corners: bool, centres: bool) -> Tensor:
    """Bilinear, in TensorFlow's three ways: corner on corner, half-pixel centres, or neither."""
    if corners or centres:
        return last(F.interpolate(first(x), size, mode="bilinear", align_corners=corners))
    high, wide = x.shape[1:3]
    rows, columns = torch.arange(size[0]) * high / size[0], torch.arange(size[1]) * wide / size[1]
    return _between(_between(x, rows, 1), columns, 2)


def _between(x: Tensor, places: Tensor, axis: int) -> Tensor:
    """Values of an axis at places between its own."""
    low = places.floor().long()
    high = (low + 1).clamp(max=x.shape[axis] - 1)
    shape = [1] * x.ndim
    shape[axis] = -1
    share = (places - low).view(shape)
    return x.index_select(axis, low) * (1 - share) + x.index_select(axis, high) * share


def unfold_back(x: Tensor, kernel: Tensor, stride: tuple[int, int], size: tuple[int, int], same: bool) -> Tensor:
    """The transposed convolution: what a convolution with this kernel `[h w k c]` of a picture of `size` would have come from."""
    high, wide = kernel.shape[:2]
    top, left = (_around(size[0], high, stride[0])[0], _around(size[1], wide, stride[1])[0]) if same else (0, 0)
    made = F.conv_transpose2d(first(x), kernel.permute(3, 2, 0, 1), stride=stride)
    return last(made[:, :, top : top + size[0], left : left + size[1]])


def bend(x: Tensor, slope: Tensor) -> Tensor:
    """Rectified with a slope below zero."""
    return torch.where(x > 0, x, slope * x)
