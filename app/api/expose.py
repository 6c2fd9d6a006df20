"""A function as an endpoint that says what it takes and gives: on the page of the API, to the clients, and to MCP clients.

Types carry the words: `Annotated[str, Field(description=..., examples=[...])]`. From them come the schema of every argument and
of the answer, the example that the page prints, and the docstring that Gradio shows to MCP clients.
"""

from __future__ import annotations

import functools
import inspect
import logging
from collections.abc import Callable
from typing import Any, get_type_hints

import gradio as gr
from pydantic import TypeAdapter

from app.shared import guard
from core.foundations.errors import StudioError

HEAVY: dict[str, Any] = {"concurrency_id": guard.QUEUE, "concurrency_limit": 1}
"""An endpoint that runs a model: it waits in the page's own queue."""
LIGHT: dict[str, Any] = {"concurrency_id": "light", "concurrency_limit": 8}
"""An endpoint that runs none, or a very small one."""


def schema_of(hint: Any) -> dict[str, Any]:
    """A type as JSON schema, without the names that pydantic gives to each piece."""
    return _untitled(TypeAdapter(hint).json_schema())


def _untitled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untitled(inner) for key, inner in value.items() if not (key == "title" and isinstance(inner, str))}
    return [_untitled(inner) for inner in value] if isinstance(value, list) else value


def expose(demo: gr.Blocks, run: Callable, queue: dict[str, Any], examples: dict[str, Any] | None = None) -> None:
    """Add an endpoint to the page that is being built.

    Args:
        demo: the page.
        run: with described types; its first paragraph says what it does.
        queue: HEAVY or LIGHT.
        examples: arguments whose printed example is another than their type's first.
    """
    hints = get_type_hints(run, include_extras=True)
    schemas = {name: schema_of(hint) for name, hint in hints.items()}
    answer = schemas.pop("return")
    gr.api(_plain(run, schemas, answer), api_name=run.__name__, **queue)
    block = list(demo.fns.values())[-1]
    inputs: list[Any] = list(block.inputs)
    for name, component in zip(inspect.signature(run).parameters, inputs, strict=True):
        own: dict[str, Any] = schemas[name]
        own["additional_description"] = own.get("description", "")  # what the clients print
        _describe(component, name, own, (examples or {}).get(name, own.get("examples", [component.value])[0]))
    _describe(block.outputs[0], "answer", answer, None)


def _describe(component: Any, label: str, schema: dict[str, Any], example: Any) -> None:
    """Words and an example in the place of Gradio's "1st" and "..."."""
    component.label, component._api_info = label, schema
    component.example_payload = component.example_value = lambda: example


def _plain(run: Callable, arguments: dict[str, Any], answer: dict[str, Any]) -> Callable:
    """The same, whose errors are one plain sentence each and whose docstring lists what Gradio shows of it."""

    @functools.wraps(run)
    def inner(*given: Any, **named: Any) -> Any:
        try:
            return run(*given, **named)
        except StudioError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            logging.getLogger("rosetta.page").exception("endpoint %s failed", run.__name__)
            raise gr.Error(guard.SHORT, print_exception=False) from error

    takes = [f"    {name}: {schema.get('description', '')}" for name, schema in arguments.items()]
    inner.__doc__ = "\n".join([inspect.getdoc(run) or "", "", "Args:", *takes, "", "Returns:", f"    {answer.get('description', '')}"])
    return inner
