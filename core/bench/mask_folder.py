"""`python -m core.bench.mask_folder --images DIR --masks DIR --model ViT-B-16 --pretrained laion2b_s34b_b88k --names FILE`.

The protocol of core/bench/masks.py on any folder of images and masks, with any open_clip checkpoint: ImageNet-Segmentation
once its masks are written as files, or one's own. Image and mask pass through the same geometry, squashed to the model's
size (Chefer et al., arXiv:2012.09838; programs that crop the image and squash the mask give a perfect mask 0.93).

A mask has the name of its image, whatever the endings; 0 is background, all else foreground, and pixels of the value
--ignore do not count. FILE has a line for each class: the key of its images, a tab, the class's name. A key is an image's
name without its ending, or the folder it lies in, or what stands before the first "_" of its name (such as n02099601).
A line without a tab is a name that no image has but that may be predicted. Without FILE, --text is sought in every image.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import overload

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from core.bench.masks import Floors, MaskScores
from core.bench.record import Measured
from core.bench.split import first, shared_out, together
from core.foundations.errors import PictureError, SettingError, StudioError
from core.foundations.images import open_image, open_levels, to_tensor
from core.methods.read.segment import METHODS, method_of, segment
from core.methods.read.segment_settings import Segmenting
from core.methods.read.shown import Shown
from core.models.clip import Clip, open_clip_model
from core.models.registry import choose_device

ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".avif", ".heic")
TEMPLATE = "An image of a {}."
"""As the thesis has it (papers/inner_workings_thesis.md, section 2.5)."""


@dataclass(frozen=True)
class Pair:
    """One image and its mask, as files."""

    image: Path
    mask: Path


@dataclass(frozen=True)
class Batch:
    """Some images with what is asked of them.

    Attributes:
        images: RGB `[n 3 h w]` in [0, 1].
        truth: `[n h w]`, 1 foreground, 0 background, -1 ignored.
        texts: the right text of each `[n k]`.
    """

    images: Tensor
    truth: Tensor
    texts: Tensor


@dataclass
class Scored:
    """What a run over batches leaves.

    Attributes:
        given: for each method its scores where the right text is given.
        predicted: the same where the text is the one of the vocabulary that the model finds most like the image; empty
            where there is no vocabulary.
        floors: what can be had without looking (everything, nothing, the middle, a spot in it), and what the patches allow.
        right: images whose predicted text is the right one.
        images: how many there were.
    """

    floors: Floors
    given: dict[str, MaskScores] = field(default_factory=dict)
    predicted: dict[str, MaskScores] = field(default_factory=dict)
    right: int = 0
    images: int = 0

    def _scores(self) -> list[MaskScores]:
        return [*self.floors.named.values(), *self.given.values(), *self.predicted.values()]

    def tensors(self) -> list[Tensor]:
        """All of it, for `take`."""
        ceiling = self.floors.ceiling
        counted = [torch.tensor([self.right, self.images]), ceiling.counts, torch.tensor(ceiling.precisions, dtype=torch.float64)]
        return [*counted, *(scores.table for scores in self._scores())]

    def take(self, tensors: Sequence[Tensor]) -> None:
        """Take in what another run over the same methods left."""
        counted, counts, precisions, *tables = tensors
        right, images = counted.tolist()
        self.right, self.images = self.right + int(right), self.images + int(images)
        self.floors.ceiling.counts += counts
        self.floors.ceiling.precisions += precisions.tolist()
        for scores, table in zip(self._scores(), tables, strict=True):
            scores.rows.append(table)


def pairs_in(images: Path, masks: Path) -> list[Pair]:
    """Every image that has a mask, by name, in folders below too; PictureError where there is none."""
    found = {}
    for folder in (images, masks):
        if not folder.is_dir():
            raise PictureError(f"There is no folder {folder}. Give folders of images and masks.")
        files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
        found[folder] = {path.relative_to(folder).with_suffix(""): path for path in files}
    pairs = [Pair(path, found[masks][name]) for name, path in found[images].items() if name in found[masks]]
    if not pairs:
        raise PictureError(f"No image of {images} ({len(found[images])}) has a mask of its name in {masks} ({len(found[masks])}).")
    return pairs


def read_pair(pair: Pair, size: tuple[int, int], ignore: int | None = None) -> tuple[Tensor, Tensor]:
    """An image and its mask, both squashed to one size.

    Args:
        pair: the files.
        size: height and width.
        ignore: the value of mask pixels that do not count.

    Returns:
        RGB `[3 h w]` in [0, 1], and truth `[h w]` int8: 1 foreground, 0 background, -1 ignored.

    Raises:
        PictureError: where a file cannot be read, or the two have different proportions and so cannot lie on each other.
    """
    image, mask = open_image(pair.image), open_levels(pair.mask)
    if abs(image.width * mask.height / (image.height * mask.width) - 1) > 0.02:
        raise PictureError(f"{pair.image.name} is {image.width} x {image.height}, its mask {mask.width} x {mask.height}: they do not fit.")
    wide = (size[1], size[0])
    rgb = np.array(image.resize(wide, Image.Resampling.BILINEAR))
    flat = mask if mask.mode in ("1", "L", "P", "I", "I;16") else mask.convert("RGB")
    values = np.asarray(flat.resize(wide, Image.Resampling.NEAREST)).astype(np.int64)
    values = values if values.ndim == 2 else values.max(-1)
    truth = (values != 0).astype(np.int8)
    if ignore is not None:
        truth[values == ignore] = -1
    return to_tensor(rgb[None])[0], torch.from_numpy(truth)


def read_names(path: Path) -> tuple[dict[str, str], list[str]]:
    """Which name the images of each key have, and all names in the file's order, each once."""
    keys, names = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        key, _, name = (part.strip() for part in line.partition("\t"))
        if key:
            names.append(name or key)
            if name:
                keys[key] = name
    return keys, list(dict.fromkeys(names))


def name_of(pair: Pair, keys: Mapping[str, str]) -> str:
    """The name of an image's class; SettingError where no key is the image's."""
    stem = pair.image.stem
    for key in (stem, pair.image.parent.name, stem.partition("_")[0]):
        if key in keys:
            return keys[key]
    raise SettingError(
        f"No line of --names is for {pair.image}. Its key may be {stem!r} or {pair.image.parent.name!r}, then a tab and a name."
    )


def embed_names(clip: Clip, names: Sequence[str], templates: Sequence[str]) -> Tensor:
    """Each name as the unit mean of its unit embeddings in all templates: `[m k]`."""
    found = clip.embed_texts([template.format(name) for name in names for template in templates])
    return F.normalize(found.view(len(names), len(templates), -1).mean(1), dim=-1)


@dataclass(frozen=True)
class Batches(Sequence[Batch]):
    """Pairs in order, some at a time, with their texts `[n k]`; each is read when it is taken."""

    clip: Clip
    pairs: Sequence[Pair]
    texts: Tensor
    size: int
    ignore: int | None = None

    def __len__(self) -> int:
        """How many batches."""
        return -(-len(self.pairs) // self.size)

    @overload
    def __getitem__(self, place: int) -> Batch: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Batch]: ...

    def __getitem__(self, place: int | slice) -> Batch | Sequence[Batch]:
        """Read one, or some."""
        if isinstance(place, slice):
            return [self[at] for at in range(*place.indices(len(self)))]
        if not 0 <= place < len(self):
            raise IndexError(place)
        rows = slice(place * self.size, (place + 1) * self.size)
        read = [read_pair(pair, self.clip.image_size, self.ignore) for pair in self.pairs[rows]]
        images = torch.stack([image for image, _ in read]).to(self.clip.mean.device)
        return Batch(images, torch.stack([truth for _, truth in read]), self.texts[rows])


def score(
    clip: Clip,
    batches: Iterable[Batch],
    methods: Mapping[str, tuple[str, Segmenting | None]],
    vocabulary: Tensor | None = None,
    directions: Mapping[int, Tensor] | None = None,
) -> Scored:
    """Run methods over images with masks.

    Args:
        clip: the model.
        batches: images, truth and texts; nothing is kept of them but counts.
        methods: label to a method's name and settings; its authors' settings where None.
        vocabulary: texts `[a k]` that the given one is contrasted with and that may be predicted; None for neither.
        directions: of neurons, layer to `[u k]`.

    Returns:
        The scores of every method, in given and predicted text, with floors and ceiling.
    """

    def blank() -> Scored:
        predicted = {label: MaskScores() for label in methods} if vocabulary is not None else {}
        return Scored(Floors(clip.anatomy.grid), {label: MaskScores() for label in methods}, predicted)

    def one(batch: Batch) -> list[Tensor]:
        scored = blank()
        scored.floors.add(batch.truth)
        scored.images += len(batch.images)
        asked = [(scored.given, batch.texts)]
        if vocabulary is not None:
            with torch.no_grad():
                guess = vocabulary[(clip.embed(batch.images) @ vocabulary.T).argmax(1)]
            scored.right += int((F.cosine_similarity(guess, batch.texts) > 1 - 1e-5).sum())
            asked.append((scored.predicted, guess))
        for label, (name, settings) in methods.items():
            for scores, texts in asked:
                heat = segment(Shown(clip, batch.images), texts, name, settings, vocabulary, directions)
                scores[label].add(heat.heat, batch.truth, heat.mask)
        return scored.tensors()

    whole = blank()
    for tensors in shared_out(batches if isinstance(batches, Sequence) else list(batches), one):
        whole.take(tensors)
    return whole


def measure(scored: Scored, settings: Mapping[str, object]) -> Measured:
    """As a benchmark's record; the figures are those of the first method, given text."""
    first = next(iter(scored.given.values()))
    rows: dict[str, dict[str, float]] = {}
    for label, scores in scored.given.items():
        rows[label] = scores.figures.as_dict()
        if scored.predicted:
            rows[f"{label}, predicted"] = scored.predicted[label].figures.as_dict()
    figures = first.figures.as_dict()
    band = first.band()
    for side, bound in (("low", band.low), ("high", band.high)):
        figures |= {f"{name}_{side}": value for name, value in bound.as_dict().items()}
    if scored.predicted:
        figures["predicted_right"] = scored.right / scored.images
    return Measured("mask_folder", figures, rows | scored.floors.rows(), {**settings, "images": scored.images})


def described(clip: Clip, methods: Sequence[str]) -> dict[str, object]:
    """What decides a score besides the pictures: the checkpoint, what is done to the pictures, and where heat is cut."""
    rows, columns = clip.image_size
    mean, std = ([round(v, 4) for v in x.flatten().tolist()] for x in (clip.mean, clip.std))
    return {
        "checkpoint": clip.name,
        "geometry": f"image (bilinear) and mask (nearest) squashed to {rows} x {columns}",
        "mean": mean,
        "std": std,
        "cut": {name: method_of(name).published.threshold for name in methods},
    }


def run_folder(clip: Clip, args: argparse.Namespace) -> Measured:
    """Score a folder as the command line asks for it."""
    pairs = pairs_in(args.images, args.masks)[: args.limit]
    templates = args.template or [TEMPLATE]
    if args.names:
        keys, names = read_names(args.names)
        vocabulary = embed_names(clip, names, templates)
        texts = vocabulary[[names.index(name_of(pair, keys)) for pair in pairs]]
    elif args.text:
        vocabulary, texts = None, embed_names(clip, [args.text], templates).expand(len(pairs), -1)
    else:
        raise SettingError("Say what is sought: --names FILE for a class of each image, or --text for the same in all.")
    methods = {name: (name, None) for name in args.methods.split(",")}
    settings = {**described(clip, list(methods)), "templates": templates}
    return measure(score(clip, Batches(clip, pairs, texts, args.batch, args.ignore), methods, vocabulary), settings)


def parse(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m core.bench.mask_folder", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=Path, required=True, help="folder of images")
    parser.add_argument("--masks", type=Path, required=True, help="folder of masks with the images' names")
    parser.add_argument("--model", default="ViT-B-16", help="a name that open_clip knows")
    parser.add_argument("--pretrained", help="a tag of open_clip, or a file; random weights where left out")
    parser.add_argument("--names", type=Path, help="key, tab, class name, line by line")
    parser.add_argument("--text", help="sought in every image, in the place of --names")
    parser.add_argument("--template", action="append", help=f"how a name is said, {{}} for the name (several are averaged; {TEMPLATE!r})")
    parser.add_argument("--methods", default="studio,tokens", help=f"with commas between, of {', '.join(METHODS)}")
    parser.add_argument("--ignore", type=int, help="value of mask pixels that do not count, such as 255")
    parser.add_argument("--batch", type=int, default=8, help="images at once")
    parser.add_argument("--limit", type=int, help="only so many images")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Run what the command line asks for."""
    args = parse(argv)
    try:
        for name in args.methods.split(","):
            method_of(name)
        with together():
            measured = run_folder(open_clip_model(args.model, args.pretrained).to(choose_device()), args)
    except StudioError as error:
        raise SystemExit(str(error)) from error
    if first():
        print(measured.table())
    if args.json and first():
        measured.write(args.json)


if __name__ == "__main__":
    main()
