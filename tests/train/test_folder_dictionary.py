"""A dictionary over a folder: the rows are the same by however many processes, and what comes out opens as a public one."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from core.bench.hub.families import tiny_timm
from core.foundations.errors import LayerError
from core.foundations.picture_folder import PictureFolder
from core.models.public_dictionary import layer_of, read_dictionary
from core.studio.dictionaries import load_tower
from core.studio.layer_features import tower_features
from core.train import folder_dictionary as module
from core.train import loop
from core.train.folder_dictionary import placed, rows_over
from core.train.spread import Crowd, Kept, Share

HOOK = "blocks.0.hook_resid_post"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("learned over")
    for name in ("vit", "pictures"):
        (folder / name).mkdir()
    tiny_timm(folder / "vit")
    numbers = np.random.default_rng(0)
    for number in range(11):
        Image.fromarray(numbers.integers(0, 255, (40, 40, 3), np.uint8)).save(folder / "pictures" / f"{number:02}.png")
    (folder / "pictures" / "torn.png").write_bytes(b"nothing")
    return folder


class Both(Crowd):
    """Two processes in one: it gathers what both would send."""

    def __init__(self, sent: list[list[torch.Tensor]]) -> None:
        super().__init__(Share(0, 2))
        object.__setattr__(self, "sent", iter(sent))

    def gathered(self, mine: torch.Tensor) -> torch.Tensor:
        """What was laid ready."""
        return torch.stack(next(self.sent))  # type: ignore[attr-defined]


def test_the_rows_are_the_same_by_however_many_processes(place: Path, tmp_path: Path) -> None:
    """Each place among all is one process's, and holds the row that one process alone has there."""
    clip = load_tower(str(place / "vit"))
    features, folder = tower_features(clip, layer_of(HOOK, clip.anatomy)), PictureFolder.open(place / "pictures", 3)
    kept = Kept(tmp_path, 1)
    alone = placed(rows_over(clip, features, folder, Share(), kept), clip.anatomy.width, Crowd())
    tables = [rows_over(clip, features, folder, Share(rank, 2), kept) for rank in range(2)]
    counts = [torch.tensor([len(table.blocks)]) for table in tables]
    padded = [torch.full((max(map(int, counts)), 3), -1) for _ in tables]
    for table, one in zip(tables, padded, strict=True):
        one[: len(table.blocks)] = table.tensors()["blocks"]
    parts = [placed(table, clip.anatomy.width, Both([counts, padded])) for table in tables]
    assert [part.total for part in parts] == [alone.total] * 2 and alone.total == 4 * module.PLACES
    whole = torch.full_like(alone.rows, float("nan"))
    for part in parts:
        whole[part.numbers] = part.rows
    assert torch.equal(whole, alone.rows[alone.numbers.argsort()])


def test_the_command_writes_a_dictionary_that_opens(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the model's name and its hook; a second run goes on from the end of the first."""
    monkeypatch.setattr(loop, "RUNS", tmp_path / "runs")
    argv = ["x", "--images", str(place / "pictures"), "--model", str(place / "vit"), "--hook", HOOK, "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", [*argv, "--size", "20", "--k", "3", "--steps", "12"])
    module.main()
    made = read_dictionary(tmp_path / "out")
    assert made.hook == HOOK and made.model == str(place / "vit") and made.dictionary.config.size == 20
    clip = load_tower(str(place / "vit"))
    seen = tower_features(clip, layer_of(made.hook, clip.anatomy)).see(torch.rand(1, 3, *clip.image_size), made.dictionary)
    assert seen.codes.shape[0] == 20 and (seen.codes > 0).any()
    monkeypatch.setattr(module.SpreadLearner, "_step", lambda *given: pytest.fail("it was learned already"))
    module.main()
    assert torch.equal(read_dictionary(tmp_path / "out").dictionary.decoder, made.dictionary.decoder)
    monkeypatch.setattr(sys, "argv", [*argv[:6], "blocks.77.hook_resid_post", *argv[7:], *argv[:0]])
    with pytest.raises(LayerError, match="none of this tower's"):
        module.main()
