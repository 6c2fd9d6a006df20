"""Sentences to sprites by the grammar of quantities alone: nothing is marked, and the index is never asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.language.actions import Said
from core.language.resolve import Resolved
from core.language.values import resolve_values
from core.language.words import words_of
from core.worlds.dsprites.factors import FACTORS

HEART = (2, 3, 3, 10, 20)
"""A heart of middle size, a little turned against the clock, left of the middle and below it."""


@pytest.fixture
def ask() -> Callable[..., Resolved]:
    """What a sentence comes to."""

    def ask(sentence: str, start: tuple[int, ...] = HEART) -> Resolved:
        said = Said(rest=" ".join(w.plain for w in words_of(sentence)), sentence=sentence)
        reading = dict(zip(FACTORS, map(str, start), strict=True))
        return resolve_values(said, lambda: pytest.fail(f"The index was asked about: {sentence}"), reading)

    return ask


@pytest.fixture
def changed(ask: Callable[..., Resolved]) -> Callable[..., dict[str, int]]:
    """The slots that a sentence changes, and to what; nothing else may come of it."""

    def changed(sentence: str, start: tuple[int, ...] = HEART) -> dict[str, int]:
        found = ask(sentence, start)
        assert found.refusal is None and not found.undo, f"{sentence}: {found.refusal or 'undo'}"
        return {target.slot: int(target.parts[0]) for target in found.targets}

    return changed
