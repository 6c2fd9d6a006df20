"""The studio as a stranger meets it: `python app.py` in a process of its own, spoken to over HTTP alone."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.foundations.files import ROOT

BEAT = 0.2
"""Seconds between two looks at the memory."""
READY_S = 240.0
"""Longest wait for the page, in seconds."""
PATIENCE_S = 300.0
"""Longest wait for an answer, in seconds."""


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        status: of HTTP; 0 where the connection broke.
        text: all of it.
        seconds: until it was there.
    """

    status: int
    text: str
    seconds: float


@dataclass
class Served:
    """A running studio.

    Attributes:
        url: its address.
        process: what serves it.
        log: what it wrote.
        sizes: its memory in MB, beat by beat.
    """

    url: str
    process: subprocess.Popen
    log: Path
    sizes: list[float] = field(default_factory=list)

    def get(self, path: str) -> Answer:
        """Ask for a page."""
        return ask(urllib.request.Request(self.url + path))

    def post(self, path: str, data: Any, headers: dict[str, str] | None = None) -> Answer:
        """Send JSON, or bytes as they are."""
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        return ask(urllib.request.Request(self.url + path, body, {"Content-Type": "application/json", **(headers or {})}, method="POST"))

    def call(self, name: str, arguments: list[Any]) -> Answer:
        """Call a public endpoint and wait for its answer, as the clients do: an event's number first, then its stream."""
        began = time.perf_counter()
        first = self.post(f"/gradio_api/call/{name}", {"data": arguments})
        event = _loaded(first.text).get("event_id") if first.status == 200 else None
        if not event:
            return first
        stream = self.get(f"/gradio_api/call/{name}/{event}")
        return Answer(stream.status, stream.text, time.perf_counter() - began)

    def size(self) -> float:
        """Resident memory now, in MB; 0 where it cannot be told."""
        told = subprocess.run(["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=False).stdout.strip()
        return int(told) / 1024 if told.isdigit() else 0.0


def ask(request: urllib.request.Request, timeout: float = PATIENCE_S) -> Answer:
    """One request, whatever comes of it."""
    began = time.perf_counter()
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            status, text = answer.status, answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode(errors="replace")
    except (OSError, ValueError, http.client.HTTPException) as error:  # among them a stream that broke off
        status, text = 0, f"{type(error).__name__}: {error}"
    return Answer(status, text, time.perf_counter() - began)


def _loaded(text: str) -> dict[str, Any]:
    with suppress(ValueError):
        found = json.loads(text)
        return found if isinstance(found, dict) else {}
    return {}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(port: int | None = None, **settings: str) -> Iterator[Served]:
    """A studio that is up and whose models are awake; gone afterwards.

    Args:
        port: where it listens; any that is free where None.
        settings: environment variables beside those of this process.
    """
    port = port or free_port()
    own = {"GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1", "BROWSER": "true", **settings}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with log.open("wb") as file:
            process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env={**os.environ, **own}, stdout=file, stderr=file)
        house, over = Served(f"http://127.0.0.1:{port}", process, log), threading.Event()
        threading.Thread(target=_watch, args=(house, over), daemon=True).start()
        try:
            _wait(house)
            yield house
        finally:
            over.set()
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def _wait(house: Served) -> None:
    """Until the page is there and a sentence is answered."""
    until = time.monotonic() + READY_S
    while ask(urllib.request.Request(house.url + "/config"), 5).status != 200:
        if time.monotonic() > until or house.process.poll() is not None:
            raise RuntimeError(f"The studio did not start: {house.log.read_text(errors='replace')[-2000:]}")
        time.sleep(BEAT)
    first = house.call("request", ["swap the head for a shark", ""])
    if first.status != 200:
        raise RuntimeError(f"The studio broke off its first answer: {first.text[:200]} {house.log.read_text(errors='replace')[-4000:]}")


def _watch(house: Served, over: threading.Event) -> None:
    while not over.wait(BEAT):
        house.sizes.append(house.size())
