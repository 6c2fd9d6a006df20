"""A hostile house: hundreds of bad uploads, sentences, recipes, links, calls and MCP messages, each of which gets a plain answer.

Plain is what names no file of the machine, shows no traceback, comes in bounds of time, and is no error of the server's own. Beside it:
how much memory the worst of it took, whether any address was asked that a stranger named, and whether a good request afterwards is
answered as before. The plain way to compare with is the same good request before.
"""

from __future__ import annotations

import json
import re
import socket
import statistics
import tempfile
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from core.bench.house.served import Answer, Served, served
from core.bench.house.wicked import Wicked, wicked
from core.bench.record import Measured
from core.foundations.files import ROOT
from core.studio import Studio

COUNT, QUICK = 500, 100
SEED = 20261130
AT_ONCE = 4
"""Strangers at the same time."""
LEAKS = re.compile(r"Traceback|File \"|site-packages|\.py\b.*line \d+|root:x:0", re.IGNORECASE)
PAGES = 60
"""Pages that are opened beforehand."""
UPLOAD = "/gradio_api/upload"
GOOD = ("swap the head for a shark", "")


def run(quick: bool) -> Measured:
    """Send them all, and look at what comes back."""
    count = QUICK if quick else COUNT
    studio = Studio("nouns")
    picture = studio.sample(0)
    recipe = studio.recipe(picture, studio.request(picture, "red glasses").edits)
    with trapped() as (address, caught), served() as house:
        before = house.call("request", list(GOOD))
        warm(house)
        size, start = house.size(), len(house.sizes)
        inputs = wicked(count, SEED, recipe, address)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda one: send(house, one), inputs))
        after = house.call("request", list(GOOD))
        peak = max(house.sizes[start:], default=size) - size
        log = house.log.read_text(errors="replace")
    return measured(inputs, answers, peak, len(caught), after.text == before.text and before.status == 200, log)


def warm(house: Served) -> None:
    """Call every endpoint once with its own example, and open the page by many: what is laid out on first use is no leak."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda _: house.get("/"), range(PAGES)))
    told = json.loads(house.get("/gradio_api/info").text)["named_endpoints"]
    for name, endpoint in told.items():
        house.call(name.strip("/"), [one["example_input"] for one in endpoint["parameters"]])


def send(house: Served, one: Wicked) -> Answer:
    """Send one of them."""
    if one.call:
        return house.call(one.call, one.data)
    return house.get(one.path) if one.data is None else house.post(one.path, one.data, dict(one.headers))


def is_plain(one: Wicked, answer: Answer) -> bool:
    """Whether an answer is one that a stranger may see. Where an upload lies is told by Gradio's protocol: its clients send it back."""
    named = () if one.path == UPLOAD else places()
    mute = '"error": null' in answer.text or not answer.text.strip()
    return 200 <= answer.status < 500 and not mute and not LEAKS.search(answer.text) and not any(place in answer.text for place in named)


def places() -> tuple[str, ...]:
    """The folders that no answer may name."""
    return str(ROOT), str(Path.home()) + "/", tempfile.gettempdir() + "/"


def measured(inputs: list[Wicked], answers: list[Answer], peak: float, caught: int, same: bool, log: str) -> Measured:
    """The figures, and a row for each kind of input."""
    kinds: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for one, answer in zip(inputs, answers, strict=True):
        kinds[one.kind].append((is_plain(one, answer), answer.seconds))
    rows = {kind: _row(several) for kind, several in kinds.items()}
    figures = {
        "inputs": float(len(answers)),
        "plain_answers": float(sum(plain for several in kinds.values() for plain, _ in several)),
        "peak_mb": peak,
        "outside_requests": float(caught),
        "tracebacks_logged": float(log.count("Traceback")),
        "good_one_as_before": float(same),
        "slowest_s": max(answer.seconds for answer in answers),
    }
    logged = re.findall(r"^[\w.]+(?:Error|Exception)\b[^\n]{0,160}", log, re.MULTILINE)
    return Measured("hostile", figures, rows, {"seed": SEED, "at once": AT_ONCE, **({"logged": logged[:5]} if logged else {})})


def _row(several: list[tuple[bool, float]]) -> dict[str, float]:
    plain, seconds = zip(*several, strict=True)
    return {"inputs": float(len(several)), "plain": sum(plain) / len(several), "median_s": statistics.median(seconds)}


@contextmanager
def trapped() -> Iterator[tuple[str, list[bytes]]]:
    """The address of a listener that nobody should ask, and what it was asked."""
    caught: list[bytes] = []
    trap = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                guest, _ = trap.accept()
            except OSError:
                return
            caught.append(guest.recv(200))
            guest.close()

    threading.Thread(target=listen, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{trap.getsockname()[1]}/picture.png", caught
    finally:
        trap.close()
