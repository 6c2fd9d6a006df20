"""What was freed goes back to the system, where that can be; elsewhere nothing happens."""

from __future__ import annotations

import ctypes
import gc
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from app.shared import memory as module
from core.foundations.files import ROOT

MANY = """
import ctypes, sys, threading
from app.shared.memory import few_stores

if sys.argv[1]:
    assert few_stores()
all_hold = threading.Barrier(9)
def hold():
    kept = [bytes(900) for _ in range(200)]  # too large for Python's own store
    all_hold.wait()
    all_hold.wait()
for _ in range(8):
    threading.Thread(target=hold).start()
all_hold.wait()
library = ctypes.CDLL(None)
library.fdopen.restype, library.malloc_info.argtypes = ctypes.c_void_p, [ctypes.c_int, ctypes.c_void_p]
out = library.fdopen(1, b"w")
library.malloc_info(0, out)
library.fflush(ctypes.c_void_p(out))
all_hold.wait()
"""
"""Tells of every store of the C library's memory, with or without the few."""
PATIENCE = 30
"""Seconds after which a test that hangs is given up."""


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_what_was_freed_is_given_back() -> None:
    """Small pieces below one that stays: the C library keeps them until it is asked."""
    if not sys.platform.startswith("linux") or not module.give_back():
        assert module.give_back() in (True, False)
        return
    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes, library.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
    size = 64_000
    pieces = [library.malloc(size) for _ in range(2000)]
    for piece in pieces:
        ctypes.memset(piece, 1, size)
    for piece in pieces[:-1]:
        library.free(piece)
    before = resident()
    assert module.give_back() and before - resident() > 100_000_000
    library.free(pieces[-1])


def test_it_goes_on_until_it_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """And ends at once where the system cannot."""
    asked, thrice = [0], threading.Event()

    def give() -> bool:
        asked[0] += 1
        if asked[0] == 3:
            thrice.set()
        return True

    monkeypatch.setattr(module, "give_back", give)
    over = module.keep_small(0.001)
    assert thrice.wait(PATIENCE)
    over.set()
    monkeypatch.setattr(module, "give_back", lambda: False)
    module.keep_small(3600)
    assert not [thread for thread in threading.enumerate() if thread.name == "give back" and not _ends(thread)]


def _ends(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return not thread.is_alive()


def test_elsewhere_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_library", lambda: None)
    assert module.give_back() is False and module.few_stores() is False


def test_many_threads_share_few_stores() -> None:
    """In a program of its own, where eight threads hold memory at once: no more stores than are allowed, and else one for each."""
    if not sys.platform.startswith("linux") or not hasattr(ctypes.CDLL(None), "malloc_info"):
        return
    run = [subprocess.run([sys.executable, "-c", MANY, few], cwd=ROOT, capture_output=True, text=True, check=True) for few in ("few", "")]
    few, many = (one.stdout.count("<heap nr") for one in run)
    assert few <= module.STORES < many


def test_garbage_is_looked_for_once_the_page_is_there() -> None:
    """What stands at the start is not looked through any more."""
    gc.disable()
    try:
        module.begun()
        assert gc.isenabled() and gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.enable()
