"""Pictures with names, out of archives made on the spot: their words, their sizes, what is left out, what is held out."""

from __future__ import annotations

import io
import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.worlds.photos import named as module
from core.worlds.photos.named import SIDE, Named, clipart, emoji, everything, plain, says
from tests.foundations.test_archives import deb, npm


def picture(colour: tuple[int, ...] = (255, 0, 0, 255), size: tuple[int, int] = (12, 8), kind: str = "PNG") -> bytes:
    """One colour as the bytes of a file."""
    out = io.BytesIO()
    Image.new("RGBA", size, colour).save(out, kind, **({"lossless": True} if kind == "WEBP" else {}))
    return out.getvalue()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Red_Apple-01.svg", "red apple"),
        ("house.png", "house"),
        ("BigHouse", "big house"),
        ("SMILING FACE", "smiling face"),
        ("dog &amp; bone", "dog bone"),
        ("don&#39;t", "don't"),
        ("man-woman-boy", "man woman boy"),
        ("  42 ", ""),
    ],
)
def test_titles_become_words(text: str, words: str) -> None:
    """In lower case, without numbers, signs and endings."""
    assert plain(text) == words == plain(words)


def test_what_names_nothing() -> None:
    """Too short, too long, or only words of programs and collections; one other word is enough."""
    assert not any(map(says, ("", "ox", "clip art", "icon set", "a" * 40, "open clipart vector")))
    assert all(map(says, ("dog", "dog icon", "red apple", "a" * 39)))


def test_an_eighth_of_the_names_is_held_out() -> None:
    """By its name alone: the same for every picture of it, in every run."""
    lots = [Named(f"thing {i}", (), "noto", b"") for i in range(2000)]
    share = np.mean([one.held_out for one in lots])
    assert abs(share - 1 / 8) < 0.03
    assert all(one.held_out == Named(one.name, ("other",), "clipart", b"x", "kind", "short").held_out for one in lots[:50])


def test_a_picture_opens_small() -> None:
    """RGBA, with its proportions, never made larger."""
    big = Named("big", (), "noto", picture(size=(2 * SIDE, SIDE))).image
    assert (big.mode, big.size) == ("RGBA", (SIDE, SIDE // 2))
    small = Named("small", (), "fluent", picture((1, 2, 3, 0), (5, 7), "WEBP")).image
    assert small.mode == "RGBA" and small.size == (5, 7) and small.getpixel((0, 0))[3] == 0


def test_titles_and_keywords_in_an_svg() -> None:
    """Out of its metadata, which may run over lines; nothing where there is none."""
    svg = """<svg><dc:title>Red
    Apple</dc:title><dc:title>second</dc:title><dc:subject><rdf:Bag><rdf:li>fruit</rdf:li>
    <rdf:li>food</rdf:li></rdf:Bag></dc:subject><rdf:li>elsewhere</rdf:li></svg>"""
    assert module._title_of(svg) == ("red apple", ["fruit", "food"])
    assert module._title_of("<svg/>") == ("", [])
    assert module._title_of("<dc:title></dc:title><dc:subject></dc:subject>") == ("", [])


def test_what_is_too_large_is_not_opened() -> None:
    """By the size in its header, of a file that ends right behind it; what is no picture is as bad."""
    wide = bytearray(picture(size=(1, 1)))
    assert not module._too_large(bytes(wide))
    for width, large in ((2000, False), (2001, True), (30_000, True), (2_000_000, True)):
        wide[16:24] = width.to_bytes(4, "big") + (2000).to_bytes(4, "big")
        wide[29:33] = zlib.crc32(bytes(wide[12:29])).to_bytes(4, "big")
        assert module._too_large(bytes(wide[:60])) is large
    assert module._too_large(b"no picture") and module._too_large(b"")


def entry(name: str, code: str, short: str | list[str], category: str = "Animals & Nature", kind: str = "animal-mammal") -> dict:
    shorts = [short] if isinstance(short, str) else short
    return {
        "name": name,
        "unified": code,
        "image": f"{code.lower()}.png",
        "short_name": shorts[0],
        "short_names": shorts,
        "category": category,
        "subcategory": kind,
    }


ENTRIES = [
    entry("DOG FACE", "1F436", "dog"),
    entry("FLAG OF X", "1F1E6", "flag-x", "Flags", "country-flag"),
    entry("SUN", "2600-FE0F", ["sonne", "sunny"], "Travel & Places", "sky & weather"),
    entry("THUMBS UP SIGN", "1F44D", ["+1", "thumbsup"], "People & Body", "hands"),
    entry("HUNDRED POINTS SYMBOL", "1F4AF", "100", "Smileys & Emotion", "emotion"),
    entry("GHOST", "1F47B", "ghost", "Smileys & Emotion", "face-costume"),
]


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All packages, made on the spot, and a sentence encoder that knows a few words; the list fills with what is fetched."""
    codes = [entry["image"].removesuffix(".png") for entry in ENTRIES if entry["name"] != "GHOST"]
    files = {f"package/img/google/64/{code}.png": picture() for code in codes}
    npm(tmp_path / "noto", files | {"package/emoji.json": json.dumps(ENTRIES).encode(), "package/img/google/32/1f436.png": b"small"})
    fluent = {f"package/assets/{code}.webp": picture((0, 255, 0, 255), kind="WEBP") for code in ("1f436", "2600", "1f47b", "1f1e6")}
    npm(tmp_path / "fluent", fluent | {"package/index.js": b"evil()"})
    words = {"\U0001f436": ["dog", "pet", "dog_face", "Clip Art", "pet"], "\u2600": ["weather", "bright day"]}
    npm(tmp_path / "keywords", {"package/dist/emoji-en-US.json": json.dumps(words).encode(), "package/package.json": b"{}"})
    clips = {
        "animals/apple01": ("Red Apple", "fruit", picture()),
        "animals/huge": ("Huge", "large", b"no picture"),
        "animals/flag_of_x": ("Flag", "", picture()),
        "logos/some": ("Some", "", picture()),
        "signs/icon": ("icon", "symbol", picture()),
        **{f"series/thing{word}": ("A Series", "toy", picture()) for word in ("Ball", "Doll", "Car", "Kite", "Drum")},
    }
    svg = "<svg><dc:title>{}</dc:title><dc:subject><rdf:li>{}</rdf:li></dc:subject></svg>"
    deb(tmp_path / "svg", {f"usr/share/openclipart/svg/{k}.svg": svg.format(*v[:2]).encode() for k, v in clips.items()})
    pngs = {f"usr/share/openclipart/png/{k}.png": v[2] for k, v in clips.items()}
    deb(tmp_path / "png", pngs | {"usr/share/openclipart/png/animals/untitled.png": picture()})
    places = {module.NOTO: "noto", module.FLUENT: "fluent", module.KEYWORDS: "keywords", module.TITLES: "svg", module.CLIPART: "png"}
    asked: list[str] = []
    monkeypatch.setattr(module, "fetched", lambda *what: asked.append(places[what]) or tmp_path / places[what])
    monkeypatch.setattr(module, "known_words", lambda: frozenset({"dog", "sunny", "ghost", "thumbsup"}))
    return asked


def test_emoji_have_names_and_words(packages: list[str]) -> None:
    """From both sets where both have them; flags are left out, and so is what neither has."""
    found = emoji()
    both = ["dog face", "dog face", "sun", "sun"]
    assert [one.name for one in found] == [*both, "thumbs up sign", "hundred points symbol", "ghost"]
    assert [one.source for one in found] == ["noto", "fluent", "noto", "fluent", "noto", "noto", "fluent"]
    assert found[0].others == ("dog", "pet") and found[0].kind == "animal-mammal" and found[0].short == "dog"
    assert found[0].image.getpixel((0, 0)) == (255, 0, 0, 255) and found[1].image.getpixel((0, 0)) == (0, 255, 0, 255)
    assert found[2].others == ("sonne", "sunny", "weather", "bright day") and found[2].short == "sunny"
    assert sorted(packages) == ["fluent", "keywords", "noto"]


def test_every_emoji_is_called_something(packages: list[str]) -> None:
    """Also those whose first short name is a sign or a number."""
    found = {one.name: one.short for one in emoji()}
    assert found["thumbs up sign"] == "thumbsup" and found["hundred points symbol"] == "hundred points symbol" and found["ghost"] == "ghost"


def test_clipart_under_its_titles(packages: list[str]) -> None:
    """Under its file's name where the title is a series'; not what names nothing, is a flag or a logo, or cannot be opened."""
    found = clipart()
    assert [one.name for one in found] == ["red apple", "thing ball", "thing doll", "thing car", "thing kite", "thing drum"]
    assert found[0].others == ("fruit",) and found[1].others == ("toy",)
    assert all(one.source == "clipart" and one.image.size == (12, 8) for one in found)
    assert sorted(packages) == ["png", "svg"] and len(everything()) == len(emoji()) + len(found)
