"""Which handle of a further lens a sentence means by its words, without any model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.foundations.records import Curve, Handle
from core.studio.lens import called, mentioned


def handle(name: str) -> Handle:
    return Handle(f"rosetta:{name}", "concept", "head", "", name, (name,), 1.0, 1.0, 0.1, Curve((), (), ()), parts=("cloud",))


HANDLES = [handle(name) for name in ("white head", "white", "green head", "orange", "head")]
LIBRARY = SimpleNamespace(loose=({one.name: one for one in HANDLES}, np.zeros((5, 2))))
EMPTY = SimpleNamespace(loose=None)


def test_names_whose_words_all_stand_there_are_mentioned() -> None:
    """The longest first, so that what is meant comes before what is meant by the way."""
    assert [one.name for one in mentioned(LIBRARY, "make the head white!")] == ["white head", "white"]
    assert mentioned(LIBRARY, "whitehead") == mentioned(LIBRARY, "a head") == [] and mentioned(EMPTY, "a white head") == []


@pytest.mark.parametrize(
    "sentence", ["a green head", "Give it a green head.", "please put on another green head", "make it some green head please"]
)
def test_any_such_thing_is_called_by_its_whole_name(sentence: str) -> None:
    found = called(LIBRARY, sentence)
    assert found is not None and found.name == "green head"


@pytest.mark.parametrize(
    "sentence",
    [
        "make the head green",
        "a green head and red glasses",
        "anything but a green head",
        "give it no green head",
        "not a green head",
        "a green",
    ],
)
def test_what_names_more_or_denies_it_calls_nothing(sentence: str) -> None:
    assert called(LIBRARY, sentence) is None and called(EMPTY, sentence) is None
