"""How large, and which way up: from a clause to wishes about scale and rotation."""

from __future__ import annotations

from core.studio.language.sprite_wishes import Scan, Wish
from core.studio.language.sprite_words import BIG, BIGGER, LARGEST, MEDIUM, SMALL, SMALLER, SMALLEST

STEPS = {0.4: 1, 1.0: 2, 1.75: 3}
"""Sizes that "a bit bigger", "bigger" and "much bigger" go up by."""
USUAL = {0.4: 20.0, 1.0: 90.0, 1.75: 120.0}
"""Degrees of a turn that says no more than that."""
LEANING = {0.4: 15.0, 1.0: 30.0, 1.75: 60.0}
MIDDLE, LAST = 3, 5

_TIMES = {"half": 0.5, "twice": 2.0, "double": 2.0, "triple": 3.0, "thrice": 3.0}
_OF_SIZE = (
    r"(?:the size|its size|as big|as large|its current size|the current size|size|as small|its width|the scale|its scale|the dimensions)"
)


def sizes(scan: Scan) -> list[Wish]:
    """The wishes about scale in a clause; what they were read from is taken out of it."""
    if hit := scan.take(r"(size|scale)(?: (?:to|of|is|becomes|at|number|be|it to))* (\d+)"):
        return [Wish("scale", "to", int(hit.group(2)) - (hit.group(1) == "size"), hit.group(1))]
    if found := _times(scan):
        return [Wish("scale", "times", found)]
    if hit := scan.take(
        rf"(\d+|a|one) (?:sizes? (?=up|down|big|small|lar)|(?:steps?|notch(?:es)?|times?) (?=big|small|lar|little))({BIGGER}|"
        rf"{SMALLER}|up|down)"
    ):
        up = scan_is_up(hit.group(2))
        return [Wish("scale", "by", (1 if up else -1) * (int(hit.group(1)) if hit.group(1).isdigit() else 1))]
    if hit := scan.take(r"(?:the |its )?(?:size|scale) (up|down) (?:by )?(\d|one|a)(?: sizes?| steps?)?(?! ?\w*percent)"):
        return [Wish("scale", "by", (1 if hit.group(1) == "up" else -1) * (int(hit.group(2)) if hit.group(2).isdigit() else 1))]
    for pattern, sign, end in ((BIGGER, 1, LAST), (SMALLER, -1, 0)):
        if hit := scan.take(pattern):
            scan.take("(?:the |its |in )*(?:size|scale|dimensions)")
            return [Wish("scale", "to", end) if scan.far else Wish("scale", "by", sign * STEPS[scan.amount], hit.group())]
    return _named(scan)


def scan_is_up(word: str) -> bool:
    """Whether a word means that the size goes up."""
    return word == "up" or word in BIGGER.split("|")


def _named(scan: Scan) -> list[Wish]:
    if scan.take(LARGEST) or (scan.far and scan.take(f"as (?:{BIG})|{BIG}")):
        return [Wish("scale", "to", LAST, "large")]
    if scan.take(SMALLEST) or (scan.far and scan.take(f"as (?:{SMALL})|{SMALL}")):
        return [Wish("scale", "to", 0, "small")]
    if scan.take(MEDIUM):
        return [Wish("scale", "to", MIDDLE)]
    if scan.take(BIG):
        return [Wish("scale", "at_least", LAST - 1)]
    return [Wish("scale", "at_most", 1)] if scan.take(SMALL) else []


def _times(scan: Scan) -> float:
    """By what the size should be multiplied; 0 where nothing of the kind is said."""
    if hit := scan.take(rf"(?:by )?(\d+)percent (?:({BIGGER})|({SMALLER}))|(?:({BIGGER})|{SMALLER})(?: \w+)? by (\d+)percent"):
        share = int(hit.group(1) or hit.group(5)) / 100
        return 1 + share if hit.group(2) or hit.group(4) else max(0.05, 1 - share)
    if hit := scan.take(rf"(?:to )?(\d+)percent(?: of)? ?(?:{_OF_SIZE})?"):
        return int(hit.group(1)) / 100
    if hit := scan.take(rf"(\d+|two|three|four)(?: times|x)(?: as)? (?:({BIGGER}|{BIG})|({SMALLER}|{SMALL})|{_OF_SIZE})"):
        count = {"two": 2, "three": 3, "four": 4}.get(hit.group(1)) or max(1, int(hit.group(1)))
        return 1 / count if hit.group(3) else float(count)
    if hit := scan.take(rf"(half|twice|double|triple|thrice)(?: of)?(?: {_OF_SIZE})(?: (?:as )?(?:it is|it was|now|{SMALL}))?"):
        return 1 / _TIMES[hit.group(1)] if "small" in hit.group() and hit.group(1) != "half" else _TIMES[hit.group(1)]
    if hit := scan.take(rf"(?:by )?(?:a |one )?(third|quarter) (?:({BIGGER})|({SMALLER}))"):
        share = 1 / 3 if hit.group(1) == "third" else 0.25
        return 1 + share if hit.group(2) else 1 - share
    if hit := scan.take(rf"(?:to )?(?:two thirds|2 thirds|(three quarters))(?: of)?(?: {_OF_SIZE})?"):
        return 0.75 if hit.group(1) else 2 / 3
    if scan.take("halve|halved|cut (?:it )?in half|in half|by half|half as much"):
        return 0.5
    if scan.take("double|doubled|two fold|twofold|twice"):
        return 2.0
    if hit := scan.take(rf"(?:a )?(third|quarter)(?: of)? (?:{_OF_SIZE})"):
        return 1 / 3 if hit.group(1) == "third" else 0.25
    return 3.0 if scan.take("triple|tripled|treble") else 0.0


_VERBS = (
    r"(?:re)?(?:rotat|swivell?|pivot|revolv|twist|angl|orient(?:at)?)(?:e|ed|es|ing|s)?|turn(?:ed|ing|s)?|spin(?:ning|s)?|spun|"
    r"roll(?:ed|ing)?"
)
_LEANS = r"tilt(?:ed|ing|s)?|lean(?:ed|ing|s)?|tip(?:ped|ping)?|slant(?:ed|ing)?|skew(?:ed|ing)?|slope|cant"
_ANTICLOCKWISE = r"anti ?clockwise|counter ?clockwise|ccw|widdershins|anti clock wise|to the left|leftwards?|left"
_CLOCKWISE = r"clockwise|cw|clock wise|to the right|rightwards?|right"
_FRACTIONS = (
    (r"three[ -]?quarters?(?: of)?(?: a)? (?:turn|rotation|way round|circle|spin)?", 270.0),
    (r"(?:a |one )?quarter(?: of)?(?: a)? ?(?:turn|rotation|circle|spin|of the way round|of the way around)?", 90.0),
    (r"(?:a |one )?half(?: of)?(?: a)? ?(?:turn|rotation|circle|spin|way round|way around|way)", 180.0),
    (r"(?:an |one )?eighth(?: of)?(?: a)? ?(?:turn|rotation|circle|spin)?", 45.0),
    (r"(?:a |one )?third(?: of)?(?: a)? ?(?:turn|rotation|circle|spin)", 120.0),
    (r"(?:a |one )?sixth(?: of)?(?: a)? ?(?:turn|rotation|circle|spin)", 60.0),
    (r"(?:a |one )?(?:full|whole|complete)(?: of)?(?: a)? ?(?:turn|rotation|circle|spin)|all the way (?:round|around)", 360.0),
)
_POSES = (
    ("diamond", r"(?:an? )?(?:diamond|rhombus|lozenge)|on(?:to)? (?:its|one|a) (?:corner|tip|point)"),
    (
        "upside down",
        r"upside down|the wrong way up|head first|bottom up|on(?:to)? its head|tip up|point(?:ing|y|s)?(?: end| side| bit)? "
        r"(?:up(?:wards?)?|(?:at|to|on) (?:the )?top)|inverted",
    ),
    (
        "upright",
        r"upright|right way up|right side up|on(?:to)? (?:its )?end|standing(?: up)?|stood up|stand(?: \w+){0,2} up|vertical(?!ly)|"
        r"point(?:ing|s)? down(?:wards?)?",
    ),
    (
        "straight",
        r"straighten(?:ed)?(?: \w+)?(?: up| out)?|straight(?: up)?|level|untilted|unrotated|(?:no|without|zero|undo the|remove "
        r"the) (?:rotation|tilt|angle|turn)|untwist\w*|unrotate\w*|unturn\w*",
    ),
    ("lying", r"on(?:to)? (?:its|the) side|sideways|horizontal(?!ly)|lying(?: down| flat)?|flat|lie down|lay (?:it )?down"),
    ("diagonal", r"diagonal|slanted|at a slant|at an angle"),
    ("right", r"(?:point|points|pointing|face|facing)(?: \w+)? (?:to the )?right"),
    ("left", r"(?:point|points|pointing|face|facing)(?: \w+)? (?:to the )?left"),
)


def turns(scan: Scan) -> list[Wish]:
    """The wishes about rotation in a clause; what they were read from is taken out of it."""
    if scan.has(
        r"(?:turn|turned|turning|twist)(?: \S+){1,4}? (?:in ?to|to) (?:an?|some|the)(?! (?:left|right|angle|quarter|half|top|bottom|full))"
    ):
        scan.take("turn|turned|turning|twist")
        return []
    if hit := scan.take(r"(?:rotation|angle|orientation)(?: (?:to|of|is|becomes|at|number|be|it to))* (-?\d+(?:\.\d+)?)(?: degrees?)?"):
        plain = "degree" not in hit.group() and abs(float(hit.group(1))) < 40 and not hit.group().startswith("angle")
        return [Wish("rotation", "to" if plain else "angle", float(hit.group(1)))]
    flips = scan.has(rf"{_VERBS}|flip(?:ped)?|put|stand|make")
    for pose, pattern in _POSES:
        if scan.take(pattern):
            return _posed(scan, pose, flips)
    return _turned(scan)


def _posed(scan: Scan, pose: str, flips: bool) -> list[Wish]:
    turned = scan.take(rf"{_VERBS}|{_LEANS}|flip(?:ped)?") is not None
    if pose == "upside down" and turned and flips:
        return [Wish("rotation", "degrees", 180.0)]
    shape = [Wish("shape", "to", "square")] if pose == "diamond" else []
    return [*shape, Wish("rotation", "pose", pose)]


def _turned(scan: Scan) -> list[Wish]:
    if hit := scan.take(r"(?:to|at)(?: an?)?(?: angle of)? (\d+(?:\.\d+)?) ?degrees?(?: angle)?"):
        scan.take(_VERBS)
        return [Wish("rotation", "angle", float(hit.group(1)))]
    turning = scan.has(
        rf"{_VERBS}|{_LEANS}|degrees?|anti ?clockwise|counter ?clockwise|clockwise|c?cw|widdershins|rotation|(?:quarter|half|"
        rf"eighth|full) (?:of a )?turn"
    )
    if not turning and not scan.has("the other way (?:round|up|around)"):
        return []
    degrees = _degrees(scan, scan.has(_VERBS))
    lean = scan.take(_LEANS) is not None
    scan.take(_VERBS)
    if degrees is None and scan.take("the other way (?:round|up|around)|around|round|over|about"):
        degrees = 180.0
    scan.take("rotation|degrees?|turn|spin")
    scan.take("around|round|about|over")
    sign = -1.0
    if scan.take(_ANTICLOCKWISE):
        sign = 1.0
    else:
        scan.take(_CLOCKWISE)
    if degrees is None:
        return [Wish("rotation", "degrees", sign * (LEANING if lean else USUAL)[scan.amount], "turn")]
    return [Wish("rotation", "degrees", sign * degrees)]


def _degrees(scan: Scan, verb: bool) -> float | None:
    if hit := scan.take(r"(?:by |about |through )*(-?\d+(?:\.\d+)?) ?degrees?"):
        return float(hit.group(1))
    for pattern, degrees in _FRACTIONS:
        if scan.take(f"(?:by |through |about )?(?:{pattern})"):
            return degrees
    if hit := scan.take(r"(?:by )?(\d+|one|a) (?:steps?|notch(?:es)?)"):
        return (int(hit.group(1)) if hit.group(1).isdigit() else 1) * 360 / 39
    if verb and (hit := scan.take(r"(?:by |through )?(\d+)")):
        return float(hit.group(1))
    return None
