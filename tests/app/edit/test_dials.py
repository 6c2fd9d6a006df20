"""The dials below a face without a browser: which there are, what each puts on the list of steps, and how one drag is one step of undo."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pytest
from gradio import EventData
from PIL import Image

from app.edit.dials import AS_IS, MOST, Dial, dial_named, dials_of, draw
from app.shared.desks import DESKS, FACES, Scale
from app.shared.session import Moment, Session
from core.foundations.errors import SettingError
from core.foundations.records import Edit
from tests.app.edit.test_desk import begun, moved, page_over
from tests.app.fake_faces import SIDE, FakeFaces, FakeWeights, painted

AGE = Dial(Scale("Age", "age", "young", "old", "younger", "older"), "young", "old")
ONE = Dial(AGE.scale, "", "old")
OTHER = Edit("glasses")


def test_a_value_is_a_step() -> None:
    """Of the end that it lies towards; of the only one turned against it; none at 0; in the place that it had; and read back."""
    assert AGE.turned((OTHER,), 0.6, None) == (OTHER, Edit("old", 0.6))
    assert AGE.turned((Edit("old", 1.0), OTHER), -0.8, None) == (Edit("young", 0.8), OTHER)
    assert ONE.turned((), -0.8, None) == (Edit("old", -0.8),) and ONE.turned((Edit("old", 1.0),), 0.0, None) == ()
    for dial in (AGE, ONE, Dial(AGE.scale, "young", "")):
        for value in (-2.0, -0.5, 0.0, 0.7, 1.5):
            assert dial.value(dial.turned((OTHER, Edit("old", 3.0, True)), value, None)) == value
    assert AGE.value((Edit("old", 3.0), Edit("old", 2.0))) == MOST and AGE.value((Edit("old", 1.0, True),)) == 0


def test_values_in_words() -> None:
    """Nothing, a little, plainly and much, either way."""
    assert [AGE.word(v) for v in (0.0, 0.3, 1.0, 2.0, -0.3, -2.0)] == [
        AS_IS,
        "a bit older",
        "older",
        "much older",
        "a bit younger",
        "much younger",
    ]


def test_one_drag_is_one_step_of_undo() -> None:
    """However often it rests; another dial begins a new one, and the way back to the start is none."""
    start = Session(Moment("b", (OTHER,)))
    dragged = start
    for value in (0.2, 0.9, -0.4, 1.5):
        dragged = dragged.restack(lambda edits, value=value: AGE.turned(edits, value, None))
    assert dragged.past == (start.now,) and dragged.now.edits == (OTHER, Edit("old", 1.5)) and dragged.undo().now == start.now
    assert dragged.restack(lambda edits: AGE.turned(edits, 0.0, None)) == start
    other = Dial(Scale("Smile", "expression", "", "smiling", "less", "more"), "", "smiling")
    both = dragged.restack(lambda edits: other.turned(edits, 1.0, None))
    assert both.past == (start.now, dragged.now) and both.undo().now == dragged.now


def test_which_dials_there_are() -> None:
    """Those of which an end can be turned; a name of none of them is refused."""
    dials = dials_of(FakeFaces().handles(), DESKS[FACES].scales)
    assert [dial.scale.title for dial in dials] == ["Smile", "Age", "Hair colour"] and dials_of((), DESKS[FACES].scales) == ()
    assert dial_named(dials, "Age").high == "line:age:old"
    for wrong in ("Hat", None, 7):
        with pytest.raises(SettingError):
            dial_named(dials, wrong)
    html = draw(dials, (Edit("line:age:old", 0.4),), 1)
    assert html.count('type="range"') == 3 and 'value="0.4"' in html and "a bit older" in html and html.count(f"<output>{AS_IS}") == 2
    assert draw((), (), 1).strip() == ""


def test_a_dial_turns_the_face() -> None:
    """On the page: it becomes a step with its report, hostile values are bounded or refused, and the Nouns have none."""
    studio, on = page_over(FakeWeights())
    run, filled = on["dial"]
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    out = run(face, EventData(None, {"id": "Age", "strength": 1.1}))
    assert moved(out).now.edits == (Edit("line:age:old", 1.1),) and "age is now old" in out[filled["rs-report"]]
    assert 'value="1.1"' in out[filled["rs-dials"]]
    assert moved(run(face, EventData(None, {"id": "Age", "strength": 99}))).now.edits[0].strength == MOST
    for data in ({"id": "Age", "strength": "1"}, {"id": "Hat", "strength": 1.0}, {}):
        assert not any(isinstance(v, Session) for v in run(face, EventData(None, data)).values())
    assert not any(isinstance(v, Session) for v in run(begun(studio), EventData(None, {"id": "Age", "strength": 1.0})).values())


def asked(number: Any = 1, values: Any = None, **rest: Any) -> str:
    """What the browser sends while a dial is dragged."""
    return json.dumps({"number": number, "values": {"Age": 1.1} if values is None else values, **rest})


def drawn(told: str) -> tuple[int, Image.Image]:
    """The number of an answer, and its picture."""
    data = json.loads(told)
    return data["number"], Image.open(io.BytesIO(base64.b64decode(data["picture"].partition(",")[2])))


def test_a_small_picture_follows_the_hand() -> None:
    """Of all dials that were moved, upon the steps that were there; large where the hand rests; and no step comes of it."""
    studio, on = page_over(FakeWeights())
    run, filled = on["sketch"]
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    worn = face.stack((Edit("line:glasses:glasses"),))
    seed = DESKS[FACES].start
    turned = {"glasses": 1.0, "age": 1.1, "expression": -0.5}
    for sharp, side in ((False, SIDE // 2), (True, SIDE)):
        out = run(worn, asked(7, {"Age": 1.1, "Smile": -0.5}, sharp=sharp))
        number, picture = drawn(out[filled["rs-sketch"]])
        want = painted(seed, turned).resize((side, side))
        assert number == 7 and picture.size == (side, side) and set(out) == {filled["rs-sketch"], filled["rs-notice"]}
        assert max(abs(a - b) for a, b in zip(*(p.convert("L").resize((8, 8)).tobytes() for p in (picture, want)), strict=True)) <= 4
    assert "read" not in studio.calls and studio.calls[-1] == "sketch"


def test_what_no_dial_says_is_refused() -> None:
    """In a sentence, without a picture; the Nouns have no dials."""
    studio, on = page_over(FakeWeights())
    run, filled = on["sketch"]
    face = moved(on["open_world"][0](begun(studio), EventData(None, {"op": "world", "id": FACES})))
    wrong = [asked(number) for number in (None, -1, 1.5, "1")]
    wrong += [asked(1, values) for values in ({"Hat": 1.0}, {"Age": "1"}, {"Age": None}, [], "Age", {str(n): 0 for n in range(9)})]
    for session, text in ((begun(studio), asked()), *((face, text) for text in (*wrong, "", "{", "[]", None, 7, "x" * 9000))):
        out = run(session, text)
        assert filled["rs-sketch"] not in out and "rs-notice" in out[filled["rs-notice"]]
    far = drawn(run(face, asked(1, {"Age": 99}))[filled["rs-sketch"]])[1]
    most = drawn(run(face, asked(1, {"Age": MOST}))[filled["rs-sketch"]])[1]
    assert far.tobytes() == most.tobytes()
