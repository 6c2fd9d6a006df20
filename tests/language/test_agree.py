"""Several readings of a sentence: done where enough voters agree, else asked back."""

from __future__ import annotations

from core.language.actions import Said
from core.language.agree import agreed, outcome
from core.language.lexicon import Entry
from core.language.resolve import Resolved, Target

SHARK = Resolved((Target("head", ("shark",), "replace"),))
CAT = Resolved((Target("head", ("cat",), "replace"),))
NOTHING = Resolved(refusal="There is nothing to do.")


def of(answers: dict[str, Resolved], *readings: str) -> Resolved:
    """What comes of readings that are known by their sentences."""
    entry = lambda slot, part: Entry(slot, part, part)  # noqa: E731
    return agreed([Said(sentence=r) for r in readings], lambda said: answers[said.sentence], entry)


def test_what_most_voters_come_to_is_done() -> None:
    """Two of three, each alone, as all together."""
    assert of({"a": SHARK, "b": CAT}, "a", "a", "b", "a") == SHARK


def test_where_voters_part_it_is_asked_back() -> None:
    """With what each heard, to pick from; nothing is done."""
    found = of({"a": SHARK, "b": CAT, "c": NOTHING}, "a", "b", "c", "b")
    assert not found.targets and found.refusal
    assert [near.entry.part for near in found.choices] == ["shark", "cat"]


def test_one_voter_is_enough_where_no_other_would_do_anything_else() -> None:
    """But not where another hears what cannot be."""
    answers = {"a": SHARK, "b": NOTHING, "c": NOTHING}
    assert of(answers, "a", "a", "b", "c") == SHARK
    assert not of(answers, "a", "b", "b", "c").targets
    cannot = [Said(sentence="a"), Said(sentence="a"), Said(sentence="b"), Said(sentence="c", cannot="fly")]
    assert not agreed(cannot, lambda said: answers[said.sentence]).targets


def test_a_refusal_stays_one() -> None:
    """What the voters together refuse is not done because one alone would."""
    assert of({"a": NOTHING, "b": CAT}, "a", "b", "b", "b") == NOTHING


def test_answers_that_do_the_same_are_the_same() -> None:
    """The order of targets and their second choices do not matter; how much does."""
    one, two = Target("head", ("shark", "orca"), "replace"), Target("body", ("red",), "recolour")
    other = Target("head", ("shark",), "replace")
    assert outcome(Resolved((one, two))) == outcome(Resolved((two, other)))
    assert outcome(Resolved((other,))) != outcome(Resolved((Target("head", ("shark",), "replace", 0.5),)))
