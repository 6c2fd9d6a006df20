"""The world picker, the strip of photographs, and the card of what must be fetched for them, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from app.shared import widgets

WORLDS = (
    ("nouns", "Nouns", "pixel characters", '<path d="M0 4h7v3h2V4h7v8H9V9H7v3H0z"/>'),
    (
        "photos",
        "Photographs",
        "the real world",
        '<path d="M1 3h14v11H1zM3 12h10l-3.4-4.6-2.4 3L5.8 8.8zM5 7.4a1.4 1.4 0 1 0 0-2.8 1.4 1.4 0 0 0 0 2.8z"/>',
    ),
)
"""Name, words, what it holds, and a mark."""
WHAT = "A small open model (DINOv2) looks at the photograph; a table trained here on emoji and clip-art puts it into words. It is not CLIP."
MAKE = "make photos"


def _choice(name: str, title: str, holds: str, mark: str, world: str) -> str:
    svg = f'<svg class="rs-mark" viewBox="0 0 16 16" aria-hidden="true" fill-rule="evenodd">{mark}</svg>'
    inside = f"{svg}<span><b>{title}</b><small>{holds}</small></span>"
    return widgets.button("world", inside, "rs-world", name, f' aria-pressed="{str(name == world).lower()}"')


def picker(world: str) -> str:
    """The two worlds to choose from."""
    buttons = "".join(_choice(*row, world) for row in WORLDS)
    return f'<div class="rs-worlds" role="group" aria-label="Which pictures">{buttons}</div>'


def _photo(sample: Any, uri: str, chosen: bool) -> str:
    inside = f'<img src="{uri}" alt="" draggable="false"><span>{escape(sample.title)}</span>'
    more = ' aria-current="true"' if chosen else ""
    return f"<li>{widgets.button('photo', inside, 'rs-photo', sample.id, more)}</li>"


def bar(world: str, samples: Iterable[tuple[Any, str]] = (), chosen: Any = None, credit: tuple[str, str] = ("", "")) -> str:
    """The picker; below it the photographs, where they are chosen.

    Args:
        samples: each with its thumbnail as a URI; none in the world of the Nouns.
        chosen: the sample that is looked at, or None.
        credit: the name of the picture that is looked at, and whose it is.
    """
    items = "".join(_photo(sample, uri, sample == chosen) for sample, uri in samples)
    whose = f'<p class="rs-credit"><b>{escape(credit[0])}</b>: {escape(credit[1])}</p>'
    reader = f'<p class="rs-reader">{escape(WHAT)}</p>'
    strip = f'<ul class="rs-photos" aria-label="Photographs">{items}</ul><div class="rs-credits">{whose}{reader}</div>' if items else ""
    return f'<section class="rs-choose-world" data-world="{escape(world)}" aria-label="World">{picker(world)}{strip}</section>'


def _card(title: str, inside: str) -> str:
    what = f'<p class="rs-what">{escape(WHAT)}</p>'
    return f'<section class="rs-fetch" aria-live="polite" aria-label="{escape(title)}"><h3>{escape(title)}</h3>{what}{inside}</section>'


def _button(op: str, words: str, classes: str = "rs-go") -> str:
    return widgets.button(op, escape(words), classes)


def offer(megabytes: int) -> str:
    """What must be fetched before a photograph can be read, and the button that does it."""
    size = f"It is fetched once, {megabytes} MB, and kept on this machine. After that no network is needed."
    return _card("Photographs need one more model", widgets.quiet(size) + _button("fetch", f"Fetch it ({megabytes} MB)"))


def fetching(share: float, megabytes: int) -> str:
    """How far the fetch is."""
    done = min(max(share, 0.0), 1.0)
    told = f"{round(done * megabytes)} of {megabytes} MB" if done < 1 else "All there. Putting it in place …"
    bar = f'<progress max="1" value="{done:.3f}" aria-label="How much is fetched"></progress>'
    line = f'<div class="rs-line"><b>Fetching</b><output>{told}</output></div>'
    return _card(
        "Photographs need one more model", f'<div class="rs-fetching">{line}{bar}</div>' + _button("cancel", "Cancel", "rs-tool rs-wide")
    )


def waking() -> str:
    """Fetched, and now read from the disk."""
    return _card("The model is here", '<p class="rs-quiet" role="status">Reading the photograph for the first time …</p>')


def failed(problem: str, megabytes: int) -> str:
    """Why it could not be fetched, and what to do."""
    do = f'<p class="rs-quiet">Where there is a network, <code>{MAKE}</code> fetches it once; everything else here works without it.</p>'
    return _card("It could not be fetched", widgets.notice(problem) + do + _button("fetch", f"Try again ({megabytes} MB)"))
