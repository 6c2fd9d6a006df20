"""The real page in a real browser, over the stand-in studio."""

from __future__ import annotations

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from app.precompute import IDEAS

SAY = "#rs-say :is(textarea,input)"
AFTER = "#rs-view .rs-after img"
BEFORE = "#rs-view .rs-before img"


def say(page: Page, text: str) -> None:
    """Type a sentence and send it."""
    page.locator(SAY).fill(text)
    page.locator(SAY).press("Enter")


def steps(page: Page):
    """The rows of the list of steps."""
    return page.locator("#rs-stack .rs-row")


def src(page: Page, what: str = AFTER) -> str:
    """Which picture an image shows."""
    return page.locator(what).get_attribute("src")


def changed(page: Page, old: str) -> None:
    """Wait until the picture is another one."""
    expect(page.locator(AFTER)).not_to_have_attribute("src", old)


def test_a_sentence_changes_the_picture(visit) -> None:
    """It opens on a finished edit; a sentence adds a step, names what changed and what stayed; undo takes it back."""
    page = visit()
    expect(page.locator(SAY)).to_have_value(IDEAS[0])
    expect(page.locator("#rs-report")).to_contain_text("shark")
    old = src(page)
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    changed(page, old)
    expect(page.locator("#rs-report .rs-turns li")).to_have_count(2)
    expect(page.locator("#rs-report .rs-kept li")).to_have_count(3)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(AFTER)).to_have_attribute("src", old)


def test_unclear_and_impossible_words(visit) -> None:
    """Unclear: five pictures to click. Impossible: a kind sentence and the nearest things. Neither touches the picture."""
    page = visit()
    old = src(page)
    say(page, "give it something <b>nice</b>")
    expect(page.locator(".rs-card")).to_have_count(5)
    assert src(page) == old
    say(page, "antigravity <img src=x onerror=alert(1)>")
    expect(page.locator(".rs-notice")).to_contain_text("does not know")
    assert page.locator("img[src=x]").count() == 0
    page.locator(".rs-card").first.click()
    expect(steps(page)).to_have_count(2)
    expect(page.locator(".rs-notice")).to_have_count(0)


def test_the_list_of_steps(visit) -> None:
    """Strength by pointer and keys, mute, order, removal, redo."""
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    old, slider = src(page), page.locator(".rs-turn").first
    slider.fill("0.3")
    changed(page, old)
    expect(steps(page).first.locator("output")).to_have_text("a hint")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(AFTER)).to_have_attribute("src", old)
    steps(page).nth(1).get_by_role("button", name="up").click()
    expect(steps(page).first).to_contain_text("glasses")
    steps(page).first.get_by_role("button", name="Mute").click()
    expect(steps(page).first).to_contain_text("muted")
    steps(page).first.get_by_role("button", name="Remove").click()
    expect(steps(page)).to_have_count(1)
    page.get_by_role("button", name="Clear").click()
    expect(steps(page)).to_have_count(0)


def test_two_quick_clicks_touch_one_step(visit) -> None:
    """The second one is of a list that is no longer true: it takes no other step away (what it is told: `test_app_wiring.py`)."""
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    steps(page).first.get_by_role("button", name="Remove").evaluate("b => { b.click(); b.click(); }")
    expect(steps(page)).to_have_count(1)
    page.wait_for_timeout(1500)
    expect(steps(page)).to_have_count(1)
    expect(steps(page).first).to_contain_text("glasses")


def test_a_drag_that_rests_is_undone_at_once(visit) -> None:
    """Three rests of one slider, one press on Undo."""
    page = visit()
    first = src(page)
    for value, word in (("0.75", "fully"), ("0.5", "half"), ("0.3", "a hint")):
        old = src(page)
        page.locator(".rs-turn").first.fill(value)
        changed(page, old)
        expect(steps(page).first.locator("output")).to_have_text(word)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator(AFTER)).to_have_attribute("src", first)


def test_the_map(visit) -> None:
    """A click on a mark opens its page, turns it on the picture, and takes it to the steps."""
    page = visit()
    page.get_by_role("tab", name="Features").click()
    canvas = page.locator("#rs-map canvas")
    page.wait_for_function("document.querySelector('#rs-map canvas')?.__points > 0")
    expect(page.locator(".rs-item").first).to_be_visible()
    place = page.evaluate("rs.where('bundle:head:skeleton-hat')")
    canvas.hover(position={"x": place[0], "y": place[1]})
    expect(page.locator(".rs-tip")).to_contain_text("skull")
    canvas.click(position={"x": place[0], "y": place[1]})
    expect(page.locator("#rs-profile h3")).to_contain_text("skull")
    expect(page.locator("#rs-trial .rs-after img")).to_be_visible()
    page.locator("#rs-search textarea, #rs-search input").first.fill("pizza")
    expect(page.locator(".rs-item").first).to_contain_text("pizza")
    page.locator(".rs-item").first.click()
    expect(page.locator("#rs-profile h3")).to_contain_text("pizza")
    expect(page.locator("#rs-trial-report")).to_contain_text("pizza")
    page.get_by_role("button", name="Add to the steps").click()
    expect(steps(page)).to_have_count(2)
    expect(page.locator(SAY)).to_be_visible()


def test_save_and_open_again(visit, tmp_path: Path) -> None:
    """A saved PNG opens with its steps, and so does a recipe; the link opens the same, for another visitor."""
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    kept = src(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save picture").click()
    saved = tmp_path / "noun.png"
    waiting.value.save_as(saved)
    assert Image.open(saved).size == (256, 256)
    link = page.locator(".rs-keep").get_attribute("data-address")
    page.get_by_role("button", name="Surprise me").click()
    expect(steps(page)).to_have_count(0)
    page.get_by_role("button", name="Your own picture").click()
    page.locator("#rs-file input[type=file]").set_input_files(saved)
    expect(steps(page)).to_have_count(2)
    expect(page.locator(AFTER)).to_have_attribute("src", kept)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Recipe").click()
    recipe = tmp_path / "recipe.json"
    waiting.value.save_as(recipe)
    page.get_by_role("button", name="Surprise me").click()
    expect(steps(page)).to_have_count(0)
    page.locator("#rs-file input[type=file]").set_input_files(recipe)
    expect(steps(page)).to_have_count(2)
    expect(page.locator(AFTER)).to_have_attribute("src", kept)
    other = visit(f"/?{link}")
    expect(steps(other)).to_have_count(2)
    expect(other.locator(AFTER)).to_have_attribute("src", kept)


def bomb() -> bytes:
    """A PNG that claims 30000 x 30000 pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 90_001)) + chunk(b"IEND", b"")


def test_any_upload_is_met(visit) -> None:
    """A photo is taken in and shown beside the model's view; a bomb and a lie are refused in plain words."""
    page = visit()
    page.get_by_role("button", name="Your own picture").click()
    upload, old = page.locator("#rs-file input[type=file]"), src(page, BEFORE)
    for name, data in (("huge.png", bomb()), ("lie.png", b"not an image at all, only words")):
        upload.set_input_files({"name": name, "mimeType": "image/png", "buffer": data})
        expect(page.locator("#rs-taken .rs-notice")).to_be_visible()
        assert src(page, BEFORE) == old and "Traceback" not in page.content()
        page.get_by_role("button", name="Surprise me").click()
        changed_to_new(page, old)
        old = src(page, BEFORE)
    photo = io.BytesIO()
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(photo, "JPEG")
    upload.set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()})
    expect(page.locator("#rs-taken .rs-mine img")).to_be_visible()
    expect(page.locator("#rs-taken")).to_contain_text("gist")


def changed_to_new(page: Page, old: str) -> None:
    """Wait for another base picture without steps."""
    expect(page.locator("#rs-taken .rs-notice")).to_have_count(0)
    expect(page.locator(BEFORE)).not_to_have_attribute("src", old)
    expect(steps(page)).to_have_count(0)


def test_keys_alone_are_enough(visit) -> None:
    """Skip link, sentence, strength, a way to compare, the map: no pointer."""
    page = visit()
    page.locator(".rs-skip").focus()
    page.keyboard.press("Enter")
    page.locator(SAY).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("indigo glasses")
    page.keyboard.press("Enter")
    expect(steps(page)).to_have_count(2)
    old = src(page)
    page.locator(".rs-turn").first.focus()
    page.keyboard.press("Home")
    changed(page, old)
    expect(page.locator(".rs-turn").first).to_be_focused()
    page.get_by_role("button", name="What changed").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#rs-view .rs-diff img")).to_be_visible()
    page.get_by_role("tab", name="Features").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('#rs-map canvas')?.__points > 0")
    page.locator("#rs-map canvas").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#rs-profile h3")).to_be_visible()


def test_keys_touch_only_what_is_seen(visit) -> None:
    """Ctrl+Z takes a step back where the steps are seen, and nothing behind another tab."""
    page = visit()
    first = src(page)
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    page.get_by_role("tab", name="Segment").click()
    expect(page.locator(".rs-where canvas")).to_be_visible()
    page.locator(".rs-where canvas").focus()
    page.keyboard.press("Control+z")
    page.get_by_role("tab", name="Edit").click()
    page.wait_for_timeout(400)
    expect(steps(page)).to_have_count(2)
    page.locator("#rs-view").click()
    page.keyboard.press("Control+z")
    expect(steps(page)).to_have_count(1)
    expect(page.locator(AFTER)).to_have_attribute("src", first)


def test_a_muted_step_stays_muted_in_words(visit) -> None:
    """However its slider moves; the slider itself tells its strength, and sends its step's handle along."""
    page = visit()
    steps(page).first.get_by_role("button", name="Mute").click()
    expect(steps(page).first.locator("output")).to_have_text("muted")
    with page.expect_request(lambda r: "queue/join" in r.url and "strength" in (r.post_data or "")) as sent:
        page.locator(".rs-turn").first.fill("0.3")
    expect(page.locator(".rs-turn").first).to_have_attribute("aria-valuetext", "a hint")
    expect(steps(page).first.locator("output")).to_have_text("muted")
    assert sent.value.post_data_json["event_data"] == {
        "at": 0,
        "strength": 0.3,
        "id": page.locator(".rs-turn").first.get_attribute("data-id"),
    }


def test_the_map_speaks(visit) -> None:
    """Arrow keys name each mark in a live region that is there before it speaks; a search outlasts another visit to the tab."""
    page = visit()
    page.get_by_role("tab", name="Features").click()
    page.wait_for_function("document.querySelector('#rs-map canvas')?.__points > 0")
    tip = page.locator(".rs-tip[role=status]")
    expect(tip).to_have_text("")
    expect(tip).to_have_css("opacity", "0")
    page.locator("#rs-map canvas").focus()
    page.keyboard.press("ArrowRight")
    expect(tip).not_to_have_text("")
    expect(tip).to_have_css("opacity", "1")
    expect(page.locator("#rs-found")).to_contain_text("In your picture now")
    page.locator("#rs-search textarea, #rs-search input").first.fill("pizza")
    expect(page.locator("#rs-found")).to_contain_text("Nearest to “pizza”")
    page.get_by_role("tab", name="Edit").click()
    with page.expect_response(lambda r: "queue/data" in r.url):
        page.get_by_role("tab", name="Features").click()
    page.wait_for_timeout(600)
    expect(page.locator("#rs-found")).to_contain_text("Nearest to “pizza”")


def test_a_phone_needs_no_sideways_scroll(visit) -> None:
    """390 pixels wide, on both tabs, with everything open."""
    page = visit(width=390, height=844, scheme="dark")
    page.get_by_role("button", name="By parts").click()
    for tab in ("Edit", "Features"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(600)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("tab", name="Edit").click()
    assert page.locator("#rs-view .rs-after .rs-px").bounding_box()["width"] % 32 == 0


def test_two_visitors_share_nothing(visit) -> None:
    """What one does, the other never sees."""
    one, other = visit(), visit()
    say(one, "indigo glasses")
    expect(steps(one)).to_have_count(2)
    say(other, "teal body")
    expect(steps(other)).to_have_count(2)
    expect(other.locator("#rs-stack")).not_to_contain_text("glasses")
    expect(one.locator("#rs-stack")).not_to_contain_text("teal")


def test_the_stage(visit) -> None:
    """?stage=1 opens the walk; keys move it; it ends in the live page with large type."""
    page = visit("/?stage=1", width=1920, height=1080)
    expect(page.locator(".rs-step:visible")).to_have_count(1)
    expect(page.locator("#rs-tabs")).to_be_hidden()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".rs-step:visible h2")).to_contain_text("Say")
    page.get_by_role("button", name="Try it live").click()
    expect(page.locator(SAY)).to_be_visible()
    assert page.evaluate("parseFloat(getComputedStyle(document.querySelector('.rs-told')).fontSize)") > 22


def test_the_endpoints(url: str) -> None:
    """request, edit, find and open answer over the API, and refuse in plain words."""
    from gradio_client import Client

    client = Client(url, verbose=False, analytics_enabled=False)
    told = client.predict("swap the head for a shark", "", api_name="/request")
    assert told["changes"] and told["image"].startswith("data:image/png") and told["refusal"] is None
    again = client.predict(told["recipe"], api_name="/edit")
    assert again["image"] == told["image"] and json.loads(again["recipe"])["edits"]
    assert client.predict("shark", 3, api_name="/find")[0]["name"] == "shark head"
    with pytest.raises(Exception, match="cannot be read as an image"):
        client.predict("bm90IGFuIGltYWdl", api_name="/open")
    with pytest.raises(Exception, match="Say what should change"):
        client.predict("", "", api_name="/request")
