"""An edited face back into its photograph: only what the edit changed, with a seam that is not seen.

The photograph p knows the face better than the generator does, so it stays wherever the edit changed nothing. With g what the
generator painted before the edit, e after it, and both laid over p,

    p + s (m (e + l - p) + (1 - m) (e - g))

where little changed (m near 0) the little is added to the photograph, whose skin and hair stay; where much changed (m near 1) what
the edit painted stands, in the photograph's light: l is what p and the painting differ by around there, where both show the same,
spread inwards. s is the head, as it was and as it is now, so that neither a turned head nor a haircut leaves something of the old
one behind, and the background stays as it was taken; at the square's edge it fades out. Outside it no pixel is touched.

Source: our own; adding differences instead of colours is after Perez, Gangnet, Blake, "Poisson image editing", 2003.
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from core.foundations.errors import ShapeError
from core.worlds.faces.alignment import Frame, aligned

COARSE = 128
"""Pixels both ways on which shares and light are found: they have no detail."""
LEAST, MUCH = 0.03, 0.09
"""Changes of a colour, in [0, 1], up to which a place counts as unchanged, and from which on as changed."""
GROWN = 0.025
"""How far around what changed the painting stands, in sides."""
SOFT = 0.02
"""How softly both shares begin, in sides."""
HEAD = 0.4
"""From which probability on a place is of the head."""
EDGE = 0.04
"""Within so much of the side the share fades out at the edge of the square."""
ROUND = 8
"""How round that edge is at its corners: the power of a superellipse, 2 a circle."""
LIGHT, ANOTHER = 0.07, 0.2
"""A difference of so much at a pixel counts half; a larger one than the other is another thing, not another light."""
REACH = 0.06
"""How far inwards the light is spread, in sides."""
SURE = 0.25
"""Where so much around a place tells of the light, all of it is taken."""


def pasted(photograph: Image.Image, before: Image.Image, after: Image.Image, frame: Frame, head: np.ndarray) -> Image.Image:
    """A photograph with what an edit changed about a face.

    Args:
        photograph: RGB.
        before: RGB, a square of any size, such as 256 or 1024 px: what the generator painted before the edit.
        after: the same after it.
        frame: the face's square in the photograph.
        head: how much of the square is of the head before or after the edit `[h w]`, 0 to 1, of any size.

    Returns:
        RGB; the photograph itself where nothing was changed.

    Raises:
        ShapeError: where the faces are no squares of one size, or the head has other axes.
    """
    if before.size != after.size or before.width != before.height or np.ndim(head) != 2:
        raise ShapeError(f"Square faces of one size and a head [h w] are put back, got {before.size}, {after.size}, {np.shape(head)}.")
    much, share = changed(before, after), around(head)
    light = _light(photograph, before, after, frame, much, share)
    side = min(before.width, max(COARSE, math.ceil(frame.side)))
    was, now = (
        _numbers(image if image.width == side else image.resize((side, side), Image.Resampling.LANCZOS)) for image in (before, after)
    )
    layers = torch.cat([255 * (now + _grown(light, side)), 255 * (now - was), _grown(torch.stack([much, share]), side)])
    return _laid(photograph, layers.numpy(), frame)


def changed(before: Image.Image, after: Image.Image) -> Tensor:
    """Where a face is another after an edit, and around there `[128 128]`: 0 where it is as it was, 1 where much changed."""
    one, other = (_numbers(image.resize((COARSE, COARSE), Image.Resampling.BOX)) for image in (before, after))
    amount = blurred((other - one).abs().amax(0), 1.0)
    return blurred(_wider(((amount - LEAST) / (MUCH - LEAST)).clamp(0, 1), GROWN), SOFT * COARSE)


def around(head: np.ndarray) -> Tensor:
    """Where something is put back `[128 128]`: 1 on a head `[h w]`, 0 a little outside it and at the edge of the square."""
    whole = torch.from_numpy(np.array(head, np.float32))[None, None]
    whole = F.interpolate(whole, size=(COARSE, COARSE), mode="bilinear", align_corners=False)[0, 0]
    at = 2 * (torch.arange(COARSE) + 0.5) / COARSE - 1
    far = (at[:, None] ** ROUND + at[None, :] ** ROUND) ** (1 / ROUND)
    fade = ((1 - far) / (2 * EDGE) - 0.1).clamp(0, 1)
    return blurred(_wider((whole > HEAD).float(), GROWN), SOFT * COARSE) * fade.square() * (3 - 2 * fade)


def blurred(values: Tensor, sigma: float) -> Tensor:
    """A Gaussian over maps `[... h w]`; their edges go on outside."""
    reach = min(math.ceil(3 * sigma), min(values.shape[-2:]) - 1)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    kernel = kernel / kernel.sum()
    maps = F.pad(values.reshape(-1, 1, *values.shape[-2:]), (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(maps, kernel[None, None, None, :]), kernel[None, None, :, None]).reshape(values.shape)


def _wider(share: Tensor, by: float) -> Tensor:
    """A share `[h w]` whose every value reaches further, by so much of the side."""
    reach = max(1, round(by * share.shape[-1]))
    return F.max_pool2d(share[None, None], 2 * reach + 1, 1, reach)[0, 0]


def _grown(maps: Tensor, side: int) -> Tensor:
    """Coarse maps `[k h w]` at another size `[k side side]`."""
    return F.interpolate(maps[None], size=(side, side), mode="bilinear", align_corners=False)[0]


def _light(photograph: Image.Image, before: Image.Image, after: Image.Image, frame: Frame, much: Tensor, share: Tensor) -> Tensor:
    """What is added to what an edit painted so that its light is the photograph's `[3 128 128]`, in [0, 1].

    It is known wherever something of the photograph stays: outside the head, and on it where nothing was changed.
    """
    taken = _numbers(aligned(photograph, frame, COARSE))
    was, now = (_numbers(image.resize((COARSE, COARSE), Image.Resampling.BOX)) for image in (before, after))
    difference = taken - torch.lerp(now, was, share)
    most = difference.abs().amax(0)
    alike = (most <= ANOTHER) / (1 + (most / LIGHT) ** 2)
    known = (1 - share * much) * alike * _within(photograph, frame)
    spread = blurred(torch.cat([known * difference, known[None]]), REACH * COARSE)
    return (spread[3] / SURE).clamp(0, 1) * spread[:3] / spread[3].clamp(min=1e-4)


def _numbers(image: Image.Image) -> Tensor:
    """RGB to `[3 h w]` in [0, 1]."""
    return torch.from_numpy(np.array(image, np.float32)).permute(2, 0, 1) / 255


def _within(photograph: Image.Image, frame: Frame) -> Tensor:
    """Which coarse pixels of a square the photograph shows `[h w]`: what its reflection shows is no light of its own."""
    at = (np.arange(COARSE) + 0.5) / COARSE
    points = frame.placed(np.stack(np.meshgrid(at, at), -1))
    return torch.from_numpy(((points >= 0) & (points <= photograph.size)).all(-1).astype(np.float32))


def _laid(photograph: Image.Image, layers: np.ndarray, frame: Frame) -> Image.Image:
    """A photograph with layers `[8 s s]` laid over it: a painting, what an edit added, 0 to 255, how much changed, and where."""
    corners = frame.corners
    left, top = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, photograph.size).tolist()
    if left >= right or top >= bottom:
        return photograph.copy()
    turn = _into(frame.moved(1, left, top), layers.shape[-1])

    def placed(layer: np.ndarray, how: Image.Resampling) -> np.ndarray:
        turned = Image.fromarray(np.ascontiguousarray(layer)).transform((right - left, bottom - top), Image.Transform.AFFINE, turn, how)
        return np.asarray(turned)

    result = np.array(photograph)
    much, share = (placed(layer, Image.Resampling.BILINEAR) for layer in layers[6:])
    for colour in range(3):  # one by one, since a photograph is large
        under = result[top:bottom, left:right, colour].astype(np.float32)
        painting, added = (placed(layers[colour + first], Image.Resampling.BICUBIC) for first in (0, 3))
        mixed = under + share * (much * (painting - under) + (1 - much) * added)
        result[top:bottom, left:right, colour] = np.where(share > 0, np.clip(np.rint(mixed), 0, 255), under)
    return Image.fromarray(result)


def _into(frame: Frame, side: int) -> tuple[float, ...]:
    """From pixels of the photograph to those of the face, as PIL has it: i = a x + b y + c, j = d x + e y + f."""
    corner, across, down = frame.shares(np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])) * side
    return across[0] - corner[0], down[0] - corner[0], corner[0], across[1] - corner[1], down[1] - corner[1], corner[1]
