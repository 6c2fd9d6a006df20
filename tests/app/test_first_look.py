"""What the page shows before anything runs is of the weights as they are, not of earlier ones."""

from __future__ import annotations

from app.precompute import load_static
from core.foundations.files import load_card
from core.studio.handles import load_handles
from core.worlds.dsprites.factors import FACTORS


def test_the_map_shows_the_handles_there_are() -> None:
    """Each once, in their order, so that every thumbnail is its own."""
    every = (*load_handles("nouns_handles.json"), *load_handles("nouns_concept_handles.json"))
    assert load_static()["sprite"]["ids"] == [handle.id for handle in every]


def test_the_table_of_shifts_is_the_card_s() -> None:
    """Every method's measured shares; the studio's own are those of the method that each factor takes."""
    card, shown = load_card("dsprites_shifts"), {way["name"]: way["measured"] for way in load_static()["shift"]["kit"]["ways"]}
    own = {"studio": {factor: card["table"][card["best"][factor]][factor] for factor in FACTORS}}
    assert shown == {name: [shares[factor] for factor in FACTORS] for name, shares in (card["table"] | own).items()}
