"""What docs/add_a_world.md and docs/add_a_lens.md promise: a newcomer's few lines, run as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core.foundations.files import ROOT
from core.studio.lens import LENSES
from core.studio.worlds import LIBRARIES

MOST_LINES = 60


def program(page: str) -> str:
    """The one program of a page."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)
    assert len(code.splitlines()) < MOST_LINES, f"{page} needs {len(code.splitlines())} lines"
    return code


@pytest.fixture
def as_before() -> Iterator[None]:
    """Worlds and lenses as they were, whatever a program adds."""
    worlds, lenses = dict(LIBRARIES), dict(LENSES)
    yield
    for table, kept in ((LIBRARIES, worlds), (LENSES, lenses)):
        table.clear()
        table.update(kept)  # type: ignore[arg-type]


@pytest.fixture
def added(as_before: None, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a page's program leaves behind."""
    names: dict[str, Any] = {"__name__": "added"}
    exec(program(request.param), names)
    return names


@pytest.mark.parametrize("added", ["add_a_world.md"], indirect=True)
def test_a_world_is_added(added: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """It takes sentences, tells what is not there, and its recipes give the same picture again."""
    studio, result = added["studio"], added["result"]
    assert {r.slot: r.part for r in studio.read(result.picture)} == {"cloth": "red", "sign": "moon"}
    assert {change.slot for change in result.report.changes if change.changed} <= {"cloth", "sign"}
    start, edits = studio.replay(studio.recipe(studio.sample(seed=4), result.edits))
    assert np.array_equal(np.asarray(studio.edit(start, edits).picture.image), np.asarray(result.picture.image))
    refused = studio.request(studio.sample(seed=4), "put a crocodile on it")
    assert refused.refusal and not refused.edits
    assert all(handle.curve.success[0] == 1 and handle.curve.kept[0] == 1 for handle in studio.handles()), "a linear world is exact"


@pytest.mark.parametrize("added", ["add_a_lens.md"], indirect=True)
def test_a_lens_is_added(added: dict[str, Any]) -> None:
    """Its handles are found by name and turned, and recipes hold them; no other handle is lost."""
    studio, found, result = added["studio"], added["found"], added["result"]
    assert found.id == "axis:0" and len([h for h in studio.handles() if h.id.startswith("axis:")]) == 5
    assert any(change.changed for change in result.report.changes)
    start, edits = studio.replay(studio.recipe(studio.sample(seed=7), result.edits))
    assert edits == result.edits
    assert np.array_equal(np.asarray(studio.edit(start, edits).picture.image), np.asarray(result.picture.image))
    assert studio.request(studio.sample(seed=7), "swap the head for a shark").edits
    assert len(studio.handles()) > 1000


def test_without_further_lenses_nothing_is_joined(as_before: None) -> None:
    """A world's own actors are handed on as they are."""
    from core.studio.library import Library

    LENSES.clear()

    library = Library()
    assert library.acting is library.actors
