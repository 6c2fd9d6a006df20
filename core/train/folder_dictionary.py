"""A sparse dictionary of one layer of a public model, over a large folder of pictures, by as many processes and machines as there are.

    torchrun --nproc-per-node 2 --max-restarts 3 -m core.train.folder_dictionary --images FOLDER --model "ViT-B-32 laion2b_s34b_b79k" \
        --hook blocks.9.hook_resid_post --out FOLDER

FOLDER holds pictures, or a WebDataset's tar files. Each process looks at its shards and keeps places of them, drawn by the number of the
block alone, so that the rows are the same however many processes there are; none of them leaves its process. Then all learn together
(core/train/spread_dictionary.py). Stopped and started again, a run goes on from the blocks and the step that were written last. What
comes out lies in SAELens' layout, with the model's name: the card on the tab Features opens it, and so does sae-lens.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.foundations.images import to_tensor
from core.foundations.picture_folder import PictureFolder, Pictures
from core.methods.relate.learn_dictionary import DictionarySettings
from core.models.clip import Clip
from core.models.public_dictionary import PublicDictionary, layer_of, write_dictionary
from core.studio.dictionaries import load_tower
from core.studio.layer_features import LayerFeatures, tower_features
from core.train.spread import Crowd, Kept, Share, joined, taken_in
from core.train.spread_dictionary import Rows, SpreadLearner
from core.worlds.photos.world import canvas_of

EVERY, STEPS_BETWEEN = 50, 200
"""Blocks after which a process writes its rows, and steps after which the first writes how far all are."""
PLACES = 64
"""Places of a block of pictures that are kept."""
Numbered = tuple[int, int, Pictures]
"""A block with the numbers of its shard and of itself in it."""


@dataclass
class RowTable:
    """Rows of a layer, and of each block its shard, its number there, and how many rows it gave."""

    rows: list[Tensor] = field(default_factory=list)
    blocks: list[tuple[int, int, int]] = field(default_factory=list)

    def add(self, shard: int, number: int, rows: Tensor) -> None:
        """One block's rows `[m d]`."""
        self.rows.append(rows)
        self.blocks.append((shard, number, len(rows)))

    def tensors(self) -> dict[str, Tensor]:
        """All of it, by name."""
        rows = torch.cat(self.rows) if self.rows else torch.zeros(0, 0)
        return {"rows": rows, "blocks": torch.tensor(self.blocks, dtype=torch.long).reshape(-1, 3)}

    def merge(self, other: RowTable) -> RowTable:
        """Take in what another table saw."""
        self.rows += other.rows
        self.blocks += other.blocks
        return self

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> RowTable:
        """A table of what `tensors` gave."""
        blocks = [(int(shard), int(number), int(count)) for shard, number, count in tensors["blocks"].tolist()]
        return cls([tensors["rows"]] if blocks else [], blocks)


def numbered(folder: PictureFolder) -> list[Callable[[int], Iterable[Numbered]]]:
    """A folder's shards, whose blocks say where they are."""

    def blocks(shard: int, of: Callable[[int], Iterable[Pictures]], done: int) -> Iterator[Numbered]:
        for number, pictures in enumerate(of(done), done):
            yield shard, number, pictures

    return [partial(blocks, shard, of) for shard, of in enumerate(folder.shards())]


def rows_over(clip: Clip, features: LayerFeatures, folder: PictureFolder, share: Share, kept: Kept) -> RowTable:
    """This process's rows."""

    def take(table: RowTable, block: Numbered) -> None:
        shard, number, pictures = block
        if pictures.images:
            canvases = np.stack([canvas_of(image, clip.image_size)[0] for image in pictures.images])
            images = to_tensor(canvases).to(clip.mean.device)
            table.add(shard, number, features.collect([images], PLACES, shard * 1_000_003 + number))

    return taken_in(RowTable(), RowTable.of, numbered(folder), take, share, kept)


def placed(table: RowTable, width: int, crowd: Crowd) -> Rows:
    """A process's rows with their places among all, in the order of shards and blocks."""
    own = table.tensors()
    rows, blocks = own["rows"].reshape(-1, width), own["blocks"]
    most = int(crowd.gathered(torch.tensor([len(blocks)])).max())
    padded = torch.full((most, 3), -1, dtype=torch.long)
    padded[: len(blocks)] = blocks
    everybody = crowd.gathered(padded).reshape(-1, 3)
    starts, total = dict[tuple[int, int], int](), 0
    for shard, number, count in sorted(everybody[everybody[:, 0] >= 0].tolist()):
        starts[shard, number], total = total, total + count
    places = [torch.arange(count) + starts[shard, number] for shard, number, count in blocks.tolist()]
    return Rows(rows, torch.cat(places) if places else torch.zeros(0, dtype=torch.long), total)


def learn_together(mine: Rows, settings: DictionarySettings, crowd: Crowd, kept: Kept) -> SpreadLearner:
    """All processes' dictionary; goes on from what the first one wrote."""
    learner, path = SpreadLearner(mine, settings, crowd), kept.folder / "learned.safetensors"
    if path.is_file():
        learner.resume(load_tensors(path))
    while learner.done < settings.steps:
        loss = learner._step(learner.done)
        if learner.done % STEPS_BETWEEN == 0 or learner.done == settings.steps:
            if crowd.share.rank == 0:
                save_tensors(path, learner.tensors())
                print(f"step {learner.done} of {settings.steps}: loss {loss:.4f}", flush=True)
    return learner


def make_dictionary(
    clip: Clip, hook: str, folder: PictureFolder, settings: DictionarySettings, share: Share, every: int = EVERY
) -> PublicDictionary:
    """The dictionary of a layer over a folder, the same on all processes.

    Args:
        clip: the tower, on this process's device.
        hook: which layer, as `core.models.public_dictionary.layer_of` reads it.
        folder: the pictures.
        settings: of the dictionary.
        share: which process this is.
        every: blocks after which a process writes its rows.

    Raises:
        LayerError: where the tower has no such place.
        SettingError: where there are too few pictures.
    """
    features = tower_features(clip, layer_of(hook, clip.anatomy))
    made_of = numbers_digest(dict(clip.visual.state_dict())), hook, folder.made_of()
    table = rows_over(clip, features, folder, share, Kept.of("rows", made_of, every))
    with joined(share):
        crowd = Crowd(share)
        mine = placed(table, clip.anatomy.width, crowd)
        learner = learn_together(mine, settings, crowd, Kept.of("dictionary", (*made_of, repr(settings)), every))
    return PublicDictionary(learner.folded(), clip.name, hook)


def main() -> None:
    """Learn a dictionary of a model over a folder."""
    parser = argparse.ArgumentParser(prog="python -m core.train.folder_dictionary", description=main.__doc__)
    parser.add_argument("--images", type=Path, required=True, help="a folder of pictures, or of tar files with pictures")
    parser.add_argument("--model", required=True, help="an open_clip or timm name, OWNER/NAME on the hub, or a folder of this machine")
    parser.add_argument("--hook", required=True, help="the layer, such as blocks.9.hook_resid_post")
    parser.add_argument("--out", type=Path, required=True, help="the folder that the dictionary is written to")
    parser.add_argument("--size", type=int, default=4096, help="features")
    parser.add_argument("--k", type=float, default=32.0, help="features that stay active for a place, on average")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--block", type=int, default=8, help="pictures that are looked at together")
    asked = parser.parse_args()
    local = f"cuda:{int(os.environ.get('LOCAL_RANK', 0)) % torch.cuda.device_count()}" if torch.cuda.is_available() else "cpu"
    clip, share = load_tower(asked.model).to(torch.device(local)), Share.own()
    settings = DictionarySettings(size=asked.size, k=asked.k, steps=asked.steps)
    made = make_dictionary(clip, asked.hook, PictureFolder.open(asked.images, asked.block), settings, share)
    if share.rank == 0:
        write_dictionary(made._replace(model=asked.model), asked.out)
        print(f"{settings.size} features of {asked.hook} of {clip.name} lie in {asked.out.name}", flush=True)


if __name__ == "__main__":
    main()
