"""The stage in a browser: pictures as large as there is room, hard pixels whole, buttons that stay where they are."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

SEEN = """() => { const step = document.querySelector('.rs-step:not([hidden])'), steps = document.querySelector('.rs-steps');
  const pictures = [...step.querySelectorAll('img')].map(i => [i.getBoundingClientRect().width,
    i.classList.contains('rs-hard') ? +getComputedStyle(i.parentElement).getPropertyValue('--px') : 0]);
  return {pictures, title: step.querySelector('h2').textContent, hidden: step.scrollHeight - step.clientHeight,
    wide: document.documentElement.scrollWidth, high: document.documentElement.scrollHeight,
    buttons: JSON.stringify([...steps.children].map(b => [b.getBoundingClientRect().x, b.getBoundingClientRect().y]))}; }"""

LATE = "() => { history.replaceState({}, '', '?stage=1'); rs.travels(() => {}, ''); }"
"""The page becomes ready only now, its address still that of the link."""


def walked(page) -> list[dict]:
    """What is seen at each step on the way back, after all were seen once: by then every style sheet is there."""
    count, seen = page.locator(".rs-step").count(), []
    shown = page.locator(".rs-step:visible .rs-count")
    for number in range(1, count + 1):
        expect(shown).to_have_text(f"{number} of {count}")
        page.keyboard.press("Space")
    page.wait_for_load_state("load")
    page.wait_for_function("document.fonts.status === 'loaded'")
    for number in range(count, 0, -1):
        expect(shown).to_have_text(f"{number} of {count}")
        seen.append(page.evaluate(SEEN))
        page.keyboard.press("ArrowLeft")
    return seen


@pytest.mark.parametrize(("width", "height", "least"), [(1440, 900, 300), (1920, 1080, 400), (390, 844, 120)])
def test_the_pictures_fill_the_stage(visit, width: int, height: int, least: int) -> None:
    """Nothing is hidden or sticks out, no button moves, and each hard pixel is a whole number of the screen's."""
    steps = walked(visit("/?stage=1", width=width, height=height))
    assert len({step["title"] for step in steps}) == len(steps) and len({step["buttons"] for step in steps}) == 1
    for step in steps:
        assert step["hidden"] <= 0 and step["wide"] <= width and step["high"] <= height, step["title"]
        for wide, pixels in step["pictures"]:
            assert wide >= least and (not pixels or wide % pixels == 0), step["title"]
    assert max(wide for step in steps for wide, _ in step["pictures"]) > min(width, height) * 0.7


def test_a_step_is_tried_on_its_own_tab(visit) -> None:
    """Heads, with the story's picture; a reload stays there, and keeps the light that was chosen."""
    page = visit("/?stage=13", width=1440, height=900)
    page.get_by_role("button", name="Switch between light and dark").dispatch_event("click")  # once, whatever is still being drawn
    expect(page.locator("body.dark")).to_have_count(1)
    page.reload()
    expect(page.locator(".rs-step:visible h2")).to_have_text("See who does it")
    expect(page.locator("body.dark")).to_have_count(1)
    page.get_by_role("button", name="Try it live").click()
    expect(page.locator("#rs-tabs [role=tab][aria-selected=true]")).to_have_text("Heads and neurons")
    expect(page).to_have_url(re.compile("picture=scene-2993"))


def test_who_is_quicker_than_the_page_is_not_put_back(visit) -> None:
    """What the page does once it is ready keeps a stage that a hand has moved, and leads where “Try it live” was pressed."""
    page = visit("/?stage=1", width=1440, height=900)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".rs-step:visible h2")).to_contain_text("Say")
    page.evaluate(LATE)
    expect(page.locator(".rs-step:visible h2")).to_contain_text("Say")
    page.get_by_role("button", name="Try it live").click()
    expect(page.locator(".rs-step:visible")).to_have_count(0)
    page.evaluate(LATE)
    expect(page.locator(".rs-step:visible")).to_have_count(0)


def test_who_leaves_the_stage_before_the_page_is_ready_is_not_put_back(visit) -> None:
    """By a key too."""
    page = visit("/?stage=1", width=1440, height=900)
    page.keyboard.press("Escape")
    expect(page.locator(".rs-step:visible")).to_have_count(0)
    page.evaluate(LATE)
    expect(page.locator(".rs-step:visible")).to_have_count(0)
