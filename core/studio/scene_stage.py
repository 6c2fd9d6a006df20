"""The stage of the scenes: classes are the Nouns' heads, and what stands beside one are other Nouns and what they wear."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache

import numpy as np
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.english import with_article
from core.foundations.errors import RequestError
from core.foundations.records import Picture
from core.models.clip import Clip
from core.models.thesaurus import Thesaurus, load_thesaurus, plain
from core.studio.attacking import Attacker
from core.studio.lenses import Lenses
from core.studio.things import ids_of, load_added
from core.worlds.scenes.compose import Scenes, draw_scenes
from core.worlds.scenes.staged import Staging, staged
from core.worlds.scenes.things import GROUND, Thing, classes, named, named_alike, things, things_of
from core.worlds.scenes.world import SceneTruth

Drawing = Callable[[Scenes], tuple[np.ndarray, np.ndarray]]
"""Scenes to pictures RGB uint8 `[n h w 3]` and owners of their pixels `[n h w]`."""


class SceneStage:
    """What an attack adds in a scene, and how it becomes one.

    Args:
        synonyms: pairs of a class and a thing that mean alike `[p 2]`, by their places in `classes` and `pool`.
        staging: how scenes are put together.
        draw: what makes pictures of them; the exact renderer, in whose place a generator may stand.
        thesaurus: words that name a head; the one that is shipped where None.
    """

    def __init__(
        self, synonyms: Tensor, staging: Staging | None = None, draw: Drawing = draw_scenes, thesaurus: Thesaurus | None = None
    ) -> None:
        self.synonyms, self.staging, self.draw = synonyms, staging or Staging(), draw
        self._thesaurus = thesaurus
        self.allowed = lru_cache(256)(self._allowed)  # asked for again and again while one pair is looked at

    @cached_property
    def thesaurus(self) -> Thesaurus:
        """Words that name a head."""
        return self._thesaurus or load_thesaurus()

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The heads."""
        return tuple(thing.word for thing in classes())

    @cached_property
    def pool(self) -> tuple[str, ...]:
        """Every thing's word."""
        return tuple(thing.word for thing in things())

    @cached_property
    def phrases(self) -> Mapping[str, str]:
        """With articles."""
        return {thing.word: with_article(thing.word) for thing in things()}

    @cached_property
    def slots(self) -> Mapping[str, str]:
        """Where each word's thing goes."""
        return {thing.word: thing.slot for thing in things()}

    @cached_property
    def grounds(self) -> frozenset[str]:
        """Grounds."""
        return frozenset(thing.word for thing in things() if thing.slot == GROUND)

    def thing(self, word: str) -> Thing:
        """A thing by its word; RequestError where there is none."""
        thing = named(word)
        if thing is None:
            raise RequestError(f"There is no {str(word)[:60]!r} that could be put into a scene. Choose one of those that are listed.")
        return thing

    def named(self, word: str) -> tuple[str, ...]:
        """All names of a thing, and of a head what the thesaurus is sure to read as it."""
        thing = self.thing(word)
        read = [said for said, name in self.thesaurus.certain().items() if name == word] if thing.slot == "head" else []
        return tuple(dict.fromkeys((*thing.names, *read)))

    def _allowed(self, true: str, wrong: str) -> np.ndarray:
        """All but the classes, what shares a name with them, what is read as the wrong one, and what its names mean alike `[j]` bool."""
        out = named_alike(self.thing(true)) | named_alike(self.thing(wrong))
        fine = np.array([thing.slot == GROUND or (thing.slot, thing.at[0]) not in out for thing in things()])
        names = {plain(name) for name in self.named(wrong)}
        parts_of = np.array([bool(names & {plain(name) for name in thing.names}) for thing in things()])
        return fine & ~parts_of & ~self._alike(wrong)

    def _alike(self, wrong: str) -> np.ndarray:
        fine = np.zeros(len(self.pool), bool)
        fine[self.synonyms[self.synonyms[:, 0] == self.classes.index(wrong), 1].numpy()] = True
        return fine

    def picture(self, true: str, wrong: str, words: Sequence[str], rng: np.random.Generator) -> Picture:
        """A scene with the true class whole in front."""
        without = named_alike(self.thing(wrong))
        beside = [thing for thing in things_of(words)]
        scenes = staged(rng, self.thing(true), beside, without, self.staging)
        rgb, owner = self.draw(scenes)
        return Picture(Image.fromarray(rgb[0]), None, SceneTruth(scenes, owner[0]))


def scene_attacker(clip: Clip, lenses: Lenses, staging: Staging | None = None) -> Attacker:
    """The attack on a CLIP of the scenes, by what was measured of things and a little by their names; WeightsError without measures."""
    added = load_added(len(things()), sum(map(len, lenses.directions.values())))
    rows = {text: row for row, text in enumerate(lenses.pool)}
    texts, named = (F.normalize(lenses.texts[[rows[thing.word] for thing in some]], dim=-1) for some in (classes(), things()))
    stage = SceneStage(added.alike, staging)
    return Attacker(clip, stage, added.codes(lenses), ids_of(lenses), added.with_names(named), texts)
