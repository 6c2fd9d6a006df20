"""Features: the map of what the model knows, a page for each thing on it, and a way to turn it. One map for each world of the tab Edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import gradio as gr

from app.edit import desk_cards
from app.features import cards
from app.features.atlas import BOX, HINT, Atlas, Map
from app.features.made import MadePiece
from app.features.public import Opened, PublicPiece
from app.shared import guard, widgets
from app.shared.arrival import bind_enter
from app.shared.lacking import bind_lack, lack_card
from app.shared.page import Page, piece
from app.shared.session import FIRST

MAP = "rs.map(element, trigger, watch, () => props.value, 'act')"
SIGNAL = "watch('value', () => rs.mark(props.value))"


def build_features(page: Page, tab: gr.Tab, sprite: dict | None) -> None:
    """Place the tab's pieces and bind them."""
    bar = piece(desk_cards.bar(page.desks, FIRST), elem_id="rs-atlas-world")
    lack = lack_card("rs-atlas-fetch")
    lack.render()
    with gr.Row(elem_id="rs-atlas"):
        with gr.Column(elem_id="rs-atlas-map"):
            chart = gr.HTML("", html_template=cards.chart(), js_on_load=MAP, apply_default_css=False, elem_id="rs-map")
            signal = gr.HTML("", html_template="", js_on_load=SIGNAL, apply_default_css=False, elem_id="rs-signal")
            legend = gr.HTML(cards.slots_legend(page.cached.studio.slots[::-1]), apply_default_css=False, elem_id="rs-legend")
        with gr.Column(elem_id="rs-atlas-list"):
            search = gr.Textbox(label="Look for something", placeholder=BOX, elem_id="rs-search", lines=1, max_lines=1)
            found = piece(elem_id="rs-found")
            others = piece(elem_id="rs-others")
    notice = piece(elem_id="rs-notice-features")
    shown, chosen, active, drawn = gr.State(Map()), gr.State(""), gr.State(""), gr.State(("", ""))
    with gr.Row(elem_id="rs-handle"):
        with gr.Column(elem_id="rs-handle-page"):
            profile = gr.HTML(widgets.quiet(HINT), apply_default_css=False, elem_id="rs-profile")
        with gr.Column(elem_id="rs-handle-try"):
            low, high = guard.STRENGTHS
            strength = gr.Slider(low, high, 1.0, step=guard.STEP, label="Turn it on your picture", elem_id="rs-strength", buttons=[])
            trial = gr.HTML(apply_default_css=False, elem_id="rs-trial")
            told = gr.HTML(apply_default_css=False, elem_id="rs-trial-report")
            add = gr.Button("Add to the steps", variant="primary", elem_id="rs-add")
    states, pieces = (shown, chosen, active, drawn), (chart, signal, legend, search, found, notice, profile, strength, trial, told)
    atlas = Atlas(page, sprite, bar, lack, *states, *pieces)
    besides: Sequence[PublicPiece | MadePiece] = (PublicPiece(page), MadePiece(page))
    _bind_map(page, atlas, tab)
    _bind_handle(page, atlas, add)
    _bind_search(page, atlas, besides, others)
    for one in besides:
        one.bind(others)


def _safe(page: Page, atlas: Atlas, clear: bool = True) -> Callable[[Callable], Callable]:
    return lambda handler: page.guarded(handler, atlas.notice, clear)


def _bind_map(page: Page, atlas: Atlas, tab: gr.Tab) -> None:
    """The map and its list, of the world that is chosen; what runs a model shares its queue."""
    safe, after, session = _safe(page, atlas), _safe(page, atlas, clear=False), page.session
    given = [session, atlas.shown]
    came = {"outputs": atlas.mapped, **guard.LIGHT}
    events = bind_enter(page, "features", tab, atlas.come, given, atlas.notice, came)
    events.append(atlas.bar.act(safe(atlas.open_map), given, atlas.mapped, trigger_mode="once", **guard.LIGHT))
    for event in events:
        lit = event.then(after(atlas.light_up), given, [atlas.signal, atlas.active, atlas.notice], **guard.waiting(atlas.chart))
        lit.then(atlas.list_active(), [atlas.search, atlas.active], atlas.found, **guard.LIGHT)
        _then_shown(page, atlas, lit)  # the picture on the tab Edit may be another one by now
        small = {**guard.waiting(long=True), "show_progress": "hidden"}
        lit.then(after(atlas.paint), atlas.shown, [atlas.signal, atlas.notice], **small)
    heavy = {"outputs": [*atlas.mapped], **guard.waiting(atlas.chart)}
    bind_lack(page, atlas.lack, atlas.notice, atlas.faces_fetched, given, heavy)


def _bind_search(page: Page, atlas: Atlas, besides: Sequence[PublicPiece | MadePiece], others: gr.HTML) -> None:
    """A search on the map, and among what the visitor has opened besides."""
    safe, opened = _safe(page, atlas), [one.opened for one in besides]

    def look_besides(text: str, *opened: Opened) -> dict:
        there = [(one, one.held(seen)) for one, seen in zip(besides, opened, strict=True)]
        held = {one.op: (features, partial(one.thumb, features)) for one, features in there if features}
        return {others: cards.besides(atlas.look_among(text, [features for features, _ in held.values()]), held)}

    for looked in (atlas.search.change, atlas.search.submit):
        how = {"trigger_mode": "always_last", **guard.LIGHT}
        looked(safe(atlas.look), [atlas.shown, atlas.search], [atlas.signal, atlas.found, atlas.notice], **how)
        looked(safe(look_besides), [atlas.search, *opened], [others, atlas.notice], **how)


def _then_shown(page: Page, atlas: Atlas, event: Any) -> None:
    """After an event: the chosen handle on the visitor's picture, then its evidence."""
    after = _safe(page, atlas, clear=False)
    event.then(after(atlas.turn), atlas.turning, **{"outputs": atlas.tried, **guard.waiting(atlas.trial)})
    given = [atlas.shown, atlas.chosen]
    drawn = event.then(after(atlas.evidence), given, [atlas.drawn, atlas.notice], show_progress="hidden", **guard.HEAVY)
    drawn.then(after(atlas.settle), [atlas.chosen, atlas.drawn], [atlas.profile, atlas.notice], **guard.LIGHT)


def _bind_handle(page: Page, atlas: Atlas, add: gr.Button) -> None:
    """A handle's page, and turning it."""
    safe = _safe(page, atlas)
    for source in (atlas.chart, atlas.found):
        out = [atlas.chosen, atlas.profile, atlas.notice, atlas.signal]
        _then_shown(page, atlas, source.act(safe(atlas.pick), atlas.shown, out, trigger_mode="multiple", **guard.LIGHT))
    turned = {"outputs": atlas.tried, **guard.waiting(atlas.trial)}
    atlas.strength.change(safe(atlas.turn), atlas.turning, trigger_mode="always_last", **turned)
    add.click(safe(atlas.add), atlas.turning, [*page.shown, page.tabs, atlas.notice], **guard.waiting(atlas.trial))
