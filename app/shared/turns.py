"""Who may run the models now: one at a time, the short before the long, and each told how many are before him.

A long job is made of pieces, and gives the models back after each: a short one that came meanwhile goes first. What has
been passed often enough is passed no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

PASSED = 8
"""Short jobs that may pass a long one between two of its pieces."""
GUESS = 1.0
"""Seconds of a job that was never run yet."""
WEIGHT = 0.3
"""How much the last time counts among all times of a job."""


class Gone(Exception):
    """Raised in a job that its visitor has given up."""


@dataclass(eq=False)
class Job:
    """Something that runs a model, once or in pieces.

    Attributes:
        owner: whose it is, "" where nobody waits for it.
        name: of what is done, by which its time is known.
        long: whether short ones may pass it.
        number: the place in the order of arrival.
        passed: how many have passed it since its last piece.
        gone: whether its visitor has given it up.
        began: when its piece began that is under way.
        spent: seconds of its pieces so far.
    """

    owner: str
    name: str
    long: bool
    number: int
    passed: int = 0
    gone: bool = False
    began: float = 0.0
    spent: float = 0.0


@dataclass(frozen=True)
class Place:
    """Where a visitor's job stands.

    Attributes:
        before: how many jobs come first; 0 where it runs or is the next.
        seconds: how long they take together, or where it runs what is left of it, by what such jobs took so far.
        first: the name of the job that runs, "" where none does.
    """

    before: int
    seconds: float
    first: str


class Turns:
    """The order of all jobs.

    Args:
        clock: seconds, for how long jobs take.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._free = clock, Condition()
        self._live: list[Job] = []
        self._waiting: list[Job] = []
        self._running: Job | None = None
        self._count = 0
        self._pieces: dict[str, float] = {}
        self._wholes: dict[str, float] = {}

    def job(self, owner: str, name: str, long: bool = False) -> Job:
        """A new job, in the order of arrival; `over` ends it."""
        with self._free:
            self._count += 1
            self._live.append(Job(owner, name, long, self._count))
            return self._live[-1]

    @contextmanager
    def turn(self, job: Job) -> Iterator[None]:
        """Wait for the job's turn and run one piece of it; Gone where its visitor has given it up."""
        self._take(job)
        try:
            yield
        finally:
            self._give_back(job)

    def over(self, job: Job, done: bool) -> None:
        """A job has ended; how long such jobs take is learned where it was done to its end."""
        with self._free:
            self._live.remove(job)
            if done:
                self._learn(self._wholes, job.name, job.spent)

    def leave(self, owner: str) -> int:
        """Give up all that a visitor waits for, and his long jobs after the piece that is under way; how many those are."""
        with self._free:
            mine = [job for job in self._live if owner and job.owner == owner and not job.gone and (job.long or job is not self._running)]
            for job in mine:
                job.gone = True
            self._free.notify_all()
            return len(mine)

    def place(self, owner: str) -> Place | None:
        """Where the first of a visitor's jobs stands; None where he has none."""
        with self._free:
            running, first = self._running, self._running.name if self._running else ""
            if running and owner and running.owner == owner:
                return Place(0, self._left(running, running.long), first)
            line = sorted((job for job in self._waiting if not job.gone), key=self._order)
            mine = next((i for i, job in enumerate(line) if owner and job.owner == owner), None)
            if mine is None:
                return None
            wholly = line[mine].long
            seconds = sum(self._known(job, wholly) for job in line[:mine]) + (self._left(running, wholly) if running else 0.0)
            return Place(mine + bool(running), seconds, first)

    # Within -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _order(job: Job) -> tuple[bool, int]:
        return job.long and job.passed < PASSED, job.number

    def _take(self, job: Job) -> None:
        with self._free:
            self._waiting.append(job)
            try:
                self._free.wait_for(lambda: job.gone or (self._running is None and min(self._waiting, key=self._order) is job))
            finally:
                self._waiting.remove(job)
            if job.gone:
                self._free.notify_all()
                raise Gone
            for other in self._waiting:
                other.passed += other.number < job.number
            job.passed, job.began, self._running = 0, self._clock(), job

    def _give_back(self, job: Job) -> None:
        with self._free:
            took = self._clock() - job.began
            job.spent += took
            self._learn(self._pieces, job.name, took)
            self._running = None
            self._free.notify_all()

    @staticmethod
    def _learn(table: dict[str, float], name: str, seconds: float) -> None:
        table[name] = seconds if name not in table else (1 - WEIGHT) * table[name] + WEIGHT * seconds

    def _known(self, job: Job, wholly: bool) -> float:
        """Seconds that a job will take: all of its pieces where nothing passes it, else one."""
        return (self._wholes if wholly else self._pieces).get(job.name, self._pieces.get(job.name, GUESS))

    def _left(self, job: Job, wholly: bool) -> float:
        """Seconds that are left of the job under way."""
        return max(self._known(job, wholly) - (self._clock() - job.began) - (job.spent if wholly else 0.0), 0.0)
