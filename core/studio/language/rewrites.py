"""Normalised sentences in roundabout ways, said plainly: "a shirt with a leaf" becomes "a leaf on the chest"."""

from __future__ import annotations

import re
from functools import partial

from core.studio.language.colours import BASIC

_AMOUNTS = (
    (
        re.compile(
            r"\b(?:just )?(?:a (?:little )?(?:bit|touch|tad|smidge|smidgen|hint|shade|fraction|wee bit)(?: of)?|slightly|somewhat|"
            r"a little(?= (?:more|less|\w+er|bit|red|blue|green|pink|warm|cool|dark|light|purple|yellow|orange)\b)|subtly|half ?way|"
            r"partly|partially|gently)\b"
        ),
        0.5,
    ),
    (
        re.compile(
            r"\b(?:much(?= more| less| \w+er\b)|way(?= more| less| \w+er\b)|a lot(?= more| less| \w+er\b)|far(?= more| less| "
            r"\w+er\b)|loads(?= more)|even(?= more| \w+er\b)|tons(?= more)|heaps(?= more)|extra(?= \w)|double(?= the))\b"
        ),
        1.5,
    ),
)
_PERCENT = re.compile(r"\b(\d{1,3})percent\b")
_WHOSE = r"(?:his|its|her|the|their|those|my|this)"
_PLACES = (
    (re.compile(rf"\b(?:on|above|atop|between) (?:top of )?{_WHOSE} (?:shoulders|neck)\b|\b(?:up|on) top\b(?! of)"), "as the head"),
    (re.compile(rf"\b(?:around|round|from|off|on) {_WHOSE} neck\b"), "on the chest"),
    (re.compile(rf"\b(?:over|on|in front of) {_WHOSE} (?:eyes|nose)\b"), "as the glasses"),
    (
        re.compile(
            rf"(?<!take )(?<!strip )(?<!get )(?<!pull )\b(?:from|off) (?:{_WHOSE} )?(?:front|belly|tummy|stomach|jumper|shirt|tee|"
            r"tshirt|sweater|body|torso|clothes|outfit)\b"
        ),
        "from the chest",
    ),
    (re.compile(r"\b(?:behind|in back of) (?:him|her|it|them|the noun|the character|the guy)\b"), "as the background"),
    (
        re.compile(
            rf"\b(?:on|across|over|onto) (?:{_WHOSE} )?(?:front|belly|tummy|breast|stomach|jumper|shirt|tee|tshirt|sweater|body|"
            r"torso|top|clothes|outfit|chest)\b"
        ),
        "on the chest",
    ),
)
_ONTO = re.compile(
    r"^(.*\b(?:add|stick|pin|attach|put|apply|sew|print|draw|slap|stamp|iron|paint|place|pop|hang)\b.+) (?:to|onto|on|"
    rf"in) (?:{_WHOSE} )?(?:shirt|tee|tshirt|body|torso|jumper|clothes|outfit|top|chest|skin)\b"
)
_INSTEAD = re.compile(r"^(?:\W*)instead of (.+?)\s*,\s*(.+)$")
_EXCEPT_REST = re.compile(
    r"\b(everything|all|anything)( else)? (?:but|except|apart from|besides|other than)(?: for)?\b(?! (?:make|"
    r"change|give|turn|swap|replace|put|set|lose|remove|with|i|he|add|have|for the \w+ to|the \w+ (?:becomes?|should|to be|is|goes)))"
)
_KEEP_ALL_BUT = re.compile(
    r"\b(?:(?:i would like|i want|let|keep|leave|preserve) (?:everything|all of it|all)|(?:everything|all of it|"
    r"all)(?= \w* ?\w* ?(?:stays?|remains?|same|unchanged)))(?: else)?(?: to| should| must| can)?(?: stays?| remains?| be "
    r"left)?(?: the same| alone| unchanged| as (?:it )?is)*,? (?:except|but|apart from|besides)(?: for)? (the \w+|his \w+)(?=$| ,| "
    r"\.| and)"
)
_REWRITES = (
    (_KEEP_ALL_BUT, r"change \1"),
    (
        re.compile(
            r"^(?:everything|all)(?: else)? (?:except|but|apart from)(?: for)? ((?:the|his) \w+) (?:should |must |can )?(?:stays?|"
            r"remains?)(?: the same| as it is)?"
        ),
        r"change \1",
    ),
    (
        re.compile(
            r"^(?:nothing but|only|just) ((?:the|his|its|her) \w+) (?:should|must|can|may) change\s*[:,]?\s*(?:to "
            r")?"
        ),
        r"change \1 to ",
    ),
    (re.compile(r"\bonly\s*(?=[:,])"), ""),
    (re.compile(r"^(.+?) \? no (?:thanks|thank you|way)\b"), r"remove \1"),
    (re.compile(r"\bbetter (?:off )?without\b"), "without"),
    (
        re.compile(
            r"\b(?:an? |the |his )?(?:\w+ )?(?:shirt|tee|tshirt|jumper|sweater|jersey) (?:with|featuring|bearing|showing|that has|"
            r"that says|saying|which says|reading) (.+?)(?: on it| on the front)?(?=$| and | , | \.)"
        ),
        r"\1 on the chest",
    ),
    (
        re.compile(
            r" (?:is|would be|might be) (?:the way to go|what i want|what i would like|a good idea|the one|my choice|best|perfect|"
            r"ideal|better|nice|great|fun|lovely)$"
        ),
        "",
    ),
    (re.compile(r"^(?:decorate|adorn|cover|embellish|brand|kit|equip|emblazon)(?: out)? (.+?) with (.+)$"), r"put \2 on \1"),
    (
        re.compile(
            r"\b(?:would|might|could) (?:be|look) (?:\w+ )?(?:nice|great|good|cool|lovely|fun|better|perfect|brilliant|funny|"
            r"amazing|awesome|sweet)(?= (?:on|for|as|in|around|with))"
        ),
        "",
    ),
    (re.compile(r"^(?:i want |it should be |make (?:it|him) |it is )?not (an? .+?) ?,? but (an? .+)$"), r"\2 instead of \1"),
    (re.compile(r"^(?:the |an? )?(.+?) out ?,? (?:and )?(?:the |an? )?(\S+(?: \S+)?) in$"), r"swap the \1 for a \2"),
    (re.compile(r"^((?:please )?(?:change|turn|switch|go|swap|morph)(?: him| it)?) from (?=.+ (?:to|into) )"), r"\1 "),
    (re.compile(r"\bfrom (?:an? |the )?\w+(?: \w+)? (?=(?:to|into) )"), ""),
    (
        re.compile(
            r"\b(?:would |could |might |will )?(?:look|looks|be|is) (?:so |much |way |even |a lot |really |very )*(?:better|good|"
            r"great|nice|nicer|cool|funnier|best|cute|cuter|awesome|amazing|lovely|fun|funny|happier|hilarious|ace|brilliant|fab|sweet|"
            r"perfect) (as|with|in|wearing|wear|without)\b"
        ),
        r"\1",
    ),
    (
        re.compile(
            r"\b(?:would|might|could|will) (?:really )?(?:suit|look \w+ on|go well (?:on|with)|fit|work for|be \w+ (?:on|for)) "
            r"(?:him|her|it|them|the noun|this guy|this one)\b"
        ),
        "",
    ),
)


def rewrite(text: str) -> str:
    """Say a normalised sentence plainly; what is plain already stays as it is."""
    text = _INSTEAD.sub(r"\2 instead of \1", text)
    for pattern, better in _REWRITES:
        text = pattern.sub(better, text).strip()
    text = _EXCEPT_REST.sub(r"\1 except", text)
    text = re.sub(r"\bas well as\b", "and", text)
    text = _ONTO.sub(lambda found: found.group() if found.group(1).split()[-1] in BASIC else f"{found.group(1)} on the chest", text)
    for pattern, place in _PLACES:
        text = pattern.sub(partial(_put, place), text)
    return text


def amount_of(text: str) -> tuple[str, float]:
    """Split normalised text into the rest and how much is wanted: 0.5 for "a bit", 1.5 for "much more", else 1."""
    percent = _PERCENT.search(text)
    if percent:
        return _PERCENT.sub("", text), max(0.05, min(2.0, int(percent.group(1)) / 100))
    for pattern, amount in _AMOUNTS:
        if pattern.search(text):
            return " ".join(pattern.sub(" ", text).split()), amount
    return text, 1.0


def _put(place: str, found: re.Match[str]) -> str:
    """Keep "green on the shirt" a colour: "on the shirt" means the chest, unless it is a colour that goes there."""
    before = [w for w in found.string[: found.start()].split() if w != "all"]
    return found.group() if before and before[-1] in BASIC else place
