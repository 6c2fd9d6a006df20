"""Templated requests over all parts and all kinds of actions, each with the compositions that answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from core.foundations.english import with_article
from core.worlds.nouns.art import BARE
from core.worlds.nouns.catalogue import NOTHING, Part, parts

Option = TypeVar("Option")

SHORT = {
    "head": ("head",),
    "glasses": ("glasses", "specs"),
    "body": ("body", "shirt"),
    "accessory": ("accessory",),
    "background": ("background", "backdrop"),
}


@dataclass(frozen=True)
class Request:
    """A sentence, what it presupposes, and what must come of it.

    Attributes:
        text: the sentence.
        start: parts that the picture must have at first, by slot.
        accept: for each slot that must change the part ids that are right; all other slots must stay.
        random: slots that must change to anything else.
        kind: which template made it.
    """

    text: str
    start: dict[str, str]
    accept: dict[str, tuple[str, ...]]
    random: tuple[str, ...]
    kind: str


def _pick(rng: np.random.Generator, options: tuple[Option, ...]) -> Option:
    return options[int(rng.integers(len(options)))]


def _real(slot: str) -> tuple[Part, ...]:
    return tuple(p for p in parts(slot) if p.kind != NOTHING)


def named(slot: str, text: str) -> tuple[str, ...]:
    """Ids of the parts of a slot that bear a name, as their first name if any does."""
    first = tuple(p.id for p in _real(slot) if p.name == text)
    return first or tuple(p.id for p in _real(slot) if text in p.synonyms)


def coloured(slot: str, colour: str) -> tuple[str, ...]:
    """Ids of the parts of a slot that are called by a colour, or else whose main colour it is."""
    return tuple(dict.fromkeys([*named(slot, colour), *(p.id for p in _real(slot) if p.colours[:1] == (colour,))]))


def _draw(rng: np.random.Generator, slot: str) -> tuple[Part, str, tuple[str, ...]]:
    """A part, one of its names, and all parts of the slot that answer to it."""
    part = _pick(rng, _real(slot))
    name = part.name if rng.random() < 0.6 else str(_pick(rng, (part.name, *part.synonyms)))
    return part, name, named(slot, name)


def _thing(rng: np.random.Generator) -> Request:
    slot = str(_pick(rng, ("head", "head", "accessory")))
    part, name, ids = _draw(rng, slot)
    a = with_article(name)
    text = _pick(
        rng,
        {
            "head": (
                f"swap the head for {a}",
                f"give him {a} for a head",
                f"replace the head with {a}",
                f"I want {a} head" if " " not in name else f"make the head {a}",
                f"make the head {a}",
                f"change the head to {a}, please",
                f"put {a} where the head is",
                f"head: {name}",
            ),
            "accessory": (
                f"swap the accessory for {a}",
                f"put {a} on the chest",
                f"change the accessory to {a}",
                f"replace the accessory with {a}",
                f"make the accessory {a}",
                f"add {a} to the shirt",
            ),
        }[slot],
    )
    return Request(str(text), {}, {slot: ids}, (), f"replace {slot}")


def _colour(rng: np.random.Generator) -> Request:
    slot = str(_pick(rng, ("body", "glasses")))
    part, name, ids = _draw(rng, slot)
    word = str(_pick(rng, SHORT[slot]))
    text = _pick(
        rng,
        (
            f"make the {word} {name}",
            f"change the {word} to {name}",
            f"{name} {word}",
            f"I would like {name} {word}",
            f"recolour the {word} {name}",
            f"could you turn the {word} {name}?",
        ),
    )
    return Request(str(text), {}, {slot: ids}, (), f"recolour {slot}")


def _background(rng: np.random.Generator) -> Request:
    part = _pick(rng, _real("background"))
    word, other = part.id, "warm" if part.id == "cool" else "cool"
    text = _pick(
        rng,
        (
            f"make the background {word}",
            f"{word} background",
            f"make the background {word}er",
            f"swap the backdrop for a {word} one",
            f"I want a {word} background",
        ),
    )
    return Request(str(text), {"background": other}, {"background": (word,)}, (), "background")


def _remove(rng: np.random.Generator) -> Request:
    slot = str(_pick(rng, tuple(BARE)))
    part = _pick(rng, _real(slot))
    word = str(_pick(rng, SHORT[slot]))
    options = [
        f"remove the {word}",
        f"take the {word} off",
        f"no {word}",
        f"get rid of the {word}",
        f"lose the {word}",
        f"I don't want the {word} any more",
    ]
    if slot == "head":
        options.append(f"remove the {part.name}")
    return Request(str(_pick(rng, tuple(options))), {slot: part.id}, {slot: (BARE[slot],)}, (), f"remove {slot}")


def _exchange(rng: np.random.Generator) -> Request:
    old = _pick(rng, _real("head"))
    while True:
        part, name, ids = _draw(rng, "head")
        if old.id not in ids:
            break
    new, gone = with_article(name), old.name
    text = _pick(
        rng,
        (
            f"swap the {gone} for {new}",
            f"replace the {gone} with {new}",
            f"turn the {gone} into {new}",
            f"{new} instead of the {gone}",
            f"change the {gone} to {new}",
        ),
    )
    heads_only = named("accessory", name) == ()
    text = str(text) if heads_only else f"swap the {gone} for {new}"
    return Request(text, {"head": old.id, "accessory": "none"}, {"head": ids}, (), "exchange")


def _several(rng: np.random.Generator) -> Request:
    _, head, heads = _draw(rng, "head")
    _, frame, frames = _draw(rng, "glasses")
    _, skin, skins = _draw(rng, "body")
    h = with_article(head)
    options = (
        (f"swap the head for {h} and make the glasses {frame}", {"head": heads, "glasses": frames}),
        (f"make the glasses {frame} and the body {skin}", {"glasses": frames, "body": skins}),
        (f"change the head to {h}, the glasses to {frame} and the body to {skin}", {"head": heads, "glasses": frames, "body": skins}),
        (f"{frame} glasses, {skin} body", {"glasses": frames, "body": skins}),
        (f"make the head {h} but keep the glasses", {"head": heads}),
        (f"make the body {skin} and leave the rest alone", {"body": skins}),
    )
    text, accept = _pick(rng, options)
    return Request(text, {}, accept, (), "several")


def _random(rng: np.random.Generator) -> Request:
    slot = str(_pick(rng, ("head", "glasses", "body", "accessory")))
    word = str(_pick(rng, SHORT[slot]))
    text = _pick(
        rng,
        (
            f"give him a different {word}" if slot != "glasses" else f"give him different {word}",
            f"random {word}",
            f"surprise me with the {word}",
            f"change the {word} to something else",
            f"randomise the {word}",
        ),
    )
    return Request(str(text), {}, {}, (slot,), "random")


MAKERS: tuple[Callable[[np.random.Generator], Request], ...] = (
    _thing,
    _thing,
    _thing,
    _colour,
    _colour,
    _background,
    _remove,
    _exchange,
    _several,
    _several,
    _random,
)
"""How often each template is drawn."""


def templated(rng: np.random.Generator, count: int) -> list[Request]:
    """Draw requests.

    Args:
        rng: where the numbers come from.
        count: how many.
    """
    return [_pick(rng, MAKERS)(rng) for _ in range(count)]
