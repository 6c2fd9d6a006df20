"""Named neurons are found by words and are handles, as heads are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.foundations import files
from core.foundations.errors import StudioError, WeightsError
from core.foundations.named_neurons import NamedNeuron, load_neurons, save_neurons
from core.models.text import text_encoder
from core.studio.named_keys import NamedKeys, SeerVerbs
from core.studio.photos import Photos
from core.studio.seers import as_found, as_handle

NEURONS = (
    NamedNeuron(3, 1, "red head", "head", 0.8, (4, 9)),
    NamedNeuron(4, 2, "red head", "head", 0.9, (5,)),
    NamedNeuron(4, 7, "white", "", 0.7, ()),
    NamedNeuron(4, 8, "", "", 0.2, (1,)),
)


class Words:
    """Texts as which of three words they hold."""

    def embed(self, texts: list[str]) -> np.ndarray:
        """`[m 3]` of unit norm."""
        found = np.array([[word in text for word in ("red", "head", "white")] for text in texts], float) + 1e-6
        return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_the_nearest_name_comes_first_and_the_surest_of_it() -> None:
    """Unnamed ones are never found, but can be looked at by their id."""
    keys = NamedKeys(NEURONS, Words())  # type: ignore[arg-type]
    found = keys.who("red")
    assert [one.id for one, _ in found] == ["key:4:2", "key:3:1", "key:4:7"] and found[0][1] == pytest.approx(2**-0.5, abs=1e-3)
    assert keys.who("white", 1)[0][0].id == "key:4:7" and keys.seer("key:4:8").name == ""
    with pytest.raises(StudioError, match="no neuron 'key:9:9'"):
        keys.seer("key:9:9")
    assert NamedKeys((), Words()).who("red") == ()  # type: ignore[arg-type]


def test_they_are_handles() -> None:
    """With their name, the pictures that excite them and their score; they act on no slot."""
    handle = as_handle(NEURONS[0])
    assert (handle.id, handle.kind, handle.slot, handle.best, handle.texts) == ("key:3:1", "neuron", "", (4, 9), ("red head",))
    assert "red head" in handle.name and "unnamed" in as_handle(NEURONS[3]).name and as_handle(NEURONS[3]).texts == ()
    assert as_found(NEURONS[0], 0.5).score == 0.5


@pytest.mark.parametrize("name", ["nouns_neuron_names", "photos_neuron_names"])
def test_neurons_come_back_as_they_were_kept(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of each model has neurons with examples, each with its place; a file that was changed is refused."""
    kept = load_neurons(name)
    assert {one.block for one in kept} == set(range(5 if name.startswith("nouns") else 12))
    assert all(len(one.best) == len(one.places) >= 2 for one in kept) and 0 < sum(bool(one.name) for one in kept) < len(kept) / 2
    (tmp_path / "assets" / "cards").mkdir(parents=True)
    monkeypatch.setattr(files, "ROOT", tmp_path)
    save_neurons("some", NEURONS, {})
    assert load_neurons("some") == NEURONS
    path = tmp_path / "assets" / "some.json.gz"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(WeightsError, match="not the file its card describes"):
        load_neurons("some")


def test_the_seers_of_a_world_are_found_together() -> None:
    """Heads by the CLIP's own search, a classifier's neurons by their names; each is had again by its id."""

    class World(SeerVerbs):
        sight = SimpleNamespace(who=lambda text, limit: (("a head", 0.5),), seer=lambda id: "a head")
        named_keys = SimpleNamespace(who=lambda text, limit: (("a neuron", 0.9), ("another", 0.1)), seer=lambda id: "a neuron")

    assert [one for one, _ in World().who("red", 2)] == ["a neuron", "a head"]
    assert World().seer("key:1:2") == "a neuron" and World().seer("head:1:2") == "a head"


def test_the_photographs_neurons_are_found_by_their_names() -> None:
    """Those that are shipped, without the eyes that they are of."""
    photos = Photos(torch.device("cpu"), text_encoder())
    found = photos.named_keys.who("food", 4)
    assert found and found[0][0].name in photos.named_keys.by_name and found[0][1] > 0.5
    assert photos.named_keys.seer(found[0][0].id) is found[0][0]
