"""Small things run on one thread, large ones on all, and afterwards all is as it was; waiting threads sleep, not spin."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import torch

from core.foundations import threads
from core.foundations.files import ROOT
from core.studio.photos import Photos
from core.studio.shelf import Shelf
from core.studio.studio import Studio

ENTRIES = ("app.py", "core/bench/__main__.py", "core/train/__main__.py")


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    """As if on two cores, all of them in use."""
    monkeypatch.setattr(threads, "cores", lambda: 2)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_only_large_work_is_split():
    """From the measured size on."""
    assert threads.paying(0) == threads.paying(threads.PAYS / 2) == 1
    assert threads.paying(threads.PAYS) == 2


def test_threads_are_given_back_whatever_happens():
    """After success, and after an error."""
    for error in (None, ValueError("on purpose")):
        try:
            with threads.threads_for(0):
                assert torch.get_num_threads() == 1
                if error:
                    raise error
        except ValueError:
            pass
        assert torch.get_num_threads() == 2


def test_every_public_method_of_a_sized_class_is():
    """By the work of its networks; what is not public is left alone, and names and signatures stay."""

    @threads.sized
    class Small:
        def look(self, seed: int = 3) -> int:
            """Threads."""
            return torch.get_num_threads() + 10 * seed

        def _within(self) -> int:
            return torch.get_num_threads()

    class Large(Small):
        work = 1e10

    assert Small().look(0) == 1 and Large().look(1) == 12 and Small()._within() == 2
    assert Small.look.__doc__ == "Threads." and Small.look.__name__ == "look"


def test_the_studio_is_sized(monkeypatch):
    """A Noun's verb runs on one thread; the tower of photographs is large enough for all, that of scenes is not."""
    studio = Studio("nouns")
    seen = []
    monkeypatch.setattr(Shelf, "encode", lambda self, rgb: seen.append(torch.get_num_threads()) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        studio.sample(1)
    assert seen == [1] and torch.get_num_threads() == 2
    assert studio.sight.work < threads.PAYS
    assert Photos.megabytes and 12.0 * 12 * 384**2 * 577 > threads.PAYS


@pytest.mark.parametrize(("asked", "most"), [("1", 1), ("999", 0), ("many", 0), ("", 0)])
def test_what_a_person_has_set_counts(monkeypatch, asked: str, most: int):
    """OMP_NUM_THREADS bounds the cores; nonsense does not."""
    monkeypatch.undo()
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    own = threads.cores()
    monkeypatch.setenv("OMP_NUM_THREADS", asked)
    assert threads.cores() == (most or own)


def test_tests_settle_too():
    """One thread for each of the tests' processes, and for those that they start."""
    assert os.environ["OMP_NUM_THREADS"] and set(threads.CALM) <= set(os.environ)


@pytest.mark.parametrize("entry", ENTRIES)
def test_programs_settle_before_torch(entry: str):
    """Each calls settle(), and what it imports at its top brings no torch."""
    text = (ROOT / entry).read_text()
    assert text.index("settle()") < (text + "import torch").index("import torch")


def test_settling_needs_no_torch():
    """It is set in the environment, where OpenMP reads it when torch is loaded, and a person's own word stands."""
    code = "import os, sys; os.environ['KMP_BLOCKTIME'] = '7'; from core.foundations.threads import settle; settle(); "
    code += "print('torch' in sys.modules, os.environ['OMP_WAIT_POLICY'], os.environ['KMP_BLOCKTIME'])"
    bare = {name: value for name, value in os.environ.items() if name not in threads.CALM}
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=bare, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "PASSIVE", "7"]
