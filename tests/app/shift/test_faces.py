"""The table of the faces' handles on the tab Shift: their own figures, what has none, and the way to a handle's page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio import EventData

from app.shared.address import FACES, read
from app.shift import faces
from app.shift.sprites import Turned
from core.foundations.records import Curve
from core.studio import Studio
from tests.app.fake_faces import FakeFaces
from tests.app.fake_studio import FakeStudio


def rows(table: str) -> dict[str, list[str]]:
    """The figures of each handle, by its id."""
    found = re.findall(r'data-id="([^"]+)".*?</th>(.*?)</tr>', table, re.S)
    return {id: re.findall(r"<td[^>]*>([\d.]+|–)", cells) for id, cells in found}


def test_the_table_holds_what_was_measured() -> None:
    """Reached, and what moved along, at every strength but none at all; a strength that a handle was not tried at has no figure."""
    studio = FakeFaces()
    first, *others = studio.handles()
    studio._handles[first.id] = replace(first, curve=Curve((1.0, 3.0), (0.5, 0.75), (0.996, 0.25)))
    table = faces.table(studio)
    assert rows(table)[others[0].id] == ["90", "5", "90", "10", "–", "–"]
    assert rows(table)[first.id] == ["50", "0.4", "–", "–", "75", "75"]
    assert [re.sub(r"<.*?>", "", one).strip() for one in re.findall(r'rowgroup.*?">(.*?)</th>', table, re.S)] == list(studio.slots)[:4]
    assert "Without a handle of their own" in table and "neutral" in table


def test_the_shipped_handles_are_all_there() -> None:
    """Without a generator; what cannot be turned is named. A concept brings about no state of a slot, which is what the table counts."""
    studio = Studio("faces")
    table = faces.table(studio)
    assert set(rows(table)) == {handle.id for handle in studio.handles() if handle.slot in studio.slots} and len(rows(table)) > 20
    known = {(handle.slot, handle.part) for handle in studio.handles()}
    lacking = [part.name for slot in studio.slots[:-1] for part in studio.parts(slot) if (slot, part.id) not in known]
    assert lacking and all(name in table.partition("Without a handle")[2] for name in lacking)


@pytest.fixture
def shift(built: tuple[FakeStudio, gr.Blocks]) -> dict[str, Any]:
    """The tab's handlers by name."""
    return {f.fn.__name__: f.fn for f in built[1].fns.values() if f.fn and f.fn.__module__ == "app.shift.tab"}


def filled(out: dict) -> dict[str, Any]:
    """What a handler gave, by the pieces' names."""
    return {piece.elem_id: value for piece, value in out.items()}


def test_the_world_is_chosen_by_the_picker_and_by_a_link(shift: dict[str, Any]) -> None:
    """The sprites stay as they are beneath; a world that there is not is refused."""
    there = filled(shift["open_table"](EventData(None, {"op": "world", "id": FACES})))
    assert (
        "rs-turners" in there["rs-turners"] and "table=faces" in there["rs-shift-world"] and 'data-desk="faces"' in there["rs-shift-world"]
    )
    back = filled(shift["open_table"](EventData(None, {"op": "world", "id": "dsprites"})))
    assert back["rs-turners"] == "" and "table=" not in back["rs-shift-world"]
    told = filled(shift["open_table"](EventData(None, {"op": "world", "id": "mars"})))
    assert "no such choice" in told["rs-shift-notice"] and "rs-turners" not in told
    opened = filled(shift["open_sprite"](Turned(), read("tab=shift&table=faces").of("shift")))
    assert "rs-turners" in opened["rs-turners"] and opened["rs-shift-board"]


def test_a_handle_opens_on_features(shift: dict[str, Any]) -> None:
    """By the same way as a link."""
    out = shift["open_handle"](EventData(None, {"op": "handle", "id": "line:age:old"}))
    here = next(value for value in out.values() if type(value).__name__ == "Address")
    assert (here.open, here.get("map"), here.get("feature")) == ("features", FACES, "line:age:old")


def test_where_faces_are_off_there_is_no_picker(shift: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a way round it."""
    monkeypatch.setenv("SPACE_ID", "someone/studio")
    out = filled(shift["open_table"](EventData(None, {"op": "world", "id": FACES})))
    assert "switched off" in out["rs-shift-notice"] and "rs-turners" not in out
    assert filled(shift["open_table"](EventData(None, {"op": "world", "id": "dsprites"})))["rs-shift-world"] == ""


def test_the_handles_are_painted_one_after_the_other(shift: dict[str, Any], built: tuple[FakeStudio, gr.Blocks]) -> None:
    """Where the table is open and they can be; those that are there already come at once, and stand in it from then on."""
    shown = [json.loads(filled(out)["rs-smalls"]) for out in shift["paint_handles"](FACES)]
    names = {handle.id for handle in FakeFaces().handles()}
    assert set().union(*shown) == names and all(uri.startswith("data:image/jpeg") for one in shown for uri in one.values())
    assert set(shown[-1]) == names
    assert list(shift["paint_handles"]("dsprites")) == []
    again = [json.loads(filled(out)["rs-smalls"]) for out in shift["paint_handles"](FACES)]
    assert again == [shown[-1]]
    table = filled(shift["open_table"](EventData(None, {"op": "world", "id": FACES})))["rs-turners"]
    assert table.count("data:image/jpeg") == len(names) and "rs-wait" not in table
    studio = FakeFaces()
    assert "rs-wait" not in faces.table(studio) and faces.table(studio, {}).count("rs-wait") == len(names)
