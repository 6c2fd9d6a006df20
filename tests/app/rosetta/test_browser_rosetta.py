"""The tab Rosetta in a real browser, over the stand-in studio: a concept is held, dragged, painted and moved, by hand and by keyboard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.app.fake_studio import FakeStudio

CANVAS, GO = ".rs-stone-view canvas", "#rs-stone-go [data-op=fetch]"
HOLD = "#rs-stone-wall [data-id='rosetta:1']"
DRAWN = "q => { const c = document.querySelector(q); return c.width > 64 && c.getContext('2d').getImageData(9, 9, 1, 1).data[3] === 255; }"


def rosetta(page: Page) -> None:
    """Go to the tab and wait for its wall and its picture."""
    page.get_by_role("tab", name="Rosetta").click()
    expect(page.locator("#rs-stone-wall .rs-shared")).to_have_count(6)
    page.wait_for_function(DRAWN, arg=CANVAS)


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """A hand on the picture, from and to shares of its side."""
    box = page.locator(CANVAS).bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=6)
    page.mouse.up()


def test_a_concept_is_dragged(visit, studio: FakeStudio) -> None:
    """It is held by a click, its maps are large, a drag says where it goes; the result goes to Edit with the way there in its address."""
    page = visit(width=1440, height=1000)
    rosetta(page)
    page.locator(HOLD).click()
    expect(page.locator(".rs-large h3")).to_have_text("the head's outline")
    expect(page.locator(HOLD)).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("() => location.search.includes('concept=rosetta%3A1')")
    drag(page, (0.25, 0.5), (0.5, 0.375))
    expect(page.locator("output[data-of=shift]")).to_have_text("8 right, 4 up, in pixels")
    page.locator(GO).click()
    expect(page.locator(".rs-became figure")).to_have_count(3)
    assert studio.asked["shift"] == (8.0, -4.0) and studio.asked["concepts"] == ["rosetta:1"] and studio.asked["cells"] is None
    expect(page.locator("#rs-stone-after [data-op=send]")).to_be_visible()
    after = page.locator("#rs-stone-after img").get_attribute("src")
    page.locator("#rs-stone-after [data-op=send]").click()
    expect(page.locator("#rs-view .rs-before img")).to_have_attribute("src", after or "")


def test_it_is_all_reached_by_keyboard(visit, studio: FakeStudio) -> None:
    """Hold, move, paint, turn, take away; nothing asked is said in a sentence; start over forgets what was set."""
    page = visit()
    rosetta(page)
    page.locator(GO).click()
    expect(page.locator("#rs-stone-notice")).to_contain_text("Nothing is asked yet")
    page.locator(HOLD).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rs-large h3")).to_have_text("the head's outline")
    page.locator(CANVAS).focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator("output[data-of=shift]")).to_have_text("2 left, 1 down, in pixels")
    page.get_by_role("button", name="Paint where").focus()
    page.keyboard.press("Enter")
    page.locator(CANVAS).focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(page.locator("output[data-of=mask]")).to_contain_text("In the painted place")
    page.locator("[data-set=zoom]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("output[data-of=zoom]")).to_have_text("1.19 × as large")
    page.get_by_role("button", name="Leave a copy").focus()
    page.keyboard.press("Enter")
    page.locator(GO).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".rs-became figure")).to_have_count(3)
    assert studio.asked["shift"] == (-2.0, 1.0) and studio.asked["copy"] and 1 <= studio.asked["cells"] <= 16
    assert abs(studio.asked["zoom"] - 2**0.25) < 1e-6
    page.get_by_role("button", name="Start over").click()
    expect(page.locator("output[data-of=shift]")).to_have_text("stays where it is")
    page.get_by_role("button", name="Take it away").click()
    page.locator(GO).click()
    expect(page.locator(".rs-became h3").first).to_have_text("Asked: taken away")


def test_enough_is_enough(visit, studio: FakeStudio) -> None:
    """The last picture that was shown is kept, and goes on as the next one's start."""
    studio.pause = 2.0
    page = visit()
    rosetta(page)
    for _ in range(6):
        page.locator("[data-by='1,0']").click()
    page.locator(GO).click()
    expect(page.locator("#rs-stone-after figcaption")).to_contain_text("step 1")
    page.locator("#rs-stone-go [data-op=cancel]").click()
    expect(page.locator("#rs-stone-after [data-op=on]")).to_be_visible()
    studio.pause = 0.0
    expect(page.locator(".rs-became")).to_have_count(0)
    kept = page.locator("#rs-stone-after img").get_attribute("src")
    page.locator("#rs-stone-after [data-op=on]").click()
    expect(page.locator(".rs-stone-view")).to_have_attribute("data-picture", kept or "")
    expect(page.locator("output[data-of=shift]")).to_have_text("stays where it is")


def test_a_phone_has_it_all(visit) -> None:
    """390 pixels wide, in the dark: no sideways scroll, hard pixels, and both pictures beside each other."""
    page = visit(width=390, height=844, scheme="dark")
    rosetta(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    now, then = (page.locator(q).bounding_box() for q in (".rs-now .rs-glass", ".rs-then .rs-glass"))
    assert now and then and now["y"] == then["y"] and now["width"] % 32 == 0
