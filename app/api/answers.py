"""What the endpoints answer: each record with its words, and how it is made."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from PIL import Image
from pydantic import Field
from typing_extensions import TypedDict

from app.heads.cards import neuron_name, role_words
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio
from app.shift.sprites import View, unpack
from core.foundations.class_records import Classes, ClassKeys, KeyNeuron
from core.foundations.records import Found, HeadCard, NeuronCard, Picture, Result, Segmentation, Word
from core.worlds.dsprites.factors import FACTORS

Uri = Annotated[str, Field(description="A PNG as a data URI.")]


class Handle(TypedDict):
    """Something of the model that can be turned."""

    handle: Annotated[str, Field(description="Its id, as recipes name it.")]
    name: Annotated[str, Field(description="What it is called.")]
    slot: Annotated[str, Field(description="The part of the picture that it changes; empty where it has none.")]
    strength: Annotated[float, Field(description="How far to turn it to see it.")]
    score: Annotated[float, Field(description="How near it is to what was asked; larger is nearer.")]


class Turned(TypedDict):
    """What one part of the picture was and is."""

    slot: Annotated[str, Field(description="Which part.")]
    before: Annotated[str, Field(description="What it was.")]
    after: Annotated[str, Field(description="What it is.")]
    wanted: Annotated[bool, Field(description="Whether that was asked for.")]


class Told(TypedDict):
    """The picture after its edits, and what they changed, as read from the picture itself."""

    image: Annotated[str, Field(description="The picture, 32 x 32 pixels, a PNG as a data URI.")]
    recipe: Annotated[str, Field(description="The picture and its edits, to be sent with the next call.")]
    refusal: Annotated[str | None, Field(description="Why nothing was done, in a sentence; null where something was.")]
    report: Annotated[str | None, Field(description="What changed and what stayed, in a sentence.")]
    note: Annotated[str, Field(description="What else there is to know about what was done; empty where nothing is.")]
    choices: Annotated[list[Handle], Field(description="Where a wish was unclear or impossible: the nearest things that exist.")]
    changes: Annotated[list[Turned], Field(description="Every part that changed, asked for or not.")]


class Opened(Told):
    """A picture as the model takes it in."""

    fit: Annotated[float, Field(description="How much of the picture the model gives back, from 0 to 1.")]


class Seen(TypedDict):
    """Where a text is seen in a picture."""

    image: Annotated[str, Field(description="The picture that was looked at, as a data URI; heat and mask lie on it.")]
    heat: Annotated[str, Field(description="How much each place says the text: a grey PNG as a data URI, white is most.")]
    mask: Annotated[str, Field(description="Where the heat is above the threshold: a PNG as a data URI, white inside.")]
    threshold: Annotated[float, Field(description="Where the heat was cut, from 0 to 1.")]
    score: Annotated[float, Field(description="Cosine of text and picture.")]
    presence: Annotated[float, Field(description="How probable it is that the text is in the picture at all, from 0 to 1.")]
    there: Annotated[bool, Field(description="Whether it counts as there; where it does not, the mask is empty.")]
    instead: Annotated[list[str], Field(description="What is in the picture, where the text is not.")]


class Seer(TypedDict):
    """A head or a neuron."""

    id: Annotated[str, Field(description='Its id, such as "head:5.0".')]
    name: Annotated[str, Field(description="What it is about.")]
    score: Annotated[float, Field(description="How near its words are to the text; larger is nearer.")]


class Head(TypedDict):
    """An attention head of the model that looks."""

    layer: Annotated[int, Field(description="Counted from 0.")]
    head: Annotated[int, Field(description="Counted from 0 within its layer.")]
    about: Annotated[str, Field(description="What it looks for.")]
    confidence: Annotated[float, Field(description="How well that is read from it alone, from 0 to 1.")]
    words: Annotated[list[str], Field(description="The texts that span what it says, the most telling first.")]


class Share(TypedDict):
    """How much of the choice one text gets."""

    text: Annotated[str, Field(description="One of the texts.")]
    share: Annotated[float, Field(description="Its share with the heads switched off, from 0 to 1; all shares sum to 1.")]
    before: Annotated[float, Field(description="Its share with every head on.")]
    presence: Annotated[float, Field(description="How probable it is that it is in the picture at all, from 0 to 1, whatever its share.")]
    there: Annotated[bool, Field(description="Whether it counts as there.")]


class Concept(TypedDict):
    """A word that a picture says."""

    text: Annotated[str, Field(description="The word.")]
    weight: Annotated[float, Field(description="How much of the picture says it; larger is more.")]


class Rising(TypedDict):
    """A class through the blocks."""

    name: Annotated[str, Field(description="Of the class.")]
    shares: Annotated[list[float], Field(description="Its share of the vote before the first block and after each, from 0 to 1.")]


class Decided(TypedDict):
    """How a picture is decided."""

    answer: Annotated[str, Field(description="What is answered in the end.")]
    rising: Annotated[list[Rising], Field(description="The classes that lead anywhere on the way, the answer first.")]
    name: Annotated[str, Field(description="The class that the next two are of.")]
    importance: Annotated[str, Field(description="Where it comes from: a grey PNG as a data URI, white is most.")]
    patches: Annotated[list[float], Field(description="Share of the patches that say it, at each depth.")]
    identified: Annotated[list[float], Field(description="Share of all classes that a patch puts behind it, on average, at each depth.")]


class Example(TypedDict):
    """A picture that excites a neuron, and where in it."""

    picture: Annotated[int, Field(description="The Noun's seed, or the number of a picture that is shipped with the photographs.")]
    across: Annotated[float, Field(description="The place that excites it: from the left, as a share of the picture's width.")]
    down: Annotated[float, Field(description="From the top, as a share of its height.")]


class Key(TypedDict):
    """A neuron that brings a class about."""

    id: Annotated[str, Field(description='Its id, such as "key:3:84": block and place, both counted from 0.')]
    name: Annotated[str, Field(description="What it follows in pictures; empty where nothing can be said.")]
    raises: Annotated[list[str], Field(description="The classes that its value raises most.")]
    strength: Annotated[float, Field(description="How much it does for the class, over the best key.")]
    heat: Annotated[str, Field(description="Where it is active: a grey PNG as a data URI, white is most.")]
    examples: Annotated[list[Example], Field(description="Pictures that excite it most, best first.")]


class Keys(TypedDict):
    """Who brings a class about."""

    name: Annotated[str, Field(description="Of the class.")]
    keys: Annotated[list[Key], Field(description="Its best keys, best first.")]
    blocks: Annotated[list[float], Field(description="How much its best key in every block does for it, over the best of all.")]
    relatives: Annotated[list[str], Field(description="Classes that share keys with it, nearest first.")]


class Shift(TypedDict):
    """A sprite whose latent was moved, beside the exact picture of what was asked."""

    image: Annotated[str, Field(description="What the model draws, 64 x 64 pixels, a PNG as a data URI.")]
    target: Annotated[str, Field(description="The exact picture of what was asked, likewise.")]
    agreement: Annotated[float, Field(description="Share of the white that both have in common, from 0 to 1.")]
    after: Annotated[dict[str, str], Field(description="What is read from the model's picture, factor by factor, in words.")]
    moved: Annotated[list[str], Field(description="The factors that read otherwise than at the start.")]
    missed: Annotated[list[str], Field(description="The factors that were asked for and not reached.")]
    leaked: Annotated[list[str], Field(description="The factors that moved though nobody asked.")]


class Way(TypedDict):
    """A way to do something."""

    name: Annotated[str, Field(description="To be sent as `method`.")]
    says: Annotated[str, Field(description="What it does, in a few words.")]


class Ways(TypedDict):
    """Every way to segment and to shift."""

    segment: Annotated[list[Way], Field(description="For the endpoint `segment`.")]
    shift: Annotated[list[Way], Field(description="For the endpoint `shift`.")]


def found(near: Found) -> Handle:
    """A handle that a search found."""
    handle = near.handle
    return Handle(handle=handle.id, name=handle.name, slot=handle.slot, strength=near.strength, score=round(float(near.score), 4))


def told(cached: CachedStudio, base: Picture, result: Result) -> Told:
    """A picture and a stack after the edits were played."""
    report = result.report
    changes = report.changes if report else ()
    return Told(
        image=data_uri(result.picture.image),
        recipe=cached.studio.recipe(base, result.edits),
        refusal=result.refusal,
        report=report.sentence if report else None,
        note=result.note,
        choices=[found(near) for near in result.choices],
        changes=[Turned(slot=c.slot, before=c.before.name, after=c.after.name, wanted=c.wanted) for c in changes],
    )


def seen(uri: str, segmentation: Segmentation) -> Seen:
    """Heat and mask as pictures."""
    grey = [Image.fromarray((255 * each).astype(np.uint8)) for each in (segmentation.heat, segmentation.mask)]
    return Seen(
        image=uri,
        heat=data_uri(grey[0]),
        mask=data_uri(grey[1]),
        threshold=float(segmentation.threshold),
        score=round(float(segmentation.score), 4),
        presence=round(float(segmentation.presence), 4),
        there=segmentation.there,
        instead=[word.text for word in segmentation.instead],
    )


def seer(card: HeadCard | NeuronCard, score: float) -> Seer:
    """A head or neuron that a search found."""
    name = role_words(card.role) if isinstance(card, HeadCard) else neuron_name(card)
    return Seer(id=card.id, name=name, score=round(float(score), 4))


def head(card: HeadCard) -> Head:
    """A head."""
    words = [word.text for word in card.texts]
    return Head(layer=card.layer, head=card.head, about=role_words(card.role), confidence=round(float(card.confidence), 4), words=words)


def share(text: str, now: float, before: float, presence: float, least: float) -> Share:
    """A text with its share, and whether it is there at all."""
    return Share(text=text, share=round(now, 4), before=round(before, 4), presence=round(presence, 4), there=presence >= least)


def concept(word: Word) -> Concept:
    """A word with its weight."""
    return Concept(text=word.text, weight=round(float(word.weight), 4))


def _grey(heat: np.ndarray) -> str:
    return data_uri(Image.fromarray((255 * np.clip(heat, 0, 1)).astype(np.uint8)))


def decided(seen: Classes) -> Decided:
    """How a picture is decided."""
    return Decided(
        answer=seen.answer,
        rising=[Rising(name=one.name, shares=[round(share, 4) for share in one.shares]) for one in seen.rising],
        name=seen.name,
        importance=_grey(seen.importance),
        patches=[round(share, 4) for share in seen.right_tokens],
        identified=[round(share, 4) for share in seen.identified],
    )


def _key(one: KeyNeuron) -> Key:
    examples = [Example(picture=at, across=round(x, 4), down=round(y, 4)) for at, (x, y) in zip(one.best, one.spots, strict=False)]
    strength = round(one.strength, 4)
    return Key(id=one.id, name=one.name, raises=list(one.speaks), strength=strength, heat=_grey(one.heat), examples=examples)


def keys(seen: ClassKeys) -> Keys:
    """Who brings a class about."""
    blocks = [round(one.strength, 4) for one in seen.blocks]
    return Keys(name=seen.name, keys=[_key(one) for one in seen.best], blocks=blocks, relatives=[one.name for one in seen.relatives])


def shifted(view: View) -> Shift:
    """What came of a shift."""
    drawn, target = (Image.fromarray((255 * unpack(packed)).astype(np.uint8)) for packed in (view.made, view.target))
    return Shift(
        image=data_uri(drawn),
        target=data_uri(target),
        agreement=round(view.agreement, 4),
        after=dict(zip(FACTORS, view.after, strict=True)),
        moved=list(view.moved),
        missed=list(view.missed),
        leaked=list(view.leaks),
    )


def way(name: str, says: Any) -> Way:
    """A way."""
    return Way(name=name, says=str(says))
