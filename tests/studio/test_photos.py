"""The verbs for photographs: nothing before it is asked for, sentences where the eyes are missing, and a tiny CLIP's sight."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core.foundations.errors import PictureError, RequestError, SettingError, StudioError, WeightsError
from core.foundations.files import load_card, load_weights
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.methods.read.segment import METHODS, segment
from core.methods.read.shown import Shown
from core.models import dinov2
from core.models import photo_clip as clips
from core.models.clip import Clip
from core.models.photo_clip import join
from core.models.text import TextEncoder
from core.studio import Studio
from core.studio import photos as module
from core.studio.eyes_classes import NO_CLASSES
from core.studio.lens_making import LensPictures, make
from core.studio.lenses import Lenses, load_lenses
from core.studio.photos import SEGMENTING, Photos
from core.studio.things import NamedEffects, load_named_effects
from core.worlds.photos.cuts import Stamp
from tests.models.tiny_towers import SIDE, open_clip_tower, timm_tower

CPU = torch.device("cpu")
JOINT = 16
CUTS = {"fox": (250, 120, 0), "owl": (90, 60, 30), "bus": (250, 250, 0), "apple": (250, 0, 0)}
WORDS = {"beasts": ("cat", "dog", "bird", "fish"), "stuff": ("wood", "water", "red", "coffee")}


class Tiny(TextEncoder):
    """Every text a random vector of its own."""

    def _encode(self, texts: list[str]) -> np.ndarray:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") for text in texts]
        rows = np.stack([np.random.default_rng(seed).normal(size=JOINT) for seed in seeds])
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def never(*args: object, **kwargs: object) -> Any:
    raise AssertionError("nobody asked for this yet")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and no network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(dinov2, "fetched", never)
    return tmp_path / "rosetta-studio"


@pytest.fixture(scope="module")
def tiny() -> tuple[Clip, Lenses]:
    """A CLIP of a tiny random trunk, and its lenses over random pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clips, "text_encoder", Tiny)
        rng = torch.Generator().manual_seed(0)
        tensors = {"weight": torch.randn(JOINT, 32, generator=rng) / 6, "bias": torch.zeros(JOINT), "text_mean": torch.zeros(JOINT)}
        trunk = timm_tower(num_classes=0, init_values=0.5)
        clip = join(trunk, tensors, {"architecture": {"blend": 0.5, "logit_scale": 10.0}}, SIDE)
    looked = torch.rand(30, 3, SIDE, SIDE, generator=rng).split(15)
    return clip, make(clip, WORDS, LensPictures(lambda: looked, lambda: looked, lambda: looked, 20), (1,))


@pytest.fixture
def photos(tiny: tuple[Clip, Lenses], monkeypatch: pytest.MonkeyPatch) -> Photos:
    """Photographs whose sight is the tiny one."""
    monkeypatch.setattr(module, "load_photo_clip", lambda: tiny[0])
    monkeypatch.setattr(module, "load_lenses", lambda name: {"photos_lenses": tiny[1]}[name])
    monkeypatch.setattr(module, "load_rule", lambda name: None)
    return Photos(CPU, Tiny())


def test_nothing_is_loaded_or_fetched_before_it_is_asked_for(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither when photographs are opened nor when their samples are looked through; the cache is not even made."""
    for name in ("load_photo_clip", "load_lenses", "load_rule"):
        monkeypatch.setattr(module, name, never)
    monkeypatch.setattr(dinov2, "fetch", never)
    monkeypatch.setattr(TextEncoder, "_encode", never)
    studio = Studio("nouns", CPU)
    photos = studio.photos
    assert studio.faces.photos is studio.photos is photos and photos.device == CPU and photos.texts is studio.library.texts
    assert photos.samples and photos.ready is False and photos.megabytes == 85
    photos.sample(photos.samples[0].id)
    photos.take_in(Image.new("RGB", (20, 10)))
    assert not cache.exists() and "sight" not in vars(photos) and "generator" not in vars(studio.library)


def test_the_eyes_must_be_fetched_first() -> None:
    """A sentence that says how large they are and what to do; asking again asks again."""
    photos = Photos(CPU, Tiny())
    assert not photos.ready
    for _ in range(2):
        with pytest.raises(WeightsError, match="not fetched yet .85 MB.*make photos"):
            _ = photos.sight


def test_fetching(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives makes it ready; progress is handed on, and what it raises ends the fetching and frees the way."""
    photos, told = Photos(CPU, Tiny()), []

    def fetch(progress: Any) -> None:
        if progress:
            progress(0.5)
        cache.mkdir(parents=True)
        dinov2.weights_path().write_bytes(b"eyes")

    def cancel(share: float) -> None:
        raise StudioError(f"cancelled at {share}")

    monkeypatch.setattr(dinov2, "fetch", fetch)
    with pytest.raises(StudioError, match="cancelled at 0.5"):
        photos.fetch(cancel)
    assert not photos.ready
    photos.fetch(told.append)
    assert told == [0.5] and photos.ready and Photos(CPU, Tiny()).ready


def test_a_registry_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is a sentence."""

    def down(*args: object) -> Any:
        raise WeightsError("no network")

    monkeypatch.setattr(dinov2, "fetched", down)
    with pytest.raises(WeightsError, match="cannot be fetched.*Check the network"):
        Photos(CPU, Tiny()).fetch()


def test_two_who_fetch_at_once_wait_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is fetched by one at a time."""
    inside, most, both = [], [], threading.Barrier(2, timeout=5)

    def fetch(progress: Any) -> None:
        inside.append(1)
        most.append(len(inside))
        threading.Event().wait(0.05)
        inside.pop()

    monkeypatch.setattr(dinov2, "fetch", fetch)
    photos = Photos(CPU, Tiny())
    threads = [threading.Thread(target=lambda: both.wait() is not None and photos.fetch()) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1]


def test_samples_examples_and_own_pictures(photos: Photos) -> None:
    """By id and by number; a person's own is all there; what is not there is a sentence."""
    first = photos.samples[0]
    assert (np.asarray(photos.sample(first.id).image) == np.asarray(photos.example(0).image)).all()
    assert photos.example(len(photos.samples)).origin.keys() == {"emoji"}
    file = io.BytesIO()
    Image.new("RGB", (50, 90), (1, 2, 3)).save(file, "PNG")
    own = photos.take_in(file.getvalue())
    assert own.image.size == (50, 90) and own.origin == {"photo": "own"}
    with pytest.raises(StudioError, match="no photograph"):
        photos.sample("nothing")
    with pytest.raises(StudioError, match="no picture 99999"):
        photos.example(99999)
    with pytest.raises(PictureError):
        photos.take_in(b"broken")


def test_sight_is_made_once_over_this_world(photos: Photos, tiny: tuple[Clip, Lenses]) -> None:
    """With the CLIP, the lenses and the texts it was given."""
    sight = photos.sight
    assert photos.sight is sight and sight.clip is tiny[0] and sight.lenses is tiny[1]
    assert sight.encoder is photos.texts and sight.world is photos.world and sight.segmenting == SEGMENTING


def direct(photos: Photos, picture: Picture, text: str, method: str, settings: Any) -> np.ndarray:
    """The same question to `segment` itself, brought to the picture's size."""
    clip, lenses = photos.sight.clip, photos.sight.lenses
    canvas, _ = photos.world.canvas(picture.image, (SIDE, SIDE))
    found = segment(Shown(clip, to_tensor(canvas[None])), clip.embed_texts([text]), method, settings, lenses.texts, lenses.directions)
    return photos.sight._cut(found.heat[0], photos.sight.looks.of(picture))


def test_photographs_have_their_own_way_to_be_segmented(photos: Photos) -> None:
    """ "studio" is the settings that were chosen for them, cut where they say; every other method is its authors'."""
    picture = photos.sample("cat")
    found = photos.sight.segment(picture, "cat")
    assert found.method == "studio" and found.heat.shape == found.mask.shape == (336, 336)
    assert np.allclose(found.heat, direct(photos, picture, "cat", "studio", SEGMENTING), atol=1e-5)
    assert not np.allclose(found.heat, direct(photos, picture, "cat", "studio", METHODS["studio"].published), atol=1e-2)
    assert found.threshold == pytest.approx(SEGMENTING.threshold) != METHODS["studio"].published.threshold
    for method in ("tokens", "patches", "neurons", "gradcam"):
        own = photos.sight.segment(picture, "cat", method)
        assert np.allclose(own.heat, direct(photos, picture, "cat", method, METHODS[method].published), atol=1e-5)
        threshold = METHODS[method].published.threshold
        assert own.threshold == pytest.approx(own.heat.mean() if threshold == "mean" else threshold, abs=1e-5)
    assert photos.sight.segment(picture, "cat", threshold=0.8).mask.sum() <= found.mask.sum()


def test_what_cannot_be_asked(photos: Photos) -> None:
    """An unknown way, with the nearest ones; an empty text."""
    picture = photos.sample("cat")
    with pytest.raises(SettingError, match="no way to segment named 'patchs'. The nearest are .*patches"):
        photos.sight.segment(picture, "cat", "patchs")
    with pytest.raises(RequestError):
        photos.sight.segment(picture, " ")


def test_every_verb_of_sight_works_on_any_picture(photos: Photos) -> None:
    """Of a sample, of the gallery, of one's own; cards and neighbours are pictures that there are."""
    sight, own = photos.sight, photos.take_in(Image.fromarray(np.random.default_rng(0).integers(0, 255, (60, 80, 3), dtype=np.uint8)))
    for picture in (photos.sample("coffee"), photos.example(photos.world.neighbours - 1), own):
        size = (picture.image.height, picture.image.width)
        assert sight.segment(picture, "wood").heat.shape == size and len(sight.here(picture, size[0] - 1, size[1] - 1, 3)) == 3
        assert sum(sight.shares(picture, ["cat", "dog"], ((0, 1),))) == pytest.approx(1)
        assert sight.head_view(picture, 2, 1).strongest_heat.shape == size and sight.neuron_view(picture, 1, 3).shape == size
        assert {word.text for word in sight.concepts(picture)} <= set(sight.lenses.pool)
    alike = sight.alike(photos.example(7), ((2, 0), (2, 1)), 3)
    assert (np.asarray(alike[0].image) == np.asarray(photos.example(7).image)).all() and len(alike) == 3
    assert all(photos.example(number) for card in sight.lenses.neurons for number in card.best)
    assert sight.who("cat", 4)


def test_the_shipped_lenses_are_of_the_shipped_head() -> None:
    """Made from this very file; every number on a card is a picture that there is, and every vector has the head's width."""
    lenses, card = load_lenses("photos_lenses"), load_card("photos_lenses")
    assert card["made_from"] == {clips.NAME: load_card(clips.NAME)["sha256"]}
    count = Photos(CPU, Tiny()).world.neighbours
    assert all(0 <= number < count for one in (*lenses.heads, *lenses.neurons) for number in one.best)
    width = len(load_weights(clips.NAME)[0]["bias"])
    assert lenses.texts.shape == (len(lenses.pool), width) and {len(found[0]) for found in lenses.directions.values()} == {width}
    assert torch.allclose(lenses.texts.norm(dim=-1), torch.ones(len(lenses.pool)), atol=1e-2)


def test_another_clip_takes_the_place() -> None:
    """Any whose tower can be taken apart: all verbs but those that need words of heads and neurons, which there are none of."""
    clip = Clip(open_clip_tower(), lambda texts: torch.from_numpy(Tiny().embed(texts)), 0.5, 0.5, SIDE, 10.0, "another")
    photos = Photos(CPU, Tiny())
    sight, picture = photos.through(clip), photos.sample("coffee")
    plain = segment(
        Shown(clip, to_tensor(np.asarray(picture.image.resize((SIDE, SIDE), Image.Resampling.BICUBIC))[None])), clip.embed_texts(["cat"])
    )
    assert sight.segment(picture, "cat").heat.shape == (336, 336) and plain.heat.shape == (1, SIDE, SIDE)
    assert sight.lenses.means.count == photos.world.neighbours and len(sight.lenses.heads) == 12
    whole, off = (sight.shares(picture, ["cat", "dog"], heads) for heads in ((), tuple((0, head) for head in range(4))))
    assert sum(off) == pytest.approx(1) and whole != off
    assert sight.head_view(picture, 1, 1).strongest_heat.shape == (336, 336) and len(sight.here(picture, 5, 5, 3)) == 3
    assert len(sight.alike(picture, ((2, 0),), 3)) == 3 and len(sight.concepts(picture, 4)) == 4
    assert sight.who("cat") == ()
    for method in ("neurons", "neurons_signed"):
        assert sight.segment(picture, "cat", method).heat.shape == (336, 336), "neurons speak for themselves"


@pytest.mark.parametrize("size", [(48, 16), (16, 48), (30, 20)])
def test_all_of_a_rectangle_is_looked_at(photos: Photos, size: tuple[int, int]) -> None:
    """By a tower that takes any size as a rectangle of patches, by one of a fixed rectangle with grey beside it; heat, mask,
    clicks, heads and neurons lie on the picture itself. What is longer than three to one is refused."""
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    picture = Picture(Image.fromarray(pixels))
    oblong = Clip(
        open_clip_tower(image_size=(24, 40)), lambda texts: torch.from_numpy(Tiny().embed(texts)), 0.5, 0.5, (24, 40), 10.0, "24 x 40"
    )
    for sight in (photos.sight, Photos(CPU, Tiny()).through(oblong)):
        found, (height, width) = sight.segment(picture, "cat"), (size[1], size[0])
        assert found.heat.shape == found.mask.shape == (height, width) and len(sight.here(picture, height - 1, width - 1, 2)) == 2
        assert sight.head_view(picture, 1, 1).strongest_heat.shape == (height, width) and len(sight.concepts(picture, 3)) == 3
        assert len(sight.alike(picture, ((1, 0),), 2)) == 2
        with pytest.raises(PictureError, match="3.1 times as long"):
            sight.segment(Picture(Image.new("RGB", (62, 20))), "cat")


def test_classes_are_names_of_things(photos: Photos) -> None:
    """The same eyes vote among the names of things; grimaces, gestures, colours and stuff are none."""
    own, lenses = photos.class_sight, photos.sight.lenses
    assert own.names == tuple(text for text, tag in zip(lenses.pool, lenses.tags, strict=True) if tag not in NO_CLASSES)
    assert own.vectors is not None and len(own.vectors) == len(own.names) and own.clip is photos.sight.clip


def test_the_eyes_are_fooled(photos: Photos, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the shipped photographs or on a person's own, with cut-outs that stay whole, by what was measured of each; maps are as large."""
    cut = [Stamp(name, np.tile(np.uint8([*colour, 255]), (9, 9, 1)), name, name) for name, colour in CUTS.items()]
    monkeypatch.setattr(photos.world, "cut_outs", tuple(cut))
    texts = photos.sight.clip.embed_texts(["fox", "owl"])
    known = NamedEffects({"bus": 0}, 10 * (texts[1] - texts[0])[None], torch.eye(JOINT), torch.zeros(len(cut) + 1, JOINT))
    monkeypatch.setattr(module, "load_named_effects", lambda: known)
    assert photos.attacks.attack_words("fox", "owl")[0].text == "bus"
    done = photos.attacks.attack("fox", "owl", 3, controls=True)
    assert len(done.pictures) == 3 == len(done.controls) and {word.text for word in done.words} <= {"bus", "apple"}
    side = photos.sight.clip.image_size[0]
    assert {picture.image.size for picture in done.pictures} == {(side, side)}
    assert photos.attacks.attack_map(done.pictures[0], "fox", "owl").shape == (side, side)
    plain = photos.take_in(Image.new("RGB", (60, 40), (1, 2, 3)))
    own = photos.attacks_on([plain])
    corner = np.asarray(own.attack("fox", "owl", 1, ["bus"], controls=False).pictures[0].image).reshape(-1, 3)
    assert {tuple(pixel) for pixel in corner.tolist()} >= {(1, 2, 3), CUTS["fox"]} and photos.attacks_on([]) is photos.attacks
    monkeypatch.setattr(photos.world, "cut_outs", (*cut, Stamp("cat", cut[0].rgba, "cat", "cat")))
    shown = Photos(CPU, Tiny())
    shown.world = photos.world
    with pytest.raises(RequestError, match="shows 'cat' by itself"):
        shown.attacks_on([shown.sample("cat")]).attack("fox", "cat", 1)


def test_without_the_eyes_nothing_is_fooled() -> None:
    """A sentence says what to fetch; the cut-outs can be looked at all the same, each whole and called by a name of its own."""
    photos = Photos(CPU, Tiny())
    with pytest.raises(WeightsError):
        photos.attacks_on([])
    names = [stamp.label for stamp in photos.cut_outs]
    assert len(load_named_effects().alone) == len(names)  # how each is seen by itself
    assert len(names) == len(set(names)) > 100 and {"fox", "cat", "guitar", "phone"} <= set(names)
    for stamp in photos.cut_outs:
        cover = stamp.rgba[..., 3]
        assert 0.05 < (cover > 127).mean() < 1.01 and cover.any(0).all() and cover.any(1).all(), stamp.label
