"""Where is it? Every way to segment by text, on held-out scenes whose every pixel's owner is known.

Each scene is asked for one part of one Noun by its name; the protocol is that of core/bench/masks.py. Such a part is
small, so that saying nothing has nearly every pixel right: the figures `floor_...` are the best of all floors in each.
"""

from __future__ import annotations

import torch

from core.bench.masks import Floors, MaskScores, leakage
from core.bench.record import Measured
from core.bench.scene_truth import Questions, ask
from core.foundations.images import to_tensor
from core.methods.read.segment import METHODS, STUDIO, segment
from core.methods.read.segment_settings import Segmenting
from core.models.clip import Clip
from core.models.registry import load_clip
from core.studio.lenses import Lenses, load_lenses

BATCH = 50


RIVALS = ("tokens", "chefer", "generic")
"""Methods that are also cut at our threshold instead of their mean, so that not all of the margin is the cut."""


def score(
    clip: Clip, lenses: Lenses, questions: Questions, method: str, settings: Segmenting | None = None, cut: bool = False
) -> tuple[MaskScores, float]:
    """The scores of one method, and how much of its masks lies on Nouns that do not wear the part.

    Args:
        settings: those of the method's authors where None.
        cut: cut where `studio` is cut, instead of at the mean as the protocol does.
    """
    scores, leaked = MaskScores(), []
    vectors = clip.embed_texts(questions.texts)
    for start in range(0, len(questions.texts), BATCH):
        rows = slice(start, start + BATCH)
        found = segment(clip, to_tensor(questions.images[rows]), vectors[rows], method, settings, lenses.texts, lenses.directions)
        truth = torch.from_numpy(questions.truth[rows])
        masks = found.mask if method == "studio" else found.at(STUDIO.threshold) if cut else None
        scores.add(found.heat, truth.long(), masks)
        leaked.append(leakage(found.mask, torch.from_numpy(questions.others[rows])))
    return scores, float(torch.cat(leaked).nanmean())


def run(quick: bool) -> Measured:
    """All methods on held-out scenes."""
    clip, lenses = load_clip("scenes_clip"), load_lenses("scenes_lenses")
    count = 60 if quick else 500
    questions = ask("bench segment", count, held_out=True)
    truth = torch.from_numpy(questions.truth).long()
    floors = Floors(clip.anatomy.grid).add(truth)
    floor = floors.rows()
    ceiling = floor.pop("patch-grid ceiling")
    rows, bands = {}, {}
    for method in METHODS:
        scores, leaked = score(clip, lenses, questions, method)
        rows[method] = scores.figures.as_dict() | {"leakage": leaked}
        if method in RIVALS:
            rows[f"{method}, cut as ours"] = score(clip, lenses, questions, method, cut=True)[0].figures.as_dict()
        if method == "studio":
            band = scores.band()
            bands = {"studio, 2.5 %": band.low.as_dict(), "studio, 97.5 %": band.high.as_dict()}
    best = {key: max(row[key] for name, row in rows.items() if name != "studio") for key in ("pixel_acc", "miou", "map")}
    figures = {key: rows["studio"][key] for key in best} | {f"best_other_{key}": value for key, value in best.items()}
    figures |= {f"floor_{key}": value for key, value in floors.best.as_dict().items()} | {"ceiling_miou": ceiling["miou"]}
    baselines = {**floor, **rows, **bands, "patch-grid ceiling": ceiling}
    return Measured("segment", figures, baselines, {"scenes": count, "checkpoint": clip.name, "grid": "8 x 8", "text": "given"})
