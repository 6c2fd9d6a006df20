"""The world `faces` behind the door of all generators: a latent is w+, a picture is of the working size.

    latent [n 512 23 1]:  the numbers of a style, one column for each slot of w+

Painted by the real generator and its tail at 256 px; taken in by the eyes and the encoder, as a first guess.
"""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor, nn

from core.models.face_encoder import FaceEncoder, load_face_encoder
from core.models.face_eyes import FaceEyes, load_face_eyes
from core.models.face_generator import load_face_generator
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
        """Latents `[n d slots 1]` to RGB `[n 3 h w]` in [0, 1], differentiable; one by one, for several at once are no faster on a CPU."""
        return torch.cat([self.tail.paint(self.real, styles_of(one)) for one in latent.split(1)])

    def large(self, latent: Tensor) -> Tensor:
        """Latents `[n d slots 1]` to RGB of the generator's own size."""
        return self.real.paint(styles_of(latent))


def styles_of(latent: Tensor) -> Tensor:
    """Latents `[n d slots 1]` to w+ `[n slots d]`."""
    return latent[..., 0].transpose(1, 2)


def latents_of(styles: Tensor) -> Tensor:
    """w+ `[n slots d]` to latents `[n d slots 1]`."""
    return styles.transpose(1, 2)[..., None]


def load_working_faces() -> WorkingFaces:
    """The trained one, frozen; WeightsError where the generator was not fetched."""
    return WorkingFaces(load_face_generator(), load_face_tail()).eval().requires_grad_(False)
