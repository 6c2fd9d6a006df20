"""A graphics card that is lent for one piece of work at a time, as a Space with ZeroGPU lends one.

There the package `spaces` forks a process that has the card, and what goes in and comes out is pickled. Every event that runs a model
goes through its decorator, in `app.shared.waiting` alone and as one task, so that one process serves all of them and what it has
loaded stays. Outside of it models run on the processor: the page's own small pictures never wait for a card, and a visitor to
whom none is lent is served all the same. Where the package is missing, or lends nothing, all is as if this file were not there.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import local
from typing import Any, NamedTuple

import gradio as gr
from gradio.blocks import Block

PACKAGE, LENDER = "spaces", "ZeroGPU"
"""What lends, and how its own refusals begin."""
_where = local()


@functools.lru_cache(maxsize=1)
def decorator() -> Callable[..., Any] | None:
    """What lends a card, looked for once; None where nobody does."""
    try:
        gpu = importlib.import_module(PACKAGE).GPU
    except (ImportError, AttributeError):
        return None

    def probe() -> None:
        """A task, to see whether it is taken elsewhere."""

    return None if gpu(probe) is probe else gpu


def lends() -> bool:
    """Whether models run on a card that is lent, in a process of its own."""
    return decorator() is not None


def here() -> bool:
    """Whether this is where the card is."""
    return getattr(_where, "lent", False)


@contextmanager
def _with_card() -> Iterator[None]:
    before, _where.lent = here(), True
    try:
        yield
    finally:
        _where.lent = before


class Lent:
    """All handlers behind one task.

    Args:
        gpu: what lends the card.
    """

    def __init__(self, gpu: Callable[..., Any]) -> None:
        handlers: list[Callable[..., Any]] = []
        self._handlers = handlers

        def pieces(number: int, given: tuple, named: dict) -> Iterator[Any]:
            """What a handler gives, piece by piece; the only one where it is no generator."""
            handler = handlers[number]
            with _with_card():
                values = [gr.EventData(None, one.data) if isinstance(one, Happened) else one for one in given]
                if not inspect.isgeneratorfunction(handler):
                    yield _plain(handler(*values, **named))
                    return
                for piece in handler(*values, **named):
                    yield _plain(piece)

        self._pieces = gpu(pieces)

    def through(self, handler: Callable[..., Any], outputs: list[Block]) -> Callable[..., Any]:
        """A handler that runs where the card is.

        Args:
            handler: of an event.
            outputs: what it may fill.
        """
        number, known = len(self._handlers), {block._id: block for block in outputs}
        self._handlers.append(handler)

        def answers(given: tuple, named: dict) -> Iterator[Any]:
            begun = False
            try:
                for piece in self._pieces(number, tuple(map(_bare, given)), named):
                    begun = True
                    yield {known[at]: value for at, value in piece.items()} if isinstance(piece, Filled) else piece
            except gr.Error as error:
                if begun or not str(error.title).startswith(LENDER):
                    raise
                answer = handler(*given, **named)  # no card is free, or the visitor's time on one is used up: the processor does it
                yield from answer if inspect.isgenerator(answer) else (answer,)

        @functools.wraps(handler)
        def run(*given: Any, **named: Any) -> Any:
            (answer,) = answers(given, named)
            return answer

        @functools.wraps(handler)
        def run_long(*given: Any, **named: Any) -> Iterator[Any]:
            yield from answers(given, named)

        return run_long if inspect.isgeneratorfunction(handler) else run


class Happened(NamedTuple):
    """What the browser told with an event; what the event came from no handler asks after, and Gradio's own record cannot be pickled."""

    data: Any


class Filled(dict):
    """What a handler fills, by the numbers of the pieces."""


def _plain(answer: Any) -> Any:
    """An answer without the page's own objects, which belong to the process that serves it."""
    if not isinstance(answer, dict) or not any(isinstance(key, Block) for key in answer):
        return answer
    return Filled({key._id: _update(value) for key, value in answer.items()})


def _update(value: Any) -> Any:
    """As Gradio takes a component that stands for a change of another."""
    return {**value.constructor_args, "__type__": "update"} if isinstance(value, Block) else value


def _bare(given: Any) -> Any:
    """What is given to a handler, as it can be sent."""
    return Happened(given._data) if isinstance(given, gr.EventData) else given
