"""Named neurons are found by words and are handles, as heads are."""

from __future__ import annotations

import numpy as np
import pytest

from core.foundations.errors import StudioError
from core.foundations.named_neurons import NamedNeuron
from core.studio.named_keys import NamedKeys
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
