"""The README's pictures, taken of the real page: `python tools/readme_pictures.py [NAME ...]`; all where none is named.

Needs what the browser tests need, a Chromium at $CHROMIUM or on the path, and for `photographs` the eyes (`make photos`).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from PIL import Image  # noqa: E402
from playwright.sync_api import Page, expect, sync_playwright  # noqa: E402

from app.demo import build_demo, launch_settings  # noqa: E402
from core.studio import Studio  # noqa: E402

FOLDER = ROOT / "assets" / "readme"
COLOURS = 256
"""Of a PNG; the page has few."""


@contextmanager
def page_at(width: int, height: int) -> Iterator[Page]:
    """The real page in a browser, light and without motion."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    demo = build_demo(Studio("nouns"), json.loads((ROOT / "app" / "start.json").read_text()))
    demo.launch(**{**launch_settings(), "server_port": port, "prevent_thread_lock": True, "quiet": True, "inbrowser": False})
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce", color_scheme="light")
        page.goto(f"http://127.0.0.1:{port}", wait_until="domcontentloaded")
        page.locator("#rs-say :is(textarea,input)").wait_for(state="attached")
        expect.set_options(timeout=60_000)
        yield page
        browser.close()
    demo.close()


def tab(page: Page, name: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=name, exact=True).click()


def edit(page: Page) -> None:
    """As it opens: a sentence, and what it changed."""
    expect(page.locator("#rs-report")).to_contain_text("shark")


def heads(page: Page) -> None:
    """The grid of heads, one of them opened, and who sees red."""
    tab(page, "Heads and neurons")
    expect(page.locator(".rs-unit")).to_be_visible()
    page.locator("#rs-who input").fill("what sees red?")
    page.locator("#rs-who input").press("Enter")
    expect(page.locator("#rs-whos")).to_contain_text("Nearest to")


def photographs(page: Page) -> None:
    """A temple found by the word."""
    tab(page, "Segment")
    expect(page.locator(".rs-where canvas")).to_be_visible()
    page.locator("#rs-look-world [data-id=photos]").click()
    page.locator("#rs-look-world .rs-photo", has_text="A temple").click()
    page.locator("#rs-ask input").fill("a temple")
    page.locator("#rs-ask input").press("Enter")
    expect(page.locator("#rs-look-told")).to_contain_text("a temple")
    page.locator(".rs-where canvas").click(position={"x": 160, "y": 120})
    expect(page.locator("#rs-here .rs-bars li").first).to_be_visible()


def shift(page: Page) -> None:
    """A heart that was asked in words to become a large square elsewhere."""
    tab(page, "Shift")
    page.locator("#rs-move input").fill("make it the largest square, at the bottom left")
    page.locator("#rs-move input").press("Enter")
    expect(page.locator(".rs-told-box")).to_contain_text("square")


PICTURES: dict[str, tuple[str, int, Callable[[Page], None]]] = {
    "studio": ("studio.png", 840, edit),
    "heads": ("heads.png", 1130, heads),
    "photographs": ("photographs.jpg", 930, photographs),
    "shift": ("shift.png", 1010, shift),
}
"""File, height of the window, and what is done before the picture is taken."""


def main() -> None:
    """Take the pictures that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *PICTURES])
    for name in parser.parse_args().names or PICTURES:
        file, height, prepare = PICTURES[name]
        with page_at(1280, height) as page:
            prepare(page)
            page.evaluate("window.scrollTo(0, 0)")  # typing may have scrolled
            page.wait_for_timeout(1500)
            shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        if file.endswith(".png"):
            shot.quantize(COLOURS, dither=Image.Dither.NONE).save(FOLDER / file, optimize=True)
        else:
            shot.save(FOLDER / file, quality=80)
        print(FOLDER / file, (FOLDER / file).stat().st_size)


if __name__ == "__main__":
    main()
