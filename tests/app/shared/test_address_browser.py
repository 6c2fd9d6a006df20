"""The page's URL in a real browser over the stand-in studio: Reload, Back, a copied link, a broken one."""

from __future__ import annotations

import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.app.test_browser import AFTER, SAY, changed, say, src, steps


def opened(page: Page, tab: str) -> None:
    """Press a tab and wait until the URL says so."""
    page.locator(f"#rs-tabs [role=tab][data-tab-id={tab}]").click()
    expect(page).to_have_url(re.compile(f"tab={tab}"))


def test_reload_keeps_the_steps(visit) -> None:
    """A sentence, a slider: both are there after a reload, and the page that was only looked at has a plain address."""
    page = visit()
    page.wait_for_timeout(500)
    assert "?" not in page.url
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    old = src(page)
    page.locator(".rs-turn").first.fill("0.3")
    changed(page, old)
    kept = src(page)
    expect(page).to_have_url(re.compile("recipe="))
    page.reload()
    expect(steps(page)).to_have_count(2)
    expect(page.locator(AFTER)).to_have_attribute("src", kept)


def test_back_goes_from_step_to_step(visit) -> None:
    """Back takes what was done and the tab back, and stays on the page; a slider that was turned is no place of its own."""
    page = visit()
    first = src(page)
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    old = src(page)
    page.locator(".rs-turn").nth(1).fill("0.3")
    changed(page, old)
    turned = src(page)
    opened(page, "shift")
    page.go_back()
    expect(page.locator(SAY)).to_be_visible()
    expect(page.locator(AFTER)).to_have_attribute("src", turned)
    page.go_back()
    expect(steps(page)).to_have_count(1)
    expect(page.locator(AFTER)).to_have_attribute("src", first)
    page.go_forward()
    expect(steps(page)).to_have_count(2)
    expect(page.locator(AFTER)).to_have_attribute("src", turned)
    page.go_forward()
    expect(page.locator("#rs-shift")).to_be_visible()


def test_every_tab_has_a_link(visit, context) -> None:
    """Copied on one tab, it opens that tab with what the others held, for another visitor."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = visit()
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)
    for tab in ("features", "segment", "heads", "fool", "classes", "shift", "edit"):
        opened(page, tab)
        page.get_by_role("button", name="Copy link").click()
        expect(page.locator(".rs-elsewhere")).to_contain_text("Link copied")
        link = page.evaluate("navigator.clipboard.readText()")
        assert f"tab={tab}" in link and "recipe=" in link
        if tab == "segment":
            other = visit(link[link.index("/?") :])
            expect(other.locator("#rs-look-view")).to_be_visible()
            expect(steps(other)).to_have_count(2)


def reloaded(page: Page) -> str:
    """The same page anew; the query that it must keep."""
    page.wait_for_timeout(300)
    query = page.url[page.url.index("?") :]
    page.reload()
    return query


def test_reload_keeps_what_was_looked_for(visit) -> None:
    """On Segment: picture, word, other word and method; Back goes to the word before."""
    page = visit()
    opened(page, "segment")
    expect(page.locator("#rs-look-view .rs-look")).to_be_visible()
    page.get_by_role("button", name="Another scene").first.click()
    expect(page).not_to_have_url(re.compile("picture=scene-6&"))
    page.locator("#rs-ask input").fill("shark")
    page.locator("#rs-ask input").press("Enter")
    expect(page).to_have_url(re.compile("word=shark"))
    page.locator("#rs-ask input").fill("piñata & <b>")
    page.locator("#rs-ask input").press("Enter")
    expect(page).to_have_url(re.compile("word=pi%C3%B1ata"))
    query = reloaded(page)
    expect(page.locator("#rs-look-told")).to_contain_text("piñata & <b>")
    expect(page.locator("#rs-ask input")).to_have_value("piñata & <b>")
    page.wait_for_timeout(300)
    assert page.url.endswith(query)
    page.go_back()
    expect(page.locator("#rs-ask input")).to_have_value("shark")
    expect(page.locator("#rs-look-told")).to_contain_text("shark")


def test_reload_keeps_one_s_own_picture(visit, tmp_path) -> None:
    """It stays in the browser's tab; whoever gets the link is told so."""
    page = visit()
    opened(page, "segment")
    expect(page.locator("#rs-look-view .rs-look")).to_be_visible()
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "mine.png")
    page.get_by_role("button", name="Your own picture").last.click()
    page.locator("#rs-look-file input[type=file]").set_input_files(tmp_path / "mine.png")
    expect(page).to_have_url(re.compile("picture=own-"))
    shown = page.locator(".rs-look").get_attribute("data-picture")
    query = reloaded(page)
    expect(page.locator(".rs-look")).to_have_attribute("data-picture", shown)
    other = visit("/" + query)
    expect(other.locator("#rs-look-notice")).to_contain_text("never left their browser")
    expect(other.locator("#rs-look-view .rs-look")).to_be_visible()


def test_reload_keeps_heads_features_and_sprites(visit) -> None:
    """A head that is open and one that is off; a feature and its strength; a sprite and what is asked of it."""
    page = visit("/?tab=heads&picture=scene-9&head=1.2&off=0.1&texts=a+cat%0Aa+dog")
    expect(page.locator("#rs-texts textarea")).to_have_value("a cat\na dog")
    told = page.locator("#rs-grid data")
    expect(told).to_have_attribute("data-address", "head=1.2&off=0.1")
    opened(page, "shift")
    page.locator(".rs-slides-wanted input").first.fill("0")
    expect(page).to_have_url(re.compile("to=0"))
    opened(page, "features")
    page.locator("#rs-search input").fill("pizza")
    page.locator(".rs-item").first.click()
    expect(page).to_have_url(re.compile("feature=bundle"))
    page.locator("#rs-strength input[type=number]").fill("0.5")
    expect(page).to_have_url(re.compile("strength=0.5"))
    query = reloaded(page)
    expect(page.locator("#rs-profile h3")).to_contain_text("pizza")
    expect(page.locator("#rs-strength input[type=number]")).to_have_value("0.5")
    opened(page, "heads")
    expect(told).to_have_attribute("data-address", "head=1.2&off=0.1")
    opened(page, "shift")
    expect(page.locator(".rs-slides-wanted input").first).to_have_value("0")
    opened(page, "features")
    page.wait_for_timeout(300)
    assert page.url.endswith(query)


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("picture=scene-9&method=magic&tab=segment", "#rs-look-notice"),
        ("world=mars&tab=segment", "#rs-look-notice"),
        ("picture=photo-nobody&tab=segment", "#rs-look-notice"),
        ("head=99.99&tab=heads", "#rs-heads-notice"),
        ("feature=bundle:head:nothing", "#rs-notice-features"),
        ("sprite=9.9.9.9.9", "#rs-shift-notice"),
        ("sprite=0.0.0.0.0&way=magic", "#rs-shift-notice"),
    ],
)
def test_what_does_not_exist_is_told_on_its_tab(visit, query: str, notice: str) -> None:
    """A sentence; and the tab stands as without the link."""
    page = visit("/?" + query)
    expect(page.locator(f"{notice} .rs-notice")).to_be_visible()
    expect(page.locator(notice)).not_to_contain_text("went wrong on our side")


@pytest.mark.parametrize("query", ["/?tab=nowhere", "/?recipe=%23%23", "/?recipe=AAAA", "/?word=%3Cimg%20src=x%3E&picture=scene-x"])
def test_a_broken_link_is_told(visit, query: str) -> None:
    """In a sentence, above whatever tab is open; the page stands as without it."""
    page = visit(query)
    expect(page.locator("#rs-greeting .rs-notice")).to_contain_text("Ask for it again")
    expect(steps(page)).to_have_count(1)
    assert page.locator("img[src=x]").count() == 0
    say(page, "indigo glasses")
    expect(steps(page)).to_have_count(2)


def test_the_chosen_light_outlives_a_reload(visit) -> None:
    """Dark, chosen by a click, where the system says light."""
    page = visit()
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("body.dark")).to_have_count(1)
    page.reload()
    page.locator(SAY).wait_for()
    page.wait_for_timeout(300)
    expect(page.locator("body.dark")).to_have_count(1)
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("body.dark")).to_have_count(0)


def test_the_stage_keeps_its_place(visit) -> None:
    """Space and Enter go on and never leave; a reload opens the same step; Back is none of the stage's business."""
    page = visit()
    page.get_by_role("button", name="Stage", exact=True).click()
    titles = [page.locator(".rs-step:visible h2").inner_text()]
    for key in ("Space", "Enter", "Space"):
        page.keyboard.press(key)
        titles.append(page.locator(".rs-step:visible h2").inner_text())
    assert len(set(titles)) == 4
    expect(page).to_have_url(re.compile("stage=4"))
    page.reload()
    expect(page.locator(".rs-step:visible h2")).to_have_text(titles[-1])
    page.get_by_role("button", name="← Back").click()
    page.keyboard.press("Space")
    expect(page.locator(".rs-step:visible h2")).to_have_text(titles[-1])
    for _ in range(20):
        page.keyboard.press("Space")
    expect(page.locator("html.rs-on-stage")).to_have_count(1)
    page.get_by_role("button", name="Leave stage").click()
    expect(page.locator("#rs-tabs")).to_be_visible()
    page.wait_for_timeout(200)
    assert "stage=" not in page.url


def test_the_picture_stays_in_sight(visit) -> None:
    """However far down the steps are, on a desk and on a phone; and a word of fifty letters widens nothing."""
    for width, height in ((1440, 700), (390, 844)):
        page = visit(width=width, height=height)
        say(page, "antigravity " + "a" * 50)
        page.locator(".rs-notice").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("scrollTo(0, 300)")
        expect(page.locator("#rs-view .rs-after img")).to_be_in_viewport(ratio=1)
