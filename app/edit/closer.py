"""Bring it closer: the model's picture of a portrait is improved before one's eyes; who has seen enough keeps what there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.shared import guard, views
from app.shared.desks import DESKS
from app.shared.page import Page
from app.shared.pictures import seen, small
from app.shared.session import CachedStudio, Session
from app.shared.templates import macros
from core.foundations.errors import SettingError
from core.foundations.records import Picture

LOST = "This portrait is no longer on the table. Choose its file once more."
SHOWN = (
    ("PSNR", "psnr", "{:.1f} dB", "How near the colours are; higher is nearer"),
    ("LPIPS", "lpips", "{:.2f}", "How unlike it looks; lower is nearer"),
)
"""Figures of a step: what they are called, how they are written, and what they say."""


@dataclass(frozen=True)
class Portrait:
    """A person's own picture of which the model has made a first guess.

    Attributes:
        picture: with the original that was taken in; None where there is none.
        base: the guess, as its recipe without edits.
        told: of the last step.
    """

    picture: Picture | None = None
    base: str = ""
    told: tuple[tuple[str, str, str], ...] = ()


NOBODY = Portrait()


def _html() -> Any:
    return macros("edit/closer.html")


def _original(picture: Picture) -> str:
    return seen(small(picture.original)) if picture.original else ""


def offered(cached: CachedStudio, picture: Picture, base: str) -> tuple[Portrait, str]:
    """What is kept of a portrait, and the button with how well it was taken in; nothing where the world cannot come closer."""
    if picture.original is None or not DESKS[cached.studio.world].closer:
        return NOBODY, ""
    words = next(words for bound, words in DESKS[cached.studio.world].fits if picture.fit >= bound)
    return Portrait(picture, base), str(_html().offer(_original(picture), _html().first(f"{round(100 * picture.fit)} %", words)))


def figures(step: Any) -> tuple[tuple[str, str, str], ...]:
    """The figures of a step, as far as it has them."""
    known = ((name, getattr(step, key, None), form, says) for name, key, form, says in SHOWN)
    return tuple((name, form.format(value), says) for name, value, form, says in known if value is not None)


def bind_closer(page: Page, heavy: Callable[..., dict]) -> None:
    """Bind the button and the way out."""

    def closer(session: Session, portrait: Portrait | None) -> Iterator[dict]:
        if portrait is None or portrait.picture is None or portrait.base != session.now.base:
            raise SettingError(LOST)
        picture, cached = portrait.picture, page.desks.at(session.now)
        for step in cached.studio.invert(picture):
            # Whatever ends this, the session holds the last picture that was shown; the first guess stays one step of undo away.
            base = cached.moment(replace(step.picture, within=None)).base
            told = figures(step)
            yield {
                page.session: session.go(replace(session.now, base=base, said=None)),
                page.portrait: Portrait(replace(step.picture, original=picture.original), base, told),
                page.taken: "",
                page.view: views.coming(seen(step.picture.image)),
                page.closer: str(
                    _html().nearing(_original(picture), f"{step.step / step.steps:.3f}", f"{step.step} of {step.steps}", told)
                ),
            }

    def nearer(session: Session, portrait: Portrait | None) -> dict:
        if portrait is None or portrait.picture is None or not portrait.told:
            return {}
        told = str(_html().offer(_original(portrait.picture), _html().near(portrait.told)))
        return {**page.show(session), page.closer: told}

    given, outputs = [page.session, page.portrait], [page.session, page.portrait, page.taken, page.view, page.closer, page.notice]
    how = {**guard.waiting(page.closer, long=True), "show_progress": "hidden"}
    run = page.closer.fetch(page.guarded(closer), given, outputs, trigger_mode="once", **how)
    run.then(page.guarded(nearer, clear=False), given, **heavy(page))
    page.closer.cancel(None, None, None, cancels=[run])
    page.closer.cancel(page.guarded(nearer, clear=False), given, **heavy(page))
