"""What a dictionary's features detect and do, judged by the truth on compositions that training never saw.

Every choice (which feature stands for a part, at what threshold, which features make up a swap) is made on the
training side of the split and judged on the held-out side. Which of the sweep's dictionaries is shipped was chosen on
other held-out compositions (core.train.nouns.dictionary), so that a little of that choice may show here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.bench.record import Measured
from core.foundations.files import load_card
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.dictionary import Dictionary
from core.models.palette_vae import PaletteVAE
from core.models.registry import load_dictionary, load_generator
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import draw
from core.worlds.nouns.reader import agreement_with_all
from core.worlds.nouns.splits import draw_split

THRESHOLDS = (0.0, 0.1, 0.25, 0.5, 0.75)
"""Shares of a feature's largest activation at which it may count as firing."""


@dataclass(frozen=True)
class Sample:
    """Latents `[n c h w]` with their compositions `[n 5]`."""

    latents: Tensor
    compositions: np.ndarray


@torch.inference_mode()
def encode_compositions(model: PaletteVAE, compositions: np.ndarray, batch: int = 256, feedback: bool = True) -> Sample:
    """Draw and encode compositions `[n 5]`; without feedback by the encoder alone, at a third of the cost."""
    device, found = model.palette.device, []
    for start in range(0, len(compositions), batch):
        indices = torch.from_numpy(draw(compositions[start : start + batch])).to(device)
        found.append((model.latents(indices) if feedback else model.posterior(indices)[0]).cpu())
    return Sample(torch.cat(found), compositions)


def _one_hot(compositions: np.ndarray, place: int) -> Tensor:
    count = load_art().count(SLOTS[place])
    return torch.nn.functional.one_hot(torch.from_numpy(compositions[:, place]), count).float()


def reconstruction(dictionary: Dictionary, sample: Sample) -> dict[str, float]:
    """Fraction of variance unexplained, active features, dead and dense features."""
    flat = sample.latents.flatten(1)
    codes = dictionary.encode(flat)
    density = (codes > 0).float().mean(0)
    fvu = (dictionary.decode(codes) - flat).square().sum() / (flat - flat.mean(0)).square().sum()
    alive = density[density > 0]
    histogram = torch.histc(alive.log10(), 8, -4, 0) / dictionary.config.size
    return {
        "fvu": fvu.item(),
        "l0": (codes > 0).float().sum(1).mean().item(),
        "dead": (density == 0).float().mean().item(),
        "dense": (density > 0.1).float().mean().item(),
        **{f"density_1e{-4 + i * 0.5:+.1f}": share.item() for i, share in enumerate(histogram)},
    }


def _f1(fires: Tensor, truth: Tensor) -> Tensor:
    """F1 of every feature for every part: `[n k]`, `[n p]` to `[k p]`."""
    hits = fires.T @ truth
    return 2 * hits / (fires.sum(0)[:, None] + truth.sum(0)[None]).clamp_min(1)


def detection(dictionary: Dictionary, chosen_on: Sample, judged_on: Sample) -> dict[str, np.ndarray]:
    """The best single feature for each part.

    Returns:
        For each slot `[parts 2]`: the feature's number, and its F1 on the judged side.
    """
    train, test = (dictionary.encode(s.latents) for s in (chosen_on, judged_on))
    top = train.max(0).values.clamp_min(1e-9)
    found = {}
    for place, slot in enumerate(SLOTS):
        truth, judged = (_one_hot(s.compositions, place) for s in (chosen_on, judged_on))
        scores = torch.stack([_f1((train > t * top).float(), truth) for t in THRESHOLDS])
        threshold, feature = np.unravel_index(scores.flatten(0, 1).argmax(0).numpy(), scores.shape[:2])
        fires = (test[:, feature] > torch.tensor(THRESHOLDS)[threshold] * top[feature]).float()
        hits = (fires * judged).sum(0)
        f1 = 2 * hits / (fires.sum(0) + judged.sum(0)).clamp_min(1)
        seen = judged.sum(0) > 0
        found[slot] = np.where(seen, np.stack([feature, f1.numpy()]), np.nan).T
    return found


def colour_axes(dictionary: Dictionary, chosen_on: Sample, judged_on: Sample, slot: str) -> float:
    """Held-out R2 of a slot's mean colour, read linearly from the codes: bodies and glasses are colours."""
    art, place = load_art(), SLOTS.index(slot)
    means = np.stack([art.palette[layer[layer > 0]].mean(0) if (layer > 0).any() else np.zeros(3) for layer in art.layers[slot]])
    colours = [torch.from_numpy(means[s.compositions[:, place]]).float() for s in (chosen_on, judged_on)]
    codes = [torch.cat([dictionary.encode(s.latents), torch.ones(len(s.latents), 1)], 1) for s in (chosen_on, judged_on)]
    gram = codes[0].T @ codes[0] + 1e-2 * torch.eye(codes[0].shape[1])
    guess = codes[1] @ torch.linalg.solve(gram, codes[0].T @ colours[0])
    return 1 - ((guess - colours[1]) ** 2).sum().item() / ((colours[1] - colours[1].mean(0)) ** 2).sum().item()


def swaps(rng: np.random.Generator, compositions: np.ndarray, place: int) -> tuple[np.ndarray, np.ndarray]:
    """Wanted compositions that differ from the given `[n 5]` in one slot.

    Returns:
        Which of the given have a visible wanted change, eight pixels or more (their row numbers), and the targets.
    """
    targets = compositions.copy()
    targets[:, place] = rng.integers(load_art().count(SLOTS[place]), size=len(targets))
    rows = np.flatnonzero((draw(compositions) != draw(targets)).sum((1, 2)) >= 8)
    return rows, targets[rows]


def shows(indices: np.ndarray, targets: np.ndarray, place: int) -> np.ndarray:
    """Whether a picture is nearest to the wanted part among all parts of the slot, the others as wanted `[n]`.

    Parts that look the same under what covers them count as the same.
    """
    verdicts = []
    for image, target in zip(indices, targets, strict=True):
        agreeing = agreement_with_all(image.ravel(), target, place)
        verdicts.append(agreeing[target[place]] == agreeing.max())
    return np.array(verdicts, bool)


def part_means(codes: Tensor, compositions: np.ndarray, place: int) -> Tensor:
    """Mean codes of every part of a slot `[parts k]`."""
    truth = _one_hot(compositions, place)
    return truth.T @ codes / truth.sum(0)[:, None].clamp_min(1)


@torch.inference_mode()
def swap_success(
    model: PaletteVAE, dictionary: Dictionary, chosen_on: Sample, sources: Sample, features: int, seed: int = 0
) -> dict[str, float]:
    """Share of swaps that succeed when the `features` codes that differ most between the two parts are exchanged."""
    rng = np.random.default_rng(seed)
    train_codes, success = dictionary.encode(chosen_on.latents), {}
    for place, slot in enumerate(SLOTS):
        rows, targets = swaps(rng, sources.compositions, place)
        means = part_means(train_codes, chosen_on.compositions, place)
        shift = means[targets[:, place]] - means[sources.compositions[rows, place]]
        strongest = (shift.abs() * dictionary.directions().norm(dim=1)).topk(features, dim=1).indices
        shift = torch.zeros_like(shift).scatter(1, strongest, shift.gather(1, strongest))
        moved = sources.latents[rows] + (shift @ dictionary.directions()).unflatten(1, sources.latents.shape[1:])
        success[slot] = float(shows(model.indices(moved).numpy().astype(np.uint8), targets, place).mean())
    return success


def run(quick: bool) -> Measured:
    """The shipped dictionary, beside the paper's recipe, PCA at the same number of active directions, and random ones."""
    model, dictionary, card = load_generator("nouns_generator"), load_dictionary("nouns_dictionary"), load_card("nouns_dictionary")
    train = encode_compositions(model, draw_split(numpy_rng("bench dictionary train"), 2000 if quick else 16_000, False), feedback=False)
    test = encode_compositions(model, draw_split(numpy_rng("bench dictionary"), 1200 if quick else 12_000, True), feedback=False)
    found = detection(dictionary, train, test)
    f1 = {slot: float(np.nanmean(found[slot][:, 1])) for slot in SLOTS}
    plain = reconstruction(dictionary, test)
    figures = {
        **{name: plain[name] for name in ("fvu", "l0", "dead", "dense")},
        "heads_f1": f1["head"],
        "accessories_f1": f1["accessory"],
        **{f"colour_r2_{slot}": colour_axes(dictionary, train, test, slot) for slot in ("body", "glasses")},
    }
    sources = Sample(test.latents[: 48 if quick else 200], test.compositions[: 48 if quick else 200])
    rows = {f"swap, {n} codes": swap_success(model, dictionary, train, sources, n) for n in (1, 8, 32)}
    for row in card["sweep"]:
        names = {
            "fvu": "fvu",
            "l0": "l0",
            "dead": "dead",
            "f1_head": "head",
            "f1_accessory": "accessory",
            "swap8_head": "swap head",
            "swap8_accessory": "swap acc.",
        }
        rows[f"sweep {row['setting']}"] = {short: row[long] for long, short in names.items()}
    rows["PCA, as many directions"] = {"fvu": _pca_fvu(train, test, round(figures["l0"]))}
    rows["random features"] = {"head": _random_f1(dictionary, train, test)}
    return Measured(
        "dictionary",
        figures,
        rows,
        {"train": len(train.latents), "held out": len(test.latents), "sweep": "means of 3 seeds, from the card"},
    )


def _pca_fvu(train: Sample, test: Sample, directions: int) -> float:
    mean = train.latents.flatten(1).mean(0)
    axes = torch.linalg.svd(train.latents.flatten(1)[:4000] - mean, full_matrices=False).Vh[:directions]
    given = test.latents.flatten(1) - mean
    return 1 - ((given @ axes.T).square().sum() / given.square().sum()).item()


def _random_f1(dictionary: Dictionary, train: Sample, test: Sample) -> float:
    """Best F1 for heads of as many random directions, at the same thresholds."""
    shuffled = Dictionary(dictionary.config)
    shuffled.load_state_dict(dictionary.state_dict())
    rows = torch.randn(dictionary.encoder.shape, generator=torch_rng("random features"))
    shuffled.encoder.data = rows / rows.norm(dim=1, keepdim=True) * dictionary.encoder.norm(dim=1, keepdim=True)
    return float(np.nanmean(detection(shuffled, train, test)["head"][:, 1]))
