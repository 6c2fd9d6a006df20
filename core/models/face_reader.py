"""Reads a face: what DINOv2 sees of it, and a few convolutions over the picture, to one record (core.models.face_seen).

It learned from networks of others (core.train.faces.teachers) what they see of painted faces; it is small beside them, needs none of
them, and is differentiable in the picture. Places, such as landmarks and parts, come from a decoder that goes from 16 to 32 to 64
places both ways and is shown the picture itself at 32 and 64; a landmark is the mean of a map of where it may be. All else comes from
the class tokens and the patches, each at its own place, which is fair since faces come aligned as FFHQ.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.files import load_weights
from core.models.face_encoder import POOL, pooled
from core.models.face_eyes import FaceEyes
from core.models.face_seen import EXPRESSIONS, LANDMARKS, PARTS, SIDE, FaceSeen

NAME = "faces_reader"
PIXELS = 4 * SIDE
"""Side of the pictures that it takes."""
COARSE = SIDE // 2
"""Places of the maps of landmarks, both ways."""
SHARP = 5.0
"""What the scores of landmarks are multiplied by, so that few steps make a map sharp."""
MEAN_AGE, SPREAD_AGE = 30.0, 12.0
"""In years, about what the painted faces have."""


class Told(NamedTuple):
    """What comes before probabilities, in the order of FaceSeen.

    Scores of expressions `[n 7]`, of female `[n]` and of parts `[n 19 64 64]`; identity `[n d]` of any length; age `[n]` in years and
    landmarks `[n 68 2]` as there.
    """

    expressions: Tensor
    age: Tensor
    female: Tensor
    landmarks: Tensor
    parts: Tensor
    identity: Tensor


def _block(taken: int, given: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(taken, given, 3, stride, 1), nn.GroupNorm(8, given), nn.ReLU())


class FaceReader(nn.Module):
    """Tokens and a picture to a record.

    Args:
        levels: blocks whose tokens are seen.
        seen: width of a token.
        width: of the decoder, a multiple of 8.
        hidden: numbers between what is seen and what is no place.
        identity: numbers that say who it is.

    Example:
        eyes, reader = load_face_eyes(), load_face_reader()
        seen = reader.read(eyes, pictures)
    """

    def __init__(self, levels: int = 4, seen: int = 384, width: int = 64, hidden: int = 320, identity: int = 128) -> None:
        super().__init__()
        self.levels, self.seen = levels, seen
        self.norms = nn.ModuleList(nn.LayerNorm(seen) for _ in range(levels))
        self.taken = nn.Linear(levels * seen, width)
        self.fine = nn.Sequential(nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(), _block(16, 24, 2))
        self.coarse = _block(24, 48, 2)
        self.decoder = nn.Sequential(_block(width + 48, width), _block(width, width))
        self.marks = nn.Conv2d(width, LANDMARKS, 1)
        self.last = nn.Sequential(_block(width + 24, 48), nn.Conv2d(48, len(PARTS), 1))
        self.narrow = nn.Linear(width, 40)
        sizes = (len(EXPRESSIONS), 1, 1, identity)
        self.sizes = sizes
        self.whole = nn.Sequential(nn.Linear(levels * seen + POOL * POOL * 40, hidden), nn.GELU(), nn.Dropout(0.2))
        self.given = nn.Linear(hidden, sum(sizes))

    def told(self, tokens: Tensor, pictures: Tensor) -> Told:
        """As `forward`, but scores instead of probabilities."""
        if tokens.ndim != 4 or (tokens.shape[1], tokens.shape[3]) != (self.levels, self.seen):
            raise ShapeError(f"Expected tokens [n {self.levels} t {self.seen}], got {tuple(tokens.shape)}.")
        if pictures.shape != (len(tokens), 3, PIXELS, PIXELS):
            raise ShapeError(f"Expected a picture [3 {PIXELS} {PIXELS}] for each of {len(tokens)}, got {tuple(pictures.shape)}.")
        tokens = pooled(tokens)
        normed = torch.stack([norm(tokens[:, place]) for place, norm in enumerate(self.norms)], 1)
        patches = self.taken(normed[:, :, 1:].transpose(1, 2).flatten(2))
        expressions, age, female, identity = self._of_the_whole(normed[:, :, 0].flatten(1), patches)
        fine = self.fine(pictures * 2 - 1)
        grown = F.interpolate(patches.transpose(1, 2).unflatten(2, (POOL, POOL)), COARSE, mode="bilinear")
        maps = self.decoder(torch.cat([grown, self.coarse(fine)], 1))
        parts = self.last(torch.cat([F.interpolate(maps, SIDE, mode="bilinear"), fine], 1))
        years = MEAN_AGE + SPREAD_AGE * age[:, 0]
        return Told(expressions, years, female[:, 0], mean_places(SHARP * self.marks(maps)), parts, identity)

    def _of_the_whole(self, first: Tensor, patches: Tensor) -> list[Tensor]:
        """What is no place, in the order of `sizes`, from class tokens `[n d]` and narrow patches `[n t w]`."""
        about = torch.cat([first, self.narrow(patches).flatten(1)], 1)
        return list(self.given(self.whole(about)).split(self.sizes, 1))

    @torch.no_grad()
    def reweigh(self, weights: Tensor) -> None:
        """Take back from the parts' scores that places of each part counted so much `[k]` while it was trained.

        The cross entropy that weighs parts by w is least at p proportional to w times the true share: log w too much in each score.
        """
        last = self.last[-1]
        assert isinstance(last, nn.Conv2d) and last.bias is not None
        last.bias -= weights.log()

    def forward(self, tokens: Tensor, pictures: Tensor) -> FaceSeen:
        """What is seen of faces.

        Args:
            tokens: `[n l t d]`, as FaceEyes gives them, or pooled already.
            pictures: RGB `[n 3 256 256]` in [0, 1], aligned as FFHQ.

        Raises:
            ShapeError: for others.
        """
        told = self.told(tokens, pictures)
        return FaceSeen(
            told.expressions.softmax(1),
            told.age.clamp(0, 100),
            told.female.sigmoid(),
            told.landmarks,
            told.parts.softmax(1),
            F.normalize(told.identity, dim=1),
        )

    def read(self, eyes: FaceEyes, pictures: Tensor) -> FaceSeen:
        """What is seen of faces, RGB `[n 3 h w]` in [0, 1] of any size, aligned as FFHQ."""
        if pictures.shape[2:] != (PIXELS, PIXELS):
            pictures = F.interpolate(pictures, (PIXELS, PIXELS), mode="bilinear", antialias=True, align_corners=False)
        return self(eyes.look(pictures), pictures)


def mean_places(scores: Tensor) -> Tensor:
    """Where each map `[n k h w]` of scores lies on the mean, once they are probabilities over all places: (x, y) `[n k 2]` as shares."""
    n, k, height, width = scores.shape
    share = scores.flatten(2).softmax(2).unflatten(2, (height, width))
    x = (torch.arange(width, device=scores.device) + 0.5) / width
    y = (torch.arange(height, device=scores.device) + 0.5) / height
    return torch.stack([(share.sum(2) * x).sum(2), (share.sum(3) * y).sum(2)], 2)


def load_face_reader() -> FaceReader:
    """The trained reader, frozen; WeightsError where it is missing or damaged."""
    tensors, card = load_weights(NAME)
    reader = FaceReader(**card["architecture"])
    reader.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return reader.eval().requires_grad_(False)
