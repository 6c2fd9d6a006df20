"""Is it there at all? What the shipped rule makes of texts that are in pictures or are not, beside what one would take first."""

from __future__ import annotations

import torch
from torch import Tensor

from core.methods.read.presence import EVIDENCE, Rule
from core.models.clip import Clip
from core.train.presence import Questions, auc, evidence_of

FIGURES = ("presence_auc", "absent_called_present", "present_called_absent")


def presence_rows(rule: Rule, clip: Clip, asked: Questions, words: Tensor, about: list[str] | None = None) -> dict[str, dict[str, float]]:
    """The rule's row, each kind of evidence by itself, and the bare cosine, the bare map's peak and chance.

    Args:
        rule: as it is shipped.
        clip: the model.
        asked: texts that are there or not.
        words: of the world `[a k]`.
        about: what each question is about, for a row each.
    """
    found = evidence_of(rule, clip, asked, words)
    sure = (found @ rule.weights + rule.bias).sigmoid()
    rows = {"presence": _row(sure, asked.there, rule.threshold)}
    for name in sorted(set(about or ())):
        chosen = torch.tensor([one == name for one in about or ()])
        rows[f"presence, {name}"] = _row(sure[chosen], asked.there[chosen], rule.threshold)
    rows |= {f"{name}, by itself": {"presence_auc": auc(found[:, place], asked.there)} for place, name in enumerate(EVIDENCE)}
    rows["bare cosine"] = {"presence_auc": auc(cosines(clip, asked), asked.there)}
    return rows | {"presence, by chance": dict(zip(FIGURES, (0.5, 0.5, 0.5), strict=True))}


def _row(sure: Tensor, there: Tensor, threshold: float) -> dict[str, float]:
    called = sure >= threshold
    wrong = float(called[~there].float().mean()), float((~called[there]).float().mean())
    return dict(zip(FIGURES, (auc(sure, there), *wrong), strict=True))


@torch.no_grad()
def cosines(clip: Clip, asked: Questions) -> Tensor:
    """Of every question's picture and text `[q]`."""
    whole = torch.cat([clip.embed(images) for images in asked.batches()])
    return (whole[asked.picture] * asked.vectors[asked.text]).sum(-1)
