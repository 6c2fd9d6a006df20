"""The stage's walk: a step for each chapter of the story, made of finished pictures only.

A step is plain JSON. Those of the tab Edit hold a comparison; the others hold `figures`, each a picture as a URI and what it
shows. A chapter whose weights are missing is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from app.heads import cards as head_cards
from app.segment import pieces
from app.shared import guard
from app.shared.address import write
from app.shared.pictures import data_uri
from app.shared.session import CachedStudio, Moment
from app.shared.subject import OPENING_SEED
from app.shift import cards as shift_cards
from app.shift.sprites import OPENING, CachedSprites, View, unpack
from core.foundations.errors import StudioError

WALK: tuple[dict[str, Any], ...] = (
    {"title": "Pick up a picture", "text": "A Noun, 32 pixels wide, drawn by a small model.", "show": ["before"]},
    {"title": "Say what should change", "text": "A sentence finds one thing that the model knows by itself.", "show": ["before", "after"]},
    {"title": "See what changed", "text": "Only these pixels are different. All others are exactly as before.", "show": ["after", "diff"]},
    {"title": "See what stayed", "text": "An independent reader looks at the result, part by part.", "show": ["after"], "facts": True},
    {"title": "Go on from there", "text": "Changes stack up. Each one can be turned, muted or taken back.", "show": ["before", "after"]},
)
"""The chapter of the tab Edit."""
_LOOKED = {"picture": f"scene-{OPENING_SEED}"}
"""The picture of the chapters on segmentation and heads, for an address."""
SOUGHT = "frog"
"""What the chapter on segmentation looks for."""
LACK, EXCESS, AGREE, NIGHT = (110, 168, 255), (255, 157, 92), (110, 108, 105), (13, 12, 15)
"""Missing ink, ink too much, ink in common, no ink."""


def _live(cached: CachedStudio, moment: Moment) -> str:
    return write(tab="edit", recipe=guard.to_link(cached.recipe(moment)))


def edit_steps(cached: CachedStudio, base: str, first: Moment, last: Moment, opening: str) -> list[dict]:
    """From a picture to a stack of changes."""
    moments = (Moment(base), first, first, first, last)
    sentences = ("", opening, "", "", "")
    return [
        {**step, "sentence": s, "comparison": cached.comparison(m).to_dict()} for step, s, m in zip(WALK, sentences, moments, strict=True)
    ]


def _step(title: str, text: str, *figures: dict, live: str, sentence: str = "", facts: tuple[str, ...] = ()) -> dict:
    return {"live": live, "title": title, "text": text, "sentence": sentence, "figures": list(figures), "facts": list(facts)}


def _figure(image: str, caption: str) -> dict:
    return {"image": image, "caption": caption}


def segment_step(studio: Any) -> dict:
    """Where is it?"""
    picture = studio.scene(OPENING_SEED)
    found = studio.sight.segment(picture, SOUGHT)
    cut = np.where(found.mask[..., None], np.asarray(picture.image.convert("RGB")), 235).astype(np.uint8)
    where = _figure(pieces.thumbnail(picture.image, found.heat, found.threshold), f"Bright where “{SOUGHT}” is seen")
    text = "Any words, on any picture: what is bright speaks for them, and can be cut out or kept."
    return _step(
        "Ask where it is",
        text,
        where,
        _figure(data_uri(Image.fromarray(cut)), "Cut out"),
        live=write(tab="segment", **_LOOKED, word=SOUGHT),
        sentence=f"Where is the {SOUGHT}?",
    )


def heads_step(studio: Any) -> dict:
    """Who does it?"""
    sight, picture = studio.sight, studio.scene(OPENING_SEED)
    clear = [head for head in sight.lenses.heads if head.role != "mixed"] or sight.lenses.heads
    head = max(clear, key=lambda card: card.confidence * card.size)
    view = sight.head_view(picture, head.layer, head.head)
    seen = pieces.thumbnail(picture.image, view.strongest_heat, 2.0, side=1)
    figures = (_figure(data_uri(picture.image), "The picture"), _figure(seen, f"Here it says “{view.strongest.text}”"))
    words = ", ".join(f"“{text}”" for text in list(dict.fromkeys(word.text for word in head.texts))[:3])
    place, role = head_cards.place_words(head.layer, head.head), head_cards.role_words(head.role).lower()
    text = f"{place} writes about {role}. These words fit it best: {words}."
    return _step(
        "See who does it", text[0].upper() + text[1:], *figures, live=write(tab="heads", **_LOOKED, head=f"{head.layer}.{head.head}")
    )


def difference(view: View) -> Image.Image:
    """Missing ink striped, ink too much dotted, the rest grey; three times as large, so that the patterns can be seen."""
    made, target = (unpack(text).repeat(3, 0).repeat(3, 1) > 0.5 for text in (view.made, view.target))
    rows, columns = np.indices(made.shape)
    out = np.full((*made.shape, 3), NIGHT, np.uint8)
    out[made & target] = AGREE
    out[target & ~made & ((rows + columns) % 4 > 0)] = LACK
    out[made & ~target & ~((rows % 3 == 1) & (columns % 3 == 1))] = EXCESS
    return Image.fromarray(out)


def _sprite(text: str) -> str:
    return data_uri(Image.fromarray(np.uint8(255 * unpack(text))))


def shift_step(studio: Any) -> dict:
    """One thing moves, and nothing else."""
    cached_sprites = CachedSprites(studio)
    view = cached_sprites.view(OPENING)
    figures = (
        _figure(_sprite(view.first), "The start"),
        _figure(_sprite(view.made), "What the model draws"),
        _figure(_sprite(view.target), "What it should be"),
        _figure(data_uri(difference(view)), "The difference"),
    )
    text = "Sixteen numbers hold a sprite. They are shifted so that one thing changes, and nothing else; the exact picture is the judge."
    clean = () if view.leaks or view.missed else (shift_cards.CLEAN,)  # a tick stands before it
    return _step(
        "Move one thing only", f"{text} {shift_cards.sentence(cached_sprites.kit, view)}", *figures, live=write(tab="shift"), facts=clean
    )


CHAPTERS: tuple[Callable[[Any], dict], ...] = (segment_step, heads_step, shift_step)
"""One step for each further tab, in the order of the tabs."""


def further_steps(studio: Any) -> list[dict]:
    """The steps of all further chapters whose weights are here."""
    out = []
    for chapter in CHAPTERS:
        try:
            out.append(chapter(studio))
        except StudioError:  # weights that are not trained yet
            continue
    return out
