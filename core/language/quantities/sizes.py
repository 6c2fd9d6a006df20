"""How large: from a clause to steps about scale."""

from __future__ import annotations

from core.language.facts.sprites import SHARES, count
from core.language.quantities.steps import Scan, Step

STEPS = {0.4: 1, 1.0: 2, 1.75: 3}
"""Sizes that "a bit bigger", "bigger" and "much bigger" go up by."""
MIDDLE, LAST = 3, 5

_TIMES = {"half": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}


def sizes(scan: Scan) -> list[Step]:
    """The steps about scale in a clause; what they were read from is taken out of it."""
    if hit := scan.take(r"(size|scale)(?: (?:to|of|is|becomes|at|number|be|it to))* (\d+)"):
        return [Step("scale", "to", int(hit.group(2)) - (hit.group(1) == "size"), hit.group(1))]
    if times := _times(scan):
        return [Step("scale", "times", times)]
    if found := _counted(scan):
        return found
    for pattern, sign, end in (("<bigger>", 1, LAST), ("<smaller>", -1, 0)):
        if hit := scan.take(pattern):
            scan.take("(?:the |its |in )*(?:size|scale|dimensions)")
            return [Step("scale", "to", end) if scan.far else Step("scale", "by", sign * STEPS[scan.amount], hit.group())]
    return _named(scan)


def _counted(scan: Scan) -> list[Step]:
    """So many sizes up or down."""
    hit = scan.take(
        r"(?P<count>\d+|a|one) (?:sizes? (?=up|down|big|small|lar)|(?:steps?|notch(?:es)?|times?) (?=big|small|lar|little))"
        "(?:(?P<up>up|<bigger>)|down|<smaller>)"
    ) or scan.take(r"(?:the |its )?(?:size|scale) (?:(?P<up>up)|down) (?:by )?(?P<count>\d|one|a)(?: sizes?| steps?)?(?! ?\w*percent)")
    hit = hit or scan.take(r"(?:(?P<up><bigger>)|<smaller>)(?: it| this| the \w+| its \w+)? by (?P<count>\d)(?: sizes?| steps?)?(?! times)")
    return [Step("scale", "by", (1 if hit["up"] else -1) * count(hit["count"]))] if hit else []


def _named(scan: Scan) -> list[Step]:
    if scan.take("<largest>") or (scan.far and scan.take("as <big>|<big>")):
        return [Step("scale", "to", LAST, "large")]
    if scan.take("<smallest>") or (scan.far and scan.take("as <small>|<small>")):
        return [Step("scale", "to", 0, "small")]
    if scan.take("<medium>"):
        return [Step("scale", "to", MIDDLE)]
    if scan.take("<big>"):
        return [Step("scale", "at_least", LAST - 1)]
    return [Step("scale", "at_most", 1)] if scan.take("<small>") else []


def _times(scan: Scan) -> float:
    """By what the size should be multiplied; 0 where nothing of the kind is said."""
    if hit := scan.take(r"(?:by )?(\d+)percent (?:(<bigger>)|(<smaller>))|(?:(<bigger>)|<smaller>)(?: \w+)? by (\d+)percent"):
        share = int(hit.group(1) or hit.group(5)) / 100
        return 1 + share if hit.group(2) or hit.group(4) else max(0.05, 1 - share)
    if hit := scan.take(r"(?:to )?(\d+)percent(?: of)? ?<of_size>?"):
        return int(hit.group(1)) / 100
    if scan.take("half (?:as (?:big|large|much) again|again as (?:big|large|much))"):
        return 1.5
    if hit := scan.take(r"(\d+(?:\.\d+)?|two|three|four)(?: times|x)(?: as)? (?:(<bigger>|<big>)|(<smaller>|<small>)|<of_size>)"):
        times = float(hit.group(1)) if hit.group(1)[0].isdigit() else count(hit.group(1))
        return 1 / max(1, times) if hit.group(3) else times or 1.0
    if hit := scan.take("(half|twice|double|triple|thrice)(?: of)?(?: <of_size>)(?: (?:as )?(?:it is|it was|now|<small>))?"):
        return 1 / _TIMES[hit.group(1)] if "small" in hit.group() and hit.group(1) != "half" else _TIMES[hit.group(1)]
    if hit := scan.take("(?:by )?(?:a |one )?(third|quarter) (?:(<bigger>)|(<smaller>))"):
        return 1 + SHARES[hit.group(1)] if hit.group(2) else 1 - SHARES[hit.group(1)]
    if hit := scan.take("(?:to )?(two thirds|2 thirds|three quarters)(?: of)?(?: <of_size>)?"):
        return SHARES[hit.group(1)]
    if scan.take("halve|halved|cut (?:it )?(?:in|by) half|in half|by half|half as much"):
        return 0.5
    if scan.take("double|doubled|two fold|twofold|twice"):
        return 2.0
    if hit := scan.take("(?:a )?(third|quarter)(?: of)? <of_size>"):
        return SHARES[hit.group(1)]
    return 3.0 if scan.take("triple|tripled|treble") else 0.0
