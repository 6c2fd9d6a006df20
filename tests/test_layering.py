"""Imports point down or sideways, never up and never in a circle; and the checker itself is tried on planted faults."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

ROWS = (
    ("core.foundations",),
    ("core.models", "core.worlds"),
    ("core.methods", "core.language"),
    ("core.studio",),
    ("core.train", "core.bench"),
    ("app",),
)
"""Bottom to top. A module may import from its own row and from every row below."""

PROGRAMS = ("core.train", "core.bench")
VERBS = ("core.methods.read", "core.methods.relate", "core.methods.write", "core.language")
"""What only the studio joins."""


def inside(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def row(module: str) -> int | None:
    """The height of a module, 0 at the bottom; `core` itself stands at the bottom and may import nothing above."""
    if module == "core":
        return 0
    return next((height for height, packages in enumerate(ROWS) if any(inside(module, p) for p in packages)), None)


def home(module: str, packages: tuple[str, ...]) -> str | None:
    """Which of the packages a module lies in."""
    return next((p for p in packages if inside(module, p)), None)


def modules(root: Path) -> dict[str, Path]:
    """Every module of `core` and `app` by its name. The script app.py has the name `app.__script__`."""
    found = {"app.__script__": root / "app.py"} if (root / "app.py").is_file() else {}
    for path in sorted([*root.glob("core/**/*.py"), *root.glob("app/**/*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def base(node: ast.ImportFrom, module: str, path: Path) -> str:
    """The absolute name of what a `from ... import` imports from."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *([node.module] if node.module else [])])


def called_import(node: ast.Call) -> Iterator[str]:
    """The name in `import_module("...")` or `__import__("...")`, where it stands there in so many words."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in ("import_module", "__import__") and node.args and isinstance(node.args[0], ast.Constant):
        yield str(node.args[0].value)


def imports(module: str, path: Path, known: dict[str, Path]) -> set[str]:
    """Everything that a module imports anywhere in it, by its longest known name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = base(node, module, path)
            names = [f"{source}.{alias.name}" for alias in node.names]
            found.update(name if name in known else source for name in names)
        elif isinstance(node, ast.Call):
            found.update(called_import(node))
    return found


def edge_faults(module: str, target: str) -> Iterator[str]:
    """What is wrong with one import within the tree."""
    here, there = row(module), row(target)
    if here is None or there is None:
        yield f"{module if here is None else target} lies in no row of the design; give it one in tests/test_layering.py."
    elif there > here:
        yield f"{module} imports {target}, which lies above it."
    elif home(target, PROGRAMS) and not home(module, PROGRAMS):
        yield f"{module} imports {target}, but nothing may import a program."
    one, other = home(module, VERBS), home(target, VERBS)
    if one and other and one != other:
        yield f"{module} imports {target}, but read, relate, write and language are joined by the studio alone."


def guest_faults(graph: dict[str, set[str]]) -> Iterator[str]:
    """Gradio outside the page, and FAISS in more than one file."""
    for module in sorted(m for m in graph if not inside(m, "app")):
        if any(inside(name, "gradio") for name in graph[module]):
            yield f"{module} imports gradio, which only app.py and app/ may."
    users = sorted(m for m in graph if any(inside(name, "faiss") for name in graph[m]))
    if len(users) > 1:
        yield f"faiss is imported by {' and by '.join(users)}; one file may."


def circle_faults(graph: dict[str, set[str]]) -> Iterator[str]:
    """Each circle once, named along its way."""
    done: set[str] = set()

    def walk(module: str, way: list[str]) -> Iterator[str]:
        if module in way:
            yield "Modules import each other in a circle: " + " -> ".join([*way[way.index(module) :], module]) + "."
        elif module not in done:
            for target in sorted(graph[module] & graph.keys()):
                yield from walk(target, [*way, module])
            done.add(module)

    for module in sorted(graph):
        yield from walk(module, [])


def faults(root: Path) -> list[str]:
    """Every breach of the layers in a tree, as sentences."""
    known = modules(root)
    graph = {module: imports(module, path, known) for module, path in known.items()}
    edges = ((m, t) for m in sorted(graph) for t in sorted(graph[m]) if home(t, ("core", "app")) and t != m)
    found = [fault for module, target in edges for fault in edge_faults(module, target)]
    return [*found, *guest_faults(graph), *circle_faults(graph)]


CLEAN = {
    "app.py": "from app.page import build\n",
    "app/__init__.py": "",
    "app/page.py": "import gradio as gr\nfrom core.studio import Studio\n",
    "core/__init__.py": "",
    "core/foundations/__init__.py": "",
    "core/foundations/records.py": "import json\n",
    "core/models/__init__.py": "",
    "core/models/net.py": "from core.foundations.records import Picture\nimport core.worlds.art\n",
    "core/worlds/__init__.py": "",
    "core/worlds/art.py": "",
    "core/methods/__init__.py": "",
    "core/methods/read/__init__.py": "",
    "core/methods/read/search.py": "import faiss\nfrom core.models import net\n",
    "core/methods/read/segment.py": "from .search import nearest\n",
    "core/methods/relate/__init__.py": "",
    "core/methods/relate/labels.py": "def f():\n    from ...foundations import records\n",
    "core/methods/write/__init__.py": "",
    "core/methods/write/edit.py": "from core.models.net import Net\n",
    "core/language/__init__.py": "",
    "core/language/tags.py": "from core.models import net\n",
    "core/studio/__init__.py": "from core.studio.studio import Studio\n",
    "core/studio/studio.py": "from core.methods.read import search\nfrom core.methods.write.edit import edit\n",
    "core/train/__init__.py": "",
    "core/train/fit.py": "from core.bench.measure import measure\nfrom core.studio.studio import Studio\n",
    "core/bench/__init__.py": "",
    "core/bench/measure.py": "from core.models.net import Net\n",
}
"""A small tree that keeps every rule, with each kind of import that is allowed."""

PLANTED = {
    "upward": ("core/models/net.py", "from core.methods.write.edit import edit", "core.methods.write.edit, which lies above"),
    "upward, relative, in a function": (
        "core/foundations/records.py",
        "def f():\n    from ..studio import studio",
        "core.studio.studio, which lies above",
    ),
    "upward, by call": ("core/worlds/art.py", "import importlib\nimportlib.import_module('core.studio')", "core.studio, which lies above"),
    "upward, for types only": (
        "core/models/net.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import core.studio.studio",
        "core.studio.studio, which lies above",
    ),
    "core itself": ("core/__init__.py", "from core.studio.studio import Studio", "core imports core.studio.studio"),
    "core knows the page": ("core/train/fit.py", "import app.page", "core.train.fit imports app.page"),
    "a program is imported": ("core/studio/studio.py", "from core.bench import measure", "core.studio.studio imports core.bench.measure"),
    "the page imports a program": ("app/page.py", "import core.train.fit", "nothing may import a program"),
    "verbs mixed": (
        "core/methods/relate/labels.py",
        "from ..write import edit",
        "core.methods.relate.labels imports core.methods.write.edit",
    ),
    "language reads a method": (
        "core/language/tags.py",
        "from core.methods.read import search",
        "core.language.tags imports core.methods.read.search",
    ),
    "a method reads the language": (
        "core/methods/read/segment.py",
        "from core.language import tags",
        "core.methods.read.segment imports core.language.tags",
    ),
    "gradio in core": ("core/studio/studio.py", "import gradio.themes", "core.studio.studio imports gradio"),
    "gradio in a function": ("core/bench/measure.py", "def f():\n    from gradio import Blocks", "core.bench.measure imports gradio"),
    "faiss twice": ("core/studio/studio.py", "import faiss", "core.methods.read.search and by core.studio.studio"),
    "circle of two": ("core/worlds/art.py", "from core.models.net import Net", "core.models.net -> core.worlds.art -> core.models.net"),
    "circle through a package": (
        "core/studio/studio.py",
        "from core.studio import Studio",
        "core.studio -> core.studio.studio -> core.studio",
    ),
    "circle of programs": (
        "core/bench/measure.py",
        "def f():\n    from ..train import fit",
        "core.bench.measure -> core.train.fit -> core.bench",
    ),
    "a row unknown": ("core/extra/thing.py", "import core.models.net", "core.extra.thing lies in no row"),
}
"""What is planted: the file, the lines added to it, and words that the complaint must hold."""


def plant(root: Path, tree: dict[str, str]) -> Path:
    for name, text in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_this_tree_keeps_its_layers():
    """No import of the studio points up, sideways between verbs, or round in a circle."""
    found = faults(ROOT)
    assert not found, "\n".join(["Imports break the layers:", *found])


def test_this_tree_is_seen():
    """The checker does look at the studio: it finds its modules and at least one import between rows."""
    known = modules(ROOT)
    assert "core.foundations.records" in known, "The checker does not find the modules of core."
    assert any(home(t, ("core",)) for m in known for t in imports(m, known[m], known)), "The checker finds no import within core."


def test_app_is_a_package():
    """`import app` finds the package and not the script app.py beside it."""
    assert (ROOT / "app" / "__init__.py").is_file(), "app/__init__.py is missing, so `import app` would find app.py."


def test_clean_tree_passes(tmp_path: Path):
    """Every allowed kind of import passes."""
    assert faults(plant(tmp_path, CLEAN)) == [], "The checker complains about a tree that keeps every rule."


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught(tmp_path: Path, fault: str):
    """Each planted fault is caught, and the sentence names both sides."""
    name, text, words = PLANTED[fault]
    found = faults(plant(tmp_path, {**CLEAN, name: CLEAN.get(name, "") + text + "\n"}))
    assert any(words in sentence for sentence in found), f"Planted fault '{fault}' was not caught; found only {found}."
