"""The endpoints of the tabs Invert and Rosetta: what all models share, a picture that is brought in by it, and concepts that are moved."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any

import gradio as gr
from pydantic import Field
from typing_extensions import TypedDict

from app.api import answers
from app.api import arguments as given
from app.api.expose import HEAVY, expose
from app.rosetta.stone import STRENGTHEN, ZOOM
from app.shared import guard
from app.shared.models import name_of
from app.shared.session import CachedStudio
from core.foundations.errors import SettingError
from core.foundations.records import Picture, Result

MOST = 20
"""Most concepts that are moved at once, all of them aside."""
STARTS = ("encoder", "random")

Guide = Annotated[
    str, Field(description='Who guides: "rosetta" for all models that share concepts, "none", or one of them as `shared` names it.')
]
Start = Annotated[str, Field(description='Where the search begins: "encoder" for the model\'s first guess, or "random".')]
Chosen = Annotated[
    list[str],
    Field(description=f"Up to {MOST} concepts by their ids, as `shared` lists them; an empty list moves all.", examples=[[]]),
]
Pixels = Annotated[float, Field(description="By how many pixels what they say is moved; against the direction where it is negative.")]
Zoom = Annotated[float, Field(description=f"How much larger it becomes, from {ZOOM[0]:g} to {ZOOM[1]:g}.")]
Strengthen = Annotated[
    float, Field(description=f"How much stronger it becomes, from {STRENGTHEN[0]:g} to {STRENGTHEN[1]:g}; 1 changes nothing.")
]
Remove = Annotated[bool, Field(description="Whether it is taken away.")]
Copy = Annotated[bool, Field(description="Whether what moves also stays where it was.")]


class Brought(answers.Told):
    """A picture that was looked for step by step."""

    steps: Annotated[int, Field(description="How many steps it took.")]
    scores: Annotated[dict[str, float], Field(description="How near it came: psnr in dB, ssim, lpips, exact pixels and similarity.")]


class Moved(answers.Told):
    """A picture whose concepts were moved."""

    steps: Annotated[int, Field(description="How many steps it took.")]


class SharedConcept(TypedDict):
    """A concept that models share."""

    id: Annotated[str, Field(description="To be sent to `move`.")]
    name: Annotated[str, Field(description="What it is called.")]
    models: Annotated[list[str], Field(description="The models that have it, the generator first.")]
    chance: Annotated[float, Field(description="How probable such a match is by chance.")]
    active: Annotated[float, Field(description="How active it is in the picture, in deviations above its mean.")]


Concepts = Annotated[list[SharedConcept], Field(description="The concepts that are most active in the picture, the strongest first.")]


def publish_shared(demo: gr.Blocks, cached: CachedStudio) -> None:
    """Add the endpoints to the page that is being built."""
    studio = cached.studio

    def started(recipe: Any) -> Picture:
        if recipe in ("", None):
            return studio.sample(0)
        return studio.edit(*studio.replay(given.recipe(recipe))).picture

    def shared(recipe: given.Start = "", limit: given.Limit = 10) -> Concepts:
        """List the concepts that the generator shares with other models and that are strongest in a picture, up to 50."""
        return [_told(one, active) for one, active in studio.strongest(started(recipe), given.limit(limit, 50))]

    def invert(image: given.ImageText, guide: Guide = "rosetta", start: Start = "encoder") -> Brought:
        """Bring any picture into the generator step by step, with guidance by what other models see of it or without."""
        way, begin = given.method(guide), guard.choice(start, STARTS)
        last = _last(studio.invert(studio.open(given.picture(image)), guide=way, start=begin))
        scores = {name: round(float(value), 4) for name, value in last.scores.items()}
        return Brought(**answers.told(cached, last.picture, Result(last.picture)), steps=last.step, scores=scores)

    def move(
        recipe: given.Start = "",
        concepts: Chosen = [],  # noqa: B006
        right: Pixels = 0,
        down: Pixels = 0,
        zoom: Zoom = 1,
        strengthen: Strengthen = 1,
        remove: Remove = False,
        copy: Copy = False,
    ) -> Moved:
        """Move what concepts say in a picture, enlarge, strengthen or remove it, and look for the picture of which that is true."""
        picture = started(recipe)
        side = picture.image.width
        how = {
            "shift": (guard.between(right, -side, side), guard.between(down, -side, side)),
            "zoom": guard.between(zoom, *ZOOM),
            "strengthen": guard.between(strengthen, *STRENGTHEN),
            "remove": remove is True,
            "copy": copy is True,
        }
        last = _last(studio.move(picture, _ids(concepts) or None, **how))
        return Moved(**answers.told(cached, last.picture, Result(last.picture, (), last.report)), steps=last.step)

    for run in (shared, invert, move):
        expose(demo, run, HEAVY)


def _last(steps: Any) -> Any:
    return deque(steps, maxlen=1)[0]


def _ids(concepts: Any) -> list[str]:
    if not isinstance(concepts, list) or len(concepts) > MOST:
        raise SettingError(f"Send a list of up to {MOST} concepts by their ids, as the endpoint `shared` lists them; [] moves all.")
    return [guard.handle_id(one) for one in concepts]


def _told(concept: Any, active: float) -> SharedConcept:
    return SharedConcept(
        id=concept.id,
        name=name_of(concept),
        models=list(concept.models),
        chance=round(float(concept.p_value), 6),
        active=round(float(active), 3),
    )
