"""The tab Fool it without a browser: classes, words, pictures, one of them, the saved set, hostile input."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio import EventData
from PIL import Image

from app.fool import cards
from app.fool.ploy import COUNTS, OPENING, Cue, Ploy, Print, saved
from app.fool.writing import CLOSED, writer_box
from app.shared.address import read
from core.foundations.errors import RequestError, SettingError
from tests.app.fake_photos import THINGS, FakeNamed
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


class Tab:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, self.demo = built
        self.run = {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__module__ == "app.fool.tab"}

    def named(self, out: dict) -> dict[str, Any]:
        """Updates by the pieces' names; the state is found under its kind."""
        kinds = {type(value).__name__: value for value in out.values() if isinstance(value, Ploy)}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds}

    def __call__(self, name: str, *given: Any) -> dict[str, Any]:
        """Run a handler."""
        return self.named(self.run[name](*given))

    def opened(self) -> Ploy:
        """The tab as it opens."""
        return self("enter_ploy", Ploy(), read("").of("fool"))["Ploy"]

    def made(self, ploy: Ploy, writer: str = "") -> list[dict[str, Any]]:
        """Pictures, step by step."""
        return [self.named(out) for out in self.run["make_pictures"](ploy, writer)]


@pytest.fixture
def tab(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab's handlers."""
    return Tab(built)


def event(**data: Any) -> EventData:
    """What the browser sends."""
    return EventData(None, data)


def test_it_opens_on_words_and_the_neurons_behind_them(tab: Tab) -> None:
    """Of the opening pair, or of a link's; each word with its thing; once there they stay."""
    out = tab("enter_ploy", Ploy(), read("").of("fool"))
    ploy, words = out["Ploy"], out["rs-fool-words"]
    assert (ploy.true, ploy.wrong) == OPENING and [cue.text for cue in ploy.cues][:2] == ["volcano", "toaster"]
    assert words.count('data-op="drop"') == 6 and words.count("<img") == 6 and "neuron:4:0" in words and "red body" in words
    assert "true=fox" in out["rs-fool-pair"] and out["rs-fool-true"] == "fox" and "Make 20 pictures" in out["rs-fool-go"]
    assert set(tab("enter_ploy", ploy, read("").of("fool"))) == {"rs-fool-notice"}
    linked = tab("enter_ploy", ploy, read("tab=fool&true=cat&wrong=hot dog").of("fool"))
    assert (linked["Ploy"].true, linked["Ploy"].wrong) == ("cat", "hot dog")


def test_other_classes(tab: Tab) -> None:
    """From the boxes, turned round, by chance; what does not exist, or twice the same, is said and changes nothing."""
    ploy = tab.opened()
    assert tab("choose_classes", ploy, "cat", "dog")["Ploy"].wrong == "dog"
    turned = tab("other_pair", ploy, event(op="turn"))["Ploy"]
    assert (turned.true, turned.wrong) == OPENING[::-1]
    chance = tab("other_pair", ploy, event(op="chance"))["Ploy"]
    assert chance.true != chance.wrong and chance.cues
    for true, wrong in (("cat", "cat"), ("unicow", "dog"), (None, "dog"), (["x"], {})):
        assert set(tab("choose_classes", ploy, true, wrong)) == {"rs-fool-notice"}
    assert set(tab("other_pair", ploy, event(op="steal"))) == {"rs-fool-notice"}


def test_words_are_edited(tab: Tab) -> None:
    """One taken away, one added in front, all found again; the last one stays, and what cannot be added is said."""
    ploy = tab.opened()
    less = tab("change_words", ploy, event(op="drop", text="toaster"))["Ploy"]
    assert "toaster" not in [cue.text for cue in less.cues] and less.own
    more = tab("add_word", less, "pineapple")
    assert more["Ploy"].cues[0].text == "pineapple" and "added by you" in more["rs-fool-words"] and more["rs-fool-add"] is None
    again = tab("change_words", more["Ploy"], event(op="mine"))["Ploy"]
    assert again.cues == ploy.cues and not again.own
    assert "Ploy" not in tab("add_word", ploy, "hot dog") and tab("add_word", ploy, "hot dog")["rs-fool-notice"]
    alone = replace(ploy, cues=(Cue("toaster"),))
    for hostile in (event(op="drop", text="toaster"), event(op="drop", text=["x"]), event(op="burn"), EventData(None, "x")):
        assert set(tab("change_words", alone, hostile)) == {"rs-fool-notice"}
    with pytest.raises(RequestError):
        replace(ploy, cues=tuple(Cue(str(at)) for at in range(40))).with_word("toaster")


def test_pictures_come_step_by_step(tab: Tab) -> None:
    """Each marked; at the end the one that fools most is open, with where that comes from, and controls lie beside."""
    shown = tab.made(tab.opened())
    assert "Cancel" in shown[0]["rs-fool-go"] and not any("rs-fool-go" in out for out in shown[1:])  # no press misses the button
    assert [len(out["Ploy"].prints) for out in shown] == [0, 0, 4, 8, 12, 16, 20] and all(out["Ploy"].running for out in shown)
    out = tab("rest", shown[-1]["Ploy"])
    ploy = out["Ploy"]
    assert not ploy.running and ploy.opened == max(range(20), key=lambda at: ploy.prints[at].wrong)
    assert '<b class="rs-tally-hits">7</b>' in out["rs-fool-tally"] and 'data-op="save"' in out["rs-fool-tally"]
    assert out["rs-fool-gallery"].count('data-op="open"') == 40 and out["rs-fool-gallery"].count("rs-fooled") == 7 + 2
    assert "Fooled: tiger" in out["rs-fool-gallery"] and "✗" in out["rs-fool-gallery"] and "✓" in out["rs-fool-gallery"]
    assert "where “tiger” comes from" in out["rs-fool-opened"] and "where “fox” comes from" in out["rs-fool-opened"]
    assert tab("rest", ploy) == {"rs-fool-notice": gr.skip()}
    again = tab.made(ploy)
    assert again[0]["Ploy"].seed == 1 and again[-1]["Ploy"].prints != ploy.prints


def test_what_was_left_is_kept(tab: Tab) -> None:
    """Cancelled after some pictures these are shown; cancelled before the first there are none, and that is said."""
    run = tab.run["make_pictures"](tab.opened())
    left = [tab.named(next(run))["Ploy"] for _ in range(3)][-1]
    run.close()
    out = tab("rest", left)
    assert len(out["Ploy"].prints) == 4 and out["rs-fool-opened"]
    empty = tab("rest", replace(tab.opened(), running=True))
    assert "Make 20 pictures" in empty["rs-fool-gallery"] and "rs-fool-opened" not in empty
    assert "shows an owl, whole" in cards.gallery(Ploy(true="owl", wrong="cat"))


def test_one_picture_is_opened(tab: Tab) -> None:
    """Of these or of the controls; one that is not there is refused."""
    ploy = tab("rest", tab.made(tab.opened())[-1]["Ploy"])["Ploy"]
    assert tab("open_picture", ploy, event(op="open", at=25))["Ploy"].opened == 25
    for bad in (event(op="open", at=40), event(op="open", at=True), event(op="open", at="1"), event(op="x", at=1), event(op="open")):
        assert set(tab("open_picture", ploy, bad)) == {"rs-fool-notice"}
    assert set(tab("open_picture", tab.opened(), event(op="open", at=0))) == {"rs-fool-notice"}


def test_the_number_of_pictures(tab: Tab) -> None:
    """One of those that are offered."""
    out = tab("choose_count", tab.opened(), event(op="count", id=str(COUNTS[-1])))
    assert out["Ploy"].count == COUNTS[-1] and f"Make {COUNTS[-1]} pictures" in out["rs-fool-go"]
    for bad in ("7", 100, None, ["50"]):
        assert set(tab("choose_count", tab.opened(), event(op="count", id=bad))) == {"rs-fool-notice"}


def test_the_set_is_saved_with_its_recipe(tab: Tab) -> None:
    """Every picture as PNG, and what made it and what the model said as JSON; without pictures a sentence says what to do."""
    ploy = tab("rest", tab.made(tab.opened())[-1]["Ploy"])["Ploy"]
    told = json.loads(tab("save_set", ploy, event(op="save"))["rs-fool-keeper"])
    archive = zipfile.ZipFile(io.BytesIO(base64.b64decode(told["data"])))
    recipe = json.loads(archive.read("recipe.json"))
    assert told["name"] == "fool-fox-tiger.zip" and recipe["words"][0] == "volcano" and recipe["mined"] and recipe["count"] == 20
    assert len(recipe["pictures"]) == 40 and recipe["pictures"][0]["fooled"] and recipe["pictures"][1]["fox"] > 0.5
    image = Image.open(io.BytesIO(archive.read(recipe["pictures"][5]["file"])))
    assert np.array_equal(np.asarray(image), np.asarray(ploy.prints[5].image))
    with pytest.raises(RequestError):
        saved(Ploy())


def test_text_from_outside_is_escaped() -> None:
    """Words, classes, neurons' names and sentences may hold anything."""
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG")
    one = Print(buffer.getvalue(), EVIL, 0.2, 0.8, EVIL)
    ploy = Ploy(EVIL, EVIL, (Cue(EVIL, 0.1, ((EVIL, EVIL, 0.1),)),), prints=(one,), controls=(one,))
    nothing = lambda word: ""  # noqa: E731
    drawn = [cards.pair(ploy, nothing), cards.words(ploy, nothing), cards.go(ploy), cards.tally(ploy), cards.gallery(ploy)]
    for html in [*drawn, cards.gallery(replace(ploy, prints=())), cards.opened(ploy, one, np.zeros((64, 64)), 254)]:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:200]


def test_no_visitor_sees_another_s(tab: Tab) -> None:
    """What is tried lies in the visitor's own state, which is small."""
    ploy = tab("rest", tab.made(tab.opened())[-1]["Ploy"])["Ploy"]
    assert next(b for b in tab.demo.blocks.values() if isinstance(getattr(b, "value", None), Ploy)).value == Ploy()
    assert sum(len(one.data) for one in (*ploy.prints, *ploy.controls)) < 40 * 6000
    with pytest.raises(SettingError):
        ploy.counted("3")


def test_only_what_is_needed_is_kept(tab: Tab) -> None:
    """The strongest word, or the fewest, with what was seen of them in a sentence, which goes when the words are others."""
    ploy = tab.opened()
    one = tab("change_words", ploy, event(op="strongest"))
    assert [cue.text for cue in one["Ploy"].cues] == ["snow globe"] and one["Ploy"].own
    assert "“snow globe” alone fools it in 5 of 8 pictures." in one["rs-fool-words"] and 'data-op="fewest"' not in one["rs-fool-words"]
    two = tab("change_words", ploy, event(op="fewest"))
    assert [cue.text for cue in two["Ploy"].cues] == ["volcano", "toaster"] and "neuron:4:0" in two["rs-fool-words"]
    assert "“volcano” and “toaster” together fool it in 5 of 8 pictures." in two["rs-fool-words"]
    weak = tab("change_words", one["Ploy"], event(op="fewest"))
    assert "No more than this was found: “snow globe” alone fools it in 0 of 8 pictures." in weak["rs-fool-words"]
    for changed in (
        tab("change_words", two["Ploy"], event(op="mine")),
        tab("change_words", two["Ploy"], event(op="drop", text="volcano")),
        tab("add_word", two["Ploy"], "pie"),
    ):
        assert changed["Ploy"].found == "" and "rs-found" not in changed["rs-fool-words"]
    assert len(tab("change_words", two["Ploy"], event(op="mine"))["Ploy"].cues) == 6


def test_a_blind_spot_is_tried(tab: Tab) -> None:
    """Those that were found over all pairs are listed with what was seen; one becomes the pair, with its thing alone."""
    spots = cards.blind_spots()
    assert len(spots) == cards.SPOTS and all(spot.fooled > spot.before for spot in spots)
    out = tab("other_pair", tab.opened(), event(op="spot", at=2))
    ploy, piece = out["Ploy"], out["rs-fool-pair"]
    assert (ploy.true, ploy.wrong, [cue.text for cue in ploy.cues]) == (spots[2].true, spots[2].wrong, [spots[2].word]) and ploy.own
    assert piece.count('data-op="spot"') == cards.SPOTS and f"beside: {spots[2].word}" in piece
    for hostile in (-1, cards.SPOTS, "", None, 1.5, True, EVIL):
        assert set(tab("other_pair", tab.opened(), event(op="spot", at=hostile))) == {"rs-fool-notice"}


def test_photographs(tab: Tab) -> None:
    """Another world with its own pair, things, neurons and maps; smooth pictures; on another photograph the same pair is tried again."""
    out = tab("choose_world", tab.opened(), event(op="world", id="photos"))
    ploy = out["Ploy"]
    assert (ploy.world, ploy.true, ploy.wrong, ploy.ground.base) == ("photos", "elephant", "locomotive", "temple") and ploy.kind == "jpg"
    assert 'data-world="photos"' in out["rs-fool-world"] and "laid=temple" in out["rs-fool-pair"] and "rs-blind" not in out["rs-fool-pair"]
    assert out["rs-fool-words"].count("data:image/jpeg") == 5 and "apple" in out["rs-fool-words"] and "neuron:9:7" in out["rs-fool-words"]
    assert out["rs-fool-true"].choices == [(name, name) for name in sorted(THINGS)] and out["rs-fool-own"].visible
    assert tab("choose_world", ploy, event(op="photo", id="temple")) == {"rs-fool-notice": ""}
    other = tab("choose_world", tab("choose_classes", ploy, "owl", "bus")["Ploy"], event(op="photo", id="cat"))["Ploy"]
    assert (other.ground.base, other.true, other.wrong) == ("cat", "owl", "bus")
    done = tab("rest", tab.made(ploy)[-1]["Ploy"])
    assert done["Ploy"].prints[0].data.startswith(b"\xff\xd8") and "data:image/jpeg" in done["rs-fool-gallery"]
    assert "Of all 7 it says first" in done["rs-fool-opened"] and done["rs-fool-opened"].count("data:image/jpeg") == 3
    told = json.loads(tab("save_set", done["Ploy"], event(op="save"))["rs-fool-keeper"])
    recipe = json.loads(zipfile.ZipFile(io.BytesIO(base64.b64decode(told["data"]))).read("recipe.json"))
    assert (recipe["world"], recipe["photograph"]) == ("photos", "temple") and recipe["pictures"][0]["file"] == "attack/000.jpg"
    back = tab("choose_world", done["Ploy"], event(op="world", id="nouns"))
    assert (back["Ploy"].true, back["Ploy"].world) == ("fox", "nouns") and not back["Ploy"].prints and not back["rs-fool-own"].visible
    for bad in (event(op="world", id="mars"), event(op="photo", id="../x"), event(op="photo"), event(), event(op=["x"])):
        assert set(tab("choose_world", ploy, bad)) == {"rs-fool-notice"}


def test_a_photograph_of_one_s_own(tab: Tab, tmp_path: Path) -> None:
    """It is laid under the things, told of in the recipe but not in a link; what is no picture is refused in a sentence."""
    path, bad = tmp_path / "own.png", tmp_path / "bad.png"
    Image.new("RGB", (200, 160), (9, 90, 200)).save(path)
    bad.write_bytes(b"no picture")
    ploy = tab("choose_world", tab.opened(), event(op="world", id="photos"))["Ploy"]
    out = tab("take_in", str(path), ploy)
    own = out["Ploy"]
    assert own.ground.source == "own" and own.cues and out["rs-fool-file"] is None and "laid=own" in out["rs-fool-pair"]
    assert tab("enter_ploy", Ploy(), read("tab=fool&true=owl&wrong=bus&laid=own").of("fool"))["Ploy"].ground.base == "temple"
    assert set(tab("take_in", str(bad), ploy)) == {"rs-fool-notice", "rs-fool-file"} and tab("take_in", None, ploy) == {
        "rs-fool-notice": ""
    }
    linked = tab("enter_ploy", Ploy(), read("tab=fool&true=owl&wrong=bus&laid=cat").of("fool"))["Ploy"]
    assert (linked.world, linked.ground.base, linked.true, linked.wrong) == ("photos", "cat", "owl", "bus")


def test_photographs_wait_for_their_model(tab: Tab) -> None:
    """The card that brings it stands there until it is fetched; then the words are found."""
    tab.studio.photos.ready = False
    out = tab("choose_world", tab.opened(), event(op="world", id="photos"))
    ploy = out["Ploy"]
    assert "88 MB" in out["rs-fool-fetch"] and out["rs-fool-words"] == "" and "disabled" in out["rs-fool-go"] and not ploy.cues
    tab.studio.photos.ready = True
    fetched = [f.fn for f in tab.demo.fns.values() if f.fn and f.fn.__name__ == "fetched" and f.fn.__module__ == "app.fool.tab"]
    assert len(tab.named(fetched[0](ploy))["Ploy"].cues) == 5


def test_another_model_is_fooled(tab: Tab) -> None:
    """By name, on the photograph that lies there or on the first one; what is chosen next stays with it, a link names it."""
    photos, eyes = tab.studio.photos, FakeNamed("ViT-B-32 openai")
    photos.other_eyes.brought.append(eyes.label)
    photos.ready = False  # it needs no model of ours
    out = tab.named(_picker(tab, "through_eyes")(eyes, tab.opened()))
    ploy = out["Ploy"]
    assert (ploy.world, ploy.ground.base, ploy.ground.eyes) == ("photos", "temple", eyes) and ploy.cues and photos.fooled[-1] == eyes.label
    assert "ViT-B-32 openai" in out["rs-fool-eyes-line"] and "through=ViT-B-32" in out["rs-fool-pair"]
    moved = tab("choose_world", ploy, event(op="photo", id="cat"))["Ploy"]
    assert moved.ground.base == "cat" and moved.ground.eyes == eyes
    assert len(tab.made(moved)[-1]["Ploy"].prints) == 20 and photos.fooled[-1] == eyes.label
    linked = tab("enter_ploy", Ploy(), read("tab=fool&true=owl&wrong=bus&laid=cat&through=ViT-B-32 openai").of("fool"))["Ploy"]
    assert linked.ground.eyes == eyes and linked.cues
    photos.ready = True
    missing = tab("enter_ploy", Ploy(), read("tab=fool&true=owl&wrong=bus&laid=cat&through=ViT-L-14 openai").of("fool"))
    assert missing["Ploy"].ground.eyes is None and "not on this machine" in missing["rs-fool-eyes-card"]
    back = tab.named(_picker(tab, "own_eyes")(moved))["Ploy"]
    assert back.ground.eyes is None and back.ground.base == "cat" and photos.fooled[-1] == ""


def test_another_model_is_fooled_over_the_api(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was looked up before, by the name that a link gives it, and on photographs alone; on a hosted page none is."""
    photos, label = tab.studio.photos, "ViT-B-32 openai"
    run = {f.fn.__name__: f.fn for f in tab.demo.fns.values() if f.fn and f.fn.__module__ == "app.api.fooling"}
    photos.other_eyes.brought.append(label)
    assert run["attack_words"]("elephant", "owl", "photos", label) and photos.fooled[-1] == label
    done = run["attack"]("elephant", "owl", 2, world="photos", through=label, writer="owner/tiny")
    assert len(done["pictures"]) == 2 and photos.fooled[-1] == label and "wrote 2 of 2" in done["told"]
    monkeypatch.setattr("app.api.fooling.hosted", lambda: True)
    monkeypatch.setattr("app.fool.writing.hosted", lambda: True)
    before = list(photos.fooled)
    for refused in ({"through": label}, {"writer": "owner/tiny"}):
        with pytest.raises(gr.Error, match="hosted page"):
            run["attack"]("elephant", "owl", 2, world="photos" if "through" in refused else "nouns", **refused)
    assert photos.fooled == before


def test_a_language_model_writes(tab: Tab) -> None:
    """What it is is told before, how far it is while it writes, and what became of that beside the pictures and in the recipe."""
    ploy = tab.opened()
    assert "owner/tiny is here (269 MB)" in tab("name_writer", "owner/tiny")["rs-fool-told"]
    assert tab("name_writer", "")["rs-fool-told"] == ""
    steps = tab.made(ploy, "owner/tiny")
    assert "has written 1 of 2" in steps[1]["rs-fool-told"] and "rs-fool-tally" not in steps[1] and "rs-fool-told" not in steps[3]
    done = tab("rest", steps[-1]["Ploy"])
    assert done["Ploy"].writer == "owner/tiny" and "wrote 2 of 2" in done["rs-fool-told"]
    packed = json.loads(saved(done["Ploy"]))["data"]
    recipe = json.loads(zipfile.ZipFile(io.BytesIO(base64.b64decode(packed))).read("recipe.json"))
    assert recipe["writer"] == "owner/tiny" and "wrote 2 of 2" in recipe["writer_told"]
    again = tab.made(done["Ploy"])[-1]["Ploy"]
    assert (again.writer, again.told) == ("", "") and tab("choose_classes", done["Ploy"], "cat", "dog")["rs-fool-told"] == ""


def test_a_language_model_that_is_not_here(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is said before anything changes; on a hosted page none is loaded."""
    ploy = tab.opened()
    for given in ("missing", ["x"], 5, "x" * 9999):
        assert set(tab("name_writer", given)) == {"rs-fool-notice"}
        assert [set(out) for out in tab.made(ploy, given)] == [{"rs-fool-notice"}]  # type: ignore[arg-type]
    monkeypatch.setattr("app.fool.writing.hosted", lambda: True)
    assert CLOSED in tab("name_writer", "owner/tiny")["rs-fool-notice"] and CLOSED in tab.made(ploy, "owner/tiny")[0]["rs-fool-notice"]
    assert not writer_box().visible


def _picker(tab: Tab, name: str) -> Any:
    """A handler of the tab's own picker, which is known by the piece that it fills."""
    return next(
        f.fn
        for f in tab.demo.fns.values()
        if f.fn and f.fn.__name__ == name and any(getattr(piece, "elem_id", "") == "rs-fool-pair" for piece in f.outputs)
    )
