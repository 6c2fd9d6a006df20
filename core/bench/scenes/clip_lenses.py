"""What single lenses of the embedded CLIP are good for: neighbours by a role, and neurons as one direction each."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.scenes.figures import HEADS, single_nouns
from core.bench.scenes.truth import SLOT_OF
from core.foundations.seeds import numpy_rng
from core.methods.read.ablate import ablate, head_set
from core.methods.read.decompose import Terms
from core.methods.read.second_order import Directions, Replacement, coefficients, flow, replaced
from core.models.clip import Clip
from core.studio.lens_making import neuron_directions
from core.studio.lenses import Lenses
from core.train.scenes.lenses import batches
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.captions import place_of
from core.worlds.scenes.compose import Scenes, sample

NEAREST = 5
LAYER = 4
REPLACED: dict[str, Replacement] = {
    "all": "all",
    "all but the largest 2 %": "small",
    "the largest 2 %": "large",
    "each by its one direction": "direction",
}


def labels_of(scenes: Scenes) -> dict[str, np.ndarray]:
    """For each role what its heads should find again in scenes of one Noun `[n]`."""
    found = {role: scenes.nouns[:, 0, SLOTS.index(slot)].astype(str) for role, slot in SLOT_OF.items()}
    found["places"] = np.array([place_of(corner) for corner in scenes.corners[:, 0]])
    found["directions"] = scenes.mirrored[:, 0].astype(str)
    found["grounds"] = np.array([f"{kind} {colour}" for kind, colour in scenes.grounds[:, :2]])
    return found


def precision_at(vectors: Tensor, labels: np.ndarray) -> float:
    """Share of each picture's nearest others that have its label; vectors `[n k]` of any length."""
    unit = F.normalize(vectors, dim=-1)
    near = (unit @ unit.T).fill_diagonal_(-2).topk(NEAREST, 1).indices.numpy()
    return float((labels[near] == labels[:, None]).mean())


def alike_rows(terms: Terms, lenses: Lenses, labels_by_role: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Neighbours by the heads of a role, beside those by the whole embedding and by as many random heads.

    Args:
        terms: of scenes.
        labels_by_role: for each role what its heads should find again in these scenes `[n]`.
    """
    rows, mean, everywhere = {}, lenses.means.mean(), [(h.layer, h.head) for h in lenses.heads]
    whole = terms.total() - mean.total()
    for role, labels in labels_by_role.items():
        chosen = [(h.layer, h.head) for h in lenses.heads if role in h.role.split(" and ")]
        if not chosen:
            continue
        drawn = numpy_rng("neighbours", role).choice(len(everywhere), len(chosen), replace=False)
        several = {"heads of the role": chosen, "random heads": [everywhere[i] for i in drawn]}
        row = {name: precision_at(terms.total() - ablate(terms, lenses.means, head_set(heads)), labels) for name, heads in several.items()}
        rows[f"neighbours in {role}"] = {**row, "whole": precision_at(whole, labels)}
    return rows


def neuron_rows(clip: Clip, count: int) -> dict[str, dict[str, float]]:
    """A layer's second-order effects put out of action: whether heads are still named, and how much of them is left.

    What is left is 1 - |e' - e|^2 / |e_0 - e|^2 over all pictures, with e the embedding and e_0 that without any effect: naming
    alone would not show it, since a layer's effects hardly matter for that.
    """
    found: Directions = neuron_directions(clip, lambda: batches(sample(numpy_rng("neuron bench"), count)), LAYER)
    scenes, heads = single_nouns(count, seed=3)
    names, ways = clip.embed_texts([part.name for part in HEADS]), flow(clip.anatomy, LAYER)
    right: dict[str, list[np.ndarray]] = {name: [] for name in ("nothing", *REPLACED)}
    moved = dict.fromkeys(right, 0.0)
    start = 0
    for images in batches(scenes):
        seen, wanted = clip.see(images, [LAYER]), heads[start : start + len(images)]
        c, unit = coefficients(seen, clip.anatomy, LAYER, unit=True), F.normalize(seen.embedding, dim=-1)
        start += len(images)
        for name, several in right.items():
            left = unit if name == "nothing" else replaced(unit, c, ways, found, REPLACED[name])
            several.append((left @ names.T).argmax(1).numpy() == wanted)
            moved[name] += float((left - unit).square().sum())
    rows = {
        f"neurons replaced: {name}": {"top-1": float(np.concatenate(several).mean()), "effects left": 1 - moved[name] / moved["all"]}
        for name, several in right.items()
    }
    alive = torch.isfinite(found.threshold) & (found.norms[:, 0] > 0)
    return rows | {"one direction of a neuron": {"share of energy": float(found.share[alive].mean())}}
