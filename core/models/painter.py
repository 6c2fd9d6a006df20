"""The Nouns' painter: a flow-matching transformer on the latents of the Nouns' generator, told by noun phrases what to paint.

    x_t = (1 - t) x_0 + t e,    v(x_t, t) = e - x_0  is predicted as  (x_t - x^_0(x_t, t, phrases)) / t

Source: Liu et al. 2022, "Flow straight and fast", equation 1; Lipman et al. 2022, "Flow matching for generative modeling". Differs: a
Noun's latent is nearly a sum of one vector for each slot (core.models.directions), and of such sums the best guess x^_0 is known:
each slot attends from what is not yet explained to the parts that it may show, sharper the less noise there is (Ramsauer et al. 2020,
"Hopfield networks is all you need", equation 3, with keys as values), and what the phrases say is its prior. A transformer adds what a
sum cannot say, where one part covers another. So one step is enough for what is named, and a few decide what is left open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from core.models.text import WIDTH

LEAST = 1e-6
"""No probability is less, so that its logarithm is a number."""
SOONEST = 0.02
"""No time is less where something is divided by it."""


def flow_times(timestep: Tensor) -> Tensor:
    """A scheduler's timesteps `[n]` in [0, 1000] to times in [0, 1], 1 being noise alone."""
    return timestep.float() / 1000


def waves(times: Tensor, width: int) -> Tensor:
    """Times `[n]` in [0, 1] as cosines and sines `[n width]`."""
    rates = torch.exp(torch.linspace(0, math.log(200.0), width // 2, device=times.device))
    angles = times[:, None] * rates
    return torch.cat([angles.cos(), angles.sin()], 1)


@dataclass(frozen=True)
class PainterConfig:
    """The architecture."""

    slots: tuple[str, ...]
    """Names of the slots, back to front."""
    counts: tuple[int, ...]
    """How many parts each has."""
    channels: int = 4
    """Channels of a latent."""
    side: int = 8
    """Height and width of a latent, in places."""
    text: int = WIDTH
    """Numbers of a phrase's vector."""
    width: int = 96
    """Numbers of a token."""
    layers: int = 4
    heads: int = 4
    patch: int = 2
    """Places of a token along each axis."""
    sweeps: int = 2
    """How often each slot is thought over again, given the others."""
    scale: float = 0.5
    """What a latent is divided by after its mean was taken away, so that its numbers have unit variance."""


class PainterTransformer(nn.Module):
    """What a picture will be, from a noisy one and from phrases."""

    base: Tensor
    prior: Tensor

    def __init__(self, config: PainterConfig) -> None:
        super().__init__()
        self.config, self.counts = config, config.counts
        width, patch = config.width, config.patch
        size, tokens = config.channels * config.side**2, (config.side // patch) ** 2
        self.register_buffer("base", torch.zeros(size))
        self.register_buffer("prior", torch.ones(sum(self.counts)))
        self.reader = nn.Linear(config.text, sum(self.counts) + 1)
        self.parts = nn.Parameter(0.1 * torch.randn(sum(self.counts), size))
        self.rest = nn.Parameter(torch.full((len(self.counts),), math.log(0.15)))
        self.sharpness = nn.Linear(32, len(self.counts))
        self.entrance = nn.Linear(2 * config.channels * patch**2, width)
        self.place = nn.Parameter(0.02 * torch.randn(tokens, width))
        self.time = nn.Linear(32, width)
        self.shown = nn.Linear(size, width)
        self.slot = nn.Parameter(0.02 * torch.randn(len(self.counts), width))
        block = nn.TransformerEncoderLayer(width, config.heads, 4 * width, 0.0, F.gelu, batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, config.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)
        self.exit = nn.Linear(width, config.channels * patch**2)
        for still in (self.sharpness, self.exit):
            nn.init.zeros_(still.weight)
            nn.init.zeros_(still.bias)

    # What the phrases say -----------------------------------------------------------------------------------------

    def logits(self, phrases: Tensor) -> Tensor:
        """Which part a phrase names, phrases' vectors `[... d]` to `[... k + 1]` before the softmax; the last is none of them."""
        return self.reader(phrases)

    def wishes(self, phrases: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """How likely each part is by what is said of a picture, before a look at it.

        Args:
            phrases: vectors of the phrases `[n p d]`.
            there: which of them are real `[n p]` bool.

        Returns:
            `[n k]`, which sums to 1 over each slot's parts, and how far each slot is spoken of `[n s]` in [0, 1].
        """
        said = self.logits(phrases).softmax(-1)[..., :-1] * there[..., None]
        found, spoken = [], []
        for one, prior in zip(said.split(self.counts, -1), self.prior.split(self.counts), strict=True):
            of = 1 - (1 - one.sum(-1)).clamp(min=LEAST).prod(1)
            together = one.sum(1)
            share = of[:, None]
            found.append(share * together / together.sum(1, keepdim=True).clamp(min=LEAST) + (1 - share) * prior / prior.sum())
            spoken.append(of)
        return torch.cat(found, 1), torch.stack(spoken, 1)

    # What the noise hides -----------------------------------------------------------------------------------------

    def recall(self, x: Tensor, times: Tensor, wishes: Tensor) -> list[Tensor]:
        """What each slot adds to the clean latent, as far as it can be told.

        Args:
            x: noisy latents, less the base and scaled `[n d]`.
            times: `[n]` in [0, 1].
            wishes: `[n k]`, see above.

        Returns:
            For each slot `[n d]`: the mean of its parts' vectors, weighed by how likely each is.
        """
        clean, parts = (1 - times)[:, None], self.parts.split(self.counts)
        prior = [one.clamp(min=LEAST).log() for one in wishes.split(self.counts, 1)]
        shown = [one.exp() @ value for one, value in zip(prior, parts, strict=True)]
        gain = self.sharpness(waves(times, 32)).exp()
        for _ in range(self.config.sweeps):
            for s in reversed(range(len(parts))):
                rest = x - clean * (sum(shown) - shown[s])
                noise = times[:, None] ** 2 + (clean * self.rest[s].exp()) ** 2
                fit = clean * (rest @ parts[s].T) - 0.5 * clean**2 * parts[s].square().sum(1)
                shown[s] = (gain[:, s, None] * fit / noise + prior[s]).softmax(1) @ parts[s]
        return shown

    def clean(self, x: Tensor, times: Tensor, wishes: Tensor) -> Tensor:
        """What the clean latent is, `[n c h w]` less the base and scaled, as `recall` takes the rest."""
        shown = self.recall(x.flatten(1), times, wishes)
        total = torch.stack(shown).sum(0).view_as(x)
        step = self.config.patch
        patches = F.pixel_unshuffle(torch.cat([x, total], 1), step).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.entrance(patches) + self.place, self.shown(torch.stack(shown, 1)) + self.slot], 1)
        seen = self.blocks(tokens + self.time(waves(times, 32))[:, None])[:, : len(self.place)]
        told = self.exit(self.norm(seen)).transpose(1, 2).unflatten(2, (x.shape[2] // step, -1))
        return total + F.pixel_shuffle(told, step)

    def forward(self, hidden_states: Tensor, timestep: Tensor, phrases: Tensor, there: Tensor) -> Tensor:
        """The velocity from clean latents to noise, as `FlowMatchEulerDiscreteScheduler` takes it.

        Args:
            hidden_states: noisy latents `[n c h w]`, less the base and scaled.
            timestep: `[n]` in [0, 1000].
            phrases: vectors of the phrases `[n p d]`.
            there: which of them are real `[n p]` bool.

        Returns:
            `[n c h w]`.
        """
        times = flow_times(timestep).expand(len(hidden_states))
        guess = self.clean(hidden_states, times, self.wishes(phrases, there)[0])
        return (hidden_states - guess) / times.clamp(min=SOONEST)[:, None, None, None]

    def to_latents(self, x: Tensor) -> Tensor:
        """What the sampling ends with `[n c h w]`, as the generator takes it."""
        return x * self.config.scale + self.base.view(x.shape[1:])

    def from_latents(self, latents: Tensor) -> Tensor:
        """The way back: the generator's latents `[n c h w]`, less the base and scaled."""
        return (latents - self.base.view(latents.shape[1:])) / self.config.scale
