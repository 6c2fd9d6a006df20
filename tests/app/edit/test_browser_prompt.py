"""A picture by prompt in a real browser: by keyboard, on a phone and in the dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(("width", "height", "scheme"), [(1440, 900, "light"), (390, 844, "dark")])
def test_a_prompt_makes_a_picture_to_start_from(visit, width: int, height: int, scheme: str) -> None:
    """What is described is put on the table; another of the four is taken; everything stays in the window."""
    page = visit(width=width, height=height, scheme=scheme)
    shown = page.locator("#rs-view .rs-before img")
    first = shown.get_attribute("src")
    page.get_by_role("button", name="By prompt").click()
    box = page.locator("#rs-describe :is(input, textarea)")
    box.fill("a shark with red glasses")
    box.press("Enter")
    four = page.locator("#rs-four li button")
    expect(four).to_have_count(4)
    expect(page.locator("#rs-four")).to_contain_text("All is there.")
    expect(four.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(shown).not_to_have_attribute("src", first or "")
    four.nth(0).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rs-four")).to_contain_text("but I see a cat head")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator("#rs-stack")).to_be_visible()
