"""A public dictionary on the tab Features, without a browser: what is told of it, its features, and turning one."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from app.features import public as module
from app.features.public import CLOSED, Opened
from app.shared.session import CachedStudio
from app.shared.subject import Subject
from app.shared.worlds import Worlds
from tests.app.fake_photos import FakeDictionary, FakeDictionaryOffer
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'


class Piece:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, demo = built
        self.run = {f.fn.__name__: f.fn for f in demo.fns.values() if f.fn and f.fn.__module__ == "app.features.public"}

    def __call__(self, name: str, *given: Any) -> dict[Any, Any]:
        """Run a handler; a state is found under its kind."""
        return self.told(self.run[name](*given))

    def told(self, out: dict) -> dict[Any, Any]:
        """By the pieces' names, and states by their kinds."""
        return {**{piece.elem_id: value for piece, value in out.items()}, **{type(value): value for value in out.values()}}


@pytest.fixture
def piece(built: tuple[FakeStudio, gr.Blocks]) -> Piece:
    """The tab's handlers."""
    return Piece(built)


def act(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def test_a_dictionary_is_looked_up_brought_and_listed(piece: Piece) -> None:
    """Size, licence and the model that it reads first; then how far it is, step by step; then its features with names."""
    out = piece("look_up_dictionary", "owner/sae", "")
    card = out["rs-public-card"]
    assert "151 MB" in card and "mit" in card and "ViT-B-32 laion, 605 MB" in card and "Fetch it" in card
    steps = [piece.told(step) for step in piece.run["bring_dictionary"](out[FakeDictionaryOffer])]
    assert steps[-1][FakeDictionary].label == "owner/sae" and piece.studio.photos.dictionaries.brought == ["owner/sae"]
    shown = piece("open_dictionary", steps[-1][FakeDictionary])
    assert "3 features are active" in shown["rs-public-found"] and shown["rs-public-found"].count('data-op="feature"') == 2
    assert "Look into it" in piece("look_up_dictionary", "owner/sae", "")["rs-public-card"]
    assert "rs-public-found" not in piece("open_dictionary", None)


def test_a_feature_is_found_opened_and_turned(piece: Piece) -> None:
    """Its maps; then the photograph as it is beside what it is when the feature is turned, words and pictures."""
    opened = Opened(FakeDictionary("owner/sae"))
    assert "water" in piece("seek_feature", opened, "water")["rs-public-found"]
    out = piece("open_feature", opened, Subject(), act(op="feature", id="4"))
    sheet = out["rs-public-sheet"]
    assert "a cat, whiskers" in sheet and sheet.count("rs-public-map") == 2 and sheet.count('data-op="turn"') == 4 and "Turned" not in sheet
    photo = Worlds(CachedStudio(piece.studio)).photos.sample("temple")
    out = piece("open_feature", out[Opened], photo, act(op="turn", id="2"))
    sheet = out["rs-public-sheet"]
    assert out[Opened] == Opened(FakeDictionary("owner/sae"), 4, 2.0) and "a dog" in sheet and "80 %" in sheet and photo.uri in sheet
    assert 'data-id="2" aria-pressed="true"' in sheet and sheet.count("rs-public-alike") == 2


def test_what_cannot_be_had_is_told_and_nothing_changes(piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is none, a file that is broken, features that are none; and on a hosted page everything."""
    assert "is no dictionary" in piece("look_up_dictionary", "nobody", "")["rs-public-card"]
    steps = [piece.told(step) for step in piece.run["bring_dictionary"](FakeDictionaryOffer(FakeDictionary("broken")))]
    assert "not the file" in steps[-1]["rs-public-card"] and "Try again" in steps[-1]["rs-public-card"]
    assert "Look a dictionary up first" in piece("seek_feature", Opened(), "cat")["rs-public-notice"]
    opened = Opened(FakeDictionary("owner/sae"), 4)
    for hostile in ({"op": "feature", "id": "99"}, {"op": "feature", "id": "x"}, {"op": "turn", "id": "1000"}, {"op": "none"}, {}):
        out = piece("open_feature", opened, Subject(), act(**hostile))
        assert out["rs-public-notice"] and "rs-public-sheet" not in out, hostile
    assert "Fetch it" in piece("put_off_dictionary", FakeDictionaryOffer(FakeDictionary("x")))["rs-public-card"]
    monkeypatch.setattr(module, "hosted", lambda: True)
    assert CLOSED in piece("look_up_dictionary", "owner/sae", "")["rs-public-card"]
    assert CLOSED in piece.told(list(piece.run["bring_dictionary"](FakeDictionaryOffer(FakeDictionary("x"))))[-1])["rs-public-notice"]


def test_names_are_escaped() -> None:
    """Those of the hub, of files and of features."""
    offer = FakeDictionaryOffer(FakeDictionary(EVIL), licence=EVIL, tower=EVIL)
    assert "<img src=x" not in module.offered(offer)
