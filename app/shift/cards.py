"""The pieces of the tab Shift as HTML: the two sets of sliders, the pictures, the report, the matrix, the table of methods."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from app.shared import widgets
from app.shared.address import write
from app.shift.sprites import WORDS, Kit, View, Way, place_of
from core.foundations.records import Found
from core.worlds.dsprites.factors import FACTORS

LABELS = {"shape": "Shape", "scale": "Size", "rotation": "Rotation", "x": "x: left to right", "y": "y: top to bottom"}
SIGNS = {
    "shape": '<path d="M8 14.2 2.2 8.3a3.6 3.6 0 0 1 5.1-5.1l.7.8.7-.8a3.6 3.6 0 0 1 5.1 5.1z"/>',
    "scale": '<path d="M9.5 1H15v5.5l-2-2-3 3L8.5 6l3-3zM6.5 15H1V9.5l2 2 3-3L7.5 10l-3 3z"/>',
    "rotation": '<path d="M8 2a6 6 0 1 0 6 6h-2.2A3.8 3.8 0 1 1 8 4.2V7l5-4-5-3.5z"/>',
    "x": '<path d="M0 8l4.5-4.5V7h7V3.5L16 8l-4.5 4.5V9h-7v3.5z"/>',
    "y": '<path d="M8 0l4.5 4.5H9v7h3.5L8 16l-4.5-4.5H7v-7H3.5z"/>',
}
"""One mark per factor, so that a row is found without reading."""
WAYS = {
    "studio": "The studio’s own",
    "regression": "Linear regression",
    "svm": "Linear SVM",
    "rbf": "RBF SVM",
    "ensemble": "The paper’s ensemble",
    "paper_predictor": "The paper’s predictor",
    "predictor": "Our predictor",
    "means": "Difference of means",
    "sum": "Sum of vectors",
    "nearest": "Nearest neighbour",
    "bundles": "Sparse features",
}
"""Methods by the names that papers know them by."""
IDEAS = (
    "move it to the left and make it a heart",
    "make it as small as it gets",
    "turn it by a quarter",
    "put it at the bottom",
    "make it a large square",
    "move it to the top right",
)
CLEAN = "Exactly what was asked, and nothing else."
MEANT = "That was reached, and nothing else moved."
"""What stands for CLEAN where a note says that the words were not met to the letter."""
LEAD = "Drag a slider under “Turn the latent”: that one thing should change, and nothing else. The table says how often it does."


def way_name(name: str) -> str:
    """A method in words."""
    return WAYS.get(name, name.replace("_", " ").capitalize())


def sign(slot: str) -> str:
    """A factor's mark."""
    return f'<svg class="rs-mark" viewBox="0 0 16 16" aria-hidden="true">{SIGNS[slot]}</svg>'


def percent(share: float | None) -> str:
    """A share as a number that never says 0 or 100 where that is not so."""
    if share is None:
        return "–"
    value = 100 * share
    near = 0 < value < 0.95 or 99.05 < value < 100
    return (f"{min(max(value, 0.1), 99.9):.1f}" if near else f"{value:.0f}") + "<small>%</small>"


# Pictures and sliders --------------------------------------------------------------------------------------------


def _canvas(kind: str, label: str, caption: str) -> str:
    canvas = f'<canvas role="img" aria-label="{escape(label)}"></canvas>'
    return f'<figure class="rs-sprite rs-{kind}"><div class="rs-night">{canvas}</div><figcaption>{caption}</figcaption></figure>'


def _slider(kind: str, slot: str, names: Sequence[str], value: int, origin: int) -> str:
    label = f"{'Ask for' if kind == 'wanted' else 'Start from'}: {LABELS[slot]}"
    word = escape(names[value])
    more = f'min="0" max="{len(names) - 1}" step="1" value="{value}" aria-label="{label}" aria-valuetext="{word}"'
    tick = '<i class="rs-from" aria-hidden="true"></i>' if kind == "wanted" else ""
    slide = f'<span class="rs-track" style="--from:{origin / max(len(names) - 1, 1):.4f}">{tick}'
    slide += f'<input type="range" class="rs-slide" data-kind="{kind}" data-slot="{slot}" {more}></span>'
    short = LABELS[slot] if kind == "wanted" else LABELS[slot].partition(":")[0]
    return f'<li data-slot="{slot}"><div class="rs-line"><b>{sign(slot)}{short}</b><output>{word}</output></div>{slide}</li>'


def _sliders(kind: str, kit: Kit, view: View, label: str) -> str:
    start, wanted = view.turned.start, view.turned.wanted
    values = start if kind == "start" else tuple(here if value is None else value for here, value in zip(start, wanted, strict=True))
    rows = "".join(_slider(kind, *row) for row in zip(FACTORS, kit.names, values, start, strict=True))
    return f'<ul class="rs-slides rs-slides-{kind}" role="group" aria-label="{label}">{rows}</ul>'


def start(kit: Kit, view: View) -> str:
    """The exact sprite to start from, with its true factors."""
    another = widgets.button("another", '<span aria-hidden="true">⚄</span>Another sprite', "rs-source rs-surprise")
    buttons = f'<div class="rs-sources">{another}</div>'
    head = "<header><h3>Start from</h3><small>the true factors</small></header>"
    canvas = _canvas("first", "The sprite to start from", "Exact, by its five factors")
    rows = _sliders("start", kit, view, "The true factors of the sprite to start from")
    return f'<section class="rs-panel rs-begin" aria-label="The sprite to start from">{head}{canvas}{rows}{buttons}</section>'


def board(kit: Kit, view: View) -> str:
    """What the model makes of a shifted latent, beside the exact picture and the difference; the learned sliders; the method."""
    made = _canvas("made", "What the model draws from the shifted latent", "What the model draws")
    target = _canvas("target", "The exact picture of what was asked", "What it should be")
    legend = '<span class="rs-lack">missing <output>0</output></span><span class="rs-over-ink">too much <output>0</output></span>'
    apart = _canvas("apart", "Where the two differ", f'<span class="rs-apart-key">{legend}</span>')
    back = widgets.button("home", '<span aria-hidden="true">↺</span>Back to the start', "rs-source rs-home")
    head = f"<header><h3>Turn the latent</h3><small>drag one: only that should change</small>{back}</header>"
    mini = '<div class="rs-mini rs-first" aria-hidden="true"><div class="rs-night"><canvas></canvas></div><span>Start</span></div>'
    frames = f'<div class="rs-triptych">{made}{target}{apart}{mini}</div>'
    rows = _sliders("wanted", kit, view, "What to ask of the latent")
    leaks = "".join(matrix(way, way.name == view.turned.method) for way in kit.ways)
    report = f'<div class="rs-told-box" aria-live="polite">{told(kit, view)}</div>'
    says = escape(json.dumps({w.name: w.says for w in kit.ways}))
    data = f'data-names="{escape(json.dumps(kit.names))}" data-says="{says}"'
    inside = f'{head}{frames}{rows}{report}{_choose(kit, view)}<div class="rs-leakage">{leaks}</div>'
    return f'<section class="rs-view rs-board" aria-label="Turn the latent" {data}>{inside}</section>'


def _choose(kit: Kit, view: View) -> str:
    options = ""
    for way in kit.ways:
        here = " selected" if way.name == view.turned.method else ""
        options += f'<option value="{escape(way.name)}"{here}>{escape(way_name(way.name))}</option>'
    says = next((w.says for w in kit.ways if w.name == view.turned.method), "")
    label = f'<label for="rs-way">Method</label><select id="rs-way" class="rs-way">{options}</select>'
    return f'<div class="rs-choose">{label}<p class="rs-says">{escape(says)}</p></div>'


# Words -----------------------------------------------------------------------------------------------------------


def _list(slots: Sequence[str]) -> str:
    return ", ".join(WORDS[slot] for slot in slots)


def sentence(kit: Kit, view: View) -> str:
    """What an edit asked for, changed and kept, in words."""
    asked = view.turned.asked
    if not asked:
        return "Nothing is asked yet. Drag a slider under “Turn the latent”, or say it in a sentence."
    wanted = " and ".join(kit.word(slot, value) for slot, value in asked.items())
    kept = [slot for slot in FACTORS if slot not in view.moved and slot not in asked]
    out = f"Asked: {wanted}. Changed: {_list(view.moved) or 'nothing'}."
    out += f" Kept: {_list(kept)}." if kept else ""
    share = round(100 * view.agreement)
    share = 99 if share == 100 and view.agreement < 1 else share
    return f"{out} {share} % of the ink agrees with the exact picture."


def told(kit: Kit, view: View, noted: bool = False) -> str:
    """The report: the sentence, and what went wrong, if anything did.

    Args:
        noted: whether a note says that something else was done than the words say.
    """
    words = dict(zip(FACTORS, view.after, strict=True))
    rows = "".join(f"<li>{sign(s)}<b>{WORDS[s]}</b> moved, not asked: now {escape(words[s])}</li>" for s in view.leaks)
    rows += "".join(f"<li>{sign(s)}<b>{WORDS[s]}</b> asked, not reached: now {escape(words[s])}</li>" for s in view.missed)
    if rows:
        rows = f'<ul class="rs-faults">{rows}</ul>'
    elif view.turned.asked:
        rows = f'<p class="rs-clean"><span class="rs-tick" aria-hidden="true">✓</span>{MEANT if noted else CLEAN}</p>'
    say = f'<p class="rs-told">{escape(sentence(kit, view))}</p>'
    return say + rows


def feed(kit: Kit, view: View, rows: Sequence[str] = (), jump: bool = False, noted: bool = False) -> str:
    """A view for the browser, which draws it, as JSON.

    Args:
        rows: the rows of the matrix to light up; those that are asked where empty.
        jump: whether the sliders go where this view is, rather than stay where a hand holds them.
        noted: whether a note says that something else was done than the words say.
    """
    turned = view.turned
    state = {"start": turned.start, "wanted": turned.wanted, "method": turned.method, "jump": jump}
    inks = {"first": view.first, "made": view.made, "target": view.target}
    lit = {
        "rows": list(rows) or list(turned.asked),
        "leaks": view.leaks,
        "told": told(kit, view, noted),
        "place": write(**place_of(turned)),
    }
    return json.dumps({**state, **inks, **lit}, separators=(",", ":"))


def chips(ideas: Sequence[str] = IDEAS) -> str:
    """Sentences to click."""
    items = "".join(f"<li>{widgets.button('say', escape(t), 'rs-chip', '', _text(t))}</li>" for t in ideas)
    return f'<div class="rs-ideas rs-asks" role="group" aria-label="Sentences to try"><ul>{items}</ul></div>'


def _text(text: str) -> str:
    return f' data-text="{escape(text)}"'


def choices(found: Sequence[Found], lead: str) -> str:
    """The nearest things that can be asked."""
    if not found:
        return ""
    items = "".join(f"<li>{widgets.button('choose', escape(f.handle.name), 'rs-chip', f.handle.id)}</li>" for f in found)
    inside = f'<p>{escape(lead)}</p><ul class="rs-near-list">{items}</ul>'
    return f'<section class="rs-choices rs-asks" aria-label="Nearest things">{inside}</section>'


# Tables ----------------------------------------------------------------------------------------------------------


def _heads(first: str) -> str:
    cells = "".join(f'<th scope="col" data-slot="{slot}">{sign(slot)}<span>{WORDS[slot]}</span></th>' for slot in FACTORS)
    return f'<thead><tr><th scope="col">{first}</th>{cells}</tr></thead>'


def _cell(asked: str, moved: str, share: float) -> str:
    kind, what = ("rs-meant", "reached it") if asked == moved else ("rs-stray", "moved along")
    title = f"Asked: {WORDS[asked]}. {WORDS[moved]} {what} in {100 * share:.1f} % of the edits."
    strength = f"--share:{100 * min(max(share, 0.0), 1.0):.1f}%"
    return f'<td class="{kind}" data-slot="{moved}" style="{strength}" title="{title}">{percent(share)}</td>'


def matrix(way: Way, shown: bool = True) -> str:
    """How often each factor moves along, by what was asked; on the diagonal how often it reached what was asked."""
    rows = ""
    for asked, shares in zip(FACTORS, way.leakage, strict=True):
        cells = "".join(_cell(asked, moved, share) for moved, share in zip(FACTORS, shares, strict=True))
        rows += f'<tr data-slot="{asked}"><th scope="row">{sign(asked)}<span>{WORDS[asked]}</span></th>{cells}</tr>'
    name = escape(way_name(way.name))
    caption = f"<b>What moves along</b> with {name}: share of edits. Framed: reached. Else 0 is best; “!” moved unasked just now."
    table = f'<table class="rs-matrix"><caption>{caption}</caption>{_heads("Asked")}<tbody>{rows}</tbody></table>'
    return f'<div class="rs-leaks" data-way="{escape(way.name)}"{"" if shown else " hidden"}>{table}</div>'


def _way_row(way: Way, best: Sequence[float], chosen: str) -> str:
    cells = ""
    for slot, share, top in zip(FACTORS, way.measured, best, strict=True):
        shown = percent(share)
        if share is not None and share >= top:
            shown = f'<b>{shown}<span class="rs-aside">, best</span></b>'
        cells += f'<td data-slot="{slot}">{shown}</td>'
    here = ' aria-current="true"' if way.name == chosen else ""
    pressed = f' aria-pressed="{str(way.name == chosen).lower()}"'
    button = widgets.button("method", escape(way_name(way.name)), "rs-use", way.name, pressed)
    return f'<tr{here}><th scope="row">{button}<small>{escape(way.says)}</small></th>{cells}</tr>'


def methods(kit: Kit, chosen: str) -> str:
    """Every method's share of edits that did what was asked and nothing else; the best of each column in bold."""
    columns = zip(*(w.measured for w in kit.ways), strict=True)
    best = [max((share for share in column if share is not None), default=2.0) for column in columns]
    rows = "".join(_way_row(way, best, chosen) for way in kit.ways)
    caption = "<b>Which method does it best</b>Share of edits that did exactly what was asked and nothing else. Press a name to use it."
    table = f'<table class="rs-ways"><caption>{caption}</caption>{_heads("Method")}<tbody>{rows}</tbody></table>'
    return f'<section class="rs-panel" aria-label="Methods">{table}</section>'
