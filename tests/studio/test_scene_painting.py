"""Scenes by prompt: who is who and where, by a reader made on the spot; cut out, set, seen; and with the weights that are shipped."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.scenes.painting import drawn_claim, everyday, painted_claim, right
from core.foundations.errors import RequestError, SettingError
from core.studio import Studio
from core.studio.descriptions import Prompted, Wanted
from core.studio.scene_painting import Cut, least_seen, placed, put_together, seen
from core.studio.scene_prompts import AskedNoun, Cell, asked_scene
from core.worlds.scenes.captions import caption
from core.worlds.scenes.compose import draw_scenes, sample
from core.worlds.scenes.grounds import KINDS, draw_ground

HEADS = ("shark", "cat", "robot", "fox")


def meaning(said: str) -> Prompted:
    """Four heads and red glasses."""
    found = [Wanted("head", (head,), head) for head in HEADS if head in said.split()]
    found += [Wanted("glasses", ("red",), "red glasses")] if "red glasses" in said else []
    return Prompted(tuple(found))


def told(prompt: str) -> list[tuple[str, tuple[int | None, int | None], bool | None]]:
    """Of each Noun its head, its cell, and whether it faces left."""
    nouns: tuple[AskedNoun, ...] = asked_scene(prompt, meaning).nouns
    return [(one.prompted.wanted[0].parts[0], (one.cell.row, one.cell.column), one.mirrored) for one in nouns]


ANY = (None, None)


@pytest.mark.parametrize(
    ("prompt", "nouns"),
    [
        ("a shark on the left and a cat with red glasses on the right", [("shark", (1, 0), None), ("cat", (1, 2), None)]),
        (
            "two characters; a shark with red glasses, at the top left, facing right; a cat, at the middle, facing left",
            [("shark", (0, 0), False), ("cat", (1, 1), True)],
        ),
        ("one character; a shark with red glasses, a robot, at the top, facing left", [("shark", (0, 1), True)]),
        ("a fox next to a robot", [("fox", ANY, None), ("robot", ANY, None)]),
        ("a cat to the left of a fox", [("cat", (1, 0), None), ("fox", ANY, None)]),
        (
            "a shark with red glasses, a cat and a robot at the bottom facing left",
            [("shark", ANY, None), ("cat", ANY, None), ("robot", (2, 1), True)],
        ),
        ("A FOX in the upper right corner looking to the left", [("fox", (0, 2), True)]),
    ],
)
def test_who_stands_where(prompt: str, nouns: list) -> None:
    """In captions' words and in everyday ones; what a Noun wears stays with it."""
    assert told(prompt) == nouns
    worn = [[wish.slot for wish in one.prompted.wanted] for one in asked_scene(prompt, meaning).nouns]
    assert sum("glasses" in slots for slots in worn) == ("red glasses" in prompt)


@pytest.mark.parametrize(
    ("prompt", "heads"),
    [
        ("two robots and a fox", ["robots", "robots", "fox"]),
        ("a pair of cats", ["cats", "cats"]),
        ("a fox between a cat and a robot", ["cat", "fox", "robot"]),
        ("a fox between two cats, on a meadow", ["cats", "fox", "cats"]),
        ("a shark looking at a fox", ["shark", "fox"]),
        ("a shark; a fox; striped yellow background", ["shark", "fox"]),
    ],
)
def test_how_many_there_are(prompt: str, heads: list[str]) -> None:
    """As many as are said, in the order in which they stand; a ground that is said as a clause of its own is no Noun."""

    def plural(said: str) -> Prompted:
        found = next((one for one in HEADS if one in said), "")
        return Prompted((Wanted("head", (said.split()[-1].strip(","),), said),) if found else ())

    asked = asked_scene(prompt, plural)
    assert [noun.prompted.wanted[0].parts[0] for noun in asked.nouns] == heads
    assert bool(asked.told) == ("looking at" in prompt)


def test_what_is_shared_counted_or_stacked() -> None:
    """Both get what both have; a dozen is more than there is room for; who is above stands at the top."""
    worn = asked_scene("a fox and a cat, both with red glasses", meaning).nouns
    assert [len(noun.prompted.wanted) for noun in worn] == [2, 2]
    assert "room for 4" in asked_scene("twelve cat", meaning).told[0]
    assert told("a fox above a cat") == [("fox", (0, 1), None), ("cat", (2, 1), None)]
    assert told("a fox under a cat") == [("fox", (2, 1), None), ("cat", (0, 1), None)]
    assert "equally large" in asked_scene("a fox far away and a cat", meaning).told[0]


def test_grounds_and_bounds() -> None:
    """Any that captions name, in the words of either; a fifth Noun is told of; what is no prompt is refused."""
    for said, kind in (
        ("on grass", "meadow"),
        ("yellow striped background", "striped"),
        ("on bricks", "brick"),
        ("with a red wall", "plain"),
    ):
        found = asked_scene(f"a shark, {said}", meaning).ground
        assert found is not None and KINDS[found[0]] == kind
    for said, kind in (("on a meadow", "meadow"), ("on a striped blue background", "striped"), ("against a red background", "plain")):
        found = asked_scene(f"a shark, {said}", meaning).ground
        assert found is not None and KINDS[found[0]] == kind
    assert asked_scene("a shark; on a background from pink to black", meaning).ground == (1, 7, 11)
    assert asked_scene("a shark on the left", meaning).ground is None
    five = asked_scene("a shark, a cat, a robot, a fox and a shark", meaning)
    assert len(five.nouns) == 4 and "room for 4" in five.told[0]
    for bad in ("", "  ", None, 7, "a shark " * 200):
        with pytest.raises(RequestError):
            asked_scene(bad, meaning)


def test_what_is_worn_is_no_noun_of_its_own() -> None:
    """A name with an "and" stays whole; what could be a head is on the chest of who is dressed and has nothing there."""
    assert [noun.said for noun in asked_scene("spaghetti and meatballs with red glasses at the left", shown_meaning).nouns] == [
        "spaghetti and meatballs with red glasses"
    ]
    print_of_two = "a robot with red glasses, a teal body, two pairs of glasses, at the left; a fox, at the right"
    assert [noun.said for noun in asked_scene(print_of_two, shown_meaning).nouns][1:] == ["a fox"]
    dressed = "a robot with red glasses and rgb colour circles at the left, and a fox on the right"
    assert [noun.said for noun in asked_scene(dressed, shown_meaning).nouns] == ["a robot with red glasses, rgb colour circles", "a fox"]
    assert len(asked_scene("a robot and rgb colour circles on the right", shown_meaning).nouns) == 2


def shown_meaning(said: str) -> Prompted:
    """The same, and two things with longer names, one of which may be on a chest."""
    found = list(meaning(said).wanted)
    for head, name in (("spaghetti", "spaghetti and meatballs"), ("rgb", "rgb colour circles")):
        found += [Wanted("accessory" if found else "head", (head,), name)] if name in said else []
    return Prompted(tuple(found))


def test_small_parts_are_seen_too() -> None:
    """Of two in one cell, one of which has a small part, that part is seen though nearly all else could hide it."""
    whole, small = np.ones((32, 32), bool), np.zeros((32, 32), bool)
    small[:3, :3] = True
    cut = [Cut(np.zeros((32, 32, 3), np.uint8), whole, np.stack([whole, small, np.zeros_like(whole)])) for _ in range(2)]
    assert least_seen(cut, [(0, 0), (3, 0)]) == pytest.approx(3 / 32) and least_seen(cut, [(0, 0), (1, 0)]) == pytest.approx(1 / 32)
    assert least_seen(cut, [(0, 0), (20, 32)]) == 1.0 and least_seen(cut[:1], [(5, 5)]) == 1.0
    corners = placed(np.random.default_rng(0), [Cell(1, 1), Cell(1, 1)], cut)
    assert least_seen(cut, corners) > 0.25


def test_nouns_are_set_so_that_all_are_seen() -> None:
    """Each within its cell; who stands lower is in front; the ground shows where no Noun is."""
    block = np.zeros((32, 32), bool)
    block[16:, 8:24] = True
    cells = [Cell(0, 0), Cell(2, 2), Cell()]
    for seed in range(4):
        corners = placed(np.random.default_rng(seed), cells, [Cut(np.zeros((32, 32, 3), np.uint8), block, block[None])] * 3)
        assert all(0 <= value <= 32 for corner in corners for value in corner)
        assert max(corners[0]) <= 10 and min(corners[1]) >= 22 and min(seen([block] * 3, corners)) > 0.5
    red, blue = (Cut(np.full((32, 32, 3), colour, np.uint8), block, block[None]) for colour in ((255, 0, 0), (0, 0, 255)))
    ground = (2, 5, 10, 3)
    rgb = put_together([red, blue], [(8, 10), (4, 10)], ground)
    assert (rgb[28, 20] == (255, 0, 0)).all() and (rgb[21, 20] == (0, 0, 255)).all()
    assert (rgb[:16] == draw_ground(np.array(ground))[:16]).all() and seen([block] * 2, [(8, 10), (4, 10)])[0] == 1.0


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio("nouns")


def test_a_scene_is_painted_and_read_again(studio: Studio) -> None:
    """What was asked for is there, at its place, the same for the same seed; what is not known is told, or refused."""
    done = studio.paint_scene("a shark on the left and a cat with red glasses on the right, on a meadow", count=2, seed=4)
    one, other = done
    assert one.picture.image.size == (64, 64) and not one.missing and one.sentence == "Everything that you asked for is there."
    assert one.nouns[0].corner[1] <= 10 and one.nouns[1].corner[1] >= 22 and KINDS[one.ground[0]] == "meadow"
    again = studio.paint_scene(done.prompt, seed=5).scenes[0]
    assert again.picture.image.tobytes() == other.picture.image.tobytes() != one.picture.image.tobytes()
    half = studio.paint_scene("a giraffe on the left and a fox on the right").scenes[0]
    assert one.whole and not half.whole and len(half.nouns) == 1 and "giraffe" in half.sentence
    assert "All else that you asked for is there." in half.sentence
    refused = studio.paint_scene("a giraffe")
    assert not refused.scenes and "giraffe" in (refused.refusal or "") and "on a meadow" in (refused.refusal or "")
    bees = studio.paint_scene("two bees, not a wolf", seed=4).scenes[0]
    assert (
        len(bees.nouns) == 2 and "For “bees” I painted a mosquito head." in bees.sentence and "“not a wolf” was left out" in bees.sentence
    )
    with pytest.raises(SettingError, match="From 1 to 20"):
        studio.paint_scene("a shark", count=21)


def test_the_judge_goes_by_pixels(studio: Studio) -> None:
    """The exact scene passes, in either way of saying it what is painted is as near; another scene, or one elsewhere, does not."""
    scenes = sample(np.random.default_rng(5), 6, nouns=1, bare=0.0)
    drawn = draw_scenes(scenes)[0]
    assert all(all(right(drawn_claim(scenes, at, drawn[at]), scenes, at)) for at in range(6))
    moved = drawn_claim(scenes, 0, drawn[0])
    assert not any(right(moved._replace(rgb=drawn[1]), scenes, 0)) and not any(right(moved._replace(corners=()), scenes, 0))
    assert not all(right(moved._replace(mirrored=[not moved.mirrored[0]]), scenes, 0))
    painted = [right(painted_claim(studio, tell(scenes, at), at), scenes, at) for at in range(3) for tell in (caption, everyday)]
    assert np.mean([share for one in painted for share in one]) > 0.8
