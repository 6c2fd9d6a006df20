"""What a clause describes that no table reads: "as if she had won the lottery", "nose pointing to the left edge of the photo".

A network holds the words against many descriptions of each state (core.models.face_phrases). It is asked last, it must be sure, what
the table did read must say the same, and it is not asked at all where something is denied, kept, or known to be impossible.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from simplemma import is_known

from core.language.facts import english, wordings
from core.language.facts.states import Clause, Meaning, Piece, StateWords

Tell = Callable[[str], Sequence[tuple[str, str, float]]]
"""A text to slots and states with how likely each is, the likeliest first; two empty words stand for none of them."""
SURE = {"strange": 0.62, "problem": 0.68, "occasion": 0.8}
"""How likely a state must be where words are unknown, where one names what cannot be, and of what someone does or has met with."""
LEAST = 0.3
"""How likely a state must be among all, where only some slots are looked at."""
VERY_SURE = 0.9
"""From this probability on words count for nothing that are loosely said: the right of "hanging right down"."""
BESIDE = 0.2
"""How likely the slot must be by what stands beside known words, where the whole is not very sure."""
NONE = 0.4
"""How likely it may be at most that what stands beside them is no state of a face."""
_SLOTS = ("expression", "mouth", "age", "nod")
"""What an occasion may show in."""
_PLAIN = ("more", "so", "too", "into")
"""Flags that do not turn what they stand beside into its opposite."""


def described(sentence: str, clauses: Sequence[Clause], words: StateWords, tell: Tell | None) -> list[Clause] | None:
    """Clauses with those that could not be read replaced by what they describe; None where that is not sure."""
    tokens = [token for clause in clauses for token in clause.tokens]
    if tell is None or wordings("denied").search(" ".join(tokens)) or _hard(sentence, clauses):
        return None
    stuck = [clause for clause in clauses if _stuck(clause, words) or _occasion(" ".join(clause.tokens))]
    if not stuck or not all(is_known(piece.phrase, lang="en") for clause in stuck for piece in clause.pieces if piece.kind == "strange"):
        return None
    read = [clause for clause in clauses if clause not in stuck]
    moods = [m for clause in read for phrase in clause.known for m in words.states.get(phrase, ()) if m.slot == "expression"]
    if moods and all(_occasion(f"{clause.link} {' '.join(clause.tokens)}") for clause in stuck):
        return read  # "like he caught his kids at it, angry"
    if one := _whole(sentence, clauses, stuck, words, tell):
        return [one]
    if len(clauses) == 1:
        return None
    found = {id(clause): _told(" ".join(clause.tokens), [clause], words, tell) for clause in stuck}
    return [found.get(id(clause)) or clause for clause in clauses] if all(found.values()) else None


def _hard(sentence: str, clauses: Sequence[Clause]) -> bool:
    """Whether a word names what cannot be, whatever else is said; what someone has met with may be anything but a feeling."""
    soft = english("soft problems") | (english("soft occasions") if _occasion(sentence) else frozenset())
    problems = [piece for clause in clauses for piece in clause.pieces if piece.kind == "problem"]
    return any(not {piece.value, *piece.phrase.split()} & soft for piece in problems)


def _occasion(text: str) -> bool:
    """Whether a text tells what someone does or has met with, and not what they are: "as if she had won"."""
    return wordings("occasion").search(text.lower()) is not None


def _stuck(clause: Clause, words: StateWords) -> bool:
    """Whether a clause could not be read, or names a place alone."""
    return any(piece.kind in ("strange", "problem") for piece in clause.pieces) or clause.only(words.slots)


def _whole(sentence: str, clauses: Sequence[Clause], stuck: Sequence[Clause], words: StateWords, tell: Tell) -> Clause | None:
    """All clauses as one description: those that were read must say the same, and none of the others may be told to be nothing."""
    found = _told(sentence, clauses, words, tell)
    if found is None or len(clauses) == 1:
        return found
    place = found.tokens
    for clause in clauses:
        if clause in stuck:
            fits = tell(" ".join(clause.tokens))[0][0] == place[0] or _occasion(sentence)
        else:
            fits = not clause.known or any(m[:2] == place for phrase in clause.known for m in words.states.get(phrase, ()))
        if not fits:
            return None
    return found


def _told(text: str, clauses: Sequence[Clause], words: StateWords, tell: Tell) -> Clause | None:
    """One clause that says plainly what a text describes, or None."""
    occasion = _occasion(text)
    likely = [one for one in tell(text) if not occasion or one[0] in _SLOTS]
    slot, state, sure = likely[0]
    sure /= sum(one[2] for one in likely)
    pieces = [piece for clause in clauses for piece in clause.pieces]
    problem = any(piece.kind == "problem" for piece in pieces)
    if not slot or likely[0][2] < LEAST or sure < SURE["occasion" if occasion else "problem" if problem else "strange"]:
        return None
    aside = english("loosely said") if sure >= VERY_SURE else frozenset()
    known = [p.phrase for p in pieces if p.kind == "known" and p.phrase in words.states and p.phrase not in aside]
    turned = any(p.kind == "flag" and p.value not in _PLAIN and p.phrase not in aside for p in pieces)
    if (known and turned) or any(_other(phrase, slot, state, words.states) for phrase in known):
        return None
    if known and not _alike(" ".join(piece.phrase for piece in pieces if piece.kind != "known"), slot, sure, tell):
        return None
    return replace(clauses[0], tokens=(slot, state), pieces=(Piece("told", "described", f"{slot}/{state}"),))


def _alike(rest: str, slot: str, sure: float, tell: Tell) -> bool:
    """Whether what stands beside known words may speak of the same slot: "teeth clenched in fury", and no "smiling dog"."""
    told = tell(rest)
    none = sum(one[2] for one in told if not one[0])
    return none < NONE and (sure >= VERY_SURE or sum(one[2] for one in told if one[0] == slot) >= BESIDE)


def _other(phrase: str, slot: str, state: str, states: Mapping[str, Sequence[Meaning]]) -> bool:
    """Whether a phrase that was read says something else than that state."""
    own = [meaning for meaning in states[phrase] if not meaning.weak or meaning.slot == slot]
    return bool(own) and not any(meaning[:2] == (slot, state) for meaning in own)
