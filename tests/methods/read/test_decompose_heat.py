"""Terms and maps at once are the terms and the maps one by one, on every family of towers."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch

from core.foundations.errors import ShapeError
from core.methods.read import decompose_heat
from core.methods.read.decompose import DecomposeSettings, decompose, heat
from core.methods.read.decompose_heat import decompose_with_heat
from core.models.anatomy import anatomy_of, see
from tests.models.tiny_towers import KINDS, pictures


def close(one: torch.Tensor, other: torch.Tensor) -> bool:
    return bool((one - other).norm() <= 1e-5 * max(float(other.norm()), 1e-3))


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("settings", [DecomposeSettings(), DecomposeSettings(unit=True), DecomposeSettings("reference")])
@pytest.mark.parametrize("kind", KINDS)
def test_both_at_once_are_both(kind: str, settings: DecomposeSettings, shared: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the shared order of contraction and with the others."""
    monkeypatch.setattr(decompose_heat, "is_cheapest_through_rows", lambda *_: shared)
    tower = KINDS[kind]()
    anatomy = anatomy_of(tower)
    seen = see(tower, pictures(), anatomy)
    texts = torch.randn(7, anatomy.joint, generator=torch.Generator().manual_seed(1))
    terms, maps = decompose_with_heat(seen, anatomy, texts, settings)
    alone = decompose(seen, anatomy, settings)
    assert all(close(getattr(terms, field.name), getattr(alone, field.name)) for field in fields(terms))
    assert close(maps, heat(seen, anatomy, texts, unit=settings.unit))


def test_texts_of_another_width_are_told() -> None:
    tower = next(iter(KINDS.values()))()
    anatomy = anatomy_of(tower)
    with pytest.raises(ShapeError):
        decompose_with_heat(see(tower, pictures(), anatomy), anatomy, torch.zeros(100, anatomy.joint + 1))
