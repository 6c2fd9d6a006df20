"""The page without a server: its queue, its bounds, its errors, its words."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from gradio import EventData, skip

from app.demo import launch_settings
from app.edit import pieces
from app.features import cards as feature_cards
from app.features.atlas import Map
from app.shared import guard, views, widgets
from app.shared.address import tell
from app.shared.comparison import Comparison, Part, difference_map
from app.shared.session import CachedStudio, Moment, Session
from app.shared.templates import macros
from core.foundations.errors import RecipeError, RequestError, SettingError, StudioError
from core.foundations.records import Edit
from core.foundations.region import Region
from core.language.words import LONGEST, check
from tests.app.fake_studio import FakeStudio

HEAVY = {"request", "idea", "choose", "act", "turn", "surprise", "compose", "take_in", "replay"}
HEAVY |= {"light_up", "evidence", "add", "edit", "open", "bound"}
HEAVY |= {"enter", "seek", "use", "at", "segment", "press", "do", "weigh", "discover", "move"}
HEAVY |= {"go", "fetched", "enter_at_once"} | {"shares", "concepts"} | {"open_world", "faces_fetched", "dial", "nearer"}
HEAVY |= {"face", "paint_step"} | {"through_eyes", "own_eyes"} | {"open_dictionary", "seek_feature", "open_feature"}
HEAVY |= {"open_pipeline", "seek_made"}
HEAVY |= {"open_way", "bring", "bring_file", "both_sides", "send", "rest"} | {"open_wall", "pick_picture", "hold", "take"}
HEAVY |= {"enter_classes", "enter_classes_at_once", "go_to", "eyes_fetched", "pick_one", "open_class", "ask_after", "classes", "class_keys"}
HEAVY |= (
    {"attack", "attack_words"}
    | {"choose_classes", "choose_world", "other_pair", "change_words", "add_word", "open_picture"}
    | {"describe", "describe_scene", "shared", "invert", "excite"}
)
HEAVY |= {f"{name}{when}" for name in ("enter_way", "enter_wall", "enter_ploy") for when in ("", "_at_once")}
FETCH = {"fetch", "fetch_faces", "look_up", "bring_eyes", "look_up_dictionary", "bring_dictionary", "look_up_pipeline", "bring_pipeline"}
SHIFT = {"open_sprite", "open_sprite_at_once", "shift"}
LONG = {"compare", "closer", "paint", "save", "save_whole", "paint_handles"} | {
    "seek_new",
    "seek_it",
    "move_it",
    "make_pictures",
    "grow_it",
    "open_made",
}
WAITING = {"ask", "leave"}
DRAG = {"sketch"}
LIGHT = {
    "arrive",
    "choose_way",
    "choose_count",
    "save_set",
    "name_writer",
    "grown",
    "open_map",
    "open_table",
    "open_handle",
    "come",
    "come_at_once",
    "fill",
    "look",
    "look_besides",
    "pick",
    "saved",
    "settle",
    "find",
    "search",
    "who",
    "cancel",
    "cancel_faces",
    "put_off",
    "put_off_dictionary",
    "put_off_pipeline",
} | {
    "heads",
    "methods",
}
EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


def events(demo) -> list:
    """Every event that runs Python."""
    return [f for f in demo.fns.values() if f.fn is not None]


def test_every_event_is_known_and_in_its_queue(built) -> None:
    """Whatever runs a model takes its turn, and Gradio itself holds none of it back; whatever does not never waits for it."""
    _, demo = built
    names = {f.fn.__name__ for f in events(demo)}
    assert names == HEAVY | LONG | WAITING | LIGHT | SHIFT | FETCH | DRAG
    rest = {**dict.fromkeys(LONG, ("long", guard.AT_ONCE)), **dict.fromkeys(WAITING, ("waiting", 8))}
    rest |= {**dict.fromkeys(SHIFT, ("shift", 2)), **dict.fromkeys(FETCH, ("fetch", 8)), **dict.fromkeys(DRAG, ("drag", 2))}
    for event in events(demo):
        name = event.fn.__name__
        wanted = ("model", 1) if name in HEAVY else rest.get(name, ("light", 8))
        wanted = ("model", 1) if event.fn.__module__ == "app.edit.prompting" and name == "pick" else wanted
        wanted = ("model", 1) if event.fn.__module__ == "app.api.fooling" and name == "paint" else wanted
        wanted = ("shift", 2) if event.fn.__module__ == "app.shift.tab" and name == "turn" else wanted
        assert (event.concurrency_id, event.concurrency_limit) == wanted, event.fn.__name__


def test_every_public_endpoint_is_known(built) -> None:
    """The verbs of every tab, each with its docstring; nothing else of the page is offered to strangers."""
    _, demo = built
    public = {f.api_name: f for f in demo.fns.values() if f.api_visibility == "public"}
    edits = {"request", "edit", "find", "open"} | {"shared", "invert", "move"} | {"attack_words", "attack", "paint", "excite"}
    assert set(public) == edits | {"segment", "concepts"} | {"who", "heads", "shares"} | {"classes", "class_keys"} | {"shift", "methods"}
    assert all(f.fn.__doc__ for f in public.values())


def test_a_bound_comes_along_over_the_api(built) -> None:
    """The recipe of one answer bounds what the next sentence does, and the edits that were there stay as they are."""
    studio, demo = built
    left = Region.of(np.arange(32)[None] < np.full((32, 1), 16), "the left half")
    start = studio.recipe(studio.within(studio.sample(1), left), (Edit("bundle:head:shark"),))
    run = {f.fn.__name__: f.fn for f in events(demo) if f.api_visibility == "public"}
    told = run["request"]("teal body", start)
    base, edits = studio.replay(told["recipe"])
    assert base.within == left and [e.within for e in edits] == [None, left] and "inside “the left half”" in told["report"]
    assert run["edit"](told["recipe"])["image"] == told["image"] and told["note"] == ""


def test_building_and_loading_run_no_model(built) -> None:
    """The first picture lies ready, and nothing runs when the page is loaded; a link is told by the browser."""
    studio, demo = built
    assert studio.calls == []
    loads = [f for f in events(demo) if any(name == "load" for _, name in f.targets)]
    assert loads == []


def test_sliders_stay_in_bounds(built) -> None:
    """The native slider and those in the list have the guard's bounds, and Python clamps what comes anyway."""
    _, demo = built
    sliders = [b for b in demo.blocks.values() if type(b).__name__ == "Slider"]
    assert [(s.minimum, s.maximum, s.step) for s in sliders] == [(*guard.STRENGTHS, guard.STEP)]
    row = pieces.steps([Edit("x", 1.5)], [("x", "")], [None], True, False)
    assert f'min="{guard.STRENGTHS[0]}" max="{guard.STRENGTHS[1]}"' in row
    assert guard.strength(1e9) == guard.STRENGTHS[1]
    for bad in ("1", None, float("nan"), True, [1], 10**400):
        with pytest.raises(SettingError):
            guard.strength(bad)


def test_errors_become_sentences(caplog) -> None:
    """A person's mistake is told in its own words; anything else in calm ones, and logged; no traceback is shown."""

    def wrong(kind: Exception):
        def handler() -> dict:
            raise kind

        return guard.guarded("notice", widgets.notice)(handler)()

    assert "Try a PNG" in wrong(StudioError("Try a PNG."))["notice"]
    calm = wrong(ZeroDivisionError("secret /path"))["notice"]
    assert "your picture and steps are as they were" in calm and "secret" not in calm
    assert calm.index("Save picture") < calm.index("reload the page")
    assert "secret" in caplog.text


def test_what_follows_an_event_leaves_its_word_alone() -> None:
    """An event clears the notice; what only comes after it does not, though its own errors are told there too."""

    def fine() -> dict:
        return {"piece": 1}

    def wrong() -> dict:
        raise StudioError("Try a PNG.")

    assert guard.guarded("notice", str)(fine)() == {"notice": "", "piece": 1}
    assert guard.guarded("notice", str, clear=False)(fine)() == {"notice": skip(), "piece": 1}
    assert guard.guarded("notice", str, clear=False)(dict)() == {"notice": skip()}  # Gradio takes {} for a value
    assert guard.guarded("notice", str, clear=False)(wrong)() == {"notice": "Try a PNG."}


@pytest.mark.parametrize("text", ["", "   ", None, 7, "a" * (LONGEST + 1)])
def test_sentences_are_bounded(text) -> None:
    """Empty, too long, or no text at all."""
    with pytest.raises(RequestError):
        guard.sentence(text)


def test_nothing_that_is_typed_is_cut(built) -> None:
    """No box drops what is too long: it arrives whole, and the reader's own sentence says how long it may be."""
    boxes = [block for block in built[1].blocks.values() if isinstance(block, gr.Textbox)]
    assert len(boxes) >= 6 and not [box.elem_id for box in boxes if box.max_length is not None]
    told = []
    for asks in (guard.sentence, lambda text: check(text, "")):
        with pytest.raises(RequestError) as wrong:
            asks("a" * 500)
        told.append(str(wrong.value))
    assert told[0] == told[1] and "500" in told[0] and str(LONGEST) in told[0]
    assert guard.sentence("a" * LONGEST) == guard.asked("a" * LONGEST) == "a" * LONGEST


@pytest.mark.parametrize("place", [-1, 2, "0", None, True, 0.0])
def test_places_are_checked(place) -> None:
    """Event data is hostile."""
    session = Session(Moment("b", (Edit("a"), Edit("b"))))
    with pytest.raises(SettingError):
        session.act("remove", place)


def test_links_go_round_and_are_bounded() -> None:
    """What we write we read; what we did not write is refused, a bomb included."""
    recipe = json.dumps({"world": "nouns", "edits": list(range(300))})
    link = guard.to_link(recipe)
    assert re.fullmatch(r"[\w-]+", link) and guard.from_link(link) == recipe
    bomb = guard.to_link(" " * 5_000_000)
    for bad in (bomb, "####", "a" * 20_000, link[:-9], ""):
        with pytest.raises(RecipeError):
            guard.from_link(bad)


def test_text_from_outside_is_escaped() -> None:
    """Names, sentences and refusals may hold anything."""
    studio = FakeStudio()
    handle = replace(studio.handles()[0], name=EVIL, id=EVIL, slot="head")
    found = replace(studio.find("shark")[0], handle=handle)
    shown = Comparison("data:,", "data:,", "data:,", EVIL, 0.1, (), (Part("head", EVIL),))
    drawn = [
        widgets.notice(EVIL),
        views.report(shown),
        views.report(replace(shown, said=EVIL, last=EVIL, note=EVIL)),
        views.view(shown, Region(EVIL, bytes(128))),
        pieces.bound(Region(EVIL, bytes(128), True)),
        pieces.choices([found], [""], EVIL),
        pieces.ideas([{"text": EVIL}]),
        pieces.steps([Edit("x", within=Region(EVIL, bytes(128)))] * 2, [(EVIL, "")] * 2, [1, None], True, True),
        pieces.keep(EVIL, tell(EVIL, word=EVIL)),
        feature_cards.listing([(handle, "", EVIL)], EVIL),
        feature_cards.profile(handle, "", (), ()),
        str(macros("edit/brought.html").own(EVIL, EVIL, EVIL, EVIL)),
        str(macros("edit/brought.html").both(EVIL, [(EVIL, EVIL)], 0)),
    ]
    for html in drawn:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:200]


def test_undo_and_redo_walk_the_same_way() -> None:
    """Every act can be taken back and done again; a new act forgets what was undone."""
    start = Session(Moment("b", (Edit("a"), Edit("b"))))
    muted = start.act("mute", 0)
    moved = muted.act("down", 0)
    assert [e.handle for e in moved.now.edits] == ["b", "a"] and moved.now.edits[1].muted
    assert moved.undo().now == muted.now and moved.undo().undo().now == start.now
    assert moved.undo().redo().now == moved.now
    assert moved.undo().act("clear", None).future == ()
    assert start.undo() == start and start.redo() == start
    with pytest.raises(RequestError):
        start.stack(tuple(Edit("a") for _ in range(guard.STACK + 1)))


def test_a_step_that_has_moved_is_not_touched() -> None:
    """A click on a list that is no longer true changes nothing and says so; without a handle the place alone decides."""
    start = Session(Moment("b", (Edit("a"), Edit("b"), Edit("c"))))
    removed = start.act("remove", 0, "a")
    assert [e.handle for e in removed.now.edits] == ["b", "c"]
    for op in ("remove", "mute", "up", "down"):
        with pytest.raises(SettingError, match="That step has moved"):
            removed.act(op, 0, "a")
    for hostile in (7, "", ["b"], True):
        with pytest.raises(SettingError, match="That step has moved"):
            removed.turn(0, 0.5, hostile)
    assert [e.handle for e in removed.act("remove", 0).now.edits] == ["c"]
    assert removed.turn(0, 0.5, "b").now.edits[0].strength == 0.5
    assert removed.act("undo", None, "a").now == start.now


def test_the_tools_and_the_slider_know_their_step() -> None:
    """Every piece of a row carries the place and the handle; what is of no row carries neither."""
    html = pieces.steps([Edit("a"), Edit("b&c")], [("x", ""), ("y", "")], [None, None], True, True)
    assert html.count('data-at="0" data-id="a"') == html.count('data-at="1" data-id="b&amp;c"') == 5
    assert html.count("data-at=") == html.count("data-id=") == 10


def test_one_slider_is_one_step_of_undo() -> None:
    """However often it rests; another slider, or another act between, begins a new step, and a way back to the start is none."""
    start = Session(Moment("b", (Edit("a"), Edit("b"))))
    dragged = start
    for value in (0.9, 0.5, 0.2, -0.4):
        dragged = dragged.turn(0, value)
    assert dragged.past == (start.now,) and dragged.now.edits[0].strength == -0.4
    assert dragged.undo().now == start.now and dragged.undo().redo().now == dragged.now
    assert dragged.turn(0, 1.0) == start
    other = dragged.turn(1, 0.5).turn(1, 0.6)
    assert other.past == (start.now, dragged.now)
    muted = dragged.act("mute", 0).turn(0, 0.3)
    assert len(muted.past) == 3 and muted.undo().now.edits[0].strength == -0.4
    assert dragged.undo().turn(0, 0.7).future == () and dragged.act("remove", 1).turn(0, 0.7).past[-1].edits[0].strength == -0.4
    assert dragged.turn(0, -0.4) is dragged


def test_the_state_of_an_open_page_is_kept(built) -> None:
    """However long it rests, and however many others came meanwhile, up to a number that few cannot reach."""
    states = [b for b in built[1].blocks.values() if type(b).__name__ == "State"]
    assert states and all(math.isinf(s.time_to_live) for s in states)
    assert launch_settings()["state_session_capacity"] >= 512


def on_edit(demo, name: str):
    """A handler of the tab Edit, and the pieces of the page that it may fill, by their ids or labels."""
    found = [f for f in events(demo) if f.fn.__name__ == name and f.fn.__module__.startswith("app.edit.")]
    assert len(found) == 1
    return found[0].fn, {c.elem_id or getattr(c, "label", None): c for c in found[0].outputs}


@pytest.mark.parametrize("typed", [True, False])
def test_undo_takes_the_boxes_of_the_parts_along(built, typed: bool) -> None:
    """Typed or pressed: the boxes show the parts of the picture that is shown again."""
    studio, demo = built
    cached = CachedStudio(studio)
    first, second = (cached.moment(studio.sample(seed)) for seed in (1, 2))
    run, filled = on_edit(demo, "request" if typed else "act")
    out = run(Session(second, (first,)), "undo" if typed else EventData(None, {"op": "undo"}))
    seen = {r.slot: r.part for r in studio.read(studio.sample(1))}
    assert {slot: out.get(filled[slot.capitalize()]) for slot in studio.slots} == seen


def test_the_same_steps_are_shown_anew(built) -> None:
    """A hand has moved the list's slider meanwhile; Gradio passes over HTML that is what it was given last."""
    cached = CachedStudio(built[0])
    first = Session(cached.moment(built[0].sample(1), (Edit("bundle:head:shark"),)))
    run, filled = on_edit(built[1], "act")
    one, two = (run(first.turn(0, 0.5), EventData(None, {"op": "undo"}))[filled["rs-stack"]] for _ in range(2))
    assert one != two and re.sub(r'data-n="\d+"', "", one) == re.sub(r'data-n="\d+"', "", two)


def test_an_old_refusal_goes_and_a_new_one_stays(built) -> None:
    """Whatever tab moves the session; the refusal of the very answer that moved it is told."""
    studio, demo = built
    start = Session(CachedStudio(studio).moment(studio.sample(1)))
    for module, name, given in (
        ("features.atlas", "add", (start, Map(), "bundle:head:shark", 1.0)),
        ("edit.tab", "surprise", (start,)),
    ):
        found = next(f for f in events(demo) if (f.fn.__module__, f.fn.__name__) == (f"app.{module}", name))
        notice = next(c for c in found.outputs if c.elem_id == "rs-notice")
        assert found.fn(*given)[notice] == ""
    run, filled = on_edit(demo, "request")
    studio.request = lambda picture, sentence, stack: replace(studio.edit(picture, (Edit("bundle:head:shark"),)), refusal="Only the half.")
    out = run(start, "a shark and a giraffe")
    assert "Only the half." in out[filled["rs-notice"]] and any(isinstance(v, Session) for v in out.values())


def test_a_click_on_an_old_list_is_told(built) -> None:
    """Both the tools and the sliders send the handle on, and the steps stay as they are."""
    session = Session(Moment(CachedStudio(built[0]).moment(built[0].sample(1)).base, (Edit("bundle:head:shark"),)))
    for name, data in (("act", {"op": "remove"}), ("turn", {"strength": 0.5})):
        run, filled = on_edit(built[1], name)
        out = run(session, EventData(None, {**data, "at": 0, "id": "bundle:head:cat"}))
        assert set(out) == {filled["rs-notice"]} and "That step has moved" in out[filled["rs-notice"]]


def test_a_recipe_opens_as_one_s_own_picture(built, tmp_path) -> None:
    """The file that the button Recipe saves comes back with its steps; a long, empty or foreign one is refused in plain words."""
    studio, demo = built
    cached, run = CachedStudio(studio), on_edit(demo, "take_in")[0]
    kept = Moment(cached.moment(studio.sample(3)).base, (Edit("bundle:head:shark", 0.5),))
    start, path = Session(cached.moment(studio.sample(1))), tmp_path / "recipe.JSON"
    path.write_text(cached.recipe(kept))
    assert next(v for v in run(start, str(path)).values() if isinstance(v, Session)).now == kept
    for content in (b"", b"{}", b"\xff\x00", b" " * (guard.RECIPE + 1)):
        path.write_bytes(content)
        out = run(start, str(path))
        assert not any(isinstance(v, Session) for v in out.values())
        assert any("recipe" in v and "role" in v for v in out.values() if isinstance(v, str)), content


def test_a_comparison_survives_its_file() -> None:
    """What is precomputed is shown exactly as what is computed."""
    cached = CachedStudio(FakeStudio())
    base = cached.moment(cached.studio.sample(3)).base
    shown = cached.comparison(Moment(base, (Edit("bundle:head:shark"),)))
    assert Comparison.from_dict(json.loads(json.dumps(shown.to_dict()))) == shown
    assert shown.changed[0].after.name == "shark" and len(shown.kept) == 4


def test_the_difference_map_shows_only_what_changed() -> None:
    """Changed pixels opaque in their new colour, the rest a shadow."""
    studio = FakeStudio()
    before, after = studio.sample(1).image, studio.sample(2).image
    shown = difference_map(before, after).load()
    for x in range(0, 32, 5):
        for y in range(0, 32, 3):
            differs = before.getpixel((x, y)) != after.getpixel((x, y))
            assert (shown[x, y][3] == 255) == differs
            assert not differs or shown[x, y][:3] == after.getpixel((x, y))
