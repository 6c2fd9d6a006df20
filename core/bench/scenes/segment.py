"""Where is it? Every way to segment by text, on held-out scenes whose every pixel's owner is known.

Each scene is asked for one part of one Noun by its name; the protocol is that of core/bench/masks.py. Such a part is
small, so that saying nothing has nearly every pixel right: the figures `floor_...` are the best of all floors in each.
No method is better for its cut alone: each stands at its own and at ours, ours also at the mean of the protocol; and those
that know no other words by themselves stand also with the world's words held against the text, as ours has them.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

import torch
from PIL import Image

from core.bench.masks import Floors, MaskScores, leakage
from core.bench.presence import presence_rows
from core.bench.record import Measured
from core.bench.scenes.presence import presences, questions_of
from core.bench.scenes.truth import SLOT_OF, Questions, ask
from core.bench.split import shared_out
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.methods.read.segment import METHODS, STUDIO, segment
from core.methods.read.segment_settings import Segmenting, Threshold
from core.methods.read.shown import Shown
from core.models.clip import Clip
from core.models.registry import load_clip
from core.models.text import text_encoder
from core.studio.lenses import Lenses, load_lenses, load_rule
from core.studio.sight import Sight
from core.worlds.scenes.world import vocabulary

KEYS = ("pixel_acc", "miou", "map")
PREDICTED = ("studio", "tokens")
"""Methods that are also asked for the part that the model itself names, as in the protocol's second table."""
REQUESTS = 20
"""Requests that are timed, one picture and one text each, after the first."""
BATCH = 50
PRESENCES = {True: 60, False: 600}
"""Scenes of which it is asked whether a dozen texts are there at all, quick and in full."""


def score(
    clip: Clip,
    lenses: Lenses,
    questions: Questions,
    method: str,
    settings: Segmenting | None = None,
    cuts: Sequence[Threshold | None] = (None,),
) -> list[tuple[MaskScores, float]]:
    """One method's scores, and how much of its masks lies on Nouns that do not wear the part.

    Args:
        settings: those of the method's authors where None.
        cuts: where the heat is cut, one after another, from one and the same heat; None where the settings cut it.

    Returns:
        For each cut its scores and its leakage.
    """
    vectors = clip.embed_texts(questions.texts)

    def asked(start: int) -> list[torch.Tensor]:
        rows = slice(start, start + BATCH)
        heat = segment(Shown(clip, to_tensor(questions.images[rows])), vectors[rows], method, settings, lenses.texts, lenses.directions)
        truth, others = torch.from_numpy(questions.truth[rows]).long(), torch.from_numpy(questions.others[rows])
        masks = [heat.mask if cut is None else heat.at(cut) for cut in cuts]
        return [part for mask in masks for part in (MaskScores().add(heat.heat, truth, mask).table, leakage(mask, others))]

    parts = list(zip(*shared_out(range(0, len(questions.texts), BATCH), asked), strict=True))
    return [(MaskScores(list(rows)), float(torch.cat(leaked).nanmean())) for rows, leaked in zip(parts[::2], parts[1::2], strict=True)]


def _row(scores: MaskScores, leaked: float) -> dict[str, float]:
    return scores.figures.as_dict() | {"leakage": leaked}


def rival_rows(clip: Clip, lenses: Lenses, questions: Questions) -> dict[str, dict[str, float]]:
    """Every other method at its own cut and at ours, and with the other words against the text where it has none by itself."""
    rows: dict[str, dict[str, float]] = {}
    for name, method in METHODS.items():
        if name == "studio":
            continue
        ways = {name: method.published}
        if method.reads_text and method.published.contrast == "none":
            ways[f"{name}, words against it"] = replace(method.published, contrast="mean", clip=True)
        for way, settings in ways.items():
            own, ours = score(clip, lenses, questions, name, settings, (None, STUDIO.threshold))
            rows |= {way: _row(*own), f"{way}, cut as ours": _row(*ours)}
    return rows


def named_by_the_model(clip: Clip, questions: Questions) -> list[str]:
    """Instead of the true name the one of the same slot that the model finds nearest to the picture."""
    images, found = clip.embed(to_tensor(questions.images)), []
    named = {slot: list(vocabulary()[role]) for role, slot in SLOT_OF.items()}
    vectors = {slot: clip.embed_texts(names) for slot, names in named.items()}
    for image, slot in zip(images, questions.slots, strict=True):
        found.append(named[slot][int((vectors[slot] @ image).argmax())])
    return found


def request_ms(sight: Sight, questions: Questions) -> float:
    """One picture and one text to its heat and mask, as the page asks: the median in ms."""
    spent = []
    for image, text in list(zip(questions.images, questions.texts, strict=True))[: REQUESTS + 1]:
        picture, began = Picture(Image.fromarray(image)), time.perf_counter()
        sight.segment(picture, text)
        spent.append(1000 * (time.perf_counter() - began))
    return statistics.median(spent[1:] or spent)


def run(quick: bool) -> Measured:
    """All methods on held-out scenes."""
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    count = 40 if quick else 500
    questions = ask("bench segment", count, held_out=True)
    floors = Floors(clip.anatomy.grid).add(torch.from_numpy(questions.truth).long())
    floor = floors.rows()
    ceiling = floor.pop("patch-grid ceiling")
    (own, leaked), at_mean = score(clip, lenses, questions, "studio", cuts=(None, "mean"))
    band = own.band()
    rivals = rival_rows(clip, lenses, questions)
    asked = replace(questions, texts=named_by_the_model(clip, questions))
    predicted = {f"{name}, named by the model": _row(*score(clip, lenses, asked, name)[0]) for name in PREDICTED}
    rows = {
        "studio": _row(own, leaked),
        "studio, 2.5 %": band.low.as_dict(),
        "studio, 97.5 %": band.high.as_dict(),
        "studio, cut at the mean": _row(*at_mean),
    }
    best = {key: max(row[key] for row in rivals.values()) for key in KEYS}
    figures = {key: rows["studio"][key] for key in KEYS} | {f"best_other_{key}": value for key, value in best.items()}
    figures |= {f"floor_{key}": value for key, value in floors.best.as_dict().items()} | {"ceiling_miou": ceiling["miou"]}
    asked_presence = presences("bench presence", PRESENCES[quick], held_out=True)
    there = presence_rows(load_rule("scenes_presence"), clip, questions_of(clip, asked_presence), lenses.texts, asked_presence.about)
    figures |= there["presence"]
    figures["request_p50_ms"] = request_ms(Sight(clip, lenses, text_encoder()), questions)
    baselines = {**there, **floor, **rows, **rivals, **predicted, "patch-grid ceiling": ceiling}
    return Measured("segment", figures, baselines, {"scenes": count, "checkpoint": clip.name, "grid": "8 x 8", "text": "given"})
