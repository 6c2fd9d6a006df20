"""The Nouns' eyes: sizes, packing, tracing, and what the masked one must not see; on tiny random ones."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from core.foundations.errors import ShapeError
from core.foundations.files import from_eight_bits
from core.foundations.trace import Trace, as_maps
from core.models.anatomy import anatomy_of
from core.models.noun_eyes import EyeConfig, NounEye, masked_tokens, pack_eye, unpack_eye
from core.models.noun_units import InScene, eye_units
from core.models.protocols import Encoder

TINY = {
    "residual": EyeConfig("residual", classes=5, widths=(8, 16, 16, 24)),
    "transformer": EyeConfig("transformer", classes=5, width=48, depth=2, heads=2, stem=(8, 16)),
    "masked": EyeConfig("masked", classes=0, width=32, depth=2, heads=2),
}


def tiny(kind: str) -> NounEye:
    torch.manual_seed(0)
    return NounEye(TINY[kind]).eval().requires_grad_(False)


def images(count: int = 2) -> Tensor:
    return torch.rand(count, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kind", TINY)
def test_pictures_become_embeddings_of_unit_length(kind: str) -> None:
    eye = tiny(kind)
    found = eye.embed(images())
    assert isinstance(eye, Encoder) and found.ndim == 2
    torch.testing.assert_close(found.norm(dim=1), torch.ones(2))
    assert eye(images()).shape == (2, TINY[kind].classes or TINY[kind].width)


@pytest.mark.parametrize("kind", TINY)
def test_a_packed_eye_sees_nearly_the_same(kind: str) -> None:
    eye = tiny(kind)
    packed = pack_eye(eye)
    assert any(t.dtype == torch.int8 for t in packed.values()) == (kind == "transformer")
    settings = {key: list(v) if isinstance(v, tuple) else v for key, v in eye.config.to_dict().items()}  # as JSON gives it back
    again = unpack_eye(from_eight_bits(packed), settings).float().eval()
    assert (again.embed(images()) * eye.embed(images())).sum(1).min() > 0.999


def test_a_picture_of_another_size_is_refused() -> None:
    with pytest.raises(ShapeError):
        tiny("residual")(torch.zeros(1, 3, 64, 64))


def test_maps_lie_on_the_generators_maps() -> None:
    eye = tiny("residual")
    with Trace(eye, [f"trunk.layer{i}" for i in (1, 2, 3, 4)]) as trace:
        eye(images())
    assert [trace[f"trunk.layer{i}"].shape[2] for i in (1, 2, 3, 4)] == [32, 16, 8, 4]
    for kind in ("transformer", "masked"):
        seen = eye_units(kind, tiny(kind)).see(images())
        assert {maps.shape for maps in seen.maps.values()} == {(2, 4 * TINY[kind].width, 8, 8)} and len(seen.maps) == 2


def test_the_transformer_can_be_taken_apart() -> None:
    anatomy = anatomy_of(tiny("transformer").trunk)
    assert anatomy.layers == 2 and anatomy.grid == (8, 8) and anatomy.projection.shape == (48, 5)


def test_a_masked_eye_does_not_see_what_is_hidden() -> None:
    eye, kept = tiny("masked"), torch.tensor([[0, 9, 60]])
    other = images(1).clone()
    other[:, :, 8:12, 8:12] = 0.5  # patch 18, which is not kept
    torch.testing.assert_close(masked_tokens(eye, images(1), kept), masked_tokens(eye, other, kept))
    other[:, :, 4:8, 4:8] = 0.5  # patch 9, which is
    assert not torch.allclose(masked_tokens(eye, images(1), kept), masked_tokens(eye, other, kept))


def test_all_patches_kept_is_the_network_itself() -> None:
    eye = tiny("masked")
    kept = torch.arange(64)[None].expand(2, -1)
    torch.testing.assert_close(masked_tokens(eye, images(), kept), eye.trunk.forward_features(eye.normalise(images())))


class Means(nn.Module):
    """Patches of 8 pixels to tokens that hold each patch's mean colour, behind one token without a place."""

    def forward(self, scenes: Tensor) -> Tensor:
        tokens = nn.functional.avg_pool2d(scenes, 8).flatten(2).transpose(1, 2)
        return torch.cat([tokens[:, :1], tokens], 1)


def test_a_noun_in_a_scene_is_looked_at_four_times() -> None:
    network = nn.Sequential(Means())
    seen = InScene("means", network, ("0",), network, extra=1, side=32, patch=8).see(images())
    assert seen.maps["0"].shape == (2, 3, 8, 8)
    # Each place of the map is the mean of the 8 x 8 pixels around its 4 x 4; outside stands the ground.
    ground = images()[:, :, :1, :1]
    padded = ground.repeat(1, 1, 36, 36)
    padded[:, :, 2:34, 2:34] = images()
    torch.testing.assert_close(seen.maps["0"], nn.functional.avg_pool2d(padded, 8, 4))
    assert as_maps(seen.output, 1)[0].shape == (2, 3, 8, 8)
