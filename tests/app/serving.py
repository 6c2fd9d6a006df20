"""A page that is served for tests, and the tabs of the browser that looks at it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request

from app.demo import build_demo, launch_settings

READY = "#rs-say :is(textarea,input)"
"""What is there when the page can be used."""
PARKED = "/theme.css"
"""Where a tab waits for its next visit: of the page's origin, so that what it stored can be cleared, and without a script."""


@contextmanager
def served(studio: Any, static: dict) -> Iterator[str]:
    """The address of the page over a studio."""
    demo = build_demo(studio, static)
    with socket.socket() as free:  # last, so that nobody else takes it meanwhile
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo.launch(**{**launch_settings(), "server_port": port, "prevent_thread_lock": True, "quiet": True, "inbrowser": False})
    yield f"http://127.0.0.1:{port}"
    demo.close()


@contextmanager
def listening(page: Page) -> Iterator[None]:
    """Within, all that listens to a tab is noted; afterwards none of it does."""
    heard: list[tuple[Any, Any]] = []
    listen = page.on

    def on(event: Any, hear: Any) -> None:
        heard.append((event, hear))
        listen(event, hear)

    page.on = on  # type: ignore[method-assign]
    yield
    del page.on
    for event, hear in heard:
        page.remove_listener(event, hear)


class Tabs:
    """Tabs that are used again: a fresh one costs three times as much, because it compiles the page's scripts anew.

    A visitor's session belongs to a load of the page, so each visit is a new visitor, and nothing that the last one stored is left.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.free: list[Page] = []

    def take(self) -> Page:
        """One that nobody uses."""
        if not self.free:
            return self.context.new_page()
        page = self.free.pop()
        page.bring_to_front()  # behind another one it would be drawn late, at its old size
        return page

    def give_back(self, page: Page, url: str) -> None:
        """Leave the page and forget what it stored; a tab that does not answer is closed."""
        try:
            page.unroute_all(behavior="ignoreErrors")
            page.goto(url + PARKED)
            page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
            self.free.append(page)
        except Exception:
            page.close()


GIVEN_UP, BROKEN_OFF = "AbortError: signal is aborted", "Connection errored out."
"""What the browser says of a request that a page gave up as it was left, and what Gradio then says of its stream."""


class Visits:
    """The visits of one test: opened on demand, watched for requests to elsewhere and for errors."""

    def __init__(self, tabs: Tabs, url: str) -> None:
        self.tabs, self.url = tabs, url
        self.pages: list[Page] = []
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.ears = ExitStack()

    def open(self, query: str = "", width: int = 1280, height: int = 900, scheme: str = "light") -> Page:
        """Another visitor."""
        page = self.tabs.take()
        self.pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        self.ears.enter_context(listening(page))
        page.on("request", self._asked)
        page.on("pageerror", self._failed)
        page.on("console", self._logged)
        page.goto(self.url + query, wait_until="domcontentloaded")
        page.locator(READY).wait_for(state="attached")
        return page

    def end(self) -> None:
        """All leave. A page that is reloaded gives up what it waits for, and Gradio logs that as an error of its own."""
        self.ears.close()
        if any(GIVEN_UP in error for error in self.errors):
            self.errors = [e for e in self.errors if GIVEN_UP not in e and not e.strip().endswith(BROKEN_OFF)]
        for page in self.pages:
            self.tabs.give_back(page, self.url)

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.url, "data:", "blob:")):
            self.outside.append(request.url)

    def _failed(self, error: Any) -> None:
        self.errors.append(str(error))

    def _logged(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)
