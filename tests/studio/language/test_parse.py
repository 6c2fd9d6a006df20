"""Sentences to actions, by rules alone."""

import pytest

from core.foundations.errors import RequestError
from core.foundations.records import Action
from core.studio.language.normal import distance, key, lemma, nearest_word, normalise
from core.studio.language.parse import LONGEST, parse


def said(sentence: str) -> list[tuple[str, str, str, str]]:
    return [(a.verb, a.slot, a.phrase, a.old) for a in parse(sentence).actions]


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("swap the head for a shark", [("replace", "head", "shark", "")]),
        ("shark head pls", [("add", "head", "shark", "")]),
        ("he should be a shark", [("replace", "", "shark", "")]),
        ("put a shark where the head is", [("replace", "head", "shark", "")]),
        ("turn the cat into a dog", [("replace", "", "dog", "cat")]),
        ("a dog instead of the cat", [("replace", "", "dog", "cat")]),
        ("lose the specs", [("remove", "glasses", "", "")]),
        ("could you take his glasses off?", [("remove", "glasses", "", "")]),
        ("the glasses have to go", [("remove", "glasses", "", "")]),
        ("make the glasses and the body red", [("recolour", "glasses", "red", ""), ("recolour", "body", "red", "")]),
        ("make the glasses pink and purple", [("recolour", "glasses", "pink and purple", "")]),
        ("remove the glasses and the head", [("remove", "glasses", "", ""), ("remove", "head", "", "")]),
        ("can the background be warmer?", [("more", "background", "warm", "")]),
        ("give him a pizza on the chest", [("add", "accessory", "pizza", "")]),
        ("random head", [("random", "head", "", "")]),
        ("surprise me", [("random", "", "", "")]),
        ("undo that, please", [("undo", "", "", "")]),
    ],
)
def test_what_is_asked(sentence, wanted):
    assert said(sentence) == wanted


@pytest.mark.parametrize(
    ("sentence", "keeps"),
    [
        ("shark head but keep the glasses", ("glasses",)),
        ("make the head a shark without touching the body", ("body",)),
        ("don't change the glasses, make the head a fox", ("glasses",)),
        ("red shirt and leave the rest alone", ()),
    ],
)
def test_what_is_kept(sentence, keeps):
    parsed = parse(sentence)
    assert parsed.keeps == keeps and len(parsed.actions) == 1


@pytest.mark.parametrize(
    ("sentence", "amount"),
    [("make the background a bit warmer", 0.5), ("much warmer background", 1.5), ("warmer background", 1.0), ("30% redder shirt", 0.3)],
)
def test_amounts(sentence, amount):
    assert [a.amount for a in parse(sentence).actions] == [amount]


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("make him wave", "motion"),
        ("make the head bigger", "shape"),
        ("give him shoes", "elsewhere"),
        ("put two heads on him", "count"),
        ("what's the weather like?", "question"),
        ("order me a pizza", "topic"),
        ("make him sad", "mood"),
    ],
)
def test_problems_are_named(sentence, kind):
    parsed = parse(sentence)
    assert parsed.problem.startswith(kind) and parsed.actions == ()


@pytest.mark.parametrize(
    ("sentence", "match"), [("", "no words"), ("   ", "no words"), ("?!", "no words"), ("a" * (LONGEST + 1), "301 characters"), (7, "int")]
)
def test_what_is_no_sentence_is_refused(sentence, match):
    with pytest.raises(RequestError, match=match):
        parse(sentence)


def test_slips_are_mended():
    assert parse("mkae the glasess yelow").actions == (Action("recolour", "glasses", "yellow"),)


def test_spelling_is_one():
    assert normalise("Don’t COLOR it gray!!") == "do not colour it grey !"
    assert key("the Hot-Dogs") == key("hotdog") and key("chef's hat") == key("chef hat")
    assert [lemma(w) for w in ("cherries", "boxes", "glass", "cats")] == ["cherry", "box", "glass", "cat"]


def test_distance_counts_exchanged_neighbours_once():
    assert distance("haed", "head", 2) == 1
    assert distance("cat", "dog", 2) == 3
    assert nearest_word("galsses", ("glasses", "classes")) == "glasses"
    assert nearest_word("cat", ("car",)) is None


ODD = ("((((", "and and and", "swap for", "the the the", "make", "🦈" * 100, "a" * 300, "swap " * 60, "with without but and", "no")


@pytest.mark.parametrize("sentence", ODD)
def test_odd_input_never_breaks(sentence):
    try:
        parse(sentence)
    except RequestError:
        pass
