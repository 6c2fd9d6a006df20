"""HTML stands in templates: no Python file of the page holds a tag, and what escapes by itself is nowhere told not to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

APP = Path(__file__).resolve().parents[3] / "app"
TAG = re.compile(r"</?[a-zA-Z][^<]*|<!--")
"""The beginning of a tag, or of a comment, in a text."""
OWN = {"shared/chrome.html": ("style|safe", "script|safe")}
"""What is shown as it is: files of ours."""


def tags(source: str) -> list[str]:
    """Every tag in the texts of a Python file; what is told of it in docstrings is none."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in told]
    return [f"line {node.lineno}: {found[:40]}" for node in texts for found in TAG.findall(node.value)]


@pytest.mark.parametrize("text", ["'<p>'", "f'<b class=\"{x}\">'", "'a' '</i>'", "f'{a}<svg {b}>'", "['<path d=\"M0 0\"/>']", "'<!-- -->'"])
def test_a_tag_is_found(text: str) -> None:
    """In plain texts, in texts with values, wherever they stand."""
    assert len(tags(f"def f(a, b, x):\n    return {text}\n")) == 1


@pytest.mark.parametrize("text", ["1 < 2", "'a < b'", "'<-'", '"""Holds a <p>."""', "'1<2'"])
def test_what_is_no_tag_is_not_found(text: str) -> None:
    """Comparisons, arrows and docstrings."""
    assert tags(f"a = 0\n{text}\n") == [] if text.startswith('"""') else tags(f"a = {text}\n") == []


@pytest.mark.parametrize("path", sorted(APP.rglob("*.py")), ids=lambda path: str(path.relative_to(APP)))
def test_no_python_file_holds_a_tag(path: Path) -> None:
    """Nor escapes by hand, which a template does by itself."""
    source = path.read_text(encoding="utf-8")
    assert tags(source) == [] and "from html import" not in source


@pytest.mark.parametrize("path", sorted(APP.rglob("*.html")), ids=lambda path: str(path.relative_to(APP)))
def test_templates_escape_everything(path: Path) -> None:
    """What a template shows as it is was made by a template, which says so by its kind."""
    source = path.read_text(encoding="utf-8")
    unescaped = tuple(re.findall(r"[\w.\[\]'\"(), ]+\|\s*safe|autoescape", source))
    assert tuple(text.strip() for text in unescaped) == OWN.get(str(path.relative_to(APP)), ())
