"""`make weights` makes everything that lies in assets, in an order in which each step finds what it needs."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import core.train
from core.foundations.files import ROOT
from core.train.__main__ import STEPS

KEEPS = re.compile(r"\b(?:save_weights|save_words|write_words|write_atomically)\(")
"""How a program keeps what it made."""
NOT_ASSETS = {"photo_eyes", "faces_seen", "first_look"}
"""Steps whose results lie elsewhere: in the cache, under `runs/`, and beside the page."""


def test_every_step_of_training_is_a_program() -> None:
    """A module that can be found and has a main."""
    for name, (module, _) in STEPS.items():
        spec = importlib.util.find_spec(module)
        assert spec and spec.origin and "def main()" in (ROOT / Path(spec.origin)).read_text(), name


def test_every_program_that_keeps_something_is_a_step() -> None:
    """So that nothing in assets is left from weights that were made anew; what only compares and prints is none."""
    folder, steps = Path(core.train.__path__[0]), {module for module, _ in STEPS.values()}
    programs = {
        ".".join(("core.train", *path.relative_to(folder).with_suffix("").parts))
        for path in folder.rglob("*.py")
        if "def main()" in (text := path.read_text()) and KEEPS.search(text)
    }
    assert "core.train.scenes.story" in programs and not programs - steps, programs - steps


def test_steps_come_after_what_they_need() -> None:
    """Handles before shifts, the scenes' CLIP before what looks through it, judges before what needs them, the page last."""
    order = list(STEPS)
    assert order.index("handles") + 1 == order.index("noun_shifts") and order[-1] == "first_look"
    scenes, sprites, photos = (order.index(name) for name in ("scene_clip", "sprite_outlines", "photo_eyes"))
    scene = ["scene_clip", "scene_words", "scene_lenses", "scene_presence", "scene_things", "scene_blind_spots", "scene_story"]
    shared = ["noun_concepts", "noun_concept_handles"]
    assert order[scenes:sprites] == [*scene, *shared]
    assert order[sprites:photos] == ["sprite_outlines", "sprites", "sprites_paper", "shape_judges", "sprite_shifts"]
    photo = [
        "photo_eyes",
        "photo_pictures",
        "photo_head",
        "photo_report",
        "photo_lenses",
        "photo_neurons",
        "photo_presence",
        "photo_things",
    ]
    faces = ["faces_tail", "faces_encoder", "faces_square", "faces_seen", "faces_reader", "faces_handles"]
    last = ["faces_rosetta", "faces_concept_handles", "faces_plain", "faces_phrases"]
    assert order[photos:-1] == [*photo, *faces, *last]


def test_the_table_of_assets_names_the_steps_in_their_order() -> None:
    """Each once, by the command that a person types."""
    table = (ROOT / "docs" / "assets.md").read_text(encoding="utf-8")
    named = [name for names in re.findall(r"`python -m core\.train((?: \w+)+)`", table) for name in names.split()]
    assert named == [name for name in STEPS if name not in NOT_ASSETS] and "core.train." not in table
