"""The tail's training on a tiny generator: what is drawn and cut, that it learns, goes on where it was, and is judged rightly."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.foundations.seeds import numpy_rng
from core.models.face_tail import BEHIND, FaceTail
from core.models.mobile_stylegan import MobileStyleGAN
from core.train import loop
from core.train.faces import tail as module
from core.train.faces.tail import Faces, LinearHead, Painting, TailTraining, draw, fitted, judged, paint, pieces, psnr
from tests.models.tiny_faces import SLOTS, WIDTH, drawn_network, tiny_styles

SMALL = Painting(faces=3, held_out=4, crops=2, side=3)


@pytest.fixture
def generator() -> MobileStyleGAN:
    return drawn_network()


@pytest.fixture
def faces(generator: MobileStyleGAN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Faces:
    """Painted, in an empty folder."""
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    made = Faces(generator, SMALL)
    made.paint_all()
    return made


def test_every_kind_is_drawn(generator: MobileStyleGAN) -> None:
    """One style throughout; two with one border, at times among the last slots; every slot its own."""
    borders = set()
    for number in range(60):
        styles, kind = draw(generator, SMALL, numpy_rng("draw", number))
        assert styles.shape == (1, SLOTS, WIDTH)
        changes = [slot for slot in range(1, SLOTS) if not torch.equal(styles[0, slot], styles[0, slot - 1])]
        assert len(changes) == (0, 1, SLOTS - 1)[kind]
        if kind == 1:
            borders.add(changes[0])
    assert borders & set(range(1, SLOTS - BEHIND)) and borders & set(range(SLOTS - BEHIND, SLOTS))
    again = draw(generator, SMALL, numpy_rng("draw", 7))[0]
    assert torch.equal(again, draw(generator, SMALL, numpy_rng("draw", 7))[0])


def test_what_is_painted_is_the_generators(generator: MobileStyleGAN) -> None:
    """Maps before the last stage, and the picture by area."""
    styles = tiny_styles(2)
    maps, colours = paint(generator, styles)
    assert torch.equal(maps, generator.level(styles, 8).last)
    assert torch.allclose(colours, F.interpolate(generator.paint(styles, bounded=False), scale_factor=0.25, mode="area"), atol=1e-6)


def test_pieces_keep_maps_and_colours_together() -> None:
    """Each number says where it came from; the margin lies around."""
    places = torch.arange(64.0).reshape(1, 1, 8, 8)
    maps, colours = pieces(places, places.expand(1, 3, 8, 8), Painting(crops=20, side=3), np.random.default_rng(0))
    assert maps.shape == (20, 1, 7, 7) and colours.shape == (20, 3, 3, 3)
    assert torch.equal(maps[:, :, 2:-2, 2:-2].expand(-1, 3, -1, -1), colours)
    assert {tuple(divmod(int(corner), 8)) for corner in maps[:, 0, 0, 0]} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_faces_are_painted_once(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    """More are added to those that lie there; other pieces lie elsewhere; a batch is the same for the same step."""

    def never(*what: Any) -> Any:
        raise AssertionError("painted again")

    monkeypatch.setattr(module, "paint", never)
    Faces(faces.generator, SMALL).paint_all()
    with pytest.raises(AssertionError, match="painted again"):
        Faces(faces.generator, Painting(faces=4, held_out=4, crops=2, side=3)).paint_all()
    assert Faces(faces.generator, Painting(side=2)).folder != faces.folder
    one, same, other = faces.batch(0, 2), faces.batch(0, 2), faces.batch(1, 2)
    assert one.maps.shape == (2, 8, 7, 7) and one.colours.shape == (2, 3, 3, 3) and one.factors.given.shape == (2, 4)
    assert torch.equal(one.maps, same.maps) and not torch.equal(one.maps, other.maps)


def test_it_goes_on_as_if_nothing_had_happened(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped in the middle, and the loss has fallen."""
    settings = TailTraining(steps=60, batch=4, rate=3e-3)
    learn, short = loop.train, {"every": 20}
    monkeypatch.setattr(module, "train", lambda *a, **k: learn(*a, **k | short))
    batch = faces.batch

    def stop(step: int, count: int) -> Any:
        if step == 45:
            raise KeyboardInterrupt
        return batch(step, count)

    monkeypatch.setattr(faces, "batch", stop)
    with pytest.raises(KeyboardInterrupt):
        fitted(faces, settings)
    seen: list[int] = []
    monkeypatch.setattr(faces, "batch", lambda step, count: seen.append(step) or batch(step, count))
    resumed = fitted(faces, settings)[0].state_dict()
    assert seen == list(range(40, 60))
    (loop.RUNS / module.NAME / "checkpoint.safetensors").unlink()
    whole = fitted(faces, settings)[0]
    assert all(torch.equal(resumed[name], tensor) for name, tensor in whole.state_dict().items())

    def error(tail: FaceTail) -> float:
        some = batch(1000, 16)
        with torch.no_grad():
            return float(F.mse_loss(module.inner(tail(some.maps, some.factors)), some.colours))

    assert error(whole) < 0.8 * error(FaceTail.folded(faces.generator))


def test_psnr_by_hand() -> None:
    """A tenth off everywhere is 20 dB; what is clamped away does not count."""
    half = torch.full((1, 3, 2, 2), 0.5)
    assert psnr(half + 0.1, half) == pytest.approx(20, abs=1e-3) and psnr(half + 9, half + 0.5) == pytest.approx(100)


def test_heads_are_judged_on_whole_pictures(faces: Faces) -> None:
    """Against the real picture, by hand; the linear head is exact where colours are linear."""
    tail = FaceTail.folded(faces.generator)
    rows = judged(faces, {"tail": tail})["tail"]
    values = []
    for number in range(SMALL.held_out):
        styles, _ = draw(faces.generator, SMALL, numpy_rng(module.NAME, "held_out", SMALL.seed, number))
        wanted = F.avg_pool2d(faces.generator.paint(styles, bounded=False), 4)
        with torch.no_grad():
            values.append(psnr(tail.paint(faces.generator, styles), wanted))
    assert rows["median"] == pytest.approx(np.median(values), abs=0.2) and rows["worst"] == pytest.approx(min(values), abs=0.2)


def test_the_linear_head_finds_a_linear_rule(faces: Faces, monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours made of maps, and of maps times their factors."""
    rule = torch.randn(2 * 8 + 1, 3, generator=torch.Generator().manual_seed(0))
    piece = faces.piece

    def made(number: int, place: int) -> module.Piece:
        given = piece(number, place)
        rows = LinearHead.rows(module.inner(given.maps), given.factors)
        return given._replace(colours=(rows @ rule).T.reshape(1, 3, 3, 3))

    monkeypatch.setattr(faces, "piece", made)
    head = LinearHead(faces, SMALL.faces)
    some = made(0, 1)
    torch.testing.assert_close(head(module.inner(some.maps), some.factors), some.colours, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("enough", [-100.0, 1000.0])
def test_the_program(generator: MobileStyleGAN, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, enough: float) -> None:
    """A few steps; good enough is kept with its card, else nothing; the log tells both."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(loop, "RUNS", tmp_path)
    monkeypatch.setattr(module, "load_face_generator", lambda: generator)
    monkeypatch.setattr(type(module.WEIGHTS), "fetch", lambda self: tmp_path)
    monkeypatch.setattr(module, "save_weights", lambda name, tensors, card: kept.update({name: (tensors, card)}))
    monkeypatch.setattr(module, "ENOUGH", enough)
    monkeypatch.setattr(sys, "argv", ["tail", "--faces", "2", "--steps", "3"])
    make = module.make
    monkeypatch.setattr(module, "make", lambda painting, settings: make(replace(SMALL, faces=painting.faces), settings))
    module.main()
    log = (tmp_path / module.NAME / "log.txt").read_text()
    assert "training: 2 of 2 faces are painted" in log and "faces_tail step 3/3" in log
    assert "folded, not trained" in log and "linear head" in log
    if enough > 0:
        assert not kept and "Nothing is kept" in log
        return
    tensors, card = kept["faces_tail"]
    assert all(tensor.dtype == torch.float16 for tensor in tensors.values())
    assert card["architecture"] == {"taken": 8, "within": 4} and "research" in card["licence"]
    FaceTail(**card["architecture"]).load_state_dict(tensors)
