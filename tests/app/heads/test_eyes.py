"""Looking through another model, without a browser: who sees whose choice, what the cards say, what is closed on a hosted page."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from app.classes.held import Held
from app.heads import photo_cards
from app.heads.tab import Kept
from app.shared import eyes as module
from app.shared.address import read
from app.shared.eyes import work_of
from app.shared.session import CachedStudio
from app.shared.subject import Asked, Subject
from app.shared.worlds import Worlds
from core.foundations.errors import StudioError
from tests.app.fake_photos import FakeEyes, FakeNamed, FakeOffer, FakePhotos, drawn
from tests.app.fake_studio import FakeStudio

EVIL = '<img src=x onerror="alert(1)">&\'`${1}'
CLIP = FakeNamed("ViT-B-32 openai")


@pytest.fixture()
def cached() -> CachedStudio:
    return CachedStudio(FakeStudio())


@pytest.fixture()
def worlds(cached: CachedStudio) -> Worlds:
    return Worlds(cached)


def handlers(demo: gr.Blocks, name: str) -> list:
    """Those of one name, the tab Segment's first; Rosetta, whose end is another, is left out."""
    found = [f.fn for f in demo.fns.values() if f.fn is not None and f.fn.__name__ == name]
    return found[1:] if len(found) == 5 else found


def told(out: dict, name: str) -> Any:
    """What a handler returned for a piece."""
    return next(value for piece, value in out.items() if piece.elem_id == name)


def state(out: dict, kind: type) -> Any:
    """The state of a kind that a handler returned."""
    return next(value for value in out.values() if isinstance(value, kind))


def act(**data: Any) -> gr.EventData:
    return gr.EventData(None, data)


def test_the_choice_stands_in_the_picture_and_nowhere_else(worlds: Worlds) -> None:
    """Two visitors with the same photograph: each is answered by the model that each has chosen."""
    mine, yours = worlds.photos.opening(), worlds.photos.opening()
    mine = worlds.seen_by(mine, CLIP)
    assert mine.eyes == CLIP and yours.eyes is None and mine != yours and mine.data == yours.data
    assert len(worlds.of(mine).sight.lenses.heads) == 8 and len(worlds.of(yours).sight.lenses.heads) == 72
    assert worlds.seen_by(mine, None) == yours
    with pytest.raises(StudioError, match="Only photographs"):
        worlds.seen_by(worlds.nouns.opening(), CLIP)


def test_the_next_photographs_are_looked_at_through_it_too(worlds: Worlds, tmp_path) -> None:
    """Samples, the gallery and a person's own; a scene of Nouns is not."""
    mine = worlds.seen_by(worlds.photos.opening(), CLIP)
    drawn(1).save(tmp_path / "own.png")
    world = worlds.of(mine)
    assert world.example(5).eyes == world.own(tmp_path / "own.png").eyes == world.opening().eyes == CLIP
    new, aside = worlds.picked({"op": "photo", "id": "cat"}, mine, Subject())
    assert new.eyes == CLIP and new.base == "cat" and aside == Subject()
    noun, aside = worlds.picked({"op": "world", "id": "nouns"}, new, aside)
    assert noun.eyes is None and aside == new
    assert worlds.picked({"op": "world", "id": "photos"}, noun, aside)[0] == new


def test_it_needs_no_tower_of_ours() -> None:
    """Where the small model was never fetched, another one answers all the same."""
    studio = FakeStudio()
    studio.photos.ready = False
    worlds = Worlds(CachedStudio(studio))
    mine = worlds.seen_by(worlds.photos.opening(), CLIP)
    assert worlds.of(mine).ready and not worlds.photos.ready and worlds.of(mine).seen(mine.picture)


@pytest.mark.parametrize("tab", [0, 1])
def test_a_model_is_looked_up_brought_and_looked_through(built, tab: int) -> None:
    """Size and licence first; then how far it is; then the photograph answers, and the way back is there."""
    studio, demo = built
    name = ("look", "bench")[tab]
    out = handlers(demo, "look_up")[tab]("ViT-B-32 openai")
    card = told(out, f"rs-{name}-eyes-card")
    assert "605 MB" in card and "mit" in card and "Fetch it" in card
    offer = state(out, FakeOffer)
    steps = list(handlers(demo, "bring_eyes")[tab](offer))
    assert state(steps[-1], FakeNamed) == offer.named and offer.named.label in studio.photos.other_eyes.brought
    assert not any(isinstance(value, FakeNamed) for step in steps[:-1] for value in step.values())
    subject = Worlds(CachedStudio(studio)).photos.opening()
    given = ((subject, Asked(), "studio"), (subject, Kept(shown=subject, off=((9, 1),)), "a cat"))[tab]
    shown = handlers(demo, "through_eyes")[tab](offer.named, *given)
    assert state(shown, Subject).eyes == offer.named and offer.named.label in told(shown, f"rs-{name}-eyes-line")
    assert told(shown, f"rs-{name}-eyes-card") == "" and offer.named.label in told(shown, f"rs-{name}-world")
    if tab:
        assert state(shown, Kept).off == ()  # heads of one model are not those of another
    back = handlers(demo, "own_eyes")[tab](state(shown, Subject), *given[1:])
    assert state(back, Subject).eyes is None and "Back to" not in told(back, f"rs-{name}-eyes-line")


def test_what_did_not_come_is_told_and_changes_nothing(built) -> None:
    """A name that is none beside its box; a broken file in its card; then nobody looks through anything."""
    _, demo = built
    for wrong in ("nobody", "", "x" * 300):
        out = handlers(demo, "look_up")[0](wrong)
        assert "rs-notice" in told(out, "rs-look-eyes-card") and not any(isinstance(v, FakeOffer) for v in out.values())
    steps = list(handlers(demo, "bring_eyes")[0](FakeOffer(FakeNamed("broken"))))
    assert "not the file" in told(steps[-1], "rs-look-eyes-card") and "Try again" in told(steps[-1], "rs-look-eyes-card")
    assert not any(isinstance(value, FakeNamed) for step in steps for value in step.values())
    out = handlers(demo, "through_eyes")[0](None, Subject(), Asked(), "studio")
    assert not any(isinstance(value, Subject) for value in out.values())
    assert "Look a model up first" in str(list(handlers(demo, "bring_eyes")[0](None))[-1])


def test_a_fetch_that_nobody_waits_for_ends(cached: CachedStudio) -> None:
    """And one that two wait for is one."""
    other = FakeEyes(FakePhotos())
    first, second = (work_of(other, FakeNamed("slow")).watch() for _ in range(2))
    next(first), next(second)
    assert work_of(other, FakeNamed("slow")).run.waiting == 2
    first.close()
    assert not work_of(other, FakeNamed("slow")).run.done.is_set()
    second.close()
    assert work_of(other, FakeNamed("slow")).run.done.wait(30) and not other.running and not other.brought


def test_cancel_shows_what_was_offered(built) -> None:
    _, demo = built
    out = handlers(demo, "put_off")[0](FakeOffer(CLIP))
    assert "Fetch it" in told(out, "rs-look-eyes-card") and told(handlers(demo, "put_off")[0](None), "rs-look-eyes-card") == ""


def test_on_a_hosted_page_nothing_comes(built, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither is it offered nor would a request of one's own bring it."""
    studio, demo = built
    before = list(studio.photos.other_eyes.brought)
    monkeypatch.setattr(module, "hosted", lambda: True)
    assert photo_cards.CLOSED in told(handlers(demo, "look_up")[0]("ViT-B-32"), "rs-look-eyes-card")
    assert photo_cards.CLOSED in str(list(handlers(demo, "bring_eyes")[0](FakeOffer(FakeNamed("any"))))[-1])
    assert studio.photos.other_eyes.brought == before


def test_the_cards_say_how_far_it_is_and_take_no_markup() -> None:
    offer = FakeOffer(FakeNamed(EVIL), licence=EVIL, does=EVIL)
    assert "302.7" not in photo_cards.eyes_coming(offer, 0.5, -1) and "303 of 605 MB" in photo_cards.eyes_coming(offer, 0.5, -1)
    assert "40 %" in photo_cards.eyes_coming(offer, 1.0, 0.4) and 'value="0.400"' in photo_cards.eyes_coming(offer, 1.0, 0.4)
    assert "Look through it" in photo_cards.eyes_offer(offer._replace(ready=True))
    assert "a folder of yours" in photo_cards.eyes_offer(offer._replace(megabytes=0.0, ready=True))
    pieces = [photo_cards.eyes_offer(offer), photo_cards.eyes_coming(offer, 0, 0), photo_cards.eyes_here(offer)]
    pieces += [photo_cards.eyes_failed(offer, EVIL), photo_cards.eyes_none(EVIL), photo_cards.looked_through(EVIL)]
    assert all("<img" not in str(piece) for piece in pieces)


def test_a_folder_of_one_s_own_is_told_and_travels_with_the_model(built) -> None:
    """Beside its box where it is none; the cards then show its pictures."""
    studio, demo = built
    card = told(handlers(demo, "look_up")[0]("ViT-B-32", "nowhere"), "rs-look-eyes-card")
    assert "There is no folder" in card
    out = handlers(demo, "look_up")[0]("ViT-B-32", "/somewhere/holidays")
    assert "your pictures in holidays" in told(out, "rs-look-eyes-card") and "/somewhere" not in told(out, "rs-look-eyes-card")
    worlds = Worlds(CachedStudio(studio))
    mine = worlds.of(worlds.seen_by(worlds.photos.opening(), state(out, FakeOffer).named))
    shown = mine.example(2)
    assert shown.source == "own" and shown.eyes == state(out, FakeOffer).named and mine.example_uri(2) != worlds.photos.example_uri(2)
    assert mine.number(FakeEyes(FakePhotos()).example(shown.eyes, 5)) == 5
    told_by = [photo_cards.bar("photos", worlds.thumbnails(), eyes=eyes) for eyes in (shown.eyes, CLIP)]
    assert "your own pictures" in told_by[0] and "pictures that are shipped" in told_by[1]


@pytest.mark.parametrize("tab", ["segment", "heads", "classes"])
def test_a_link_opens_with_the_eyes_it_was_made_with_or_says_why_not(built, tab: str) -> None:
    """Brought, the picture is looked at through them, and the address says so again; not brought, it opens all the same."""
    studio, demo = built
    enter = handlers(demo, {"segment": "enter", "heads": "enter", "classes": "enter_classes"}[tab])[1 if tab == "heads" else 0]
    query = "?tab=classes&decides=photo-cat&judge=" if tab == "classes" else f"?tab={tab}&world=photos&picture=photo-cat&eyes="
    given = {"segment": (Subject(), Asked(), "", "", "studio"), "heads": (Subject(), Kept(), ""), "classes": (Held(),)}[tab]
    name = {"segment": "look", "heads": "bench", "classes": "classes"}[tab]
    out = enter(*given, read(query + "far/away").of(tab))
    assert "far/away, which is not on this machine" in told(out, f"rs-{name}-eyes-card") and told(out, f"rs-{name}-eyes-name") == "far/away"
    assert _seen(out).base == "cat" and _seen(out).eyes is None
    studio.photos.other_eyes.brought.append("near/by")
    out = enter(*given, read(query + "near/by").of(tab))
    assert _seen(out).eyes == FakeNamed("near/by") and told(out, f"rs-{name}-eyes-card") == ""
    place = state(out, Held).place["judge"] if tab == "classes" else _seen(out).place["eyes"]
    assert place == "near/by" and "near/by" in told(out, f"rs-{name}-eyes-line")


def _seen(out: dict) -> Subject:
    """The picture that a handler shows."""
    return next((value.subject for value in out.values() if isinstance(value, Held)), None) or state(out, Subject)
