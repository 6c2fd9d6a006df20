"""How much of the way: from a clause to steps for a place that is so far along.

"Halfway to the left edge" goes on from where the sprite is; "halfway between the middle and the left edge", "a third of
the way down the picture" and "in the lower half" are places of the picture, wherever it is now.
"""

from __future__ import annotations

import math
import re

from core.language.quantities.steps import Scan, Step
from core.language.quantities.whereto import LAST, MIDDLE, SIDES, which_edge
from core.language.quantities.words import BIGGER, BOTTOM, CENTRE, DOWN, LEFT, RIGHT, SMALLER, TOP, UP

_SHARES = {
    **dict.fromkeys(("half", "part", "some"), 1 / 2),
    **dict.fromkeys(("two thirds", "2 thirds"), 2 / 3),
    **dict.fromkeys(("three quarters", "3 quarters", "most", "much"), 3 / 4),
    **{"third": 1 / 3, "quarter": 1 / 4, "fifth": 1 / 5, "eighth": 1 / 8},
}
_NUMBER = rf"{'|'.join(_SHARES)}|\d+percent"
_SHARE = rf"(?:(?:half|mid|part) ?way|(?:an? |one )?(?P<share>{_NUMBER})(?: of)? (?:the |its )?(?:way|distance))"
_PICTURE = r"(?:picture|frame|page|screen|image|canvas|window|board|grid|field|area|space|box|black)"
_MOVES = "move|moves|moved|shift|slide|push|pull|drag|nudge|bring|take|go|raise|lower|lift|drop|climb|sink"
_HERE = r"(?:here|there|where it is(?: now)?|(?:its|the) (?:current |present )?(?:place|position|spot|location)|it)"


def ways(scan: Scan) -> list[Step]:
    """The steps for places so far along; what they were read from is taken out of the clause."""
    return _between(scan) or _towards(scan) or _along(scan) or _by_share(scan) or _regions(scan)


def _share(said: str | None) -> float:
    """A share in words or percent as a number; half where nothing is said."""
    if said and said.endswith("percent"):
        return int(said.removesuffix("percent")) / 100
    return _SHARES.get(said or "half", 1 / 2)


def _named(said: str) -> list[str]:
    """The sides that a phrase names."""
    return [name for name, (_, _, words) in SIDES.items() if re.search(rf"\b(?:{words})\b", said)]


def _place(said: str) -> dict[str, int]:
    """The column and the row that a phrase names, as far as it names them."""
    found = {SIDES[name][0]: 0 if SIDES[name][1] < 0 else LAST for name in _named(said)}
    return {"x": MIDDLE, "y": MIDDLE, **found} if re.search(rf"\b(?:{CENTRE})\b", said) else found


def _nearest(exact: float) -> int:
    return math.floor(exact + 0.5)


def _between(scan: Scan) -> list[Step]:
    """Such as "halfway between the middle and the left edge", or from the one to the other."""
    text = scan.text
    hit = scan.take(rf"(?:in )?(?:the )?(?:{_SHARE}|{CENTRE})? ?(?:in )?between (?P<one>.+?) with (?P<two>.+)") or scan.take(
        rf"{_SHARE} from (?P<one>.+?) to (?P<two>.+)"
    )
    if not hit:
        return []
    one, two, share = _place(hit["one"]), _place(hit["two"]), _share(hit["share"])
    if unclear := which_edge(hit["one"], _named(hit["one"])) or which_edge(hit["two"], _named(hit["two"])):
        return unclear
    if two and re.fullmatch(_HERE, hit["one"]):
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
    hit = scan.take(rf"{_SHARE}(?: (?:back|over|up|down|across|out|in|along|away))* (?:(?P<origin>from)|to|towards?|into) (?P<two>.+)")
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
    moves = scan.has(_MOVES)
    for slot, sign, words in SIDES.values():
        hit = scan.take(rf"{_SHARE} (?:to the |to )?(?:{words})(?P<picture> (?:of |in |on )?(?:the |its )?(?:whole )?{_PICTURE})?")
        if hit and not (moves and not hit["picture"]):
            return [Step(slot, "to", _nearest((sign < 0) * LAST + sign * _share(hit["share"]) * LAST))]
        hit = hit or scan.take(rf"(?:to |towards )*(?:the )?(?:{words})(?: edge| side| corner)?(?: by)? {_SHARE}(?! (?:a)?round)")
        if hit:
            return [Step(slot, "to", 0 if sign < 0 else LAST, share=_share(hit["share"]))]
    hit = scan.take(rf"{_SHARE} (?:across|along|over)(?: the (?:whole )?{_PICTURE})?")
    return [Step("x", "to", _nearest(_share(hit["share"]) * LAST))] if hit else []


def _by_share(scan: Scan) -> list[Step]:
    """Such as "10% to the left" or "up by a quarter", of the picture's width or height."""
    if scan.has(f"{BIGGER}|{SMALLER}"):
        return []
    for name, (slot, sign, words) in SIDES.items():
        of = r"(?: of (?:the |its )?(?:picture|width|height|screen|frame|way|page))?"
        way = rf"(?:further |more |over |to the |towards the )*(?:{words})(?: hand)?"
        hit = scan.take(rf"(?:by )?(?P<share>\d+percent){of} {way}|by (?:an? |one )?(?P<part>{_NUMBER}){of} {way}") or scan.take(
            rf"{way}(?: it| this| the \w+)? (?:(?:by )?(?P<share>\d+percent)|by (?:an? |one )?(?P<part>{_NUMBER}){of})(?! \w+er\b)"
        )
        if hit:
            return [Step(slot, "by", sign * _nearest(_share(hit["share"] or hit["part"]) * (LAST + 1)), name)]
    return []


def _regions(scan: Scan) -> list[Step]:
    """Such as "in the lower half": the middle of that part."""
    text = scan.text
    across, upright = rf"(?P<across>{LEFT}|{RIGHT})", rf"(?P<upright>{UP}|{TOP}|{DOWN}|{BOTTOM})"
    hit = scan.take(
        rf"(?:(?:in |at |to )?(?:the )?(?P<centre>{CENTRE})(?: it| this)? (?:of|in) )?(?:in |into |to |on )?(?:the )?(?:{upright} "
        rf")?(?:{across} )?(?:hand )?(?P<part>half|third|quarter|quadrant)"
        r"(?! (?:an? |of an? |the )?(?:turn|rotation|circle|spin|way|size|as))"
    )
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
