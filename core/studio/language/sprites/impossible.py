"""What a white shape on black cannot do, told from the words of a sentence."""

from __future__ import annotations

import re

from core.studio.language.colours import BASIC, COLOURS, COMPARATIVES
from core.studio.language.words import MOODS, MOTION, OFF_TOPIC

_HARMLESS = frozenset(
    "honey rose jet cold sky pitch nude sand cherry all plain sound mint copper tan cool happy nice better beautiful small big "
    "huge tiny round "
    "square long wide tall short large straight sit stand lie float hang drop jump hop fall roll turn spin move slide lean bow shift climb "
    "start stop open close copy help save play tell give pay order rest rotate face hug kiss throw kick show rise hover shrink grow "
    "pretty old young thick male sum "
    "fly full light bright send point nicer better lovely drag bring draw use drop".split()
)
_COLOUR = (frozenset(COLOURS) | BASIC | frozenset(w for w in COMPARATIVES if w.endswith("er"))) - _HARMLESS | frozenset(
    "colour colours coloured colouring recolour paint painted tint hue dye rainbow glow glowing shiny sparkly neon pastel gradient".split()
)
_THINGS = r"(?:ones?|hearts?|squares?|ellipses?|ovals?|circles?|shapes?|sprites?|boxes|things|of (?:them|it|these|those)|copies)"
_FIRST = r"^(?:(?:please|can you|could you|would you|will you|hey|ok|okay|now|so|i want you to|i want to|and|just|let us|go and|kindly) )*"

_START = r"(?:(?:please|can you|could you|now|ok|okay|and|just|the|it|that|do) )*"

_PATTERNS = (
    (
        "question",
        r"^(?:so |and |hey |ok |well |tell me )*(?:what(?! about| if| i want| i need| i would)|who|whose|why(?! not| do not you| "
        r"do not we)|when|which|where(?! it)|"
        r"how(?! about| hard| would it be if)|is(?! it possible| there any| there a way)|are|was|does|did|do you (?:know|like)|"
        r"have you|am i)\b",
    ),
    (
        "count",
        rf"\b(?:another|a second|second|a third|an extra|extra|two|three|four|five|six|ten|\d+|several|many|some more|a few|"
        rf"multiple|more(?! (?:heart|square|ellipse|oval|circle|box)s? (?:like|shaped|ish))|both|a dozen|"
        rf"(?:a )?(?:pair|couple|row|grid|crowd|bunch) of)(?: (?:more|other|extra|new|little|small|big|identical|different|of))* "
        rf"{_THINGS}\b",
    ),
    (
        "count",
        r"\b(?:duplicate|clone|twins?|copies|a copy|copy (?:it|this)|friend|companion|sibling|next to (?:it|him|the (?:heart|"
        r"square|ellipse))|beside (?:it|the (?:heart|square|ellipse))|"
        r"a pair|multiply)\b|\b(?:put|add|draw|place|stick|give it) an? .*\b(?:around|over|under|inside|behind|on|in|onto) "
        r"(?:it|the (?:heart|square|ellipse))\b",
    ),
    (
        "remove",
        r"\b(?:remove|delete|erase|hide|get rid of|vanish|disappear|wipe|invisible|destroy|clear|lose|no (?:shape|heart|square|"
        r"ellipse|sprite)s?|nothing there|empty)\b"
        r"(?! (?:the )?(?:rotation|tilt|angle|turn))",
    ),
    (
        "motion",
        r"\b(?:animat\w+|gif|forever|constantly|continuously|all (?:day|night)(?: long)?|endlessly|non ?stop|"
        r"keeps? (?:moving|spinning|turning|rotating|"
        r"bouncing)|back and forth|up and down|"
        r"side to side|in circles|(?:make|let|have|watch|see) (?:it|this|him|the \w+) (?:spin|rotate|turn|roll)(?:ning|ing)?$|"
        r"bounc\w+|danc\w+|wav(?:e|es|ing)|blink\w*|"
        r"puls\w+|beat(?:s|ing)?|run|running|walk|walking|flying|smil\w+|talk\w*|sing\w*|swim\w*|wobbl\w+|shak(?:e|es|ing)|"
        r"wiggl\w+|explod\w+|melt\w*)\b",
    ),
    ("mirror", r"\b(?:flip(?:ped)?|mirror(?:ed)?|reflect(?:ed)?|mirror image|invert(?! it upside))\b(?!.*\bupside down\b)"),
    (
        "style",
        r"\b(?:stretch\w*|squash\w*|squeez\w*|squish\w*|wider|narrower|thinner|thicker|fatter|slimmer|taller|shorter|(?:tall|thin|"
        r"narrow|thick|wide|fat|slim)$|chubb\w+|plump(?:er)?|skinn\w+|(?:half|twice|times|too|so) as (?:tall|wide|thin|narrow|thick|"
        r"fat|flat|long)|(?:half|twice|double) (?:the|its) (?:width|height)|(?:increase|decrease|reduce|change) (?:the|its) width|"
        r"flatter|longer|skew\w*|bend|bent|warp\w*|"
        r"blur\w*|sharp\w*|pixelat\w*|smooth\w*|transparent|translucent|opaque|see through|3d|3 d|three dimensional|shadow\w*|"
        r"shaded|shading|outline\w*|hollow|filled|border thickness|"
        r"realistic|cartoon\w*|sketch\w*|watercolou?r|texture\w*|pattern\w*|stripe\w*|striped|dotted|spotted|fuzzy|resolution|crop|"
        r"round(?:ed)? (?:squares?|hearts?)|rounded corners|rounder (?:at the )?corners|broken|cut (?:off|out|away|a|into)|split)\b",
    ),
    ("elsewhere", r"\b(?:background|backdrop|scenery|beach|sky|sunset)\b"),
    ("topic", r"\b(?:photo|photograph|selfie|poem|story|joke|song|email|essay|weather|news|pizza|recipe|password|prompt|instructions)\b"),
    (
        "start",
        r"\b(?:reset(?: it| this| everything)?|start (?:over|again|afresh|from scratch)|begin again|from scratch|original\w*|where it "
        r"started|"
        r"how it started|(?:to|at) the (?:start|beginning)(?! of)|to normal)\b",
    ),
    (
        "again",
        rf"^{_START}(?:again|once more|redo(?: it| that)?|repeat(?: it| that)?|same again|one more time|another time)(?: please)?(?: "
        rf"[.!])*$",
    ),
    ("again", rf"^{_START}(?:a (?:little )?bit |a little |even |some |slightly |much |still )?more(?: please)?(?: [.!])*$"),
    ("up?", r"\b(?:crank|dial|amp|ramp|jack)(?: it| this| that| the \w+)? (?:up|down)\b(?! (?:the |its )?(?:size|scale))"),
    ("measure", r"\b(?:twice|half|(?:two|three|four|\d+) times) as (?:far|high|low|much)\b(?! again)"),
    (
        "outside",
        r"\boff ?screen\b|\b(?:off|out of|outside|beyond)(?: of)? (?:the |this )?(?:screen|picture|frame|canvas|image|page|edges?|view|"
        r"window|bounds)\b",
    ),
)
_COMPILED = tuple((kind, re.compile(pattern)) for kind, pattern in _PATTERNS)
_POLITE_NOTHING = re.compile(r"\b(?:do not|without|never|not) (?:\w+ )?(?:mirror|flip|stretch\w*|animat\w*)\b")


def problem_of(text: str) -> tuple[str, str]:
    """Why a normalised sentence asks for what cannot be: a kind and the word that says it, or ("", "")."""
    text = _POLITE_NOTHING.sub("", text)
    for word in re.findall(r"[a-z]+", text):
        if word in _COLOUR:
            return "colour", word
    for kind, pattern in _COMPILED:
        if found := pattern.search(text):
            return kind, found.group().strip()
    first = re.match(rf"{_FIRST}([a-z]+)", text)
    word = first.group(1) if first else ""
    if word in OFF_TOPIC - _HARMLESS:
        return "topic", word
    if word in MOTION - _HARMLESS:
        return "motion", word
    mood = re.search(
        r"\b(?:make|look|looks|be|feel|is|becomes?|more) (?:it |him |her |the \w+ )?(?:look |be |more |very |really |so )*([a-z]+)$", text
    )
    if mood and mood.group(1) in MOODS - _HARMLESS:
        return "style", mood.group(1)
    return "", ""


_OPEN = (
    ("scale?", r"resize|size|scale"),
    ("shape?", r"shape|form"),
    ("x?", r"move|moves|half ?way|midway|shift|slide|push|pull|nudge|drag|relocate|reposition|budge|place|position|put"),
)
"""What a sentence without a change speaks of."""


def question_about(text: str) -> tuple[str, str]:
    """What to ask about a normalised sentence in which no change was found: a kind and a word, or ("", "")."""
    for kind, pattern in _OPEN:
        if found := re.search(rf"\b(?:{pattern})\b", text):
            return kind, found.group()
    return "", ""
