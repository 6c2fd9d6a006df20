"""What is said when nothing is done: the true reason in a plain sentence, what was understood, and what to do next."""

from __future__ import annotations

from collections.abc import Sequence

from core.foundations.english import with_article
from core.language.facts import table
from core.language.lexicon import Entry, Near

EXAMPLE = "Try “swap the head for a shark” or “make the glasses red”."

EXAMPLES = {
    "head": "make the head a shark",
    "glasses": "make the glasses red",
    "body": "make the body blue",
    "accessory": "swap the accessory for a red tie",
    "background": "make the background warm",
}


def are(slot: str) -> str:
    """The verb that goes with a slot."""
    return "are" if slot == "glasses" else "is"


def describe(entry: Entry | None, slot: str) -> str:
    """What a slot shows, as in "the head is a dog", "the glasses are red", "there is no accessory"."""
    if entry is None:
        return f"the {slot} {are(slot)} something else"
    if entry.bare:
        return f"there {are(slot)} no {slot}"
    return f"the {slot} {are(slot)} {entry.name if entry.kind == 'colour' else with_article(entry.name)}"


def listed(names: Sequence[str], last: str = "or") -> str:
    """Names in a row: "a, b or c"."""
    names = list(dict.fromkeys(names))
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def brought(slot: str, entry: Entry | None) -> str:
    """What a slot would come to show; None for whatever comes."""
    if entry is None:
        return f"another {slot}"
    return f"no {slot}" if entry.bare else f"{entry.title}{'' if slot in entry.title else f' ({slot})'}"


def cannot(what: str, elsewhere: bool) -> str:
    """What no Noun can do."""
    if elsewhere:
        return f"A Noun has no place for “{what}”. It has a head, glasses, a body, an accessory on the chest and a background. {EXAMPLE}"
    return f"A Noun is a still picture of fixed parts, so “{what}” cannot be done. Its parts and their colours can be changed. {EXAMPLE}"


def not_here(phrase: str, slot: str, entry: Entry | None) -> str:
    """The thing that should give way is not there; or it is the colour of a part that is always there, of which there is no less."""
    where = describe(entry, slot) if slot else "I see nothing of the kind"
    if entry and phrase in entry.name.split():
        return f"Here {where}, and there is no less of a colour, only another: “{EXAMPLES.get(slot, EXAMPLES['glasses'])}”."
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


def which(phrase: str) -> str:
    """Several colours or things for one place."""
    return f"“{phrase}” is more than one, and only one can be shown there. Which of them would you like?"


def none_added(phrase: str) -> str:
    """What is ruled out is not there, so that nothing has to change."""
    return f"There is no {phrase} in the picture, and none was added."


def only_one(phrase: str, one: str) -> str:
    """Several of a thing."""
    return f"“{phrase}” is more than one, and only one can be shown there. Ask for one: “{one}”."


def two_ways(names: Sequence[str]) -> str:
    """A sentence that can be read in more than one way."""
    heard = f" I heard something about {listed(names, 'and')}." if names else ""
    return f"I am not sure what you want here.{heard} Say it in other words, one wish after the other."


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


def torn(slot: str) -> str:
    """The same thing should stay and change."""
    return f"You asked both to keep and to change the {slot}. Say which of the two you want."


def what_there(slot: str) -> str:
    """A place was named, and not what should come there."""
    return f"What should happen to the {slot}? Say, for example, “{EXAMPLES.get(slot, 'swap the head for a shark')}”."


def half(sentence: str, rest: Sequence[str]) -> str:
    """Why nothing is done although a part of the sentence was understood."""
    return f"{sentence} So nothing was changed; by itself I would have done this: {listed(rest, 'and')}." if rest else sentence


def of_state(kind: str, word: str, world: str = "faces", **more: str) -> str:
    """Why a wish cannot be met in a world of states, in the words of its table, and what can be done there."""
    says = table(world)["says"]
    return says[kind].format(word=word, **more) + (f" {says['can']}" if kind == "nothing" else "")


def asked_state(slot: str, world: str = "faces") -> str:
    """A slot is named, and not what should happen to it."""
    return of_state("open", slot, world, example=table(world)["examples"][slot])


def foreign(sentence: str, example: str = "") -> str:
    """A sentence in another language."""
    told = f"I understand English alone, and “{sentence.strip()}” seems to be in another language."
    return f"{told} Try “{example}”." if example else f"{told} {EXAMPLE}"


def nothing_said(quoted: str = "") -> str:
    """No change was found in the sentence."""
    what = f"I found no change in “{quoted}”" if quoted else "I found no change in this sentence"
    return f"{what}. I understand English. {EXAMPLE}"
