"""Train the embedded CLIP of the world `scenes`.

First the stem alone learns, cell by cell, which parts stand there; then both towers learn together: each picture against
all captions of its batch (InfoNCE, Radford et al. 2021), questions with known answers, and the cells, whose weight fades.
An eighth of the pictures come from the habitat edition, so that the model takes in a cue that can be taken out again.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from core.bench.scenes.figures import naming, retrieval
from core.foundations.files import packed, save_weights
from core.foundations.half import half
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng, torch_rng
from core.models.scene_clip import SceneClip, SceneClipConfig
from core.train.loop import Schedule, machine, train
from core.train.scenes.loss import answers_loss, cells_loss, part_positions, parts_in_cells, visible
from core.train.scenes.texts import NAMED, Phrasebook, caption_text, habitat_text
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.scenes.captions import PLACES, place_of
from core.worlds.scenes.compose import MOST, Scenes, draw_scenes, join, sample
from core.worlds.scenes.habitat import kind_of_heads, sample_habitat


@dataclass(frozen=True)
class SceneTraining:
    """Everything that decides the weights."""

    seed: int = 1
    batch: int = 128
    stem_steps: int = 1400
    stem_rate: float = 2e-3
    stem_until: float = 0.4
    """Share of the steps after which the stem stands still until the polish: its way back is a quarter of a step."""
    steps: int = 1800
    polish: tuple[int, float] = (500, 4e-4)
    """Steps at the end, from which rate, in which the stem learns again: grounds are learned late, and with it."""
    rate: float = 8e-4
    weight_decay: float = 0.05
    habitat: int = 16
    """Scenes of the habitat edition in a batch."""
    cells: float = 0.5
    """Weight of the cells at the beginning; it falls to a tenth by the middle of the training."""
    noise: float = 0.02
    """Noise of the phrase vectors in training, so that words nearby mean the same."""
    middle: int = 3
    """The block after which tokens tell their cells."""


class Trainer:
    """Holds the model, the settings and the device; `stem_loss` and `loss_of` are what the loop needs."""

    def __init__(self, settings: SceneTraining, device: torch.device) -> None:
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.config = SceneClipConfig()
        self.model = SceneClip(self.config).to(device)
        self.sizes = tuple(load_art().count(slot) + 1 for slot in SLOTS[1:])
        self.tellers = nn.ModuleList([nn.Conv2d(self.config.width, sum(self.sizes), 1) for _ in range(2)]).to(device)
        # Texts of places begin all alike, and then a picture learns no place from them: so it is asked without words too.
        self.wordless = nn.ModuleDict({"place": nn.Linear(self.config.joint, len(PLACES), bias=False)}).to(device)
        self.wordless["facing"] = nn.Linear(self.config.joint, 2, bias=False).to(device)
        self.everything = nn.ModuleDict({"model": self.model, "tellers": self.tellers, "wordless": self.wordless})
        self.book = Phrasebook()
        self.kinds = kind_of_heads()

    def pictures(self, scenes: Scenes) -> tuple[Tensor, np.ndarray]:
        """What the tower takes `[n 3 h w]`, and owners `[n h w]`."""
        rgb, owner = draw_scenes(scenes)
        return self.model.normalise(to_tensor(rgb)).to(self.device), owner

    def stem_loss(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """The stem alone, cell by cell."""
        scenes = sample(numpy_rng("scene stem", self.settings.seed, step), self.settings.batch)
        images, owner = self.pictures(scenes)
        with half(self.device):
            logits = self.tellers[0](F.relu(self.model.visual.conv1(images.contiguous(memory_format=torch.channels_last))))
        cells = parts_in_cells(scenes, torch.from_numpy(owner), self.config.patch).to(self.device)
        loss = cells_loss(logits, cells, self.sizes)
        heads = cells[:, 2] >= 0
        said = logits.split(self.sizes, 1)[2].argmax(1)
        return loss, {"loss": loss.item(), "head cells": (said == cells[:, 2])[heads].float().mean().item()}

    def see(self, images: Tensor, still: bool = False) -> tuple[Tensor, list[Tensor]]:
        """Embeddings `[n k]`, and what the middle block's tokens tell, and the stem's unless it stands still, `[n answers h w]` each."""
        tower = self.model.visual
        tower.conv1.train(not still)
        with half(self.device):
            with torch.set_grad_enabled(not still):
                patches = tower.conv1(images.contiguous(memory_format=torch.channels_last))
            told = [] if still else [self.tellers[0](F.relu(patches))]
            x = patches.flatten(2).transpose(1, 2)
            x = torch.cat([tower.class_embedding.to(x.dtype).expand(len(x), 1, -1), x], 1) + tower.positional_embedding.to(x.dtype)
            x = tower.ln_pre(x)
            for number, block in enumerate(tower.transformer.resblocks):
                x = block(x)
                if number == self.settings.middle:
                    told.append(self.tellers[1](x[:, 1:].transpose(1, 2).unflatten(2, patches.shape[2:])))
        return F.normalize(tower.ln_post(x[:, 0].float()) @ tower.proj.float(), dim=-1), told

    def read(self, texts: list[tuple[int, ...]], rng: torch.Generator) -> Tensor:
        """Embeddings of texts `[m k]`."""
        vectors, there = self.book.tensors(texts, self.settings.noise, rng)
        with half(self.device):
            return self.model.text(vectors.to(self.device), there.to(self.device))

    def batch(self, step: int) -> tuple[Scenes, list[tuple[int, ...]], np.random.Generator]:
        """Scenes, the last of them of the habitat edition, and a caption of each."""
        rng = numpy_rng("scene clip", self.settings.seed, step)
        ordinary = sample(rng, self.settings.batch - self.settings.habitat)
        habitat, _, _ = sample_habitat(rng, self.settings.habitat)
        captions = [caption_text(self.book, ordinary, i, rng) for i in range(len(ordinary))]
        captions += [habitat_text(self.book, habitat, i, rng) for i in range(len(habitat))]
        return join([ordinary, habitat]), captions, rng

    def questions(self, scenes: Scenes, seen: np.ndarray, rng: np.random.Generator) -> dict[str, tuple[list[tuple[int, ...]], Tensor]]:
        """For each kind of question its answers as texts, and which are right `[n m]`."""
        asked = {}
        for slot in NAMED:
            ways = self.book.parts[slot]
            real = [p for p, w in enumerate(ways) if w]
            texts = [ways[p][rng.integers(len(ways[p]))] if rng.random() < 0.5 else ways[p][0] for p in real]
            asked[slot] = (texts, part_positions(scenes, seen, slot, len(ways))[:, real])
        there = np.arange(MOST) < scenes.count[:, None]
        places = np.array([[PLACES.index(place_of(c)) for c in row] for row in scenes.corners])
        asked["place"] = (self.book.places, torch.from_numpy(((places[..., None] == np.arange(9)) & there[..., None]).any(1)))
        asked["facing"] = (self.book.facing, torch.from_numpy(((scenes.mirrored[..., None] == np.arange(2)) & there[..., None]).any(1)))
        counts = [ways[rng.integers(len(ways))] for ways in self.book.counts]
        asked["count"] = (counts, torch.from_numpy(scenes.count[:, None] - 1 == np.arange(MOST)))
        asked |= self._grounds(scenes, rng) | self._bound(scenes, seen, rng) | self._kinds(scenes, rng)
        return asked

    def _grounds(self, scenes: Scenes, rng: np.random.Generator) -> dict[str, tuple[list[tuple[int, ...]], Tensor]]:
        texts = [self.book.ground(g) for g in scenes.grounds]
        chosen = list(dict.fromkeys(ways[rng.integers(len(ways))] for ways in texts))
        return {"ground": (chosen, torch.tensor([[c in ways for c in chosen] for ways in texts]))}

    def _kinds(self, scenes: Scenes, rng: np.random.Generator) -> dict[str, tuple[list[tuple[int, ...]], Tensor]]:
        kind = self.kinds[scenes.nouns[:, 0, SLOTS.index("head")]]
        kind[: len(scenes) - self.settings.habitat] = -1  # only the habitat edition speaks of kinds
        return {"kind": ([ways[rng.integers(len(ways))] for ways in self.book.kinds], torch.from_numpy(kind[:, None] == np.arange(2)))}

    def _bound(self, scenes: Scenes, seen: np.ndarray, rng: np.random.Generator) -> dict[str, tuple[list[tuple[int, ...]], Tensor]]:
        """Two things of one Noun, against the same things of two Nouns of the picture and against other pictures' pairs."""
        texts, rows = [], []
        for right in (True, False):
            for i in range(len(scenes)):
                k = int(rng.integers(scenes.count[i]))
                other = k if right else (k + 1 + int(rng.integers(max(1, scenes.count[i] - 1)))) % int(scenes.count[i])
                head = self.book.parts["head"][scenes.nouns[i, k, 3]]
                if not head or (other == k and not right) or not seen[i, k, 2]:
                    continue
                glasses = self.book.parts["glasses"][scenes.nouns[i, other, 4]]
                use = glasses and rng.random() < 0.5 and seen[i, other, 3]
                same = (
                    scenes.nouns[i, k, 4] == scenes.nouns[i, other, 4]
                    if use
                    else place_of(scenes.corners[i, k]) == place_of(scenes.corners[i, other])
                )
                if not right and same:
                    continue
                texts.append(head[0] + (glasses[0] if use else self.book.places[PLACES.index(place_of(scenes.corners[i, other]))]))
                rows.append(i if right else -1)
        answers = torch.from_numpy(np.arange(len(scenes))[:, None] == np.array(rows))
        return {"bound": (texts, answers)}

    def cells_weight(self, step: int) -> float:
        """It falls from the beginning to the middle of the training, to a tenth."""
        return self.settings.cells * max(0.1, 1 - 2 * step / self.settings.steps)

    def loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        """Loss of one step, and its parts for the log."""
        with sdpa_kernel(SDPBackend.MATH):  # on a CPU the fused kernel's backward pass costs several times as much
            return self._loss_of(step)

    def _loss_of(self, step: int) -> tuple[Tensor, dict[str, float]]:
        scenes, captions, rng = self.batch(step)
        noise = torch_rng("scene noise", self.settings.seed, step)
        images, owner = self.pictures(scenes)
        embedding, told = self.see(images, still=self.settings.stem_until * self.settings.steps <= step < self.settings.steps)
        asked = self.questions(scenes, visible(owner), rng)
        short = [text for several, _ in asked.values() for text in several]
        texts = torch.cat([self.read(captions, noise), self.read(short, noise)])  # apart, so that short ones are not padded
        logits = self.model.logit_scale.exp().clamp_max(100) * embedding @ texts.T
        own, *others = logits.split([len(captions), *(len(several) for several, _ in asked.values())], 1)
        same = torch.tensor([[a == b for b in captions] for a in captions]).to(self.device)
        contrast = 0.5 * (answers_loss(own, same) + answers_loss(own.T, same))
        figures = {
            "contrast": contrast.item(),
            "r1": (own.argmax(0) == torch.arange(len(captions), device=self.device)).float().mean().item(),
        }
        question = logits.new_zeros(())
        for (name, (_, right)), part in zip(asked.items(), others, strict=True):
            one = answers_loss(part, right.to(self.device))
            figures[name] = one.item()
            question = question + one * WEIGHTS.get(name, 0.25)
            if name in self.wordless:
                plain = answers_loss(WORDLESS * self.wordless[name](embedding), right.to(self.device))
                figures[f"{name} without words"] = plain.item()
                question = question + plain
        cells = parts_in_cells(scenes, torch.from_numpy(owner), self.config.patch).to(self.device)
        telling = torch.stack([cells_loss(one, cells, self.sizes) for one in told]).sum()
        figures["cells"] = telling.item()
        return contrast + question + self.cells_weight(step) * telling, figures

    @torch.no_grad()
    def watch(self) -> str:
        """Naming the head of a single held-out Noun, by name and by synonyms that training never used."""
        self.model.eval()
        figures = naming(self.model, 512) | retrieval(self.model, 512)
        self.model.train()
        return "  ".join(f"{k} {v:.3f}" for k, v in figures.items())


WEIGHTS = {"head": 1.0, "accessory": 1.0, "glasses": 0.5, "body": 0.5, "place": 0.5, "facing": 0.5, "bound": 0.5}
"""How much each kind of question counts; the others a quarter."""


WORDLESS = 20.0
"""What wordless answers are multiplied by: embeddings have unit length."""


def _groups(model: nn.Module, decay: float) -> list[dict]:
    """Weight decay for matrices only."""
    named = [(name.startswith("wordless"), p) for name, p in model.named_parameters()]
    matrices = [p for last, p in named if p.ndim > 1 and not last]
    vectors = [p for _, p in named if p.ndim <= 1]
    others = [p for last, p in named if last]
    groups = [{"params": matrices, "weight_decay": decay}, {"params": vectors, "weight_decay": 0.0}]
    return groups + [{"params": others, "weight_decay": 0.0}] * bool(others)


def main() -> None:
    """Train, or go on training, and write the weights with their card."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--name", default="scenes_clip")
    args = parser.parse_args()
    settings = SceneTraining()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(settings, device)
    stem = nn.ModuleDict({"stem": trainer.model.visual.conv1, "teller": trainer.tellers[0]})
    optimiser = torch.optim.AdamW(_groups(stem, settings.weight_decay), settings.stem_rate, betas=(0.9, 0.98))
    seconds = train(
        f"{args.name}_stem",
        stem,
        optimiser,
        Schedule(settings.stem_steps, settings.stem_rate),
        trainer.stem_loss,
        made_of=settings,
        every=100,
    )
    optimiser = torch.optim.AdamW(_groups(trainer.everything, settings.weight_decay), settings.rate, betas=(0.9, 0.98))
    schedule = Schedule(settings.steps, settings.rate, warmup=300, polishes=(settings.polish,))
    seconds += train(
        args.name, trainer.everything, optimiser, schedule, trainer.loss_of, made_of=settings, clip=2.0, every=200, watch=trainer.watch
    )
    write(args.name, trainer, settings, seconds)


def write(name: str, trainer: Trainer, settings: SceneTraining, seconds: float) -> None:
    """The weights in few enough bytes for one file, with their card."""
    card = {
        "world": "scenes",
        "model": "SceneClip",
        "architecture": trainer.config.to_dict(),
        "training": asdict(settings) | {"seconds": round(seconds)},
        "machine": machine(trainer.device),
        "data": "core.worlds.scenes, training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
    }
    save_weights(name, packed(trainer.model.state_dict() | {"known": trainer.book.vectors}), card)


if __name__ == "__main__":
    main()
