"""Prompts to parts, in a small world by hand, and over the real names."""

from __future__ import annotations

import pytest

from core.foundations.errors import RequestError
from core.foundations.seeds import numpy_rng
from core.language.facts import Facts, facts_of
from core.language.lexicon import Lexicon
from core.studio.descriptions import Wanted, nothing_known, prompted, still_missing
from core.studio.library import Library
from core.studio.noun_painting import titles
from core.worlds.nouns.catalogue import NOTHING, caption, parts_of
from core.worlds.nouns.splits import draw_split
from tests.language.conftest import SMALL, Plain, hashed


@pytest.fixture(scope="module")
def small() -> Lexicon:
    """A world of ten things."""
    facts = facts_of("nouns")
    slots = {slot: facts.slots[slot] for slot in ("head", "glasses", "body", "accessory")}
    return Lexicon(SMALL, Facts(slots, absent=("giraffe", "lion"), example="red glasses"), hashed, Plain)


@pytest.fixture(scope="module")
def library() -> Library:
    """The index that is shipped."""
    return Library("nouns")


def asked(prompt: str, lexicon) -> dict[str, str]:
    return {one.slot: one.parts[0] for one in prompted(prompt, lexicon).wanted}


@pytest.mark.parametrize(
    ("prompt", "parts"),
    [
        ("a Noun with a shark head and red glasses", {"head": "shark", "glasses": "red"}),
        ("a great white in a green shirt, wearing blue specs", {"head": "shark", "body": "green", "glasses": "blue"}),
        ("please draw me a cat without glasses", {"head": "cat", "glasses": "bare"}),
        ("red glasses", {"glasses": "red"}),
        ("a kitty with a yellow scarf", {"head": "cat", "accessory": "scarf"}),
        ("a shark with a cat", {"head": "shark", "accessory": "cat"}),
        ("someone", {}),
    ],
)
def test_phrases_find_their_slots(small, prompt, parts) -> None:
    assert asked(prompt, small) == parts


def test_what_is_not_known_is_told(small) -> None:
    found = prompted("a lion with red glasses", small)
    assert [one.slot for one in found.wanted] == ["glasses"]
    assert len(found.told) == 1 and "lion" in found.told[0]


def test_one_slot_has_room_for_one(small) -> None:
    found = prompted("a shark with red glasses and green glasses", small)
    assert asked("a shark with red glasses and green glasses", small)["glasses"] == "red"
    assert "green glasses" in found.told[0]


def test_a_group_means_any_of_its_members(small) -> None:
    one = prompted("an animal", small).wanted[0]
    assert not one.sure and set(one.parts) == {"shark", "cat"}
    assert prompted("a shark", small).wanted[0].sure


@pytest.mark.parametrize("prompt", ["", "   ", "x" * 400, None])
def test_what_is_no_prompt_is_refused(small, prompt) -> None:
    with pytest.raises(RequestError):
        prompted(prompt, small)


def test_sentences_of_what_is_missing() -> None:
    assert still_missing([]) == "Everything that you asked for is there."
    assert still_missing([("igloo head", "shark head")]) == "You asked for an igloo head, but I see a shark head."


def test_a_refusal_says_what_to_do(small) -> None:
    told = nothing_known("a lion", prompted("a lion", small))
    assert "lion" in told and "shark head" in told
    assert "names nothing" in nothing_known("someone", prompted("someone", small))


def test_full_captions_are_read(library) -> None:
    """Of held-out Nouns, nearly every part; a print that is called as a body is may be taken for one."""
    right = []
    for composition in draw_split(numpy_rng("test prompts"), 25, True):
        found = asked(caption(composition), library.lexicon)
        right += [found.get(slot) == part.id for slot, part in parts_of(composition).items() if part.kind != NOTHING]
    assert sum(right) >= 0.95 * len(right)


def test_titles_go_before_all_else(small: Lexicon) -> None:
    """No word of a title is left out, nor is it cut; of a title that two slots have the head is meant first, then what is still free."""
    titles = {
        "big red stripes": [("accessory", "big")],
        "cc in a frame": [("accessory", "cc")],
        "two rings": [("head", "h"), ("accessory", "a")],
    }
    read = lambda text: {one.slot: one.parts[0] for one in prompted(text, small, titles).wanted}  # noqa: E731
    assert read("a cat with red glasses, big red stripes") == {"head": "cat", "glasses": "red", "accessory": "big"}
    assert read("a cat with a cc in a frame") == {"head": "cat", "accessory": "cc"}
    assert read("two rings with red glasses") == {"head": "h", "glasses": "red"} and read("a cat with two rings")["accessory"] == "a"


def test_every_title_is_understood(library: Library) -> None:
    """What captions call a part, after a head as it stands there, is read as one of the parts that are called so."""
    for title, parts in titles().items():
        said = f"a shark with {title}" if all(slot != "head" for slot, _ in parts) else f"a {title} with red glasses"
        found = library.painting.prompted(said).wanted
        assert {(one.slot, part) for one in found for part in one.parts} & set(parts), title
    for said, head in (("a frog with black glasses with rgb dots", "frog"), ("a watermelon with magenta glasses", "watermelon")):
        assert library.painting.prompted(said).wanted[0] == Wanted("head", (head,), head)
