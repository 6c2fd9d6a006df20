"""What attacks are counted by, by hand; and neurons' indirect effects against the plain way, one hook at a time."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from core.bench.attack_indirect import _changes, _finished, _kept
from core.bench.attack_ways import BASELINES, OURS
from core.bench.attacks import figures_of, summed
from core.foundations.trace import Trace
from core.models.clip import Clip
from tests.models.tiny_towers import SIDE, open_clip_tower, photo_tower

COUNTED = {
    ("a", "b"): {OURS: [0.5, 0.7], **dict.fromkeys(BASELINES, [0.1, 0.1]), BASELINES[0]: [0.4, 0.6]},
    ("c", "d"): {OURS: [0.2, 0.2], **dict.fromkeys(BASELINES, [0.1, 0.1]), BASELINES[2]: [0.2, 0.2]},
}


def test_figures_by_hand() -> None:
    """Means over pairs of the repeats' means; a pair that ties with a baseline is not won."""
    assert figures_of(COUNTED) == pytest.approx({"fooled": 0.4, "best_baseline": 0.3, "pairs_won": 0.5})
    rows = summed(COUNTED)
    assert rows[OURS] == pytest.approx({"fooled": 0.4, "deviation": 0.05}) and rows["a -> b"]["deviation"] == pytest.approx(0.1)
    assert rows["c -> d"][BASELINES[2]] == pytest.approx(0.2)


@pytest.mark.parametrize("make", [photo_tower, open_clip_tower])
def test_indirect_effects_are_those_of_the_plain_way(make) -> None:
    """What is computed again from behind a block is what the whole tower gives with one neuron's activation replaced by its mean."""
    clip = Clip(make().eval().requires_grad_(False), lambda texts: torch.zeros(len(texts), 4), 0.5, 0.25, SIDE, 10.0, "tiny")
    images, layer = torch.rand(3, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0)), 0
    kept = _kept(clip, layer, images)
    assert torch.allclose(_finished(clip, layer, kept.behind), clip.embed(images), atol=1e-5)
    name = clip.anatomy.blocks[layer].activation_name
    rows = [(1, 0), (3, 2)]
    for found, (neuron, picture) in zip(_changes(clip, layer, kept, rows), rows, strict=True):

        def silenced(acts: torch.Tensor, neuron: int = neuron) -> torch.Tensor:
            acts = acts.clone()
            acts[..., neuron] = kept.mean[neuron]
            return acts

        with Trace(clip.tower, [name], edits={name: silenced}):
            without = F.normalize(clip.tower(clip.normalise(images[picture : picture + 1])), dim=-1)[0]
        assert torch.allclose(found, clip.embed(images[picture : picture + 1])[0] - without, atol=1e-5) and found.abs().max() > 1e-4
