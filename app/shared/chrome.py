"""The frame around the tabs: the header, and the stage with its walk through the story; how they look is in chrome.html."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.shared.comparison import Comparison
from app.shared.templates import macros


def _html() -> Any:
    return macros("shared/chrome.html")


def header() -> str:
    """Name, one sentence, and the two switches."""
    return _html().header()


def _edit_step(step: dict) -> dict[str, Any]:
    """The pictures of a step of the tab Edit, and what was kept."""
    shown = Comparison.from_dict(step["comparison"])
    pictures = {
        "before": {"image": shown.before, "alt": "The picture before"},
        "after": {"image": shown.after, "alt": "The picture after"},
        "diff": {"image": shown.difference, "alt": "What changed"},
    }
    kept = [(part.name, part.slot) for part in shown.kept] if step.get("facts") else []
    return {"figures": [pictures[kind] for kind in step["show"]], "facts": kept}


def _step(step: dict) -> dict[str, Any]:
    told = {"live": step.get("live", ""), **{name: step[name] for name in ("title", "text", "sentence")}}
    if "figures" not in step:
        return {**told, **_edit_step(step), "captioned": False}
    return {**told, "figures": step["figures"], "facts": [(fact, "") for fact in step["facts"]], "captioned": True}


def stage(walk: Sequence[dict]) -> str:
    """The walk: a few steps through the story, made of precomputed results only."""
    return _html().stage([_step(step) for step in walk])
