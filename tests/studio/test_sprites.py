"""The studio's verbs over the world `dsprites`, on models made by hand: from a sentence to a saved picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import RecipeError, RequestError, SettingError, StudioError
from core.foundations.records import Edit, Picture
from core.studio import Studio
from core.studio.library import Library
from core.studio.sprite_library import SpriteLibrary
from core.studio.worlds import LIBRARIES, open_library
from tests.studio.tiny_sprites import card, tiny_studio

HEART = {"shape": "2", "scale": "3", "rotation": "4", "x": "20", "y": "12"}
SENTENCE = "move it to the left and make it a square"


@pytest.fixture(scope="module")
def studio() -> Studio:
    return tiny_studio()


def shown(studio: Studio, picture: Picture) -> dict[str, str]:
    return {r.slot: r.part for r in studio.read(picture)}


def test_a_sentence_changes_what_it_names_and_keeps_the_rest(studio: Studio) -> None:
    """Shape and column; the report says both, in words."""
    result = studio.request(studio.compose(HEART), SENTENCE)
    after = shown(studio, result.picture)
    assert result.refusal is None and [e.handle for e in result.edits] == ["shift:shape:0", "shift:x:12"]
    assert {s: after[s] for s in ("shape", "scale", "x", "y")} == {"shape": "0", "scale": "3", "x": "12", "y": "12"}
    assert result.report and "heart to square" in result.report.sentence and "Kept: scale, rotation and y." in result.report.sentence
    assert result.report.stray == 0 and 0 < result.report.pixels < 0.2


def test_edits_do_not_draw(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit acts on latents: with the world's renderer taken away it still works."""
    picture = studio.compose(HEART)
    monkeypatch.setattr(type(studio.library.world), "draw", lambda *_: pytest.fail("an edit drew"))
    assert shown(studio, studio.request(picture, "make it an oval").picture)["shape"] == "1"


def test_what_is_close_is_said(studio: Studio) -> None:
    """A circle becomes an ellipse, and the largest is as large as it gets; the report keeps to what changed."""
    result = studio.request(studio.compose(HEART), "make it a circle")
    assert result.note == "There is no circle here; the nearest is an ellipse." and result.refusal is None
    assert result.report and result.report.sentence.startswith("Changed: heart to ellipse.")
    assert "as large as it gets" in studio.request(studio.compose(HEART), "make it twice the size").note


def test_where_there_is_nothing_to_know_there_is_no_note(studio: Studio) -> None:
    """Nor where nothing was done, or a step was taken back."""
    picture = studio.compose(HEART)
    done = studio.request(picture, SENTENCE)
    assert done.edits and not any(
        r.note for r in (done, studio.request(picture, "make it red"), studio.request(picture, "undo", done.edits))
    )


def test_rotations_that_look_the_same_are_the_value_that_was_wanted(studio: Studio) -> None:
    """A square that is turned by a quarter, by hand, stays what it was, and nothing was missed."""
    report = studio.edit(studio.compose(HEART | {"shape": "0", "rotation": "0"}), (Edit("shift:x:5"), Edit("shift:x:20"))).report
    assert report and not any(change.wanted for change in report.changes)


@pytest.mark.parametrize(
    ("sentence", "says"),
    [
        ("make it red", "no colours"),
        ("add a second one", "one sprite"),
        ("make it a heart", "a heart already"),
        ("column 99", "from 1 to 32"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_changes(studio: Studio, sentence: str, says: str) -> None:
    """With a sentence that says what this world can do."""
    picture = studio.compose(HEART)
    result = studio.request(picture, sentence)
    assert result.refusal and says in result.refusal and not result.edits and result.picture is picture


def test_a_failed_edit_is_rolled_back() -> None:
    """Planted: x = 0 drags y along; the sentence that wants it is refused, and the one beside it is not."""
    studio = tiny_studio(leak=True)
    picture = studio.compose(HEART)
    result = studio.request(picture, "all the way left")
    assert result.refusal and "changed the y" in result.refusal and result.picture is picture
    assert studio.request(picture, "x 1").edits == (Edit("shift:x:1"),)


def test_requests_build_a_stack_and_undo_takes_one_back(studio: Studio) -> None:
    """Relative moves start from where the stack has led."""
    picture = studio.compose(HEART)
    one = studio.request(picture, "move it 4 steps left")
    two = studio.request(picture, "move it 4 steps left", one.edits)
    assert shown(studio, two.picture)["x"] == "12" and len(two.edits) == 2
    back = studio.request(picture, "undo", two.edits)
    assert back.undo and back.edits == one.edits and shown(studio, back.picture)["x"] == "16"


def test_turning_a_square_by_a_quarter_is_nothing(studio: Studio) -> None:
    """And turning it by an eighth is read, whichever of its names the reader gives it."""
    picture = studio.compose(HEART | {"shape": "0", "rotation": "0"})
    assert "looks as it does now" in str(studio.request(picture, "turn it by 90 degrees").refusal)
    result = studio.request(picture, "turn it by 45 degrees anticlockwise")
    assert result.refusal is None and int(shown(studio, result.picture)["rotation"]) % 39 in {5, 15, 24, 25, 34}


def test_surprise_differs_everywhere(studio: Studio) -> None:
    """Every slot changes, the same way for the same sentence and picture; what is kept is kept."""
    picture = studio.compose(HEART)
    result = studio.request(picture, "surprise me but keep the size")
    after = shown(studio, result.picture)
    assert result.refusal is None and after["scale"] == "3" and all(after[s] != HEART[s] for s in ("shape", "x", "y"))
    assert studio.request(picture, "surprise me but keep the size").edits == result.edits


def test_one_handle_for_each_value(studio: Studio) -> None:
    """113 of them, each with its measured figures, and each does what its name says."""
    handles = studio.handles()
    assert len(handles) == 113 and {h.kind for h in handles} == {"shift"}
    handle = studio.handle("shift:x:3")
    assert (handle.slot, handle.part, handle.curve.success, handle.curve.kept) == ("x", "3", (0.96,), (0.99,))
    assert "far left" in handle.name and handle.name in handle.texts
    for id in ("shift:shape:1", "shift:scale:0", "shift:y:31"):
        picture = Picture(studio.handle_image(id))
        assert shown(studio, picture)[id.split(":")[1]] == id.split(":")[2]
    with pytest.raises(StudioError, match="no handle"):
        studio.handle("shift:x:32")


def test_find_ranks_the_thing_itself_first(studio: Studio) -> None:
    """By rules, by names, by meaning."""
    assert studio.find("make it a square", 3)[0].handle.id == "shift:shape:0"
    assert studio.find("to the top", 3)[0].handle.id == "shift:y:0"
    assert studio.find("symbol of affection", 1)[0].handle.id == "shift:shape:2" and studio.find("heart", 0) == ()


def test_turning_by_hand(studio: Studio) -> None:
    """Strength 0 and muted edits change nothing; strengths are bounded."""
    picture = studio.compose(HEART)
    for edit in (Edit("shift:x:3", 0.0), Edit("shift:x:3", 1.0, muted=True)):
        assert np.array_equal(np.asarray(studio.edit(picture, (edit,)).picture.image), np.asarray(picture.image))
    assert shown(studio, studio.edit(picture, [Edit("shift:x:3"), Edit("shift:shape:0")]).picture)["x"] == "3"
    with pytest.raises(SettingError):
        studio.edit(picture, (Edit("shift:x:3", 9.0),))


def test_save_and_open_again(studio: Studio, tmp_path: Path) -> None:
    """With its stack; and a recipe of the other world, or of a value that does not exist, is refused."""
    picture = studio.compose(HEART)
    result = studio.request(picture, SENTENCE)
    studio.save(picture, result.edits, tmp_path / "sprite.png")
    again, edits = studio.load(tmp_path / "sprite.png")
    assert edits == result.edits and shown(studio, studio.edit(again, edits).picture) == shown(studio, result.picture)
    recipe = studio.recipe(picture, edits)
    for bad in (recipe.replace("dsprites", "nouns"), recipe.replace("shift:x:12", "shift:x:99"), recipe.replace('"20"', '"77"')):
        with pytest.raises(RecipeError):
            studio.replay(bad)


def test_a_persons_own_picture(studio: Studio) -> None:
    """A sprite at another size is taken in wholly, noise is not, and the fit says so; the recipe brings it back."""
    sprite = Image.fromarray(studio.library.world.draw(HEART)).resize((640, 640), Image.Resampling.NEAREST)
    taken = studio.open(sprite)
    assert taken.fit == 1.0 and shown(studio, taken) == HEART and taken.truth is None
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    assert studio.open(noise).fit < 0.5
    back, _ = studio.replay(studio.recipe(taken, ()))
    assert shown(studio, back) == HEART


def test_parts_and_their_pictures(studio: Studio) -> None:
    """Every value of every slot."""
    assert [len(studio.parts(slot)) for slot in studio.slots] == [3, 6, 40, 32, 32]
    assert shown(studio, Picture(studio.part_image("y", "5")))["y"] == "5"
    with pytest.raises(StudioError):
        studio.parts("colour")


def test_what_belongs_to_nouns_is_said(studio: Studio) -> None:
    """Sight, features; and what belongs to sprites, over Nouns."""
    picture = studio.compose(HEART)
    for asked in (lambda: studio.segment(picture, "heart"), lambda: studio.find("what sees red?"), lambda: studio.activations(picture)):
        with pytest.raises(StudioError, match="not for sprites"):
            asked()
    nouns = Studio("nouns", torch.device("cpu"))
    for asked in (nouns.methods, lambda: nouns.library.shifter):
        with pytest.raises(StudioError, match=r"studio\.sprites"):
            asked()


def test_worlds_are_chosen_in_one_table() -> None:
    """And the sprites are reached from the Nouns' studio, on its device, without loading anything."""
    assert set(LIBRARIES) == {"nouns", "dsprites", "faces"}
    assert isinstance(open_library("nouns"), Library) and isinstance(open_library("dsprites"), SpriteLibrary)
    nouns = Studio("nouns", torch.device("cpu"))
    assert nouns.sprites.world == "dsprites" and nouns.sprites is nouns.sprites and nouns.sprites.sprites is nouns.sprites
    assert not {"generator", "shifts", "card"} & set(nouns.sprites.library.__dict__)
    with pytest.raises(StudioError, match="There is nouns, dsprites"):
        open_library("photos")


@pytest.mark.parametrize("sentence", ["", "x" * 400, None])
def test_what_is_no_sentence(studio: Studio, sentence: object) -> None:
    """As everywhere."""
    with pytest.raises(RequestError):
        studio.request(studio.compose(HEART), sentence)  # type: ignore[arg-type]


def test_handles_are_those_of_the_best_method() -> None:
    """Where the card names another best, the handle's curve is the other's."""
    studio = tiny_studio()
    changed = card()
    changed["best"]["x"] = "sum"
    studio.library.__dict__["card"] = changed
    assert studio.handle("shift:x:3").curve.success == (0.0,) and studio.handle("shift:y:3").curve.success == (1.0,)
