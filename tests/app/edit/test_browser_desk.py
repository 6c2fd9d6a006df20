"""The worlds of the tab Edit in a real browser: one is chosen by keyboard, edited, left and found again; links and Reload keep it."""

from __future__ import annotations

import json
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


SEEN = """() => { window.asked = []; const send = window.fetch; window.fetch = (url, given) => {
  const told = typeof given?.body === 'string' && given.body.match(/{\\\\"number.*?}}|{\\\\"number.*?sharp[^}]*}/);
  if (told) window.asked.push(told[0]);
  return send(url, given);
}; }"""
SHOWN = "#rs-view .rs-after .rs-sketch"


def test_a_small_picture_follows_the_hand_and_the_real_one_takes_its_place(visit) -> None:
    """Fewer questions than moves, the last one of the newest; one drag is one step, and undo takes it back; a key does the same."""
    page = visit("/?world=faces", height=1000)
    at_faces(page)
    age = page.get_by_role("slider", name="Age")
    age.scroll_into_view_if_needed()
    page.evaluate(SEEN)
    box = age.bounding_box()
    assert box is not None
    across, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(across, down)
    page.mouse.down()
    for step in range(1, 31):
        page.mouse.move(across + step * box["width"] / 80, down)
    small = page.locator(SHOWN)
    expect(small).to_have_js_property("naturalWidth", 256)  # the hand holds still: a sharp one has come
    value = float(age.input_value())
    asked = [json.loads(text.replace("\\", "")) for text in page.evaluate("asked")]
    assert 0 < len(asked) < 30 and [question["number"] for question in asked] == sorted(question["number"] for question in asked)
    assert asked[-1]["values"] == {"Age": value} and asked[-1]["sharp"] and not asked[0]["sharp"]
    expect(page.locator("#rs-stack .rs-row")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#rs-stack .rs-row")).to_have_count(1)
    expect(small).to_have_count(0)
    assert float(age.input_value()) == value and page.evaluate("!document.documentElement.hasAttribute('data-sketch')")
    page.keyboard.press("ArrowLeft")
    expect(age).to_have_attribute("value", f"{value - 0.1:g}")
    expect(small).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#rs-stack .rs-row")).to_have_count(0)
    expect(age).to_have_value("0")


def test_what_cannot_be_sketched_lets_the_dial_go_back(visit) -> None:
    """The sentence says why, and nothing lies on the picture."""
    page = visit("/?world=faces", height=1000)
    at_faces(page)
    page.route("**/queue/join*", lambda route: route.continue_(post_data=(route.request.post_data or "").replace("Age", "Hat")))
    age = page.get_by_role("slider", name="Age")
    age.focus()
    age.press("ArrowRight")
    expect(page.locator("#rs-notice")).to_contain_text("no such dial")
    expect(age).to_have_value("0")
    expect(page.locator(SHOWN)).to_have_count(0)
    expect(page.locator("#rs-stack .rs-row")).to_have_count(0)
