"""The frame around the tabs: the header, and the stage with its walk through the story."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.shared import widgets
from app.shared.comparison import Comparison

GLASSES = (
    '<svg class="rs-logo" viewBox="0 0 24 9" aria-hidden="true" shape-rendering="crispEdges">'
    '<path class="rs-logo-frame" d="M5 0h8v3h2V0h8v9h-8V5h-2v4H5V5H3v3H1V3h4z"/>'
    '<path class="rs-logo-white" d="M6.5 1.5h5v6h-5zM16.5 1.5h5v6h-5z"/>'
    '<path class="rs-logo-eye" d="M9 1.5h2.5v6H9zM19 1.5h2.5v6H19z"/></svg>'
)


def header() -> str:
    """Name, one sentence, and the two switches."""
    return (
        f'<header class="rs-header"><a class="rs-skip" href="#rs-say">Skip to the sentence box</a>{GLASSES}'
        "<div><h1>Rosetta Studio</h1>"
        "<p>See what a model knows about a picture. Turn one thing. See what changed, and what stayed.</p></div>"
        '<nav aria-label="Display"><button type="button" data-do="theme" aria-label="Switch between light and dark">'
        '<span aria-hidden="true">◐</span></button>'
        '<button type="button" data-do="link">Copy link</button>'
        '<button type="button" data-do="stage" aria-pressed="false"><span aria-hidden="true">▶</span> Stage</button></nav></header>'
        '<p class="rs-elsewhere" role="status"></p>'
    )


def _edit_step(step: dict) -> tuple[str, list[str]]:
    """The frames of a step of the tab Edit, and what was kept."""
    shown = Comparison.from_dict(step["comparison"])
    first = widgets.pixels(shown.before, "The picture before")
    after, changed = widgets.pixels(shown.after, "The picture after"), widgets.pixels(shown.difference, "What changed")
    show = {"before": first, "after": after, "diff": changed}
    kept = [f"{escape(p.name)} <small>{escape(p.slot)}</small>" for p in shown.kept] if step.get("facts") else []
    return "".join(f"<figure>{show[kind]}</figure>" for kind in step["show"]), kept


def _figure(figure: dict) -> str:
    image = f'<img class="rs-wide-px" src="{escape(figure["image"])}" alt="{escape(figure["caption"])}" draggable="false">'
    return f"<figure>{image}<figcaption>{escape(figure['caption'])}</figcaption></figure>"


def _step(number: int, step: dict, count: int) -> str:
    if "figures" in step:
        frames, facts = "".join(map(_figure, step["figures"])), [escape(fact) for fact in step["facts"]]
    else:
        frames, facts = _edit_step(step)
    said = f'<p class="rs-said">“{escape(step["sentence"])}”</p>' if step["sentence"] else ""
    text = f'<p class="rs-count">{number + 1} of {count}</p><h2>{escape(step["title"])}</h2>{said}'
    text += f'<p class="rs-lead">{escape(step["text"])}</p>'
    tick = '<span class="rs-tick" aria-hidden="true">✓</span>'
    told = f'<ul class="rs-facts">{"".join(f"<li>{tick}{fact}</li>" for fact in facts)}</ul>' if facts else ""
    shown = "" if number == 0 else " hidden"
    many = f" rs-of-{len(step['figures'])}" if "figures" in step else ""
    inside = f'<div class="rs-frames{many}">{frames}</div><div class="rs-words">{text}{told}</div>'
    return f'<section class="rs-step" data-step="{number}" data-live="{escape(step.get("live", ""))}"{shown}>{inside}</section>'


def stage(walk: Sequence[dict]) -> str:
    """The walk: a few steps through the story, made of precomputed results only."""
    steps = "".join(_step(i, s, len(walk)) for i, s in enumerate(walk))
    buttons = (
        '<button type="button" data-do="step:-1" aria-disabled="true">← Back</button>'
        '<button type="button" class="rs-next" data-do="step:1">Next →</button>'
        '<button type="button" data-do="live">Try it live</button><button type="button" data-do="leave">Leave stage</button>'
    )
    inside = f'{steps}<div class="rs-steps">{buttons}</div>'
    return f'<section class="rs-walk" aria-label="A walk through the story" aria-live="polite">{inside}</section>'
