"""Images grown for what brings a class about, judged by whether they are named as that class: by their own model, and by another.

Of each head one image, as papers/vit_mlp_neurons.md, section 4.4, has it of each class of ImageNet: there 68.4, 68.6 and 68.9 % are
re-classified after 250, 500 and 750 steps, by the model that they were grown for, which names 83.4 % of photographs. The paper does
not say whether any other model agrees; here a residual network that learned the same heads does the naming too.

Goals are keys before their activation function: of the value vectors that point best to a class, as in the paper, one or five; and of
the keys that a class moves farthest, up or down, on its own pictures (core.methods.read.excited_keys), one, five, twenty, 64, or all of a
block's. What a row's name does not say is as in the last of the first rows. Settings were chosen on the heads of TUNED and CHOSEN, and
only the row "heads of the tuning" is of them. "images that lie ready" are those that the page shows, of all heads, as they are cut from
the sheet on which they were packed: of up to three seeds the first whose image was taken for its head.

    python -m core.bench visualise --quick
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.bench.record import Measured
from core.foundations.files import load_weights
from core.foundations.images import to_rgb, to_tensor
from core.foundations.seeds import numpy_rng
from core.foundations.trace import Trace
from core.methods.read.excited_keys import SHRUNK, Excited, excited_keys
from core.methods.write.visualise import Network, grow
from core.methods.write.visualise_goals import Goal, output, units
from core.models.anatomy import anatomy_of
from core.models.key_layers import key_layers
from core.models.registry import load
from core.studio.noun_easel import EXCITING, STEPS, cut_from, noun_canvas, noun_grounds, noun_growing
from core.worlds.nouns.art import SLOTS
from core.worlds.scenes.alone import draw_alone, sample_alone

HEAD = SLOTS.index("head")
CLASSES = 254
TUNED = tuple(range(3, CLASSES, 16))
"""The heads on which settings of growing were chosen."""
CHOSEN = tuple(head for head in range(5, CLASSES, 8) if head not in TUNED)
"""The heads on which keys' weights, their number and that of steps were chosen."""
SHOWN = 12
"""Pictures of each head, of the training side, in which keys are read."""
BUDGETS = (STEPS // 4, STEPS // 2, STEPS)
SEED = 1000
KEYS = 64
"""Keys of the goal that is judged."""
POST = f"{KEYS} keys, post-GELU"


@dataclass(frozen=True)
class Named:
    """Who is named: shares of images in [0, 1], by the model that they were grown for and by the other one."""

    own: float
    other: float
    seconds: float = 0.0


class Bench:
    """The models, and the keys that classes excite.

    Args:
        shown: pictures of each head in which keys are read.
    """

    def __init__(self, shown: int = SHOWN) -> None:
        self.shown = shown
        self.eye, self.other = load("nouns_transformer"), load("nouns_residual")
        self.keys, self.behind = key_layers(self.eye), key_layers(self.eye, behind=True)
        self.network = Network(self.eye, self.eye, self.eye.trunk.num_prefix_tokens)
        self._excited: dict[tuple[int, float], Excited] = {}

    @cached_property
    @torch.no_grad()
    def read(self) -> Tensor:
        """The last block's keys at the class token, in pictures of training of every head, one round after the other `[n u]`."""
        rng, found = numpy_rng("bench visualise keys"), []
        for _ in range(self.shown):
            alone = sample_alone(rng, CLASSES)
            alone.nouns[:, HEAD] = np.arange(CLASSES)
            with Trace(self.eye, [self.keys[-1]]) as trace:
                self.eye(to_tensor(draw_alone(alone)[0]))
            found.append(trace[self.keys[-1]][:, 0])
        return torch.cat(found)

    def excited(self, count: int, shrunk: float = SHRUNK) -> Excited:
        """Of each head those first that its pictures move farthest, weighed together."""
        if (count, shrunk) not in self._excited:
            classes = torch.arange(CLASSES).repeat(self.shown)
            self._excited[count, shrunk] = excited_keys(self.read, classes, count, shrunk=shrunk)
        return self._excited[count, shrunk]

    @cached_property
    def pointing(self) -> Tensor:
        """How each block's values stand to the classes, the last norm's scale and what all classes share taken into account `[l u c]`."""
        anatomy = anatomy_of(self.eye.trunk)
        classes = anatomy.norm_post.weight[:, None] * anatomy.projection
        classes = classes - classes.mean(1, keepdim=True)
        return torch.stack([anatomy.norm_post.centre(block.fc2_weight.T) @ classes for block in anatomy.blocks])

    def moved(self, head: int, count: int, behind: bool = False, shrunk: float = SHRUNK) -> Goal:
        """The keys that a head moves farthest, weighed, at the class token of the last block."""
        layer, excited = (self.behind if behind else self.keys)[-1], self.excited(count, shrunk)
        return units([layer] * count, excited.neurons[head].tolist(), excited.weights[head].tolist(), "class")

    def valued(self, head: int, count: int, behind: bool = False) -> Goal:
        """The keys of the values that point best to a head, of all blocks, the mean over all tokens: the paper's."""
        width = self.pointing.shape[1]
        top = self.pointing[:, :, head].flatten().topk(count)
        layers = self.behind if behind else self.keys
        places = top.indices.tolist()
        return units([layers[at // width] for at in places], [at % width for at in places], top.values.tolist())

    @torch.no_grad()
    def named(self, images: Tensor, heads: Sequence[int]) -> Named:
        """Who is named in images RGB `[n 3 h w]` in [0, 1], in eight bits."""
        wanted, shown = torch.tensor(heads), to_tensor(to_rgb(images))
        own, other = ((model(shown).argmax(1) == wanted).float().mean().item() for model in (self.eye, self.other))
        return Named(own, other)

    def grown(self, goal: Callable[[int], Goal], heads: Sequence[int], steps: int = STEPS, kind: str = "spectrum") -> Named:
        """An image of each head, and who is named in it."""
        began, canvas = time.process_time(), noun_canvas(kind, load("nouns_generator") if kind == "latent" else None)
        images = []
        for start in range(0, len(heads), 64):
            few = list(heads[start : start + 64])
            goals = [goal(head) for head in few]
            *_, last = grow(self.network, canvas, goals, [SEED + head for head in few], noun_growing(kind, steps, steps), noun_grounds())
            images.append(last.images)
        found = self.named(torch.cat(images), heads)
        return Named(found.own, found.other, (time.process_time() - began) / len(heads))

    def accuracy(self, count: int) -> Named:
        """Who is named in held-out pictures: what there is to reach."""
        alone = sample_alone(numpy_rng("bench visualise accuracy"), count, held_out=True)
        return self.named(to_tensor(draw_alone(alone)[0]), alone.nouns[:, HEAD].tolist())

    def means(self, heads: Sequence[int]) -> Named:
        """Who is named in the mean of pictures of each head, which is what its name alone gives."""
        rng, total = numpy_rng("bench visualise means"), torch.zeros(len(heads), 3, 32, 32)
        for _ in range(SHOWN):
            alone = sample_alone(rng, len(heads))
            alone.nouns[:, HEAD] = np.array(heads)
            alone.moved[:], alone.mirrored[:], alone.own[:] = 0, False, True
            total += to_tensor(draw_alone(alone)[0])
        return self.named(total / SHOWN, heads)

    def ready(self) -> dict[str, float]:
        """Who is named in the images that lie ready for all heads, as they are cut from their sheet; and how many are as before."""
        tensors, _ = load_weights(EXCITING)
        shown = cut_from(tensors["sheet"].numpy().tobytes(), range(len(tensors["said"])))
        images = to_tensor(np.stack([np.asarray(one) for one in shown]))
        found = self.named(images, range(len(images)))
        same = self.named(images, tensors["said"].tolist()).own
        return {"reclassified": found.own, "other agrees": found.other, "named as before": same}

    def chance(self, heads: Sequence[int]) -> Named:
        """Who is named in what an image begins as."""
        canvas = noun_canvas("spectrum")
        return self.named(canvas.paint(canvas.start([SEED + head for head in heads]), 1.0), heads)


def spread(count: int) -> list[int]:
    """So many heads that nothing was chosen on, evenly among all."""
    rest = [head for head in range(CLASSES) if head not in (*TUNED, *CHOSEN)]
    return [rest[int(at * len(rest) / count)] for at in range(count)]


def _rows(bench: Bench, heads: Sequence[int], few: Sequence[int], quick: bool) -> dict[str, Named]:
    """Everything beside the first rows, on as many heads as are worth it."""
    rows = {
        POST: bench.grown(lambda head: bench.moved(head, KEYS, behind=True), few),
        "5 keys": bench.grown(lambda head: bench.moved(head, 5), few),
        "best value's key (paper)": bench.grown(lambda head: bench.valued(head, 1), few),
        "class logit": bench.grown(output, few),
    }
    if not quick:
        rows |= {
            f"{KEYS} keys, each weighed alone": bench.grown(lambda head: bench.moved(head, KEYS, shrunk=1.0), few),
            "20 keys": bench.grown(lambda head: bench.moved(head, 20), few),
            "1 key": bench.grown(lambda head: bench.moved(head, 1), few),
            "1 key, post-GELU": bench.grown(lambda head: bench.moved(head, 1, behind=True), few),
            "5 keys, post-GELU": bench.grown(lambda head: bench.moved(head, 5, behind=True), few),
            "all 256 keys": bench.grown(lambda head: bench.moved(head, 256), few),
            "5 best values' keys (paper)": bench.grown(lambda head: bench.valued(head, 5), few),
            "best value, post-GELU": bench.grown(lambda head: bench.valued(head, 1, behind=True), few),
            "palette of 64 colours": bench.grown(lambda head: bench.moved(head, KEYS), few, kind="palette"),
            "generator's latent, 16 heads": bench.grown(lambda head: bench.moved(head, KEYS), few[:: len(few) // 16], kind="latent"),
            "heads of the tuning": bench.grown(lambda head: bench.moved(head, KEYS), (*TUNED, *CHOSEN)),
        }
    return rows | {"mean picture (supervised)": bench.means(heads), "what it begins as": bench.chance(heads)}


def measure(heads: Sequence[int], few: Sequence[int], budgets: Sequence[int], quick: bool) -> Measured:
    """One image of each head at each budget, and the rows beside them."""
    bench = Bench()
    accuracy = bench.accuracy(256 if quick else 4096)
    first = {steps: bench.grown(lambda head: bench.moved(head, KEYS), heads, steps) for steps in budgets}
    rows = _rows(bench, heads, few, quick)
    last = first[budgets[-1]]
    figures = {
        "reclassified_of_accuracy": last.own / accuracy.own,
        "other_model_agrees": last.other,
        "post_gelu_reclassified": rows[POST].own,
        "model_accuracy": accuracy.own,
        "image_s": last.seconds,
    }
    table = {f"{KEYS} keys, {steps} steps": _row(one) for steps, one in first.items()}
    table |= {name: _row(one) for name, one in ({"held-out pictures": accuracy} | rows).items()}
    table["images that lie ready"] = bench.ready()
    settings: dict[str, Any] = {
        "heads": len(heads),
        "rows": len(few),
        "canvas": "spectrum",
        "seed": SEED,
        "tuned on": f"{len(TUNED) + len(CHOSEN)} others",
    }
    return Measured("visualise", figures, table, settings)


def _row(one: Named) -> dict[str, float]:
    return {"reclassified": one.own, "other agrees": one.other} | ({"s an image": one.seconds} if one.seconds else {})


def run(quick: bool) -> Measured:
    """All 206 heads that nothing was chosen on, most rows beside them on 32; or 12 heads."""
    if quick:
        return measure(spread(12), spread(12), BUDGETS[1:], quick)
    return measure(spread(CLASSES - len(TUNED) - len(CHOSEN)), spread(32), BUDGETS, quick)
