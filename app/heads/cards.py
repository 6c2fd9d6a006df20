"""The pieces of the tab Heads and neurons as HTML: the grid of heads, a head's and a neuron's card, the bars, who was found."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from html import escape

from app.shared import charts, widgets
from core.foundations.records import HeadCard, NeuronCard, Word

Place = tuple[int, int]
"""Layer and head, first is 0."""

ROLES = {
    "heads": ("Noun heads", widgets.SHAPES["head"]),
    "glasses": ("glasses", widgets.SHAPES["glasses"]),
    "shirts": ("shirts", widgets.SHAPES["body"]),
    "prints": ("prints", widgets.SHAPES["accessory"]),
    "grounds": ("grounds", widgets.SHAPES["background"]),
    "places": ("places", '<path d="M8 0l3 5H9v2h2V5l5 3-5 3V9H9v2h2l-3 5-3-5h2V9H5v2L0 8l5-3v2h2V5H5z"/>'),
    "directions": ("directions", '<path d="M0 6h8V1l8 7-8 7v-5H0z"/>'),
    "counts": ("counts", '<path d="M1 2h3v12H1zM6.5 2h3v12h-3zM12 2h3v12h-3z"/>'),
    "mixed": ("mixed", widgets.SHAPES[""]),
}
"""What heads may be about: in words, and a mark, so that colour is never the only sign."""
LENT = ("heads", "glasses", "shirts", "prints", "grounds", "places", "directions", "counts")
"""Whose colour and mark a role of another world has."""
LISTED = 8
"""Switched-off heads that are named."""
KNOWS = ((0.7, "knows it well"), (0.4, "knows it in part"), (0.0, "knows it a little"))
"""How well the answer to a head's question is read from it alone, from which R2 on."""
ALONG = ((0.8, "Nearly all that it does lies along this one direction."), (0.5, "Most of what it does lies along this one direction."))


def first_role(role: str) -> str:
    """The one of ROLES whose colour and mark a head has: the first of its own, or the one that lends it them."""
    name = role.split(" and ")[0]
    return name if name in ROLES else LENT[zlib.crc32(name.encode()) % len(LENT)]


def role_words(role: str) -> str:
    """A role as a person says it."""
    return " and ".join(ROLES[part][0] if part in ROLES else part for part in role.split(" and "))


def _about(role: str) -> str:
    return "many things" if role == "mixed" else role_words(role)


def place_words(layer: int, head: int) -> str:
    """Where a head is, counted from 1."""
    return f"layer {layer + 1}, head {head + 1}"


def _mark(role: str) -> str:
    return f'<svg class="rs-mark" viewBox="0 0 16 16" aria-hidden="true">{ROLES[first_role(role)][1]}</svg>'


def _knows(card: HeadCard) -> str:
    if card.role == "mixed":
        return "knows no one thing well"
    return next((word for bound, word in KNOWS if card.confidence >= bound), KNOWS[-1][1])


def _cell(card: HeadCard, off: bool, chosen: bool, largest: float) -> str:
    tone = 10 + 38 * min(max(card.confidence, 0.0), 1.0)
    words = escape(role_words(card.role))
    label = f"{place_words(card.layer, card.head)}: {words}, {_knows(card)}{', switched off' if off else ''}"
    more = f' style="--sure:{tone:.0f}%" aria-label="{label}" title="{label}"' + (' aria-current="true"' if chosen else "")
    size = f'<i style="width:{100 * card.size / (largest or 1):.0f}%"></i>'
    classes = f"rs-cell rs-role-{first_role(card.role)}{' rs-off' if off else ''}"
    return widgets.button("head", f"{_mark(card.role)}<span>{words}</span>{size}", classes, card.id, more)


def _legend(cards: Sequence[HeadCard]) -> str:
    there, order = {c.role.split(" and ")[0] for c in cards}, list(ROLES)
    known = sorted(there, key=lambda role: (order.index(first_role(role)), role))
    items = "".join(f'<li class="rs-role-{first_role(r)}">{_mark(r)}{escape(role_words(r))}</li>' for r in known)
    note = "<li>deeper colour: knows it better</li><li>longer bar: it says more</li>"
    return f'<ul class="rs-legend rs-roles" aria-label="What heads are about">{items}{note}</ul>'


def _gone(card: HeadCard) -> str:
    inside = f'{_mark(card.role)}{escape(role_words(card.role))}<span aria-hidden="true">✕</span>'
    label = f' aria-label="Switch on {place_words(card.layer, card.head)}"'
    return widgets.button("off", inside, f"rs-gone rs-role-{first_role(card.role)}", card.id, label)


def _off_list(cards: Sequence[HeadCard], off: Iterable[Place]) -> str:
    gone = [c for c in cards if (c.layer, c.head) in set(off)]
    if not gone:
        return ""
    more = f"<span>and {len(gone) - LISTED} more</span>" if len(gone) > LISTED else ""
    reset = widgets.button("reset", "Switch all on", "rs-tool rs-wide")
    return f'<div class="rs-gones" role="status"><b>{len(gone)} off</b>{"".join(map(_gone, gone[:LISTED]))}{more}{reset}</div>'


def grid(cards: Sequence[HeadCard], off: Iterable[Place] = (), chosen: str = "") -> str:
    """All heads, layer by layer, each named by its role."""
    off, largest = set(off), max((c.size for c in cards), default=1.0)
    columns = max((c.head for c in cards), default=0) + 1
    rows = ""
    for layer in sorted({c.layer for c in cards}):
        own = sorted((c for c in cards if c.layer == layer), key=lambda c: c.head)
        cells = "".join(_cell(c, (c.layer, c.head) in off, c.id == chosen, largest) for c in own)
        rows += f'<div class="rs-layer" role="group" aria-label="Layer {layer + 1}"><span>Layer {layer + 1}</span>{cells}</div>'
    modes = "".join(
        f'<button type="button" data-do="heads:{mode}" aria-pressed="{str(mode == "open").lower()}">{words}</button>'
        for mode, words in (("open", "A click opens"), ("switch", "A click switches off"))
    )
    head = f'<header><h3>All heads</h3><div class="rs-modes" role="group" aria-label="What a click on a head does">{modes}</div></header>'
    body = f'<div class="rs-grid-box"><div class="rs-grid" style="--heads:{columns}">{rows}</div></div>'
    return f'<section class="rs-heads" aria-label="Heads">{head}{body}{_legend(cards)}{_off_list(cards, off)}</section>'


def _share(text: str, was: float, now: float, both: bool) -> str:
    then = f'<i class="rs-before" style="width:{100 * was:.1f}%"></i>' if both else ""
    note = f"<small>was {was:.0%}</small>" if both and round(100 * was) != round(100 * now) else ""
    bar = f'<b aria-hidden="true"><i style="width:{100 * now:.1f}%"></i>{then}</b>'
    return f"<li><span>{escape(text)}</span><em>{note}{now:.0%}</em>{bar}</li>"


def shares(texts: Sequence[str], before: Sequence[float], after: Sequence[float] | None) -> str:
    """How the model spreads its choice over texts, with all heads and without those that are off."""
    now = after or before
    rows = "".join(_share(text, was, is_now, after is not None) for text, was, is_now in zip(texts, before, now, strict=True))
    best = texts[max(range(len(texts)), key=lambda i: now[i])]
    lead = f"Without the heads that are off: “{best}”." if after else f"Of these texts the model chooses “{best}”."
    return widgets.panel("The choice", f'<h3>{escape(lead)}</h3><ul class="rs-bars">{rows}</ul>', "rs-shares")


def _scenes(title: str, found: Sequence[tuple[int, str]]) -> str:
    label = ' aria-label="Look at this picture"'
    items = "".join(
        widgets.button("scene", f'<img src="{uri}" alt="">', "rs-scene", "", f'{label} data-at="{seed}"') for seed, uri in found
    )
    return f'<div class="rs-strip"><h4>{escape(title)}</h4><div>{items}</div></div>' if found else ""


def _map(uri: str, sign: str, text: str) -> str:
    image = f'<img class="rs-map-small" src="{uri}" alt="Where: {escape(text)}">'
    return f"<figure>{image}<figcaption><small>{sign}</small><b>{escape(text)}</b></figcaption></figure>"


def _head_of(role: str, title: str, place: str, id: str) -> str:
    return f'<header>{_mark(role)}<div><h3>{title}</h3><p class="rs-quiet">{place} · <code>{escape(id)}</code></p></div></header>'


def _two(title: str, words: Sequence[Word], maps: Sequence[tuple[str, str, str]]) -> str:
    texts = f'<div class="rs-texts"><h4>{title}</h4>{charts.bars(words)}</div>'
    seen = f'<div class="rs-maps"><h4>In this picture</h4><div>{"".join(_map(*m) for m in maps)}</div></div>' if maps else ""
    return f'<div class="rs-two">{texts}{seen}</div>'


def head_card(card: HeadCard, maps: Sequence[tuple[str, str, str]], best: Sequence[tuple[int, str]], off: bool) -> str:
    """A head: its role, its texts, what it says of the current picture and where, its pictures, and what can be done with it.

    Args:
        maps: an image, what it is, and a text, each.
        best: numbers and images of the pictures in which it says most.
        off: whether it is switched off.
    """
    role = escape(role_words(card.role))
    title = f"A head about {escape(_about(card.role))}"
    place = f"{place_words(card.layer, card.head)} · {_knows(card)}"
    buttons = widgets.button("off", "Switch this head on" if off else "Switch off this head")
    buttons += widgets.button("alike", "Find pictures that look alike to this head")
    if card.role != "mixed":
        buttons += widgets.button("off_role", f"Switch off all heads about {role}")
        buttons += widgets.button("alike_role", f"Find pictures with similar {role}")
    do = f'<div class="rs-do" role="group" aria-label="With this head">{buttons}</div>'
    words = _two("Words it responds to, strongest first", card.texts[:8], maps)
    inside = _head_of(card.role, title, place, card.id) + do + words + _scenes("Where it says most of this", best)
    return f'<article class="rs-profile rs-unit rs-role-{first_role(card.role)}" aria-live="polite">{inside}</article>'


def _meanings(card: NeuronCard) -> str:
    several = ["“" + "”, “".join(escape(w) for w in words) + "”" for words in card.meanings if words]
    if not several:
        return "It stands for nothing that has a name here; it only speaks against things."
    if len(several) < 2:
        return "It stands for one thing."
    return f"It stands for {len(several)} things at once: {'; and '.join(several)}."


def neuron_name(card: NeuronCard) -> str:
    """A neuron by its strongest words."""
    words = [w.text for w in card.words if w.weight > 0][:2] or [w.text for w in card.words][:1]
    return " + ".join(words) or "no name yet"


def neuron_card(card: NeuronCard, maps: Sequence[tuple[str, str, str]], best: Sequence[tuple[int, str]]) -> str:
    """A neuron: its words for and against, how many things it stands for, where it is active, its pictures."""
    place = f"layer {card.layer + 1}, neuron {card.neuron + 1}"
    title = f"A neuron: {escape(neuron_name(card))}"
    share = next(
        (words for bound, words in ALONG if card.share >= bound), "It does several different things; these words tell a part of it."
    )
    said = f'<p class="rs-meanings">{_meanings(card)} {share}</p>'
    words = _two("What it writes, for and against", card.words, maps)
    inside = _head_of("mixed", title, place, card.id) + said + words + _scenes("Where it is strongest", best)
    return f'<article class="rs-profile rs-unit" aria-live="polite">{inside}</article>'


def alike(title: str, found: Sequence[tuple[int, str]]) -> str:
    """Neighbours of the picture."""
    return widgets.panel("Pictures alike", _scenes(title, found))


def _found(card: HeadCard | NeuronCard, share: float) -> str:
    if isinstance(card, HeadCard):
        name, what, role = f"a head about {_about(card.role)}", place_words(card.layer, card.head), card.role
    else:
        name, what, role = neuron_name(card), f"a neuron of layer {card.layer + 1}", "mixed"
    bar = f'<b class="rs-near" aria-hidden="true"><i style="width:{100 * share:.0f}%"></i></b>'
    words = f"<span><b>{escape(name)}</b><small>{what}</small></span>"
    pick = widgets.button("pick", _mark(role) + words + bar, f"rs-item rs-role-{first_role(role)}", card.id)
    return f"<li>{pick}</li>"


def found(rows: Sequence[tuple[HeadCard | NeuronCard, float]], text: str) -> str:
    """Heads and neurons that answer a question."""
    top = max((score for _, score in rows), default=1.0) or 1.0
    items = "".join(_found(card, max(score, 0.0) / top) for card, score in rows)
    lead = f"Nearest to “{text}”:" if rows else f"Nothing here sees “{text}”. Try a plainer word."
    return f'<section aria-label="Found"><p class="rs-lead" role="status">{escape(lead)}</p><ul class="rs-whos">{items}</ul></section>'


def concepts(words: Sequence[Word], spoken: bool = False) -> str:
    """The words that the whole picture says; and its patches by themselves, where they were trained to speak."""
    how = "What every patch says by itself, and the whole:" if spoken else "The words that the whole picture is nearest to:"
    lead = widgets.quiet(how if words else "No concept stands out in this picture. Try another one.")
    return widgets.panel("Concepts", f"<h3>In this picture</h3>{lead}{charts.bars(words) if words else ''}")


def questions(texts: Sequence[str]) -> str:
    """Questions to click."""
    buttons = (widgets.button("ask", escape(t), "rs-chip", "", f' data-text="{escape(t)}"') for t in texts)
    items = "".join(f"<li>{button}</li>" for button in buttons)
    return f'<div class="rs-ideas rs-asks" aria-label="Questions to try" role="group"><ul>{items}</ul></div>'
