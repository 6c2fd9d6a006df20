"""Templates escape what they are given, and an unknown name is an error."""

from __future__ import annotations

import jinja2
import pytest

from app.shared.templates import environment, macros


def test_values_are_escaped() -> None:
    """Whatever comes from outside is shown as text."""
    made = environment().from_string("{% macro p(text) %}<p>{{ text }}</p>{% endmacro %}").module
    assert made.p('<img src=x onerror="1">') == "<p>&lt;img src=x onerror=&#34;1&#34;&gt;</p>"


def test_an_unknown_name_is_an_error() -> None:
    """A slip in a template is found by the first test that draws it."""
    with pytest.raises(jinja2.UndefinedError):
        environment().from_string("{{ missing }}").render()


def test_a_missing_template_is_an_error() -> None:
    """There is no empty page for a wrong name."""
    with pytest.raises(jinja2.TemplateNotFound):
        macros("nowhere.html")
