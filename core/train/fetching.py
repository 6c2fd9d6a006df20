"""Fetching in the terminal: a bar while it runs, and a sentence where it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from core.foundations.errors import WeightsError


def fetch_in_terminal(fetch: Callable[[Callable[[float], None]], Path], megabytes: int) -> Path:
    """Fetch something, once.

    Args:
        fetch: does it; tells what it is given the share that is done, in [0, 1].
        megabytes: how much it is.

    Raises:
        SystemExit: with the sentence that says why it failed.
    """

    def bar(share: float) -> None:
        print(f"\r[{'#' * round(30 * share):30s}] {round(megabytes * share)} of {megabytes} MB", end="", flush=True)

    try:
        path = fetch(bar)
    except WeightsError as error:
        raise SystemExit(f"\n{error}") from error
    print()
    return path
