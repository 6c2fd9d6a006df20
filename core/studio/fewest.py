"""How little it takes to fool a model: each thing by itself, and the fewest together.

Things are tried on the same pictures: places, company and all else that nobody asked for are drawn by the same chance. The
fewest are looked for greedily: the strongest thing first, and then whichever takes the model furthest along with those before it.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.foundations.attacked import ENOUGH, Addition, SpuriousWord
from core.studio.attacking import Asked, Attacker
from core.studio.prompts import Prompt, listed

PICTURES = 8
"""Pictures on which each addition is tried."""
TRIED = 12
"""Words that are tried by themselves, the strongest of those that were mined."""
NEXT = 6
"""Words that are tried in addition to others: those that pulled most by themselves."""
TOGETHER = 4
"""Things that are added together at the most."""


def words_of(attacker: Attacker, asked: Asked) -> tuple[SpuriousWord, ...]:
    """A person's own words, or the strongest of those that are mined; RequestError where there are none."""
    if asked.words is not None:
        return attacker.chosen(asked.true, asked.wrong, asked.words)
    return attacker.words(attacker.mined(asked.true, asked.wrong))[:TRIED]


def tried(attacker: Attacker, asked: Asked, words: Sequence[SpuriousWord]) -> Addition:
    """Some things together on every picture."""
    phrases = [attacker.stage.phrases[word.text] for word in words]
    text = f"{attacker.stage.phrases[asked.true]} with {listed(phrases)}"
    prompt = Prompt(text, tuple(word.text for word in words))
    return Addition(tuple(words), attacker.shots(asked, [prompt], range(PICTURES), "fewest"))


def strongest(attacker: Attacker, asked: Asked) -> tuple[Addition, ...]:
    """Every word by itself, the one that pulls most first; errors as in `words_of`."""
    alone = [tried(attacker, asked, [word]) for word in words_of(attacker, asked)]
    return tuple(sorted(alone, key=_pulls))


def fewest(attacker: Attacker, asked: Asked) -> Addition:
    """The fewest things that fool the model in ENOUGH of the pictures; what came nearest where TOGETHER do not. Errors as above."""
    alone = strongest(attacker, asked)
    best, others = alone[0], [one.words[0] for one in alone[1 : NEXT + 1]]
    while best.fooled < ENOUGH and others and len(best.words) < TOGETHER:
        further = min((tried(attacker, asked, [*best.words, word]) for word in others), key=_pulls)
        if _pulls(further) >= _pulls(best):
            break
        best, others = further, [word for word in others if word not in further.words]
    return best


def _pulls(addition: Addition) -> tuple[float, float]:
    """How far an addition takes the model, so that the furthest stands first."""
    return -addition.fooled, -addition.wrong
