"""The server dies and comes back: an open page says so, and a visitor goes on where they were."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect

from core.bench.house.served import free_port
from core.foundations.files import ROOT
from tests.app.serving import READY
from tests.app.test_browser import say, steps

START_S = 300


def started(port: int) -> subprocess.Popen:
    """A page over the stand-in, in a process of its own; here when it answers."""
    quiet = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "tests.app.serve_fake", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, env=quiet, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=10).close()
            return process
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    process.kill()
    raise AssertionError("The page did not start.")


@pytest.fixture
def port() -> int:
    """Where the page will be."""
    return free_port()


def test_a_visitor_goes_on_after_a_restart(context, port: int) -> None:
    """Steps are kept in the page's address; the page itself tells of the lost connection and comes back by itself."""
    first = started(port)
    page = context.new_page()
    second = None
    try:
        page.goto(f"http://127.0.0.1:{port}/", wait_until="domcontentloaded")
        page.locator(READY).wait_for(state="attached")
        say(page, "indigo glasses")
        expect(steps(page)).to_have_count(2)
        expect(page).to_have_url(re.compile("recipe="))
        first.kill()
        first.wait()
        say(page, "cat head")
        expect(page.get_by_text("Connection to the server was lost").first).to_be_visible()
        second = started(port)
        expect(page.get_by_text("Connection to the server was lost")).to_have_count(0)
        expect(steps(page)).to_have_count(2)
        say(page, "cat head")
        expect(steps(page)).to_have_count(3)
    finally:
        page.close()
        for process in filter(None, (first, second)):
            process.kill()
            process.wait()
