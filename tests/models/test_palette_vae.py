"""The generator's door: shapes, ranges, gradients, and no picture depending on its batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL, AutoencoderTiny

from core.foundations.errors import ShapeError
from core.foundations.images import to_tensor
from core.foundations.trace import Trace, as_maps
from core.models.autoencoders import DiffusersAutoencoder
from core.models.palette_vae import PaletteVAE
from core.models.protocols import Generator
from core.worlds.nouns.compose import draw, sample, to_rgb


def tiny_kl() -> DiffusersAutoencoder:
    """A random AutoencoderKL of two scales."""
    torch.manual_seed(0)
    blocks = {"down_block_types": ("DownEncoderBlock2D",) * 2, "up_block_types": ("UpDecoderBlock2D",) * 2}
    return DiffusersAutoencoder(AutoencoderKL(**blocks, block_out_channels=(8, 8), latent_channels=4, norm_num_groups=4).eval(), 32)


def tiny_tiny() -> DiffusersAutoencoder:
    """A random AutoencoderTiny of two scales."""
    torch.manual_seed(0)
    widths = {"encoder_block_out_channels": (8, 8), "decoder_block_out_channels": (8, 8)}
    depths = {"num_encoder_blocks": (1, 1), "num_decoder_blocks": (1, 1)}
    return DiffusersAutoencoder(AutoencoderTiny(**widths, **depths).eval(), 32)


@pytest.fixture(params=["palette", "kl", "tiny"])
def generator(request: pytest.FixtureRequest, tiny_vae: PaletteVAE) -> Generator:
    """Every family behind the door."""
    return {"palette": lambda: tiny_vae, "kl": tiny_kl, "tiny": tiny_tiny}[request.param]()


def test_every_generator_keeps_the_protocol(generator: Generator) -> None:
    """Shapes as stated, pictures in [0, 1], a gradient for the latent, and one picture the same alone as in a batch."""
    assert isinstance(generator, Generator)
    images = torch.rand(3, 3, *generator.image_size)
    latent = generator.encode(images).detach()
    assert latent.shape == (3, *generator.latent_shape)
    wanted = latent.clone().requires_grad_()
    painted = generator.decode(wanted)
    assert painted.shape == images.shape and painted.min() >= 0 and painted.max() <= 1
    painted.sum().backward()
    assert wanted.grad is not None and wanted.grad.abs().sum() > 0
    with torch.no_grad():
        assert torch.allclose(generator.decode(latent[1:2]), generator.decode(latent)[1:2], atol=1e-5)


def test_a_side_that_does_not_divide_is_refused() -> None:
    """With the number that it must be a multiple of."""
    with pytest.raises(ShapeError, match="not a multiple of 2"):
        DiffusersAutoencoder(tiny_kl().model, 33)


def test_pictures_are_made_of_palette_colours(tiny_vae: PaletteVAE) -> None:
    """Every pixel is one of the 241, with and without gradients."""
    latent = torch.randn(2, *tiny_vae.latent_shape)
    palette = {tuple(c) for c in (tiny_vae.palette * 255).round().int().tolist()}
    for image in (tiny_vae.decode(latent), tiny_vae.decode(latent.requires_grad_()).detach()):
        assert {tuple(c) for c in (image * 255).round().int().permute(0, 2, 3, 1).reshape(-1, 3).tolist()} <= palette


def test_encoding_rgb_is_encoding_indices(tiny_vae: PaletteVAE) -> None:
    """The nearest colour of an exact Noun is its own."""
    indices = draw(sample(np.random.default_rng(0), 4))
    with torch.no_grad():
        assert torch.equal(tiny_vae.encode(to_tensor(to_rgb(indices))), tiny_vae.latents(torch.from_numpy(indices)))


def test_feedback_never_loses_a_pixel(tiny_vae: PaletteVAE) -> None:
    """What it paints is at least as right as by the encoder alone; what is right already stays as it is."""
    indices = torch.from_numpy(draw(sample(np.random.default_rng(1), 6))).long()
    with torch.no_grad():
        alone = tiny_vae.posterior(indices)[0]
        plain, fed = ((tiny_vae.indices(z) == indices).flatten(1).sum(1) for z in (alone, tiny_vae.latents(indices)))
        assert (fed >= plain).all()
        own = tiny_vae.indices(alone)
        settled = (tiny_vae.indices(tiny_vae.posterior(own)[0]) == own).flatten(1).all(1)
        assert torch.equal(tiny_vae.latents(own)[settled], tiny_vae.posterior(own)[0][settled])


def test_loss_pixels_equal_the_whole(tiny_vae: PaletteVAE) -> None:
    """What training computes at some pixels is what the decoder says there."""
    latent, pixels = torch.randn(2, *tiny_vae.latent_shape), torch.tensor([[0, 33, 1023], [5, 5, 700]])
    with torch.no_grad():
        whole = tiny_vae.decoder(latent).flatten(2).transpose(1, 2)
        some = tiny_vae.decoder.at_pixels(latent, pixels)
    assert torch.allclose(some, whole.gather(1, pixels[..., None].expand(-1, -1, 241)), atol=1e-5)


def test_the_decoder_has_maps_at_8_16_and_32(tiny_vae: PaletteVAE) -> None:
    """Rosetta needs them later."""
    layers = {"decoder.at8": 8, "decoder.at16": 16, "decoder.at32": 32}
    with Trace(tiny_vae, list(layers)) as trace, torch.no_grad():
        tiny_vae.decode(torch.randn(1, *tiny_vae.latent_shape))
    for layer, side in layers.items():
        assert as_maps(trace[layer])[0].shape[2:] == (side, side)
