"""What Gradio itself answers to a malformed call, as a sentence: too few arguments, what cannot be read, and an endpoint that is not there.

Without this a stranger gets an error that says nothing, or a server's own error with a traceback in the log.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from fastapi import Request
from fastapi.responses import JSONResponse
from gradio.blocks import BlockFunction
from gradio.exceptions import Error
from gradio.route_utils import FnIndexInferError

from app.shared.visitors import Visitors

NOWHERE = "There is no such endpoint here. Open the page and choose “Use via API” at its foot: it lists them all, each with an example."
UNREADABLE = "This call cannot be read. Send one value for each argument, as “Use via API” at the page's foot shows them."


class Page(gr.Blocks):
    """The page, whose endpoints fill in what may be left out and say in a sentence what else is missing."""

    def validate_inputs(self, block_fn: BlockFunction, inputs: list[Any]) -> None:
        """Fill in arguments that were left out; a `gr.Error` names those that may not be."""
        lacking = _parameters(block_fn)[len(inputs) : len(block_fn.inputs)]
        if len(inputs) + len(lacking) < len(block_fn.inputs):  # an event of the page, not an endpoint: the page never does that
            raise gr.Error(UNREADABLE, print_exception=False)
        needed = [one.name for one in lacking if one.default is inspect.Parameter.empty]
        if needed:
            raise gr.Error(f"This call lacks {', '.join(needed)}. Send one value for each argument, in their order.", print_exception=False)
        inputs.extend(one.default for one in lacking)

    async def preprocess_data(self, block_fn: BlockFunction, inputs: list[Any], *rest: Any, **named: Any) -> Any:
        """As Gradio does it; what it cannot read is told in a sentence."""
        try:
            return await super().preprocess_data(block_fn, inputs, *rest, **named)
        except Error:
            raise
        except Exception as error:
            logging.getLogger("rosetta.page").info("a call to %s cannot be read: %s", block_fn.api_name, type(error).__name__)
            raise gr.Error(UNREADABLE, print_exception=False) from error


def _parameters(block_fn: BlockFunction) -> list[inspect.Parameter]:
    """The arguments of an endpoint, in order; none of what is no endpoint."""
    if block_fn.api_visibility != "public" or block_fn.fn is None:
        return []
    return list(inspect.signature(block_fn.fn).parameters.values())


@asynccontextmanager
async def visited(app: Any) -> AsyncIterator[None]:
    """Of each visitor only what is their own is kept, from the first on: this runs before the server answers anybody."""
    app.state_holder = Visitors()
    app.state_holder.set_blocks(app.get_blocks())
    yield


async def nowhere(request: Request, error: Exception) -> JSONResponse:
    """What is answered to a call of an endpoint that is not there."""
    return JSONResponse({"detail": NOWHERE}, status_code=404)


HANDLERS: dict[Any, Any] = {FnIndexInferError: nowhere}
"""For FastAPI: what each of Gradio's own mistakes is answered with."""
