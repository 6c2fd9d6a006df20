"""The page over the real studio, as a visitor meets it: words, keys, parts, and text that can be read."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from core.foundations.files import ROOT
from core.studio import Studio
from tests.app.serving import served

SAY = "#rs-say :is(textarea,input)"
AFTER = "#rs-view .rs-after img"

CONTRAST = """() => {
  const lum = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4 };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b) };
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return c.startsWith('color(srgb')
    ? [m[0] * 255, m[1] * 255, m[2] * 255, m[3] ?? 1] : [m[0], m[1], m[2], m[3] ?? 1] };
  const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
  const ground = el => { const stack = []; for (let e = el; e; e = e.parentElement) {
      const s = getComputedStyle(e); if (s.backgroundImage !== 'none') return null; stack.push(parse(s.backgroundColor)) }
    return stack.reverse().reduce((under, c) => over(c, under), [255, 255, 255, 1]) };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const el = walk.currentNode.parentElement, text = walk.currentNode.textContent.trim();
    if (!text || el.closest('script,style,[disabled],[aria-disabled=true]')) continue;
    if (!el.checkVisibility({checkOpacity: true, checkVisibilityCSS: true})) continue;
    const box = el.getBoundingClientRect(); if (box.width < 3 || box.height < 3) continue;
    const s = getComputedStyle(el), under = ground(el); if (!under) continue;
    const ink = over(parse(s.color), under), [a, b] = [lum(ink), lum(under)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05), size = parseFloat(s.fontSize), large = size >= 24 || (size >= 18.66 && +s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push([text.slice(0, 40), Math.round(ratio * 100) / 100, s.color]);
  }
  return poor;
}"""
"""Every text that can be seen, with less contrast than WCAG 2.1 AA asks for; text on pictures is left out."""


STILL = "document.getAnimations().every(a => a.playState !== 'running' || a.effect.getTiming().iterations === Infinity)"
"""Whether nothing moves that will come to rest."""
DROP = """data => {
  const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0)), hand = new DataTransfer();
  hand.items.add(new File([bytes], 'noun.png', {type: 'image/png'}));
  const place = document.querySelector('#rs-file button') ?? document.querySelector('#rs-file');
  for (const kind of ['dragenter', 'dragover', 'drop'])
    place.dispatchEvent(new DragEvent(kind, {dataTransfer: hand, bubbles: true, cancelable: true}));
}"""
"""A file that a hand lets go over the box for one's own picture."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of the page over the shipped weights, which are awake: loading them is not what a browser's patience is for."""
    studio = Studio("nouns")
    studio.request(studio.sample(0), "swap the head for something feline")
    with served(studio, json.loads((ROOT / "app" / "start.json").read_text())) as address:
        yield address


def said(page: Page, text: str) -> None:
    """Type a sentence, send it with Enter, and wait for the new picture."""
    old = page.locator(AFTER).get_attribute("src")
    page.locator(SAY).fill(text)
    page.locator(SAY).press("Enter")
    expect(page.locator(AFTER)).not_to_have_attribute("src", old or "")


def test_a_sentence_a_refusal_and_undo(visit) -> None:
    """The real model does what is asked, says what it cannot, and takes it back."""
    page = visit()
    start = page.locator(AFTER).get_attribute("src")
    said(page, "make the body teal")
    expect(page.locator("#rs-report")).to_contain_text("teal")
    page.locator(SAY).fill("give it a giraffe head")
    page.locator(SAY).press("Enter")
    expect(page.locator(".rs-notice")).to_contain_text("giraffe")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(AFTER)).to_have_attribute("src", start or "")


def test_the_keyboard_suffices(visit) -> None:
    """From the top of the page by Tab alone to the sentence, and on to the strength of the step that it made."""
    page = visit()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#rs-say') !== null"):
            break
    else:
        pytest.fail("the sentence box cannot be reached by Tab")
    old = page.locator(AFTER).get_attribute("src")
    page.keyboard.press("Control+a")
    page.keyboard.type("no glasses")
    page.keyboard.press("Enter")
    expect(page.locator(AFTER)).not_to_have_attribute("src", old or "")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('rs-turn')"):
            break
    else:
        pytest.fail("the strength of a step cannot be reached by Tab")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_text_can_be_read(visit, scheme: str, width: int) -> None:
    """AA contrast of all text on every tab, at a desktop's and a phone's width."""
    page = visit(width=width, scheme=scheme)
    names = [name for name in page.get_by_role("tab").all_inner_texts() if name.strip()]
    poor = []
    for name in names:
        tab = page.get_by_role("tab", name=name, exact=True)
        if tab.is_visible():
            tab.click()
            page.wait_for_function(STILL)
        poor += [(name, *found) for found in page.evaluate(CONTRAST)]
    assert not poor


def test_a_noun_by_parts(visit) -> None:
    """A head picked from the list is on the picture and is what the model reads there."""
    page = visit()
    old = page.locator("#rs-view img").first.get_attribute("src")
    page.get_by_role("button", name="By parts").click()
    page.get_by_role("combobox", name="Head").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("volcano")
    page.get_by_role("option", name="volcano").first.click()
    expect(page.locator("#rs-report")).to_contain_text("volcano head")
    expect(page.locator("#rs-view img").first).not_to_have_attribute("src", old or "")


def test_a_saved_picture_that_is_dropped_on_the_page(visit, tmp_path) -> None:
    """Dropping a picture that was saved here opens it with its steps."""
    studio = Studio("nouns")
    picture = studio.sample(5)
    edits = studio.request(picture, "swap the head for a shark").edits
    studio.save(picture, edits, tmp_path / "noun.png")
    page = visit()
    old = page.locator(AFTER).get_attribute("src")
    page.get_by_role("button", name="Your own picture").click()
    data = base64.b64encode((tmp_path / "noun.png").read_bytes()).decode()
    page.evaluate(DROP, data)
    expect(page.locator(AFTER)).not_to_have_attribute("src", old or "")
    expect(page.locator("#rs-stack")).to_contain_text("shark")
