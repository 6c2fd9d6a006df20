"""Concepts on the disk: as they were, and refused where the file is not the card's."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.foundations import files
from core.foundations.concepts import Concept, Member, Unit, load_concepts, save_concepts
from core.foundations.errors import WeightsError


def test_they_are_kept_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names, units, pairs and models; one byte more is found out."""
    monkeypatch.setattr(files, "ROOT", tmp_path)
    hub, eye = Unit("hub", "a", 3), Unit("eye", "b", 1)
    members = (Member(hub, hub, 1, 1, 0, 2.5, 0.5), Member(eye, hub, 0.75, 0.5, 0.01, 0, 1))
    concept = Concept("rosetta:a:3", "left eye", members, 0.01, 0.02, "left eye", 0.5, 1.5)
    save_concepts("tiny", [concept], {"world": "test"})
    assert load_concepts("tiny") == (concept,)
    assert concept.pairs == ((members[0], members[1]),) and concept.models == ("hub", "eye") and concept.best["eye"] == members[1]
    path = tmp_path / "assets" / "tiny.json.gz"
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(WeightsError, match="card"):
        load_concepts("tiny")
