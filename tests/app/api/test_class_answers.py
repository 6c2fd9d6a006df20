"""What the endpoints of the tab Classes say of neurons and patches, as numbers that a program can go on with."""

from __future__ import annotations

from PIL import Image

from app.api import answers
from core.foundations.records import Picture
from tests.app.fake_classes import FakeClasses

PICTURE = Picture(Image.new("RGB", (32, 32)))


class Plain(FakeClasses):
    """The stand-in without its wait."""

    def __init__(self) -> None:
        self._work = lambda verb: None


def test_a_neuron_comes_with_what_excites_it_and_where() -> None:
    """Numbers of pictures with places; none where nobody looked; and how much the best key of every block does."""
    told = answers.keys(Plain().class_keys(PICTURE, "cat"))
    assert told["keys"][0]["examples"] == [{"picture": 3, "across": 0.25, "down": 0.5}, {"picture": 5, "across": 0.5, "down": 0.75}]
    assert told["keys"][1]["examples"] == [] and told["blocks"] == [1.0, 0.8, 0.6]


def test_a_class_is_identified_at_every_depth() -> None:
    """Beside the share of patches that say it."""
    told = answers.decided(Plain().classes(PICTURE, "shark"))
    assert told["identified"] == [0.2, 0.5, 0.8, 0.9] and len(told["patches"]) == 4
