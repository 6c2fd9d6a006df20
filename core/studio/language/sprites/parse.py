"""A sentence about a sprite to wishes, by rules.

A sentence is cut into clauses; from each are taken, in this order, what should stay, what is left to chance, which
way up, how large, where, and which shape. What then remains and is no aside is a phrase whose meaning is looked up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.studio.language.parse import check
from core.studio.language.sprites import words
from core.studio.language.sprites.impossible import problem_of, question_about
from core.studio.language.sprites.places import cornered, places
from core.studio.language.sprites.rewrites import plain
from core.studio.language.sprites.sizes import sizes
from core.studio.language.sprites.turns import LEANS, VERBS, turns
from core.studio.language.sprites.ways import ways
from core.studio.language.sprites.wishes import Scan, Wish

SLOT_WORDS = {
    "shape": r"shape|form|figure|what it is|kind|outline",
    "scale": r"sizes?|scale|big|small|large|bigger|smaller|dimensions|grow|shrink|resize|enlarge",
    "rotation": r"rotation|angle|orientation|tilt|rotate|turn|turned|turning|rotating|spin|heading|way up|direction",
    "x": r"position|place|location|spot|where it is|where it stands|column|x|move|moving|horizontal(?:ly)?|left|right|in the "
    r"corner|it there|put",
    "y": r"position|place|location|spot|where it is|where it stands|row|y|move|moving|vertical(?:ly)?|height|top|bottom|up|down|in "
    r"the corner|it there|put",
}
"""How slots are named where something should stay or be left to chance."""


@dataclass(frozen=True)
class SpriteParsed:
    """What a sentence asks of a sprite.

    Attributes:
        wishes: in the order said.
        keeps: slots that must stay as they are.
        problem: the kind of thing that cannot be done, else "".
        word: the word that says so.
        undo: whether the last step should be taken back.
    """

    wishes: tuple[Wish, ...] = ()
    keeps: tuple[str, ...] = ()
    problem: str = ""
    word: str = ""
    undo: bool = False


_UNDO = re.compile(
    r"^(?:(?:please|oops|no|wait|sorry|ok|h+m+|um+|actually|can you|could you|let us|argh|whoops)(?: [,.!])* )*(?:undo(?! (?:the|"
    r"its) (?:tilt|rotation|turn|angle))|revert|"
    r"rewind|step back|go back(?= (?:a|one|1) step)|back up one|one step back|take (?:that|it|this) back(?! to (?:the|where))|"
    r"(?:go|(?:put|change|turn|swap|switch|move) (?:it|that|everything)) back(?=(?: (?:please|again|now|then|[,.!]))*$| (?:the way|as|"
    r"how|to (?:how|before|"
    r"the way))\b)|"
    r"back to (?:before|how it was)|"
    r"cancel that|i (?:have )?changed my mind|scrap that|never ?mind that|the last (?:step|change|one) was wrong|restore (?:it|the "
    r"last one)|not that)\b"
)
_SPLIT = re.compile(r"\s*(?:[,;!?:&+]|[.](?!\d)|\b(?:and|then|but|also|plus|while|whilst|afterwards|as well as|before)\b)\s*")
_KEEP = re.compile(
    r"\b(?:keep|keeps|kept|leave|leaves|preserve|retain|maintain|hold|do not|never|must not|should not|without|not (?:change|move|"
    r"touch|turn|rotate)|unchanged|untouched|"
    r"same|alone|stays?|remains?|fixed|constant|intact|as (?:it|they) (?:is|are|was))\b"
)
_REST = re.compile(r"\b(?:rest|everything|all|else|other|others|otherwise|nothing)\b")
_RANDOM = re.compile(
    r"\b(?:surprise|random\w*|shuffle(?! (?:it )?(?:over|along|left|right|up|down|to))|randomi[sz]e|whatever(?! it| the| this)|"
    r"anything|something (?:else|different|new)|anywhere|"
    r"somewhere(?! between)(?: else| "
    r"new| different)?|elsewhere|"
    r"any (?:other |old |new )?(?:\w+)|some other (?:\w+)|(?:an?other|a different|a new|different|other) (?:shape|form|size|place|"
    r"position|spot|location|angle|rotation|one)|"
    r"you (?:choose|decide|pick)|dealers choice|go wild|mix it up)\b"
)


def parse_sprite(sentence: str) -> SpriteParsed:
    """Read a sentence.

    Args:
        sentence: what a person typed, at most 300 characters.

    Raises:
        RequestError: not text, empty, or too long.
    """
    check(sentence, "move it to the left")
    text = plain(sentence)
    if _UNDO.search(text):
        return SpriteParsed(undo=True)
    kind, word = problem_of(text)
    if kind:
        return SpriteParsed(problem=kind, word=word)
    wishes: list[Wish] = []
    keeps: list[str] = []
    carried = 1.0
    for clause in filter(None, _SPLIT.split(text)):
        kept = _kept(clause)
        if kept is not None:
            keeps += kept
            continue
        scan = Scan(clause)
        wishes += _wishes(scan, carried)
        carried = scan.amount
    if not wishes and not keeps:
        kind, word = question_about(text)
    return SpriteParsed(tuple(cornered(wishes)), tuple(dict.fromkeys(keeps)), kind, word)


def _kept(clause: str) -> list[str] | None:
    """The slots that a clause wants kept; None where it wants something else."""
    if not _KEEP.search(clause) or re.search(
        r"\b(?:keep|do not stop) (?:going|moving)\b|^(?:why )?do not (?:you|we)\b|\bdo not (?:really )?(?:like|want|love|need|"
        r"fancy|care)\b|\bthe same (?:but|as)\b",
        clause,
    ):
        return None
    found = [slot for slot, pattern in SLOT_WORDS.items() if re.search(rf"\b(?:{pattern})\b", clause)]
    if any(word in words.BY_RULE for word in clause.split()):
        found = [*found, "shape"]
    return found


def _wishes(scan: Scan, carried: float) -> list[Wish]:
    if chance := _by_chance(scan):
        return chance
    bare = re.match(rf"(?:to )?(?:the )?(?:{words.LEFT}|{words.RIGHT}|{words.UP}|{words.DOWN})$", scan.text)
    scan.text = re.sub(r"\ba little (?=(?:heart|square|ellipse|oval|circle|box)\b)", "a small ", scan.text)
    said = scan.text
    along, times = [] if scan.has(f"{VERBS}|{LEANS}") else ways(scan), _repeats(scan)
    scan.measure()
    if bare:
        scan.amount = carried
    found = along + turns(scan) + sizes(scan) + places(scan)
    if _UNWANTED.search(said):
        return [wish for wish in _shapes(scan, True) if wish.how == "mention" and said.startswith("not")]
    found = [replace(w, value=float(w.value) * times) if w.how in ("by", "degrees", "lean") else w for w in found]
    return found + _shapes(scan, bool(found))


_UNWANTED = re.compile(r"^not |\bdo not (?:really )?(?:like|want|love|need|fancy)\b")
_STEPS = rf"{VERBS}|{LEANS}|{words.BIGGER}|{words.SMALLER}|{words.LEFT}|{words.RIGHT}|{words.UP}|{words.DOWN}"


def _repeats(scan: Scan) -> int:
    """How often a step should be taken, as in "a bit bigger twice"."""
    if scan.has(_STEPS) and (hit := scan.take(r"(?<!by )(?:(twice)|(\w+) times)(?: over)?(?:$|(?= (?:to the )?(?:left|right|up|down)\b))")):
        return 2 if hit.group(1) else words.count(hit.group(2))
    return 1


def _by_chance(scan: Scan) -> list[Wish]:
    hit = _RANDOM.search(scan.text)
    if not hit:
        return []
    if re.search(r"\b(?:anywhere|somewhere|elsewhere)\b", scan.text):
        return [Wish("x", "random"), Wish("y", "random")]
    named = [slot for slot, pattern in SLOT_WORDS.items() if re.search(rf"\b(?:{pattern})\b", scan.text)]
    return [Wish(slot, "random") for slot in (named or SLOT_WORDS)]


_SHAPE = words.either("|".join(words.BY_RULE))
_MENTION = re.compile(rf"\b(?:(the|this|that|my|its|your|not(?: an?)?|current) )?({_SHAPE})\b")


def _shapes(scan: Scan, busy: bool) -> list[Wish]:
    """Shapes that are named, then whatever phrase is left."""
    clause = scan.text
    mentions = [(m.group(2), m.group(1) or "") for m in _MENTION.finditer(clause)]
    while scan.take(_SHAPE):
        pass
    rest = _phrase(scan, busy or bool(mentions))
    if rest and mentions and f"{rest[0].value} {mentions[-1][0]}" in clause:  # "a rugby ball", "a cute heart": one phrase
        rest, mentions = [Wish("", "phrase", f"{rest[0].value} {mentions[-1][0]}")], mentions[:-1]
    found: list[Wish] = []
    for at, (word, before) in enumerate(mentions):
        definite = bool(before) and not before.startswith("not")
        last = at == len(mentions) - 1
        spoken_of = before.startswith("not") or not last or (definite and (busy or rest)) or bool(rest)
        found.append(Wish("shape", "mention" if spoken_of else "to", words.BY_RULE[word], word))
    return [*found, *rest]


def _phrase(scan: Scan, busy: bool) -> list[Wish]:
    """A phrase that no rule knows. Beside something that one knows it counts only with an article: "a star"."""
    for piece in scan.text.split("|"):
        if busy:
            hit = re.search(r"\b(?:an?|some|into|like)((?: [a-z]+)+)", piece)
            said = hit.group(1).split() if hit else []
        else:
            said = piece.split()
        left = [word for word in said if word not in words.ASIDES and word.isalpha()]
        if left:
            return [Wish("", "phrase", " ".join(left))]
    return []
