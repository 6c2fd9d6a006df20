"""The studio's verbs on the shipped weights: what a person does, from a sentence to a saved picture."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import PictureError, RecipeError, RequestError, SettingError, StudioError
from core.foundations.records import Edit
from core.foundations.region import Region
from core.studio import Studio
from core.studio.fulfil import CLEAN
from core.studio.recipes import MOST_REGIONS, png_with, recipe_in

SENTENCE = "swap the head for a shark and make the glasses red"
START = {"background": "cool", "body": "teal", "accessory": "none", "head": "cat", "glasses": "square-black"}

OPENING = {"background": "cool", "body": "teal-light", "accessory": "dragon", "head": "mustard", "glasses": "square-black-rgb"}
"""The picture that the page opens on."""


@pytest.fixture(scope="module")
def studio() -> Studio:
    """The real one."""
    return Studio("nouns")


def shown(studio: Studio, picture) -> dict[str, str]:
    """What is read in a picture."""
    return {r.slot: r.part for r in studio.read(picture)}


def test_a_sentence_changes_what_it_names_and_keeps_the_rest(studio: Studio) -> None:
    """Head and glasses change; body, accessory and background stay; the report says both."""
    result = studio.request(studio.compose(START), SENTENCE)
    after = shown(studio, result.picture)
    assert result.refusal is None and after["head"] == "shark" and "red" in after["glasses"]
    assert {s: after[s] for s in ("background", "body", "accessory")} == {s: START[s] for s in ("background", "body", "accessory")}
    assert result.report and "shark" in result.report.sentence and "Kept" in result.report.sentence
    assert len(result.edits) == 2 and result.picture.truth is None


def test_a_small_print_survives_a_new_head(studio: Studio) -> None:
    """The dragon has 52 pixels, of which each of these heads alone would blur two to four; it is held, then the head is turned."""
    picture = studio.compose(OPENING)
    for sentence, head in (("turn it into a cat", "cat"), ("make the head a garlic", "garlic")):
        result = studio.request(picture, sentence)
        read = {r.slot: r for r in studio.read(result.picture)}
        assert result.refusal is None and {s: r.part for s, r in read.items()} == {**OPENING, "head": head}, sentence
        assert min(r.confidence for r in read.values()) >= CLEAN and len(result.edits) == 2
        assert [studio.handle(edit.handle).slot for edit in result.edits] == ["accessory", "head"]
        assert result.report and [c.slot for c in result.report.changes if c.wanted] == ["head"]
        assert studio.request(picture, "undo", result.edits).edits == result.edits[:1]


def test_a_refusal_names_what_would_have_been_harmed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can hold the print, it is the print that is named, not the head, which came out well."""
    monkeypatch.setattr(studio.library, "bringing", lambda slot, part: ())
    result = studio.request(studio.compose(OPENING), "turn it into a cat")
    assert result.refusal and "blurred the accessory" in result.refusal and "head" not in result.refusal and not result.edits


def test_edits_do_not_draw(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit acts on latents: with the renderer taken away it still works."""
    picture = studio.compose(START)
    monkeypatch.setattr(type(studio.library.world), "draw", lambda *_: pytest.fail("an edit drew"))
    assert shown(studio, studio.request(picture, "give it a shark head").picture)["head"] == "shark"


def test_what_does_not_exist_is_refused_and_nothing_changes(studio: Studio) -> None:
    """With a sentence that says why."""
    picture = studio.compose(START)
    for sentence in ("give it a giraffe head", "remove the dog", "asdf qwer zxcv", "make it wave"):
        result = studio.request(picture, sentence)
        assert result.refusal and not result.edits and result.picture is picture, sentence


def test_requests_build_a_stack_and_undo_takes_one_back(studio: Studio) -> None:
    """Two sentences, then one step back, then nothing left to undo."""
    picture = studio.compose(START)
    one = studio.request(picture, "give it a shark head")
    two = studio.request(picture, "make the body red", one.edits)
    assert len(two.edits) == 2 and shown(studio, two.picture)["head"] == "shark"
    back = studio.request(picture, "undo that", two.edits)
    assert back.undo and back.edits == one.edits and shown(studio, back.picture)["body"] == "teal"
    assert studio.request(picture, "undo that").refusal


@pytest.mark.parametrize("sentence", ["", "   ", "x" * 5000, None, 7])
def test_what_is_no_sentence_gets_a_clear_answer(studio: Studio, sentence: object) -> None:
    """Empty, endless, no text."""
    with pytest.raises(RequestError):
        studio.request(studio.sample(1), sentence)  # type: ignore[arg-type]


def test_find_ranks_the_thing_itself_first(studio: Studio) -> None:
    """By its words and by its meaning; each has handle, action, strength, score."""
    found = studio.find("swap the head for a shark", limit=5)
    assert found[0].handle.part == "shark" and found[0].action == "replace" and len(found) == 5
    assert studio.find("feline", limit=3)[0].handle.part == "cat"
    assert studio.find("shark", limit=0) == ()


def test_the_same_seed_gives_the_same_picture(studio: Studio) -> None:
    """And another seed another."""
    assert np.array_equal(np.asarray(studio.sample(7).image), np.asarray(studio.sample(7).image))
    assert studio.sample(7).truth != studio.sample(8).truth


def test_handles_carry_evidence(studio: Studio) -> None:
    """Every named handle has a measured curve, a confidence and examples; most parts have a handle."""
    named = [h for h in studio.handles() if h.slot]
    assert len(named) > 800 and all(h.curve.strengths and 0 <= h.confidence <= 1 for h in named)
    assert all(h.texts for h in named if h.kind != "concept"), "of concepts alike one has the words"
    assert len({(h.slot, h.part) for h in named if h.part}) > 430
    best, worst = studio.examples("direction:head:shark")
    assert best and all(shown(studio, p)["head"] == "shark" for p in best[:1])
    assert studio.handle_image("direction:head:shark").size == (32, 32)
    with pytest.raises(StudioError, match="no handle"):
        studio.handle("feature:99999")


def test_turning_by_hand(studio: Studio) -> None:
    """Strength 0 of a direction changes nothing, muted edits nothing, strengths are bounded."""
    picture = studio.compose(START)
    for edit in (Edit("direction:head:shark", 0.0), Edit("direction:head:shark", 1.0, muted=True)):
        assert np.array_equal(np.asarray(studio.edit(picture, (edit,)).picture.image), np.asarray(picture.image))
    with pytest.raises(SettingError):
        studio.edit(picture, (Edit("direction:head:shark", 40.0),))
    with pytest.raises(StudioError, match="at most"):
        studio.edit(picture, (Edit("direction:head:shark"),) * 30)


def test_active_features_explain_a_picture(studio: Studio) -> None:
    """A handful of features, strongest first; switching a strong one off changes the picture."""
    picture = studio.compose(START)
    active = studio.activations(picture)
    assert 2 <= len(active) <= 20 and list(active.values()) == sorted(active.values(), reverse=True)
    off = studio.edit(picture, (Edit(next(iter(active)), 0.0),))
    assert off.report and off.report.pixels > 0


def test_save_and_open_again(studio: Studio, tmp_path: Path) -> None:
    """A saved PNG opens with its stack and gives the same picture; a screenshot of it opens as a plain picture."""
    picture = studio.compose(START)
    result = studio.request(picture, SENTENCE)
    studio.save(picture, result.edits, tmp_path / "noun.png")
    again, edits = studio.load(tmp_path / "noun.png")
    assert edits == result.edits
    assert np.array_equal(np.asarray(studio.edit(again, edits).picture.image), np.asarray(result.picture.image))
    copy = io.BytesIO()
    Image.open(tmp_path / "noun.png").convert("RGB").save(copy, "PNG")
    plain, none = studio.load(copy.getvalue())
    assert none == () and plain.fit > 0.98 and shown(studio, plain)["head"] == "shark"


def test_a_saved_picture_that_was_painted_over(studio: Studio, tmp_path: Path) -> None:
    """Opens with its steps, and the picture as it now looks beside them; one that was not has nothing beside it."""
    picture, path = studio.compose(START), tmp_path / "noun.png"
    result = studio.request(picture, SENTENCE)
    studio.save(picture, result.edits, path)
    assert studio.load(path).painted_over is None
    with Image.open(path) as saved:
        painted, info = saved.convert("RGB"), png_with(str(recipe_in(saved)))
    painted.paste(tuple(int(v) for v in studio.library.world.draw(studio.compose(START).truth)[16, 16]), (0, 0, 320, 150))
    painted.save(path, pnginfo=info)
    loaded = studio.load(path)
    assert loaded.edits == result.edits and np.array_equal(np.asarray(loaded.picture.image), np.asarray(picture.image))
    anew = loaded.painted_over
    assert anew and "latent" in anew.origin and len(np.unique(np.asarray(anew.original)[:15].reshape(-1, 3), axis=0)) == 1
    copy = io.BytesIO()
    painted.resize((480, 480)).save(copy, "JPEG")
    plain = studio.load(copy.getvalue())
    assert plain.edits == () and plain.painted_over is None


def test_what_hides_under_transparency_is_seen_nowhere(studio: Studio) -> None:
    """The world's own ground shows instead, in what the model takes in too."""
    clear = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    taken = studio.open(clear)
    assert taken.original and (np.asarray(taken.original) == studio.ground).all()
    assert np.array_equal(np.asarray(taken.image), np.asarray(studio.open(Image.new("RGB", (64, 64), studio.ground)).image))


def test_a_persons_own_picture(studio: Studio) -> None:
    """A Noun is taken in wholly, a photograph hardly, and the fit says so; the recipe brings it back."""
    noun = Image.fromarray(studio.library.world.draw(studio.library.world.compose(4))).resize((640, 640), Image.Resampling.NEAREST)
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (300, 400, 3), dtype=np.uint8))
    taken, hardly = studio.open(noun), studio.open(noise)
    assert taken.fit > 0.98 and hardly.fit < 0.5 and hardly.truth is None
    assert taken.original and taken.original.size == (32, 32)
    back, _ = studio.replay(studio.recipe(hardly, ()))
    assert back.fit == round(hardly.fit, 4) and studio.replay(studio.recipe(back, ()))[0].origin == back.origin
    assert (np.asarray(back.image) == np.asarray(hardly.image)).mean() > 0.97


def test_what_is_opened_is_what_its_recipe_gives_back(studio: Studio) -> None:
    """Twenty pictures, each to the pixel: noise, blots and enlarged Nouns."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rgb = rng.integers(0, 255, (32, 32, 3) if seed % 2 else (4, 4, 3), dtype=np.uint8)
        taken = studio.open(Image.fromarray(rgb).resize((96, 96), Image.Resampling.BICUBIC))
        back, _ = studio.replay(studio.recipe(taken, ()))
        assert np.array_equal(np.asarray(back.image), np.asarray(taken.image)), seed
        assert back.latent is not None and taken.latent is not None and torch.equal(back.latent, taken.latent)


def test_strengths_are_played_as_they_are_written(studio: Studio) -> None:
    """To the last bit of the latent, however many digits a slider gives."""
    picture = studio.compose(START)
    edits = (Edit("direction:head:shark", 2 / 3), Edit("feature:13", 1.00004999))
    again, stack = studio.replay(studio.recipe(picture, edits))
    one, other = (studio.edit(*pair).picture.latent for pair in ((picture, edits), (again, stack)))
    assert one is not None and other is not None and torch.equal(one, other)


def test_a_part_that_was_swapped_away_and_back(studio: Studio) -> None:
    """Is kept, not missed; one that did not come is."""
    picture = studio.compose(START)
    away, back = Edit("direction:head:shark"), Edit("direction:head:cat")
    report = studio.edit(picture, (away, back)).report
    assert report and not any(c.wanted or c.changed for c in report.changes) and report.stray == 0
    muted = studio.edit(picture, (away, Edit("direction:head:cat", muted=True))).report
    assert muted and [c.slot for c in muted.changes if c.wanted and c.changed] == ["head"]
    missed = studio.edit(picture, (back, Edit("direction:head:shark", 0.05))).report
    assert missed and [c.slot for c in missed.changes if c.wanted and not c.changed] == ["head"]


def test_what_an_unnamed_feature_changes_is_not_unasked_for(studio: Studio) -> None:
    """Nobody said what it would do; a named one is still held to its slot."""
    picture, unnamed = studio.compose(START), Edit("feature:273", 3.0)
    assert not studio.handle(unnamed.handle).slot
    for edits in ((unnamed,), (unnamed, Edit("direction:glasses:square-blue"))):
        report = studio.edit(picture, edits).report
        assert report and len([c for c in report.changes if c.changed]) >= 2 and "Not asked for" not in report.sentence
        assert report.stray == 0 and all(c.wanted for c in report.changes if c.changed)


@pytest.mark.parametrize("data", [b"", b"not an image", b"\x89PNG\r\n\x1a\n"])
def test_hostile_files(studio: Studio, data: bytes) -> None:
    """One sentence each."""
    with pytest.raises(PictureError):
        studio.load(data)


def test_recipes_name_only_what_exists(studio: Studio) -> None:
    """An unknown handle, part, slot."""
    good = studio.recipe(studio.compose(START), (Edit("direction:head:shark"),))
    for bad in (good.replace("head:shark", "head:giraffe"), good.replace('"cat"', '"unicycle"'), good.replace('"head":', '"tail":')):
        with pytest.raises(RecipeError):
            studio.replay(bad)


def test_unknown_world() -> None:
    """Says which there are."""
    with pytest.raises(StudioError, match="There is nouns"):
        Studio("photos")


LEFT = np.zeros((32, 32), bool)
LEFT[:, :16] = True
SHARK, RED = Edit("direction:head:shark"), Edit("direction:body:red")


def pixels(studio: Studio, picture, edits: tuple[Edit, ...]) -> np.ndarray:
    """What a stack paints."""
    return np.asarray(studio.edit(picture, edits).picture.image)


def test_an_edit_stays_within_its_region(studio: Studio) -> None:
    """What lies outside stays to the pixel; where the region is kept, what lies inside; the recipe remembers it."""
    picture = studio.compose(START)
    for keep, stays in ((False, np.s_[:, 16:]), (True, np.s_[:, :16])):
        edits = (replace(SHARK, within=Region.of(LEFT, "the left half", keep)),)
        after = pixels(studio, picture, edits)
        differs = (after != np.asarray(picture.image)).any(-1)
        assert differs.any() and not differs[stays].any()
        again, stack = studio.replay(studio.recipe(picture, edits))
        assert stack == edits and again.within is None and (pixels(studio, again, stack) == after).all()


def test_a_region_bounds_only_the_steps_made_after_it(studio: Studio) -> None:
    """What was there before stays whole; taking the bound off later changes nothing of what was done under it, to the pixel."""
    picture, region = studio.compose(START), Region.of(LEFT, "the left half")
    first = studio.request(picture, "give it a shark head")
    bounded = studio.within(picture, region)
    assert (pixels(studio, bounded, first.edits) == np.asarray(first.picture.image)).all()
    second = studio.request(bounded, "make the body red", first.edits)
    differs = (np.asarray(second.picture.image) != np.asarray(first.picture.image)).any(-1)
    assert differs[:, :16].any() and not differs[:, 16:].any() and shown(studio, second.picture)["head"] == "shark"
    assert [e.within for e in second.edits] == [None, region] and "inside “the left half”" in second.report.sentence
    third = studio.request(picture, "give it blue glasses", second.edits)
    assert third.refusal is None and [e.within for e in third.edits] == [None, region, None]
    moved = (np.asarray(third.picture.image) != np.asarray(second.picture.image)).any(-1)
    place = studio.library.world.mask(START | {"head": "shark"}, "glasses") | studio.library.world.mask(
        shown(studio, third.picture), "glasses"
    )
    assert moved.any() and not (moved & ~place).any()
    again, stack = studio.replay(studio.recipe(bounded, third.edits))
    assert again.within == region and (pixels(studio, again, stack) == np.asarray(third.picture.image)).all()


def test_what_is_painted_grows_with_the_regions_alone(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """All in one painting: of one latent without regions, and of one for each way in which regions lie over each other."""
    picture, region, top = studio.compose(START), Region.of(LEFT), Region.of(LEFT.T)
    one, other = replace(SHARK, within=region), replace(RED, within=region)
    paint, painted = Studio._painted, []
    monkeypatch.setattr(Studio, "_painted", lambda self, latents: painted.append(len(latents)) or paint(self, latents))
    stacks = [
        ((), 0),
        ((SHARK, RED), 1),
        ((one, other), 2),
        ((SHARK, other), 2),
        ((one, RED, other), 2),
        ((one, replace(RED, within=top)), 4),
    ]
    for edits, count in stacks:
        painted.clear()
        studio.edit(picture, edits)
        assert painted == ([count] if count else []), edits


def test_a_region_that_holds_nothing(studio: Studio) -> None:
    """A stranger's recipe may carry one: nothing changes; one that holds everything is none."""
    picture, nothing = studio.compose(START), Region.of(~LEFT & LEFT, "nothing")
    edits = (replace(SHARK, within=nothing), replace(RED, within=nothing))
    assert (pixels(studio, picture, edits) == np.asarray(picture.image)).all()
    everywhere = replace(nothing, keep=True)
    assert (pixels(studio, picture, (replace(SHARK, within=everywhere),)) == pixels(studio, picture, (SHARK,))).all()


def test_the_report_tells_of_the_last_steps_alone(studio: Studio) -> None:
    """`since` is the place from which on; the picture is that of the whole stack."""
    picture = studio.compose(START)
    edits = (SHARK, replace(RED, within=Region.of(LEFT, "the left half")))
    last, all_ = studio.edit(picture, edits, since=1), studio.edit(picture, edits)
    assert (np.asarray(last.picture.image) == np.asarray(all_.picture.image)).all() and last.edits == edits
    assert last.report and all_.report and "shark" in all_.report.sentence and "shark" not in last.report.sentence.split("Kept")[0]
    assert last.report.sentence.count("inside “the left half”") == 1 and "inside" not in all_.report.sentence
    assert studio.edit(picture, edits, since=2).report is None


def test_a_sentence_that_can_change_nothing_inside_its_region_is_refused(studio: Studio) -> None:
    """No step is added, and the region is named; elsewhere, or on a free picture, the same sentence is done."""
    picture, corner = studio.compose(START), np.zeros((32, 32), bool)
    corner[30:, :3] = True
    one = studio.request(picture, "make the body red")
    for stack in ((), one.edits):
        result = studio.request(studio.within(picture, Region.of(corner, "the corner")), "give it a shark head", stack)
        assert result.refusal and "inside “the corner”" in result.refusal and "Take the bound off" in result.refusal
        assert result.edits == stack and result.report is None
    for region in (~corner, None):
        result = studio.request(studio.within(picture, region), "give it a shark head")
        assert result.refusal is None and len(result.edits) == 1 and not result.note


def test_what_is_not_reached_for_its_region_is_told(studio: Studio) -> None:
    """A few pixels of the head are no head: the step is done, and the note names what bounds it."""
    picture, few = studio.compose(START), np.zeros((32, 32), bool)
    few[2:8, 10:13] = True
    result = studio.request(studio.within(picture, Region.of(few, "an ear")), "give it a shark head")
    assert result.refusal is None and "inside “an ear”" in result.note and "whole head" in result.note


def test_a_region_of_another_size_is_refused(studio: Studio) -> None:
    """And so is a damaged one, and one too many."""
    picture, small = studio.compose(START), np.ones((16, 16), bool)
    for refused in (lambda: studio.within(picture, small), lambda: studio.edit(picture, (replace(SHARK, within=Region.of(small)),))):
        with pytest.raises(StudioError, match="the picture's size"):
            refused()
    damaged = studio.recipe(studio.within(picture, LEFT), ()).replace('false,"', 'false,"AA')
    with pytest.raises(RecipeError):
        studio.replay(damaged)
    many = tuple(replace(SHARK, within=Region.of(np.roll(LEFT, at, 1))) for at in range(MOST_REGIONS + 1))
    with pytest.raises(StudioError, match="regions"):
        studio.edit(picture, many)
    assert len(studio.edit(picture, many[1:]).edits) == MOST_REGIONS


def test_a_recipe_of_the_first_version_is_played_as_it_was(studio: Studio) -> None:
    """Its one region bounds the whole stack, which is painted once."""
    picture, region = studio.compose(START), Region.of(LEFT)
    old = json.loads(studio.recipe(picture, (SHARK, RED)))
    old["origin"]["region"] = base64.b64encode(region.bits).decode()
    again, stack = studio.replay(json.dumps(old))
    free = pixels(studio, picture, (SHARK, RED))
    assert (pixels(studio, again, stack) == np.where(LEFT[..., None], free, np.asarray(picture.image))).all()
