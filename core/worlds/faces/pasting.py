"""An edited face back into its photograph, with a seam that is not seen.

The face's mask m is feathered inwards, so that nothing of the face outside it comes back. What photograph and face differ by
around the seam, where both show the same, is spread inwards and added to the face, so that no other light shows at the seam:

    face + fall blur(ring d) / blur(ring),    d = photograph - face,  ring = blur(m) (1 - m) alike(d),  fall = 2 (1 - blur(m)) <= 1

That is all of the difference at the seam and nothing deep inside; places that are less alike count less. Outside the mask the
photograph is not touched.
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

ELLIPSE = (0.5, 0.54, 0.31, 0.42)
"""Around a face that has no mask: middle and half axes, as shares of the side."""
FEATHER = 0.05
"""Width of the seam, in sides."""
EDGE = 0.04
"""A mask that reaches the edge of the square fades out within so much of the side."""
RING = 0.02
"""How far around the mask photograph and face are compared, in sides."""
REACH = 0.06
"""How far inwards their difference is added, in sides."""
LIGHT, ANOTHER = 0.05, 0.15
"""A difference of so much at a pixel counts half; a larger one than the other is another thing, not another light."""
COARSE = 128
"""Pixels both ways on which the difference is spread: it has no detail."""


def pasted(photograph: Image.Image, face: Image.Image, frame: Frame, mask: np.ndarray | None = None) -> Image.Image:
    """A photograph with a face put back.

    Args:
        photograph: RGB.
        face: RGB, a square of any size, such as 256 or 1024 px: what is to stand in the frame.
        frame: the face's square in the photograph.
        mask: what of the square is put back `[h w]`, 0 to 1, of any size; None takes an ellipse around the face.

    Returns:
        RGB; outside the mask every pixel is as it was.

    Raises:
        ShapeError: where the face is no square, or the mask has other axes.
    """
    if face.width != face.height or (mask is not None and np.ndim(mask) != 2):
        raise ShapeError(f"A square face and a mask [h w] are put back, got {face.size} and {None if mask is None else np.shape(mask)}.")
    side = min(face.width, max(COARSE, math.ceil(frame.side)))
    small = face if side == face.width else face.resize((side, side), Image.Resampling.LANCZOS)
    share = feathered(mask, side)
    light = _other_light(small, photograph, frame, share)
    matched = np.asarray(small, np.float32) + 255 * light.permute(1, 2, 0).numpy()
    return _placed(photograph, matched, share.numpy(), frame)


def feathered(mask: np.ndarray | None, side: int) -> Tensor:
    """How much of the face is put back at each pixel `[side side]`: 0 outside the mask and on its edge, 1 a seam's width inside.

    Args:
        mask: `[h w]`, 0 to 1, or None for an ellipse.
        side: in pixels.
    """
    whole = ellipse(side) if mask is None else torch.from_numpy(np.array(mask, np.float32)).clamp(0, 1)
    whole = F.interpolate(whole[None, None], size=(side, side), mode="bilinear", align_corners=False)[0, 0]
    # Blurred, a mask is 1/2 on its edge and nearly 1 two standard deviations inside.
    share = (2 * blurred(whole, FEATHER / 2 * side) - 1).clamp(0, 1)
    fade = (torch.minimum(torch.arange(side) + 0.5, side - torch.arange(side) - 0.5) / side / EDGE - 0.25).clamp(0, 1)
    return share * torch.minimum(fade[:, None], fade[None, :]) * whole.ceil()


def ellipse(side: int) -> Tensor:
    """A mask `[side side]` of 0 and 1 around a face that is aligned."""
    x, y, half_x, half_y = ELLIPSE
    at = (torch.arange(side) + 0.5) / side
    return ((((at[None, :] - x) / half_x) ** 2 + ((at[:, None] - y) / half_y) ** 2) <= 1).float()


def blurred(values: Tensor, sigma: float) -> Tensor:
    """A Gaussian over maps `[... h w]`; their edges go on outside."""
    reach = min(math.ceil(3 * sigma), min(values.shape[-2:]) - 1)
    kernel = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / max(sigma, 1e-6)) ** 2)
    kernel = kernel / kernel.sum()
    maps = F.pad(values.reshape(-1, 1, *values.shape[-2:]), (reach,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(maps, kernel[None, None, None, :]), kernel[None, None, :, None]).reshape(values.shape)


def _other_light(face: Image.Image, photograph: Image.Image, frame: Frame, share: Tensor) -> Tensor:
    """What is added to a face `[3 side side]` so that its light at the seam is the photograph's, in [0, 1]."""
    before = _numbers(aligned(photograph, frame, COARSE))
    after = _numbers(face.resize((COARSE, COARSE), Image.Resampling.BOX))
    mask = F.interpolate((share > 0).float()[None, None], size=(COARSE, COARSE), mode="area")[0, 0]
    difference = before - after
    most = difference.abs().amax(0)
    alike = (most <= ANOTHER) / (1 + (most / LIGHT) ** 2)
    ring = blurred(mask, RING * COARSE) * (1 - mask) * alike * _within(photograph, frame)
    spread = blurred(torch.cat([ring * difference, ring[None]]), REACH * COARSE)
    fall = (2 * (1 - blurred(mask, REACH * COARSE))).clamp(0, 1)
    light = fall * spread[:3] / spread[3].clamp(min=1e-4)
    return F.interpolate(light[None], size=share.shape, mode="bilinear", align_corners=False)[0]


def _numbers(image: Image.Image) -> Tensor:
    """RGB to `[3 h w]` in [0, 1]."""
    return torch.from_numpy(np.array(image, np.float32)).permute(2, 0, 1) / 255


def _within(photograph: Image.Image, frame: Frame) -> Tensor:
    """Which coarse pixels of a square the photograph shows `[h w]`: what its reflection shows is no light of its own."""
    at = (np.arange(COARSE) + 0.5) / COARSE
    points = frame.placed(np.stack(np.meshgrid(at, at), -1))
    return torch.from_numpy(((points >= 0) & (points <= photograph.size)).all(-1).astype(np.float32))


def _placed(photograph: Image.Image, face: np.ndarray, share: np.ndarray, frame: Frame) -> Image.Image:
    """A photograph with a face `[s s 3]`, 0 to 255, laid over it by shares `[s s]`."""
    corners = frame.corners
    left, top = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0).tolist()
    right, bottom = np.minimum(np.ceil(corners.max(0)).astype(int) + 1, photograph.size).tolist()
    result = np.array(photograph)
    if left >= right or top >= bottom:
        return photograph.copy()
    size, turn = (right - left, bottom - top), _into(frame.moved(1, left, top), len(face))
    layers = [Image.fromarray(np.ascontiguousarray(layer)) for layer in (*np.moveaxis(face, -1, 0), share.astype(np.float32))]
    how = [Image.Resampling.BICUBIC] * 3 + [Image.Resampling.BILINEAR]
    *colours, shares = (np.asarray(x.transform(size, Image.Transform.AFFINE, turn, h)) for x, h in zip(layers, how, strict=True))
    under = result[top:bottom, left:right].astype(np.float32)
    mixed = under + (np.stack(colours, -1) - under) * shares[..., None]
    touched = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    result[top:bottom, left:right] = np.where(shares[..., None] > 0, touched, result[top:bottom, left:right])
    return Image.fromarray(result)


def _into(frame: Frame, side: int) -> tuple[float, ...]:
    """From pixels of the photograph to those of the face, as PIL has it: i = a x + b y + c, j = d x + e y + f."""
    corner, across, down = frame.shares(np.array([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])) * side
    return across[0] - corner[0], down[0] - corner[0], corner[0], across[1] - corner[1], down[1] - corner[1], corner[1]
