"""The lenses of a public model over a large folder of pictures, by as many processes and machines as there are.

    torchrun --nproc-per-node 2 --max-restarts 3 -m core.train.folder_lenses --images FOLDER --model "ViT-B-32 laion2b_s34b_b79k"

FOLDER holds pictures, or a WebDataset's tar files (at least as many as there are processes). Means of all terms, the moments that
TextSpan reads, the sums that tell roles and neurons' directions are over the whole folder; the pictures on cards are of those shipped.
The lenses lie where the studio looks for them when the model is chosen on the page, or in the file of --out. How the work splits and
goes on after a stop says core/train/spread.py; the model is any that core/models/named_eyes.py knows.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

import numpy as np
import torch

from core.foundations.files import numbers_digest
from core.foundations.images import to_tensor
from core.foundations.picture_folder import PictureFolder, Pictures
from core.methods.read.second_order import Directions
from core.models.clip import Clip
from core.models.named_eyes import load_eyes, named_eyes
from core.models.text import text_encoder
from core.studio.eyes import batches_of, by_tag, lenses_of, lenses_place, named_layers
from core.studio.lens_making import SpanSums, pool_of
from core.studio.lenses import Lenses, keep_lenses, load_lenses
from core.studio.looks import Canvas
from core.studio.sight import Seeable
from core.train.folder_neurons import directions_over, shown_by
from core.train.spread import Kept, Share, added_up, joined, taken_in
from core.worlds.photos.world import PhotoWorld

EVERY = 50
"""Blocks after which a process writes what it took in."""


def sums_over(clip: Clip, words: Lenses, folder: PictureFolder, share: Share, kept: Kept, canvas: Canvas) -> SpanSums | None:
    """What lenses need of a folder, of all processes on the first one, None on the others.

    Args:
        clip: any whose tower can be taken apart.
        words: lenses whose texts and tags are taken over.
        folder: the pictures.
        share: which process this is.
        kept: where what was taken in is written.
        canvas: a picture and height and width to RGB uint8 `[h w 3]` and where on it the picture lies.
    """
    _, tags, texts = pool_of(clip, by_tag(words))
    blank, unread = SpanSums.start(clip, texts - texts.mean(0), tags), 0

    def take(sums: SpanSums, pictures: Pictures) -> None:
        nonlocal unread
        unread += pictures.unread
        if pictures.images:
            canvases = [canvas(image, clip.image_size)[0] for image in pictures.images]
            sums.add(clip, to_tensor(np.stack(canvases)).to(clip.mean.device), pictures.number)

    with torch.no_grad():
        mine = taken_in(blank, blank.like, folder.shards(), take, share, kept)
        if unread:
            print(f"{share.rank} of {share.of}: {unread} files are no pictures that can be opened", flush=True)
        return added_up(mine, blank.like, share)


def kept_for(clip: Clip, words: Lenses, folder: PictureFolder, every: int = EVERY) -> Kept:
    """Where such a run is kept: by the numbers of the tower, the texts and the files."""
    return Kept.of("lenses", (numbers_digest(dict(clip.visual.state_dict())), words.pool, words.tags, folder.made_of()), every)


def make_lenses(clip: Clip, words: Lenses, folder: PictureFolder, world: Seeable, share: Share, every: int = EVERY) -> Lenses | None:
    """The lenses on the first process, None on the others; arguments as `sums_over`, and the world whose pictures are on cards."""
    found: dict[int, Directions | None] = {}
    digest = numbers_digest(dict(clip.visual.state_dict()))
    with joined(share):  # once for all passes
        sums = sums_over(clip, words, folder, share, kept_for(clip, words, folder, every), world.canvas)
        for layer in named_layers(clip):
            kept = partial(_kept_pass, (digest, layer, folder.made_of()), every)
            found[layer] = directions_over(clip, layer, folder, share, kept, world.canvas)
    if sums is None:
        return None
    images = list(batches_of(clip, world, range(world.neighbours)))
    shown = {layer: shown_by(clip, one, images) for layer, one in found.items() if one is not None}
    return lenses_of(clip, words, world, sums=sums, found=shown)


def _kept_pass(made_of: tuple[object, ...], every: int, name: str) -> Kept:
    """Where one pass over neurons is kept."""
    return Kept.of(name, made_of, every)


def main() -> None:
    """Make the lenses of a model over a folder."""
    parser = argparse.ArgumentParser(prog="python -m core.train.folder_lenses", description=main.__doc__)
    parser.add_argument("--images", type=Path, required=True, help="a folder of pictures, or of tar files with pictures")
    parser.add_argument("--model", required=True, help="an open_clip or timm name, OWNER/NAME on the hub, or a folder of this machine")
    parser.add_argument("--block", type=int, default=8, help="pictures that are looked at together")
    parser.add_argument("--every", type=int, default=EVERY, help="blocks after which a process writes what it took in")
    parser.add_argument("--out", type=Path, help="where the lenses are written; where the studio looks, if not said")
    asked = parser.parse_args()
    local = f"cuda:{int(os.environ.get('LOCAL_RANK', 0)) % torch.cuda.device_count()}" if torch.cuda.is_available() else "cpu"
    clip, words, world = (
        load_eyes(named_eyes(asked.model), text_encoder().embed).to(torch.device(local)),
        load_lenses("photos_lenses"),
        PhotoWorld(),
    )
    folder = PictureFolder.open(asked.images, asked.block)
    lenses = make_lenses(clip, words, folder, world, Share.own(), asked.every)
    if lenses is not None:
        keep_lenses(asked.out or lenses_place(clip, words, world.neighbours), lenses)
        print(
            f"lenses of {clip.name} over {lenses.means.count} pictures: {len(lenses.heads)} heads, {len(lenses.neurons)} neurons",
            flush=True,
        )


if __name__ == "__main__":
    main()
