"""What heads say of photographs, by hand on a few planted rows."""

from __future__ import annotations

import torch

from core.train.photos.head import Head, HeadTraining, naming
from core.train.photos.report import Judge, by_training
from core.worlds.photos.named import Named
from tests.train.photos.test_head import planted

EYE = Head(torch.eye(8), torch.zeros(8), 1.0)


def judge() -> Judge:
    """Seven names and two kinds; the photographs show the first, the second twice and something without a name."""
    rows = torch.eye(8)[[0, 1, 1, 7]]
    rows[2] = torch.tensor([0, 0.1, 0.9, 0.8, 0.7, 0.6, 0.5, 0])  # five other names are nearer
    classes, kinds = ([f"name {i}" for i in range(7)], torch.eye(8)[:7]), (["low", "high"], torch.eye(8)[[0, 2]])
    return Judge(rows, classes, kinds, torch.tensor([0, 1, 1, -1]), torch.tensor([0, -1, 1, -1]))


def test_shares_by_hand() -> None:
    """Of three that have a name two are named right, and no more among five; of two kinds both."""
    assert judge().figures(EYE) == {"kind": 1.0, "name": 0.6667, "name among five": 0.6667}


def test_names_that_are_never_said() -> None:
    """One photograph that is named is enough; names of which there is no photograph are unknown."""
    assert judge().unknown(EYE) == [f"name {i}" for i in range(2, 7)]
    turned = Head(-torch.eye(8), torch.zeros(8), 1.0)
    assert judge().unknown(turned) == [f"name {i}" for i in (0, 2, 3, 4, 5, 6)]


def test_heads_by_what_they_were_trained_on() -> None:
    """Each lot with its size; a head is trained on the lot's own pictures."""
    lessons, sources = planted(30), ["noto"] * 10 + ["fluent"] * 8 + ["clipart"] * 12
    pictures = [Named(f"{i}", (), source, b"") for i, source in enumerate(sources)]
    found = by_training(pictures, lessons, HeadTraining(ridge=1.0, steps=2, batch=8), lambda head: naming(head, lessons)["right"])
    lots = ["Noto emoji (10)", "Fluent emoji (8)", "clip-art (12)", "emoji (18)", "everything (30)", "everything, ridge alone"]
    assert list(found) == lots and found["everything (30)"] > max(found[lots[0]], found[lots[1]], found[lots[2]])
