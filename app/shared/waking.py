"""The studio before it is there: the page is served at once, and the models, torch among them, are loaded behind it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any

from app.shared import lent
from app.shared.address import FACES
from app.shared.subject import OPENING_SEED
from app.shared.turns import Turns
from app.shared.waiting import taking
from app.shared.worlds import IDEAS
from app.shift.sprites import OPENING, CachedSprites
from core.foundations.files import ROOT
from core.worlds.nouns import catalogue
from core.worlds.nouns.world import Nouns

if TYPE_CHECKING:
    from core.studio import Studio

HANDLES = ROOT / "assets" / f"{FACES}_handles.json.gz"
"""What turns a face."""
FIRST = 1.0
"""Seconds after which the first view has gone out: importing torch would take the interpreter away from it."""


class Waking:
    """The world of Nouns as a studio whose models are loaded when something first needs them.

    What the page is built of, the slots and their parts, is known at once; all else is the studio's, and waits for it.
    """

    world = Nouns.name
    slots = Nouns.slots

    def __init__(self) -> None:
        self._lock = Lock()
        self._studio: Studio | None = None
        self._lent: Studio | None = None

    def parts(self, slot: str) -> tuple[catalogue.Part, ...]:
        """The parts of a slot, in the artwork's order."""
        return catalogue.parts(slot)

    @property
    def editable(self) -> tuple[str, ...]:
        """The worlds of the tab Edit: faces are one of them where what turns them lies ready."""
        return (Nouns.name, FACES) if HANDLES.is_file() else (Nouns.name,)

    def awake(self) -> Studio:
        """The studio itself, made now if nobody has asked for it yet; a second one where a card is lent, with its models there."""
        with self._lock:
            if lent.here():
                self._lent = self._lent or self._made()
                return self._lent
            self._studio = self._studio or self._made("cpu" if lent.lends() else None)
            return self._studio

    def _made(self, device: str | None = None) -> Studio:
        import torch

        from core.studio import Studio

        return Studio(self.world, torch.device(device) if device else None)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.awake(), name)


def wake(studio: Waking, turns: Turns) -> None:
    """Load the models while the visitor looks at the first picture; whoever asks meanwhile is told so, and goes first."""
    time.sleep(FIRST)

    def waking() -> Iterator[None]:
        """One model after another, in the order of the tabs."""
        studio.sample(0)
        yield
        studio.request(studio.sample(0), "swap the head for something feline")  # by meaning, so that the text model is there too
        yield
        studio.sight.segment(studio.scene(OPENING_SEED), IDEAS[0][0])
        yield
        CachedSprites(studio).view(OPENING)
        yield
        studio.paint("a cat head", count=1)

    try:
        for _ in taking(turns, waking, True, None)():
            pass
    except Exception:
        logging.getLogger("rosetta.page").exception("waking up failed; the first click will load the models instead")
