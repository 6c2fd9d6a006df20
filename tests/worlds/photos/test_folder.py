"""A person's own folder as a world: which pictures are looked at, what is refused, and what tells it from another."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.foundations.errors import PictureError, StudioError
from core.worlds.photos import folder as module
from core.worlds.photos.folder import LEAST, FolderWorld
from core.worlds.photos.world import PhotoWorld


def filled(folder: Path, count: int) -> Path:
    """A folder with one picture below another, each of a grey of its own, among what is none."""
    (folder / "below").mkdir(parents=True)
    for number in range(count):
        Image.new("RGB", (20, 30), (number, number, number)).save((folder if number % 2 else folder / "below") / f"{number:03}.png")
    (folder / "notes.txt").write_text("no picture")
    (folder / "torn.png").write_bytes(b"\x89PNG no more")
    return folder


def test_every_picture_is_one_of_its_world_and_what_is_torn_is_left_out(tmp_path: Path) -> None:
    world = FolderWorld(filled(tmp_path, 12))
    assert world.neighbours == 12 and world.count == 13
    greys = [world.picture(number).image.getpixel((0, 0)) for number in range(12)]
    assert sorted(greys) == [(g, g, g) for g in range(12)] and world.picture(3).origin == {"file": 3} and world.picture(3).truth is None
    ours, theirs = world.canvas(world.picture(0).image, (8, 8)), PhotoWorld().canvas(world.picture(0).image, (8, 8))
    assert (ours[0] == theirs[0]).all() and ours[1] == theirs[1] and ours[0].dtype == np.uint8


def test_of_a_large_folder_some_are_taken_all_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 10)
    world = FolderWorld(filled(tmp_path, 40))
    names = [int(file.stem) for file in world.files if file.stem != "torn"]
    assert world.neighbours in (9, 10) and min(names) < 5 and max(names) > 34


def test_what_is_no_folder_of_pictures_is_told(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="There is no folder 'none'"):
        FolderWorld(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PictureError, match="neither pictures nor tar"):
        FolderWorld(tmp_path / "empty")
    few = FolderWorld(filled(tmp_path / "few", LEAST - 1))
    with pytest.raises(PictureError, match=f"has {LEAST - 1} pictures"):
        _ = few.neighbours
    (tmp_path / "tars").mkdir()
    (tmp_path / "tars" / "0.tar").write_bytes(b"")
    with pytest.raises(PictureError, match="tar files"):
        FolderWorld(tmp_path / "tars")


def test_a_change_makes_another_folder_of_it_and_what_has_gone_is_told(tmp_path: Path) -> None:
    folder = filled(tmp_path, 12)
    world, before = FolderWorld(folder), FolderWorld(folder).digest
    assert world.digest == before
    Image.new("RGB", (21, 30)).save(folder / "001.png")
    assert FolderWorld(folder).digest != before
    (folder / "001.png").unlink()
    gone = next(number for number, file in enumerate(world.files) if file.name == "001.png")
    with pytest.raises(StudioError, match="no longer in the folder"):
        world.picture(gone)
    with pytest.raises(StudioError, match="no picture 99"):
        world.picture(99)
