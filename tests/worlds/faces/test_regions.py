"""The parts of a face that people name: where they are, how an edit fades out around them, and where a change is looked at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from core.foundations.errors import StudioError
from core.models.face_seen import PARTS
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.reading import attributes_of
from core.worlds.faces.regions import (
    LEAST,
    OWN,
    PLACES,
    ROOM,
    SHOWN,
    UNSEEN,
    WIDER,
    along_edges,
    bounding,
    box_of,
    mask_of,
    place,
    room,
    share_of,
    softened,
    unseen,
)
from core.worlds.faces.world import IDENTITY, Faces


def test_every_part_is_one_that_is_seen() -> None:
    """And what is shown is shown for slots that there are."""
    assert {part for name in PLACES for part in place(name).parts} == set(PARTS) and {p for parts in SHOWN.values() for p in parts} < set(
        PARTS
    )
    assert {"glasses", "left eye", "right brow"} <= set(bounding("sunglasses")) and bounding("lips") == place("lips").parts
    assert bounding("hat") == ("hat", "hair")
    assert room("glasses") == ROOM > room("lips") == WIDER
    assert set(SHOWN) <= set(Faces.slots)
    with pytest.raises(StudioError, match="tail"):
        place("tail")


def test_a_mask_is_where_its_parts_together_are_likelier_than_not() -> None:
    """Two lips of .3 each are lips; a place lies in the middle of its pixels."""
    seen = torch.zeros(19, 64, 64)
    seen[PARTS.index("upper lip"), 16:32, 8:16] = seen[PARTS.index("lower lip"), 16:32, 8:16] = 0.3
    mask = mask_of(seen, place("lips").parts, 128)
    assert mask.shape == (128, 128) and mask[34:62, 18:30].all() and not mask[:30].any() and not mask[:, 36:].any()
    assert not mask_of(seen, ("upper lip",), 128).any()


def test_an_edit_shows_wholly_inside_and_fades_out_around() -> None:
    """Less with every pixel, and nowhere a step; far away nothing; wider where it is asked for."""
    mask = np.zeros((256, 256), bool)
    mask[100:150, 60:200] = True
    share = softened(mask)
    assert (share[mask] == 1).all() and share.min() == 0 and share[80].max() == 0
    down = share[149:170, 120]
    assert (np.diff(down) <= 0).all() and np.abs(np.diff(down)).max() < 0.3 and 0 < share[152, 120] < 1
    assert softened(mask, 0.05)[158, 120] > 0.9 > 0.1 > share[158, 120]
    assert not softened(np.zeros((16, 16), bool)).any()


def test_a_box_is_a_square_around_a_mask_inside_the_picture() -> None:
    """Never smaller than can be read; the whole picture where there is nothing, or nearly everything."""
    mask = np.zeros((256, 256), bool)
    assert box_of(mask) == box_of(~mask) == (0, 0, 256, 256)
    mask[2:6, 250:254] = True
    left, top, right, bottom = box_of(mask)
    assert (right, top) == (256, 0) and right - left == bottom == round(LEAST * 256)
    mask[:] = False
    mask[60:180, 100:140] = True
    left, top, right, bottom = box_of(mask)
    assert right - left == bottom - top > 120 and (left + right) // 2 == (top + bottom) // 2 == 120


def test_a_colour_ends_where_the_picture_has_an_edge() -> None:
    """A part that was seen two pixels too wide is shown up to the edge; where there is no edge it fades out."""
    mask, rgb = np.zeros((256, 256), bool), np.full((256, 256, 3), 40, np.uint8)
    mask[:, :130] = True
    flat = along_edges(mask, rgb)
    rgb[:, 128:] = 220
    edged = along_edges(mask, rgb)
    assert edged[:, :120].min() > 0.9 and edged[:, 150:].max() == 0 and edged[:, 130:].max() < flat[:, 130].min() - 0.2
    assert flat.min() >= 0 and flat.max() <= 1 and not along_edges(np.zeros((64, 64), bool), rgb[:64, :64]).any()
    assert (along_edges(np.ones((64, 64), bool), rgb[:64, :64]) > 0.999).all()


def test_an_edit_shows_on_the_part_as_it_was_and_as_it_became() -> None:
    """A face up to the edges of both pictures; what has no edge yet fades out around both places."""
    before, after = np.zeros((128, 128), bool), np.zeros((128, 128), bool)
    before[:, :40], after[:, :80] = True, True
    pictures = [np.repeat(np.where(mask, 200, 40).astype(np.uint8)[..., None], 3, 2) for mask in (before, after)]
    for part in ("face", "hat"):
        share = share_of(part, (before, after), pictures)
        assert share[:, :76].min() > 0.9 and share[:, 100:].max() < 0.01
    assert share_of("hat", (before, after), pictures)[:, :80].min() == 1


def test_what_an_edit_is_bounded_to_hides_what_lies_elsewhere() -> None:
    """Every part that bounds a slot is known, hides only what is measured, and never what the slot itself is told by."""
    assert set(OWN) < set(Faces.slots) and set(UNSEEN) == set(OWN.values())
    for slot in Faces.slots:
        if slot != IDENTITY:
            assert set(unseen(slot)) <= set(ATTRIBUTES) - attributes_of(slot)
    assert not unseen("turn") and "hat" in unseen("expression") and "smiling" in unseen("background")
