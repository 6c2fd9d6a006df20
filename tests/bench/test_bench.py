"""The benchmarks' judges, by hand: a judge that cannot say no is no judge."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.bench.__main__ import BENCHES
from core.bench.nouns.dictionary import Sample, detection, part_means, shows, swaps
from core.bench.nouns.generator import measure_generator
from core.bench.nouns.requests import Asked, start_of, verdict
from core.bench.record import Measured
from core.foundations.files import ROOT
from core.foundations.records import Picture, Result
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.palette_vae import PaletteVAE
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw, sample
from core.worlds.nouns.world import Nouns

HEAD = SLOTS.index("head")


def test_every_benchmark_can_be_run() -> None:
    """Each name is a module with a `run`."""
    for module, _ in BENCHES.values():
        assert "def run(quick: bool) -> Measured" in (ROOT / "core" / "bench" / f"{module.replace('.', '/')}.py").read_text(), module


def test_figures_are_written_as_agreed(tmp_path: Path) -> None:
    """bench, figures, baselines, settings; and the table shows every row."""
    measured = Measured("x", {"a": 0.5}, {"do nothing": {"a": 0.1}}, {"seed": 1})
    measured.write(tmp_path / "x.json")
    assert json.loads((tmp_path / "x.json").read_text()) == {
        "bench": "x",
        "figures": {"a": 0.5},
        "baselines": {"do nothing": {"a": 0.1}},
        "settings": {"seed": 1},
    }
    assert "do nothing" in measured.table() and "0.5000" in measured.table()


def test_an_untrained_generator_is_found_out(tiny_vae: PaletteVAE) -> None:
    """It gives back next to nothing."""
    figures = measure_generator(tiny_vae, sample(np.random.default_rng(0), 16))
    assert figures["pixels_exact"] < 0.5 and figures["images_exact"] == 0
    assert figures["worst_layer"] <= figures["pixels_exact"]


def test_shows_says_yes_and_no() -> None:
    """The wanted drawing passes, the source does not."""
    rng = np.random.default_rng(0)
    pool = sample(rng, 40)
    rows, targets = swaps(rng, pool, HEAD)
    assert shows(draw(targets), targets, HEAD).all()
    assert not shows(draw(pool[rows]), targets, HEAD).any()
    assert shows(draw(pool[rows]), targets, SLOTS.index("background")).all()


def test_swaps_differ_in_one_slot_and_can_be_seen() -> None:
    """At least eight pixels."""
    rng = np.random.default_rng(1)
    pool = sample(rng, 60)
    for place in range(len(SLOTS)):
        rows, targets = swaps(rng, pool, place)
        assert ((pool[rows] != targets).sum(1) == 1).all()
        assert ((draw(pool[rows]) != draw(targets)).sum((1, 2)) >= 8).all()


def test_detection_finds_a_planted_feature_and_nothing_in_shuffled_parts() -> None:
    """A latent that carries the head's number one-hot: F1 is 1; with the parts shuffled it is next to 0."""
    compositions = sample(np.random.default_rng(0), 6000)
    latents = torch.nn.functional.one_hot(torch.from_numpy(compositions[:, HEAD]), 255).float()
    dictionary = Dictionary(DictionaryConfig(255, 255))
    dictionary.encoder.data = dictionary.decoder.data = torch.eye(255)
    one, two = (Sample(latents[i], compositions[i]) for i in (slice(0, 3000), slice(3000, None)))
    found = detection(dictionary, one, two)["head"]
    assert np.nanmean(found[:254, 1]) > 0.999
    shuffled = Sample(one.latents, one.compositions[np.random.default_rng(1).permutation(3000)])
    assert np.nanmean(detection(dictionary, shuffled, two)["head"][:254, 1]) < 0.1


def test_part_means_by_hand() -> None:
    """Two pictures of one part, one of another."""
    compositions = np.zeros((3, 5), int)
    compositions[2, 0] = 1
    assert part_means(torch.tensor([[1.0], [3.0], [7.0]]), compositions, 0).tolist() == [[2.0], [7.0]]


@pytest.fixture(scope="module")
def start() -> dict[str, str]:
    """A composition with a cat's head."""
    return Nouns().compose(5, {"head": "cat", "accessory": "none", "body": "teal"})


def painted(composition: dict[str, str]) -> Picture:
    """A picture of a composition."""
    return Picture(Image.fromarray(Nouns().draw(composition)))


ASKED = Asked("make it a shark", {}, {"head": ("shark",)}, (), "replace")


@pytest.mark.parametrize(
    ("asked", "change", "refusal", "expected"),
    [
        (ASKED, {"head": "shark"}, None, "right"),
        (ASKED, {"head": "dog"}, None, "wrong"),
        (ASKED, {"head": "shark", "body": "red"}, None, "wrong"),
        (ASKED, {}, None, "still"),
        (ASKED, {}, "There is none.", "refused"),
        (Asked("x", {}, {}, ("head",), "random"), {"head": "dog"}, None, "right"),
        (Asked("x", {}, {}, ("head",), "random"), {"body": "red"}, None, "wrong"),
        (Asked("x", {}, {}, (), "absent_part"), {"head": "dog"}, "No.", "wrong"),
        (Asked("x", {}, {}, (), "absent_part"), {}, "No.", "refused"),
    ],
)
def test_verdicts(start: dict[str, str], asked: Asked, change: dict[str, str], refusal: str | None, expected: str) -> None:
    """Right, wrong in the slot, wrong elsewhere, unchanged, refused, random, and refusing while changing."""
    assert verdict(asked, start, Result(painted({**start, **change}), refusal=refusal), painted(start)) == expected


def test_starts_fit_the_sentence() -> None:
    """What a sentence presupposes is there; what it asks for is not there yet."""
    asked = Asked("swap the cat for a shark", {"head": "cat"}, {"head": ("shark",), "glasses": ("square-red",)}, (), "multi")
    for number in range(5):
        composition = start_of(asked, number)
        assert composition["head"] == "cat" and composition["glasses"] != "square-red"
    assert start_of(asked, 0) == start_of(asked, 0)
    assert all(part in load_art().ids[slot] for slot, part in start_of(asked, 1).items())
