"""Photographs as the tabs Segment and Heads look at them: through the small model, through another one, and faces by their parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import Any

from app.shared import guard
from app.shared import subject as subjects
from app.shared.address import FACES
from app.shared.desks import Desks
from app.shared.pictures import jpeg, uri_of
from app.shared.session import CachedStudio
from app.shared.subject import Subject
from core.foundations.errors import StudioError
from core.foundations.records import Picture

OWN_PHOTO = "Your photograph"
OWN = "all of it. It stays on the machine that serves this page."
PARTS = "as it is on the tab Edit. Its parts are found by what reads faces, all else as on any photograph."
EMOJI = "Fluent Emoji, by Microsoft. Licence: MIT."
MOST_EXAMPLES = 1000
PHOTO_SIDE = 672
"""Pixels of the longer side of a person's own photograph on the page, and of its masks there."""
THUMBNAIL = 160
"""Pixels of a sample photograph's thumbnail."""
Pair = tuple[str, str]
"""A text to look for, and the one that it is held against, or ""."""
FACE_IDEAS: tuple[Pair, ...] = (("glasses", ""), ("hat", ""), ("lipstick", ""), ("face", "hair"))
"""What to look for in a face, beside the parts that it has."""
FACE_TEXTS = ("a person", "an animal", "a building", "a flower")
SEEN = 4
"""Ideas that the model takes from the picture itself."""


class Photographs:
    """Real photographs, seen by DINOv2 and a linear head."""

    name = "photos"
    questions: tuple[str, ...] = ("what sees animals?", "who sees faces?", "plants", "what sees red?", "water")
    own_first = True

    def __init__(self, cached: CachedStudio) -> None:
        self.cached = cached
        self._taken = lru_cache(32)(self._sample)
        self._small = lru_cache(64)(self._thumbnail)

    @property
    def photos(self) -> Any:
        """The studio's photographs."""
        return self.cached.studio.photos

    @property
    def samples(self) -> Sequence[Any]:
        """The photographs that are shipped."""
        return self.photos.samples

    @property
    def sight(self) -> Any:
        """That of the fetched tower; WeightsError where it was not fetched."""
        return self.photos.sight

    @property
    def ready(self) -> bool:
        """Whether the tower was fetched."""
        return bool(self.photos.ready)

    def deciding(self, eyes: Any) -> Any:
        """The verbs of the tab Classes through a public model, or through the small one where None."""
        return self.photos.other_eyes.classes(eyes) if eyes else self.photos

    def of(self, subject: Subject) -> Any:
        """The sample that is looked at, or None."""
        return next((s for s in self.samples if subject.soft and s.id == subject.base), None)

    def opening(self) -> Subject:
        """The first sample."""
        return self.sample(self.samples[0].id)

    def story(self) -> Subject:
        """The first sample, which the model gets right."""
        return self.opening()

    def sample(self, id: Any) -> Subject:
        """A sample by its id; SettingError where there is none."""
        return self._taken(guard.choice(id, [s.id for s in self.samples]))

    def _sample(self, id: str) -> Subject:
        title = next(s.title for s in self.samples if s.id == id)
        return subjects.photo(self.photos.sample(id), title, id)

    def own(self, source: Any) -> Subject:
        """Taken in as a colour photograph, all of it."""
        picture = self.photos.take_in(source)
        picture.image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
        return subjects.photo(picture, OWN_PHOTO)

    def ideas(self, subject: Subject) -> tuple[Pair, ...]:
        """What is to be seen in a sample; nothing is known of another picture."""
        sample = self.of(subject)
        return tuple((word, "") for word in sample.words) if sample else ()

    def seen(self, picture: Picture) -> tuple[str, ...]:
        """The best of its words, which are of many things, those that are there first."""
        sight = self.sight
        words = tuple(dict.fromkeys(word.text for word in sight.concepts(picture, 2 * SEEN)))
        sure = sight.presence(picture, words)
        return (tuple(word for word, share in zip(words, sure, strict=True) if share >= sight.least) or words)[:SEEN]

    def choices(self, picture: Picture) -> tuple[str, ...]:
        """What the model finds by itself."""
        return tuple(self.sight.own_words(picture))

    def example(self, number: int) -> Subject:
        """A sample, or a picture of the gallery behind them."""
        picture = self._picture(guard.place(number))
        if "photo" in picture.origin:
            return self.sample(picture.origin["photo"])
        if "emoji" not in picture.origin:  # of a person's own folder
            picture.image.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
            return subjects.photo(picture, OWN_PHOTO)
        name = str(picture.origin["emoji"])
        return replace(subjects.photo(picture, name[:1].upper() + name[1:]), source="emoji", base=str(number))

    def _picture(self, number: int) -> Picture:
        """One of those that heads and neurons are shown by; StudioError where there is none."""
        return self.photos.example(number)

    def example_uri(self, number: int) -> str:
        """The same as a thumbnail, drawn once."""
        return self._small(guard.place(number))

    def _thumbnail(self, number: int) -> str:
        image = self._picture(number).image.copy()
        image.thumbnail((THUMBNAIL, THUMBNAIL))
        return uri_of(jpeg(image, quality=84))

    def number(self, picture: Picture) -> int:
        """The place of a sample, or of a picture of the gallery."""
        return self._numbers[json.dumps(picture.origin)]

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Where every picture comes from, to its number."""
        found: dict[str, int] = {}
        for number in range(MOST_EXAMPLES):
            try:
                found[json.dumps(self._picture(number).origin)] = number
            except StudioError:  # that was the last
                break
        return found

    def credit(self, subject: Subject) -> tuple[str, str]:
        """The name of a picture, and whose it is."""
        sample = self.of(subject)
        if sample:
            return sample.title, f"{sample.source}. Licence: {sample.licence}."
        if subject.source == "face":
            return subject.name, PARTS
        return subject.name, OWN if subject.source == "own" else EMOJI


class Through(Photographs):
    """Photographs, seen by a public model.

    Args:
        eyes: as the studio's offer names it.
    """

    ready = True

    def __init__(self, cached: CachedStudio, eyes: Any) -> None:
        super().__init__(cached)
        self.eyes = eyes

    @property
    def sight(self) -> Any:
        """The public model's; it is loaded again where another one was held meanwhile."""
        return self.photos.other_eyes.sight(self.eyes)

    def _picture(self, number: int) -> Picture:
        return self.photos.other_eyes.example(self.eyes, number)

    def number(self, picture: Picture) -> int:
        """The place of a sample, or in a person's own folder."""
        return int(picture.origin["file"]) if "file" in picture.origin else super().number(picture)

    def _sample(self, id: str) -> Subject:
        return replace(super()._sample(id), eyes=self.eyes)

    def own(self, source: Any) -> Subject:
        """As a photograph, looked at through this model."""
        return replace(super().own(source), eyes=self.eyes)

    def example(self, number: int) -> Subject:
        """A sample, or a picture of the gallery, looked at through this model."""
        return replace(super().example(number), eyes=self.eyes)


class Faces(Photographs):
    """The face of the tab Edit among the photographs."""

    own_first = False

    def __init__(self, cached: CachedStudio, desks: Desks) -> None:
        super().__init__(cached)
        self.desks = desks

    @property
    def sight(self) -> Any:
        """The reader's for a face's parts, a photograph's for all else; WeightsError where something was not fetched."""
        return self.desks.studio(FACES).studio.sight

    @property
    def ready(self) -> bool:
        """Whether all of it was fetched."""
        return self.desks.ready(FACES)

    def ideas(self, subject: Subject) -> tuple[Pair, ...]:
        """What not every face has."""
        return FACE_IDEAS

    def seen(self, picture: Picture) -> tuple[str, ...]:
        """The parts that are there."""
        return tuple(word.text for word in self.sight.parts(picture))

    def choices(self, picture: Picture) -> tuple[str, ...]:
        """What a photograph may be of at all: the eyes' own best words for a face are of things, none of which it is."""
        return FACE_TEXTS
