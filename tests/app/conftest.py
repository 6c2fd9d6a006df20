"""The page over the stand-in studio, served once, and a browser that can reach nothing but it."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import pytest

from app.demo import build_demo, launch_settings
from app.precompute import precompute
from tests.app.fake_studio import FakeStudio

PATIENCE = int(os.environ.get("PATIENCE", "30000"))
"""Milliseconds that a browser waits for what it was promised."""


@pytest.fixture(scope="session")
def static() -> dict:
    """What the page shows before anyone clicks."""
    return precompute(FakeStudio(), sprite=True)


@pytest.fixture()
def built(static: dict):
    """A studio that counts its work, and the page over it."""
    studio = FakeStudio()
    return studio, build_demo(studio, static)


@pytest.fixture(scope="module")
def url(static: dict) -> Iterator[str]:
    """The page's address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = build_demo(FakeStudio(), static)
    demo.launch(**{**launch_settings(), "server_port": port, "prevent_thread_lock": True, "quiet": True, "inbrowser": False})
    yield f"http://127.0.0.1:{port}"
    demo.close()


@pytest.fixture(scope="module")
def browser():
    """A Chromium without a network, from $CHROMIUM or the path."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE)

    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as play:
        offline = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox", offline], timeout=120_000)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def context(browser):
    """One cache for all visitors; a visitor's session belongs to the page, not to this."""
    context = browser.new_context(reduced_motion="reduce", accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture()
def visit(context, url: str):
    """Open pages as separate visitors; afterwards none may have asked for anything outside, nor logged an error."""
    pages, outside, errors = [], [], []

    def watch(request) -> None:
        if not request.url.startswith((url, "data:", "blob:")):
            outside.append(request.url)

    def open_page(query: str = "", width: int = 1280, height: int = 900, scheme: str = "light"):
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.on("request", watch)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(url + query, wait_until="domcontentloaded")
        page.locator("#rs-say :is(textarea,input)").wait_for(state="attached")
        return page

    yield open_page
    for page in pages:
        page.close()
    assert outside == []
    assert errors == []
