"""How much of a factor lives in a single number of a latent: MIG and DCI, the usual scores, beside what edits really do.

    MIG  = mean over factors f of (I(z_first; f) - I(z_second; f)) / H(f)           (Chen et al. 2018, eq. 6)
    D    = sum_j rho_j (1 - H(P_j)),  C = mean_f (1 - H(Q_f)),  I = accuracy         (Eastwood and Williams 2018)

I(z_j; f) with z_j in 20 equal bins; P_j and Q_f are the importances of a random forest, over factors and numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 20


@dataclass(frozen=True)
class Disentangled:
    """The scores, each in [0, 1]; those of single factors in the order of the factors.

    Attributes:
        disentanglement: whether a number speaks of one factor only.
        gaps: for each factor its mutual information gap; their mean is MIG.
        complete: for each factor whether it lives in one number only; the mean is DCI's completeness.
        informative: for each factor how rightly a forest reads it; the mean is DCI's informativeness.
    """

    disentanglement: float
    gaps: tuple[float, ...]
    complete: tuple[float, ...]
    informative: tuple[float, ...]

    def means(self) -> dict[str, float]:
        """MIG, and DCI's three scores."""
        complete, informative = float(np.mean(self.complete)), float(np.mean(self.informative))
        return {"mig": float(np.mean(self.gaps)), "dci d": self.disentanglement, "dci c": complete, "dci i": informative}


def _entropy(counts: np.ndarray, axis: int = -1) -> np.ndarray:
    share = counts / np.maximum(counts.sum(axis, keepdims=True), 1e-12)
    return -(share * np.log(np.maximum(share, 1e-12))).sum(axis)


def mutual_information(latents: np.ndarray, values: np.ndarray) -> np.ndarray:
    """I(z_j; f) in nats `[d]` of each number with one factor: latents `[n d]`, values `[n]` from 0."""
    low, high = latents.min(0), latents.max(0)
    bins = np.minimum((BINS * (latents - low) / np.maximum(high - low, 1e-12)).astype(int), BINS - 1)
    count = int(values.max()) + 1
    found = np.empty(latents.shape[1])
    for j in range(latents.shape[1]):
        joint = np.bincount(bins[:, j] * count + values, minlength=BINS * count).reshape(BINS, count).astype(float)
        found[j] = _entropy(joint.sum(1)) + _entropy(joint.sum(0)) - _entropy(joint.ravel())
    return found


def gaps(latents: np.ndarray, factors: np.ndarray) -> tuple[float, ...]:
    """The mutual information gap of each factor: latents `[n d]`, factors `[n f]` from 0."""
    found = []
    for values in factors.T:
        first, second = np.sort(mutual_information(latents, values))[::-1][:2]
        found.append(float((first - second) / _entropy(np.bincount(values).astype(float))))
    return tuple(found)


def dci(latents: np.ndarray, factors: np.ndarray, seed: int = 0) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """Disentanglement, and of each factor completeness and informativeness; a fifth of the rows is kept to test."""
    from sklearn.ensemble import RandomForestClassifier

    cut = len(latents) * 4 // 5
    importances, right = [], []
    for values in factors.T:
        forest = RandomForestClassifier(40, max_depth=12, max_features="sqrt", random_state=seed, n_jobs=-1)
        forest.fit(latents[:cut], values[:cut])
        importances.append(forest.feature_importances_)
        right.append(forest.score(latents[cut:], values[cut:]))
    table = np.stack(importances, 1)
    weight = table.sum(1) / table.sum()
    d = (weight * (1 - _entropy(table, 1) / np.log(table.shape[1]))).sum()
    c = 1 - _entropy(table.T, 1) / np.log(table.shape[0])
    return float(d), tuple(c.tolist()), tuple(right)


def disentangled(latents: np.ndarray, factors: np.ndarray) -> Disentangled:
    """All scores: latents `[n d]`, factors `[n f]` from 0."""
    disentanglement, complete, informative = dci(latents, factors)
    return Disentangled(disentanglement, gaps(latents, factors), complete, informative)
