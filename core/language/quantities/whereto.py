"""Where to: from a clause to steps about x and y.

Columns run from left to right, rows from top to bottom; people count them from 1, while "x 3" is the value itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.language.facts.sprites import count, pattern
from core.language.quantities.steps import Scan, Step

STEP = 8
"""Columns or rows of a move that says no more than its direction."""
MIDDLE = 16
LAST = 31
NEAR = 4
"""How far from the edge "near the edge" is."""
NEARER = {0.4: 0.25, 1.0: 0.5, 1.75: 0.75}
"""How much of the way to the middle "a bit closer to the middle", "closer" and "much closer" go."""

SIDES = {"left": ("x", -1, "<left>"), "right": ("x", 1, "<right>"), "up": ("y", -1, "<upper>"), "down": ("y", 1, "<lower>")}
"""For each way to go: the slot, whether its values fall or rise, and the pattern of the words for it."""
_OTHER = {"left": "right", "right": "left", "up": "down", "down": "up"}


def places(scan: Scan) -> list[Step]:
    """The steps about x and y in a clause; what they were read from is taken out of it."""
    found = _numbered(scan) + _stepped(scan)
    if scan.take("<farthest_corner>"):
        return [*found, Step("x", "corner", "farthest"), Step("y", "corner", "farthest")]
    if scan.take("<opposite_corner>"):
        return [*found, Step("x", "across"), Step("y", "across")]
    if scan.take("<opposite_side>"):
        return [*found, Step("x", "across")]
    if scan.take("<outwards>"):
        return [*found, *(Step(slot, "out", round(STEP * scan.amount)) for slot in ("x", "y"))]
    if not scan.far and scan.take("<inwards>"):
        return [*found, *(Step(slot, "to", MIDDLE, "centre", NEARER[scan.amount]) for slot in ("x", "y"))]
    found += _from_the_middle(scan) + _away(scan)
    return found + _directed(scan)


def _numbered(scan: Scan) -> list[Step]:
    found: list[Step] = []
    for slot, words in (("x", "x|columns?|col|horizontal position"), ("y", "y|rows?|vertical position|line")):
        if hit := scan.take(f"(?:to |in |at |into )?(?:the )?({words}) ?<numbered>"):
            counted = hit.group(1) not in {"x", "y"}
            found.append(Step(slot, "to", int(hit.group(2)) - counted, "column" if counted else slot))
        elif hit := scan.take(f"(?:to |in |at |into )?(?:the )?(<first_or_last>) (?:{words})"):
            end = 0 if hit.group(1) in {"first", "leftmost", "topmost"} else MIDDLE if hit.group(1) in {"middle", "central"} else LAST
            found.append(Step(slot, "to", end))
    return found


def _stepped(scan: Scan) -> list[Step]:
    """So many columns or rows in some direction."""
    found: list[Step] = []
    for name, (slot, sign, words) in SIDES.items():
        way = f"(?:further |farther |more |over |to the |towards the )*{words}"
        if hit := scan.take(f"(?:by )?<so_many> {way}") or scan.take(f"{way} (?:by )?<so_many>"):
            found.append(Step(slot, "by", sign * count(hit.group(1)), name))
    return found


def _from_the_middle(scan: Scan) -> list[Step]:
    """Such as "a bit left of the centre"."""
    reach = round(STEP * scan.amount)
    for slot, sign, words in SIDES.values():
        if scan.take(f"(?:to the |just |on the )*{words} (?:of|from|the) (?:the )?<centre>"):
            return [Step(slot, "to", MIDDLE + sign * reach)]
    return []


def _away(scan: Scan) -> list[Step]:
    """Such as "away from the left edge"."""
    for name, (slot, sign, words) in SIDES.items():
        if scan.take(f"(?:away from|off|farther from|further from) (?:the )?{words}(?: edge| side| border| wall)?"):
            return [Step(slot, "by", -sign * round(STEP * scan.amount), _OTHER[name])]
    if scan.take(r"(?:away from|out of|off|farther from|further from) (?:the |its )?corner"):
        return [Step(slot, "to", MIDDLE, share=NEARER[scan.amount]) for slot in ("x", "y")]
    return []


def _directed(scan: Scan) -> list[Step]:
    said = scan.text
    close = scan.take("<close>") is not None
    for word, name in (("high|tall", "up"), ("low", "down")):
        if scan.far and scan.take(f"as (?:{word})"):
            return [_at(name, close)]
    fixed = close or scan.far or scan.has("<fixed>")  # a place rather than a way to go
    here: list[Step] = []
    for name, (slot, sign, words) in SIDES.items():
        while scan.take(f"(?:the )?(?:{words}|{name}most)(?: hand)?"):
            step = _at(name, close) if fixed else Step(slot, "by", sign * round(STEP * scan.amount), name)
            here += [] if fixed and step in here else [step]
    here += _centred(scan, {step.slot for step in here})
    here += _open(scan, said, [step.said for step in here if step.said in SIDES])
    if here:
        scan.take("<edge>")
    return here


def _at(name: str, close: bool) -> Step:
    slot, sign, _ = SIDES[name]
    gap = NEAR if close else 0
    return Step(slot, "to", gap if sign < 0 else LAST - gap, name)


def _centred(scan: Scan, taken: set[str]) -> list[Step]:
    if not scan.take("(?:the |dead |exact |very )*<centre>"):
        return []
    slots = {"x", "y"} - taken
    if scan.take("<sideways>"):
        slots = {"x"}
    elif scan.take("<upright>"):
        slots = {"y"}
    return [Step(slot, "to", MIDDLE, "centre") for slot in sorted(slots)]


def _open(scan: Scan, said: str, named: list[str]) -> list[Step]:
    """A corner or an edge that is spoken of without saying which: the nearest where any will do, else a question."""
    if not named and scan.take("<nearest_corner>"):
        return [Step("x", "corner", "nearest"), Step("y", "corner", "nearest")]
    return which_edge(said, named)


def which_edge(said: str, named: Sequence[str]) -> list[Step]:
    """What to ask where a phrase speaks of a corner or an edge and leaves open which.

    Args:
        said: the phrase.
        named: the sides, keys of SIDES, that are known already.
    """
    if len(named) < 2 and pattern("corners?").search(said):
        return [Step("x", "which", "corner", "".join(named))]
    return [Step("x", "which", "edge")] if not named and pattern("<some_edge>").search(said) else []


def cornered(steps: list[Step]) -> list[Step]:
    """Wishes in which a corner lies between the sides that are named, in whatever clause."""
    if not any((step.how, step.value) == ("which", "corner") for step in steps):
        return steps
    named = {SIDES[name][0]: name for name in (step.said for step in steps) if name in SIDES}
    others = [step for step in steps if step.how != "which" and step.slot not in named]
    if len(named) == 2:
        return [*others, *(_at(name, False) for name in named.values())]
    return [*others, Step("x", "which", "corner", "".join(named.values()))]
