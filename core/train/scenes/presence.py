"""Fit what tells the scenes' CLIP whether a text is in a scene at all, on scenes of training."""

from __future__ import annotations

import argparse
import time
from dataclasses import asdict

from core.bench.scenes.presence import presences, questions_of
from core.foundations.files import load_card, save_weights
from core.methods.read.presence import EVIDENCE, rule_to_tensors
from core.models.registry import load_clip
from core.studio.lenses import load_lenses
from core.train.presence import PresenceMaking, fit

TAUGHT, KEPT = 8000, 800
"""Scenes that the vote learns from, and scenes that the weights are fitted to."""


def main() -> None:
    """Fit the rule and write `assets/scenes_presence.safetensors`."""
    parser = argparse.ArgumentParser(prog="python -m core.train.scenes.presence", description=main.__doc__)
    parser.add_argument("--scenes", type=int, default=TAUGHT, help="scenes that the vote learns from")
    args = parser.parse_args()
    began, clip, making = time.perf_counter(), load_clip("scenes_clip"), PresenceMaking()
    words = load_lenses("scenes_lenses").texts
    taught = questions_of(clip, presences("taught", args.scenes, held_out=False))
    rule, alone = fit(clip, words, taught, questions_of(clip, presences("kept", KEPT, held_out=False)), making)
    print(alone, flush=True)
    card = {
        "world": "scenes",
        "model": "PresenceRule",
        "what": "Whether a text is in a scene at all: moments, a vote of patches, and five weights.",
        "made_from": {"scenes_clip": load_card("scenes_clip")["sha256"]},
        "making": asdict(making) | {"scenes": args.scenes, "kept aside": KEPT, "seconds": round(time.perf_counter() - began)},
        "weights": dict(zip(EVIDENCE, [round(w, 4) for w in rule.weights.tolist()], strict=True)),
        "auc on scenes kept aside": alone,
        "licence": "CC0 1.0",
    }
    save_weights("scenes_presence", rule_to_tensors(rule), card)


if __name__ == "__main__":
    main()
