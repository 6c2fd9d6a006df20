"""The rows of the benchmark `shift`, by hand: bounds, tables beside each other, and whether scores go with editing."""

from __future__ import annotations

import numpy as np
import pytest

from core.bench.dsprites import ways as shift_ways
from core.bench.dsprites.disentangle import Disentangled
from core.bench.dsprites.latents import Latent, predictions
from core.bench.dsprites.shift import bounds, leakage, merged, row
from core.bench.dsprites.truth import Edits, Verdict
from core.bench.dsprites.ways import PAPER_TABLE, tuned_as_the_paper
from core.models.shifts import Shifts
from core.worlds.dsprites.factors import FACTORS, SHAPE
from tests.studio.tiny_sprites import exact_shifts


def latent(shares: tuple[float, ...], edited: tuple[float, ...] | None) -> Latent:
    """All scores of a factor alike."""
    scores = Disentangled(0.5, shares, shares, shares)
    given_back = {"iou": 0.9, "factors_right": 0.8} | dict(zip(FACTORS, shares, strict=True))
    return Latent(scores, given_back, edited, edited and (1.0,) * 5)


def test_whether_scores_go_with_editing() -> None:
    """In the same order 1, in the other -1, both hardly by chance; a latent without shifters does not count."""
    up = (0.1, 0.2, 0.3, 0.4, 0.5)
    same = predictions([latent(up, up), latent(up, None)])
    assert [name for name in same] == [
        "goes with 'edited', 5 pairs", "goes with 'edited', p", "goes with 'of oracle', 5 pairs", "goes with 'of oracle', p",
    ]  # fmt: skip
    assert same["goes with 'edited', 5 pairs"] == pytest.approx(dict.fromkeys(("mig", "dci c", "dci i", "right"), 1.0))
    assert max(same["goes with 'edited', p"].values()) < 0.01
    other = predictions([latent(up, up[::-1])])
    assert other["goes with 'of oracle', 5 pairs"]["mig"] == pytest.approx(-1) and predictions([latent(up, None)]) == {}


def test_a_latents_row() -> None:
    """Means over factors; how far it can be edited only where that was measured."""
    found = latent((0.2,) * 5, (0.3, 0.5, 0.4, 0.4, 0.4)).row()
    assert found == pytest.approx(
        {"mig": 0.2, "dci d": 0.5, "dci c": 0.2, "dci i": 0.2, "iou": 0.9, "right": 0.8, "edited": 0.4, "of oracle": 0.4}
    )
    assert "edited" not in latent((0.2,) * 5, None).row()


def test_rows_by_hand() -> None:
    """Shares by factor, what moved along, and bounds that hold the share and narrow with the count."""
    verdicts = [Verdict(0.5, 0.75, (0.25, 0.0, 0.1, 0.0, 0.0), 0.8) for _ in FACTORS]
    assert row(verdicts) == pytest.approx(dict.fromkeys(FACTORS, 0.5) | {"iou": 0.8, "asked shape": 0.75})
    assert leakage(verdicts)["moved when shape is asked"] == {"shape": 0.75, "scale": 0.0, "rotation": 0.1, "x": 0.0, "y": 0.0}
    few, many = (list(bounds(verdicts, count).values()) for count in (12, 120))
    assert few[0]["x"] < many[0]["x"] < 0.5 < many[1]["x"] < few[1]["x"]
    assert merged({"a": {"x": 1.0}}, {"a": {"y": 2.0}, "b": {"x": 3.0}}) == {"a": {"x": 1.0, "y": 2.0}, "b": {"x": 3.0}}


def test_strengths_as_the_paper_chooses_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its classifier alone, on training edits, and what is shipped stays as it is."""
    tried: list[tuple[str, bool]] = []

    def choose(own: Shifts, method: str, slot: str, worth: object) -> None:
        own.strengths.fill_(9.0)
        tried.append((method, slot == FACTORS[SHAPE]))

    edits = Edits(SHAPE, np.zeros((1, 5), int), np.ones((1, 5), int))
    monkeypatch.setattr(shift_ways, "tune", choose)
    monkeypatch.setattr(shift_ways, "draw_edits", lambda rng, slot, count, held_out: edits if not held_out else pytest.fail("held out"))
    shifts = exact_shifts()
    before = shifts.strengths.clone()
    ways = tuned_as_the_paper(None, shifts, None, 4)  # type: ignore[arg-type]
    assert tried == [(method, True) for method in PAPER_TABLE] and len(ways) == len(PAPER_TABLE)
    assert (shifts.strengths == before).all()
