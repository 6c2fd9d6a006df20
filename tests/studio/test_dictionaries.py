"""Public dictionaries by name, on the towers that they read: fetched with them, named, shown, searched and turned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from core.bench.hub.families import tiny_open_clip, tiny_prisma, tiny_timm
from core.bench.hub.stand_in import Repo, StandIn
from core.foundations.errors import LayerError, RequestError, SettingError, ShapeError, WeightsError
from core.foundations.records import Picture
from core.models.named_eyes import load_eyes, named_eyes
from core.studio import public_features as module
from core.studio.dictionaries import Dictionaries
from core.studio.public_features import TIMES, names_of
from tests.models.near_hub import point_to
from tests.studio.test_eyes import CPU, Few, Letters, words

FEATURES = 40


def saelens(folder: Path, width: int, model: str, hook: str = "blocks.0.hook_resid_post") -> None:
    """A random dictionary as SAELens writes it, told of a model."""
    folder.mkdir(parents=True)
    numbers = torch.Generator().manual_seed(1)
    rows = torch.nn.functional.normalize(torch.randn(FEATURES, width, generator=numbers), dim=1)
    told = {"architecture": "topk", "k": 6, "d_in": width, "d_sae": FEATURES, "dtype": "float32"}
    (folder / "cfg.json").write_text(json.dumps({**told, "metadata": {"model_name": model, "hook_name": hook}}))
    tensors = {"W_enc": rows.T.contiguous(), "b_enc": torch.zeros(FEATURES), "W_dec": rows, "b_dec": torch.zeros(width)}
    save_file(tensors, folder / "sae_weights.safetensors")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dictionaries")
    for name, save in (("clip", tiny_open_clip), ("vit", tiny_timm), ("prisma", tiny_prisma)):
        (folder / name).mkdir()
        save(folder / name)
    sizes = {name: load_eyes(named_eyes(str(folder / name)), Letters().embed).anatomy.width for name in ("clip", "vit")}
    saelens(folder / "sae" / "inner", sizes["clip"], "open-clip:tiny/clip")
    saelens(folder / "nameless", sizes["vit"], "")
    saelens(folder / "astray", sizes["clip"], "tiny/clip", "blocks.99.hook_resid_post")
    return folder


@pytest.fixture
def hub(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    with StandIn({"tiny/clip": Repo(saved / "clip"), "tiny/vit": Repo(saved / "vit"), "tiny/sae": Repo(saved / "sae")}) as stand_in:
        point_to(stand_in.endpoint, tmp_path / "cache", monkeypatch)
        yield stand_in


def lacking() -> None:
    raise WeightsError("The photographs' eyes were not fetched.")


@pytest.fixture
def dictionaries() -> Dictionaries:
    return Dictionaries(CPU, Letters(), Few(), words, lacking)  # type: ignore[arg-type]


def picture(number: int = 0) -> Picture:
    return Few().picture(number)


def test_by_name_it_comes_with_its_tower_and_is_shown(hub: StandIn, dictionaries: Dictionaries) -> None:
    """Size and licence before; then pictures, maps, what is active here, and what turning does."""
    offer = dictionaries.offer("tiny/sae inner")
    assert not offer.ready and offer.megabytes > 0 and offer.licence == "mit" and offer.tower == ""
    told = list[float]()
    features = dictionaries.open(offer.named, told.append)
    assert told == sorted(told) and told[-1] == 1.0 and dictionaries.open(offer.named) is features
    again = dictionaries.offer("tiny/sae inner")
    assert again.ready and again.tower == "tiny/clip" and again.tower_megabytes > 1
    card = max(features.cards.values(), key=lambda one: one.share)
    assert card.best and set(card.best) <= set(range(20)) and 0 < card.share <= 1
    heat = features.map(picture(card.best[0]), card.number)
    assert heat.shape == picture(card.best[0]).image.size[::-1] and heat.min() >= 0 and heat.max() == pytest.approx(1)
    here = features.active_in(picture(), 5)
    assert len(here) == 5 and all(one.number in features.cards for one in here)
    still, turned = features.turn(picture(), card.number, 0.0), features.turn(picture(), card.number, TIMES)
    assert still.stayed == pytest.approx(1) and still.before == still.after and still.said == still.says and still.before[0] == 0
    assert turned.stayed < 0.999 and turned.before == still.before and len(turned.said) == 5
    with pytest.raises(SettingError, match="up to 3 times"):
        features.turn(picture(), card.number, 5.0)
    with pytest.raises(RequestError, match="none of the pictures"):
        features.map(picture(), 9999)


def test_what_was_found_out_is_kept(hub: StandIn, dictionaries: Dictionaries, monkeypatch: pytest.MonkeyPatch) -> None:
    named = dictionaries.offer("tiny/sae inner").named
    first = dictionaries.open(named)
    monkeypatch.setattr(module.LayerFeatures, "see", lambda *given: pytest.fail("they were looked at already"))
    again = Dictionaries(CPU, Letters(), Few(), words, lacking).open(named)  # type: ignore[arg-type]
    assert again.cards == first.cards


def test_planted_words_are_found_and_shuffled_ones_are_not() -> None:
    """Feature 0 follows the first word, feature 1 nothing, feature 2 is never active."""
    numbers = torch.Generator().manual_seed(0)
    fits = torch.randn(60, 30, generator=numbers)
    active = torch.stack([fits[:, 0].clamp(min=0), torch.rand(60, generator=numbers), torch.zeros(60)], 1)
    pool = tuple(f"word {place}" for place in range(30))
    found = names_of(active, fits, pool)
    assert found[0][0].text == "word 0" and found[0][0].weight > 0.7 and 2 not in found
    noise = torch.rand(60, 200, generator=numbers)
    assert len(names_of(noise, fits, pool)) < 50


def test_names_are_found_by_text(hub: StandIn, dictionaries: Dictionaries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHANCE", 0.0)  # of twenty pictures hardly a name goes beyond chance
    features = dictionaries.open(dictionaries.offer("tiny/sae inner").named)
    assert features.named > 0
    wanted = features.find("", 1)[0].words[0].text
    assert features.find(wanted, 1)[0].words[0].text == wanted and len(features.find("", 3)) == min(3, features.named)


def test_a_tower_without_words_is_turned_all_the_same(hub: StandIn, dictionaries: Dictionaries, saved: Path) -> None:
    """Nothing names its features where the photographs' eyes are not here; pictures say what it takes a picture for."""
    offer = dictionaries.offer(str(saved / "nameless"), "tiny/vit")
    assert offer.ready and offer.megabytes == 0 and offer.tower == "tiny/vit"
    features = dictionaries.open(offer.named)
    assert features.named == 0 and features.find("cat") == () and features.cards
    turned = features.turn(picture(), next(iter(features.cards)), 1.0)
    assert turned.said == () and len(turned.before) == 4


def test_what_cannot_be_had_is_told(hub: StandIn, dictionaries: Dictionaries, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="is no dictionary. Give OWNER/NAME"):
        dictionaries.offer("nothing")
    with pytest.raises(WeightsError, match="not found|no model|does not"):
        dictionaries.offer("tiny/none")
    with pytest.raises(WeightsError, match="do not say which model it reads"):
        dictionaries.offer(str(saved / "nameless"))
    (tmp_path / "bare").mkdir()
    with pytest.raises(WeightsError, match="holds no dictionary"):
        dictionaries.offer(str(tmp_path / "bare"))
    with pytest.raises(LayerError, match="none of this tower's"):
        dictionaries.open(dictionaries.offer(str(saved / "astray")).named)
    with pytest.raises((ShapeError, LayerError)):
        dictionaries.open(dictionaries.offer(str(saved / "prisma"), "tiny/vit").named)
    features = dictionaries.open(dictionaries.offer("tiny/sae inner").named)
    assert np.isfinite(features.map(picture(), next(iter(features.cards)))).all()
