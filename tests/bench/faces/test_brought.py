"""The benchmark of inversion on a tiny generator: every way on every portrait, equal cost, and a table by hand."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
import torch
from torch import Tensor

from core.bench.faces import brought as module
from core.bench.faces.brought import OWN, PLAIN, START, STYLES, Bench, Brought, all_brought, figures, rows
from core.foundations.seeds import torch_rng
from core.methods.write.invert import Distances, Fit, Inversion, cloud_of
from core.models.face_easel import Easel
from core.models.face_small import SmallTail
from core.models.face_tail import FaceTail
from tests.models.tiny_faces import drawn_network

SETTINGS = Inversion(steps=6, detail=4, close=4, size=4, shown=3, rate=0.05)


@pytest.fixture
def bench() -> Bench:
    generator = drawn_network(3)
    cloud = cloud_of(generator.style(generator.latents(list(range(100)))))
    quick, real = Easel(generator, SmallTail.folded(generator, 4)), Easel(generator, FaceTail.folded(generator))
    return Bench(quick, real, cloud, Distances(), lambda portrait: generator.broadcast(cloud.mean[None]), SETTINGS)


def portraits(number: int) -> Tensor:
    return torch.rand(number, 3, 8, 8, generator=torch_rng("portraits"))


def test_every_way_brings_every_portrait(bench: Bench) -> None:
    """From one start, and what is told of each belongs to its picture."""
    given = portraits(2)
    found = all_brought(bench, given)
    assert list(found) == [START, STYLES, OWN, PLAIN] and all(len(brought) == 2 for brought in found.values())
    for place, portrait in enumerate(given):
        start, styles, own = (found[name][place] for name in (START, STYLES, OWN))
        assert (start.steps, styles.steps, own.steps) == (0, 6, 10) and start.length == pytest.approx(0, abs=1e-4)
        assert own.fit.loss <= styles.fit.loss <= start.fit.loss
        for name in found:
            one = found[name][place]
            assert one.fit.psnr == pytest.approx(float(-10 * torch.log10((one.picture[0] - portrait).square().mean())), abs=1e-3)


def test_the_plain_way_stops_when_its_time_is_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """One tick of the clock a step."""
    clock = count()
    monkeypatch.setattr(module.time, "process_time", lambda: float(next(clock)))
    assert bench.plain(portraits(1), 8.0).steps == 7


def test_the_table_by_hand() -> None:
    """Means over portraits; the same vector is one person, an opposite one is not; identity is told from a centre."""

    def brought(psnr: float, colour: float) -> Brought:
        return Brought(torch.full((1, 3, 2, 2), colour), Fit(1.0, psnr, 0.2, None), 1.0, 5, 2.0, 3.0)

    def who(pictures: Tensor) -> np.ndarray:
        return np.array([[1.0, 0.0] if float(one.mean()) > 0.5 else [-1.0, 0.0] for one in pictures])

    given = torch.ones(2, 3, 2, 2)
    table = rows({OWN: [brought(20, 0.9), brought(24, 0.1)], PLAIN: [brought(10, 0.9), brought(10, 0.8)]}, given, who, np.zeros(2))
    assert table[OWN] == pytest.approx(
        {"psnr": 22, "lpips": 0.2, "identity": 0, "same person": 0.5, "length": 1, "steps": 5, "processor s": 2, "wall s": 3}
    )
    assert table[PLAIN]["same person"] == 1 and table[PLAIN]["identity"] == pytest.approx(1)
    centred = rows({OWN: [brought(20, 0.9), brought(24, 0.1)]}, given, who, np.array([0.0, 1.0]))
    assert centred[OWN]["identity"] == pytest.approx(0.5)
    assert figures(table) == pytest.approx(
        {"invert_s": 3, "invert_psnr": 22, "invert_lpips": 0.2, "invert_identity": 0, "same_person": 0.5}
    )
