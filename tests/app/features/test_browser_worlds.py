"""The faces in a real browser: their map by keyboard, small pictures that come, Reload; and the face of Edit on the tab Segment."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

SMOOTH = "q => getComputedStyle(document.querySelector(q)).imageRendering"


def at_map(page: Page) -> None:
    """The map of the faces is open, every row of its list with a picture."""
    expect(page.locator("#rs-atlas-world [data-id=faces]")).to_have_attribute("aria-pressed", "true")
    page.wait_for_function("document.querySelector('#rs-map canvas').__points === 4")
    expect(page.locator("#rs-legend")).to_contain_text("hair colour")


def test_the_map_of_faces(visit) -> None:
    """Chosen by keyboard; a handle that is picked shows what it does on the mean face and on the visitor's; Reload finds it again."""
    page = visit()
    page.get_by_role("tab", name="Features").click()
    page.locator("#rs-atlas-world [data-id=faces]").focus()
    page.keyboard.press("Enter")
    at_map(page)
    page.locator("#rs-search :is(input, textarea)").fill("older")
    expect(page.locator("#rs-found .rs-item img").first).to_have_attribute("src", re.compile("^data:image/jpeg"))
    assert page.evaluate(SMOOTH, "#rs-found .rs-item img") == "auto"
    page.locator("#rs-found .rs-item").first.click()
    expect(page.locator("#rs-profile h3")).to_have_text("old")
    expect(page.locator("#rs-profile .rs-turned img")).to_have_count(3)
    expect(page.locator("#rs-trial .rs-after img")).to_have_attribute("src", re.compile("^data:image/jpeg"))
    page.wait_for_function("location.search.includes('map=faces') && location.search.includes('feature=')")
    page.reload()
    at_map(page)
    expect(page.locator("#rs-profile h3")).to_have_text("old")
    page.get_by_role("button", name="Add to the steps").click()
    expect(page.locator("#rs-edit-world [data-id=faces]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(1)


def test_a_mask_of_the_face_goes_to_edit(visit) -> None:
    """One click brings the face, one more its mask to the steps; Reload shows the face again."""
    page = visit("/?edit=faces")
    expect(page.locator("#rs-edit-world [data-id=faces]")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("tab", name="Segment").click()
    page.get_by_role("button", name="The face from Edit").click()
    expect(page.locator("#rs-look-view .rs-look")).to_have_attribute("data-picture", re.compile("^data:image/jpeg"))
    expect(page.locator("#rs-ask :is(input, textarea)")).to_have_value("hair")
    page.wait_for_function("location.search.includes('picture=face')")
    page.reload()
    expect(page.locator("#rs-look-world .rs-credit")).to_contain_text("The face from Edit")
    page.get_by_role("button", name="Let the edit touch only this").click()
    expect(page.locator("#rs-region")).to_contain_text("hair")
    expect(page.locator("#rs-edit-world [data-id=faces]")).to_have_attribute("aria-pressed", "true")


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (320, 700)])
def test_the_map_of_faces_fits(visit, width: int, height: int) -> None:
    """By a link, however narrow the window is: nothing is wider than it."""
    page = visit("/?tab=features&map=faces&feature=line:age:old", width=width, height=height, scheme="dark")
    at_map(page)
    expect(page.locator("#rs-profile .rs-turned img")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
