"""What is kept of a visitor is theirs alone, and little."""

from __future__ import annotations

import asyncio

import gradio as gr
from gradio.routes import App
from gradio.state_holder import SessionState
from starlette.testclient import TestClient

from app.demo import launch_settings
from app.shared.visitors import Own, Visitors


def page() -> gr.Blocks:
    """Two boxes and a state."""
    with gr.Blocks() as demo:
        gr.Textbox("as built", elem_id="one")
        gr.Textbox("as well", elem_id="two")
        gr.State([])
    demo.state_session_capacity = 3
    return demo


def seated() -> tuple[gr.Blocks, Visitors]:
    """A page and who visits it."""
    demo, visitors = page(), Visitors()
    visitors.set_blocks(demo)
    return demo, visitors


def test_a_value_is_one_visitor_s_own() -> None:
    """The page's description and the other visitors never see it."""
    demo, visitors = seated()
    box = next(key for key, block in demo.blocks.items() if getattr(block, "elem_id", "") == "one")
    visitors["a"]._update_value_in_config(box, "mine")
    values = {name: visitors[name].config_values[box]["props"]["value"] for name in "ab"}
    assert values == {"a": "mine", "b": "as built"}
    assert visitors.page[box]["props"]["value"] == "as built"


def test_a_visitor_sees_the_whole_page() -> None:
    """As Gradio's own session describes it, with what was put in."""
    demo, visitors = seated()
    assert list(visitors["a"].components) == list(SessionState(demo).components)
    box = next(iter(visitors["a"].config_values.page))
    visitors["a"].config_values[box]["note"] = 1
    assert len(list(visitors["a"].components)) == len(list(SessionState(demo).components))


def test_nothing_is_copied_before_it_is_needed() -> None:
    """A new visitor has no piece of their own; one that was written to has one."""
    _, visitors = seated()
    own = visitors["a"].config_values
    assert isinstance(own, Own) and len(own) == 0
    own[next(iter(own.page))]
    assert len(own) == 1


def test_states_are_apart_and_the_oldest_visitor_goes() -> None:
    """As in Gradio's own holder."""
    demo, visitors = seated()
    state = next(key for key, block in demo.blocks.items() if block.stateful)
    visitors["a"][state].append("a")
    assert visitors["b"][state] == [] and visitors["a"][state] == ["a"]
    for name in "bcd":
        visitors[name]
    assert "a" not in visitors and "d" in visitors


def test_the_queue_forgets_whoever_is_gone() -> None:
    """Their events and messages go with them, but for those whose answer is still to come; those who are here keep theirs."""
    demo, visitors = seated()
    queue, most = demo._queue, visitors.capacity + visitors.SPARE
    for number in range(3 * most):
        name = str(number)
        queue.pending_event_ids_session[name] = {"an event"} if number == 5 else set()
        queue.pending_messages_per_session[name] = asyncio.Queue()
        visitors[name]
        assert len(queue.pending_event_ids_session) <= most + 1
    assert {"5", *visitors.session_data} <= set(queue.pending_event_ids_session) and len(queue.pending_messages_per_session) <= most + 1
    assert "6" not in queue.pending_event_ids_session and "6" not in queue.pending_messages_per_session


def test_the_first_answer_already_comes_to_such_a_visitor() -> None:
    """Whoever comes while the page is still being launched keeps their session: it is laid out before the server answers anybody."""
    demo = page()
    app = App.create_app(demo, app_kwargs=launch_settings()["app_kwargs"])
    with TestClient(app):
        assert isinstance(app.state_holder, Visitors) and app.state_holder is demo.state_holder and app.state_holder.capacity == 3
