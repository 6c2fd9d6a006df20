"""Who turns a choice, by hand-made shares; and the story that the tab Heads opens on, measured again on the shipped weights."""

from __future__ import annotations

import pytest
import torch

from core.foundations.records import HeadCard
from core.studio import Studio
from core.studio.deciding import best_of_each, decide, heads_about, sets_of
from core.studio.story import load_story
from core.train.scenes.story import is_clear, search


def head(layer: int, number: int, role: str) -> HeadCard:
    """A head of which only its place and role matter."""
    return HeadCard(layer, number, role, 0.5, (), (), 0.1)


HEADS = (head(0, 0, "grounds and glasses"), head(0, 1, "mixed"), head(1, 0, "glasses"), head(1, 1, "counts"))


def test_every_head_alone_then_every_role_that_several_have() -> None:
    """A head of two roles belongs to both; a role of one head is that head; "mixed" is no role."""
    assert heads_about(HEADS, "glasses") == ((0, 0), (1, 0)) and heads_about(HEADS, "counts") == ((1, 1),)
    assert sets_of(HEADS)[4:] == [("glasses", ((0, 0), (1, 0)))]
    assert [heads for _, heads in sets_of(HEADS)[:4]] == [((0, 0),), ((0, 1),), ((1, 0),), ((1, 1),)]


def test_one_head_that_says_something_comes_before_one_of_many_things_and_before_a_role() -> None:
    """Three sets turn the choice; the named single head is told, though the mixed one turns it further."""
    after = torch.tensor([[0.6, 0.4], [0.1, 0.9], [0.3, 0.7], [0.8, 0.2], [0.0, 1.0]])
    found = decide(torch.tensor([0.9, 0.1]), after, sets_of(HEADS))
    assert (found.heads, found.about, found.turns, found.alone) == (((1, 0),), "glasses", True, 2)
    assert found.before == pytest.approx((0.9, 0.1)) and found.after == pytest.approx((0.3, 0.7))


def test_a_role_where_no_head_does_it_and_the_strongest_head_where_nothing_does() -> None:
    """What does not turn the choice is never told as if it did."""
    before, after = torch.tensor([0.9, 0.1]), torch.tensor([[0.8, 0.2], [0.9, 0.1], [0.6, 0.4], [0.7, 0.3], [0.2, 0.8]])
    found = decide(before, after, sets_of(HEADS))
    assert (found.heads, found.about, found.turns, found.alone) == (((0, 0), (1, 0)), "glasses", True, 0)
    after[4] = torch.tensor([0.55, 0.45])
    found = decide(before, after, sets_of(HEADS))
    assert (found.heads, found.turns) == (((1, 0),), False)
    assert not decide(torch.tensor([1.0]), torch.ones(5, 1), sets_of(HEADS)).turns  # one text alone is always chosen


def test_the_best_word_about_each_thing() -> None:
    """One text for each tag, best first, at most as many as asked for."""
    says, tags = torch.tensor([0.1, 0.9, 0.8, 0.5]), ("a", "b", "b", "c")
    assert best_of_each(says, tags, 5) == [1, 3, 0] and best_of_each(says, tags, 2) == [1, 3]


@pytest.fixture(scope="module")
def studio() -> Studio:
    """The studio on the shipped weights."""
    return Studio("nouns")


def test_the_story_works_on_the_shipped_weights(studio: Studio) -> None:
    """One head, about what falls, turns nine tenths for one text into nine tenths for another, and no other head alone does."""
    told = load_story()
    (found,) = search(studio, [told.scene])
    assert (found.texts, found.head, found.about, found.alone) == (told.texts, told.head, told.about, 1)
    assert found.before == pytest.approx(told.before, abs=0.02) and found.after == pytest.approx(told.after, abs=0.02)
    assert max(told.before) > 0.9 > 0.1 > told.after[told.before.index(max(told.before))] and max(told.after) > 0.9


def test_what_decides_agrees_with_the_switches(studio: Studio) -> None:
    """The shares that `decide` tells are those that `shares` gives with the same heads off."""
    for seed in (load_story().scene, 6):
        picture = studio.scene(seed)
        texts = list(studio.sight.own_words(picture))
        found = studio.sight.decide(picture, texts)
        assert found.before == pytest.approx(studio.sight.shares(picture, texts), abs=1e-5)
        assert found.after == pytest.approx(studio.sight.shares(picture, texts, found.heads), abs=1e-5)
        assert len(set(texts)) == 5 and not is_clear(found, ("places",) * 5)
