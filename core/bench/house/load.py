"""A full house: many visitors at once, each with a story, over the events of the real page and over its endpoints.

A visitor of the page has a session of its own, as a browser has one, and speaks through the page's own event: the sentence box. What it
asked for marks its picture, so a picture that shows another visitor's mark is seen. A visitor by program sends its recipe along. Being told
that the house is full counts as an answer where it says so in a sentence; the visitor then comes again.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from core.bench.house.served import Served, served
from core.bench.record import Measured

VISITORS, QUICK = 50, 8
ROUNDS, QUICK_ROUNDS = 40, 2
"""How often each comes again with a story anew: 2,000 visits in all."""
MINUTES, QUICK_MINUTES = 30.0, 0.0
"""Minutes over which the rounds are spread; where one takes longer than its share, the next begins at once."""
KEPT = 512
"""Visitors of whom the page keeps something, as `app.demo` has it. Once so many came, each new one pushes an old one out."""
FULL_S = 1.0
"""Seconds before one who was told that the house is full comes again."""
HEADS = ("shark", "cat", "cheese", "toaster", "panda", "robot", "cloud", "volcano", "pirate ship", "crown")
GLASSES = ("red", "blue", "yellow", "green", "black")
EARLY = 0.1
"""Share of the rounds after which memory is called the usual, for the whole growth."""


@dataclass
class Story:
    """What became of one visit.

    Attributes:
        seconds: of each sentence, until it was answered.
        lost: sentences that got no answer, or another one than theirs.
        full: how often it was told that the house is full.
        leaked: marks of others that were seen.
        sessions: under how many names the page met it: one in a browser, one for each call of a program.
    """

    seconds: list[float] = field(default_factory=list)
    lost: int = 0
    full: int = 0
    leaked: int = 0
    sessions: int = 1


@dataclass(frozen=True)
class Look:
    """The memory during one round and the rest after it, until the next one begins.

    Attributes:
        minutes: at its end, since the first round began.
        visits: until then.
        sessions: until then.
        least: resident memory at its lowest, in MB: what is held once the page has given back what it freed, as it does twice a minute.
        most: at its highest, in the midst of the work.
    """

    minutes: float
    visits: int
    sessions: int
    least: float
    most: float


def run(quick: bool) -> Measured:
    """All visitors at once, round after round, the rounds spread over the time."""
    visitors, rounds, minutes = (QUICK, QUICK_ROUNDS, QUICK_MINUTES) if quick else (VISITORS, ROUNDS, MINUTES)
    with served() as house:
        page = Page.of(house)
        alone = visit(house, page, 0)
        began, stories, looks = time.perf_counter(), list[Story](), list[Look]()
        with ThreadPoolExecutor(visitors) as pool:
            for turn in range(rounds):
                start = len(house.sizes)
                stories += pool.map(lambda at, turn=turn: visit(house, page, at + 7 * turn), range(visitors))
                time.sleep(max(0.0, began + 60 * minutes * (turn + 1) / rounds - time.perf_counter()))
                sizes = [size for size in house.sizes[start:] if size] or [house.size()]
                sessions = sum(story.sessions for story in stories)
                looks.append(Look((time.perf_counter() - began) / 60, len(stories), sessions, min(sizes), max(sizes)))
        log = house.log.read_text(errors="replace")
    return measured(stories, alone, looks, visitors, log)


def measured(stories: Sequence[Story], alone: Story, looks: Sequence[Look], visitors: int, log: str) -> Measured:
    """The figures, beside those of a visitor alone, and the memory minute by minute.

    `memory_growth_mb` is from the round after a tenth of them to the last one, `growth_when_full_mb` from the first round after which as
    many visitors came as are kept, both of the memory at its lowest within a round; `most_mb` is its highest above the former.
    """
    seconds = sorted(second for story in stories for second in story.seconds)
    usual = looks[min(len(looks) - 1, round(EARLY * len(looks)))]
    full = [look for look in looks if look.sessions >= KEPT]
    figures = {
        "visitors": float(visitors),
        "visits": float(len(stories)),
        "sentences": float(len(seconds)),
        "lost": float(sum(story.lost for story in stories)),
        "told_full": float(sum(story.full for story in stories)),
        "p50_s": statistics.median(seconds),
        "p95_s": seconds[int(0.95 * (len(seconds) - 1))],
        "leaked": float(sum(story.leaked for story in stories)),
        "memory_growth_mb": looks[-1].least - usual.least,
        "most_mb": max(look.most for look in looks) - usual.least,
        "minutes": looks[-1].minutes,
        "tracebacks_logged": float(log.count("Traceback")),
    }
    if len(full) > 1:  # fewer visitors than are kept tell nothing of when the shelves are full
        figures |= {"growth_when_full_mb": full[-1].least - full[0].least, "minutes_when_full": full[-1].minutes - full[0].minutes}
    rows = {"a visitor alone": {"p50_s": statistics.median(alone.seconds)}, **by_minute(looks)}
    return Measured("load", figures, rows, {"stories": "words, sentences, undo"})


def by_minute(looks: Sequence[Look]) -> dict[str, dict[str, float]]:
    """The last look of each minute in which a round ended."""
    return {
        f"minute {math.ceil(look.minutes)}": {
            "visits": float(look.visits),
            "sessions": float(look.sessions),
            "least mb": look.least,
            "most mb": look.most,
        }
        for look in looks
    }


@dataclass(frozen=True)
class Page:
    """The page's own event of the sentence box.

    Attributes:
        event: its number.
        inputs: how many values it is sent.
        box: the box's place among them.
    """

    event: int
    inputs: int
    box: int

    @classmethod
    def of(cls, house: Served) -> Page:
        """As the page tells of itself."""
        told = json.loads(house.get("/config").text)
        box = next(c["id"] for c in told["components"] if c["props"].get("elem_id") == "rs-say")
        event = next(d for d in told["dependencies"] if [box, "submit"] in d["targets"] and d["backend_fn"] and box in d["inputs"])
        return cls(event["id"], len(event["inputs"]), event["inputs"].index(box))

    def say(self, house: Served, session: str, sentence: str) -> str:
        """What the page is told after a sentence, as its stream brings it."""
        data: list[str | None] = [None] * self.inputs
        data[self.box] = sentence
        sent = {"data": data, "fn_index": self.event, "session_hash": session, "trigger_id": None, "event_data": None}
        first = house.post("/gradio_api/queue/join", sent)
        return first.text if first.status != 200 else house.get(f"/gradio_api/queue/data?session_hash={session}").text


def visit(house: Served, page: Page, number: int) -> Story:
    """One visitor's story: every second one by program."""
    return _by_program(house, number) if number % 2 else _by_page(house, page, number)


def wishes(number: int) -> tuple[str, str, str]:
    """A visitor's head and glasses, its marks, and the sentence that asks for them."""
    head, glasses = HEADS[number % len(HEADS)], GLASSES[number // len(HEADS) % len(GLASSES)]
    return head, glasses, f"swap the head for a {head} and make the glasses {glasses}"


def _by_page(house: Served, page: Page, number: int) -> Story:
    """Opens the page, asks for its marks, then for something impossible, and looks whether its marks are still there."""
    story, session, (head, glasses, sentence) = Story(), uuid.uuid4().hex, wishes(number)
    house.get("/")
    shown = _asked(story, lambda: page.say(house, session, sentence), [f"{head} head", f"{glasses} glasses"])
    story.leaked += _others(shown, head)
    _asked(story, lambda: page.say(house, session, "give it a giraffe head"), ["giraffe"])
    _asked(story, lambda: page.say(house, session, f"make it a {head}"), [head])  # already there: its own session says so
    return story


def _by_program(house: Served, number: int) -> Story:
    """Sends its recipe along, and looks for words between."""
    story, (head, glasses, sentence) = Story(sessions=3), wishes(number)
    told: dict[str, Any] = {}

    def request(words: str) -> str:
        answer = house.call("request", [words, told.get("recipe", "")]).text
        told.update(_answer(answer))
        return answer

    story.leaked += _others(_asked(story, lambda: request(sentence), [f"{head} head", f"{glasses} glasses"]), head)
    _asked(story, lambda: house.call("find", [head, 3]).text, [head])
    _asked(story, lambda: request(f"make it a {head}"), [head])
    return story


def _answer(text: str) -> dict[str, Any]:
    """The answer in a stream of events; empty where there is none."""
    lines = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: [")]
    return dict(json.loads(lines[-1])[0]) if lines else {}


def _asked(story: Story, ask: Callable[[], str], marks: Sequence[str]) -> str:
    """Ask until the house is not full, and look for marks in the answer."""
    began = time.perf_counter()
    while _is_full(text := ask()):
        story.full += 1
        time.sleep(FULL_S)
    story.seconds.append(time.perf_counter() - began)
    story.lost += not all(mark in text for mark in marks)
    return text


def _others(text: str, head: str) -> int:
    """How many heads an answer says came about that this visitor did not ask for."""
    return sum(came != head for came in re.findall(r"Changed: [^<;.]*? to ([a-z ]+) head", text))


def _is_full(text: str) -> bool:
    return "queue is full" in text.lower() or "too many" in text.lower()
