"""Both sprites' autoencoders: shapes, gradients, and the field that paints any pixel."""

import pytest
import torch

from core.models.protocols import Generator
from core.models.shape_judge import ShapeJudges
from core.models.sprite_autoencoder import ComposedSprites, PaperSprites, SpritesConfig

SMALL = SpritesConfig(latent=12, width=24, hidden=(16, 16), channels=(16, 16, 16), reading=16, units=8)


@pytest.mark.parametrize("family", [ComposedSprites, PaperSprites])
def test_pictures_in_and_out(family):
    model = family(SMALL).eval()
    assert isinstance(model, Generator)
    latent = model.encode(torch.rand(3, 3, 64, 64))
    assert latent.shape == (3, *model.latent_shape) == (3, 12, 1, 1)
    latent = latent.detach().requires_grad_()
    image = model.decode(latent)
    assert image.shape == (3, 3, 64, 64) and image.min() >= 0 and image.max() <= 1
    assert torch.equal(image[:, 0], image[:, 2])
    image.sum().backward()
    assert latent.grad is not None and latent.grad.abs().sum() > 0


@pytest.mark.parametrize("family", [ComposedSprites, PaperSprites])
def test_a_latent_does_not_depend_on_its_batch(family):
    model, ink = family(SMALL).eval(), torch.rand(4, 1, 64, 64)
    assert torch.allclose(model.squeeze(ink)[2:3], model.squeeze(ink[2:3]), atol=1e-5)


def test_the_field_paints_some_pixels_as_it_paints_all():
    model, latent = ComposedSprites(SMALL).eval(), torch.randn(2, 12)
    pixels = torch.tensor([[0, 63, 4095], [17, 640, 2000]])
    assert torch.allclose(model.field(latent, pixels), model.logits(latent).flatten(1).gather(1, pixels), atol=1e-4)


def test_moving_the_frame_moves_the_picture():
    """A frame that is moved by one pixel paints the same ink one pixel further on."""
    field = ComposedSprites(SMALL).eval().field
    latent = torch.randn(1, 12)
    before = field(latent).view(64, 64)
    with torch.no_grad():
        field.centre.bias[0] += 2 / 64
    after = field(latent).view(64, 64)
    assert torch.allclose(after[:, 1:], before[:, :-1], atol=1e-3)


def test_training_standardises_the_latent():
    model = ComposedSprites(SMALL).train()
    latent = model.squeeze((torch.rand(64, 1, 64, 64) < 0.2).float())
    assert torch.allclose(latent.mean(0), torch.zeros(12), atol=1e-4)
    assert torch.allclose(latent.std(0, correction=0), torch.ones(12), atol=0.05)


def test_judges_tell_as_many_classes_as_they_were_asked_for():
    judges = ShapeJudges({"binary": 2, "shapes": 3})
    assert judges["binary"](torch.rand(5, 1, 64, 64)).shape == (5, 2)
    assert judges["shapes"](torch.rand(5, 1, 64, 64)).shape == (5, 3)
