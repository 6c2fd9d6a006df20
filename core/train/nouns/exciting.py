"""What excites the Nouns' vision transformer: the keys that each head moves farthest, and an image that was grown for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
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
from core.studio.noun_easel import EXCITING, STEPS, cut_from, noun_canvas, noun_grounds, noun_growing, sheet_of
from core.train.loop import machine
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.alone import draw_alone, sample_alone

HEAD = SLOTS.index("head")
AT_ONCE = 64
"""Heads whose images grow together."""


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
    turns: int = 3
    """Seeds of a head that are tried until its image is taken for it when it is read back."""
    quality: int = 80
    """Of the sheet of images, as JPEG: the least at which hardly an image is taken for something else than before."""


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


class Growth:
    """Images grown for the keys of heads, each by its own seed.

    Args:
        eye: what is excited.
        excited: the keys of every head.
        settings: how.
    """

    def __init__(self, eye: NounEye, excited: Excited, settings: ExcitingTraining) -> None:
        self.eye, self.excited, self.settings = eye, excited, settings
        self.network, self.layer = Network(eye, eye, eye.trunk.num_prefix_tokens), key_layers(eye)[-1]

    def goal(self, head: int) -> Goal:
        """What is wanted for a head."""
        neurons, weights = self.excited.neurons[head].tolist(), self.excited.weights[head].tolist()
        return units([self.layer] * len(neurons), neurons, weights, "class")

    def of(self, heads: Sequence[int], turn: int) -> Tensor:
        """Images RGB `[n 3 32 32]` in [0, 1] of some heads; another turn has other seeds."""
        grown, kind = [], "spectrum"
        for start in range(0, len(heads), AT_ONCE):
            few = heads[start : start + AT_ONCE]
            seeds = [self.settings.seed + turn * len(self.excited.neurons) + head for head in few]
            growing = noun_growing(kind, self.settings.steps)
            *_, last = grow(self.network, noun_canvas(kind), [self.goal(head) for head in few], seeds, growing, noun_grounds())
            grown.append(last.images)
        return torch.cat(grown)

    def best(self) -> Tensor:
        """Of every head its first image that is still taken for it when it is read back; where none is, the first of all."""
        images = self.of(range(len(self.excited.neurons)), 0)
        for turn in range(1, self.settings.turns):
            wrong = [head for head, said in enumerate(named(self.eye, read_back(images, self.settings.quality)).tolist()) if said != head]
            if not wrong:
                break
            others = self.of(wrong, turn)
            said = named(self.eye, read_back(others, self.settings.quality)).tolist()
            for at, head in enumerate(wrong):
                if said[at] == head:
                    images[head] = others[at]
        return images


def read_back(images: Tensor, quality: int) -> Tensor:
    """Images `[n 3 32 32]` in [0, 1] as they are cut from the sheet that they were put on."""
    return to_tensor(np.stack([np.asarray(one) for one in cut_from(sheet_of(images, quality), range(len(images)))]))


@torch.no_grad()
def named(eye: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """What images `[n 3 32 32]` in [0, 1] are taken for: `[n]`."""
    return eye(images).argmax(1)


def main() -> None:
    """Read the keys, grow the images, and write both with their card."""
    began, settings, eye = time.perf_counter(), ExcitingTraining(), load("nouns_transformer")
    excited = head_keys(eye, settings.keys, settings.shown, "noun exciting keys")
    images = Growth(eye, excited, settings).best()
    places, other = torch.arange(len(images)), load("nouns_residual")
    sheet, back = sheet_of(images, settings.quality), read_back(images, settings.quality)
    unpacked, packed = named(eye, to_tensor(to_rgb(images))), named(eye, back)
    tensors = {
        "neurons": excited.neurons.to(torch.uint8),
        "weights": excited.weights.half(),
        "sheet": torch.frombuffer(bytearray(sheet), dtype=torch.uint8),
        "said": unpacked.to(torch.uint8),
    }
    card = {
        "world": "nouns",
        "what": "Of each head the keys of the transformer's last block that it moves farthest, and one image grown for them, on a sheet; "
        "and what that transformer said of the image before it was put there.",
        "eye": "nouns_transformer",
        "training": asdict(settings) | {"seconds": round(time.perf_counter() - began)},
        "machine": machine(torch.device("cpu")),
        "licence": "CC0 1.0",
        "quality": {
            "named_unpacked": (unpacked == places).float().mean().item(),
            "named_by_own_model": (packed == places).float().mean().item(),
            "named_as_before": (packed == unpacked).float().mean().item(),
            "named_by_nouns_residual": (named(other, back) == places).float().mean().item(),
        },
    }
    save_weights(EXCITING, tensors, card)
    print(card["quality"])


if __name__ == "__main__":
    main()
