"""What was told of a world's parts, as files keep it: texts by slot and part, and the texts' vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from core.foundations.errors import WeightsError

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
"""The encoder that saved vectors must come from."""


def by_part(data: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """What is told of each part, by slot and part, from plain JSON."""
    return {(slot, part): told for slot, parts in data.items() for part, told in parts.items()}


def keys_of(texts: Iterable[str]) -> list[int]:
    """What the texts of a file of vectors are found by: the first 8 bytes of each one's sha256."""
    return [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big", signed=True) for text in texts]


def vectors_of(texts: Sequence[str], tensors: Mapping[str, Tensor], card: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """The rows `[d]` of a file that belong to some texts; WeightsError where another encoder made it.

    Args:
        texts: those wanted; one that the file does not hold is left out.
        tensors: `vectors` `[m d]` and `keys` `[m]`, see `keys_of`.
        card: says which encoder made them.
    """
    if card.get("encoder") != MODEL or {"vectors", "keys"} - set(tensors) or len(tensors["vectors"]) != len(tensors["keys"]):
        raise WeightsError("The texts' vectors were not made by this encoder. Make them again: python -m core.train described.")
    held = dict(zip(tensors["keys"].tolist(), tensors["vectors"].float().numpy(), strict=True))
    return {text: held[k] for text, k in zip(texts, keys_of(texts), strict=True) if k in held}
