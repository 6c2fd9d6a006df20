"""The map of another world on the tab Features: its own handles, pictures that are painted when they are asked for, and its own picture."""

from __future__ import annotations

import json
import re
from typing import Any

import gradio as gr
import pytest
from gradio import EventData

from app.demo import build_demo
from app.features.atlas import Map
from app.shared.address import FACES, NOWHERE, read
from app.shared.session import FIRST, CachedStudio, Session
from app.shared.widgets import SHAPES
from core.foundations.records import Edit
from core.worlds.faces.slots import SLOTS
from tests.app.fake_studio import FakeStudio

SMILE, GLASSES = "line:expression:smiling", "line:glasses:glasses"
ON_FACES = Map(FACES, FIRST)


class Tab:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, demo = built
        found = [f for f in demo.fns.values() if f.fn]
        cards = [f for f in found if "rs-atlas-fetch" in {c.elem_id for c in f.outputs} and f.fn.__module__ == "app.shared.lacking"]
        self.handlers = {f.fn.__name__: f.fn for f in (*cards, *(f for f in found if f.fn.__module__ == "app.features.atlas"))}

    def session(self, *edits: Edit) -> Session:
        """A visitor among the Nouns, who left a face with these steps on the tab Edit."""
        nouns, faces = CachedStudio(self.studio), CachedStudio(self.studio.faces, parts=False)
        return Session(nouns.moment(self.studio.sample(1))).go(faces.moment(self.studio.faces.sample(4), edits)).to(FIRST)

    def __call__(self, name: str, *given: Any) -> dict[str, Any]:
        """Run a handler; a state is found under its kind."""
        out = self.handlers[name](*given)
        kinds = {type(v).__name__: v for v in out.values() if isinstance(v, (Map, Session))}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds}

    def choose(self, session: Session, world: str) -> dict[str, Any]:
        """A press on the picker."""
        return self("open_map", session, Map(), EventData(None, {"op": "world", "id": world}))


@pytest.fixture
def features(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab's handlers."""
    return Tab(built)


def test_every_slot_of_every_world_has_its_own_mark(features: Tab) -> None:
    """So that colour is never the only sign; each mark is one."""
    assert {*features.studio.slots, *SLOTS} <= set(SHAPES)
    assert len(set(SHAPES.values())) == len(SHAPES)


def test_the_faces_have_a_map_of_their_own(features: Tab) -> None:
    """Their handles with their own legend, no sheet of small pictures; the tab Edit stays where it was; the Nouns' map comes back."""
    out = features.choose(features.session(), FACES)
    points = json.loads(out["rs-map"])
    assert {row[0] for row in points["points"]} == {h.id for h in features.studio.faces.handles()} and points["sprite"] == ""
    assert out["Map"] == ON_FACES and "Session" not in out and 'data-desk="faces"' in out["rs-atlas-world"]
    assert "hair colour" in out["rs-legend"] and "identity" not in out["rs-legend"] and "no name yet" not in out["rs-legend"]
    assert "map=faces" in out["rs-atlas-world"] and out["rs-found"] == ""
    back = features("open_map", features.session(), ON_FACES, EventData(None, {"op": "world", "id": FIRST}))
    assert "shark" in back["rs-map"] and "no name yet" not in back["rs-legend"] and "map=" not in back["rs-atlas-world"]


def test_the_map_follows_the_tab_edit(features: Tab) -> None:
    """To the world that is open there, until another one is chosen here; that choice holds until another world is open there."""
    nouns = features.session()
    faces = nouns.to(FACES)
    there = features("come", faces, Map(), NOWHERE)
    assert there["Map"] == Map(FACES, FACES)
    chosen = features("open_map", faces, there["Map"], EventData(None, {"op": "world", "id": FIRST}))["Map"]
    assert features("come", faces, chosen, NOWHERE)["Map"].world == FIRST
    assert features("come", nouns, chosen, NOWHERE)["Map"].world == FIRST
    assert features("come", faces, features("come", nouns, chosen, NOWHERE)["Map"], NOWHERE)["Map"].world == FACES


def test_a_link_opens_a_handle_of_its_world(features: Tab) -> None:
    """Also where the tab Edit is still elsewhere; one that does not exist is told."""
    here = read(f"tab=features&map=faces&feature={SMILE}&strength=0.6").of("features")
    out = features("come", features.session(), Map(), here)
    assert out["Map"].world == FACES and "smiling" in out["rs-profile"] and out["rs-strength"] == 0.6
    again = features("come", features.session(), out["Map"], NOWHERE)
    assert again["Map"].world == FACES and "rs-profile" not in again
    told = features("come", features.session(), Map(), read("map=mars").of("features"))
    assert told["Map"].world == FIRST and "no such choice" in told["rs-notice-features"]


def test_what_is_read_in_the_face_has_a_ring(features: Tab) -> None:
    """Of the picture with its steps; the list names it, without a word on how strong."""
    out = features("light_up", features.session(Edit(GLASSES)), ON_FACES)
    assert json.loads(out["rs-signal"])["heat"] == {GLASSES: 1.0}
    listed = next(v for v in features.handlers["light_up"](features.session(Edit(GLASSES)), ON_FACES).values() if "Read in" in str(v))
    assert "glasses" in listed and "strong" not in listed
    assert json.loads(features("light_up", features.session(), ON_FACES)["rs-signal"])["heat"] == {}


def test_small_pictures_are_painted_once(static: dict) -> None:
    """One after the other where they lack, all together where they are there; the Nouns' lie ready. On a page of its own, where none is."""
    features = Tab((studio := FakeStudio(), build_demo(studio, static)))
    handles = [h.id for h in features.studio.faces.handles()]
    told = [json.loads(next(iter(out.values())))["small"] for out in run(features, "paint", ON_FACES)]
    assert sorted(id for small in told for id in small if len(small) == 1) == sorted(handles) and set(told[-1]) == set(handles)
    assert [set(small) for small in told_again(features)] == [set(handles)]
    assert run(features, "paint", Map()) == []
    assert features("look", ON_FACES, "smile")["rs-found"].count("data:image/jpeg") == len(handles)


def run(features: Tab, name: str, *given: Any) -> list[dict]:
    """All that a generator yields for the pieces that it fills."""
    return [{p: v for p, v in out.items() if p.elem_id == "rs-signal"} for out in features.handlers[name](*given)]


def told_again(features: Tab) -> list[dict]:
    """What a second visitor is told."""
    return [json.loads(next(iter(out.values())))["small"] for out in run(features, "paint", ON_FACES)]


def test_a_card_tells_what_a_handle_does_on_the_mean_face(features: Tab) -> None:
    """Its curve at once, then the mean face at every measured strength, each another picture, and what is read there."""
    opened = features("pick", ON_FACES, EventData(None, {"op": "pick", "id": SMILE}))
    assert "rs-curve" in opened["rs-profile"] and opened["rs-profile"].count("rs-wait") == 3
    drawn = next(v for v in features.handlers["evidence"](ON_FACES, SMILE).values() if isinstance(v, tuple))
    page = features("settle", SMILE, drawn)["rs-profile"]
    shown = re.findall(r'<figure><img class="rs-px " src="([^"]+)".*?<figcaption>([^<]+)', page)
    assert [word for _, word in shown] == ["as it is", "fully", "as far as it goes"]
    assert len({uri for uri, _ in shown}) > 1 and "Fully turned. The expression is now smiling." in page
    assert features("settle", GLASSES, drawn).keys() == {"rs-notice-features"}


def test_a_handle_is_turned_on_the_face_and_added_there(features: Tab) -> None:
    """On the picture of its world, which then opens on the tab Edit."""
    session = features.session()
    out = features("turn", session, ON_FACES, GLASSES, 1.0)
    assert "data:image/jpeg" in out["rs-trial"] and "glasses" in out["rs-trial-report"]
    added = features("add", session, ON_FACES, GLASSES, 0.8)
    assert added["Session"].world == FACES and added["Session"].now.edits == (Edit(GLASSES, 0.8),)
    assert features("add", session, Map(), "bundle:head:shark", 1.0)["Session"].world == FIRST


def test_what_faces_lack_is_said_and_fetched(features: Tab) -> None:
    """The card that says what to fetch; the map that was open stays underneath, and that of the faces comes once they are here."""
    features.studio.face_weights.ready = False
    out = features.choose(features.session(), FACES)
    assert 'data-op="fetch"' in out["rs-atlas-fetch"] and "rs-map" not in out and "Map" not in out
    assert features("faces_fetched", features.session(), Map()).keys() == {"rs-notice-features"}
    cards = [v for out in features.handlers["fetch_faces"]() for v in out.values() if isinstance(v, str) and v]
    assert "Fetching" in cards[0] and features("faces_fetched", features.session(), Map())["Map"].world == FACES
