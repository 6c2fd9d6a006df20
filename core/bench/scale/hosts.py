"""Two hosts on one machine: network namespaces with a wire between them that counts what goes over it.

It needs Linux and the right to make namespaces (root).
"""

from __future__ import annotations

import json
import os
import subprocess
from types import TracebackType

ADDRESSES = ("10.77.0.1", "10.77.0.2")
WIRE = "wire"
"""Name of the interface on either host."""


class NoHosts(Exception):
    """This machine makes no network namespaces."""


class TwoHosts:
    """Two network namespaces and a pair of virtual interfaces between them, as long as the block lasts; NoHosts where that is refused.

    Attributes:
        names: of the namespaces.
    """

    def __init__(self) -> None:
        self.names = tuple(f"rosetta-{os.getpid()}-{side}" for side in "ab")

    def __enter__(self) -> TwoHosts:
        """Make them."""
        a, b = self.names
        try:
            for name in self.names:
                _ip("netns", "add", name)
            _ip("link", "add", WIRE, "netns", a, "type", "veth", "peer", "name", WIRE, "netns", b)
            for name, address in zip(self.names, ADDRESSES, strict=True):
                _ip("-n", name, "addr", "add", f"{address}/24", "dev", WIRE)
                for link in ("lo", WIRE):
                    _ip("-n", name, "link", "set", link, "up")
        except NoHosts:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        """Remove them, and with them the wire."""
        self._remove()

    def _remove(self) -> None:
        for name in self.names:
            try:
                _ip("netns", "del", name)
            except NoHosts:
                continue

    def on(self, host: int, command: list[str]) -> list[str]:
        """A command as it is started on one of them."""
        return ["ip", "netns", "exec", self.names[host], *command]

    def carried(self) -> int:
        """Bytes that went over the wire so far, both ways, headers included."""
        (link,) = json.loads(_ip("-j", "-s", "-n", self.names[0], "link", "show", WIRE))
        return link["stats64"]["tx"]["bytes"] + link["stats64"]["rx"]["bytes"]


def _ip(*words: str) -> str:
    try:
        return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoHosts(str(getattr(error, "stderr", error)).strip()) from error
