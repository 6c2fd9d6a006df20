"""The photographs in a real browser, over the stand-in studio: picker, fetch, samples; `visit` watches for requests to the outside."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from core.studio.story import load_story
from tests.app.fake_photos import UNREACHABLE, FakePhotos, drawn
from tests.app.fake_studio import FakeStudio
from tests.app.serving import served

WHERE = ".rs-where canvas"
CARD = "#rs-look-fetch .rs-fetch"


@pytest.fixture(scope="module")
def studio() -> FakeStudio:
    """The studio behind the page."""
    return FakeStudio()


@pytest.fixture(scope="module")
def url(studio: FakeStudio, static: dict) -> Iterator[str]:
    """The page's address."""
    with served(studio, static) as address:
        yield address


@pytest.fixture()
def photos(studio: FakeStudio) -> FakePhotos:
    """Its photographs, with a tower that is not there yet."""
    studio.photos.ready, studio.photos.reachable, studio.photos.pace, studio.photos.fetches = False, True, 0.0, 0
    studio.photos.rest = -1
    return studio.photos


def segment(page: Page) -> None:
    """Go to the tab and wait for its first picture."""
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator(WHERE)).to_be_visible()


def shown(page: Page) -> str:
    """The picture that the tab Segment looks at."""
    return page.locator(".rs-look").get_attribute("data-picture") or ""


def test_the_tower_is_fetched_on_demand_only(visit, photos: FakePhotos) -> None:
    """By keyboard to the other world; nothing is fetched unasked; the bar moves; cancel ends it; then the picture answers."""
    page = visit()
    segment(page)
    page.locator("#rs-look-world [data-id=photos]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(CARD)).to_contain_text("not CLIP")
    expect(page.locator("#rs-look-view .rs-still img")).to_be_visible()
    expect(page.locator("#rs-look-world [data-id=photos]")).to_be_focused()
    expect(page.locator("#rs-ask")).to_be_hidden()
    assert photos.fetches == 0
    photos.rest = 2
    page.get_by_role("button", name="Fetch it (88 MB)").click()
    expect(page.locator(f"{CARD} progress")).to_be_visible()
    expect(page.locator(CARD)).to_contain_text("9 of 88 MB")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Fetch it (88 MB)")).to_be_visible()
    for _ in range(1000):
        if not photos.running:
            break
        page.wait_for_timeout(20)
    assert not photos.running and not photos.ready and page.locator(f"{CARD} progress").count() == 0
    photos.rest = -1
    page.get_by_role("button", name="Fetch it (88 MB)").click()
    expect(page.locator(WHERE)).to_be_visible()
    expect(page.locator(CARD)).to_have_count(0)
    expect(page.locator("#rs-ask input")).to_have_value("a cup of coffee")
    assert photos.fetches == 2


def test_without_a_network_it_says_so_and_the_rest_goes_on(visit, photos: FakePhotos) -> None:
    """The sentence and what to do; the Nouns are as they were; the other tab offers the same."""
    page = visit(width=390, height=844, scheme="dark")
    segment(page)
    scene = shown(page)
    photos.reachable = False
    page.locator("#rs-look-world [data-id=photos]").click()
    page.get_by_role("button", name="Fetch it (88 MB)").click()
    expect(page.locator(CARD)).to_contain_text(UNREACHABLE)
    expect(page.locator(CARD)).to_contain_text("make photos")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="Heads and neurons").click()
    expect(page.locator("#rs-bench-fetch .rs-go")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="Segment").click()
    page.locator("#rs-look-world [data-id=nouns]").click()
    expect(page.locator(WHERE)).to_be_visible()
    assert shown(page) == scene


def test_a_sample_is_looked_at_by_both_tabs(visit, photos: FakePhotos) -> None:
    """Its own words first, its licence, no hard pixels; heads of another model; a neighbour; a person's own; and back."""
    photos.ready = True
    page = visit()
    segment(page)
    scene = shown(page)
    page.locator("#rs-look-world [data-id=photos]").click()
    page.locator("#rs-look-world .rs-photo", has_text="Chelsea").click()
    expect(page.locator("#rs-look-world .rs-credit")).to_contain_text("Licence: CC0")
    expect(page.locator("#rs-look-told")).to_contain_text("a cat")
    expect(page.locator("#rs-look-ideas .rs-chip").first).to_have_text("a cat")
    assert page.locator(WHERE).evaluate("c => getComputedStyle(c).imageRendering") == "auto"
    page.locator(WHERE).click(position={"x": 100, "y": 120})
    expect(page.locator("#rs-here .rs-bars li")).to_have_count(5)
    page.get_by_role("tab", name="Heads and neurons").click()
    expect(page.locator(".rs-still:visible figcaption")).to_have_text("Chelsea the cat")
    expect(page.locator(".rs-cell")).to_have_count(72)
    expect(page.locator("#rs-texts textarea")).not_to_have_value("\n".join(load_story().texts))
    page.get_by_role("button", name="Find pictures that look alike to this head").click()
    page.locator("#rs-alike .rs-scene").first.click()
    expect(page.locator("#rs-bench-world .rs-photo[aria-current]")).to_contain_text("Summer Palace")
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator("#rs-ask input")).to_have_value("a roof")
    own = io.BytesIO()
    drawn(9).resize((900, 600), Image.Resampling.BICUBIC).save(own, "PNG")
    page.locator("#rs-look-source [data-do]").click()
    page.locator("#rs-look-file input[type=file]").set_input_files({"name": "mine.png", "mimeType": "image/png", "buffer": own.getvalue()})
    expect(page.locator("#rs-look-world .rs-credit")).to_contain_text("Your photograph")
    expect(page.locator("#rs-look-world .rs-photo[aria-current]")).to_have_count(0)
    page.locator("#rs-look-world [data-id=nouns]").click()
    expect(page.locator("#rs-look-world .rs-photo")).to_have_count(0)
    assert shown(page) == scene


def test_another_model_is_looked_through_and_left_again(visit, photos: FakePhotos) -> None:
    """By keyboard: looked up, put off half way, brought; the other tab goes along; a second visitor sees nothing of it."""
    photos.ready = True
    page = visit()
    segment(page)
    expect(page.locator("#rs-look-eyes-name")).to_be_hidden()
    page.locator("#rs-look-world [data-id=photos]").click()
    expect(page.locator("#rs-look-eyes-line")).to_contain_text("the small model")
    box, card, line = page.locator("#rs-look-eyes-name input"), page.locator("#rs-look-eyes-card"), page.locator("#rs-look-eyes-line")
    box.fill("nobody")
    box.press("Enter")
    expect(card).to_contain_text("The nearest names are ViT-B-32")
    box.fill("slow")
    box.press("Enter")
    card.get_by_role("button", name="Fetch it (605 MB)").click()
    expect(card).to_contain_text("303 of 605 MB")
    card.get_by_role("button", name="Cancel").click()
    expect(card.get_by_role("button", name="Fetch it (605 MB)")).to_be_visible()
    box.fill("ViT-B-32 openai")
    box.press("Enter")
    expect(card).to_contain_text("ViT-B-32 openai")
    fetch = card.get_by_role("button", name="Fetch it (605 MB)")
    for _ in range(3):  # the card is drawn anew after Cancel, and what is pressed just then is lost
        if fetch.is_visible():
            fetch.press("Enter")
        with suppress(AssertionError):
            expect(line).to_contain_text("ViT-B-32 openai", timeout=10_000)
            break
    expect(line).to_contain_text("ViT-B-32 openai")
    expect(page.locator(WHERE)).to_be_visible()
    expect(card.locator("section")).to_have_count(0)
    page.get_by_role("tab", name="Heads and neurons").click()
    expect(page.locator("#rs-bench-eyes-line")).to_contain_text("ViT-B-32 openai")
    other = visit()
    segment(other)
    other.locator("#rs-look-world [data-id=photos]").click()
    expect(other.locator("#rs-look-eyes-line")).to_contain_text("the small model")
    page.locator("#rs-bench-eyes-line").get_by_role("button", name="Back to the small model").click()
    expect(page.locator("#rs-bench-eyes-line")).to_contain_text("the small model")
