"""What a CLIP can do on held-out scenes: naming heads, understanding words no caption used, finding pictures by captions."""

from __future__ import annotations

import json
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.foundations.files import ROOT
from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.thesaurus import Thesaurus
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import HELD_OUT_WAYS, caption, names_of
from core.worlds.scenes.compose import Scenes, draw_scenes, sample

HEADS = [part for part in parts("head") if part.id != BARE["head"]]
"""The 254 heads, in the artwork's order."""


class Embedder(Protocol):
    """Whatever gives pictures and texts unit vectors of one space."""

    def embed(self, images: Tensor) -> Tensor:
        """RGB `[n 3 h w]` in [0, 1] to `[n k]`."""
        ...

    def embed_texts(self, texts: list[str]) -> Tensor:
        """Sentences to `[m k]`."""
        ...


@torch.no_grad()
def embed_scenes(model: Embedder, scenes: Scenes, batch: int = 128) -> Tensor:
    """Unit embeddings of scenes `[n k]`."""
    cuts = [scenes.take(slice(start, start + batch)) for start in range(0, len(scenes), batch)]
    return torch.cat([model.embed(to_tensor(draw_scenes(cut)[0])).cpu() for cut in cuts])


def single_nouns(count: int, seed: int = 0) -> tuple[Scenes, np.ndarray]:
    """Scenes of one held-out Noun with a head, and the positions of their heads `[n]`."""
    scenes = sample(numpy_rng("naming", seed), count, True, nouns=1, bare=0.0)
    return scenes, scenes.nouns[:, 0, SLOTS.index("head")]


@torch.no_grad()
def naming(model: Embedder, count: int, seed: int = 0) -> dict[str, float]:
    """Naming the head of single held-out Nouns among all 254.

    By its name; by other words in place of the name, those of the blind list and the catalogue's own synonyms, as far as no
    caption of training used them (the weights of the table of words were fitted to the latter); and by the name in ways to
    say it that no caption used.
    """
    scenes, heads = single_nouns(count, seed)
    names = model.embed_texts([part.name for part in HEADS]).cpu()
    pictures = embed_scenes(model, scenes)
    logits = pictures @ names.T
    said = [model.embed_texts([way.format(part.name) for part in HEADS]).cpu() for way in HELD_OUT_WAYS["head"]]
    lists = {"synonym_top1": unsaid_words(), "catalogue_top1": unused_synonyms()}
    found = {name: _by_other_words(model, pictures, logits, heads, words) for name, words in lists.items()}
    return {
        "head_top1": float((logits.argmax(1).numpy() == heads).mean()),
        "phrasing_top1": float(np.mean([((pictures @ way.T).argmax(1).numpy() == heads).mean() for way in said])),
    } | found


def unsaid_words() -> list[tuple[str, ...]]:
    """For every head the words of the blind list that no caption of training used for anything."""
    written = json.loads((ROOT / "core" / "bench" / "data" / "synonyms.json").read_text())
    return _unsaid([tuple(written.get(part.id, ())) for part in HEADS])


def unused_synonyms() -> list[tuple[str, ...]]:
    """For every head the catalogue's synonyms that no caption of training used for anything."""
    return _unsaid([names_of(part, held_out=True) for part in HEADS])


def _unsaid(words: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    used = {word for slot in SLOTS[1:] for part in parts(slot) for word in names_of(part)}
    return [tuple(word for word in several if word not in used) for several in words]


def known_to(thesaurus: Thesaurus, words: list[tuple[str, ...]]) -> float:
    """Share of every head's words that a table reads as that head: there no meaning is needed."""
    pairs = [(word, part.name) for part, several in zip(HEADS, words, strict=True) for word in several]
    return float(np.mean([thesaurus.reading(word) == name for word, name in pairs]))


def _by_other_words(model: Embedder, pictures: Tensor, logits: Tensor, heads: np.ndarray, words: list[tuple[str, ...]]) -> float:
    """How often a picture is nearer to another word for its head than to the names of all other heads."""
    flat = [(place, word) for place, several in enumerate(words) for word in several]
    vectors, places = model.embed_texts([word for _, word in flat]).cpu(), np.array([place for place, _ in flat])
    right: list[bool] = []
    for row, head in enumerate(heads):
        rivals = np.delete(logits[row].numpy(), head).max()
        right += (pictures[row] @ vectors[places == head].T > rivals).tolist()
    return float(np.mean(right)) if right else float("nan")


@torch.no_grad()
def retrieval(model: Embedder, count: int, seed: int = 0) -> dict[str, float]:
    """Share of exact captions whose own picture comes first among `count` held-out pictures."""
    scenes = sample(numpy_rng("retrieval", seed), count, True)
    texts = model.embed_texts([caption(scenes, i) for i in range(count)]).cpu()
    best = (texts @ embed_scenes(model, scenes).T).argmax(1)
    return {"retrieval_r1": float((best == torch.arange(count)).float().mean())}
