"""The tab Classes in a real browser, over the stand-in studio: walking through the blocks, classes by click and by keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

CANVAS, DEPTH = ".rs-decides canvas", ".rs-depth input"
DRAWN = "q => { const c = document.querySelector(q); return c?.width > 64 && c.getContext('2d').getImageData(9, 9, 1, 1).data[3] === 255; }"


def classes(page: Page) -> None:
    """Go to the tab and wait for its picture."""
    page.get_by_role("tab", name="Classes").click()
    expect(page.locator("#rs-classes-keys .rs-neuron-key")).to_have_count(2)
    page.wait_for_function(DRAWN, arg=CANVAS)


def test_a_walk_through_the_blocks(visit) -> None:
    """The slider moves what patches say, the list and the line in the flow, without the server; a class is opened and has an address."""
    page = visit(width=1440, height=1000)
    classes(page)
    expect(page.locator(".rs-patch-words li").first).to_contain_text("shark48")
    page.locator(DEPTH).fill("1")
    expect(page.locator(".rs-patch-words li").first).to_contain_text("ocean wave48")
    expect(page.locator(".rs-depth output")).to_have_text("after block 1")
    assert page.locator(".rs-flow-now").evaluate("line => line.style.getPropertyValue('--at')") == "0.3333"
    page.locator("#rs-classes-vote [data-id=cat]").click()
    expect(page.locator(".rs-class h3")).to_have_text("Who brings “cat” about?")
    expect(page.locator(".rs-depth output")).to_have_text("after block 1")
    page.wait_for_function("() => location.search.includes('class=cat')")
    page.locator("[data-mode=from]").click()
    expect(page.locator(".rs-decides figcaption")).to_contain_text("“cat” comes from")


def test_by_keyboard_on_a_phone(visit) -> None:
    """Patches are told one by one, a class is asked after in words, nothing is wider than the screen; photographs likewise."""
    page = visit(width=390, height=844)
    classes(page)
    page.locator(CANVAS).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".rs-decides-here")).to_have_text("This patch says “shark”, 60 % sure.")
    page.locator("#rs-class-ask textarea, #rs-class-ask input").fill("nothing such")
    page.keyboard.press("Enter")
    expect(page.locator("#rs-classes-notice")).to_contain_text("knows no class")
    page.locator("#rs-classes-world [data-id=photos]").click()
    expect(page.locator("#rs-classes-source")).to_contain_text("from Segment")
    page.wait_for_function(DRAWN, arg=CANVAS)
    picture, eyes, vote = (page.locator(f"#rs-classes-{part}").bounding_box()["y"] for part in ("view", "eyes-name", "vote"))
    assert picture < eyes < vote  # the way to another model does not wait below all that this one says
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
