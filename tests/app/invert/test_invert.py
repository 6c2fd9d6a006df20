"""The tab Invert without a browser: what is brought, both ways side by side, what is kept where it is left, and the way to Edit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio import EventData
from PIL import Image

from app.invert import cards
from app.invert.bench import ALL, Held, How, Lane
from app.shared.address import FACES, read
from app.shared.session import CachedStudio, Session
from core.foundations.errors import SettingError
from tests.app.fake_rosetta import EYES, MISSING, STEPS
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


class Tab:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, self.demo = built
        self.run = {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__module__ == "app.invert.tab"}
        self.run |= {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__name__ == "enter_way_at_once"}

    def named(self, out: dict) -> dict[str, Any]:
        """Updates by the pieces' names; a state is found under its kind."""
        kinds = {type(v).__name__: v for v in out.values() if isinstance(v, (Held, How, Session))}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds}

    def __call__(self, name: str, *given: Any) -> dict[str, Any]:
        """Run a handler."""
        return self.named(self.run[name](*given))

    def steps(self, name: str, *given: Any) -> list[dict[str, Any]]:
        """Run one that yields."""
        return [self.named(out) for out in self.run[name](*given)]

    @property
    def session(self) -> Session:
        """A visitor with a Noun on the tab Edit."""
        return Session(CachedStudio(self.studio).moment(self.studio.sample(1)))

    def brought(self, tmp_path: Any, world: str = "nouns") -> Held:
        """A picture of one's own, taken in."""
        path = tmp_path / "mine.png"
        Image.linear_gradient("L").convert("RGB").save(path)
        return self("bring_file", Held(world), How(eyes=EYES), str(path))["Held"]


@pytest.fixture
def tab(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab's handlers."""
    return Tab(built)


def test_opening_looks_for_nothing(tab: Tab) -> None:
    """There is something to begin with, and who may guide; no picture is taken in, nothing is looked for."""
    out = tab("enter_way", Held(), How(), read("tab=invert").of("invert"))
    assert tab.studio.calls == [] and out["How"].eyes == EYES and out["rs-invert-go"] == ""
    assert "Coffee" in out["rs-invert-begins"] and "residual" in out["rs-invert-ways"] and "Drop a picture" in out["rs-invert-bench"]
    again = tab("enter_way", Held(), out["How"], read("tab=invert").of("invert"))
    assert set(again) == {"rs-invert-notice"}


def test_both_ways_go_side_by_side(tab: Tab, tmp_path) -> None:
    """One preview of each in turn, with the step, the scores and which is nearer; at the end both are done and can be sent on."""
    held = tab.brought(tmp_path)
    assert held.fresh and held.picture is not None and held.picture.original is not None
    shown = tab.steps("seek_new", held, How(eyes=EYES))
    assert len(shown) == 1 + 2 * STEPS and all(out["Held"].running for out in shown)
    assert [sum(lane.step for lane in out["Held"].lanes) for out in shown] == list(range(2 * STEPS + 1))
    half = shown[4]
    assert "step 2 of 4" in half["rs-invert-bench"] and 'data-op="send"' not in half["rs-invert-bench"]
    assert "Enough" in shown[0]["rs-invert-go"] and "disabled" in shown[0]["rs-invert-ways"]
    assert not any("rs-invert-go" in out for out in shown[1:])  # a button that is pressed is not drawn anew meanwhile
    assert "20.8 dB" in shown[-1]["rs-invert-near"] and "24.4 dB<span" in shown[-1]["rs-invert-near"]
    last = tab("rest", shown[-1]["Held"], How(eyes=EYES))
    assert not last["Held"].running and last["rs-invert-bench"].count('data-op="send"') == 2 and "Look again" in last["rs-invert-go"]
    assert tab.steps("seek_new", last["Held"], How(eyes=EYES)) == []  # it was looked for already


def test_who_has_seen_enough_keeps_the_best_so_far(tab: Tab, tmp_path) -> None:
    """Wherever it is left, what was shown last is there, goes to Edit, and is that very picture there."""
    run = tab.run["seek_it"](tab.brought(tmp_path), How(eyes=EYES))
    left = [tab.named(next(run))["Held"] for _ in range(4)][-1]
    run.close()
    assert left.running and [lane.step for lane in left.lanes] == [2, 1]
    refused = tab("send", tab.session, left, EventData(None, {"op": "send", "id": "plain"}))
    assert "still being looked for" in refused["rs-invert-notice"] and "Session" not in refused
    rested = tab("rest", left, How(eyes=EYES))["Held"]
    sent = tab("send", tab.session, rested, EventData(None, {"op": "send", "id": "plain"}))
    assert sent["Session"].now.base == rested.lanes[0].base and sent["rs-tabs"].selected == "edit"
    assert sent["Session"].undo().now == tab.session.now


def test_the_strongest_concepts_are_shown_on_both_sides(tab: Tab, tmp_path) -> None:
    """With their names; before anything was found there is nothing to show."""
    held = tab.brought(tmp_path)
    assert "rs-invert-concepts" not in tab("both_sides", held)
    rested = replace(tab.steps("seek_it", held, How(eyes=EYES))[-1]["Held"], running=False)
    html = tab("both_sides", rested)["rs-invert-concepts"]
    assert "red glasses" in html and html.count("<figure>") == 2 * html.count("<h4>") == 10


def test_without_the_table_the_plain_way_goes_on(tab: Tab, tmp_path) -> None:
    """And the guided one says what is missing."""
    held = tab.brought(tmp_path)
    tab.studio.table = False
    shown = tab.steps("seek_it", held, How(eyes=EYES))
    assert shown[-1]["Held"].lanes[0].done and MISSING.split(".")[0] in shown[-1]["rs-invert-bench"]
    rested = tab("rest", shown[-1]["Held"], How())
    assert rested["rs-invert-bench"].count('data-op="send"') == 1
    assert "make rosetta" in tab("both_sides", rested["Held"])["rs-invert-notice"]


def test_a_choice_is_one_of_those_that_are_shown(tab: Tab) -> None:
    """Who guides and where it begins; anything else is refused and changes nothing."""
    how = How(eyes=EYES)
    chosen = tab("choose_way", Held(), how, EventData(None, {"op": "guide", "id": EYES[1]}))["How"]
    assert chosen.guide == EYES[1] and chosen.among(()).guide == ALL
    assert tab("choose_way", Held(), how, EventData(None, {"op": "start", "id": "random"}))["How"].start == "random"
    for hostile in ({"op": "guide", "id": "../x"}, {"op": "start", "id": 7}, {"op": "eyes", "id": ALL}, {}, "x"):
        out = tab("choose_way", Held(), how, EventData(None, hostile))
        assert "How" not in out and "no such choice" in out["rs-invert-notice"]
    for bad in ("", None, "best"):
        with pytest.raises(SettingError):
            Held().lane(bad)


def test_what_lies_ready_is_brought(tab: Tab) -> None:
    """A photograph, one that the generator could have painted, and what is on Edit; what does not lie here is refused."""
    how = How(eyes=EYES)
    for data, name in (
        ({"op": "example", "id": "photo-coffee"}, "Coffee"),
        ({"op": "sample"}, "One of its own"),
        ({"op": "edit"}, "From Edit"),
    ):
        held = tab("bring", tab.session, Held(), how, EventData(None, data))["Held"]
        assert held.fresh and held.name == name and held.picture
    for hostile in ({"op": "example", "id": "photo-../x"}, {"op": "example"}, {"op": "own"}, {}):
        assert "Held" not in tab("bring", tab.session, Held(), how, EventData(None, hostile))


def test_a_link_brings_a_picture_that_nobody_looks_for_unasked(tab: Tab) -> None:
    """It lies there with its first guess and the choices; one that names nothing says so."""
    here = read("tab=invert&into=nouns&given=photo-coffee&begin=random&guide=" + EYES[0])
    out = tab("enter_way_at_once", Held(), How(), here.of("invert"))
    assert out["Held"].name == "Coffee" and not out["Held"].fresh and "Look for it" in out["rs-invert-go"]
    assert (out["How"].guide, out["How"].start) == (EYES[0], "random") and "invert" not in tab.studio.calls
    assert "given=photo-coffee" in out["rs-invert-bench"] and "begin=random" in out["rs-invert-ways"]
    for query in ("tab=invert&given=photo-nothing", "tab=invert&into=moon", "tab=invert&guide=nobody"):
        wrong = tab("enter_way_at_once", Held(), How(), read(query).of("invert"))
        assert 'role="alert"' in wrong["rs-invert-notice"] and wrong["rs-invert-bench"]


def test_faces_say_what_to_fetch(tab: Tab, tmp_path) -> None:
    """Until it is here; then a portrait is found the same way, and its photograph is held by name alone."""
    tab.studio.face_weights.ready = False
    out = tab("open_way", Held(), How(), EventData(None, {"op": "world", "id": FACES}))
    assert "Faces need a generator" in out["rs-invert-fetch"] and "Held" not in out
    tab.studio.face_weights.ready = True
    out = (
        tab("faces_fetched", Held(), How())
        if "faces_fetched" in tab.run
        else tab("open_way", Held(), How(), EventData(None, {"id": FACES}))
    )
    assert out["Held"].world == FACES and "into=faces" in out["rs-invert-world"]
    held = tab.brought(tmp_path, FACES)
    assert held.picture is not None and held.picture.photograph is None and len(held.photograph) == 32
    shown = tab.steps("seek_it", held, How(eyes=EYES))
    sent = tab("send", tab.session, replace(shown[-1]["Held"], running=False), EventData(None, {"op": "send", "id": "guided"}))
    assert sent["Session"].world == FACES and sent["Session"].now.photograph == held.photograph and "Bring it closer" in sent["rs-closer"]


def test_scores_say_which_is_nearer() -> None:
    """By their sign; neither where they read the same, or one is not known."""
    lanes = (Lane(scores=(("psnr", 20.0), ("lpips", 0.1))), Lane(scores=(("psnr", 20.01), ("lpips", 0.2), ("similarity", 0.5))))
    told = {row["name"]: [better for _, better in row["cells"]] for row in cards._scores(lanes)}
    assert told == {"PSNR": [False, False], "LPIPS": [True, False], "Agreement": [False, False]}


def test_text_from_outside_is_escaped(tab: Tab, tmp_path) -> None:
    """Names and problems may hold anything."""
    held = replace(tab.brought(tmp_path), name=EVIL, place=EVIL, lanes=(Lane(problem=EVIL), Lane()))
    for html in (cards.bench(held), cards.examples([(EVIL, EVIL, EVIL)], EVIL), cards.choices(How(EVIL, EVIL, (EVIL,)))):
        assert "<img src=x" not in html and 'onerror="' not in html


def test_no_visitor_sees_another_s(tab: Tab, tmp_path) -> None:
    """What was brought lies in the visitor's own state: the tab begins anew for the next one."""
    tab.brought(tmp_path)
    assert next(b for b in tab.demo.blocks.values() if isinstance(getattr(b, "value", None), Held)).value == Held()


def test_the_scores_come_to_a_sentence() -> None:
    """By the better way; what is far off says why; nothing while it is looked for."""
    lanes = (Lane(scores=(("psnr", 15.2),)), Lane(scores=(("psnr", 15.0),)))
    assert "nothing but Nouns" in cards.verdict(Held(lanes=lanes)) and "nothing but Nouns" in cards.nearness(Held(lanes=lanes))
    assert cards.verdict(Held(lanes=(lanes[0], Lane(scores=(("psnr", 24.0),))))).startswith("Near")
    assert cards.verdict(Held(world=FACES, lanes=(lanes[0], Lane(scores=(("psnr", 26.0),))))).startswith("Found")
    assert cards.verdict(Held(lanes=lanes, running=True)) == cards.verdict(Held()) == ""
