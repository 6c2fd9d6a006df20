"""Train the vote of presence (core.methods.read.presence): every text of a batch is asked of every scene of it.

    loss = mean over kinds of text of (mean of -log p over scenes that say yes + mean of -log(1 - p) over scenes that say no)

Of each kind as many texts are drawn, half of them strange; and for each scene some that it says yes to, which are rare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.seeds import numpy_rng, torch_rng
from core.methods.read.presence import keys_of, vote_of, vote_texts
from core.train.scenes.asked import ABOUT, Pool, aside


@dataclass(frozen=True)
class VoteMaking:
    """What decides the vote."""

    seed: int = 0
    rank: int = 96
    """Numbers with which texts and patches meet."""
    hidden: int = 192
    steps: int = 1400
    batch: int = 48
    """Scenes that are asked at once."""
    of_each: int = 20
    """Texts of each kind that they are asked for."""
    present: int = 5
    """Texts that are there, for each scene."""
    rate: float = 2e-3
    decay: float = 0.01


@dataclass(frozen=True)
class Lessons:
    """Scenes and texts as numbers.

    Attributes:
        normed: what LN1 of the last layer gives of patches `[n t d]`, half.
        whole: embeddings, unit vectors `[n k]`.
        texts: less their mean `[m k]`.
        near: how familiar texts are `[m]`.
        answers: of each scene to each thing `[n c]`, 1 yes, 0 no, -1 not asked.
    """

    normed: Tensor
    whole: Tensor
    texts: Tensor
    near: Tensor
    answers: np.ndarray


def blank_vote(joint: int, width: int, making: VoteMaking) -> dict[str, Tensor]:
    """Random weights of the vote, for embeddings and tokens of a width."""
    rng = torch_rng("presence", making.seed)
    shapes = {
        "text": (making.hidden, joint + 1),
        "asked": (2 * making.rank + 1, making.hidden),
        "patch": (making.hidden, width),
        "key": (making.rank, making.hidden),
        "own": (making.rank, joint),
    }
    found = {name: torch.randn(shape, generator=rng) / (3 * shape[1]) ** 0.5 for name, shape in shapes.items()}
    found |= {f"{name}_bias": torch.zeros(shape[0]) for name, shape in shapes.items()} | {"scale": torch.tensor([0.0, 1.0, 1.0])}
    return {name: tensor.requires_grad_() for name, tensor in found.items()}


class _Draw:
    """Texts for a batch; strange ones that are set aside are never among them."""

    def __init__(self, asked: Pool, making: VoteMaking) -> None:
        self.making, self.rng = making, numpy_rng("presence batches", making.seed)
        self.concept, about, strange = np.array(asked.concept), np.array(asked.about), np.array(asked.strange)
        self.usable = ~(strange & np.array([aside(text) for text in asked.texts]))
        chosen = [(about == name) & way & self.usable for name in ABOUT for way in (strange, ~strange)]
        self.ways = [np.nonzero(rows)[0] for rows in chosen if rows.any()]
        self.of: dict[int, list[list[int]]] = {}
        for row in np.nonzero(self.usable)[0]:
            self.of.setdefault(self.concept[row], [[], []])[int(strange[row])].append(int(row))

    def __call__(self, answers: np.ndarray) -> np.ndarray:
        """Rows of texts for scenes with these answers `[b c]`."""
        found = [way[self.rng.integers(len(way), size=self.making.of_each // 2)] for way in self.ways]
        for row in answers:
            for thing in self.rng.permutation(np.nonzero(row == 1)[0])[: self.making.present]:
                plain, strange = self.of.get(int(thing), [[], []])
                among = (strange or plain) if self.rng.random() < 0.5 else (plain or strange)
                found += [np.array([among[int(self.rng.integers(len(among)))]])] if among else []
        return np.unique(np.concatenate(found))


def balance(answers: Tensor, about: np.ndarray) -> Tensor:
    """Weights of answers `[n m]`: within each kind of text yes and no count the same, and all kinds do."""
    weights = torch.zeros(answers.shape)
    for name in ABOUT:
        column = torch.from_numpy(about == name)
        for side in (answers == 1) & column, (answers == 0) & column:
            weights[side] = 1 / max(int(side.sum()), 1)
    return weights / weights.sum()


def train_vote(asked: Pool, lessons: Lessons, making: VoteMaking) -> dict[str, Tensor]:
    """The vote from scenes that were looked at, and what they hold."""
    vote = blank_vote(lessons.texts.shape[1], lessons.normed.shape[2], making)
    draw, about, texts = _Draw(asked, making), np.array(asked.about), vote_texts(lessons.texts, lessons.near)
    optimiser = torch.optim.AdamW(list(vote.values()), making.rate, weight_decay=making.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, making.rate, total_steps=max(2, making.steps))
    for step in range(making.steps):
        scenes = draw.rng.integers(len(lessons.answers), size=making.batch)
        rows = draw(lessons.answers[scenes])
        answers = torch.from_numpy(lessons.answers[scenes][:, draw.concept[rows]])
        logits = vote_of(vote, texts[rows], keys_of(vote, lessons.normed[scenes].float()), lessons.whole[scenes])
        each = F.binary_cross_entropy_with_logits(logits, (answers == 1).float(), reduction="none")
        loss = (each * balance(answers, about[rows])).sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 0:
            print(f"vote: step {step} of {making.steps}, loss {loss.item():.3f}", flush=True)
    return {name: tensor.detach() for name, tensor in vote.items()}
