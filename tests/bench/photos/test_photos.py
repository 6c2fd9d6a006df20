"""The photographs' benchmark, by hand: naming, retrieval, floors and references; and a whole run on a planted tower."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from core.bench.photos import photos
from core.bench.photos.masks import FLOORS, OWN_TOKENS, best_floor, groups, likeness_to_truth, mask_rows, principal, wrong_labels
from core.bench.photos.naming import chance, indices, mean_over, means_left_out, retrieval, ridge_left_out, supervised, top_share
from core.bench.photos.photos import Sizes, measure, request_times
from core.foundations.errors import ModelError
from core.methods.read.segment import METHODS
from core.models.clip import Clip
from core.worlds.photos.cuts import Stamp
from core.worlds.photos.pasted import pasted
from tests.methods.read.slow_segment import COLOURS, planted_clip, unit

NAMES = ("red", "green", "blue")
GREY = [np.full((40, 40, 3), 90, np.uint8)]


def planted() -> Clip:
    """Patches that say the mean colour they show, and texts that know three colours."""
    clip = planted_clip()
    clip.texts = lambda texts: torch.stack([COLOURS[next(i for i, name in enumerate(NAMES) if name in text)] for text in texts])
    return clip


def coloured(number: int = 2) -> list[Stamp]:
    """Squares of three colours, whose kinds are the colours as well; the first of each has no class."""
    rgba = np.concatenate([np.eye(3), np.ones((3, 1))], 1).astype(np.uint8) * 255
    tiles = [np.tile(colour, (16, 16, 1)) for colour in rgba]
    named = list(zip(NAMES, tiles, strict=True))
    return [Stamp(f"{name} {i}", tile, name if i else None, f"{name} thing") for i in range(number) for name, tile in named]


def test_shares_by_hand() -> None:
    """Of three rows one is right at first, two among two; a rare label weighs as much as a common one."""
    scores = torch.tensor([[3.0, 2, 1], [3, 2, 1], [3, 2, 1]])
    labels = torch.tensor([0, 1, 2])
    assert top_share(scores, labels) == pytest.approx(1 / 3) and top_share(scores, labels, 2) == pytest.approx(2 / 3)
    assert top_share(scores, labels, 9) == 1
    assert mean_over(scores[[0, 0, 0, 1]], torch.tensor([0, 0, 0, 1])) == 0.5
    assert indices(["a", "b"], ["b", None, "a"]).tolist() == [1, -1, 0]


def test_retrieval_by_hand() -> None:
    """The first text finds its picture, the second another's, at two both."""
    pictures, texts = F.normalize(torch.tensor([[1.0, 0], [0.8, 0.6], [0.6, 0.8]]), dim=-1), torch.eye(2)
    labels = torch.tensor([0, 1, 0])
    assert retrieval(pictures, texts, labels) == 0.5 and retrieval(pictures, texts, labels, 2) == 1
    rows = chance(torch.tensor([0, 0, 1, -1]), labels)
    assert rows["chance"]["kind"] == 0.5 and rows["most frequent"]["kind"] == pytest.approx(2 / 3)
    assert rows["chance"]["retrieval"] == 0.5 and rows["chance"]["class"] == 0.5 and rows["chance"]["class top-5"] == 1


def test_leaving_one_out_is_what_it_says() -> None:
    """The closed forms are those of fitting again without the row."""
    vectors, labels = unit(9, 4), torch.tensor([0, 1, 2] * 3)
    ridge, means = ridge_left_out(vectors, labels, 0.3), means_left_out(vectors, labels)
    x, wanted = F.pad(vectors.double(), (0, 1), value=1.0), F.one_hot(labels).double()
    for i in range(9):
        rest = [j for j in range(9) if j != i]
        weights = torch.linalg.solve(x[rest].T @ x[rest] + 0.3 * torch.eye(5, dtype=torch.float64), x[rest].T @ wanted[rest])
        assert torch.allclose(ridge[i], x[i] @ weights, atol=1e-9)
        same = vectors[[j for j in rest if labels[j] == labels[i]]].mean(0)
        assert torch.allclose(means[i, labels[i]], F.cosine_similarity(same, vectors[i], dim=0), atol=1e-6)
    rows = supervised(torch.eye(3)[labels], torch.where(labels == 2, -1, labels))
    assert all(row["kind"] == 1 for row in rows.values())
    assert means_left_out(torch.eye(2), torch.tensor([0, 1])).diagonal().tolist() == [0, 0]


def test_principal_component_finds_what_stands_apart() -> None:
    """Brighter in the middle, whichever sign comes first, and for a picture of one colour nothing."""
    tokens = torch.zeros(3, 5, 5, 4)
    tokens[0, 1:4, 1:4, 2], tokens[1, 1:4, 1:4, 2] = 5, -5
    found = principal(tokens)
    for heat in found[:2]:
        assert heat[2, 2] > 0 > heat[0, 0]
    assert found[2].abs().max() == 0


def test_the_thing_is_like_itself() -> None:
    """Cosine 1 where its own token lies, 0 on another."""
    tokens, truth = torch.eye(2)[torch.tensor([[0, 1], [1, 1]])][None], torch.zeros(1, 1, 4, 4, dtype=torch.bool)
    truth[0, 0, :2, :2] = True
    assert likeness_to_truth(tokens, truth)[0, 0].tolist() == [[1, 0], [0, 0]]


def test_every_cut_out_is_asked_for_once() -> None:
    """Truth and text belong together, and the wrong word names nothing that is there."""
    pictures = pasted("asked", 12, coloured(), GREY, 32)
    wrong = wrong_labels(pictures)
    for i, other in enumerate(wrong):
        here = pictures.labels[pictures.owners == pictures.owners[i]]
        assert len(here) == 3 or other not in here
    parts = list(groups(pictures, torch.eye(3)))
    assert sum(part.truth.shape[0] * part.truth.shape[1] for part in parts) == len(pictures.masks)
    colours = torch.tensor([COLOURS[NAMES.index(name)].tolist() for name in pictures.names])
    for part in parts:
        mine = (part.images[:, None] * part.truth[:, :, None]).sum((3, 4))
        assert torch.equal(mine.argmax(2), colours.argmax(1)[part.texts.argmax(2)])


def test_every_method_floor_and_reference_has_a_row() -> None:
    """On a tower that sees colours our own method is far above every floor."""
    pictures = pasted("rows", 6, coloured(), GREY, 32)
    vectors = planted().embed_texts(list(pictures.names))
    rows = mask_rows(planted(), pictures, vectors)
    assert set(METHODS) | set(FLOORS) | {"studio, 2.5 %"} <= set(rows) and all(rows[name]["miou"] >= 0 for name in METHODS)
    share = float(pictures.masks.double().mean())
    assert rows["all foreground"]["pixel_acc"] == pytest.approx(share) and rows["nothing"]["pixel_acc"] == pytest.approx(1 - share)
    assert rows["nothing"]["miou"] == pytest.approx((1 - share) / 2) and rows["nothing"]["map"] == 0.5
    assert best_floor(rows) + 0.1 < rows["studio"]["miou"]
    assert rows[OWN_TOKENS]["map"] > rows["nothing"]["map"] and OWN_TOKENS not in FLOORS
    assert best_floor(rows, "pixel_acc") >= 1 - share and best_floor(rows, "map") >= rows["spot in the middle"]["map"] > 0.5


def test_best_floor_by_hand() -> None:
    """Of all floors, at either cut, and of nothing else."""
    rows = {
        "nothing": {"pixel_acc": 0.9, "miou": 0.2, "map": 0.5},
        "spot in the middle": {"pixel_acc": 0.8, "miou": 0.2, "map": 0.7},
        "attention": {"pixel_acc": 0.3, "miou": 0.1, "map": 0.6, "acc at 1/2": 0.95, "miou at 1/2": 0.3},
        "studio": {"pixel_acc": 1.0, "miou": 1.0, "map": 1.0},
        OWN_TOKENS: {"pixel_acc": 1.0, "miou": 1.0, "map": 1.0},
    }
    assert best_floor(rows) == 0.3 and best_floor(rows, "pixel_acc") == 0.95 and best_floor(rows, "map") == 0.7


def test_a_method_that_cannot_says_so() -> None:
    """A tower of one layer has no neurons that a later one reads: a row without figures, with the reason."""
    clip = planted_clip(layers=1)
    pictures = pasted("one layer", 2, coloured(), GREY, 32)
    rows = mask_rows(clip, pictures, COLOURS)
    said = [name for name, row in rows.items() if not row]
    assert [name.split(":")[0] for name in said] == ["neurons", "neurons_signed"] and "no neurons" in said[0]


def test_without_our_own_method_there_are_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its error is not hidden in a row."""

    def refuse(*_: object) -> None:
        raise ModelError("This tower cannot be taken apart.")

    monkeypatch.setattr("core.bench.photos.masks.segment", refuse)
    with pytest.raises(ModelError):
        mask_rows(planted(), pasted("none", 1, coloured(), GREY, 32), COLOURS)


def test_a_whole_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exactly the agreed figures; colours are named, found and outlined; settings say what was measured."""
    monkeypatch.setattr(photos, "stamps", lambda: coloured(3))
    monkeypatch.setattr(photos, "backgrounds", lambda: GREY)
    monkeypatch.setattr(photos, "QUICK", Sizes(1, 3, 2, 1))
    door = ModuleType("core.models.photo_clip")
    door.load_photo_clip = planted
    monkeypatch.setitem(sys.modules, "core.models.photo_clip", door)
    monkeypatch.setattr(photos, "load_rule", lambda _: None)  # it is of the real eyes; tests/bench has its own of presence
    found = photos.run(quick=True)
    wanted = ["zero_shot", "retrieval_r1", "pixel_acc", "miou", "map", "floor_pixel_acc", "floor_miou", "floor_map", "request_p50_ms"]
    assert found.bench == "photos" and list(found.figures) == wanted
    assert found.figures["zero_shot"] == 1 and found.figures["retrieval_r1"] == 1
    assert found.figures["miou"] == found.baselines["studio"]["miou"] and found.figures["request_p50_ms"] > 0
    assert found.settings["cut-outs"] == 9 and found.settings["classes"] == 3 and found.settings["kinds"] == 3
    assert found.baselines["on plain grey"]["class"] == 1 and "request of 50 words" in found.table()
    again = measure(planted(), coloured(3), GREY, Sizes(1, 3, 1, 1))
    assert {k: v for k, v in again.figures.items() if k != "request_p50_ms"} == {
        k: v for k, v in found.figures.items() if k != "request_p50_ms"
    }


def test_a_request_has_fifty_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty at once, then one by one; the plain way counts for fifty."""
    asked = []
    monkeypatch.setattr(photos, "segment", lambda shown, texts, *rest: asked.append(tuple(texts.shape)))
    times = request_times(planted(), torch.zeros(2, 3, 32, 32), NAMES, COLOURS, Sizes(1, 2, 3, 2))
    assert asked == [(1, 50, 3)] * 4 + [(1, 1, 3)] * 2
    assert times["ratio"] == pytest.approx(times["one by one ms"] / times["p50 ms"])
