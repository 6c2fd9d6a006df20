"""The tab Shift without a browser: states, packed ink, words, tables, hostile input, missing weights."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from app.precompute import precompute
from app.shared import guard
from app.shift import cards as shift_cards
from app.shift.sprites import OPENING, CachedSprites, Kit, Turned, View, asked_by, exact, opening, overlap, pack, plain, unpack
from app.shift.tab import KEPT, Past
from core.foundations.errors import SettingError, WeightsError
from core.foundations.records import Edit
from core.worlds.dsprites.factors import COUNTS, FACTORS
from tests.app.fake_sprites import NO_CIRCLE, FakeSprites, ink
from tests.app.fake_studio import FakeStudio
from tests.studio.tiny_sprites import tiny_studio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'
HEART = (2, 4, 0, 25, 9)


@pytest.fixture()
def cached_sprites() -> CachedSprites:
    """The stand-in's sprites."""
    return CachedSprites(FakeStudio())


class Untrained(FakeStudio):
    """A studio whose sprites have no weights yet."""

    @property
    def sprites(self) -> FakeSprites:
        raise WeightsError("assets/dsprites_generator.safetensors is missing. Run `make weights` to train it.")

    @sprites.setter
    def sprites(self, value: FakeSprites) -> None:
        pass


def handler(demo: gr.Blocks, name: str) -> tuple:
    """An event's function, and the piece of the page that errors go to."""
    found = next(f for f in demo.fns.values() if f.fn is not None and (f.fn.__module__, f.fn.__name__) == ("app.shift.tab", name))
    return found.fn, {c.elem_id: c for c in found.outputs}


def pressed(kind: str, method: object = "studio", start: tuple = OPENING.start, wanted: tuple = (None,) * 5) -> str:
    """What a browser sends for a button or a method."""
    return json.dumps({"start": start, "wanted": wanted, "method": method, "kind": kind})


def test_ink_is_packed_two_pixels_to_a_byte() -> None:
    """Black, white and 14 greys between come back as they were; 2.7 kB each."""
    levels = np.arange(64 * 64).reshape(64, 64) % 16
    text = pack(Image.fromarray(np.uint8(levels * 17)).convert("RGB"))
    assert np.allclose(unpack(text), levels / 15) and len(text) == 2732
    assert (unpack(pack(FakeSprites().compose(dict(zip(FACTORS, map(str, HEART), strict=True))).image)) == ink(HEART)).all()


def test_what_the_start_shows_is_not_asked() -> None:
    """A slider that is dragged back asks for nothing; a sentence adds to what was asked before."""
    assert plain((1, 2, 3, 4, 5), (1, 3, None, 4, 0)) == (None, 3, None, None, 0)
    turned = Turned(HEART).ask({"x": 3})
    assert turned.asked == {"x": 3}
    assert turned.ask({"shape": 0, "x": 25}).asked == {"shape": 0}
    assert turned.start == HEART


def test_a_shift_is_told_in_one_sentence(cached_sprites: CachedSprites) -> None:
    """What was asked, changed and kept, by hand; a leak and a miss each get a line."""
    view = cached_sprites.view(Turned(HEART).ask({"x": 3}))
    say = shift_cards.sentence(cached_sprites.kit, view)
    assert say.startswith("Asked: far left (column 4 of 32). Changed: x. Kept: shape, size, rotation, y. ")
    assert say.endswith(f" {round(100 * view.agreement)} % of the ink agrees with the exact picture.")
    assert "nothing else" in shift_cards.told(cached_sprites.kit, view)
    leak = cached_sprites.view(Turned(HEART, (None, None, None, 3, None), "regression"))
    assert leak.leaks == ("y",) and "moved, not asked: now top (row 12 of 32)" in shift_cards.told(cached_sprites.kit, leak)
    assert "Changed: x, y. Kept: shape, size, rotation." in shift_cards.sentence(cached_sprites.kit, leak)
    missed = replace(view, missed=("x",), moved=(), after=("heart", "large", "upright", "right (column 26 of 32)", "top (row 10 of 32)"))
    html = shift_cards.told(cached_sprites.kit, missed)
    assert "Changed: nothing" in html and "asked, not reached: now right (column 26 of 32)" in html and "nothing else" not in html
    assert "99 %" in shift_cards.sentence(cached_sprites.kit, replace(view, agreement=0.9999))
    assert "Nothing is asked yet" in shift_cards.sentence(cached_sprites.kit, cached_sprites.view(Turned(HEART)))


def test_what_was_asked_is_reached_or_missed(cached_sprites: CachedSprites) -> None:
    """By the reading of the result alone; the start is exact whatever the model draws."""
    turned = Turned(HEART).ask({"rotation": 10})
    shifted = cached_sprites.sprites.shift(cached_sprites.start(HEART), turned.asked, "studio")
    for part, missed, moved in (("10", (), ("rotation",)), ("3", ("rotation",), ("rotation",)), ("0", ("rotation",), ())):
        after = tuple(replace(r, part=part) if r.slot == "rotation" else r for r in shifted.after)
        sprites = FakeSprites()
        sprites.shift = lambda *given, after=after: replace(shifted, after=after)  # type: ignore[method-assign]
        view = CachedSprites(SimpleNamespace(sprites=sprites)).view(turned)
        assert (view.missed, view.moved) == (missed, moved)
    assert (unpack(cached_sprites.view(Turned(HEART)).first) == ink(HEART)).all() and cached_sprites.view(Turned(HEART)).agreement == 1.0
    assert overlap(exact((0, 5, 0, 0, 0)), exact((0, 5, 0, 31, 31))) == 0.0


def test_the_real_verbs_speak_the_same_language() -> None:
    """Over the studio's own shifter with models made by hand: `means` is exact and leaks into y at x = 0, `sum` does nothing."""
    cached_sprites = CachedSprites(SimpleNamespace(sprites=tiny_studio(leak=True)))
    assert [w.name for w in cached_sprites.kit.ways] == ["studio", "means", "sum"] and cached_sprites.kit.counts == COUNTS
    assert cached_sprites.kit.ways[0].leakage[3] == (0.0, 0.0, 0.0, 1.0, 0.04) and cached_sprites.kit.ways[0].measured[3] == 0.96
    good = cached_sprites.view(Turned(HEART, (None, 0, None, 3, None)))
    leak = cached_sprites.view(Turned(HEART, (None, None, None, 0, None), "means"))
    idle = cached_sprites.view(Turned(HEART, (0, None, None, None, None), "sum"))
    assert (good.moved, good.missed, good.agreement) == (("scale", "x"), (), 1.0)
    assert good.made == good.target == pack(exact((2, 0, 0, 3, 9)))
    assert (leak.leaks, leak.missed) == (("y",), ()) and leak.agreement < 0.5
    assert (idle.moved, idle.missed) == ((), ("shape",)) and cached_sprites.view(Turned(HEART)).agreement == 1.0


def test_the_feed_and_the_first_view_survive_their_files(cached_sprites: CachedSprites) -> None:
    """What is precomputed is shown exactly as what is computed; a drag's answer is small."""
    data = json.loads(json.dumps(opening(cached_sprites)))
    view = cached_sprites.view(OPENING)
    assert View.from_dict(data["view"]) == view and Kit.from_dict(data["kit"]) == cached_sprites.kit
    told = json.loads(shift_cards.feed(cached_sprites.kit, view, ("y",)))
    assert told["rows"] == ["y"] and told["start"] == list(OPENING.start) and told["jump"] is False
    assert (
        json.loads(shift_cards.feed(cached_sprites.kit, view))["rows"] == ["x"] and len(shift_cards.feed(cached_sprites.kit, view)) < 9000
    )


@pytest.mark.parametrize(
    "values",
    [None, "12345", [0] * 4, [0] * 6, [0, 0, 0, 0, 32], [0, 0, 0, 0, -1], [0, 0, 0, 0, 1.0], [True] * 5, [0, 0, 0, 0, None], [[0]] * 5],
)
def test_sprites_from_outside_are_checked(values: object) -> None:
    """Too few, too many, out of bounds, not whole, nothing, or no list."""
    with pytest.raises(SettingError):
        guard.factors(values, COUNTS)


def test_some_factors_may_be_left_out() -> None:
    """None stands for what is not asked; the rest is still checked."""
    assert guard.factors([None, 5, None, 31, 0], COUNTS, some=True) == (None, 5, None, 31, 0)
    with pytest.raises(SettingError):
        guard.factors([None, 6, None, 31, 0], COUNTS, some=True)


@pytest.mark.parametrize("id", ["shift:x:32", "shift:z:1", "shift:x:-1", "bundle:head:shark", "shift:x:", EVIL, None, "shift:shape:9999"])
def test_handles_from_outside_are_checked(id: object) -> None:
    """Only a value that exists can be asked for."""
    with pytest.raises(SettingError):
        asked_by((Edit(id),), COUNTS)
    assert asked_by((Edit("shift:x:31"), Edit("shift:y:2", muted=True)), COUNTS) == {"x": 31}


def test_a_drag_answers_and_hostile_ones_change_nothing(built) -> None:
    """A good drag gives a state, a feed and a report; bad ones give only a sentence."""
    studio, demo = built
    run, out = handler(demo, "turn")
    good = run(OPENING, Past(), json.dumps({"start": HEART, "wanted": [None, None, None, None, 30], "kind": "wanted", "slot": "y"}))
    state = next(v for v in good.values() if isinstance(v, Turned))
    assert state == Turned(HEART, (None, None, None, None, 30)) and "sprites.shift" in studio.calls
    assert json.loads(good[out["rs-feed"]])["rows"] == ["y"] and "row 31 of 32" in good[out["rs-feed"]]
    bad = [{}, {"start": "x"}, {"start": HEART, "wanted": [99] * 5}, {"start": HEART, "wanted": {"x": 1}}]
    for text in (*map(json.dumps, bad), "", "[]", "[" * 400, "{}" + " " * 600, None, 7, EVIL):
        answer = run(OPENING, Past(), text)
        assert set(answer) == {out["rs-shift-notice"]} and ("sprite" in str(answer) or "could not be read" in str(answer))
    odd = run(OPENING, Past(), json.dumps({"start": HEART, "wanted": [None] * 5, "kind": EVIL, "slot": [EVIL]}))
    assert json.loads(odd[out["rs-feed"]])["rows"] == []
    for way in (EVIL, None, 7, ["studio"]):
        assert set(run(OPENING, Past(), pressed("method", way))) == {out["rs-shift-notice"]}


def test_what_is_passed_over_is_not_lost(built) -> None:
    """A drag right after a method or a button brings along what that had set, and the table of methods follows."""
    run, out = handler(built[1], "turn")
    later = {"start": HEART, "wanted": [None, None, None, None, 30], "method": "nearest", "kind": "wanted", "slot": "y"}
    answer = run(OPENING, Past(), json.dumps(later))
    assert states(answer)[0] == Turned(HEART, (None, None, None, None, 30), "nearest")
    assert 'data-id="nearest" aria-pressed="true"' in answer[out["rs-ways"]] and out["rs-shift-choices"] not in answer


def test_buttons_and_sentences_move_the_sliders(built) -> None:
    """Back to the start asks for nothing, nor does another sprite; both clear what was offered. A refusal touches nothing."""
    _, demo = built
    run, out = handler(demo, "turn")
    home, other = run(OPENING, Past(), pressed("home")), run(OPENING, Past(), pressed("another", start=HEART))
    assert states(home)[0] == Turned(OPENING.start) and states(other)[0] == Turned(HEART)
    assert home[out["rs-shift-choices"]] == other[out["rs-shift-choices"]] == "" and out["rs-ways"] not in home
    told = run(OPENING, Past(), pressed("method", "regression", wanted=OPENING.wanted))
    assert (
        '<tr aria-current="true"><th scope="row"><button type="button" class="rs-use" data-op="method" data-id="regression"'
        in told[out["rs-ways"]]
    )
    assert json.loads(told[out["rs-feed"]])["leaks"] == ["y"] and json.loads(told[out["rs-feed"]])["method"] == "regression"
    run, out = handler(demo, "move")
    moved = json.loads(run(OPENING, Past(), "make it a square at the bottom")[out["rs-feed"]])
    assert moved["jump"] and moved["wanted"] == [0, None, None, 5, 28]
    refused = run(OPENING, Past(), "fly away")
    assert out["rs-feed"] not in refused and "cannot" in refused[out["rs-shift-notice"]]
    assert refused[out["rs-shift-choices"]].count('data-op="choose"') == 2
    assert "move it to the left" in run(OPENING, Past(), "   ")[out["rs-shift-notice"]]


def states(answer: dict) -> tuple[Turned, Past]:
    """Where an answer leaves a visitor."""
    return tuple(next(v for v in answer.values() if isinstance(v, kind)) for kind in (Turned, Past))


def test_changes_are_taken_back_in_words(built) -> None:
    """Step by step to the first, whatever made them; then the library's own sentence. The method of the moment stays."""
    _, demo = built
    move, out = handler(demo, "move")
    turn = handler(demo, "turn")[0]
    assert "nothing to undo" in move(OPENING, Past(), "undo")[out["rs-shift-notice"]]
    said = states(move(OPENING, Past(), "make it a square"))
    other = states(turn(*said, pressed("another", start=HEART)))
    seen, now = [], (replace(other[0], method="regression"), other[1])
    for _ in range(2):
        answer = move(*now, "undo that")
        now = states(answer)
        seen.append(now[0])
        assert json.loads(answer[out["rs-feed"]])["jump"] and answer[out["rs-shift-notice"]] == ""
    assert seen == [replace(said[0], method="regression"), replace(OPENING, method="regression")]
    assert now[1].steps == () and "nothing to undo" in move(*now, "undo")[out["rs-shift-notice"]]
    assert states(turn(*said, json.dumps({"start": HEART, "wanted": [0] * 5})))[1].steps == (OPENING, said[0])


@pytest.mark.parametrize(
    "words", ["start over", "Please start again.", "reset", "reset everything", "undo everything", "back to the start!"]
)
def test_everything_is_taken_back_in_words(built, words: str) -> None:
    """The sprite stays and nothing is asked of it; that too can be undone. Words that ask for more are the library's."""
    studio, demo = built
    move, _ = handler(demo, "move")
    said = states(move(OPENING, Past(), "make it a square"))
    over = states(move(*said, words))
    assert over[0] == Turned(OPENING.start) and over[1].steps == (OPENING, said[0])
    assert states(move(*over, "undo"))[0] == said[0]
    asked = studio.calls.count("sprites.request")
    move(*said, f"{words} with a heart")
    assert studio.calls.count("sprites.request") == asked + 1


def test_one_slider_is_one_change() -> None:
    """However far it goes; another slider begins a new one; a way back to where it was is none; the list is bounded."""
    at = [Turned(HEART).ask({"x": x}) if x < 25 else Turned(HEART) for x in (25, 3, 4)]
    past = Past().then(at[0], at[1], "wanted:x").then(at[1], at[2], "wanted:x")
    assert past == Past((at[0],), "wanted:x") and past.then(at[2], at[0], "wanted:x") == Past()
    assert past.then(at[2], at[2].ask({"y": 1}), "wanted:y").steps == (at[0], at[2])
    assert past.then(at[2], replace(at[2], method="regression")) is past
    for i in range(80):
        past = past.then(at[i % 2], at[1 - i % 2])
    assert len(past.steps) == KEPT


def test_a_note_stands_instead_of_a_promise(built) -> None:
    """Words that were met by the nearest thing are said so, and are not told as exactly what was asked; the measurement stays."""
    _, demo = built
    move, out = handler(demo, "move")
    noted, plainly = (move(OPENING, Past(), f"make it a {word}") for word in ("circle", "square"))
    assert NO_CIRCLE in noted[out["rs-shift-notice"]] and plainly[out["rs-shift-notice"]] == ""
    told, promised = (json.loads(answer[out["rs-feed"]])["told"] for answer in (noted, plainly))
    assert shift_cards.MEANT in told and shift_cards.CLEAN not in told and "% of the ink" in told
    assert shift_cards.MEANT not in promised and shift_cards.CLEAN in promised


def test_sliders_have_words_and_the_matrix_has_headers(cached_sprites: CachedSprites) -> None:
    """Ten native sliders, each with a label and its value in words; every cell under a column's and beside a row's header."""
    view = cached_sprites.view(OPENING)
    html = shift_cards.start(cached_sprites.kit, view) + shift_cards.board(cached_sprites.kit, view)
    assert html.count('type="range"') == 10 == html.count("aria-valuetext=") and 'aria-valuetext="left (column 6 of 32)"' in html
    assert 'aria-valuetext="turned by 28 degrees"' in html and html.count("aria-label=") >= 10
    table = shift_cards.matrix(cached_sprites.kit.ways[1])
    assert table.count('scope="col"') == 6 and table.count('scope="row"') == 5 and table.count("<td") == 25 and "<caption>" in table
    assert table.count("rs-meant") == 5 and table.count(">42<small>%</small>") == 4


def test_the_best_of_each_column_is_bold() -> None:
    """By hand: the first wins shape, the second size, both rotation; what was not measured says so."""
    kit = CachedSprites(FakeStudio()).kit
    measured = ((0.9, 0.1, 0.5, 0.2, None), (0.8, 0.3, 0.5, 0.1, None))
    ways = tuple(replace(way, measured=row) for way, row in zip(kit.ways[:2], measured, strict=True))
    html = shift_cards.methods(Kit(kit.names, ways), "studio")
    first, second = (row.split("</tr>")[0] for row in html.split("<tbody>")[1].split("<tr")[1:3])
    assert first.count("<b>") == 3 and second.count("<b>") == 2 and html.count("–") == 2 and html.count('aria-pressed="true"') == 1


@pytest.mark.parametrize(("share", "shown"), [(0.0, "0"), (1.0, "100"), (0.9999, "99.9"), (0.0001, "0.1"), (0.991, "99.1"), (0.5, "50")])
def test_a_share_is_never_rounded_to_all_or_none(share: float, shown: str) -> None:
    """0 and 100 are kept for what is exactly so."""
    assert shift_cards.digits(share) == shown


def test_text_from_outside_is_escaped_on_this_tab(cached_sprites: CachedSprites) -> None:
    """Names, methods, sentences and choices may hold anything."""
    names = tuple(tuple(EVIL for _ in column) for column in cached_sprites.kit.names)
    kit = Kit(names, tuple(replace(w, name=EVIL, says=EVIL) for w in cached_sprites.kit.ways))
    view = replace(cached_sprites.view(OPENING), after=(EVIL,) * 5, missed=("x",), moved=("y",))
    found = cached_sprites.sprites.request(cached_sprites.start(HEART), "fly").choices
    found = [replace(f, handle=replace(f.handle, name=EVIL, id=EVIL)) for f in found]
    pieces = [shift_cards.start(kit, view), shift_cards.board(kit, view), shift_cards.told(kit, view), shift_cards.chips([EVIL])]
    pieces += [shift_cards.choices(found, EVIL), shift_cards.matrix(kit.ways[0]), shift_cards.methods(kit, EVIL)]
    for html in pieces:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:300]


def test_without_weights_the_page_opens_and_says_so() -> None:
    """The walk leaves the chapter out, the tab tells the sentence when it is opened, everything else is as ever."""
    from app.demo import build_demo

    static = precompute(Untrained())
    assert static["shift"] is None and "Move one thing only" not in [s["title"] for s in static["walk"]]
    run, out = handler(build_demo(Untrained(), static), "open_sprite")
    answer = run(Turned())
    assert set(answer) == {out["rs-shift-notice"]} and "make weights" in answer[out["rs-shift-notice"]]


def test_without_a_first_view_the_model_makes_it_when_the_tab_opens() -> None:
    """An older file of finished pictures knows nothing of the tab."""
    from app.demo import build_demo

    studio = FakeStudio()
    static = {k: v for k, v in precompute(FakeStudio()).items() if k != "shift"}
    demo = build_demo(studio, static)
    assert studio.calls == []
    run, out = handler(demo, "open_sprite")
    answer = run(Turned())
    assert OPENING in answer.values() and "rs-slide" in answer[out["rs-shift-board"]] and run(OPENING).keys() == {out["rs-shift-notice"]}


def test_the_page_adds_little_to_a_drag(cached_sprites: CachedSprites) -> None:
    """What the tab adds to the shift itself is a few hundred calls of functions, counted rather than timed: no loop over pixels."""
    view, image, calls = cached_sprites.view(OPENING), cached_sprites.start(OPENING.start).image, []
    sys.setprofile(lambda frame, event, arg: calls.append(event) if event in ("call", "c_call") else None)
    try:
        inks = [pack(image) for _ in range(3)]
        shift_cards.feed(cached_sprites.kit, replace(view, first=inks[0]), ("x",))
        guard.factors(list(view.turned.start), COUNTS)
    finally:
        sys.setprofile(None)
    assert len(calls) < 2_000, len(calls)
