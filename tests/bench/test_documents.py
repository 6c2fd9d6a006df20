"""README and docs agree with what was measured, and no figure in them was typed by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core.bench import documents
from core.bench.__main__ import BENCHES
from core.bench.record import FIGURES, Measured
from core.foundations.errors import WeightsError
from core.foundations.files import ROOT

BOUND = {"95 %", "20 %"}
"""Shares that are no figure: the level of an interval, and what is chance by counting."""


@pytest.mark.parametrize("page", [*documents.PAGES, documents.ROWS])
def test_every_page_is_what_its_runs_say(page: str) -> None:
    """As `python -m core.bench.documents` writes it."""
    assert (ROOT / page).read_text(encoding="utf-8") == documents.built()[page], "Run `python -m core.bench.documents`."


@pytest.mark.parametrize("template", ["README.md", "measured.md", "worlds.md"])
def test_no_share_is_typed_by_hand(template: str) -> None:
    """Every share that is measured comes out of a run or a card."""
    text = documents.WAY.sub("", (documents.TEMPLATES / template).read_text(encoding="utf-8"))
    typed = {share for share in re.findall(r"\d+(?:\.\d+)? %", text) if share not in BOUND}
    assert typed <= {"99.8 %"}, typed  # the outlines' own figure, which stands in its file


def test_every_run_says_where_it_comes_from() -> None:
    """Its command names it, with date, machine and seconds; and it is one of the benchmarks."""
    runs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FIGURES.glob("*.json")}
    assert runs
    for name, run in runs.items():
        assert name == run["bench"] and name in BENCHES
        assert run["run"]["command"].split()[:4] == ["python", "-m", "core.bench", name]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", run["run"]["date"]) and run["run"]["machine"] and run["run"]["seconds"] >= 0


def test_the_readme_is_short() -> None:
    """Under 200 lines."""
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of nothing, in a folder of its own."""
    monkeypatch.setattr("core.bench.record.FIGURES", tmp_path)
    monkeypatch.setattr(documents, "FIGURES", tmp_path)
    monkeypatch.setattr(documents, "ROOT", tmp_path.parent)
    Measured("toy", {"share": 0.98765432, "count": 12345.0}, {"do nothing": {"share": 0.5}}).keep({"command": "c", "date": "d"})
    documents._read.cache_clear()


@pytest.mark.parametrize(
    "way, text",
    [
        ("toy/figures/share:%", "98.8"),
        ("toy/figures/share:%0", "99"),
        ("toy/figures/share:.3", "0.988"),
        ("toy/figures/count:,", "12,345"),
        ("toy/baselines/do nothing/share:%", "50.0"),
        ("toy/run/command", "c"),
    ],
)
def test_a_way_leads_to_its_figure(kept: None, way: str, text: str) -> None:
    """Written as its form says; five digits of it are kept."""
    assert documents.filled("a {{" + way + "}} b") == f"a {text} b"


@pytest.mark.parametrize("way", ["toy/figures/nothing:%", "toy/figures/share/more:%", "other/figures/share:%", "card/nowhere/x:%"])
def test_a_way_to_nowhere_is_an_error(kept: None, way: str) -> None:
    """And not an empty place."""
    with pytest.raises(WeightsError, match=r"core\.bench|not there"):
        documents.filled("{{" + way + "}}")
