"""What heads say of real photographs, by what they were trained on, and which names the shipped one does not know.

Run after the head was trained, for its card and for people, never to choose a setting.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from core.bench.photos.naming import indices, top_share
from core.foundations.files import ROOT, load_weights, write_atomically
from core.models.dinov2 import MEAN, STD, dinov2
from core.models.photo_clip import NAME
from core.models.registry import choose_device
from core.models.text import text_encoder
from core.train.photos.head import Head, HeadTraining, Lessons, contrast_head, lessons_of, ridge_head
from core.train.photos.views import ViewMaking, look
from core.worlds.photos.cuts import class_names
from core.worlds.photos.named import Named, everything
from core.worlds.photos.pasted import alone
from core.worlds.photos.stamps import backgrounds, kind_names, stamps


@dataclass(frozen=True)
class Judge:
    """Real photographs with their names, as rows.

    Attributes:
        rows: blended, `[n 384]`.
        classes: names, and their vectors `[m 384]`; `label` says which each photograph has, -1 for none.
        kinds: the same, coarser.
    """

    rows: Tensor
    classes: tuple[list[str], Tensor]
    kinds: tuple[list[str], Tensor]
    label: Tensor
    kind: Tensor

    def figures(self, head: Head) -> dict[str, float]:
        """Shares that are named right."""
        found, named = head(self.rows), self.label >= 0
        names = found[named] @ self.classes[1].T
        return {
            "kind": round(top_share(found[self.kind >= 0] @ self.kinds[1].T, self.kind[self.kind >= 0]), 4),
            "name": round(top_share(names, self.label[named]), 4),
            "name among five": round(top_share(names, self.label[named], 5), 4),
        }

    def unknown(self, head: Head) -> list[str]:
        """Names that are among the five nearest of none of their photographs."""
        best = (head(self.rows) @ self.classes[1].T).topk(5, 1).indices
        known = set(self.label[(best == self.label[:, None]).any(1)].tolist())
        return [name for number, name in enumerate(self.classes[0]) if number not in known]


@torch.inference_mode()
def judge_of(side: int, blend: float, text_mean: Tensor, device: torch.device) -> Judge:
    """The photographs, looked at once.

    Args:
        side: of the pictures, in pixels.
        blend: the class token's share.
        text_mean: what the heads were trained without `[384]`.
        device: where the tower runs.
    """
    cut_outs = stamps()
    images, tower, rows = alone(cut_outs, backgrounds(), side), dinov2(side).to(device), []
    mean, std = (torch.tensor(x, device=device).view(3, 1, 1) for x in (MEAN, STD))
    for start in range(0, len(images), 16):
        tokens = tower.forward_features((images[start : start + 16].to(device) - mean) / std)
        rows.append((blend * tokens[:, 0] + (1 - blend) * tokens[:, 1:].mean(1)).cpu())
    classes, kinds = class_names(cut_outs), kind_names(cut_outs)
    vectors = [F.normalize(torch.from_numpy(text_encoder().embed(names)) - text_mean, dim=-1) for names in (classes, kinds)]
    label, kind = indices(classes, [s.label for s in cut_outs]), indices(kinds, [s.kind for s in cut_outs])
    return Judge(torch.cat(rows), (classes, vectors[0]), (kinds, vectors[1]), label, kind)


def by_training(pictures: list[Named], lessons: Lessons, settings: HeadTraining, judge: Callable[[Head], Any]) -> dict[str, Any]:
    """What a judge says of heads that were trained on some of the pictures."""
    source = np.array([picture.source for picture in pictures])
    lots = {"Noto emoji": source == "noto", "Fluent emoji": source == "fluent", "clip-art": source == "clipart"}
    lots |= {"emoji": source != "clipart", "everything": np.ones(len(source), bool)}
    found = {
        f"{name} ({int(own.sum())})": judge(contrast_head(lessons.take(torch.from_numpy(own)), settings)) for name, own in lots.items()
    }
    return found | {"everything, ridge alone": judge(ridge_head(lessons, settings))}


def main() -> None:
    """Judge heads on photographs and write what comes out to the card of the shipped one."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    device, settings, making = choose_device(), HeadTraining(), ViewMaking()
    pictures = everything()
    lessons = lessons_of(pictures, look(pictures, making, device), settings.blend)
    judge = judge_of(making.side, settings.blend, lessons.text_mean, device)
    tensors, card = load_weights(NAME)
    shipped = Head(tensors["weight"].float(), tensors["bias"].float(), card["architecture"]["logit_scale"])
    card["photographs"] = {"shipped": judge.figures(shipped)} | by_training(pictures, lessons, settings, judge.figures)
    card["does not know"] = judge.unknown(shipped)
    write_atomically(ROOT / "assets" / "cards" / f"{NAME}.json", (json.dumps(card, indent=1) + "\n").encode())
    for name, row in card["photographs"].items():
        print(f"{name:32s} {row}", flush=True)
    print(f"does not know {len(card['does not know'])} of {len(judge.classes[0])}: {', '.join(card['does not know'])}", flush=True)


if __name__ == "__main__":
    main()
