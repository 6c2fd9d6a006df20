"""How several processes share the tests (pytest-xdist, `-n`).

A file's tests stay in one process, since they use what the first of them loaded; so do those of a tab, with a server and a browser of
their process: all tabs in one process would take longer than everything else together.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

PAGE = "tests/app"


class Shares(LoadScopeScheduling):
    """Hands out whole files, the largest first, and each tab of the page as one."""

    def _split_scope(self, nodeid: str) -> str:
        """What a test belongs to."""
        path = nodeid.split("::")[0]
        return path.rpartition("/")[0] if path.startswith(f"{PAGE}/") else path
