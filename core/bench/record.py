"""What a benchmark gives back, how it is printed, and how it is written."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from core.foundations.files import ROOT

FIGURES = ROOT / "docs" / "figures"
"""Where the runs lie that README and docs tell of, one file for each benchmark."""


@dataclass(frozen=True)
class Measured:
    """One benchmark's outcome.

    Attributes:
        bench: its name.
        figures: the figures that outside checks read; shares in [0, 1], times in ms or s as their names say.
        baselines: for each baseline the same kind of figures, printed beside the result.
        settings: counts, seeds and whatever else decides the figures.
    """

    bench: str
    figures: dict[str, float]
    baselines: dict[str, dict[str, float]] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    def keep(self, run: dict[str, Any]) -> Path:
        """Write into `docs/figures`, five digits of every number, with what is known of the `run`: command, date, machine, seconds."""
        FIGURES.mkdir(parents=True, exist_ok=True)
        path = FIGURES / f"{self.bench}.json"
        path.write_text(_by_rows(_short({**asdict(self), "run": run})))
        return path

    def table(self) -> str:
        """As text: the figures, then every row beside the others."""
        lines = [f"{self.bench}  ({', '.join(f'{k} {v}' for k, v in self.settings.items())})", ""]
        lines += [f"  {name:<28}{value:>12.4f}" for name, value in self.figures.items()]
        columns = list(dict.fromkeys(key for row in self.baselines.values() for key in row))
        if columns:
            lines += ["", f"  {'':<28}" + "".join(f"{column[:13]:>14}" for column in columns)]
        for name, row in self.baselines.items():
            lines.append(f"  {name:<28}" + "".join(f"{row[c]:>14.4f}" if c in row else f"{'':>14}" for c in columns))
        return "\n".join(line.rstrip() for line in lines)


def _short(value: Any) -> Any:
    """The same with five digits of every number."""
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_short(one) for one in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


def _by_rows(told: dict[str, Any]) -> str:
    """As JSON, every row of a table on a line of its own."""
    tables = []
    for key, value in told.items():
        rows = ",\n  ".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in value.items()) if isinstance(value, dict) else ""
        tables.append(f"{json.dumps(key)}: " + (f"{{\n  {rows}\n }}" if rows else json.dumps(value)))
    return "{\n " + ",\n ".join(tables) + "\n}\n"
