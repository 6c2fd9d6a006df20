"""Addresses: what is written is read, and what nobody could have written is refused in a sentence."""

from __future__ import annotations

import html
import re
from urllib.parse import urlencode

import pytest

from app.shared.address import FIELDS, MOST, NOWHERE, TABS, read, tell, write
from core.foundations.errors import SettingError
from core.language.words import LONGEST

SAID = {
    "recipe": "eJyrVkrOz0kF",
    "world": "photos",
    "picture": "photo-cat",
    "word": 'a "cat" & <b>mouse</b> 🐱 piñata',
    "against": "dog",
    "method": "studio",
    "head": "4.3",
    "off": "4.3_2.11",
    "texts": "a cat\na dog",
    "decides": "noun-7",
    "class": "blue whale",
    "feature": "bundle:head:shark",
    "strength": "-1.25",
    "into": "nouns",
    "given": "example-37",
    "wall": "nouns",
    "concept": "rosetta:decoder.at32:46",
    "true": "fox",
    "wrong": "hot dog",
    "sprite": "2.4.3.25.9",
    "to": "-.-.-.5.-",
    "way": "studio",
}


def test_what_is_written_is_read() -> None:
    """Every name goes round, whatever letters it holds, and each tab takes what is its own."""
    there = read("?tab=heads&" + write(**SAID))
    assert dict(there.said) == SAID and there.open == "heads"
    assert dict(there.of("segment").said) == {k: SAID[k] for k in ("world", "picture", "word", "against", "method")}
    assert not there.of("edit").of("shift") and there.of("edit").get("recipe") == SAID["recipe"]
    assert {tab for name in SAID for tab in FIELDS[name].tabs} == set(TABS)


def test_what_a_piece_tells_is_escaped() -> None:
    """A word of any letters stays inside its attribute."""
    told = str(tell(word=SAID["word"], method="", picture="scene-6"))
    value = re.fullmatch(r' data-address="([^"]*)"', told)
    assert value and "<" not in told and dict(read(html.unescape(value[1])).said) == {"word": SAID["word"], "picture": "scene-6"}
    assert 'data-place="a1&#34;"' in tell('a1"', recipe="x")


@pytest.mark.parametrize(
    "query",
    [
        "tab=elsewhere",
        "picture=../../etc/passwd",
        "picture=scene-" + "9" * 40,
        "head=4.3.9",
        "off=4.3_",
        "strength=1e9",
        "sprite=1.2.3",
        "word=" + "a" * (LONGEST + 1),
        "word=%ff%fe",
        "recipe=%3Cscript%3E",
        "&".join(f"a{i}=1" for i in range(100)),
        "word=" + "a" * MOST,
        None,
        7,
        ["tab=edit"],
    ],
)
def test_hostile_addresses_are_refused(query) -> None:
    """Out of form, out of bounds, of another type: a sentence that says what to do."""
    with pytest.raises(SettingError, match="This link names something that does not exist here"):
        read(query)


def test_what_is_missing_is_guessed_and_what_is_strange_is_passed_over() -> None:
    """An old link holds a recipe alone; a link from a letter carries names of its own; nothing at all leads nowhere."""
    assert read("recipe=abc").open == "edit" and read("word=cat").open == "segment"
    assert read(urlencode({"utm_source": "x", "__theme": "dark"})).said == () and not read("") and read("").open == "edit"
    assert not NOWHERE and read("", own=7).own == ""
