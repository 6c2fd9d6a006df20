"""How many threads work at once, decided here alone, and from what was measured.

A small network is split into pieces so short that most of the time goes to waiting for the other thread; where a neighbour keeps one
of two cores busy, that thread is not even running, and each of a few hundred operations waits for its turn. So everything small runs
on one thread, and only a network whose products are large enough is given all cores.

Measured (torch 2.13, two cores, least time of many, four transformer layers): 0.01 to 0.5 billion multiply-adds take 1.3 to 2.6
times as long on two threads as on one, 1.8 billion as long, 4.1 billion 0.65 times. A sentence on a Noun took 770 to 930 ms on two
threads beside one busy process, 45 ms on one.
"""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

PAYS = 3e9
"""Multiply-adds of one pass from which further threads pay."""
CALM = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0"}
"""What makes threads sleep, not spin, while they wait for each other: torch's builds carry GNU's OpenMP, which reads the first,
or LLVM's, which reads the second. Both read it once, when torch is loaded."""

Kind = TypeVar("Kind", bound=type)


def settle() -> None:
    """Let waiting threads sleep. For programs, before torch is imported; what a person has set is left alone."""
    for name, value in CALM.items():
        os.environ.setdefault(name, value)


def cores() -> int:
    """Threads that may run at once in this process: its cores, or fewer where OMP_NUM_THREADS says so."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    asked = os.environ.get("OMP_NUM_THREADS", "")
    return min(own, int(asked)) if asked.isdigit() and int(asked) > 0 else own


def paying(work: float) -> int:
    """How many threads pay for a network of so many multiply-adds."""
    return cores() if work >= PAYS else 1


@contextmanager
def threads_for(work: float) -> Iterator[None]:
    """Run what is inside on as many threads as pay; afterwards as many as before."""
    import torch  # here, so that programs can settle first

    before = torch.get_num_threads()
    torch.set_num_threads(paying(work))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def sized(kind: Kind) -> Kind:
    """Every public method of a class runs on as many threads as pay for its networks: `self.work` multiply-adds, few where it has none."""

    def wrapped(verb: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(verb)
        def run(self: Any, *given: Any, **named: Any) -> Any:
            with threads_for(getattr(self, "work", 0.0)):
                return verb(self, *given, **named)

        return run

    for name, verb in list(vars(kind).items()):
        if inspect.isfunction(verb) and not name.startswith("_"):
            setattr(kind, name, wrapped(verb))
    return kind
