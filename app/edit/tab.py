"""Edit: say it, see it, keep it."""

from __future__ import annotations

import base64
import json
import random
import tempfile
from pathlib import Path

import gradio as gr

from app.edit import pieces
from app.edit.brought import JSON, PICTURES, bind_brought
from app.shared import guard, widgets
from app.shared.page import KEEPER, Page, payload, piece
from app.shared.session import Said, Session
from core.foundations.records import Edit, Result

NEAREST = "Which one do you mean? Click it."
WELCOME = "Any picture will do: it is taken in as 32 by 32 pixels. A picture or a recipe saved here opens with its steps."
INSTEAD = "Near to what you said, and known to the model:"


def build_edit(page: Page) -> None:
    """Place the tab's pieces and bind them."""
    studio = page.cached.studio
    with gr.Row(elem_id="rs-table"):
        with gr.Column(elem_id="rs-left"):
            page.view.render()
            page.taken.render()
            source = piece(pieces.sources(), elem_id="rs-source")
            with gr.Column(elem_id="rs-parts"):
                for slot in reversed(studio.slots):
                    parts = sorted(((p.name, p.id) for p in studio.parts(slot)), key=lambda pair: pair[0].lower())
                    page.pickers[slot] = gr.Dropdown(parts, value=page.start["picked"].get(slot), label=slot.capitalize(), min_width=120)
            with gr.Column(elem_id="rs-own"):
                gr.HTML(widgets.quiet(WELCOME), apply_default_css=False)
                upload = gr.File(label="Your own picture", file_types=[*PICTURES, JSON], height=150, elem_id="rs-file")
            page.keep.render()
        with gr.Column(elem_id="rs-right"):
            say = gr.Textbox(
                page.start["sentence"],
                label="Say what should change",
                placeholder="swap the head for a shark",
                elem_id="rs-say",
                submit_btn="Change it",
                lines=1,
                max_lines=1,
            )
            page.region.render()
            ideas = piece(pieces.ideas(page.start["ideas"]), elem_id="rs-ideas")
            page.notice.render()
            page.choices.render()
            page.report.render()
            page.stack.render()
            keeper = gr.HTML("", html_template="", js_on_load=KEEPER, elem_id="rs-keeper", apply_default_css=False)
    _bind_words(page, say, ideas)
    _bind_steps(page, keeper)
    _bind_sources(page, source, upload)


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
        images = [page.cached.handle_uri(f.handle.id) for f in result.choices[:5]]
        out[page.choices] = pieces.choices(result.choices[:5], images, INSTEAD if result.refusal else NEAREST)
    return out


def _bind_words(page: Page, say: gr.Textbox, ideas: gr.HTML) -> None:
    def request(session: Session, text: str) -> dict:
        sentence = guard.sentence(text)
        base = page.cached.within(session.now)
        result = page.cached.studio.request(base, sentence, session.now.edits)
        return {page.choices: "", **_answer(page, session, sentence, result)}

    def idea(session: Session, event: gr.EventData) -> dict:
        text = guard.sentence(payload(event).get("text"))
        return {**request(session, text), say: text}

    def choose(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        handle = page.cached.studio.handle(guard.handle_id(data.get("id")))
        edit = Edit(handle.id, guard.strength(data.get("strength", 1.0)))
        return page.show(page.cached.added(session, edit))

    # Not "once", which drops what is sent while an answer is awaited; studio.js sees to it that a double click is one.
    say.submit(page.guarded(request), [page.session, say], trigger_mode="multiple", **_heavy(page))
    ideas.act(page.guarded(idea), page.session, trigger_mode="once", **_heavy(page, (say,)))
    page.choices.act(page.guarded(choose), page.session, trigger_mode="once", **_heavy(page))


def _bind_steps(page: Page, keeper: gr.HTML) -> None:
    def act(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        return _went(page, session, session.act(str(data.get("op")), data.get("at"), data.get("id")))

    def turn(session: Session, event: gr.EventData) -> dict:
        data = payload(event)
        return page.show(session.turn(data.get("at"), data.get("strength"), data.get("id")), stack=False)

    def save(session: Session) -> dict:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "noun.png"
            page.cached.studio.save(page.cached.within(session.now), session.now.edits, path)
            data = base64.b64encode(path.read_bytes()).decode()
        name = f"noun-{random.randrange(16**4):04x}.png"
        return {keeper: json.dumps({"name": name, "kind": "image/png", "data": data})}

    def unmask(session: Session) -> dict:
        return page.show(session.within(None))

    page.region.act(page.guarded(unmask), page.session, trigger_mode="once", **_heavy(page))
    page.stack.act(page.guarded(act), page.session, trigger_mode="multiple", **_heavy(page))
    # Not "always_last": Gradio 6.31 repeats the first event's data for the last one. The browser waits until the slider rests.
    page.stack.turn(page.guarded(turn), page.session, trigger_mode="multiple", **_heavy(page))
    page.keep.act(page.guarded(save), page.session, trigger_mode="once", **_heavy(page, (keeper,)))


def _bind_sources(page: Page, source: gr.HTML, upload: gr.File) -> None:
    studio, cached = page.cached.studio, page.cached

    def surprise(session: Session) -> dict:
        moved = session.go(cached.moment(studio.sample(random.randrange(2**31))))
        return {**page.show(moved), **page.picked(moved)}

    def compose(session: Session, *chosen: str | None) -> dict:
        parts = {slot: part for slot, part in zip(page.pickers, chosen, strict=True) if isinstance(part, str)}
        return {**page.show(session.go(cached.moment(studio.compose(parts)))), page.taken: ""}

    source.act(page.guarded(surprise), page.session, trigger_mode="multiple", **_heavy(page))
    boxes = list(page.pickers.values())
    gr.on([b.input for b in boxes], page.guarded(compose), [page.session, *boxes], trigger_mode="always_last", **_heavy(page))
    bind_brought(page, upload, _heavy)
