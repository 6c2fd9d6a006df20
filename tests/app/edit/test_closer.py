"""A portrait that comes closer, without a browser: what is offered, shown and kept, also by who has seen enough."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from gradio import EventData
from PIL import Image

from app.edit.closer import NOBODY, Portrait, figures, offered
from app.shared.desks import FACES
from app.shared.session import CachedStudio, Session
from core.foundations.records import Edit
from tests.app.edit.test_desk import begun, moved, page_over
from tests.app.fake_faces import FakeWeights
from tests.app.fake_studio import FakeStudio


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory):
    """The handlers, and what they made of a portrait: session, portrait, all updates."""
    path = tmp_path_factory.mktemp("portrait") / "me.png"
    Image.linear_gradient("L").convert("RGB").save(path)
    studio, on = page_over(FakeWeights())
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    out = on["take_in"][0](face, str(path))
    return on, moved(out), next(v for v in out.values() if isinstance(v, Portrait)), out


def test_a_portrait_is_offered_to_come_closer(taken_in) -> None:
    """With itself beside the button; a picture of the world's own, and a world that cannot, offer nothing."""
    on, session, portrait, out = taken_in
    html = out[on["take_in"][1]["rs-closer"]]
    assert "gives back 90 %" in html and out[on["take_in"][1]["rs-taken"]] == ""
    assert "Bring it closer" in html and "Your portrait" in html and portrait.base == session.now.base
    studio = FakeStudio()
    assert offered(CachedStudio(studio.faces), studio.faces.sample(1), "") == (NOBODY, "")
    noun = studio.open(Image.new("RGB", (40, 40)))
    assert offered(CachedStudio(studio), noun, "") == (NOBODY, "")


def test_it_comes_closer_step_by_step(taken_in) -> None:
    """Each shows the picture so far with its figures; the steps of the stack stay; undo leads to the first guess, once."""
    on, session, portrait, _ = taken_in
    run, filled = on["closer"]
    session = session.stack((Edit("line:age:old"),))
    shown = list(run(session, portrait))
    assert len(shown) == 4 and "1 of 4" in shown[0][filled["rs-closer"]] and "19.0 dB" in shown[0][filled["rs-closer"]]
    assert "So far" in shown[0][filled["rs-view"]] and "data:image/jpeg" in shown[0][filled["rs-view"]]
    last = moved(shown[-1])
    assert last.now.edits == session.now.edits and last.now.base != session.now.base and last.undo().now == session.now
    kept = next(v for v in shown[-1].values() if isinstance(v, Portrait))
    settled = on["nearer"][0](last, kept)
    assert "As close as it came" in settled[filled["rs-closer"]] and moved(settled).now == last.now
    again = list(run(last, kept))
    assert moved(again[-1]).undo().now == last.now


def test_who_has_seen_enough_keeps_what_there_is(taken_in) -> None:
    """After any step the session and the portrait agree, so that all goes on from there."""
    on, session, portrait, _ = taken_in
    first = next(iter(on["closer"][0](session, portrait)))
    kept = next(v for v in first.values() if isinstance(v, Portrait))
    assert kept.base == moved(first).now.base and "22.0 dB" not in str(on["nearer"][0](moved(first), kept))


def test_another_picture_is_not_taken_for_the_portrait(taken_in) -> None:
    """Where it was left, or none was brought, a sentence says so and nothing moves."""
    on, session, portrait, _ = taken_in
    other = session.go(begun(FakeStudio()).now)
    for now, mine in ((other, portrait), (session, NOBODY), (session.undo(), portrait)):
        (out,) = on["closer"][0](now, mine)
        assert not any(isinstance(v, Session) for v in out.values()) and any("no longer on the table" in str(v) for v in out.values())
    assert not any(isinstance(v, Session) for v in on["nearer"][0](session, NOBODY).values())


def test_figures_that_are_not_there_are_not_told() -> None:
    """Each with what it says."""
    assert [name for name, _, _ in figures(SimpleNamespace(psnr=20.0))] == ["PSNR"]
    assert figures(SimpleNamespace(psnr=20.04, lpips=0.123))[1][1] == "0.12" and figures(SimpleNamespace()) == ()
