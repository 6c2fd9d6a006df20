"""The stage's step of a face: what lies ready is drawn and says so; what is painted now is told by what was read of it."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable

import numpy as np
import pytest
from gradio import skip
from PIL import Image
from playwright.sync_api import expect

from app.demo import build_demo
from app.precompute import load_static
from app.shared import guard
from app.shared.address import read
from app.shared.desks import DESKS, FACES
from app.shared.session import CachedStudio
from app.shared.templates import macros
from app.stage import painted
from core.foundations.errors import StudioError
from tests.app.fake_faces import FakeWeights
from tests.app.fake_faces import painted as drawn
from tests.app.fake_studio import FakeStudio


def painting(static: dict, weights: FakeWeights) -> tuple[FakeStudio, Callable[[], dict], object]:
    """A studio, what paints the step, and where it goes."""
    studio = FakeStudio()
    studio.face_weights = weights
    (found,) = (f for f in build_demo(studio, static).fns.values() if f.fn is not None and f.fn.__name__ == "paint_step")
    return studio, found.fn, found.outputs[0]


def test_what_lies_ready_is_a_drawing_and_says_so(static: dict) -> None:
    """No picture at all; two drawings that differ by what is said to them; the way to the world itself; and no model was asked."""
    (step,) = (step for step in load_static()["walk"] if step["painted"])
    assert [figure["image"] for figure in step["figures"]] == ["", ""] and step["facts"] == []
    assert all("drawing" in figure["caption"] for figure in step["figures"]) and "drawings of ours" in step["text"]
    assert step["sentence"] == DESKS[FACES].ideas[0] and "smile" in step["sentence"]
    before, after = (str(macros("shared/head.html").head(figure["drawing"])) for figure in step["figures"])
    assert "rs-mouth" not in before and "rs-mouth" in after and "rs-lens" not in before + after
    here = read(step["live"])
    assert here.open == "edit" and here.get("edit") == FACES
    studio = FakeStudio()
    assert painted.drawn_step(CachedStudio(studio)).to_dict() == {**step, "figures": tuple(step["figures"]), "facts": ()}
    assert studio.calls == [] and [s for s in static["walk"] if s["painted"]][0]["text"] == step["text"]
    studio.editable = ("nouns",)
    with pytest.raises(StudioError, match="core.train"):
        painted.drawn_step(CachedStudio(studio))


def test_what_is_painted_is_told_by_what_was_read(static: dict) -> None:
    """Both pictures, each change, each thing that stayed, and a link that plays the same steps."""
    studio, paint, painter = painting(static, FakeWeights())
    told = json.loads(paint()[painter])
    seed = DESKS[FACES].start
    images = [Image.open(io.BytesIO(base64.b64decode(text))) for text in re.findall(r"base64,([^\"]+)", told["inside"])]
    for image, turned in zip(images, ({}, {"expression": 1.0}), strict=True):
        assert np.abs(np.asarray(image, float) - np.asarray(drawn(seed, turned), float)).mean() < 4
    result = studio.faces.request(studio.faces.sample(seed), painted.SENTENCE)
    kept = [change.after.slot for change in result.report.changes if not change.changed]
    assert re.findall(r"✓</span>([^<]+)</li>", told["inside"]) == kept
    assert "neutral became smiling" in told["inside"] and "drawing" not in told["inside"]
    place = [step["painted"] for step in static["walk"]].index(True)
    assert f"{place + 1} of {len(static['walk'])}" in told["inside"]
    picture, edits = studio.faces.replay(guard.from_link(read(told["live"]).get("recipe")))
    assert picture.origin["seed"] == seed and edits == result.edits


def test_where_nothing_can_be_painted_the_drawing_stays(static: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """The generator was not fetched, or the sentence is not done; and without the step nothing is asked."""
    _, paint, painter = painting(static, FakeWeights(ready=False))
    assert paint()[painter] == skip()
    _, paint, painter = painting(static, FakeWeights())
    monkeypatch.setattr(painted, "SENTENCE", "make them a dragon")
    assert paint()[painter] == skip()
    rest = {**static, "walk": [step for step in static["walk"] if not step["painted"]]}
    assert "paint_step" not in {f.fn.__name__ for f in build_demo(FakeStudio(), rest).fns.values() if f.fn is not None}


def test_the_drawing_gives_way_before_it_is_seen(visit) -> None:
    """On the way to the step, once; “Try it live” then opens the face with its step."""
    page = visit("/?stage=6", width=1440, height=900)
    expect(page.locator(".rs-step[data-painted] img")).to_have_count(2)
    page.keyboard.press("ArrowRight")
    step = page.locator(".rs-step:visible")
    expect(step.locator("h2")).to_have_text(painted.TITLE)
    expect(step.locator("svg")).to_have_count(0)
    page.get_by_role("button", name="Try it live").click()
    expect(page.locator("#rs-stack .rs-row")).to_have_count(1)
    expect(page.get_by_role("button", name="Faces")).to_have_attribute("aria-pressed", "true")
