"""The steps of the walk that are of what models share: concepts as every model sees them, one that is moved, and a picture brought in."""

from __future__ import annotations

import numpy as np

from app.invert.examples import Examples
from app.rosetta.cards import chance, overlaid
from app.rosetta.stone import LOOKED, alike
from app.shared import guard
from app.shared.address import write
from app.shared.comparison import make_comparison
from app.shared.models import called, name_of
from app.shared.pictures import data_uri
from app.shared.session import FIRST, CachedStudio, Moment
from app.shared.worlds import Worlds
from app.stage.steps import Fact, Figure, Step
from core.foundations.concepts import Concept
from core.foundations.errors import StudioError
from core.foundations.inverted import Inverted
from core.foundations.records import Picture, Result

MOST = 5
"""Models that are shown."""
PART, DOWN = "glasses", 4
"""Of what the concept that is moved is, and how far, in pixels."""
BROUGHT = "skull"
"""A drawing that nobody's generator of Nouns has painted."""


def _live(cached: CachedStudio, moment: Moment, concept: Concept) -> str:
    return write(tab="rosetta", recipe=guard.to_link(cached.recipe(moment)), wall=FIRST, concept=concept.id)


def shared_step(cached: CachedStudio, moment: Moment) -> Step:
    """One concept in all models; StudioError where no concept of the picture is in all of them."""
    studio, picture = cached.studio, cached.result(moment).picture
    models = (studio.shared.hub, *studio.eyes())
    found = [concept for concept, _ in studio.strongest(picture, LOOKED) if set(models) <= set(concept.models)]
    if not found:
        raise StudioError("No concept of the stage's picture is in all models. Choose another picture.")
    maps = studio.concept_walls(picture, found)
    at = max(range(len(found)), key=lambda place: alike(maps[place]))
    concept = found[at]
    figures = tuple(Figure(_heat(picture, maps[at][model]), called(model, studio).name, picture.image.width) for model in models[:MOST])
    text = (
        f"Models that learned apart came to share concepts. This one is called “{name_of(concept)}”; here it is in each of them. "
        f"How often units agree so well {chance(concept.p_value)}."
    )
    facts = tuple(Fact(called(model, studio).name, called(model, studio).says) for model in models[:MOST])
    return Step("See what models share", text, figures, _live(cached, moment, concept), facts=facts)


def moved_step(cached: CachedStudio, moment: Moment) -> Step:
    """A concept is moved, and the picture follows; StudioError where there is none of the part, or where nothing came of it."""
    studio, picture = cached.studio, cached.result(moment).picture
    concept = next((one for one, _ in studio.strongest(picture, len(studio.concepts())) if one.part == PART), None)
    if concept is None:
        raise StudioError(f"No concept of the {PART} is in the stage's picture. Choose another picture.")
    *_, last = studio.move(picture, [concept.id], shift=(0.0, float(DOWN)))
    shown = make_comparison(picture, Result(last.picture, (), last.report), studio.read, cached.part_uri)
    if not shown.share:
        raise StudioError("Nothing moved on the stage. Choose another picture.")
    side = picture.image.width
    text = (
        f"The concept “{name_of(concept)}” is asked to stand {DOWN} pixels lower. The generator looks for a picture of which that is true: "
        f"{round(shown.share * side * side):,} of {side * side:,} pixels are different."
    )
    figures = (
        Figure(data_uri(picture.image), "Before", side),
        Figure(_heat(picture, last.wanted[concept.id]), "Where it is asked to be", side),
        Figure(data_uri(last.picture.image), "After", side),
    )
    facts = tuple(Fact(part.name, part.slot, True) for part in shown.kept)
    return Step("Move it", text, figures, _live(cached, moment, concept), facts=facts)


def invert_step(worlds: Worlds) -> Step:
    """A drawing is brought in, without guidance and with it; StudioError where it is not here."""
    cached, examples = worlds.cached, Examples(worlds.photos)
    found = next((one for one in examples.of(FIRST) if one.name.lower() == BROUGHT), None)
    if found is None:
        raise StudioError(f"The drawing of a {BROUGHT} is not here.")
    image, name = examples.picture(FIRST, found.id)
    picture = cached.studio.open(image)
    plain, guided = (_brought(cached, picture, guide) for guide in ("none", "rosetta"))
    side = picture.image.width
    text = (
        f"{name}: a drawing unlike all that the generator learned from. It looks for the numbers that paint it, once by its colours "
        "alone, and once guided by what other models see in it."
    )
    figures = (
        Figure(data_uri((picture.original or picture.image).convert("RGB")), "The drawing", side),
        Figure(data_uri(plain.picture.image), f"By colours alone: {plain.psnr:.1f} dB", side),
        Figure(data_uri(guided.picture.image), f"Guided: {guided.psnr:.1f} dB", side),
    )
    return Step("Bring a picture in", text, figures, write(tab="invert", into=FIRST, given=found.id))


def _brought(cached: CachedStudio, picture: Picture, guide: str) -> Inverted:
    *_, last = cached.studio.invert(picture, guide=guide, start="encoder")
    return last


def _heat(picture: Picture, heat: np.ndarray) -> str:
    return overlaid(picture.image, heat, picture.image.width)
