"""The verbs a person has. Whoever only asks for a module of this package gets it without the models behind `Studio`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core.studio.studio import Studio

__all__ = ["Studio"]


def __getattr__(name: str) -> Any:
    """`Studio`, imported when it is first asked for, since torch comes with it."""
    if name != "Studio":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from core.studio.studio import Studio

    return Studio
