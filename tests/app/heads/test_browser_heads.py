"""The tab Heads and neurons in a real browser, over the stand-in: it opens on a story, in one view, and its button works."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

SEEN = """() => ['#rs-bench-view img', '.rs-shares', '.rs-grid', '#rs-unit h3', '#rs-unit .rs-map-small'].filter(q => {
  const b = document.querySelector(q).getBoundingClientRect();
  return b.top < 0 || b.bottom > innerHeight || b.right > innerWidth;
})"""
"""What must be seen without scrolling and is not."""


def story(page: Page) -> None:
    """Open the tab and wait for what it opens on."""
    page.get_by_role("tab", name="Heads and neurons").click()
    expect(page.locator(".rs-decide")).to_be_visible()
    expect(page.locator(".rs-map-small")).to_have_count(2)


def test_the_story_is_in_one_view_and_one_button_turns_it(visit) -> None:
    """Picture, choice, grid and the open head without scrolling; pressed, the bars move; pressed again, they are back."""
    page = visit(width=1440, height=900)
    story(page)
    assert page.evaluate(SEEN) == []
    first = page.locator(".rs-shares em").all_inner_texts()
    page.locator(".rs-decide").click()
    expect(page.locator(".rs-decide")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".rs-cell[aria-current=true]")).to_have_class(re.compile("rs-off"))
    assert page.locator(".rs-shares em").all_inner_texts() != first
    page.locator(".rs-cell").nth(20).click()
    expect(page.locator(".rs-unit code")).to_have_text("head:3:2")
    assert page.evaluate(SEEN) == []
    page.locator(".rs-decide").click()
    expect(page.locator(".rs-decide")).to_have_attribute("aria-pressed", "false")
    assert page.locator(".rs-shares em").all_inner_texts() == first


def test_the_story_on_a_phone(visit) -> None:
    """The picture, then the choice and its button, then the open head; nothing hangs out sideways."""
    page = visit(width=390, height=844)
    story(page)
    tops = [page.locator(q).bounding_box()["y"] for q in ("#rs-bench-view", "#rs-shares", "#rs-unit", "#rs-grid")]
    assert tops == sorted(tops) and page.evaluate("document.documentElement.scrollWidth") <= 390


def test_own_texts_stay_and_those_of_a_picture_go_with_it(visit) -> None:
    """Another scene brings its own words; what a person wrote stays."""
    page = visit(width=1440, height=900)
    story(page)
    texts = page.locator("#rs-texts textarea")
    was = texts.input_value()
    page.get_by_role("button", name="Another scene").click()
    expect(texts).not_to_have_value(was)
    texts.fill("a cat\na dog")
    page.get_by_role("button", name="Another scene").click()
    expect(page.locator(".rs-shares li")).to_have_count(2)
    expect(texts).to_have_value("a cat\na dog")
