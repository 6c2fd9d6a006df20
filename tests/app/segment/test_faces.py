"""The face of the tab Edit on the tabs Segment and Heads: one click there, its parts by name, its mask back to Edit, and a link."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio import EventData

from app.shared import guard
from app.shared import subject as subjects
from app.shared.address import FACES, read
from app.shared.session import FIRST, CachedStudio, Session
from app.shared.subject import Asked, Subject
from app.shared.worlds import Worlds
from core.foundations.errors import RequestError, StudioError
from core.foundations.records import Edit
from tests.app.fake_studio import FakeStudio

GLASSES = "line:glasses:glasses"


class Tab:
    """The handlers of one tab over a stand-in, and what they gave by the pieces' names."""

    def __init__(self, built: tuple[FakeStudio, gr.Blocks], name: str) -> None:
        self.studio, demo = built
        self.handlers = {f.fn.__name__: f.fn for f in demo.fns.values() if f.fn and f.fn.__module__ == f"app.{name}.tab"}

    def session(self) -> Session:
        """Where a visitor begins."""
        return Session(CachedStudio(self.studio).moment(self.studio.sample(1)))

    def in_faces(self) -> Session:
        """With a face on the tab Edit that wears glasses."""
        cached = CachedStudio(self.studio.faces, parts=False)
        return self.session().go(cached.moment(self.studio.faces.sample(4), (Edit(GLASSES),)))

    def __call__(self, name: str, *given: Any, **data: Any) -> dict[str, Any]:
        """Run a handler with a click; a state is found under its kind."""
        out = self.handlers[name](*given, EventData(None, data))
        kinds = {type(value).__name__: value for value in out.values() if isinstance(value, (Asked, Session))}
        subjects = {"Subject": [value for value in out.values() if isinstance(value, Subject)]}
        return {**{piece.elem_id: value for piece, value in out.items()}, **kinds, **subjects}


@pytest.fixture
def segment(built: tuple[FakeStudio, gr.Blocks]) -> Tab:
    """The tab Segment."""
    return Tab(built, "segment")


def looked(segment: Tab, session: Session) -> dict[str, Any]:
    """The face, looked at in one click from a scene."""
    scene = subjects.scene(segment.studio, 6)
    return segment("choose", session, scene, Asked(subject=scene), "shark", "", "studio", op="face")


def test_the_face_of_edit_is_looked_at_in_one_click(segment: Tab) -> None:
    """With its steps, as a photograph; its parts are offered, and the first of them is asked for; the scene waits aside."""
    session = segment.in_faces()
    out = looked(segment, session)
    face = out["Asked"].subject
    assert [subject.source for subject in out["Subject"]] == ["face", "scene"]
    assert face.world == "photos" and face.soft and face.base == session.now.base
    glasses = CachedStudio(segment.studio.faces).result(session.now).picture.image
    assert face.picture.image.size == glasses.size == (256, 256)
    assert out["Asked"].text == "hair" and "background" in out["rs-look-ideas"] and "face <i>or</i> hair" in out["rs-look-ideas"]
    assert "The face from Edit" in out["rs-look-source"] and "Another scene" not in out["rs-look-source"]
    assert "picture=face" in out["rs-look-view"] and "what reads faces" in out["rs-look-world"]
    here = segment("at", session, out["Asked"], op="here", row=3, column=4)
    assert "as what reads faces has it" in here["rs-here"]


def test_who_was_never_there_sees_the_first_face(segment: Tab) -> None:
    """And nothing on the tab Edit moves by looking."""
    out = looked(segment, segment.session())
    first = segment.studio.faces.sample(6)
    assert out["Asked"].subject.base == CachedStudio(segment.studio.faces).moment(first).base and "Session" not in out


def test_its_mask_bounds_the_steps_on_edit(segment: Tab) -> None:
    """In the world of faces, wherever the tab Edit was; of another face it is refused."""
    for session in (segment.in_faces(), segment.in_faces().to(FIRST), segment.session()):
        asked = looked(segment, session)["Asked"]
        out = segment("at", session, asked, op="only", threshold=0.5)
        assert out["Session"].world == FACES and out["Session"].now.region.words == "hair"
        assert out["Session"].now.region.mask.shape == (256, 256) and 'data-desk="faces"' in out["rs-edit-world"]
    strange = replace(asked, subject=replace(asked.subject, base="{}"))
    told = segment("at", segment.in_faces(), strange, op="keep", threshold=0.5)
    assert "The face from Edit" in told["rs-look-notice"] and "Session" not in told
    with pytest.raises(RequestError, match="not of the Noun"):
        subjects.region(replace(asked, subject=Subject(source="own")), segment.session(), 0.5, True)


def test_faces_that_are_not_here_are_told(segment: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not fetched: where to fetch them. Switched off: no button, and no way round it."""
    segment.studio.face_weights.ready = False
    told = looked(segment, segment.session())["rs-look-notice"]
    assert "Press “Faces” on the tab Edit" in told
    monkeypatch.setenv("SPACE_ID", "someone/studio")
    scene = subjects.scene(segment.studio, 6)
    out = segment("choose", segment.session(), scene, Asked(subject=scene), "shark", "", "studio", op="scene")
    assert "The face from Edit" not in out["rs-look-source"] and "switched off" in looked(segment, segment.session())["rs-look-notice"]


def test_a_link_finds_the_face_that_it_holds() -> None:
    """By the recipe of the tab Edit; a recipe of another world holds none; one that is too long for a link leaves it to the browser."""
    studio = FakeStudio()
    worlds, faces = Worlds(CachedStudio(studio)), studio.faces
    link = guard.to_link(faces.recipe(faces.sample(4), (Edit(GLASSES),)))
    face = worlds.at(read(f"tab=segment&world=photos&picture=face&word=hair&recipe={link}").of("segment"))
    assert face.source == "face" and worlds.of(face) is worlds.faces and face.place == {"world": "photos", "picture": "face"}
    other = guard.to_link(studio.recipe(studio.sample(1), ()))
    with pytest.raises(StudioError, match="Press “The face from Edit”"):
        worlds.at(read(f"tab=segment&world=photos&picture=face&recipe={other}").of("segment"))
    noise = "".join(map(str, range(30_000)))
    assert replace(face, base=noise).place["picture"].startswith("own-")


def test_heads_look_at_it_too(built: tuple[FakeStudio, gr.Blocks]) -> None:
    """In one click, with texts that may be true of a face."""
    heads = Tab(built, "heads")
    scene = subjects.scene(heads.studio, 6)
    kept = built[1].fns and next(v.value for v in built[1].blocks.values() if type(getattr(v, "value", None)).__name__ == "Kept")
    out = heads("choose", heads.in_faces(), scene, kept, kept.given, op="face")
    assert "a person" in out["rs-texts"] and "The face from Edit" in out["rs-bench-view"] and "rs-still" in out["rs-bench-view"]


def test_a_scene_is_described(segment: Tab) -> None:
    """It is looked at at once, with what is missing of it; where nothing can be painted the picture stays, and that is said."""
    scene = subjects.scene(segment.studio, 6)
    out = segment.handlers["describe_scene"]("a shark on a meadow", scene, Asked(subject=scene), "cat", "", "studio")
    named = {piece.elem_id: value for piece, value in out.items()}
    (made,) = {value for value in out.values() if isinstance(value, Subject)}
    assert made.source == "own" and made.world == "nouns" and "I see a cat head." in named["rs-described"] and named["rs-look-view"]
    assert made.uri in named["rs-described"]
    after = segment("choose", segment.session(), scene, Asked(subject=scene), "cat", "", "studio", op="scene")
    assert after["rs-described"] == ""  # of another picture it would tell nothing
    for bad in ("a giraffe", "", None, "a shark " * 200):
        refused = segment.handlers["describe_scene"](bad, scene, Asked(subject=scene), "cat", "", "studio")
        assert {piece.elem_id for piece in refused} == {"rs-described"} and "rs-notice" in str(refused)
