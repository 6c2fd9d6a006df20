"""The frame around the tabs: the header; how it looks is in chrome.html."""

from __future__ import annotations

from app.shared.templates import macros


def header() -> str:
    """Name, one sentence, and the two switches."""
    return str(macros("shared/chrome.html").header())
