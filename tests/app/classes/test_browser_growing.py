"""What excites a class, in a real browser on a phone over the stand-in studio: it grows, is named, and makes way for another class."""

from __future__ import annotations

from playwright.sync_api import Page, expect

GROWING = "#rs-classes-growing"


def test_it_grows_on_a_phone(visit) -> None:
    """By click and by keyboard; nothing is wider than the screen; another class begins anew."""
    page: Page = visit(width=390, height=844)
    page.get_by_role("tab", name="Classes").click()
    expect(page.locator(f"{GROWING} img")).to_have_count(1)
    page.locator(f"{GROWING} [data-id=class]").click()
    expect(page.locator(GROWING)).to_contain_text("Grown in 4 steps.")
    expect(page.locator(f"{GROWING} img")).to_have_count(3)
    expect(page.locator(f"{GROWING} li").first).to_contain_text("it says “shark”, 100 %; another model “cat”")
    page.locator(f"{GROWING} [data-id='key:1:11']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(f"{GROWING} li").first).to_contain_text("it says “cat”")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("#rs-classes-vote [data-id=cat]").click()
    expect(page.locator(GROWING)).to_contain_text("“cat”, its neurons together")
    expect(page.locator(f"{GROWING} img")).to_have_count(1)
