"""One served page for the tests of the endpoints."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.app.fake_studio import FakeStudio
from tests.app.serving import served


@pytest.fixture(scope="package")
def address(static: dict) -> Iterator[str]:
    """A served page, without a browser."""
    with served(FakeStudio(), static) as url:
        yield url
