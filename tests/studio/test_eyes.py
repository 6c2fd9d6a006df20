"""Other eyes for photographs: by name from the hub, with lenses made on the spot and kept, one model at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import timm
import torch

from core.bench.hub.families import tiny_distilled, tiny_open_clip, tiny_timm
from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import ModelError, PictureError, StudioError, WeightsError
from core.foundations.images import to_tensor
from core.foundations.records import Picture
from core.methods.read import class_space as space
from core.methods.read.ablate import TermMeans
from core.models.named_eyes import named_eyes
from core.studio import eyes as module
from core.studio import photos as photos_module
from core.studio.eyes import OtherEyes, lenses_of
from core.studio.joining import eye_of
from core.studio.lenses import Lenses, keep_lenses, kept_lenses
from core.studio.photos import Photos
from core.worlds.photos.world import PhotoWorld
from tests.models.near_hub import point_to
from tests.models.test_named_eyes import by_letters

CPU = torch.device("cpu")
POOL, TAGS = ("cat", "dog", "bird", "red", "blue", "green"), ("beasts",) * 3 + ("colours",) * 3


class Letters:
    """A sentence encoder that counts letters."""

    def embed(self, texts: list[str]) -> np.ndarray:
        return by_letters(texts)


class Few(PhotoWorld):
    """The first pictures alone."""

    @property
    def neighbours(self) -> int:
        return 20


def words() -> Lenses:
    return Lenses(POOL, TAGS, torch.zeros(6, 4), TermMeans(), (), (), {}, {}, {}, {})


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    for name, save in (("clip", tiny_open_clip), ("vit", tiny_timm), ("two", tiny_distilled)):
        (folder / name).mkdir()
        save(folder / name)
    return folder


@pytest.fixture
def hub(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    with StandIn({f"tiny/{name}": Repo(saved / name) for name in ("clip", "vit", "two")}) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        yield stand_in


@pytest.fixture
def eyes() -> OtherEyes:
    return OtherEyes(CPU, Letters(), Few(), words)  # type: ignore[arg-type]


def picture() -> Picture:
    return PhotoWorld().picture(0)


def test_by_name_it_sees_names_its_heads_and_segments(hub: StandIn, eyes: OtherEyes) -> None:
    told: list[float] = []
    sight = eyes.sight(named_eyes("tiny/clip"), told.append)
    assert told == sorted(told) and told[-1] == 1.0 and 0 < told[0] < 0.2
    assert len(sight.lenses.heads) == 8 and all(head.texts for head in sight.lenses.heads) and sight.lenses.means.count == 20
    assert {neuron.layer for neuron in sight.lenses.neurons} == {0} and len(sight.lenses.neurons) == 128
    found = sight.segment(picture(), "cat")
    assert found.heat.shape == (picture().image.height, picture().image.width) and np.isfinite(found.heat).all()
    assert sum(sight.shares(picture(), ["cat", "dog"], ((0, 1),))) == pytest.approx(1, abs=1e-5)
    assert sight.head_view(picture(), 1, 2).strongest.text in POOL and len(sight.alike(picture(), ((0, 0),), 3)) == 3


def test_a_classifier_too(hub: StandIn, eyes: OtherEyes) -> None:
    sight = eyes.sight(named_eyes("tiny/vit"))
    assert sight.clip.anatomy.joint == 1000 and set(sight.own_words(picture())) <= set(POOL)
    assert sight.segment(picture(), "great white shark").heat.max() <= 1


def test_a_distilled_model_decides_by_both_its_heads(hub: StandIn, eyes: OtherEyes, saved: Path) -> None:
    """The last vote is timm's own answer, by whatever name or picture; its patches, keys and importance are there as another's are."""
    named = named_eyes("tiny/two")
    verbs, one = eyes.classes(named), picture()
    sight = verbs.class_sight
    own = sight._decided(one)
    images = sight.clip.normalise(own.look.shown.squashed)
    with torch.no_grad():
        told = timm.create_model(f"local-dir:{saved / 'two'}", pretrained=True).eval()(images)
    assert torch.allclose(space.votes(own.classifier, own.depths)[-1], told, atol=1e-5)
    seen = verbs.classes(one)
    assert seen.answer == sight.names[int(told.argmax())] and seen.rising[0].shares[-1] == pytest.approx(
        float(told.softmax(-1).max()), abs=1e-5
    )
    assert seen.tokens.shape == (3, 3, 3) and seen.importance.max() == 1
    keys = verbs.class_keys(one, "great white shark")
    values = own.classifier.anatomy.blocks[keys.best[0].block].fc2_weight[:, keys.best[0].neuron]
    trunk = sight.clip.tower
    raised = (trunk.head.weight + trunk.head_dist.weight) / 2 @ (trunk.norm.weight * (values - values.mean()))
    assert sight.names[int(raised.argmax())] == keys.best[0].speaks[0]
    assert len(list(verbs.excite((1, 3), steps=2))) > 0


def test_a_distilled_model_looks_and_joins_by_its_class_token(hub: StandIn, eyes: OtherEyes) -> None:
    """Where one embedding is followed it is the class token's by its own head; the same weights serve both."""
    named = named_eyes("tiny/two")
    sight, verbs = eyes.sight(named), eyes.classes(named)
    trunk = verbs.class_sight.clip.tower
    assert sight.clip.visual.trunk is trunk and sight.clip.anatomy.joint == 1000
    images = sight.clip.normalise(torch.rand(2, 3, 24, 24))
    with torch.no_grad():
        assert torch.allclose(sight.clip.visual(images), trunk.head(trunk.forward_features(images)[:, 0]), atol=1e-6)
    found = sight.segment(picture(), "great white shark")
    assert found.heat.shape == (picture().image.height, picture().image.width) and len(sight.lenses.heads) == 8
    assert eye_of(named).layers == ("trunk.blocks.0.mlp.act", "trunk.blocks.1.mlp.act")


def test_lenses_are_made_once_and_kept(hub: StandIn, eyes: OtherEyes, monkeypatch: pytest.MonkeyPatch) -> None:
    first = eyes.sight(named_eyes("tiny/clip"))
    assert eyes.sight(named_eyes("tiny/clip")) is first
    monkeypatch.setattr(module, "make", lambda *given: pytest.fail("they were made already"))
    again = OtherEyes(CPU, Letters(), Few(), words).sight(named_eyes("tiny/clip"))  # type: ignore[arg-type]
    assert again.lenses.heads == first.lenses.heads and again.lenses.pool == POOL
    assert torch.allclose(again.lenses.texts, first.lenses.texts, atol=1e-3)


def test_one_model_is_held_at_a_time(hub: StandIn, eyes: OtherEyes, saved: Path) -> None:
    import gc
    import weakref

    first = weakref.ref(eyes.sight(named_eyes("tiny/clip")))
    eyes.sight(named_eyes(str(saved / "vit")))
    gc.collect()
    assert first() is None


def test_a_cancel_leaves_nothing_half_made(hub: StandIn, eyes: OtherEyes, tmp_path: Path) -> None:
    def cancel(share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        eyes.sight(named_eyes("tiny/clip"), cancel)
    assert not list((tmp_path / "own").rglob("*.safetensors"))
    assert eyes.sight(named_eyes("tiny/clip")).lenses.heads


def test_another_model_has_other_lenses_and_damaged_ones_are_made_again(hub: StandIn, eyes: OtherEyes, saved: Path, tmp_path: Path) -> None:
    eyes.sight(named_eyes("tiny/clip"))
    (kept,) = (tmp_path / "own").rglob("*.safetensors")
    kept.write_bytes(b"nothing")
    assert kept_lenses(kept) is None
    eyes.sight(named_eyes("tiny/vit"))
    assert len(list((tmp_path / "own").rglob("*.safetensors"))) == 2
    assert eyes.sight(named_eyes("tiny/clip")).lenses.pool == POOL and kept_lenses(kept) is not None


def test_lenses_come_back_from_their_file(hub: StandIn, eyes: OtherEyes, tmp_path: Path) -> None:
    lenses = lenses_of(eyes.sight(named_eyes("tiny/clip")).clip, words(), Few())
    keep_lenses(tmp_path / "some.safetensors", lenses)
    back = kept_lenses(tmp_path / "some.safetensors")
    assert back is not None and back[0].neurons == lenses.neurons and back[0].means.count == lenses.means.count and back[1] is None
    assert kept_lenses(tmp_path / "none.safetensors") is None


def test_who_only_looks_does_not_wait_while_another_is_prepared(hub: StandIn, eyes: OtherEyes, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence at once; who waits with a bar can cancel, and gets it when its turn comes."""
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    named = named_eyes("tiny/clip")

    def cancel(share: float) -> None:
        raise KeyboardInterrupt

    with eyes._lock:
        with pytest.raises(StudioError, match="Another model is prepared"):
            eyes.sight(named)
        with pytest.raises(KeyboardInterrupt):
            eyes.sight(named, cancel)
    assert eyes.sight(named).lenses.pool == POOL


def test_the_verb_takes_a_name(hub: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    """`photos.through(name)`: the same model by name and by folder, and a CLIP that was loaded as before."""
    monkeypatch.setattr(photos_module, "load_lenses", lambda name: words())
    photos = Photos(CPU, Letters())  # type: ignore[arg-type]
    photos.world = Few()
    sight = photos.through("tiny/clip")
    assert sight.clip.name == "tiny/clip" and all(head.texts for head in sight.lenses.heads)
    loaded = photos.through(sight.clip)
    assert not any(head.texts for head in loaded.lenses.heads) and loaded.lenses.means.count == 20
    assert photos.through("tiny/clip") is sight


def test_a_name_that_is_none(hub: StandIn, eyes: OtherEyes) -> None:
    with pytest.raises(WeightsError, match="no model named"):
        eyes.offer("tiny/none")
    assert eyes.offer("tiny/clip").megabytes > 1


def test_a_classifier_decides_among_its_own_classes(hub: StandIn, eyes: OtherEyes) -> None:
    """No lenses are made; the last vote is what the model itself says; the other sight of it shares the tower."""
    verbs = eyes.classes(named_eyes("tiny/vit"))
    names, clip = verbs.class_names(), verbs.class_sight.clip
    assert len(names) == len(set(names)) == 1000 and {"crane", "crane (2)", "great white shark"} <= set(names)
    canvas = PhotoWorld().canvas(picture().image, clip.image_size)[0]
    with torch.no_grad():
        own = clip.tower(clip.normalise(to_tensor(canvas[None])))[0].softmax(-1)
    seen = verbs.classes(picture())
    assert seen.name == names[int(own.argmax())] and max(seen.rising[0].shares) <= 1
    assert seen.rising[0].shares[-1] == pytest.approx(float(own.max()), rel=1e-4)
    keys = verbs.class_keys(picture(), "great white shark", limit=2)
    assert len(keys.best) == 2 and len(keys.blocks) == clip.anatomy.layers and all(speaks in names for speaks in keys.best[0].speaks)
    assert eyes.sight(named_eyes("tiny/vit")).clip is clip and eyes.classes(named_eyes("tiny/vit")) is verbs


def test_a_model_of_words_decides_among_the_pool_and_grows_what_excites_it(hub: StandIn, eyes: OtherEyes) -> None:
    """Colours are no classes; an image grows at the size that the tower takes."""
    verbs = eyes.classes(named_eyes("tiny/clip"))
    assert verbs.class_names() == ("cat", "dog", "bird") and verbs.classes(picture(), "dog").name == "dog"
    steps = list(verbs.excite("cat", steps=2))
    assert steps[-1].images[0].size == verbs.class_sight.clip.image_size[::-1] and steps[-1].says[0].text in ("cat", "dog", "bird")


def test_what_knows_no_classes_or_is_no_vision_transformer_says_so(tmp_path: Path, eyes: OtherEyes) -> None:
    """In a sentence, and what was held before is given up for nothing worse."""
    import timm

    for place, made in (("bare", ("test_vit", 0)), ("few", ("test_vit", 7)), ("conv", ("test_resnet", 1000))):
        model = timm.create_model(made[0], num_classes=made[1])
        timm.models.save_for_hf(model, tmp_path / place, safe_serialization=True)
        with pytest.raises(ModelError, match="classes by name" if place != "conv" else "cannot be taken apart"):
            eyes.classes(named_eyes(str(tmp_path / place)))


def own_pictures(folder: Path) -> Path:
    """Twelve pictures of a person's own."""
    folder.mkdir()
    for number in range(12):
        PhotoWorld().picture(number).image.resize((40, 40)).save(folder / f"{number:02}.png")
    return folder


def test_lenses_are_made_of_a_folder_of_one_s_own(hub: StandIn, eyes: OtherEyes, tmp_path: Path) -> None:
    """Kept beside those of the shipped pictures, with another file after a change; the cards show the folder's pictures."""
    folder = own_pictures(tmp_path / "mine")
    named, told = eyes.offer("tiny/clip", str(folder)).named, list[float]()
    eyes.fetch(named)
    sight = eyes.sight(named, told.append)
    assert told == sorted(told) and told[-1] == 1.0 and sight.lenses.means.count == 12 and sight.world.neighbours == 12
    assert {picture for head in sight.lenses.heads for picture in head.best} <= set(range(12))
    assert eyes.example(named, 3).origin == {"file": 3} and sight.alike(picture(), ((0, 0),), 2)[0].origin.keys() == {"file"}
    plain = eyes.sight(named._replace(pictures=""))
    assert plain is not sight and plain.clip is sight.clip and plain.lenses.means.count == 20
    assert len(list((tmp_path / "own").rglob("*.safetensors"))) == 2
    (folder / "00.png").unlink()
    again = OtherEyes(CPU, Letters(), Few(), words)  # type: ignore[arg-type]
    assert again.sight(named).lenses.means.count == 11 and len(list((tmp_path / "own").rglob("*.safetensors"))) == 3
    with pytest.raises(PictureError, match="There is no folder"):
        eyes.offer("tiny/clip", str(tmp_path / "nowhere"))


def test_a_text_counts_as_there_where_it_says_more_than_by_chance(hub: StandIn, eyes: OtherEyes) -> None:
    """Of all words and pictures one pair in ten is there, by the rule's own making; it is kept with the lenses, and used."""
    sight = eyes.sight(named_eyes("tiny/clip"))
    assert sight.rule is not None and sight.least == 0.5
    sure = np.array([sight.presence(PhotoWorld().picture(number), POOL) for number in range(20)])
    assert (sure >= 0.5).mean() == pytest.approx(0.1, abs=0.02) and sure.std() > 0.05
    row, column = np.unravel_index(sure.argmin(), sure.shape)
    found = sight.segment(PhotoWorld().picture(int(row)), POOL[column])
    assert found.presence < 0.5 and not found.mask.any() and found.instead
    again = OtherEyes(CPU, Letters(), Few(), words)  # type: ignore[arg-type]
    later = np.array(again.sight(named_eyes("tiny/clip")).presence(PhotoWorld().picture(0), POOL))
    assert later == pytest.approx(sure[0], abs=0.02)


def test_a_link_leads_to_eyes_that_are_here_and_tells_of_others(hub: StandIn, eyes: OtherEyes, saved: Path, tmp_path: Path) -> None:
    """Never to a folder that the link names itself, and never over the network."""
    hub.asked.clear()
    with pytest.raises(WeightsError, match="which is not on this machine. Look it up, and fetch it"):
        eyes.linked("tiny/clip")
    with pytest.raises(WeightsError, match="not on this machine"):
        eyes.linked("ViT-B-32 laion2b_s34b_b79k")
    with pytest.raises(WeightsError, match="not on this machine"):
        eyes.linked(str(saved / "clip"))
    assert not hub.asked
    named = named_eyes("tiny/clip")
    eyes.fetch(named)
    assert named.link == "tiny/clip" and eyes.linked("tiny/clip", lenses=False) == named
    with pytest.raises(WeightsError, match="what its heads see. Look it up"):
        eyes.linked("tiny/clip")
    eyes.sight(named)
    assert eyes.linked("tiny/clip") == named
    local = named_eyes(str(saved / "vit"))
    with pytest.raises(WeightsError, match="no link can carry those"):
        eyes.linked(local.link, lenses=False)
    eyes.classes(local)
    assert eyes.linked(local.link, lenses=False) == local and str(saved) not in local.link
