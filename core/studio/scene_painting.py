"""A prompt makes a scene: Noun by Noun by the painter of Nouns, cut out of their flat grounds, and set where the words say.

The scene is read again: every Noun by its pixels before it is set, how much of it is seen afterwards, and the whole by the CLIP that
looks at scenes. Mixed into the studio.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from PIL import Image

from core.foundations.english import with_article
from core.foundations.errors import SettingError
from core.foundations.painted import SCENE, Painted, PaintedNoun, PaintedScene, PaintedScenes
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.language.words import forms_of
from core.studio.descriptions import DENIALS, Wanted, nothing_known, still_missing
from core.studio.scene_prompts import AskedNoun, AskedScene, Cell, asked_scene
from core.studio.shelf import Shelf
from core.worlds.nouns.art import SIDE
from core.worlds.scenes.captions import ground_phrases
from core.worlds.scenes.compose import FREE
from core.worlds.scenes.grounds import CANVAS, draw_ground, sample_grounds

MOST_SCENES = 20
"""Scenes of a prompt at the most."""
AGAIN = 4
"""How often a Noun is painted at once, of which the one is taken in which least is missing."""
TURNS = 3
"""How often that is done, until nothing is."""
APART = 1000
"""Between the seeds of two Nouns of a scene, so that what is left open differs."""
LAYOUTS = 200
"""Ways to stand among which the one is taken that hides least of any Noun's part."""
SEEN = 0.5
"""Share of a Noun that has to be seen, behind those in front of it."""
THIRD = (FREE + 1) // 3


class Cut(NamedTuple):
    """A Noun: RGB uint8 `[32 32 3]`, where it is `[32 32]` bool, and where each of its parts is, as it is read `[p 32 32]` bool."""

    rgb: np.ndarray
    there: np.ndarray
    parts: np.ndarray

    @property
    def turned(self) -> Cut:
        """As it looks the other way."""
        return Cut(self.rgb[:, ::-1], self.there[:, ::-1], self.parts[:, :, ::-1])


class ScenePaintingVerbs:
    """What a studio can do with the prompt of a scene."""

    library: Shelf
    paint_all: Callable[..., tuple[Painted, ...]]

    def paint_scene(self, prompt: str, count: int = 1, seed: int = 0) -> PaintedScenes:
        """Scenes of up to four Nouns that show what a prompt describes; what it leaves open is decided by seed.

        Args:
            prompt: such as "a shark on the left and a cat with red glasses on the right, on a meadow", or a scene's full caption.
            count: how many, from 1 to 20.
            seed: of the first; the others count on. The same prompt and seed give the same scene.

        Returns:
            Scenes of 64 x 64 pixels, each with what is missing; or a refusal, where the prompt names nothing known.

        Raises:
            RequestError: where the prompt is empty, too long, or no text.
            SettingError: where the count is out of bounds.
            StudioError: where the world has no painter.
        """
        if isinstance(count, bool) or not 1 <= count <= MOST_SCENES:
            raise SettingError(f"From 1 to {MOST_SCENES} scenes are painted at once; {count} were asked for.")
        asked = asked_scene(prompt, self.library.painting.prompted)
        known = [noun for noun in asked.nouns if noun.prompted.wanted]
        if not known:
            told = next((nothing_known(noun.said, noun.prompted, SCENE) for noun in asked.nouns), "")
            return PaintedScenes(prompt, (), told or f"This names no Noun. Say, for example, “{SCENE}”.")
        return PaintedScenes(prompt, tuple(self._scene(prompt, asked, known, number) for number in range(seed, seed + count)))

    def _scene(self, prompt: str, asked: AskedScene, known: Sequence[AskedNoun], seed: int) -> PaintedScene:
        rng = numpy_rng("painted scene", prompt, seed)
        painted = self._each_noun([noun.said for noun in known], seed)
        cut = [self._cut_out(one.pictures[0]) for one in painted]
        mirrored = [bool(rng.random() < 0.5) if noun.mirrored is None else noun.mirrored for noun in known]
        cut = [one.turned if side else one for one, side in zip(cut, mirrored, strict=True)]
        ground = (*asked.ground, int(rng.integers(2**31))) if asked.ground else tuple(int(n) for n in sample_grounds(rng, 1)[0])
        corners = placed(rng, [noun.cell for noun in known], cut)
        picture = Picture(Image.fromarray(put_together(cut, corners, ground)), origin={"scene prompt": prompt, "seed": seed})
        rows = zip(known, painted, corners, mirrored, seen([one.there for one in cut], corners), strict=True)
        nouns = tuple(PaintedNoun(noun.said, one.paintings[0].asked, corner, side, share) for noun, one, corner, side, share in rows)
        told = self._scene_told(asked, picture, nouns)
        whole = told == [still_missing(())]
        pairs = [(wish, part.name) for noun, one in zip(known, nouns, strict=True) for wish in noun.prompted.wanted for part in one.asked]
        told = [*told, *self._instead([(wish, name) for wish, name in pairs if name.endswith(wish.slot)])]
        return PaintedScene(picture, prompt, seed, nouns, ground, " ".join(told), whole)

    def _instead(self, painted: Sequence[tuple[Wanted, str]]) -> list[str]:
        """What was painted for words that are no name of it, so that a mosquito is not passed off as a bee."""
        exact = self.library.painting.lexicon.exact
        strange = [(wish, name) for wish, name in painted if not exact(wish.phrase, (wish.slot,)) and not wish.phrase.startswith(DENIALS)]
        strange = [(wish, name) for wish, name in strange if not set(forms_of(wish.phrase)) <= set(forms_of(name))]
        return list(dict.fromkeys(f"For “{wish.phrase}” I painted {with_article(name)}." for wish, name in strange))

    def _each_noun(self, prompts: Sequence[str], seed: int) -> list[Painted]:
        """A Noun for each prompt, the first of several in which least is missing; more are painted only where something is."""
        best: list[Painted] = []
        for turn in range(TURNS):
            open_ = [at for at in range(len(prompts)) if not best or best[at].paintings[0].missing]
            seeds = [seed + APART * at + AGAIN * turn + each for at in open_ for each in range(AGAIN)]
            several = self.paint_all([prompts[at] for at in open_ for _ in range(AGAIN)], seeds) if open_ else ()
            found = [min(several[at : at + AGAIN], key=_lacks) for at in range(0, len(several), AGAIN)]
            best = best or found
            for at, one in zip(open_, found, strict=True):
                best[at] = min(best[at], one, key=_lacks)
        return best

    def _cut_out(self, picture: Picture) -> Cut:
        """A Noun without its flat ground: what has that colour and is no part of the Noun, as it is read."""
        rgb = np.asarray(picture.image)
        shown = {one.slot: one.part for one in self.library.read(rgb[None])[0]}
        world = self.library.world
        there = ~((rgb == rgb[0, 0]).all(-1) & world.mask(shown, "background"))
        return Cut(rgb, there, np.stack([world.mask(shown, slot) & there for slot in shown if slot != "background"]))

    def _scene_told(self, asked: AskedScene, picture: Picture, nouns: Sequence[PaintedNoun]) -> list[str]:
        """Sentences: what could not be painted, what is missing, what is hidden, and what the model that looks at scenes does not see."""
        unknown = [sentence for noun in asked.nouns for sentence in noun.prompted.told]
        lacking = [(part.name, part.seen) for noun in nouns for part in noun.asked if not part.there]
        missing = still_missing(lacking, bool(asked.told or unknown))
        hidden = [f"Less than half of “{noun.said}” is seen." for noun in nouns if noun.seen < SEEN]
        texts = list(dict.fromkeys(noun.asked[0].name.removesuffix(" head") for noun in nouns if noun.asked[0].slot == "head"))
        texts += [ground_phrases(np.array([*asked.ground, 0]))[0]] if asked.ground else []
        sight = self.library.sight
        sure = sight.presence(picture, texts) if texts else ()
        unseen = [text for text, share in zip(texts, sure, strict=True) if share < sight.least]
        looks = [f"The model that looks at scenes does not see {with_article(text)}." for text in unseen]
        return [*asked.told, *unknown, missing, *hidden, *looks]


def _lacks(one: Painted) -> int:
    return len(one.paintings[0].missing)


def placed(rng: np.random.Generator, cells: Sequence[Cell], cut: Sequence[Cut]) -> list[tuple[int, int]]:
    """Top and left of each Noun within its cell, so that of no part too little is seen; those with no cell stand in their order."""
    best, most = np.zeros((len(cells), 2), int), -1.0
    free = [at for at, cell in enumerate(cells) if cell.column is None]
    for _ in range(LAYOUTS if len(cells) > 1 else 1):
        corners = rng.integers(0, FREE + 1, (len(cells), 2))
        for at, cell in enumerate(cells):
            for axis, third in enumerate((cell.row, cell.column)):
                if third is not None:
                    corners[at, axis] = third * THIRD + rng.integers(THIRD)
        corners[free, 1] = np.sort(corners[free, 1])
        least = least_seen(cut, corners.tolist())
        if least > most:
            best, most = corners, least
    return [(int(top), int(left)) for top, left in best]


def least_seen(cut: Sequence[Cut], corners: Sequence[Sequence[int]]) -> float:
    """Of that part of any Noun of which least is seen, the share that is."""
    owner = _owner([one.there for one in cut], corners)
    shares = [1.0]
    for at, ((top, left), one) in enumerate(zip(corners, cut, strict=True)):
        mine = owner[top : top + SIDE, left : left + SIDE] == at
        full = one.parts.sum((1, 2))
        shares += ((one.parts & mine).sum((1, 2))[full > 0] / full[full > 0]).tolist()
    return min(shares)


def _from_behind(corners: Sequence[Sequence[int]]) -> list[int]:
    """Who stands lower stands in front, as in all scenes."""
    return sorted(range(len(corners)), key=lambda at: corners[at][0])


def seen(there: Sequence[np.ndarray], corners: Sequence[Sequence[int]]) -> list[float]:
    """The share of each Noun, where it is `[32 32]` bool, that those in front of it leave to be seen."""
    owner = _owner(there, corners)
    return [float((owner == at).sum() / max(1, one.sum())) for at, one in enumerate(there)]


def _owner(there: Sequence[np.ndarray], corners: Sequence[Sequence[int]]) -> np.ndarray:
    """Which Noun is in front at each pixel `[64 64]`; -1 where none is."""
    owner = np.full((CANVAS, CANVAS), -1)
    for at in _from_behind(corners):
        top, left = corners[at]
        owner[top : top + SIDE, left : left + SIDE][there[at]] = at
    return owner


def put_together(cut: Sequence[Cut], corners: Sequence[Sequence[int]], ground: Sequence[int]) -> np.ndarray:
    """Nouns on a ground, see `core.worlds.scenes.grounds`: RGB uint8 `[64 64 3]`."""
    rgb = draw_ground(np.array(ground)).copy()
    for at in _from_behind(corners):
        top, left = corners[at]
        np.copyto(rgb[top : top + SIDE, left : left + SIDE], cut[at].rgb, where=cut[at].there[..., None])
    return rgb
