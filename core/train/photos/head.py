"""Train the one map between DINOv2's tokens and a sentence encoder's words, from pictures with names (core.worlds.photos.named).

    start   ridge: P = argmin |X P - T|^2 + lambda |P|^2,    X a row of a picture, T the vector of its name and keywords
    then    mean over a batch of -log softmax(s <x_i P, t_j>)_i and the same along i     (CLIP's loss, s learned)

A row is a view's class token and patches, or, three times of ten, the mean of the patches on the thing alone: so that
patches speak by themselves. A text is the picture's name, or three times of ten one of its keywords; what means almost
the same does not count against it. Found best on an eighth of the names that was held out: few steps from the ridge.
More steps learn the pictures by heart. Photographs are never seen; what heads say of them (photo_report.py) chose nothing.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.files import save_weights
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.photo_clip import NAME
from core.models.registry import choose_device
from core.models.text import text_encoder
from core.train.loop import machine
from core.train.photos.views import ViewMaking, Views, look, settings_of
from core.worlds.photos.named import Named, everything


@dataclass(frozen=True)
class HeadTraining:
    """Everything that decides the weights."""

    seed: int = 1
    blend: float = 0.5
    """The class token's share."""
    ridge: float = 100.0
    """Penalty of the start."""
    keywords: float = 0.5
    """Weight of the keywords' mean in the start's targets, beside 1 for the name."""
    steps: int = 1500
    batch: int = 512
    rate: float = 5e-4
    decay: float = 0.01
    inside: float = 0.3
    """How often a row is of the thing's patches alone."""
    keyword: float = 0.3
    """How often a text is a keyword."""
    same: float = 0.75
    """Cosine above which two texts mean almost the same."""
    scale: float = 14.0
    """What cosines are multiplied by at first."""


@dataclass(frozen=True)
class Lessons:
    """Pictures and their texts as numbers.

    Attributes:
        rows: of views `[n v 384]`, blended.
        inside: of the same views, of the thing's patches alone.
        texts: unit vectors of all texts, less their mean, `[m 384]`.
        name: of each picture `[n]`, into texts.
        words: keywords of each picture, into texts.
        text_mean: what was taken off `[384]`.
    """

    rows: Tensor
    inside: Tensor
    texts: Tensor
    name: Tensor
    words: list[list[int]]
    text_mean: Tensor

    def take(self, chosen: Tensor) -> Lessons:
        """Those of some pictures `[n]` bool."""
        words = [w for w, c in zip(self.words, chosen.tolist(), strict=True) if c]
        return Lessons(self.rows[chosen], self.inside[chosen], self.texts, self.name[chosen], words, self.text_mean)


@dataclass(frozen=True)
class Head:
    """The map: `weight [k d]`, `bias [k]`, and what cosines are multiplied by."""

    weight: Tensor
    bias: Tensor
    scale: float

    def __call__(self, rows: Tensor) -> Tensor:
        """Rows `[... d]` to unit vectors `[... k]`."""
        return F.normalize(F.linear(rows, self.weight, self.bias), dim=-1)


def lessons_of(pictures: list[Named], views: Views, blend: float) -> Lessons:
    """Pictures, what was seen of them, and their texts."""
    texts = sorted({text for picture in pictures for text in (picture.name, *picture.others)})
    place = {text: number for number, text in enumerate(texts)}
    vectors = torch.from_numpy(np.asarray(text_encoder().embed(texts)))
    name = torch.tensor([place[picture.name] for picture in pictures])
    mean = vectors[name.unique()].mean(0)
    words = [[place[word] for word in picture.others] for picture in pictures]
    rows = blend * views.whole + (1 - blend) * views.patches
    return Lessons(rows, views.inside, F.normalize(vectors - mean, dim=-1), name, words, mean)


def ridge_head(lessons: Lessons, settings: HeadTraining) -> Head:
    """The closed form, for standardised rows; the standardisation is folded into the map."""
    targets = lessons.texts[lessons.name].clone()
    for row, words in enumerate(lessons.words):
        if words:
            targets[row] += settings.keywords * F.normalize(lessons.texts[words].mean(0), dim=0)
    views = lessons.rows.shape[1]
    rows, targets = lessons.rows.flatten(0, 1), F.normalize(targets, dim=-1).repeat_interleave(views, 0)
    mean, std = rows.mean(0), rows.std(0)
    x = (rows - mean) / std
    solved = torch.linalg.solve(x.T @ x / views + settings.ridge * torch.eye(x.shape[1]), x.T @ targets / views)
    weight = (solved / std[:, None]).T
    return Head(weight, -weight @ mean, settings.scale)


def contrast_head(lessons: Lessons, settings: HeadTraining) -> Head:
    """The ridge, and some steps of CLIP's loss from there."""
    start, rng = ridge_head(lessons, settings), torch_rng("photo head", settings.seed)
    mean, std = lessons.rows.flatten(0, 1).mean(0), lessons.rows.flatten(0, 1).std(0)
    weight = (start.weight * std).T.clone().requires_grad_()
    scale = torch.tensor(settings.scale).log().requires_grad_()
    groups = [{"params": [weight], "weight_decay": settings.decay}, {"params": [scale], "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, settings.rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, settings.steps)
    for _ in range(settings.steps):
        rows, texts = _batch(lessons, settings, rng)
        logits = scale.exp().clamp(max=100) * F.normalize((rows - mean) / std @ weight, dim=-1) @ texts.T
        alike = (texts @ texts.T > settings.same).fill_diagonal_(False)
        logits = logits.masked_fill(alike, -1e4)
        right = torch.arange(len(logits))
        loss = (F.cross_entropy(logits, right) + F.cross_entropy(logits.T, right)) / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    final = (weight.detach() / std[:, None]).T
    return Head(final, -final @ mean, float(scale.detach().exp()))


def _batch(lessons: Lessons, settings: HeadTraining, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Rows `[b d]` and texts `[b k]`."""
    count, views = lessons.rows.shape[:2]
    pictures, view = (torch.randint(most, (settings.batch,), generator=rng) for most in (count, views))
    inside = torch.rand(settings.batch, generator=rng) < settings.inside
    rows = torch.where(inside[:, None], lessons.inside[pictures, view], lessons.rows[pictures, view])
    text = lessons.name[pictures].clone()
    for place in (torch.rand(settings.batch, generator=rng) < settings.keyword).nonzero().flatten().tolist():
        if words := lessons.words[int(pictures[place])]:
            text[place] = words[int(torch.randint(len(words), (), generator=rng))]
    return rows, lessons.texts[text]


def naming(head: Head, lessons: Lessons, inside: bool = False) -> dict[str, float]:
    """Shares of views whose name is the nearest of all names here, or among the five nearest; and of names whose nearest view is theirs."""
    names, right = lessons.name.unique(return_inverse=True)
    found = head(lessons.inside if inside else lessons.rows)
    scores = found.flatten(0, 1) @ lessons.texts[names].T
    right = right.repeat_interleave(found.shape[1])
    five = (scores.topk(min(5, len(names)), 1).indices == right[:, None]).any(1)
    return {
        "names": len(names),
        "right": round(float((scores.argmax(1) == right).float().mean()), 4),
        "among five": round(float(five.float().mean()), 4),
        "found by name": round(float((right[scores.argmax(0)] == torch.arange(len(names))).float().mean()), 4),
    }


def split_figures(lessons: Lessons, held_out: Tensor, settings: HeadTraining) -> dict[str, dict[str, float]]:
    """What heads that were trained on seven eighths of the names say of the rest."""
    seen, rest = lessons.take(~held_out), lessons.take(held_out)
    rng = numpy_rng("photo head", "random")
    blank = Head(torch.from_numpy(rng.normal(size=(384, 384)).astype(np.float32)), torch.zeros(384), 1.0)
    heads: dict[str, Head] = {"a random map": blank, "ridge": ridge_head(seen, settings), "shipped": contrast_head(seen, settings)}
    rows = {name: naming(head, rest) for name, head in heads.items()}
    return rows | {"shipped, the thing's patches alone": naming(heads["shipped"], rest, inside=True)}


def main() -> None:
    """Look at all pictures, train, and write `assets/photos_head.safetensors`."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    device, settings, making, begun = choose_device(), HeadTraining(), ViewMaking(), time.perf_counter()
    pictures = everything()
    lessons = lessons_of(pictures, look(pictures, making, device), settings.blend)
    held_out = split_figures(lessons, torch.tensor([picture.held_out for picture in pictures]), settings)
    for name, row in held_out.items():
        print(f"{name:40s} {row}", flush=True)
    head = contrast_head(lessons, settings)
    card: dict[str, Any] = {
        "world": "photos",
        "model": "PhotoHead",
        "architecture": {"blend": settings.blend, "logit_scale": round(head.scale, 2)},
        "training": asdict(settings) | {"views": settings_of(making), "seconds": round(time.perf_counter() - begun)},
        "machine": machine(device),
        "data": "core.worlds.photos.named: Fluent emoji (MIT), Noto emoji (Apache-2.0), Open Clip Art Library (public domain)",
        "pictures": len(pictures),
        "held out names": held_out,
        "licence": "CC0 1.0; DINOv2 is Apache-2.0 and is fetched",
    }
    tensors = {"weight": head.weight.half(), "bias": head.bias, "text_mean": lessons.text_mean}
    save_weights(NAME, tensors, card)


if __name__ == "__main__":
    main()
