"""The pieces of the tab Segment as HTML: the picture under its heat, what a place says, the methods, the mask on its way to Edit."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
from PIL import Image

from app import charts, heats, widgets
from app.gaze import Asked, Gaze
from app.scene import data_uri
from app.session import Region
from core.foundations.records import Word

IDEAS = (
    ("frog", ""),
    ("red glasses", "blue glasses"),
    ("striped background", ""),
    ("shark", ""),
    ("black glasses", ""),
    ("heart print", ""),
    ("something to eat", "an animal"),
    ("green shirt", ""),
)
"""What to look for, when the picture gives no better idea: text, and the one that it is held against."""

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
    if not asked.other:
        return '<span class="rs-scale" aria-hidden="true"></span><span>from nowhere to here</span>'
    first = f'<span class="rs-key-first">■ {escape(asked.text)}</span>'
    return f'{first}<span class="rs-key-second">▨ {escape(asked.other)}</span>'


def look(asked: Asked) -> str:
    """The picture under its heat, what is cut out of it, and the slider between them. The browser draws both."""
    gaze, text = asked.gaze, escape(asked.text)
    size = gaze.picture.image.size
    data = f'data-picture="{gaze.uri}" data-w="{size[0]}" data-h="{size[1]}" data-heat="{heats.text_of(asked.packed)}"'
    data += f' data-pair="{int(bool(asked.other))}" data-threshold="{asked.threshold:.3f}"'
    hint = "Arrow keys move a cross, Enter asks what is there."
    where = _canvas("where", f"{gaze.name}, bright where “{asked.text}” is seen. {hint}", f"Where “{text}” is seen")
    cut = _canvas("cut", f"What is cut out as “{asked.text}”", "Cut out")
    label = "How sure a place must be"
    slider = f'<input type="range" class="rs-cutter" min="0" max="1" step="0.01" value="{asked.threshold:.3f}" aria-label="{label}">'
    row = f'<div class="rs-cutting"><div class="rs-line"><b>{label}</b><output></output></div>{slider}<p class="rs-heat-key">{_key(asked)}</p></div>'
    return f'<div class="rs-view rs-look" {data}><div class="rs-frames">{where}{cut}{row}</div>{_take(gaze)}</div>'


def _take(gaze: Gaze) -> str:
    if gaze.source != "noun":
        return ""
    return (
        '<div class="rs-take" role="group" aria-label="Take the mask to Edit"><button type="button" data-op="only">'
        '<span aria-hidden="true">◩</span>Let the edit touch only this</button><button type="button" data-op="keep">'
        '<span aria-hidden="true">◪</span>Keep this as it is</button></div>'
    )


def told(asked: Asked) -> str:
    """What the picture shows now, in words."""
    text = escape(asked.text)
    if asked.other:
        say = f"Red where the model sees “{text}” rather than “{escape(asked.other)}”, blue where it is the other way round."
    else:
        say = f"Bright where the model sees “{text}”."
    fit = ""
    if asked.score is not None:
        share = f"{min(max(asked.score, 0.0), 1.0):.2f}"
        bar = f'<meter min="0" max="1" value="{share}" title="cosine of text and picture: {asked.score:.2f}"></meter>'
        fit = f'<p class="rs-fit"><span>How well “{text}” fits the picture as a whole</span>{bar}</p>'
    hint = widgets.quiet("Some place is always the brightest, even where nothing fits. Click any place to ask what is there.")
    return f'<section class="rs-report" aria-live="polite" aria-label="Where it is"><p class="rs-told">{say}</p>{fit}{hint}</section>'


def chips(seen: Sequence[str], ideas: Sequence[tuple[str, str]] = IDEAS) -> str:
    """Texts to look for: first what the model itself sees in this picture, then some of ours."""
    items = "".join(f'<li><button type="button" class="rs-chip rs-seen" data-op="ask" data-text="{escape(t)}">{escape(t)}</button></li>' for t in seen)
    for text, other in ideas:
        shown = f'{escape(text)} <i>or</i> {escape(other)}' if other else escape(text)
        items += f'<li><button type="button" class="rs-chip" data-op="ask" data-text="{escape(text)}" data-id="{escape(other)}">{shown}</button></li>'
    return f'<div class="rs-ideas rs-asks" aria-label="Texts to look for" role="group"><ul>{items}</ul></div>'


def sources(own: bool) -> str:
    """The ways to a picture."""
    mine = (
        '<button type="button" class="rs-source" data-do="panel:look" aria-expanded="false" aria-controls="rs-look-own">'
        "Your own picture</button>"
    )
    return (
        '<div class="rs-sources" role="group" aria-label="Choose a picture">'
        '<button type="button" class="rs-source rs-surprise" data-op="scene"><span aria-hidden="true">⚄</span>Another scene</button>'
        f'<button type="button" class="rs-source" data-op="noun">The Noun from Edit</button>{mine if own else ""}</div>'
    )


def here(words: Sequence[Word]) -> str:
    """What a place says."""
    if not words:
        return f'<section class="rs-panel" aria-label="What is here?"><h3>What is here?</h3>{widgets.quiet("Click a place of the picture.")}</section>'
    lead = '<p class="rs-quiet">What the model writes down at the marked place, more than elsewhere in this picture:</p>'
    return f'<section class="rs-panel" aria-live="polite" aria-label="What is here?"><h3>What is here?</h3>{lead}{charts.bars(words)}</section>'


def method_cells(cells: Sequence[tuple[str, str, str]], asked: Asked, total: int) -> str:
    """Methods side by side: name, what each does, and its heat as a URI; those to come stand empty."""
    items = ""
    for method, says, uri in cells:
        chosen = ' aria-current="true"' if method == asked.method else ""
        image = f'<img src="{uri}" alt="Where {escape(method_name(method))} sees “{escape(asked.text)}”">' if uri else '<span class="rs-wait"></span>'
        off = "" if uri else " disabled"
        text = f"<span><b>{escape(method_name(method))}</b><small>{escape(says)}</small></span>"
        items += f'<li><button type="button" class="rs-method" data-op="method" data-id="{escape(method)}"{chosen}{off}>{image}{text}</button></li>'
    ready = sum(bool(uri) for *_, uri in cells)
    say = f"{ready} of {total} are ready" if ready < total else f"Where each of them sees “{asked.text}”. Click one to use it."
    return f'<section aria-label="Methods side by side"><p class="rs-lead" role="status">{escape(say)}</p><ul class="rs-methods">{items}</ul></section>'


def thumbnail(image: Image.Image, heat: np.ndarray, threshold: float, pair: bool = False, side: int = 192) -> str:
    """A heat over a picture with the outline of its mask, as a URI."""
    times = max(1, side // image.width)
    drawn = heats.contrast(image, heat, times) if pair else heats.overlay(image, heat, times)
    return data_uri(heats.outline(drawn, heat > threshold, times))


def region(region: Region | None) -> str:
    """The mask on the Edit tab, and the way to be rid of it."""
    if region is None:
        return ""
    mask = np.zeros((*region.mask.shape, 4), np.uint8)
    mask[region.mask] = (194, 58, 34, 255)
    image = widgets.pixels(data_uri(Image.fromarray(mask, "RGBA")), "The mask")
    what = "Steps keep as it is" if region.keep else "Steps touch only"
    text = f'<span>{what}: <b>{escape(region.text)}</b></span>'
    return f'<div class="rs-region" role="status">{image}{text}<button type="button" class="rs-tool rs-wide" data-op="unmask">Clear</button></div>'
