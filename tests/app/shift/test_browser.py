"""The tab Shift in a real browser, over the stand-in studio; `visit` also watches for requests to the outside."""

from __future__ import annotations

from contextlib import nullcontext

from playwright.sync_api import Page, expect

MADE = ".rs-made canvas"
TOLD = ".rs-told-box"
SAY = "#rs-move input"
READY = """() => {
  const c = document.querySelector('.rs-apart canvas');
  return c.width > 64 && c.getContext('2d').getImageData(9, 9, 1, 1).data[3];
}"""
"""Whether the difference is painted."""


def drawn(page: Page, what: str = MADE) -> str:
    """What a canvas shows."""
    return page.locator(what).first.evaluate("c => c.toDataURL()")


def redrawn(page: Page, old: str, what: str = MADE) -> None:
    """Wait until a canvas shows something else."""
    page.wait_for_function("([q, old]) => document.querySelector(q)?.toDataURL() !== old", arg=[what, old])


def slider(page: Page, slot: str, kind: str = "wanted"):
    """One of the ten."""
    return page.locator(f".rs-slide[data-kind={kind}][data-slot={slot}]")


def shift(page: Page) -> None:
    """Go to the tab and wait for its first pictures."""
    page.get_by_role("tab", name="Shift", exact=True).click()
    expect(page.locator(MADE)).to_be_visible()
    page.wait_for_function(READY)


def test_a_key_moves_the_latent_and_the_matrix(visit) -> None:
    """It opens on a finished shift; a key on a learned slider moves the picture, its words and the lit row; a leak is marked."""
    page = visit()
    shift(page)
    expect(page.locator(TOLD)).to_contain_text("Asked: left (column 6 of 32). Changed: x. Kept: shape, size, rotation, y.")
    expect(page.locator(".rs-leaks:not([hidden]) tr.rs-lit th")).to_have_text("x")
    old, first = drawn(page), drawn(page, ".rs-first canvas")
    slider(page, "y").focus()
    page.keyboard.press("End")
    expect(slider(page, "y")).to_have_attribute("aria-valuetext", "very bottom (row 32 of 32)")
    expect(page.locator(".rs-leaks:not([hidden]) tr.rs-lit th")).to_have_text("y")
    redrawn(page, old)
    expect(page.locator(TOLD)).to_contain_text("row 32 of 32")
    expect(page.locator(".rs-leaks:not([hidden]) td.rs-leak")).to_have_count(0)
    assert drawn(page, ".rs-first canvas") == first
    page.get_by_label("Method", exact=True).select_option("nearest")
    expect(page.locator(".rs-leaks:not([hidden]) tr.rs-lit")).to_have_count(2)
    expect(page.locator(".rs-leaks:not([hidden]) tr.rs-lit").first.locator("td.rs-leak")).to_have_count(2)
    expect(page.locator(TOLD)).to_contain_text("moved, not asked")
    expect(page.locator(".rs-says")).to_contain_text("stored sprite")
    expect(page.locator(".rs-apart canvas")).not_to_have_attribute(
        "aria-label", "Where the two differ: 0 pixels are missing, 0 are too much"
    )
    page.get_by_role("button", name="Back to the start").click()
    expect(slider(page, "y")).to_have_value("9")
    expect(page.locator(TOLD)).to_contain_text("Nothing is asked yet")


def test_fast_drags_end_where_the_hand_ends(visit) -> None:
    """Many moves at once: answers may be passed over, the last one may not, and no other slider's value is lost."""
    page = visit()
    shift(page)
    slider(page, "scale").fill("0")
    for value in range(3, 29):
        slider(page, "rotation").evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})); }", value)
    expect(page.locator(TOLD)).to_contain_text("Asked: tiny and turned by 258 degrees and left (column 6 of 32).")
    expect(slider(page, "rotation")).to_have_value("28")


def test_the_true_factors_draw_the_start(visit) -> None:
    """The start moves, the learned slider follows unless it asks for something; another sprite is another one."""
    page = visit()
    shift(page)
    old = drawn(page, ".rs-first canvas")
    slider(page, "y", "start").fill("28")
    redrawn(page, old, ".rs-first canvas")
    expect(slider(page, "y")).to_have_value("28")
    slider(page, "x", "start").fill("30")
    expect(slider(page, "x")).to_have_value("5")
    expect(page.locator(TOLD)).to_contain_text("Asked: left (column 6 of 32). Changed: x.")
    old = drawn(page, ".rs-first canvas")
    page.get_by_role("button", name="Another sprite").click()
    redrawn(page, old, ".rs-first canvas")
    expect(page.locator(".rs-home")).to_be_disabled()


def test_a_sentence_moves_the_sliders(visit) -> None:
    """Asked values are taken over by the sliders; what a sprite cannot do is refused with what it can; a chip does the same."""
    page = visit()
    shift(page)
    page.locator(SAY).fill("make it a square")
    page.locator(SAY).press("Enter")
    expect(slider(page, "shape")).to_have_value("0")
    expect(page.locator(TOLD)).to_contain_text("Asked: square and left (column 6 of 32).")
    page.locator(SAY).fill("fly <img src=x onerror=alert(1)>")
    page.locator(SAY).press("Enter")
    expect(page.locator("#rs-shift-notice .rs-notice")).to_contain_text("cannot do")
    assert page.locator("img[src=x]").count() == 0
    page.locator("#rs-shift-choices button", has_text="column 4").click()
    expect(slider(page, "x")).to_have_value("3")
    page.locator("#rs-shift-ideas button", has_text="put it at the bottom").click()
    expect(slider(page, "y")).to_have_value("28")
    expect(page.locator(SAY)).to_have_value("put it at the bottom")
    assert page.locator("#rs-say :is(textarea,input)").get_attribute("placeholder") == "swap the head for a shark"


def test_a_button_is_not_overtaken_by_a_drag(visit) -> None:
    """A drag waits behind one that is under way, and a button is pressed; then a method is chosen, and a slider moved right after it."""
    page = visit()
    shift(page)
    page.route("**/queue/data*", lambda route: None)
    for value in ("20", "24"):
        with page.expect_request("**/queue/join*") if value == "20" else nullcontext():
            slider(page, "x").fill(value)
    page.get_by_role("button", name="Back to the start").click()
    page.unroute("**/queue/data*")
    expect(page.locator(TOLD)).to_contain_text("Nothing is asked yet")
    expect(slider(page, "x")).to_have_value("25")
    page.route("**/queue/data*", lambda route: None)
    slider(page, "x").fill("5")
    page.get_by_label("Method", exact=True).select_option("nearest")
    slider(page, "y").fill("30")
    page.unroute("**/queue/data*")
    expect(page.locator(TOLD)).to_contain_text("moved, not asked")
    expect(page.locator("#rs-ways [aria-pressed=true]")).to_have_text("Nearest neighbour")
    page.wait_for_timeout(500)
    expect(page.get_by_label("Method", exact=True)).to_have_value("nearest")


def test_words_take_back_what_a_hand_did(visit) -> None:
    """A drag, a sentence that is met by the nearest thing, and both taken back; then all of it at once."""
    page = visit()
    shift(page)
    for value in ("20", "24", "28"):
        slider(page, "y").fill(value)
        expect(page.locator(TOLD)).to_contain_text(f"row {int(value) + 1} of 32")
    for words, note in (("make it a circle", "no circle here"), ("undo", ""), ("take that back, undo", "")):
        page.locator(SAY).fill(words)
        page.locator(SAY).press("Enter")
        if note:
            expect(page.locator("#rs-shift-notice")).to_contain_text(note)
            expect(page.locator(TOLD)).to_contain_text("nothing else moved")
            expect(page.locator(TOLD)).not_to_contain_text("Exactly what was asked")
            expect(slider(page, "shape")).to_have_value("1")
        else:
            expect(slider(page, "shape")).to_have_value("2")
            expect(page.locator("#rs-shift-notice .rs-notice")).to_have_count(0)
    expect(slider(page, "y")).to_have_value("9")
    expect(slider(page, "x")).to_have_value("5")
    page.locator(SAY).fill("start over")
    page.locator(SAY).press("Enter")
    expect(slider(page, "x")).to_have_value("25")
    expect(page.locator(TOLD)).to_contain_text("Nothing is asked yet")


def test_a_hostile_drag_gets_a_sentence(visit) -> None:
    """A slider that was tampered with is refused; the next honest one works."""
    page = visit()
    shift(page)
    told = page.locator(TOLD).inner_text()
    tamper = "s => { s.max = 99; s.value = 77; s.dispatchEvent(new Event('input', {bubbles: true})); }"
    slider(page, "x").evaluate(tamper)
    expect(page.locator("#rs-shift-notice .rs-notice")).to_contain_text("no such value")
    assert page.locator(TOLD).inner_text() == told
    slider(page, "x").fill("7")
    expect(page.locator(TOLD)).to_contain_text("column 8 of 32")
    expect(page.locator("#rs-shift-notice .rs-notice")).to_have_count(0)


def test_a_phone_has_it_all(visit) -> None:
    """390 pixels wide: every tab is in sight, no sideways scroll, hard pixels, and the sliders right under the pictures."""
    page = visit(width=390, height=844, scheme="dark")
    for tab in page.get_by_role("tab").all():
        box = tab.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.get_by_role("tab", name="Segment").focus()
    shift(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for what in (MADE, ".rs-target canvas", ".rs-apart canvas"):
        assert page.locator(what).bounding_box()["width"] % 64 == 0
    pictures, sliders = page.locator(".rs-triptych").bounding_box(), page.locator(".rs-slides-wanted").bounding_box()
    assert 0 < sliders["y"] - pictures["y"] - pictures["height"] < 30 and sliders["height"] + pictures["height"] < 640
