"""The pieces of the tab Segment as HTML: the picture under its heat, what a place says, the methods, the mask on its way to Edit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from app.shared import charts, heatmaps, widgets
from app.shared.address import tell
from app.shared.pictures import data_uri, jpeg, uri_of
from app.shared.session import Region
from app.shared.subject import Asked, Subject
from app.shared.templates import macros
from core.foundations.records import Word

METHOD_NAMES = {
    "studio": "The studio's own",
    "tokens": "Token decomposition",
    "neurons": "Neurons",
    "neurons_signed": "Neurons, for and against",
    "attention": "Raw attention",
    "rollout": "Attention rollout",
    "gradcam": "GradCAM",
    "lrp": "LRP",
    "partial_lrp": "Partial LRP",
    "chefer": "Chefer's relevance",
    "generic": "Generic attention",
    "patches": "Patches by themselves",
    "maskclip": "MaskCLIP",
    "clearclip": "ClearCLIP",
    "naclip": "NACLIP",
    "sclip": "SCLIP",
    "clipsurgery": "CLIP Surgery",
}
"""Methods by the names that papers know them by."""


def method_name(method: str) -> str:
    """A method in words."""
    return METHOD_NAMES.get(method, method.replace("_", " ").capitalize())


def _canvas(kind: str, label: str, caption: str) -> str:
    role = ' tabindex="0" role="application"' if kind == "where" else ' role="img"'
    canvas = f'<canvas{role} aria-label="{escape(label)}"></canvas>'
    return f'<figure class="rs-frame rs-{kind}"><div class="rs-glass">{canvas}</div><figcaption>{caption}</figcaption></figure>'


def _key(asked: Asked) -> str:
    if not any(asked.there):
        return "<span>grey: what was asked for is not here</span>"
    if not asked.other:
        return '<span class="rs-scale" aria-hidden="true"></span><span>dark: not here, bright: here</span>'
    first = f'<span class="rs-key-first">■ {escape(asked.text)}</span>'
    return f'{first}<span class="rs-key-second">▨ {escape(asked.other)}</span>'


def still(subject: Subject) -> str:
    """A picture by itself."""
    name = escape(subject.name)
    image = f'<div class="rs-glass"><img src="{subject.uri}" alt="{name}" draggable="false"></div>'
    frame = f'<figure class="rs-frame">{image}<figcaption>{name}</figcaption></figure>'
    return f'<div class="rs-view rs-still"{tell(**subject.place)}>{frame}</div>'


def look(asked: Asked) -> str:
    """The picture under its heat, what is cut out of it, and the slider between them. The browser draws both."""
    subject, text = asked.subject, escape(asked.text)
    size = subject.picture.image.size
    data = f'data-picture="{subject.uri}" data-w="{size[0]}" data-h="{size[1]}" data-heat="{heatmaps.text_of(asked.packed)}"'
    data += f"{tell(**subject.place, word=asked.text, against=asked.other, method=asked.method)}"
    data += f' data-pair="{int(bool(asked.other))}" data-threshold="{asked.threshold:.3f}"'
    hint = "Arrow keys move a cross, Enter asks what is there."
    data += f' data-there="{int(any(asked.there))}" data-texts="{escape(asked.text)}|{escape(asked.other)}"'
    if any(asked.there):
        names = [name for name, there in zip((asked.text, asked.other), asked.there, strict=False) if there]
        quoted, plain = " and ".join(f"“{escape(name)}”" for name in names), " and ".join(names)
        where = _canvas("where", f"{subject.name}, bright where {plain} is seen. {hint}", f"Where I see {quoted}")
        cut = _canvas("cut", f"What is cut out as {plain}", f"Cut out: {escape(plain)}")
    else:
        where = _canvas("where", f"{subject.name}, grey: “{asked.text}” is not seen. {hint}", f"“{text}” is not seen")
        cut = _canvas("cut", "Nothing is cut out", "Nothing is cut out")
    label, key = "How bright a place must be", _key(asked)
    range_ = f'type="range" min="0" max="1" step="0.01" value="{asked.threshold:.3f}"'
    slider = f'<input class="rs-cutter" {range_} aria-label="{label}">'
    line = f'<div class="rs-line"><b>{label}</b><output></output></div>'
    row = f'<div class="rs-cutting">{line}{slider}<p class="rs-heat-key">{key}</p></div>'
    take = _take(subject) if asked.there[0] else ""
    return f'<div class="rs-view rs-look" {data}><div class="rs-frames">{where}{cut}{row}</div>{take}</div>'


def _take(subject: Subject) -> str:
    if subject.source != "noun":
        return ""
    sign = '<span aria-hidden="true">{}</span>'
    only = widgets.button("only", sign.format("◩") + "Let the edit touch only this")
    keep = widgets.button("keep", sign.format("◪") + "Keep this as it is")
    return f'<div class="rs-take" role="group" aria-label="Take the mask to Edit">{only}{keep}</div>'


SURE = ((0.95, "I am sure that it is here"), (0.8, "I am rather sure that it is here"), (0.0, "perhaps it is here"))
"""From which presence on what is said of it."""


def share_of(presence: float) -> str:
    """A probability in whole hundredths; never a certain 0 or 100."""
    return f"{min(max(round(100 * presence), 1), 99)}\u00a0%"


def told(asked: Asked) -> str:
    """What the picture shows now, in words."""
    tones = ("Bright where I see",) if not asked.other else ("Red where I see", "Blue where I see")
    lines = []
    for text, share, there, say in zip((asked.text, asked.other), asked.presence, asked.there, tones, strict=False):
        sure = next(words for least, words in SURE if share >= least)
        told = f"({sure}: {share_of(share)})" if asked.least else ""
        lines.append({"text": text, "there": there, "say": say, "sure": told, "share": share_of(share)})
    return str(macros("segment/told.html").told(lines, asked.instead))


def chips(seen: Sequence[str], ideas: Sequence[tuple[str, str]], own_first: bool = False) -> str:
    """Texts to look for: what the model itself sees in this picture, and some of ours, which come first if `own_first`."""
    ours = "".join(_chip(*idea, "rs-chip") for idea in ideas)
    new = [text for text in seen if (text, "") not in ideas]
    theirs = "".join(_chip(text, "", "rs-chip rs-seen") for text in new)
    items = ours + theirs if own_first else theirs + ours
    return f'<div class="rs-ideas rs-asks" aria-label="Texts to look for" role="group"><ul>{items}</ul></div>'


def _chip(text: str, other: str, classes: str) -> str:
    shown = f"{escape(text)} <i>or</i> {escape(other)}" if other else escape(text)
    return f"<li>{widgets.button('ask', shown, classes, other, _text(text))}</li>"


def _text(text: str) -> str:
    return f' data-text="{escape(text)}"'


def sources(own: bool, scenes: bool = True) -> str:
    """The ways to a picture.

    Args:
        own: whether a person's own can be given here.
        scenes: whether scenes and the Noun of the tab Edit are among them.
    """
    panel = ' data-do="panel:look" aria-expanded="false" aria-controls="rs-look-own"'
    mine = f'<button type="button" class="rs-source"{panel}>Your own picture</button>' if own else ""
    if not scenes:
        return f'<div class="rs-sources">{mine}</div>' if own else ""
    another = widgets.button("scene", '<span aria-hidden="true">⚄</span>Another scene', "rs-source rs-surprise")
    noun = widgets.button("noun", "The Noun from Edit", "rs-source")
    return f'<div class="rs-sources" role="group" aria-label="Choose a picture">{another}{noun}{mine}</div>'


def here(words: Sequence[Word], spoken: bool = False) -> str:
    """What a place says; by itself where its patches speak."""
    writes = "What the model writes down at the marked place, more than elsewhere in this picture:"
    lead = (
        ("What the patches around the marked place say by themselves:" if spoken else writes) if words else "Click a place of the picture."
    )
    return widgets.panel("What is here?", f"<h3>What is here?</h3>{widgets.quiet(lead)}{charts.bars(words) if words else ''}")


def _method(method: str, says: str, uri: str, asked: Asked) -> str:
    name = escape(method_name(method))
    image = f'<img src="{uri}" alt="Where {name} sees “{escape(asked.text)}”">' if uri else '<span class="rs-wait"></span>'
    more = (' aria-current="true"' if method == asked.method else "") + ("" if uri else " disabled")
    inside = f"{image}<span><b>{name}</b><small>{escape(says)}</small></span>"
    return f"<li>{widgets.button('method', inside, 'rs-method', method, more)}</li>"


def method_cells(cells: Sequence[tuple[str, str, str]], asked: Asked) -> str:
    """Methods side by side: name, what each does, and its heat as a URI; those to come stand empty."""
    items = "".join(_method(*cell, asked) for cell in cells)
    ready, count = sum(bool(uri) for *_, uri in cells), len(cells)
    say = f"{ready} of {count} are ready" if ready < count else f"Where each of them sees “{asked.text}”. Click one to use it."
    inside = f'<p class="rs-lead" role="status">{escape(say)}</p><ul class="rs-methods">{items}</ul>'
    return f'<section aria-label="Methods side by side">{inside}</section>'


def thumbnail(image: Image.Image, heat: np.ndarray, threshold: float, side: int = 384, soft: bool = False) -> str:
    """A heat over a picture with the outline of its mask, as a URI; of a photograph, which is `soft`, as a JPEG."""
    times = max(1, side // image.width)
    drawn = heatmaps.outline(heatmaps.overlay(image, heat, times), heat > threshold, times, 2 if soft else 1)
    return uri_of(jpeg(drawn, quality=86)) if soft else data_uri(drawn)


def region(region: Region | None) -> str:
    """The mask on the Edit tab, and the way to be rid of it."""
    if region is None:
        return ""
    mask = np.zeros((*region.mask.shape, 4), np.uint8)
    mask[region.mask] = (194, 58, 34, 255)
    image = widgets.pixels(data_uri(Image.fromarray(mask, "RGBA")), "The mask")
    what = "Steps leave this as it is" if region.keep else "Steps touch only"
    text = f"<span>{what}: <b>{escape(region.text)}</b></span>"
    clear = widgets.button("unmask", "Clear", "rs-tool rs-wide")
    return f'<div class="rs-region" role="status">{image}{text}{clear}</div>'
