"""How photographs are best segmented: candidates for `core.studio.photos.SEGMENTING`, compared on training pictures.

Emoji of names that the split holds out, one to three pasted on the wallpapers of training, each asked for by its name.
The shipped head has met these emoji, so the figures flatter it; they choose between settings and say nothing else. No
photograph that judges is looked at.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np
import torch

from core.bench.masks import MaskScores
from core.methods.read.segment import METHODS, segment
from core.methods.read.segment_settings import Segmenting
from core.methods.read.shown import Shown
from core.models.clip import Clip
from core.models.photo_clip import load_photo_clip
from core.studio.photos import SEGMENTING
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.grounds import grounds
from core.worlds.photos.named import everything
from core.worlds.photos.pasted import Pasted, pasted

PICTURES = 24
CANDIDATES: dict[str, Segmenting] = {
    "as on scenes": METHODS["studio"].published,
    "tokens": replace(SEGMENTING, mixture=(("tokens", 1.0),)),
    "patches": replace(SEGMENTING, mixture=(("patches", 1.0),)),
    "both alike": replace(SEGMENTING, mixture=(("patches", 1.0), ("tokens", 1.0))),
    "narrow filter": replace(SEGMENTING, radius=0.75),
    "two windows": replace(SEGMENTING, windows=2),
    "shipped": SEGMENTING,
}


def emoji_on_grounds(count: int, side: int) -> Pasted:
    """Emoji pasted on the wallpapers of training, with their masks."""
    chosen = [picture for picture in everything() if picture.held_out and picture.source == "fluent"]
    stamps = [Stamp(str(number), np.asarray(picture.image), picture.name, None) for number, picture in enumerate(chosen)]
    return pasted("photo dev", count, stamps, grounds(), side)


@torch.no_grad()
def scores_of(clip: Clip, pictures: Pasted, settings: Segmenting) -> MaskScores:
    """What a setting reaches, every thing asked for by its name against all others."""
    names, found = clip.embed_texts(list(pictures.names)), MaskScores()
    for picture in range(len(pictures.images)):
        own = (pictures.owners == picture).nonzero()[:, 0]
        if len(own):
            asked = names[pictures.labels[own]][None]
            heat = segment(Shown(clip, pictures.images[picture : picture + 1]), asked, "studio", settings, names)
            found.add(heat.heat[0], pictures.masks[own].long(), heat.mask[0])
    return found


def main() -> None:
    """Print what every candidate reaches."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    clip = load_photo_clip()
    pictures = emoji_on_grounds(PICTURES, clip.image_size[0])
    for name, settings in CANDIDATES.items():
        found = scores_of(clip, pictures, settings).figures
        print(f"{name:16s} mIoU {found.miou:.3f}  pixel accuracy {found.pixel_acc:.3f}  mAP {found.map:.3f}", flush=True)


if __name__ == "__main__":
    main()
