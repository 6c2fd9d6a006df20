"""The world picker, the strip of photographs, and the card of what must be fetched for them; their HTML is in photo_cards.html."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
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
OTHERS = "{} looks at the photograph. What is said of its heads and neurons was found out on this machine, from {}."
BY_ITSELF = "{} looks at the photograph, and what it says is its own."
SHIPPED, YOURS = "the pictures that are shipped", "your own pictures"
BY_PICTURES, OWN_PICTURES = "Find out by pictures of yours (if you like)", "a folder on this machine"
HEADS_FOUND_OUT, BEING_READ = "Finding out what its heads see", "Reading it from the disk"
"""What is done when a model is here, before it is looked through."""
OWN = "own-"
"""Before the digest by which a link names what lies in folders of the machine that it was made on, see core.models.named_eyes."""
MAKE = "make photos"
EXAMPLE = "ViT-B-32, owner/name, a folder"
CLOSED = "On a hosted page no other models can be fetched. On a machine of your own they can."
NEEDED = "Photographs need one more model"


def _html() -> Any:
    return macros("heads/photo_cards.html")


def bar(
    world: str,
    samples: Iterable[tuple[Any, str]] = (),
    chosen: Any = None,
    credit: tuple[str, str] = ("", ""),
    eyes: Any = None,
    lenses: bool = True,
) -> str:
    """The picker; below it the photographs, where they are chosen.

    Args:
        samples: each with its thumbnail as a URI; none in the world of the Nouns.
        chosen: the sample that is looked at, or None.
        credit: the name of the picture that is looked at, and whose it is.
        eyes: the public model that looks at it, as the studio's offer names it, where it is not the small one.
        lenses: whether what its heads and neurons see was found out for this.
    """
    others = OTHERS if lenses else BY_ITSELF
    reader = others.format(eyes.label, YOURS if eyes.pictures else SHIPPED) if eyes else WHAT
    return _html().bar(world, WORLDS, [(s.id, s.title, uri, s == chosen) for s, uri in samples], credit, reader)


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


def looked_through(label: str) -> str:
    """Who looks at a photograph, and the way back where it is another model than the small one."""
    return _html().looked_through(label)


def joined(names: list[str]) -> str:
    """Which further models stand on the wall of concepts, and the way to take them off; nothing where there are none."""
    return _html().joined(names) if names else ""


def eyes_offer(offer: Any) -> str:
    """What a model is, and the button that brings it."""
    size = f"{offer.megabytes:.0f} MB" if offer.megabytes >= 1 else f"{offer.megabytes:.1f} MB" if offer.megabytes else "a folder of yours"
    go = "Look through it" if offer.ready else f"Fetch it ({size})"
    by = Path(offer.named.pictures).name
    return _html().eyes_offer(offer.named.label, offer.does, size, offer.licence or "not said", go, by)


def typed(link: str) -> str:
    """What stands in the box for a model that a link names; nothing for what lies in a folder of another machine."""
    return "" if link.startswith(OWN) else link


def eyes_coming(offer: Any, fetched: float, made: float, step: str = HEADS_FOUND_OUT) -> str:
    """How far a model is.

    Args:
        fetched: the share of its files that is here.
        made: the share of what is done then, below 0 before.
        step: what that is.
    """
    if fetched < 1:
        told = f"{min(max(fetched, 0), 1) * offer.megabytes:.0f} of {offer.megabytes:.0f} MB"
        return _html().eyes_coming(offer.named.label, offer.does, "Fetching", f"{max(fetched, 0):.3f}", told)
    done = min(max(made, 0.0), 1.0)
    told = f"{round(100 * done)} %"
    return _html().eyes_coming(offer.named.label, offer.does, step, f"{done:.3f}", told)


def eyes_here(offer: Any) -> str:
    """Everything is there."""
    return _html().eyes_here(offer.named.label, offer.does)


def eyes_failed(offer: Any, problem: str) -> str:
    """What went wrong, and the button that tries again."""
    return _html().eyes_failed(offer.named.label, offer.does, problem)


def eyes_none(problem: str) -> str:
    """Why a name leads nowhere, and what does."""
    return _html().eyes_none(problem)
