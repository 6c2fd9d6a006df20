"""The first picture, the ideas and the walk, made once with the real studio: `python -m app.precompute`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from app.shared.pictures import exact_uri
from app.shared.session import CachedStudio, Moment
from app.shift import cards as shift_cards
from app.shift.sprites import OPENING as OPENING_SPRITE
from app.shift.sprites import CachedSprites, opening
from app.stage.walk import Told, walk
from core.foundations.errors import StudioError
from core.foundations.records import Result

FILE = Path(__file__).with_name("start.json")
SEED = 11
IDEAS = (
    "swap the head for a shark",
    "give it red glasses",
    "turn the head into a skull",
    "make the body teal",
    "put a crown on",
    "give it blue glasses",
    "make it a pizza",
    "turn it into a cat",
    "add a heart",
    "a whale for a head",
    "make the body red",
    "give it a robot head",
    "make it a wizard",
    "put on green glasses",
    "turn the head into a volcano",
    "make the body gold",
)


def load_static() -> dict | None:
    """What lies ready beside this file, or None."""
    return json.loads(FILE.read_text()) if FILE.is_file() else None


def _ideas(cached: CachedStudio, base: Any) -> list[tuple[dict, Result]]:
    """The ideas that work on the first picture, each with a thumbnail of what it brings about."""
    out = []
    for text in IDEAS:
        try:
            result = cached.studio.request(base, text, ())
        except StudioError:
            continue
        turns = [c for c in result.report.changes if c.changed and c.wanted] if result.report and not result.refusal else []
        if turns:
            out.append(({"text": text, "image": cached.part_uri(turns[0].slot, turns[0].after.part)}, result))
    return out


def _told(cached: CachedStudio, ideas: list[tuple[dict, Result]]) -> list[Told]:
    """The first idea, and the first after it that turns another part."""
    slots = [cached.studio.handle(result.edits[0].handle).slot for _, result in ideas]
    others = [at for at, slot in enumerate(slots) if slot != slots[0]]
    return [(ideas[at][0]["text"], ideas[at][1].edits) for at in (0, *others)[:2] if ideas]


def _shift(studio: Any) -> dict | None:
    """The first view of the tab Shift, and the sentences that work there; None where its weights are missing."""
    cached_sprites = CachedSprites(studio)
    try:
        start = cached_sprites.start(OPENING_SPRITE.start)
        ideas = [text for text in shift_cards.IDEAS if not cached_sprites.sprites.request(start, text).refusal]
        return {**opening(cached_sprites), "ideas": ideas}
    except StudioError:
        return None


def _sprite(cached: CachedStudio, limit: int = 4000) -> dict:
    """All handles' thumbnails on one sheet, 64 in a row, for the map."""
    handles = cached.studio.handles()[:limit]
    sheet = Image.new("RGB", (64 * 32, 32 * -(-len(handles) // 64)))
    for i, handle in enumerate(handles):
        sheet.paste(cached.studio.handle_image(handle.id), (32 * (i % 64), 32 * (i // 64)))
    return {"ids": [h.id for h in handles], "image": exact_uri(sheet)}


def precompute(studio: Any, seed: int = SEED, sprite: bool = False) -> dict:
    """Everything that the page shows before anyone clicks, as plain JSON."""
    cached = CachedStudio(studio)
    picture = studio.sample(seed)
    base = cached.moment(picture).base
    ideas = _ideas(cached, picture)
    told = _told(cached, ideas)
    first = Moment(base, told[0][1]) if told else Moment(base)
    start = {
        "base": base,
        "edits": [asdict(e) for e in first.edits],
        "comparison": cached.comparison(first).to_dict(),
        "recipe": cached.recipe(first),
        "names": cached.names(first.edits),
        "sentence": told[0][0] if told else "",
        "ideas": [i for i, _ in ideas],
        "picked": {r.slot: r.part for r in studio.read(picture)},
    }
    steps = [step.to_dict() for step in walk(cached, base, told)]
    return {"world": studio.world, "start": start, "walk": steps, "sprite": _sprite(cached) if sprite else None, "shift": _shift(studio)}


def walked(studio: Any, lies: dict) -> dict:
    """What lies ready, with its walk made anew on the picture that it opens on."""
    cached = CachedStudio(studio)
    base = lies["start"]["base"]
    told = _told(cached, _ideas(cached, cached.base(base)))
    return {**lies, "walk": [step.to_dict() for step in walk(cached, base, told)]}


def main() -> None:
    """Write app/start.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--marks", action="store_true", help="make the thumbnails of the map anew, and leave all else as it lies there")
    parser.add_argument("--walk", action="store_true", help="make the walk of the stage anew, and leave all else as it lies there")
    from core.studio import Studio

    asked, lies = parser.parse_args(), load_static()
    if asked.marks and lies:
        static = {**lies, "sprite": _sprite(CachedStudio(Studio("nouns")))}
    elif asked.walk and lies:
        static = walked(Studio("nouns"), lies)
    else:
        static = precompute(Studio("nouns"), asked.seed, sprite=True)
    FILE.write_text(json.dumps(static, separators=(",", ":")))
    size, ideas, steps = FILE.stat().st_size / 1e6, len(static["start"]["ideas"]), len(static["walk"])
    print(f"{FILE}: {size:.2f} MB, {ideas} ideas, {steps} steps of the walk")  # noqa: T201
    if static["shift"] is None:
        print("The weights of the world dsprites are missing: the tab Shift will open on its first view when they are there.")  # noqa: T201


if __name__ == "__main__":
    main()
