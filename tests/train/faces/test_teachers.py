"""The teachers' crops, mirror and sides, and that what they see comes back as places of the whole picture."""

from __future__ import annotations

import torch
from torch import Tensor

from core.models.face_seen import EXPRESSIONS, LANDMARKS, PARTS, SIDE, FaceSeen
from core.models.tfjs_graph import TfjsGraph
from core.train.faces.teachers.crops import cut, squares_around, uncut
from core.train.faces.teachers.face_api import FaceApi, Layers
from core.train.faces.teachers.parser import PAIRS, sided
from core.train.faces.teachers.seeing import Teachers, mirrored


class _Looking(FaceApi):
    """Sees all landmarks where a crop is the reddest."""

    def expressions(self, crops: Tensor) -> Tensor:
        return crops.mean((2, 3)).repeat(1, 3)[:, :7].softmax(1)

    def age_female(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        return torch.full((len(crops),), 30.0), torch.full((len(crops),), 0.2)

    def landmarks(self, crops: Tensor) -> Tensor:
        weight = crops[:, 0].clamp(min=1e-4) ** 3
        at = (torch.arange(crops.shape[-1]) + 0.5) / crops.shape[-1]
        share = weight / weight.sum((1, 2), keepdim=True)
        place = torch.stack([(share.sum(1) * at).sum(1), (share.sum(2) * at).sum(1)], 1)
        around = torch.stack([torch.linspace(-0.2, 0.2, 68), torch.zeros(68)], 1)
        return place[:, None] + around


class _Graph(TfjsGraph):
    """Hands out the same for every picture."""

    def __init__(self) -> None:
        torch.nn.Module.__init__(self)

    def forward(self, pictures: Tensor, *outputs: str) -> list[Tensor]:
        n = len(pictures)
        given = {
            "global_pooling/Mean": torch.ones(n, 1024),
            "gender_pred/Sigmoid": torch.full((n, 1), 0.4),
            "age_pred/Softmax": torch.eye(100)[50].expand(n, 100),
            "BiseNetV2/prob": torch.eye(19)[1][None, :, None, None].expand(n, 19, *pictures.shape[2:]),
        }
        return [given[name] for name in outputs]


def test_a_crop_is_where_it_says() -> None:
    """Place by place: what is cut out, put back, lies where it was; a square around landmarks holds them."""
    ramp = ((torch.arange(64) + 0.5) / 64).expand(64, 64)
    pictures = torch.stack([ramp, ramp.T, torch.zeros(64, 64)])[None]
    squares = torch.tensor([[0.45, 0.55, 0.5]])
    crops = cut(pictures, squares, 32)
    inside = torch.tensor([[[4.5 / 32, 20.5 / 32]]])
    assert torch.allclose(crops[0, :2, 20, 4], uncut(inside, squares)[0, 0], atol=1e-5)
    marks = torch.rand(3, 68, 2, generator=torch.Generator().manual_seed(0))
    around = squares_around(marks, 0.2)
    assert ((marks - around[:, None, :2]).abs() < around[:, None, 2:] / 2).all()


def test_a_mirror_turned_twice_is_none() -> None:
    """And the corner of the left eye becomes that of the right one."""
    marks = torch.rand(2, 68, 2, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(mirrored(mirrored(marks)), marks)
    assert torch.allclose(mirrored(marks)[:, 36, 0], 1 - marks[:, 45, 0])


def test_sides_are_parted_at_the_middle_of_the_eyes() -> None:
    """However the network named them; what belongs to no pair stays, and nothing is lost."""
    marks = torch.zeros(1, 68, 2)
    marks[:, 36:42], marks[:, 42:48] = torch.tensor([0.4, 0.4]), torch.tensor([0.8, 0.4])
    parts = torch.rand(1, len(PARTS), 10, 10, generator=torch.Generator().manual_seed(0))
    found = sided(parts, marks)
    for one, other in PAIRS:
        assert not found[:, one, :, 6:].any() and not found[:, other, :, :6].any()
    assert torch.allclose(found.sum(1), parts.sum(1)) and torch.equal(found[:, 1], parts[:, 1])


def test_all_teachers_make_one_record() -> None:
    """A red spot is found where it is, ages and sexes are the means of two, the shapes are the record's."""
    pictures = torch.zeros(2, 3, 256, 256)
    pictures[:, 0, 150:170, 100:120] = 1
    empty = Layers({})
    seen = Teachers(_Looking(empty, empty, empty), _Graph(), _Graph()).read(pictures)
    assert seen.landmarks.shape == (2, LANDMARKS, 2) and seen.parts.shape == (2, len(PARTS), SIDE, SIDE)
    assert seen.expressions.shape == (2, len(EXPRESSIONS)) and seen.identity.shape == (2, 1024)
    assert torch.allclose(seen.landmarks.mean(1), torch.tensor([110 / 256, 160 / 256]), atol=0.01)
    assert torch.allclose(seen.age, torch.tensor([40.0, 40.0])) and torch.allclose(seen.female, torch.tensor([0.4, 0.4]))
    assert torch.allclose(seen.identity.norm(dim=1), torch.ones(2))
    assert isinstance(seen.at([0]), FaceSeen) and len(seen.at([0]).age) == 1


def test_face_apis_layers_are_the_sum_of_those_before() -> None:
    """One block by hand: relu(a), then relu(a + b), then what is pooled is the mean over the places."""
    rng = torch.Generator().manual_seed(0)
    tensors: dict[str, Tensor] = {}
    for block in range(4):
        for layer in range(4):
            name, taken = f"dense{block}/conv{layer}", 3 if block == layer == 0 else 2
            if block == layer == 0:
                tensors[f"{name}/filters"] = torch.randn(3, 3, 3, 2, generator=rng)
            else:
                tensors[f"{name}/depthwise_filter"] = torch.randn(3, 3, taken, 1, generator=rng)
                tensors[f"{name}/pointwise_filter"] = torch.randn(1, 1, taken, 2, generator=rng)
            tensors[f"{name}/bias"] = torch.randn(2, generator=rng)
    layers = Layers(tensors)
    found = layers.dense(torch.rand(1, 3, 112, 112, generator=rng))
    assert found.shape == (1, 2) and (found >= 0).all()
    still = Layers({name: t if name.endswith("bias") else torch.zeros_like(t) for name, t in tensors.items()})
    first, *others = (torch.relu(tensors["dense3/conv0/bias"]), *(tensors[f"dense3/conv{i}/bias"] for i in (1, 2, 3)))
    assert torch.allclose(still.dense(torch.rand(1, 3, 112, 112))[0], torch.relu(first + sum(others)), atol=1e-5)
