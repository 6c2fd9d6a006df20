"""A person's own picture on the tab Edit, in a real browser: what is said of it, where it can go, and one that was painted over."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Page, expect

from app.edit.brought import both, note
from app.shared.session import CachedStudio
from core.studio.recipes import KEY
from tests.app.fake_studio import FakeStudio

BEFORE = "#rs-view .rs-before img"


def photograph() -> bytes:
    """Smooth and wide."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def painted(page: Page) -> bytes:
    """The opening picture, saved, with a box painted on it, its recipe kept."""
    with page.expect_download() as download:
        page.get_by_role("button", name="Save picture").click()
    with Image.open(download.value.path()) as saved:
        image, info = saved.convert("RGB"), PngInfo()
        info.add_itxt(KEY, saved.info[KEY])
    ImageDraw.Draw(image).rectangle((60, 60, 180, 180), fill=(255, 0, 255))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return buffer.getvalue()


def bring(page: Page, name: str, data: bytes) -> None:
    """Choose a file."""
    page.get_by_role("button", name="Your own picture").click()
    page.locator("#rs-file input[type=file]").set_input_files({"name": name, "mimeType": "", "buffer": data})


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_what_is_no_noun_is_said_at_once_and_goes_to_segment(visit, width: int, height: int) -> None:
    """In words and a number, above the fold and nowhere called “Your picture”; one click takes the photograph to Segment."""
    page = visit(width=width, height=height)
    bring(page, "photo.jpg", photograph())
    said = page.locator("#rs-taken")
    expect(said).to_contain_text("gives back 72 % of your picture")
    expect(page.locator("#rs-view .rs-before figcaption")).to_have_text("As the model sees yours: 72 %")
    page.evaluate("scrollTo(0, 0)")
    box = said.bounding_box()
    assert box and box["y"] + box["height"] <= height and box["x"] >= 0 and box["x"] + box["width"] <= width
    said.get_by_role("button", name="Segment").click()
    expect(page.get_by_role("tab", name="Segment")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#rs-look-world")).to_contain_text("Your photograph")
    expect(page.locator(".rs-where canvas")).to_be_visible()


def test_what_was_said_of_a_file_goes_with_its_picture(visit) -> None:
    """By Surprise me, and by undo."""
    page = visit()
    for away in ("Surprise me", "Undo"):
        bring(page, "photo.jpg", photograph())
        expect(page.locator("#rs-taken .rs-mine img")).to_be_visible()
        page.get_by_role("button", name=away, exact=False).first.click()
        expect(page.locator("#rs-taken section")).to_have_count(0)
        expect(page.locator("#rs-view .rs-before figcaption")).not_to_contain_text("As the model sees")
        page.get_by_role("button", name="Your own picture").click()


def test_a_picture_that_was_painted_over_offers_both(visit) -> None:
    """First its recipe's with the steps; then, on a click, as it now looks; and back."""
    page = visit()
    data, old = painted(page), page.locator(BEFORE).get_attribute("src")
    steps = page.locator("#rs-stack .rs-row").count()
    bring(page, "noun.png", data)
    said = page.locator("#rs-taken")
    expect(said).to_contain_text("painted over since it was saved")
    recipes, looks = said.get_by_role("button").all()
    expect(recipes).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(steps)
    looks.click()
    expect(looks).to_have_attribute("aria-pressed", "true")
    expect(page.locator(BEFORE)).not_to_have_attribute("src", old or "")
    expect(page.locator("#rs-stack .rs-row")).to_have_count(0)
    recipes.click()
    expect(page.locator("#rs-stack .rs-row")).to_have_count(steps)
    expect(page.locator(BEFORE)).to_have_attribute("src", old or "")


def test_words_for_every_fit() -> None:
    """A number always; the way to Segment where little comes back; nothing is asked of a picture without a copy."""
    for fit, word, way in ((1.0, "what you gave", False), (0.9, "almost", False), (0.7, "gist", True), (0.0, "its own guess", True)):
        said = note(Image.new("RGB", (8, 8)), fit)
        assert word in said and f"{100 * fit:.0f} %" in said and ("data-op" in said) is way
    assert "<img" not in note(None, 0.5)


def test_the_steps_of_both_are_told() -> None:
    """None, one or several."""
    cached = CachedStudio(FakeStudio())
    studio = cached.studio
    for count, words in ((0, "As its recipe paints it<"), (1, "with its step<"), (2, "with its 2 steps<")):
        edits = studio.replay(studio.recipe(studio.sample(0), ()))[1] or ()
        found = studio.request(studio.sample(0), "indigo glasses").edits * count
        assert words in both(cached, (cached.moment(studio.sample(0), (*edits, *found)), cached.moment(studio.sample(1))), 0)
