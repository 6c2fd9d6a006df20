"""Whose turn it is: one at a time, short jobs before long ones, nobody forgotten, nobody's business another's. Order, never seconds."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event, Thread

import gradio as gr
import pytest

from app.shared import guard, waiting
from app.shared.turns import PASSED, Gone, Place, Turns
from tests.app.test_app_wiring import LONG, events

PATIENCE = 30
"""Seconds after which a test that hangs is given up."""


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def queued(turns: Turns, count: int) -> None:
    """Wait until so many jobs wait."""
    while len(turns._waiting) != count:
        pass


def started(run) -> Thread:
    """A thread that runs something."""
    thread = Thread(target=run, daemon=True)
    thread.start()
    return thread


def visitor(turns: Turns, name: str, log: list, long: bool = False) -> Thread:
    """A visitor who wants one thing."""

    def run() -> None:
        with turns.turn(turns.job(name, name, long)):
            log.append(name)

    return started(run)


def test_a_short_job_passes_a_long_one_under_way(monkeypatch):
    """Between two pieces, and the long one ends none the less: all that it gives comes, in order."""
    turns, log, first, go = Turns(), [], Event(), Event()

    def compare() -> Iterator[int]:
        for piece in range(3):
            log.append(f"piece {piece}")
            if piece == 0:
                first.set()
                go.wait(PATIENCE)
            yield piece

    given: list[int] = []
    long = started(lambda: given.extend(waiting.taking(turns, compare, True, None)()))
    assert first.wait(PATIENCE)
    short = started(waiting.taking(turns, lambda: log.append("word"), False, None))
    queued(turns, 1)
    go.set()
    for thread in (short, long):
        thread.join(PATIENCE)
    assert log == ["piece 0", "word", "piece 1", "piece 2"] and given == [0, 1, 2]


def test_short_jobs_come_in_order_and_before_long_ones():
    """Whoever came first among equals."""
    turns, log = Turns(), []
    with turns.turn(turns.job("", "first")):
        threads = []
        for count, (name, long) in enumerate((("long", True), ("a", False), ("b", False), ("c", False)), 1):
            threads.append(visitor(turns, name, log, long))
            queued(turns, count)
    for thread in threads:
        thread.join(PATIENCE)
    assert log == ["a", "b", "c", "long"]


def test_a_long_job_is_not_passed_for_ever():
    """Only so often between two of its pieces."""
    turns, log, threads = Turns(), [], []
    with turns.turn(turns.job("", "first")):
        threads.append(visitor(turns, "long", log, long=True))
        queued(turns, 1)
        for number in range(PASSED + 3):
            threads.append(visitor(turns, str(number), log))
            queued(turns, number + 2)
    for thread in threads:
        thread.join(PATIENCE)
    assert log.index("long") == PASSED and log[PASSED + 1 :] == ["8", "9", "10"]


def test_a_job_given_up_never_runs_and_holds_nobody():
    """Cancel: what waits goes, and a long one after the piece under way; of this visitor alone."""
    turns, log = Turns(), []
    gone: list[str] = []

    def give_up() -> None:
        try:
            with turns.turn(turns.job("ann", "word")):
                log.append("ann")
        except Gone:
            gone.append("ann")

    with turns.turn(turns.job("", "first")):
        ann = started(give_up)
        queued(turns, 1)
        bob = visitor(turns, "bob", log)
        queued(turns, 2)
        assert turns.leave("") == 0 and turns.leave("ann") == 1 and turns.leave("ann") == 0
        ann.join(PATIENCE)
        assert gone == ["ann"]
    bob.join(PATIENCE)
    assert log == ["bob"]


def test_a_long_job_ends_after_the_piece_under_way(monkeypatch):
    """And is closed, so that it can clean up; the page is told nothing new."""
    turns, closed = Turns(), []
    monkeypatch.setattr(waiting, "owner", lambda: "ann")

    def compare() -> Iterator[int]:
        try:
            yield from range(9)
        finally:
            closed.append(True)

    pieces = waiting.taking(turns, compare, True, "nothing")()
    assert next(pieces) == 0 and turns.leave("ann") == 1
    assert list(pieces) == ["nothing"] and closed == [True] and turns.leave("ann") == 0
    assert list(waiting.taking(turns, compare, True, "nothing")()) == list(range(9))


def test_a_failing_job_gives_its_turn_back():
    """Whatever happens inside."""
    turns = Turns(Hand())
    with pytest.raises(ZeroDivisionError), turns.turn(turns.job("ann", "word")):
        1 / 0  # noqa: B018
    with turns.turn(turns.job("bob", "word")):
        assert turns.place("bob") == Place(0, 0.0, "word")


def test_the_place_and_the_time():
    """How many come first, how long they took so far; of another visitor nothing is told."""
    clock = Hand()
    turns, log = Turns(clock), []
    with turns.turn(turns.job("", "word")):
        clock.now += 4
    with turns.turn(turns.job("ann", "word")):
        clock.now += 1
        assert turns.place("ann") == Place(0, 3.0, "word")
        bob = visitor(turns, "bob", log)
        queued(turns, 1)
        assert turns.place("bob") == Place(1, 3.0, "word")
        assert turns.place("eve") is None and turns.place("") is None
    bob.join(PATIENCE)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (None, ""),
        (Place(2, 8.2, "word"), "Two before you, about 8 seconds."),
        (Place(1, 0.2, "word"), "One before you, about a second."),
        (Place(30, 126.0, "word"), "30 before you, about 2 minutes."),
        (Place(3, 23.0, "word"), "Three before you, about 25 seconds."),
        (Place(0, 0.1, "word"), "At work."),
        (Place(0, 60.0, "word"), "At work, about a minute."),
        (Place(2, 9.0, waiting.WAKING), "The model is waking up: a few seconds, once."),
    ],
)
def test_the_place_is_a_sentence(place, words: str):
    """Short and plain."""
    assert waiting.sentence(place) == words


def test_every_event_that_runs_a_model_takes_its_turn(built):
    """None is bound past the order, and the page's light ones never wait in it."""
    turns = Turns()
    seen: list[str] = []
    turns.job = lambda owner, name, long=False: seen.append(name) or Turns.job(turns, owner, name, long)  # type: ignore[method-assign]
    with gr.Blocks() as demo:
        word, grid = gr.Textbox(), gr.Textbox()

        def look(text: str) -> str:
            return text + "!"

        def compare(text: str) -> Iterator[str]:
            yield from text

        word.submit(look, word, grid, **guard.HEAVY)
        word.change(compare, word, grid, **guard.waiting(grid, long=True))
        word.blur(look, word, grid, **guard.LIGHT)
        waiting.bind_waiting(demo, turns)
    run = [f.fn for f in events(demo)]
    assert run[0]("a") == "a!" and list(run[1]("ab")) == ["a", "b"] and run[2]("b") == "b!"
    assert seen == ["look", "compare"]
    kinds = {f.fn.__name__ for f in events(built[1]) if f.concurrency_id == guard.LONG}
    assert kinds == LONG
