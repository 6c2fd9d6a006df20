"""The judges together: pictures of faces to measures, each by a network that neither the handles nor the verifier met, or by formula."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.bench.faces.judges import mesh as points
from core.bench.faces.judges import onnx, packages, tfjs, tflite
from core.bench.faces.judges.chips import box_chip, chip, dlib_chip
from core.bench.faces.judges.graph import Network
from core.bench.faces.judges.looks import measured
from core.bench.faces.judges.recognition import SIDE, Recognition
from core.bench.faces.judges.things import HATS, SUNGLASSES, Things

FER = ("angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral")
"""The order of both judges of expressions."""
LUMA = (0.2989, 0.587, 0.114)
DLIB_MEAN = (122.781998, 117.000999, 104.297997)
WHOLE = np.array([[0.9, 0.0, 0.05], [0.0, 0.9, 0.08]])
"""The square in an aligned portrait that the mesh is first looked for in."""


@dataclass(frozen=True)
class Judged:
    """What the judges say of n pictures.

    Attributes:
        measures: by name `[n]`.
        identity: `[n 128]`.
        mesh: 468 landmarks `[n 468 3]`, as shares of the picture's side.
        person: where the person is, `[n 256 256]`.
    """

    measures: dict[str, np.ndarray]
    identity: np.ndarray
    mesh: np.ndarray
    person: np.ndarray


def fetch_judges() -> None:
    """Fetch all packages of the judges, once. WeightsError where one cannot be had."""
    for package in packages.PACKAGES:
        package.fetch()


def ready() -> bool:
    """Whether all have been fetched."""
    return all(package.ready() for package in packages.PACKAGES)


class Judges:
    """All judges; each is loaded when it is first asked.

    Example:
        judges = Judges()
        said = judges(pictures)            # RGB [n 3 256 256] in [0, 1]
        said.measures["happy"]             # [n]
    """

    @cached_property
    def _mesh(self) -> Network:
        return tfjs.network(packages.MESH.read(2), packages.MESH.read(3))

    @cached_property
    def _person(self) -> Network:
        return tfjs.network(packages.MESH.read(4), packages.MESH.read(5))

    @cached_property
    def _expressions(self) -> tuple[Network, Network]:
        return tflite.network(packages.EXPRESSION.read()), tfjs.network(packages.MESH.read(0), packages.MESH.read(1))

    @cached_property
    def _ages(self) -> tuple[Network, Network]:
        age, gender = (onnx.network(packages.AGE.read(number), "images", ("probabilities",)) for number in (0, 1))
        return age, gender

    @cached_property
    def _who(self) -> Recognition:
        listed = [one for group in json.loads(packages.IDENTITY.read(0)) for one in group["weights"]]
        return Recognition(tfjs.weights(listed, packages.IDENTITY.read(1)))

    @cached_property
    def _things(self) -> Things:
        return Things(packages.THINGS.read(0), packages.THINGS.read(1))

    def landmarks(self, images: Tensor) -> np.ndarray:
        """468 landmarks `[n 468 3]` of pictures `[n 3 h w]`, looked for twice: in the whole portrait, then around what was found."""
        found = []
        for image in images:
            square = WHOLE
            for _ in range(2):
                given = chip(image, square, 192).permute(1, 2, 0)[None]
                mesh = next(one for one in self._mesh(given) if one.shape[-1] == 1404).reshape(468, 3).numpy() / 192
                side = square[0, 0]
                at = np.concatenate([mesh[:, :2] * side + square[:, 2], mesh[:, 2:] * side], 1)
                low, high = at[:, :2].min(0), at[:, :2].max(0)
                side = 1.5 * float((high - low).max())
                corner = (low + high) / 2 - side / 2
                square = np.array([[side, 0, corner[0]], [0, side, corner[1]]])
            found.append(at)
        return np.stack(found)

    def people(self, images: Tensor) -> np.ndarray:
        """Where the person is, `[n 256 256]`."""
        small = F.interpolate(images, (256, 256), mode="bilinear", antialias=True, align_corners=False)
        return np.stack([self._person(one.permute(1, 2, 0)[None])[0][0, :, :, 0].numpy() > 0.5 for one in small])

    def expressions(self, images: Tensor, mesh: np.ndarray) -> np.ndarray:
        """Probabilities `[judges n 7]` in the order of FER, of both judges."""
        luma = torch.tensor(LUMA)[:, None, None]
        said = []
        for network, share in zip(self._expressions, (1.0, 1.1), strict=True):
            faces = torch.stack([box_chip(image, one, 64, share) for image, one in zip(images, mesh, strict=True)])
            grey = (faces * luma).sum(1)[..., None]
            said.append(np.concatenate([network(2 * one[None] - 1)[0].numpy() for one in grey]))
        return np.stack(said)

    def ages(self, images: Tensor, mesh: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Years, and how likely female, `[n]` each."""
        said = []
        for network, size in zip(self._ages, (64, 32), strict=True):
            faces = torch.stack([dlib_chip(image, one, size, 0.2) for image, one in zip(images, mesh, strict=True)])
            said.append(network((faces * 255 - torch.tensor(DLIB_MEAN)[:, None, None]) / 256)[0].numpy())
        years = np.arange(said[0].shape[1], dtype=np.float32)
        return said[0] @ years, said[1][:, 0]

    def who(self, images: Tensor, mesh: np.ndarray) -> np.ndarray:
        """Who it is, `[n 128]`: nearer than SAME_PERSON is the same person."""
        faces = [dlib_chip(image, one, SIDE, 0.25) for image, one in zip(images, mesh, strict=True)]
        return self._who(torch.stack(faces)).numpy()

    def worn(self, images: Tensor) -> dict[str, np.ndarray]:
        """How much more ImageNet's network sees sunglasses, or any hat, than what is neither: log odds `[n]`."""
        logits = torch.cat([self._things(one[None]) for one in images])
        neither = [place for place in range(logits.shape[1]) if place not in SUNGLASSES + HATS]
        rest = logits[:, neither].logsumexp(-1)
        return {
            name: (logits[:, list(classes)].logsumexp(-1) - rest).numpy() for name, classes in (("sunglasses", SUNGLASSES), ("hat", HATS))
        }

    def __call__(self, images: Tensor) -> Judged:
        """Aligned portraits `[n 3 256 256]` in [0, 1]."""
        mesh, person = self.landmarks(images), self.people(images)
        faces = self.expressions(images, mesh).mean(0)
        years, female = self.ages(images, mesh)
        rows = [measured(one.permute(1, 2, 0).numpy(), at, who) for one, at, who in zip(images, mesh, person, strict=True)]
        measures = {
            **{name: faces[:, place] for place, name in enumerate(FER)},
            "mouth_gap": points.gap(mesh),
            "age": years,
            "female": female,
            "yaw": points.yaw(mesh),
            "pitch": points.pitch(mesh),
            **self.worn(images),
            **{name: np.array([row[name] for row in rows]) for name in rows[0]},
        }
        return Judged(measures, self.who(images, mesh), mesh, person)
