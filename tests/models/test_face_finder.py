"""The finder of faces with random numbers: maps by hand, boxes apart, and the way from the wheel."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from core.foundations.errors import ShapeError, WeightsError
from core.foundations.files import numbers_digest
from core.foundations.seeds import torch_rng
from core.models import face_finder as module
from core.models import packed_weights
from core.models.face_finder import MEMBER, WEIGHTS, FaceFinder, FaceMaps, Faces, Stage, apart, decoded, load_face_finder, overlaps
from tests.models import test_onnx_tensors as onnx
from tests.models.test_packed_weights import wheel

STAGES = (Stage(4, 2, 2), Stage(4, 1, 2), Stage(5, 1, 2), Stage(6, 1, 1), Stage(6, 1, 2), Stage(7, 1, 1))


def small() -> FaceFinder:
    return FaceFinder(4, 3, STAGES, 4)


def numbers(seed: int = 0) -> dict[str, Tensor]:
    rng = torch_rng("face finder", seed)
    return {name: torch.randn(t.shape, generator=rng) / 4 for name, t in small().state_dict().items()}


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    model = small()
    model.load_state_dict(numbers())
    return model


def test_maps_of_every_fourth_pixel(finder: FaceFinder) -> None:
    """Each picture for itself; its middle a share; the weights are frozen."""
    images = torch.rand(2, 3, 64, 96, generator=torch_rng("pictures"))
    maps = finder(images)
    assert [tuple(part.shape) for part in maps] == [(2, 16, 24), (2, 2, 16, 24), (2, 2, 16, 24), (2, 10, 16, 24)]
    assert (maps.middle > 0).all() and (maps.middle < 1).all()
    assert all(torch.allclose(part[1:], alone, atol=1e-4) for part, alone in zip(maps, finder(images[1:]), strict=True))
    assert not any(p.requires_grad for p in finder.parameters())


@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 1, 64, 64), (1, 3, 60, 64), (1, 3, 64, 0)])
def test_other_pictures_are_refused(finder: FaceFinder, shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="multiples of 32"):
        finder(torch.zeros(shape))


def test_any_size_is_looked_at(finder: FaceFinder) -> None:
    """Filled up at the right and below, which moves nothing; surest first, none below what is asked."""
    image = torch.rand(1, 3, 50, 70, generator=torch_rng("odd"))
    found, whole = finder.faces(image, 0.3, 1.0)[0], finder.faces(F.pad(image, (0, 26, 0, 14)), 0.3, 1.0)[0]
    assert len(found.scores) and torch.equal(found.scores, whole.scores) and torch.equal(found.points, whole.points)
    assert (found.scores.diff() <= 0).all() and (found.scores > 0.3).all()
    assert finder.faces(image, 1.0)[0].points.shape == (0, 5, 2)


def test_a_face_by_hand() -> None:
    """At row 2, column 5: 8 px high, 16 wide, its middle half a place up; a neighbour that is less sure is the same face."""
    maps = FaceMaps(torch.zeros(6, 8), torch.zeros(2, 6, 8), torch.zeros(2, 6, 8), torch.zeros(10, 6, 8))
    maps.middle[2, 5], maps.middle[2, 6], maps.middle[5, 0] = 0.9, 0.8, 0.4
    maps.size[:, 2, 5] = torch.tensor([2.0, 4.0]).log()
    maps.offset[:, 2, 5] = torch.tensor([-0.5, 0.0])
    maps.points[:, 2, 5] = torch.tensor([0.25, 0.5, 0.25, 0.75, 0.5, 0.5, 1.0, 0.25, 0.5, 1.0])
    found = decoded(maps, 0.5)
    assert found.scores.tolist() == pytest.approx([0.9])
    # The middle is at y = 4 * (2 - 0.5 + 0.5) = 8 and x = 4 * 5.5 = 22.
    assert found.boxes[0].tolist() == pytest.approx([14, 4, 30, 12])
    assert torch.allclose(found.points[0], torch.tensor([[22.0, 6], [26, 6], [22, 8], [18, 12], [30, 8]]))
    assert decoded(maps, 0.3).scores.tolist() == pytest.approx([0.9, 0.4])


def test_overlaps_by_hand() -> None:
    """Half a square beside it, the same, and one apart."""
    boxes = torch.tensor([[1.0, 0, 3, 2], [0, 0, 2, 2], [5, 5, 6, 6]])
    assert overlaps(boxes[1], boxes).tolist() == pytest.approx([1 / 3, 1, 0])


def test_of_two_that_overlap_the_surer_stays() -> None:
    boxes = torch.tensor([[0.0, 0, 2, 2], [0.5, 0, 2.5, 2], [3, 0, 5, 2]])
    found = apart(Faces(boxes, torch.tensor([0.6, 0.9, 0.7]), torch.arange(3)), 0.3)
    assert found.points.tolist() == [1, 2] and found.scores.tolist() == pytest.approx([0.9, 0.7])
    nothing = apart(Faces(torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 5, 2)), 0.3)
    assert nothing.points.shape == (0, 5, 2)


def onnx_file(tensors: dict[str, Tensor]) -> bytes:
    """Numbers as the exporter left them: convolutions without names, and batch norms in the neck that change nothing."""
    parts, nameless = [], 500
    for name, values in tensors.items():
        head, _, rest = name.partition(".")
        if head in module.HEADS:
            parts.append(onnx.tensor(f"head.{module.HEADS[head]}_conv.{rest}", values.numpy()))
        elif head == "enlarge":
            place, part = rest.split(".")
            layer = f"neck.deconv_layers.{2 - int(place)}"
            parts.append(onnx.tensor(f"{layer}.{'conv.weight' if part == 'weight' else 'bn.bias'}", values.numpy()))
            if part == "weight":
                one, none = np.ones(len(values), "<f4"), np.zeros(len(values), "<f4")
                parts += [onnx.tensor(f"{layer}.bn.weight", one), onnx.tensor(f"{layer}.bn.running_mean", none)]
                parts.append(onnx.tensor(f"{layer}.bn.running_var", one - np.float32(module.EPSILON)))
        else:
            parts.append(onnx.tensor(str(nameless), values.numpy()))
            nameless += 2
    return onnx.model(*parts)


def test_a_batch_norm_is_folded() -> None:
    """One function, whether in two layers or one."""
    rng = torch_rng("fold")
    layer, norm = torch.nn.ConvTranspose2d(4, 4, 2, 2, bias=False), torch.nn.BatchNorm2d(4, eps=module.EPSILON).eval()
    for values in (layer.weight, norm.weight, norm.bias, norm.running_mean):
        values.data = torch.randn(values.shape, generator=rng)
    norm.running_var = torch.rand(4, generator=rng) + 0.1
    tensors = {f"x.bn.{name}": t for name, t in norm.state_dict().items()} | {"x.conv.weight": layer.weight}
    maps, folded = torch.randn(1, 4, 3, 3, generator=rng), module.folded(tensors, "x")
    assert torch.allclose(F.conv_transpose2d(maps, folded["weight"], folded["bias"], 2), norm(layer(maps)), atol=1e-5)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Tensor]:
    """The numbers in a tiny wheel, an empty cache, and the tiny shape in the place of the real one."""
    tensors = numbers(seed=1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(packed_weights, "fetched", lambda *what: tmp_path / "wheel")
    monkeypatch.setattr(module, "FaceFinder", small)
    wheel(tmp_path / "wheel", {MEMBER: onnx_file(tensors)})
    monkeypatch.setattr(module, "WEIGHTS", replace(WEIGHTS, sha256=numbers_digest(tensors)))
    return tensors


def test_from_the_wheel(tiny: dict[str, Tensor]) -> None:
    """Every number at its name."""
    with pytest.raises(WeightsError, match=r"The finder of faces was not fetched yet \(7 MB\).*`make faces`"):
        load_face_finder()
    module.WEIGHTS.fetch()
    found = load_face_finder().state_dict()
    assert found.keys() == tiny.keys() and all(torch.equal(found[name], tiny[name]) for name in tiny)


@pytest.mark.parametrize("damage", ["torn", "another", "short"])
def test_another_network_in_the_wheel(tiny: dict[str, Tensor], tmp_path: Path, damage: str) -> None:
    """No ONNX file, another size, or a layer too few: a sentence, and nothing is kept."""
    data = onnx_file(tiny)
    fewer = {name: t for name, t in tiny.items() if not name.startswith("last")}
    wider = {name: torch.zeros(9, 9) if name == "last.weight" else t for name, t in tiny.items()}
    wheel(tmp_path / "wheel", {MEMBER: {"torn": data[:-100], "another": onnx_file(wider), "short": onnx_file(fewer)}[damage]})
    with pytest.raises(WeightsError):
        module.WEIGHTS.fetch()
    assert not module.WEIGHTS.ready()
