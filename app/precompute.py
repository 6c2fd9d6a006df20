"""The first picture, the ideas and the walk, made once with the real studio: `python -m app.precompute`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from PIL import Image

from app.scene import data_uri
from app.session import Desk, Moment
from core.foundations.errors import StudioError
from core.foundations.records import Result

FILE = Path(__file__).parent / "static" / "start.json"
SEED = 11
OPENING = "swap the head for a shark"
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
WALK: tuple[dict[str, Any], ...] = (
    {"title": "Pick up a picture", "text": "A Noun, 32 pixels wide, drawn by a small model.", "show": ["before"]},
    {"title": "Say what should change", "text": "A sentence finds one thing that the model knows by itself.", "show": ["before", "after"]},
    {"title": "See what changed", "text": "Only these pixels are different. All others are exactly as before.", "show": ["after", "diff"]},
    {"title": "See what stayed", "text": "An independent reader looks at the result, part by part.", "show": ["after"], "facts": True},
    {"title": "Go on from there", "text": "Changes stack up. Each one can be turned, muted or taken back.", "show": ["before", "after"]},
)


def load_static() -> dict | None:
    """What lies ready in app/static, or None."""
    return json.loads(FILE.read_text()) if FILE.is_file() else None


def _ideas(desk: Desk, base: Any) -> list[tuple[dict, Result]]:
    """The ideas that work on the first picture, each with a thumbnail of what it brings about."""
    out = []
    for text in IDEAS:
        try:
            result = desk.studio.request(base, text, ())
        except StudioError:
            continue
        turns = [c for c in result.report.changes if c.changed and c.wanted] if result.report and not result.refusal else []
        if turns:
            out.append(({"text": text, "image": desk.part_uri(turns[0].slot, turns[0].after.part)}, result))
    return out


def _walk(desk: Desk, base: str, first: Moment, last: Moment) -> list[dict]:
    moments = (Moment(base), first, first, first, last)
    sentences = ("", OPENING, "", "", "")
    return [{**step, "sentence": s, "scene": desk.scene(m).to_dict()} for step, s, m in zip(WALK, sentences, moments, strict=True)]


def _sprite(desk: Desk, limit: int = 4000) -> dict:
    """All handles' thumbnails on one sheet, 64 in a row, for the map."""
    handles = desk.studio.handles()[:limit]
    sheet = Image.new("RGB", (64 * 32, 32 * -(-len(handles) // 64)))
    for i, handle in enumerate(handles):
        sheet.paste(desk.studio.handle_image(handle.id), (32 * (i % 64), 32 * (i // 64)))
    return {"ids": [h.id for h in handles], "image": data_uri(sheet.quantize(256, dither=Image.Dither.NONE))}


def precompute(studio: Any, seed: int = SEED, sprite: bool = False) -> dict:
    """Everything that the page shows before anyone clicks, as plain JSON."""
    desk = Desk(studio)
    picture = studio.sample(seed)
    base = desk.moment(picture).base
    ideas = _ideas(desk, picture)
    first = Moment(base, ideas[0][1].edits) if ideas else Moment(base)
    slot = studio.handle(first.edits[0].handle).slot if first.edits else ""
    others = (r.edits for _, r in ideas[1:] if r.edits and studio.handle(r.edits[0].handle).slot != slot)
    last = Moment(base, (*first.edits, *next(others, ())))
    start = {
        "base": base,
        "edits": [asdict(e) for e in first.edits],
        "scene": desk.scene(first).to_dict(),
        "recipe": desk.recipe(first),
        "names": desk.names(first.edits),
        "sentence": ideas[0][0]["text"] if ideas else "",
        "ideas": [i for i, _ in ideas],
        "picked": {r.slot: r.part for r in studio.read(picture)},
    }
    return {"world": studio.world, "start": start, "walk": _walk(desk, base, first, last), "sprite": _sprite(desk) if sprite else None}


def main() -> None:
    """Write app/static/start.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    from core.studio import Studio

    static = precompute(Studio("nouns"), parser.parse_args().seed, sprite=True)
    FILE.write_text(json.dumps(static, separators=(",", ":")))
    print(f"{FILE}: {FILE.stat().st_size / 1e6:.2f} MB, {len(static['start']['ideas'])} ideas")  # noqa: T201


if __name__ == "__main__":
    main()
