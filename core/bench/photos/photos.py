"""Photographs that nobody trained on: are they named, found and outlined by words alone, and how long does it take?

The head of the photographs' CLIP learns from emoji and clip-art; what is measured here are photographic cut-outs, which
it never saw, each of one nameable thing (core/worlds/photos/stamps.py). Naming and retrieval show every cut-out alone on
a part of a photograph; the figure `zero_shot` is the share whose kind is named right, among about a dozen, from bare
names; the same on plain grey stands beside it. `retrieval_r1` takes each class's name and looks at the nearest picture.
Segmentation asks for each of one to three cut-outs pasted on a photograph (core/bench/photos/masks.py). A request is one
photograph and 50 words to their 50 heat maps, words embedded anew, after the first time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from core.bench.photos.masks import BATCH, Rows, best_floor, mask_rows, wrong_labels
from core.bench.photos.naming import chance, embeddings, indices, naming, said, supervised
from core.bench.presence import presence_rows
from core.bench.record import Measured
from core.methods.read.presence import Rule
from core.methods.read.segment import segment
from core.methods.read.shown import Shown
from core.models.clip import Clip
from core.models.text import text_encoder
from core.studio.eyes import rule_of
from core.studio.lenses import load_lenses, load_rule
from core.studio.photos import RULE, SEGMENTING
from core.train.presence import Questions
from core.worlds.photos.cuts import Stamp, class_names
from core.worlds.photos.pasted import Pasted, alone, pasted
from core.worlds.photos.stamps import backgrounds, kind_names, stamps
from core.worlds.photos.world import PhotoWorld

WORDS = 50
"""In one request."""
SENTENCE = "a photo of a {}"
"""For comparison; the figures take bare names, which is what a person types."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured."""

    every: int
    """Every which cut-out is named and sought; 1 is all."""
    pictures: int
    """With pasted cut-outs, for every method."""
    times: int
    """Requests that are timed."""
    plain: int
    """Words that the plain way is timed on."""


QUICK, FULL = Sizes(6, 2, 2, 1), Sizes(1, 30, 9, 10)


def naming_rows(clip: Clip, chosen: Sequence[Stamp], grounds: Sequence[np.ndarray]) -> Rows:
    """Zero-shot naming and retrieval on photographs and on grey, with what they stand beside."""
    names, kinds = class_names(chosen), kind_names(chosen)
    label, kind = indices(names, [stamp.label for stamp in chosen]), indices(kinds, [stamp.kind for stamp in chosen])
    side = clip.image_size[0]
    shown = {"on photographs": embeddings(clip, alone(chosen, grounds, side)), "on plain grey": embeddings(clip, alone(chosen, None, side))}
    rows = {}
    for way, vectors in shown.items():
        rows[way] = naming(vectors, (said(clip, kinds), kind), (said(clip, names), label))
        if way == "on photographs":
            asked = (said(clip, kinds, SENTENCE), kind), (said(clip, names, SENTENCE), label)
            rows[f"{way}, '{SENTENCE}'"] = naming(vectors, *asked)
    return rows | chance(kind, label) | supervised(shown["on photographs"], kind)


def presence_questions(clip: Clip, pictures: Pasted, vectors: Tensor) -> Questions:
    """Every thing that is pasted, and for each a thing that is not in its picture."""
    there = torch.arange(2 * len(pictures.labels)) < len(pictures.labels)
    text = torch.cat([pictures.labels, wrong_labels(pictures)])
    near = clip.near(list(pictures.names))
    return Questions(lambda: iter(pictures.images.split(BATCH)), vectors, pictures.owners.repeat(2), text, there, near)


def _timed(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - start)


def request_times(clip: Clip, images: Tensor, names: Sequence[str], against: Tensor, sizes: Sizes) -> dict[str, float]:
    """How long one photograph and 50 words take, and the same one word at a time.

    Args:
        clip: the model.
        images: another for each request, `[n 3 h w]` in [0, 1].
        names: words; they are repeated where there are too few.
        against: the other texts `[a k]`, known beforehand.
        sizes: how often.

    Returns:
        In ms: median, the longest, the first one's, and the plain way's, which is timed on a few words and multiplied.
    """
    words = [names[i % len(names)] for i in range(WORDS)]

    def ask(image: Tensor, some: list[str]) -> None:
        text_encoder().forget()
        segment(Shown(clip, image[None]), said(clip, some)[None], "studio", SEGMENTING, against)

    first = _timed(lambda: ask(images[0], words))
    spent = [_timed(partial(ask, images[i % len(images)], words)) for i in range(sizes.times)]
    plain = [_timed(partial(ask, images[0], [word])) for word in words[: sizes.plain]]
    middle, singly = float(np.median(spent)), float(np.median(plain)) * WORDS
    return {"p50 ms": middle, "longest ms": max(spent), "first ms": first, "one by one ms": singly, "ratio": singly / middle}


def measure(
    clip: Clip,
    chosen: Sequence[Stamp],
    grounds: Sequence[np.ndarray],
    sizes: Sizes,
    rule: Rule | None = None,
    unread: Rule | None = None,
) -> Measured:
    """All of it, for any clip.

    Args:
        clip: the model.
        chosen: cut-outs.
        grounds: backgrounds, RGB uint8 `[h w 3]`.
        sizes: how much.
        rule: what tells present from absent; not measured where None.
        unread: the same as other eyes learn it, from pictures and words without truth; not measured where None.
    """
    some = chosen[:: sizes.every]
    named = naming_rows(clip, some, grounds)
    pictures = pasted("bench photos", sizes.pictures, chosen, grounds, clip.image_size[0])
    vectors = said(clip, pictures.names)
    rows = mask_rows(clip, pictures, vectors)
    asked, words = presence_questions(clip, pictures, vectors), load_lenses("photos_lenses").texts if rule else vectors
    there = presence_rows(rule, clip, asked, words) if rule else {}
    if unread:
        there["presence, learned without truth"] = presence_rows(unread, clip, asked, words)["presence"]
    spent = request_times(clip, pictures.images, pictures.names, vectors, sizes)
    figures = {"zero_shot": named["on photographs"]["kind"], "retrieval_r1": named["on photographs"]["retrieval"]}
    figures |= {key: rows["studio"][key] for key in ("pixel_acc", "miou", "map")}
    figures |= {f"floor_{key}": best_floor(rows, key) for key in ("pixel_acc", "miou", "map")}
    figures |= there["presence"] if there else {}
    figures |= {"request_p50_ms": spent["p50 ms"]}
    settings = {
        "cut-outs": len(some),
        "kinds": len(kind_names(some)),
        "classes": len(class_names(some)),
        "pictures": len(pictures.images),
        "masks": len(pictures.masks),
        "side": clip.image_size[0],
        "threads": torch.get_num_threads(),
        "checkpoint": clip.name,
    }
    return Measured("photos", figures, {**named, **there, **rows, f"request of {WORDS} words": spent}, settings)


def run(quick: bool) -> Measured:
    """The photographs' own CLIP; WeightsError where its weights, or the judges' pictures, cannot be had."""
    from core.models.photo_clip import load_photo_clip

    clip = load_photo_clip()
    unread = None if quick else rule_of(clip, load_lenses("photos_lenses"), PhotoWorld())
    return measure(clip, stamps(), backgrounds(), QUICK if quick else FULL, load_rule(RULE), unread)
