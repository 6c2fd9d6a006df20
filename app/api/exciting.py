"""The endpoint of what excites a class or a neuron: images that are grown for it, a few at once and in so many steps at most."""

from __future__ import annotations

import re
from typing import Annotated, Any

import gradio as gr
from pydantic import Field
from typing_extensions import TypedDict

from app.api import arguments as given
from app.api.expose import HEAVY, expose
from app.shared import guard
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio
from app.shared.worlds import Worlds
from core.foundations.excited import Excited

IMAGES, IMAGES_SOFT = 4, 1
"""Most images at once; of a photographs' model one, whose step takes as long as many."""
STEPS = 192
"""Most steps."""
KEY = re.compile(r"key:(\d{1,4}):(\d{1,6})")

Aim = Annotated[
    str,
    Field(
        description='What is to be excited: a class by its name, such as "shark", or a neuron by its id as `class_keys` gives it, such as '
        '"key:4:17".',
        examples=["shark"],
    ),
]
Count = Annotated[
    int, Field(description=f"How many images, moved into its bounds: from 1 to {IMAGES}, or {IMAGES_SOFT} of the photographs' model.")
]
Steps = Annotated[int, Field(description=f"In how many steps, {STEPS} at most; 0 takes as many as the page does.")]


class Grown(TypedDict):
    """An image that was grown."""

    image: Annotated[str, Field(description="The image, a PNG as a data URI.")]
    score: Annotated[float, Field(description="How far it excites what was asked for, in its own measure.")]
    says: Annotated[str, Field(description="The class that its own model takes it for.")]
    share: Annotated[float, Field(description="That class's share of the vote, from 0 to 1.")]
    other: Annotated[str, Field(description="What another model takes it for; empty where there is none.")]


class Exciting(TypedDict):
    """What excites a class or a neuron."""

    images: Annotated[list[Grown], Field(description="The images, each by its own seed.")]
    steps: Annotated[int, Field(description="In how many steps they were grown.")]


def publish_exciting(demo: gr.Blocks, cached: CachedStudio, worlds: Worlds) -> None:
    """Add the endpoint to the page that is being built."""

    def excite(what: Aim, count: Count = 1, steps: Steps = 0, seed: given.Seed = 0, world: given.WorldName = "nouns") -> Exciting:
        """Grow images that excite a class or a neuron most, from next to nothing: what the model itself means by it."""
        target, soft = _target(guard.asked(what)), given.world(worlds, world) is worlds.photos
        verbs: Any = worlds.photos.photos if soft else cached.studio
        few, own = given.limit(count, IMAGES_SOFT if soft else IMAGES), given.whole(steps, "number of steps", STEPS)
        *_, last = verbs.excite(target, count=few, steps=own or None, seed=given.seed(seed))
        return _exciting(last)

    expose(demo, excite, HEAVY)


def _target(what: str) -> str | tuple[int, int]:
    """As the studio takes it."""
    key = KEY.fullmatch(what)
    return (int(key[1]), int(key[2])) if key else what


def _exciting(done: Excited) -> Exciting:
    rows = zip(done.images, done.scores, done.says, done.others, strict=True)
    images = [
        Grown(image=data_uri(image), score=round(score, 4), says=word.text, share=round(word.weight, 4), other=other)
        for image, score, word, other in rows
    ]
    return Exciting(images=images, steps=done.step)
