"""The map's data, the list of features, and a feature's own page: what they say; how they look is in cards.html."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from app.features.painted import Turned, words_of
from app.shared import widgets
from app.shared.comparison import Comparison
from app.shared.templates import macros
from core.foundations.records import Curve, Found, Handle
from core.studio.seers import FOREIGN

KINDS = {
    "feature": "one sparse feature",
    "bundle": "several features together",
    "direction": "a direction of the latent",
    "concept": "a concept that several models share",
    "shift": "a change that a small network works out for each picture",
}
CONFIDENCE = ((0.85, "sure of its name"), (0.6, "fairly sure of its name"), (0.01, "a guess at its name"))
DENSITY = ((0.002, "very rare"), (0.02, "rare"), (0.1, "now and then"), (0.4, "common"))
SHARED = " · shared by several models"
NOTHING = "Nothing by that name. Try a plainer word, such as “hat”."


def _html() -> Any:
    return macros("features/cards.html")


def chart() -> str:
    """The map's place, on which the browser draws its marks."""
    return str(_html().chart())


def points(handles: Sequence[Handle], sprite: dict | None) -> str:
    """Handles as JSON for the map: id, name, slot, place, and where the thumbnail lies on the sheet.

    Shifts stay off it: each stands for the same part as a direction does, and would cover its dot. So does a feature that no
    picture has ever woken: there is nothing to show of it.
    """
    order = {h: i for i, h in enumerate((sprite or {}).get("ids", ()))}
    shown = [h for h in handles if h.kind != "shift" and (h.best or h.kind != "feature")]
    rows = [[h.id, h.name, h.slot, round(h.position[0], 4), round(h.position[1], 4), order.get(h.id, -1)] for h in shown]
    return json.dumps({"points": rows, "sprite": (sprite or {}).get("image", "")}, separators=(",", ":"))


def slots_legend(slots: Sequence[str], unnamed: bool = True) -> str:
    """Which mark stands for which slot, for what is in the picture, and for what was looked for.

    Args:
        unnamed: whether there are marks of no slot.
    """
    return _html().legend(slots, widgets.SHAPES, unnamed)


def _item(handle: Handle, image: str, why: str, chosen: str) -> dict[str, Any]:
    where = (handle.slot or "unnamed") + (SHARED if handle.kind == "concept" else "")
    words = {"name": handle.name or "no name yet", "where": where, "why": why}
    return {**words, "slot": handle.slot, "image": image, "id": handle.id, "chosen": handle.id == chosen}


def listing(rows: Sequence[tuple[Handle, str, str]], lead: str, chosen: str = "") -> str:
    """Handles as a list of buttons: handle, thumbnail, and a few words on why it is here."""
    return _html().listing(lead, [_item(*row, chosen) for row in rows], NOTHING, widgets.SHAPES)


def besides(found: Sequence[Found], held: Mapping[str, tuple[Any, Callable[[Any], str]]]) -> str:
    """What a search finds among features of other models.

    Args:
        found: with the label of their dictionary in their ids.
        held: the dictionaries, each with what makes a feature's thumbnail, by how a click on one of their features is told.
    """
    out = ""
    for op, (features, thumb) in held.items():
        ids = {f"{FOREIGN}{features.label}:{number}": card for number, card in features.cards.items()}
        fits = [(one.text, ids[one.handle.id]) for one in found if one.handle.id in ids]
        rows = [{"number": card.number, "name": name, "told": f"feature {card.number}", "uri": thumb(card)} for name, card in fits]
        if rows:
            out += str(macros("features/public.html").listing(f"In {features.label}, further down:", rows, -1, op))
    return out


def _line(curve: Curve, values: Sequence[float]) -> dict[str, Any]:
    low, high = min(curve.strengths), max(curve.strengths)
    span = (high - low) or 1.0
    spots = [(round(34 + 250 * (s - low) / span, 1), round(112 - 96 * v, 1)) for s, v in zip(curve.strengths, values, strict=True)]
    return {"path": " ".join(f"{'L' if i else 'M'}{x} {y}" for i, (x, y) in enumerate(spots)), "spots": spots}


def effect(curve: Curve) -> str:
    """How well it works, strength by strength, and how much else stays."""
    if len(curve.strengths) < 2:
        return ""
    best = max(zip(curve.success, curve.kept, strict=True))
    words = f"At its best it works on {_of_ten(best[0])} pictures, and {_of_ten(best[1])} other parts stay as they were."
    low, high = min(curve.strengths), max(curve.strengths)
    fully = round(34 + 250 * (1 - low) / ((high - low) or 1.0), 1) if low < 1 < high else 0
    ends = (widgets.strength_word(low), widgets.strength_word(high))
    return _html().effect(words, _line(curve, curve.success), _line(curve, curve.kept), ends, fully)


def _of_ten(share: float) -> str:
    tenths = round(10 * share)
    return "all" if share > 0.985 else "hardly any" if tenths == 0 else f"{tenths} of 10"


def _word(value: float, steps: Sequence[tuple[float, str]], rest: str, above: bool) -> str:
    return next((w for bound, w in steps if (value >= bound if above else value <= bound)), rest)


def turned(handle: Handle, plain: str, found: Turned | None) -> str:
    """What a handle does on a plain picture, step by step.

    Args:
        plain: the picture in words.
        found: the pictures; None where they are still to be painted.
    """
    steps = found.steps if found else tuple((word, "") for word in words_of(handle))
    says = f"Fully turned. {found.says}" if found and found.says else ""
    return _html().turned(f"On {plain}", steps, says)


def profile(handle: Handle, image: str, best: Sequence[str], worst: Sequence[str], shown: str = "") -> str:
    """A handle's own page: what it is, how often, how well it works, and where it is strong and weak.

    Args:
        shown: what it does on a plain picture, see `turned`.
    """
    facts = (
        ("What it is", KINDS.get(handle.kind, handle.kind)),
        ("Where", handle.slot or "not known"),
        ("The model is", _word(handle.confidence, CONFIDENCE, "not able to name it", above=True)),
        ("Seen in pictures", _word(handle.density, DENSITY, "nearly always", above=False)),
    )
    strips = [(title, uris) for title, uris in (("Strongest in", best), ("Weak, though there", worst)) if uris]
    name = handle.name or "no name yet"
    return _html().profile(name, image, f"What {name} looks like", facts, effect(handle.curve), Markup(shown), strips)


def trial(shown: Comparison, name: str) -> str:
    """The picture as it is now beside what one handle alone does to it."""
    return _html().trial(shown.before, shown.after, name)
