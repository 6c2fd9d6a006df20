"""The page is there before torch is; the models come when something first needs them, once, and who waits for them is told."""

from __future__ import annotations

import os
import subprocess
import sys
from threading import Event, Thread

from app.shared import waking
from app.shared.turns import Turns
from app.shared.waiting import WAKING, sentence
from core.foundations.files import ROOT
from core.methods.read.segment import METHODS
from core.methods.read.segment_says import SAYS
from core.studio import Studio
from core.studio.worlds import LIBRARIES

BUILDS = """
import sys
from app.demo import build_demo, load_static
from app.shared.waking import Waking
studio = Waking()
demo = build_demo(studio, load_static())
demo.get_config_file()
print([name for name in ("torch", "faiss", "transformers", "safetensors", "scipy") if name in sys.modules], studio._studio)
"""
PATIENCE = 30


def test_the_first_view_needs_no_torch() -> None:
    """The whole page is built and told to a browser with none of the heavy libraries in memory."""
    quiet = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    run = subprocess.run([sys.executable, "-c", BUILDS], cwd=ROOT, env=quiet, capture_output=True, text=True, check=True, timeout=600)
    assert run.stdout.split("\n")[-2] == "[] None"


def test_a_waking_studio_is_the_studio() -> None:
    """What it knows at once is what the studio says; whatever else is asked is the studio's own, made once."""
    early, late = waking.Waking(), Studio("nouns")
    assert (early.world, early.slots) == (late.world, late.slots)
    assert all(early.parts(slot) == late.parts(slot) for slot in early.slots)
    assert early._studio is None and set(early.editable) <= set(LIBRARIES)
    assert early.library is early.awake().library


def test_faces_can_be_edited_where_what_turns_them_is_there(tmp_path, monkeypatch) -> None:
    """Known by a file, before anything is loaded."""
    early = waking.Waking()
    monkeypatch.setattr(waking, "HANDLES", tmp_path / "handles")
    assert early.editable == ("nouns",)
    (tmp_path / "handles").touch()
    assert early.editable == ("nouns", "faces") and early._studio is None


def test_methods_are_said_without_torch() -> None:
    """One sentence for each, in the same order."""
    assert {name: method.says for name, method in METHODS.items()} == SAYS and list(METHODS) == list(SAYS)


class Slow:
    """A studio whose first model waits until it is let."""

    def __init__(self) -> None:
        self.reached, self.opened, self.asked = Event(), Event(), []

    def sample(self, seed: int) -> int:
        """The first model."""
        self.asked.append("sample")
        self.reached.set()
        self.opened.wait(PATIENCE)
        return seed

    def request(self, picture: int, sentence: str) -> None:
        """Fails, as where weights are missing."""
        self.asked.append("request")
        raise ValueError("on purpose")


def test_who_comes_while_the_models_are_loaded_is_told(monkeypatch, caplog) -> None:
    """In a sentence; and a failure is written down, and holds nobody up."""
    monkeypatch.setattr(waking, "FIRST", 0.0)
    studio, turns = Slow(), Turns()
    thread = Thread(target=waking.wake, args=(studio, turns), daemon=True)
    thread.start()
    assert studio.reached.wait(PATIENCE)

    def visit() -> None:
        with turns.turn(turns.job("ann", "request")):
            studio.asked.append("ann")

    ann = Thread(target=visit, daemon=True)
    ann.start()
    while not turns._waiting:
        pass
    place = turns.place("ann")
    assert place is not None and place.first == WAKING and "waking up" in sentence(place)
    studio.opened.set()
    for one in (ann, thread):
        one.join(PATIENCE)
    assert studio.asked == ["sample", "ann", "sample", "request"] and "waking up failed" in caplog.text
