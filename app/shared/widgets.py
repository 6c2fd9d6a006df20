"""The page's pieces as HTML. Every word that comes from outside is escaped here, and only here."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.shared import guard
from app.shared.comparison import Comparison, Part, Turn
from core.foundations.records import Edit, Found

SHAPES = {
    "background": '<rect x="2" y="2" width="12" height="12"/>',
    "body": '<circle cx="8" cy="8" r="6.4"/>',
    "accessory": '<path d="M8 .8 15.2 8 8 15.2.8 8z"/>',
    "head": '<path d="M8 1.2 15.4 14.4H.6z"/>',
    "glasses": '<path d="M0 4h7v3h2V4h7v8H9V9H7v3H0z"/>',
    "": '<path d="M6 1h4v5h5v4h-5v5H6v-5H1V6h5z"/>',
}
"""One mark per slot, so that colour is never the only sign. The map draws the same ones."""

WORDS = (
    (-0.01, "turned against"),
    (0.02, "off"),
    (0.3, "a hint"),
    (0.7, "half"),
    (1.2, "fully"),
    (1.7, "strongly"),
    (9.0, "as far as it goes"),
)
"""Strengths in words: the first bound that is not passed names the strength."""


AS_GIVEN = 0.98
"""From which share on the model's view of a person's own picture may stand for it."""
RECIPE = "The picture and its steps as JSON: open it here as your own picture, from Python, or over the API"
"""What the button Recipe gives."""


def strength_word(value: float) -> str:
    """A strength in words."""
    return next(word for bound, word in WORDS if value <= bound)


def mark(slot: str) -> str:
    """A slot's mark."""
    known = slot if slot in SHAPES else ""
    return f'<svg class="rs-mark rs-slot-{known or "none"}" viewBox="0 0 16 16" aria-hidden="true">{SHAPES[known]}</svg>'


def pixels(uri: str, alt: str = "", classes: str = "") -> str:
    """A small picture with hard pixels; nothing where there is none."""
    if not uri:
        return ""
    return f'<img class="rs-px {classes}" src="{escape(uri)}" alt="{escape(alt)}" width="32" height="32" draggable="false">'


def _frame(kind: str, caption: str, inside: str) -> str:
    return f'<figure class="rs-frame rs-{kind}"><div class="rs-glass">{inside}</div><figcaption>{caption}</figcaption></figure>'


def _modes() -> str:
    kinds = (("side", "Side by side"), ("wipe", "Wipe"), ("diff", "What changed"))
    buttons = "".join(f'<button type="button" data-do="view:{k}" aria-pressed="{str(k == "side").lower()}">{t}</button>' for k, t in kinds)
    return f'<div class="rs-modes" role="group" aria-label="How to compare before and after">{buttons}</div>'


def view(shown: Comparison, modes: bool = True) -> str:
    """Before and after: side by side, as a wipe, or only what changed."""
    before = pixels(shown.before, "The picture before")
    if not shown.edited:
        ghost = _frame("after rs-ghost", "After", "<p>Say what should change,<br>and it appears here.</p>")
        title = "Your picture" if shown.fit >= AS_GIVEN else f"As the model sees yours: {round(100 * shown.fit)} %"
        return f'<div class="rs-view"><div class="rs-frames">{_frame("before", title, before)}{ghost}</div></div>'
    after = pixels(shown.after, "The picture after")
    slider = '<input class="rs-wiper" type="range" min="0" max="100" value="50" aria-label="Wipe between before and after">'
    wipe = f'{before}<div class="rs-over">{pixels(shown.after)}</div><span class="rs-edge" aria-hidden="true"></span>{slider}'
    share = "Nothing changed" if shown.share == 0 else f"{max(1, round(shown.share * 1024)):,} of 1,024 pixels changed"
    frames = _frame("before", "Before", before) + _frame("after", "After", after)
    frames += _frame("wipe", "Drag: before on the left, after on the right", wipe) + _frame("diff", share, pixels(shown.difference, share))
    return f'<div class="rs-view rs-edited"><div class="rs-frames">{frames}</div>{_modes() if modes else ""}</div>'


def _named(part: Part) -> str:
    return f'<span class="rs-part">{pixels(part.image)}<span>{escape(part.name)}</span></span>'


def _turn(turn: Turn) -> str:
    arrow = '<span class="rs-to" role="img" aria-label="became">→</span>'
    note = "" if turn.wanted else '<span class="rs-badge rs-warn">not asked for</span>'
    label = f'<span class="rs-slot">{mark(turn.after.slot)}{escape(turn.after.slot)}</span>'
    return f"<li>{label}{_named(turn.before)}{arrow}{_named(turn.after)}{note}</li>"


def report(shown: Comparison) -> str:
    """What changed and what stayed, in words and thumbnails."""
    sign = '<span class="rs-sign" aria-hidden="true">{}</span>'
    out = [f'<p class="rs-told">{escape(shown.say)}</p>']
    if shown.changed:
        rows = "".join(map(_turn, shown.changed))
        out.append(f'<h3>{sign.format("↻")}Changed</h3><ul class="rs-turns">{rows}</ul>')
    if shown.missed:
        rows = "".join(f"<li>{mark(t.after.slot)}<b>{escape(t.after.slot)}</b> still {escape(t.after.name)}</li>" for t in shown.missed)
        out.append(f'<h3>{sign.format("–")}Asked for, not reached</h3><ul class="rs-missed">{rows}</ul>')
    if shown.kept:
        tick = '<span class="rs-tick" aria-hidden="true">✓</span>'
        seen = "" if not shown.edited else tick
        rows = "".join(f"<li>{seen}{'' if seen else mark(p.slot)}<b>{escape(p.slot)}</b> {escape(p.name)}</li>" for p in shown.kept)
        out.append(f'<h3>{"Kept" if shown.edited else "In this picture"}</h3><ul class="rs-kept">{rows}</ul>')
    return f'<section class="rs-report" aria-live="polite" aria-label="What changed and what stayed">{"".join(out)}</section>'


def button(op: str, inside: str, classes: str = "", id: str = "", more: str = "") -> str:
    """A button that asks the server for something; `inside` and `more` are HTML."""
    named = f' class="{classes}"' if classes else ""
    which = f' data-id="{escape(id)}"' if id else ""
    return f'<button type="button"{named} data-op="{op}"{which}{more}>{inside}</button>'


def panel(label: str, inside: str, classes: str = "") -> str:
    """A card that tells of its changes; `inside` is HTML."""
    return f'<section class="rs-panel {classes}" aria-live="polite" aria-label="{escape(label)}">{inside}</section>'


def _tool(op: str, label: str, sign: str, place: str = "", off: bool = False, extra: str = "") -> str:
    off_mark = " disabled" if off else ""
    name = f'aria-label="{escape(label)}" title="{escape(label)}"'
    button = f'<button type="button" class="rs-tool" data-op="{op}"{place}{off_mark}{extra} {name}>'
    return f'{button}<span aria-hidden="true">{sign}</span></button>'


def _row(at: int, edit: Edit, name: str, image: str, count: int) -> str:
    low, high = guard.STRENGTHS
    named, word = escape(name), strength_word(edit.strength)
    place = f' data-at="{at}" data-id="{escape(edit.handle)}"'  # both, so that a click on a list that is no longer true is noticed
    slider = (
        f'<input type="range" class="rs-turn"{place} min="{low}" max="{high}" step="{guard.STEP}" value="{edit.strength:g}" '
        f'aria-label="Strength of {named}" aria-valuetext="{word}">'
    )
    pressed = f' aria-pressed="{str(edit.muted).lower()}"'
    tools = _tool("mute", f"{'Unmute' if edit.muted else 'Mute'} {name}", "◌" if edit.muted else "◉", place, extra=pressed)
    tools += _tool("up", f"Move {name} up", "↑", place, at == 0) + _tool("down", f"Move {name} down", "↓", place, at == count - 1)
    tools += _tool("remove", f"Remove {name}", "✕", place)
    muted = " rs-muted" if edit.muted else ""
    title = f'<span class="rs-name">{named}</span><output>{"muted" if edit.muted else word}</output>'
    middle = f'<div class="rs-mid"><div class="rs-line">{title}</div>{slider}</div>'
    return f'<li class="rs-row{muted}">{pixels(image)}{middle}<div class="rs-tools">{tools}</div></li>'


def stack(edits: Sequence[Edit], names: Sequence[tuple[str, str]], undo: bool, redo: bool, number: int = 0) -> str:
    """The list of edits with strength, mute, order and removal, and undo, redo, clear.

    Args:
        number: another one each time: a hand moves the list's sliders, and Gradio passes over HTML that is what it was given last.
    """
    head = _tool("undo", "Undo", "↶", off=not undo) + _tool("redo", "Redo", "↷", off=not redo)
    head += f'<button type="button" class="rs-tool rs-wide" data-op="clear"{"" if edits else " disabled"}>Clear</button>'
    rows = "".join(_row(i, e, *names[i], len(edits)) for i, e in enumerate(edits))
    body = f'<ol class="rs-rows">{rows}</ol>' if edits else quiet("Each change becomes a step here, with its own strength.")
    top = f'<header><h3>Steps</h3><div class="rs-tools">{head}</div></header>'
    return f'<section class="rs-stack" aria-label="Steps" data-n="{number}">{top}{body}</section>'


def choices(found: Sequence[Found], images: Sequence[str], lead: str) -> str:
    """The nearest handles as pictures to click."""
    if not found:
        return ""
    cards = "".join(
        f'<li><button type="button" class="rs-card" data-op="choose" data-id="{escape(f.handle.id)}" data-strength="{f.strength:g}">'
        f"{pixels(image)}<span>{escape(f.handle.name or 'no name yet')}</span></button></li>"
        for f, image in zip(found, images, strict=True)
    )
    return f'<section class="rs-choices" aria-label="Nearest things"><p>{escape(lead)}</p><ul>{cards}</ul></section>'


def notice(text: str) -> str:
    """A calm sentence that asks for attention."""
    return f'<div class="rs-notice" role="alert"><span class="rs-sign" aria-hidden="true">!</span><p>{escape(text)}</p></div>'


def quiet(text: str) -> str:
    """A remark."""
    return f'<p class="rs-quiet">{escape(text)}</p>'


def _chip(text: str, image: str) -> str:
    button = f'<button type="button" class="rs-chip" data-op="say" data-text="{text}">'
    return f"<li>{button}{pixels(image)}<span>{text}</span></button></li>"


def chips(ideas: Sequence[dict]) -> str:
    """Sentences to click; each runs at once."""
    items = "".join(_chip(escape(i["text"]), i.get("image", "")) for i in ideas)
    more = '<button type="button" class="rs-more" data-do="ideas" aria-label="Show other ideas">↻ <span>Other ideas</span></button>'
    return f'<div class="rs-ideas" aria-label="Ideas to try" role="group"><ul>{items}</ul>{more}</div>'


def sources() -> str:
    """The three ways to a picture."""
    return (
        '<div class="rs-sources" role="group" aria-label="Choose a picture">'
        '<button type="button" class="rs-source rs-surprise" data-op="surprise">'
        '<span aria-hidden="true">⚄</span>Surprise me</button>'
        '<button type="button" class="rs-source" data-do="panel:parts" aria-expanded="false" aria-controls="rs-parts">By parts</button>'
        '<button type="button" class="rs-source" data-do="panel:own" aria-expanded="false" aria-controls="rs-own">'
        "Your own picture</button></div>"
    )


def keep(recipe: str, where: str) -> str:
    """Ways to take the result away.

    Args:
        where: the attribute that tells its address.
    """
    return (
        f'<div class="rs-keep" role="group" aria-label="Keep the result" data-recipe="{escape(recipe)}"{where}>'
        '<button type="button" data-op="save"><span aria-hidden="true">↓</span>Save picture</button>'
        f'<button type="button" data-do="recipe" title="{RECIPE}">Recipe</button></div>'
    )
