"""A portrait that stays in the browser: out of a link, and back from what the browser kept, however hostile that is."""

from __future__ import annotations

import json

import pytest

from app.shared import guard
from app.shared.address import read, write
from app.shared.own_portrait import again, named
from core.foundations.errors import SettingError
from core.foundations.records import Edit
from core.studio.recipes import Recipe, write_recipe
from tests.app.fake_faces import own

LONG = write_recipe("faces", Recipe(own(3), (Edit("line:age:old", 0.5),)))
PHOTOGRAPH = "0123456789abcdef" * 2


def kept(origin: object, photograph: object = PHOTOGRAPH) -> str:
    """As the browser keeps it."""
    return json.dumps({"origin": origin, "photograph": photograph})


def link(recipe: str) -> str:
    """The address of a recipe."""
    short, name = named(recipe)
    return write(recipe=guard.to_link(short), portrait=name)


def test_there_and_back() -> None:
    """The same recipe, with the name of its photograph; a short recipe needs nothing."""
    here = read(link(LONG), "", kept(own(3)))
    recipe, photograph = again(here.of("edit"))
    assert json.loads(recipe) == json.loads(LONG) and photograph == PHOTOGRAPH
    short = write_recipe("faces", Recipe({"seed": 3}))
    assert named(short) == (short, "")


def test_only_the_tab_edit_is_told() -> None:
    """The numbers are many, and no other tab takes them."""
    here = read(link(LONG), "", kept(own(3)))
    assert here.of("edit").portrait and not here.of("segment").portrait


def test_a_portrait_of_another_browser_is_not_made_up() -> None:
    """Nothing kept, another one, what is no JSON or too long: each gets the sentence that says what to do."""
    wrong = ["", "[", "[" * 9000, "7", "{}", kept(own(4)), kept(None), "x" * (guard.RECIPE + 1)]
    for told in (*wrong, 7, None):
        with pytest.raises(SettingError, match="Open the picture or the recipe that was saved there"):
            again(read(link(LONG), "", told).of("edit"))


@pytest.mark.parametrize("name", [None, 7, "", "short", "Z" * 32, ["a"]])
def test_a_name_that_can_be_none_is_none(name: object) -> None:
    """Of a photograph."""
    assert again(read(link(LONG), "", kept(own(3), name)).of("edit"))[1] == ""
