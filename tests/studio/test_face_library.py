"""The library of faces, with a tiny generator and a reader that measures colours: what begins, what is read, what counts as the same."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import RecipeError, StudioError
from core.foundations.images import to_rgb
from core.foundations.large import finished
from core.foundations.records import Picture, SlotReading
from core.foundations.seeds import torch_rng
from core.methods.write.invert import Inversion
from core.models.face_directions import FaceDirections
from core.models.face_seen import FaceSeen
from core.models.face_tail import FaceTail
from core.models.mobile_stylegan import MobileStyleGAN
from core.models.working_faces import WorkingFaces, latents_of
from core.studio import face_library as module
from core.studio import face_steering
from core.studio.face_inversion import brought_closer
from core.studio.face_library import FaceLibrary
from core.studio.face_steering import STRANGER, FaceReading
from core.studio.playing import Cells
from core.studio.shared import Inverting
from core.worlds.faces.attributes import ATTRIBUTES
from core.worlds.faces.slots import SLOTS
from core.worlds.faces.world import IDENTITY
from tests.models.test_working_faces import tiny_faces_at_work
from tests.models.tiny_faces import CHANNELS, DEPTH, SIDE, WIDTH


class NoDistance:
    """Sees nothing."""

    def look(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Nothing."""
        return []

    def between(self, one: list[torch.Tensor], other: list[torch.Tensor]) -> torch.Tensor:
        """No difference."""
        return torch.zeros(1)


class Reader:
    """Knows faces by their mean colours."""

    def read(self, eyes: Any, pictures: torch.Tensor) -> FaceSeen:
        """See."""
        none = torch.zeros(len(pictures), 1)
        return FaceSeen(none, none, none, none, none, torch.nn.functional.normalize(pictures.mean((2, 3)) + 0.01, dim=1))


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FaceLibrary:
    """With tiny models, on which only the brightness is read."""
    found = FaceLibrary(device=torch.device("cpu"))
    found.__dict__["generator"] = tiny_faces_at_work()
    found.__dict__["face_reader"] = Reader()
    found.__dict__["finder"] = found.__dict__["face_square"] = None

    def bright(pictures: torch.Tensor, seen: Any) -> torch.Tensor:
        values = torch.zeros(len(pictures), len(ATTRIBUTES))
        values[:, ATTRIBUTES.index("background lightness")] = 100 * pictures.mean((1, 2, 3))
        return values

    monkeypatch.setattr(face_steering, "attributes", bright)
    monkeypatch.setattr(found.world, "side", found.generator.image_size[0])
    return found


def test_a_seed_is_a_face_and_its_origin_gives_it_back(library: FaceLibrary) -> None:
    """The mean face for -1; parts are no way to make one; an origin that says no seed is refused."""
    one = library.start({}, 7)
    assert one.latent.shape == library.generator.latent_shape and one.truth is None
    assert torch.equal(library.restart(one.origin).latent, one.latent) and not torch.equal(library.start({}, 8).latent, one.latent)
    assert torch.allclose(library.start({}, -1).latent[:, 0, 0], library.generator.real.mean_style)
    with pytest.raises(StudioError, match=r"studio\.sample"):
        library.start({"hat": "hat"}, 0)
    for broken in ({}, {"seed": "7"}, {"seed": -2}, {"seed": True}, {"parts": {}}):
        with pytest.raises(RecipeError, match="which face"):
            library.restart(broken)


def test_every_picture_is_read_with_whose_it_is(library: FaceLibrary) -> None:
    """Last, and the same person until it is compared."""
    side = library.generator.image_size[0]
    rgb = np.stack([np.zeros((side, side, 3), np.uint8), np.full((side, side, 3), 255, np.uint8)])
    dark, light = library.read(rgb)
    ground = [next(r.part for r in reading if r.slot == "background") for reading in (dark, light)]
    assert [r.slot for r in dark] == [*SLOTS, IDENTITY] and ground == ["dark", "light"]
    assert isinstance(light[-1], FaceReading) and light[-1].vector is not None and light[-1].measures is not None


def whose(vector: list[float], towards: float = 0.0) -> FaceReading:
    return FaceReading(IDENTITY, "same", "the same person", 1.0, towards={"same": towards}, vector=torch.tensor(vector))


def test_a_step_that_nobody_sees_is_none(library: FaceLibrary) -> None:
    """A state that only just tips over stays as it was; one that moved a step does not."""
    young, old = (SlotReading("age", part, part, 1.0, towards={"old": years / 9}) for part, years in (("young", 44.0), ("old", 46.0)))
    assert library.align((young,), (old,))[0].part == "young" and library.align((young,), (old,))[0].towards == old.towards
    older = replace(old, towards={"old": 60 / 9})
    assert library.align((young,), (older,))[0] == older


def test_who_moved_too_far_is_someone_else(library: FaceLibrary) -> None:
    """By the cosine of identities; steps add up over several edits."""
    same = library.align((whose([1.0, 0.0]),), (whose([0.9, 0.3]),))[0]
    other = library.align((whose([1.0, 0.0]),), (whose([0.0, 1.0]),))[0]
    assert same.part == "same" and other.part == "another" and other.name == "someone else"
    assert other.gap(whose([1.0, 0.0])) == pytest.approx(1 / STRANGER)
    assert library.align((whose([1.0, 0.0], -1.0),), (whose([0.0, 1.0]),))[0].towards["same"] == pytest.approx(-1 - 1 / STRANGER)


def test_a_face_is_saved_large(library: FaceLibrary) -> None:
    """The generator's own picture where one latent paints it, which opens as unchanged; else the working size enlarged."""
    latent = library.start({}, 3).latent
    picture = Picture(library._painted(latent[None]), latent)
    small = library.generator.image_size
    cells = Cells(latent[None], np.ones((1, *small)), np.ones(small, bool))
    large = finished(library.enlarging(picture, cells))
    assert large.size == (SIDE, SIDE)
    mixed = replace(picture, image=Image.new("RGB", picture.image.size, "teal"))
    flat = finished(library.enlarging(mixed, cells))
    assert flat.size == (SIDE, SIDE) and np.ptp(np.asarray(flat), (0, 1)).max() == 0
    shrunk = np.asarray(large.resize(picture.image.size, Image.Resampling.BOX))
    assert not library.painted_over(large, shrunk) and library.painted_over(Image.new("RGB", large.size, "red"), shrunk)


def test_a_face_is_brought_closer_and_its_recipe_gives_it_back(library: FaceLibrary) -> None:
    """Every record holds the best so far; the last one's latent, with its delta, comes back from a recipe; a sampled face cannot."""
    real, rng = MobileStyleGAN(8, CHANNELS, DEPTH), torch_rng("as wide as its maps")
    for tensor in real.state_dict().values():
        tensor.copy_(0.5 * torch.randn(tensor.shape, generator=rng))
    faces = WorkingFaces(real, FaceTail.folded(real).requires_grad_(False))
    start, target = latents_of(torch.randn(2, real.slots, 8, generator=rng)).split(1)
    given = Picture(Image.fromarray(to_rgb(faces.decode(start))[0]), start[0], original=Image.fromarray(to_rgb(faces.decode(target))[0]))
    settings = Inversion(steps=6, detail=4, close=4, size=4, shown=2, looks=0.0)
    found = list(brought_closer(faces, given, settings, distance=NoDistance()))
    assert found[0].step == 0 and found[-1].step == found[-1].steps
    psnrs = [one.psnr for one in found]
    assert psnrs[-1] > psnrs[0] and all(one.picture.origin["latent"] for one in found)
    with pytest.raises(StudioError, match="of your own"):
        library.inversion(replace(given, original=None), Inverting())


def test_differences_that_nobody_sees_are_none(library: FaceLibrary) -> None:
    """A generator repaints everything a little."""
    one = np.full((2, 2, 3), 100, np.uint8)
    other = one.copy()
    other[0, 0] += 10
    other[1, 1, 2] += 40
    assert library.differ(one, other).tolist() == [[False, False], [False, True]]


def test_what_faces_do_not_have_is_said(library: FaceLibrary) -> None:
    """Features, and shifts by value."""
    for ask in (lambda: library.active(torch.zeros(WIDTH, 2, 1)), lambda: library.shifter):
        with pytest.raises(StudioError, match="studio"):
            ask()
    library.__dict__["actors"] = module.FaceActors(FaceDirections(("direction:age:old",), WIDTH))
    library.__dict__["handles"] = {}
    with pytest.raises(StudioError, match="No handle brings about"):
        library.part_image("age", "old")


def test_what_no_handle_brings_is_said_with_what_comes_nearest(library: FaceLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is shown already is no alternative; what is not shipped is none either."""
    monkeypatch.setattr(library, "bringing", lambda slot, part: (slot, part) in {("glasses", "glasses"), ("age", "old")})
    reason, near = library.lacking("glasses", ("sunglasses",), {"glasses": "none"})
    assert (
        list(near) == [("glasses", "glasses")] and "sunglasses without changing something else" in reason and "nearest: glasses" in reason
    )
    reason, near = library.lacking("hair colour", ("grey",), {"age": "old"})
    assert not near and "nearest" not in reason and "grey hair" in reason and "Try another wish" in reason


def test_a_guess_of_someone_else_is_taken_nearer_to_the_mean_face(library: FaceLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first that looks like the person; where none does, the guess itself."""
    side, guess, mean = library.world.side, library.start({}, 3).latent, library.start({}, -1).latent
    given = np.full((side, side, 3), 7, np.uint8)
    monkeypatch.setattr(library.generator, "encode", lambda images: guess[None])
    alike: set[bytes] = set()

    def seen(rgb: np.ndarray) -> Any:
        same = [one.tobytes() in alike for one in rgb]
        return SimpleNamespace(identity=torch.tensor([[1.0, 0.0] if one else [0.0, 1.0] for one in same]))

    monkeypatch.setattr(library, "seen", seen)
    for share, wanted in ((1.0, 1.0), (0.8, 0.8), (0.6, 0.6), (None, 1.0)):
        near = [mean + one * (guess - mean) for one in (share or 2.0, wanted)]
        pictures = [library.painted(one[None].half().float())[0] for one in near]
        alike = {given.tobytes(), pictures[0].tobytes()}
        found = library.encode(given)
        assert torch.allclose(found, near[1], atol=5e-3)
        assert (library.painted(found[None])[0] == pictures[1]).all()


def test_a_guess_that_wears_what_nobody_wore_is_worth_less(library: FaceLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    """A little less alike and without glasses is better, and much less alike is not."""
    side, guess, mean = library.world.side, library.start({}, 3).latent, library.start({}, -1).latent
    given = np.full((side, side, 3), 7, np.uint8)
    monkeypatch.setattr(library.generator, "encode", lambda images: guess[None])
    near = [(mean + share * (guess - mean)).half().float() for share in module.NEARER]
    pictures = [given, *(library.painted(one[None])[0] for one in near)]
    for cosines, best in (((0.3, 0.5, 0.48), 2), ((0.3, 0.5, 0.2), 1), ((0.9, 0.5, 0.48), 0)):
        likes = dict(zip((one.tobytes() for one in pictures), (1.0, *cosines), strict=True))
        bare = {pictures[0].tobytes(), pictures[3].tobytes()}

        def read(rgb: np.ndarray, likes: dict = likes, bare: set = bare) -> list[tuple[SlotReading, ...]]:
            like, part = likes[rgb[0].tobytes()], "none" if rgb[0].tobytes() in bare else "glasses"
            vector = torch.tensor([like, (1 - like**2) ** 0.5])
            return [(SlotReading("glasses", part, part, 1.0), FaceReading(IDENTITY, "same", "the same person", 1.0, vector=vector))]

        monkeypatch.setattr(library, "read", read)
        assert torch.allclose(library.encode(given), near[best], atol=5e-3)
