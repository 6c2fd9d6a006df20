"""Whole photographs in a real browser: a face is chosen by keyboard, the photograph is saved, and Reload finds all of it again."""

from __future__ import annotations

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.studio.recipes import MADE


def bring(page: Page, size: tuple[int, int] = (600, 200)) -> None:
    """Choose a photograph, with as many faces as it is longer than high."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(buffer, "PNG")
    page.get_by_role("button", name="Your own picture").click()
    page.locator("#rs-file input[type=file]").set_input_files({"name": "we.png", "mimeType": "image/png", "buffer": buffer.getvalue()})
    expect(page.locator("#rs-whole img")).to_be_visible()


def change(page: Page, sentence: str) -> None:
    """Say what should change, and wait for it."""
    box = page.locator("#rs-say :is(input, textarea)")
    box.fill(sentence)
    box.press("Enter")
    expect(page.get_by_role("button", name="Save photograph")).to_be_visible()


def test_a_face_is_chosen_and_its_photograph_saved(visit) -> None:
    """By keyboard; the wipe shows the photograph as it was; the file holds all of it."""
    page = visit("/?world=faces")
    bring(page)
    first = page.locator("#rs-view .rs-before img").get_attribute("src")
    chosen = page.get_by_role("button", name="Face 3 of 3")
    expect(chosen).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Face 1 of 3").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Face 1 of 3")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rs-view .rs-before img")).not_to_have_attribute("src", first or "")
    change(page, "put on glasses")
    wiper = page.get_by_role("slider", name="Wipe between your photograph before and after")
    over = page.locator("#rs-whole .rs-over")
    expect(over).to_have_css("clip-path", "inset(0px 0px 0px 0%)")
    wiper.press("End")
    expect(over).to_have_css("clip-path", "inset(0px 0px 0px 100%)")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save photograph").click()
    with Image.open(download.value.path()) as saved:
        assert saved.size == (600, 200) and saved.info["Software"] == MADE["Software"]


def test_reload_and_back_find_a_portrait_again(visit) -> None:
    """With its steps and its photograph, although no link could hold it; another browser is told what to do."""
    page = visit("/?world=faces")
    bring(page)
    change(page, "put on glasses")
    shown = page.locator("#rs-view .rs-after img").get_attribute("src")
    page.wait_for_url("**portrait=*")
    page.reload()
    expect(page.locator("#rs-view .rs-after img")).to_have_attribute("src", shown or "")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(1)
    expect(page.get_by_role("button", name="Save photograph")).to_be_visible()
    stranger = visit("/?" + page.url.partition("?")[2])
    expect(stranger.locator("#rs-greeting")).to_contain_text("stays in the browser where it was opened")
    expect(stranger.get_by_role("button", name="Faces")).to_have_attribute("aria-pressed", "true")
    expect(stranger.locator("#rs-whole section")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 320])
def test_a_photograph_fits_a_phone(visit, width: int) -> None:
    """With many faces too: nothing is wider than the window, and a finger hits a face."""
    page = visit("/?world=faces", width=width, height=800, scheme="dark")
    bring(page, (1600, 200))
    expect(page.get_by_role("button", name="Face 8 of 8")).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.get_by_role("button", name="Face 1 of 8").bounding_box()
    assert box and box["width"] >= 44 and box["height"] >= 44
