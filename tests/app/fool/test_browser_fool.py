"""The tab Fool it in a real browser, over the stand-in studio: classes, words, pictures, Cancel, by hand and by keyboard, on a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.app.fake_studio import FakeStudio

GO, SHOTS = "#rs-fool-go [data-op=fetch]", "#rs-fool-gallery > .html-container .rs-gallery > ul .rs-shot"


def fool(page: Page) -> None:
    """Go to the tab and wait for its words."""
    page.get_by_role("tab", name="Fool it").click()
    expect(page.locator("#rs-fool-words .rs-cue")).to_have_count(6)


def test_a_model_is_fooled(visit, studio: FakeStudio) -> None:
    """A word less, pictures, marks that are no mere colours, one opened by keyboard with its maps; the set comes as a file."""
    page = visit(width=1440, height=1000)
    fool(page)
    page.wait_for_function("() => location.search.includes('true=fox')")
    page.get_by_role("button", name="Take “toaster” away").click()
    expect(page.locator("#rs-fool-words .rs-cue")).to_have_count(5)
    page.locator(GO).click()
    expect(page.locator(".rs-tally-hits").first).to_have_text("7")
    expect(page.locator("#rs-fool-opened figure")).to_have_count(3)
    assert page.get_by_role("button", name="Fooled: tiger").first.inner_text().startswith("✗")
    page.get_by_role("button", name="Not fooled: fox").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rs-fool-opened .rs-told")).to_contain_text("a fox beside a")
    expect(page.locator(".rs-shot[aria-current=true]")).to_have_attribute("data-at", "1")
    with page.expect_download() as file:
        page.get_by_role("button", name="Save the set").click()
    assert file.value.suggested_filename == "fool-fox-tiger.zip"


def test_cancel_keeps_what_is_there(visit, studio: FakeStudio) -> None:
    """And a phone has all of it, in the dark, without a sideways scroll."""
    studio.allowed = 1
    page = visit(width=390, height=844, scheme="dark")
    fool(page)
    page.locator(GO).click()
    expect(page.locator("#rs-fool-gallery .rs-shot").first).to_be_visible()
    page.locator("#rs-fool-go [data-op=cancel]").click()
    studio.allowed = 2  # the step that is under way is waited for, and no further one is made
    expect(page.get_by_role("button", name="Save the set")).to_be_visible()
    studio.allowed = None
    assert page.locator("#rs-fool-gallery > * .rs-gallery > ul .rs-shot").count() < 20
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_language_model_is_named(visit, studio: FakeStudio) -> None:
    """What it is is said once its name was typed; what it wrote stands beside the pictures; one that is not here is said calmly."""
    page = visit(width=390, height=844)
    fool(page)
    box = page.get_by_label("Let a language model write sentences")
    box.fill("missing")
    box.press("Enter")
    expect(page.locator("#rs-fool-notice")).to_contain_text("is not on this machine")
    box.fill("owner/tiny")
    box.press("Enter")
    expect(page.locator("#rs-fool-told")).to_contain_text("owner/tiny is here (269 MB)")
    page.locator(GO).click()
    expect(page.locator("#rs-fool-told")).to_contain_text("owner/tiny wrote 2 of 2 sentences")
    expect(page.get_by_role("button", name="Save the set")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
