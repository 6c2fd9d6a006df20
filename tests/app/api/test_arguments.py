"""The public endpoints without a browser: what strangers send is checked, and every refusal is a plain sentence."""

from __future__ import annotations

import base64
import io
import json
import logging

import gradio as gr
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.api import arguments
from app.shared import guard
from app.shared import subject as subjects
from core.foundations.errors import PictureError
from core.foundations.images import open_image
from tests.app.fake_studio import FakeStudio


@pytest.fixture()
def endpoints(built) -> dict:
    """The public functions by name."""
    return {f.api_name: f.fn for f in built[1].fns.values() if f.api_visibility == "public"}


def saved(image: Image.Image, kind: str, **more) -> bytes:
    """An image as the bytes of a file."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **more)
    return buffer.getvalue()


def b64(data: bytes) -> str:
    """Bytes as a stranger sends them."""
    return base64.b64encode(data).decode()


def rotated() -> bytes:
    """A JPEG that lies on its side, as telephones write them: 40 wide and 24 high, to be turned by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    ramp = np.linspace(0, 255, 40 * 24 * 3).reshape(24, 40, 3).astype(np.uint8)
    return saved(Image.fromarray(ramp), "JPEG", quality=95, exif=exif)


def transparent() -> bytes:
    """A PNG of a red square on nothing, whose invisible pixels are black."""
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[16:48, 16:48] = (255, 0, 0, 255)
    return saved(Image.fromarray(pixels), "PNG")


@pytest.mark.parametrize("kind", ["EPS", "ICO", "TIFF"])
def test_only_the_formats_of_the_page_are_opened(kind: str, endpoints: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Ghostscript and no icon for strangers: the file is refused before its reader is asked, in a sentence."""
    sent = b64(saved(Image.new("RGB", (32, 32), "red"), kind))
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("Ghostscript was started"))
    with pytest.raises(PictureError, match="cannot be read as an image. Give a PNG"):
        arguments.picture(sent)
    with pytest.raises(gr.Error, match="cannot be read as an image"):
        endpoints["open"](sent)


@pytest.mark.parametrize("make", [rotated, transparent])
def test_an_image_comes_in_as_on_the_page(make, endpoints: dict, tmp_path) -> None:
    """Upright, and with the world's ground behind what cannot be seen; as base64 and as a data URI."""
    path = tmp_path / "picture"
    path.write_bytes(make())
    asked = b64(make())
    for sent in (asked, f"data:image/png;base64,{asked}"):
        taken = arguments.picture(sent)
        for ground in ((255, 255, 255), FakeStudio.ground):  # whichever world takes it in
            assert open_image(taken, ground).tobytes() == open_image(path, ground).tobytes()
        assert endpoints["segment"](sent, "red")["image"] == subjects.own(str(path)).uri
    assert arguments.picture(b64(rotated())).size == (24, 40)


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (None, "is text here"),
        (7, "is text here"),
        ({"path": "/etc/passwd"}, "is text here"),
        (["a"], "is text here"),
        ("a" * (arguments.IMAGE + 1), "too long"),
        ("not base64 at all!", "is not base64"),
        ("é" * 40, "is not base64"),
        ("a,YWJj", "is not base64"),
        ("", "cannot be read as an image"),
        ("data:image/png;base64", "cannot be read as an image"),
        ("bm90IGFuIGltYWdl", "cannot be read as an image"),
    ],
)
def test_an_image_that_is_none_is_refused_in_a_sentence(image, sentence: str, endpoints: dict, caplog) -> None:
    """No text, too long, no base64, no image: each its own sentence, and nothing in the log."""
    for ask in (endpoints["open"], lambda sent: endpoints["segment"](sent, "red")):
        with pytest.raises(gr.Error, match=sentence):
            ask(image)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_bomb_is_refused_before_it_is_unpacked(endpoints: dict) -> None:
    """The size is read from the head of the file."""
    with pytest.raises(gr.Error, match="too many pixels"):
        endpoints["open"](b64(saved(Image.new("1", (12_000, 12_000)), "PNG")))


@pytest.mark.parametrize("limit", [None, "many", "3", [3], {}, True, 2.5, float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["find", "who"])
def test_a_limit_is_a_whole_number(name: str, limit, endpoints: dict, caplog) -> None:
    """Anything else is refused in a sentence, and not logged as our own mistake."""
    with pytest.raises(gr.Error, match="not a whole number. Send one from 1"):
        endpoints[name]("shark", limit)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_limit_is_moved_into_its_bounds(endpoints: dict) -> None:
    """Too small, too large, and whole numbers that JSON wrote with a point."""
    assert len(endpoints["find"]("shark", -5)) == len(endpoints["find"]("shark", 1.0)) == 1
    assert len(endpoints["find"]("shark", 10**400)) > 5


@pytest.mark.parametrize("bad", [None, 7, ["a"], {"edits": []}, True])
def test_other_arguments_of_a_wrong_type_are_told(bad, endpoints: dict, caplog) -> None:
    """Sentences, texts, recipes, methods and worlds."""
    image = b64(transparent())
    asked = [
        (lambda: endpoints["request"](bad, ""), "Say what should change"),
        (lambda: endpoints["find"](bad), "Type what to look for"),
        (lambda: endpoints["who"](bad), "Type what to look for"),
        (lambda: endpoints["segment"](image, bad), "Type what to look for"),
        (lambda: endpoints["segment"](image, "red", bad), "method is a short name"),
        (lambda: endpoints["segment"](image, "red", "studio", bad), "Send one of: nouns, photos"),
        (lambda: endpoints["who"]("red", 3, bad), "Send one of: nouns, photos"),
        (lambda: endpoints["edit"](bad), "recipe is text here"),
    ]
    if bad is not None:  # nothing begins with a picture of our own
        asked.append((lambda: endpoints["request"]("teal body", bad), "recipe is text here"))
    for ask, sentence in asked:
        with pytest.raises(gr.Error, match=sentence) as told:
            ask()
        assert "too long" not in str(told.value)
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_a_recipe_that_is_too_long_is_called_so(endpoints: dict) -> None:
    """Only text can be too long."""
    with pytest.raises(gr.Error, match="too long"):
        endpoints["edit"](" " * (guard.RECIPE + 1))


def test_our_own_mistakes_are_told_without_a_page(built, endpoints: dict, caplog) -> None:
    """A program has no page to reload and no steps to save; what went wrong is for the log only."""
    built[0].find = lambda *given, **named: 1 / 0
    with pytest.raises(gr.Error, match="Try once more") as told:
        endpoints["find"]("shark")
    assert guard.SHORT in str(told.value) and "page" not in str(told.value) and "division" in caplog.text


def test_nothing_passes_by_the_queue(built) -> None:
    """A direct POST would run two models at once; it is turned away, and the studio does no work."""
    studio, demo = built
    assert demo.api_open is False
    answer = TestClient(demo.app).post("/gradio_api/run/request", json={"data": ["teal body", ""]})
    assert answer.status_code == 404 and "queue" in json.dumps(answer.json())
    assert studio.calls == [] and isinstance(studio, FakeStudio)
