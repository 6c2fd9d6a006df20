"""A pipeline's features on the tab Features, without a browser: what is told of it, its features, and painting with one turned."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from app.features import made as module
from app.features.made import CLOSED, PROMPTS
from app.features.public import Opened
from tests.app.fake_photos import FakeDictionary
from tests.app.fake_pipelines import FakePipeline, FakePipelineOffer
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'
OPEN = Opened(FakePipeline("owner/turbo"))


class Piece:
    """The handlers over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks]) -> None:
        self.studio, demo = built
        found = [f.fn for f in demo.fns.values() if f.fn and f.fn.__module__ in ("app.features.made", "app.features.tab")]
        self.run = {fn.__name__: fn for fn in found}

    def __call__(self, name: str, *given: Any) -> dict[Any, Any]:
        """Run a handler; a state is found under its kind."""
        return told(self.run[name](*given))

    def steps(self, name: str, *given: Any) -> list[dict[Any, Any]]:
        """Of one that gives several answers."""
        return [told(step) for step in self.run[name](*given)]


def told(out: dict) -> dict[Any, Any]:
    """By the pieces' names, and states by their kinds."""
    return {**{piece.elem_id: value for piece, value in out.items()}, **{type(value): value for value in out.values()}}


@pytest.fixture
def piece(built: tuple[FakeStudio, gr.Blocks]) -> Piece:
    """The tab's handlers."""
    return Piece(built)


def act(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def test_it_is_looked_up_made_and_listed(piece: Piece) -> None:
    """Size, licence and how many prompts first; then how far it is, step by step; then its features with names."""
    out = piece("look_up_pipeline", "owner/turbo", PROMPTS, "")
    card = out["rs-made-card"]
    assert "2600 MB" in card and "openrail" in card and "<dd>8</dd>" in card and "Fetch it" in card
    steps = piece.steps("bring_pipeline", out[FakePipelineOffer])
    assert steps[-1][FakePipeline].label == "owner/turbo" and piece.studio.photos.pipelines.brought == ["owner/turbo"]
    shown = piece("open_pipeline", steps[-1][FakePipeline])
    assert "2 features are active" in shown["rs-made-found"] and "mid_block" in shown["rs-made-found"]
    assert shown["rs-made-found"].count('data-op="feature"') == 1 and shown["rs-made-search"].visible
    assert "Make its features" in piece("look_up_pipeline", "owner/turbo", PROMPTS, "")["rs-made-card"]
    assert "rs-made-found" not in piece("open_pipeline", None)


def test_a_feature_is_opened_and_turned_while_it_paints(piece: Piece) -> None:
    """Its maps at once; the prompt is named; then it says that it paints, and shows both pictures."""
    assert "cat" in piece("seek_made", OPEN, "cat")["rs-made-found"]
    (out,) = piece.steps("open_made", OPEN, act(op="feature", id="2"))
    sheet = out["rs-made-sheet"]
    assert sheet.count("rs-public-map") == 2 and "while “a cat” is painted" in sheet and "data-come" not in sheet
    wait, done = piece.steps("open_made", out[Opened], act(op="turn", id="2"))
    assert "paints twice" in wait["rs-made-sheet"] and wait[Opened].times == 2.0
    assert (
        done["rs-made-sheet"].count("rs-made-side") == 2
        and "62.7 %" in done["rs-made-sheet"]
        and "paints twice" not in done["rs-made-sheet"]
    )
    assert 'data-id="2" aria-pressed="true"' in done["rs-made-sheet"]


def test_the_search_on_the_map_finds_what_a_visitor_has_opened(piece: Piece) -> None:
    """Of a dictionary and of a pipeline, each told apart; nothing for whoever has opened nothing, or another one meanwhile."""
    besides = lambda *opened: piece("look_besides", "cat", *opened)["rs-others"]  # noqa: E731
    both = besides(Opened(FakeDictionary("owner/sae")), OPEN)
    assert 'data-op="public" data-id="4"' in both and 'data-op="made" data-id="2"' in both and "In owner/turbo" in both
    assert 'data-op="made"' in besides(Opened(), OPEN) and 'data-op="public"' not in besides(Opened(), OPEN)
    assert besides(Opened(), Opened()) == "" and besides(Opened(), Opened(FakePipeline("another"))) == ""
    assert (
        piece("look_besides", "  ", Opened(), OPEN)["rs-others"] == ""
        and piece("look_besides", "what sees red?", Opened(), OPEN)["rs-others"] == ""
    )
    (out,) = piece.steps("open_made", OPEN, act(op="made", id="2"))
    assert "data-come" in out["rs-made-sheet"]
    (out,) = piece.steps("open_made", OPEN, act(op="public", id="2"))
    assert "rs-made-sheet" not in out


def test_what_cannot_be_had_is_told_and_nothing_changes(piece: Piece, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is none, too few prompts, a file that is broken, features that are none; and on a hosted page everything."""
    assert "is no pipeline" in piece("look_up_pipeline", "nobody", PROMPTS, "")["rs-made-card"]
    assert "4 to 48 prompts" in piece("look_up_pipeline", "owner/turbo", "a\nb", "")["rs-made-card"]
    assert "too long" in piece("look_up_pipeline", "owner/turbo", "a" * 20_000, "")["rs-made-card"]
    steps = piece.steps("bring_pipeline", FakePipelineOffer(FakePipeline("broken")))
    assert "not the file" in steps[-1]["rs-made-card"] and "Try again" in steps[-1]["rs-made-card"]
    assert "Look a pipeline up first" in piece("seek_made", Opened(), "cat")["rs-made-notice"]
    for hostile in ({"op": "feature", "id": "99"}, {"op": "feature", "id": "x"}, {"op": "turn", "id": "1000"}, {"op": "none"}, {}):
        out = piece.steps("open_made", OPEN, act(**hostile))[-1]
        assert out["rs-made-notice"] and "rs-made-sheet" not in out, hostile
    assert "Fetch it" in piece("put_off_pipeline", FakePipelineOffer(FakePipeline("x")))["rs-made-card"]
    assert "<img src=x" not in module.offered(FakePipelineOffer(FakePipeline(EVIL), licence=EVIL))
    monkeypatch.setattr(module, "hosted", lambda: True)
    assert CLOSED in piece("look_up_pipeline", "owner/turbo", PROMPTS, "")["rs-made-card"]
    assert CLOSED in piece.steps("bring_pipeline", FakePipelineOffer(FakePipeline("x")))[-1]["rs-made-notice"]
