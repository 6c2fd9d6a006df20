"""Portraits come out of their package by number, and those for judging are never among the others."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.bench.faces import portraits
from core.foundations.errors import SettingError


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose picture of a number has that number as its red."""
    path = tmp_path / "avatars.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for number in reversed(range(portraits.TOTAL)):
            out = io.BytesIO()
            Image.fromarray(np.full((256, 256, 3), (number % 256, 0, 0), np.uint8)).save(out, "PNG")
            member = tarfile.TarInfo(f"package/avatars/png/{number}.png")
            member.size = len(out.getvalue())
            tar.addfile(member, io.BytesIO(out.getvalue()))
    monkeypatch.setattr(portraits, "fetched", lambda *_: path)


@pytest.mark.usefixtures("package")
def test_portraits_by_number() -> None:
    judged, others = portraits.portraits(3), portraits.others(4)
    assert judged.shape == (3, 3, 256, 256)
    assert (judged[:, 0, 0, 0] * 255).round().tolist() == [0, 4, 8]
    assert (others[:, 0, 0, 0] * 255).round().tolist() == [1, 2, 3, 5]
    assert portraits.names(3) == ["portrait 0", "portrait 4", "portrait 8"]


def test_none_is_both_judged_and_learned_from() -> None:
    assert not set(portraits.JUDGED) & set(portraits.LEARNED)
    assert len(portraits.JUDGED) + len(portraits.LEARNED) == portraits.TOTAL
    assert len(portraits.JUDGED) == 66


@pytest.mark.parametrize("count", [0, 67])
def test_no_more_than_there_are(count: int) -> None:
    with pytest.raises(SettingError, match="There are 66 portraits"):
        portraits.portraits(count)
