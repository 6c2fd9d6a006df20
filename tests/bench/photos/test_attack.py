"""Attacks on photographs: the true cut-out whole and over all others, what may be named beside it, the judge, and a whole run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.bench.attack_ways import BASELINES, OURS, Ways
from core.bench.attacks import BEFORE, Sizes
from core.bench.photos.attack import attacked
from core.bench.photos.attack_second import KNOWN, SecondEyes, transferred
from core.bench.photos.stage import accepted
from core.foundations.attacked import Shot
from core.foundations.errors import RequestError
from core.foundations.records import Picture
from core.studio.attacking import Attacker
from core.studio.photo_stage import PhotoStage, PhotoTruth, seen_alone
from core.studio.things import NamedEffects, believed, coded
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.pasted import Laid
from tests.methods.read.slow_segment import planted_clip

COLOURS = {
    "red": (255, 0, 0),
    "green": (0, 255, 0),
    "blue": (0, 0, 255),
    "teal": (0, 255, 255),
    "pink": (255, 0, 255),
    "red hat": (200, 0, 0),
}
GREY = [np.full((40, 40, 3), 90, np.uint8)]


def stamps() -> list[Stamp]:
    """Squares of a colour each."""
    return [Stamp(name, np.tile(np.uint8([*colour, 255]), (16, 16, 1)), name, None) for name, colour in COLOURS.items()]


@pytest.fixture(scope="module")
def stage() -> PhotoStage:
    """Sentence vectors in which pink means nearly the same as teal, and nothing else is alike."""
    said = torch.eye(len(COLOURS))
    names = sorted(COLOURS)
    said[names.index("pink")] = said[names.index("teal")] + 0.5 * said[names.index("pink")]
    return PhotoStage(stamps(), GREY, 32, said)


def test_the_true_thing_is_whole(stage: PhotoStage) -> None:
    """It lies over all others, every pixel of it shows its colour, and things beside it move nothing of it; the judge says so."""
    for seed in range(12):
        picture = stage.picture("red", "blue", ("green", "teal"), np.random.default_rng(seed))
        assert picture is not None and accepted(picture, "red", "blue")
        truth: PhotoTruth = picture.truth
        assert truth.names[-1] == "red" and set(truth.names) <= {"green", "teal", "red"}
        bare: PhotoTruth = stage.picture("red", "blue", (), np.random.default_rng(seed)).truth
        assert bare.names == ("red",) and np.array_equal(bare.laid[0].seen, truth.laid[-1].seen)
        assert all(one.seen.any() and not (one.seen & truth.laid[-1].seen).any() for one in truth.laid[:-1])
        shown = np.asarray(picture.image)[truth.laid[-1].seen]
        assert len(shown) == truth.laid[-1].full and (np.abs(shown.astype(int) - COLOURS["red"]) < 4).all()
        assert not accepted(picture, "blue", "red") and not accepted(picture, "red", "green") or "green" not in truth.names
    part = np.zeros((4, 4), bool)
    part[0, :2] = True
    covered = PhotoTruth(("red",), (Laid(part, 3),))
    assert not accepted(Picture(picture.image, None, covered), "red", "blue")


def test_what_may_be_added(stage: PhotoStage) -> None:
    """Neither class, nor what shares a word with one, nor what means alike to the wrong one."""
    allowed = {name for name, fine in zip(stage.pool, stage.allowed("red", "teal"), strict=True) if fine}
    assert allowed == {"green", "blue"}
    assert "pink" in {name for name, fine in zip(stage.pool, stage.allowed("teal", "red"), strict=True) if fine}
    with pytest.raises(RequestError, match="no cut-out 'yellow'"):
        stage.allowed("red", "yellow")


def test_a_whole_run(stage: PhotoStage) -> None:
    """On a tower that sees the mean colour: what is named by its colour pulls, every way is counted, and the thing alone fools nobody."""
    clip: Any = planted_clip()
    texts = F.normalize(torch.tensor([COLOURS[name] for name in stage.pool]).float(), dim=1)
    codes = coded(F.normalize(torch.randn(12, 3, generator=torch.Generator().manual_seed(0)), dim=1), texts)
    ways = Ways(Attacker(clip, stage, codes, [f"neuron:0:{at}" for at in range(12)], texts, texts), texts, codes, codes)
    found = attacked(ways, [("red", "blue")], Sizes(1, 8, 2, 1, 0, 0))
    again = attacked(ways, [("red", "blue")], Sizes(1, 8, 2, 1, 0, 0))
    assert found == again and set(found.figures) == {"photo_fooled", "photo_best_baseline", "photo_pairs_won"}
    assert {f"photographs: {name}" for name in (OURS, *BASELINES, BEFORE)} <= set(found.rows)
    assert (
        found.settings["photo pairs"] == 1
        and found.settings["photo pairs not told apart"] == 0
        and found.figures["photo_fooled"] > 0
        and found.rows[f"photographs: {BEFORE}"]["fooled"] == 0
    )


def test_another_pair_takes_the_place_of_one_that_is_not_told_apart(stage: PhotoStage) -> None:
    """Green on teal grounds is named teal with nothing added; the first spare pair comes in, the second is not needed."""
    clip: Any = planted_clip()
    texts = F.normalize(torch.tensor([COLOURS[name] for name in stage.pool]).float(), dim=1)
    codes = coded(F.normalize(torch.randn(12, 3, generator=torch.Generator().manual_seed(0)), dim=1), texts)
    on_teal = stage.on([np.full((40, 40, 3), COLOURS["teal"], np.uint8)])
    ways = Ways(Attacker(clip, on_teal, codes, [f"neuron:0:{at}" for at in range(12)], texts, texts), texts, codes, codes)
    found = attacked(ways, [("green", "teal")], Sizes(1, 4, 1, 1, 0, 0, (OURS, *BASELINES)), spare=[("teal", "green"), ("teal", "red")])
    assert found.settings["photo pairs"] == found.settings["photo pairs not told apart"] == 1
    assert "photographs: teal -> green" in found.rows and not {"photographs: green -> teal", "photographs: teal -> red"} & set(found.rows)


def test_cut_outs_are_seen_by_themselves(stage: PhotoStage) -> None:
    """A row for each name, the first cut-out alone on grey: the largest of its colours is that of the thing."""
    seen = seen_alone(planted_clip(), stage)  # type: ignore[arg-type]
    assert seen.shape == (len(stage.pool), 3)
    assert {name: int(row.argmax()) for name, row in zip(stage.pool, seen, strict=True) if name in ("red", "green", "blue")} == {
        "red": 0,
        "green": 1,
        "blue": 2,
    }


def test_what_a_photograph_shows_by_itself(stage: PhotoStage) -> None:
    """It is not laid under things of a pair whose wrong class it shows; where every one does, that is said."""
    black, white = (np.full((40, 40, 3), value, np.uint8) for value in (0, 255))
    two = stage.on([black, white], [("teal",), ("blue",)])
    for seed in range(6):
        corners = [np.asarray(two.picture("red", wrong, (), np.random.default_rng(seed)).image) for wrong in ("teal", "blue")]
        assert (corners[0] == 255).all(-1).any() and (corners[1] == 0).all(-1).any()
    with pytest.raises(RequestError, match="shows 'teal' by itself"):
        stage.on([black], [("teal",)]).allowed("red", "teal")
    assert stage.on([black]).allowed("red", "teal").any()


def test_effects_go_by_name() -> None:
    """What was measured counts, under either name; of what never was, what its text says it should do."""
    known = NamedEffects({"fox face": 0, "fox": 0, "bus": 1}, torch.tensor([[1.0, 0], [0, 2]]), torch.tensor([[0.0, 5], [7, 0]]))
    found = known.of(["Fox", "owl", "bus"], torch.tensor([[9.0, 9], [1, 2], [9, 9]]))
    assert found.tolist() == [[1, 0], [14, 5], [0, 2]]


def test_all_that_is_known_of_things_counts() -> None:
    """Each kind of knowledge has the size of what was measured, names half of it; where things look alike, that tells nothing."""
    effects, alone, texts = torch.tensor([[3.0, 0], [-3, 0]]), torch.tensor([[0.0, 5], [0, 1]]), torch.tensor([[1.0, 1], [1, 1]])
    found = believed(effects, alone, texts, share=0.5)
    assert torch.allclose(found, torch.tensor([[3.0, 3], [-3, -3]]), atol=1e-5)
    named = believed(effects, torch.ones(2, 2), torch.tensor([[0.0, 4], [0, 2]]), share=0.5)
    assert torch.allclose(named, torch.tensor([[3.0, 1.5], [-3, -1.5]]), atol=1e-5)


def test_a_second_model_is_asked(stage: PhotoStage) -> None:
    """It is fooled where its largest logit of a class's own is the wrong one's: here it goes by red, and blue comes first."""

    def network(images: torch.Tensor) -> torch.Tensor:
        logits = torch.zeros(len(images), 1000)
        logits[:, KNOWN["tiger"][0]] = images[:, 2].mean((1, 2))
        logits[:, KNOWN["lion"][0]] = images[:, 0].mean((1, 2))
        return logits

    second, red, blue = SecondEyes(network), (200, 0, 0), (0, 0, 200)
    shots = [Shot(Picture(Image.new("RGB", (50, 50), colour)), "", 0.5, 0.5) for colour in (red, blue)]
    assert second.fooled(shots, "tiger", "lion").tolist() == [False, True]
    fooling = [replace(shots[1], true=0.1, wrong=0.9), replace(shots[0], true=0.9, wrong=0.1)]
    figures, row = transferred(second, {("tiger", "lion"): fooling, ("dog", "deer"): fooling})
    assert figures == {"photo_transfer": 1.0} and row == {"fooled": 1.0, "fooled before": 0.0, "pairs": 1}
