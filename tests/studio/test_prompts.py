"""Prompts name the true class and never the wrong one, whoever writes them; what breaks a rule is thrown away and asked for again."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from core.foundations.errors import RequestError
from core.studio.prompts import LONGEST, Rules, asked, written

PHRASES = {"shark": "a shark", "hot dog": "a hot dog", "red glasses": "red glasses", "brick red background": "a brick red background"}
RULES = Rules(("cat", "kitten"), ("dog", "puppy"), PHRASES, frozenset({"brick red background"}), {"shark": ("great white",)})


def test_the_grammar_keeps_to_the_rules() -> None:
    """Every sentence names the true class and its words, never the wrong class, and the same seed gives the same ones."""
    words = list(PHRASES)
    found = written(RULES, "a cat", words, 12, np.random.default_rng(0))
    assert found == written(RULES, "a cat", words, 12, np.random.default_rng(0)) and len({p.text for p in found}) > 6
    for prompt in found:
        assert RULES.problem(prompt.text) is None and "dog" not in prompt.text and prompt.text.startswith("a cat")
        assert set(RULES.words_in(prompt.text)) == set(prompt.words) and prompt.words
    assert any("brick" in p.text for p in found) and not all("brick" in p.text for p in found)


def test_few_words_are_used_again() -> None:
    """And a ground alone is one too; with none that may be named a sentence says so."""
    assert {p.text for p in written(RULES, "a cat", ["brick red background"], 3, np.random.default_rng(0))} == {
        "a cat before a brick red background"
    }
    with pytest.raises(RequestError):
        written(RULES, "a cat", ["hot dog", "giraffe"], 3, np.random.default_rng(0))


def test_the_checker_rejects() -> None:
    """No true class, the wrong one in any number, nothing besides, too long, empty; a longer name does not count as the one within."""
    assert RULES.problem("A kitten beside a shark") is None and RULES.problem("two cats and a great white") is None
    for wrong, said in (
        ("a bird beside a shark", "true class"),
        ("a cat and two puppies, a shark", "wrong class"),
        ("a cat, dogs and a shark", "wrong class"),
        ("a cat", "nothing besides"),
        ("a cat and a shark" + " and a shark" * LONGEST, "characters"),
        ("  ", "empty"),
        ("a catalogue of sharks", "true class"),
    ):
        assert said in (RULES.problem(wrong) or "")
    lone = Rules(("cat",), ("car",), {"sushi": "sushi", "nigiri sushi": "nigiri sushi"})
    assert lone.words_in("a cat with nigiri sushi") == ("nigiri sushi",)


def test_any_writer_is_held_to_the_rules() -> None:
    """What breaks one is asked for again, and told; a writer that never gives a good one is given up."""
    answers = iter([["a dog", "a cat and a shark"], ["a cat and a shark"], ["a cat with red glasses "]])
    wanted: list[int] = []

    def writer(count: int) -> Sequence[str]:
        wanted.append(count)
        return next(answers)

    found = asked(writer, RULES, 2)
    assert [p.text for p in found.prompts] == ["a cat and a shark", "a cat with red glasses"] and wanted == [2, 1, 1]
    assert found.prompts[1].words == ("red glasses",) and [text for text, _ in found.rejected] == ["a dog"]
    assert asked(lambda count: ["nonsense"] * count, RULES, 2, tries=3).prompts == ()
