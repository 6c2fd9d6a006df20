"""The tab Rosetta without a browser: the wall, what is held, edits and their maps, the way on, hostile input."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio import EventData
from PIL import Image

from app.rosetta import cards
from app.rosetta.maps import Kept
from app.rosetta.stone import STRENGTHEN, ZOOM, Stone, alike, asked, laid_out, place_of
from app.shared.address import FACES, read
from app.shared.models import called, name_of
from app.shared.session import CachedStudio, Moment, Session
from core.foundations.errors import RequestError, SettingError
from core.foundations.records import Edit
from core.methods.write.rearrange import Move
from tests.app.fake_photos import FakeNamed, FakeOffer
from tests.app.fake_rosetta import EYES, HUB, MISSING, concept
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'
STILL = {"mask": "", "dx": 0, "dy": 0, "zoom": 1, "strengthen": 1, "remove": False, "copy": False}


class Tab:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, self.demo = built
        self.run = {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__module__ == "app.rosetta.tab"}
        self.run |= {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__name__ == "enter_wall_at_once"}

    def named(self, out: dict) -> dict[str, Any]:
        """Updates by the pieces' names; a state is found under its kind."""
        kinds = {type(v).__name__: v for v in out.values() if isinstance(v, (Stone, Session))}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds}

    def __call__(self, name: str, *given: Any) -> dict[str, Any]:
        """Run a handler."""
        return self.named(self.run[name](*given))

    @property
    def session(self) -> Session:
        """A visitor with a Noun on the tab Edit."""
        return Session(CachedStudio(self.studio).moment(self.studio.sample(1)))

    def opened(self) -> Stone:
        """The wall over that Noun."""
        return self("enter_wall", self.session, Stone(), read("tab=rosetta").of("rosetta"))["Stone"]

    def moved(self, stone: Stone, **data: Any) -> list[dict[str, Any]]:
        """An edit, preview by preview."""
        return [self.named(out) for out in self.run["move_it"](stone, EventData(None, {**STILL, **data}))]


@pytest.fixture
def tab(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab's handlers."""
    return Tab(built)


def test_the_wall_shows_every_concept_in_every_model(tab: Tab) -> None:
    """Over the picture of the tab Edit, the generator first; each row with its name, part and chance; the first is held."""
    out = tab("enter_wall", tab.session, Stone(), read("tab=rosetta").of("rosetta"))
    wall = out["rs-stone-wall"]
    assert (
        wall.index("Generator") < wall.index("residual")
        and "the head&#39;s outline" in wall
        and "no name yet" not in wall.split("</ul>")[1]
    )
    assert wall.count('data-op="hold"') == 6 and wall.count("<img") == 3 * 4 + 2 * 2 and wall.count("has none") == 2 * 2
    assert "by chance: 4 in 10,000" in wall and "glasses" in wall and out["Stone"].held == "rosetta:4"
    assert out["Stone"].now == tab.session.now and "shirt" in out["rs-stone-large"] and out["rs-stone-large"].count("<img") == 4
    assert "concept=rosetta%3A4" in out["rs-stone-view"] and 'data-side="32"' in out["rs-stone-view"]
    assert set(tab("enter_wall", tab.session, out["Stone"], read("").of("rosetta"))) == {"rs-stone-notice"}
    other = tab.session.stack((Edit("bundle:head:shark"),))
    assert tab("enter_wall", other, out["Stone"], read("").of("rosetta"))["Stone"].now == other.now


def test_a_concept_is_held(tab: Tab) -> None:
    """Over the picture and large in every model that has it; all at once have no map of their own; one that is none is refused."""
    stone = tab.opened()
    out = tab("hold", stone, EventData(None, {"op": "hold", "id": "rosetta:1"}))
    assert out["Stone"].held == "rosetta:1" and out["rs-stone-large"].count("<img") == 2 and 'data-heat=""' not in out["rs-stone-view"]
    everything = tab("hold", stone, EventData(None, {"op": "hold", "id": ""}))
    assert everything["Stone"].held == "" and 'data-heat=""' in everything["rs-stone-view"] and "together" in everything["rs-stone-large"]
    for hostile in ({"op": "hold", "id": "rosetta:99"}, {"op": "hold", "id": ["x"]}, {"op": "steal", "id": "rosetta:1"}, "x"):
        assert set(tab("hold", stone, EventData(None, hostile))) == {"rs-stone-notice"}
    calls = len(tab.studio.calls)
    tab("hold", stone, EventData(None, {"op": "hold", "id": "rosetta:1"}))
    assert "walls" not in tab.studio.calls[calls:]  # its maps are held


def test_an_edit_is_shown_step_by_step(tab: Tab) -> None:
    """What was painted, dragged and turned arrives; at the end the maps before, as asked and after, and the report."""
    stone = tab("hold", tab.opened(), EventData(None, {"op": "hold", "id": "rosetta:1"}))["Stone"]
    bits = np.zeros((32, 32), bool)
    bits[4:8, 3:10] = True
    shown = tab.moved(stone, dx=4, dy=-3, zoom=1.5, copy=True, mask=base64.b64encode(np.packbits(bits).tobytes()).decode())
    assert tab.studio.asked == {
        "concepts": ["rosetta:1"], "shift": (4.0, -3.0), "zoom": 1.5, "remove": False, "strengthen": 1.0, "copy": True, "cells": 28
    }  # fmt: skip
    assert len(shown) == 4 and "step 1, of 3 at most" in shown[1]["rs-stone-after"] and all(out["Stone"].running for out in shown)
    assert "Enough" in shown[0]["rs-stone-go"] and not any("rs-stone-go" in out for out in shown[1:])  # no press misses the button
    told = shown[-1]["rs-stone-told"]
    assert "4 to the right, 3 up, 1.5 × as large, with a copy left behind" in told and "It moved." in told and told.count("<figure>") == 3
    rested = tab("rest", shown[-1]["Stone"])
    assert 'data-op="send"' in rested["rs-stone-after"] and "Make it so" in rested["rs-stone-go"] and not rested["Stone"].running
    assert tab("rest", rested["Stone"]) == {"rs-stone-notice": gr.skip()}


def test_what_was_left_is_kept(tab: Tab) -> None:
    """The last picture that was shown goes to Edit, or is moved further; before there is one, nothing goes."""
    stone, seen = tab.opened(), EventData(None, {"op": "send"})
    assert "Session" not in tab("take", tab.session, stone, seen)
    run = tab.run["move_it"](stone, EventData(None, {**STILL, "remove": True}))
    left = [tab.named(next(run))["Stone"] for _ in range(2)][-1]
    run.close()
    assert "Session" not in tab("take", tab.session, left, seen)
    rested = tab("rest", left)["Stone"]
    sent = tab("take", tab.session, rested, seen)
    assert sent["Session"].now.base == rested.found.base and sent["rs-tabs"].selected == "edit"
    on = tab("take", tab.session, rested, EventData(None, {"op": "on"}))
    assert on["Stone"].now == rested.found and on["Stone"].found is None and "Say what should move" in on["rs-stone-after"]


def test_all_concepts_are_moved_at_once(tab: Tab) -> None:
    """And the maps of some of them are told."""
    stone = replace(tab.opened(), held="")
    assert tab.moved(stone, dx=2)[-1]["rs-stone-told"].count("<h4>") == 3 and len(tab.studio.asked["concepts"]) == 5


def test_nothing_asked_is_said(tab: Tab) -> None:
    """And nothing is painted."""
    (out,) = tab.moved(tab.opened(), copy=True)
    assert "Nothing is asked yet" in out["rs-stone-notice"] and "move" not in tab.studio.calls


def test_what_is_asked_is_bounded() -> None:
    """Whatever the browser sends; the bounds are the method's own."""
    found = asked({**STILL, "dx": 1e9, "dy": -1e9, "zoom": 1e9, "strengthen": -3}, 32)
    assert (found.shift, found.zoom, found.strengthen) == ((32.0, -32.0), ZOOM[1], STRENGTHEN[0])
    for zoom in ZOOM:
        for strong in STRENGTHEN:
            Move((1.0, -1.0), zoom, strong)
    for beyond in (
        {"zoom": ZOOM[0] - 0.01},
        {"zoom": ZOOM[1] + 0.01},
        {"strengthen": STRENGTHEN[0] - 0.01},
        {"strengthen": STRENGTHEN[1] + 0.01},
    ):
        with pytest.raises(SettingError):
            Move(**beyond)
    for key in ("dx", "dy", "zoom", "strengthen"):
        for bad in (None, "1", float("nan"), True, [1], 10**400):
            with pytest.raises(SettingError):
                asked({**STILL, key: bad}, 32)
    with pytest.raises(RequestError):
        asked({**STILL, "remove": "yes"}, 32)


def test_a_painted_place_is_read() -> None:
    """On a grid of at most 64 cells, drawn large; nothing and everything are everywhere; what does not fit is refused."""
    bits = np.zeros((64, 64), bool)
    bits[0, 1] = True
    large = place_of(base64.b64encode(np.packbits(bits).tobytes()).decode(), 256)
    assert large is not None and large.shape == (256, 256) and large.sum() == 16 and large[0, 4]
    assert place_of("", 32) is None and place_of(base64.b64encode(bytes(128)).decode(), 32) is None
    assert place_of(base64.b64encode(b"\xff" * 128).decode(), 32) is None
    for bad in ("####", "a" * 10**6, 7, ["x"], base64.b64encode(bytes(127)).decode(), "é"):
        with pytest.raises(SettingError):
            place_of(bad, 32)


def test_without_the_table_a_sentence_says_what_to_do(tab: Tab) -> None:
    """The picture is there all the same."""
    tab.studio.table = False
    out = tab("enter_wall", tab.session, Stone(), read("").of("rosetta"))
    assert MISSING.split("`")[0] in out["rs-stone-wall"] and "rs-stone-view" in out and out["rs-stone-go"] == ""


def test_without_the_models_that_look_concepts_can_be_moved(tab: Tab) -> None:
    """The wall has their names, and says what to do."""
    tab.studio.looking = False
    unseen = tab.session.stack((Edit("bundle:body:teal"),))  # else its maps would be held
    out = tab("enter_wall", unseen, Stone(), read("").of("rosetta"))
    assert "make zoo" in out["rs-stone-wall"] and "red glasses" in out["rs-stone-wall"] and "<img" not in out["rs-stone-wall"]
    assert tab.moved(out["Stone"], dx=2)[-1]["rs-stone-told"]


def test_faces_have_a_wall_of_their_own(tab: Tab) -> None:
    """Once what they lack is here; until then the card says what that is. Another picture is one of the same world."""
    tab.studio.face_weights.ready = False
    chosen = EventData(None, {"op": "world", "id": FACES})
    out = tab("open_wall", tab.session, tab.opened(), chosen)
    assert "Faces need a generator" in out["rs-stone-fetch"] and "Stone" not in out
    tab.studio.face_weights.ready = True
    out = tab("open_wall", tab.session, tab.opened(), chosen)
    assert out["Stone"].world == FACES and 'data-cells="64"' in out["rs-stone-view"] and "data:image/jpeg" in out["rs-stone-wall"]
    other = tab("pick_picture", tab.session, out["Stone"], EventData(None, {"op": "another"}))["Stone"]
    assert other.world == FACES == other.now.world and other.now != out["Stone"].now
    assert tab("pick_picture", tab.session, other, EventData(None, {"op": "edit"}))["Stone"].now == out["Stone"].now


def test_a_link_holds_a_concept(tab: Tab) -> None:
    """Even one that is not among the strongest; one that does not exist is refused in a sentence."""
    out = tab("enter_wall_at_once", tab.session, Stone(rows=2), read("tab=rosetta&concept=rosetta:0").of("rosetta"))
    assert out["Stone"].held == "rosetta:0" and "red glasses" in out["rs-stone-large"]
    wrong = tab("enter_wall_at_once", tab.session, Stone(), read("tab=rosetta&concept=rosetta:77").of("rosetta"))
    assert "no such concept" in wrong["rs-stone-notice"] and wrong["rs-stone-wall"]


def test_more_of_the_wall_is_shown(tab: Tab) -> None:
    """As long as there is more."""
    few = tab("hold", replace(tab.opened(), rows=2), EventData(None, {"op": "hold", "id": ""}))["Stone"]
    first = tab("enter_wall", tab.session, replace(few, now=None), read("").of("rosetta"))
    assert first["rs-stone-wall"].count('data-op="hold"') == 3 and "More concepts (3)" in first["rs-stone-wall"]
    more = tab("hold", first["Stone"], EventData(None, {"op": "more"}))
    assert more["rs-stone-wall"].count('data-op="hold"') == 6 and "More concepts" not in more["rs-stone-wall"]


def test_maps_are_kept_by_content(tab: Tab) -> None:
    """So many and no more; the same picture with another step is another."""
    cached, kept = CachedStudio(tab.studio), Kept(most=3)
    now, all_ = tab.session.now, [concept(at) for at in range(5)]
    first = kept.of(cached, now, all_)
    assert len(kept._held) == 3 and abs(first[0][HUB] - tab.studio.concept_maps(tab.studio.sample(1), all_[0])[HUB]).max() < 0.003
    tab.studio.calls.clear()
    kept.of(cached, now, all_[2:])
    assert "walls" not in tab.studio.calls
    kept.of(cached, Moment(now.base, (Edit("bundle:head:shark"),)), all_[2:])
    assert "walls" in tab.studio.calls


def test_names_are_for_people() -> None:
    """A model that is not known here goes by its own name; a concept without one after its part."""
    assert called("nouns_residual").name == "ResNet" and called("my_eye").name == "my eye"
    assert called(HUB, FakeStudio()).name == "Generator" and called(HUB).name == HUB
    assert name_of(replace(concept(2), part="head:shark_1")) == "head: shark 1" and name_of(concept(2)) == "no name yet"
    assert [cards.chance(p) for p in (0.0, 0.0004, 0.0312)] == [
        "by chance: under 1 in 10,000",
        "by chance: 4 in 10,000",
        "by chance: 312 in 10,000",
    ]


def test_every_part_comes_once_before_any_comes_again() -> None:
    """Of one part first what the picture shows, then what more models share, what they see alike, what covers it best, however strong."""
    one, two, outline, none = concept(0), replace(concept(0), id="b", name="blue glasses 2", iou=0.9), concept(1), concept(2)
    found = [(none, 9.0), (two, 8.0), (one, 7.0), (outline, 1.0)]
    assert laid_out(found, {}, {}) == [two, none, outline, one]
    assert laid_out(found, {"glasses": "dark red glasses"}, {}) == [one, none, outline, two]
    assert laid_out(found, {}, {one.id: 0.4, outline.id: 0.9}) == [one, none, outline, two]  # the outline is in two models alone
    assert laid_out(found, {}, {one.id: 0.4, none.id: 0.9}) == [none, one, outline, two]
    assert laid_out([], {}, {}) == []


def test_models_see_alike_what_is_at_the_same_places() -> None:
    """The least of all pairs counts; one map alone is like nothing."""
    heat = np.array([[0.0, 1.0], [0.2, 0.4]])
    assert alike({"a": heat, "b": 3 * heat}) == pytest.approx(1) and alike({"a": heat}) == alike({}) == 0
    assert alike({"a": heat, "b": heat, "c": -heat}) == pytest.approx(-1) and alike({"a": heat, "b": 0 * heat}) == 0


def test_text_from_outside_is_escaped() -> None:
    """Names of concepts, parts and models, and sentences, may hold anything."""
    image, odd = Image.new("RGB", (32, 32)), replace(concept(0), id=EVIL, name=EVIL, part=EVIL)
    heat, studio = np.zeros((32, 32), np.float32), FakeStudio()
    drawn = [
        cards.wall(image, [(odd, {HUB: heat, EVIL: heat})], (HUB, EVIL, *EYES), studio, EVIL, 2),
        cards.view(image, EVIL, odd, heat),
        cards.large(image, odd, {EVIL: heat}, studio),
        cards.missing(EVIL),
        cards.after(image, EVIL),
        cards.go(True),
        cards.told(image, image, asked({**STILL, "dx": 1}, 32), [(EVIL, {"before": heat, "wanted": heat, "after": heat})], ""),
    ]
    for html in drawn:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:200]


def test_no_visitor_sees_another_s(tab: Tab) -> None:
    """What is looked at lies in the visitor's own state: the tab begins anew for the next one."""
    tab.opened()
    assert next(b for b in tab.demo.blocks.values() if isinstance(getattr(b, "value", None), Stone)).value == Stone()


def test_a_further_model_joins_the_wall_and_leaves_it(tab: Tab) -> None:
    """What it has a unit for shows its map; who joined is told, with the way to take them off; a model without maps says so."""
    events = {name: next(f.fn for f in tab.demo.fns.values() if f.fn and f.fn.__name__ == name) for name in ("bring_eyes", "through_eyes")}
    steps = list(events["bring_eyes"](FakeOffer(FakeNamed("further ViT"))))
    assert any("Painting pictures" in str(step) for step in steps) and FakeNamed("further ViT") in steps[-1].values()
    assert tab.studio.further == {"further ViT"}
    out = tab.named(events["through_eyes"](FakeNamed("further ViT"), tab.session, tab.opened()))
    assert "Joined by" in out["rs-stone-eyes-line"] and "further ViT" in out["rs-stone-wall"] and out["rs-stone-eyes-card"] == ""
    off = next(f.fn for f in tab.demo.fns.values() if f.fn and f.fn.__name__ == "own_eyes")
    out = tab.named(off(tab.session, out["Stone"]))
    assert tab.studio.further == set() and out["rs-stone-eyes-line"] == "" and "further ViT" not in out["rs-stone-wall"]
    steps = list(events["bring_eyes"](FakeOffer(FakeNamed("maples"))))
    assert "has no layers with maps" in str(steps[-1]) and tab.studio.further == set()


def test_a_concept_becomes_a_step_where_something_turns_it(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only then is there a button; it puts the concept on the steps of the picture on the tab Edit and leads there."""
    hold = EventData(None, {"op": "hold", "id": "rosetta:0"})
    assert 'data-op="turn"' not in tab("hold", tab.opened(), hold)["rs-stone-large"]
    assert set(tab("turn", tab.session, tab.opened(), EventData(None, {"op": "turn", "id": "rosetta:0"}))) == {"rs-stone-notice"}
    known = next(iter(tab.studio.handles()))
    monkeypatch.setitem(tab.studio._handles, "rosetta:0", replace(known, id="rosetta:0", kind="concept"))
    assert 'data-op="turn"' in tab("hold", tab.opened(), hold)["rs-stone-large"]
    out = tab("turn", tab.session, tab.opened(), EventData(None, {"op": "turn", "id": "rosetta:0"}))
    assert [edit.handle for edit in out["Session"].now.edits] == ["rosetta:0"]
    assert set(tab("turn", tab.session, tab.opened(), EventData(None, {"op": "turn", "id": ["x"]}))) == {"rs-stone-notice"}
