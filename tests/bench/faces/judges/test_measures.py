"""What the judges measure: by hand on planted pictures and landmarks; a judge that cannot say no is no judge."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.bench.faces.judges import looks
from core.bench.faces.judges import mesh as points
from core.bench.faces.judges.chips import FIVE, PLACES, box_chip, chip, dlib_chip, similarity
from core.bench.faces.judges.recognition import BLOCKS, Recognition
from core.foundations.seeds import numpy_rng, torch_rng


def turned(degrees: float, scale: float, shift: tuple[float, float]) -> np.ndarray:
    """Scale, turn and shift `[2 3]`."""
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, shift[0]], [s, c, shift[1]]])


def test_a_similarity_is_found_again() -> None:
    """The five places, scaled, turned and shifted."""
    planted = turned(20, 0.6, (0.2, 0.1))
    assert np.allclose(similarity(PLACES @ planted[:, :2].T + planted[:, 2], PLACES), planted)


def ramp(side: int = 96) -> torch.Tensor:
    """A picture whose first two colours are the place itself: across, down."""
    at = (torch.arange(side) + 0.5) / side
    return torch.stack([at.expand(side, side), at[:, None].expand(side, side), torch.zeros(side, side)])


@pytest.mark.parametrize("degrees", [0, 90, -30])
def test_a_chip_is_cut_where_it_should_be(degrees: float) -> None:
    """Its pixels' colours tell where they were in the picture."""
    matrix = turned(degrees, 0.3, (0.45, 0.4))
    cut = chip(ramp(), matrix, 8)
    at = (np.arange(8) + 0.5) / 8
    places = np.stack(np.meshgrid(at, at), -1) @ matrix[:, :2].T + matrix[:, 2]
    assert cut.shape == (3, 8, 8) and np.abs(cut[:2].permute(1, 2, 0).numpy() - places).max() < 0.01


def test_dlibs_chip_lays_the_five_points_on_their_places() -> None:
    """A face whose landmarks lie a little turned in the picture."""
    mesh = np.full((468, 3), 0.5)
    planted = turned(10, 0.4, (0.3, 0.25))
    mesh[list(FIVE), :2] = PLACES @ planted[:, :2].T + planted[:, 2]
    cut = dlib_chip(ramp(), mesh, 60, 0.25)
    for place, index in zip((0.25 + PLACES) / 1.5, FIVE, strict=True):
        x, y = (place * 60).astype(int)
        assert np.allclose(cut[:2, y, x].numpy(), mesh[index, :2], atol=0.01)


def test_the_box_is_the_face_and_something_around_it() -> None:
    """Landmarks from .3 to .5 across and .2 to .6 down, half as much again."""
    mesh = numpy_rng("box").uniform(0, 1, (468, 3)) * (0.2, 0.4, 1) + (0.3, 0.2, 0)
    mesh[:2] = (0.3, 0.2, 0), (0.5, 0.6, 0)
    cut = box_chip(ramp(), mesh, 30, 1.5)
    assert abs(float(cut[0].mean()) - 0.4) < 0.01 and abs(float(cut[1, -1].mean() - cut[1, 0].mean()) - 0.58) < 0.02


def head(yaw: float = 0, pitch: float = 0) -> np.ndarray:
    """A mesh of which only the ends are placed, turned about the centre: z is towards the viewer below zero."""
    mesh = np.zeros((1, 468, 3))
    for index, at in {points.TOP: (0, -1, 0), points.BOTTOM: (0, 1, 0), points.LEFT: (-0.8, 0, 0), points.RIGHT: (0.8, 0, 0)}.items():
        mesh[0, index] = at
    mesh[0, 2], mesh[0, 13], mesh[0, 14] = (0, 0.2, 0), (0, 0.5, 0), (0, 0.62, 0)
    y, p = np.radians(yaw), np.radians(pitch)
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]])
    return mesh @ (about_x @ about_y).T


@pytest.mark.parametrize("angle", [-25.0, 0.0, 15.0])
def test_the_turn_of_a_head_is_read(angle: float) -> None:
    """To the picture's right is above zero; the pitch stays, and the other way round."""
    assert points.yaw(head(yaw=angle)) == pytest.approx([angle]) and points.pitch(head(yaw=angle)) == pytest.approx([0])
    assert points.pitch(head(pitch=angle)) == pytest.approx([angle]) and points.gap(head()) == pytest.approx([0.06])


def test_a_head_turned_to_the_right_shows_its_nose_there() -> None:
    """So that the sign is the viewer's: the nose stands out towards the viewer (z below zero)."""
    y = np.radians(20)
    nose = np.array([0, 0, -1]) @ np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]]).T
    assert nose[0] > 0 and points.yaw(head(yaw=20))[0] > 0


def test_colours_in_lab() -> None:
    """Black, white, and red as the tables have it."""
    told = looks.lab(np.array([[[0, 0, 0], [1, 1, 1], [1, 0, 0]]], float))[0]
    assert np.allclose(told[0], [0, 0, 0], atol=0.01) and np.allclose(told[1], [100, 0, 0], atol=0.02)
    assert np.allclose(told[2], [53.24, 80.09, 67.2], atol=0.1)


def face() -> np.ndarray:
    """Landmarks of a round face about the middle, its features where features are."""
    mesh = np.full((468, 3), 0.5)
    for k, index in enumerate(points.OVAL):
        angle = 2 * np.pi * k / len(points.OVAL)
        mesh[index, :2] = 0.5 + 0.2 * np.sin(angle), 0.5 - 0.25 * np.cos(angle)
    for corners, (x, y), (wide, tall) in (
        (points.CHEEKS[0], (0.4, 0.52), (0.03, 0.03)),
        (points.CHEEKS[1], (0.6, 0.52), (0.03, 0.03)),
        (points.LIPS, (0.5, 0.63), (0.07, 0.03)),
        (points.INNER, (0.5, 0.63), (0.04, 0.005)),
        (points.CHIN, (0.5, 0.7), (0.07, 0.04)),
        (looks.EYES[0], (0.42, 0.44), (0.05, 0.03)),
        (looks.EYES[1], (0.58, 0.44), (0.05, 0.03)),
    ):
        for k, index in enumerate(corners):
            angle = 2 * np.pi * k / len(corners)
            mesh[index, :2] = x + wide * np.cos(angle), y + tall * np.sin(angle)
    return mesh


def portrait(hair: float = 0.2, chin: float = 0.7, lips: tuple[float, float, float] = (0.7, 0.7, 0.7), ground: float = 0.9):
    """Grey skin of .7, and the parts as asked; the picture and where the person is."""
    mesh, side = face(), 256
    image = np.full((side, side, 3), ground)
    person = looks.strip(side, 0.2, 0.05, 0.8, 1.0)
    image[person] = hair
    image[points.patch(mesh, points.OVAL, side)] = 0.7
    image[points.patch(mesh, points.CHIN, side)] = chin
    image[points.patch(mesh, points.LIPS, side)] = lips
    return image, mesh, person


@pytest.mark.parametrize(
    ("change", "measure", "sign"),
    [
        ({"hair": 0.6}, "hair_lightness", 1),
        ({"hair": 0.68}, "bare_crown", 1),
        ({"chin": 0.3}, "beard", 1),
        ({"lips": (0.8, 0.2, 0.2)}, "lip_red", 1),
        ({"ground": 0.2}, "ground_lightness", -1),
    ],
)
def test_each_measure_sees_its_own_change_and_the_others_do_not(change: dict, measure: str, sign: int) -> None:
    """Planted in the picture, and nowhere else; a crown of skin is as bare as hair of its colour."""
    before, after = looks.measured(*portrait()), looks.measured(*portrait(**change))
    moved = {name for name in before if abs(after[name] - before[name]) > 1}
    assert sign * (after[measure] - before[measure]) > 5
    assert moved <= {measure, "bare_crown", "hair_lightness"} if measure in ("hair_lightness", "bare_crown") else moved == {measure}


def test_a_place_that_is_not_there_has_no_measure() -> None:
    """Nobody, and nothing but a person."""
    image, mesh, person = portrait()
    assert np.isnan(looks.measured(image, mesh, np.zeros_like(person))["hair_lightness"])
    assert np.isnan(looks.measured(image, mesh, np.ones_like(person))["ground_lightness"])


def test_long_hair_is_what_lies_beside_the_jaw() -> None:
    """With the person's outline wide, and as narrow as the face."""
    image, mesh, person = portrait()
    narrow = person & looks.strip(256, 0.3, 0, 0.7, 1)
    assert looks.measured(image, mesh, person)["hair_beside"] > 0.9 and looks.measured(image, mesh, narrow)["hair_beside"] < 0.1


def recognition(scale: float) -> Recognition:
    """Of random numbers, or of none."""
    rng = torch_rng("recognition")
    tensors, given = {}, 32
    names = [("conv32_down", 3, 32, 7)]
    for name in BLOCKS:
        width = int(name.split("_")[0].removeprefix("conv"))
        names += [(f"{name}/conv1", given, width, 3), (f"{name}/conv2", width, width, 3)]
        given = width
    for name, taken, made, kernel in names:
        tensors[f"{name}/conv/filters"] = scale * torch.randn(kernel, kernel, taken, made, generator=rng)
        tensors |= {
            f"{name}/conv/bias": torch.zeros(made),
            f"{name}/scale/weights": torch.ones(made),
            f"{name}/scale/biases": torch.ones(made),
        }
    return Recognition(tensors | {"fc": torch.eye(256)[:, :128]})


def test_who_it_is_depends_on_the_face() -> None:
    """128 numbers of each; with kernels of zeros, what the offsets add up to: 1 at the stem and 1 in each block whose way around has it."""
    faces = torch.rand(2, 3, 150, 150, generator=torch_rng("faces"))
    said = recognition(0.05)(faces)
    assert said.shape == (2, 128) and not torch.allclose(said[0], said[1])
    plain = recognition(0.0)(faces)
    assert torch.equal(plain[0], plain[1])


def test_a_block_that_halves_has_its_way_around_halved_and_filled_up() -> None:
    """With kernels of zeros: the mean of each four and an offset of one; the channels that are new have the offset alone."""
    network = recognition(0.0)
    x = torch.rand(1, 32, 8, 8, generator=torch_rng("block"))
    made = network._block(x, "conv64_down")
    # Three results of the first layer without a border, four of the means: the larger has the offset only where both are.
    assert made.shape == (1, 64, 4, 4)
    assert torch.allclose(made[:, :32, :3, :3], F.avg_pool2d(x, 2)[:, :, :3, :3] + 1, atol=1e-6)
    assert torch.equal(made[:, 32:, :3, :3], torch.ones(1, 32, 3, 3)) and not made[:, 32:, 3].any()
