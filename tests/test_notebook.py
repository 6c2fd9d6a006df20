"""The notebook docs/tour.ipynb runs from top to bottom, as a researcher would run it."""

from __future__ import annotations

import ast
import json
from typing import Any

from core.foundations.files import ROOT

CELLS = json.loads((ROOT / "docs" / "tour.ipynb").read_text(encoding="utf-8"))["cells"]


def run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell; what its last line is worth, as a notebook would show it."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "tour.ipynb", "exec"), names)
    return eval(compile(ast.Expression(last.value), "tour.ipynb", "eval"), names) if last else None


def test_the_notebook_holds_no_outputs() -> None:
    """Ten cells, each begun by a comment that says what it is for; what they show is made anew by whoever runs them."""
    assert len(CELLS) == 10
    for place, cell in enumerate(CELLS, 1):
        assert cell["cell_type"] == "code" and not cell["outputs"] and cell["execution_count"] is None
        assert "".join(cell["source"]).startswith(f"# {place}. ")


def test_the_notebook_runs(capsys) -> None:
    """Every cell, in order; and what it tells is what its comments say."""
    names: dict[str, Any] = {}
    worth = [run("".join(cell["source"]), names) for cell in CELLS]
    told = capsys.readouterr().out
    assert worth[0].size == (256, 256)
    assert "shark" in told and "giraffe" in told
    assert worth[1] and worth[4] and worth[7] and worth[8], "cells 2, 5, 8 and 9 end in what they found"
    assert {reading.slot: reading.part for reading in names["studio"].read(names["result"].picture)}["head"] == "shark"
