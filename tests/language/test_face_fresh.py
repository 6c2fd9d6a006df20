"""Sentences by looks, idiom and occasion, among plain ones: each written before the reader was mended, which was done by this list.

Of sentences that it was not mended by, fewer are right: see the benchmark `faces`, whose list nobody who mends has read.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.bench.faces.sentences import Asked, judge
from core.language.states import resolve_states
from core.studio.face_words import face_lexicon
from core.studio.library import Library

LIST = [Asked(**case) for case in json.loads((Path(__file__).parent / "face_fresh.json").read_text(encoding="utf-8"))]
PLAIN = ("plain", "relative", "not", "keep", "several", "typos", "question", "impossible")


@pytest.fixture(scope="module")
def verdicts(library: Library) -> list[str]:
    """What came of each sentence."""
    lexicon = face_lexicon(library.texts.embed)
    return judge(LIST, lambda text, reading: resolve_states(text, lexicon, reading))


def test_nine_of_ten_are_right_and_hardly_any_wrong(verdicts: list[str]) -> None:
    """Of all; one in a hundred may be wrong."""
    assert verdicts.count("right") >= 0.9 * len(LIST) and verdicts.count("wrong") <= 0.01 * len(LIST)


@pytest.mark.parametrize("kind", PLAIN)
def test_each_plain_kind_is_understood(verdicts: list[str], kind: str) -> None:
    """Nineteen of twenty of each."""
    own = [verdict for one, verdict in zip(LIST, verdicts, strict=True) if one.kind == kind]
    assert own.count("right") >= 0.95 * len(own)


@pytest.mark.parametrize("kind", ["looks", "idiom"])
def test_most_descriptions_are_understood(verdicts: list[str], kind: str) -> None:
    """Two of three."""
    own = [verdict for one, verdict in zip(LIST, verdicts, strict=True) if one.kind == kind]
    assert own.count("right") >= 0.66 * len(own)
