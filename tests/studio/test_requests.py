"""What a sentence comes to, and what is said of it, on the shipped weights."""

from __future__ import annotations

import pytest

from core.studio import Studio


@pytest.fixture(scope="module")
def studio() -> Studio:
    """The real one."""
    return Studio("nouns")


@pytest.mark.parametrize(
    ("sentence", "note"),
    [
        ("make it a bee", "No part here is called that; a mosquito head came nearest to your words."),
        ("swap the head for a shrak", ""),
        ("give it a feline head and red glasses", ""),
    ],
)
def test_what_is_not_called_what_was_said_is_told(studio: Studio, sentence: str, note: str) -> None:
    """A mosquito is not passed off as a bee; a shark is one, with a slip of the finger too."""
    picture = studio.compose({"background": "cool", "body": "teal", "accessory": "none", "head": "toaster", "glasses": "square-black"})
    result = studio.request(picture, sentence)
    assert result.refusal is None and result.note == note
