"""Whole photographs on the tab Edit, without a browser: what is shown and saved, and which face is worked on."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gradio import EventData
from PIL import Image

from app.edit.closer import Portrait
from app.edit.whole import FORGOTTEN
from app.shared.address import read
from app.shared.desks import FACES
from app.shared.own_portrait import ELSEWHERE
from app.shared.session import Session
from core.foundations.records import Edit
from core.studio.recipes import MADE, recipe_in
from tests.app.edit.test_desk import begun, moved, page_over
from tests.app.fake_faces import FakeWeights

GLASSES = (Edit("line:glasses:glasses"),)


def brought(on: dict, start: Session, path: Path, size: tuple[int, int]) -> dict:
    """What a photograph of a size brings; as many faces as it is longer than high."""
    Image.linear_gradient("L").resize(size).convert("RGB").save(path)
    return on["take_in"][0](start, str(path))


@pytest.fixture(scope="module")
def opened(tmp_path_factory) -> tuple:
    """The handlers, and a photograph with three faces among updates."""
    studio, on = page_over(FakeWeights())
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    return on, face, brought(on, face, tmp_path_factory.mktemp("whole") / "three.png", (600, 200))


def shown(on: dict, out: dict, name: str) -> str:
    """One piece."""
    return str(out[on["take_in"][1][name]])


def test_the_largest_of_several_faces_is_taken_at_once_and_another_on_a_press(opened) -> None:
    """Named from left to right; undo leads back to the first one; a press on the one that is taken does nothing."""
    on, _, out = opened
    strip = shown(on, out, "rs-faces")
    assert re.findall(r"Face \d of 3", strip) == ["Face 1 of 3", "Face 2 of 3", "Face 3 of 3"]
    assert re.findall(r'data-at="(\d)" aria-pressed="(\w+)"', strip) == [("2", "false"), ("1", "false"), ("0", "true")]
    assert shown(on, out, "rs-whole").count("<polygon") == 3
    run, session = on["face"][0], moved(out)
    other = run(session, EventData(None, {"op": "face", "at": 2}))
    assert re.findall(r'data-at="(\d)" aria-pressed="true"', shown(on, other, "rs-faces")) == ["2"]
    assert moved(other).now.base != session.now.base and moved(other).undo().now == session.now
    portrait = next(v for v in other.values() if isinstance(v, Portrait))
    assert portrait.base == moved(other).now.base and portrait.picture is not None and portrait.picture.photograph is None
    assert not any(isinstance(v, Session) for v in run(session, EventData(None, {"op": "face", "at": 0})).values())
    for hostile in (3, -1, "0", None, True):
        refused = run(session, EventData(None, {"op": "face", "at": hostile}))
        assert not any(isinstance(v, Session) for v in refused.values())


def test_one_face_needs_no_choice(opened, tmp_path: Path) -> None:
    """Its photograph is shown all the same."""
    on, face, _ = opened
    out = brought(on, face, tmp_path / "one.png", (240, 200))
    assert shown(on, out, "rs-faces") == "" and "<polygon" not in shown(on, out, "rs-whole")
    assert "in the whole photograph" in shown(on, out, "rs-whole") and "Save photograph" not in shown(on, out, "rs-whole")


def test_a_photograph_without_a_face_says_what_to_do(opened, tmp_path: Path) -> None:
    """And nothing else changes."""
    on, face, _ = opened
    Image.new("RGB", (200, 200), "teal").save(tmp_path / "none.png")
    out = on["take_in"][0](face, str(tmp_path / "none.png"))
    assert "No face was found" in shown(on, out, "rs-taken") and not any(isinstance(v, Session) for v in out.values())


def file_of(pieces: Iterator[dict]) -> tuple[str, Image.Image]:
    """The name and the picture that were handed to the browser in the end."""
    *_, out = pieces
    told = json.loads(next(v for v in out.values() if isinstance(v, str) and "image/png" in v))
    return told["name"], Image.open(io.BytesIO(base64.b64decode(told["data"])))


def test_an_edit_shows_in_the_whole_photograph_and_is_saved_with_it(opened) -> None:
    """All its pixels, what it says of itself, no recipe; the face itself is saved with one as before."""
    on, _, out = opened
    done = on["request"][0](moved(out), "put on glasses")
    card = shown(on, done, "rs-whole")
    assert "Save photograph" in card and card.count("data:image/jpeg") == 2 and "600 x 200 pixels" in card
    name, image = file_of(on["save_whole"][0](moved(done)))
    assert name.startswith("photograph-") and image.size == (600, 200) and recipe_in(image) is None
    assert {key: image.info[key] for key in MADE} == MADE
    apart = (np.asarray(image) != np.asarray(Image.linear_gradient("L").resize((600, 200)).convert("RGB"))).any(-1)
    assert apart[:, 430:].any() and not apart[:, :400].any()
    assert recipe_in(file_of(on["save"][0](moved(done)))[1])


def test_what_was_done_to_one_face_stays_when_another_is_chosen(opened) -> None:
    """Both are in what is saved then; undo brings the first face back with its steps."""
    on, _, out = opened
    done = on["request"][0](moved(out), "put on glasses")
    other = on["face"][0](moved(done), EventData(None, {"op": "face", "at": 2}))
    again = on["request"][0](moved(other), "put on glasses")
    _, image = file_of(on["save_whole"][0](moved(again)))
    apart = (np.asarray(image) != np.asarray(Image.linear_gradient("L").resize((600, 200)).convert("RGB"))).any(-1)
    assert apart[:, 430:].any() and apart[:, :200].any() and not apart[:, 220:400].any()
    assert moved(again).undo().undo().now == moved(done).now


def test_a_step_closer_keeps_the_photograph(opened) -> None:
    """The better picture of the same face goes back into it; another picture of the world's own has none."""
    on, _, out = opened
    portrait = next(v for v in out.values() if isinstance(v, Portrait))
    last = list(on["closer"][0](moved(out), portrait))[-1]
    assert moved(last).now.photograph == moved(out).now.photograph != ""
    assert shown(on, on["surprise"][0](moved(last)), "rs-whole") == ""


def test_reload_finds_the_portrait_and_its_photograph_again(opened) -> None:
    """By what the browser kept; a browser that kept nothing opens the world and is told what to do."""
    on, face, out = opened
    done = on["request"][0](moved(out), "put on glasses")
    bar = shown(on, done, "rs-keep")
    address = re.search('data-address="([^"]*)"', bar)[1].replace("&amp;", "&")  # type: ignore[index]
    origin = json.loads(moved(done).now.base)["origin"]
    kept = json.dumps({"origin": origin, "photograph": moved(done).now.photograph})
    run = on["replay"][0]
    again = run(face, read(address, "", kept).of("edit"))
    assert moved(again).now == moved(done).now and "Save photograph" in shown(on, again, "rs-whole")
    portrait = next(v for v in again.values() if isinstance(v, Portrait))
    assert portrait.base == moved(done).now.base and "Bring it closer" in shown(on, again, "rs-closer")
    assert len(list(on["closer"][0](moved(again), portrait))) == 4
    lost = run(face, read(address, "", json.dumps({"origin": origin, "photograph": "0" * 32})).of("edit"))
    assert moved(lost).now.edits == moved(done).now.edits and FORGOTTEN in shown(on, lost, "rs-whole")
    assert shown(on, lost, "rs-closer") == ""
    elsewhere = run(face, read(address).of("edit"))
    assert moved(elsewhere).now == face.now and any(ELSEWHERE[-40:] in str(v) for v in elsewhere.values())
    (unsaved,) = on["save_whole"][0](moved(lost))
    for refused in (on["face"][0](moved(lost), EventData(None, {"op": "face", "at": 1})), unsaved):
        assert any(FORGOTTEN in str(v) for v in refused.values()) and not any(isinstance(v, Session) for v in refused.values())
