"""What is said when nothing is done: the reason in a plain sentence, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from core.foundations.english import with_article
from core.studio.language.lexicon import Entry, Near

EXAMPLE = "Try “swap the head for a shark” or “make the glasses red”."

EXAMPLES = {
    "head": "make the head a shark",
    "glasses": "make the glasses red",
    "body": "make the body blue",
    "accessory": "swap the accessory for a red tie",
    "background": "make the background warm",
}

_PROBLEMS = {
    "motion": "A Noun is a still picture, so it cannot {word}. You can change its head, glasses, body, accessory and background. "
    "" + EXAMPLE,
    "shape": "Size, position and style are fixed here (“{word}”); only the parts and colours change. " + EXAMPLE,
    "count": "There is one Noun with one part in each slot, so {word} more cannot be added. " + EXAMPLE,
    "mood": "“{word}” is not something a Noun has a part for. Name a thing or a colour instead. " + EXAMPLE,
    "elsewhere": "A Noun has no place for {word}. It has a head, glasses, a body, an accessory on the chest and a background. " + EXAMPLE,
    "question": "I change the picture and cannot answer questions. " + EXAMPLE,
    "topic": "That is not something I can do here; I only change the picture. " + EXAMPLE,
    "all": "Not everything can be taken away: the body and the background always stay. Name the head, the glasses or the accessory.",
}


def for_problem(problem: str) -> str:
    """The sentence for a problem that the parser found, given as "kind:word"."""
    kind, _, word = problem.partition(":")
    return _PROBLEMS[kind].format(word=(word or "that").replace("_", " ").partition("~")[0])


def describe(entry: Entry | None, slot: str) -> str:
    """What a slot shows, as in "the head is a dog", "the glasses are red", "there is no accessory"."""
    if entry is None:
        return f"the {slot} is something else"
    if entry.bare:
        return f"there {'are' if slot == 'glasses' else 'is'} no {slot}"
    verb = "are" if slot == "glasses" else "is"
    return f"the {slot} {verb} {entry.name if entry.kind == 'colour' else with_article(entry.name)}"


def listed(names: Sequence[str], last: str = "or") -> str:
    """Names in a row: "a, b or c"."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def not_here(phrase: str, slot: str, entry: Entry | None) -> str:
    """The thing that should give way is not there."""
    where = describe(entry, slot) if slot else "I see nothing of the kind"
    return f"There is no {phrase} here: {where}."


def unknown(phrase: str, slot: str, near: Sequence[Near]) -> str:
    """Nothing of this name exists."""
    where = f" for the {slot}" if slot else ""
    close = listed([with_article(n.entry.title) if n.entry.kind != "colour" else n.entry.title for n in near[:3]])
    return f"I know no “{phrase}”{where}. " + (f"The nearest I have: {close}." if close else EXAMPLE)


def unclear(phrase: str, near: Sequence[Near]) -> str:
    """Several things might be meant."""
    names = [f"{n.entry.title}{'' if n.entry.slot in n.entry.title or n.entry.kind == 'colour' else f' ({n.entry.slot})'}" for n in near]
    return f"I am not sure what you mean by “{phrase}”. Did you mean {listed(names)}?"


def fixed_colours(entry: Entry, colour: str) -> str:
    """A thing does not come in the colour that was asked for."""
    return (
        f"The {entry.name} comes only in {listed(entry.colours, 'and')}, not in {colour}. Colours of the body and the glasses can "
        "be chosen freely."
    )


def no_colour(colour: str, slot: str, here: Sequence[Entry]) -> str:
    """A slot has nothing in a colour."""
    known = listed([e.name for e in here][:8], "and")
    return f"The {slot} {'do' if slot == 'glasses' else 'does'} not come in {colour}. There {'is' if len(here) == 1 else 'are'} {known}."


def always(slot: str) -> str:
    """A slot that cannot be empty."""
    return (
        f"The {slot} is always there and cannot be taken away. You can change it: “make the {slot} "
        f"{'warm' if slot == 'background' else 'blue'}”."
    )


def nothing_said() -> str:
    """No change was found in the sentence."""
    return f"I found no change in this sentence. {EXAMPLE}"
