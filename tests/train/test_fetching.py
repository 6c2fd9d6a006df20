"""Fetching in the terminal: what it prints, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.foundations.errors import WeightsError
from core.models.face_generator import USE
from core.train.faces import generator
from core.train.fetching import fetch_in_terminal


def test_the_bar_grows(capsys: pytest.CaptureFixture[str]) -> None:
    """From nothing to all, on one line."""

    def fetch(tell: Callable[[float], None]) -> Path:
        for share in (0.0, 0.5, 1.0):
            tell(share)
        return Path("toy")

    assert fetch_in_terminal(fetch, 8) == Path("toy")
    empty, half, full = capsys.readouterr().out.strip("\r\n").split("\r")
    assert (empty.count("#"), half.count("#"), full.count("#")) == (0, 15, 30)
    assert "0 of 8 MB" in empty and "4 of 8 MB" in half and "8 of 8 MB" in full


def test_what_it_may_be_used_for_is_said_before_it_is_fetched(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """And a failure is a sentence."""
    said: list[str] = []

    def away(*what: object) -> Path:
        said.append(capsys.readouterr().out)
        raise WeightsError("Check the network.")

    monkeypatch.setattr("core.models.packed_weights.fetched", away)
    monkeypatch.setenv("XDG_CACHE_HOME", "nowhere")
    with pytest.raises(SystemExit, match="Check the network"):
        generator.main()
    assert USE in said[0]
