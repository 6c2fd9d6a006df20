"""The painter on a world that is exactly a sum: what is told is found, what is left open is decided by the noise."""

from __future__ import annotations

import pytest
import torch

from core.models.painter import PainterTransformer
from tests.models.tiny_painter import COUNTS, phrases, tiny_painter


@pytest.fixture(scope="module")
def model() -> PainterTransformer:
    return tiny_painter()


def total(model: PainterTransformer, back: int, front: int) -> torch.Tensor:
    return (model.parts[back] + model.parts[COUNTS[0] + front]).detach().view(1, 4, 8, 8)


def test_a_slot_that_is_spoken_of_is_sure_and_one_that_is_not_is_as_usual(model) -> None:
    with torch.inference_mode():
        wishes, spoken = model.wishes(*phrases((1,)))
    back, front = wishes.split(COUNTS, 1)
    assert back.sum() == pytest.approx(1) and back[0, 1] > 0.99
    assert torch.allclose(front, torch.full_like(front, 1 / COUNTS[1]), atol=1e-3)
    assert spoken[0].tolist() == pytest.approx([1, 0], abs=1e-3)


def test_two_phrases_of_one_slot_share_it(model) -> None:
    with torch.inference_mode():
        wishes, _ = model.wishes(*phrases((0, 2)))
    assert wishes[0, :3].tolist() == pytest.approx([0.5, 0, 0.5], abs=1e-2)


def test_what_names_nothing_changes_nothing(model) -> None:
    nothing = sum(COUNTS)
    silent, told = model.wishes(*phrases((), (nothing,)))[0]
    assert torch.allclose(silent, told, atol=1e-3)


@torch.inference_mode()
def test_noise_alone_becomes_what_is_told(model) -> None:
    x = torch.randn(1, 4, 8, 8)
    wishes = model.wishes(*phrases((2, COUNTS[0] + 3)))[0]
    assert torch.allclose(model.clean(x, torch.ones(1), wishes), total(model, 2, 3), atol=0.1)


@torch.inference_mode()
def test_a_noisy_picture_is_read_where_nothing_is_told(model) -> None:
    clean = total(model, 1, 2)
    x = 0.6 * clean + 0.4 * torch.randn(clean.shape, generator=torch.Generator().manual_seed(1))
    guess = model.clean(x, torch.tensor([0.4]), model.wishes(*phrases(()))[0])
    assert (guess - clean).square().mean() < 1e-3 < (x - clean).square().mean()


@torch.inference_mode()
def test_the_velocity_leads_to_the_guess(model) -> None:
    x, (vectors, there) = torch.randn(2, 4, 8, 8), phrases((0,), (1, 5))
    velocity = model(x, torch.tensor([800.0, 800.0]), vectors, there)
    guess = model.clean(x, torch.full((2,), 0.8), model.wishes(vectors, there)[0])
    assert torch.allclose(x - 0.8 * velocity, guess, atol=1e-5)


def test_latents_go_there_and_back(model) -> None:
    latents = torch.randn(3, 4, 8, 8)
    assert torch.allclose(model.to_latents(model.from_latents(latents)), latents, atol=1e-5)


def test_what_no_sum_says_is_learned() -> None:
    """Where one part covers the other, the transformer takes away what is covered."""
    model, numbers = tiny_painter(), torch.Generator().manual_seed(0)
    wishes = model.wishes(*phrases((0, 3), (0, 4)))[0].detach()
    clean = torch.cat([total(model, 0, 0), total(model, 0, 1)])
    clean[0, :, :4] += 0.5
    optimiser = torch.optim.Adam(model.parameters(), 1e-2)
    losses = []
    for _ in range(30):
        loss = (model.clean(torch.randn(clean.shape, generator=numbers), torch.ones(2), wishes) - clean).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.6 * losses[0]
