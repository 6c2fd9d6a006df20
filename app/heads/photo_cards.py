"""The world picker, the strip of photographs, and the card of what must be fetched for them; their HTML is in photo_cards.html."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.shared.templates import macros

WORLDS = (
    ("nouns", "Nouns", "pixel characters", "M0 4h7v3h2V4h7v8H9V9H7v3H0z"),
    (
        "photos",
        "Photographs",
        "the real world",
        "M1 3h14v11H1zM3 12h10l-3.4-4.6-2.4 3L5.8 8.8zM5 7.4a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8z",
    ),
)
"""Name, words, what it holds, and the path of its mark."""
WHAT = "A small open model (DINOv2) looks at the photograph; a table trained here on emoji and clip-art puts it into words. It is not CLIP."
MAKE = "make photos"
NEEDED = "Photographs need one more model"


def _html() -> Any:
    return macros("heads/photo_cards.html")


def bar(world: str, samples: Iterable[tuple[Any, str]] = (), chosen: Any = None, credit: tuple[str, str] = ("", "")) -> str:
    """The picker; below it the photographs, where they are chosen.

    Args:
        samples: each with its thumbnail as a URI; none in the world of the Nouns.
        chosen: the sample that is looked at, or None.
        credit: the name of the picture that is looked at, and whose it is.
    """
    return _html().bar(world, WORLDS, [(s.id, s.title, uri, s == chosen) for s, uri in samples], credit, WHAT)


def offer(megabytes: int) -> str:
    """What must be fetched before a photograph can be read, and the button that does it."""
    return _html().offer(NEEDED, WHAT, megabytes)


def fetching(share: float, megabytes: int) -> str:
    """How far the fetch is."""
    done = min(max(share, 0.0), 1.0)
    told = f"{round(done * megabytes)} of {megabytes} MB" if done < 1 else "All there. Putting it in place …"
    return _html().fetching(NEEDED, WHAT, f"{done:.3f}", told)


def waking() -> str:
    """Fetched, and now read from the disk."""
    return _html().waking("The model is here", WHAT)


def failed(problem: str, megabytes: int) -> str:
    """Why it could not be fetched, and what to do."""
    return _html().failed("It could not be fetched", WHAT, problem, MAKE, megabytes)
