"""Vectors in eight bits and long texts zipped: what goes in comes out, near enough or exactly."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from core.foundations import files
from core.foundations.errors import WeightsError
from core.foundations.files import LARGE, SCALES, from_eight_bits, in_eight_bits, packed, read_words, write_words


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    return tmp_path


def test_a_row_by_hand() -> None:
    """The largest becomes 127; 1/127 of it is one step; halves of a step are gone."""
    small = in_eight_bits({"a": torch.tensor([[254.0, -2.0, 2.9, 0.9, -254.0]])}, "a")
    assert small["a"].dtype == torch.int8 and small["a"].tolist() == [[127, -1, 1, 0, -127]]
    assert small["a" + SCALES].tolist() == [2.0]
    assert from_eight_bits(small)["a"].tolist() == [[254, -2, 2, 0, -254]]


def test_each_row_has_its_own_scale() -> None:
    """A small row beside a large one keeps its direction; nothing is off by more than half a step."""
    table = torch.randn(6, 7, 384, generator=torch.Generator().manual_seed(0)) * torch.logspace(-6, 3, 7)[:, None]
    back = from_eight_bits(in_eight_bits({"a": table}, "a"))["a"]
    assert back.dtype == torch.float32 and F.cosine_similarity(back, table, dim=-1).min() > 0.9999
    assert ((back - table).abs() <= table.abs().amax(-1, keepdim=True) / 254 * 1.001).all()


def test_zeros_stay_zeros_and_halves_are_taken() -> None:
    """No division by nothing; half precision is read as what it says."""
    zeros = in_eight_bits({"a": torch.zeros(2, 3)}, "a")
    assert from_eight_bits(zeros)["a"].tolist() == [[0, 0, 0], [0, 0, 0]]
    small = torch.tensor([[2.0**-20, -(2.0**-21)]])
    assert torch.allclose(from_eight_bits(in_eight_bits({"a": small.half()}, "a"))["a"], small, rtol=0.01)


def test_other_tensors_are_untouched() -> None:
    """Whatever their kind; and what was given is not changed."""
    given = {"a": torch.randn(2, 4), "b": torch.arange(3), "c": torch.ones(2).half(), "d": torch.zeros(1, dtype=torch.int8)}
    small = in_eight_bits(given, "a")
    assert set(small) == {*given, "a" + SCALES} and set(given) == {"a", "b", "c", "d"} and given["a"].dtype == torch.float32
    back = from_eight_bits(small)
    assert list(back) == list(given) and all(back[name] is given[name] for name in "bcd")
    assert from_eight_bits(given) == given


def test_large_matrices_alone_are_packed() -> None:
    """Convolutions, vectors and small matrices stay in half precision, and whole numbers as they are."""
    given = {"a": torch.randn(2, LARGE), "conv": torch.randn(LARGE, 1, 3, 3), "b": torch.randn(LARGE + 1), "n": torch.ones(2, LARGE).long()}
    found = packed({**given, "small": torch.randn(2, LARGE // 2)})
    assert found["a"].dtype == torch.int8 and {found[name].dtype for name in ("conv", "b", "small")} == {torch.float16}
    assert found["n"] is given["n"] and [name for name in found if name.endswith(SCALES)] == ["a" + SCALES]


def test_through_a_file() -> None:
    """Whoever loads the weights need not know how they were kept, and half the bytes of half precision are."""
    table = torch.randn(40, 384, generator=torch.Generator().manual_seed(1))
    files.save_weights("small", in_eight_bits({"a": table, "b": torch.arange(2)}, "a"), {"seed": 1})
    files.save_weights("half", files.halved({"a": table, "b": torch.arange(2)}), {"seed": 1})
    small, half = files.load_weights("small"), files.load_weights("half")
    assert set(small[0]) == {"a", "b"} and small[0]["b"].tolist() == [0, 1] and small[1]["seed"] == 1
    assert F.cosine_similarity(small[0]["a"], table, dim=-1).min() > 0.9999 and half[0]["a"].dtype == torch.float16
    assert small[1]["bytes"] < 0.52 * half[1]["bytes"]


def test_a_text_comes_back(root: Path) -> None:
    """Zipped, with signs of any language; the same text gives the same bytes, at any time."""
    text = '{"a": "Häuser, 家"}\n' * 100
    write_words("long.json", text)
    path = root / "assets" / "long.json.gz"
    first = path.read_bytes()
    assert read_words("long.json") == text and len(first) < len(text) / 5 and first[4:8] == bytes(4)
    write_words("long.json", text)
    assert path.read_bytes() == first and [file.name for file in path.parent.iterdir()] == ["long.json.gz"]


def test_missing_and_damaged_texts(root: Path) -> None:
    """Each with a sentence: absent, no zip at all, cut, changed in the middle, and no text in it."""
    with pytest.raises(WeightsError, match="long.json.gz is missing"):
        read_words("long.json")
    write_words("long.json", "".join(map(str, range(500))))
    path = root / "assets" / "long.json.gz"
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 255]) + whole[middle + 1 :]
    for data in (b"", b"no zip", whole[: len(whole) // 2], whole[:-1], flipped, whole[:-8] + bytes(8), files.gzip.compress(b"\xff\xfe")):
        path.write_bytes(data)
        with pytest.raises(WeightsError, match="long.json.gz is damaged.*make weights"):
            read_words("long.json")
