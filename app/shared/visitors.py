"""What is kept of each visitor: only what differs from the page as it was built.

Gradio lays out a whole description of the page for every session, a quarter of a megabyte and more, and a program that calls an endpoint
is a session each time. Here all sessions share one description, and a piece is copied when a visitor's own value is first put into it.
"""

from __future__ import annotations

from copy import copy
from typing import Any

import gradio as gr
from gradio.state_holder import SessionState, StateHolder

Config = dict[int, dict[str, Any]]


class Own(dict):
    """A visitor's pieces over those of the page; what is asked for is copied first, since Gradio writes into what it gets."""

    def __init__(self, page: Config) -> None:
        super().__init__()
        self.page = page

    def __missing__(self, key: int) -> dict[str, Any]:
        piece = dict(self.page[key])
        if "props" in piece:
            piece["props"] = dict(piece["props"])
        self[key] = piece
        return piece

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self.page

    def items(self) -> Any:
        """All pieces, the visitor's own where there is one."""
        return {**self.page, **{key: self[key] for key in list(self)}}.items()


class Visitor(SessionState):
    """A session that begins with nothing of its own."""

    def __init__(self, blocks: gr.Blocks, page: Config) -> None:
        self.blocks_config = copy(blocks.default_config)
        self.config_values: Any = Own(page)
        self.state_data: dict[int, Any] = {}
        self._state_ttl: dict[int, Any] = {}
        self.is_closed = False
        self.STATE_TTL_WHEN_CLOSED = 3600  # seconds in which a visitor may come back, as Gradio has it


class Visitors(StateHolder):
    """All of them; the page's description is made once.

    Gradio's queue keeps the events and messages of every session that ever asked for something, some kilobytes each, among them a session
    for every call of a program. Here they go with the visitor.
    """

    SPARE = 64
    """So many more may be in the queue than visitors are kept, before those that are gone are looked for."""

    def set_blocks(self, blocks: gr.Blocks) -> None:
        """Serve a page."""
        super().set_blocks(blocks)
        self.page = SessionState(blocks).config_values

    def update(self, session_id: str) -> None:
        """Note that a visitor is here; whoever was here longest ago may have to go."""
        super().update(session_id)
        queue = self.blocks._queue
        if len(queue.pending_event_ids_session) > self.capacity + self.SPARE:
            for gone, waiting in list(queue.pending_event_ids_session.items()):
                if not waiting and gone not in self.session_data:
                    queue.pending_event_ids_session.pop(gone, None)
                    queue.pending_messages_per_session.pop(gone, None)

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = Visitor(self.blocks, self.page)
        return super().__getitem__(session_id)
