"""The worlds of the tab Edit in a real browser: one is chosen by keyboard, edited, left and found again; links and Reload keep it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

SMOOTH = "() => getComputedStyle(document.querySelector('#rs-view .rs-before img')).imageRendering"


def at_faces(page: Page) -> None:
    """The faces are open."""
    expect(page.get_by_role("button", name="Faces")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rs-view .rs-before img")).to_have_attribute("src", re.compile("^data:image/jpeg"))


def test_a_world_is_chosen_edited_left_and_found_again(visit) -> None:
    """By keyboard; its pictures are drawn smoothly; the Nouns are as they were, and so is the face afterwards."""
    page = visit()
    nouns = page.locator("#rs-view .rs-before img").get_attribute("src")
    page.get_by_role("button", name="Faces").focus()
    page.keyboard.press("Enter")
    at_faces(page)
    assert page.evaluate(SMOOTH) == "auto"
    box = page.locator("#rs-say :is(input, textarea)")
    expect(box).to_have_value("")
    box.fill("put on glasses")
    box.press("Enter")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(1)
    expect(page.locator("#rs-report")).to_contain_text("glasses is now glasses")
    age = page.get_by_role("slider", name="Age")
    age.focus()
    for _ in range(10):
        age.press("ArrowRight")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(2)
    page.get_by_role("button", name="Nouns").click()
    expect(page.locator("#rs-view .rs-before img")).to_have_attribute("src", nouns or "")
    expect(page.locator("#rs-dials section")).to_have_count(0)
    page.get_by_role("button", name="Faces").click()
    at_faces(page)
    expect(page.locator("#rs-stack .rs-row")).to_have_count(2)
    page.reload()
    at_faces(page)
    expect(page.locator("#rs-stack .rs-row")).to_have_count(2)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 700)])
def test_faces_fit(visit, width: int, height: int) -> None:
    """By a link, however narrow the window is: nothing is wider than it."""
    page = visit("/?world=faces", width=width, height=height, scheme="dark")
    at_faces(page)
    expect(page.get_by_role("slider", name="Age")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("button", name="By parts")).to_have_count(0)
