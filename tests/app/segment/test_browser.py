"""The tabs Segment and Heads in a real browser, over the stand-in studio; `visit` also watches for requests to the outside."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

WHERE = ".rs-where canvas"
ASK = "#rs-ask input"
SEEN = """q => {
  const tracker = document.querySelector(q).parentElement, style = getComputedStyle(tracker);
  return +style.opacity === 1 && (tracker.clientHeight > 9 || style.overflow === 'visible');
}"""
"""Whether the words of a wait are cut off by nothing."""


def drawn(page: Page, what: str = WHERE) -> str:
    """What a canvas shows."""
    return page.locator(what).evaluate("c => c.toDataURL()")


def redrawn(page: Page, old: str, what: str = WHERE) -> None:
    """Wait until a canvas shows something else."""
    page.wait_for_function("([q, old]) => document.querySelector(q)?.toDataURL() !== old", arg=[what, old])


def painted(page: Page) -> None:
    """Wait until there is a picture."""
    expect(page.locator(WHERE)).to_be_visible()
    page.wait_for_function(
        "q => { const c = document.querySelector(q); return c.width > 64 && c.getContext('2d').getImageData(9, 9, 1, 1).data[3] > 0; }",
        arg=WHERE,
    )


def segment(page: Page) -> None:
    """Go to the tab and wait for its first picture."""
    page.get_by_role("tab", name="Segment").click()
    painted(page)


def heads(page: Page) -> None:
    """Go to the tab and wait for its grid."""
    page.get_by_role("tab", name="Heads and neurons").click()
    expect(page.locator(".rs-cell").first).to_be_visible()
    expect(page.locator(".rs-unit")).to_be_visible()


def widths(page: Page) -> list[str]:
    """The lengths of the bars of the choice."""
    return page.locator(".rs-shares b i:first-child").evaluate_all("all => all.map(i => i.style.width)")


def test_a_text_becomes_a_heat(visit) -> None:
    """It opens on an answer; another text moves it; the slider changes outline and cut without a new answer."""
    page = visit()
    segment(page)
    old = drawn(page)
    page.locator(ASK).fill("red glasses")
    page.locator(ASK).press("Enter")
    expect(page.locator("#rs-look-told")).to_contain_text("red glasses")
    redrawn(page, old)
    old, cut, share = drawn(page), drawn(page, ".rs-cut canvas"), page.locator(".rs-cutting output").inner_text()
    asked = []
    page.on("request", lambda r: asked.append(r.url) if "queue/join" in r.url else None)
    page.locator(".rs-cutter").fill("0.9")
    redrawn(page, old)
    redrawn(page, cut, ".rs-cut canvas")
    expect(page.locator(".rs-cutting output")).not_to_have_text(share)
    assert asked == [], "the slider asked the server"
    page.locator(ASK).fill("   ")
    page.locator(ASK).press("Enter")
    expect(page.locator("#rs-look-notice .rs-notice")).to_contain_text("Type what to look for")


def test_what_is_absent_is_said(visit) -> None:
    """No outline, no cut-out, the number, and what is there instead as chips that work."""
    page = visit()
    segment(page)
    page.locator(ASK).fill("motorcycle")
    page.locator(ASK).press("Enter")
    expect(page.locator("#rs-look-told")).to_contain_text("I do not see “motorcycle” here (3\u00a0%)")
    expect(page.locator(".rs-cutting output")).to_have_text("nothing is outlined")
    expect(page.locator(".rs-look figcaption").nth(1)).to_have_text("Nothing is cut out")
    inked = "c => [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].some((v, i) => i % 4 == 3 && v)"
    assert not page.locator(".rs-cut canvas").evaluate(inked)
    chip = page.locator("#rs-look-told .rs-chip").first
    word = chip.inner_text()
    chip.click()
    expect(page.locator(ASK)).to_have_value(word)
    expect(page.locator("#rs-look-told")).to_contain_text(f"Bright where I see “{word}”")


def test_two_texts_and_the_methods(visit) -> None:
    """A chip with two texts asks for both; six methods fill in, and a click on one uses it."""
    page = visit()
    segment(page)
    page.locator(".rs-asks .rs-chip", has_text="blue glasses").click()
    expect(page.locator("#rs-look-told")).to_contain_text("Blue where I see “blue glasses”")
    expect(page.locator("#rs-other input")).to_have_value("blue glasses")
    expect(page.locator(".rs-key-second")).to_contain_text("blue glasses")
    page.get_by_role("button", name="Methods side by side").click()
    expect(page.locator(".rs-method img")).to_have_count(6)
    page.locator(".rs-method", has_text="GradCAM").click()
    expect(page.locator("#rs-method input")).to_have_value("GradCAM: the last attention, weighted by its gradient")
    expect(page.locator("#rs-other input")).to_have_value("")


def test_a_place_tells_what_is_there(visit) -> None:
    """By pointer and by keys, and the cross shows where."""
    page = visit()
    segment(page)
    old, canvas = drawn(page), page.locator(WHERE)
    canvas.click(position={"x": 100, "y": 120})
    expect(page.locator("#rs-here .rs-bars li")).to_have_count(5)
    redrawn(page, old)
    page.locator("#rs-look-source [data-op=scene]").click()
    expect(page.locator("#rs-here .rs-bars li")).to_have_count(0)
    canvas.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#rs-here .rs-bars li")).to_have_count(5)


def test_every_click_is_answered(visit) -> None:
    """The cross is drawn at once, also where the answer to the click before it is still awaited."""
    page = visit()
    segment(page)
    asked = []
    page.on("request", lambda r: asked.append(r.post_data_json["event_data"]) if "queue/join" in r.url else None)
    page.route("**/queue/data*", lambda route: None)
    for place in ({"x": 100, "y": 120}, {"x": 30, "y": 40}):
        with page.expect_request("**/queue/join*"):
            page.locator(WHERE).click(position=place)
    page.unroute("**/queue/data*")
    expect(page.locator("#rs-here .rs-bars li")).to_have_count(5)
    clicks = [data for data in asked if (data or {}).get("op") == "here"]
    assert len(clicks) == 2 and clicks[0] != clicks[1]


def test_a_mask_goes_to_the_edit(visit) -> None:
    """Only a Noun's mask can go; there it is drawn and named, bounds what comes after it, and can be taken off again."""
    page, after = visit(), "#rs-view .rs-after img"
    first = page.locator(after).get_attribute("src") or ""
    segment(page)
    expect(page.locator(".rs-take")).to_have_count(0)
    page.locator("#rs-look-source [data-op=noun]").click()
    expect(page.locator("#rs-look-told")).to_contain_text("Bright where")
    page.locator(ASK).fill("shirt")
    page.keyboard.press("Enter")
    expect(page.locator("#rs-look-told")).to_contain_text("shirt")
    page.get_by_role("button", name="Let the edit touch only this").click()
    expect(page.locator(".rs-region")).to_contain_text("Only inside: ")
    expect(page.locator("#rs-view .rs-after .rs-bound")).to_be_visible()
    expect(page.locator(after)).to_have_attribute("src", first)
    expect(page.locator(".rs-inside")).to_have_count(0)
    page.locator("#rs-say :is(textarea, input)").fill("teal body")
    page.keyboard.press("Enter")
    expect(page.locator(".rs-inside")).to_contain_text("inside “")
    expect(page.locator("#rs-report .rs-told")).to_contain_text("inside “")
    expect(page.locator("#rs-report")).to_contain_text("since the start")
    masked = page.locator(after).get_attribute("src") or ""
    assert masked != first
    other = visit(f"/?{page.locator('.rs-keep').get_attribute('data-address')}")
    expect(other.locator(".rs-region")).to_contain_text("Only inside")
    expect(other.locator(after)).to_have_attribute("src", masked)
    page.locator(".rs-region button").click()
    expect(page.locator(".rs-region")).to_have_count(0)
    expect(page.locator(".rs-bound")).to_have_count(0)
    expect(page.locator(after)).to_have_attribute("src", masked)


def test_own_pictures_are_looked_at(visit) -> None:
    """A photo becomes a picture to look at; a lie is refused in plain words."""
    page = visit()
    segment(page)
    page.locator("#rs-look-source [data-do]").click()
    expect(page.locator("#rs-look-file")).to_be_visible()
    upload, old = page.locator("#rs-look-file input[type=file]"), drawn(page)
    upload.set_input_files({"name": "lie.png", "mimeType": "image/png", "buffer": b"only words"})
    expect(page.locator("#rs-look-notice .rs-notice")).to_contain_text("cannot be read")
    photo = io.BytesIO()
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(photo, "JPEG")
    upload.set_input_files({"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo.getvalue()})
    redrawn(page, old)


def drag(page: Page, file: Path, place: str, drop: bool = True) -> None:
    """A file that a hand carries over a place of the page, and lets go there."""
    hand = page.context.new_cdp_session(page)

    def move(*kinds: str) -> None:
        box = page.locator(place).bounding_box()
        at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + min(box["height"] / 2, 60)}
        for kind in kinds:
            hand.send("Input.dispatchDragEvent", {"type": kind, **at, "data": {"items": [], "files": [str(file)], "dragOperationsMask": 1}})

    move("dragEnter", "dragOver")
    if drop:
        move("drop")


@pytest.fixture()
def photo(tmp_path: Path) -> Path:
    """A picture of one's own."""
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_dragged_picture_finds_its_box(visit, photo: Path) -> None:
    """On Segment its own box opens and takes it in; where there is none it is told where; wherever it is let go, the page stays."""
    page = visit()
    address, tabs = page.url, len(page.context.pages)
    segment(page)
    old = drawn(page)
    expect(page.locator("#rs-look-own")).to_be_hidden()
    drag(page, photo, "#rs-look-told")
    expect(page.locator("#rs-look-own")).to_be_visible()
    page.locator("#rs-look-file").scroll_into_view_if_needed()
    drag(page, photo, "#rs-look-file button")
    redrawn(page, old)
    for tab, place in (("Heads and neurons", "#rs-grid"), ("Shift", ".rs-board"), ("Edit", "#rs-report")):
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(place).scroll_into_view_if_needed()
        drag(page, photo, place)
        if tab != "Edit":
            expect(page.locator(".rs-elsewhere")).to_have_text("Drop it on the tab Edit, Invert or Segment.")
            assert page.evaluate("document.documentElement.dataset.panel") == "look"
    expect(page.locator("#rs-own")).to_be_visible()
    assert page.url.startswith(address) and len(page.context.pages) == tabs


def test_the_cross_tells_where_it_is(visit) -> None:
    """For those who hear the page: row and column, after every arrow key."""
    page = visit()
    segment(page)
    page.locator(WHERE).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("status").filter(has_text="Row 33 of 64, column 31 of 64")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#rs-cross")).to_have_text("Row 31 of 64, column 31 of 64")
    assert page.locator("#rs-cross").bounding_box()["height"] <= 1


def test_typing_outlasts_a_slow_answer(visit) -> None:
    """What is typed while the tab opens is not overwritten by the idea that it opens on."""
    page = visit()
    page.route("**/queue/data*", lambda route: None)
    with page.expect_request("**/queue/data*"):
        page.get_by_role("tab", name="Segment").click()
    page.locator(ASK).fill("volcano")
    expect(page.locator(WHERE)).to_have_count(0)
    page.unroute("**/queue/data*")  # lets go what waits
    painted(page)
    expect(page.locator("#rs-look-told")).to_contain_text("“fire hydrant”")
    expect(page.locator(ASK)).to_have_value("volcano")


def test_a_head_is_opened_and_switched_off(visit) -> None:
    """A cell opens its card; switching it off moves the bars and is told in words; all can be switched on again."""
    page = visit()
    heads(page)
    page.locator(".rs-cell").nth(9).click()
    expect(page.locator(".rs-unit code")).to_have_text("head:1:3")
    expect(page.locator(".rs-map-small")).to_have_count(2)
    before = widths(page)
    page.get_by_role("button", name="Switch off this head").click()
    expect(page.locator(".rs-gones")).to_contain_text("1 off")
    expect(page.locator(".rs-shares")).to_contain_text("was")
    assert widths(page) != before
    page.get_by_role("button", name="A click switches off").click()
    page.locator(".rs-cell").nth(2).click()
    expect(page.locator(".rs-gones")).to_contain_text("2 off")
    expect(page.locator(".rs-unit code")).to_have_text("head:1:3")
    page.get_by_role("button", name="Switch all on").click()
    expect(page.locator(".rs-gones")).to_have_count(0)
    assert widths(page) == before


def test_a_wait_can_be_seen(visit) -> None:
    """On the grid, the card and an empty list, with the place in the queue; Gradio by itself cuts these words off."""
    page = visit()
    heads(page)
    page.route("**/queue/data*", lambda route: None)
    page.get_by_role("button", name="What concepts").click()
    page.locator(".rs-cell").nth(9).click()
    for piece in ("#rs-grid", "#rs-unit", "#rs-concept-list"):
        words = page.locator(f"{piece} .progress-text")
        expect(words).to_be_visible()
        words.scroll_into_view_if_needed()
        page.wait_for_function(SEEN, arg=f"{piece} .progress-text")
    page.unroute("**/queue/data*")
    expect(page.locator("#rs-concept-list .rs-bars li")).to_have_count(10)
    expect(page.locator(".rs-unit code")).to_have_text("head:1:3")
    expect(page.locator(".progress-text:visible")).to_have_count(0)


def test_who_sees_it_and_pictures_alike(visit) -> None:
    """A question finds heads and neurons; a neuron opens; neighbours show and become the picture; own texts are weighed."""
    page = visit()
    heads(page)
    page.locator("#rs-who input").fill("what sees red?")
    page.locator("#rs-who input").press("Enter")
    expect(page.locator("#rs-whos")).to_contain_text("Nearest to “red”")
    page.locator(".rs-whos .rs-item", has_text="a neuron").first.click()
    expect(page.locator(".rs-unit h3")).to_contain_text("A neuron")
    page.locator(".rs-cell").first.click()
    page.get_by_role("button", name="Find pictures that look alike to this head").click()
    expect(page.locator("#rs-alike .rs-scene")).to_have_count(6)
    old = page.locator(".rs-still img").get_attribute("src")
    page.locator("#rs-alike .rs-scene").first.click()
    expect(page.locator(".rs-still img")).not_to_have_attribute("src", old)
    page.locator("#rs-texts textarea").fill("")
    page.locator(".rs-cell").nth(9).click()
    page.get_by_role("button", name="Switch off this head").click()
    expect(page.locator("#rs-shares")).to_contain_text("between 1 and 12 texts")
    expect(page.locator(".rs-gones")).to_contain_text("1 off")
    page.get_by_role("button", name="Switch all on").click()
    page.locator("#rs-texts textarea").fill("a cat\na <b>dog</b>")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".rs-shares li")).to_have_count(2)
    page.get_by_role("button", name="What concepts").click()
    expect(page.locator("#rs-concept-list .rs-bars li")).to_have_count(10)


def test_both_tabs_look_at_one_picture(visit) -> None:
    """What one tab chooses the other takes up."""
    page = visit()
    segment(page)
    page.locator("#rs-look-source [data-op=noun]").click()
    expect(page.locator(".rs-take")).to_be_visible()
    heads(page)
    expect(page.locator(".rs-still figcaption")).to_have_text("Your Noun from Edit")


def test_a_phone_shows_both(visit) -> None:
    """390 pixels wide, no sideways scroll, pixels hard and whole."""
    page = visit(width=390, height=844, scheme="dark")
    segment(page)
    whole = "one => document.querySelector(one).getBoundingClientRect().width % 64 === 0"
    for picture in (WHERE, ".rs-cut canvas"):
        page.wait_for_function(whole, arg=picture)  # it grows into its place
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heads(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_endpoints(url: str) -> None:
    """segment and who answer over the API, and refuse in plain words."""
    import base64

    from gradio_client import Client

    buffer = io.BytesIO()
    Image.linear_gradient("L").convert("RGB").save(buffer, "PNG")
    image = base64.b64encode(buffer.getvalue()).decode()
    client = Client(url, verbose=False, analytics_enabled=False)
    told = client.predict(image, "shark", api_name="/segment")
    mask = Image.open(io.BytesIO(base64.b64decode(told["mask"].partition(",")[2])))
    assert mask.size == (64, 64) and set(mask.getdata()) <= {0, 255} and 0 < told["threshold"] < 1
    assert client.predict("red", api_name="/who")[0]["id"].startswith("head:")
    with pytest.raises(Exception, match="Type what to look for"):
        client.predict(image, " ", api_name="/segment")
