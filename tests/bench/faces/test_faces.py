"""The benchmark `faces` on stand-ins: judges that look at colours, ways that paint them; a judge that cannot say no is no judge."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from core.bench.faces import asked, faces, inversion, sentences, success, ways
from core.bench.faces.asked import AGAIN, CHANGES, KEPT, STEPS, Towards
from core.bench.faces.judges.judges import Judged
from core.bench.record import Measured
from core.foundations.errors import RequestError, WeightsError
from core.foundations.records import Edit, Handle, Picture, Result
from core.language.resolve import Resolved, Target
from core.models.face_tail import FaceTail
from core.worlds.faces.slots import SLOTS
from tests.models.tiny_faces import CHANNELS, drawn_network


def said(count: int = 1, identity: float = 0.0, **measures: Any) -> Judged:
    """Judges that say nothing of anything but what is given."""
    told = {name: np.zeros(count) for name in STEPS} | {name: np.broadcast_to(np.float64(v), count) for name, v in measures.items()}
    return Judged(told, np.full((count, 128), identity), np.zeros((count, 468, 3)), np.zeros((count, 4, 4), bool))


def test_every_state_of_every_slot_can_be_judged() -> None:
    """And everything free or kept is named in the table."""
    assert set(CHANGES) == {(slot.name, state.id) for slot in SLOTS.values() for state in slot.states}
    assert set(SLOTS) <= set(KEPT) and set(KEPT.values()) <= set(STEPS)
    for key, change in CHANGES.items():
        assert set(asked.free(*key)) <= set(KEPT) and {one.measure for one in change.towards} <= set(STEPS)


def test_steps_are_above_what_a_face_looked_at_again_moves() -> None:
    """At least twice it, but for the grain of the background."""
    assert set(STEPS) - set(AGAIN) == set()
    assert {name for name in STEPS if STEPS[name] < 2 * AGAIN[name]} == {"ground_grain"}


@pytest.mark.parametrize(
    ("before", "after", "seen"),
    [(20, 30, True), (20, 22, False), (46, 51, True), (46, 49, False), (30, 22, False), (60, 62, False), (60, 69, True)],
)
def test_a_change_is_a_step_or_the_state_reached_by_half_a_one(before: float, after: float, seen: bool) -> None:
    """Of age: a step is 8 years, old begins at 50."""
    assert CHANGES["age", "old"].seen(said(age=before), said(age=after))[0] == seen


@pytest.mark.parametrize(("before", "after", "seen"), [(-20, -5, True), (20, 3, True), (20, 15, False), (3, -3, False), (5, 20, False)])
def test_a_state_in_the_middle_is_come_nearer_to(before: float, after: float, seen: bool) -> None:
    """Ahead, from either side."""
    assert CHANGES["turn", "ahead"].seen(said(yaw=before), said(yaw=after))[0] == seen


def test_all_conditions_have_to_hold() -> None:
    """Sunglasses are glasses that are dark; blond is warm as well as light."""
    bare = said(bridge_edges=3, sunglasses=-6)
    assert CHANGES["glasses", "sunglasses"].seen(bare, said(bridge_edges=15, sunglasses=0))[0]
    assert not CHANGES["glasses", "sunglasses"].seen(bare, said(bridge_edges=15, sunglasses=-6))[0]
    dark = said(hair_lightness=20, hair_warmth=6)
    assert CHANGES["hair colour", "blond"].seen(dark, said(hair_lightness=50, hair_warmth=15))[0]
    assert not CHANGES["hair colour", "blond"].seen(dark, said(hair_lightness=50, hair_warmth=0))[0]


def test_what_cannot_be_measured_is_not_claimed() -> None:
    """A face without a crown in the picture: no change is seen there, and no drift."""
    none = said(hair_lightness=np.nan)
    assert not CHANGES["hair colour", "dark"].seen(none, said(hair_lightness=5, hair_warmth=9))[0]
    assert asked.kept(none, said(hair_lightness=90), "age", "old")[0]


def test_where_a_state_is_already() -> None:
    """Above the value; within half a step of a middle."""
    assert CHANGES["age", "old"].there(said(2, age=[49, 51])).tolist() == [False, True]
    assert CHANGES["turn", "ahead"].there(said(3, yaw=[-3, 0, 9])).tolist() == [True, True, False]
    assert Towards("age", -1, 24).short(np.array([20, 30])).tolist() == [-4, 6]


@pytest.mark.parametrize("name", KEPT)
def test_each_thing_has_to_stay_unless_it_was_asked_for(name: str) -> None:
    """A step of it alone, under a wish that leaves it free and one that does not; just under a step is kept."""
    step = STEPS[KEPT[name]]
    for slot, wanted in (("lips", "lipstick"), ("beard", "beard"), ("hat", "hat")):
        free = name in asked.free(slot, wanted)
        assert asked.kept(said(), said(**{KEPT[name]: -step}), slot, wanted)[0] == free
        assert asked.kept(said(), said(**{KEPT[name]: 0.99 * step}), slot, wanted)[0]


def test_the_same_person_is_nearer_than_the_threshold() -> None:
    """128 numbers each off by as much as makes .6 together."""
    off = 0.6 / 128**0.5
    assert asked.same_person(said(), said(identity=0.99 * off))[0] and not asked.same_person(said(), said(identity=1.01 * off))[0]


class Colours:
    """A judge by colours: age is red, in years; the beard is green, in steps; identity is blue."""

    def __call__(self, images: Tensor) -> Judged:
        red, green, blue = images.double().mean((2, 3)).numpy().T
        return replace(said(len(images), age=100 * red, beard=60 * green), identity=np.repeat(blue[:, None], 128, 1) / 128**0.5)


def face(red: float, green: float = 0.1, blue: float = 0.1) -> Picture:
    """A plain colour, whose latent is that colour in every slot."""
    rgb = np.full((8, 8, 3), np.round(np.array([red, green, blue]) * 255), np.uint8)
    return Picture(Image.fromarray(rgb), torch.tensor([red, green, blue])[:, None, None].expand(3, 4, 1), origin={"seed": red})


def paint(latents: Tensor) -> Tensor:
    """The mean slot as a colour."""
    return latents.mean(2, keepdim=True).clamp(0, 1).expand(-1, -1, 8, 8)


def older(red: float, **others: float) -> ways.Way:
    """Paints a face of that colour, whatever is asked."""
    return lambda picture, slot, wanted, length: ways.Answer(ways.seen(face(red, **others)), 0.8, 2.0)


@pytest.mark.parametrize(
    ("way", "came", "same", "kept"),
    [
        (older(0.6), True, True, True),
        (older(0.2), False, True, True),
        (older(0.6, green=0.5), True, True, False),
        (older(0.6, blue=0.9), True, False, True),
    ],
)
def test_an_edit_is_judged_by_what_came_who_it_is_and_what_stayed(way: ways.Way, came: bool, same: bool, kept: bool) -> None:
    """Older; not older; older with a beard; older and someone else."""
    judges, start = Colours(), face(0.2)
    found = success.outcome(judges(ways.seen(start)[None]), way(start, "age", "old", 1), "age", "old", judges)  # type: ignore[arg-type]
    assert (found.came, found.same, found.kept, found.refused) == (came, same, kept, False)
    assert found.success == (came and same and kept) and found.seconds == 2.0
    assert found.drifted == (() if kept else ("beard",))


def test_a_refusal_is_no_success_and_changes_nothing() -> None:
    """It counts among the wishes, and not among the edits of which identity is told."""
    judges, start = Colours(), face(0.2)
    refused = success.outcome(judges(ways.seen(start)[None]), ways.Answer(None, seconds=1, refusal="No."), "age", "old", judges)  # type: ignore[arg-type]
    assert refused.refused and not refused.success and refused.kept and refused.same
    table = success.rows({success.OWN: [(success.Case(0, "age", "old"), refused)]})
    assert success.refusals([(success.Case(0, "age", "old"), refused)]) == "age: old (No.)" and success.refusals([]) == "nothing"
    assert table[success.OWN]["refused"] == 1 and success.figures(table, {success.OWN: []})["identity_kept"] == 0


def test_faces_that_show_it_already_are_asked_something_else() -> None:
    """And every face has its turn."""
    judged = [said(age=age) for age in (20, 60, 20, 20)]
    found = success.cases(judged, [("age", "old"), ("age", "young")], 2, first=10)
    assert [(case.face, case.state) for case in found] == [(10, "old"), (12, "old"), (11, "young")]


def test_faces_between_two_states_are_asked_for_neither() -> None:
    """Of no age that has a name, and so nobody says what a change would be."""
    judged = [said(age=age) for age in (20, 30, 60)]
    assert [case.face for case in success.cases(judged, [("age", "old")], 3)] == [0]


def test_every_way_is_asked_the_same_and_goes_as_far() -> None:
    """The plain ways get the length of the studio's edit; the table has the studio, the others, and each wish."""
    told: list[float] = []

    def other(picture: Picture, slot: str, wanted: str, length: float) -> ways.Answer:
        told.append(length)
        return ways.Answer(ways.seen(picture))

    judges, everyone = Colours(), [face(0.2), face(0.22)]
    before = success.judged_faces(everyone, judges)  # type: ignore[arg-type]
    wishes = success.cases(before, [("age", "old")], 2)
    found = success.outcomes(everyone, before, wishes, older(0.6), {"nothing": other}, judges)  # type: ignore[arg-type]
    table = success.rows(found)
    assert told == [0.8, 0.8] and table["age: old"]["best plain"] == 0
    assert success.figures(table, found) == {"edit_success": 1, "best_baseline": 0, "identity_kept": 1}
    assert success.drifters(found[success.OWN]) == "nothing"
    assert success.again(everyone, before, judges) == 1.0  # type: ignore[arg-type]


def test_a_plain_way_goes_as_far_as_it_should() -> None:
    """In every slot alike, the root of the sum of squares as asked; without a line it does nothing."""
    painted: list[Tensor] = []
    way = ways.along(lambda latents: painted.append(latents) or paint(latents), lambda picture, key: torch.tensor([3.0, 4.0, 0.0]))  # type: ignore[func-returns-value]
    start = face(0.2)
    assert start.latent is not None
    answer = way(start, "age", "old", 2.0)
    moved = painted[0][0] - start.latent
    assert answer.length == 2.0 and torch.isclose(moved.norm(), torch.tensor(2.0))
    assert torch.allclose(moved[:, 0, 0], moved[:, 3, 0]) and torch.isclose(moved[1, 0, 0] / moved[0, 0, 0], torch.tensor(4 / 3))
    still = ways.along(paint, lambda picture, key: None)(start, "age", "old", 2.0)
    assert still.image is not None and torch.equal(still.image, ways.seen(start))


def test_random_is_another_line_for_each_face_and_wish_and_the_same_again() -> None:
    """So that a run can be repeated."""
    lines = [ways.random_line(one, key) for one in (face(0.2), face(0.3)) for key in (("age", "old"), ("hat", "hat"))]
    assert all(not torch.equal(a, b) for n, a in enumerate(lines) for b in lines[:n])  # type: ignore[arg-type]
    assert torch.equal(lines[0], ways.random_line(face(0.2), ("age", "old")))  # type: ignore[arg-type]


def test_the_studios_way_asks_with_the_states_name() -> None:
    """What it does is judged, what it refuses is told."""
    heard: list[str] = []
    edited = replace(face(0.6), latent=None)  # of parts that have latents of their own
    acting = SimpleNamespace(act=lambda handle, latent, strength: latent + 0.4 * strength)

    def request(picture: Picture, sentence: str) -> Result:
        heard.append(sentence)
        return Result(edited, (Edit("an edit", 1.0),)) if "old" in sentence else Result(picture, refusal="No.")

    way = ways.own(SimpleNamespace(request=request, handle=lambda id: id, library=SimpleNamespace(acting=acting)))  # type: ignore[arg-type]
    done, refused = way(face(0.2), "age", "old", 1.0), way(face(0.2), "hat", "hat", 1.0)
    assert heard == ["an old face", "a hat"] and refused.image is None and refused.refusal == "No."
    assert done.image is not None and done.length == pytest.approx(0.4 * 12**0.5)


# Sentences ------------------------------------------------------------------------------------------------------------


def resolved(*targets: tuple[str, str, str]) -> Resolved:
    return Resolved(tuple(Target(slot, (part,), verb) for slot, part, verb in targets))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (resolved(("glasses", "none", "remove")), "right"),
        (resolved(("glasses", "none", "less")), "right"),
        (resolved(("glasses", "glasses", "add")), "wrong"),
        (Resolved((Target("glasses", (), "random"),)), "wrong"),
        (resolved(("glasses", "none", "remove"), ("hat", "hat", "add")), "wrong"),
        (resolved(("hat", "hat", "add")), "wrong"),
        (Resolved(refusal="No."), "refused"),
        (Resolved(), "refused"),
    ],
)
def test_what_comes_of_a_sentence(found: Resolved, verdict: str) -> None:
    """Off with the glasses: off, on towards none, on, no state at all, something besides, something else, nothing."""
    one = sentences.Asked("no glasses", "not", {"glasses": ["none"]}, {"glasses": "glasses"})
    assert sentences.verdict(one, found) == verdict


def test_the_impossible_is_right_where_it_is_refused() -> None:
    """Also where the sentence cannot be read at all."""

    def unreadable(text: str, reading: Any) -> Resolved:
        raise RequestError("What?")

    dragon = sentences.Asked("a dragon", "impossible", {})
    assert sentences.verdict(dragon, Resolved(refusal="No.")) == "right"
    assert sentences.verdict(dragon, resolved(("hat", "hat", "add"))) == "wrong"
    assert sentences.judge([dragon, sentences.Asked("a hat", "named", {"hat": ["hat"]})], unreadable) == ["right", "refused"]


def test_the_lists_are_sentences_of_this_world() -> None:
    """Slots and states that there are; no two alike; what should stay does not turn; a wish is not yet fulfilled, but for more of it."""
    lists = [sentences.load(), sentences.load(sentences.WORN)]
    assert [len(listed) for listed in lists] == [len({one.text for one in listed}) for listed in lists] == [200, 100]
    for one in (*lists[0], *lists[1]):
        for slot, wanted in [*one.accept.items(), *((s, [v]) for s, v in one.start.items())]:
            assert set(wanted) <= set(SLOTS[slot].ids), one.text
        there = [slot for slot, states in one.accept.items() if one.reading[slot] in states]
        assert set(one.keep).isdisjoint(one.accept) and (not there or one.kind == "relative"), one
    assert set(sentences.ORDINARY) == set(SLOTS)


def test_figures_and_rows_of_sentences() -> None:
    """Shares of all, and of each kind; the plain way takes the nearest name."""
    listed = [sentences.Asked("a hat", "named", {"hat": ["hat"]}), sentences.Asked("a cap", "described", {"hat": ["hat"]})]
    assert sentences.figures(["right", "wrong"]) == {"sentences_right": 0.5, "sentences_wrong": 0.5}
    assert sentences.rows(listed, ["right", "wrong"])["sentences, described"]["wrong"] == 1
    names = [state.name for slot in SLOTS.values() for state in slot.states]

    def embed(texts: list[str]) -> np.ndarray:
        return np.array([[float(text == name) for name in names] for text in texts])

    assert sentences.judge(listed[:1], sentences.whole_sentence(embed)) == ["right"]


# Portraits taken in ---------------------------------------------------------------------------------------------------


def test_portraits_are_held_against_what_came_of_them() -> None:
    """The same picture is the same person at no distance; another one is neither."""

    def looks(one: Tensor, other: Tensor) -> Tensor:
        return (one - other).abs().mean((1, 2, 3))

    given = torch.stack([ways.seen(face(0.2, blue=blue)) for blue in (0.0, 1.0)])
    same = inversion.row(given, inversion.Met(given, (1.0, 3.0)), Colours(), looks)  # type: ignore[arg-type]
    other = inversion.row(given, inversion.Met(given.flip(0), (1.0, 3.0)), Colours(), looks)  # type: ignore[arg-type]
    assert same == {"psnr": pytest.approx(100), "lpips": 0, "identity": pytest.approx(1), "same person": 1, "seconds": 2}
    assert other["identity"] == pytest.approx(-1) and other["same person"] == 0 and other["lpips"] > 0.3
    # One colour of three is all wrong.
    assert other["psnr"] == pytest.approx(10 * np.log10(3))
    assert set(inversion.figures(same)) == {"invert_psnr", "invert_lpips", "invert_identity", "same_person", "invert_s"}


def test_the_last_step_is_what_a_person_gets() -> None:
    """And how long it took is told."""
    step, seconds = inversion.closer(iter(["first", "last"]))
    assert step == "last" and seconds >= 0


# All together ---------------------------------------------------------------------------------------------------------


def test_the_working_size_is_held_against_the_real_one() -> None:
    """A tail folded from the generator is near it, one of zeros is not; both costs are told."""
    network = drawn_network()
    section = faces.tail_section(network, FaceTail.folded(network), 2)
    empty = faces.tail_section(network, FaceTail(*CHANNELS[-2:]), 2)
    assert section.figures["tail_psnr"] > empty.figures["tail_psnr"] + 1
    assert set(section.rows) == {"working size, 256 px", "real size, 1024 px"}


def test_handles_say_what_is_asked() -> None:
    """In the order of the slots; what is not shipped is asked of nobody; every so-manieth where fewer are wanted."""
    keys = [("hat", "hat"), ("age", "old"), ("beard", "beard"), ("", "nobody")]
    handles = tuple(SimpleNamespace(slot=slot, part=part) for slot, part in keys)
    studio = SimpleNamespace(handles=lambda: handles)
    assert faces.shipped(studio, None) == [("age", "old"), ("hat", "hat"), ("beard", "beard")]  # type: ignore[arg-type]
    assert faces.shipped(studio, 2) == [("age", "old"), ("beard", "beard")]  # type: ignore[arg-type]


def test_what_cannot_be_had_is_told_and_nothing_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a network and an empty cache the benchmark ends with a sentence."""

    def refuse() -> None:
        raise WeightsError("It cannot be fetched. Check the network and try again.")

    monkeypatch.setattr(faces, "prepare", refuse)
    found = faces.run(True)
    assert found == Measured("faces", {}, {}, {"not measured": "It cannot be fetched. Check the network and try again."})


def test_sections_are_joined() -> None:
    """Figures, rows and settings of all."""
    one = faces.Section({"a": 1.0}, {"x": {"y": 2.0}}, {"n": 3})
    found = faces.joined([one, faces.Section({"b": 4.0}, {}, {})], {"faces": 5})
    assert found.figures == {"a": 1.0, "b": 4.0} and found.baselines == {"x": {"y": 2.0}} and found.settings == {"faces": 5, "n": 3}


def test_the_first_preview_is_found_turned_and_painted() -> None:
    """The first one loads and does not count."""
    turned: list[str] = []

    def act(handle: Handle, latent: Tensor, strength: float) -> Tensor:
        turned.append(handle.id)
        return latent

    library = SimpleNamespace(actors=SimpleNamespace(act=act), generator=SimpleNamespace(decode=paint))
    found = [SimpleNamespace(handle=SimpleNamespace(id="h"), strength=1.0)]
    studio = SimpleNamespace(find=lambda text, limit: found, library=library)
    section = faces.preview_section(studio, face(0.2), [("age", "old"), ("hat", "hat")])  # type: ignore[arg-type]
    assert turned == ["h", "h", "h"] and section.figures["preview_s"] >= 0
