"""Units of every family come as `[n u h w]`, differentiable, without tokens that have no place; and a model is found by its name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import timm
import torch
from torch import nn

from core.foundations.errors import LayerError, ModelError, ShapeError
from core.methods.relate.rosetta import Rosetta
from core.methods.relate.rosetta_sums import RosettaSettings
from core.models.palette_vae import PaletteVAE
from core.models.units import Units, brought, encoder_units, generator_units, layers_with_maps, tower_units
from core.models.zoo import units
from tests.models.test_palette_vae import tiny_kl, tiny_tiny
from tests.models.tiny_towers import KINDS, SIDE, open_clip_tower, timm_tower

torch.manual_seed(0)
PLAIN = nn.Sequential(nn.Conv2d(3, 5, 3, 2), nn.ReLU(), nn.Conv2d(5, 7, 3, 2), nn.Flatten(), nn.Linear(7 * 25, 4))


def resnet() -> nn.Module:
    """A ResNet of timm, narrow."""
    return timm.models.resnet.ResNet(timm.models.resnet.BasicBlock, (1, 1, 1, 1), channels=(8, 8, 16, 16), num_classes=3).eval()


def swin() -> nn.Module:
    """A Swin of timm, narrow, whose maps have their channels last."""
    return timm.models.SwinTransformer(img_size=32, patch_size=4, embed_dim=8, depths=(1, 1), num_heads=(2, 2), window_size=4).eval()


FAMILIES: dict[str, Callable[[], Units]] = {
    "timm ViT": lambda: tower_units("vit", timm_tower(reg_tokens=2), (SIDE, SIDE)),
    "timm ResNet": lambda: tower_units("resnet", resnet(), (32, 32)),
    "timm Swin": lambda: tower_units("swin", swin(), (32, 32)),
    "open_clip": lambda: tower_units("clip", open_clip_tower(), (SIDE, SIDE)),
    "torch": lambda: tower_units("plain", PLAIN, (24, 24)),
    "diffusers encoder": lambda: encoder_units("kl", tiny_kl(), ["model.encoder.down_blocks.*"]),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_maps(family: str) -> None:
    """As many layers as it says, each `[n u h w]` with several places, differentiable in the picture, from pictures of any size."""
    model = FAMILIES[family]()
    pictures = torch.rand(2, 3, 40, 40, requires_grad=True)
    seen = model.see(pictures)
    assert tuple(seen.maps) == model.layers and len(model.layers) > 1
    for maps in seen.maps.values():
        assert maps.ndim == 4 and len(maps) == 2 and maps.shape[2] == maps.shape[3]
    list(seen.maps.values())[-1].square().sum().backward()
    assert pictures.grad is not None and pictures.grad.abs().sum() > 0
    with torch.no_grad():
        alone = model.see(pictures[1:]).maps
    assert all(torch.allclose(alone[layer], maps[1:], atol=1e-4) for layer, maps in seen.maps.items())


@pytest.mark.parametrize("kind", KINDS)
def test_towers_give_what_follows_the_activation_function(kind: str) -> None:
    """Of every tower that can be taken apart: three layers of 64 units on 3 x 3 places, whatever extra tokens there are."""
    seen = tower_units("tower", KINDS[kind](), (SIDE, SIDE)).see(torch.rand(1, 3, SIDE, SIDE))
    assert [tuple(maps.shape) for maps in seen.maps.values()] == [(1, 64, 3, 3)] * 3


@pytest.mark.parametrize("generator", [tiny_kl, tiny_tiny])
def test_generators_give_maps_on_the_way_to_a_picture(generator: Callable[[], nn.Module]) -> None:
    """One pass gives both, one latent at a time the same as all at once."""
    made = generator()
    model = generator_units("generator", made, ["model.decoder.*"])
    latent = torch.randn(3, *made.latent_shape)
    together = model.see(latent)
    assert torch.equal(together.output, made.decode(latent))
    singly = generator_units("generator", made, ["model.decoder.*"], singly=True).see(latent)
    assert all(torch.allclose(singly.maps[layer], maps, atol=1e-5) for layer, maps in together.maps.items())


def test_the_embedded_generator_is_one_of_them(tiny_vae: PaletteVAE) -> None:
    """Its decoder's maps at 8, 16 and 32 places."""
    model = generator_units("nouns", tiny_vae, ["decoder.at8", "decoder.at16", "decoder.at32"])
    maps = model.see(torch.randn(2, *tiny_vae.latent_shape)).maps
    assert [one.shape[-1] for one in maps.values()] == [8, 16, 32]


def test_all_families_are_compared_with_a_generator() -> None:
    """One table for each, every number a correlation."""
    made = tiny_kl()
    hub = generator_units("kl", made, ["model.decoder.up_blocks.*.resnets.*.conv2"])
    others = {family: make() for family, make in FAMILIES.items()}
    rosetta = Rosetta("kl", RosettaSettings(most=16, block=4, shuffles=1))
    with torch.no_grad():
        seen = hub.see(torch.randn(6, *made.latent_shape))
        rosetta.add({"kl": seen.maps, **{name: one.see(seen.output).maps for name, one in others.items()}}).finish()
    for name in others:
        table = rosetta.correlations(name)
        assert table.shape == (len(rosetta.units("kl")), len(rosetta.units(name))) and table.abs().max() <= 1 and table.abs().max() > 0


def test_layers_are_chosen_by_patterns() -> None:
    """In the network's order; what fits nothing is refused with what there is."""
    model = FAMILIES["torch"]()
    assert model.layers == ("0", "1", "2") == layers_with_maps(PLAIN, PLAIN, torch.zeros(1, 3, 24, 24))
    assert model.only("2", "0").layers == ("0", "2")
    with pytest.raises(LayerError, match="fits 'blocks"):
        model.only("blocks.*")
    with pytest.raises(ModelError, match="maps"):
        tower_units("flat", nn.Sequential(nn.Flatten(), nn.Linear(27, 2)), (3, 3))
    with pytest.raises(ShapeError, match="pictures"):
        brought(torch.zeros(3, 4, 4), (4, 4), (0,), (1,))


def test_models_are_found_by_name() -> None:
    """Embedded ones, with patterns of layers; an unknown family is refused with those that there are."""
    model = units("generator:nouns_generator@decoder.at8,decoder.at16")
    assert model.name == "generator:nouns_generator" and model.layers == ("decoder.at8", "decoder.at16")
    assert units("clip:scenes_clip").see(torch.rand(1, 3, 64, 64)).maps
    with pytest.raises(ModelError, match="timm"):
        units("resnet50")
