"""Words read as other words: by hand, through a file, and on the table that is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.foundations import files
from core.foundations.errors import WeightsError
from core.foundations.files import load_card, save_weights
from core.models import thesaurus as module
from core.models.thesaurus import Thesaurus, load_thesaurus, plain, singular, thesaurus_to_tensors, unframed
from core.worlds.nouns.catalogue import parts
from core.worlds.scenes.captions import names_of

SMALL = Thesaurus({"feline": "cat", "motor car": "car", "head of state": "crown"}, {"feline": 0.9, "motor car": 0.6, "head of state": 0.5})


@pytest.mark.parametrize(("word", "one"), [("boxes", "box"), ("cherries", "cherry"), ("glass", "glass"), ("mice", "mouse"), ("bus", "bus")])
def test_singular_by_hand(word: str, one: str) -> None:
    """Endings of plurals go, others stay."""
    assert singular(word) == one


def test_plain_by_hand() -> None:
    """Signs, capitals, articles and plurals go."""
    assert plain("The Motor-Cars!") == "motor car"
    assert plain(" a ") == ""


@pytest.mark.parametrize(
    ("phrase", "name"),
    [
        ("feline", "cat"),
        ("Felines", "cat"),
        ("feline face", "cat"),
        ("head of a feline", "cat"),
        ("pixel art feline", "cat"),
        ("motor-car", "car"),
        ("head of state", "crown"),
        ("canine", None),
        ("feline print", None),
        ("", None),
    ],
)
def test_readings_by_hand(phrase: str, name: str | None) -> None:
    """A frame around a word is looked through, but a phrase that is itself known comes first; the rest stays."""
    assert SMALL.reading(phrase) == name


def test_it_can_be_asked_to_be_sure() -> None:
    """Less sure readings are left out."""
    assert SMALL.reading("motor car", least=0.7) is None
    assert SMALL.reading("feline", least=0.7) == "cat"


def test_it_goes_through_a_file_and_a_changed_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read again; another digest is an error."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    save_weights("small", thesaurus_to_tensors(SMALL), {})
    assert load_thesaurus("small") == SMALL
    path = tmp_path / "assets" / "small.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(WeightsError, match="not the file"):
        load_thesaurus("small")


def test_the_shipped_table_names_heads_and_no_word_of_a_caption() -> None:
    """Every reading is a head's name; names that captions use are never read as something else; it is small."""
    table, card = load_thesaurus(), load_card("scenes_words")
    heads = {part.name for part in parts("head")}
    used = {plain(name) for slot in ("head", "glasses", "body", "accessory") for part in parts(slot) for name in names_of(part)}
    assert len(table.names) == card["count"] > 1000
    assert set(table.names.values()) <= heads
    assert not (used | {"picture", "face", "people"}) & {unframed(word) for word in table.names}
    assert all(0 <= table.sure[word] <= 1 and plain(word) == word for word in table.names)
    assert card["bytes"] < 1_000_000


def test_importing_reads_nothing() -> None:
    """The module keeps no table of its own."""
    assert not [name for name, value in vars(module).items() if isinstance(value, Thesaurus)]
