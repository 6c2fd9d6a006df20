"""What excites the Nouns' vision transformer: the keys that each head moves farthest, and an image that was grown for them."""

from __future__ import annotations

import io
import time
from dataclasses import asdict, dataclass

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.foundations.files import save_weights
from core.foundations.images import to_rgb, to_tensor
from core.foundations.seeds import numpy_rng
from core.foundations.trace import Trace
from core.methods.read.excited_keys import Excited, excited_keys
from core.methods.write.visualise import Network, grow
from core.methods.write.visualise_goals import Goal, units
from core.models.key_layers import key_layers
from core.models.noun_eyes import NounEye
from core.models.registry import load
from core.studio.noun_easel import EXCITING, ROW, STEPS, noun_canvas, noun_grounds, noun_growing
from core.train.loop import machine
from core.worlds.nouns.art import SIDE, SLOTS
from core.worlds.scenes.alone import draw_alone, sample_alone

HEAD = SLOTS.index("head")


@dataclass(frozen=True)
class ExcitingTraining:
    """Everything that decides what is kept."""

    shown: int = 12
    """Pictures of each head, of the training side, in which keys are read."""
    keys: int = 64
    """That are kept of each head."""
    steps: int = STEPS
    """In which an image is grown."""
    seed: int = 0
    """Of the first head's image; the next has the next."""
    quality: int = 60
    """Of the sheet of images, as WebP."""


@torch.no_grad()
def head_keys(eye: NounEye, count: int, shown: int, purpose: str) -> Excited:
    """The last block's keys at the class token that each head's pictures move farthest.

    Args:
        eye: a transformer that names heads.
        count: keys of each head.
        shown: pictures of each.
        purpose: what the pictures are drawn for; they are of the training side.
    """
    layer, classes, rng, found = key_layers(eye)[-1], eye.config.classes, numpy_rng(purpose), []
    for _ in range(shown):
        alone = sample_alone(rng, classes)
        alone.nouns[:, HEAD] = np.arange(classes)
        with Trace(eye, [layer]) as trace:
            eye(to_tensor(draw_alone(alone)[0]))
        found.append(trace[layer][:, 0])
    return excited_keys(torch.cat(found), torch.arange(classes).repeat(shown), count)


def sheet_of(images: Tensor, quality: int) -> bytes:
    """Images RGB `[n 3 32 32]` in [0, 1] on one sheet, so many in a row, as WebP."""
    rgb = to_rgb(images)
    sheet = Image.new("RGB", (ROW * SIDE, -(-len(rgb) // ROW) * SIDE))
    for at, one in enumerate(rgb):
        sheet.paste(Image.fromarray(one), (SIDE * (at % ROW), SIDE * (at // ROW)))
    file = io.BytesIO()
    sheet.save(file, "WEBP", quality=quality, method=6)
    return file.getvalue()


def main() -> None:
    """Read the keys, grow the images, and write both with their card."""
    began, settings, eye = time.perf_counter(), ExcitingTraining(), load("nouns_transformer")
    excited = head_keys(eye, settings.keys, settings.shown, "noun exciting keys")
    network = Network(eye, eye, eye.trunk.num_prefix_tokens)
    layer, grown = key_layers(eye)[-1], []
    for start in range(0, len(excited.neurons), 64):
        heads = range(start, min(start + 64, len(excited.neurons)))
        goals: list[Goal] = [
            units([layer] * settings.keys, excited.neurons[h].tolist(), excited.weights[h].tolist(), "class") for h in heads
        ]
        seeds = [settings.seed + head for head in heads]
        *_, last = grow(network, noun_canvas("spectrum"), goals, seeds, noun_growing("spectrum", settings.steps), noun_grounds())
        grown.append(last)
    images, said = torch.cat([one.images for one in grown]), torch.cat([one.said for one in grown])
    with torch.no_grad():
        other = load("nouns_residual")(images).argmax(1)
    own, places = said.argmax(1), torch.arange(len(said))
    sheet = torch.frombuffer(bytearray(sheet_of(images, settings.quality)), dtype=torch.uint8)
    tensors = {"neurons": excited.neurons.to(torch.uint8), "weights": excited.weights.half(), "sheet": sheet}
    card = {
        "world": "nouns",
        "what": "Of each head the keys of the transformer's last block that it moves farthest, and one image grown for them, on a sheet.",
        "eye": "nouns_transformer",
        "training": asdict(settings) | {"seconds": round(time.perf_counter() - began)},
        "machine": machine(torch.device("cpu")),
        "licence": "CC0 1.0",
        "quality": {
            "named_by_own_model": (own == places).float().mean().item(),
            "named_by_nouns_residual": (other == places).float().mean().item(),
        },
    }
    save_weights(EXCITING, tensors, card)


if __name__ == "__main__":
    main()
