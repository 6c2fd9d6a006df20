"""Scenes put together on purpose: the true Noun is whole, what was asked is there, what must not be is not."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.scenes.attack_truth import accepted, is_whole
from core.foundations.errors import RequestError
from core.foundations.records import Picture
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.splits import is_held_out
from core.worlds.scenes.compose import draw_scenes
from core.worlds.scenes.staged import Staging, staged
from core.worlds.scenes.things import classes, named, named_alike, things, things_of
from core.worlds.scenes.world import SceneTruth, vocabulary

CAT, DOG = things_of(["cat", "dog"])
BESIDE = (
    things_of(["shark", "toaster", "red glasses", "pizza print", "brick red background"]) if named("pizza print") else things_of(["shark"])
)


def rng(seed: int) -> np.random.Generator:
    """One for each scene."""
    return np.random.default_rng(seed)


def test_every_word_of_the_world_names_its_thing() -> None:
    """Each once; heads are the classes; places and counts name none, and asking for one is refused."""
    words = [thing.word for thing in things()]
    assert len(set(words)) == len(words) and len(classes()) == 254 and set(words) <= {w for ws in vocabulary().values() for w in ws}
    assert named("at the top") is None and CAT.part is not None and CAT.part.name == "cat" and CAT.phrase == "a cat"
    with pytest.raises(RequestError):
        things_of(["giraffe"])


def test_the_true_one_is_whole_and_the_others_wear_what_was_asked() -> None:
    """Heads go round, grounds stand behind, the wrong class and what is called like it come nowhere, not even by chance."""
    without = named_alike(DOG)
    for seed in range(12):
        scenes = staged(rng(seed), CAT, BESIDE, without, Staging(held_out=seed % 2 == 0))
        _, owner = draw_scenes(scenes)
        count = int(scenes.count[0])
        assert count == 4 and is_whole(scenes, owner[0], 3) and scenes.nouns[0, 3, SLOTS.index("head")] == CAT.at[0]
        heads = {int(h) for h in scenes.nouns[0, :3, SLOTS.index("head")]}
        assert heads == {t.at[0] for t in BESIDE if t.slot == "head"}
        assert not any((slot, int(scenes.nouns[0, k, i])) in without for k in range(4) for i, slot in enumerate(SLOTS) if i)
        if ground := [t for t in BESIDE if t.slot == "ground"]:
            assert tuple(scenes.grounds[0, :3]) == ground[-1].at
        if seed % 2 == 0:
            assert is_held_out(scenes.nouns[0, 3:4]).all()


def test_the_judge_of_truth_by_hand() -> None:
    """Accepted as it was staged; not with the wrong class in it, nor with the true one gone or covered."""
    scenes = staged(rng(5), CAT, BESIDE, named_alike(DOG))
    picture = lambda s: Picture(image=None, truth=SceneTruth(s, draw_scenes(s)[1][0]))  # type: ignore[arg-type]  # noqa: E731
    head = SLOTS.index("head")
    assert accepted(picture(scenes), CAT, DOG)
    scenes.nouns[0, 0, head] = DOG.at[0]
    assert not accepted(picture(scenes), CAT, DOG)
    scenes.nouns[0, 0, head], scenes.nouns[0, 3, head] = BESIDE[0].at[0], BESIDE[0].at[0]
    assert not accepted(picture(scenes), CAT, DOG)
    covered = staged(rng(5), CAT, BESIDE, named_alike(DOG))
    covered.nouns[0, [0, 3]] = covered.nouns[0, [3, 0]]
    covered.corners[0, 0] = covered.corners[0, 3]
    assert not accepted(picture(covered), CAT, DOG)


def test_what_cannot_be_staged_is_refused() -> None:
    """One of the classes beside itself, what must not be seen, and a true class that is no head."""
    for true, beside in ((CAT, [CAT]), (CAT, [DOG]), (things_of(["red glasses"])[0], [])):
        with pytest.raises(RequestError):
            staged(rng(0), true, beside, named_alike(DOG))
