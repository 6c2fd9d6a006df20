"""Your own picture on the tab Edit: what a file brought, what is said of it beside the picture, and the way to Segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
from PIL import Image

from app.edit import whole
from app.edit.closer import NOBODY, offered
from app.shared import guard, widgets
from app.shared.desks import DESKS, NOUNS_DESK, Desk
from app.shared.page import Page, payload
from app.shared.pictures import seen, thumbnail
from app.shared.session import CachedStudio, Moment, Session
from app.shared.subject import Subject
from app.shared.templates import macros
from core.foundations.errors import SettingError, StudioError
from core.foundations.images import open_image
from core.foundations.records import Edit, Loaded, Picture
from core.studio.recipes import recipe_in

JSON = ".json"
"""How the name of a recipe's file ends."""
PICTURES = ["image", ".heic", ".heif", ".avif"]
"""What may be chosen; the last three are no pictures to every browser."""
FAR = 0.85
"""Below this, another tab is named that takes any picture."""
ELSEWHERE = "Find things in it on Segment"
PAINTED = "This picture was painted over since it was saved."
LOST = "Your picture is no longer held here. Choose the file once more, or choose it on the tab Segment."


@dataclass(frozen=True)
class Brought:
    """What the last file brought, for the buttons below it.

    Attributes:
        photo: the picture as Segment looks at it.
        offered: of a picture that was painted over: its recipe's moment, and its own as it now looks.
    """

    photo: Subject = Subject()
    offered: tuple[Moment, ...] = ()


NOTHING = Brought()


def note(picture: Image.Image | None, fit: float, desk: Desk = NOUNS_DESK) -> str:
    """How well the model took a picture in; above the fold, since what is seen is no longer what was given."""
    words = next(words for bound, words in desk.fits if fit >= bound)
    share = f"{round(100 * fit)} %"
    return str(macros("edit/brought.html").own(thumbnail(picture) if picture else "", share, words, ELSEWHERE if fit < FAR else ""))


def both(cached: CachedStudio, offered: tuple[Moment, ...], at: int) -> str:
    """The two pictures of a file that was painted over, the chosen one marked."""
    steps = len(offered[0].edits)
    words = (
        f"As its recipe paints it, with {'its step' if steps == 1 else f'its {steps} steps'}" if steps else "As its recipe paints it",
        "As it looks now",
    )
    uris = [seen(cached.result(moment).picture.image) for moment in offered]
    return str(macros("edit/brought.html").both(PAINTED, list(zip(uris, words, strict=True)), at))


def recipe_of(path: str) -> str:
    """The recipe in a file of one, read no further than a recipe may be long; "" for any other file."""
    if not path.lower().endswith(JSON):
        return ""
    with open(path, encoding="utf-8-sig", errors="replace") as file:
        return guard.recipe(file.read(guard.RECIPE + 1)) or "{}"  # an empty file is refused as a recipe, never tried as a picture


def bind_brought(page: Page, upload: gr.File, heavy: Callable[..., dict]) -> None:
    """Bind the box for a file, and the buttons of what it brought."""
    taken, kept = page.taken, gr.State(NOTHING)

    def take_in(session: Session, path: str | None) -> dict:
        if not path:
            return {}
        try:
            recipe = recipe_of(path)
            image = None if recipe else open_image(path, None)
            inside = recipe_in(image) if image else recipe
            cached = page.desks.of(inside) if inside else page.desks.at(session.now)
            image = image and open_image(image, cached.studio.ground)
            loaded = cached.studio.load(image) if image else Loaded(*cached.studio.replay(recipe))
        except StudioError as error:
            return {page.notice: widgets.notice(str(error)), taken: widgets.notice(str(error)), upload: None}
        brought, said = _said(page, cached, image, loaded)
        out = _loaded(page, cached, session, loaded)
        return {**out, **page.hinted(session, out[page.session]), taken: "" if out[page.closer] else said, kept: brought, upload: None}

    def face(session: Session, event: gr.EventData) -> dict:
        cached = page.desks.at(session.now)
        picture = whole.chosen(page.album, cached, session.now, payload(event).get("at"))
        return _loaded(page, cached, session, Loaded(picture)) if picture else {}

    def press(session: Session, brought: Brought, subject: Subject, aside: Subject, event: gr.EventData) -> dict:
        data = payload(event)
        if data.get("op") == "moment":
            at = guard.index(data.get("at"), len(brought.offered))
            moved = session.go(brought.offered[at])
            return {**page.show(moved), **page.picked(moved), taken: both(page.desks.at(moved.now), brought.offered, at)}
        if not brought.photo.data:
            raise SettingError(LOST)
        other = subject if subject.data and subject.world != brought.photo.world else aside
        return {page.subject: brought.photo, page.aside: other, page.tabs: gr.Tabs(selected="segment")}

    upload.upload(page.guarded(take_in), [page.session, upload], **heavy(page, (kept, upload, page.portrait)))
    page.faces.act(page.guarded(face), page.session, trigger_mode="once", **heavy(page, (page.portrait,)))
    given = [page.session, kept, page.subject, page.aside]
    taken.act(page.guarded(press), given, trigger_mode="once", **heavy(page, (page.subject, page.aside, page.tabs)))


def on_the_table(
    page: Page, cached: CachedStudio, session: Session, picture: Picture, edits: tuple[Edit, ...] = (), photograph: str = ""
) -> dict:
    """A picture that a model took in as updates of the tab Edit; of a portrait the way closer to it as well.

    Args:
        cached: the studio of its world.
        picture: without its photograph, which is far too large for a visitor's state.
        edits: the steps upon it.
        photograph: the name under which that is held; see `app.shared.album`.
    """
    moved = session.go(replace(cached.moment(picture, edits), photograph=photograph))
    portrait, closer = (NOBODY, "") if edits else offered(cached, picture, moved.now.base)
    return {**page.show(moved), **page.picked(moved), page.portrait: portrait, page.closer: closer}


def _loaded(page: Page, cached: CachedStudio, session: Session, loaded: Loaded) -> dict:
    """What was brought, as updates."""
    held = page.album.keep(loaded.picture.photograph)
    return on_the_table(page, cached, session, replace(loaded.picture, photograph=None), loaded.edits, held)


def _said(page: Page, cached: CachedStudio, image: Image.Image | None, loaded: Any) -> tuple[Brought, str]:
    """What is kept of a file for the buttons, and what is said of it; nothing of a recipe that is as it was saved."""
    if loaded.painted_over:
        offered = (cached.moment(*loaded), cached.moment(loaded.painted_over))
        return Brought(offered=offered), both(cached, offered, 0)
    picture, desk = loaded.picture, DESKS[cached.studio.world]
    if loaded.edits or image is None or picture.original is None:
        return NOTHING, ""
    return Brought(page.worlds.photos.own(image) if picture.fit < FAR else Subject()), note(image, picture.fit, desk)
