"""Photographs on the page, without a browser: the two worlds, the fetch that many wait for, pieces, hostile input."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from app.heads import cards as head_cards
from app.heads import photo_cards
from app.heads.tab import Kept
from app.segment import pieces
from app.shared import guard, pictures
from app.shared import subject as subjects
from app.shared.fetching import Fetching
from app.shared.session import CachedStudio
from app.shared.subject import Asked, Subject
from app.shared.worlds import IDEAS, Worlds
from core.foundations.errors import PictureError, SettingError, StudioError, WeightsError
from core.foundations.records import Word
from tests.app.fake_photos import SAMPLES, UNREACHABLE, FakePhotos, FakePhotoSight, drawn
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


@pytest.fixture()
def cached() -> CachedStudio:
    """A studio whose tower is there."""
    return CachedStudio(FakeStudio())


@pytest.fixture()
def worlds(cached: CachedStudio) -> Worlds:
    """Both worlds."""
    return Worlds(cached)


def noise(side: int = 336) -> Image.Image:
    """The picture that can be packed least."""
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8))


def tabs(demo: gr.Blocks, name: str) -> list:
    """The handlers of one name, those of the tab Segment first."""
    return [f.fn for f in demo.fns.values() if f.fn is not None and f.fn.__name__ == name]


def told(out: dict, name: str) -> str:
    """What a handler returned for a piece."""
    return next(value for piece, value in out.items() if piece.elem_id == name)


def state(out: dict, kind: type) -> list:
    """The states of a kind that a handler returned."""
    return [value for value in out.values() if isinstance(value, kind)]


def act(**data) -> gr.EventData:
    """A click, as the browser sends it."""
    return gr.EventData(None, data)


# Pictures ----------------------------------------------------------------------------------------------------------


def test_a_photograph_stays_small_and_sharp() -> None:
    """Under the bound even for noise, and for a plain picture hardly different from what was given."""
    assert len(subjects.photo(replace(FakePhotos().example(0), image=noise()), "x").data) <= subjects.PHOTO_BYTES
    looked = subjects.photo(FakePhotos().example(1), "A cat", "cat")
    apart = np.abs(np.asarray(looked.picture.image, int) - np.asarray(drawn(1), int)).mean()
    assert apart < 2 and looked.soft and looked.uri.startswith("data:image/jpeg;base64,")
    scene = subjects.scene(FakeStudio(), 1)
    assert not scene.soft and scene.uri.startswith("data:image/png;base64,")
    assert (np.asarray(scene.picture.image) == np.asarray(FakeStudio().scene(1).image)).all()


def test_a_visitor_s_state_stays_under_a_megabyte() -> None:
    """Both worlds looked at, a heat for every pixel, and the tab Heads beside it, all of noise."""
    looked = subjects.photo(replace(FakePhotos().example(0), image=noise()), "x" * 200)
    aside = subjects.subject_of(noise(64), "A scene", "scene")
    asked = Asked("a" * 200, "b" * 200, "studio", bytes(336 * 336), 0.5, 0.3, looked)
    assert sum(len(pickle.dumps(part)) for part in (looked, aside, asked, Kept((), "head:1:1", looked))) < 1_000_000


def test_quality_goes_down_only_as_far_as_it_must() -> None:
    """A bound that is met at once changes nothing; none at all keeps the first quality."""
    image = drawn(2)
    assert pictures.jpeg(image, 10_000_000) == pictures.jpeg(image)
    assert len(pictures.jpeg(image, 3000)) < len(pictures.jpeg(image))


# Worlds ------------------------------------------------------------------------------------------------------------


def test_both_worlds_answer_the_same_questions(worlds: Worlds) -> None:
    """An opening, ideas, examples that lead back to themselves, a person's own, and lenses."""
    for world, side in ((worlds.nouns, 64), (worlds.photos, 336)):
        first = world.opening()
        assert worlds.of(first) is world and first.picture.image.size == (side, side)
        assert world.ideas(first) and world.sight.lenses.heads
        assert world.own(noise(200)).picture.image.size == (side, side)
        near = world.sight.alike(first.picture, ((1, 1),), 3)[1]
        again = np.asarray(world.example(world.number(near)).picture.image, int)
        assert np.abs(again - np.asarray(near.image, int)).mean() < 2
        assert world.example_uri(world.number(near)).startswith("data:image/")
    assert worlds.photos.ideas(worlds.photos.opening()) == (("a cup of coffee", ""), ("a spoon", ""))
    assert worlds.photos.ideas(worlds.photos.own(noise())) == ()
    assert worlds.nouns.ideas(Subject()) == IDEAS


def test_the_way_to_the_other_world_and_back(worlds: Worlds) -> None:
    """The picture that was left is there again; a sample is at once in its world."""
    scene = worlds.nouns.example(9)
    photo, aside = worlds.picked({"op": "world", "id": "photos"}, scene, Subject())
    assert photo.base == "coffee" and aside == scene
    cat, aside = worlds.picked({"op": "photo", "id": "cat"}, photo, aside)
    assert cat.base == "cat" and aside == scene
    back, aside = worlds.picked({"op": "world", "id": "nouns"}, cat, aside)
    assert back == scene and aside == cat
    assert worlds.picked({"op": "world", "id": "photos"}, back, aside) == (cat, scene)
    assert worlds.picked({"op": "world", "id": "nouns"}, Subject(), Subject())[0] == worlds.nouns.opening()


@pytest.mark.parametrize("id", [None, 7, "", "mars", EVIL, ["photos"], {"a": 1}])
@pytest.mark.parametrize("op", ["world", "photo", "else", None, ["world"]])
def test_choices_from_outside_are_checked(worlds: Worlds, op, id) -> None:
    """Event data is hostile."""
    with pytest.raises(SettingError):
        worlds.picked({"op": op, "id": id}, Subject(), Subject())


@pytest.mark.parametrize("number", [-1, 8, 2**40, "0", None, True, 0.0])
def test_examples_from_outside_are_checked(worlds: Worlds, number) -> None:
    """There are four photographs, and four emoji behind them."""
    for ask in (worlds.photos.example, worlds.photos.example_uri):
        with pytest.raises(StudioError):
            ask(number)


def test_the_gallery_behind_the_photographs(worlds: Worlds) -> None:
    """An emoji can be looked at too, under its own name and licence, and is no one's own."""
    photos = worlds.photos
    assert [photos.number(photos.photos.example(n)) for n in range(7)] == list(range(7))
    dog = photos.example(4)
    assert (dog.name, dog.source, dog.base, dog.soft) == ("Dog face", "emoji", "4", True)
    assert "MIT" in photos.credit(dog)[1] and "CC0" in photos.credit(photos.example(0))[1]
    assert "stays" in photos.credit(photos.own(noise()))[1]


# The fetch ---------------------------------------------------------------------------------------------------------


def test_a_fetch_tells_how_far_it_is() -> None:
    """Shares never fall, and it is there at the end; what comes next finds nothing to do."""
    photos = FakePhotos(ready=False, pace=0.03)
    shares = list(Fetching(photos.fetch).watch())
    assert shares == sorted(shares) and len(shares) > 2 and photos.ready and photos.fetches == 1


def test_two_visitors_share_one_fetch() -> None:
    """The second joins the first, and both see the end."""
    photos = FakePhotos(ready=False, pace=0.02)
    fetching, seen = Fetching(photos.fetch), []
    threads = [threading.Thread(target=lambda: seen.append(list(fetching.watch()))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(seen) == 2 and photos.fetches == 1 and photos.ready


def test_a_fetch_ends_when_nobody_waits() -> None:
    """One of two leaves and it goes on; the last leaves and it ends; it can be begun again."""
    photos = FakePhotos(ready=False, pace=0.1)
    fetching = Fetching(photos.fetch)
    one, two = fetching.watch(), fetching.watch()
    next(one), next(two)
    one.close()
    assert not fetching.run.done.wait(0.3)
    two.close()
    assert fetching.run.done.wait(5) and not photos.ready and not fetching.run.problem
    photos.pace = 0.0
    list(fetching.watch())
    assert photos.ready and photos.fetches == 2


def test_a_fetch_that_fails_says_why(caplog) -> None:
    """In the studio's own words where it has some, in calm ones otherwise; a second try begins anew."""
    photos = FakePhotos(ready=False, reachable=False)
    fetching = Fetching(photos.fetch)
    for _ in range(2):
        with pytest.raises(StudioError, match=UNREACHABLE):
            list(fetching.watch())
    assert photos.fetches == 2

    def broken(progress) -> None:
        raise ZeroDivisionError("secret /path")

    with pytest.raises(StudioError, match="Try once more"):
        list(Fetching(broken).watch())
    assert "secret" in caplog.text


# The tabs ----------------------------------------------------------------------------------------------------------


def test_a_photograph_without_its_tower_is_shown_and_nothing_runs(built) -> None:
    """Both tabs show the picture and the card; only the button fetches; then the picture answers."""
    studio, demo = built
    studio.photos.ready = False
    look, bench = tabs(demo, "go")
    out = look(Subject(), Asked(), Subject(), "studio", act(op="world", id="photos"))
    assert "Fetch it (88 MB)" in told(out, "rs-look-fetch") and "rs-still" in told(out, "rs-look-view")
    (photo, _), (asked,) = state(out, Subject), state(out, Asked)
    assert photo.base == "coffee" and not asked.packed
    out = bench(photo, Kept(), "a\nb", Subject(), act(op="photo", id="cat"))
    assert "Fetch it (88 MB)" in told(out, "rs-bench-fetch") and told(out, "rs-grid") == ""
    assert studio.photos.fetches == 0 and studio.calls == []
    entered = tabs(demo, "enter")
    assert set(entered[0](photo, asked, "", "", "studio").values()) == {""}

    *_, last = tabs(demo, "fetch")[0]()
    assert "The model is here" in told(last, "rs-look-fetch") and studio.photos.fetches == 1
    out = tabs(demo, "fetched")[0](photo, asked, "studio")
    assert told(out, "rs-look-fetch") == "" and 'data-heat="' in told(out, "rs-look-view") and told(out, "rs-ask") == "a cup of coffee"
    out = entered[1](photo, state(out, Kept)[0] if state(out, Kept) else Kept(), "a\nb")
    assert "Layer 12" in told(out, "rs-grid") and state(out, Kept)[0].shown == photo
    assert list(tabs(demo, "fetch")[1]()) and studio.photos.fetches == 1


def test_no_way_to_the_tower_is_told_and_nothing_breaks(built) -> None:
    """The sentence, what to do, and another try; the Nouns go on."""
    studio, demo = built
    studio.photos.ready, studio.photos.reachable = False, False
    *_, last = tabs(demo, "fetch")[0]()
    card = told(last, "rs-look-fetch")
    assert UNREACHABLE in card and "make photos" in card and "Try again" in card
    photo = Worlds(CachedStudio(studio)).photos.opening()
    look, bench = tabs(demo, "fetched")[:2]
    assert set(look(photo, Asked(subject=photo), "studio").values()) == set(bench(photo, Kept(), "").values()) == {""}
    assert studio.calls == []
    out = tabs(demo, "go")[0](photo, Asked(subject=photo), Subject(), "studio", act(op="world", id="nouns"))
    assert told(out, "rs-look-fetch") == "" and 'data-heat="' in told(out, "rs-look-view")


def test_what_is_set_belongs_to_its_world(built) -> None:
    """Switched-off heads and the open one stay within a world; texts change with it, unless a person wrote them."""
    _, demo = built
    worlds = Worlds(CachedStudio(FakeStudio()))
    scene, bench = worlds.nouns.opening(), tabs(demo, "go")[1]
    kept, ours = Kept(((5, 5),), "head:5:5", scene), "\n".join(worlds.nouns.texts)
    same = bench(scene, kept, ours, worlds.nouns.example(3), act(op="world", id="nouns"))
    assert state(same, Kept) == []
    out = bench(scene, kept, ours, Subject(), act(op="world", id="photos"))
    after = state(out, Kept)[0]
    assert after.off == () and after.shown.world == "photos" and told(out, "rs-texts") == after.given != ours
    out = bench(scene, kept, "my own\nwords", Subject(), act(op="photo", id="cat"))
    assert told(out, "rs-texts") == "my own\nwords" and "my own" in told(out, "rs-shares")


def test_a_hostile_click_is_told_calmly(built) -> None:
    """No world, no sample, no picture of that number: a sentence, and nothing else changes."""
    _, demo = built
    look, bench = tabs(demo, "go")
    for data in ({"op": "world", "id": EVIL}, {"op": "photo", "id": 3}, {"op": EVIL}, {}):
        for out in (look(Subject(), Asked(), Subject(), "studio", act(**data)), bench(Subject(), Kept(), "a", Subject(), act(**data))):
            assert len(out) == 1 and "Choose one of those" in next(iter(out.values()))
    photo = Worlds(CachedStudio(FakeStudio())).photos.opening()
    out = tabs(demo, "do")[0](photo, Kept((), "head:1:1", photo), "a", act(op="scene", at=99))
    assert len(out) == 1 and "rs-notice" in next(iter(out.values()))


def test_samples_lead_with_their_own_words(worlds: Worlds) -> None:
    """First what is to be seen, then what the model sees; never a word twice."""
    html = pieces.chips(["a cat", "wood"], [("a cat", ""), ("an eye", "")], own_first=True)
    assert html.index("an eye") < html.index("wood") and html.count(">a cat<") == 1
    html = pieces.chips(["wood"], [("an eye", "")])
    assert html.index("wood") < html.index("an eye")


def test_photographs_offer_only_what_is_there(built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the model's concepts, best first, those that the rule of presence sees; all where it sees none."""
    _, demo = built
    look = tabs(demo, "go")[0]
    photo = Worlds(CachedStudio(FakeStudio())).photos.opening()
    for words, offered in ((("giraffe", "wood", "wool"), ["wood", "wool"]), (("giraffe", "motorcycle"), ["giraffe", "motorcycle"])):
        told_words = tuple(Word(text, 0.5) for text in words)
        monkeypatch.setattr(FakePhotoSight, "concepts", lambda self, picture, limit=10, found=told_words: found)
        html = told(look(photo, Asked(), Subject(), "studio", act(op="photo", id=SAMPLES[1].id)), "rs-look-ideas")
        assert [text for text in words if f'data-text="{text}"' in html] == offered


def test_the_endpoint_knows_both_worlds(cached: CachedStudio, tmp_path) -> None:
    """A world that does not exist is refused in a sentence."""
    worlds = Worlds(cached)
    assert worlds.named("photos") is worlds.photos
    with pytest.raises(SettingError):
        worlds.named("mars")
    (tmp_path / "lie.png").write_text("no picture")
    with pytest.raises(PictureError):
        worlds.photos.own(str(tmp_path / "lie.png"))
    cached.studio.photos.ready = False
    with pytest.raises(WeightsError):
        worlds.photos.sight.segment(worlds.photos.opening().picture, "a cat")


# HTML --------------------------------------------------------------------------------------------------------------


def test_the_picker_says_where_one_is() -> None:
    """Two buttons, one pressed; the photographs, the chosen one marked, its source and licence, what reads it."""
    nouns = photo_cards.bar("nouns")
    assert nouns.count("rs-world") == 3 and 'data-id="nouns" aria-pressed="true"' in nouns and "rs-photos" not in nouns
    credit = Worlds(CachedStudio(FakeStudio())).photos.credit(subjects.photo(FakePhotos().example(1), "", "cat"))
    photos = photo_cards.bar("photos", [(sample, "data:,") for sample in SAMPLES], SAMPLES[1], credit)
    assert photos.count('class="rs-photo"') == 4 and photos.count('aria-current="true"') == 1
    assert "Stefan van der Walt" in photos and "CC0" in photos and "not CLIP" in photos
    assert 'aria-current="true"' not in photo_cards.bar("photos", [(SAMPLES[0], "data:,")], None)


def test_the_fetch_is_told_in_words() -> None:
    """What it is, how much it is, how far it is."""
    assert "88 MB" in photo_cards.offer(88) and "not CLIP" in photo_cards.offer(88) and 'data-op="fetch"' in photo_cards.offer(88)
    assert "44 of 88 MB" in photo_cards.fetching(0.5, 88) and 'value="0.500"' in photo_cards.fetching(0.5, 88)
    assert 'value="1.000"' in photo_cards.fetching(7, 88) and 'data-op="cancel"' in photo_cards.fetching(0, 88)


def test_text_from_outside_is_escaped_among_photographs_too() -> None:
    """Titles, sources and sentences may hold anything."""
    evil = replace(SAMPLES[0], id=EVIL, title=EVIL, source=EVIL, licence=EVIL)
    pieces = [photo_cards.bar(EVIL, [(evil, "data:,")], evil, (EVIL, EVIL)), photo_cards.failed(EVIL, 88), guard.choice("a", ("a",))]
    for html in pieces:
        assert "<img src=x" not in html and 'onerror="' not in html, html[:300]


def test_waiting_costs_nothing_where_it_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fetch that is over is seen at once, not at the next look: here the next look is a day away."""
    monkeypatch.setattr("app.shared.fetching.PACE", 86_400)
    assert len(list(Fetching(lambda progress: None).watch())) == 1


def test_a_search_tells_of_a_classifier_s_neurons(worlds: Worlds) -> None:
    """Those whose names are near or share a word; none through other eyes or of a face; names are escaped."""
    for world in (worlds.nouns, worlds.photos):
        subject = world.opening()
        assert [one.name for one, _ in worlds.keys(subject, "Red")] == ["red <head>"]
        assert [one.name for one, _ in worlds.keys(subject, "far away")] == ["red <head>", "far off"]
        assert worlds.keys(replace(subject, source="face"), "red") == ()
    told = head_cards.found([], "red", worlds.keys(worlds.nouns.opening(), "red"))
    assert "On the tab Classes follow it: “red &lt;head&gt;”, block 5, neuron 83." in told and "Classes" not in head_cards.found([], "red")
