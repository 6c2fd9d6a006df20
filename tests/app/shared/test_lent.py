"""Where a card is lent, as by ZeroGPU's package, everything that runs a model crosses over to it and back, and nothing else does."""

from __future__ import annotations

import inspect
import pickle
import sys
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import gradio as gr
import pytest

from app.classes.held import Held
from app.demo import build_demo
from app.features.atlas import Map
from app.shared import lent, waking
from app.shared.session import CachedStudio, Session
from app.shared.subject import Asked, scene
from core.studio import Studio
from tests.app.fake_studio import FakeStudio
from tests.app.test_app_wiring import events


def crossed(thing: Any) -> Any:
    """What arrives in another process."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301


class Lending(ModuleType):
    """A stand-in for the package: what goes in and comes out is pickled, as it is on the way to another process."""

    def __init__(self) -> None:
        super().__init__("spaces")
        self.tasks: list[Callable] = []
        self.asked: list[int] = []
        self.refusal: Exception | None = None

    def GPU(self, task: Callable) -> Callable:  # noqa: N802: as the package calls it
        self.tasks.append(task)

        def run(*given: Any) -> Iterator[Any]:
            self.asked.append(given[0])
            if self.refusal:
                raise self.refusal
            for piece in task(*crossed(given)):
                yield crossed(piece)

        return run


@pytest.fixture
def lending(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lending]:
    package = Lending()
    monkeypatch.setitem(sys.modules, "spaces", package)
    lent.decorator.cache_clear()
    yield package
    lent.decorator.cache_clear()


@pytest.fixture
def demo(lending: Lending, static: dict) -> gr.Blocks:
    return build_demo(FakeStudio(), static)


def named(demo: gr.Blocks, name: str, tab: str = "") -> Any:
    """An event by its handler's name, and the tab that it is of."""
    return next(f for f in events(demo) if f.fn.__name__ == name and f.fn.__module__.startswith(f"app.{tab}"))


def test_all_that_runs_a_model_is_one_task(lending: Lending, static: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that one process serves all of it; what is light never crosses."""
    crossing: list[str] = []
    through = lent.Lent.through
    monkeypatch.setattr(
        lent.Lent, "through", lambda self, handler, outputs: crossing.append(handler.__name__) or through(self, handler, outputs)
    )
    demo = build_demo(FakeStudio(), static)
    assert [task.__name__ for task in lending.tasks] == ["probe", "pieces"] and inspect.isgeneratorfunction(lending.tasks[-1])
    heavy = [f.fn.__name__ for f in events(demo) if f.concurrency_id in ("model", "long")]
    assert crossing == heavy and {"request", "compare", "segment", "take_in"} <= set(heavy)
    assert named(demo, "find").fn("shark", 2) and lending.asked == []


def test_an_answer_comes_back_as_it_would_be_here(demo: gr.Blocks, lending: Lending, page_over: tuple[FakeStudio, gr.Blocks]) -> None:
    """A sentence's, an error's, a click's with its event, and every piece of what comes in pieces."""
    studio = FakeStudio()
    session, atlas = Session(CachedStudio(studio).moment(studio.sample(1))), Map()
    plain = page_over[1]

    def both(tab: str, name: str, *given: Any) -> tuple[Any, Any]:
        told = []
        for page in (demo, plain):
            answer = named(page, name, tab).fn(*given)
            answers = list(answer) if inspect.isgenerator(answer) else [answer]
            told.append([[(c.elem_id, type(c).__name__, str(v)) for c, v in one.items()] for one in answers])
        return told[0], told[1]

    looked = Asked("shark", packed=b"\0", subject=scene(studio, 1))
    click = gr.EventData(demo, {"op": "class", "id": "cat"})
    asked = (
        ("features", "turn", (session, atlas, "bundle:head:shark", 1.0)),
        ("features", "turn", (session, atlas, "bundle:head:shark", "much")),
        ("features", "evidence", (atlas, "bundle:head:cat")),
        ("classes", "open_class", (Held(scene(studio, 1)), click)),
        ("segment", "compare", (looked,)),
    )
    for tab, name, given in asked:
        ours, theirs = both(tab, name, *given)
        assert ours == theirs and ours, name
    assert len(lending.asked) == len(asked) and not lent.here()


def test_to_whom_none_is_lent_is_served_all_the_same(demo: gr.Blocks, lending: Lending) -> None:
    """On the processor; an error that is not the lender's is told as it is."""
    studio = FakeStudio()
    session = Session(CachedStudio(studio).moment(studio.sample(1)))
    turn = named(demo, "turn", "features").fn
    there = turn(session, Map(), "bundle:head:shark", 1.0)
    lending.refusal = gr.Error("You have exceeded your quota.", title="ZeroGPU quota exceeded")
    assert list(map(str, turn(session, Map(), "bundle:head:shark", 1.0).values())) == list(map(str, there.values()))
    assert len(lending.asked) == 2
    looked = Asked("shark", packed=b"\0", subject=scene(studio, 1))
    assert len(list(named(demo, "compare", "segment").fn(looked))) > 2
    lending.refusal = gr.Error("Something else.")
    with pytest.raises(gr.Error, match="Something else"):
        turn(session, Map(), "bundle:head:shark", 1.0)


def test_the_models_of_the_card_are_others(lending: Lending, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside they are on the processor, whatever the library says of cards that are not there."""
    made: list[Any] = []
    monkeypatch.setattr(Studio, "__init__", lambda self, world, device=None: made.append(device))
    studio = waking.Waking()
    outside = studio.awake()
    with lent._with_card():
        inside = studio.awake()
        assert inside is studio.awake() and inside is not outside and lent.here()
    assert studio.awake() is outside and [str(device) for device in made] == ["cpu", "None"]


def test_without_the_package_or_where_it_lends_nothing_all_is_as_before(static: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package gives a task back as it was on a machine of one's own."""
    idle = ModuleType("spaces")
    idle.GPU = lambda task: task  # type: ignore[attr-defined]
    for package in (None, idle):
        monkeypatch.setitem(sys.modules, "spaces", package)
        lent.decorator.cache_clear()
        assert lent.decorator() is None and not lent.lends()
    lent.decorator.cache_clear()
