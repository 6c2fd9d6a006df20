"""Sentences about a sprite said plainly: one spelling, numbers as digits, slips mended, roundabout ways made short."""

from __future__ import annotations

import re

from core.models.text import known_words
from core.studio.language.normal import nearest_word, normalise
from core.studio.language.sprites import words

_NUMBERS = (
    (r"(?:one |a )?hundred and eighty|(?:one |a )?hundred eighty|one eighty", "180"),
    (r"two hundred and seventy|two hundred seventy|two seventy", "270"),
    (r"three hundred and sixty|three hundred sixty|three sixty", "360"),
    (r"(?:one |a )?hundred and thirty five", "135"),
    (r"(?:one |a )?hundred and twenty", "120"),
    (r"forty five", "45"),
    *((name, str(10 * n)) for n, name in enumerate("ten twenty thirty forty fifty sixty seventy eighty ninety".split(), 1)),
    ("fifteen", "15"),
    ("zero", "0"),
    *(
        (
            rf"{name}(?= (?:columns?|rows?|steps?|pixels?|px|places|notches|units|cells|sizes?|degrees?)\b)|(?<=column ){name}|"
            rf"(?<=row ){name}|(?<=size ){name}|(?<= x ){name}|(?<= y ){name}|(?<=by ){name}|(?<=left ){name}|(?<=right ){name}|"
            rf"(?<=up ){name}|(?<=down ){name}|(?<=move ){name}(?= (?:to|left|right|up|down))|^{name}(?= (?:to|left|right|up|down))",
            str(number),
        )
        for name, number in words.COUNTS.items()
        if number < 10
    ),
)
_PLAIN = (
    (r"°", " degrees "),
    (r"½", " half "),
)
_STEP_NOUNS = (
    r"tilt|turn|rotation|lean|slant|spin|twist|nudge|push|shove|step|hop|jump|move|movement|bump|shift|increase|reduction|decrease|change"
)
_STEPS = r"bigger|larger|smaller|left|right|up|down|higher|lower|grow|shrink|enlarge|tilt|tilted|turn|rotate|lean"
_WANT = r"(?:want|like|need) (?:it|this|the \w+)(?: to be| being)?"
_TURNED = r"(?:tilt|tilted|slant|slanted|lean|leaning|rotation|rotated|turned|askew|crooked|wonky|lopsided|upside down)"
_TOO = r"too |so |that |very |all that |overly "
_MUCH = r"much|far|big|huge|enormous|gigantic|large|small|tiny|high|low|a lot|hard"
_AXES = tuple(
    (rf"\b{verb} (?:the |its )?(?:{axis})(?: co ?ordinate| position| value)? by (\d+)\b", rf"move \1 {way}")
    for axis, less, more in (("x|column", "columns left", "columns right"), ("y|row", "rows up", "rows down"))
    for verb, way in (("(?:increase|raise|increment)", more), ("(?:decrease|reduce|lower|decrement)", less))
) + tuple(
    (rf"\b{verb} (\d+) {to} (?:the |its )?(?:{axis})\b", rf"move \1 {way}")
    for axis, less, more in (("x|column", "columns left", "columns right"), ("y|row", "rows up", "rows down"))
    for verb, to, way in (("add", "to", more), ("(?:subtract|take)", "(?:from|off)", less))
)
_REWRITES = tuple(
    (re.compile(pattern), better)
    for pattern, better in (
        (r"\bdeg\b", "degrees"),
        (r"(\d) per ?cent\b", r"\1percent"),
        (r"(\d)degrees?\b", r"\1 degrees"),
        (r"\b(\d+)(?:px|pixels)\b", r"\1 pixels"),
        (r"\b(\d+) squares (?=left|right|up|down|over|to the|further)", r"\1 columns "),
        (r"\b([xy]) ?(?:becomes |: )?(?=\d)", r"\1 "),
        (
            r"\b(?:to|at|position|coordinates?|point|place) (\d+)(?: ?(?:,|and|/|by|\|) ?| )(\d+)"
            r"(?! ?(?:degrees|percent|steps|columns|rows|pixels|\d))\b",
            r"x \1 y \2",
        ),
        (
            r"\b(?:somewhere |something |half ?way )?(?:in )?between (?:small|tiny|little) and (?:large|big|huge)\b"
            r"|\bneither (?:large|big|small) nor (?:large|big|small)\b",
            "medium size",
        ),
        (r"\b(between (?:\w+ ){1,5}?)and\b", r"\1with"),
        (
            rf"\b(?:an? |the |some )?(?:very |really |rather |quite )?(?:slight|small|little|tiny|gentle|subtle|minor|wee) "
            rf"({_STEP_NOUNS})\b",
            r"a bit \1",
        ),
        (
            rf"\b(?:an? |the |some )?(?:very |really |rather )?(?:big|large|huge|strong|hefty|serious|giant|massive) ({_STEP_NOUNS})\b",
            r"a lot \1",
        ),
        (r"\bnot (?:be|look|sit|stand) (?=(?:quite )?(?:so|too|as) )", "not "),
        (rf"\bdo not (?:really )?{_WANT} (?:so |that |too |this |quite so )?(?=big|large|small|tiny|high|low|far)", "too "),
        (rf"\b(?:do not (?:really )?{_WANT}|not|without(?: any| a)?|with no) {_TURNED}\b", "straight"),
        (r"\bthe right (size|shape|amount|kind|sort)\b", r"the \1"),
        (r"(?<!to )(?<!on )\bthe (?:left|right|top|bottom|upper|lower)(?: hand)? (?:one|1)\b", "it"),
        (r"\blike a (?:spinning )?(?:top|wheel|windmill|propeller)\b", ""),
        (r"^right (?:it|this)\b", "straighten it"),
        (r"^(\d+) , ?(\d+)$", r"x \1 y \2"),
        (r"\bdrop (a|\d+) sizes?\b", r"\1 size down"),
        (r"\ball the way (?:round|around)\b", "a full turn"),
        (r"\bhalf a right angle\b", "45 degrees"),
        (r"\b(?:two|2) right angles\b", "180 degrees"),
        (r"\b(?:an? |one )?right angle\b", "90 degrees"),
        *((rf"\b(?:{name}|{number}) and a half times\b", f"{number}.5 times") for name, number in words.COUNTS.items()),
        *_AXES,
        (
            r"\bfill(?:s|ing)?(?: up)? (?:the |this )?(?:whole |entire )?(?:frame|picture|screen|canvas|image|page|space|window)\b",
            "as large as possible",
        ),
        (
            rf"\b({_STEPS})\b((?: (?:it|this|to the \w+|the \w+))*)(?: ,)? (?:(?:but|though|just|only|and) )?not (?:{_TOO})?(?:{_MUCH})\b",
            r"\1 a bit\2",
        ),
        (
            r"(?: , (?:but |just )?| (?:but|though|just) )not (?:quite |completely )?(?:all the way|right (?:up )?(?:at|against|in|to)|"
            r"touching)(?: (?:it|the \w+))?\b",
            " close to",
        ),
        (r"\b(?:squeeze|squash|squish|cram|wedge|jam) (it|this|that|the \w+) (in|into|onto|against|up against)\b", r"put \1 \2"),
        (r"\b(?:turn|crank|dial|bump|take|bring|knock|scale) (up|down|back) (?:the |its )(?:size|scale)\b", r"scale \1"),
        (
            r"\b(?:turn|crank|dial|bump|take|bring|knock|scale) (?:the |its )(?:size|scale) (up|down|back)\b(?! (?:by )?(?:\d|one|a size))",
            r"scale \1",
        ),
        (r"\b(?:lower|drop) (?:the |its )(?:size|scale)\b", "scale down"),
        (r"\b(?:raise|lift) (?:the |its )(?:size|scale)\b", "scale up"),
        (r"\b(?:(?:turn|go|take|move|bring|knock|bump) (?:it |this )?)?(up|down) (a|one|\d+) sizes?\b", r"\2 size \1"),
        (r"\b(?:more |a bit more |rather )?(square|heart|ellipse|oval|circle|egg|box) (?:like|ish|esque)\b", r"\1"),
        (r"\blin(e|ed) (it|this|that|the \w+)? ?up\b", r"align \2"),
        (r"\b(make|let|have) (it|this|the \w+) stand$", r"\1 \2 stand up"),
        (r"\b(?:closer|nearer|more) to(?:wards)? the (left|right)(?: hand)?(?: side| edge| border)?\b", r"further \1"),
        (r"\b(?:closer|nearer) to(?:wards)? the top(?: side| edge| border)?\b", "further up"),
        (r"\b(?:closer|nearer) to(?:wards)? the bottom(?: side| edge| border)?\b", "further down"),
        (r"\bhard (left|right)\b", r"all the way \1"),
        (r"\b(?:four|4) (?:corners|sides|angles)\b|\b(?:four|4) (?:cornered|sided)\b", "square"),
        (
            r"\b(?:make|want|be|is|becomes?|an?|more|very|something|perfectly)(?: it| this| the \w+)?(?: more| very| perfectly)* "
            r"round(?:ed|ish)?(?: (?:thing|shape|one))?\b(?! (?:by|about|half|\d|heart|square))",
            "circle",
        ),
        (r"\b(shrink|scale|size|blow|make|get) (it|this|that|the \w+)? ?(?:right|all the way|way) (?:down|up)\b", r"\1 \2 all the way"),
        (r"\b(?:mirror|flip|swap) (?:its |the )?(?:position|place|location|side)\b(?: (?:from )?left to right)?", "to the other side"),
        (
            r"\b(?:it (?:is|looks|sits|seems)|that is|this is|too|being)? ?(?:too far|not (?:quite )?(?:so|as) far|less far|less) "
            r"(?:over )?(?:to "
            r"the |towards the )?left\b",
            "move right",
        ),
        (
            r"\b(?:it (?:is|looks|sits|seems)|that is|this is)? ?(?:too far|not (?:quite )?(?:so|as) far|less far|less) (?:over "
            r")?(?:to the |towards "
            r"the )?right\b",
            "move left",
        ),
        (
            r"\b(?:it (?:is|looks|sits|seems)|that is|this is)? ?(?:much |way |a bit |slightly |far )?(?:too|not so) (?:high|far "
            r"up)(?: up)?\b",
            "move down",
        ),
        (
            r"\b(?:it (?:is|looks|sits|seems)|that is|this is)? ?(?:much |way |a bit |slightly |far )?(?:too|not so) (?:low|far "
            r"down)(?: down)?\b",
            "move up",
        ),
        (r"\b(?:too|not too|not so|not as) (?:big|large|huge)\b", "smaller"),
        (r"\b(?:too|not too|not so|not as) (?:small|tiny|little)\b", "bigger"),
        (r"\bun ?(rotat|tilt|turn)", r"un\1"),
        (
            r"\b(blow|scale|size|zoom|pump|shrink|puff|beef|bulk|plump|fatten|trim|cut) (?:it|this|that|the \w+) (up|down|in|out)\b(?! "
            r"half)",
            r"\1 \2",
        ),
        (r"\bup (?=against|next to|close to|to the (?:top|left|right|edge|corner|ceiling|upper))", ""),
        (r"\ball right\b|\bright (?:now|away)\b|^right ,", " "),
        (
            r"\bright (?=in |at |to the (?:top|bottom|left|centre|middle|edge|very|right)|up |down |into|on |onto|over |by the |back|"
            r"against)",
            "",
        ),
        (r"\b(top|bottom|upper|lower|up|down) (?:and|,) (?:to )?(?:the )?(left|right|centre|middle)\b", r"\1 \2"),
        (r"\b(left|right) (?:and|,) (?:to )?(?:the )?(top|bottom)\b", r"\1 \2"),
        (r"\b(?:north) ?(east|west)\b", r"top \1"),
        (r"\b(?:south) ?(east|west)\b", r"bottom \1"),
        (r" , (?=(?:anti|counter)? ?clockwise|by \d|a (?:bit|lot|little)$)", " "),
        (r"\b(?:left|right) (?:it|everything|the rest|all the rest) (?:as|alone|unchanged|be)\b", "leave it as"),
        (r"\bwithout (?=chang|touch|mov|alter|affect|turn|rotat|resiz|mess)", ", keep "),
        (r"\b(?:while|whilst|and|but|,)? ?(?:keeping|leaving|preserving|retaining|maintaining)\b", ", keep"),
        (r"\binstead of (?:being |having )?(?:an? |the )?(\w+)", r", not \1 ,"),
        (r"\brather than (?:an? |the )?(\w+)", r", not \1 ,"),
        (r"(?<!way )(?<!distance )\bfrom (?:an? |the |its )?[a-z ]+? (?=(?:to|into) )", ""),
        (r"\bheart[ -]?shaped?\b", "heart"),
        (r"\b(?:in )?half the time\b", ""),
        (r"\bmake (?:it|the \w+) point (?=up|down|left|right)", "point "),
    )
)


def plain(sentence: str) -> str:
    """A sentence in one spelling, numbers as digits, roundabout turns of phrase said plainly."""
    for sign, word in _PLAIN:
        sentence = sentence.replace(sign, word)
    text = _mended(normalise(sentence))
    for pattern, digits in _NUMBERS:
        text = re.sub(rf"\b(?:{pattern})\b", digits, text)
    for compiled, better in _REWRITES:
        text = compiled.sub(better, text)
    return " ".join(text.split())


def _mended(text: str) -> str:
    """Slips of the finger mended towards the words of sprites; words that are English stay."""
    return " ".join(_mend(word) for word in text.split())


def _mend(word: str) -> str:
    if len(word) < 4 or not word.isalpha() or word in _OWN or word in known_words():
        return word
    return nearest_word(word, _TARGETS) or word


_TARGETS = tuple(
    "square ellipse oval heart circle left right bottom centre middle corner bigger smaller larger larger rotate rotated clockwise "
    "anticlockwise "
    "degrees column size upside position rotation random surprise slightly further possible large small higher lower quarter turn "
    "move keep "
    "shape edge upwards downwards little biggest smallest upright enlarge shrink towards please".split()
)
_OWN = (
    frozenset(
        re.findall(
            r"[a-z]+",
            " ".join(
                [
                    words.LEFT,
                    words.RIGHT,
                    words.UP,
                    words.DOWN,
                    words.TOP,
                    words.BOTTOM,
                    words.CENTRE,
                    words.BIGGER,
                    words.SMALLER,
                    words.LARGEST,
                    words.SMALLEST,
                    words.MEDIUM,
                    words.A_BIT,
                    words.A_LOT,
                    words.FAR,
                    *words.BY_RULE,
                    *words.ABSENT,
                ]
            ),
        )
    )
    | words.ASIDES
    | frozenset(_TARGETS)
    | frozenset(
        "anticlockwise counterclockwise widdershins leftmost rightmost topmost rhombus straighten furthest farthest nearest closest".split()
    )
)
