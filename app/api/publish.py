"""The endpoints themselves: every verb of every tab, a few lines each."""

from __future__ import annotations

from typing import Annotated, Any

import gradio as gr
from pydantic import Field

from app.api import answers
from app.api import arguments as given
from app.api.exciting import publish_exciting
from app.api.expose import HEAVY, LIGHT, expose
from app.api.fooling import publish_fooling
from app.api.sharing import publish_shared
from app.shared import guard
from app.shared.session import CachedStudio
from app.shared.worlds import Worlds
from app.shift.sprites import CachedSprites, Turned
from core.foundations.records import Picture, Result
from core.methods.read.segment_says import SAYS
from core.worlds.dsprites.factors import FACTORS

Handles = Annotated[list[answers.Handle], Field(description="The nearest handles, best first.")]
Seers = Annotated[list[answers.Seer], Field(description="The nearest heads and neurons, best first.")]
Heads = Annotated[list[answers.Head], Field(description="Every head of the model, layer by layer.")]
Shares = Annotated[list[answers.Share], Field(description="One share for each text, in the order that they were sent in.")]
Concepts = Annotated[list[answers.Concept], Field(description="Words, the one that most of the picture says first.")]


def publish(demo: gr.Blocks, cached: CachedStudio, recipe: str) -> None:
    """Add the endpoints to the page that is being built.

    Args:
        demo: the page.
        cached: the studio.
        recipe: of the picture that the page opens on, as an example.
    """
    _edits(demo, cached, recipe)
    publish_shared(demo, cached)
    worlds = Worlds(cached)
    publish_fooling(demo, worlds)
    _sight(demo, worlds)
    _heads(demo, worlds)
    _classes(demo, cached, worlds)
    publish_exciting(demo, cached, worlds)
    _shifts(demo, CachedSprites(cached.studio))


def _edits(demo: gr.Blocks, cached: CachedStudio, example: str) -> None:
    """The tabs Edit and Features."""
    studio = cached.studio

    def request(sentence: given.Sentence, recipe: given.Start = "") -> answers.Told:
        """Change a picture of a pixel-art character by one sentence, and read from the result what changed and what stayed."""
        base, edits = (studio.sample(0), ()) if recipe in ("", None) else studio.replay(given.recipe(recipe))
        return answers.told(cached, base, studio.request(base, guard.sentence(sentence), edits))

    def edit(recipe: given.Recipe) -> answers.Told:
        """Replay a recipe: a picture and its stack of edits, whose strengths, order and mutes may have been changed by hand."""
        base, edits = studio.replay(given.recipe(recipe))
        return answers.told(cached, base, studio.edit(base, edits[: guard.STACK]))

    def open(image: given.ImageText) -> answers.Opened:
        """Take in any picture as the model sees it, so that it can be changed by sentences."""
        picture = studio.open(given.picture(image))
        return answers.Opened(**answers.told(cached, picture, Result(picture)), fit=float(picture.fit))

    def find(text: given.Text, limit: given.Limit = 5) -> Handles:
        """Find what the model knows by words: the handles that can be turned, up to 50."""
        return [answers.found(f) for f in studio.find(guard.asked(text), limit=given.limit(limit, 50))]

    for run in (request, open):
        expose(demo, run, HEAVY)
    expose(demo, edit, HEAVY, {"recipe": example})
    expose(demo, find, LIGHT)


def _sight(demo: gr.Blocks, worlds: Worlds) -> None:
    """The tab Segment."""

    def segment(
        image: given.ImageText, text: given.Text, method: given.Method = "studio", world: given.WorldName = "nouns"
    ) -> answers.Seen:
        """Find where a text is seen in a picture: a heat map and a mask."""
        place = given.world(worlds, world)
        looked = place.own(given.picture(image))
        return answers.seen(looked.uri, place.sight.segment(looked.picture, guard.asked(text), given.method(method)))

    def concepts(image: given.ImageText, limit: given.Limit = 10, world: given.WorldName = "nouns") -> Concepts:
        """Say in words what is in a picture, up to 50 of them."""
        place = given.world(worlds, world)
        looked = place.own(given.picture(image))
        return [answers.concept(word) for word in place.sight.concepts(looked.picture, given.limit(limit, 50))]

    for run in (segment, concepts):
        expose(demo, run, HEAVY)


def _heads(demo: gr.Blocks, worlds: Worlds) -> None:
    """The tab Heads and neurons."""

    def who(text: given.Text, limit: given.Limit = 6, world: given.WorldName = "nouns") -> Seers:
        """Find the attention heads and neurons that see something, up to 20."""
        found = given.world(worlds, world).sight.who(guard.asked(text), given.limit(limit, 20))
        return [answers.seer(card, score) for card, score in found]

    def heads(world: given.WorldName = "nouns") -> Heads:
        """List every attention head of the model that looks, with what it is about."""
        return [answers.head(card) for card in given.world(worlds, world).sight.lenses.heads]

    def shares(image: given.ImageText, texts: given.Texts, off: given.Off = [], world: given.WorldName = "nouns") -> Shares:  # noqa: B006
        """Let the model choose among texts for a picture, with some attention heads switched off, beside its choice with all on."""
        place, asked, without = given.world(worlds, world), given.texts(texts), given.off(off)
        looked = place.own(given.picture(image))
        before = place.sight.shares(looked.picture, asked, ())
        after = place.sight.shares(looked.picture, asked, without) if without else before
        sure, least = place.sight.presence(looked.picture, asked), place.sight.least
        rows = zip(asked, after, before, sure, strict=True)
        return [answers.share(text, now, was, share, least) for text, now, was, share in rows]

    for run in (who, heads):
        expose(demo, run, LIGHT)
    expose(demo, shares, HEAVY)


def _classes(demo: gr.Blocks, cached: CachedStudio, worlds: Worlds) -> None:
    """The tab Classes."""

    def place(world: str, image: str) -> tuple[Any, Picture]:
        photos, own = given.world(worlds, world) is worlds.photos, given.picture(image)
        return (worlds.photos.photos, worlds.photos.photos.take_in(own)) if photos else (cached.studio, Picture(own.convert("RGB")))

    def classes(image: given.ImageText, name: given.ClassName = "", world: given.WorldName = "nouns") -> answers.Decided:
        """Tell how a vision transformer decides what a picture is: its vote after every block, and which places the answer comes from."""
        verbs, picture = place(world, image)
        return answers.decided(verbs.classes(picture, given.class_name(name)))

    def class_keys(image: given.ImageText, name: given.ClassName, world: given.WorldName = "nouns") -> answers.Keys:
        """Find the neurons that bring a class about, where they are active in a picture, and the classes that share them."""
        verbs, picture = place(world, image)
        return answers.keys(verbs.class_keys(picture, guard.asked(name)))

    for run in (classes, class_keys):
        expose(demo, run, HEAVY)


def _shifts(demo: gr.Blocks, sprites: CachedSprites) -> None:
    """The tab Shift, and the ways of all tabs."""

    def shift(start: given.Sprite, wanted: given.Wanted, method: given.Method = "studio") -> answers.Shift:
        """Move the latent of a sprite, a white shape on black, so that some of its factors get other values and the rest stays."""
        values, asked = given.sprite(start), given.factors(wanted, "what is wanted")
        way = sprites.kit.way(given.method(method)).name
        return answers.shifted(sprites.view(Turned(values, tuple(map(asked.get, FACTORS)), way)))

    def methods() -> answers.Ways:
        """List every way to segment and every way to shift, with what each does."""
        segment = [answers.way(name, says) for name, says in SAYS.items()]
        return answers.Ways(segment=segment, shift=[answers.way(way.name, way.says) for way in sprites.kit.ways])

    expose(demo, shift, {"concurrency_id": "shift", "concurrency_limit": 2})
    expose(demo, methods, LIGHT)
