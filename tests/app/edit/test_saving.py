"""Saving on the tab Edit, without a browser: how far it is, what is handed over, and who changes his mind."""

from __future__ import annotations

import json
import re

import pytest
from gradio import EventData

from app.shared.desks import FACES
from app.shared.session import Session
from tests.app.edit.test_desk import begun, moved, page_over
from tests.app.fake_faces import FakeWeights


@pytest.fixture(scope="module")
def face() -> tuple[dict, Session]:
    """The handlers, and a visitor with a face."""
    studio, on = page_over(FakeWeights())
    return on, moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))


def test_it_is_told_how_far_a_large_picture_is(face) -> None:
    """Piece by piece, then the file, and nothing is told any more."""
    on, session = face
    run, filled = on["save"]
    *going, last = run(session)
    assert [re.search(r"<output>(.+?)</output>", out[filled["rs-saving"]])[1] for out in going] == ["0 %", "50 %"]
    assert all(filled["rs-keeper"] not in out for out in going)
    assert last[filled["rs-saving"]] == "" and json.loads(last[filled["rs-keeper"]])["kind"] == "image/png"


def test_who_leaves_before_the_end_gets_no_file_and_the_bar_goes(face) -> None:
    """The event after it clears what was told, since what is given up tells nothing more."""
    on, session = face
    pieces = on["save"][0](session)
    next(pieces)
    pieces.close()
    assert list(pieces) == [] and on["saved"][0]() == "" and list(on["saved"][1]) == ["rs-saving"]


def test_a_photograph_that_is_gone_is_told(face) -> None:
    """In the notice; nothing is handed over."""
    on, session = face
    run, filled = on["save_whole"]
    (out,) = run(session)
    assert "no longer held" in out[filled["rs-notice"]] and filled["rs-keeper"] not in out
