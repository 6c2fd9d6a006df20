"""What visitors type about faces: wishes, several at once, more and less, what stays, slang, slips, questions, and what cannot be.

Written before the table that reads them, by the same hand, so it is held to more than a blind list would be; the inventive ones came
after it, and of these .75 were right and .01 wrong before unknown verbs were left aside. Each sentence has the
answers that are right, of which one must come; none where it must be refused, with the reason's kind where that matters.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from core.bench.faces.sentences import ORDINARY
from core.language.facts import table
from core.language.resolve import Resolved
from core.language.states import resolve_states
from core.studio.face_words import face_lexicon
from core.studio.library import Library

LIST = json.loads((Path(__file__).parent / "face_sentences.json").read_text(encoding="utf-8"))
KINDS = (
    "one",
    "several",
    "relative",
    "negation",
    "keep",
    "borrowed",
    "slang",
    "typos",
    "polite",
    "question",
    "impossible",
    "undo",
    "inventive",
)
HOW_MUCH = {"little": lambda amount: amount < 1, "much": lambda amount: amount > 1, "": lambda amount: True}


def verdict(case: dict[str, Any], found: Resolved) -> str:
    """Right, wrong (something else would be done), or refused (nothing would, though something should)."""
    if found.undo != case.get("undo", False):
        return "wrong"
    if not found.targets:
        reason = table("faces")["says"][case["why"]].partition("{word}")[0] if case.get("why") else ""
        refused = case["accept"] and {} not in case["accept"]
        return "refused" if refused else "right" if reason in (found.refusal or "") else "wrong"
    got = {t.slot: t.parts[0] for t in found.targets}
    kept = set(case.get("keep", ())) <= set(found.keeps)
    much = all(HOW_MUCH[case.get("amount", "")](t.strength) for t in found.targets)
    fits = any(got.keys() == one.keys() and all(got[slot] in one[slot] for slot in one) for one in case["accept"])
    return "right" if fits and kept and much else "wrong"


@pytest.fixture(scope="module")
def verdicts(library: Library) -> dict[str, list[str]]:
    """Kinds to what came of their sentences."""
    lexicon, found = face_lexicon(library.texts.embed), dict[str, list[str]]()
    for case in LIST:
        answer = resolve_states(case["text"], lexicon, {**ORDINARY, **case.get("start", {})})
        found.setdefault(case["kind"], []).append(verdict(case, answer))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_understood(verdicts: dict[str, list[str]], kind: str) -> None:
    """Nine of ten right."""
    assert verdicts[kind].count("right") >= 0.9 * len(verdicts[kind])


def test_hardly_anything_is_done_wrong(verdicts: dict[str, list[str]]) -> None:
    """One in a hundred, of more than five hundred."""
    found = [verdict for several in verdicts.values() for verdict in several]
    assert set(verdicts) == set(KINDS) and len(found) > 500 and found.count("wrong") <= 0.01 * len(found)
