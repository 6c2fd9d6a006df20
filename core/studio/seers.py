"""Heads and neurons as handles: "what sees red?" finds those whose words are nearest."""

from __future__ import annotations

import re

from core.foundations.named_neurons import NamedNeuron
from core.foundations.records import Curve, Found, Handle, HeadCard, NeuronCard

_QUESTION = re.compile(
    r"(?:what|who|which(?: (?:heads?|neurons?))?) (?:sees?|looks? (?:at|for)|detects?|finds?|knows?|reads?|notices?) (.+)",
    re.IGNORECASE,
)
"""Of words with single spaces between them and no question mark behind: nothing here can be tried in two ways, so that it is linear."""


SEERS = ("head:", "neuron:", "key:")
"""How the ids of heads and neurons begin; those of a classifier's neurons with "key:"."""

FOREIGN = "public:"
"""How the ids of features of other models begin, as handles."""

Seer = HeadCard | NeuronCard | NamedNeuron
"""Whoever sees something."""


def asked_for(text: str) -> str | None:
    """What a sentence asks the seers of: "red" in "what sees red?"; None where it asks for nothing of the kind."""
    found = _QUESTION.fullmatch(" ".join(text.split()).rstrip("? ")) if isinstance(text, str) else None
    return found.group(1) if found else None


def as_handle(card: Seer) -> Handle:
    """A head or a neuron as a handle: its words are its texts, and it acts on no slot."""
    if isinstance(card, NamedNeuron):
        name, texts = f"{card.name or 'unnamed'} (block {card.block + 1}, key {card.neuron + 1})", (card.name,) * bool(card.name)
        return Handle(card.id, "neuron", "", "", name, texts, card.score, 1.0, 1.0, Curve((), (), ()), card.best)
    if isinstance(card, HeadCard):
        name = f"{card.role} (layer {card.layer + 1}, head {card.head + 1})"
        texts = tuple(word.text for word in card.texts)
        return Handle(card.id, "head", "", "", name, texts, card.confidence, 1.0, 1.0, Curve((), (), ()), card.best)
    texts = tuple(word.text for word in card.words if word.weight > 0)
    name = f"{texts[0] if texts else 'unnamed'} (layer {card.layer + 1}, neuron {card.neuron + 1})"
    return Handle(card.id, "neuron", "", "", name, texts, card.share, 1.0, 1.0, Curve((), (), ()), card.best)


def as_found(card: Seer, score: float) -> Found:
    """The same as a search gives it; what one does with it is to switch it off."""
    handle = as_handle(card)
    return Found(handle, "less", 1.0, score, handle.texts[0] if handle.texts else handle.name)
