"""Templates escape what they are given, an unknown name is an error, and each is compiled once."""

from __future__ import annotations

import tempfile
from pathlib import Path

import jinja2
import pytest

from app.shared.templates import compiled, environment, macros


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


def test_a_template_is_compiled_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The next start finds it compiled; one that was changed since is compiled anew."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    room = tmp_path / "room"
    room.mkdir()
    loader = jinja2.FileSystemLoader(room)
    (room / "a.html").write_text("{% macro p() %}one{% endmacro %}")
    start = lambda: jinja2.Environment(loader=loader, bytecode_cache=compiled())  # noqa: E731
    assert start().get_template("a.html").module.p() == "one"
    monkeypatch.setattr(jinja2.Environment, "_compile", lambda *given: pytest.fail("compiled again"))
    assert start().get_template("a.html").module.p() == "one"
    monkeypatch.undo()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (room / "a.html").write_text("{% macro p() %}two{% endmacro %}")
    assert start().get_template("a.html").module.p() == "two"


def test_where_nothing_may_be_kept_the_page_is_drawn_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No folder, or one that is full."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert compiled() is None
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    found = compiled()
    assert found is not None
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", lambda **given: (_ for _ in ()).throw(OSError("full")))
    loader = jinja2.DictLoader({"a.html": "{% macro p() %}one{% endmacro %}"})
    assert jinja2.Environment(loader=loader, bytecode_cache=found).get_template("a.html").module.p() == "one"
