"""Words as they were typed, and in the plain form by which they are looked up."""

from __future__ import annotations

import pytest

from core.foundations.errors import RequestError
from core.language.words import LONGEST, MOST_WORDS, check, key, lemma, nearest_word, plain, words_of


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("Piñata", "pinata"),
        ("GLÄSSES", "glasses"),
        ("shärk", "shark"),
        ("color", "colour"),
        ("🦈", "shark"),
        ("🐱", "cat"),
        ("🍕", "pizza"),
        ("sooooo", "so"),
        ("dont", "don't"),
    ],
)
def test_plain(said: str, found: str) -> None:
    """Accents, spelling, pictographs and drawn-out letters are folded."""
    assert plain(said) == found


def test_words_keep_what_was_typed() -> None:
    """Words, marks and pictographs apart; arrows read as "becomes"; what colours a pictograph is dropped."""
    assert [w.said for w in words_of("A piñata, frog-green🦈!")] == ["A", "piñata", ",", "frog-green", "🦈", "!"]
    assert [w.plain for w in words_of("head -> 🐱")] == ["head", "becomes", "cat"]
    assert [w.plain for w in words_of("w/ hat & x=5")] == ["with", "hat", "&", "x", "=", "5"]
    assert [w.plain for w in words_of("👍🏽\u200d")] == [plain("👍")]


def test_accents_in_two_pieces_are_one_letter() -> None:
    """An n with a tilde behind it is what an ñ is."""
    assert [w.plain for w in words_of("pin\u0303ata")] == ["pinata"]


def test_words_are_bounded() -> None:
    """A long sentence has a last word; a longer one is refused, not cut."""
    assert len(words_of("a " * 500)) == MOST_WORDS
    with pytest.raises(RequestError, match="500 characters"):
        check("x" * 500, "red glasses")
    assert check("x" * LONGEST, "") == "x" * LONGEST


@pytest.mark.parametrize("sentence", ["", "  ", "?!", None, 3])
def test_what_is_no_sentence_is_refused(sentence: object) -> None:
    """With an example of one."""
    with pytest.raises(RequestError, match="red glasses|sentence"):
        check(sentence, "red glasses")


def test_keys_meet() -> None:
    """Articles, forms, hyphens and spaces make no difference."""
    assert key("the hot-dogs") == key("hotdog") == key("Hot Dog")
    assert key("cherries") == key("cherry") and key("cat") != key("cap")
    assert lemma("noggles") == "noggle" and lemma("cat's") == "cat"


def test_slips_are_mended_where_one_explains_it() -> None:
    """One edit from four letters on, two from seven on; a first letter is seldom wrong twice."""
    assert nearest_word("shrak", ["shark", "skunk"]) == "shark"
    assert nearest_word("helicoptor", ["helicopter"]) == "helicopter"
    assert nearest_word("cat", ["car"]) is None and nearest_word("giraffe", ["grape"]) is None
