"""The tab Features: what a feature alone does, a true legend, and a picture for every mark."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import gradio as gr
import pytest
from PIL import Image
from playwright.sync_api import expect

from app.demo import build_demo
from app.features.atlas import Map
from app.features.cards import points
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio, Moment, Session
from core.foundations.records import Edit
from core.studio import Studio
from core.studio.portraits import SEEN, apart, is_flat
from tests.app.fake_studio import FakeStudio

START = Path(__file__).resolve().parents[3] / "app" / "start.json"


@pytest.fixture(scope="module")
def demo() -> gr.Blocks:
    """The page over the stand-in."""
    return build_demo(FakeStudio(), None)


def test_a_feature_is_tried_alone_on_the_picture_as_it_is_now(demo: gr.Blocks) -> None:
    """Before is the picture with its steps; neither the after nor the report mixes these in."""
    studio = FakeStudio()
    cached = CachedStudio(studio)
    base = cached.moment(studio.sample(3)).base
    now = Moment(base, (Edit("bundle:head:shark", 1.0),))
    chosen = next(h for h in studio.handles() if h.slot == "glasses" and h.part not in str(studio.read(cached.result(now).picture)))
    turn = next(f for f in demo.fns.values() if f.name == "turn" and f.fn.__module__.startswith("app.features"))
    out = {c.elem_id: v for c, v in turn.fn(Session(now), Map(), chosen.id, 1.0).items()}
    shown = re.findall(r'src="([^"]+)"', out["rs-trial"])
    assert shown[0] == data_uri(cached.result(now).picture.image) != data_uri(cached.base(base).image) and shown[1] != shown[0]
    changed = re.search(r"Changed</h3>(.*?)</ul>", out["rs-trial-report"], re.S)
    assert changed and "glasses" in changed[1] and "head" not in changed[1]


def test_the_ring_marks_what_is_in_the_picture_and_hits_look_different(visit) -> None:
    """A search changes no ring; clearing it neither."""
    page = visit()
    page.get_by_role("tab", name="Features").click()
    page.wait_for_function("rs.ringed && rs.ringed().length > 0")
    ringed = page.evaluate("rs.ringed()")
    page.locator("#rs-search input, #rs-search textarea").fill("skull")
    page.wait_for_function("rs.hits().length > 0")
    assert page.evaluate("rs.ringed()") == ringed
    expect(page.locator("#rs-atlas-map .rs-legend")).to_contain_text("ring: in your picture now")


def test_every_mark_has_a_picture() -> None:
    """No thumbnail of the map is the plain Noun, on which nothing is to be seen."""
    sprite = json.loads(START.read_text())["sprite"]
    sheet = Image.open(io.BytesIO(base64.b64decode(sprite["image"].partition(",")[2]))).convert("RGB")
    studio = Studio("nouns")
    assert set(sprite["ids"]) == {handle.id for handle in studio.handles()}
    plain = studio.compose(studio.library.plain).image
    on_map = {row[0] for row in json.loads(points(studio.handles(), sprite))["points"]}
    bare = {h.id for h in studio.handles() if h.name in ("no head", "no glasses")}  # that is the plain Noun
    for i, id in enumerate(sprite["ids"]):
        cell = sheet.crop((32 * (i % 64), 32 * (i // 64), 32 * (i % 64) + 32, 32 * (i // 64) + 32))
        if id in on_map - bare:
            assert not is_flat(cell) and apart(cell, plain).sum() >= SEEN, id
    assert len(on_map) > 1780
