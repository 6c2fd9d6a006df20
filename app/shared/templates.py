"""HTML from templates: macros of Jinja, which escape whatever they are given. No Python file writes HTML of its own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The page's templates, `app/<room>/<name>.html`; an unknown name in one is an error, not an empty place."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=64)
def macros(name: str) -> Any:
    """The macros of a template, as functions: `macros("segment/pieces.html").chips(rows)` is a string that is safe to show."""
    return environment().get_template(name).module
