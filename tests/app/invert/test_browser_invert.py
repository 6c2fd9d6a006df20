"""The tab Invert in a real browser, over the stand-in studio: a picture is dropped, found before one's eyes, left, and sent to Edit."""

from __future__ import annotations

import io

from PIL import Image
from playwright.sync_api import Page, expect

from tests.app.fake_studio import FakeStudio

GO, CANCEL = "#rs-invert-go [data-op=fetch]", "#rs-invert-go [data-op=cancel]"
LANE = ".rs-lane-guided"


def invert(page: Page) -> None:
    """Go to the tab and wait for what there is to begin with."""
    page.get_by_role("tab", name="Invert").click()
    expect(page.locator("#rs-invert-begins .rs-photo").first).to_be_visible()


def mine() -> dict:
    """A file as a hand drops it."""
    file = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(file, "PNG")
    return {"name": "mine.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_picture_is_found_before_ones_eyes(visit, studio: FakeStudio) -> None:
    """Nothing is looked for until it is dropped; then both ways go on, are told, shown on both sides, and one is sent to Edit."""
    studio.calls.clear()
    page = visit()
    invert(page)
    assert not {"open", "invert"} & set(studio.calls)
    page.locator("#rs-invert-file input[type=file]").set_input_files(mine())
    expect(page.locator(f"{LANE} output")).to_have_text("after 4 steps")
    expect(page.locator("#rs-invert-near .rs-better").first).to_contain_text("24.4 dB")
    expect(page.locator(".rs-both-sides img")).to_have_count(10)
    found = page.locator(f"{LANE} img").get_attribute("src")
    page.locator(f"{LANE} [data-op=send]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rs-tabs [role=tab][aria-selected=true]")).to_have_text("Edit")
    expect(page.locator("#rs-view .rs-before img")).to_have_attribute("src", found or "")


def test_enough_is_enough(visit, studio: FakeStudio) -> None:
    """The best so far is kept where it is left, and it can be looked for again, guided by another model."""
    studio.pause = 1.0
    page = visit()
    invert(page)
    page.locator("#rs-invert-begins [data-id=photo-coffee]").click()
    expect(page.locator(f"{LANE} output")).to_have_text("step 1 of 4")
    page.locator(CANCEL).click()
    expect(page.locator(GO)).to_have_text("Look again")
    expect(page.locator(f"{LANE} output")).to_contain_text("after")
    expect(page.locator(f"{LANE} output")).not_to_have_text("after 4 steps")
    expect(page.locator(f"{LANE} [data-op=send]")).to_be_visible()
    studio.pause = 0.0
    page.locator("#rs-invert-ways [data-id=transformer]").click()
    expect(page.locator("#rs-invert-ways [data-id=transformer]")).to_have_attribute("aria-pressed", "true")
    page.locator(GO).click()
    expect(page.locator(f"{LANE} b")).to_have_text("Guided by transformer")
    expect(page.locator(f"{LANE} output")).to_have_text("after 4 steps")
    assert "given=photo-coffee" in page.url and "guide=transformer" in page.url


def test_a_phone_has_it_all(visit) -> None:
    """390 pixels wide, in the dark: no sideways scroll, and the two ways beside each other in hard pixels."""
    page = visit(width=390, height=844, scheme="dark")
    invert(page)
    page.locator("#rs-invert-begins [data-op=sample]").click()
    expect(page.locator(".rs-both-sides")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    plain, guided = (page.locator(f".rs-lane-{name} .rs-glass").bounding_box() for name in ("plain", "guided"))
    assert plain and guided and plain["y"] == guided["y"] and plain["width"] % 32 == 0
