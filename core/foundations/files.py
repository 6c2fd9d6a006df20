"""Files: weights as safetensors with a JSON card beside them, digests checked. No pickle is ever opened."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.foundations.errors import WeightsError

if TYPE_CHECKING:
    import torch  # the page finds its files before torch is there

ROOT = Path(__file__).resolve().parents[2]
"""Where the repository lies."""


def asset(name: str) -> Path:
    """The path of something in `assets/`; WeightsError where it is missing."""
    path = ROOT / "assets" / name
    if not path.is_file():
        raise WeightsError(f"assets/{name} is missing. Fetch the whole repository again, or run `make weights` to train it.")
    return path


def digest(path: Path) -> str:
    """The sha256 of a file, as hexadecimal."""
    sha = hashlib.sha256()
    with path.open("rb") as file:
        for block in iter(lambda: file.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(path.suffix + ".part")
    part.write_bytes(data)
    os.replace(part, path)


def save_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Save tensors as safetensors, whole or not at all."""
    from safetensors.torch import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file({name: t.detach().cpu().contiguous() for name, t in tensors.items()}, part)
    os.replace(part, path)


def load_tensors(path: Path) -> dict[str, torch.Tensor]:
    """Read safetensors; WeightsError where the file is not one."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path.name} cannot be read as safetensors. Fetch it again, or train it with `make weights`.") from error


def numbers_digest(tensors: dict[str, torch.Tensor]) -> str:
    """The sha256 of tensors: name after name in alphabetical order, as little-endian float32, however they are packed."""
    sha = hashlib.sha256()
    for name in sorted(tensors):
        sha.update(name.encode())
        sha.update(tensors[name].detach().cpu().float().contiguous().numpy().astype("<f4").tobytes())
    return sha.hexdigest()


def write_words(name: str, text: str) -> None:
    """Keep a long text as `assets/<name>.gz`; the same text gives the same bytes."""
    write_atomically(ROOT / "assets" / f"{name}.gz", gzip.compress(text.encode(), mtime=0))


def save_words(name: str, text: str, card: Mapping[str, Any]) -> None:
    """Keep a long text as `assets/<name>.json.gz`, and as `assets/cards/<name>.json` its card with the file's size and digest."""
    write_words(f"{name}.json", text)
    path = asset(f"{name}.json.gz")
    told = {**card, "file": path.name, "bytes": path.stat().st_size, "sha256": digest(path)}
    write_atomically(ROOT / "assets" / "cards" / f"{name}.json", (json.dumps(told, indent=1) + "\n").encode())


def read_words(name: str) -> str:
    """The text that lies in `assets/<name>.gz`; WeightsError where it is missing or damaged."""
    try:
        data = asset(f"{name}.gz").read_bytes()
        if not data:
            raise EOFError
        return gzip.decompress(data).decode()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise WeightsError(f"assets/{name}.gz is damaged. Fetch the whole repository again, or run `make weights`.") from error


SCALES = "#scales"
"""Behind the name of a table of eight-bit rows: what each row is multiplied by."""


def in_eight_bits(tensors: dict[str, torch.Tensor], *names: str) -> dict[str, torch.Tensor]:
    """Some tables `[... d]` as whole numbers of -127 to 127, each row with its own scale; half the bytes of float16.

    A row keeps its direction: for 384 numbers that look random the cosine is above 0.9999. `load_weights` undoes it.
    """
    import torch

    packed = dict(tensors)
    for name in names:
        table = packed[name].float()
        scales = (table.abs().amax(-1, keepdim=True) / 127).clamp(min=1e-12)
        packed |= {name: (table / scales).round().to(torch.int8), name + SCALES: scales.squeeze(-1)}
    return packed


def from_eight_bits(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """What `in_eight_bits` packed, as float32, and all else as it is."""
    whole = {name: tensor for name, tensor in tensors.items() if not name.endswith(SCALES)}
    for name in tensors.keys() - whole.keys():
        table = name.removesuffix(SCALES)
        whole[table] = tensors[table].float() * tensors[name][..., None]
    return whole


def halved(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Numbers with a fraction as float16, as weights are kept; whole numbers as they are."""
    return {name: t.half() if t.is_floating_point() else t for name, t in tensors.items()}


LARGE = 30_000
"""Numbers from which on a matrix is worth keeping in eight bits."""


def packed(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights in as few bytes as serve: large matrices in eight bits, all other numbers with a fraction in half precision."""
    half = halved(tensors)
    return in_eight_bits(half, *(name for name, t in half.items() if t.ndim == 2 and t.is_floating_point() and t.numel() > LARGE))


def save_weights(name: str, tensors: dict[str, torch.Tensor], card: dict[str, Any]) -> None:
    """Save weights as `assets/<name>.safetensors` and their card as `assets/cards/<name>.json`."""
    path = ROOT / "assets" / f"{name}.safetensors"
    save_tensors(path, tensors)
    card = {**card, "file": path.name, "bytes": path.stat().st_size, "sha256": digest(path)}
    write_atomically(ROOT / "assets" / "cards" / f"{name}.json", (json.dumps(card, indent=1) + "\n").encode())


def load_card(name: str) -> dict[str, Any]:
    """The card of a weight file."""
    return json.loads(asset(f"cards/{name}.json").read_text())


def load_weights(name: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Weights and card of `assets/<name>.safetensors`; WeightsError where the digest is not the card's."""
    card, path = load_card(name), asset(f"{name}.safetensors")
    if digest(path) != card["sha256"]:
        raise WeightsError(f"assets/{name}.safetensors is not the file its card describes. Fetch it again, or run `make weights`.")
    return from_eight_bits(load_tensors(path)), card
