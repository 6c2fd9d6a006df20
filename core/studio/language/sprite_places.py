"""Where to: from a clause to wishes about x and y.

Columns run from left to right, rows from top to bottom; people count them from 1, while "x 3" is the value itself.
"""

from __future__ import annotations

from core.studio.language.sprite_wishes import How, Scan, Wish
from core.studio.language.sprite_words import BOTTOM, CENTRE, DOWN, LEFT, RIGHT, TOP, UP

STEP = 8
"""Columns or rows of a move that says no more than its direction."""
MIDDLE = 16
LAST = 31
NEAR = 4
"""How far from the edge "near the edge" is."""

_SIDES = {"left": ("x", -1, LEFT), "right": ("x", 1, RIGHT), "up": ("y", -1, f"{UP}|{TOP}"), "down": ("y", 1, f"{DOWN}|{BOTTOM}")}
_ANY = "|".join(words for _, _, words in _SIDES.values())
_FIXED = r"(?:far )?(?:corners?|edges?|border|side|sides|wall|boundary|extremes?|margin|limit|hand side|half|part|end)"
_AT = (
    rf"(?:on|at|in|into|onto|against)(?: to)? (?:the |its |your |my |a )?(?:far |very |upper |lower |top |bottom |middle |centre "
    rf")*(?:{_ANY})"
)
_CLOSE = r"(?:near|nearly at|nearly in|almost at|almost in|close to|not far from|just by)"
_STEPS = r"(?:columns?|rows?|steps?|pixels?|px|places?|notch(?:es)?|units?|cells?|spots?|positions?|squares?)"
_NUMBERED = r"(?:(?:co ?ordinate|position|value|number|axis)s? )?(?:(?:to|at|of|is|becomes|should be|in|number|no|be|equal|equals) )*(\d+)"


def places(scan: Scan) -> list[Wish]:
    """The wishes about x and y in a clause; what they were read from is taken out of it."""
    found = _numbered(scan) + _stepped(scan)
    if scan.take(r"(?:to |in |into )?(?:the )?(?:opposite|other|diagonally opposite) corner"):
        return [*found, Wish("x", "across"), Wish("y", "across")]
    if scan.take(r"(?:to |on |over to )*(?:the )?(?:other|opposite|far) (?:side|end|edge)(?: of it)?|across to the other side"):
        return [*found, Wish("x", "across")]
    found += _from_the_middle(scan) + _away(scan)
    return found + _directed(scan)


def _numbered(scan: Scan) -> list[Wish]:
    found: list[Wish] = []
    for slot, words in (("x", "x|columns?|col|horizontal position"), ("y", "y|rows?|vertical position|line")):
        if hit := scan.take(rf"(?:to |in |at |into )?(?:the )?({words}) ?{_NUMBERED}"):
            counted = hit.group(1) not in {"x", "y"}
            found.append(Wish(slot, "to", int(hit.group(2)) - counted, "column" if counted else slot))
        elif hit := scan.take(
            rf"(?:to |in |at |into )?(?:the )?(first|last|leftmost|rightmost|topmost|bottommost|middle|central) (?:{words})"
        ):
            end = 0 if hit.group(1) in {"first", "leftmost", "topmost"} else MIDDLE if hit.group(1) in {"middle", "central"} else LAST
            found.append(Wish(slot, "to", end))
    return found


def _stepped(scan: Scan) -> list[Wish]:
    """So many columns or rows in some direction."""
    found: list[Wish] = []
    for name, (slot, sign, words) in _SIDES.items():
        way = rf"(?:further |farther |more |over |to the |towards the )*(?:{words})"
        hit = (
            scan.take(rf"(?:by )?(?:(\d+)(?: more)?(?: {_STEPS})?|(?:a|one|a single|another|one more) {_STEPS}) {way}")
            if scan.has(rf"(?:\d+|{_STEPS})")
            else None
        )
        hit = hit or scan.take(rf"{way} (?:by )?(?:(\d+)(?: more)?(?: {_STEPS})?|(?:a|one|a single|another|one more) {_STEPS})")
        if hit:
            count = int(hit.group(1) or 1)
            found.append(Wish(slot, "by", sign * count, name))
    return found


def _from_the_middle(scan: Scan) -> list[Wish]:
    """Such as "a bit left of the centre"."""
    reach = round(STEP * scan.amount)
    for slot, sign, words in _SIDES.values():
        if scan.take(rf"(?:to the |just |on the )*(?:{words}) (?:of|from|the) (?:the )?(?:{CENTRE})"):
            return [Wish(slot, "to", MIDDLE + sign * reach)]
    return []


def _away(scan: Scan) -> list[Wish]:
    """Such as "away from the left edge"."""
    for name, (slot, sign, words) in _SIDES.items():
        if scan.take(rf"(?:away from|off|farther from|further from) (?:the )?(?:{words})(?: edge| side| border| wall)?"):
            return [
                Wish(slot, "by", -sign * round(STEP * scan.amount), {"left": "right", "right": "left", "up": "down", "down": "up"}[name])
            ]
    return []


def _directed(scan: Scan) -> list[Wish]:
    close = scan.take(_CLOSE) is not None
    for word, name in (("high|tall", "up"), ("low", "down")):
        if scan.far and scan.has(f"as (?:{word})") and scan.take(f"as (?:{word})"):
            return [_at(name, close)]
    corner = scan.has("corners?")
    named = scan.has(f"{TOP}|{BOTTOM}") or scan.has("(?:left|right|top|bottom|up|low)most")
    fixed = scan.far or close or named or scan.has(_FIXED) or scan.has(_AT) or scan.has(rf"far (?:{_ANY})")
    here: list[Wish] = []
    for name, (slot, sign, words) in _SIDES.items():
        while scan.take(rf"(?:the )?(?:{words}|{name}most)(?: hand)?"):
            here.append(_at(name, close) if fixed else Wish(slot, "by", sign * round(STEP * scan.amount), name))
    here += _centred(scan, {wish.slot for wish in here})
    if corner and not here:
        here = [Wish("x", "corner"), Wish("y", "corner")]
    if here:
        scan.take(_FIXED)
    return here


def _at(name: str, close: bool) -> Wish:
    slot, sign, _ = _SIDES[name]
    gap = NEAR if close else 0
    return Wish(slot, "to", gap if sign < 0 else LAST - gap, name)


def _centred(scan: Scan, taken: set[str]) -> list[Wish]:
    only: How = "to"
    if not scan.take(rf"(?:the |dead |exact |very )*(?:{CENTRE})"):
        return []
    slots = {"x", "y"} - taken
    if scan.take("horizontally|left to right|from left to right|sideways|across|column"):
        slots = {"x"}
    elif scan.take("vertically|top to bottom|from top to bottom|row"):
        slots = {"y"}
    return [Wish(slot, only, MIDDLE, "centre") for slot in sorted(slots)]
