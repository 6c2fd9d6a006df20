"""The page as a whole: header, stage, tabs, links, and the public endpoints."""

from __future__ import annotations

import threading
from typing import Any

import gradio as gr

from app.api.publish import publish
from app.api.strangers import HANDLERS, Page, visited
from app.classes.tab import build_classes
from app.edit.tab import build_edit
from app.features.tab import build_features
from app.fool.tab import build_fool
from app.heads.tab import build_heads
from app.invert.tab import build_invert
from app.precompute import load_static, precompute
from app.rosetta.tab import build_rosetta
from app.segment.tab import build_segment
from app.shared import guard
from app.shared.arrival import bind_arrival
from app.shared.chrome import header
from app.shared.hosting import hosted
from app.shared.memory import begun, keep_small
from app.shared.page import make_page
from app.shared.session import CachedStudio, Moment, Session
from app.shared.templates import macros
from app.shared.theme import head, theme
from app.shared.turns import Turns
from app.shared.waiting import bind_waiting
from app.shared.waking import Waking, wake
from app.shift.tab import build_shift
from app.stage.painted import bind_painted
from core.foundations.decoding import MOST_BYTES
from core.foundations.records import Edit

SESSIONS = 512
"""Visitors whose state is kept. The least recent one is forgotten, so that few must not be enough to push the others out; each
takes some kilobytes, and up to a megabyte when everything was looked at (`app.shared.visitors`)."""


MOST_WAITING = 64
"""Events of a kind that wait; whoever comes then is told that the house is full. On two cores the last of them waits some seconds."""


def build_demo(studio: Any, static: dict | None = None, turns: Turns | None = None) -> gr.Blocks:
    """The page over a studio.

    Args:
        studio: the verbs; no model is run here where `static` is given.
        static: what `app.precompute` made; None makes it now.
        turns: who may run the models now; its own where None.
    """
    static = static or precompute(studio)
    start, cached = static["start"], CachedStudio(studio, static.get("sprite"))
    session = Session(Moment(start["base"], tuple(Edit(**e) for e in start["edits"])))
    with Page(title="Rosetta Studio", analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)) as demo:
        publish(demo, cached, start["recipe"])  # first, so that the public names are free
        gr.HTML(header(), apply_default_css=False, elem_id="rs-header")
        gr.HTML(macros("stage/stage.html").stage(static["walk"]), apply_default_css=False, elem_id="rs-stage")
        page = make_page(cached, session, start)
        page.address.render()
        page.greeting.render()
        with gr.Tabs(elem_id="rs-tabs", overflow_behavior="wrap") as page.tabs:
            with gr.Tab("Edit", id="edit", elem_id="rs-tab-edit"):
                build_edit(page)
            with gr.Tab("Features", id="features", elem_id="rs-tab-features") as tab:
                build_features(page, tab, static.get("sprite"))
            with gr.Tab("Invert", id="invert", elem_id="rs-tab-invert") as tab:
                build_invert(page, tab)
            with gr.Tab("Rosetta", id="rosetta", elem_id="rs-tab-rosetta") as tab:
                build_rosetta(page, tab)
            with gr.Tab("Segment", id="segment", elem_id="rs-tab-segment") as tab:
                build_segment(page, tab)
            with gr.Tab("Heads and neurons", id="heads", elem_id="rs-tab-heads") as tab:
                build_heads(page, tab)
            with gr.Tab("Fool it", id="fool", elem_id="rs-tab-fool") as tab:
                build_fool(page, tab)
            with gr.Tab("Classes", id="classes", elem_id="rs-tab-classes") as tab:
                build_classes(page, tab)
            with gr.Tab("Shift", id="shift", elem_id="rs-tab-shift") as tab:
                build_shift(page, tab, static.get("shift"))
        bind_painted(page, static["walk"])
        bind_arrival(page)
        bind_waiting(demo, turns or Turns())
    # What `demo.queue` would set; it would also make all routes once more, and nobody could look at the page meanwhile.
    demo._queue.max_size, demo._queue.default_concurrency_limit = MOST_WAITING, 8
    demo.api_open = False  # a direct POST would pass by the queue, and with it the visitor whose turn it is
    return demo


def launch_settings() -> dict[str, Any]:
    """How the page is served: locally for this machine only, on a Space for everyone, never through a tunnel."""
    return {
        "server_name": "0.0.0.0" if hosted() else "127.0.0.1",
        "server_port": 7860 if hosted() else None,
        "share": False,
        "show_error": False,
        "max_file_size": f"{MOST_BYTES // 2**20}mb",
        "state_session_capacity": SESSIONS,
        "max_threads": 4 * guard.AT_ONCE,  # who waits for a turn holds one
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "footer_links": ["api"],
        "mcp_server": True,
        "app_kwargs": {"exception_handlers": HANDLERS, "lifespan": visited},
        "theme": theme(),
        "head": head(),
    }


def main() -> None:
    """Serve the page; the models are loaded behind it once its first view has gone out."""
    studio, turns = Waking(), Turns()
    demo = build_demo(studio, load_static() or precompute(studio), turns)
    demo.launch(**launch_settings(), prevent_thread_lock=True)
    begun()
    threading.Thread(target=wake, args=(studio, turns), daemon=True).start()
    keep_small()
    demo.block_thread()
