"""The page over the stand-in studio, served once, and a browser that can reach nothing but it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"

import gradio as gr
import pytest

from app.demo import build_demo
from app.precompute import precompute
from tests.app.fake_studio import FakeStudio
from tests.app.serving import Tabs, Visits, served

PATIENCE = int(os.environ.get("PATIENCE", "90000"))
"""Milliseconds that a browser waits for what it was promised."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what takes a browser, before any is left out by its mark: nobody has to think of it."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def static() -> dict:
    """What the page shows before anyone clicks."""
    return precompute(FakeStudio(), sprite=True)


@pytest.fixture(scope="session")
def page_over(static: dict) -> tuple[FakeStudio, gr.Blocks]:
    """A studio and the page over it, built once: that takes half a second, and nobody changes it."""
    studio = FakeStudio()
    return studio, build_demo(studio, static)


@pytest.fixture()
def built(page_over: tuple[FakeStudio, gr.Blocks]) -> tuple[FakeStudio, gr.Blocks]:
    """A studio that counts its work, as good as new, and the page over it."""
    studio = page_over[0]
    vars(studio).clear()
    studio.__init__()  # type: ignore[misc]
    return page_over


@pytest.fixture(scope="session")
def url(static: dict) -> Iterator[str]:
    """The page's address."""
    with served(FakeStudio(), static) as address:
        yield address


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
def context(browser):
    """One cache for all visitors; a visitor's session belongs to the page, not to this."""
    context = browser.new_context(reduced_motion="reduce", accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    context.set_default_navigation_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture(scope="session")
def tabs(context) -> Tabs:
    """The browser's tabs, used again."""
    return Tabs(context)


@pytest.fixture()
def visit(tabs: Tabs, url: str):
    """Open pages as separate visitors; afterwards none may have asked for anything outside, nor logged an error."""
    visits = Visits(tabs, url)
    yield visits.open
    visits.end()
    assert visits.outside == []
    assert visits.errors == []
