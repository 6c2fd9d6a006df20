"""What all tabs share: the session and the pieces that show it. Tabs reach each other only through this."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import gradio as gr

from app.edit import desk_cards, pieces, whole
from app.edit import dials as edit_dials
from app.edit.dials import Dial
from app.features.painted import Painted
from app.shared import guard, own_portrait, views, widgets
from app.shared.address import NOWHERE, TABS, tell
from app.shared.album import Album
from app.shared.comparison import Comparison
from app.shared.desks import DESKS, Desks
from app.shared.session import FIRST, CachedStudio, Session
from app.shared.subject import Subject
from app.shared.worlds import Worlds
from core.foundations.records import Edit, Result
from core.foundations.region import Region

WIRE = "rs.wire(element, trigger, watch, 'act', 'turn')"
"""Script of every piece with buttons: hands their clicks on as `act`, their sliders' moves as `turn`."""
KEEPER = "watch('value', () => rs.download(props.value))"
"""Script of the piece that hands a file to the visitor."""
DIALS = "rs.dials(element, trigger, watch, 'turn')"
"""Script of the dials: hands on where one rests as `turn`, and asks for small pictures until then."""
CARD = "rs.card(element, trigger, 'fetch', 'cancel')"
"""Script of the card of what a world lacks: its two buttons are two events, since the one ends the other."""
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
        cached: the Nouns' studio; `desks` has those of the other worlds of the tab Edit.
        desk: which of these worlds is open, and the way to the others.
        lack: the card of what an open world lacks.
        dials: what the picture has more and less of, in a world that has such.
        closer: what brings the picture of a portrait closer to it.
        portrait: the portrait that was brought last, for that.
        faces: the faces of its photograph, where there are several.
        whole: that photograph, and what becomes of it.
        taken: what is said of a file that was brought.
        subject: the picture that the tabs Segment and Heads look at.
        aside: the last one of the other world.
        address: tells what the browser's address says when it changes by itself.
        greeting: what is wrong with a link, above the tabs.
        arrived: for each tab what a link says of it, until the tab has met it.
        album: the photographs that visitors brought.
        painted: the small pictures of handles that a generator has to paint.
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
    desks: Desks
    desk: gr.HTML
    lack: gr.HTML
    dials: gr.HTML
    closer: gr.HTML
    portrait: gr.State
    faces: gr.HTML
    whole: gr.HTML
    source: gr.HTML
    ideas: gr.HTML
    say: gr.Textbox
    address: gr.HTML
    greeting: gr.HTML
    arrived: dict[str, gr.State]
    painted: Painted
    tabs: Any = None
    pickers: dict[str, gr.Dropdown] = field(default_factory=dict)
    album: Album = field(default_factory=Album)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def shown(self) -> list:
        """Everything that `show` may fill."""
        pieces = [self.view, self.report, self.stack, self.keep, self.choices, self.notice, self.region, self.taken]
        world = [self.desk, self.lack, self.dials, self.closer, self.faces, self.whole, self.source, self.ideas, self.say]
        return [self.session, *pieces, *world, *self.pickers.values()]

    def guarded(self, handler: Callable[..., Any], notice: gr.HTML | None = None, clear: bool = True) -> Callable[..., Any]:
        """A handler, or a generator of updates, whose errors become sentences in a notice; all is as `app.shared.guard.guarded` does it."""
        return guard.guarded(notice or self.notice, widgets.notice, clear)(handler)

    def show(self, session: Session, result: Result | None = None, stack: bool = True) -> dict:
        """The session as updates of the shared pieces; an older refusal goes, one that is set afterwards stays."""
        now, desk = session.now, DESKS[session.world]
        view, report = draw(self.desks.at(now).comparison(now, result), now.region)
        out: dict = {self.session: session, self.view: view, self.report: report}
        out |= {self.keep: self.take_away(session), self.choices: "", self.region: self.bounds(session), self.notice: ""}
        out |= {self.desk: desk_cards.bar(self.desks, desk.name), self.lack: "", self.source: pieces.sources(desk.parts)}
        out |= {self.faces: whole.strip(self.album, now), self.whole: whole.card(self.album, self.desks.at(now), now)}
        out |= {self.ideas: self.ideas_of(desk.name), self.dials: edit_dials.draw(self.dials_of(desk.name), now.edits, next(self.numbers))}
        return out | {self.stack: self.steps(session)} if stack else out

    def bounds(self, session: Session) -> str:
        """What bounds the next steps, or could."""
        return pieces.bound(session.now.region, self.desks.at(session.now).studio.places)

    def ideas_of(self, world: str) -> str:
        """Sentences to press."""
        return pieces.ideas(self.start["ideas"] if world == FIRST else [{"text": text} for text in DESKS[world].ideas])

    def dials_of(self, world: str) -> tuple[Dial, ...]:
        """The dials of a world."""
        scales = DESKS[world].scales
        return edit_dials.dials_of(self.desks.studio(world).studio.handles(), scales) if scales else ()

    def steps(self, session: Session) -> str:
        """The list of steps."""
        edits, cached = session.now.edits, self.desks.at(session.now)
        replaced = pieces.replaced(edits, [cached.studio.handle(edit.handle) for edit in edits])
        names = cached.names(edits)
        return pieces.steps(edits, names, replaced, bool(session.past), bool(session.future), next(self.numbers))

    def take_away(self, session: Session) -> str:
        """The bar with save, recipe and link."""
        return keep(self.desks.at(session.now).recipe(session.now), session.now.edits, session.now.photograph)

    def picked(self, session: Session) -> dict:
        """The part pickers, set to what another base picture shows; what was said of a file goes with the last one."""
        if not DESKS[session.world].parts:
            return {self.taken: "", self.closer: ""}
        seen = {r.slot: r.part for r in self.cached.studio.read(self.cached.base(session.now.base))}
        known = {slot: {p.id for p in self.cached.studio.parts(slot)} for slot in self.pickers}
        parts: dict = {box: seen.get(slot) if seen.get(slot) in known[slot] else None for slot, box in self.pickers.items()}
        return parts | {self.taken: "", self.closer: ""}

    def open(self, session: Session, world: str) -> dict:
        """A world on the tab Edit as it was left, or on its first picture; where it lacks something, the card that says what."""
        if not self.desks.ready(world):
            return {self.desk: desk_cards.bar(self.desks, world), self.lack: desk_cards.lack(self.desks)}
        moved = self.desks.opened(session, world)
        return {**self.show(moved), **self.picked(moved), **self.hinted(session, moved)}

    def hinted(self, session: Session, moved: Session) -> dict:
        """The empty box for a sentence with another world's example, where the session moved to another world."""
        return {self.say: gr.Textbox("", placeholder=DESKS[moved.world].hint)} if moved.world != session.world else {}


def keep(recipe: str, edits: Sequence[Edit], photograph: str = "") -> str:
    """The bar that hands a moment on; it is another place where picture, bounds or handles are others, not where one is only turned.

    Args:
        photograph: the name under which a portrait's photograph is held, for the browser to keep with it.
    """
    told = json.loads(recipe)
    base = [told["world"], told["origin"], told.get("regions"), told.get("within")]
    place = zlib.crc32(json.dumps([base, [edit.handle for edit in edits]], sort_keys=True).encode())
    short, portrait = own_portrait.named(recipe)
    link = guard.to_link(short)
    where = {"recipe": link, "portrait": portrait} if len(link) <= guard.LINK else {"edit": told["world"]}
    return pieces.keep(recipe, tell(f"{place:08x}", **where), where.get("portrait", ""), photograph)


def draw(comparison: Comparison, region: Region | None = None) -> tuple[str, str]:
    """View and report of a comparison; what bounds the next steps is drawn on the picture."""
    return views.view(comparison, region), views.report(comparison)


def _say(sentence: str, hint: str) -> gr.Textbox:
    """The box for a sentence."""
    shape: dict[str, Any] = {"lines": 1, "max_lines": 1, "submit_btn": "Change it", "elem_id": "rs-say", "render": False}
    return gr.Textbox(sentence, label="Say what should change", placeholder=hint, **shape)


def make_page(cached: CachedStudio, session: Session, start: dict) -> Page:
    """The shared pieces, filled with the precomputed first result."""
    view, report = draw(Comparison.from_dict(start["comparison"]))
    names = [tuple(n) for n in start["names"]]
    steps = pieces.steps(session.now.edits, names, [None] * len(names))
    make: dict[str, Any] = {"render": False}
    desks, desk = Desks(cached), DESKS[session.world]
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
        Worlds(cached, desks),
        desks,
        piece(desk_cards.bar(desks, desk.name), elem_id="rs-edit-world", **make),
        gr.HTML("", js_on_load=CARD, apply_default_css=False, elem_id="rs-edit-fetch", **make),
        gr.HTML("", js_on_load=DIALS, apply_default_css=False, elem_id="rs-dials", **make),
        gr.HTML("", js_on_load=CARD, apply_default_css=False, elem_id="rs-closer", **make),
        gr.State(None),
        piece(elem_id="rs-faces", **make),
        piece(elem_id="rs-whole", **make),
        piece(pieces.sources(desk.parts), elem_id="rs-source", **make),
        piece(pieces.ideas(start["ideas"]), elem_id="rs-ideas", **make),
        _say(start["sentence"], desk.hint),
        gr.HTML("", html_template="", js_on_load=TRAVELS, apply_default_css=False, elem_id="rs-address", **make),
        piece(elem_id="rs-greeting", **make),
        {tab: gr.State(NOWHERE) for tab in TABS},
        Painted(desks),
    )
    return page
