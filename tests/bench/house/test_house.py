"""The judges of the full and of the hostile house can say no, and what they send is the same on every machine."""

from __future__ import annotations

import json
import urllib.request

import pytest

from core.bench.house import hostile, load
from core.bench.house.served import Answer
from core.bench.house.wicked import Wicked, damaged_picture, damaged_recipe, png_bomb, wicked
from core.foundations.errors import PictureError, RecipeError
from core.foundations.images import open_image
from core.foundations.seeds import numpy_rng
from core.studio.recipes import read_recipe

RECIPE = '{"recipe": 1, "world": "nouns", "origin": {"parts": {"head": "head-shark"}}, "edits": [["direction:head:shark", 1.0]]}'
CALL = Wicked("sentence", call="request", data=["x", ""])


def test_the_same_seed_sends_the_same() -> None:
    """Kind by kind, and another seed sends something else."""
    one, same, other = (wicked(70, seed, RECIPE, "http://127.0.0.1:9/x") for seed in (1, 1, 2))
    assert one == same and one != other
    assert {w.kind for w in one} == {"sentence", "picture", "recipe", "call", "link", "file", "mcp"}


@pytest.mark.parametrize(
    "text, plain",
    [
        ('event: error\ndata: {"error": "Say what should change."}', True),
        ('event: error\ndata: {"error": null}', False),
        ("", False),
        ('Traceback (most recent call last):\n  File "x.py", line 3', False),
        ("cannot read " + hostile.places()[0] + "/app.py", False),
        ("root:x:0:0:root", False),
    ],
)
def test_what_is_plain(text: str, plain: bool) -> None:
    """A sentence is; an error without one, a traceback and a folder of the machine are not."""
    assert hostile.is_plain(CALL, Answer(200, text, 0.1)) is plain
    assert not hostile.is_plain(CALL, Answer(500, text, 0.1)) and not hostile.is_plain(CALL, Answer(0, text, 0.1))


def test_an_upload_may_be_told_where_it_lies() -> None:
    """Its client sends that back; nobody else is told."""
    where = Answer(200, f'["{hostile.places()[2]}gradio/abc/x.png"]', 0.1)
    assert hostile.is_plain(Wicked("file", hostile.UPLOAD, b""), where) and not hostile.is_plain(CALL, where)


def test_what_is_bad_is_counted() -> None:
    """By kind, and in all."""
    answers = [Answer(200, '{"error": "A sentence."}', 0.1), Answer(500, "Internal Server Error", 3.0)]
    found = hostile.measured([CALL, CALL], answers, 12.0, 1, False, "Traceback")
    assert found.figures["plain_answers"] == 1 and found.figures["inputs"] == 2 and found.figures["slowest_s"] == 3
    assert found.figures["outside_requests"] == 1 and found.figures["tracebacks_logged"] == 1 and not found.figures["good_one_as_before"]
    assert found.baselines["sentence"]["plain"] == 0.5


def test_the_trap_catches() -> None:
    """Whoever asks the address is seen."""
    with hostile.trapped() as (address, caught):
        with pytest.raises(OSError):
            urllib.request.urlopen(address, timeout=5)
        assert caught and b"picture.png" in caught[0]


@pytest.mark.parametrize("seed", range(60))
def test_damaged_pictures_are_pictures_or_told(seed: int) -> None:
    """Our reader opens them or says why not, and never fails otherwise."""
    data = damaged_picture(numpy_rng("damaged", seed))
    try:
        assert open_image(data).mode == "RGB"
    except PictureError as error:
        assert str(error).endswith(".")


def test_a_bomb_is_refused() -> None:
    """Thousands of millions of pixels out of a few kilobytes."""
    bomb = png_bomb(50_000, 50_000)
    assert len(bomb) < 10_000
    with pytest.raises(PictureError):
        open_image(bomb)


@pytest.mark.parametrize("seed", range(120))
def test_damaged_recipes_are_recipes_or_told(seed: int) -> None:
    """Likewise the reader of recipes."""
    text = damaged_recipe(numpy_rng("recipe", seed), RECIPE)
    try:
        read_recipe(text, "nouns", 32)
    except RecipeError as error:
        assert str(error).endswith(".")


def test_a_full_house_is_told_from_a_lost_answer() -> None:
    """Who is told that it is full comes again; who sees another's mark has seen a leak."""
    story, answers = load.Story(), iter(['{"detail": "Queue is full."}', "Changed: cat head to shark head. Kept: body."])
    load.FULL_S, before = 0.0, load.FULL_S
    try:
        text = load._asked(story, lambda: next(answers), ["shark head"])
    finally:
        load.FULL_S = before
    assert story.full == 1 and story.lost == 0
    assert load._others(text, "shark") == 0 and load._others(text, "cat") == 1
    load._asked(story, lambda: "something else", ["shark head"])
    assert story.lost == 1


def test_every_visitor_has_marks_of_its_own() -> None:
    """No two of fifty ask for the same."""
    assert len({load.wishes(number)[2] for number in range(50)}) == 50


def test_figures_of_a_full_house() -> None:
    """By hand: p95 by its place, each growth from its own beginning to the end, and a row for each minute."""
    stories = [load.Story([float(at)], lost=at == 3, full=1) for at in range(20)]
    sizes = [(90.0, 200.0), (100.0, 150.0), (110.0, 130.0), (115.0, 180.0)]
    looks = [load.Look(0.75 * (at + 1), 5 * (at + 1), 256 * at, *size) for at, size in enumerate(sizes)]
    found = load.measured(stories, load.Story([0.5]), looks, 5, "")
    figures = found.figures
    assert figures["p95_s"] == 18 and figures["lost"] == 1 and figures["told_full"] == 20 and figures["minutes"] == 3
    assert figures["memory_growth_mb"] == 25 and figures["growth_when_full_mb"] == 5 and figures["most_mb"] == 110
    assert figures["minutes_when_full"] == 0.75 and json.loads(json.dumps(figures))["visits"] == 20
    assert "growth_when_full_mb" not in load.measured(stories, load.Story([0.5]), looks[:3], 5, "").figures
    assert found.baselines["minute 1"]["least mb"] == 90 and found.baselines["minute 3"] == {
        "visits": 20,
        "sessions": 768,
        "least mb": 115,
        "most mb": 180,
    }


def test_as_many_visitors_are_kept_as_the_page_says() -> None:
    """The shelves are full when the page's own are."""
    from app.demo import SESSIONS

    assert load.KEPT == SESSIONS
