"""How well the Nouns' painter follows prompts: of held-out Nouns, told in the words of captions and in others; the pixels are the judge.

A picture is read by its pixels alone (core.worlds.nouns.reader), and a part that was asked for counts where it is read with at least
nine tenths of its pixels right; or where it would look no different, being covered or like what is read.
The exact drawing of the composition goes through the same judge. Rewordings use synonyms and turns that training never saw. Scenes
have a judge of their own (core/bench/scenes/painting.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from core.bench.record import Measured
from core.bench.scenes.painting import scene_rows
from core.foundations.english import with_article
from core.foundations.seeds import numpy_rng
from core.models.painter import PainterTransformer
from core.models.painters import NounPainter
from core.models.painting import GUIDANCE, STEPS, encoded
from core.models.palette_vae import PaletteVAE
from core.studio import Studio
from core.studio.noun_painting import NounPainting
from core.studio.painting import chosen
from core.worlds.nouns.art import BARE, SLOTS
from core.worlds.nouns.catalogue import Part, parts_of, shown, title
from core.worlds.nouns.compose import draw, sample
from core.worlds.nouns.reader import read
from core.worlds.nouns.splits import draw_split
from core.worlds.scenes.captions import HELD_OUT_WAYS, names_of

CLEAR = 0.9
"""Share of a part's pixels that must be right."""
SEVERAL = (1, 2, 4, 8)
HELD = (2.0, 4.0)
"""Guidance beside the usual."""
TOLD = {slot: 0.75 for slot in SLOTS}
"""How likely each slot is spoken of."""

Asked = dict[int, int]
"""By the slot's place the part that a prompt asks for."""
Way = Callable[[Sequence[str], Sequence[int]], Tensor]
"""Prompts and seeds to latents."""


def asked_of(rng: np.random.Generator, compositions: np.ndarray) -> list[Asked]:
    """What is asked of each composition: some of its slots, one at least; that there is no print is not asked."""
    found = []
    for row in compositions:
        known = [s for s, p in enumerate(parts_of(row.tolist()).values()) if p.id != BARE.get(p.slot)]
        some = [s for s in known if rng.random() < TOLD[SLOTS[s]]] or [int(rng.choice(known))]
        found.append({s: int(row[s]) for s in some})
    return found


def templated(asked: Asked, composition: np.ndarray) -> str:
    """A prompt in the words of captions: "a Noun with a shark head and red glasses"."""
    found = list(parts_of(composition.tolist()).values())
    return _sentence([with_article(title(found[s])) for s in sorted(asked, reverse=True)], "a Noun with ")


def reworded(asked: Asked, composition: np.ndarray, rng: np.random.Generator) -> str:
    """The same with synonyms and turns that no training saw, where a part has such."""
    found, said = list(parts_of(composition.tolist()).values()), []
    for s in sorted(asked, reverse=True):
        part = found[s]
        others = names_of(part, held_out=True)
        name = others[rng.integers(len(others))] if others else part.name
        ways = HELD_OUT_WAYS.get(part.slot, ("{}",))
        phrase = shown(Part(part.slot, part.id, name, (), part.kind, part.colours))
        said.append(with_article(ways[rng.integers(len(ways))].format(phrase) if rng.random() < 0.5 else phrase))
    lead = ("a character with ", "somebody with ", "please paint ", "")[rng.integers(4)]
    return _sentence(said, lead)


def _sentence(said: Sequence[str], lead: str) -> str:
    return lead + (f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else said[0])


def right(indices: np.ndarray, asked: Sequence[Asked]) -> list[list[bool]]:
    """For each picture `[n h w]` which of its asked parts are there."""
    reading = read(indices)
    found = []
    for row, wanted in enumerate(asked):
        now = reading.parts[row]
        drawn, one = draw(now[None])[0], []
        for s, part in wanted.items():
            other = now.copy()
            other[s] = part
            same = now[s] == part or np.array_equal(draw(other[None])[0], drawn)
            one.append(bool(same and reading.agreement[row, s] >= CLEAR))
        found.append(one)
    return found


def shares(found: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Share of pictures of which every asked part is there, and share of the asked parts that are."""
    return {"all_parts": float(np.mean([all(one) for one in found])), "each_part": float(np.mean([x for one in found for x in one]))}


@torch.inference_mode()
def painted(model: PaletteVAE, latents: Tensor) -> np.ndarray:
    """Latents to palette indices `[n h w]` uint8."""
    return np.concatenate([model.indices(some).to(torch.uint8).cpu().numpy() for some in latents.split(32)])


def told_by(painting: NounPainting, prompts: Sequence[str], seeds: Sequence[int]) -> list[list[str]]:
    """The phrases that the studio hands to the painter; of a prompt that it refuses the prompt itself."""
    plans = [chosen(painting, painting.prompted(prompt), seed) for prompt, seed in zip(prompts, seeds, strict=True)]
    return [[one.name for one in plan] or [prompt] for plan, prompt in zip(plans, prompts, strict=True)]


def by_sum(transformer: PainterTransformer, painter: NounPainter, prompts: Sequence[Sequence[str]]) -> Tensor:
    """The closed form alone: for each slot the mean of what the phrases say, added up; nothing is sampled."""
    with torch.inference_mode():
        wishes = transformer.wishes(*encoded(prompts, painter.pipeline.device))[0]
        total = wishes @ transformer.parts
        return transformer.to_latents(total.view(len(prompts), transformer.config.channels, transformer.config.side, -1))


def varied(indices: np.ndarray) -> float:
    """Mean share of pixels in which two pictures of one prompt differ `[n h w]`."""
    pairs = [(indices[i] != indices[i + 1]).mean() for i in range(0, len(indices) - 1, 2)]
    return float(np.mean(pairs))


def waits(studio: Studio, prompt: str, quick: bool) -> dict[str, float]:
    """How long a person waits: for the first picture, all being loaded, and for a hundred."""
    studio.paint(prompt)
    times = []
    for seed in range(3):
        began = time.perf_counter()
        studio.paint(prompt, seed=seed)
        times.append(1000 * (time.perf_counter() - began))
    count = 20 if quick else 100
    began = time.perf_counter()
    studio.paint(prompt, count=count)
    return {"first_picture_ms": float(np.median(times)), "hundred_s": (time.perf_counter() - began) * 100 / count}


def run(quick: bool) -> Measured:
    """Held-out prompts, 400 in all (60 quick), half of them reworded; rows on fewer."""
    count = 60 if quick else 400
    few = 30 if quick else 100
    studio = Studio("nouns")
    painting = studio.library.painting
    painter, generator = painting.painter, painting.generator
    transformer = painter.pipeline.transformer.inner
    rng = numpy_rng("bench text to image")
    compositions = draw_split(rng, count, True)
    asked = asked_of(rng, compositions)
    half = count // 2
    prompts = [templated(a, c) for a, c in zip(asked[:half], compositions[:half], strict=True)]
    prompts += [reworded(a, c, rng) for a, c in zip(asked[half:], compositions[half:], strict=True)]
    seeds = list(range(count))
    said = told_by(painting, prompts, seeds)
    found = right(painted(generator, painter.latents(said, seeds)), asked)
    oracle = shares(right(draw(compositions), asked))
    figures = {**shares(found), "oracle_all_parts": oracle["all_parts"]}
    some = [*range(few // 2), *range(half, half + few // 2)]
    wanted = [asked[i] for i in some]
    texts, phrases, numbers = [prompts[i] for i in some], [said[i] for i in some], [seeds[i] for i in some]

    def row(latents: Tensor) -> dict[str, float]:
        return shares(right(painted(generator, latents), wanted))

    rows: dict[str, dict[str, float]] = {"in captions' words": shares(found[:half]), "reworded": shares(found[half:])}
    rows |= {f"{steps} steps": row(painter.latents(phrases, numbers, steps)) for steps in SEVERAL}
    rows |= {f"guidance {g:g}": row(painter.latents(phrases, numbers, None, g)) for g in HELD[: 1 if quick else 2]}
    rows["painter alone, no grammar"] = row(painter.latents(texts, numbers))
    rows["sum alone"] = row(by_sum(transformer, painter, phrases))
    rows["nearest of training"] = shares(right(draw(nearest(rng, wanted)), wanted))
    rows["random picture"] = shares(right(draw(sample(rng, few)), wanted))
    rows["exact drawing"] = oracle
    free = painted(generator, painter.latents([phrases[0]] * 16, list(range(16))))
    rows["two seeds"] = {"pixels differ": varied(free)}
    scenes = scene_rows(studio, 20 if quick else 100)
    rows |= scenes
    figures |= {f"scenes_{name}": value for name, value in scenes["scenes"].items()}
    figures |= waits(studio, prompts[0], quick)
    settings = {
        "prompts": count,
        "rows": few,
        "scenes": 20 if quick else 100,
        "steps": STEPS,
        "guidance": GUIDANCE,
        "seed": "bench text to image",
        "threads": torch.get_num_threads(),
    }
    return Measured("text_to_image", figures, rows, settings)


def nearest(rng: np.random.Generator, asked: Sequence[Asked], pool: int = 20_000) -> np.ndarray:
    """For each prompt the composition of some training ones that has most of what it asks for `[n 5]`."""
    training = draw_split(rng, pool, False)
    return np.stack([training[sum(training[:, s] == part for s, part in wanted.items()).argmax()] for wanted in asked])
