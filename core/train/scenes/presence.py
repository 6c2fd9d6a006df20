"""Fit what tells the scenes' CLIP whether a text is in a scene at all, on scenes of training.

What the tower sees of them is kept in runs/, lot by lot, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import cast

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import ROOT, load_card, save_weights
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.methods.read.presence import EVIDENCE, rule_to_tensors
from core.methods.read.segment_view import View
from core.models.clip import Clip
from core.models.registry import load_clip
from core.models.scene_clip import SceneTexts
from core.studio.lenses import load_lenses
from core.studio.presence_making import moments_of
from core.train.presence import Questions, fit
from core.train.scenes.asked import ABOUT, Pool, aside, holds, pool, read, things
from core.train.scenes.vote import Lessons, VoteMaking, train_vote
from core.worlds.scenes.compose import Scenes, draw_scenes, sample

LOTS, SCENES, KEPT = 4, 1500, 800
"""Lots of scenes that the vote learns from, scenes in each, and scenes that the weights are fitted to."""
BATCH = 100


def scenes_of(purpose: str, count: int) -> Scenes:
    """Scenes of training."""
    return sample(numpy_rng("presence", purpose), count)


def images_of(scenes: Scenes) -> Iterator[Tensor]:
    """Their pictures, a batch at a time."""
    for start in range(0, len(scenes), BATCH):
        yield to_tensor(draw_scenes(scenes.take(slice(start, start + BATCH)))[0])


@torch.no_grad()
def looked(clip: Clip, purpose: str, count: int, folder: Path) -> dict[str, Tensor]:
    """What the tower sees of scenes: `normed [n t d]`, half, what LN1 of the last layer gives of patches, and `whole [n k]`."""
    path = folder / f"presence_{purpose}.safetensors"
    if not path.is_file():
        normed, whole = [], []
        for images in images_of(scenes_of(purpose, count)):
            view = View(clip, images)
            normed.append(view.seen.normed[-1][:, view.anatomy.extra :].half().contiguous())
            whole.append(F.normalize(view.seen.embedding, dim=-1))
        folder.mkdir(exist_ok=True)
        save_file({"normed": torch.cat(normed), "whole": torch.cat(whole)}, path)
        print(f"looked at {count} scenes, {purpose}", flush=True)
    return load_file(path)


def answers_of(asked: Pool, purpose: str, count: int) -> np.ndarray:
    """What scenes answer to each thing `[n c]`."""
    scenes, all_ = scenes_of(purpose, count), things()
    return asked.answers(*holds(all_, scenes, draw_scenes(scenes)[1]))


def kept_questions(asked: Pool, vectors: Tensor, near: Tensor) -> Questions:
    """Of each scene kept aside one thing of each kind that is there, and one that is not, half of them in strange words set aside."""
    scenes, answers = scenes_of("kept", KEPT), answers_of(asked, "kept", KEPT)
    rng, rows = numpy_rng("presence", "kept questions"), list[tuple[int, int, bool]]()
    concept, strange, about = np.array(asked.concept), np.array(asked.strange), np.array(asked.about)
    apart = np.array([aside(text) for text in asked.texts])
    for name in ABOUT:
        ways = [np.nonzero((about == name) & chosen)[0] for chosen in (~strange, strange & apart)]
        for i in range(KEPT):
            for yes in (True, False):
                among = [way[answers[i, concept[way]] == yes] for way in ways if len(way)]
                texts = among[int(rng.integers(len(among)))]
                if len(texts):
                    things_ = np.unique(concept[texts])
                    some = texts[concept[texts] == things_[int(rng.integers(len(things_)))]]
                    rows.append((i, int(some[int(rng.integers(len(some)))]), yes))
    picture, text, there = (torch.tensor(column) for column in zip(*rows, strict=True))
    return Questions(lambda: images_of(scenes), vectors, picture, text, there, near)


def main() -> None:
    """Fit the rule and write `assets/scenes_presence.safetensors`."""
    argparse.ArgumentParser(prog="python -m core.train.scenes.presence", description=main.__doc__).parse_args()
    began, clip, making, folder = time.perf_counter(), load_clip("scenes_clip"), VoteMaking(), ROOT / "runs"
    reader = cast(SceneTexts, clip.texts)
    words, asked = load_lenses("scenes_lenses").texts, pool(reader)
    vectors, near = read(reader, asked.texts, asked.hidden)
    print(f"{len(asked.texts)} texts about {len(asked.needs)} things, {time.perf_counter() - began:.0f} s", flush=True)
    lots = [f"taught{number}" for number in range(LOTS)]
    seen = [looked(clip, lot, SCENES, folder) for lot in lots]
    answers = np.concatenate([answers_of(asked, lot, SCENES) for lot in lots])
    lessons = Lessons(
        torch.cat([lot["normed"] for lot in seen]), torch.cat([lot["whole"] for lot in seen]), vectors - words.mean(0), near, answers
    )
    vote = train_vote(asked, lessons, making)
    known = moments_of(clip, images_of(scenes_of(lots[0], SCENES)), words)
    rule, alone = fit(clip, words, known, vote, kept_questions(asked, vectors, near))
    print(alone, flush=True)
    card = {
        "world": "scenes",
        "model": "PresenceRule",
        "what": "Whether a text is in a scene at all: moments, a vote of patches, and six weights.",
        "made_from": {"scenes_clip": load_card("scenes_clip")["sha256"]},
        "making": asdict(making)
        | {"scenes": LOTS * SCENES, "kept aside": KEPT, "texts": len(asked.texts), "seconds": round(time.perf_counter() - began)},
        "weights": dict(zip(EVIDENCE, [round(w, 4) for w in rule.weights.tolist()], strict=True)),
        "auc on scenes kept aside": alone,
        "licence": "CC0 1.0",
    }
    save_weights("scenes_presence", rule_to_tensors(rule), card)


if __name__ == "__main__":
    main()
