"""Make the handles: read pictures back, form bundles and directions, name what each does, measure its effect.

No composition is looked up: pictures are painted by the generator and read by their pixels.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from core.bench.nouns.dictionary import encode_compositions
from core.foundations.files import load_card, save_weights, write_words
from core.foundations.records import Curve, Handle
from core.foundations.seeds import numpy_rng
from core.foundations.statistics import NormalEquations
from core.methods.relate.co_activation import CoActivation, bundle_patterns
from core.methods.relate.labels import Effect, Label, name_effect, name_shared
from core.methods.relate.learn_directions import directions_from, indicators
from core.models.bundles import Bundles, BundlesConfig
from core.models.dictionary import Dictionary
from core.models.directions import PartDirections
from core.models.palette_vae import PaletteVAE
from core.models.registry import load_dictionary, load_generator
from core.studio.fulfil import CLEAN
from core.studio.handles import Actors, handles_to_json
from core.train.nouns.dictionary import LATENTS, training_latents
from core.worlds.nouns import catalogue
from core.worlds.nouns.art import BARE, SLOTS, load_art
from core.worlds.nouns.compose import sample
from core.worlds.nouns.reader import Reading, read

PICTURES = 12
"""Pictures on which every handle's effect is measured."""
FEATURE_STRENGTHS = (0.5, 1.0, 2.0, 3.0)
SWAP_STRENGTHS = (0.5, 0.75, 1.0, 1.25, 1.5)
EXAMPLE_SEEDS = 3000
"""The pictures studio.sample(0 ...) among which a handle's examples are found."""


@dataclass(frozen=True)
class Bench:
    """What an effect is measured with."""

    model: PaletteVAE
    actors: Actors
    latents: Tensor
    before: Reading


@torch.inference_mode()
def paint_and_read(model: PaletteVAE, latents: Tensor, batch: int = 256) -> Reading:
    """Decode latents `[n c h w]` and read the pictures."""
    device = model.palette.device
    painted = [model.indices(latents[i : i + batch].to(device)).to(torch.uint8).cpu().numpy() for i in range(0, len(latents), batch)]
    return read(np.concatenate(painted))


def hidden(reading: Reading) -> np.ndarray:
    """Which parts are wholly covered, and so only guessed `[n 5]` bool."""
    bare = np.array([load_art().position(s, BARE[s]) if s in BARE else -1 for s in SLOTS])
    return (reading.pixels == 0) & (reading.parts != bare)


def turned(bench: Bench, handles: list[Handle], strengths: tuple[float, ...]) -> list[Reading]:
    """Readings after turning each handle at each strength on all of the bench's pictures, strengths outermost."""
    with torch.inference_mode():
        latents = torch.cat([bench.actors.act(h, bench.latents, s) for h in handles for s in strengths])
    reading = paint_and_read(bench.model, latents)
    step = len(bench.latents) * len(strengths)
    rows = [slice(i * step, (i + 1) * step) for i in range(len(handles))]
    return [Reading(reading.parts[r], reading.agreement[r], reading.pixels[r], reading.exact[r]) for r in rows]


def _curve(bench: Bench, after: Reading, strengths: tuple[float, ...], label: Label) -> Curve:
    parts = after.parts.reshape(len(strengths), -1, len(SLOTS))
    unseen = hidden(after).reshape(parts.shape) | hidden(bench.before)
    same = (parts == bench.before.parts) | unseen
    others = np.arange(len(SLOTS)) != label.place
    if label.part >= 0:
        success = parts[:, :, label.place] == label.part
    else:
        success = np.array(_colours()[label.place])[parts[:, :, label.place]] == label.colour
    success = success & (after.agreement.reshape(parts.shape)[:, :, label.place] >= CLEAN)
    means = (tuple(np.round(x, 3).tolist()) for x in (success.mean(1), same[:, :, others].mean((1, 2))))
    return Curve(strengths, *means)


def _colours() -> list[list[str]]:
    """For each slot the main colour of each part."""
    return [[(catalogue.part(slot, i).colours or ("",))[0] for i in load_art().ids[slot]] for slot in SLOTS]


def _blank_handle(kind: str, number: int, typical: float, density: float) -> Handle:
    return Handle(f"{kind}:{number}", kind, "", "", "", (), 0.0, typical, density, Curve((), (), ()))  # type: ignore[arg-type]


def _named(handle: Handle, label: Label) -> Handle:
    if label.place < 0:
        return replace(handle, name=f"unnamed {handle.kind} {handle.id.partition(':')[2]}")
    slot = SLOTS[label.place]
    if label.part < 0:
        name = f"{label.colour} {slot}"
        return replace(handle, slot=slot, name=name, texts=(name,), confidence=label.confidence)
    part = catalogue.part(slot, load_art().ids[slot][label.part])
    texts = tuple(dict.fromkeys((catalogue.title(part), part.name, *part.synonyms)))
    return replace(handle, slot=slot, part=part.id, name=texts[0], texts=texts, confidence=label.confidence)


def shared_labels(codes: Tensor, typical: Tensor, reading: Reading) -> list[Label]:
    """For each feature what the pictures share on which it is clearly active."""
    colours, parts = _colours(), np.where(hidden(reading), -1, reading.parts)
    active = (codes > 0.5 * typical).numpy()
    return [name_shared(parts, active[:, i], colours) for i in range(codes.shape[1])]


def label_by_effect(
    bench: Bench, handles: list[Handle], strengths: tuple[float, ...], shared: list[Label] | None = None, chunk: int = 64
) -> list[tuple[Handle, Label]]:
    """Turn every handle, read what changes, and keep its effect curve; named by what its pictures share, else by its effect."""
    colours, labelled = _colours(), []
    for start in range(0, len(handles), chunk):
        group = handles[start : start + chunk]
        for number, (handle, after) in enumerate(zip(group, turned(bench, group, strengths), strict=True), start):
            parts = after.parts.reshape(len(strengths), -1, len(SLOTS))
            labels = [name_effect(Effect(bench.before.parts, p), colours) for p in parts]
            label = shared[number] if shared else max(labels, key=lambda found: found.weight)
            named = _named(handle, label)
            labelled.append((replace(named, curve=_curve(bench, after, strengths, label)) if label.place >= 0 else named, label))
        print(f"labelled {len(labelled)}/{len(handles)} {handles[0].kind}s", flush=True)
    return labelled


def fit_directions(latents: Tensor, reading: Reading) -> PartDirections:
    """One vector for every part, from readings."""
    counts = {slot: load_art().count(slot) for slot in SLOTS}
    sums = NormalEquations(1 + sum(counts.values()), latents.flatten(1).shape[1])
    parts, visible = torch.from_numpy(reading.parts).long(), torch.from_numpy(~hidden(reading)).float()
    for i in range(0, len(latents), 4096):
        sums.add(indicators(parts[i : i + 4096], counts, visible[i : i + 4096]), latents[i : i + 4096].flatten(1))
    return directions_from(sums, counts)


def typical_codes(codes: Tensor) -> Tensor:
    """Each feature's usual code where it is clearly active: the mean of the upper half of its active codes `[k]`."""
    active = codes > 0
    mean = codes.sum(0) / active.sum(0).clamp_min(1)
    upper = codes * (codes >= mean)
    return upper.sum(0) / (upper > 0).sum(0).clamp_min(1)


def form_bundles(dictionary: Dictionary, codes: Tensor, typical: Tensor) -> Bundles:
    """One bundle an anchor, from co-activation alone."""
    sums = CoActivation(codes.shape[1]).add(codes, codes > 0.5 * typical)
    patterns = bundle_patterns(sums, dictionary.directions().norm(dim=1))
    bundles = Bundles(BundlesConfig(len(patterns), codes.shape[1]))
    bundles.patterns.copy_(patterns)
    return bundles


def part_handles(reading: Reading) -> list[tuple[Handle, Label]]:
    """A direction for every part that was read often enough."""
    handles, seen = [], ~hidden(reading)
    for place, slot in enumerate(SLOTS):
        counts = np.bincount(reading.parts[seen[:, place], place], minlength=load_art().count(slot))
        for part, identity in enumerate(load_art().ids[slot]):
            if counts[part] >= 20:
                label = Label(place, part, "", 1.0)
                handle = replace(
                    _blank_handle("direction", 0, 1.0, float(counts[part] / len(reading.parts))), id=f"direction:{slot}:{identity}"
                )
                handles.append((_named(handle, label), label))
    return handles


def with_curves(bench: Bench, labelled: list[tuple[Handle, Label]], chunk: int = 48) -> list[Handle]:
    """Measure the curve of handles whose label is known; their confidence is the success at full strength."""
    done = []
    for start in range(0, len(labelled), chunk):
        group = labelled[start : start + chunk]
        for (handle, label), after in zip(group, turned(bench, [h for h, _ in group], SWAP_STRENGTHS), strict=True):
            curve = _curve(bench, after, SWAP_STRENGTHS, label)
            done.append(replace(handle, curve=curve, confidence=curve.success[SWAP_STRENGTHS.index(1.0)]))
        print(f"measured {len(done)}/{len(labelled)} {labelled[0][0].kind}s", flush=True)
    return done


def examples(model: PaletteVAE, dictionary: Dictionary) -> tuple[Tensor, Reading]:
    """Codes and readings of the pictures studio.sample(0), studio.sample(1) ..."""
    rows = np.concatenate([sample(numpy_rng("picture", seed), 1) for seed in range(EXAMPLE_SEEDS)])
    latents = encode_compositions(model, rows).latents
    return dictionary.encode(latents), paint_and_read(model, latents)


def with_examples(handles: list[Handle], codes: Tensor, reading: Reading, bundles: Bundles, count: int = 6) -> list[Handle]:
    """Seeds of the pictures on which each handle is strongest, and weakest though active."""
    done = []
    for handle in handles:
        if handle.kind == "direction":
            place = SLOTS.index(handle.slot)
            rows = np.flatnonzero(reading.parts[:, place] == load_art().position(handle.slot, handle.part))
            rows = rows[np.argsort(-reading.agreement[rows, place], kind="stable")]
        else:
            number = int(handle.id.partition(":")[2])
            strength = codes[:, number] if handle.kind == "feature" else codes @ bundles.patterns[number]
            rows = torch.argsort(strength, descending=True, stable=True)[: int((strength > 0).sum())].numpy()
        done.append(replace(handle, best=tuple(rows[:count].tolist()), worst=tuple(rows[::-1][:count].tolist())))
    return done


def map_positions(vectors: Tensor, seed: int = 0) -> np.ndarray:
    """Places on a map `[n 2]` in [0, 1], near where directions are alike (UMAP, cosine)."""
    import umap

    places = umap.UMAP(n_neighbors=12, min_dist=0.25, metric="cosine", random_state=seed, n_jobs=1).fit_transform(vectors.numpy())
    low, high = places.min(0), places.max(0)
    return 0.02 + 0.96 * (places - low) / (high - low)


def handle_vectors(handles: list[Handle], actors: Actors) -> Tensor:
    """What each handle adds to a flattened latent `[n d]`."""
    rows = []
    for handle in handles:
        kind, _, rest = handle.id.partition(":")
        if kind == "direction":
            vectors = actors.directions.vectors(handle.slot)
            rows.append(vectors[actors.positions[handle.slot][handle.part]] - vectors.mean(0))
        elif kind == "bundle":
            rows.append(actors.bundles.patterns[int(rest)] @ actors.dictionary.directions())
        else:
            rows.append(actors.dictionary.directions()[int(rest)])
    return torch.stack(rows)


def one_per_part(handles: list[Handle]) -> list[Handle]:
    """Of the bundles that bring about the same, the one that does it best."""

    def worth(handle: Handle) -> float:
        return max((s * k for s, k in zip(handle.curve.success, handle.curve.kept, strict=True)), default=0.0)

    best: dict[tuple[str, str], Handle] = {}
    for handle in handles:
        key = (handle.slot, handle.part or handle.name)
        if handle.slot and (key not in best or worth(handle) > worth(best[key])):
            best[key] = handle
    return list(best.values())


def main() -> None:
    """Make and measure all handles of the Nouns, and write them to assets/."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--pictures", type=int, default=20_000)
    args = parser.parse_args()
    model, dictionary = load_generator("nouns_generator"), load_dictionary("nouns_dictionary")
    latents = training_latents(model, "nouns_generator", LATENTS).latents[: args.pictures]
    reading = paint_and_read(model, latents)
    print(f"read {len(latents)} pictures, {reading.exact.mean():.2%} exactly a Noun", flush=True)
    codes = dictionary.encode(latents)
    typical, density = typical_codes(codes), (codes > 0).float().mean(0)
    bundles, directions = form_bundles(dictionary, codes, typical), fit_directions(latents, reading)
    positions = {slot: {part: i for i, part in enumerate(load_art().ids[slot])} for slot in SLOTS}
    actors = Actors(dictionary, bundles, directions, positions)
    bench = make_bench(model, actors)
    alive = [i for i in range(len(density)) if density[i] > 0]
    shared = shared_labels(codes, typical, reading)
    blank = [_blank_handle("feature", i, typical[i].item(), density[i].item()) for i in alive]
    features = label_by_effect(bench, blank, FEATURE_STRENGTHS, [shared[i] for i in alive])
    for (_, label), i in zip(features, alive, strict=True):
        bundles.feature_place[i] = label.place
    bundles.bundle_place.copy_(bundles.feature_place)
    grouped = label_by_effect(
        bench, [_blank_handle("bundle", i, 1.0, density[i].item()) for i in alive if bundles.bundle_place[i] >= 0], SWAP_STRENGTHS
    )
    handles = [h for h, _ in features] + one_per_part([h for h, _ in grouped]) + with_curves(bench, part_handles(reading))
    handles = with_examples(handles, *examples(model, dictionary), bundles)
    places = map_positions(handle_vectors(handles, actors))
    handles = [replace(h, position=tuple(np.round(p, 4).tolist())) for h, p in zip(handles, places, strict=True)]
    save(handles, bundles, directions, len(latents))


def make_bench(model: PaletteVAE, actors: Actors) -> Bench:
    """Pictures to turn handles on: half of them with empty slots, where a feature shows by itself."""
    full = sample(numpy_rng("effects"), PICTURES // 2)
    empty = sample(numpy_rng("effects, bare"), PICTURES - len(full), bare=1.0)
    empty[:, SLOTS.index("accessory")] = load_art().position("accessory", BARE["accessory"])
    latents = encode_compositions(model, np.concatenate([full, empty])).latents
    return Bench(model, actors, latents, paint_and_read(model, latents))


def save(handles: list[Handle], bundles: Bundles, directions: PartDirections, pictures: int) -> None:
    """Write the handles and the numbers behind them."""
    made_from = {name: load_card(name)["sha256"] for name in ("nouns_generator", "nouns_dictionary")}
    card = {
        "world": "nouns",
        "made_from": made_from,
        "data": f"{pictures} pictures of the training side, read back",
        "licence": "CC0 1.0",
        "seed": 0,
    }
    save_weights(
        "nouns_bundles",
        bundles.packed(),
        card | {"model": "Bundles", "architecture": {"bundles": bundles.config.bundles, "features": bundles.config.features}},
    )
    counts = {"counts": directions.counts, "width": len(directions.base)}
    save_weights(
        "nouns_directions",
        {k: v.half() for k, v in directions.state_dict().items()},
        card | {"model": "PartDirections", "architecture": counts},
    )
    write_words("nouns_handles.json", handles_to_json(tuple(handles)))
    print(f"{len(handles)} handles", flush=True)


if __name__ == "__main__":
    main()
