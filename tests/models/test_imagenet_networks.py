"""ResNet-50 out of Keras' numbers and TinyViT out of folded ones: what they compute is what those numbers mean."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.foundations.errors import WeightsError
from core.models.imagenet_networks import EPS, FOLDED, resnet50, resnet_tensors, tiny_vit, unfolded
from core.models.imagenet_networks import _normed as normed
from core.models.packed_weights import Members
from tests.models.tiny_towers import stir


def keras_resnet() -> dict[str, Tensor]:
    """Random numbers under Keras' names, in its axes, for every part of a ResNet-50."""
    rng, found = torch.Generator().manual_seed(0), dict[str, Tensor]()

    def pair(conv: str, norm: str, kernel: tuple[int, ...]) -> None:
        found[f"{conv}/kernel"] = torch.randn(kernel, generator=rng) * (kernel[0] * kernel[1] * kernel[2]) ** -0.5
        for name in (f"{conv}/bias", f"{norm}/gamma", f"{norm}/beta", f"{norm}/moving_mean", f"{norm}/moving_variance"):
            found[name] = 0.5 + torch.rand(kernel[3], generator=rng)

    pair("conv1", "bn_conv1", (7, 7, 3, 64))
    taken = 64
    for stage, (depth, width) in enumerate(zip((3, 4, 6, 3), (64, 128, 256, 512), strict=True), 2):
        for place in range(depth):
            name = f"{stage}{'abcdef'[place]}"
            for letter, kernel in zip("abc", ((1, 1, taken, width), (3, 3, width, width), (1, 1, width, 4 * width)), strict=True):
                pair(f"res{name}_branch2{letter}", f"bn{name}_branch2{letter}", kernel)
            if not place:
                pair(f"res{name}_branch1", f"bn{name}_branch1", (1, 1, taken, 4 * width))
            taken = 4 * width
    return found | {"fc1000/kernel": torch.randn(2048, 1000, generator=rng), "fc1000/bias": torch.randn(1000, generator=rng)}


def keras_layer(keras: dict[str, Tensor], x: Tensor, conv: str, norm: str, stride: int, padding: int) -> Tensor:
    """A convolution with its bias, then the normalisation, as Keras has them."""
    x = F.conv2d(x, keras[f"{conv}/kernel"].permute(3, 2, 0, 1), keras[f"{conv}/bias"], stride, padding)
    mean, variance, gamma, beta = (keras[f"{norm}/{name}"] for name in ("moving_mean", "moving_variance", "gamma", "beta"))
    return F.batch_norm(x, mean, variance, gamma, beta, eps=EPS)


def test_the_resnet_computes_what_keras_does() -> None:
    """The stem, and the first block of the second stage, which halves in its first convolution."""
    keras = keras_resnet()
    model = resnet50(resnet_tensors(keras))
    x = torch.randn(1, 3, 32, 32)
    assert torch.allclose(model.bn1(model.conv1(x)), keras_layer(keras, x, "conv1", "bn_conv1", 2, 3), atol=1e-4)
    maps = torch.rand(1, 256, 8, 8)
    inner = maps
    for letter, stride, padding in (("a", 2, 0), ("b", 1, 1), ("c", 1, 0)):
        inner = keras_layer(keras, inner, f"res3a_branch2{letter}", f"bn3a_branch2{letter}", stride, padding)
        inner = F.relu(inner) if letter != "c" else inner
    wanted = F.relu(inner + keras_layer(keras, maps, "res3a_branch1", "bn3a_branch1", 2, 0))
    assert torch.allclose(model.layer2[0](maps), wanted, atol=1e-3)
    assert model(torch.rand(1, 3, 64, 64)).shape == (1, 1000)


def folded(model: nn.Module) -> dict[str, Tensor]:
    """A TinyViT's numbers as its file has them: each normalisation within its convolution, in the order in which they run."""
    order: list[str] = []
    pairs = [name for name, _ in normed(model)]
    hooks = [model.get_submodule(name).register_forward_hook(lambda *_, name=name: order.append(name)) for name in pairs]
    model(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    raw = {f"stages.stages.{k[7:]}" if k.startswith("stages.") and "qkv.w" in k else k: t for k, t in model.state_dict().items()}
    raw = {name: tensor for name, tensor in raw.items() if ".bn." not in name and ".conv." not in name}
    for number, name in enumerate(order):
        module = model.get_submodule(name)
        gain = module.bn.weight / (module.bn.running_var + module.bn.eps).sqrt()
        raw[f"{FOLDED}{100 + 3 * number}"] = module.conv.weight * gain[:, None, None, None]
        raw[f"{FOLDED}{101 + 3 * number}"] = module.bn.bias - module.bn.running_mean * gain
    return raw


def test_folded_normalisations_are_unfolded() -> None:
    """The same embedding from the file's numbers as from the network's own; a missing one is refused."""
    model = stir(tiny_vit())
    raw = folded(model)
    images = torch.randn(1, 3, 224, 224)
    wanted = model(images)
    assert (tiny_vit(unfolded(raw))(images) - wanted).abs().max() < 1e-3 * wanted.abs().max()
    raw.pop("stages.stages.1.blocks.0.attn.qkv.weight")
    with pytest.raises(WeightsError, match="qkv"):
        unfolded(raw)


def test_files_of_an_npm_package_are_read(tmp_path: Path) -> None:
    """By their names; nothing is unpacked onto the disk."""
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as tar:
        data = json.dumps({"a": 1}).encode()
        member = tarfile.TarInfo("package/a.json")
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
    members = Members(tmp_path / "package.tgz")
    assert members.namelist() == ["package/a.json"] and json.loads(members.read("package/a.json")) == {"a": 1}
    with pytest.raises(KeyError):
        members.read("package/b.json")
