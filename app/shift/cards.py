"""The pieces of the tab Shift: what they say; how they look is in cards.html."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from app.shared.address import write
from app.shared.templates import macros
from app.shift.sprites import WORDS, Kit, View, Way, place_of
from core.foundations.records import Found
from core.worlds.dsprites.factors import FACTORS

LABELS = {"shape": "Shape", "scale": "Size", "rotation": "Rotation", "x": "x: left to right", "y": "y: top to bottom"}
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


def _html() -> Any:
    return macros("shift/cards.html")


def way_name(name: str) -> str:
    """A method in words."""
    return WAYS.get(name, name.replace("_", " ").capitalize())


def digits(share: float | None) -> str:
    """A share in percent, as a number that never says 0 or 100 where that is not so; "" where it was not measured."""
    if share is None:
        return ""
    value = 100 * share
    near = 0 < value < 0.95 or 99.05 < value < 100
    return f"{min(max(value, 0.1), 99.9):.1f}" if near else f"{value:.0f}"


# Pictures and sliders --------------------------------------------------------------------------------------------


def _slider(kind: str, slot: str, names: Sequence[str], value: int, origin: int) -> dict[str, Any]:
    wanted, last = kind == "wanted", len(names) - 1
    label = f"{'Ask for' if wanted else 'Start from'}: {LABELS[slot]}"
    told = {"name": LABELS[slot] if wanted else LABELS[slot].partition(":")[0], "label": label, "word": names[value]}
    return {**told, "slot": slot, "last": last, "value": value, "origin": f"{origin / max(last, 1):.4f}"}


def _sliders(kind: str, kit: Kit, view: View) -> list[dict[str, Any]]:
    start, wanted = view.turned.start, view.turned.wanted
    values = start if kind == "start" else tuple(here if value is None else value for here, value in zip(start, wanted, strict=True))
    return [_slider(kind, *row) for row in zip(FACTORS, kit.names, values, start, strict=True)]


def start(kit: Kit, view: View) -> str:
    """The exact sprite to start from, with its true factors."""
    return _html().start(_sliders("start", kit, view))


def board(kit: Kit, view: View) -> str:
    """What the model makes of a shifted latent, beside the exact picture and the difference; the learned sliders; the method."""
    chosen, says = view.turned.method, {way.name: way.says for way in kit.ways}
    data = {"names": json.dumps(kit.names), "says": json.dumps(says), "here": says.get(chosen, "")}
    ways = [(way.name, way_name(way.name), way.name == chosen) for way in kit.ways]
    leaks = [matrix(way, way.name == chosen) for way in kit.ways]
    return _html().board(data, _sliders("wanted", kit, view), told(kit, view), ways, leaks)


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


def told(kit: Kit, view: View, noted: bool = False) -> Markup:
    """The report: the sentence, and what went wrong, if anything did.

    Args:
        noted: whether a note says that something else was done than the words say.
    """
    words = dict(zip(FACTORS, view.after, strict=True))
    wrong = [(slot, "moved, not asked") for slot in view.leaks] + [(slot, "asked, not reached") for slot in view.missed]
    faults = [{"slot": slot, "name": WORDS[slot], "fault": fault, "now": words[slot]} for slot, fault in wrong]
    clean = (MEANT if noted else CLEAN) if view.turned.asked else ""
    return _html().told(sentence(kit, view), faults, clean)


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
    return _html().chips(ideas)


def choices(found: Sequence[Found], lead: str) -> str:
    """The nearest things that can be asked."""
    return _html().choices(lead, [(f.handle.id, f.handle.name) for f in found]) if found else ""


# Tables ----------------------------------------------------------------------------------------------------------


def _columns() -> list[tuple[str, str]]:
    return [(slot, WORDS[slot]) for slot in FACTORS]


def _leak(asked: str, moved: str, share: float) -> dict[str, Any]:
    what = "reached it" if asked == moved else "moved along"
    title = f"Asked: {WORDS[asked]}. {WORDS[moved]} {what} in {100 * share:.1f} % of the edits."
    strength = f"{100 * min(max(share, 0.0), 1.0):.1f}"
    return {"slot": moved, "meant": asked == moved, "title": title, "strength": strength, "number": digits(share)}


def matrix(way: Way, shown: bool = True) -> Markup:
    """How often each factor moves along, by what was asked; on the diagonal how often it reached what was asked."""
    rows = [
        (asked, WORDS[asked], [_leak(asked, moved, share) for moved, share in zip(FACTORS, shares, strict=True)])
        for asked, shares in zip(FACTORS, way.leakage, strict=True)
    ]
    return _html().matrix(way.name, way_name(way.name), shown, rows, _columns())


def _way(way: Way, best: Sequence[float], chosen: str) -> dict[str, Any]:
    measured = zip(FACTORS, way.measured, best, strict=True)
    cells = [(slot, digits(share), share is not None and share >= top) for slot, share, top in measured]
    return {"id": way.name, "name": way_name(way.name), "says": way.says, "chosen": way.name == chosen, "cells": cells}


def methods(kit: Kit, chosen: str) -> str:
    """Every method's share of edits that did what was asked and nothing else; the best of each column in bold."""
    columns = zip(*(w.measured for w in kit.ways), strict=True)
    best = [max((share for share in column if share is not None), default=2.0) for column in columns]
    return _html().methods([_way(way, best, chosen) for way in kit.ways], _columns())
