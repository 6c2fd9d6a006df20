"""A further model joins the wall: the same picker as on the tabs that look through other models, with another end.

Who joined stands on the wall of everybody on this machine, since the concepts are the world's; on a hosted page nobody can.
"""

from __future__ import annotations

import functools

from app.heads import photo_cards
from app.shared.eyes import EyePicker, joining_of
from app.shared.page import Page

PAINTING = "Painting pictures and letting it look"
LABEL = "Let a further model join"


class Joining(EyePicker):
    """The pieces and their events; `then` of `bind` shows the wall, with the model that joined or None."""

    def __init__(self, page: Page) -> None:
        super().__init__(page, "stone", lenses=False)
        self.box.label, self.step = LABEL, PAINTING
        self.work = functools.partial(joining_of, page.cached.studio)

    def told(self) -> dict:
        """Who has joined, and the way to take them off again."""
        return {self.line: photo_cards.joined(sorted(self.page.cached.studio.shared.joined))}
