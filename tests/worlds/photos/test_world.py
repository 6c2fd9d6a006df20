"""The world `photos`: what is shipped opens and is licensed, every number has a picture, and whatever a person brings is taken in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.foundations.errors import PictureError, StudioError
from core.foundations.files import asset
from core.worlds.photos.world import BESIDE, MOST_SIDE, SIDE, PhotoWorld


@pytest.fixture(scope="module")
def world() -> PhotoWorld:
    return PhotoWorld()


def test_samples_say_where_they_come_from(world: PhotoWorld) -> None:
    """Every one has a title, a source, a free licence and words; no two share a name."""
    free = ("CC0", "public domain", "CC BY", "CC BY-SA", "MIT")
    for sample in world.samples:
        assert sample.id and sample.title and sample.source and sample.licence.startswith(free)
        assert len(sample.words) >= 2 and all(word == word.strip() != "" for word in sample.words)
    assert len({sample.id for sample in world.samples}) == len(world.samples) >= 4


def test_every_sample_opens(world: PhotoWorld) -> None:
    """At the world's size, by its name and by its number, and tells what it is; none is flat."""
    for number, sample in enumerate(world.samples):
        picture = world.sample(sample.id)
        assert picture.image.size == (SIDE, SIDE) == (336, 336) and picture.image.mode == "RGB"
        assert picture.origin == {"photo": sample.id} and picture.truth is None and picture.latent is None
        assert np.asarray(picture.image).std() > 20
        assert np.array_equal(np.asarray(picture.image), np.asarray(world.picture(number).image))


def test_every_number_has_a_picture(world: PhotoWorld) -> None:
    """The gallery comes behind the photographs; each place of the sheet shows something, on white, and something else than the rest."""
    first, size = len(world.samples), world._index["gallery_side"]
    gallery = [world.picture(number) for number in range(first, world.neighbours)]
    assert len(gallery) > 50 and all(picture.image.size == (size, size) and picture.image.mode == "RGB" for picture in gallery)
    pixels = [np.asarray(picture.image) for picture in gallery]
    assert all(one.std() > 10 and one[0].min() > 240 and one[:, 0].min() > 240 for one in pixels)
    assert len({one.tobytes() for one in pixels}) == len(pixels)
    names = [picture.origin["emoji"] for picture in gallery]
    assert len(set(names)) == len(names) and names[0] == world._index["gallery"][0]


def test_the_gallerys_places_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, on a sheet of three columns whose squares say their number."""
    world, sheet = PhotoWorld(), Image.new("RGB", (6, 4))
    for place in range(6):
        sheet.paste((place, 0, 0), (place % 3 * 2, place // 3 * 2, place % 3 * 2 + 2, place // 3 * 2 + 2))
    world.__dict__["_sheet"] = sheet
    world.__dict__["_index"] = {"samples": [], "gallery": list("abcde"), "gallery_side": 2}
    assert world.neighbours == 5
    for place in range(5):
        picture = world.picture(place)
        assert np.asarray(picture.image)[..., 0].tolist() == [[place] * 2] * 2 and picture.origin == {"emoji": "abcde"[place]}


def test_what_does_not_exist(world: PhotoWorld) -> None:
    """With what there is; endless names are cut."""
    with pytest.raises(StudioError, match="There is no photograph 'dog'. There is .*cat"):
        world.sample("dog")
    with pytest.raises(StudioError) as caught:
        world.sample("x" * 10_000)
    assert len(str(caught.value)) < 300
    for number in (-1, world.neighbours, 10**9):
        with pytest.raises(StudioError, match=f"no picture {number} here; there are {world.neighbours}"):
            world.picture(number)


@pytest.mark.parametrize("size", [(90, 60), (60, 90), (60, 60), (180, 60), (3000, 1000)])
def test_all_of_a_picture_is_taken_in(world: PhotoWorld, size: tuple[int, int]) -> None:
    """Whatever its proportions up to three to one; only what is very large becomes smaller."""
    picture = world.take_in(Image.new("RGB", size, (1, 2, 3)))
    assert picture.image.size == (size if max(size) <= MOST_SIDE else (1024, 341)) and picture.image.mode == "RGB"
    assert picture.origin == {"photo": "own"}
    with pytest.raises(PictureError, match="3.1 times as long"):
        world.take_in(Image.new("RGB", (62, 20)))


def test_paths_pictures_and_transparency(world: PhotoWorld, tmp_path: Path) -> None:
    """Whatever it comes as; what shows through is white."""
    clear = Image.new("RGBA", (40, 40), (9, 9, 9, 0))
    clear.save(tmp_path / "clear.png")
    for source in (clear, str(tmp_path / "clear.png"), tmp_path / "clear.png", (tmp_path / "clear.png").read_bytes()):
        assert (np.asarray(world.take_in(source).image) == 255).all()


def test_what_cannot_be_taken_in(world: PhotoWorld, tmp_path: Path) -> None:
    """A sentence each: no image, half an image, none there."""
    whole = asset("photos/cat.jpg").read_bytes()
    for source in (b"", b"no image", whole[: len(whole) // 2], tmp_path / "absent.png"):
        with pytest.raises(PictureError):
            world.take_in(source)


def test_the_canvas_is_all_of_the_picture(world: PhotoWorld) -> None:
    """Its own size is left as it is; nearly its proportions are squashed; else grey is beside it, and the window says where it lies."""
    pixels = np.random.default_rng(0).integers(0, 255, (30, 30, 3), dtype=np.uint8)
    canvas, window = world.canvas(Image.fromarray(pixels), (30, 30))
    assert (canvas == pixels).all() and window == (0, 0, 30, 30)
    canvas, window = world.canvas(Image.new("RGB", (90, 60), (10, 20, 30)), (56, 84))
    assert canvas.shape == (56, 84, 3) and canvas.dtype == np.uint8 and window == (0, 0, 56, 84) and (canvas == (10, 20, 30)).all()
    canvas, window = world.canvas(Image.new("RGBA", (90, 30), (10, 20, 30, 255)), (24, 40))
    assert (
        window == (5, 0, 13, 40) and (canvas[5:18] == (10, 20, 30)).all() and (canvas[:5] == BESIDE).all() and (canvas[18:] == BESIDE).all()
    )
