"""What all tabs share: the session and the pieces that show it. Tabs reach each other only through this."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import gradio as gr

from app.edit import pieces
from app.shared import guard, views, widgets
from app.shared.address import NOWHERE, TABS, tell
from app.shared.comparison import Comparison
from app.shared.session import CachedStudio, Session
from app.shared.subject import Subject
from app.shared.worlds import Worlds
from core.foundations.records import Edit, Result
from core.foundations.region import Region

WIRE = "rs.wire(element, trigger, watch, 'act', 'turn')"
"""Script of every piece with buttons: hands their clicks on as `act`, their sliders' moves as `turn`."""
KEEPER = "watch('value', () => rs.download(props.value))"
"""Script of the piece that hands a file to the visitor."""


TRAVELS = "rs.travels(trigger, 'act')"
"""Script of the piece that tells where the browser went."""


def piece(value: str = "", **rest: Any) -> gr.HTML:
    """A piece of the page with buttons inside."""
    return gr.HTML(value, apply_default_css=False, js_on_load=WIRE, **rest)


def payload(event: gr.EventData) -> dict:
    """What the browser sent with an event; hostile until checked."""
    data = event._data
    return data if isinstance(data, dict) else {}


@dataclass
class Page:
    """The shared pieces, made once and placed by the tabs.

    Attributes:
        taken: what is said of a file that was brought.
        subject: the picture that the tabs Segment and Heads look at.
        aside: the last one of the other world.
        address: tells what the browser's address says when it changes by itself.
        greeting: what is wrong with a link, above the tabs.
        arrived: for each tab what a link says of it, until the tab has met it.
        numbers: tells one showing of the steps from the next; shared by all visitors, since it says nothing of them.
    """

    cached: CachedStudio
    start: dict
    session: gr.State
    view: gr.HTML
    report: gr.HTML
    stack: gr.HTML
    keep: gr.HTML
    choices: gr.HTML
    notice: gr.HTML
    region: gr.HTML
    taken: gr.HTML
    subject: gr.State
    aside: gr.State
    worlds: Worlds
    address: gr.HTML
    greeting: gr.HTML
    arrived: dict[str, gr.State]
    tabs: Any = None
    pickers: dict[str, gr.Dropdown] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def shown(self) -> list:
        """Everything that `show` may fill."""
        pieces = [self.view, self.report, self.stack, self.keep, self.choices, self.notice, self.region, self.taken]
        return [self.session, *pieces, *self.pickers.values()]

    def guarded(self, handler: Callable[..., Any], notice: gr.HTML | None = None, clear: bool = True) -> Callable[..., Any]:
        """A handler, or a generator of updates, whose errors become sentences in a notice; all is as `app.shared.guard.guarded` does it."""
        return guard.guarded(notice or self.notice, widgets.notice, clear)(handler)

    def show(self, session: Session, result: Result | None = None, stack: bool = True) -> dict:
        """The session as updates of the shared pieces; an older refusal goes, one that is set afterwards stays."""
        view, report = draw(self.cached.comparison(session.now, result), session.now.region)
        out: dict = {self.session: session, self.view: view, self.report: report}
        out |= {self.keep: self.take_away(session), self.choices: "", self.region: pieces.bound(session.now.region), self.notice: ""}
        return out | {self.stack: self.steps(session)} if stack else out

    def steps(self, session: Session) -> str:
        """The list of steps."""
        edits = session.now.edits
        replaced = pieces.replaced(edits, [self.cached.studio.handle(edit.handle) for edit in edits])
        names = self.cached.names(edits)
        return pieces.steps(edits, names, replaced, bool(session.past), bool(session.future), next(self.numbers))

    def take_away(self, session: Session) -> str:
        """The bar with save, recipe and link."""
        return keep(self.cached.recipe(session.now), session.now.edits)

    def picked(self, session: Session) -> dict:
        """The part pickers, set to what another base picture shows; what was said of a file goes with the last one."""
        seen = {r.slot: r.part for r in self.cached.studio.read(self.cached.base(session.now.base))}
        known = {slot: {p.id for p in self.cached.studio.parts(slot)} for slot in self.pickers}
        parts: dict = {box: seen.get(slot) if seen.get(slot) in known[slot] else None for slot, box in self.pickers.items()}
        return parts | {self.taken: ""}


def keep(recipe: str, edits: Sequence[Edit]) -> str:
    """The bar that hands a moment on; it is another place where picture, bounds or handles are others, not where one is only turned."""
    told = json.loads(recipe)
    base = [told["origin"], told.get("regions"), told.get("within")]
    place = zlib.crc32(json.dumps([base, [edit.handle for edit in edits]], sort_keys=True).encode())
    return pieces.keep(recipe, tell(f"{place:08x}", recipe=guard.to_link(recipe)))


def draw(comparison: Comparison, region: Region | None = None) -> tuple[str, str]:
    """View and report of a comparison; what bounds the next steps is drawn on the picture."""
    return views.view(comparison, region), views.report(comparison)


def make_page(cached: CachedStudio, session: Session, start: dict) -> Page:
    """The shared pieces, filled with the precomputed first result."""
    view, report = draw(Comparison.from_dict(start["comparison"]))
    names = [tuple(n) for n in start["names"]]
    steps = pieces.steps(session.now.edits, names, [None] * len(names))
    make: dict[str, Any] = {"render": False}
    page = Page(
        cached,
        start,
        gr.State(session),  # no time to live: it would turn an open page back into the opening one; a closed page's goes by itself
        piece(view, elem_id="rs-view", **make),
        piece(report, elem_id="rs-report", **make),
        piece(steps, elem_id="rs-stack", **make),
        piece(keep(start["recipe"], session.now.edits), elem_id="rs-keep", **make),
        piece(elem_id="rs-choices", **make),
        piece(elem_id="rs-notice", **make),
        piece(elem_id="rs-region", **make),
        piece(elem_id="rs-taken", **make),
        gr.State(Subject()),
        gr.State(Subject()),
        Worlds(cached),
        gr.HTML("", html_template="", js_on_load=TRAVELS, apply_default_css=False, elem_id="rs-address", **make),
        piece(elem_id="rs-greeting", **make),
        {tab: gr.State(NOWHERE) for tab in TABS},
    )
    return page
