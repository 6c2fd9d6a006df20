"""What attacks are counted by, by hand; and neurons' indirect effects against the plain way, one hook at a time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.bench.attack_indirect import _changes, _finished, _kept
from core.bench.attack_ways import BASELINES, OURS
from core.bench.attacks import Sizes, figures_of, named_right, shares, summed
from core.foundations.attacked import Shot
from core.foundations.records import Picture
from core.foundations.trace import Trace
from core.models.clip import Clip
from core.studio.attacking import Asked
from core.studio.prompts import Prompt
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
    once = summed({pair: {name: of[:1] for name, of in found.items()} for pair, found in COUNTED.items()})
    assert once[OURS] == pytest.approx({"fooled": 0.35}) and not any("deviation" in row for row in once.values())


def test_only_what_is_named_right_before_counts() -> None:
    """Every third picture is named wrong with nothing added, one the judge refuses; where all are, the pair does not count."""
    worst = [3]

    def shots(asked: Asked, prompts: list[Prompt], places: list[int], purpose: str) -> tuple[Shot, ...]:
        assert [prompt.words for prompt in prompts] == [()]
        return tuple(Shot(Picture(Image.new("L", (1, 1), at)), "", float(at % worst[0] > 0), float(at % worst[0] == 0)) for at in places)

    attacker: Any = SimpleNamespace(shots=shots)
    judge = lambda picture, true, wrong: picture.image.getpixel((0, 0)) != 2  # noqa: E731
    assert named_right(attacker, Asked("a", "b", 4), judge) == ((1, 4, 5, 7), 0.5)
    worst[0] = 1
    assert named_right(attacker, Asked("a", "b", 4), judge) == ((), 1.0)
    assert shares(SimpleNamespace(attacker=attacker), "a", "b", Sizes(1, 4, 2, 1, 0, 0), judge) == ({}, [])  # type: ignore[arg-type]


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
