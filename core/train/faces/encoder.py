"""Fit the guess of a face's style (core.models.face_encoder): `python -m core.train.faces.encoder`.

Pairs are free: the generator's own faces with the styles that they were painted from. A ridge regression from what the eyes see to
w+, solved in closed form over faces instead of features, each lot of features counting the same; of what it says of the faces only
the first principal directions are kept. Its penalty is chosen on faces that are set aside. A network of attention, with a learned
question for each slot, trained for half an hour on the same pairs, did worse (see the card), and is not kept.

How good a guess is, is said in what the generator makes of it: of slot s, with A_s its affine function,

    |A_s (w - w')|^2 / E |A_s (w - mean)|^2,    the mean over slots,

and by the pictures. Held out are faces that none of it saw; beside it stand the mean style, and a ridge regression from the class
tokens and the patches' means alone.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.foundations.files import from_eight_bits, packed, save_weights
from core.models import dinov2, lpips
from core.models.face_encoder import NAME, FaceEncoder, features
from core.models.face_generator import USE, WEIGHTS, load_face_generator
from core.models.face_tail import FaceTail, load_face_tail
from core.models.lpips import Lpips, load_lpips
from core.models.mobile_stylegan import MobileStyleGAN
from core.train.faces.samples import HELD_OUT, SHARD, Samples, Sampling
from core.train.faces.tail import psnr
from core.train.faces.tokens import Tokens
from core.train.loop import machine

JUDGED = 48
"""Held-out faces that are painted to judge."""
ATTENTION = {"style": 0.326, "PSNR": 18.32, "LPIPS": 0.177}
"""What the network of attention came to: 2 million numbers, 2,000 steps of 48 on styles, 250 of 6 on maps, 32 minutes."""


@dataclass(frozen=True)
class EncoderTraining:
    """Everything that decides the weights."""

    rank: int = 128
    penalties: tuple[float, ...] = (0.03, 0.1, 0.3)
    """Of the ridge, in parts of the kernel's mean diagonal; one is chosen."""
    aside: int = 300
    """Faces on which it is chosen, the last ones."""


class Pairs(NamedTuple):
    """Tokens `[n l t d]` half and styles `[n slots d]`."""

    tokens: Tensor
    styles: Tensor


def load_pairs(samples: Samples) -> Pairs:
    """All of them, in memory; what was not painted or looked at yet is."""
    samples.paint_all()
    files = Tokens(samples)
    files.look_at_all()
    shards = range(samples.shards)
    return Pairs(torch.cat([files.shard(n) for n in shards]), torch.cat([samples.shard(n)[1] for n in shards]))


class Metric:
    """How different two w+ are, in what the generator's affine functions make of them."""

    def __init__(self, generator: MobileStyleGAN, styles: Tensor) -> None:
        affine = [m for name, m in generator.named_modules() if isinstance(m, nn.Linear) and not name.startswith("mapping")]
        away = styles - styles.mean((0, 1))
        roots = []
        for slot, layer in enumerate(affine):
            usual = (away[:, slot] @ layer.weight.T).square().sum(1).mean()
            # |A x| = |R x|, where R is square whatever A is.
            values, vectors = torch.linalg.eigh(layer.weight.T @ layer.weight)
            roots.append(values.clamp_min(0).sqrt()[:, None] * vectors.T / usual.sqrt())
        self.roots = torch.stack(roots)

    def __call__(self, one: Tensor, other: Tensor) -> Tensor:
        """The mean over faces and slots; 1 is as far as the mean style is."""
        return torch.einsum("sij,nsj->nsi", self.roots, one - other).square().sum(2).mean()


class Kernel:
    """Features of faces, standardised, and their products.

    Args:
        lots: of features, each `[n f]`, of the faces that are learned from.
    """

    def __init__(self, lots: list[Tensor]) -> None:
        self.shift = torch.cat([lot.mean(0) for lot in lots])
        # A lot counts as much as another, however many features it has.
        self.scale = torch.cat([lot.std(0).clamp_min(1e-4) * lot.shape[1] ** 0.5 for lot in lots])
        self.features = (torch.cat(lots, 1) - self.shift) / self.scale
        self.products = self.features @ self.features.T

    def weights(self, targets: Tensor, penalty: float) -> Tensor:
        """Of every face, so that their products with a face's features say its targets `[n k]`."""
        ridge = penalty * self.products.diagonal().mean() * torch.eye(len(targets))
        return torch.linalg.solve(self.products + ridge, targets)


def fitted(pairs: Pairs, metric: Metric, settings: EncoderTraining, lots: slice = slice(None), whole: bool = False) -> FaceEncoder:
    """The encoder of some lots of features, learned from all faces but the held-out ones; `whole` keeps every direction."""
    learned = [lot[HELD_OUT:] for lot in features(pairs.tokens.float())[lots]]
    styles = pairs.styles[HELD_OUT:].flatten(1)
    rest = len(styles) - settings.aside
    first = Kernel([lot[:rest] for lot in learned])
    mean = styles[:rest].mean(0)
    apart = (torch.cat([lot[rest:] for lot in learned], 1) - first.shift) / first.scale @ first.features.T

    def missed(penalty: float) -> float:
        guessed = apart @ first.weights(styles[:rest] - mean, penalty) + mean
        return float(metric(guessed.view(-1, *pairs.styles.shape[1:]), pairs.styles[HELD_OUT + rest :]))

    penalty = min(settings.penalties, key=missed)
    kernel, mean = Kernel(learned), styles.mean(0)
    weights = kernel.weights(styles - mean, penalty)
    rank = min(len(weights), styles.shape[1]) if whole else settings.rank
    directions = torch.linalg.svd(kernel.products @ weights, full_matrices=False)[2][:rank].T
    slots, style = pairs.styles.shape[1:]
    encoder = FaceEncoder(len(kernel.shift), slots, style, rank)
    with torch.no_grad():
        for own, found in ((encoder.shift, kernel.shift), (encoder.scale, kernel.scale), (encoder.mean, mean)):
            own.copy_(found)
        encoder.taken.copy_((kernel.features.T @ (weights @ directions)).T)
        encoder.given.copy_(directions)
    print(f"{rank} directions of {len(kernel.shift)} features, penalty {penalty:g}", flush=True)
    return encoder.requires_grad_(False)


def plain(pairs: Pairs, metric: Metric, settings: EncoderTraining) -> Tensor:
    """The baseline's w+ of the held-out faces: from class tokens and the patches' means alone, all directions."""
    lots = slice(0, 2)
    encoder = fitted(pairs, metric, settings, lots, whole=True)
    seen = torch.cat(features(pairs.tokens[:HELD_OUT].float())[lots], 1)
    found = (seen - encoder.shift) / encoder.scale @ encoder.taken.T @ encoder.given.T + encoder.mean
    return found.view(-1, *pairs.styles.shape[1:])


@torch.no_grad()
def judged(
    guesses: dict[str, Tensor], pictures: Tensor, true: Tensor, metric: Metric, paint: tuple[MobileStyleGAN, FaceTail, Lpips]
) -> dict:
    """For each way of guessing: styles' difference over all held-out faces, then PSNR in dB and LPIPS over those that are painted."""
    generator, tail, distance = paint
    rows = {}
    for name, styles in guesses.items():
        row = {"style": float(metric(styles, true)), "PSNR": 0.0, "LPIPS": 0.0}
        for place in range(len(pictures)):
            painted, real = tail.paint(generator, styles[place : place + 1]), pictures[place : place + 1].float() / 255
            row["PSNR"] += psnr(painted, real) / len(pictures)
            row["LPIPS"] += float(distance(painted, real)) / len(pictures)
        rows[name] = {key: round(value, 3) for key, value in row.items()}
    return rows


def make(settings: EncoderTraining) -> None:
    """Fit, judge, and write the weights."""
    for fetch in (WEIGHTS.fetch, dinov2.fetch, lpips.WEIGHTS.fetch):
        fetch()
    generator = load_face_generator()
    samples = Samples(generator, Sampling())
    pairs = load_pairs(samples)
    began, metric = perf_counter(), Metric(generator, pairs.styles)
    tensors = packed(fitted(pairs, metric, settings).state_dict())
    seconds, kept = perf_counter() - began, from_eight_bits(tensors)
    slots, style = pairs.styles.shape[1:]
    encoder = FaceEncoder(kept["taken"].shape[1], slots, style, settings.rank)
    encoder.load_state_dict({name: tensor.float() for name, tensor in kept.items()})
    with torch.no_grad():
        guessed = torch.cat([encoder(some.float()) for some in pairs.tokens[:HELD_OUT].split(50)])
    mean = pairs.styles[HELD_OUT:].mean((0, 1)).expand_as(guessed)
    guesses = {"encoder": guessed, "class tokens and means, ridge": plain(pairs, metric, settings), "mean style": mean}
    pictures = samples.shard(0)[0][: min(JUDGED, SHARD)]
    quality = judged(guesses, pictures, pairs.styles[:HELD_OUT], metric, (generator, load_face_tail(), load_lpips()))
    quality["attention, another trial"] = ATTENTION
    for name, row in quality.items():
        print(f"{name:32s}{row}", flush=True)
    save_weights(NAME, tensors, card_of(encoder, samples, settings, seconds, quality))


def card_of(encoder: FaceEncoder, samples: Samples, settings: EncoderTraining, seconds: float, quality: dict) -> dict:
    """What is to be known of the weights."""
    rank, seen = encoder.taken.shape
    return {
        "world": "faces",
        "model": "FaceEncoder",
        "architecture": {"seen": seen, "slots": encoder.slots, "style": len(encoder.mean) // encoder.slots, "rank": rank},
        "made_from": {WEIGHTS.package: WEIGHTS.sha256},
        "training": {"samples": asdict(samples.settings), **asdict(settings), "seconds": round(seconds)},
        "machine": machine(torch.device("cpu")),
        "data": "the generator's own faces; none is kept",
        "licence": USE,
        "quality": {"held out": HELD_OUT, "painted": JUDGED, "by way of guessing": quality},
    }


def main() -> None:
    """Make `assets/faces_encoder.safetensors`."""
    argparse.ArgumentParser(prog="python -m core.train.faces.encoder", description=main.__doc__).parse_args()
    make(EncoderTraining())


if __name__ == "__main__":
    main()
