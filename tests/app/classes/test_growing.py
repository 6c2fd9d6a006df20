"""What excites a class, on the tab Classes without a browser: previews, the end, a stop, other aims, hostile input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio import EventData

from app.classes.growing import Growing, shown
from app.classes.held import Held
from app.shared.address import read
from tests.app.fake_classes import GROWN
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">'


@pytest.fixture
def run(built: tuple[FakeStudio, gr.Blocks]) -> dict[str, Any]:
    """The handlers by name."""
    modules = ("app.classes.tab", "app.classes.growing")
    return {f.fn.__name__: f.fn for f in built[1].fns.values() if f.fn and f.fn.__module__ in modules}


def named(out: dict) -> dict[str, Any]:
    """By the pieces' names, the state under its own."""
    return {"Growing" if isinstance(value, Growing) else piece.elem_id: value for piece, value in out.items()}


def opened(run: dict[str, Any], query: str = "tab=classes") -> dict[str, Any]:
    return named(run["enter_classes"](Held(), read(query).of("classes")))


def test_it_offers_a_class_and_its_neurons(run: dict[str, Any]) -> None:
    """With the image that lies ready, where there is one; nothing runs."""
    out = opened(run)
    html = out["rs-classes-growing"]
    assert out["Growing"].name == "shark" and [id for id, _ in out["Growing"].aims] == ["class", "key:0:10", "key:1:11"]
    assert html.count('data-op="fetch"') == 3 and html.count("<img") == 1 and "grown before" in html and "blue head" in html
    bare = opened(run, "tab=classes&class=blue whale")
    assert bare["Growing"].name == "blue whale" and "<img" not in bare["rs-classes-growing"]


def test_it_grows_step_by_step_and_keeps_the_last(run: dict[str, Any]) -> None:
    """Three images, what they are called by both models; whoever stops keeps what there is."""
    growing = opened(run)["Growing"]
    steps = [named(out) for out in run["grow_it"](growing, EventData(None, {"id": "class"}))]
    assert [one["Growing"].step for one in steps] == [0, *range(GROWN + 1)] and all(one["Growing"].running for one in steps)
    assert 'data-op="cancel"' in steps[2]["rs-classes-growing"] and "it says “pizza”, 25 %" in steps[2]["rs-classes-growing"]
    last = named(run["grown"](steps[-1]["Growing"]))["rs-classes-growing"]
    assert last.count("<img") == 3 and "it says “shark”, 100 %; another model “cat”" in last and "Grown in 4 steps." in last
    stopped = named(run["grown"](steps[3]["Growing"]))
    assert "Grown in 2 steps of 4" in stopped["rs-classes-growing"] and not stopped["Growing"].running
    neuron = [named(out) for out in run["grow_it"](growing, EventData(None, {"id": "key:1:11"}))][-1]
    assert "it says “cat”" in neuron["rs-classes-growing"] and neuron["Growing"].target == (1, 11)


def test_pressing_again_grows_others(run: dict[str, Any]) -> None:
    """By seeds that were not used yet; another aim begins at the first, and so does one that was stopped before it showed anything."""
    growing = opened(run)["Growing"]
    grow = lambda now, id: [named(out) for out in run["grow_it"](now, EventData(None, {"id": id}))][-1]["Growing"]  # noqa: E731
    first = grow(growing, "class")
    second = grow(first, "class")
    third = grow(second, "class")
    assert [one.seed for one in (first, second, third)] == [0, 3, 6] and not set(first.images) & set(second.images)
    assert grow(third, "key:1:11").seed == 0 and "Press again for others" in shown(replace(first, running=False))
    assert growing.chosen("class").chosen("class").seed == 0


def test_only_what_is_offered_grows(run: dict[str, Any]) -> None:
    """Anything else is told and changes nothing; text from outside is escaped."""
    growing = opened(run)["Growing"]
    for hostile in ({"id": "key:9:9"}, {"id": 3}, {}, {"id": EVIL}, "x"):
        out = [named(one) for one in run["grow_it"](growing, EventData(None, hostile))][-1]
        assert "Growing" not in out and "no such choice" in out["rs-classes-notice"]
    out = [named(one) for one in run["grow_it"](Growing(), EventData(None, {"id": "class"}))][-1]
    assert "Open a class first" in out["rs-classes-notice"]
    evil = replace(growing, name=EVIL, aims=((EVIL, EVIL),), images=(EVIL,), says=(EVIL,))
    assert "<img src=x" not in shown(evil) and 'onerror="' not in shown(evil)
