"""Word lists: WordNet's files are read as they are written, on a dictionary of four meanings."""

from __future__ import annotations

import io
import tarfile

import pytest

from core.foundations.errors import WeightsError
from core.train.scenes.words import Evidence
from core.train.word_lists import WordNet, _read
from core.worlds.nouns.art import BARE
from core.worlds.nouns.catalogue import parts

DATA = """  1 This line is a licence.
00000001 03 n 01 animal 0 000 | a living thing that moves; "animals run"
00000002 05 n 02 feline 0 felid 0 001 @ 00000001 n 0000 | a lithe carnivore
00000003 05 n 02 cat 0 true_cat 0 001 @ 00000002 n 0000 | a small feline that purrs
00000004 05 n 01 big_cat 0 002 @ 00000002 n 0000 %p 00000003 n 0000 | a large feline
"""
INDEX = """  1 This line is a licence.
animal n 1 1 ~ 1 0 00000001
big_cat n 1 1 @ 1 0 00000004
cat n 2 1 @ 2 1 00000003 00000004
felid n 1 1 @ 1 0 00000002
feline n 1 1 @ 1 0 00000002
true_cat n 1 1 @ 1 0 00000003
"""


@pytest.fixture
def packed() -> tarfile.TarFile:
    """A package as the registry gives it."""
    bytes_ = io.BytesIO()
    with tarfile.open(fileobj=bytes_, mode="w") as tar:
        for name, text in (("dict/data.noun", DATA), ("dict/index.noun", INDEX)):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    bytes_.seek(0)
    return tarfile.open(fileobj=bytes_)


def test_meanings_and_what_stands_above_them(packed: tarfile.TarFile) -> None:
    """Lemmas without underscores, the gloss without its examples, kinds with how far up, the commonest meaning first."""
    net = WordNet(packed)
    assert net.synsets["00000003"].lemmas == ("cat", "true cat") and net.synsets["00000001"].gloss == "a living thing that moves"
    assert net.synsets["00000004"].above == ("00000002",), "a part is no kind"
    assert net.senses["cat"] == ["00000003", "00000004"] and net.senses["true cat"] == ["00000003"]
    assert net.up("00000003") == {"00000003": 0, "00000002": 1, "00000001": 2} and net.up("00000003", 1) == {"00000003": 0, "00000002": 1}
    assert net.below["00000002"] == 3 and net.below["00000001"] == 4
    assert net.glosses("cat", 1) == ["cat: a small feline that purrs"] and net.glosses("dog", 2) == []
    with pytest.raises(WeightsError, match="is missing"):
        _read(packed, "dict/data.verb")


def test_what_lists_say_of_a_word(packed: tarfile.TarFile) -> None:
    """A kind above, keywords of one picture and words written by hand point to the head that they name, and to no other."""
    evidence = Evidence(WordNet(packed), [("cat", "whiskers"), ("dog", "bark")], {"cat": {"moggy": 2}, "dog": {"moggy": 1, "hound": 1}})
    heads = [part.name for part in parts("head") if part.id != BARE["head"]]
    cat, dog = heads.index("cat"), heads.index("dog")
    same, kind, its_kind, related, keywords, written = evidence.lists("animal")
    assert its_kind.argmax() == cat and its_kind[cat] > 0 and max(same[cat], kind[cat], keywords[cat], written[cat]) <= 0
    assert evidence.lists("whiskers")[4].argmax() == cat and evidence.lists("bark")[4].argmax() == dog
    assert evidence.lists("moggy")[5, [cat, dog]].tolist() == [1.5, 1.0] and evidence.touches("hound") and not evidence.touches("quark")
