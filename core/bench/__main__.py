"""`python -m core.bench NAME [--quick] [--json FILE]`; `--list` names them all, `--all` runs them all.

`--keep` writes the run into `docs/figures/`, with its command, date and machine; `python -m core.bench.documents` then builds README
and docs from there, so that no figure is typed by hand.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import os
import time
from pathlib import Path

from core.bench.record import Measured
from core.foundations.threads import cores, settle

BENCHES = {
    "generator": ("nouns.generator", "how exactly the generator gives back Nouns that it never saw"),
    "dictionary": ("nouns.dictionary", "what the sparse features detect, and what they do"),
    "labels": ("nouns.labels", "whether the names that features gave themselves are true"),
    "edit": ("nouns.edit", "swaps of one part through handles, beside what else could be done"),
    "requests": ("nouns.requests", "sentences to exact compositions, and refusals"),
    "shift": ("dsprites.shift", "every way to shift a sprite, judged by the nearest of all pictures"),
    "text_to_image": ("nouns.painting", "prompts to pictures of Nouns, judged by their pixels"),
    "latency": ("nouns.latency", "how long a person waits"),
    "pace": ("pace", "what small steps cost beside a reference in the same run"),
    "clip": ("scenes.clip", "the embedded CLIP: naming, retrieval, roles of heads, a cue taken out"),
    "segment": ("scenes.segment", "where a text is in a scene, by every way to ask"),
    "attack": ("scenes.attack", "the embedded CLIP fooled by meaning, beside the paper's baselines at equal effort"),
    "clip_cost": ("scenes.clip_cost", "what the lenses cost beside the plain way, on the shapes of public checkpoints"),
    "faces": ("faces.faces", "portraits taken in and turned by words, judged by networks that nothing else met"),
    "faces_taken": ("faces.brought", "portraits brought into the generator step by step, beside the plain way at equal cost"),
    "faces_found": ("faces.finding", "faces found in photographs, and cut out as the generator knows them"),
    "inversion": ("inversion", "pictures brought in, guided by units that models share, beside none at equal time"),
    "rosetta_edit": ("nouns.rosetta_edit", "concepts moved, enlarged and removed in Nouns, judged by the truth"),
    "faces_turned": ("faces.concept_turns", "concepts of faces turned as handles, judged by networks that found none of them"),
    "faces_same": ("faces.same", "whether the reader of faces knows one person from another, on real photographs"),
    "rosetta": ("rosetta", "units that models share: a planted one found, and the concepts of faces on new faces"),
    "rosetta_cost": ("rosetta_cost", "what mining shared units costs beside the plain way, at equal result"),
    "class_space": ("nouns.class_space", "what every token of a vision transformer says of the class at every depth"),
    "key_value": ("nouns.key_value", "the keys of each class: where they look, who shares them, and neurons named by what excites them"),
    "visualise": ("nouns.visualise", "images grown for what brings a class about, named by their own model and by another"),
    "hub": ("hub.hub", "public checkpoints by name from a stand-in for the hub, and what goes wrong on the way"),
    "hostile": ("house.hostile", "bad uploads, sentences, recipes, links and calls against the served studio"),
    "load": ("house.load", "many visitors at once, each with a story of their own, over the real page and its endpoints"),
    "scale": ("scale.scale", "lenses made by several processes and hosts, one killed; and an index on disk of ten million vectors"),
    "photos": ("photos.photos", "photographs that nobody trained on: named, found and outlined by words"),
}
"""Each benchmark's module in core.bench, and what it measures."""


def run(name: str, quick: bool) -> Measured:
    """Run one benchmark; under torchrun every process does, and those that score item by item share the items out."""
    from core.bench.split import together  # here, so that the program can settle first

    with together():
        return importlib.import_module(f"core.bench.{BENCHES[name][0]}").run(quick)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m core.bench", description=__doc__)
    parser.add_argument("name", nargs="?", choices=BENCHES)
    parser.add_argument("--quick", action="store_true", help="fewer samples; ends within 45 s on two cores")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--keep", action="store_true", help="write the run into docs/figures, which README and docs are built from")
    parser.add_argument("--list", action="store_true", help="name the benchmarks")
    parser.add_argument("--all", action="store_true", help="run them all")
    args = parser.parse_args()
    settle()
    if args.list:
        print("\n".join(f"{name:<14}{text}" for name, (_, text) in BENCHES.items()))
    elif not args.all and not args.name:
        parser.error("name a benchmark, or say --list or --all")
    for name in () if args.list else BENCHES if args.all else (args.name,):
        began = time.perf_counter()
        measured = run(name, args.quick)
        if os.environ.get("RANK", "0") != "0":
            continue
        print(measured.table(), end="\n\n", flush=True)
        if args.json:
            measured.write(args.json if not args.all else args.json.with_stem(f"{args.json.stem}-{name}"))
        if args.keep:
            keep(measured, args.quick, time.perf_counter() - began)


def keep(measured: Measured, quick: bool, seconds: float) -> None:
    """Write a run where README and docs find it."""
    import torch  # here, so that the program can settle first

    from core.train.loop import machine

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    run = {
        "command": f"python -m core.bench {measured.bench}{' --quick' if quick else ''}",
        "date": datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        "machine": f"{machine(device)}, {cores()} {'core' if cores() == 1 else 'cores'}",
        "seconds": round(seconds),
    }
    measured.keep(run)


if __name__ == "__main__":
    main()
