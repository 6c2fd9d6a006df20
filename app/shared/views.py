"""Before and after, and the report of what changed and what stayed: what they say; how they look is in views.html."""

from __future__ import annotations

from itertools import groupby

import numpy as np

from app.shared.comparison import Comparison
from app.shared.pictures import HARD
from app.shared.templates import macros
from app.shared.widgets import SHAPES
from core.foundations.region import Region

AS_GIVEN = 0.98
"""From which share on the model's view of a person's own picture may stand for it."""
MODES = (("side", "Side by side"), ("wipe", "Wipe"), ("diff", "What changed"))
"""Ways to compare, by the names that the script and the style know them by."""


def _runs(edges: np.ndarray) -> list[tuple[int, int, int]]:
    """Rows of true places `[n m]`, each as row, column and length."""
    found = []
    for row, line in enumerate(edges):
        for there, run in groupby(range(len(line)), key=lambda at, line=line: bool(line[at])):  # type: ignore[misc]
            places = list(run)
            if there:
                found.append((row, places[0], len(places)))
    return found


def border(mask: np.ndarray) -> str:
    """The border of a mask `[h w]` bool along the pixels' edges, as the path of an SVG whose unit is a pixel."""
    across, down = np.pad(mask, ((1, 1), (0, 0))), np.pad(mask, ((0, 0), (1, 1)))
    level = [f"M{x} {y}h{n}" for y, x, n in _runs(across[1:] != across[:-1])]
    upright = [f"M{x} {y}v{n}" for x, y, n in _runs((down[:, 1:] != down[:, :-1]).T)]
    return "".join(level + upright)


def _outline(region: Region | None) -> dict | None:
    if region is None:
        return None
    label = f"Outlined: steps act only {region.told}"
    # On a photograph a line would hide what it is about: there it is drawn on the picture before alone.
    return {"side": region.side, "path": border(region.mask), "label": label, "once": region.side > HARD}


def view(shown: Comparison, region: Region | None = None) -> str:
    """Before and after: side by side, as a wipe, or only what changed; with the outline of what bounds the next steps."""
    html = macros("shared/views.html")
    if not shown.edited:
        given = "The picture" if shown.fit == 1.0 else "Your picture"
        title = given if shown.fit >= AS_GIVEN else f"As the model sees yours: {round(100 * shown.fit)} %"
        return str(html.untouched(shown.before, title, _outline(region)))
    share = _share(shown)
    return str(html.edited(shown, share, _outline(region), MODES))


def coming(picture: str) -> str:
    """A picture that is still under way."""
    return str(macros("shared/views.html").coming(picture))


def _share(shown: Comparison) -> str:
    """How much of a picture changed: pixels that can be counted, or a share of a photograph."""
    if shown.share == 0:
        return "Nothing changed"
    if shown.pixels > HARD * HARD:
        return f"{max(1, round(100 * shown.share))} % of the picture changed"
    return f"{max(1, round(shown.share * shown.pixels)):,} of {shown.pixels:,} pixels changed"


def report(shown: Comparison) -> str:
    """What the last sentence did, then what all steps changed and what stayed, in words and thumbnails."""
    return str(macros("shared/views.html").report(shown, SHAPES))
