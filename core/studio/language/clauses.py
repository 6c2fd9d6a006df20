"""A sentence as clauses: courtesies dropped, joined things kept together, each clause a list of tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.studio.language.colours import BASIC, COLOURS, SHADES
from core.studio.language.normal import slot_of, word_of
from core.studio.language.words import ADD, CHANGE, KEEP, PAINTING, REMOVE, REMOVE_SPLIT, SWAP

_HARD = frozenset(". ; ! ? : then but also plus while whilst though although & +".split())
_TAKES_WITH = frozenset(
    "away along okay up happy done go mess messing tamper fiddle off out down something someone anything thing one".split()
)
_BEFORE_WEAR = frozenset(
    "to he she it they him her them not should could would can must will noun guy character please stop let and "
    "be just does do want wants i you we may might".split()
)

_SUBJECT = (
    r"(?:(?:the |this |that |my |our |your )?(?:noun|guy|character|dude|person|figure|man|bloke|fella|chap|avatar|thing|image|"
    r"picture~accessory|picture|lad|buddy)|he|she|it|they|him|her|them|this|that)"
)
_OPENINGS = tuple(
    re.compile(rf"^(?:{p})\s+")
    for p in (
        r"hey(?: there)?|hi(?: there)?|hello(?: there)?|ok|okay|so|well|um+|uh+|hm+|erm?|oh|yo|right|alright|now|next|first|firstly|"
        r"secondly|finally|"
        r"please|kindly|maybe|perhaps|actually|just|quick|quickly|and|simply|basically|honestly|hmm|yes|yeah|no wait|wait|dear studio|only|"
        r"mate|buddy|dude|listen|thanks|lastly|both|all right|either|like|to|i said|instead|sorry|again|ooh|ah|oi|say",
        r"(?:can|could|would|will|may|might|shall|should|cant|can not|could not) (?:you|we|i|u|ya)(?: not)?(?: (?:please|maybe|perhaps|"
        r"kindly|just|also|possibly))*(?: (?:be able to|try to|try and|manage to|help me(?: to)?|go ahead and))?",
        r"(?:is|would) it (?:be )?possible (?:to|for you to)|is there (?:a|any) way to|is there any chance (?:you could|of)|any chance "
        r"(?:you could|we could|of)|"
        r"do you think you (?:could|can)|would you mind|do you mind|i was wondering if you could|i wonder if you could|it would be "
        r"(?:great|nice|cool|good|lovely|fun|awesome)(?: if)?(?: you could| we could| to)?|"
        r"feel free to|go ahead and|be so kind as to|how hard would it be to|i need you to|i want you to|i would like you to|i would "
        r"love for you to|you should|you could|you can|we should|we could|we need to|let us|let me(?: see)?|"
        r"i (?:would )?(?:really )?(?:like|love|prefer|want|need|wish|fancy|think|reckon|feel like|say|guess|believe|am after|am "
        r"thinking|vote for|imagine)(?: to)?(?: (?:see|have|get|make|try))?(?: if| that)?|"
        r"i would(?: rather)?(?: have| see)?|how about(?: we| you)?(?: try)?|what about(?: we)?|what if(?: you| we)?|why not|why do "
        r"not (?:you|we)|my wish is(?: for)?|the plan is to|time (?:for|to)|all i want is|make it so(?: that)?|see to it that|make "
        r"sure(?: that)?|ensure(?: that)?|i would be happy with|go for|going for|"
        r"show me(?: what)?|let me see(?: what)?|give me|get me|make me|i am going to|we want to|we want|we need|ready for|try(?: "
        r"and)?|if you could|could it be|may i have|can i see|could i get|would love|would like(?: to)?|need|want(?: to)?|want to see|"
        r"want to have",
    )
)
_CLOSINGS = re.compile(
    r"\s+(?:please|thanks|thank you(?: so much| very much)?|ta|cheers|mate|for me|if you can|if you could|if possible|if that is "
    r"ok|ok|okay|now|today|too|as well|"
    r"again|for us|right now|would you|could you|will you|can you|asap|thx|then|right|yeah|and|would be (?:great|nice|cool|good|"
    r"lovely|fun|awesome)|looks? (?:better|good|great)|"
    r"for a change|if you (?:like|want|do not mind|please)|buddy|dude|man|with|cos .+|because .+|since .+|so that .+|i think|i "
    r"guess|this time|here|instead|by the way|would you mind|pretty please|pretty)$"
)


_COURTESY = re.compile(
    r"(?:hi|hello|hey|hiya|yo|thanks|thank you|cheers|ta|please|ok|okay|great|lovely|nice|good|cool|perfect|wonderful|awesome|"
    r"brilliant|amazing|bye|sure|yes|yeah|right|sorry|wow|ha|haha|good (?:morning|evening|job|work|stuff)|well done|"
    r"nice one|that is (?:it|all|great|nice|cool|good|lovely)|nothing (?:else|more)|and nothing else|only that|no other changes?|"
    r"no more changes?|much appreciated|i (?:like|love) (?:it|that|him)|if (?:you|that|it) .*|obviously|of course|naturally|"
    r"clearly|you know|asap|when you can|for fun|for a laugh|why not|no rush|i guess|i think|seriously|honestly|hmm+|um+|er+|let "
    r"me (?:see|think)|love it|like it)"
    r"(?: so much| very much| a lot| there| mate| you| all| in advance| everyone| studio| please| again)*"
)
_WISH = re.compile(
    r"^(?:so |but |and |please |actually |instead )?(?:i|we) (?:would|want|need|prefer|fancy|wish|like|love)\b|^(?:give|"
    r"get|make|show|let) (?:me|us)\b|^(?:can|could|would|will) (?:you|we|i)\b"
)


@dataclass(frozen=True)
class Clause:
    """A piece of a sentence that asks for one thing.

    Attributes:
        tokens: see core.studio.language.normal.
        hard: whether it starts anew, rather than going on after a comma or "and".
        asked: whether it ended with a question mark.
        wish: whether it began with words such as "I want", which stand for a verb.
    """

    tokens: tuple[str, ...]
    hard: bool
    asked: bool = False
    wish: bool = False

    @property
    def text(self) -> str:
        """The tokens, joined."""
        return " ".join(self.tokens)


def is_colour(token: str) -> bool:
    """Whether a token says a colour and nothing else; "sky_blue" is one, "blue_stripes" is not."""
    words = token.split("_")
    return any(w in BASIC or w in COLOURS for w in words) and all(w in COLOURS or w in SHADES or w in {"and", "with"} for w in words)


def says_colour(phrase: str) -> bool:
    """Whether a phrase says a colour and nothing else: "red", "dark green", "pink and purple"."""
    return bool(phrase) and is_colour(phrase.replace(" ", "_"))


def trim(text: str) -> str:
    """A clause without the courtesies around it."""
    for _ in range(6):
        before = text
        for opening in _OPENINGS:
            text = opening.sub("", text)
        text = _CLOSINGS.sub("", text)
        text = re.sub(rf"^{_SUBJECT} to ", "", text)
        text = re.sub(rf"^(?:can|could|should|would|will|may|might|must|shall) (?={_SUBJECT} )", "", text)
        if text == before:
            return text
    return text


def split(tokens: list[str], asked: bool = False) -> list[Clause]:
    """Tokens to clauses, in order; courtesies are dropped, "or" keeps what stands before it."""
    clauses: list[Clause] = []
    current: list[str] = []
    hard = True
    for at, token in enumerate(tokens):
        if token == ":" and current and slot_of(current[-1]):
            current.append("becomes")
            continue
        boundary = _boundary(tokens, at, current)
        if not boundary:
            current.append(token)
            continue
        if current:
            clauses.append(Clause(tuple(current), hard, token == "?"))
        hard = token in _HARD or (token in {",", "and"} and not current and hard)
        current = ["without"] if token == "without" else ["except"] if token == "except" else ["wear"] if token == "wear" else []
    if current:
        clauses.append(Clause(tuple(current), hard, asked))
    return _trimmed(clauses)


def _trimmed(clauses: list[Clause]) -> list[Clause]:
    found = []
    for clause in clauses:
        text = trim(clause.text)
        alternative = re.split(r" or (?=\S)", text)[0] if not text.startswith("or ") else ""
        if _COURTESY.fullmatch(clause.text) or _COURTESY.fullmatch(text):
            continue
        wish = bool(_WISH.match(clause.text))
        if alternative.strip() and alternative not in {"except", "without"}:
            found.append(Clause(tuple(alternative.split()), clause.hard, clause.asked, wish))
    return found


def _boundary(tokens: list[str], at: int, current: list[str]) -> bool:
    token = tokens[at]
    if token in _HARD or token in {"except"}:
        return True
    if token == "without":
        return bool(current)
    if token == "wear":
        return bool(current) and current[-1] not in _BEFORE_WEAR
    if token in {"on", "in"} and _dressed(tokens, at, current):
        return True
    if token in {"on", "against", "over"}:
        return any(slot_of(t) == "background" for t in tokens[at + 1 : at + 5]) and (any(map(slot_of, current)) or len(current) < 3)
    if token in {",", "and"}:
        return not _joined(tokens, at, current)
    if token == "with":
        return _with_splits(tokens, at, current)
    return False


def _dressed(tokens: list[str], at: int, current: list[str]) -> bool:
    """Whether "in" or "on" leads to another slot with its own colour: "a ghost in red specs"."""
    after = []
    for token in tokens[at + 1 :]:
        if token in _HARD or token in {",", "and", "with"}:
            break
        after.append(token)
    if len(after) < 2 or slot_of(after[-1]) not in {"glasses", "body", "background"} or not any(map(is_colour, after)):
        return False
    return len(current) > 1 and current[-1] not in _BEFORE_WEAR and current[-1] not in ADD and not is_colour(current[-1])


def _joined(tokens: list[str], at: int, current: list[str]) -> bool:
    """Whether "and" or a comma joins two colours of one thing, as in "pink and purple glasses"."""
    if not current or at + 1 >= len(tokens) or not is_colour(tokens[at - 1]) or not is_colour(tokens[at + 1]):
        return False
    after = []
    for token in tokens[at + 1 :]:
        if token in _HARD or token in {",", "and", "with"}:
            break
        after.append(token)
    return not (any(map(slot_of, current)) and any(map(slot_of, after)))


def _with_splits(tokens: list[str], at: int, current: list[str]) -> bool:
    verb = next((t for t in current if t in CHANGE or t in ADD), "")
    if not current or current[-1] in _TAKES_WITH or {"surprise", "start"} & set(current):
        return False
    if verb in SWAP or verb in {"change", "exchange"} | PAINTING:
        return any(t in {"for", "to", "into", "with", "by"} for t in current)
    rest = tokens[at + 1 : at + 6]
    return any(map(slot_of, rest)) or any(map(slot_of, current)) or any("_" in t for t in rest) or len(current) > 1


def own_verb(tokens: tuple[str, ...]) -> str:
    """The kind of verb that a clause brings itself: "keep", "remove", "change", "add", or "" where it has none."""
    first = word_of(tokens[0]) if tokens else ""
    for kind, words in (("keep", KEEP), ("remove", REMOVE | {"no", "without"}), ("change", CHANGE), ("add", ADD | REMOVE_SPLIT)):
        if first in words and len(tokens) > 1:
            return kind
    return ""
