"""Files and functions stay small enough to be read in one go."""

from __future__ import annotations

import ast
import io
import tokenize
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]

FILE_LINES = 400
FUNCTION_LINES = 50
USUAL_LINES = 30
USUAL_SHARE = 0.9
READING_LINES = 3000

SILENT = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
"""Tokens that are no code."""


class Function(NamedTuple):
    where: str
    lines: int


def sources() -> list[Path]:
    """Every Python file of the studio, its tests and tools."""
    folders = ("core", "app", "tests", "tools")
    return sorted([*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))])


def code_lines(source: str) -> set[int]:
    """The numbers of the lines that hold code: neither blank nor comment. Docstrings still count."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in SILENT:
            lines.update(range(token.start[0], token.end[0] + 1))
    return lines


def docstring_lines(node: ast.AST) -> set[int]:
    """The lines of a function's or class's docstring."""
    first = node.body[0] if getattr(node, "body", None) else None
    if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)):
        return set()
    return set(range(first.lineno, first.end_lineno + 1))


def functions(source: str, name: str) -> list[Function]:
    """Every function of a file with its number of code lines, decorators, docstrings, blanks and comments left out."""
    tree, code = ast.parse(source), code_lines(source)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    code -= set().union(*(docstring_lines(node) for node in ast.walk(tree) if isinstance(node, kinds)))
    return [
        Function(f"{name}:{node.lineno} {node.name}", len(code & set(range(node.lineno, node.end_lineno + 1))))
        for node in ast.walk(tree)
        if isinstance(node, kinds[:2])
    ]


@lru_cache(maxsize=1)
def all_functions() -> tuple[Function, ...]:
    """Those of every source; read once."""
    named = ((path.read_text(encoding="utf-8"), str(path.relative_to(ROOT))) for path in sources())
    return tuple(function for source, name in named for function in functions(source, name))


def test_files_are_short():
    """No file reaches 400 lines; scripts and styles of the page count too."""
    styled = [path for suffix in ("js", "css") for path in (ROOT / "app").rglob(f"*.{suffix}")]
    counts = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in [*sources(), *styled]}
    long = {name: count for name, count in counts.items() if count >= FILE_LINES}
    assert not long, f"These files have {FILE_LINES} lines or more; divide them by noun: {long}"


def test_functions_are_short():
    """No function reaches 50 lines of code."""
    long = [function for function in all_functions() if function.lines >= FUNCTION_LINES]
    assert not long, f"These functions have {FUNCTION_LINES} code lines or more; divide them by step: {long}"


def test_most_functions_are_shorter():
    """Nine of ten functions of core and app stay under 30 lines of code."""
    own = [function for function in all_functions() if function.where.startswith(("core", "app"))]
    long = sorted((function for function in own if function.lines >= USUAL_LINES), key=lambda function: -function.lines)
    assert len(long) <= (1 - USUAL_SHARE) * len(own), f"{len(long)} of {len(own)} functions have {USUAL_LINES} code lines or more: {long}"


SAMPLE = '''
@decorated
def outer(a):
    """Two lines

    of docstring."""
    # a comment

    text = """a string
    over two lines"""

    def inner():
        """One line."""
        return text  # and a comment behind
    return (
        inner
    )
'''


def test_lines_are_counted_rightly():
    """Counted by hand: outer has 1 + 2 + 2 + 3 lines of code, inner has 2."""
    assert [function.lines for function in functions(SAMPLE, "sample")] == [8, 2], "Code lines are miscounted."


def test_all_that_reads_sentences_is_short() -> None:
    """At most so many lines for every world; what only speaks, and what reads the tables, does not count."""
    folder = ROOT / "core" / "language"
    speaks = {folder / "refusals.py", folder / "quantities" / "refusals.py", *(folder / "facts").rglob("*.py")}
    assert sum(len(path.read_text().splitlines()) for path in {*folder.rglob("*.py")} - speaks) <= READING_LINES
