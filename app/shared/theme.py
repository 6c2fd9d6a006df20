"""How the page looks: a Gradio theme of system fonts, one style sheet, one script."""

from __future__ import annotations

import json
from pathlib import Path

import gradio as gr

from app.shared import address, heatmaps
from app.shared.templates import macros
from app.shared.widgets import SHAPES, WORDS
from core.worlds.dsprites.factors import FACTORS

PAGE = Path(__file__).parents[1]
STYLES = (
    "shared/chrome.css",
    "shared/parts.css",
    "stage/stage.css",
    "edit/edit.css",
    "features/atlas.css",
    "invert/invert.css",
    "rosetta/rosetta.css",
    "segment/sight.css",
    "heads/heads.css",
    "fool/fool.css",
    "shared/photos.css",
    "classes/classes.css",
    "shift/shift.css",
)
"""In this order: a later sheet outweighs an earlier one."""
SCRIPTS = (
    "shared/studio.js",
    "shared/waiting.js",
    "shared/address.js",
    "edit/dials.js",
    "stage/painted.js",
    "features/map.js",
    "segment/sight.js",
    "rosetta/stone.js",
    "classes/votes.js",
    "shift/shift.js",
)
FONTS = ["Segoe UI", "-apple-system", "Roboto", "Helvetica Neue", "Noto Sans", "Liberation Sans", "Arial", "sans-serif"]
MONO = ["SF Mono", "Cascadia Mono", "Menlo", "Consolas", "Liberation Mono", "monospace"]

COLOURS = {
    "body_background_fill": ("#f5f2ec", "#141315"),
    "body_text_color": ("#1f1c19", "#f0ece4"),
    "body_text_color_subdued": ("#645d55", "#aaa39a"),
    "background_fill_primary": ("#fffdf9", "#1d1b1f"),
    "background_fill_secondary": ("#f5f2ec", "#141315"),
    "block_background_fill": ("#fffdf9", "#1d1b1f"),
    "block_label_background_fill": ("#fffdf9", "#1d1b1f"),
    "block_label_text_color": ("#645d55", "#aaa39a"),
    "block_title_text_color": ("#645d55", "#aaa39a"),
    "border_color_primary": ("#e2dbd0", "#38343b"),
    "border_color_accent": ("#c23a22", "#ff8a6b"),
    "color_accent_soft": ("#fae5df", "#3a2620"),
    "input_background_fill": ("#ffffff", "#141315"),
    "input_border_color": ("#cfc6b9", "#4a4550"),
    "input_border_color_focus": ("#c23a22", "#ff8a6b"),
    "input_placeholder_color": ("#7a7269", "#928b83"),
    "button_primary_background_fill": ("#c23a22", "#ff8a6b"),
    "button_primary_background_fill_hover": ("#a52f1a", "#ffa48b"),
    "button_primary_text_color": ("#ffffff", "#1b1210"),
    "button_secondary_background_fill": ("#fffdf9", "#1d1b1f"),
    "button_secondary_text_color": ("#1f1c19", "#f0ece4"),
    "slider_color": ("#c23a22", "#ff8a6b"),
    "link_text_color": ("#a52f1a", "#ff8a6b"),
}
"""Gradio's variables, light and dark."""


def theme() -> gr.themes.Base:
    """The theme."""
    values = {name: light for name, (light, _) in COLOURS.items()}
    values |= {f"{name}_dark": dark for name, (_, dark) in COLOURS.items()}
    base = gr.themes.Base(font=FONTS, font_mono=MONO, radius_size=gr.themes.sizes.radius_lg)
    shape = {"block_shadow": "none", "block_border_width": "1px", "input_radius": "12px", "block_radius": "16px"}
    return base.set(**values, **shape, color_accent="var(--rs-accent)")


def _read(*names: str) -> str:
    return "\n".join((PAGE / name).read_text() for name in names)


def head() -> str:
    """Style and script. Both go to the page's head: Gradio's own `css` argument rewrites every selector.

    The pieces' rules are nested in Gradio's container, so that they outweigh its resets.
    """
    known = json.dumps({"words": WORDS, "shapes": SHAPES, "heat": heatmaps.known(), "factors": FACTORS, "address": address.known()})
    style = _read("shared/base.css") + ".gradio-container {" + _read(*STYLES) + "}"
    script = f"window.RS = {known};\n{_read(*SCRIPTS)}"
    return str(macros("shared/chrome.html").head(style, script))
