"""The stage's walk: every caption agrees with what its step shows, and with the truth of the picture."""

from __future__ import annotations

import base64
import io
import logging
import re
from dataclasses import replace
from urllib.parse import parse_qs

import numpy as np
import pytest
from PIL import Image

from app.classes.held import OPENING as HELD
from app.invert.examples import Examples
from app.precompute import FILE, load_static, precompute
from app.rosetta.cards import chance
from app.shared import guard
from app.shared.address import read
from app.shared.models import called
from app.shared.session import CachedStudio
from app.shared.templates import macros
from app.shared.worlds import Worlds
from app.shift import cards as shift_cards
from app.shift.sprites import OPENING, CachedSprites, pack, unpack
from app.stage import joint, walk
from core.foundations.concepts import load_concepts
from core.foundations.errors import StudioError
from core.foundations.files import load_card, load_weights
from core.foundations.records import Edit
from core.studio.handles import load_handles
from core.studio.noun_easel import EXCITING, ROW
from core.studio.recipes import read_recipe
from core.studio.story import load_story
from core.worlds.nouns.art import SIDE, SLOTS, load_art
from core.worlds.nouns.catalogue import parts, shown
from core.worlds.nouns.world import Nouns
from core.worlds.photos.world import PhotoWorld
from core.worlds.scenes.things import named
from core.worlds.scenes.world import SceneTruth, SceneWorld
from tests.app.fake_studio import FakeStudio

TITLES = (
    "Pick up a picture",
    "Say what should change",
    "See what changed",
    "See what stayed",
    "Go on from there",
    "Hear what cannot be done",
    "Say it to a face",
    "Bring a picture in",
    "See what models share",
    "Move it",
    "Ask where it is",
    "Ask a photograph",
    "See who does it",
    "See it fooled",
    "See it decide",
    "Move one thing only",
)
SIZE = 1.5e6
"""Most bytes of the file with all that lies ready."""


def lying() -> dict[str, dict]:
    """The walk that is shipped, step by step."""
    return {step["title"]: step for step in load_static()["walk"]}


def image(figure: dict) -> Image.Image:
    """The picture itself."""
    return Image.open(io.BytesIO(base64.b64decode(figure["image"].partition(",")[2])))


def pixels(figure: dict) -> np.ndarray:
    """Its pixels `[h w 3]` uint8."""
    return np.asarray(image(figure).convert("RGB"))


def live(step: dict) -> dict[str, str]:
    """Where “Try it live” leads."""
    return {name: value for name, (value,) in parse_qs(step["live"]).items()}


def recipe(step: dict) -> tuple[dict, tuple[Edit, ...]]:
    """What the picture that it leads to began with, and the edits since."""
    found = read_recipe(guard.from_link(live(step)["recipe"]), "nouns", SIDE)
    return found.origin, found.edits


def truth(step: dict) -> tuple[Image.Image, SceneTruth]:
    """The scene that a step is of, and what it really is."""
    picture = SceneWorld().picture(int(live(step)["picture"].removeprefix("scene-")))
    return picture.image, picture.truth


def things(scene: SceneTruth) -> dict[str, int]:
    """What is in a scene, as captions call it, to its owner's number in the truth."""
    names = {slot: {part.id: shown(part) for part in parts(slot)} for slot in SLOTS}
    rows = [scene.scenes.nouns[0, noun] for noun in range(scene.scenes.count[0])]
    return {
        names[slot][load_art().ids[slot][row[at]]]: 1 + 4 * noun + at - 1
        for noun, row in enumerate(rows)
        for at, slot in enumerate(SLOTS)
        if at
    }


def said(text: str) -> list[str]:
    """What stands in quotation marks."""
    return re.findall("“([^”]+)”", text)


def test_every_chapter_lies_ready() -> None:
    """In the order of the story, each with pictures and with an address of ours; all together small."""
    steps = load_static()["walk"]
    assert tuple(step["title"] for step in steps) == TITLES and FILE.stat().st_size < SIZE
    for step in steps:
        assert 1 <= len(step["figures"]) <= 5 and read(step["live"]).open == live(step)["tab"]
        for figure in step["figures"]:
            assert bool(figure["image"]) != bool(figure["drawing"]) and bool(figure["drawing"]) == step["painted"]
            if step["painted"]:
                continue
            width = image(figure).width
            assert figure["caption"] and (
                width % figure["pixels"] == 0 if figure["pixels"] else figure["image"].startswith("data:image/jpeg")
            )


def test_the_first_picture_is_what_is_said_of_it() -> None:
    """Its width, and every part, against its own recipe."""
    step = lying()["Pick up a picture"]
    assert f"{image(step['figures'][0]).width} pixels wide" in step["text"] and recipe(step)[1] == ()
    ids = recipe(step)[0]["parts"]
    named = {slot: next(shown(part) for part in parts(slot) if part.id == ids[slot]) for slot in SLOTS}
    assert [fact["note"] for fact in step["facts"]] == list(SLOTS)
    assert all(named[fact["note"]] in fact["text"] for fact in step["facts"])


def test_what_changed_is_counted() -> None:
    """The pixels that differ are as many as is said, are those that are drawn, and all others are as before."""
    steps = lying()
    before, after = map(pixels, steps["Say what should change"]["figures"])
    same, drawn = steps["See what changed"]["figures"]
    changed = (before != after).any(-1)
    told = f"{changed.sum():,} of {changed.size:,} pixels"
    assert (pixels(same) == after).all() and told in steps["See what changed"]["text"] and drawn["caption"] == f"{told} changed"
    assert ((np.asarray(image(drawn))[..., 3] == 255) == changed).all() and 0 < changed.sum() < changed.size


def test_what_stayed_is_what_was_not_asked_for() -> None:
    """All slots but the one of the step's handle, as they were before; the handle is the one that is named."""
    steps, slots = lying(), {handle.id: handle for handle in load_handles("nouns_handles.json")}
    _, (edit,) = recipe(steps["See what stayed"])
    handle, kept = slots[edit.handle], steps["See what stayed"]["facts"]
    assert said(steps["Say what should change"]["text"]) == [handle.name]
    assert [fact["note"] for fact in kept] == [slot for slot in SLOTS if slot != handle.slot] and all(fact["good"] for fact in kept)
    assert [(f["text"], f["note"]) for f in kept] == [
        (f["text"], f["note"]) for f in steps["Pick up a picture"]["facts"] if f["note"] != handle.slot
    ]


def test_the_stack_holds_what_is_listed() -> None:
    """As many changes as its caption says, each by its name."""
    step, names = lying()["Go on from there"], {handle.id: handle.name for handle in load_handles("nouns_handles.json")}
    _, edits = recipe(step)
    assert [fact["text"] for fact in step["facts"]] == [names[edit.handle] for edit in edits]
    assert step["figures"][1]["caption"] == f"After {len(edits)} changes"


def test_the_refusal_is_true() -> None:
    """No head is called so; nothing was done; every offer exists and is named."""
    steps = lying()
    step = steps["Hear what cannot be done"]
    (wish,) = set(said(step["text"])) & set(step["sentence"].split())
    assert "head" in step["sentence"] and not [part for part in parts("head") if wish in " ".join((part.name, *part.synonyms)).split()]
    same, *offers = step["figures"]
    assert (pixels(same) == pixels(steps["Pick up a picture"]["figures"][0])).all() and len(offers) == walk.OFFERED
    names = {handle.name: handle.slot for handle in load_handles("nouns_handles.json")}
    for offer in offers:
        thing = offer["caption"].removesuffix(names[offer["caption"]]).removesuffix("print").strip()
        assert thing in step["text"], offer["caption"]


def test_what_was_found_is_as_near_as_is_said() -> None:
    """In dB, from the pictures themselves; the drawing is the one that the address leads to."""
    step = lying()["Bring a picture in"]
    given, *found = step["figures"]
    known = {one.id: one for one in Examples(Worlds(CachedStudio(FakeStudio())).photos).of("nouns")}
    assert {"tab": "invert", "into": "nouns"}.items() <= live(step).items() and live(step)["given"].startswith("example-") and known
    for figure in found:
        squared = ((pixels(figure).astype(float) - pixels(given)) / 255) ** 2
        assert figure["caption"].endswith(f": {-10 * np.log10(squared.mean()):.1f} dB"), figure["caption"]


def test_what_models_share_is_a_concept_of_all_of_them() -> None:
    """It has the name and the chance that are said, and each model that is shown has it."""
    step = lying()["See what models share"]
    (concept,) = [one for one in load_concepts("nouns_concepts") if one.id == live(step)["concept"]]
    names = {model: called(model).name for model in concept.models}
    assert said(step["text"]) == [concept.name] and chance(concept.p_value) in step["text"]
    shown = [figure["caption"] for figure in step["figures"]]
    assert shown[0] == "Generator" and set(shown[1:]) <= set(names.values()) and len(set(shown)) == joint.MOST
    assert shown == [fact["text"] for fact in step["facts"]] and recipe(step)[1] == ()


def test_what_moved_stands_where_it_was_asked_to() -> None:
    """By the truth: most of the part's pixels are found so much lower, and fewer where they were; the pixels that differ are counted."""
    step = lying()["Move it"]
    before, _, after = map(pixels, step["figures"])
    ids = recipe(step)[0]["parts"]
    (concept,) = [one for one in load_concepts("nouns_concepts") if one.id == live(step)["concept"]]
    mask = Nouns().mask(ids, joint.PART)
    there = np.roll(mask, joint.DOWN, 0)
    moved = (after[there] == before[mask]).all(-1).mean()
    assert concept.part == joint.PART and moved > 0.7 and moved > (after[mask] == before[mask]).all(-1).mean()
    changed = (before != after).any(-1)
    assert f"{changed.sum():,} of {changed.size:,} pixels" in step["text"] and f"{joint.DOWN} pixels lower" in step["text"]
    assert joint.PART not in {fact["note"] for fact in step["facts"]}


def test_maps_of_one_shape_are_alike() -> None:
    """By hand: the same map is fully alike, and the least alike pair decides."""
    one = np.eye(4)
    assert joint.alike({"a": one, "b": 3 * one + 1}) == pytest.approx(1)
    assert joint.alike({"a": one, "b": one, "c": -one}) == pytest.approx(-1)


def test_a_picture_without_a_concept_of_the_part_is_not_moved(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chapter says so, and the walk goes without it."""
    cached = CachedStudio(FakeStudio())
    now = cached.moment(cached.studio.sample(11))
    assert joint.moved_step(cached, now).title == "Move it"
    monkeypatch.setattr(joint, "PART", "wings")
    with pytest.raises(StudioError, match="No concept of the wings"):
        joint.moved_step(cached, now)


def test_what_is_cut_out_is_what_was_looked_for() -> None:
    """It is in the scene's truth, most of the cut-out belongs to it, and most of it is cut out."""
    step = lying()["Ask where it is"]
    scene, whole = truth(step)
    word, cut = live(step)["word"], np.asarray(image(step["figures"][1]))
    own, mask = whole.owner == things(whole)[word], cut[..., 3] == 255
    assert said(step["figures"][0]["caption"]) == [word] and word in step["sentence"] and step["figures"][1]["caption"].endswith(word)
    assert (cut[..., :3] == np.asarray(scene)).all() and (mask & own).sum() > mask.sum() / 2 and (mask & own).sum() > own.sum() / 2


def test_the_photograph_shows_what_is_looked_for() -> None:
    """The word is among the sample's own, whose it is stands below, and what is cut out is the photograph itself."""
    step = lying()["Ask a photograph"]
    (sample,) = [s for s in PhotoWorld().samples if f"photo-{s.id}" == live(step)["picture"]]
    assert live(step)["word"] in sample.words and sample.source in step["text"] and sample.licence in step["text"]
    where, cut = map(pixels, step["figures"])
    whole = np.asarray(PhotoWorld().sample(sample.id).image.convert("RGB"), float)
    near = np.abs(cut - whole).max(-1) < 24
    assert cut.shape == whole.shape and where.shape[0] == 2 * cut.shape[0] and 0.2 < near.mean() < 0.8


def test_what_a_head_says_is_there() -> None:
    """Each word is of a thing in the scene; the shares are those that were measured for the story."""
    step, story = lying()["See who does it"], load_story()
    scene, whole = truth(step)
    told = said(step["figures"][1]["caption"]) + [word for fact in step["facts"] for word in said(fact["text"])]
    assert told and set(told) <= set(things(whole)) and live(step)["picture"] == f"scene-{story.scene}"
    assert (pixels(step["figures"][0]) == np.asarray(scene)).all() and live(step)["head"] == ".".join(map(str, story.head))
    best = [max(zip(shares, story.texts, strict=True)) for shares in (story.before, story.after)]
    assert [fact["text"] for fact in step["facts"]] == [f"“{text}”, {100 * share:.0f} %" for share, text in best]
    assert f"Of {len(story.texts)} things" in step["text"] and f"{story.alone or 'No'} head".replace("1 head", "One head") in step["text"]


def test_the_model_is_fooled_as_is_said() -> None:
    """The pictures differ, the map is of the second one; most are fooled and few by chance; the tab opens on these classes."""
    step = lying()["See it fooled"]
    fooled, count, chance = (int(number) for number in re.findall(r"\d+", step["text"]))
    assert count == walk.PICTURES and fooled >= count / 2 and chance < count / 4
    true, wrong = live(step)["true"], live(step)["wrong"]
    assert f"shows a {true}," in step["text"] and f"it says {wrong} in" in step["text"] and live(step)["tab"] == "fool"
    (word,) = said(step["text"])
    assert named(word) is not None and word not in (true, wrong)
    plain, other, where = (pixels(figure) for figure in step["figures"])
    assert plain.shape == other.shape and (plain != other).any() and where.shape[0] % other.shape[0] == 0
    assert [said(figure["caption"])[0] for figure in step["figures"]] == [true, wrong, wrong]


def test_it_decides_as_is_said() -> None:
    """The picture is the shark that the tab opens on; who leads first is another; what was grown is what lies ready for the class."""
    step = lying()["See it decide"]
    assert live(step) == {"tab": "classes", "class": HELD["head"]} and step["figures"][0]["image"] != step["figures"][1]["image"]
    art, picture = load_art(), pixels(step["figures"][0])
    heads = art.layers["head"]
    same = [(art.palette[head] == picture).all(-1)[head > 0] for head in heads]
    agree = [int(one.sum()) - int((~one).sum()) for one in same]  # glasses cover some of it
    assert parts("head")[int(np.argmax(agree))].id == HELD["head"] and max(agree) > 100
    names = [said(fact["text"])[0] for fact in step["facts"]]
    assert names[0] != names[-1] == HELD["head"] and [fact["good"] for fact in step["facts"]] == [name == names[-1] for name in names]
    assert said(step["text"])[:2] == [names[0], names[-1]] and "its 5 blocks" in step["text"]
    tensors, _ = load_weights(EXCITING)
    sheet = np.asarray(Image.open(io.BytesIO(tensors["sheet"].numpy().tobytes())).convert("RGB"))
    place = [part.id for part in parts("head")].index(HELD["head"])
    top, left = SIDE * (place // ROW), SIDE * (place % ROW)
    assert np.array_equal(pixels(step["figures"][2]), sheet[top : top + SIDE, left : left + SIDE])


def test_the_sprite_moved_as_is_said() -> None:
    """To the left, by the ink itself; the share of ink in common; and as many numbers hold it as the card says."""
    step, view = lying()["Move one thing only"], load_static()["shift"]["view"]
    made, target = unpack(view["made"]), unpack(view["target"])
    both, either = (made > 0.5) & (target > 0.5), (made > 0.5) | (target > 0.5)
    start, drawn, _ = (np.asarray(image(figure).convert("L"), float) for figure in step["figures"])
    left = [(ink.sum(0) * np.arange(ink.shape[1])).sum() / ink.sum() for ink in (start, drawn)]
    assert left[1] < left[0] - 10 and "Asked: left" in step["text"] and "Sixteen" in step["text"]
    assert load_card("dsprites_generator")["architecture"]["latent"] == 16
    assert f"{round(100 * both.sum() / either.sum())} % of the ink" in step["text"] and np.abs(drawn / 255 - made).max() < 0.01


# How it is made --------------------------------------------------------------------------------------------------------


def test_the_stage_shows_every_step(static: dict) -> None:
    """One is seen at first; a picture with hard pixels says how many; words are escaped."""
    steps = static["walk"]
    assert tuple(step["title"] for step in steps) == TITLES
    html = str(macros("stage/stage.html").stage([{**steps[0], "title": "<b>"}, *steps[1:]]))
    assert html.count('class="rs-step ') == len(TITLES) and html.count(" hidden>") == len(TITLES) - 1 and f"1 of {len(TITLES)}" in html
    hard = sum(bool(figure["pixels"]) for step in steps for figure in step["figures"])
    assert html.count('class="rs-hard"') == hard and "<b>" not in html and "&lt;b&gt;" in html


def test_a_chapter_that_cannot_be_told_is_left_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """What is not seen, what is done after all, eyes that were not fetched; the others stay."""
    monkeypatch.setattr(walk, "SOUGHT", "giraffe")
    monkeypatch.setattr(walk, "IMPOSSIBLE", "swap the head for a shark")
    studio = FakeStudio()
    studio.photos.ready = False
    with caplog.at_level(logging.WARNING, "rosetta.page"):
        titles = [step["title"] for step in precompute(studio)["walk"]]
    assert titles == [*TITLES[:5], *TITLES[6:10], *TITLES[12:]] and len(caplog.records) == 3


def test_a_story_that_no_longer_turns_is_not_told() -> None:
    """The head's chapter is measured when it is made."""
    worlds = Worlds(CachedStudio(FakeStudio()))
    decide = worlds.nouns.sight.decide
    worlds.nouns.sight.decide = lambda picture, texts: replace(decide(picture, texts), turns=False)
    with pytest.raises(StudioError, match="No single head"):
        walk.heads_step(worlds)


def test_a_model_that_is_not_fooled_is_not_told_of() -> None:
    """Nor one that is fooled by chance as often."""
    studio = FakeStudio()
    worlds, attack = Worlds(CachedStudio(studio)), studio.attack
    assert f"in 7 of {walk.PICTURES} pictures; with things by chance in 2." in walk.fool_step(worlds).text
    for changed in ({"controls": "shots"}, {"shots": "controls"}):
        ((left, right),) = changed.items()
        studio.attack = lambda *asked, left=left, right=right, **more: (  # type: ignore[method-assign]
            replace(step, **{left: getattr(step, right)}) for step in attack(*asked, **more)
        )
        with pytest.raises(StudioError, match="another pair"):
            walk.fool_step(worlds)


def test_a_vote_without_a_story_is_not_told() -> None:
    """Of a model that says something else, that never wavers, or that does not know again what was grown for it."""
    worlds = Worlds(CachedStudio(FakeStudio()))
    step = walk.classes_step(worlds)
    assert [fact.text for fact in step.facts] == ["“ocean wave”, 50\u00a0%", "“shark”, 70\u00a0%", "“shark”, 95\u00a0%"]
    studio, classes = worlds.cached.studio, worlds.cached.studio.classes
    for changed in (
        lambda seen: replace(seen, rising=seen.rising[::-1]),
        lambda seen: replace(seen, rising=seen.rising[:1]),
    ):
        studio.classes = lambda picture, changed=changed: changed(classes(picture))  # type: ignore[method-assign]
        with pytest.raises(StudioError, match="no story"):
            walk.classes_step(worlds)
    studio.classes = classes  # type: ignore[method-assign]
    studio.excited_image = lambda name: None  # type: ignore[method-assign]
    with pytest.raises(StudioError, match="noun_exciting"):
        walk.classes_step(worlds)


def test_a_sprite_that_leaks_gets_no_tick() -> None:
    """By the judge's word; and the difference by hand: striped where ink is missing, dotted where it is too much."""
    leaky = FakeStudio()
    honest, leaky.sprites.shift = leaky.sprites.shift, lambda picture, wanted, method, start: honest(picture, wanted, "regression")
    step = walk.shift_step(Worlds(CachedStudio(leaky)))
    assert step.facts == () and "Changed: x, y." in step.text
    clean = walk.shift_step(Worlds(CachedStudio(FakeStudio())))
    assert [fact.text for fact in clean.facts] == [shift_cards.CLEAN] and "Kept: shape, size, rotation, y." in clean.text
    blank, full = pack(Image.new("RGB", (64, 64))), pack(Image.new("RGB", (64, 64), "white"))
    view = replace(CachedSprites(FakeStudio()).view(OPENING), made=blank, target=full)
    lacking, over = (np.asarray(walk.difference(v)).reshape(-1, 3) for v in (view, replace(view, made=full, target=blank)))
    assert (lacking == walk.LACK).all(1).mean() == 0.75 and (over == walk.EXCESS).all(1).mean() == pytest.approx(8 / 9)
