"""Edit: say it, see it, keep it."""

from __future__ import annotations

import random

import gradio as gr

from app.edit import desk_cards, pieces
from app.edit.brought import JSON, PICTURES, bind_brought
from app.edit.closer import bind_closer
from app.edit.desk import bind_desk
from app.edit.dragging import bind_dials
from app.edit.prompting import bind_prompt, build_prompt
from app.edit.saving import bind_saving
from app.shared import guard, widgets
from app.shared.page import Page, payload
from app.shared.session import Said, Session
from core.foundations.records import Edit, Result

NEAREST = "Which one do you mean? Click it."
INSTEAD = "Near to what you said, and known to the model:"


def build_edit(page: Page) -> None:
    """Place the tab's pieces and bind them."""
    studio = page.cached.studio
    page.desk.render()
    page.lack.render()
    with gr.Row(elem_id="rs-table"):
        with gr.Column(elem_id="rs-left"):
            page.view.render()
            page.taken.render()
            page.faces.render()
            page.closer.render()
            page.dials.render()
            page.source.render()
            with gr.Column(elem_id="rs-parts"):
                for slot in reversed(studio.slots):
                    parts = sorted(((p.name, p.id) for p in studio.parts(slot)), key=lambda pair: pair[0].lower())
                    page.pickers[slot] = gr.Dropdown(parts, value=page.start["picked"].get(slot), label=slot.capitalize(), min_width=120)
            with gr.Column(elem_id="rs-prompt"):
                described = build_prompt()
            with gr.Column(elem_id="rs-own"):
                gr.HTML(desk_cards.welcome(page.desks), apply_default_css=False)
                upload = gr.File(label="Your own picture", file_types=[*PICTURES, JSON], height=150, elem_id="rs-file")
            page.keep.render()
            bind_saving(page)
        with gr.Column(elem_id="rs-right"):
            page.say.render()
            for shown in (page.region, page.ideas, page.notice, page.choices, page.report, page.stack, page.whole):
                shown.render()
    _bind_words(page)
    _bind_steps(page)
    _bind_sources(page, upload)
    bind_dials(page)
    bind_desk(page, _heavy)
    bind_closer(page, _heavy)
    bind_prompt(page, *described, _heavy)


def _heavy(page: Page, extra: tuple = ()) -> dict:
    return {"outputs": [*page.shown, *extra], **guard.waiting(page.view)}


def _went(page: Page, session: Session, moved: Session) -> dict:
    """A session that moved, forward or back, as updates; the pickers of the parts follow where the base is another."""
    return page.show(moved) | (page.picked(moved) if moved.now.base != session.now.base else {})


def _answer(page: Page, session: Session, sentence: str, result: Result) -> dict:
    """A request's result as updates: undone, done, or kindly refused."""
    if result.undo and session.past:
        return _went(page, session, session.undo())
    report = result.report
    moved = session.stack(result.edits, Said(sentence, report.sentence if report else "", result.note))
    known = result if report and not session.now.edits else None  # else its report compares with the last step, not with the base
    out = page.show(moved, known) if moved is not session else {}
    if result.refusal:
        out[page.notice] = widgets.notice(result.refusal)
    if result.choices:
        images = [page.desks.at(session.now).handle_uri(f.handle.id) for f in result.choices[:5]]
        out[page.choices] = pieces.choices(result.choices[:5], images, INSTEAD if result.refusal else NEAREST)
    return out


def _bind_words(page: Page) -> None:
    say, ideas = page.say, page.ideas

    def request(session: Session, text: str) -> dict:
        sentence, cached = guard.sentence(text), page.desks.at(session.now)
        result = cached.studio.request(cached.within(session.now), sentence, session.now.edits)
        return {page.choices: "", **_answer(page, session, sentence, result)}

    def idea(session: Session, event: gr.EventData) -> dict:
        text = guard.sentence(payload(event).get("text"))
        return {**request(session, text), say: text}

    def choose(session: Session, event: gr.EventData) -> dict:
        data, cached = payload(event), page.desks.at(session.now)
        handle = cached.studio.handle(guard.handle_id(data.get("id")))
        edit = Edit(handle.id, guard.strength(data.get("strength", 1.0)))
        return page.show(cached.added(session, edit))

    # Not "once", which drops what is sent while an answer is awaited; studio.js sees to it that a double click is one.
    say.submit(page.guarded(request), [page.session, say], trigger_mode="multiple", **_heavy(page))
    ideas.act(page.guarded(idea), page.session, trigger_mode="once", **_heavy(page))
    page.choices.act(page.guarded(choose), page.session, trigger_mode="once", **_heavy(page))


def _bind_steps(page: Page) -> None:
    def act(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        return _went(page, session, session.act(str(data.get("op")), data.get("at"), data.get("id")))

    def turn(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        return page.show(session.turn(data.get("at"), data.get("strength"), data.get("id")), stack=False)

    def bound(session: Session, event: gr.EventData) -> dict:
        data, cached = payload(event), page.desks.at(session.now)
        if data.get("op") != "place":
            return page.show(session.within(None))
        place = guard.choice(data.get("id"), cached.studio.places)
        return page.show(session.within(cached.studio.region(cached.result(session.now).picture, place)))

    page.region.act(page.guarded(bound), page.session, trigger_mode="once", **_heavy(page))
    page.stack.act(page.guarded(act), page.session, trigger_mode="multiple", **_heavy(page))
    # Not "always_last": Gradio 6.31 repeats the first event's data for the last one. The browser waits until the slider rests.
    page.stack.turn(page.guarded(turn), page.session, trigger_mode="multiple", **_heavy(page))


def _bind_sources(page: Page, upload: gr.File) -> None:
    def surprise(session: Session) -> dict:
        cached = page.desks.at(session.now)
        moved = session.go(cached.moment(cached.studio.sample(random.randrange(2**31))))
        return {**page.show(moved), **page.picked(moved)}

    def compose(session: Session, *chosen: str | None) -> dict:
        parts = {slot: part for slot, part in zip(page.pickers, chosen, strict=True) if isinstance(part, str)}
        return {**page.show(session.go(page.cached.moment(page.cached.studio.compose(parts)))), page.taken: ""}

    page.source.act(page.guarded(surprise), page.session, trigger_mode="multiple", **_heavy(page))
    boxes = list(page.pickers.values())
    gr.on([b.input for b in boxes], page.guarded(compose), [page.session, *boxes], trigger_mode="always_last", **_heavy(page))
    bind_brought(page, upload, _heavy)
