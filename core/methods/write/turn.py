"""Turn a handle: a latent, a handle's numbers and a strength give another latent.

Feature (papers/swiggle.md, adjusting feature strength): its code is set to `strength` times its typical value,
    z' = z + (s t_i - a_i(z)) d_i.
Bundle: the members' codes move to their typical pattern, and the rivals that act in the same slot give way,
    z' = z + sum_j (a'_j - a_j(z)) d_j,   a'_j = a_j + s (p_j - a_j) for members, (1 - s) a_j for rivals.
Direction (papers/vit_latent_editing.md, Z' = Z + n beta): the vector of the wanted part less that of the part
that the latent holds now,
    z' = z + s (v[wanted] - v[now]).
Concept: of several parts that say it, whichever is nearest to the one that the latent holds now,
    z' = z + s (v[p*] - v[now]),   p* = argmin_p |v[p] - v[now]|.
Lines: of a generator whose latent has a style for each layer l, added to some of them, each so much as the handle and its trim say,
    w_l' = w_l + s sum_k (c_k + t_k) v_kl.

Differs from the papers: all three look at where they start. A fixed direction adds a shark to whatever head is
there; what is wanted is a shark instead of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from core.foundations.errors import SettingError
from core.foundations.records import STRONGEST
from core.models.bundles import Bundles
from core.models.dictionary import Dictionary
from core.models.directions import PartDirections
from core.models.face_directions import FaceDirections

FURTHEST = 10.0
"""The most of one line in a trim."""


def check_strength(strength: float) -> float:
    """The strength, if it is a number within bounds; SettingError otherwise."""
    if not (isinstance(strength, (int, float)) and -STRONGEST <= strength <= STRONGEST):
        raise SettingError(f"A strength lies between {-STRONGEST:g} and {STRONGEST:g}, got {strength!r}.")
    return float(strength)


def turn_feature(latent: Tensor, dictionary: Dictionary, feature: int, typical: float, strength: float) -> Tensor:
    """Set one feature's code to `strength` times its typical value.

    Args:
        latent: `[n c h w]`.
        typical: the feature's usual code where it is active.
        strength: 0 switches it off, 1 is typical.

    Returns:
        `[n c h w]`.
    """
    now = dictionary.encode(latent)[:, feature]
    step = check_strength(strength) * typical - now
    return latent + (step[:, None] * dictionary.directions()[feature]).view_as(latent)


def turn_bundle(latent: Tensor, dictionary: Dictionary, bundles: Bundles, bundle: int, strength: float) -> Tensor:
    """Move a bundle's members to their pattern and let its rivals give way.

    Args:
        latent: `[n c h w]`.
        strength: 0 changes nothing, 1 is the whole way.

    Returns:
        `[n c h w]`.
    """
    strength = check_strength(strength)
    codes, pattern = dictionary.encode(latent), bundles.patterns[bundle]
    step = strength * (pattern - codes) * (pattern > 0)
    step = step - min(max(strength, 0.0), 1.0) * codes * bundles.rivals(bundle)
    return latent + (step @ dictionary.directions()).view_as(latent)


def turn_direction(latent: Tensor, directions: PartDirections, slot: str, part: int, strength: float) -> Tensor:
    """Exchange the part that the latent holds in a slot for another.

    Args:
        latent: `[n c h w]`.
        part: position of the wanted part in its slot.
        strength: 0 changes nothing, 1 is the whole way.

    Returns:
        `[n c h w]`.
    """
    return turn_concept(latent, directions, slot, (part,), strength)


def turn_concept(latent: Tensor, directions: PartDirections, slot: str, parts: Sequence[int], strength: float) -> Tensor:
    """Exchange the part that the latent holds in a slot for the nearest of some.

    Args:
        latent: `[n c h w]`.
        parts: positions of those that may come, one at least.
        strength: 0 changes nothing, 1 is the whole way.

    Returns:
        `[n c h w]`.
    """
    vectors = directions.vectors(slot)
    now, wanted = vectors[directions.explain(latent)[slot]], vectors[list(parts)]
    shift = wanted[torch.cdist(now, wanted).argmin(1)] - now
    return latent + check_strength(strength) * shift.view_as(latent)


def turn_line(latent: Tensor, directions: FaceDirections, id: str, strength: float, trim: Sequence[float] = ()) -> Tensor:
    """Add a handle's lines to the slots of w+ that they move.

    Args:
        latent: `[n d s 1]`, one column for each slot of w+, and perhaps more behind them.
        id: the handle's.
        strength: 0 changes nothing, 1 is the usual way from other faces to such a one.
        trim: what is added to the handle's coefficients, one for each of the lines; nothing where empty.

    Returns:
        `[n d s 1]`.

    Raises:
        SettingError: where the strength or a trim is out of bounds, or there is not one for each line.
    """
    coefficients = directions.coefficients(id)
    if trim:
        added = torch.tensor(trim, dtype=torch.float32)
        if added.shape != coefficients.shape or not bool((added.abs() <= FURTHEST).all()):
            raise SettingError(
                f"A trim has {len(coefficients)} numbers between {-FURTHEST:g} and {FURTHEST:g}. Use one that came with an edit."
            )
        coefficients = coefficients + added.to(coefficients)
    step = check_strength(strength) * directions.along(coefficients).to(latent)[:, : latent.shape[2]]
    return torch.cat([latent[:, :, : step.shape[1]] + step[..., None], latent[:, :, step.shape[1] :]], 2)
