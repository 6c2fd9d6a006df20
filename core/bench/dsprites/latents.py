"""What usually scores a latent, beside how far it can be edited: does disentanglement predict editability?

Every factor of every latent is one pair: how much the factor lives in one number (its mutual information gap, DCI's
completeness), how well it can be read, how often it is given back right; and the share of its edits that are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import spearmanr

from core.bench.dsprites.disentangle import Disentangled, disentangled
from core.bench.dsprites.truth import Sprites, Verdict, reconstruction, squeeze
from core.foundations.seeds import numpy_rng
from core.worlds.dsprites.factors import FACTORS
from core.worlds.dsprites.splits import draw_split


@dataclass(frozen=True)
class Latent:
    """One latent, measured.

    Attributes:
        scores: MIG and DCI.
        given_back: mean IoU, and the share of pictures with all factors right and with each.
        edited: for each factor the share of edits that are right; None where there are no shifters.
        oracle: the same of encoding the wanted picture.
    """

    scores: Disentangled
    given_back: dict[str, float]
    edited: tuple[float, ...] | None = None
    oracle: tuple[float, ...] | None = None

    def row(self) -> dict[str, float]:
        """For the benchmark's table."""
        line = self.scores.means() | {"iou": self.given_back["iou"], "right": self.given_back["factors_right"]}
        if self.edited is None or self.oracle is None:
            return line
        edited, oracle = float(np.mean(self.edited)), float(np.mean(self.oracle))
        return line | {"edited": edited, "of oracle": edited / max(oracle, 1e-9)}


def latent_of(
    model: Sprites, unseen: np.ndarray, count: int, edited: list[Verdict] | None = None, oracle: list[Verdict] | None = None
) -> Latent:
    """Measure a latent.

    Args:
        unseen: pictures that are given back `[n 5]`.
        count: latents for MIG and DCI.
        edited: each factor's verdict of the best way to edit.
        oracle: each factor's verdict of the oracle.
    """
    sprites = draw_split(numpy_rng("bench shift", "scores"), count, True)
    scores = disentangled(squeeze(model, sprites).double().numpy(), sprites)
    joint = [tuple(v.joint for v in verdicts) if verdicts else None for verdicts in (edited, oracle)]
    return Latent(scores, reconstruction(model, unseen), *joint)


def predictions(latents: Sequence[Latent]) -> dict[str, dict[str, float]]:
    """Rank correlations over all pairs of a latent and a factor, and how likely each would be by chance (two-sided).

    Under "edited" with the share of edits that are right, under "of oracle" with that as a share of what the oracle reaches.
    """
    known = [latent for latent in latents if latent.edited and latent.oracle]
    if not known:
        return {}
    edited = [share for latent in known for share in latent.edited or ()]
    oracle = [share for latent in known for share in latent.oracle or ()]
    results = {"edited": edited, "of oracle": [e / max(o, 1e-9) for e, o in zip(edited, oracle, strict=True)]}
    scores = {
        "mig": [gap for latent in known for gap in latent.scores.gaps],
        "dci c": [share for latent in known for share in latent.scores.complete],
        "dci i": [share for latent in known for share in latent.scores.informative],
        "right": [latent.given_back[factor] for latent in known for factor in FACTORS],
    }
    found = {result: {name: spearmanr(values, shares) for name, values in scores.items()} for result, shares in results.items()}
    rows = {}
    for result, row in found.items():
        rows[f"goes with {result!r}, {len(edited)} pairs"] = {name: float(one.statistic) for name, one in row.items()}
        rows[f"goes with {result!r}, p"] = {name: float(one.pvalue) for name, one in row.items()}
    return rows
