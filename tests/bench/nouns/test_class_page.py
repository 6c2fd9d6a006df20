"""What the waiting is counted on: everything that the page asks, once for each picture and once for another class on it."""

from __future__ import annotations

from typing import Any

from PIL import Image

from core.bench.nouns.class_page import waits
from core.foundations.errors import StudioError
from core.foundations.records import Picture
from tests.app.fake_classes import FakeClasses


class Counted(FakeClasses):
    """A stand-in that notes what it is asked; nothing of pizza lies ready."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self._work = lambda verb: self.asked.append((verb, None))

    def excited_image(self, name: str) -> Image.Image | None:
        """As the stand-in's, but for one class."""
        self.asked.append(("ready", name))
        if name == "pizza":
            raise StudioError("Nothing.")
        return super().excited_image(name)


def test_everything_is_asked_of_every_picture_and_again_for_another_class() -> None:
    """The answer first, then the classes in turn, round and round."""
    verbs = Counted()
    row = waits(verbs, [Picture(Image.new("RGB", (32, 32)))] * 3, ["cat", "pizza"])
    assert [one for one, _ in verbs.asked] == ["classes", "class_keys", "ready"] * 6
    assert [name for verb, name in verbs.asked if verb == "ready"] == ["shark", "cat", "shark", "pizza", "shark", "cat"]
    assert row["a second over it"] == 1 / row["s"] and row["times"] == row["s"] / row["another class s"]
