"""The world picker of the tab Edit, and the card of what a world lacks; their HTML is in desk.html."""

from __future__ import annotations

from typing import Any

from app.shared.desks import DESKS, OFF, Desks
from app.shared.hosting import faces_allowed
from app.shared.templates import macros

SAYINGS = ("make them smile", "longer hair", "blond hair")
"""What the drawing on the card shows."""
MAKE = "make faces"


def _html() -> Any:
    return macros("edit/desk.html")


def bar(desks: Desks, world: str) -> str:
    """The picker, and what is said of pictures of people; nothing where there is one world only."""
    known = [DESKS[name] for name in desks.names]
    return str(_html().bar(world, known, DESKS[world].private)) if len(known) > 1 else ""


def welcome(desks: Desks) -> str:
    """What is said above the box for a file, for every world; which one is seen the page's style knows."""
    return str(_html().welcome([DESKS[name] for name in desks.names]))


def lack(desks: Desks) -> str:
    """What faces lack: what is fetched, or that its owner keeps a hosted page without them."""
    if not faces_allowed():
        return str(_html().off(SAYINGS, OFF))
    return str(_html().offer(SAYINGS, desks.weights.use, desks.weights.megabytes))


def fetching(desks: Desks, share: float, megabytes: int) -> str:
    """How far the fetch of so much is."""
    done = min(max(share, 0.0), 1.0)
    told = f"{round(done * megabytes)} of {megabytes} MB" if done < 1 else "All there. Putting it in place …"
    return str(_html().fetching(SAYINGS, desks.weights.use, f"{done:.3f}", told))


def waking() -> str:
    """Fetched, and now read from the disk."""
    return str(_html().waking(SAYINGS))


def failed(desks: Desks, problem: str) -> str:
    """Why it could not be fetched, and what to do."""
    return str(_html().failed(SAYINGS, problem, MAKE, desks.weights.megabytes))
