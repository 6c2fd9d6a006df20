"""The world `faces` behind the door of all generators: a latent is w+, a picture is of the working size.

    latent [n 512 23 1]:      the numbers of a style, one column for each slot of w+
    latent [n 512 23+16*16 1]: after them what is added to the maps of 16 px for this one picture, row by row

Painted by the real generator and its tail at 256 px, in a hurry at 128; taken in by the eyes and the encoder, as a first guess.
"""

from __future__ import annotations

import math
from functools import cached_property

import torch
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.models.face_encoder import FaceEncoder, load_face_encoder
from core.models.face_eyes import FaceEyes, load_face_eyes
from core.models.face_generator import load_face_generator
from core.models.face_small import SmallTail
from core.models.face_tail import FaceTail, load_face_tail
from core.models.mobile_stylegan import MobileStyleGAN


class WorkingFaces(nn.Module):
    """w+ to a face and back, see `core.models.protocols.Generator`; the eyes are loaded when a picture is first taken in.

    Args:
        real: the generator.
        tail: its working size.
        eyes: what looks at pictures, DINOv2's where None.
        encoder: guesses w+, the trained one where None.
    """

    def __init__(self, real: MobileStyleGAN, tail: FaceTail, eyes: FaceEyes | None = None, encoder: FaceEncoder | None = None) -> None:
        super().__init__()
        self.real, self.tail = real, tail
        self._given = eyes, encoder

    @cached_property
    def eyes(self) -> FaceEyes:
        """What looks at pictures; WeightsError where it was not fetched."""
        return self._given[0] or load_face_eyes()

    @cached_property
    def encoder(self) -> FaceEncoder:
        """Guesses w+; WeightsError where it is missing or damaged."""
        return self._given[1] or load_face_encoder()

    @cached_property
    def small(self) -> SmallTail:
        """What paints in a hurry; folded from the generator when it is first needed."""
        with torch.inference_mode(False):  # whoever asks first; an inversion goes downhill through it
            return SmallTail.folded(self.real, self.real.sizes[-3])

    @property
    def latent_shape(self) -> tuple[int, int, int]:
        """Axes `c h w` of a latent: the numbers of a style, and the slots."""
        return self.real.width, self.real.slots, 1

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of a picture, in pixels."""
        return self.real.sizes[-2], self.real.sizes[-2]

    def encode(self, images: Tensor) -> Tensor:
        """Aligned faces, RGB `[n 3 h w]` in [0, 1] of any size, to latents `[n d slots 1]`, a first guess."""
        return latents_of(self.encoder.guess(self.eyes, images))

    def decode(self, latent: Tensor) -> Tensor:
        """Latents `[n d s 1]` to RGB `[n 3 h w]` in [0, 1], differentiable; one by one, for several at once are no faster on a CPU."""
        return self._painted(self.tail, latent)

    def sketch(self, latent: Tensor) -> Tensor:
        """Latents `[n d s 1]` to RGB `[n 3 h w]` of half the size, in a third of the time."""
        return self._painted(self.small, latent)

    def large(self, latent: Tensor) -> Tensor:
        """Latents `[n d s 1]` to RGB of the generator's own size."""
        styles, delta = apart(latent, self.real.slots)
        return self.real.paint(styles, delta=delta)

    def _painted(self, tail: FaceTail | SmallTail, latent: Tensor) -> Tensor:
        parts = [apart(one, self.real.slots) for one in latent.split(1)]
        return torch.cat([tail.paint(self.real, styles, delta=delta) for styles, delta in parts])


def apart(latent: Tensor, slots: int) -> tuple[Tensor, Tensor | None]:
    """Latents `[n d s 1]` to w+ `[n slots d]` and the delta `[n d k k]`, or None; ShapeError where the columns after w+ are no square."""
    rest = latent[:, :, slots:, 0]
    side = math.isqrt(rest.shape[2])
    if latent.ndim != 4 or latent.shape[2] < slots or side * side != rest.shape[2]:
        raise ShapeError(f"Expected latents [n d {slots} + k*k 1], got {tuple(latent.shape)}.")
    return latent[:, :, :slots, 0].transpose(1, 2), rest.unflatten(2, (side, side)) if side else None


def latents_of(styles: Tensor, delta: Tensor | None = None) -> Tensor:
    """w+ `[n slots d]` and a delta `[n d k k]` to latents `[n d s 1]`."""
    columns = styles.transpose(1, 2)
    return (columns if delta is None else torch.cat([columns, delta.flatten(2)], 2))[..., None]


def load_working_faces() -> WorkingFaces:
    """The trained one, frozen; WeightsError where the generator was not fetched."""
    return WorkingFaces(load_face_generator(), load_face_tail()).eval().requires_grad_(False)
