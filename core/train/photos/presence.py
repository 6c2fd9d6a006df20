"""Fit what tells the photographs' CLIP whether a text is in a picture at all, on emoji pasted on the wallpapers of training.

No vote: with so few pictures one would learn them by heart. The weights are fitted to emoji of names that are held out
from other choices; no photograph that judges is looked at.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_card, save_weights
from core.foundations.seeds import numpy_rng
from core.methods.read.presence import EVIDENCE, rule_to_tensors
from core.models.clip import Clip
from core.models.photo_clip import NAME, load_photo_clip
from core.studio.lenses import load_lenses
from core.studio.photos import RULE
from core.studio.presence_making import moments_of
from core.train.presence import Questions, fit
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.grounds import grounds
from core.worlds.photos.named import Named, emoji
from core.worlds.photos.pasted import Pasted, pasted

PICTURES = 100
"""For the moments, and again for the weights."""
NAMES = 400
BATCH = 8


def pictures_of(named: list[Named], purpose: str, count: int, side: int) -> Pasted:
    """Some of them pasted on wallpapers, one to three on each."""
    order = numpy_rng("photo presence", purpose).permutation(len(named))[:NAMES]
    chosen = [Stamp(str(place), np.asarray(named[place].image), named[place].short or named[place].name, None) for place in order]
    return pasted(f"presence {purpose}", count, chosen, grounds(), side)


def every_pair(clip: Clip, pictures: Pasted) -> Questions:
    """Every name asked of every picture."""
    count, names = len(pictures.images), len(pictures.names)
    there = torch.zeros(count, names, dtype=torch.bool)
    there[pictures.owners, pictures.labels] = True
    picture, text = (grid.flatten() for grid in torch.meshgrid(torch.arange(count), torch.arange(names), indexing="ij"))
    # As many absent names as present ones, so that a probability of one half parts them.
    rng = numpy_rng("photo presence", "absent")
    absent = rng.permutation((~there.flatten()).nonzero()[:, 0].numpy())[: int(there.sum())]
    kept = torch.cat([there.flatten().nonzero()[:, 0], torch.from_numpy(absent)])

    def batches() -> Iterator[Tensor]:
        yield from pictures.images.split(BATCH)

    said = list(pictures.names)
    return Questions(batches, clip.embed_texts(said), picture[kept], text[kept], there.flatten()[kept], clip.near(said))


def main() -> None:
    """Fit the rule and write `assets/photos_presence.safetensors`."""
    argparse.ArgumentParser(prog="python -m core.train.photos.presence", description=main.__doc__).parse_args()
    began, clip, words = time.perf_counter(), load_photo_clip(), load_lenses("photos_lenses").texts
    named = [picture for picture in emoji() if picture.source == "fluent"]
    taught, kept = (
        every_pair(clip, pictures_of([p for p in named if p.held_out == held], purpose, PICTURES, clip.image_size[0]))
        for purpose, held in (("taught", False), ("kept", True))
    )
    rule, alone = fit(clip, words, moments_of(clip, taught.batches(), words), {}, kept)
    print(alone, flush=True)
    card = {
        "world": "photos",
        "model": "PresenceRule",
        "what": "Whether a text is in a photograph at all: moments and five weights.",
        "made_from": {NAME: load_card(NAME)["sha256"]},
        "making": {"pictures": 2 * PICTURES, "names": NAMES, "seconds": round(time.perf_counter() - began)},
        "weights": dict(zip(EVIDENCE, [round(weight, 4) for weight in rule.weights.tolist()], strict=True)),
        "auc on pictures kept aside": alone,
        "data": "core.worlds.photos.named (Fluent emoji, MIT) on core.worlds.photos.grounds",
        "licence": "CC0 1.0",
    }
    save_weights(RULE, rule_to_tensors(rule), card)


if __name__ == "__main__":
    main()
