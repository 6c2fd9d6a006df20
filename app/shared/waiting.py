"""Waiting for a model: every event that runs one takes its turn, and its visitor is told how long, with a way out.

Gradio's own queue lets all of them in at once and draws nothing; the order is `app.shared.turns`'. The browser asks for the
sentence while something of its own is under way, so that no tab has to do anything for it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.context import LocalContext

from app.shared import guard, lent
from app.shared.templates import macros
from app.shared.turns import Gone, Job, Place, Turns

WAITS = "rs.waits(element, trigger, watch, 'ask', 'leave')"
"""Script of the piece: asks while the page waits, hands on Cancel."""
WAKING = "waking"
"""Name of the job that loads the models after the start."""
ASK: dict[str, Any] = {"concurrency_id": "waiting", "concurrency_limit": 8, "api_visibility": "private", "show_progress": "hidden"}
"""How the piece is bound: what it asks is answered at once, whatever else is under way."""
NUMBERS = ("", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
DONE = object()


def about(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 1.5:
        return "about a second"
    if seconds < 58:
        return f"about {round(seconds) if seconds < 10 else 5 * round(seconds / 5)} seconds"
    return "about a minute" if seconds < 90 else f"about {round(seconds / 60)} minutes"


def sentence(place: Place | None) -> str:
    """Where a visitor's job stands, in words; "" where he has none."""
    if place is None:
        return ""
    if place.before and place.first == WAKING:
        return "The model is waking up: a few seconds, once."
    if place.before:
        count = NUMBERS[place.before] if place.before < len(NUMBERS) else str(place.before)
        return f"{count} before you, {about(place.seconds)}."
    return "At work." if place.seconds < 1.5 else f"At work, {about(place.seconds)}."


def owner() -> str:
    """The visitor whose event this is; "" outside of any."""
    request = LocalContext.request.get(None)
    return str(getattr(request, "session_hash", None) or "")


def taking(turns: Turns, handler: Callable[..., Any], long: bool, nothing: Any) -> Callable[..., Any]:
    """A handler that takes its turn; a generator takes one for every piece.

    Args:
        nothing: what it gives back where its visitor has given it up.
    """

    def job() -> Job:
        return turns.job(owner(), handler.__name__, long)

    @functools.wraps(handler)
    def run(*given: Any, **named: Any) -> Any:
        mine, done = job(), False
        try:
            with turns.turn(mine):
                answer = handler(*given, **named)
            done = True
            return answer
        except Gone:
            return nothing
        finally:
            turns.over(mine, done)

    @functools.wraps(handler)
    def run_long(*given: Any, **named: Any) -> Iterator[Any]:
        mine, pieces, piece = job(), handler(*given, **named), None
        try:
            while piece is not DONE:
                with turns.turn(mine):
                    piece = next(pieces, DONE)
                if piece is not DONE:
                    yield piece
        except Gone:
            yield nothing
        finally:
            pieces.close()
            turns.over(mine, piece is DONE)

    return run_long if inspect.isgeneratorfunction(handler) else run


def bind_waiting(demo: gr.Blocks, turns: Turns) -> None:
    """Place what is told while one waits, and let every event that runs a model take its turn. After all others are bound."""
    gpu = lent.decorator()
    card = lent.Lent(gpu) if gpu else None
    for event in list(demo.fns.values()):
        if event.fn is not None and event.concurrency_id in (guard.QUEUE, guard.LONG):
            nothing = {event.outputs[0]: gr.skip()} if event.outputs else None
            handler = card.through(event.fn, list(event.outputs)) if card else event.fn
            event.fn = taking(turns, handler, event.concurrency_id == guard.LONG, nothing)

    def ask(request: gr.Request) -> str:
        told = sentence(turns.place(str(request.session_hash)))
        return str(macros("shared/waiting.html").told(told)) if told else ""

    def leave(request: gr.Request) -> str:
        turns.leave(str(request.session_hash))
        return ""

    told = gr.HTML("", apply_default_css=False, js_on_load=WAITS, elem_id="rs-waiting")
    told.ask(ask, None, told, trigger_mode="once", **ASK)
    told.leave(leave, None, told, trigger_mode="multiple", **ASK)
