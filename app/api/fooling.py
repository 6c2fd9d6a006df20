"""The endpoints of the tab Fool it, and of the box on the tab Edit that paints what is described."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any

import gradio as gr
from pydantic import Field
from typing_extensions import TypedDict

from app.api import answers
from app.api import arguments as given
from app.api.expose import HEAVY, expose
from app.fool.writing import writer_named
from app.heads.photo_cards import CLOSED
from app.shared import guard
from app.shared.hosting import hosted
from app.shared.pictures import data_uri, seen
from app.shared.session import CachedStudio
from app.shared.worlds import Worlds
from core.foundations.attacked import Attacked, Shot, SpuriousWord
from core.foundations.errors import SettingError
from core.foundations.painted import PaintedScene
from core.foundations.painted import Painting as Made

PICTURES = 20
"""Most pictures of one attack over the API."""
PAINTED = 8
"""Most pictures of one prompt."""
PAINTS = ("nouns", "scenes")
WORDS = 25
"""Most words of a person's own."""
HOW = ("all", "strongest", "fewest")

True_ = Annotated[str, Field(description='The class that every picture shows, whole and in front, such as "fox".', examples=["fox"])]
Wrong = Annotated[str, Field(description='The class that none of them shows, such as "tiger".', examples=["tiger"])]
World = Annotated[
    str,
    Field(
        description='Where: "nouns" for scenes of pixel-art characters, or "photos" for cut-outs on a photograph; the latter needs weights '
        "that are fetched on the tab Segment first."
    ),
]
Ground = Annotated[
    str,
    Field(
        description="The photograph that things are laid on, as base64 or as a data URI; empty lays them on those that are shipped. In the "
        'world "nouns" it has no use.'
    ),
]
Count = Annotated[int, Field(description="How many pictures, moved into its bounds.")]
Words = Annotated[
    list[str],
    Field(description=f"Up to {WORDS} things that are added, by the words of `attack_words`; an empty list finds them.", examples=[[]]),
]
How = Annotated[
    str,
    Field(description='Which of the words are used: "all", the "strongest" one alone, or the "fewest" that fool the model.'),
]
Writer = Annotated[
    str,
    Field(
        description="A language model on the machine that serves this, by a name that was fetched before or by its folder, which writes "
        "half of the sentences that are tried, held to the grammar's rules; empty leaves all to the grammar. Not on a hosted page."
    ),
]
Through = Annotated[
    str,
    Field(
        description='The model that is fooled in the world "photos", as the page\'s links name it, such as "ViT-B-32 laion2b_s34b_b79k", '
        "once it was looked up on the page; empty for the small one. Not on a hosted page."
    ),
]
Prompt = Annotated[
    str,
    Field(
        description='What the picture should show, in a sentence such as "a Noun with a shark head and red glasses", or for a scene "a '
        'shark on the left and a cat with red glasses on the right, on a meadow".',
        examples=["a Noun with a shark head and red glasses"],
    ),
]


What = Annotated[str, Field(description='What is painted: one of the "nouns", or "scenes" of up to four of them on a ground.')]


class Pull(TypedDict):
    """A word that pulls toward the wrong class."""

    text: Annotated[str, Field(description="The word.")]
    slot: Annotated[str, Field(description='Where its thing goes in a picture, such as "head" or "ground".')]
    score: Annotated[float, Field(description="How strongly it pulls; 0 where it was not found but given.")]
    neurons: Annotated[list[str], Field(description="The neurons behind it by their ids, the one that adds most first.")]


class Tried(TypedDict):
    """A picture before the model."""

    image: Annotated[str, Field(description="The picture as a data URI: a scene of 64 x 64 pixels as PNG, a photograph of 224 as JPEG.")]
    prompt: Annotated[str, Field(description="The sentence that it was made from.")]
    true: Annotated[float, Field(description="The model's probability for the class that is there, of the two.")]
    wrong: Annotated[float, Field(description="And for the one that is not.")]
    first: Annotated[str, Field(description="What the model says first of all its classes.")]
    fooled: Annotated[bool, Field(description="Whether it takes the picture for the wrong class.")]


class Attack(TypedDict):
    """What came of trying to fool the model."""

    words: Annotated[list[Pull], Field(description="What was added, the strongest first.")]
    pictures: Annotated[list[Tried], Field(description="The pictures.")]
    fooled: Annotated[float, Field(description="Share of them that the model takes for the wrong class.")]
    by_chance: Annotated[float, Field(description="The same of as many pictures with words by chance.")]
    told: Annotated[str, Field(description="What became of a language model's sentences; empty where none was asked.")]


class Painting(TypedDict):
    """A picture that was painted by a prompt."""

    image: Annotated[str, Field(description="The picture, 32 x 32 pixels, a scene 64 x 64, a PNG as a data URI.")]
    recipe: Annotated[str, Field(description="The picture, to be sent to `request` or `edit`; empty for a scene.")]
    missing: Annotated[list[str], Field(description="The parts that were asked for and are not there, as read from the picture itself.")]
    told: Annotated[str, Field(description="What is missing, or that nothing is, in a sentence.")]


class Painted(TypedDict):
    """What a prompt comes to."""

    pictures: Annotated[list[Painting], Field(description="The pictures; none where it was refused.")]
    refusal: Annotated[str | None, Field(description="Why nothing was painted, in a sentence; null where something was.")]
    choices: Annotated[list[answers.Handle], Field(description="The nearest things that exist, where something is not known.")]


Pulls = Annotated[list[Pull], Field(description="The words, the one that pulls most first.")]


def publish_fooling(demo: gr.Blocks, worlds: Worlds) -> None:
    """Add the endpoints to the page that is being built."""
    cached, studio = worlds.cached, worlds.cached.studio

    def attack_words(true: True_, wrong: Wrong, world: World = "nouns", through: Through = "") -> Pulls:
        """Find the things that pull a picture from one class to another in the model's eyes, and the neurons behind each."""
        return [_pull(word) for word in _verbs(worlds, world, through=through).attack_words(guard.asked(true), guard.asked(wrong))]

    def attack(
        true: True_,
        wrong: Wrong,
        count: Count = 10,
        words: Words = [],  # noqa: B006
        how: How = "all",
        seed: given.Seed = 0,
        world: World = "nouns",
        photo: Ground = "",
        writer: Writer = "",
        through: Through = "",
    ) -> Attack:
        """Make pictures that show one class whole and that the model takes for another, by things beside it; no noise is added."""
        verbs, author = _verbs(worlds, world, photo, through), writer_named(writer)
        there, absent, own = guard.asked(true), guard.asked(wrong), _words(words) or None
        number = given.seed(seed)
        if how not in HOW:
            raise SettingError(f"There is no such way. Send one of: {', '.join(HOW)}.")
        if how == "strongest":
            own = [word.text for word in verbs.attack_strongest(there, absent, own)[0].words]
        elif how == "fewest":
            own = [word.text for word in verbs.attack_fewest(there, absent, own).words]
        done: Attacked = deque(verbs.attack(there, absent, given.limit(count, PICTURES), words=own, seed=number, writer=author), maxlen=1)[
            0
        ]
        return Attack(
            words=[_pull(word) for word in done.words],
            pictures=[_tried(shot) for shot in done.shots],
            fooled=_share(done.shots),
            by_chance=_share(done.controls),
            told=done.told,
        )

    def paint(prompt: Prompt, count: Count = 1, seed: given.Seed = 0, world: What = "nouns") -> Painted:
        """Paint pictures of a pixel-art character, or scenes of up to four, that show what a prompt describes; say what each lacks."""
        if world not in PAINTS:
            raise SettingError(f"There is nothing of that kind to paint. Send one of: {', '.join(PAINTS)}.")
        if world == PAINTS[1]:
            several = studio.paint_scene(guard.scene_described(prompt), given.limit(count, PAINTED), given.seed(seed))
            return Painted(pictures=[_scene(one) for one in several], refusal=several.refusal, choices=[])
        done = studio.paint(guard.described(prompt), given.limit(count, PAINTED), given.seed(seed))
        near = [answers.found(one) for one in done.choices]
        return Painted(pictures=[_painted(cached, one) for one in done], refusal=done.refusal, choices=near)

    for run in (attack_words, attack, paint):
        expose(demo, run, HEAVY)


def _verbs(worlds: Worlds, name: Any, photo: Any = "", through: Any = "") -> Any:
    """The verbs of fooling the model of a world, on a photograph where one is given, or of another model that was looked up."""
    if given.world(worlds, name) is worlds.nouns:
        if through:
            raise SettingError('Another model can be fooled in the world "photos" alone. Send that world too, or no model.')
        return worlds.cached.studio
    if through and hosted():
        raise SettingError(CLOSED)
    photos = worlds.photos.photos
    eyes = photos.other_eyes.linked(guard.model_name(through)) if through else None
    return photos.attacks_on([photos.take_in(given.picture(photo))] if photo else [], eyes)


def _painted(cached: CachedStudio, one: Made) -> Painting:
    return Painting(
        image=data_uri(one.picture.image),
        recipe=cached.studio.recipe(one.picture, ()),
        missing=[part.name for part in one.missing],
        told=one.sentence,
    )


def _scene(one: PaintedScene) -> Painting:
    return Painting(image=data_uri(one.picture.image), recipe="", missing=[part.name for part in one.missing], told=one.sentence)


def _pull(word: SpuriousWord) -> Pull:
    return Pull(text=word.text, slot=word.slot, score=round(float(word.score), 4), neurons=[id for id, _ in word.neurons])


def _tried(shot: Shot) -> Tried:
    return Tried(
        image=seen(shot.picture.image),
        prompt=shot.prompt,
        true=round(shot.true, 4),
        wrong=round(shot.wrong, 4),
        first=shot.first,
        fooled=shot.fooled,
    )


def _share(shots: tuple[Shot, ...]) -> float:
    return round(sum(shot.fooled for shot in shots) / max(1, len(shots)), 4)


def _words(value: Any) -> list[str]:
    if not isinstance(value, list) or len(value) > WORDS:
        raise SettingError(f"Send a list of up to {WORDS} words, as the endpoint `attack_words` lists them; [] finds them.")
    return [guard.asked(word) for word in value]
