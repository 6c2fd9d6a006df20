"""What the embedded CLIP can do, measured on held-out scenes: naming heads, finding pictures by their exact captions."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.foundations.images import to_tensor
from core.foundations.seeds import numpy_rng
from core.models.phrases import split_phrases
from core.models.scene_clip import SceneClip
from core.models.text import text_encoder
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import caption, names_of
from core.worlds.scenes.compose import Scenes, draw_scenes, sample


@torch.no_grad()
def embed_scenes(model: SceneClip, scenes: Scenes, batch: int = 128) -> Tensor:
    """Unit embeddings of scenes `[n k]`."""
    found = []
    for start in range(0, len(scenes), batch):
        images = to_tensor(draw_scenes(scenes.take(slice(start, start + batch)))[0])
        found.append(F.normalize(model.visual(model.normalise(images)).float(), dim=-1))
    return torch.cat(found)


@torch.no_grad()
def embed_texts(model: SceneClip, texts: list[str]) -> Tensor:
    """Unit embeddings of texts `[m k]`."""
    pieces = [split_phrases(text) for text in texts]
    longest = max(map(len, pieces))
    flat = list(dict.fromkeys(p for several in pieces for p in several))
    vectors = dict(zip(flat, torch.from_numpy(text_encoder().embed(flat)), strict=True))
    stacked = torch.zeros(len(texts), longest, vectors[flat[0]].shape[0])
    there = torch.zeros(len(texts), longest, dtype=torch.bool)
    for row, several in enumerate(pieces):
        stacked[row, : len(several)] = torch.stack([vectors[p] for p in several])
        there[row, : len(several)] = True
    return model.text(stacked, there)


def naming(model: SceneClip, count: int, seed: int = 0) -> dict[str, float]:
    """Naming the head of single held-out Nouns among all 254: by its name, and by synonyms that no caption used."""
    scenes = sample(numpy_rng("naming", seed), count, True, nouns=1, bare=0.0)
    heads = scenes.nouns[:, 0, SLOTS.index("head")]
    known = [p for p in parts("head") if p.id != BARE["head"]]
    names = embed_texts(model, [p.name for p in known])
    pictures = embed_scenes(model, scenes)
    logits = pictures @ names.T
    top1 = (logits.argmax(1).numpy() == heads).mean()
    others = [(place, s) for place, p in enumerate(known) for s in names_of(p, held_out=True)]
    vectors = embed_texts(model, [s for _, s in others])
    places = np.array([place for place, _ in others])
    right, asked = 0, 0
    for row, head in enumerate(heads):
        for column in np.flatnonzero(places == head):
            swapped = logits[row].clone()
            swapped[head] = pictures[row] @ vectors[column]
            right, asked = right + int(swapped.argmax() == head), asked + 1
    return {"head_top1": float(top1), "synonym_top1": right / max(1, asked)}


def retrieval(model: SceneClip, count: int, seed: int = 0) -> dict[str, float]:
    """Share of exact captions whose own picture comes first among `count` held-out pictures."""
    scenes = sample(numpy_rng("retrieval", seed), count, True)
    texts = embed_texts(model, [caption(scenes, i) for i in range(count)])
    return {"retrieval_r1": float(((texts @ embed_scenes(model, scenes).T).argmax(1) == torch.arange(count)).float().mean())}
