"""Train dictionaries over sizes, kinds and seeds, judge them by what their features do, and keep the best.

Every run is written to runs/ as it ends, so that an interrupted sweep goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.bench.nouns.dictionary import Sample, colour_axes, detection, encode_compositions, reconstruction, swap_success
from core.foundations.files import load_card, load_tensors, save_tensors, save_weights, write_atomically
from core.foundations.seeds import numpy_rng
from core.methods.relate.learn_dictionary import DictionarySettings, learn_dictionary
from core.models.dictionary import Dictionary
from core.models.palette_vae import PaletteVAE
from core.models.registry import load_generator
from core.train.loop import RUNS
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.splits import draw_split

SEEDS = (0, 1, 2)
LATENTS = 40_000
BARE = 0.03


def grid() -> list[DictionarySettings]:
    """What is tried, three seeds each: a long run of the best shape, then short runs that compare shapes and recipes."""
    tried = [DictionarySettings(size=1024, k=7.6, steps=2000)]
    tried += [DictionarySettings(size=m, k=k) for m in (512, 1024, 256, 2048) for k in (7.6, 6)]
    tried += [DictionarySettings(size=m, kind="matryoshka", k=7.6) for m in (512, 1024, 256)]
    tried += [DictionarySettings(size=1024, k=7.6, whiten=0.0)]
    tried += [DictionarySettings(size=2048, kind="l1", l1=l1, rate=1e-3, whiten=0.0) for l1 in (0.1, 0.03)]
    return [replace(settings, seed=seed) for settings in tried for seed in SEEDS]


def name_of(settings: DictionarySettings) -> str:
    """A run's name, such as "batch_topk-512-k6-w0.6-600-s0": kind, size, k or l1, whitening, steps, seed."""
    knob = f"l{settings.l1:g}" if settings.kind == "l1" else f"k{settings.k:g}"
    return f"{settings.kind}-{settings.size}-{knob}-w{settings.whiten:g}-{settings.steps}-s{settings.seed}"


def folder_for(generator: str) -> Path:
    """Where a generator's runs lie: named by its digest, so that another generator starts anew."""
    return RUNS / f"dictionary-{load_card(generator)['sha256'][:12]}"


def training_latents(model: PaletteVAE, generator: str, count: int) -> Sample:
    """Latents of the training side, kept in runs/ so that a sweep encodes once."""
    path = folder_for(generator) / "latents.safetensors"
    compositions = draw_split(numpy_rng("dictionary latents"), count, False, BARE)
    if path.is_file() and len(stored := load_tensors(path)["latents"]) == count:
        return Sample(stored, compositions)
    sample = encode_compositions(model, compositions, feedback=False)
    save_tensors(path, {"latents": sample.latents})
    return sample


def judge(model: PaletteVAE, dictionary: Dictionary, train: Sample, held_out: Sample) -> dict[str, float]:
    """All figures of one dictionary."""
    half = Sample(train.latents[:30_000], train.compositions[:30_000])
    found = detection(dictionary, half, held_out)
    sources = Sample(held_out.latents[:96], held_out.compositions[:96])
    return {
        **reconstruction(dictionary, held_out),
        **{f"f1_{slot}": float(np.nanmean(found[slot][:, 1])) for slot in SLOTS},
        **{f"colour_r2_{slot}": colour_axes(dictionary, half, held_out, slot) for slot in ("body", "glasses")},
        **{f"swap{n}_{slot}": v for n in (1, 8) for slot, v in swap_success(model, dictionary, half, sources, n).items()},
    }


def merit(figures: dict[str, float]) -> float:
    """What a dictionary is chosen by: parts it detects, swaps that eight of its features bring about, few dead features."""
    detects = (figures["f1_head"] + figures["f1_accessory"]) / 2
    edits = float(np.mean([figures[f"swap8_{slot}"] for slot in SLOTS]))
    within = (figures["fvu"] <= 0.02) + (figures["l0"] <= 8.0) + (figures["dead"] < 0.1)
    return detects + edits + within


def table(results: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and spread over seeds of every setting, best first."""
    groups: dict[str, list[dict[str, float]]] = defaultdict(list)
    for name, result in results.items():
        groups[name.rsplit("-s", 1)[0]].append(result["figures"])
    rows = []
    for name, figures in groups.items():
        means = {k: float(np.mean([f[k] for f in figures])) for k in figures[0]}
        rows.append(
            {
                "setting": name,
                "seeds": len(figures),
                "merit": merit(means),
                "spread_merit": float(np.std([merit(f) for f in figures])),
                **means,
            }
        )
    return sorted(rows, key=lambda row: -row["merit"])


def sweep(
    model: PaletteVAE, train: Sample, held_out: Sample, settings: list[DictionarySettings], folder: Path
) -> dict[str, dict[str, Any]]:
    """Train and judge whatever has no result yet."""
    results = {}
    for one in settings:
        name = name_of(one)
        path = folder / f"{name}.json"
        if not path.is_file():
            began = time.perf_counter()
            dictionary = learn_dictionary(train.latents, one)
            seconds = time.perf_counter() - began
            save_tensors(folder / f"{name}.safetensors", dictionary.state_dict())
            result = {"settings": asdict(one), "seconds": round(seconds, 1), "figures": judge(model, dictionary, train, held_out)}
            write_atomically(path, json.dumps(result).encode())
        results[name] = json.loads(path.read_text())
        shown = "  ".join(f"{k} {v:.3f}" for k, v in results[name]["figures"].items() if not k.startswith("density"))
        print(f"{name}  {results[name]['seconds']} s  {shown}", flush=True)
    return results


def keep(results: dict[str, dict[str, Any]], folder: Path, weights: str, generator: str) -> None:
    """Write the best run of the best setting as the dictionary that ships."""
    rows = table(results)
    members = {n: r for n, r in results.items() if n.rsplit("-s", 1)[0] == rows[0]["setting"]}
    best = max(members, key=lambda n: merit(members[n]["figures"]))
    tensors = load_tensors(folder / f"{best}.safetensors")
    card = {
        "world": "nouns",
        "model": "Dictionary",
        "architecture": {"width": tensors["decoder"].shape[1], "size": tensors["decoder"].shape[0]},
        "training": results[best]["settings"] | {"latents": LATENTS, "seconds": results[best]["seconds"]},
        "generator": load_card(generator)["sha256"],
        "data": "latents of the training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
        "quality": results[best]["figures"],
        "sweep": [{k: round(v, 4) if isinstance(v, float) else v for k, v in row.items()} for row in rows],
    }
    save_weights(weights, tensors, card)


def main() -> None:
    """Sweep, and keep the best dictionary."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--generator", default="nouns_generator")
    parser.add_argument("--weights", default="nouns_dictionary")
    parser.add_argument("--only", nargs="*", help="parts of names of runs, to train a few of the grid, such as topk-512")
    parser.add_argument("--dry", action="store_true", help="keep no weights")
    args = parser.parse_args()
    model = load_generator(args.generator)
    folder = folder_for(args.generator)
    train = training_latents(model, args.generator, LATENTS)
    held_out = encode_compositions(model, draw_split(numpy_rng("dictionary judge"), 12_000, True, BARE), feedback=False)
    settings = [s for s in grid() if not args.only or any(o in name_of(s) for o in args.only)]
    results = sweep(model, train, held_out, settings, folder)
    if not args.dry:
        keep(results, folder, args.weights, args.generator)


if __name__ == "__main__":
    main()
