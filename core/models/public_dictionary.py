"""Sparse autoencoders that others trained, as our Dictionary, and ours as others read them.

    SAELens     cfg.json, sae_weights.safetensors        standard, topk, jumprelu
    ViT-Prisma  config.json, a .pt                       standard with relu or topk

There a = f(x W_enc + b_enc - s b_dec W_enc) and x = a W_dec + b_dec, with s = 1 where the decoder's bias is taken off at the entrance. It
is ours with W_e = W_enc^T, b = b_dec and c = b_enc + (1 - s) b_dec W_enc: codes are the same numbers as theirs. A jump's threshold below 0
cuts nothing that the ReLU leaves; where features are chosen by their strength times their row's norm, that norm is folded in.

Source: SAELens 6.54 (Bloom et al., 2024) and ViT-Prisma (Joseph et al., arXiv:2504.19475), whose files are read with code of our own.
A `.pt` is opened with `weights_only=True`: tensors and plain containers, and nothing that could run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from core.foundations.errors import LayerError, ModelError, WeightsError
from core.foundations.files import load_tensors, save_tensors, write_atomically
from core.models.anatomy import Anatomy
from core.models.dictionary import Dictionary, DictionaryConfig
from core.models.hub import fetch

LENS = ("cfg.json", "sae_weights.safetensors")
"""SAELens' two files."""
PRISMA = "config.json"
NAMES = ("W_enc", "b_enc", "W_dec", "b_dec")
"""The tensors that both have: `[d k]`, `[k]`, `[k d]`, `[d]`."""
VERSION = "6.0.0"
"""Of SAELens, whose layout is written."""


class PublicDictionary(NamedTuple):
    """A dictionary with what its files say of it.

    Attributes:
        dictionary: ours.
        model: that it reads, by its own library's name; may be empty.
        hook: where it reads, such as "blocks.9.hook_resid_post"; see `layer_of`.
    """

    dictionary: Dictionary
    model: str = ""
    hook: str = ""


def read_dictionary(folder: str | Path) -> PublicDictionary:
    """A dictionary from a folder in SAELens' or ViT-Prisma's layout.

    Raises:
        WeightsError: where the files are missing, damaged, or do not fit each other.
        ModelError: where it computes something that ours does not.
    """
    place = Path(folder)
    if (place / LENS[0]).is_file():
        told = _settings(place / LENS[0])
        tensors = load_tensors(_one(place, LENS[1]))
    elif (place / PRISMA).is_file():
        told = _settings(place / PRISMA)
        tensors = _opened(_one(place, "*.safetensors", "*.pt"))
    else:
        raise WeightsError(
            f"The folder {place.name!r} holds no dictionary: neither {LENS[0]}, as SAELens writes, nor ViT-Prisma's {PRISMA}."
        )
    try:
        return _joined({name: tensor.float() for name, tensor in tensors.items()}, told)
    except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise WeightsError(
            f"The files in {place.name!r} do not fit each other ({type(error).__name__}: {error}). Fetch them again."
        ) from error


def public_dictionary(name: str, folder: str = "") -> PublicDictionary:
    """A dictionary from the hub, fetched once, or from a folder.

    Args:
        name: of the repository, owner and name with a slash; or a folder of this machine.
        folder: in it, where it holds several.

    Raises:
        WeightsError: where it cannot be fetched, or as `read_dictionary`.
        ModelError: as `read_dictionary`.
    """
    return read_dictionary(Path(name) / folder if Path(name).is_dir() else fetch(name, "dictionary", folder=folder))


def write_dictionary(given: PublicDictionary, folder: str | Path) -> None:
    """A dictionary of ours in SAELens' layout, which sae-lens opens with `SAE.load_from_disk`.

    Raises:
        ModelError: where it has both thresholds and a number of features to keep: no architecture there does.
    """
    dictionary, config = given.dictionary, given.dictionary.config
    jumps = bool((dictionary.threshold > 0).any())
    if jumps and config.active:
        raise ModelError("This dictionary has thresholds and keeps a number of features too; SAELens knows one or the other.")
    kind = "topk" if config.active else "jumprelu" if jumps else "standard"
    scale = dictionary.scale
    tensors = {
        "W_enc": dictionary.encoder.T / scale,
        "b_enc": dictionary.encoder_bias,
        "W_dec": dictionary.decoder * scale,
        "b_dec": dictionary.centre * scale,
    }
    told: dict[str, Any] = {"architecture": kind, "d_in": config.width, "d_sae": config.size, "dtype": "float32", "device": "cpu"}
    told |= {"apply_b_dec_to_input": True, "reshape_activations": "none", "normalize_activations": "layer_norm" if config.each else "none"}
    if config.active:
        told |= {"k": config.active, "rescale_acts_by_decoder_norm": False}
    if jumps:
        tensors["threshold"] = dictionary.threshold
    told["metadata"] = {"sae_lens_version": VERSION, "model_name": given.model, "hook_name": given.hook}
    save_tensors(Path(folder) / LENS[1], tensors)
    write_atomically(Path(folder) / LENS[0], (json.dumps(told, indent=1) + "\n").encode())


def layer_of(hook: str, anatomy: Anatomy) -> str:
    """The layer of a tower at which a dictionary reads.

    Args:
        hook: as SAELens and ViT-Prisma name it: "blocks.9.hook_resid_post", "blocks.0.hook_resid_pre" or "blocks.3.hook_mlp_out".
        anatomy: of the tower.

    Raises:
        LayerError: where the tower has no such place, or it is one of another kind.
    """
    found = re.fullmatch(r"blocks\.(\d+)\.hook_(resid_post|resid_pre|mlp_out)", hook)
    if not found or int(found[1]) >= anatomy.layers:
        raise LayerError(
            f"The place {hook[:80]!r} is none of this tower's. Known are blocks.N.hook_resid_post, hook_resid_pre and hook_mlp_out with N "
            f"from 0 to {anatomy.layers - 1}."
        )
    block = int(found[1])
    if found[2] == "mlp_out":
        return anatomy.blocks[block].mlp_name
    if found[2] == "resid_post":
        return anatomy.blocks[block].name
    return anatomy.blocks[block - 1].name if block else anatomy.start_name


def _settings(path: Path) -> dict[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path.name} cannot be read as JSON. Fetch the dictionary again.") from error
    if not isinstance(told, dict):
        raise WeightsError(f"{path.name} holds no settings. Fetch the dictionary again.")
    return told


def _one(place: Path, *patterns: str) -> Path:
    """The one file that fits the first pattern that any fits; WeightsError where there is none, or more."""
    for pattern in patterns:
        if found := sorted(place.glob(pattern)):
            if len(found) > 1:
                raise WeightsError(f"The folder {place.name!r} holds {len(found)} files of weights. Leave the one that is meant.")
            return found[0]
    raise WeightsError(f"The folder {place.name!r} holds no weights: {' or '.join(patterns)}.")


def _opened(path: Path) -> dict[str, Tensor]:
    """The tensors of a file, also where they lie one floor deeper."""
    if path.suffix == ".safetensors":
        return load_tensors(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what is no file of tensors fails in many ways
        raise WeightsError(
            f"{path.name} holds more than tensors, or is damaged, and was not opened. Save the dictionary's tensors alone, as safetensors."
        ) from error
    for key in ("state_dict", "model_state_dict"):
        if isinstance(found, Mapping) and isinstance(found.get(key), Mapping):
            found = found[key]
    if not isinstance(found, Mapping):
        raise WeightsError(f"{path.name} holds no tensors by name. Save the dictionary's tensors, as safetensors.")
    return {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Tensor)}


def _kind(told: dict[str, Any]) -> tuple[str, int]:
    """Architecture and how many features are kept; ModelError where it is none of ours."""
    kind, inner = told.get("architecture", "standard"), told.get("activation_fn", told.get("activation_fn_str", "relu"))
    kept: Any = told.get("k") or (told.get("activation_fn_kwargs") or {}).get("k")
    if kind == "standard" and inner == "topk":
        kind = "topk"
    if kind not in ("standard", "topk", "jumprelu") or (kind != "topk" and inner != "relu"):
        raise ModelError(
            f"Dictionaries of the kind {kind!r} with {inner!r} cannot be read. Known are standard, topk and jumprelu with relu."
        )
    if kind == "topk" and not (isinstance(kept, int) and kept > 0):
        raise ValueError("topk without a number of features to keep")
    return kind, int(kept) if kind == "topk" else 0


def _each(told: dict[str, Any]) -> bool:
    """Whether latents are brought to mean 0 and spread 1 one by one; ModelError where something else is done to them."""
    norm = told.get("normalize_activations") or "none"
    if told.get("reshape_activations", "none") not in ("none", None) or "hook_z" in str(told.get("hook_name", told.get("hook_point", ""))):
        raise ModelError("This dictionary reads the heads of an attention side by side, which cannot be done here. Take one of the stream.")
    if norm is True or norm not in ("none", "expected_average_only_in", "layer_norm"):
        raise ModelError(
            f"This dictionary brings activations in by {norm!r}, which cannot be done here. Take one with 'none' or 'layer_norm'."
        )
    return norm == "layer_norm"


def _joined(tensors: dict[str, Tensor], told: dict[str, Any]) -> PublicDictionary:
    kind, active = _kind(told)
    each = _each(told)
    w_enc, b_enc, w_dec, b_dec = (tensors[name] for name in NAMES)
    if told.get("rescale_acts_by_decoder_norm"):
        norms = w_dec.norm(dim=1)
        w_enc, b_enc, w_dec = w_enc * norms, b_enc * norms, w_dec / norms.clamp(min=1e-12)[:, None]
    if not told.get("apply_b_dec_to_input", True):
        b_enc = b_enc + b_dec @ w_enc
    dictionary = Dictionary(DictionaryConfig(w_enc.shape[0], w_enc.shape[1], active, each))
    threshold = tensors["threshold"].clamp(min=0) if kind == "jumprelu" else torch.zeros_like(b_enc)
    scale = torch.as_tensor(1 / told["norm_scaling_factor"] if told.get("norm_scaling_factor") else 1.0)
    state = {"encoder": w_enc.T, "encoder_bias": b_enc, "decoder": w_dec, "centre": b_dec, "threshold": threshold, "scale": scale}
    dictionary.load_state_dict(state)
    about = {**told, **(told.get("metadata") or {})}
    hook = about.get("hook_name") or about.get("hook_point") or ""
    return PublicDictionary(dictionary.eval().requires_grad_(False), str(about.get("model_name") or ""), str(hook))
