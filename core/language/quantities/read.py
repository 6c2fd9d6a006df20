"""What a sentence asks of values on scales, such as the places, sizes and turns of a sprite.

From each action's words are taken, in this order, what is left to chance, which way up, how large, where, and which shape. What
then remains and is no aside is a phrase whose meaning is looked up.

Where a sentence was marked (core.language.actions) its prohibitions, what stays, and a step back are settled already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from core.language.actions import Action, Said
from core.language.facts import sprites as words
from core.language.quantities.impossible import problem_of, question_about
from core.language.quantities.plainly import plain
from core.language.quantities.sizes import sizes
from core.language.quantities.steps import Scan, Step
from core.language.quantities.turns import turns
from core.language.quantities.ways import ways
from core.language.quantities.whereto import cornered, places

SLOT_WORDS: dict[str, str] = words.TABLE["spoken"]
"""How slots are named where something should stay or be left to chance."""
_SPLIT = re.compile(words.filled(r"\s*<clauses>\s*"))


@dataclass(frozen=True)
class Asked:
    """What a sentence asks of values.

    Attributes:
        steps: in the order said.
        keeps: slots that must stay as they are.
        problem: the kind of thing that cannot be done, else "".
        word: the word that says so.
    """

    steps: tuple[Step, ...] = ()
    keeps: tuple[str, ...] = ()
    problem: str = ""
    word: str = ""


def read_steps(said: Said) -> Asked:
    """The steps of a marked sentence."""
    whole = plain(said.sentence)
    kind, word = problem_of(whole)
    if kind:
        return Asked(problem=kind, word=word)
    keeps = tuple(dict.fromkeys(slot for keep in said.keeps for slot in slots_named(plain(keep))))
    chance = [plain(phrase) for phrase in said.chance]
    steps: list[Step] = []
    carried = 1.0
    for clause in filter(None, _SPLIT.split(plain(said.rest))):
        scan = Scan(clause)
        left = _by_chance(scan, chance, said)
        steps += _steps(scan, carried) if left is None else left
        carried = scan.amount
    steps += [step for action in said.actions for step in _excluded(action)]
    if said.cannot and all(step.how == "phrase" for step in steps):
        return Asked(problem="style", word=said.cannot)
    if not steps and not keeps:
        kind, word = question_about(whole)
    return Asked(tuple(cornered(steps)), keeps, kind, word)


def slots_named(text: str) -> list[str]:
    """The slots that a phrase speaks of."""
    found = [slot for slot, pattern in SLOT_WORDS.items() if words.pattern(pattern).search(text)]
    return [*found, "shape"] if any(word in words.BY_RULE for word in text.split()) else found


def _excluded(action: Action) -> list[Step]:
    """Anything else than what is ruled out: a shape, where nothing else is asked for."""
    shapes = [words.BY_RULE[w] for phrase in action.excluded for w in plain(phrase).split() if w in words.BY_RULE]
    return [Step("shape", "other", " ".join(shapes))] if shapes and not action.new else []


def _by_chance(scan: Scan, chance: list[str], said: Said) -> list[Step] | None:
    """What is left to chance in a clause, everything where it does not say what; None where nothing is."""
    if not any(phrase in scan.text for phrase in chance):
        return None
    everything = [] if any(action.excluded for action in said.actions) else list(SLOT_WORDS)
    return [Step(slot, "random") for slot in slots_named(scan.text) or everything]


def _steps(scan: Scan, carried: float) -> list[Step]:
    if scan.text.startswith("not "):
        return []
    bare = re.match(words.filled("(?:to )?(?:the )?(?:<left>|<right>|<up>|<down>)$"), scan.text)
    scan.text = re.sub(r"\ba little (?=(?:heart|square|ellipse|oval|circle|box)\b)", "a small ", scan.text)
    along, times = [] if scan.has("<turn>|<lean>") else ways(scan), _repeats(scan)
    scan.measure()
    if bare:
        scan.amount = carried
    found = along + turns(scan) + sizes(scan) + places(scan)
    found = [replace(s, value=float(s.value) * times) if s.how in ("by", "degrees", "lean") else s for s in found]
    return found + _shapes(scan, bool(found))


def _repeats(scan: Scan) -> int:
    """How often a step should be taken, as in "a bit bigger twice"."""
    steps = scan.has("<turn>|<lean>|<bigger>|<smaller>|<left>|<right>|<up>|<down>")
    if steps and (hit := scan.take(r"(?<!by )(?:(twice)|(\w+) times)(?: over)?(?:$|(?= (?:to the )?(?:left|right|up|down)\b))")):
        return 2 if hit.group(1) else words.count(hit.group(2))
    return 1


def _shapes(scan: Scan, busy: bool) -> list[Step]:
    """Shapes that are named, then whatever phrase is left."""
    clause = scan.text
    mentions = [(m.group(2), m.group(1) or "") for m in words.pattern("<mention>").finditer(clause)]
    while scan.take("<shape>"):
        pass
    rest = _phrase(scan, busy or bool(mentions))
    if rest and mentions and f"{rest[0].value} {mentions[-1][0]}" in clause:  # "a rugby ball", "a cute heart": one phrase
        rest, mentions = [Step("", "phrase", f"{rest[0].value} {mentions[-1][0]}")], mentions[:-1]
    found: list[Step] = []
    for at, (word, before) in enumerate(mentions):
        spoken_of = at < len(mentions) - 1 or (before and (busy or rest)) or bool(rest)
        found.append(Step("shape", "mention" if spoken_of else "to", words.BY_RULE[word], word))
    return [*found, *rest]


def _phrase(scan: Scan, busy: bool) -> list[Step]:
    """A phrase that no rule knows. Beside something that one knows it counts only with an article: "a star"."""
    for piece in scan.text.split("|"):
        if busy:
            hit = re.search(r"\b(?:an?|some|into|like)((?: [a-z]+)+)", piece)
            said = hit.group(1).split() if hit else []
        else:
            said = piece.split()
        left = [word for word in said if word not in words.ASIDES and word.isalpha()]
        if left:
            return [Step("", "phrase", " ".join(left))]
    return []
