"""HTML from templates: macros of Jinja, which escape whatever they are given. No Python file writes HTML of its own."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from jinja2.bccache import Bucket


class Compiled(jinja2.FileSystemBytecodeCache):
    """Templates compiled, from one start of the page to the next; a template that was changed since is compiled anew.

    They lie in a folder of Jinja's that only this user may write. RuntimeError or OSError where there can be none.
    """

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep one, where there is room."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def compiled() -> Compiled | None:
    """Where the templates lie compiled, so that the page need not compile a dozen before it is ready; None where nothing may be kept."""
    with contextlib.suppress(OSError, RuntimeError):
        return Compiled(pattern="rosetta-%s.cache")
    return None


@lru_cache(maxsize=1)
def environment() -> jinja2.Environment:
    """The page's templates, `app/<room>/<name>.html`; an unknown name in one is an error, not an empty place."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parents[1]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        bytecode_cache=compiled(),
    )


@lru_cache(maxsize=64)
def macros(name: str) -> Any:
    """The macros of a template, as functions: `macros("segment/pieces.html").chips(rows)` is a string that is safe to show."""
    return environment().get_template(name).module
