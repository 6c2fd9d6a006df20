"""Sentences by a language model: each rule broken by a script, a tiny model with random weights, and the grammar that takes over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core.foundations.errors import WeightsError
from core.studio.attacking import DRAFTS, Asked, Attacker
from core.studio.fooling import Fooling
from core.studio.prompts import PLAIN, Prompt
from core.studio.writing import A_FEW, ROUNDS, held_to, sentences
from tests.models.test_writer import folder  # noqa: F401
from tests.studio.test_attacking import attacker  # noqa: F401

SPARE = tuple(Prompt(f"a cat beside a {word}", (word,)) for word in ("toaster", "pie", "moon"))


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("a shark beside a volcano", "true class"),
        ("a cat and two puppies beside a volcano", "wrong class"),
        ("a cat beside a volcano, and dogs", "wrong class"),
        ("a cat, a fox and a volcano", "means alike"),
        ("a cat beside a giraffe and a volcano", "'giraffe', which no picture"),
        ("a cat", "nothing besides"),
        ("a cat beside a volcano" + " and a volcano" * 40, "characters"),
        ("", "empty"),
    ],
)
def test_what_breaks_a_rule_is_refused(attacker: Attacker, broken: str, said: str) -> None:  # noqa: F811
    """Told with what is wrong; it is asked again so often, and then the grammar writes."""
    rules, asked = held_to(attacker.rules("cat", "dog"), attacker.stage.pool), list[int]()
    good = "There is a cat in front of a volcano, and behind it a toaster."

    def writer(count: int) -> Sequence[str]:
        asked.append(count)
        return [broken, good]

    *_, (found, told) = sentences(writer, rules, 3, SPARE)
    assert [prompt.text for prompt in found] == [good, SPARE[0].text, SPARE[1].text] and found[0].words == ("volcano", "toaster")
    assert asked == [3] + [2] * (ROUNDS - 1) and said in told and f"{ROUNDS} were refused" in told
    assert told.startswith("The language model wrote 1 of 3 sentences.") and told.endswith("The grammar wrote the other 2.")


def test_a_good_writer_needs_no_grammar(attacker: Attacker) -> None:  # noqa: F811
    """And the grammar's own sentences keep to these rules too."""
    rules = held_to(attacker.rules("cat", "dog"), attacker.stage.pool)
    texts = iter([f"a cat near a {word}" for word in ("shark", "robot", "igloo")])
    *_, (found, told) = sentences(lambda count: [next(texts) for _ in range(count)], rules, 3, SPARE)
    assert [prompt.words for prompt in found] == [
        ("shark",),
        ("robot",),
        ("igloo",),
    ] and told == "The language model wrote 3 of 3 sentences."
    words = [word.text for word in attacker.words(attacker.mined("cat", "dog"))]
    several = attacker._drafts(Asked("cat", "dog"), words, 30, "test")
    assert several and all(rules.problem(prompt.text) is None for prompt in several) and "giraffe" not in PLAIN


def test_it_is_asked_for_a_few_at_a_time(attacker: Attacker) -> None:  # noqa: F811
    """Each step tells how far it is, so that whoever asks for no more ends it; nothing is written beyond that."""
    rules, asked = held_to(attacker.rules("cat", "dog"), attacker.stage.pool), list[int]()
    things = iter(rules.phrases)

    def writer(count: int) -> list[str]:
        asked.append(count)
        return [f"a cat near a {next(things)}" for _ in range(count)]

    steps = sentences(writer, rules, 2 * A_FEW + 1, SPARE)
    assert f"has written {A_FEW} of {2 * A_FEW + 1}" in next(steps)[1] and asked == [A_FEW]
    assert f"has written {2 * A_FEW} of" in next(steps)[1] and len(next(steps)[0]) == 2 * A_FEW + 1 and asked == [A_FEW, A_FEW, 1]


def test_an_attack_with_a_writer(attacker: Attacker) -> None:  # noqa: F811
    """Its sentences are tried as the grammar's are, and it is told what became of them; without one nothing is told."""
    calls: list[int] = []

    def writer(count: int) -> Iterator[str]:
        calls.append(count)
        return iter(["a cat beside a volcano and a robot", "a dog"])

    done = Fooling(attacker).attack("cat", "dog", 2, controls=False, writer=writer).last
    assert calls[0] == -(-DRAFTS // 2) and "wrote 1 of 3" in done.told and "wrong class" not in done.told and "true class" in done.told
    assert Fooling(attacker).attack("cat", "dog", 2, controls=False).last.told == ""


def test_a_model_in_a_folder(attacker: Attacker, folder: Path, tmp_path: Path) -> None:  # noqa: F811
    """A tiny one that speaks eleven words by chance: whatever it writes, the pictures come; one that is not here is not fetched."""
    done = Fooling(attacker).attack("cat", "dog", 2, controls=False, writer=str(folder)).last
    assert len(done.shots) == 2 and "The language model wrote" in done.told and all("dog" not in shot.prompt for shot in done.shots)
    for name in (str(tmp_path), "nobody/has-this"):
        with pytest.raises(WeightsError, match="grammar"):
            _ = Fooling(attacker).attack("cat", "dog", 2, controls=False, writer=name).last
