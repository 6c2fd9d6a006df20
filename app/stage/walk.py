"""The stage's walk: a few steps for each chapter of the story, made of finished pictures only.

Every caption is made from what was measured for its step; `tests/app/stage/test_walk.py` reads the walk that is shipped and
holds each against the picture's truth. A chapter that cannot be told, since its weights are missing or the models no longer
do what it tells, is left out.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from app.fool import cards as fool_cards
from app.fool.ploy import OPENING as FOOLED
from app.heads import cards as head_cards
from app.segment import pieces
from app.shared import guard, heatmaps
from app.shared.address import write
from app.shared.comparison import Comparison
from app.shared.pictures import data_uri, jpeg, uri_of
from app.shared.session import CachedStudio, Moment
from app.shared.subject import Subject
from app.shared.worlds import IDEAS, World, Worlds
from app.shift import cards as shift_cards
from app.shift.sprites import OPENING, CachedSprites, View, unpack
from app.stage.decided import decided_step
from app.stage.joint import invert_step, moved_step, shared_step
from app.stage.painted import drawn_step
from app.stage.steps import Fact, Figure, Step
from core.foundations.attacked import Attacked
from core.foundations.errors import StudioError
from core.foundations.records import Edit, Segmentation
from core.worlds.nouns.art import SIDE

LOG = logging.getLogger("rosetta.page")
SOUGHT = IDEAS[0][0]
"""What is looked for among Nouns: what the tab Segment opens on."""
PHOTO = ("temple", "temple")
"""A photograph, and what is looked for in it: the sample whose outline fits best."""
IMPOSSIBLE = "make the head a dragon"
"""A sentence that cannot be done, and to which there is something near."""
OFFERED = 3
"""Offers that are shown, as many as the sentence of a refusal names."""
LACK, EXCESS, AGREE, NIGHT = (110, 168, 255), (255, 157, 92), (110, 108, 105), (13, 12, 15)
"""Missing ink, ink too much, ink in common, no ink."""
PICTURES = 20
"""Of the class that is to be taken for another, and as many with other things."""
SHADE = (150, 147, 143)
"""What lies around a cut-out of a photograph."""

Told = tuple[str, tuple[Edit, ...]]
"""A sentence, and the steps that it became."""


# Edit ------------------------------------------------------------------------------------------------------------------


def edit_steps(cached: CachedStudio, base: str, told: Sequence[Told]) -> list[Step]:
    """From a picture to a stack of changes; as far as there are sentences that do something."""
    steps = [_picked(cached, Moment(base))]
    if told:
        steps += _changed(cached, Moment(base, told[0][1]), told[0][0])
    if len(told) > 1:
        steps.append(_stacked(cached, Moment(base, (*told[0][1], *told[1][1])), told[1][0]))
    return steps


def _live(cached: CachedStudio, moment: Moment) -> str:
    return write(tab="edit", recipe=guard.to_link(cached.recipe(moment)))


def _facts(shown: Comparison, good: bool) -> tuple[Fact, ...]:
    return tuple(Fact(part.name, part.slot, good) for part in shown.kept)


def _picked(cached: CachedStudio, moment: Moment) -> Step:
    shown, picture = cached.comparison(moment), cached.base(moment.base)
    text = f"A Noun, {picture.image.width} pixels wide, drawn by a small model. What an independent reader sees in it:"
    figures = (Figure(shown.before, "The picture", SIDE),)
    return Step("Pick up a picture", text, figures, _live(cached, moment), facts=_facts(shown, good=False))


def _changed(cached: CachedStudio, moment: Moment, sentence: str) -> list[Step]:
    shown, live = cached.comparison(moment), _live(cached, moment)
    before, after = Figure(shown.before, "Before", SIDE), Figure(shown.after, "After", SIDE)
    count, name = f"{round(shown.share * SIDE * SIDE):,} of {SIDE * SIDE:,} pixels", cached.names(moment.edits)[0][0]
    found = f"A sentence finds one thing that the model knows by itself. Here: “{name}”."
    only = f"Only {count} are different. All others are exactly as before."
    return [
        Step("Say what should change", found, (before, after), live, sentence),
        Step("See what changed", only, (after, Figure(shown.difference, f"{count} changed", SIDE)), live),
        Step("See what stayed", "The same reader looks at the result, part by part.", (after,), live, facts=_facts(shown, good=True)),
    ]


def _stacked(cached: CachedStudio, moment: Moment, sentence: str) -> Step:
    shown = cached.comparison(moment)
    figures = (Figure(shown.before, "Before all changes", SIDE), Figure(shown.after, f"After {len(moment.edits)} changes", SIDE))
    facts = tuple(Fact(name) for name, _ in cached.names(moment.edits))
    text = "Changes stack up. Each one can be turned, muted or taken back."
    return Step("Go on from there", text, figures, _live(cached, moment), sentence, facts)


def refusal_step(cached: CachedStudio, base: str) -> Step:
    """What cannot be done is told, with the reason and what there is instead; StudioError where it can be done."""
    picture = cached.base(base)
    result = cached.studio.request(picture, IMPOSSIBLE, ())
    if not result.refusal or not result.choices:
        raise StudioError(f"“{IMPOSSIBLE}” is not refused with an offer. Choose another sentence for the stage.")
    offers = tuple(Figure(cached.handle_uri(f.handle.id), f.handle.name, SIDE) for f in result.choices[:OFFERED])
    same = Figure(data_uri(picture.image), "Nothing is done", SIDE)
    return Step("Hear what cannot be done", result.refusal, (same, *offers), _live(cached, Moment(base)), IMPOSSIBLE)


# Segment and heads -----------------------------------------------------------------------------------------------------


def segment_step(worlds: Worlds) -> Step:
    """Where is it, among Nouns?"""
    subject = worlds.nouns.opening()
    found = _found(worlds.nouns, subject, SOUGHT)
    where = pieces.thumbnail(subject.picture.image, found.heat, found.threshold, 3 * subject.picture.image.width)
    cut = data_uri(heatmaps.cut_out(subject.picture.image, found.mask))
    text = "Any words: what is bright speaks for them, and can be cut out or kept."
    return _where("Ask where it is", text, subject, SOUGHT, (where, cut))


def photo_step(worlds: Worlds) -> Step:
    """The same on a photograph."""
    name, word = PHOTO
    subject = worlds.photos.sample(name)
    image, found = subject.picture.image, _found(worlds.photos, subject, word)
    where = pieces.thumbnail(image, found.heat, found.threshold, 2 * image.width, soft=True)
    lying = Image.alpha_composite(Image.new("RGBA", image.size, SHADE), heatmaps.cut_out(image, found.mask))
    cut = uri_of(jpeg(lying, quality=86))
    text = f"The same on any photograph of your own. This one: {' · '.join(worlds.photos.credit(subject))}"
    return _where("Ask a photograph", text, subject, word, (where, cut))


def _found(world: World, subject: Subject, word: str) -> Segmentation:
    found: Segmentation = world.sight.segment(subject.picture, word)
    if not found.there:
        raise StudioError(f"“{word}” is not seen in “{subject.name}”. Choose another word for the stage.")
    return found


def _where(title: str, text: str, subject: Subject, word: str, images: tuple[str, str]) -> Step:
    pixels = 0 if subject.soft else subject.picture.image.width
    captions = (f"Bright where “{word}” is seen", f"Cut out: {word}")
    figures = tuple(Figure(image, caption, pixels) for image, caption in zip(images, captions, strict=True))
    return Step(title, text, figures, write(tab="segment", **subject.place, word=word), f"Where is the {word}?")


def heads_step(worlds: Worlds) -> Step:
    """Who does it? The story of the tab: one choice, and the head that turns it."""
    world, subject = worlds.nouns, worlds.nouns.story()
    sight, image = world.sight, subject.picture.image
    decision = sight.decide(subject.picture, list(world.texts))
    if not decision.turns or len(decision.heads) != 1:
        raise StudioError("No single head turns the choice of the story any more. Look for another: python -m core.train scene_story.")
    layer, head = decision.heads[0]
    view = sight.head_view(subject.picture, layer, head)
    seen = pieces.thumbnail(image, view.strongest_heat, 2.0, side=1)
    figures = (Figure(subject.uri, "The picture", image.width), Figure(seen, f"Here this head says “{view.strongest.text}”", image.width))
    sure = sight.head(layer, head).confidence >= head_cards.KNOWS[1][0]
    why = head_cards.why(decision, len(sight.lenses.heads), sure)
    text = f"Of {len(world.texts)} things that it finds here, the model chooses one. {why}"
    facts = _choice(world.texts, decision.before, "with all heads"), _choice(world.texts, decision.after, "without this one")
    return Step("See who does it", text, figures, write(tab="heads", **subject.place, head=f"{layer}.{head}"), facts=facts)


def _choice(texts: Sequence[str], shares: Sequence[float], when: str) -> Fact:
    best = max(range(len(texts)), key=lambda at: shares[at])
    return Fact(f"“{texts[best]}”, {100 * shares[best]:.0f} %", when)


# Fool it ---------------------------------------------------------------------------------------------------------------


def fool_step(worlds: Worlds) -> Step:
    """A class that is there and whole, and a model that says another: by one thing beside it, and not by chance."""
    studio, (true, wrong) = worlds.cached.studio, FOOLED
    word = studio.attack_strongest(true, wrong)[0].words[0].text
    done: Attacked = deque(studio.attack(true, wrong, PICTURES, words=[word]), maxlen=1)[0]
    hits, chance = (sum(shot.fooled for shot in shots) for shots in (done.shots, done.controls))
    if hits < PICTURES / 4 or hits < 3 * chance:
        raise StudioError(f"“{word}” does not turn “{true}” into “{wrong}” any more. Choose another pair for the stage.")
    best, other = max(done.shots, key=lambda shot: shot.wrong), max(done.controls, key=lambda shot: shot.true)
    image, wide = best.picture.image, best.picture.image.width
    heat = np.clip(studio.attack_map(best.picture, true, wrong), 0, 1)
    figures = (
        Figure(data_uri(other.picture.image), f"With things by chance: “{true}”, {fool_cards.percent(other.true)}", wide),
        Figure(data_uri(image), f"With this one: “{wrong}”, {fool_cards.percent(best.wrong)}", wide),
        Figure(data_uri(heatmaps.overlay(image, heat)), f"Where “{wrong}” comes from", wide),
    )
    text = (
        f"Every picture shows a {true}, whole and in front. Beside a thing that the model mixes up, “{word}”, it says {wrong} in {hits} of "
        f"{PICTURES} pictures; with things by chance in {chance}."
    )
    return Step("See it fooled", text, figures, write(tab="fool", true=true, wrong=wrong))


def classes_step(worlds: Worlds) -> Step:
    """How does it decide? Of the Noun that the tab Classes opens on."""
    return decided_step(worlds.cached)


# Shift -----------------------------------------------------------------------------------------------------------------


def difference(view: View) -> Image.Image:
    """Missing ink striped, ink too much dotted, the rest grey; three times as large, so that the patterns can be seen."""
    made, target = (unpack(text).repeat(3, 0).repeat(3, 1) > 0.5 for text in (view.made, view.target))
    rows, columns = np.indices(made.shape)
    out = np.full((*made.shape, 3), NIGHT, np.uint8)
    out[made & target] = AGREE
    out[target & ~made & ((rows + columns) % 4 > 0)] = LACK
    out[made & ~target & ~((rows % 3 == 1) & (columns % 3 == 1))] = EXCESS
    return Image.fromarray(out)


def _sprite(text: str, caption: str) -> Figure:
    ink = unpack(text)
    return Figure(data_uri(Image.fromarray((255 * ink).astype(np.uint8))), caption, ink.shape[1])


def shift_step(worlds: Worlds) -> Step:
    """One thing moves, and nothing else."""
    sprites = CachedSprites(worlds.cached.studio)
    view = sprites.view(OPENING)
    start, made = _sprite(view.first, "The start"), _sprite(view.made, "What the model draws")
    apart = Figure(data_uri(difference(view)), "Striped is missing, dotted too much", made.pixels)
    text = "Sixteen numbers hold a sprite. They are shifted so that one thing changes, and nothing else; the exact picture is the judge."
    facts = () if view.leaks or view.missed else (Fact(shift_cards.CLEAN, good=True),)
    told = f"{text} {shift_cards.sentence(sprites.kit, view)}"
    return Step("Move one thing only", told, (start, made, apart), write(tab="shift"), facts=facts)


CHAPTERS: tuple[Callable[[Worlds], Step], ...] = (segment_step, photo_step, heads_step, fool_step, classes_step, shift_step)
"""The steps of the further tabs, in their order."""


def walk(cached: CachedStudio, base: str, told: Sequence[Told]) -> list[Step]:
    """The whole walk: the chapter of the tab Edit, and what of the others can be told.

    Args:
        base: of the picture that the page opens on.
        told: up to two sentences that do something to it.
    """
    worlds = Worlds(cached)
    now = Moment(base)
    chapters: list[Callable[[], Step]] = [lambda: refusal_step(cached, base), lambda: drawn_step(cached), lambda: invert_step(worlds)]
    chapters += [lambda: shared_step(cached, now), lambda: moved_step(cached, now)]
    chapters += [lambda chapter=chapter: chapter(worlds) for chapter in CHAPTERS]  # type: ignore[misc]
    steps = edit_steps(cached, base, told)
    for chapter in chapters:
        try:
            steps.append(chapter())
        except StudioError as error:
            LOG.warning("The stage leaves out a chapter: %s", error)
    return steps
