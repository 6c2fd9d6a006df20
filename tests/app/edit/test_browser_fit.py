"""The tab Edit in a real browser: everything on it fits, however narrow the window is."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

OUTSIDE = """() => [...document.querySelectorAll('#rs-header :is(h1, button), #rs-table :is(button, input, figure, li, section)')]
    .filter(e => e.offsetParent && !e.closest('.rs-ideas, #rs-file'))
    .filter(e => { const box = e.getBoundingClientRect(); return box.width && (box.left < 0 || box.right > innerWidth); })
    .map(e => e.outerHTML.slice(0, 80))"""
CUT = """() => [...document.querySelectorAll('#rs-report .rs-turns :is(li, .rs-part, .rs-part span)')]
    .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth).map(e => e.textContent)"""
LONG = "e => { e.textContent = 'black glasses with rgb dots'; }"
NAME = """() => { const range = document.createRange(); range.selectNodeContents(document.querySelector('#rs-header h1'));
    return range.getBoundingClientRect().right; }"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 768), (390, 844), (320, 700)])
def test_everything_fits(visit, width: int, height: int) -> None:
    """Buttons stay in the window and off the studio's name; long names wrap inside their row; the page is no wider than the window."""
    page = visit(width=width, height=height)
    page.get_by_role("button", name="By parts").click()
    expect(page.locator("#rs-parts input").first).to_be_visible()
    for part in page.locator("#rs-report .rs-turns .rs-part > span").all():
        part.evaluate(LONG)
    assert page.evaluate(OUTSIDE) == [] and page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nav = page.locator("#rs-header nav").bounding_box()
    assert nav and page.evaluate(NAME) <= nav["x"]
