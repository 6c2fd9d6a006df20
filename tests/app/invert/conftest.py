"""A page of these tests' own, over a studio that they look into."""

from tests.app.own_page import studio, url  # noqa: F401
