"""How several processes share the tests (pytest-xdist, `-n`).

A file's tests stay in one process, since they use what the first of them loaded; so do all of the page: one server, one browser.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

PAGE = "tests/app"


class Shares(LoadScopeScheduling):
    """Hands out whole files, the largest first, and the page as one."""

    def _split_scope(self, nodeid: str) -> str:
        """What a test belongs to."""
        path = nodeid.split("::")[0]
        return PAGE if path.startswith(f"{PAGE}/") else path
