"""`python -m core.train --all` makes every weight again from nothing, in order, and prints what each step cost.

Each step resumes where it was interrupted. `--list` names the steps, `python -m core.train NAME NAME` runs some of them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from core.foundations.files import ROOT
from core.foundations.threads import settle

STEPS = {
    "generator": ("core.train.nouns.generator", "the Nouns' generator, about an hour on two cores"),
    "dictionary": ("core.train.nouns.dictionary", "the sweep of sparse dictionaries, about half an hour"),
    "handles": ("core.train.nouns.handles", "names, bundles, directions and effects, about 10 minutes"),
    "noun_shifts": ("core.train.nouns.shifts", "shifters of the Nouns' latent as further handles, about ten minutes"),
    "noun_painter": ("core.train.nouns.painter", "what paints Nouns by prompt, a quarter of an hour"),
    "noun_residual": ("core.train.nouns.residual", "a residual network that names the Nouns' heads, ten minutes"),
    "noun_transformer": ("core.train.nouns.transformer", "a vision transformer that names them, ten minutes"),
    "noun_neurons": ("core.train.nouns.neuron_names", "names for that transformer's neurons, and what excites them, two minutes"),
    "noun_exciting": ("core.train.nouns.exciting", "what excites that transformer for each head, three minutes"),
    "noun_masked": ("core.train.nouns.masked", "a masked autoencoder of the Nouns, three minutes"),
    "described": ("core.train.language.described", "what people say of the parts, and embeddings of all texts, five minutes"),
    "tagger": ("core.train.language.tagger", "the reader of sentences, about three quarters of an hour"),
    "scene_clip": ("core.train.scenes.clip", "the CLIP of the scenes, about an hour and a quarter"),
    "scene_words": ("core.train.scenes.words", "words that its captions never used, about a minute"),
    "scene_lenses": ("core.train.scenes.lenses", "its heads and neurons in words, a few minutes"),
    "scene_presence": ("core.train.scenes.presence", "whether a text is in a scene at all, about a quarter of an hour"),
    "scene_things": ("core.train.scenes.things", "what adding each thing does to the scenes' CLIP, a quarter of an hour"),
    "scene_blind_spots": ("core.train.scenes.blind_spots", "which thing breaks which class of that CLIP, two minutes"),
    "scene_story": ("core.train.scenes.story", "the scene that the tab Heads opens on, about four minutes"),
    "noun_concepts": ("core.train.nouns.rosetta", "units that the Nouns' generator shares with what looks, a quarter of an hour"),
    "noun_concept_handles": ("core.train.nouns.concept_handles", "what turns each of them, a quarter of an hour"),
    "sprite_outlines": ("core.train.dsprites.outlines", "the outlines from which sprites are drawn, seconds"),
    "sprites": ("core.train.dsprites.generator", "the sprites' generator, about 20 minutes"),
    "sprites_paper": ("core.train.dsprites.paper", "the paper's autoencoder of sprites in three sizes, 15 to 35 minutes"),
    "shape_judges": ("core.train.dsprites.judges", "judges of shapes and of natural pictures, ten minutes"),
    "sprite_shifts": ("core.train.dsprites.shifts", "every shifter of the four latents of sprites, about half an hour"),
    "photo_eyes": ("core.train.photos.eyes", "fetch DINOv2's weights, seconds"),
    "photo_pictures": ("core.train.photos.pictures", "sample photographs and a gallery of emoji, seconds"),
    "photo_head": ("core.train.photos.head", "the map from photographs to words, a quarter of an hour"),
    "photo_report": ("core.train.photos.report", "what heads say of photographs, for the card, three minutes"),
    "photo_lenses": ("core.train.photos.lenses", "its heads and neurons in words, ten minutes"),
    "photo_neurons": ("core.train.photos.neuron_names", "what excites its neurons, and names for some, four minutes"),
    "photo_presence": ("core.train.photos.presence", "whether a text is in a photograph at all, about three minutes"),
    "photo_things": ("core.train.photos.things", "what adding each thing does to what is seen of photographs, a quarter of an hour"),
    "faces_tail": ("core.train.faces.tail", "the working size of the faces, from a generator that is fetched, about a quarter of an hour"),
    "faces_encoder": ("core.train.faces.encoder", "a first guess of a face's style, four minutes, and half an hour of painting"),
    "faces_square": ("core.train.faces.square", "sets the squares of found faces right, five minutes and the samples' twenty"),
    "faces_seen": ("core.train.faces.readings", "what networks of others see of painted faces, half an hour"),
    "faces_reader": ("core.train.faces.reader", "a small reader of faces that learns from them, 20 minutes"),
    "faces_handles": ("core.train.faces.handles", "what turns a face, half an hour"),
    "faces_rosetta": ("core.train.faces.rosetta", "what the faces' generator shares with four other networks, a quarter of an hour"),
    "faces_concept_handles": ("core.train.faces.concept_handles", "what turns each of these, three quarters of an hour"),
    "faces_plain": ("core.train.faces.plain", "plain directions for the benchmark alone, two minutes"),
    "faces_phrases": ("core.train.faces.phrases", "what descriptions of a face stand for, two minutes"),
    "first_look": ("app.precompute", "what the page shows before anything runs, three minutes"),
}


def run(name: str) -> float:
    """Run one step in a process of its own; its seconds."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", STEPS[name][0]], cwd=ROOT, check=True)
    return time.perf_counter() - began


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m core.train", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *STEPS], metavar="NAME", help="steps, run in the order of --list")
    parser.add_argument("--all", action="store_true", help="every step, in order")
    parser.add_argument("--list", action="store_true", help="name the steps")
    args = parser.parse_args()
    settle()
    if args.list:
        print("\n".join(f"{name:<16}{text}" for name, (_, text) in STEPS.items()))
        return
    if not args.all and not args.names:
        parser.error("name a step, or say --all")
    total = 0.0
    for name in [name for name in STEPS if args.all or name in args.names]:
        total += (seconds := run(name))
        print(f"{name}: {seconds:.0f} s, all until here {total / 60:.1f} minutes", flush=True)


if __name__ == "__main__":
    main()
