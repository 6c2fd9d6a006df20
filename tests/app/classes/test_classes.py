"""The tab Classes without a browser: the vote, what patches say, a class's keys, both worlds, links, hostile input."""

from __future__ import annotations

import base64
import html
import io
import json
import re
from typing import Any

import gradio as gr
import numpy as np
import pytest
from gradio import EventData
from PIL import Image

from app.classes import cards, flow
from app.classes.growing import Growing
from app.classes.held import Held
from app.shared.address import read
from app.shared.session import CachedStudio, Session
from app.shared.subject import Subject
from core.foundations.class_records import Classes, KeyNeuron
from tests.app.fake_photos import FakeNamed, FakeOffer
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


class Tab:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, self.demo = built
        self.run = {f.fn.__name__: f.fn for f in self.demo.fns.values() if f.fn and f.fn.__module__ == "app.classes.tab"}

    def __call__(self, name: str, *given: Any) -> dict[str, Any]:
        """Run a handler; a state is found under its kind."""
        out = self.run[name](*given)
        kinds = {type(v).__name__: v for v in out.values() if isinstance(v, (Held, Subject))}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds}

    @property
    def session(self) -> Session:
        """A visitor with a Noun on the tab Edit."""
        return Session(CachedStudio(self.studio).moment(self.studio.sample(1)))

    def opened(self, query: str = "tab=classes") -> dict[str, Any]:
        """The tab over its first picture, or where a link leads."""
        return self("enter_classes", Held(), read(query).of("classes"))


@pytest.fixture
def tab(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab's handlers."""
    return Tab(built)


def told(view: str) -> dict[str, Any]:
    """What the browser is told of a picture."""
    return json.loads(html.unescape(re.search(r'data-told="([^"]*)"', view)[1]))  # type: ignore[index]


def test_it_opens_on_a_vote(tab: Tab) -> None:
    """The answer first, each class with its band, what it did on the way and its picture; the patches of every depth."""
    out = tab.opened()
    vote, view = out["rs-classes-vote"], out["rs-classes-view"]
    assert "It says “shark”" in vote and vote.count('class="rs-band') == 4 and vote.count('data-op="class"') == 3
    assert "50\u00a0% after block 1" in vote and "ahead for good after block 2" in vote and vote.count("<img") == 3
    tokens = np.frombuffer(base64.b64decode(re.search(r'data-tokens="([^"]*)"', view)[1]), "<u2").reshape(4, 8, 8)  # type: ignore[index]
    assert (tokens[2] == 0).sum() == 8 * 4 and (tokens[0] == 1).all()
    assert told(view)["names"] == ["shark", "ocean wave"] and told(view)["colours"] == [0, 1] and told(view)["thumbs"]["0"]
    assert tab("enter_classes", out["Held"], read("").of("classes")).keys() == {"rs-classes-notice"}


def test_a_class_has_keys_blocks_and_relatives(tab: Tab) -> None:
    """A named key is told by its name and its pictures, another by what it speaks for; one map and one mean for every block."""
    keys = tab.opened()["rs-classes-keys"]
    assert "follows blue head" in keys and "speaks for shark" in keys and keys.count('class="rs-neuron-key"') == 2
    assert keys.count("Mean of the blocks up to") == 3 and keys.count("rs-best-block") == 1 and "blue whale" in keys
    assert "Excited most by" in keys and keys.count("★") == 2
    shown = re.findall(r'src="(data:[^"]*)" alt="Picture \d that excites (?:it|the key of block 1)', keys)
    assert len(shown) == 4 and len(set(shown)) == 2  # of the one that has pictures, in its card and in its block; each with its own map
    again = tab("open_class", tab.opened()["Held"], EventData(None, {"op": "class", "id": "shark"}))["rs-classes-keys"]
    assert again.count("Picture 2 that") == 2


def test_another_class_is_asked_after(tab: Tab) -> None:
    """By a click or in words, on the same picture, with a map of its own and an address; one that is none is told."""
    held = tab.opened()["Held"]
    out = tab("open_class", held, EventData(None, {"op": "class", "id": "cat"}))
    assert out["Held"].name == "cat" and out["Held"].subject == held.subject and "Who brings “cat” about" in out["rs-classes-keys"]
    assert 'data-of="cat"' in out["rs-classes-view"] and "class=cat" in out["rs-classes-view"]
    assert tab("ask_after", held, " pizza ")["Held"].name == "pizza"
    for out in (
        tab("ask_after", held, EVIL),
        tab("open_class", held, EventData(None, {"op": "class", "id": 7})),
        tab("ask_after", held, ""),
    ):
        assert set(out) == {"rs-classes-notice"} and "rs-notice" in out["rs-classes-notice"] and "<img" not in out["rs-classes-notice"]


def test_pictures_come_from_everywhere(tab: Tab) -> None:
    """By chance, from Edit, from Segment where a photograph is there, and from links; a class that was asked after is forgotten."""
    held = tab.opened()["Held"].asked("cat")
    for op in ("another", "noun"):
        out = tab("pick_one", tab.session, held, Subject(), EventData(None, {"op": op}))
        assert out["Held"].subject != held.subject and out["Held"].name == ""
    assert "Segment" in tab("pick_one", tab.session, held, Subject(), EventData(None, {"op": "looked"}))["rs-classes-notice"]
    linked = tab.opened("tab=classes&decides=noun-7&class=cat")
    assert linked["Held"].subject.base == "7" and linked["Held"].name == "cat" and "decides=noun-7" in linked["rs-classes-view"]
    assert tab.opened("tab=classes&decides=photo-cat")["Held"].subject.soft


def test_photographs_have_a_vote_too(tab: Tab) -> None:
    """Through the same verbs, without thumbnails of classes; back among the Nouns the last one is there again."""
    first = tab.opened()["Held"]
    out = tab("go_to", first, Subject(), EventData(None, {"op": "world", "id": "photos"}))
    assert out["Held"].subject.soft and "It says “shark”" in out["rs-classes-vote"] and "<img" not in out["rs-classes-vote"]
    assert "The photograph from Segment" in out["rs-classes-source"] and out["Subject"] == first.subject or out["Held"].subject.soft
    shown = re.findall(r'src="(data:image/jpeg[^"]*)" alt="Picture \d that excites it', out["rs-classes-keys"])
    assert len(shown) == len(set(shown)) == 2  # as they are shipped, without a look at them
    back = tab("go_to", out["Held"], first.subject, EventData(None, {"op": "world", "id": "nouns"}))
    assert back["Held"].subject == first.subject


def test_without_eyes_a_photograph_waits(tab: Tab) -> None:
    """The picture, and the card that says what is missing; once it is fetched the vote comes."""
    tab.studio.photos.ready = False
    held = tab.opened("tab=classes&decides=photo-cat")
    assert "Fetch it" in held["rs-classes-fetch"] and held["rs-classes-vote"] == "" and "<canvas" not in held["rs-classes-view"]
    tab.studio.photos.ready = True
    assert "It says" in tab("eyes_fetched", held["Held"])["rs-classes-vote"]


def test_what_excites_a_neuron_is_bright_where_it_does() -> None:
    """A shipped picture, darker everywhere but around the place that is told."""
    plain = Image.new("RGB", (96, 96), (200, 180, 160))
    drawn = np.asarray(Image.open(io.BytesIO(base64.b64decode(cards.spotted(plain, (0.25, 0.75)).partition(",")[2]))).convert("RGB"))
    side = cards.EXAMPLE
    assert drawn.shape == (side, side, 3) and np.abs(drawn[3 * side // 4, side // 4].astype(int) - (200, 180, 160)).max() < 12
    assert drawn[side // 4, side // 4].max() < 140 > drawn[3 * side // 4, 3 * side // 4].max()


def test_a_class_is_listed_if_it_may_be_among_the_five_at_any_depth() -> None:
    """Six that as many patches say at the first depth are all listed; at the second one more, and what nobody says there is not."""
    tokens = np.zeros((2, 3, 4), int)
    tokens[0].flat[:] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    tokens[1].flat[:] = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 7]
    seen = Classes("a", (), tokens, np.ones((2, 3, 4)), tuple("abcdefgh"), np.ones((1, 1)), ())
    assert cards.listed(seen) == [0, 1, 2, 3, 4, 5]
    few = Classes("a", (), np.array([[[0, 0, 7]]]), np.ones((1, 1, 3)), tuple("abcdefgh"), np.ones((1, 1)), ())
    assert cards.listed(few) == [0, 7]


def test_neurons_are_called_by_what_they_follow() -> None:
    """Else by what they speak for."""
    blank = np.zeros((1, 1))
    called = lambda name: cards.title(KeyNeuron(0, 1, name, ("cat", "dog"), 0, 1.0, blank, blank, 0.0))  # noqa: E731
    assert [called(name) for name in ("green head", "cool", "")] == ["follows green head", "follows cool colours", "speaks for cat"]


def test_bands_lie_on_each_other() -> None:
    """Two bands of halves meet in the middle; what is left is left to the rest; stories are told by what happened."""
    low, high = flow.bands([[0.5, 0.5], [0.5, 0.5]])
    middle, top = f"{flow.HIGH / 2:.1f}", "0.0"
    assert low.startswith(f"M0.0 {middle}") and low.endswith(f"{flow.HIGH:.1f}Z") and high.startswith(f"M0.0 {top}")
    assert flow.rest_of([[0.2, 0.9], [0.3, 0.2]]) == [0.5, 0.0]
    assert flow.story("a", (0.0, 0.6, 0.9), True) == "ahead for good after block 1"
    assert flow.story("a", (0.0, 0.3, 0.9), True) == "the answer, in the last block"
    assert flow.story("b", (0.0, 0.4, 0.01), False) == "40\u00a0% after block 1"
    assert flow.story("b", (0.0, 0.01, 0.0), False) == "never near" and flow.percent(0.004) == "under 1\u00a0%"


def test_other_eyes_decide_too(tab: Tab) -> None:
    """What was chosen stands in the picture; growing goes on with the same model; a Noun gives way to the first photograph."""
    clip, other = FakeNamed("ViT-B-32 openai"), tab.studio.photos.other_eyes
    through, bring = (handlers(tab.demo, name)[-1] for name in ("through_eyes", "bring_eyes"))
    steps = list(bring(FakeOffer(clip)))
    assert told_of(steps[-1], FakeNamed) == clip and "Looking for the first time" in str(steps[-1])
    for held in (tab.opened("?decides=photo-cat")["Held"], tab.opened()["Held"]):
        before = len(other.asked)
        out = through(clip, held)
        found, growing = told_of(out, Held), told_of(out, Growing)
        bar = next(value for value in out.values() if "rs-reader" in str(value))
        assert "what it says is its own" in bar and "heads and neurons" not in bar
        assert found.subject.eyes == clip and found.subject.soft and growing.eyes == clip and other.asked[before:] == [clip.label]
        run = next(f.fn for f in tab.demo.fns.values() if f.fn and f.fn.__name__ == "grow_it")
        list(run(growing, EventData(None, {"id": "class"})))
        assert other.asked[before:] == [clip.label] * 2
        assert told_of(handlers(tab.demo, "own_eyes")[-1](found), Held).subject.eyes is None
    steps = list(bring(FakeOffer(FakeNamed("headless"))))
    assert "knows neither texts nor classes" in str(steps[-1]) and "Try again" in str(steps[-1])


def handlers(demo: gr.Blocks, name: str) -> list:
    """Those of one name, in the order of the tabs: Segment, Heads, Fool it, Classes; Rosetta, whose end is another, is left out."""
    found = [f.fn for f in demo.fns.values() if f.fn is not None and f.fn.__name__ == name]
    return found[1:] if len(found) == 5 else found


def told_of(out: dict, kind: type) -> Any:
    """The state of a kind that a handler returned."""
    return next(value for value in out.values() if isinstance(value, kind))
