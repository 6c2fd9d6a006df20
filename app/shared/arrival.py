"""How a visitor comes to where a link, Reload or Back leads: the tab opens at once, and what it shows waits its turn like all work."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from app.edit.closer import offered
from app.shared import guard, own_portrait, widgets
from app.shared.address import FACES, NOWHERE, TABS, Address, read
from app.shared.page import Page, payload
from app.shared.session import CachedStudio, Moment, Session
from core.foundations.errors import SettingError, StudioError

ASTRAY = Address(open="nowhere")
"""A link has just led to nothing: what is said of it stays although the tab opens after all."""


def bind_arrival(page: Page) -> None:
    """Bind the event by which the browser tells that it went somewhere, and what the tab Edit makes of it."""

    def arrive(event: gr.EventData) -> dict:
        data = payload(event)
        here = read(data.get("query"), data.get("own"), data.get("portrait"))
        told = {page.arrived[tab]: here.of(tab) for tab in TABS if here.of(tab)}
        return {**told, page.tabs: gr.Tabs(selected=here.open)}

    def replay(session: Session, here: Address) -> dict:
        if not here:
            return {}
        if not here.get("recipe"):
            return page.open(session, page.desks.named(here.get("edit")).name)
        try:
            recipe, photograph = own_portrait.again(here) if here.get("portrait") else (guard.from_link(here.get("recipe")), "")
        except SettingError as error:  # a portrait that another browser has kept
            return {**page.open(session, page.desks.named(FACES).name), page.greeting: widgets.notice(str(error))}
        cached = page.desks.of(guard.recipe(recipe))
        moved = session.go(replace(cached.moment(*cached.studio.replay(recipe)), photograph=photograph))
        return {**page.show(moved), **page.picked(moved), **page.hinted(session, moved), **_nearing(page, cached, moved.now)}

    safe = functools.partial(page.guarded, notice=page.greeting)
    page.address.act(safe(arrive), None, [*page.arrived.values(), page.tabs, page.greeting], trigger_mode="multiple", **guard.LIGHT)
    edit = page.arrived["edit"]
    again, shown = safe(_met(edit, replay, page.greeting), clear=False), [edit, page.greeting, page.portrait, *page.shown]
    edit.change(again, [page.session, edit], shown, **guard.waiting(page.view))


def _nearing(page: Page, cached: CachedStudio, now: Moment) -> dict:
    """The way closer to a portrait, as updates, where its photograph is still held."""
    held = page.album.get(now.photograph)
    if held is None:
        return {}
    picture = cached.base(now.base)
    portrait, closer = offered(cached, replace(picture, original=held.photograph.cut(picture.image.width)), now.base)
    return {page.portrait: portrait, page.closer: closer}


def bind_enter(page: Page, name: str, tab: gr.Tab, enter: Callable[..., dict], given: list, notice: gr.HTML, how: dict) -> list:
    """Bind what happens when a tab is opened, by a click or by a link; a link to a tab that stays closed waits until it is opened.

    Args:
        name: of the tab.
        enter: takes the values of `given` and the address, which is false where no link leads here; returns updates.
        notice: where errors are told. After an error of the link's the tab opens as if there were none.
        how: how the event is bound, with its outputs.

    Returns:
        The two events, for what follows them.
    """
    state = page.arrived[name]
    run = _met(state, enter, notice)

    def at_once(*given: Any) -> dict:
        return run(*given) if given[-1].open == name else {}

    at_once.__name__ = f"{enter.__name__}_at_once"

    how = {**how, "outputs": [state, *how["outputs"]]}
    came = page.guarded(at_once, notice, clear=False)
    return [tab.select(page.guarded(run, notice), [*given, state], **how), state.change(came, [*given, state], **how)]


def _met(state: gr.State, enter: Callable[..., dict], notice: gr.HTML) -> Callable[..., dict]:
    """A handler of an address that is met once: afterwards, and where it leads to nothing that exists, it leads nowhere."""

    @functools.wraps(enter)
    def run(*given: Any) -> dict:
        *rest, here = given
        if here == ASTRAY:
            return {**enter(*rest, NOWHERE), state: NOWHERE, notice: gr.skip()}
        if not isinstance(here, Address) or not here:
            return enter(*given)
        try:
            return {**enter(*given), state: NOWHERE}
        except StudioError as error:
            return {**enter(*rest, NOWHERE), state: ASTRAY, notice: widgets.notice(str(error))}

    return run
