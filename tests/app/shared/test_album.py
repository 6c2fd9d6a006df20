"""Photographs that are held for visitors: found by name, forgotten when they take too much."""

from __future__ import annotations

import base64

from PIL import Image

from app.shared.album import FACE, SHOWN, Album, Held
from core.foundations.images import open_image
from core.worlds.faces.alignment import Frame
from core.worlds.faces.photograph import Photograph

FRAMES = (Frame(1500, 300, 200, 0), Frame(300, 300, 100, 0), Frame(900, 300, 100, 0))


def photograph(side: int = 100) -> Photograph:
    """A square one."""
    return Photograph(Image.new("RGB", (side, side)), FRAMES)


def test_a_photograph_is_found_by_its_name_alone() -> None:
    """Each time another one, that nobody could guess; none has none."""
    album, mine = Album(), photograph()
    one, other = album.keep(mine), album.keep(mine)
    assert one != other and len(one) == 32 and album.keep(None) == ""
    held = album.get(one)
    assert held is not None and held.photograph is mine
    assert album.get("") is None and album.get("0" * 32) is None


def test_the_least_recently_seen_is_forgotten() -> None:
    """By what all take together, a photograph with several names once; the last is always kept."""
    album = Album(most=2 * 3 * 100 * 100)
    first, second = album.keep(photograph()), album.keep(photograph())
    assert album.get(first)
    third = album.keep(photograph())
    assert album.get(second) is None and album.get(first) and album.get(third)
    shared = photograph()
    names = [album.keep(shared.face(at)) for at in range(3)]
    assert all(map(album.get, names)) and album.get(first) is None and album.get(third)
    huge = album.keep(photograph(900))
    assert album.get(huge) and not any(map(album.get, names))


def test_what_is_shown_of_it() -> None:
    """A small copy, and its faces from left to right as one reads them."""
    held = Held(Photograph(Image.linear_gradient("L").resize((1800, 600)).convert("RGB"), FRAMES))
    assert held.order == (1, 2, 0) and len(held.faces) == 3
    for uri, size in ((held.uri, (SHOWN, round(SHOWN / 3))), (held.faces[0], (FACE, FACE))):
        assert open_image(base64.b64decode(uri.partition(",")[2])).size == size
