"""What comes after an attack, by hand: a map that mends a model, and a judge that sees whether something is covered."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.bench.photos.attack import Photographs
from core.bench.scenes import attack
from core.bench.scenes.attack_after import clean_scenes, mended
from core.bench.scenes.attack_truth import accepted
from core.foundations.errors import WeightsError
from core.foundations.seeds import numpy_rng
from core.studio.scene_stage import SceneStage
from core.worlds.nouns.splits import is_held_out
from core.worlds.scenes.compose import sample


def unit(seed: int, count: int) -> torch.Tensor:
    """Vectors of length 1."""
    return F.normalize(torch.randn(count, 6, generator=torch.Generator().manual_seed(seed)), dim=1)


def test_a_map_mends_what_was_found_and_leaves_the_rest() -> None:
    """What is already right moves nothing; one that says the wrong thing is taken to the right one, and clean ones stay."""
    clean = unit(0, 3)
    found = unit(1, 1)
    assert torch.allclose(mended(found, found, clean), torch.eye(6), atol=1e-5)
    wanted = unit(2, 1)
    through = mended(found, wanted, clean, 1e-6)
    assert torch.allclose(found @ through, wanted, atol=1e-2) and torch.allclose(clean @ through, clean, atol=1e-2)
    assert torch.allclose(mended(found, wanted, clean, 1e6), torch.eye(6), atol=1e-4)
    slow = mended(found, wanted, clean, 0.1)

    def loss(a: torch.Tensor) -> float:
        moved = 0.1 * (a - torch.eye(6)).square().sum()
        return float((found @ a - wanted).square().sum() + (clean @ a - clean).square().sum() / 3 + moved)

    assert all(loss(slow) < loss(slow + 0.01 * torch.randn(6, 6, generator=torch.Generator().manual_seed(seed))) for seed in range(5))


def test_scenes_are_measured_without_photographs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """Where their model was not fetched that is said, and nothing of it is counted; else it is as it was measured."""

    def missing(quick: bool) -> Photographs:
        raise WeightsError("The eyes were not fetched.")

    monkeypatch.setattr(attack.photos, "measured", missing)
    assert attack.on_photographs(True) == Photographs({}, {}, {}) and "The eyes were not fetched." in capsys.readouterr().out
    monkeypatch.setattr(attack.photos, "measured", lambda quick: Photographs({"photo_fooled": 0.5 if quick else 0.1}, {}, {}))
    assert attack.on_photographs(True).figures == {"photo_fooled": 0.5}


def test_clean_scenes_are_of_their_side() -> None:
    """Those that judge are never those that mend."""
    judged, labels = clean_scenes(6)
    fitted, _ = clean_scenes(6, False)
    assert judged.shape == fitted.shape == (6, 3, 64, 64) and len(labels) == 6 and not torch.equal(judged, fitted)
    for held_out, name in ((True, "attack bench clean"), (False, "attack bench mend")):
        scenes = sample(numpy_rng(name), 6, held_out, nouns=1, bare=0.0)
        assert (is_held_out(scenes.nouns[:, 0]) == held_out).all()


def test_the_judge_sees_what_is_covered() -> None:
    """A scene of the stage counts; with one pixel of the true Noun covered it does not, nor where the wrong class is there."""
    stage = SceneStage(torch.zeros(0, 2, dtype=torch.long))
    picture = stage.picture("cat", "dog", ("shark",), np.random.default_rng(0))
    cat, dog, shark = (stage.thing(word) for word in ("cat", "dog", "shark"))
    assert accepted(picture, cat, dog) and not accepted(picture, cat, shark) and not accepted(picture, dog, cat)
    front = int(picture.truth.scenes.count[0]) - 1
    rows, columns = np.nonzero(picture.truth.owner > 4 * front)
    picture.truth.owner[rows[0], columns[0]] = 0
    assert not accepted(picture, cat, dog)
