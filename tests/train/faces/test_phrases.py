"""What the layer of descriptions learns from: phrases of every state, none twice for two of them."""

from __future__ import annotations

from core.train.faces.phrases import NAMES, named, phrases, within
from core.worlds.faces.slots import SLOTS

STATES = {(slot.name, state) for slot in SLOTS.values() for state in slot.ids}


def test_phrases_are_of_states_that_exist() -> None:
    """And of none; no phrase stands for two."""
    rows = phrases()
    assert {place for _, place in rows} <= {*STATES, ("", "")} and len(rows) > 2000
    assert len({text for text, _ in rows}) == len(set(rows))


def test_every_state_has_names_and_each_phrase_stands_in_a_sentence_too() -> None:
    """At most so many names; the same sentences every time."""
    found = named()
    assert {place for _, place in (*found, *phrases())} == {*STATES, ("", "")} and len(found) <= NAMES * len(STATES)
    rows = phrases()[:5]
    assert (
        within(rows)[:5] == rows
        and within(rows) == within(rows)
        and all(a in b for (a, _), (b, _) in zip(rows, within(rows)[5:], strict=True))
    )
