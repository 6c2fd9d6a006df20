"""Find what turns each concept that the Nouns' models share, measure it, and keep it in assets/.

Each part is brought into some pictures in its direction, and all models of a concept look: how much louder their units are than in
other pictures, each in its own spreads, is what the part says of the concept. The parts of one slot that say it the loudest are the
handle, and of these the nearest is taken (core.methods.write.turn.turn_concept); a step along the gradient of the units was tried
before and paints loose pixels. Its effect is measured on further pictures, again by the models and by what is read of the pixels. What
does not turn its concept in most of them, or not what it is named after, is no handle.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.bench.nouns.shared_units import seen_by_all
from core.foundations.concepts import Concept, load_concepts
from core.foundations.files import load_card, save_words
from core.foundations.records import Curve, Handle
from core.foundations.seeds import numpy_rng
from core.methods.relate.shared_parts import Usual, loudness_of, parts_of
from core.methods.write.turn import turn_concept, turn_direction
from core.models.directions import PartDirections
from core.models.noun_units import CLIP, EYES, GENERATOR, noun_units
from core.models.palette_vae import PaletteVAE
from core.models.registry import load, load_generator
from core.models.units import Units
from core.studio.fulfil import CLEAN
from core.studio.handles import handles_to_json, load_handles
from core.studio.shared_handles import NAME
from core.train.loop import machine
from core.train.nouns.handles import EXAMPLE_SEEDS, hidden, paint_and_read
from core.worlds.nouns.art import SLOTS, load_art
from core.worlds.nouns.compose import sample
from core.worlds.nouns.reader import Reading
from core.worlds.nouns.splits import draw_split
from core.worlds.nouns.traits import amount, trait_of

BATCH = 64
"""Pictures that all models look at together."""
STRENGTHS = (0.5, 0.75, 1.0, 1.25, 1.5)
OFFSET = 0.012
"""How far from the mark of its loudest part a concept stands on the map, so that neither covers the other."""


@dataclass(frozen=True)
class Settings:
    """Everything that decides the handles.

    Attributes:
        usual: pictures in which it is measured how loud concepts usually are.
        bases: pictures that each part is brought into.
        measured: further pictures on which handles are measured.
        share: of a slot's parts that may bring a concept; `few` at least.
        heard: share of pictures that say a concept less than one counts as saying it.
        right: share of the measured pictures in which a handle must do what it says.
    """

    usual: int = 512
    bases: int = 6
    measured: int = 12
    share: float = 0.04
    few: int = 4
    heard: float = 0.9
    right: float = 0.6


@dataclass(frozen=True)
class Zoo:
    """The models that share the concepts, and the generator that paints what they look at."""

    generator: PaletteVAE
    hub: Units
    eyes: Sequence[Units]
    concepts: Sequence[Concept]
    directions: PartDirections

    @torch.inference_mode()
    def loudness(self, latents: Tensor) -> Tensor:
        """How loud each concept is in each model, of latents `[n c h w]`, `[n k m]`."""
        models = [self.hub.name, *(eye.name for eye in self.eyes)]
        seen = (seen_by_all([self.hub], self.eyes, some) for some in latents.split(BATCH))
        return torch.cat([loudness_of(self.concepts, models, maps) for maps in seen])


def latents_for(zoo: Zoo, purpose: str, count: int) -> Tensor:
    """Latents of Nouns that training may see `[n c h w]`."""
    return encode_compositions(zoo.generator, draw_split(numpy_rng("concept handles", purpose), count, False)).latents


def said_by_parts(zoo: Zoo, usual: Usual, bases: Tensor) -> dict[str, Tensor]:
    """How loudly each part of each slot says each concept, less the slot's mean, slot to `[k p]`."""
    found = {}
    for slot, count in zoo.directions.counts.items():
        brought = torch.cat([turn_direction(bases, zoo.directions, slot, part, 1.0) for part in range(count)])
        said = usual.said(zoo.loudness(brought)).view(count, len(bases), -1).mean(1).T
        found[slot] = said - said.mean(1, keepdim=True)
        print(f"{slot}: {count} parts were looked at", flush=True)
    return found


def chosen(row: int, concept: Concept, said: dict[str, Tensor], settings: Settings) -> tuple[str, list[int]]:
    """The slot in which a concept lives, its own where it has one, else where a part says it the loudest; and the parts."""
    slot = concept.part if concept.part in said else max(said, key=lambda one: float(said[one][row].max()))
    return slot, parts_of(said[slot][row], max(settings.few, round(settings.share * said[slot].shape[1])))


def follows(before: Reading, after: Reading, name: str) -> float:
    """Share of pictures that have more of what a concept is named after, by what is read; 1 where its name says no trait."""
    trait = trait_of(name)
    return 1.0 if trait is None else float((amount(after.parts, trait) > amount(before.parts, trait)).mean())


def curve_of(act: Callable[[float], Tensor], zoo: Zoo, before: Reading, slot: str, parts: Sequence[int]) -> Curve:
    """How often one of the parts is read after a turn, clean, and how much of the rest as before, strength by strength."""
    place, points = SLOTS.index(slot), []
    for strength in STRENGTHS:
        after = paint_and_read(zoo.generator, act(strength))
        came = np.isin(after.parts[:, place], parts) & (after.agreement[:, place] >= CLEAN)
        same = (after.parts == before.parts) | hidden(after) | hidden(before)
        points.append((round(float(came.mean()), 3), round(float(np.delete(same, place, 1).mean()), 3)))
    return Curve(STRENGTHS, tuple(p[0] for p in points), tuple(p[1] for p in points))


@dataclass(frozen=True)
class Measured:
    """What a handle was measured to do: share of pictures in which all models hear it, and that have more of what it is named after."""

    handle: Handle
    parts: list[int]
    heard: float
    named: float


def measured(zoo: Zoo, usual: Usual, level: Tensor, said: dict[str, Tensor], settings: Settings) -> list[Measured]:
    """A handle for each named concept that some parts bring."""
    latents = latents_for(zoo, "measured", settings.measured)
    before, found = paint_and_read(zoo.generator, latents), []
    for row, concept in enumerate(zoo.concepts):
        slot, parts = chosen(row, concept, said, settings)
        if not concept.name or not parts:
            continue
        act = lambda strength, slot=slot, parts=parts: turn_concept(latents, zoo.directions, slot, parts, strength)  # noqa: E731
        turned = act(1.0)
        heard = float((usual.said(zoo.loudness(turned))[:, row] >= level[row]).float().mean())
        named = follows(before, paint_and_read(zoo.generator, turned), concept.name)
        curve = curve_of(act, zoo, before, slot, parts)
        ids = tuple(load_art().ids[slot][part] for part in parts)
        handle = Handle(concept.id, "concept", slot, "", concept.name, (concept.name,), round(heard, 3), 1.0, 0.0, curve, parts=ids)
        found.append(Measured(handle, parts, heard, named))
        print(
            f"{concept.name}: {slot}, {len(parts)} parts, heard {heard:.2f}, named {named:.2f}, {curve.success[2]}, {curve.kept[2]}",
            flush=True,
        )
    return found


def plain(name: str) -> str:
    """A concept's name without the number that tells equal names apart."""
    return name.rstrip("0123456789 ")


def with_texts(found: Sequence[Measured]) -> list[Measured]:
    """Of those with equal names the one that does best what it is named after is known by it; a search would else find ten alike."""
    best: dict[str, Measured] = {}
    for one in found:
        key = plain(one.handle.name)
        if key not in best or (one.named, one.heard) > (best[key].named, best[key].heard):
            best[key] = one
    return [replace(one, handle=replace(one.handle, texts=_texts(one.handle.name, one in best.values()))) for one in found]


def _texts(name: str, best: bool) -> tuple[str, ...]:
    return tuple(dict.fromkeys((plain(name), name))) if best else ()


def alone(concept: Concept) -> Concept:
    """A concept as the generator alone has it."""
    return replace(concept, members=concept.members[:1])


def placed(handle: Handle, marks: dict[str, Handle]) -> tuple[float, float]:
    """Beside the mark of its loudest part, each concept of one part in another direction."""
    mark = marks.get(f"direction:{handle.slot}:{handle.parts[0]}")
    x, y = mark.position if mark else (0.5, 0.5)
    angle = 2 * np.pi * numpy_rng("concept mark", handle.id).random()
    return (round(float(np.clip(x + OFFSET * np.cos(angle), 0, 1)), 4), round(float(np.clip(y + OFFSET * np.sin(angle), 0, 1)), 4))


@torch.inference_mode()
def with_examples(found: Sequence[Measured], zoo: Zoo, count: int = 6) -> list[Handle]:
    """Handles with the pictures studio.sample(0), studio.sample(1) ... that show one of their parts: where it is loudest, and faintest."""
    rows = np.concatenate([sample(numpy_rng("picture", seed), 1) for seed in range(EXAMPLE_SEEDS)])
    latents = encode_compositions(zoo.generator, rows).latents
    read = paint_and_read(zoo.generator, latents)
    loud = replace(zoo, eyes=(), concepts=[alone(one) for one in zoo.concepts]).loudness(latents)[..., 0]
    column = {concept.id: at for at, concept in enumerate(zoo.concepts)}
    marks, done = {handle.id: handle for handle in load_handles("nouns_handles.json")}, []
    for one in found:
        shown = np.flatnonzero(np.isin(read.parts[:, SLOTS.index(one.handle.slot)], one.parts))
        order = shown[np.argsort(-loud[shown, column[one.handle.id]].numpy(), kind="stable")]
        best, worst = (tuple(some[:count].tolist()) for some in (order, order[::-1]))
        place, density = placed(one.handle, marks), round(len(shown) / len(rows), 4)
        done.append(replace(one.handle, density=density, position=place, best=best, worst=worst))
    return done


def main() -> None:
    """Find and measure the handles, and write them to assets/."""
    began, settings = time.perf_counter(), Settings()
    generator, concepts = load_generator(GENERATOR), load_concepts("nouns_concepts")
    hub, eyes = noun_units((*EYES, CLIP))
    zoo = Zoo(generator, hub, eyes, concepts, load("nouns_directions"))
    loudness = zoo.loudness(latents_for(zoo, "usual", settings.usual))
    usual = Usual.of(loudness)
    level = usual.said(loudness).quantile(settings.heard, 0)
    said = said_by_parts(zoo, usual, latents_for(zoo, "bases", settings.bases))
    found = measured(zoo, usual, level, said, settings)
    kept = [one for one in found if min(one.heard, one.named, one.handle.curve.success[STRENGTHS.index(1.0)]) >= settings.right]
    handles = with_examples(with_texts(kept), zoo)
    quality: dict[str, Any] = {"concepts": len(concepts), "tried": len(found), "turned": len(kept)}
    quality |= {key: round(float(np.mean([getattr(one, key) for one in found])), 3) for key in ("heard", "named")} | {
        "kept": round(float(np.mean([one.handle.curve.kept[STRENGTHS.index(1.0)] for one in kept])), 3)
    }
    save(handles, settings, quality, time.perf_counter() - began)


def save(handles: Sequence[Handle], settings: Settings, quality: dict[str, Any], seconds: float) -> None:
    """Write the handles and their card."""
    card = {
        "world": "nouns",
        "task": "what turns the concepts that the Nouns' models share",
        "made_from": {name: load_card(name)["sha256"] for name in (GENERATOR, "nouns_directions", "nouns_concepts", *EYES, CLIP)},
        "settings": asdict(settings) | {"seed": "concept handles"},
        "quality": quality,
        "seconds": round(seconds),
        "machine": machine(torch.device("cpu")),
        "data": "core.worlds.nouns, training side of core.worlds.nouns.splits",
        "licence": "CC0 1.0",
    }
    save_words(NAME.removesuffix(".json"), handles_to_json(tuple(handles)), card)
    print(json.dumps(quality, indent=1))


if __name__ == "__main__":
    main()
