"""One fetch for everyone who waits for it. It stops when nobody waits any more."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Event, Lock, Thread

from app.shared import guard
from core.foundations.errors import StudioError

LOG = logging.getLogger("rosetta.page")
PACE = 0.25
"""Seconds between two looks at how far it is."""


class Nobody(Exception):
    """Raised inside a fetch that nobody waits for, so that it ends."""


@dataclass
class Run:
    """A fetch under way.

    Attributes:
        waiting: how many visitors wait for it.
        share: how much is there, in [0, 1].
        problem: why it failed, in a sentence.
        done: set when it has ended, well or not.
    """

    waiting: int = 0
    share: float = 0.0
    problem: str = ""
    done: Event = field(default_factory=Event)


class Fetching:
    """Shared by all visitors.

    Args:
        fetch: does the work; calls what it is given with the share that is done.
    """

    def __init__(self, fetch: Callable[[Callable[[float], None]], None]) -> None:
        self.fetch = fetch
        self.lock, self.run = Lock(), Run()
        self.run.done.set()

    def watch(self) -> Iterator[float]:
        """Fetch, or wait for the fetch that is under way; tells how much is there, again and again.

        Raises:
            StudioError: where it fails, with the sentence that says why.
        """
        run = self._join()
        try:
            yield run.share
            while not run.done.wait(PACE):
                yield run.share
            if run.problem:
                raise StudioError(run.problem)
        finally:
            with self.lock:
                run.waiting -= 1

    def _join(self) -> Run:
        with self.lock:
            fresh = self.run.done.is_set() or not self.run.waiting  # one that everybody left is about to end
            if fresh:
                self.run = Run()
            self.run.waiting += 1
            if fresh:
                Thread(target=self._work, args=(self.run,), daemon=True).start()
            return self.run

    def _work(self, run: Run) -> None:
        def progress(share: float) -> None:
            run.share = min(max(float(share), 0.0), 1.0)
            if not run.waiting:
                raise Nobody

        try:
            self.fetch(progress)
        except Nobody:
            pass
        except StudioError as error:
            run.problem = str(error)
        except Exception:
            LOG.exception("the fetch failed")
            run.problem = guard.SHORT
        finally:
            run.done.set()
