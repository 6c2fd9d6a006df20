"""How well scenes are painted by prompt: of held-out scenes, told in their captions or in everyday words; the pixels are the judge.

A scene is painted with where each Noun was set. That is looked up, not believed: the place has to be the one that was asked for, and
there the pixels have to be those of the exact drawing. A part counts where at least nine tenths of its pixels that no Noun in front
covers are right, and three tenths of it are seen at all. The ground counts where all but a hundredth of what is seen of it is the exact
ground of the asked kind and colour. The exact renderer's scene and a random scene go through the same judge. Where Nouns stood by chance
one may hide what a caption names of another; a row has the exact drawing of each Noun set where the studio would set it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from core.foundations.seeds import numpy_rng
from core.studio import Studio
from core.studio.scene_painting import THIRD, Cut, placed, put_together
from core.studio.scene_prompts import Cell
from core.worlds.nouns.art import BARE, SIDE, SLOTS, load_art
from core.worlds.nouns.catalogue import parts
from core.worlds.nouns.compose import draw, owners
from core.worlds.scenes.captions import FACING, caption, ground_phrases, place_of, title_of
from core.worlds.scenes.compose import Scenes, draw_scenes, sample
from core.worlds.scenes.grounds import draw_ground

CLEAR = 0.9
"""Share of a part's seen pixels that must be right."""
SHOWN = 0.3
"""Share of a part's pixels that must be seen."""
FLAT = 0.99
"""Share of the ground's seen pixels that must be right."""


class Claim(NamedTuple):
    """A scene before the judge.

    Attributes:
        rgb: uint8 `[64 64 3]`.
        corners: of its Nouns in the order in which they were asked for.
        mirrored: likewise.
        ground: four numbers.
    """

    rgb: np.ndarray
    corners: Sequence[Sequence[int]]
    mirrored: Sequence[bool]
    ground: Sequence[int]


def order(scenes: Scenes, at: int) -> list[int]:
    """The Nouns of a scene as captions name them, from left to right."""
    return [int(k) for k in np.argsort(scenes.corners[at, : scenes.count[at]], axis=0, kind="stable")[:, 1]]


def everyday(scenes: Scenes, at: int) -> str:
    """The same scene in a sentence with "and" and without semicolons."""
    said = []
    for k in order(scenes, at):
        found = [parts(slot)[int(p)] for slot, p in zip(SLOTS, scenes.nouns[at, k], strict=True)]
        words = [title_of(found[SLOTS.index(slot)]) for slot in ("head", "glasses", "body", "accessory")]
        bare = [found[SLOTS.index(slot)].id == BARE.get(slot) for slot in ("head", "glasses", "body", "accessory")]
        shown = [word for word, nothing in zip(words, bare, strict=True) if not nothing]
        place = place_of(scenes.corners[at, k])
        worn = f" with {' and '.join(shown[1:])}" if len(shown) > 1 else ""
        said.append(f"{shown[0]}{worn} {'in' if place == 'middle' else 'at'} the {place} {FACING[int(scenes.mirrored[at, k])]}")
    return f"{', and '.join(said)}, on a {ground_phrases(scenes.grounds[at])[0]}"


def right(claim: Claim, scenes: Scenes, at: int) -> list[bool]:
    """Of every part that a caption names, and of the ground, whether it is there."""
    nouns, found = order(scenes, at), []
    if len(claim.corners) != len(nouns):
        return [False] * (1 + sum(len(_asked(scenes, at, k)) for k in nouns))
    owner = _owners(claim, scenes, at, nouns)
    for place, k in enumerate(nouns):
        top, left = (int(value) for value in claim.corners[place])
        there = place_of((top, left)) == place_of(scenes.corners[at, k]) and bool(claim.mirrored[place]) == bool(scenes.mirrored[at, k])
        drawn, own = _turned(load_art().palette[draw(scenes.nouns[at, k][None])[0]], owners(scenes.nouns[at, k][None])[0], claim, place)
        window = (slice(top, top + SIDE), slice(left, left + SIDE))
        same, mine = (claim.rgb[window] == drawn).all(-1), owner[window] == place
        for slot in _asked(scenes, at, k):
            part = own == SLOTS.index(slot)
            seen = part & mine
            # A part that its own Noun hides wholly cannot be shown by anybody.
            found.append(there and (not part.any() or seen.sum() >= SHOWN * part.sum() and same[seen].mean() >= CLEAR))
    return [bool(one) for one in (*found, _ground(claim, scenes, at, owner))]


def _asked(scenes: Scenes, at: int, k: int) -> list[str]:
    """The slots of which a caption speaks."""
    own = dict(zip(SLOTS, scenes.nouns[at, k], strict=True))
    return [slot for slot in SLOTS[1:] if parts(slot)[int(own[slot])].id != BARE.get(slot)]


def _turned(rgb: np.ndarray, own: np.ndarray, claim: Claim, place: int) -> tuple[np.ndarray, np.ndarray]:
    return (rgb[:, ::-1], own[:, ::-1]) if claim.mirrored[place] else (rgb, own)


def _owners(claim: Claim, scenes: Scenes, at: int, nouns: Sequence[int]) -> np.ndarray:
    """Which Noun, by its place in the caption, is in front at each pixel `[64 64]`; -1 for the ground."""
    owner = np.full(claim.rgb.shape[:2], -1)
    for place in sorted(range(len(nouns)), key=lambda place: claim.corners[place][0]):
        own = owners(scenes.nouns[at, nouns[place]][None])[0]
        own = own[:, ::-1] if claim.mirrored[place] else own
        top, left = (int(value) for value in claim.corners[place])
        np.copyto(owner[top : top + SIDE, left : left + SIDE], place, where=own > 0)
    return owner


def _ground(claim: Claim, scenes: Scenes, at: int, owner: np.ndarray) -> bool:
    asked = ground_phrases(scenes.grounds[at])[0]
    same = (claim.rgb == draw_ground(np.array(claim.ground))).all(-1)
    return asked in ground_phrases(np.array(claim.ground)) and bool(same[owner < 0].mean() >= FLAT)


def drawn_claim(scenes: Scenes, at: int, rgb: np.ndarray) -> Claim:
    """A scene of the exact renderer."""
    nouns = order(scenes, at)
    return Claim(rgb, scenes.corners[at, nouns].tolist(), scenes.mirrored[at, nouns].tolist(), scenes.grounds[at].tolist())


def set_claim(scenes: Scenes, at: int) -> Claim:
    """A scene of exactly drawn Nouns, each in its cell, set as the studio sets them."""
    nouns, cut = order(scenes, at), []
    for k in nouns:
        own = owners(scenes.nouns[at, k][None])[0]
        parts_of = np.stack([own == SLOTS.index(slot) for slot in SLOTS[1:]])
        one = Cut(load_art().palette[draw(scenes.nouns[at, k][None])[0]], own > 0, parts_of)
        cut.append(one.turned if scenes.mirrored[at, k] else one)
    cells = [Cell(*(int(value) // THIRD for value in scenes.corners[at, k])) for k in nouns]
    corners, ground = placed(numpy_rng("text to image", "set", at), cells, cut), scenes.grounds[at].tolist()
    return Claim(put_together(cut, corners, ground), corners, scenes.mirrored[at, nouns].tolist(), ground)


def painted_claim(studio: Studio, prompt: str, seed: int) -> Claim:
    """What the studio paints of a prompt; nothing where it refuses."""
    done = studio.paint_scene(prompt, seed=seed)
    if not done.scenes:
        return Claim(np.zeros((64, 64, 3), np.uint8), (), (), (0, 0, 0, 0))
    scene = done.scenes[0]
    nouns = scene.nouns
    return Claim(np.asarray(scene.picture.image), [one.corner for one in nouns], [one.mirrored for one in nouns], scene.ground)


def shares(found: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Share of scenes of which everything asked for is there, and of all that is asked for the share that is."""
    return {"all_parts": float(np.mean([all(one) for one in found])), "each_part": float(np.mean([x for one in found for x in one]))}


def scene_rows(studio: Studio, count: int) -> dict[str, dict[str, float]]:
    """Rows of held-out scenes of one to four Nouns, half of them in captions' words, half in everyday ones."""
    scenes, others = (sample(numpy_rng("text to image", "scenes", name), count, held_out=True, bare=0.0) for name in ("asked", "random"))
    half = count // 2
    prompts = [caption(scenes, at) if at < half else everyday(scenes, at) for at in range(count)]
    painted = [right(painted_claim(studio, prompt, at), scenes, at) for at, prompt in enumerate(prompts)]
    exact = [right(drawn_claim(scenes, at, rgb), scenes, at) for at, rgb in enumerate(draw_scenes(scenes)[0])]
    placed_well = [right(set_claim(scenes, at), scenes, at) for at in range(count)]
    chance = [right(drawn_claim(others, at, rgb), scenes, at) for at, rgb in enumerate(draw_scenes(others)[0])]
    single = [one for one, number in zip(painted, scenes.count, strict=True) if number == 1]
    return {
        "scenes": shares(painted),
        "scenes in captions' words": shares(painted[:half]),
        "scenes in everyday words": shares(painted[half:]),
        "scenes of one Noun": shares(single),
        "scenes, exact drawing": shares(exact),
        "scenes, exact drawing set apart": shares(placed_well),
        "a random scene": shares(chance),
    }
