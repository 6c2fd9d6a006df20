"""Pictures with names, free to use, that are no photographs: emoji and clip-art. For training only.

Emoji: Fluent in three dimensions (MIT) and Noto (Apache-2.0), names from emoji-datasource, keywords from emojilib (MIT).
Clip-art: Open Clip Art Library 0.18 (public domain), titles and keywords out of its SVG files. All from registries, by
digest, read in memory. What names no thing one could photograph (flags, letters, icons of programs) is left out.
"""

from __future__ import annotations

import html
import io
import json
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from PIL import Image

from core.foundations.archives import packed_files
from core.foundations.downloads import fetched
from core.foundations.seeds import numpy_rng
from core.models.text import known_words

FLUENT = ("npm", "@lobehub/fluent-emoji-3d@1.1.0", "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58")
NOTO = ("npm", "emoji-datasource-google@16.0.0", "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438")
KEYWORDS = ("npm", "emojilib@4.0.3", "7f9a6b43cff31d18985b7d65d11faba5bd971cbcc60020cf6d09322fbaaaf303")
CLIPART = ("apt", "openclipart-png=1:0.18+dfsg-19", "f07f1545a2970c2cf3fa339bc2405da1a95cf2b1827bfa05bf73eb1c20291c02")
TITLES = ("apt", "openclipart-svg=1:0.18+dfsg-19", "989712d90d57dfa3230049f553bb43b76c30ee4d4b8c5f6e106e33f7db5cbdc5")

NO_THINGS = {"Flags", "Symbols", "Component"}
"""Kinds of emoji that are left out."""
NO_FOLDERS = ("logos", "buttons", "shapes", "special", "computer/icons", "signs_and_symbols", "geography", "recreation/games/cards")
"""Folders of clip-art that are left out."""
LARGEST = 4_000_000
"""Pixels; one clip-art has 623 million."""
SIDE = 256
"""Pictures are kept no larger."""
COMMON = 4
"""A title that more clip-arts share is a series' name, not a thing's."""
SAYS_NOTHING = frozenset(
    "clip art clipart cliparts image images media public domain external source externalsource png svg unsorted icon icons picture "
    "pictures "
    "line black white color colour remix contour outline silhouette grayscale cartoon drawing vector scalable graphics open office the of "
    "and inkscape set symbol symbols sign signs logo button collection file theme hash various misc object objects thing by bw".split()
)


@dataclass(frozen=True)
class Named:
    """A cut-out with its names.

    Attributes:
        name: what it is first of all.
        others: further names and keywords.
        source: "fluent", "noto" or "clipart".
        data: the picture's file, PNG or WebP, with its transparency.
        kind: what it is about, as the emoji's table has it; empty for clip-art.
        short: a name as people say it.
    """

    name: str
    others: tuple[str, ...]
    source: str
    data: bytes
    kind: str = ""
    short: str = ""

    @property
    def image(self) -> Image.Image:
        """RGBA, at most SIDE pixels large."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(self.data)).convert("RGBA")
        image.thumbnail((SIDE, SIDE))
        return image

    @property
    def held_out(self) -> bool:
        """Whether it serves for choosing settings: an eighth of all names do, with every picture of theirs."""
        return bool(numpy_rng("photos", "held out", self.name).integers(8) == 0)


def plain(text: str) -> str:
    """A title or file name as words, in lower case, without numbers and signs."""
    text = re.sub(r"\.(?:svg|png)\b", " ", html.unescape(text))
    text = re.sub(r"[^A-Za-z' ]+", " ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text).lower()
    return " ".join(text.split())


def says(text: str) -> bool:
    """Whether words name something."""
    return 2 < len(text) < 40 and not all(word in SAYS_NOTHING for word in text.split())


def _keywords(found: list[str], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in map(plain, found) if says(word) and word != name))


def emoji() -> list[Named]:
    """Both sets of emoji, without skin tones."""
    noto = dict(packed_files(fetched(*NOTO), lambda path: "/img/google/64/" in path or path.endswith("/emoji.json")))
    fluent = {PurePosixPath(path).stem: data for path, data in packed_files(fetched(*FLUENT), lambda path: path.endswith(".webp"))}
    tables = {PurePosixPath(path).name: data for path, data in packed_files(fetched(*KEYWORDS), lambda path: path.endswith(".json"))}
    keywords = json.loads(tables["emoji-en-US.json"])
    found = []
    for entry in json.loads(noto["package/emoji.json"]):
        if entry["category"] in NO_THINGS:
            continue
        character = "".join(chr(int(code, 16)) for code in entry["unified"].split("-"))
        words = keywords.get(character, keywords.get(character.replace("\ufe0f", ""), []))
        name = plain(entry["name"] or entry["short_name"])
        others = _keywords([*entry["short_names"], *words], name)
        code = entry["unified"].lower()
        pictures = {
            "noto": noto.get(f"package/img/google/64/{entry['image']}"),
            "fluent": fluent.get(code, fluent.get(code.replace("-fe0f", ""))),
        }
        short = [word for word in map(plain, entry["short_names"]) if word] or [name]
        said = next((word for word in short if set(word.split()) <= known_words()), short[0])
        found += [Named(name, others, source, data, entry["subcategory"], said) for source, data in pictures.items() if data]
    return found


def _title_of(svg: str) -> tuple[str, list[str]]:
    """Title and keywords in a clip-art's metadata."""
    title = re.search(r"<dc:title>(.*?)</dc:title>", svg, re.S)
    subject = re.search(r"<dc:subject>(.*?)</dc:subject>", svg, re.S)
    return plain(title[1]) if title else "", re.findall(r"<rdf:li>(.*?)</rdf:li>", subject[1], re.S) if subject else []


def clipart() -> list[Named]:
    """The clip-art, under its titles; under its file's name where the title is that of a whole series."""
    key = lambda path: path.partition("/openclipart/")[2].partition("/")[2].rpartition(".")[0]  # noqa: E731
    chosen = lambda path: not key(path).startswith(NO_FOLDERS) and "flag" not in path  # noqa: E731
    titles = {
        key(path): _title_of(data[:200_000].decode("utf-8", "replace"))
        for path, data in packed_files(fetched(*TITLES), lambda path: path.endswith(".svg") and chosen(path))
    }
    shared = Counter(title for title, _ in titles.values())
    found = []
    for path, data in packed_files(fetched(*CLIPART), lambda path: path.endswith(".png") and key(path) in titles):
        title, words = titles[key(path)]
        if shared[title] > COMMON or not says(title):
            title = plain(PurePosixPath(path).stem.partition(".svg")[0])
        if says(title) and not _too_large(data):
            found.append(Named(title, _keywords(words, title), "clipart", data))
    return found


def _too_large(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            width, height = Image.open(io.BytesIO(data)).size
        except (Image.DecompressionBombError, OSError):
            return True
    return width * height > LARGEST


def everything() -> list[Named]:
    """All pictures with names; WeightsError where a registry cannot be reached."""
    return [*emoji(), *clipart()]
