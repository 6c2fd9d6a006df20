"""Find the story that the tab Heads opens on: a scene where one head, whose role says why, turns the model's choice.

Scenes of one Noun, of compositions that training may see. The texts are the model's own words for the picture, all of them
true; with all heads the model chooses one of them, without one head another, and the first is of that head's role.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any

from core.foundations.files import ROOT, write_atomically
from core.studio import Studio
from core.studio.deciding import Decision, parts_of
from core.studio.story import FILE, Story
from core.worlds.nouns.art import SLOTS
from core.worlds.nouns.catalogue import parts, shown

SEARCHED = 3000
"""Scenes, by their seeds from 0 on."""
CLEAR = 0.9
"""Share that a text must have before it falls, and its rival afterwards."""
SHIPPED = 2993
"""Among the clear ones, the scene that needs no explanation: a shark in a dark shirt with a splash on it."""
NAMED = {"heads": "head", "glasses": "glasses", "shirts": "body", "prints": "accessory"}
"""Tags of texts that name a part, and its slot."""


def true_words(scenes: Any) -> dict[str, str]:
    """What a scene of one Noun really shows, by the tag of the text that names it."""
    row = scenes.nouns[0, 0]
    return {tag: shown(parts(slot)[row[SLOTS.index(slot)]]) for tag, slot in NAMED.items()}


def is_clear(decision: Decision, tags: tuple[str, ...]) -> bool:
    """Whether one head alone turns the choice, no other does, and its role is what the falling text is about."""
    first = decision.before.index(max(decision.before))
    told = tags[first] in parts_of(decision.about)
    sure = min(decision.before[first], max(decision.after)) >= CLEAR
    return decision.turns and decision.alone == 1 and len(decision.heads) == 1 and told and sure


def search(studio: Studio, seeds: Iterable[int] = range(SEARCHED)) -> Iterator[Story]:
    """Every clear story among scenes."""
    sight = studio.sight
    tag = dict(zip(sight.lenses.pool, sight.lenses.tags, strict=True))
    for seed in seeds:
        picture = studio.scene(seed)
        if picture.truth.scenes.count[0] != 1:
            continue
        texts = sight.own_words(picture)
        tags, truth = tuple(tag[text] for text in texts), true_words(picture.truth.scenes)
        if any(truth.get(kind, text) != text for kind, text in zip(tags, texts, strict=True)):
            continue
        found = sight.decide(picture, list(texts))
        if is_clear(found, tags):
            yield Story(seed, texts, found.heads[0], found.about, found.before, found.after, found.alone, SEARCHED, 0)


def main() -> None:
    """Print every clear story and write the one that is shipped."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    found = list(search(Studio("nouns")))
    for story in sorted(found, key=lambda s: -min(max(s.before), max(s.after))):
        was, now = story.texts[story.before.index(max(story.before))], story.texts[story.after.index(max(story.after))]
        print(f"scene {story.scene:5d}  {story.about}: {was} {max(story.before):.3f} -> {now} {max(story.after):.3f}")
    best = next((s for s in found if s.scene == SHIPPED), max(found, key=lambda s: min(max(s.before), max(s.after))))
    write(replace(best, turned=len(found)))


def write(story: Story) -> None:
    """Keep it beside the weights."""
    numbers = {name: [round(share, 4) for share in getattr(story, name)] for name in ("before", "after")}
    write_atomically(ROOT / "assets" / FILE, (json.dumps({**asdict(story), **numbers}, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
