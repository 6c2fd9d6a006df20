"""Which way up: from a clause to steps about rotation."""

from __future__ import annotations

from core.language.facts import sprites as words
from core.language.facts.sprites import count
from core.language.quantities.steps import Scan, Step

USUAL = {0.4: 20.0, 1.0: 90.0, 1.75: 120.0}
"""Degrees of a turn that says no more than that."""
LEANING = {0.4: 15.0, 1.0: 30.0, 1.75: 60.0}

_FRACTIONS, _MEASURES, _POSES = (words.TABLE[name] for name in ("fractions", "measures", "poses"))
"""Parts of a turn and units of one in degrees, and poses with the words for them."""


def turns(scan: Scan) -> list[Step]:
    """The steps about rotation in a clause; what they were read from is taken out of it."""
    if scan.has("<turned_into>"):
        scan.take("turn|turned|turning|twist")
        return []
    if hit := scan.take("<sloped>"):
        degrees = _degrees(scan, False) or LEANING[scan.amount]
        return [Step("rotation", "lean", degrees if hit.group(1) or hit.group(2) else -degrees)]
    if hit := scan.take(r"(?:rotation|angle|orientation)(?: (?:to|of|is|becomes|at|number|be|it to))* (-?\d+(?:\.\d+)?)(?: degrees?)?"):
        plain = "degree" not in hit.group() and abs(float(hit.group(1))) < 40 and not hit.group().startswith("angle")
        return [Step("rotation", "to" if plain else "angle", float(hit.group(1)))]
    return _posed(scan) or _turned(scan)


def _posed(scan: Scan) -> list[Step]:
    """A pose that is named, or where the tip should point."""
    flips = scan.has("<turn>|flip(?:ped)?|put|stand|make")
    if hit := scan.take("<pointed>"):
        upright = "" if hit.group(3) else "up" if hit.group(1) else "down"
        across = {"west": "left", "east": "right"}.get(said := hit.group(2) or hit.group(3) or "", said)
        scan.take("<turn>|<lean>")
        return [Step("rotation", "pose", f"{upright} {across}".strip())]
    for pose, pattern in _POSES:
        if scan.take(pattern):
            turned = scan.take("<turn>|<lean>|flip(?:ped)?") is not None
            if pose == "upside down" and turned and flips:
                return [Step("rotation", "degrees", 180.0)]
            shape = [Step("shape", "to", "square")] if pose == "diamond" else []
            return [*shape, Step("rotation", "pose", pose)]
    return []


def _turned(scan: Scan) -> list[Step]:
    """A turn from where it is, by an angle or by the usual one."""
    if hit := scan.take(r"(?:to|at)(?: an?)?(?: angle of)? (\d+(?:\.\d+)?) ?degrees?(?: angle)?|^(0) degrees"):
        scan.take("<turn>")
        return [Step("rotation", "angle", float(hit.group(1) or 0))]
    if not scan.has("<turning>"):
        return []
    degrees = _degrees(scan, scan.has("<turn>"))
    lean = scan.take("<lean>") is not None
    scan.take("<turn>")
    if degrees is None and scan.take("<the_other_way_round>|around|round|over|about"):
        degrees = 180.0
    for rest in ("rotation|degrees?|turn|spin", "around|round|about|over", "(?:to|on) (?:one|the|a) side"):
        scan.take(rest)
    back = scan.take("<anticlockwise>") or scan.take("<back>")
    sided = back or scan.take("<clockwise>")
    sign = 1.0 if back else -1.0
    if degrees is None:
        degrees = (LEANING if lean else USUAL)[scan.amount]
        if lean and not sided:
            return [Step("rotation", "lean", degrees, "tilt")]
        return [Step("rotation", "degrees", sign * degrees, "turn" if sided or scan.amount != 1.0 else "any turn")]
    return [Step("rotation", "degrees", sign * degrees)]


def _degrees(scan: Scan, verb: bool) -> float | None:
    """By how many degrees, where that is said."""
    for unit, degrees in _MEASURES:
        if hit := scan.take(rf"(?:by |about |through )*(-?\d+(?:\.\d+)?) ?{unit}"):
            return float(hit.group(1)) * degrees
    for pattern, degrees in _FRACTIONS:
        if scan.take(f"(?:by |through |about )?(?:{pattern})"):
            return degrees
    if hit := scan.take(r"(?:by )?(\d+|one|a) (?:steps?|notch(?:es)?)"):
        return count(hit.group(1)) * 360 / 39
    if verb and (hit := scan.take(r"(?:by |through )?(\d+)")):
        return float(hit.group(1))
    return None
