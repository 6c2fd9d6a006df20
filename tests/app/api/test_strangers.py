"""Malformed calls are answered in a sentence, and what may be left out may be."""

from __future__ import annotations

import json

import httpx
import pytest

from app.api.strangers import NOWHERE, UNREADABLE


def answer(address: str, name: str, data: list) -> str:
    """What a call comes to, as its stream tells it."""
    event = httpx.post(f"{address}/gradio_api/call/{name}", json={"data": data}, timeout=60).json()["event_id"]
    return httpx.get(f"{address}/gradio_api/call/{name}/{event}", timeout=60).text


def told(text: str) -> str:
    """The sentence of an error."""
    assert "event: error" in text, text
    return str(json.loads(text.split("data: ", 1)[1])["error"])


def test_what_may_be_left_out_is_filled_in(address: str) -> None:
    """As a client fills it in."""
    assert "event: complete" in answer(address, "find", ["shark"])
    assert answer(address, "find", ["shark"]) == answer(address, "find", ["shark", 5])


def test_what_is_lacking_is_named(address: str) -> None:
    """By the argument's own name."""
    assert told(answer(address, "find", [])) == "This call lacks text. Send one value for each argument, in their order."
    assert "image" in told(answer(address, "open", []))


def test_too_many_arguments_change_nothing(address: str) -> None:
    """The first ones count."""
    assert answer(address, "find", ["shark", 5, "x", None]) == answer(address, "find", ["shark", 5])


@pytest.mark.parametrize("name", ["nothing", "request%00", "a" * 3000])
def test_an_endpoint_that_is_not_there(address: str, name: str) -> None:
    """Not found, in a sentence, and no error of the server's own."""
    found = httpx.post(f"{address}/gradio_api/call/{name}", json={"data": []}, timeout=60)
    assert found.status_code == 404 and found.json()["detail"] == NOWHERE


def test_what_gradio_cannot_read_is_told(address: str) -> None:
    """A file of the machine in the place of a text names nothing of it."""
    text = answer(address, "open", [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}])
    assert told(text) in {UNREADABLE, "An image is text here. Send a PNG or JPEG as base64 or as a data URI."} and "root" not in text
