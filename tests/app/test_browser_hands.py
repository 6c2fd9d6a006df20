"""What quick and clumsy hands do, in a real browser over the stand-in studio: again, twice, held down, on a small phone."""

from __future__ import annotations

from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests.app.test_browser import AFTER, SAY, changed, say, src, steps

ANSWERS = "**/queue/data*"
"""What the server sends: held back, it is slow."""
STUCK_OUT = """q => {
  const box = document.querySelector(q).getBoundingClientRect();
  const out = [...document.querySelectorAll(q + ' *')].filter(e => e.getBoundingClientRect().right > box.right + .5);
  return out.map(e => e.outerHTML.slice(0, 80));
}"""
"""What sticks out of a card at its right."""
SCHEME = "getComputedStyle(document.documentElement).colorScheme"


def undo(page: Page):
    """The button that takes a step back."""
    return page.get_by_role("button", name="Undo", exact=True)


def test_a_drag_is_undone_again_and_again(visit) -> None:
    """The second time the list of steps is what it was told to be the first time, and the hand has moved it since."""
    page = visit()
    first, slider = src(page), page.locator(".rs-turn").first
    for value in ("0.3", "0.4"):
        old = src(page)
        slider.fill(value)
        changed(page, old)
        undo(page).click()
        expect(page.locator(AFTER)).to_have_attribute("src", first)
        expect(slider).to_have_value("1")
        expect(undo(page)).to_be_disabled()
        expect(page.get_by_role("button", name="Redo", exact=True)).to_be_enabled()


def test_a_step_is_done_again_by_keys(visit) -> None:
    """Ctrl+Shift+Z and Ctrl+Y, as well as the button."""
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    page.locator("#rs-view").click()
    for keys in ("Control+Shift+Z", "Control+y"):
        page.keyboard.press("Control+z")
        expect(steps(page)).to_have_count(1)
        page.keyboard.press(keys)
        expect(steps(page)).to_have_count(2)


def test_a_second_sentence_is_not_dropped(visit) -> None:
    """It is sent while the first one's answer is awaited, and both come to a step; a double click and a held key are one."""
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    asked = []
    said = ("teal body", "crown head", "axe accessory", "cat head")  # a slow machine asks how long it waits, too
    page.on("request", lambda r: asked.append(r.url) if "queue/join" in r.url and any(s in (r.post_data or "") for s in said) else None)
    page.route(ANSWERS, lambda route: None)
    for text in ("teal body", "crown head"):
        with page.expect_response("**/queue/join*"):  # taken in by the server, not only sent
            say(page, text)
    page.unroute(ANSWERS)
    expect(steps(page)).to_have_count(4)
    page.locator(SAY).fill("axe accessory")
    page.locator("#rs-say .submit-button").dblclick()
    expect(steps(page)).to_have_count(5)
    page.locator(SAY).fill("cat head")
    page.locator(SAY).focus()
    for press in (page.keyboard.down, page.keyboard.down, page.keyboard.up):
        press("Enter")
    expect(steps(page)).to_have_count(6)
    page.wait_for_timeout(600)
    expect(steps(page)).to_have_count(6)
    assert len(asked) == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_native_controls_follow_the_light(visit, scheme: str) -> None:
    """The system's choice until the button is pressed, then the button's."""
    page = visit(scheme=scheme)
    page.wait_for_function(f"{SCHEME} === '{scheme}'")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"{SCHEME} === '{'dark' if scheme == 'light' else 'light'}'")


def test_a_feature_s_page_fits_a_small_phone(visit) -> None:
    """360 pixels wide: nothing of it sticks out of its card."""
    page = visit(width=360, height=740)
    page.get_by_role("tab", name="Features").click()
    page.locator("#rs-search input").fill("skull")
    page.locator(".rs-item", has_text="skull").first.click()
    expect(page.locator("#rs-profile .rs-strip")).to_have_count(2)
    assert page.evaluate(STUCK_OUT, ".rs-profile") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_stage_leaves_the_other_tabs_their_buttons(visit) -> None:
    """Only the sources of the tab Edit make way."""
    page = visit("/?stage=1", width=1920, height=1080)
    page.get_by_role("button", name="Try it live").click()
    expect(page.get_by_role("button", name="Surprise me")).to_be_visible()
    expect(page.get_by_role("button", name="By parts")).to_be_hidden()
    scene = page.locator("#rs-look-source").get_by_role("button", name="Another scene")
    for _ in range(3):  # the answer to “Try it live” opens Edit, and may come after the click
        page.get_by_role("tab", name="Segment").click()
        with suppress(AssertionError):
            expect(scene).to_be_visible(timeout=10_000)
            break
    for name in ("Another scene", "The Noun from Edit", "Your own picture"):
        expect(page.locator("#rs-look-source").get_by_role("button", name=name)).to_be_visible()
    page.get_by_role("tab", name="Shift", exact=True).click()
    expect(page.get_by_role("button", name="Back to the start")).to_be_visible()
