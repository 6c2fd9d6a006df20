"""The worlds of the tab Edit without a browser: each keeps its own way back, files and links find theirs, and what is lacking is said."""

from __future__ import annotations

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from gradio import EventData
from PIL import Image

from app.demo import build_demo
from app.edit import desk_cards
from app.shared import guard
from app.shared.address import read
from app.shared.comparison import make_comparison
from app.shared.desks import DESKS, FACES, OFF, Desks
from app.shared.page import keep
from app.shared.session import FIRST, CachedStudio, Moment, Session, world_of
from core.foundations.errors import SettingError, WeightsError
from core.foundations.records import Edit
from core.foundations.region import Region
from core.foundations.seeds import numpy_rng
from core.studio import recipes
from tests.app.fake_faces import UNREACHABLE, FakeWeights
from tests.app.fake_studio import FakeStudio

EDIT = (*(f"app.edit.{name}" for name in ("tab", "desk", "brought", "closer", "dragging", "prompting", "saving")), "app.shared.lacking")
GLASSES = "line:glasses:glasses"


def test_the_world_of_a_recipe() -> None:
    """What it says; the first one where it says none, or is none."""
    assert world_of('{"world": "faces"}') == FACES
    for text in ("", "{}", "[]", "[" * 9000, '{"world": 7}', "null"):
        assert world_of(text) == FIRST


def moments(world: str) -> list[Moment]:
    """Three pictures of a world."""
    return [Moment(json.dumps({"world": world, "origin": {"seed": seed}})) for seed in range(3)]


def test_each_world_has_its_own_way_back() -> None:
    """Undo never leads out of a world; one that is left is found again as it was, and a world that was never entered is not."""
    noun, face = moments("nouns"), moments("faces")
    session = Session(noun[0]).go(noun[1])
    assert not session.been(FACES) and session.to(FACES) is session
    there = session.go(face[0]).go(face[1])
    assert there.world == FACES and there.past == (face[0],) and there.undo().undo().now == face[0]
    back = there.undo().to(FIRST)
    assert (back.now, back.past, back.future) == (noun[1], (noun[0],), ()) and back.been(FACES)
    again = back.go(noun[2]).undo().to(FACES)
    assert (again.now, again.future) == (face[0], (face[1],)) and again.redo().now == face[1]
    assert [other.others for other in again.others] == [()] and again.to(FIRST).future == (noun[2],)
    assert again.go(noun[0]).past[-1] == noun[1]


def test_turning_and_stacking_stay_in_their_world() -> None:
    """What is done in one world keeps the others."""
    session = Session(moments("nouns")[0]).go(moments("faces")[0]).stack((Edit(GLASSES),))
    for moved in (session.turn(0, 0.5), session.turn(0, 0.5).turn(0, 1.0), session.act("mute", 0), session.undo(), session.undo().redo()):
        assert moved.world == FACES and moved.been(FIRST) and moved.to(FIRST).now == moments("nouns")[0]


def page_over(weights: FakeWeights) -> tuple[FakeStudio, dict]:
    """A studio, and the handlers of the tab Edit with their outputs by name."""
    studio = FakeStudio()
    studio.face_weights = weights
    recipe = studio.recipe(studio.sample(0), ())
    shown = make_comparison(studio.sample(0), studio.edit(studio.sample(0), ()), studio.read, lambda slot, part: "").to_dict()
    start = {"base": recipe, "edits": [], "comparison": shown, "recipe": recipe, "names": [], "sentence": "", "ideas": [], "picked": {}}
    demo = build_demo(studio, {"world": "nouns", "start": start, "walk": [], "sprite": None, "shift": None})
    found = [f for f in demo.fns.values() if f.fn is not None and f.fn.__module__ in EDIT]
    found = [f for f in found if "rs-atlas-fetch" not in {c.elem_id for c in f.outputs}]
    found += [f for f in demo.fns.values() if f.fn is not None and f.fn.__name__ == "replay"]
    return studio, {f.fn.__name__: (f.fn, {c.elem_id or type(c).__name__: c for c in f.outputs}) for f in found}


@pytest.fixture(scope="module")
def edit() -> tuple[FakeStudio, dict]:
    """With faces at hand."""
    return page_over(FakeWeights())


def begun(studio: FakeStudio) -> Session:
    """Where a visitor begins."""
    return Session(CachedStudio(studio).moment(studio.sample(1)))


def moved(out: dict) -> Session:
    """The session among updates."""
    return next(v for v in out.values() if isinstance(v, Session))


def test_the_other_world_opens_and_works(edit) -> None:
    """Its own picture, drawn smoothly; its own ideas and ways to a picture; a sentence, a save; and back to where the Nouns were."""
    studio, on = edit
    run, filled = on["open_world"]
    out = run(begun(studio), EventData(None, {"op": "world", "id": FACES}))
    face = moved(out)
    assert face.world == FACES and "data:image/jpeg" in out[filled["rs-view"]] and "data:image/png" not in out[filled["rs-view"]]
    assert 'data-desk="faces"' in out[filled["rs-edit-world"]] and out[filled["rs-edit-fetch"]] == ""
    assert "By parts" not in out[filled["rs-source"]] and "make them smile" in out[filled["rs-ideas"]]
    done = on["request"][0](face, "put on glasses and blond hair")
    assert [e.handle for e in moved(done).now.edits] == [GLASSES, "line:hair colour:blond"]
    assert "% of the picture changed" in done[filled["rs-view"]] and "pixels changed" not in done[filled["rs-view"]]
    *_, last = on["save"][0](moved(done))
    saved = next(v for v in last.values() if "image/png" in v)
    assert json.loads(saved)["name"].startswith("face-")
    back = run(moved(done), EventData(None, {"op": "world", "id": FIRST}))
    assert moved(back).now == begun(studio).now and "By parts" in back[filled["rs-source"]]
    again = run(moved(back), EventData(None, {"op": "world", "id": FACES}))
    assert moved(again).now == moved(done).now


def test_a_part_bounds_the_steps_that_follow(edit) -> None:
    """Chosen from a list, which stands where nothing bounds them; named, outlined, taken off; of an unknown part nothing comes."""
    studio, on = edit
    out = on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES}))
    run, filled = on["bound"]
    assert all(f'data-id="{place}"' in out[filled["rs-region"]] for place in studio.faces.places)
    chosen = run(moved(out), EventData(None, {"op": "place", "id": "hair"}))
    region = moved(chosen).now.region
    assert region and region.part == "hair" and "Only inside: <b>the hair</b>" in chosen[filled["rs-region"]]
    done = on["request"][0](moved(chosen), "blond hair")
    assert [e.within for e in moved(done).now.edits] == [region] and "inside “the hair”" in done[filled["rs-stack"]]
    free = run(moved(done), EventData(None, {"op": "unmask"}))
    assert moved(free).now.region is None and moved(free).now.edits == moved(done).now.edits and "rs-places" in free[filled["rs-region"]]
    wrong = run(moved(out), EventData(None, {"op": "place", "id": "tail"}))
    assert "no such choice" in wrong[filled["rs-notice"]]
    nouns = on["open_world"][0](moved(out), EventData(None, {"op": "world", "id": FIRST}))
    assert nouns[filled["rs-region"]] == ""


def test_a_change_of_a_face_is_seen_near_and_what_stayed_is_told(edit) -> None:
    """Both crops from the pictures beside them; what is asked of first line by line, the rest folded."""
    studio, on = edit
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    out = on["request"][0](face, "blond hair")
    report = out[on["request"][1]["rs-report"]]
    before, after = (Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"data:image/jpeg;base64,([^\"]+)", report))
    assert before.size == after.size == (128, 128)
    cut = [
        np.asarray(studio.faces.edit(studio.faces.replay(moved(out).now.base)[0], edits).picture.image)[64:192, 64:192]
        for edits in ((), moved(out).now.edits)
    ]
    for image, given in zip((before, after), cut, strict=True):
        assert np.abs(np.asarray(image).astype(int) - given).mean() < 6
    assert np.abs(cut[0].astype(int) - cut[1]).mean() > 12
    lead, folded = report.split("<details")
    assert "Still neutral" in lead and "moved 0.1 steps" in lead and "Still young" in folded and "1 more that stayed" in folded
    assert "rs-kept" not in report


@pytest.mark.parametrize("kind", ["png", "recipe", "link"])
def test_what_is_of_another_world_opens_there(edit, tmp_path: Path, kind: str) -> None:
    """A saved picture, a recipe and a link know theirs, and the world that was open keeps its steps."""
    studio, on = edit
    faces, path = studio.faces, tmp_path / f"mine.{'png' if kind == 'png' else 'json'}"
    edits = (Edit(GLASSES, 0.8),)
    start = begun(studio)
    if kind == "link":
        link = guard.to_link(faces.recipe(faces.sample(4), edits))
        out = on["replay"][0](start, read(f"recipe={link}").of("edit"))
    else:
        faces.save(faces.sample(4), edits, path) if kind == "png" else path.write_text(faces.recipe(faces.sample(4), edits))
        out = on["take_in"][0](start, str(path))
    assert moved(out).now.edits == edits and moved(out).world == FACES and moved(out).to(FIRST).now == start.now
    assert out[on["take_in"][1]["rs-say"]].placeholder == DESKS[FACES].hint


def test_a_noun_opens_among_the_nouns(edit, tmp_path: Path) -> None:
    """While faces are open; a picture without a recipe stays where it was dropped."""
    studio, on = edit
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    path = tmp_path / "noun.png"
    studio.save(studio.sample(9), (Edit("bundle:head:shark"),), path)
    assert moved(on["take_in"][0](face, str(path))).world == FIRST
    studio.sample(9).image.save(path)
    out = on["take_in"][0](face, str(path))
    assert moved(out).world == FACES and any("gives back 90 %" in v for v in out.values() if isinstance(v, str))


def test_a_link_opens_a_world(edit) -> None:
    """Under both names; one that there is not is told."""
    studio, on = edit
    for query in ("edit=faces", "world=faces", "tab=edit&world=faces"):
        here = read(query)
        assert here.open == "edit" and not here.of("segment")
        assert moved(on["replay"][0](begun(studio), here.of("edit"))).world == FACES
    out = on["replay"][0](begun(studio), read("edit=mars").of("edit"))
    assert not any(isinstance(v, Session) for v in out.values())
    assert read("world=photos&tab=segment").of("segment").get("world") == "photos"


def test_what_is_lacking_is_said_and_fetched(tmp_path: Path) -> None:
    """A card with size and use; nothing moves; a face's file is told what it needs; after the fetch the world opens."""
    studio, on = page_over(FakeWeights(ready=False))
    run, filled = on["open_world"]
    start = begun(studio)
    out = run(start, EventData(None, {"op": "world", "id": FACES}))
    card = out[filled["rs-edit-fetch"]]
    assert not any(isinstance(v, Session) for v in out.values())
    assert "137 MB" in card and studio.face_weights.use in card and 'data-op="fetch"' in card and "rs-drawn" in card and "<img" not in card
    faces, path = studio.faces, tmp_path / "face.json"
    path.write_text(faces.recipe(faces.sample(4), ()))
    told = on["take_in"][0](start, str(path))
    assert not any(isinstance(v, Session) for v in told.values()) and any("Press “Faces”" in v for v in told.values() if isinstance(v, str))
    cards = [v for out in on["fetch_faces"][0]() for v in out.values() if isinstance(v, str) and v]
    assert "Fetching" in cards[0] and "first face" in cards[-1]
    assert moved(on["faces_fetched"][0](start)).world == FACES


def test_a_fetch_that_fails_says_why() -> None:
    """And offers to try again; nothing opens."""
    studio, on = page_over(FakeWeights(ready=False, reachable=False))
    last = [v for out in on["fetch_faces"][0]() for v in out.values() if isinstance(v, str) and v][-1]
    assert (
        UNREACHABLE in last
        and "Try again" in last
        and not any(isinstance(v, Session) for v in on["faces_fetched"][0](begun(studio)).values())
    )


def test_a_hosted_page_has_no_faces_unless_its_owner_says_so(monkeypatch) -> None:
    """The card says that they are off, and no way leads there."""
    studio = FakeStudio()
    desks = Desks(CachedStudio(studio))
    assert desks.ready(FACES)
    monkeypatch.setenv("SPACE_ID", "someone/studio")
    assert not desks.ready(FACES) and OFF.split(",")[0] in desk_cards.lack(desks) and "data-op" not in desk_cards.lack(desks)
    with pytest.raises(SettingError, match="switched off"):
        desks.studio(FACES)
    monkeypatch.setenv("ROSETTA_FACES", "1")
    assert desks.ready(FACES) and desks.studio(FACES).studio is studio.faces
    studio.face_weights.ready = False
    with pytest.raises(WeightsError, match="fetched there once"):
        desks.studio(FACES)


def test_one_world_alone_has_no_picker() -> None:
    """Nor is there anything to choose."""
    studio = FakeStudio()
    assert len(re.findall("data-op", desk_cards.bar(Desks(CachedStudio(studio)), FIRST))) == 2
    studio.editable = ("nouns",)
    desks = Desks(CachedStudio(studio))
    assert desk_cards.bar(desks, FIRST) == ""
    with pytest.raises(SettingError):
        desks.named(FACES)


def test_a_long_recipe_stays_in_the_browser_and_its_link_names_it(edit) -> None:
    """A face of a person's own is left out of the address, which tells its steps and a digest; one by its seed is told wholly."""
    noise = base64.b64encode(numpy_rng("long").bytes(20_000)).decode()
    edits = (Edit(GLASSES, 0.8),)
    long = recipes.write_recipe(FACES, recipes.Recipe({"latent": noise}, edits))
    assert len(guard.to_link(long)) > guard.LINK
    bar = keep(long, edits, "name of a photograph")
    address = re.search('data-address="([^"]*)"', bar)[1].replace("&amp;", "&")  # type: ignore[index]
    here = read(address)
    assert len(address) < 500 and here.open == "edit" and noise[:40] not in address
    assert f'data-portrait="{here.get("portrait")}"' in bar and 'data-photograph="name of a photograph"' in bar
    told = json.loads(guard.from_link(here.get("recipe")))
    assert told["world"] == FACES and told["edits"] == json.loads(long)["edits"] and told["origin"] == {}
    faces = edit[0].faces
    short = keep(faces.recipe(faces.sample(3), ()), ())
    assert 'data-address="recipe=' in short and "data-portrait" not in short


def test_what_is_too_long_even_without_its_face_tells_the_world_alone() -> None:
    """Many regions."""
    rng = numpy_rng("regions")
    regions = [Region.of(rng.random((256, 256)) < 0.5, "a") for _ in range(2)]
    edits = tuple(Edit(GLASSES, within=region) for region in regions)
    bar = keep(recipes.write_recipe(FACES, recipes.Recipe({"seed": 1}, edits)), edits)
    assert 'data-address="edit=faces"' in bar and "data-portrait" not in bar
