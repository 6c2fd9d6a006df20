"""The map's data, the list of features, and a feature's own page, as JSON and HTML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

from app.shared import widgets
from core.foundations.records import Curve, Handle, Word

KINDS = {
    "feature": "one sparse feature",
    "bundle": "several features together",
    "direction": "a direction of the latent",
    "shift": "a change that a small network works out for each picture",
}
CONFIDENCE = ((0.85, "sure of its name"), (0.6, "fairly sure of its name"), (0.01, "a guess at its name"))
DENSITY = ((0.002, "very rare"), (0.02, "rare"), (0.1, "now and then"), (0.4, "common"))


def points(handles: Sequence[Handle], sprite: dict | None) -> str:
    """Handles as JSON for the map: id, name, slot, place, and where the thumbnail lies on the sheet.

    Shifts stay off it: each stands for the same part as a direction does, and would cover its dot.
    """
    order = {h: i for i, h in enumerate((sprite or {}).get("ids", ()))}
    rows = [
        [h.id, h.name, h.slot, round(h.position[0], 4), round(h.position[1], 4), order.get(h.id, -1)] for h in handles if h.kind != "shift"
    ]
    return json.dumps({"points": rows, "sprite": (sprite or {}).get("image", "")}, separators=(",", ":"))


def slots_legend(slots: Sequence[str]) -> str:
    """Which mark stands for which slot."""
    items = "".join(f"<li>{widgets.mark(s)}{escape(s)}</li>" for s in reversed(slots))
    heat = '<li class="rs-heat"><span class="rs-dot rs-on"></span>in your picture now</li>'
    return f'<ul class="rs-legend" aria-label="Marks">{items}<li>{widgets.mark("")}no name yet</li>{heat}</ul>'


def _item(handle: Handle, image: str, why: str, chosen: str) -> str:
    here = ' aria-current="true"' if handle.id == chosen else ""
    small = f"<small>{widgets.mark(handle.slot)}{escape(handle.slot or 'unnamed')}{escape(why)}</small>"
    words = f"<span><b>{escape(handle.name or 'no name yet')}</b>{small}</span>"
    button = f'<button type="button" class="rs-item" data-op="pick" data-id="{escape(handle.id)}"{here}>'
    return f"<li>{button}{widgets.pixels(image)}{words}</button></li>"


def listing(rows: Sequence[tuple[Handle, str, str]], lead: str, chosen: str = "") -> str:
    """Handles as a list of buttons: handle, thumbnail, and a few words on why it is here."""
    items = "".join(_item(*row, chosen) for row in rows)
    body = f'<ul class="rs-list">{items}</ul>' if rows else widgets.quiet("Nothing by that name. Try a plainer word, such as “hat”.")
    return f'<section aria-label="Features"><p class="rs-lead" role="status">{escape(lead)}</p>{body}</section>'


def _line(curve: Curve, values: Sequence[float], kind: str) -> str:
    low, high = min(curve.strengths), max(curve.strengths)
    span = (high - low) or 1.0
    spots = [(34 + 250 * (s - low) / span, 112 - 96 * v) for s, v in zip(curve.strengths, values, strict=True)]
    path = " ".join(f"{'L' if i else 'M'}{x:.1f} {y:.1f}" for i, (x, y) in enumerate(spots))
    if kind == "success":
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.4"/>' for x, y in spots)
    else:
        dots = "".join(f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"/>' for x, y in spots)
    return f'<g class="rs-curve-{kind}"><path d="{path}" fill="none"/>{dots}</g>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def effect(curve: Curve) -> str:
    """How well it works, strength by strength, and how much else stays."""
    if len(curve.strengths) < 2:
        return ""
    best = max(zip(curve.success, curve.kept, strict=True))
    words = f"At its best it works on {_of_ten(best[0])} pictures, and {_of_ten(best[1])} other parts stay as they were."
    low, high = min(curve.strengths), max(curve.strengths)
    one = 34 + 250 * (1 - low) / ((high - low) or 1.0)
    typical = f'<path class="rs-typical" d="M{one:.1f} 12V112"/>' + _text(one, 128, "fully", "middle") if low < 1 < high else ""
    axis = '<path class="rs-axis" d="M34 12V112H292"/>' + _text(28, 19, "all", "end") + _text(28, 114, "none", "end")
    ends = _text(34, 128, widgets.strength_word(low), "start") + _text(290, 128, widgets.strength_word(high), "end")
    lines = _line(curve, curve.kept, "kept") + _line(curve, curve.success, "success")
    key = '<p class="rs-key"><span class="rs-key-success">● it works</span><span class="rs-key-kept">■ the rest stays</span></p>'
    svg = f'<svg class="rs-curve" viewBox="0 0 300 134" role="img" aria-label="{escape(words)}">{axis}{typical}{ends}{lines}</svg>'
    return f'<figure class="rs-effect">{svg}{key}<figcaption>{escape(words)}</figcaption></figure>'


def bars(words: Sequence[Word], top: float = 0.0) -> str:
    """Words with bars; what speaks against something grows the other way and says so.

    Args:
        words: with their weights, of any scale.
        top: the weight of a full bar; the largest where it is larger.
    """
    top = max([top, *(abs(w.weight) for w in words)], default=0.0) or 1.0
    rows = ""
    for word in words:
        against = word.weight < 0
        note = "<small>against</small>" if against else ""
        long = f'<i style="width:{100 * abs(word.weight) / top:.1f}%"></i>'
        rows += f'<li class="{"rs-minus" if against else ""}"><span>{escape(word.text)}{note}</span><b aria-hidden="true">{long}</b></li>'
    return f'<ul class="rs-bars">{rows}</ul>'


def _of_ten(share: float) -> str:
    tenths = round(10 * share)
    return "all" if share > 0.985 else "hardly any" if tenths == 0 else f"{tenths} of 10"


def _word(value: float, steps: Sequence[tuple[float, str]], rest: str, above: bool) -> str:
    return next((w for bound, w in steps if (value >= bound if above else value <= bound)), rest)


def profile(handle: Handle, image: str, best: Sequence[str], worst: Sequence[str]) -> str:
    """A handle's own page: what it is, how often, how well it works, and where it is strong and weak."""
    named = escape(handle.name or "no name yet")
    facts = (
        ("What it is", KINDS.get(handle.kind, handle.kind)),
        ("Where", handle.slot or "not known"),
        ("The model is", _word(handle.confidence, CONFIDENCE, "not able to name it", above=True)),
        ("Seen in pictures", _word(handle.density, DENSITY, "nearly always", above=False)),
    )
    rows = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in facts)
    strips = ""
    for title, uris in (("Strongest in", best), ("Weak, though there", worst)):
        if uris:
            strips += f'<div class="rs-strip"><h4>{title}</h4><div>{"".join(widgets.pixels(u, title) for u in uris)}</div></div>'
    big = widgets.pixels(image, f"What {handle.name} does on a plain Noun", "rs-big")
    head = f"<header>{big}<div><h3>{named}</h3><dl>{rows}</dl></div></header>"
    return f'<article class="rs-profile" aria-live="polite">{head}{effect(handle.curve)}{strips}</article>'
