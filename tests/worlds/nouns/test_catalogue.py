"""The catalogue knows every part of the artwork, and speaks English about it."""

import pytest

from core.foundations.english import with_article
from core.foundations.errors import RecipeError
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.catalogue import NOTHING, caption, part, parts, parts_of, title


@pytest.mark.parametrize("slot", SLOTS)
def test_every_part_of_the_art_is_there_once_in_order(slot):
    assert tuple(p.id for p in parts(slot)) == load_art().ids[slot]
    assert all(p.name and (p.colours or p.kind == NOTHING) for p in parts(slot))


def test_names_are_unique_within_a_slot():
    for slot in SLOTS:
        names = [p.name for p in parts(slot)]
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("slot", "id", "wanted"),
    [
        ("glasses", "square-pink-purple-multi", "pink-purple glasses"),
        ("glasses", "square-black-eyes-red", "black glasses with red eyes"),
        ("glasses", "bare", "no glasses"),
        ("head", "shark", "shark head"),
        ("head", "bare", "no head"),
        ("body", "teal", "teal body"),
        ("background", "cool", "cool background"),
        ("accessory", "pizza-bling", "pizza necklace"),
        ("accessory", "carrot", "carrot print"),
        ("accessory", "none", "no accessory"),
    ],
)
def test_titles(slot, id, wanted):
    assert title(part(slot, id)) == wanted


def test_articles():
    assert [with_article(n) for n in ("igloo head", "shark head", "red glasses", "unicorn head", "blue stripes", "no head")] == [
        "an igloo head",
        "a shark head",
        "red glasses",
        "a unicorn head",
        "blue stripes",
        "no head",
    ]


def test_caption_says_all_five_slots():
    art = load_art()
    wanted = {"background": "cool", "body": "teal", "accessory": "pizza-bling", "head": "shark", "glasses": "square-red"}
    composition = [art.position(slot, wanted[slot]) for slot in SLOTS]
    assert {slot: p.id for slot, p in parts_of(composition).items()} == wanted
    assert caption(composition) == "a Noun with a shark head, red glasses, a teal body and a pizza necklace, on a cool background"


def test_unknown_part_says_so():
    with pytest.raises(RecipeError, match="no head 'lion'"):
        part("head", "lion")
    with pytest.raises(RecipeError, match="no slot 'feet'"):
        parts("feet")
