"""The oldest Python that the studio is for reads every file, whatever runs the tests; and types are checked as of it and of the newest."""

from __future__ import annotations

import ast
import re

import pytest

from tests.test_docs import ROOT, tree

OLDEST, NEWEST = (3, 10), (3, 12)
LATER = {
    "several errors caught as a group": "try:\n    pass\nexcept* ValueError:\n    pass",
    "a generic function": "def first[T](some: list[T]) -> T: ...",
    "a type of its own": "type Pair = tuple[int, int]",
}
"""What came after 3.10."""


def test_the_oldest_python_reads_every_file() -> None:
    """Of the product, its programs and its tests."""
    files = [path for path in tree() if path.suffix == ".py"]
    assert len(files) > 900
    for path in files:
        ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=OLDEST)


@pytest.mark.parametrize("what", LATER)
def test_what_came_later_is_seen(what: str) -> None:
    with pytest.raises(SyntaxError):
        ast.parse(LATER[what], feature_version=OLDEST)


def test_types_are_checked_as_of_both() -> None:
    """In `make check`; and the interpreter that `make` looks for lies between them."""
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"VERSIONS := {OLDEST[0]}.{OLDEST[1]} {NEWEST[0]}.{NEWEST[1]}" in made
    assert re.search(r"for version in \$\(VERSIONS\).*mypy --python-version \$\$version core app", made)
    assert f"{OLDEST} <= sys.version_info < ({NEWEST[0]}, {NEWEST[1] + 1})" in made
