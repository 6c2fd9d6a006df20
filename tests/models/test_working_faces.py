"""The door of the faces, with a tiny generator: latents go in and out, and colours have a gradient in every slot."""

from __future__ import annotations

import pytest
import torch

from core.foundations.errors import ShapeError
from core.models.face_encoder import FaceEncoder
from core.models.face_tail import FaceTail
from core.models.protocols import Generator
from core.models.working_faces import WorkingFaces, apart, latents_of
from tests.models.tiny_eyes import FEATURES, tiny_eyes
from tests.models.tiny_faces import SIDE, SLOTS, WIDTH, drawn_network, tiny_styles


def tiny_faces_at_work() -> WorkingFaces:
    """Of random numbers."""
    real = drawn_network()
    encoder = FaceEncoder(FEATURES, SLOTS, WIDTH, rank=3)
    return WorkingFaces(real, FaceTail.folded(real), tiny_eyes(), encoder)


def test_it_is_a_generator() -> None:
    """With the axes of the protocol; a latent is w+ on its side."""
    painter = tiny_faces_at_work()
    assert isinstance(painter, Generator) and painter.latent_shape == (WIDTH, SLOTS, 1)
    styles = tiny_styles(2)
    assert torch.equal(apart(latents_of(styles), SLOTS)[0], styles) and latents_of(styles).shape == (2, WIDTH, SLOTS, 1)
    painted = painter.decode(latents_of(styles))
    assert painted.shape == (2, 3, *painter.image_size) and painter.large(latents_of(styles)).shape == (2, 3, SIDE, SIDE)
    assert painter.encode(painted).shape == (2, *painter.latent_shape)


def test_a_picture_does_not_depend_on_its_batch_and_moves_with_every_slot() -> None:
    """Painted alone, and downhill in all of w+."""
    painter, latent = tiny_faces_at_work(), latents_of(tiny_styles(2)).requires_grad_()
    both = painter.decode(latent)
    assert torch.allclose(painter.decode(latent[1:]), both[1:], atol=1e-6)
    painter.tail.paint(painter.real, apart(latent, SLOTS)[0], bounded=False).square().sum().backward()
    assert latent.grad is not None and bool((latent.grad.abs().sum((0, 1)) > 0).all())


def test_a_sketch_is_the_picture_at_half_the_size() -> None:
    """Nearer to it than to another face's, whatever else is sketched with it, and with its delta."""
    painter, latent = tiny_faces_at_work(), latents_of(tiny_styles(2))
    painted, small = painter.decode(latent), painter.sketch(latent)
    halves = torch.nn.functional.avg_pool2d(painted, 2)
    assert small.shape == halves.shape and torch.allclose(painter.sketch(latent[1:]), small[1:], atol=1e-6)
    assert (small - halves).abs().mean() < (small - halves.flip(0)).abs().mean()


def test_a_delta_lies_behind_w_plus_and_is_painted() -> None:
    """Of the maps of one size; nothing of it is what w+ alone paints; other columns are refused."""
    painter, styles = tiny_faces_at_work(), tiny_styles(1)
    channels = painter.real.level(styles, 4).last.shape[1]
    delta = torch.zeros(1, channels, 4, 4)
    delta[0, 0, 1, 2] = 1.0
    wide = torch.nn.functional.pad(styles, (0, channels - WIDTH))  # of a tiny network maps are wider than styles
    both = latents_of(wide, delta)
    back, again = apart(both, SLOTS)
    assert again is not None and torch.equal(again, delta) and torch.equal(back, wide)
    moved = painter.tail.paint(painter.real, styles, delta=delta)
    assert not torch.allclose(moved, painter.decode(latents_of(styles)))
    with pytest.raises(ShapeError, match="k\\*k"):
        apart(both[:, :, :-1], SLOTS)
