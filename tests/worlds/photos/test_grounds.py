"""Grounds: three kinds of them, of the right size, the same for the same numbers; out of packages made on the spot."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.worlds.photos import grounds as module
from core.worlds.photos.grounds import CHOSEN, HEIGHT, ground, grounds
from tests.foundations.test_archives import deb


def ramp(high: int, wide: int) -> np.ndarray:
    """A photograph whose every place can be told: red says the row, green the column."""
    rows, columns = np.mgrid[:high, :wide]
    return np.stack([rows * 255 // (high - 1), columns * 255 // (wide - 1), np.full((high, wide), 77)], -1).astype(np.uint8)


@pytest.fixture
def ramps(monkeypatch: pytest.MonkeyPatch) -> tuple[np.ndarray, ...]:
    """Two photographs in the place of those that are fetched."""
    made = ramp(60, 90), ramp(80, 50)
    monkeypatch.setattr(module, "grounds", lambda: made)
    return made


@pytest.mark.parametrize("side", [1, 24, 100])
def test_size_and_kind(side: int, ramps: tuple[np.ndarray, ...]) -> None:
    """RGB uint8, whatever the side; the same for the same numbers, and another for others."""
    made = [ground(np.random.default_rng(seed), side) for seed in range(60)]
    again = [ground(np.random.default_rng(seed), side) for seed in range(60)]
    assert all(one.shape == (side, side, 3) and one.dtype == np.uint8 for one in made)
    assert all((one == other).all() for one, other in zip(made, again, strict=True))
    assert len({one.tobytes() for one in made}) > 40


def test_a_fifth_is_white_a_fifth_is_plain_the_rest_photographs(ramps: tuple[np.ndarray, ...]) -> None:
    """Counted over many; a piece of a photograph is at least a third of its shorter side, and half of them are mirrored."""
    white = plain = mirrored = 0
    reaches, made = [], [ground(np.random.default_rng(seed), 32).astype(int) for seed in range(1500)]
    for one in made:
        flat = (one == one[0, 0]).all()
        white += flat and (one == 255).all()
        plain += flat and not (one == 255).all()
        if not flat:
            assert (one[..., 2] == 77).all() and (np.diff(one[..., 0], axis=0) >= 0).all()
            mirrored += one[0, 0, 1] > one[0, -1, 1]
            reaches.append(np.ptp(one[..., 0]) / 255)
    assert abs(white / 1500 - 0.2) < 0.04 and abs(plain / 1500 - 0.2) < 0.04
    assert abs(mirrored / len(reaches) - 0.5) < 0.06 and 0.18 < min(reaches) < 0.25 and max(reaches) > 0.9


def test_white_and_plain_need_no_photographs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is fetched before a photograph's turn comes."""

    def refuse() -> tuple[np.ndarray, ...]:
        raise AssertionError("fetched")

    monkeypatch.setattr(module, "grounds", refuse)
    seeds = [seed for seed in range(40) if np.random.default_rng(seed).random() < 0.4]
    assert len({ground(np.random.default_rng(seed), 4).tobytes() for seed in seeds}) > 3


def test_photographs_come_from_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were chosen, in the order of their names, at one height, once."""
    names = sorted(CHOSEN)[:3]
    asked = []

    def jpeg(pixels: np.ndarray) -> bytes:
        out = io.BytesIO()
        Image.fromarray(pixels).save(out, "JPEG", quality=95)
        return out.getvalue()

    def fetched(*package: str) -> Path:
        number = len(asked)
        asked.append(package)
        files = {f"usr/share/backgrounds/{names[2 - number]}.jpg": jpeg(ramp(650 + 50 * number, 1000)), f"usr/share/{number}.jpg": b"odd"}
        return deb(tmp_path / str(number), files)

    monkeypatch.setattr(module, "fetched", fetched)
    grounds.cache_clear()
    try:
        found = grounds()
        assert tuple(asked) == module.PACKAGES and grounds() is found and len(asked) == 3
        assert [one.shape for one in found] == [(HEIGHT, round(HEIGHT * 1000 / high), 3) for high in (750, 700, 650)]
        assert all(one.dtype == np.uint8 and abs(float(one[..., 0].mean()) - 127) < 5 for one in found)
    finally:
        grounds.cache_clear()
