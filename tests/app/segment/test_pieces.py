"""The tabs Segment and Heads without a browser: pictures to look at, masks on their way to Edit, pieces, hostile input."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from app.features import atlas as features_atlas
from app.heads import cards as head_cards
from app.heads.tab import Kept, flipped, parse
from app.segment import pieces
from app.segment.tab import LOST
from app.shared import charts, guard, heatmaps
from app.shared import subject as subjects
from app.shared.session import CachedStudio, Moment, Session
from app.shared.subject import Asked, Subject
from core.foundations.errors import PictureError, RequestError, SettingError, StudioError
from core.foundations.records import Edit, HeadCard, Word
from core.foundations.region import MOST_WORDS, Region
from core.methods.read.segment import METHODS
from core.studio.deciding import Decision
from core.studio.seers import asked_for
from tests.app.fake_sight import FakeSight
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


def noun_asked(session: Session, cached: CachedStudio, heat: np.ndarray) -> Asked:
    """A Noun of the tab Edit that was asked for something."""
    return Asked("shark", "", "studio", heatmaps.pack(heat), 0.5, 0.3, subjects.noun(cached, session.now))


@pytest.fixture()
def cached() -> CachedStudio:
    """The page's studio."""
    return CachedStudio(FakeStudio())


@pytest.fixture()
def session(cached: CachedStudio) -> Session:
    """A Noun with a shark's head on its way."""
    return Session(Moment(cached.moment(cached.studio.sample(3)).base, (Edit("bundle:head:shark"),)))


def test_a_mask_finds_its_way_to_the_edit(cached: CachedStudio, session: Session) -> None:
    """It bounds the next step, not those before it; undo takes it back, another Noun is free of it; its words come along."""
    heat = np.zeros((32, 32))
    heat[:, :16] = 1
    asked, before = noun_asked(session, cached, heat), cached.result(session.now)
    only, keep = (session.within(subjects.region(asked, session, 0.5, keep)) for keep in (False, True))
    for now, side in ((only, np.s_[:, 16:]), (keep, np.s_[:, :16])):
        assert cached.result(now.now) is before and now.now.region and now.now.region.words == "shark"
        more = cached.added(now, Edit("bundle:body:teal"))
        changed = np.asarray(cached.result(more.now).picture.image) != np.asarray(before.picture.image)
        assert changed.any() and not changed[side].any() and more.now.edits[0] == session.now.edits[0]
        again = cached.moment(*cached.studio.replay(cached.recipe(more.now)))
        assert again.region == now.now.region and again.edits == more.now.edits and cached.recipe(again) == cached.recipe(more.now)
        free = more.within(None)
        assert cached.result(free.now) is cached.result(more.now) and more.now.said and "side “shark”" in more.now.said.did
    assert only.undo().now.region is None
    assert only.stack(()).now.region == only.now.region
    assert only.go(cached.moment(cached.studio.sample(4))).now.region is None


def test_a_region_is_named() -> None:
    """Packed and unpacked; kept is the opposite of touched; what cannot be printed is left out."""
    mask = np.arange(1024).reshape(32, 32) % 3 == 0
    region = Region.of(mask, "the\x00\n shark’s   head ")
    assert (region.mask == mask).all() and (region.allowed == mask).all() and region.side == 32
    assert region.told == "inside “the shark’s head”" and replace(region, keep=True).told == "outside “the shark’s head”"
    assert (replace(region, keep=True).allowed == ~mask).all()
    assert hash(region) == hash(replace(region)) and len(Region("x" * 500, b"").words) == MOST_WORDS


def test_a_mask_that_does_not_fit_is_refused(cached: CachedStudio, session: Session) -> None:
    """A scene's, another Noun's, an empty one and a full one, each in a sentence that says what to do."""
    heat = np.eye(32)
    good = noun_asked(session, cached, heat)
    other = Session(cached.moment(cached.studio.sample(9)))
    scene = Asked("shark", "", "studio", heatmaps.pack(np.eye(64)), 0.5, 0.3, subjects.scene(cached.studio, 1))
    for asked, at, threshold in ((scene, session, 0.5), (good, other, 0.5), (good, session, 1.0)):
        with pytest.raises(RequestError, match="The Noun from Edit|slider"):
            subjects.region(asked, at, threshold, False)


def test_two_texts_are_cut_where_the_first_wins() -> None:
    """0 stands for the other, 255 for the first."""
    looked = subjects.subject_of(Image.new("RGB", (2, 2)), "A scene", "scene")
    asked = Asked("a", "b", "studio", heatmaps.pack((1 + np.array([[1.0, 0.2], [-1.0, 0.0]])) / 2), 0.3, None, looked)
    assert asked.mask(0.3).tolist() == [[True, False], [False, False]]


def test_any_picture_can_be_looked_at(tmp_path) -> None:
    """All of a photo, 64 pixels along its longer side; a Noun that was saved larger stays a Noun; what is no picture is refused."""
    photo, saved = Image.linear_gradient("L").resize((300, 200)).convert("RGB"), FakeStudio().sample(5).image
    photo.save(tmp_path / "photo.jpg")
    saved.resize((320, 320), Image.Resampling.NEAREST).save(tmp_path / "noun.png")
    (tmp_path / "lie.png").write_text("no picture")
    assert subjects.own(str(tmp_path / "photo.jpg")).picture.image.size == (64, 43)
    assert (np.asarray(subjects.own(str(tmp_path / "noun.png")).picture.image) == np.asarray(saved)).all()
    with pytest.raises(PictureError):
        subjects.own(str(tmp_path / "lie.png"))


@pytest.mark.parametrize("id", ["head:1", "head:1:2:3", "eye:1:2", "head:-1:2", "head:99999:1", None, 7, EVIL])
def test_ids_from_outside_are_checked(id) -> None:
    """Event data is hostile."""
    with pytest.raises(SettingError):
        parse(id)


@pytest.mark.parametrize("value", [None, "1", float("nan"), True])
def test_numbers_from_outside_are_checked(value) -> None:
    """A threshold and a place."""
    for check in (guard.share, guard.place):
        with pytest.raises(SettingError):
            check(value)
    assert guard.share(7) == 1.0 and guard.share(-1) == 0.0


def test_heads_are_switched_over() -> None:
    """Off, and on again, in order."""
    assert flipped(flipped((), (4, 1)), (2, 3)) == ((2, 3), (4, 1))
    assert flipped(((2, 3), (4, 1)), (2, 3)) == ((4, 1),)


def test_the_grid_names_every_head() -> None:
    """One button for each, its words for a screen reader, what is off said in words; a mark beside every colour."""
    sight = FakeSight()
    html = head_cards.grid(sight.lenses.heads, ((0, 1),), "head:2:2")
    assert html.count('data-op="head"') == 36 == html.count('title="layer')
    assert html.count("switched off") == 2 and "1 off" in html and html.count('aria-current="true"') == 1
    assert html.count('class="rs-mark"') >= 36 and "Noun heads and glasses" in html


def test_bars_say_what_speaks_against() -> None:
    """The longest bar is full; a word against is told in words, not by colour alone."""
    html = charts.bars((Word("cat", 0.5), Word("dog", -0.25)))
    assert "width:100.0%" in html and "width:50.0%" in html and html.count("against") == 1
    assert charts.bars(()) == '<ul class="rs-bars"></ul>'


def test_the_choice_shows_before_and_after() -> None:
    """Percents that sum to the same picture, and what they were."""
    html = head_cards.shares(("cat", "dog"), (0.8, 0.2), (0.3, 0.7))
    assert "“dog”" in html and "was 80%" in html and "70%" in html
    assert "was" not in head_cards.shares(("cat", "dog"), (0.8, 0.2), None)


def test_a_text_that_is_not_there_says_so_in_the_choice() -> None:
    """It stands in grey with its number; where it is chosen nonetheless the sentence says so too, and where nothing is known nothing is."""
    seen = head_cards.Seen((0.94, 0.03), 0.5)
    html = head_cards.shares(("cat", "giraffe"), (0.4, 0.6), None, seen=seen)
    assert html.count("rs-absent") == 1 and "I do not see it here (3\u00a0%)" in html
    assert "chooses “giraffe”, though I do not see it here." in html
    assert "chooses “cat”." in head_cards.shares(("cat", "giraffe"), (0.6, 0.4), None, seen=seen)
    assert "not see" not in head_cards.shares(("cat", "giraffe"), (0.4, 0.6), None)


def test_a_choice_says_who_turns_it_and_what_pressing_does() -> None:
    """One head, several, a whole role, or none; the button says the other way round once they are off."""
    one = Decision(((4, 0),), "prints", (0.9, 0.1), (0.1, 0.9), True, 1)
    heads = [HeadCard(at // 8, at % 8, "prints", 0.8, (), (), 0.1) for at in range(48)]
    shown = head_cards.shares(("splat", "shark"), one.before, None, one, (), heads)
    assert "The model chooses “splat”" in shown and "One head of 48 turns this choice: the head that sees prints." in shown
    assert "Switch off the head that sees prints" in shown and 'aria-pressed="false"' in shown
    off = head_cards.shares(("splat", "shark"), one.before, one.after, one, ((4, 0),), heads)
    assert "Without the head that sees prints: “shark”" in off and "Switch on again the head that sees prints" in off
    unsure = [replace(head, confidence=0.2) for head in heads]
    assert "Switch off the head that leans to prints" in head_cards.shares(("a", "b"), one.before, None, one, (), unsure)
    role = replace(one, heads=((4, 0), (4, 1)), alone=0)
    assert "No one head turns this choice; the 2 heads that see prints do it together." in head_cards.why(role, 48)
    assert "turn this choice, each by itself; most clearly the head that sees prints" in head_cards.why(replace(one, alone=3), 48)
    assert "No one head and no role turns this choice" in head_cards.why(replace(one, turns=False), 48)


def test_a_role_of_one_head_says_so() -> None:
    """A button for a role of several heads, with their number; a sentence where no other head is about it."""
    heads = [HeadCard(0, n, role, 0.5, (), (), 0.1) for n, role in enumerate(("grounds and counts", "grounds", "glasses"))]
    html = head_cards.head_card(heads[0], [], [], (), heads)
    assert "Switch off all 2 heads about grounds" in html and "No other head is about counts." in html
    assert "Switch on all 2 heads about grounds" in head_cards.head_card(heads[0], [], [], ((0, 0), (0, 1)), heads)


def test_heads_that_say_something_stand_first() -> None:
    """Where most say many things, these are folded away with their number; opened where one of them is open."""
    heads = [HeadCard(0, n, "sky" if n == 3 else "mixed", 0.5, (), (), 0.1) for n in range(6)]
    html = head_cards.grid(heads)
    assert html.index("head:0:3") < html.index("5 more that say many things") < html.index("head:0:0") and "<details" in html
    assert "1 of 6 heads say one thing" in html and html.count('data-op="head"') == 6
    assert 'class="rs-fold" open' in head_cards.grid(heads, (), "head:0:0") and " open>" not in head_cards.grid(heads, (), "head:0:3")


def test_a_neuron_of_two_meanings_says_so() -> None:
    """Polysemantic in plain words."""
    one, two = (head_cards.neuron_card(FakeSight().neuron(4, n), (), ()) for n in (0, 1))
    assert "stands for one thing" in one and "2 things at once" in two and "“fire”" in two
    none = head_cards.neuron_card(replace(FakeSight().neuron(4, 0), meanings=()), (), ())
    assert "only speaks against" in none and "one thing" not in none


def test_every_method_has_a_name_of_its_own() -> None:
    """No two look the same in the list."""
    names = [pieces.method_name(m) for m in METHODS]
    assert len(set(names)) == len(names) and not any("_" in n for n in names)


def test_text_from_outside_is_escaped_here_too() -> None:
    """Texts, words, names and methods may hold anything."""
    sight = FakeSight()
    looked = subjects.subject_of(Image.new("RGB", (32, 32)), EVIL, "noun")
    asked = Asked(EVIL, EVIL, EVIL, bytes(1024), 0.5, None, looked)
    head = replace(sight.lenses.heads[0], role=EVIL, texts=(Word(EVIL, 1.0),))
    neuron = replace(sight.lenses.neurons[0], words=(Word(EVIL, 1.0),), meanings=((EVIL,), (EVIL,)))
    shown = [
        pieces.look(asked),
        pieces.told(asked),
        pieces.told(replace(asked, other="", score=0.5)),
        pieces.chips([EVIL], [(EVIL, EVIL)]),
        pieces.here((Word(EVIL, 1.0),)),
        pieces.method_cells([(EVIL, EVIL, "data:,")], asked),
        head_cards.grid([head], ((0, 0),), ""),
        head_cards.head_card(head, [("data:,", "says", EVIL)], [], (), [head, replace(head, head=1)]),
        head_cards.neuron_card(neuron, [("data:,", "says", EVIL)], []),
        head_cards.shares([EVIL], [1.0], None),
        head_cards.found([(head, 1.0), (neuron, 0.5)], EVIL),
        head_cards.concepts((Word(EVIL, 1.0),)),
        head_cards.questions([EVIL]),
        pieces.still(looked),
    ]
    for html in shown:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:300]


def test_long_work_tells_of_each_step_and_of_its_end() -> None:
    """A generator's updates pass; its error becomes a sentence, after what was done already."""

    def work():
        yield {"grid": 1}
        raise StudioError("Look for something first.")

    updates = list(guard.guarded("notice", str)(work)())
    assert updates == [{"notice": "", "grid": 1}, {"notice": "Look for something first."}]


def on_tab(demo, tab: str, name: str) -> tuple:
    """A handler of a tab, and the pieces that it may fill by their ids."""
    rooms = (f"app.{tab}.tab", f"app.{tab}.atlas")
    found = next(f for f in demo.fns.values() if f.fn is not None and f.fn.__module__ in rooms and f.fn.__name__ == name)
    return found.fn, {c.elem_id: c for c in found.outputs}


@pytest.mark.parametrize("texts", ["", "  \n ", "\n".join("abcdefghijklm")])
def test_wrong_texts_stop_nothing_else(built, texts: str) -> None:
    """None, or more than twelve: said in the place of their bars, while a head opens, is switched off, and pictures change."""
    _, demo = built
    looked = Kept(shown=subjects.scene(FakeStudio(), 1), chosen="head:1:2")
    for name, data in (("press", {"op": "off", "id": "head:0:1"}), ("do", {"op": "off"}), ("do", {"op": "scene", "at": 3})):
        run, out = on_tab(demo, "heads", name)
        answer = run(looked.shown, looked, texts, gr.EventData(None, data))
        kept = next(v for v in answer.values() if isinstance(v, Kept))
        assert kept != looked and answer[out["rs-heads-notice"]] == "" and "rs-cell" in answer[out["rs-grid"]]
        assert "between 1 and 12" in answer[out["rs-shares"]] and "<section" in answer[out["rs-shares"]]


def test_a_lost_picture_is_said_to_be_lost(built) -> None:
    """By a click on it and by both ways of its mask to Edit."""
    run, out = on_tab(built[1], "segment", "at")
    for data in ({"op": "here", "row": 1, "column": 1}, {"op": "only", "threshold": 0.5}, {"op": "keep", "threshold": 0.5}):
        answer = run(Session(Moment("b")), Asked(), gr.EventData(None, data))
        assert set(answer) == {out["rs-look-notice"]} and LOST in answer[out["rs-look-notice"]]


def test_boxes_that_hold_a_text_are_left_alone(built) -> None:
    """What a visitor types while the picture is looked at is not overwritten; an empty box gets the model's own best word."""
    run, out = on_tab(built[1], "segment", "enter")
    told, empty = (run(Subject(), Asked(), text, "", "studio") for text in ("shark", ""))
    assert out["rs-ask"] not in told and out["rs-other"] not in told and "“shark”" in told[out["rs-look-told"]]
    best = FakeSight().concepts(FakeStudio().scene(subjects.OPENING_SEED), 1)[0].text
    assert empty[out["rs-ask"]] == best and f"“{best}”" in empty[out["rs-look-told"]]


def test_a_new_picture_is_asked_for_what_is_there(built, monkeypatch: pytest.MonkeyPatch) -> None:
    """A concept that the rule of presence does not see in it is neither its first word nor offered."""
    run, out = on_tab(built[1], "segment", "enter")
    monkeypatch.setattr(FakeSight, "concepts", lambda self, picture, limit=10: (Word("giraffe", 0.9), Word("cat", 0.1)))
    answer = run(Subject(), Asked(), "", "", "studio")
    assert answer[out["rs-ask"]] == "cat" and "giraffe" not in answer[out["rs-look-ideas"]]


def test_lighting_up_leaves_a_search_alone(built) -> None:
    """The list of what is active waits for the search box's word, which may have come meanwhile; the marks do not."""
    _, demo = built
    studio = built[0]
    run, out = on_tab(demo, "features", "light_up")
    answer = run(Session(CachedStudio(studio).moment(studio.sample(3))), features_atlas.Map())
    assert "rs-found" not in out and "heat" in answer[out["rs-signal"]]
    active = next(v for v in answer.values() if "In your picture now" in str(v))
    fill = next(f.fn for f in demo.fns.values() if f.fn is not None and {c.elem_id for c in f.outputs} == {"rs-found"})
    assert fill("", active) == active and fill("shark", active) == gr.skip() == fill("", "")


def test_who_sees_it_is_asked_elsewhere(built) -> None:
    """The map holds no heads: a question for them is sent to their tab, and nothing is offered that cannot be opened."""
    run, out = on_tab(built[1], "features", "look")
    asked, searched = run(features_atlas.Map(), "what sees red?"), run(features_atlas.Map(), "red glasses")
    assert "Heads and neurons" in asked[out["rs-found"]] and "data-op" not in asked[out["rs-found"]]
    assert "Heads and neurons" not in searched[out["rs-found"]] and searched[out["rs-found"]].count("data-op") > 4


def test_a_search_is_bounded_before_it_is_read(built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone can send a long text by hand: it is refused before any pattern is tried on it (what that costs: core.bench.pace)."""
    run, out = on_tab(built[1], "features", "look")
    read: list[str] = []
    monkeypatch.setattr(features_atlas, "asked_for", lambda text: read.append(text))
    for text in ("what sees" + " " * 2000 + "?" * 2000 + "x\n", "which heads " * 5000, "who sees " + "? " * 20_000):
        answer = run(features_atlas.Map(), text)
        assert set(answer) == {out["rs-notice-features"]} and "Search with up to 300 characters." in str(answer)
    assert read == []
    assert asked_for("  What sees   red glasses ? ") == "red glasses" and asked_for("what sees ?") is None


def test_a_look_before_the_first_picture_is_refused() -> None:
    """An empty subject has no picture; asking for its mask is a mistake that is told."""
    with pytest.raises(RequestError):
        subjects.region(Asked(), Session(Moment("b")), 0.5, False)
    assert Subject() == Subject() and not Subject().data
