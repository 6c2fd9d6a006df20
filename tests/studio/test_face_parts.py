"""Edits of a face bounded to a part of it, with a tiny generator and a reader that sees hair on the left and clothes where it is red."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional as F

from core.foundations.errors import RequestError, StudioError
from core.foundations.images import to_rgb
from core.foundations.records import Curve, Edit, Handle, Picture
from core.foundations.region import Region
from core.foundations.seeds import torch_rng
from core.language.resolve import Resolved, Target
from core.models.face_directions import FaceDirections
from core.models.face_seen import PARTS, FaceSeen
from core.models.face_seen import SIDE as PLACES
from core.studio import Studio, face_steering
from core.studio import face_library as module
from core.studio.face_library import FaceLibrary
from core.studio.playing import Cells
from core.studio.recipes import recipe_in
from core.worlds.faces.attributes import ATTRIBUTES
from tests.models.test_working_faces import tiny_faces_at_work
from tests.models.tiny_faces import SIDE, SLOTS, WIDTH

BLOND = "direction:hair colour:blond"
CURVE = Curve((1.0,), (0.9,), (0.9,))


class Reader:
    """Sees parts by where they are and by their colour, and counts how often it looks."""

    looks = 0

    def read(self, eyes: Any, pictures: torch.Tensor) -> FaceSeen:
        """See."""
        self.looks += 1
        n, small = len(pictures), F.interpolate(pictures, (PLACES, PLACES))
        parts = torch.zeros(n, len(PARTS), PLACES, PLACES)
        parts[:, PARTS.index("hair"), :, : PLACES // 2] = 1
        parts[:, PARTS.index("cloth")] = ((small[:, 0] > 0.99) & (small[:, 1:] < 0.01).all(1)).float()
        parts[:, 0] = 1 - parts.sum(1).clamp(max=1)
        none = torch.zeros(n)
        return FaceSeen(torch.ones(n, 7), none, none, torch.zeros(n, 68, 2), parts, F.normalize(torch.ones(n, 4)))


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Whose faces have blond hair where the left half is not as in the first face, and smile where the right half is not."""
    library = FaceLibrary(device=torch.device("cpu"))
    generator = tiny_faces_at_work()
    side = generator.image_size[0]
    lines = FaceDirections((BLOND,), 1, WIDTH, measures=len(ATTRIBUTES))
    lines.lines[0] = 3 * torch.randn(WIDTH, generator=torch_rng("blond"))
    lines.handles[0] = 1.0
    lines.moved[:, :, ATTRIBUTES.index("hair lightness")] = 1.0
    handle = Handle(BLOND, "direction", "hair colour", "blond", "blond hair", ("blond",), 1.0, 1.0, 1.0, CURVE)
    library.__dict__ |= {"generator": generator, "face_reader": Reader(), "actors": module.FaceActors(lines), "handles": {BLOND: handle}}
    monkeypatch.setattr(library.world, "side", side)
    studio = Studio("faces")
    studio.library = library
    first = np.asarray(studio.sample(3).image).astype(float) / 255

    def halves(pictures: torch.Tensor, seen: Any) -> torch.Tensor:
        values = torch.zeros(len(pictures), len(ATTRIBUTES))
        for row, picture in zip(values, pictures.permute(0, 2, 3, 1).numpy(), strict=True):
            apart = np.abs(picture - first).mean((0, 2))
            row[ATTRIBUTES.index("hair colour")] = 18.0
            row[ATTRIBUTES.index("hair lightness")] = 20 + 1200 * float(apart[: side // 2].mean())
            row[ATTRIBUTES.index("smiling")] = -4 + 400 * float(apart[side // 2 + 3 :].mean())
        return values

    monkeypatch.setattr(face_steering, "attributes", halves)
    monkeypatch.setattr(module, "stayed", lambda pairs, stranger: ())
    wish = Resolved((Target("hair colour", ("blond",), "replace"),))
    library.understand = lambda sentence, reading: wish if "blond" in sentence else Resolved(refusal="What?")  # type: ignore[method-assign]
    return studio


def pixels(picture: Any) -> np.ndarray:
    return np.asarray(picture.image).astype(int)


def test_an_edit_shows_inside_its_part_alone_and_fades_out_at_its_rim(studio: Studio) -> None:
    """Inside to the pixel what the edit paints everywhere, outside to the pixel what was there; a recipe gives the same picture back."""
    picture = studio.sample(3)
    edit = Edit(BLOND, 1.0, within=studio.region(picture, "hair"))
    assert edit.within and edit.within.words == "the hair" and edit.within.mask[:, : picture.image.width // 2].all()
    before, free, after = (
        pixels(one) for one in (picture, studio.edit(picture, [replace(edit, within=None)]).picture, studio.edit(picture, [edit]).picture)
    )
    half = picture.image.width // 2
    assert (after[:, : half - 4] == free[:, : half - 4]).all() and (after[:, half + 4 :] == before[:, half + 4 :]).all()
    rim = after[:, half : half + 2]
    low, high = np.minimum(before, free)[:, half : half + 2], np.maximum(before, free)[:, half : half + 2]
    assert ((rim >= low) & (rim <= high)).all() and (rim != before[:, half : half + 2]).any() and (rim != free[:, half : half + 2]).any()
    again, edits = studio.replay(studio.recipe(picture, [edit]))
    assert edits == (edit,) and (pixels(studio.edit(again, edits).picture) == after).all()
    kept = studio.edit(picture, [replace(edit, within=replace(edit.within, keep=True))]).picture
    assert (pixels(kept)[:, :half] == before[:, :half]).all() and (pixels(kept)[:, half + 4 :] == free[:, half + 4 :]).all()


def test_what_an_edit_makes_of_its_part_is_inside_too(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Clothes that are not there yet; without the part's name the mask alone counts."""
    picture, library = studio.sample(3), studio.library
    region = studio.region(picture, "clothes")
    assert not region.mask.any() and region.part == "clothes"
    hatted = np.zeros((region.side, region.side, 3), np.uint8)
    hatted[: region.side // 2] = (255, 0, 0)
    monkeypatch.setattr(library, "painted", lambda latents: hatted[None].repeat(len(latents), 0))
    cells = Cells(torch.zeros(1, WIDTH, SLOTS, 1), np.ones((1, region.side, region.side)), np.zeros((region.side, region.side), bool))
    share = library.inside(region, cells, cells)
    assert share[0].min() == 1 and share[-1].max() == 0 and not library.inside(replace(region, part=""), cells, cells).any()


def test_a_sentence_is_judged_as_it_is_bounded(studio: Studio) -> None:
    """Free, the edit would also change the expression and is put back; bounded by itself, by the sentence or by hand it is done."""
    picture = studio.sample(3)
    free = studio.within(picture, np.ones((picture.image.height, picture.image.width), bool))
    refused = studio.request(free, "make it blond")
    assert refused.refusal and "expression" in refused.refusal and not refused.edits
    for done in (
        studio.request(picture, "make it blond"),
        studio.request(picture, "make it blond, but only the hair"),
        studio.request(studio.within(picture, studio.region(picture, "hair")), "make it blond"),
    ):
        assert done.refusal is None and done.report and [e.within and e.within.part for e in done.edits] == ["hair"]
        assert "inside “the hair”" in done.report.sentence and not done.picture.image.tobytes() == picture.image.tobytes()
    more = studio.request(picture, "more blond, only the hair", done.edits)
    assert len({edit.within for edit in more.edits}) == 1
    other = studio.request(picture, "make it blond, but only the clothes")
    assert other.refusal and "inside “the clothes”" in other.refusal
    unknown = studio.request(picture, "a dragon, but only the clothes")
    assert unknown.refusal == "What?"
    with pytest.raises(RequestError, match="only the hair"):
        studio.request(picture, "only the hair")
    with pytest.raises(StudioError, match="tail"):
        studio.region(picture, "tail")


def test_what_a_step_took_away_comes_back_as_it_was(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step goes, rather than a second one on top of it; not where only a region may change, nor where a little is asked for."""
    picture, library = studio.sample(3), studio.library
    blond = studio.request(picture, "make it blond")
    was = next(r.part for r in studio.read(picture) if r.slot == "hair colour")
    wishes = {"back": Target("hair colour", (was,), "replace"), "a little": Target("hair colour", (was,), "replace", 0.5)}
    monkeypatch.setattr(library, "understand", lambda sentence, reading: Resolved((wishes[sentence],)))
    back = studio.request(picture, "back", blond.edits)
    assert back.refusal is None and back.edits == () and "taken off the list" in back.note
    assert (pixels(back.picture) == pixels(picture)).all() and back.report and "blond hair to" in back.report.sentence
    muted = replace(blond.edits[0], muted=True)
    assert studio.request(picture, "back", (muted, *blond.edits)).edits == (muted,)
    monkeypatch.setattr(library, "bringing", lambda slot, part: ())  # nothing else could bring it
    bound = studio.within(picture, np.ones((picture.image.height, picture.image.width), bool))
    for start, sentence in ((bound, "back"), (picture, "a little")):
        assert studio.request(start, sentence, blond.edits).refusal and studio.request(start, sentence, blond.edits).edits == blond.edits


def test_each_wish_is_bounded_to_its_own_part(studio: Studio) -> None:
    """One region for all edits of the hair's colour, and none for a head that turns, which takes everything with it."""
    assert [studio.library.own(slot) for slot in ("hair colour", "lips", "age", "turn")] == ["hair", "lips", "face and neck", ""]
    first = studio.request(studio.sample(3), "make it blond").edits
    again = studio.request(studio.sample(3), "more blond", first).edits
    assert len(again) == 2 and len({edit.within for edit in again}) == 1


def test_where_a_part_is_is_seen_once_all_else_was_done(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """An edit everywhere that comes after one of a part is played before it: what is bounded shows where the part came to lie."""
    picture, met = studio.sample(3), list[np.ndarray]()
    bounded, free = Edit(BLOND, 1.0, within=studio.region(picture, "hair")), Edit(BLOND, 0.5)
    looked = studio.library.inside

    def inside(region: Any, before: Cells, moved: Cells) -> np.ndarray:
        met.append(before.latents.numpy())
        return looked(region, before, moved)

    monkeypatch.setattr(studio.library, "inside", inside)
    assert (pixels(studio.edit(picture, [bounded, free]).picture) == pixels(studio.edit(picture, [free, bounded]).picture)).all()
    moved = studio.edit(picture, [free]).picture.latent
    assert moved is not None and all(np.allclose(one[0], moved.numpy()) for one in met) and met


def test_a_bounded_edit_is_saved_large_as_it_looks(studio: Studio, tmp_path: Any) -> None:
    """Both latents at the generator's own size, each in its share."""
    picture = studio.sample(3)
    edit = Edit(BLOND, 1.0, within=studio.region(picture, "hair"))
    paths = [tmp_path / f"{name}.png" for name in ("plain", "free", "bounded")]
    for path, edits in zip(paths, ((), (replace(edit, within=None),), (edit,)), strict=True):
        studio.save(picture, edits, path)
    plain, free, bounded = (np.asarray(Image.open(path)).astype(int) for path in paths)
    assert bounded.shape == (SIDE, SIDE, 3)
    assert (bounded[:, : SIDE // 2 - 12] == free[:, : SIDE // 2 - 12]).all() and (
        bounded[:, SIDE // 2 + 10 :] == plain[:, SIDE // 2 + 10 :]
    ).all()
    assert np.abs(free - plain).max() > 20
    assert studio.replay(recipe_in(Image.open(paths[2])) or "")[1] == (edit,)


def test_many_latents_are_painted_large_one_after_the_other(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine that share every pixel: as all of them at once would make it up, with one painting between two looks at how far it is."""
    library, count = studio.library, 9
    starts = [library.start({}, seed).latent for seed in range(count)]
    side, large = library.world.side, library.generator.large  # type: ignore[attr-defined]
    shares = np.random.default_rng(0).dirichlet(np.ones(count), (side, side)).transpose(2, 0, 1).astype(np.float32)
    cells = Cells(torch.stack(starts), shares, np.ones((side, side), bool))
    picture = Picture(Image.fromarray(cells.shown(library.painted(cells.latents))[0]), starts[0])
    painted: list[int] = []
    monkeypatch.setattr(library.generator, "large", lambda latent: (painted.append(len(latent)), large(latent))[1])
    steps = [(piece.done, len(painted), piece.image) for piece in library.enlarging(picture, cells)]
    assert [(round(done * count), seen) for done, seen, _ in steps] == [(at, at) for at in range(count + 1)] and set(painted) == {1}
    grown = F.interpolate(torch.from_numpy(shares)[None], (SIDE, SIDE), mode="bilinear")[0]
    whole = sum(share * large(one[None])[0] for share, one in zip(grown, starts, strict=True))
    assert isinstance(whole, torch.Tensor) and steps[-1][2] is not None and not any(image for *_, image in steps[:-1])
    assert np.abs(np.asarray(steps[-1][2]).astype(int) - to_rgb(whole[None])[0]).max() <= 1
    assert np.abs(np.asarray(steps[-1][2]).astype(int) - np.asarray(picture.image.resize((SIDE, SIDE)))).mean() > 2


def test_a_file_is_there_once_all_of_it_is_painted(studio: Studio, tmp_path: Any) -> None:
    """Who stops before has none."""
    path = tmp_path / "face.png"
    shares = studio.saving(studio.sample(3), (), path)
    assert next(shares) == 0.0 and not path.exists()
    shares.close()  # type: ignore[attr-defined]
    assert not path.exists()
    assert list(studio.saving(studio.sample(3), (), path))[-1] == 1.0 and Image.open(path).size == (SIDE, SIDE)


def test_a_drag_sketches_only_what_moves(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the step does not reach is as it was; the picture is that of a studio which kept nothing."""
    picture = studio.sample(3)
    hair = replace(studio.region(picture, "hair"), part="")
    edits = [Edit(BLOND, 1.0, within=hair), Edit(BLOND, 0.5, within=replace(hair, keep=True))]
    drawn, sketch = list[int](), studio.library.generator.sketch  # type: ignore[attr-defined]
    monkeypatch.setattr(studio.library.generator, "sketch", lambda latent: (drawn.append(len(latent)), sketch(latent))[1])
    studio.sketch(picture, edits)
    assert len(drawn) == 2
    moved = studio.sketch(picture, [replace(edits[0], strength=1.2), edits[1]])
    assert len(drawn) == 3
    studio.library._sketched_lately.cache_clear()  # type: ignore[attr-defined]
    assert studio.sketch(picture, [replace(edits[0], strength=1.2), edits[1]]).tobytes() == moved.tobytes()
    assert moved.tobytes() != studio.sketch(picture, edits).tobytes()


def test_what_was_seen_lately_is_not_looked_at_again(studio: Studio) -> None:
    """Nor painted; another picture is."""
    reader, picture = studio.library.face_reader, studio.sample(3)  # type: ignore[attr-defined]
    studio.read(picture)
    looks = reader.looks
    studio.read(picture)
    studio.region(picture, "hair")
    assert reader.looks == looks
    studio.read(studio.sample(4))
    assert reader.looks == looks + 1


def test_a_change_is_shown_around_its_part_before_and_after(studio: Studio) -> None:
    """From one box for both; of a slot without parts the whole picture."""
    picture = np.asarray(studio.sample(3).image)
    side = len(picture)
    boxes = studio.library.boxes(picture, picture, ["hair colour", "background", "glasses"])
    assert boxes["background"] == boxes["glasses"] == (0, 0, side, side)
    left, _, right, _ = boxes["hair colour"]
    assert 0 == left < right <= side


def test_an_edit_that_would_look_pasted_on_is_put_back(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do."""
    picture = studio.sample(3)
    monkeypatch.setattr(Cells, "seam", lambda self, painted: 0.5 if len(painted) > 1 else 0.0)
    half = studio.within(picture, Region.of(studio.region(picture, "hair").mask, "the left half"))
    result = studio.request(half, "make it blond")
    assert result.refusal and "a seam would show around what is inside “the left half”" in result.refusal and not result.edits
    assert studio.request(picture, "make it blond, but only the hair").edits
