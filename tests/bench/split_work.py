"""What one of several processes does in test_split.py; it imports little, since each process does so anew."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch

from core.bench.split import first, shared_out, together
from core.foundations.errors import ModelError, StudioError
from core.foundations.files import save_tensors


def numbers(at: int) -> list[torch.Tensor]:
    """Tensors of other sizes for each item, some of them empty."""
    rng = torch.Generator().manual_seed(at)
    return [torch.randn(at % 3, 5, generator=rng, dtype=torch.float64), torch.tensor(float(at)), torch.arange(at % 2)]


def refuse(at: int) -> list[torch.Tensor]:
    """Only the second process meets it."""
    if at == 1:
        raise ModelError("This one cannot be taken apart.")
    return []


def alone(rank: int, of: int, port: int) -> None:
    """Be one process of several."""
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": str(of), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)


def both(folder: Path) -> str:
    """Two benchmarks from end to end over tiny models, all that they tell but times, as JSON."""
    from core.bench import mask_folder
    from core.bench.photos.photos import Sizes, measure
    from tests.bench.photos.test_photos import GREY, coloured, planted
    from tests.bench.test_mask_folder import planted_with_texts

    asked = ["--images", str(folder / "images"), "--masks", str(folder / "masks"), "--names", str(folder / "names.txt"), "--batch", "1"]
    masks = mask_folder.run_folder(planted_with_texts(), mask_folder.parse([*asked, "--methods", "maskclip"]))
    photographs = measure(planted(), coloured(3), GREY, Sizes(1, 5, 1, 1))
    told = [
        {**one.figures, **{f"{row} {name}": value for row, several in one.baselines.items() for name, value in several.items()}}
        for one in (masks, photographs)
    ]
    timed = ("ms", "_ms", "ratio")
    return json.dumps([{name: value for name, value in one.items() if not name.endswith(timed)} for one in told], indent=1)


def whole(rank: int, of: int, port: int, folder: str) -> None:
    """The same as one process of several."""
    alone(rank, of, port)
    with together():
        (Path(folder) / f"{rank}.json").write_text(both(Path(folder)))


def work(rank: int, of: int, port: int, folder: str) -> None:
    """One process of several: what it has in the end, and that a problem of another one is everybody's."""
    alone(rank, of, port)
    asked = []
    with together():
        found = shared_out(range(7), lambda at: asked.append(at) or numbers(at))
        few = shared_out(range(1), numbers)
        with pytest.raises(StudioError, match="cannot be taken apart"):
            shared_out(range(3), refuse)
    assert asked == list(range(rank, 7, of)) and first() == (rank == 0) and len(few) == 1
    kept = {f"{at} {part}": one for at, some in enumerate(found) for part, one in enumerate(some)}
    save_tensors(Path(folder) / f"{rank}.safetensors", kept)
