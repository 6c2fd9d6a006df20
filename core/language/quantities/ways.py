"""How much of the way: from a clause to steps for a place that is so far along.

"Halfway to the left edge" goes on from where the sprite is; "halfway between the middle and the left edge", "a third of
the way down the picture" and "in the lower half" are places of the picture, wherever it is now.
"""

from __future__ import annotations

import math

from core.language.facts.sprites import SHARES, pattern
from core.language.quantities.steps import Scan, Step
from core.language.quantities.whereto import LAST, MIDDLE, SIDES, which_edge


def ways(scan: Scan) -> list[Step]:
    """The steps for places so far along; what they were read from is taken out of the clause."""
    return _between(scan) or _towards(scan) or _along(scan) or _by_share(scan) or _regions(scan)


def _share(said: str | None) -> float:
    """A share in words or percent as a number; half where nothing is said."""
    if said and said.endswith("percent"):
        return int(said.removesuffix("percent")) / 100
    return SHARES.get(said or "half", 1 / 2)


def _named(said: str) -> list[str]:
    """The sides that a phrase names."""
    return [name for name, (_, _, words) in SIDES.items() if pattern(words).search(said)]


def _place(said: str) -> dict[str, int]:
    """The column and the row that a phrase names, as far as it names them."""
    found = {SIDES[name][0]: 0 if SIDES[name][1] < 0 else LAST for name in _named(said)}
    return {"x": MIDDLE, "y": MIDDLE, **found} if pattern("<centre>").search(said) else found


def _nearest(exact: float) -> int:
    return math.floor(exact + 0.5)


def _between(scan: Scan) -> list[Step]:
    """Such as "halfway between the middle and the left edge", or from the one to the other."""
    text = scan.text
    hit = scan.take("(?:in )?(?:the )?(?:<share>|<centre>)? ?(?:in )?between (?P<one>.+?) with (?P<two>.+)")
    hit = hit or scan.take("<share> from (?P<one>.+?) to (?P<two>.+)")
    if not hit:
        return []
    one, two, share = _place(hit["one"]), _place(hit["two"]), _share(hit["share"])
    if unclear := which_edge(hit["one"], _named(hit["one"])) or which_edge(hit["two"], _named(hit["two"])):
        return unclear
    if two and pattern("<here>").fullmatch(hit["one"]):
        return [Step(slot, "to", value, share=share) for slot, value in two.items()]
    if not one or not two:
        scan.text = text
        return []
    slots = [slot for slot in ("x", "y") if slot in one and slot in two] or ["x", "y"]
    ends = [(slot, one.get(slot, MIDDLE), two.get(slot, MIDDLE)) for slot in slots]
    return [Step(slot, "to", _nearest(start + share * (end - start))) for slot, start, end in ends]


def _towards(scan: Scan) -> list[Step]:
    """Such as "halfway to the right edge", from where it is; or "a quarter of the way in from the left", of the picture."""
    text = scan.text
    hit = scan.take("<share>(?: (?:back|over|up|down|across|out|in|along|away))* (?:(?P<origin>from)|to|towards?|into) (?P<two>.+)")
    if not hit:
        return []
    two, share = _place(hit["two"]), _share(hit["share"])
    if unclear := which_edge(hit["two"], _named(hit["two"])):
        return unclear
    if hit["origin"] and MIDDLE not in two.values():
        return [Step(slot, "to", _nearest(abs(value - share * LAST))) for slot, value in two.items()]
    if not two or hit["origin"]:
        scan.text = text
        return []
    return [Step(slot, "to", value, share=share) for slot, value in two.items()]


def _along(scan: Scan) -> list[Step]:
    """Such as "a third of the way down the picture"; where something moves and no picture is named, from where it is."""
    moves = scan.has("<moves>")
    for slot, sign, words in SIDES.values():
        hit = scan.take(f"<share> (?:to the |to )?{words}(?P<picture> (?:of |in |on )?(?:the |its )?(?:whole )?<picture>)?")
        if hit and not (moves and not hit["picture"]):
            return [Step(slot, "to", _nearest((sign < 0) * LAST + sign * _share(hit["share"]) * LAST))]
        hit = hit or scan.take(f"(?:to |towards )*(?:the )?{words}(?: edge| side| corner)?(?: by)? <share>(?! (?:a)?round)")
        if hit:
            return [Step(slot, "to", 0 if sign < 0 else LAST, share=_share(hit["share"]))]
    hit = scan.take("<share> (?:across|along|over)(?: the (?:whole )?<picture>)?")
    return [Step("x", "to", _nearest(_share(hit["share"]) * LAST))] if hit else []


def _by_share(scan: Scan) -> list[Step]:
    """Such as "10% to the left" or "up by a quarter", of the picture's width or height."""
    if scan.has("<bigger>|<smaller>"):
        return []
    for name, (slot, sign, words) in SIDES.items():
        way = f"(?:further |more |over |to the |towards the )*{words}(?: hand)?"
        part = "by (?:an? |one )?(?P<part><number>)<of_the_picture>?"
        hit = scan.take(rf"(?:by )?(?P<share>\d+percent)<of_the_picture>? {way}|{part} {way}")
        hit = hit or scan.take(rf"{way}(?: it| this| the \w+)? (?:(?:by )?(?P<share>\d+percent)|{part})(?! \w+er\b)")
        if hit:
            return [Step(slot, "by", sign * _nearest(_share(hit["share"] or hit["part"]) * (LAST + 1)), name)]
    return []


def _regions(scan: Scan) -> list[Step]:
    """Such as "in the lower half": the middle of that part."""
    text = scan.text
    hit = scan.take("<region>")
    if not hit:
        return []
    place = _place(f"{hit['upright'] or ''} {hit['across'] or ''}")
    if not place:
        scan.text = text
        return []
    share = 1 / 2 if len(place) == 2 or hit["part"] == "quadrant" else _share(hit["part"])
    parts = {slot: _nearest(abs(value - share / 2 * LAST)) for slot, value in place.items()}
    middle = {"x": MIDDLE, "y": MIDDLE} if hit["centre"] else {}
    return [Step(slot, "to", value) for slot, value in {**middle, **parts}.items()]
