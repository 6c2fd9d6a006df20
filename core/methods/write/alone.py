"""Pictures for one concept alone: what a generator paints where the concept's units are as loud as they can be among usual pictures.

    argmax_z  1 / |U| sum_{u in U} mean_x min( (M_u(z)(x) - m_u) / sd_u, c )  -  alpha |z / sd|^2

Paper: papers/inner_workings_thesis.md, section 4.4 (Dravid et al., ICCV 2023), equation 4.5 with nothing but the concept in it. Such a
picture shows what the units answer to, where examples show only what came along with it.

What differs: an activation counts up to c deviations, so that one place cannot outshout the others, and the latent is held to usual ones in
units of their deviation, since a generator far from them paints noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from core.foundations.concepts import Member
from core.foundations.errors import SettingError
from core.methods.write.descend import Descent, descend
from core.methods.write.guided import Paint


@dataclass(frozen=True)
class Alone:
    """Settings.

    Attributes:
        most: deviations above its mean up to which an activation counts.
        alpha: weight of the latent's mean square, in units of what is usual.
        usual: standard deviation of usual latents.
        descent: steps and rate.
    """

    most: float = 3.0
    alpha: float = 0.5
    usual: float = 1.0
    descent: Descent = field(default_factory=lambda: Descent(steps=30, rate=0.1, cool_down=0.5, momentum=(0.9, 0.99), shown=30, least=0))

    def __post_init__(self) -> None:
        """SettingError where something is out of bounds."""
        if self.most <= 0 or self.alpha < 0 or self.usual <= 0:
            raise SettingError(f"What counts and what is usual are above 0, and alpha is 0 or more, got {self}.")


def loudness(paint: Paint, latents: Tensor, members: Sequence[Member], most: float = 3.0) -> Tensor:
    """How loud some units are, of latents `[n ...]`: deviations above their means, over units and places, `[n]`."""
    maps, found = paint(latents).maps, []
    for member in members:
        own = (maps[member.unit.layer][:, member.unit.channel] - member.mean) / max(member.std, 1e-6)
        found.append(own.clamp(max=most).mean((1, 2)))
    return torch.stack(found).mean(0)


def alone(starts: Tensor, paint: Paint, members: Sequence[Member], settings: Alone | None = None) -> Tensor:
    """From each of some latents the one nearby whose picture says a concept the loudest.

    Args:
        starts: latents `[n ...]`, each goes its own way.
        paint: the generator.
        members: the concept's units, of the generator.
        settings: how far, and how.

    Returns:
        Latents `[n ...]`.

    Raises:
        SettingError: where there is no unit.
    """
    if not members:
        raise SettingError("None of the generator's units belongs to this concept. Choose another.")
    chosen = settings or Alone()

    def loss(latents: Tensor) -> Tensor:
        far = (latents / chosen.usual).square().flatten(1).mean(1)
        return chosen.alpha * far - loudness(paint, latents, members, chosen.most)

    ends = []
    for start in starts.split(1):
        *_, last = descend(start, loss, chosen.descent)
        ends.append(last.latent)
    return torch.cat(ends)
