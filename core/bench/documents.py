"""README and docs, built from what the benchmarks measured: `python -m core.bench.documents`.

A page is written in `docs/templates/` as any other, but for its figures: where one belongs stands the way to it, `{{requests/figures/
templated_exact:%}}`. The first step names a run in `docs/figures/` (`python -m core.bench NAME --keep` makes it) or, after `card`, a
weight file's card; what stands behind the colon says how it is written. A way that leads nowhere is an error and not an empty place.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from core.bench.record import FIGURES
from core.foundations.errors import WeightsError
from core.foundations.files import ROOT, write_atomically

TEMPLATES = ROOT / "docs" / "templates"
CARDS = ROOT / "assets" / "cards"

PAGES = {"README.md": "README.md"} | {f"docs/{name}.md": f"{name}.md" for name in ("measured", "limits", "worlds", "how_it_works")}
"""Each page, from the top of the tree, and its template."""
ROWS = "docs/rows.md"
"""Every row of every run that was kept; without a template."""

WAY = re.compile(r"\{\{([^{}]+)\}\}")


def built() -> dict[str, str]:
    """Every page with its text; WeightsError where a template names a figure that no run holds."""
    pages = {page: filled((TEMPLATES / template).read_text(encoding="utf-8")) for page, template in PAGES.items()}
    return {**pages, ROWS: rows()}


def filled(template: str) -> str:
    """A template with every way replaced by the figure that it leads to."""
    return WAY.sub(lambda found: written(found[1]), template)


def written(way: str) -> str:
    """The figure at a way, as it stands on a page.

    Behind the last colon: `%` a share in percent with one decimal, `%0` with none, `.3` so many decimals, `,` whole with commas,
    `x`, or no colon at all, as it is.
    """
    path, _, form = way.strip().rpartition(":") if ":" in way else (way.strip(), "", "x")
    value = _follow(path)
    if form == "x":
        return str(value)
    if form == ",":
        return f"{round(value):,}"
    if form.startswith("%"):
        return f"{100 * value:.{form[1:] or 1}f}"
    return f"{value:{form}f}"


def _follow(path: str) -> Any:
    """What lies at the end of a path of keys."""
    first, *steps = path.split("/")
    folder, name = (CARDS, steps.pop(0)) if first == "card" else (FIGURES, first)
    value: Any = _read(folder / f"{name}.json")
    for step in steps:
        if not isinstance(value, dict) or step not in value:
            raise WeightsError(
                f"A page asks for {path}, but there is no '{step}'. Measure it (`python -m core.bench {name} --keep`), or mend the way."
            )
        value = value[step]
    return value


@cache
def _read(path: Path) -> dict[str, Any]:
    """A run or a card; read once."""
    if not path.is_file():
        raise WeightsError(
            f"A page asks for {path.parent.name}/{path.name}, which is not there. Run `python -m core.bench {path.stem} --keep`."
        )
    return dict(json.loads(path.read_text(encoding="utf-8")))


def rows() -> str:
    """Every row of every run that was kept, with its command, date, machine and settings, as one page."""
    head = "# Every row\n\nBuilt by `python -m core.bench.documents` from `docs/figures/`. What the rows mean: [Measured](measured.md).\n"
    return head + "".join(_section(_read(path)) for path in sorted(FIGURES.glob("*.json")))


def _section(run: dict[str, Any]) -> str:
    """One run: what it was, its figures, and its rows."""
    made, settings = run["run"], ", ".join(f"{name} {value}" for name, value in run["settings"].items())
    title = f"\n## {run['bench']}\n\n`{made['command']}` · {made['date']} · {made['machine']} · {made['seconds']} s\n\n{settings}\n"
    return title + "".join(
        f"\n{table}\n" for table in [_table({"figure": run["figures"]}, turned=True), *_tables(run["baselines"])] if table
    )


def _tables(rows: dict[str, dict[str, float]]) -> list[str]:
    """Rows as tables, those with the same columns in one: no row has a place for what it does not say."""
    alike: dict[tuple[str, ...], dict[str, dict[str, float]]] = {}
    for name, row in rows.items():
        alike.setdefault(tuple(row), {})[name] = row
    return [_table(some) for some in alike.values()]


def _table(rows: dict[str, dict[str, float]], turned: bool = False) -> str:
    """One table; `turned` has a line for each column instead."""
    columns = list(next(iter(rows.values()), ()))
    if not columns:
        return ""
    if turned:
        return _table({column: {name: row[column] for name, row in rows.items()} for column in columns})
    lines = [["", *columns], ["---"] * (1 + len(columns)), *([name, *(f"{row[c]:.4g}" for c in columns)] for name, row in rows.items())]
    return "\n".join("|".join(line).join("||") for line in lines)


def main() -> None:
    """Write every page."""
    for page, text in built().items():
        write_atomically(ROOT / page, text.encode())
        print(f"{page}: {len(text.splitlines())} lines")


if __name__ == "__main__":
    main()
