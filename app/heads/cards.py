"""The pieces of the tab Heads and neurons: what they say; how they look is in cards.html."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.segment.pieces import share_of
from app.shared import charts, widgets
from app.shared.templates import macros
from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import MIXED, HeadCard, NeuronCard, Word
from core.studio.deciding import Decision, Place, heads_about, parts_of

ROLES = {
    "heads": ("Noun heads", widgets.SHAPES["head"]),
    "glasses": ("glasses", widgets.SHAPES["glasses"]),
    "shirts": ("shirts", widgets.SHAPES["body"]),
    "prints": ("prints", widgets.SHAPES["accessory"]),
    "grounds": ("grounds", widgets.SHAPES["background"]),
    "places": ("places", "M8 0l3 5H9v2h2V5l5 3-5 3V9H9v2h2l-3 5-3-5h2V9H5v2L0 8l5-3v2h2V5H5z"),
    "directions": ("directions", "M0 6h8V1l8 7-8 7v-5H0z"),
    "counts": ("counts", "M1 2h3v12H1zM6.5 2h3v12h-3zM12 2h3v12h-3z"),
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


def _html() -> Any:
    return macros("heads/cards.html")


def first_role(role: str) -> str:
    """The one of ROLES whose colour and mark a head has: the first of its own, or the one that lends it them."""
    name = parts_of(role)[0]
    return name if name in ROLES else LENT[zlib.crc32(name.encode()) % len(LENT)]


def role_words(role: str) -> str:
    """A role as a person says it."""
    return " and ".join(ROLES[part][0] if part in ROLES else part for part in parts_of(role))


def _about(role: str) -> str:
    return "many things" if role == MIXED else role_words(role)


def place_words(layer: int, head: int) -> str:
    """Where a head is, counted from 1."""
    return f"layer {layer + 1}, head {head + 1}"


def _look(role: str) -> dict[str, str]:
    """Colour and mark of a role."""
    return {"colour": first_role(role), "shape": ROLES[first_role(role)][1]}


def _knows(card: HeadCard) -> str:
    if card.role == MIXED:
        return "knows no one thing well"
    return next((word for bound, word in KNOWS if card.confidence >= bound), KNOWS[-1][1])


def _cell(card: HeadCard, off: bool, chosen: bool, largest: float) -> dict[str, Any]:
    label = f"{place_words(card.layer, card.head)}: {role_words(card.role)}, {_knows(card)}{', switched off' if off else ''}"
    words = [role_words(part) for part in parts_of(card.role)]
    short = {"tone": round(10 + 38 * min(max(card.confidence, 0.0), 1.0)), "length": round(100 * card.size / (largest or 1))}
    where = {"id": card.id, "column": card.head + 2, "place": place_words(card.layer, card.head)}
    return {**_look(card.role), **short, **where, "label": label, "words": words, "off": off, "chosen": chosen}


def _legend(cards: Sequence[HeadCard]) -> list[tuple[str, str, str]]:
    there, order = {parts_of(c.role)[0] for c in cards}, list(ROLES)
    known = sorted(there, key=lambda role: (order.index(first_role(role)), role))
    return [(first_role(role), ROLES[first_role(role)][1], role_words(role)) for role in known]


def grid(cards: Sequence[HeadCard], off: Iterable[Place] = (), chosen: str = "") -> str:
    """All heads, layer by layer, each named by its role; where most say many things, the others stand first and these are folded away."""
    off, largest = set(off), max((c.size for c in cards), default=1.0)
    cell = {c.id: _cell(c, (c.layer, c.head) in off, c.id == chosen, largest) for c in cards}
    mixed = [c for c in cards if c.role == MIXED]
    fold = 2 * len(mixed) > len(cards)
    shown, clear = (mixed, [c for c in cards if c.role != MIXED]) if fold else (list(cards), [])
    order = sorted(shown, key=lambda c: c.head)
    rows = [(f"Layer {layer + 1}", [cell[c.id] for c in order if c.layer == layer]) for layer in sorted({c.layer for c in shown})]
    gone = [cell[c.id] for c in cards if (c.layer, c.head) in off]
    opened = any(c["chosen"] for _, cells in rows for c in cells)
    columns = max((c.head for c in cards), default=0) + 1
    says = "say" if max((c.confidence for c in clear), default=1.0) >= KNOWS[1][0] else "lean to"
    lead = f"{len(clear)} of {len(cards)} heads {says} one thing" if clear else f"All {len(cards)} heads"
    listed = sorted(clear, key=lambda c: -c.confidence)
    more = max(len(gone) - LISTED, 0)
    return _html().grid(lead, rows, columns, [cell[c.id] for c in listed], len(mixed), opened, _legend(clear or cards), gone[:LISTED], more)


# The choice ------------------------------------------------------------------------------------------------------------


def deciders(decision: Decision, sure: bool = True) -> str:
    """The heads that a choice hangs on, as a person says it; `sure` where they know their role at least in part."""
    says = "says many things" if decision.about == MIXED else f"{'sees' if sure else 'leans to'} {role_words(decision.about)}"
    if len(decision.heads) == 1:
        return f"the head that {says}"
    return f"the {len(decision.heads)} heads that {says.replace('s ', ' ', 1)}"


def why(decision: Decision, count: int, sure: bool = True) -> str:
    """What is known of a choice, before anything is switched off: who turns it.

    Args:
        count: heads in all.
        sure: whether these know their role at least in part.
    """
    who = deciders(decision, sure)
    if not decision.turns:
        return f"No one head and no role turns this choice. Most for it is said by {who}."
    if len(decision.heads) > 1:
        return f"No one head turns this choice; {who} do it together."
    if decision.alone == 1:
        return f"One head of {count} turns this choice: {who}."
    return f"{decision.alone} heads of {count} turn this choice, each by itself; most clearly {who}."


@dataclass(frozen=True)
class Seen:
    """Which texts are in the picture at all.

    Attributes:
        presence: how probable it is of each text, in [0, 1]; empty where it is not known.
        least: the presence from which on a text counts as there.
    """

    presence: Sequence[float] = ()
    least: float = 0.0

    def missing(self, place: int) -> str:
        """The presence of a text in words where the text is not there, else ""."""
        share = self.presence[place] if self.presence else 1.0
        return "" if share >= self.least else share_of(share)


def _share(text: str, was: float, now: float, both: bool) -> dict[str, Any]:
    told = f"{was:.0%}" if both and round(100 * was) != round(100 * now) else ""
    wide = {"width": f"{100 * now:.1f}", "before": f"{100 * was:.1f}" if both else ""}
    return {**wide, "text": text, "was": told, "now": f"{now:.0%}"}


def shares(
    texts: Sequence[str],
    before: Sequence[float],
    after: Sequence[float] | None,
    decision: Decision | None = None,
    off: Iterable[Place] = (),
    heads: Sequence[HeadCard] = (),
    seen: Seen = Seen(),
) -> str:
    """How the model spreads its choice over texts, with all heads and without those that are off; and the button that turns it.

    Args:
        off: heads that are off.
        heads: all heads.
        seen: which of the texts are in the picture at all; the others stand in grey, with their number.
    """
    now, gone = after or before, set(off)
    best = max(range(len(texts)), key=lambda i: now[i])
    chosen = f"“{texts[best]}”, though I do not see it here." if seen.missing(best) else f"“{texts[best]}”."
    several = zip(texts, before, now, strict=True)
    rows = [{**_share(*row, after is not None), "best": i == best, "missing": seen.missing(i)} for i, row in enumerate(several)]
    if decision is None or len(texts) < 2:
        lead = f"Without the heads that are off: {chosen}" if after else f"Of these texts the model chooses {chosen}"
        return _html().shares(lead, rows, "", "", False)
    sure = min((h.confidence for h in heads if (h.layer, h.head) in decision.heads), default=1.0) >= KNOWS[1][0]
    who, count = deciders(decision, sure), len(heads)
    only, on = gone == set(decision.heads), set(decision.heads) <= gone
    named = who if only else f"the {len(gone)} heads that are off" if len(gone) > 1 else "the head that is off"
    lead = f"Without {named}: {chosen}" if gone else f"The model chooses {chosen}"
    button = f"Switch {'on again' if on else 'off'} {who}"
    return _html().shares(lead, rows, "" if gone else why(decision, count, sure), button, on)


# Heads and neurons -----------------------------------------------------------------------------------------------------


def _roles(card: HeadCard, heads: Sequence[HeadCard], off: set[Place]) -> list[dict[str, Any]]:
    """What a head is about, and all heads that are about it too."""
    if card.role == MIXED:
        return []
    found = [(part, heads_about(heads, part)) for part in parts_of(card.role)]
    return [{"about": part, "words": role_words(part), "count": len(same), "off": set(same) <= off} for part, same in found]


def head_card(
    card: HeadCard,
    maps: Sequence[tuple[str, str, str]],
    best: Sequence[tuple[int, str]],
    off: Iterable[Place] = (),
    heads: Sequence[HeadCard] = (),
) -> str:
    """A head: its role, what can be done with it, what it says of the current picture and where, its texts, its pictures.

    Args:
        maps: an image, what it is, and a text, each.
        best: numbers and images of the pictures in which it says most.
        off: heads that are switched off.
        heads: all heads.
    """
    gone = set(off)
    place = f"{place_words(card.layer, card.head)} · {_knows(card)}"
    told = {**_look(card.role), "title": f"A head about {_about(card.role)}", "place": place, "id": card.id}
    roles = _roles(card, heads or (card,), gone)
    return _html().head(told, (card.layer, card.head) in gone, roles, maps, charts.bars(card.texts[:6]), best)


def _meanings(card: NeuronCard) -> str:
    several = ["“" + "”, “".join(words) + "”" for words in card.meanings if words]
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
    told = {**_look(MIXED), "title": f"A neuron: {neuron_name(card)}", "place": place, "id": card.id}
    share = next(
        (words for bound, words in ALONG if card.share >= bound), "It does several different things; these words tell a part of it."
    )
    return _html().neuron(told, f"{_meanings(card)} {share}", maps, charts.bars(card.words), best)


def alike(title: str, found: Sequence[tuple[int, str]]) -> str:
    """Neighbours of the picture."""
    return _html().alike(title, found)


def _found(card: HeadCard | NeuronCard, share: float) -> dict[str, Any]:
    if isinstance(card, HeadCard):
        name, what, role = f"a head about {_about(card.role)}", place_words(card.layer, card.head), card.role
    else:
        name, what, role = neuron_name(card), f"a neuron of layer {card.layer + 1}", MIXED
    return {**_look(role), "id": card.id, "name": name, "what": what, "near": round(100 * share)}


def found(rows: Sequence[tuple[HeadCard | NeuronCard, float]], text: str, keys: Sequence[tuple[NamedNeuron, float]] = ()) -> str:
    """Heads and neurons that answer a question; and, by `keys`, those of what tells classes apart, which the tab Classes shows."""
    top = max((score for _, score in rows), default=1.0) or 1.0
    lead = f"Nearest to “{text}”:" if rows else f"Nothing here sees “{text}”. Try a plainer word."
    named = [f"“{one.name}”, block {one.block + 1}, neuron {one.neuron}" for one, _ in keys]
    return _html().found(lead, [_found(card, max(score, 0.0) / top) for card, score in rows], named)


def concepts(words: Sequence[Word], spoken: bool = False) -> str:
    """The words that the whole picture says; and its patches by themselves, where they were trained to speak."""
    how = "What every patch says by itself, and the whole:" if spoken else "The words that the whole picture is nearest to:"
    lead = how if words else "No concept stands out in this picture. Try another one."
    return _html().concepts(lead, charts.bars(words) if words else "")


def questions(texts: Sequence[str]) -> str:
    """Questions to click."""
    return _html().questions(texts)
