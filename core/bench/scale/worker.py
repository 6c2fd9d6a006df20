"""One process of the benchmark `scale`, as torchrun starts it: the sums that lenses need, of a random tower over a folder.

    torchrun --nproc-per-node 2 -m core.bench.scale.worker --images FOLDER --kept FOLDER --out FILE [--kill PICTURES]

With --kill the last process kills itself, as a machine that fails does, before it looks at so many pictures and one; once, not after it
was started again. The first process writes the sums, and seconds, processor seconds of each process and pictures looked at, all told.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import save_tensors
from core.foundations.picture_folder import PictureFolder
from core.foundations.seeds import torch_rng
from core.methods.read.ablate import TermMeans
from core.models.clip import Clip
from core.studio.lens_making import SpanSums
from core.studio.lenses import Lenses
from core.studio.looks import Canvas
from core.train.folder_lenses import sums_over
from core.train.spread import Kept, Share, joined
from core.worlds.photos.world import PhotoWorld

SIDE, LAYERS, HEADS, WIDTH, JOINT = 96, 6, 8, 256, 128
BLOCK = 8
EVERY = 2
POOL = tuple(f"text {number}" for number in range(24))
TAGS = tuple(("one", "other", "third")[number % 3] for number in range(24))


def random_clip() -> Clip:
    """A tower of the family of CLIP's, whose weights are random and always the same."""
    from open_clip.transformer import VisionTransformer

    torch.manual_seed(0)
    tower = VisionTransformer(image_size=SIDE, patch_size=16, width=WIDTH, layers=LAYERS, heads=HEADS, mlp_ratio=4.0, output_dim=JOINT)
    return Clip(tower.eval().requires_grad_(False), _embed, 0.5, 0.25, SIDE, 10.0, "random")


def _embed(texts: list[str]) -> Tensor:
    return F.normalize(torch.stack([torch.randn(JOINT, generator=torch_rng("scale", text)) for text in texts]), dim=-1)


def words() -> Lenses:
    """The pool of texts alone."""
    return Lenses(POOL, TAGS, torch.zeros(len(POOL), JOINT), TermMeans(), (), (), {}, {}, {}, {})


class Fragile:
    """Lays pictures before the tower and counts them; kills its process before one of them.

    Args:
        after: so many pictures are laid; never where None.
    """

    def __init__(self, after: int | None) -> None:
        self.after, self.laid, self.canvas = after, 0, PhotoWorld().canvas

    def __call__(self, image: Image.Image, size: tuple[int, int]) -> tuple[np.ndarray, tuple[int, int, int, int]]:
        """As `PhotoWorld.canvas`."""
        if self.laid == self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        self.laid += 1
        return self.canvas(image, size)


def _together(share: Share, numbers: list[float]) -> Tensor:
    """What each process says `[processes numbers]`."""
    own = torch.tensor(numbers, dtype=torch.float64)
    if share.of == 1:
        return own[None]
    found = [torch.zeros_like(own) for _ in range(share.of)]
    torch.distributed.all_gather(found, own)
    return torch.stack(found)


def timed(clip: Clip, folder: PictureFolder, share: Share, kept: Kept, canvas: Canvas) -> tuple[SpanSums | None, float, float]:
    """The sums, and what they took in seconds and in processor seconds; all processes begin together."""
    _together(share, [0.0])
    began, spent = time.perf_counter(), time.process_time()
    sums = sums_over(clip, words(), folder, share, kept, canvas)
    return sums, time.perf_counter() - began, time.process_time() - spent


def main() -> None:
    """Do one process's part."""
    parser = argparse.ArgumentParser(prog="python -m core.bench.scale.worker", description=main.__doc__)
    for name in ("images", "kept", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--kill", type=int)
    asked, share = parser.parse_args(), Share.own()
    torch.set_num_threads(1)
    first = os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0"
    canvas = Fragile(asked.kill if first and share.rank == share.of - 1 else None)
    with joined(share):
        sums, seconds, spent = timed(random_clip(), PictureFolder.open(asked.images, BLOCK), share, Kept(asked.kept, EVERY), canvas)
        told = _together(share, [seconds, spent, float(canvas.laid)])
    if sums is not None:
        save_tensors(asked.out, {**sums.tensors(), "told": told})


if __name__ == "__main__":
    main()
