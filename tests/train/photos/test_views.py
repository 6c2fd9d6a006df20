"""Views of pictures with names: the thing is where its cover says, the rows are plain means, and a run goes on where it stopped."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.half import half
from core.foundations.images import to_tensor
from core.models.dinov2 import MEAN, STD
from core.train.photos import views as module
from core.train.photos.views import ViewMaking, Views, look, pasted, rows_of, settings_of
from core.worlds.photos.named import Named
from tests.models.test_dinov2 import tiny_tower

CPU = torch.device("cpu")
MAKING = ViewMaking(side=56, views=2, batch=2)


def black(rng: np.random.Generator, side: int) -> np.ndarray:
    return np.zeros((side, side, 3), np.uint8)


@pytest.fixture
def on_black(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ground", black)


def cut_out(size: tuple[int, int], colour: tuple[int, int, int, int] = (255, 255, 255, 255)) -> Image.Image:
    """An ellipse's worth of colour, transparent around."""
    pixels = np.zeros((size[1], size[0], 4), np.uint8)
    rows, columns = np.mgrid[: size[1], : size[0]]
    inside = ((rows + 0.5) / size[1] - 0.5) ** 2 + ((columns + 0.5) / size[0] - 0.5) ** 2 <= 0.25
    pixels[inside] = colour
    return Image.fromarray(pixels)


@pytest.mark.parametrize("size", [(40, 40), (20, 60), (300, 150)])
def test_the_cover_is_where_the_thing_is(size: tuple[int, int], on_black: None) -> None:
    """On black a white thing shows exactly what covers, to a step of its 255; nothing of it lies outside the picture."""
    for seed in range(20):
        rgb, cover = pasted(cut_out(size), np.random.default_rng(seed), MAKING)
        assert rgb.shape == (56, 56, 3) and rgb.dtype == np.uint8 and cover.dtype == np.float32 and 0 <= cover.min() <= cover.max() <= 1
        assert np.abs(rgb.astype(float) - 255 * cover[..., None]).max() <= 2
        rows, columns = (np.flatnonzero((cover > 0.3).any(axis)) for axis in (1, 0))
        longer = max(np.ptp(rows), np.ptp(columns)) + 1
        assert MAKING.least * 56 - 4 <= longer <= 56
        ratio = (np.ptp(columns) + 1) / (np.ptp(rows) + 1)
        assert ratio == pytest.approx(size[0] / size[1], rel=0.35)


def test_half_there_and_thin_things(on_black: None) -> None:
    """Half of a colour shows through; a line becomes eight pixels wide at least."""
    rgb, cover = pasted(Image.new("RGBA", (30, 30), (200, 100, 0, 128)), np.random.default_rng(0), MAKING)
    there = cover > 0
    assert cover[there] == pytest.approx(128 / 255) and np.abs(rgb[there] - np.array([100, 50, 0])).max() <= 1 and (rgb[~there] == 0).all()
    _, cover = pasted(Image.new("RGBA", (400, 1), (9, 9, 9, 255)), np.random.default_rng(0), MAKING)
    assert (cover > 0).any(1).sum() == 8


def test_sides_sizes_and_places_change(on_black: None) -> None:
    """Half of the views are mirrored; the same numbers give the same view."""
    half = np.zeros((40, 40, 4), np.uint8)
    half[:, :20], half[:, 20:] = (255, 0, 0, 255), (0, 255, 0, 255)
    image, red_first = Image.fromarray(half), 0
    seen = set()
    for seed in range(200):
        rgb, cover = pasted(image, np.random.default_rng(seed), MAKING)
        columns = np.flatnonzero(cover.any(0))
        red_first += rgb[cover.any(1)][:, columns[0], 0].mean() > 128
        seen.add((len(columns), columns[0]))
        if seed < 5:
            again = pasted(image, np.random.default_rng(seed), MAKING)
            assert (again[0] == rgb).all() and (again[1] == cover).all()
    assert abs(red_first / 200 - 0.5) < 0.12 and len(seen) > 80


def test_rows_by_hand() -> None:
    """Class token, all patches, those on the thing by how much of each it covers, and those beside it."""
    rng, tower = np.random.default_rng(0), tiny_tower()
    rgb = rng.integers(0, 255, (3, 56, 56, 3), dtype=np.uint8)
    cover = np.zeros((3, 56, 56), np.float32)
    cover[0, 14:28, 14:28] = 1  # the sixth patch
    cover[0, 28:35, 14:28] = 0.5  # a quarter of the tenth
    cover[1] = 1  # everything, and so nothing beside it
    rows = rows_of(tower, rgb, cover, CPU)
    images = (to_tensor(rgb) - torch.tensor(MEAN)[:, None, None]) / torch.tensor(STD)[:, None, None]
    with torch.no_grad(), half("cpu"):
        tokens = tower.forward_features(images).float()
    whole, patches = tokens[:, 0], tokens[:, 1:]
    assert rows.shape == (3, 4, 8) and rows.dtype == torch.float32
    assert torch.equal(rows[:, 0], whole) and torch.allclose(rows[:, 1], patches.mean(1), atol=1e-5)
    assert torch.allclose(rows[0, 2], (patches[0, 5] + 0.25 * patches[0, 9]) / 1.25, atol=1e-4)
    assert torch.allclose(rows[0, 3], (patches[0].sum(0) - patches[0, 5] - 0.25 * patches[0, 9]) / 14.75, atol=1e-4)
    assert torch.allclose(rows[1, 2], patches[1].mean(0), atol=1e-4) and rows[1, 3].abs().max() == 0 and rows[2, 2].abs().max() == 0
    with torch.no_grad():
        exact = tower.forward_features(images)
    assert torch.nn.functional.cosine_similarity(exact[:, 0], whole, dim=-1).min() > 0.99


def lot(count: int) -> list[Named]:
    """Pictures with names, each of its own colour."""
    found = []
    for number in range(count):
        out = io.BytesIO()
        cut_out((30, 20 + number), (40 * number, 255 - 40 * number, 90, 255)).save(out, "PNG")
        found.append(Named(f"thing {number}", (), "noto", out.getvalue()))
    return found


@pytest.fixture
def towers(monkeypatch: pytest.MonkeyPatch, on_black: None) -> list[int]:
    """A tiny tower in the place of DINOv2, and little in one file; the list fills with how many are looked at at once."""
    seen: list[int] = []

    def watched(tower: Any, rgb: np.ndarray, *others: Any) -> torch.Tensor:
        seen.append(len(rgb))
        return rows_of(tower, rgb, *others)

    monkeypatch.setattr(module, "dinov2", tiny_tower)
    monkeypatch.setattr(module, "rows_of", watched)
    monkeypatch.setattr(module, "CHUNK", 3)
    return seen


def same(one: Views, other: Views) -> bool:
    return all(torch.equal(getattr(one, part), getattr(other, part)) for part in module.PARTS)


def test_every_picture_is_looked_at_as_often_as_asked(towers: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Picture after picture; each view depends on its picture's number and its own alone, and not on the batch or file."""
    views = look(lot(5), MAKING, CPU, tmp_path)
    assert views.whole.shape == views.patches.shape == views.inside.shape == views.outside.shape == (5, 2, 8)
    assert towers == [4, 2, 4] and sorted(path.suffix for path in tmp_path.iterdir()) == [".safetensors"] * 2
    assert views.whole.dtype == torch.float32 and not torch.equal(views.whole[:, 0], views.whole[:, 1])
    monkeypatch.setattr(module, "CHUNK", 100)
    singly = look(lot(5), ViewMaking(side=56, views=2, batch=1), CPU, tmp_path / "singly")
    assert all(torch.allclose(getattr(views, part), getattr(singly, part), atol=0.05) for part in module.PARTS)


def test_a_run_goes_on_where_it_stopped(towers: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at is read; what was not is looked at, with the same result."""
    first = look(lot(7), MAKING, CPU, tmp_path)
    looked = len(towers)
    assert same(look(lot(7), MAKING, CPU, tmp_path), first) and len(towers) == looked
    next(path for path in tmp_path.iterdir() if path.stem.endswith("-3")).unlink()
    assert same(look(lot(7), MAKING, CPU, tmp_path), first) and towers[looked:] == [4, 2]

    def stop(*args: Any) -> torch.Tensor:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "rows_of", stop)
    with pytest.raises(KeyboardInterrupt):
        look(lot(7), MAKING, CPU, tmp_path / "stopped")
    assert not list((tmp_path / "stopped").glob("*"))


def test_other_views_are_not_taken_for_these(towers: list[int], tmp_path: Path) -> None:
    """Of another side or number of views, or of fewer pictures."""
    look(lot(4), MAKING, CPU, tmp_path)
    for making, count in ((ViewMaking(side=56, views=1, batch=2), 4), (MAKING, 2), (ViewMaking(side=28, views=2, batch=2), 4)):
        looked = len(towers)
        assert len(look(lot(count), making, CPU, tmp_path).whole) == count and len(towers) > looked


def test_settings_stand_on_the_card() -> None:
    """As plain numbers."""
    assert settings_of(ViewMaking()) == {"side": 224, "views": 3, "least": 0.45, "batch": 16}
