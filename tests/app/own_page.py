"""A page over a studio that the tests can look into; a folder's `conftest.py` takes both fixtures over from here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app.fake_studio import FakeStudio
from tests.app.serving import served


@pytest.fixture(scope="module")
def studio() -> FakeStudio:
    """The studio behind the page."""
    return FakeStudio()


@pytest.fixture(scope="module")
def url(studio: FakeStudio, static: dict) -> Iterator[str]:
    """The page's address."""
    with served(studio, static) as address:
        yield address
