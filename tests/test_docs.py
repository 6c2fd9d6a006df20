"""What is written agrees with what is there: docstrings, README, cards, sizes, and nothing that belongs to one machine."""

from __future__ import annotations

import ast
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache, lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
ASSETS = ROOT / "assets"
MB = 1_000_000

SOURCE = re.compile(r"papers/|arxiv|\beqs?\b|equation|section", re.IGNORECASE)
"""What the docstring of a method's file has to hold."""

MACHINE_PATH = re.compile(r"(?<![\w.}])/(?:work|root|home)(?![\w-])")
REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu)\.(?:org|com)|download\.pytorch\.org"
    r"|--(?:extra-)?index-url|--find-(?:links)|/opt/(?:pypi|wheels)"
)

PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
PICKLE_FILES = {".pkl", ".pickle", ".pt", ".pth", ".ckpt", ".bin", ".joblib"}

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
Function = ast.FunctionDef | ast.AsyncFunctionDef


@lru_cache(maxsize=1)
def tree() -> tuple[Path, ...]:
    """Every file that is tracked or would be: in git's list or not ignored by it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return tuple(sorted({ROOT / name for name in names if name and (ROOT / name).is_file()}))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file of the tree."""
    for path in tree():
        data = path.read_bytes()
        if b"\0" not in data[:8192] and path.suffix != ".safetensors":
            yield name_of(path), data.decode("utf-8", errors="replace")


@cache
def syntax(path: Path) -> ast.Module:
    """The syntax tree of a file; made once, and never changed."""
    return ast.parse(path.read_text(encoding="utf-8"))


def parsed(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and syntax tree of every Python file in some folders."""
    for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
        yield name_of(path), syntax(path)


def public(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Definition]]:
    """Public functions, classes and their public methods; not what lies inside functions."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{node.name}.")


def bare_arguments(node: Function) -> list[str]:
    """The arguments of a function that have no type."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
    return [a.arg for a in arguments if a and a.annotation is None and a.arg not in ("self", "cls")]


def test_everything_public_is_documented():
    """Every public function, class and method of core has a docstring."""
    bare = [f"{name} {what}" for name, module in parsed("core") for what, node in public(module.body) if not ast.get_docstring(node)]
    assert not bare, "\n".join(["These have no docstring:", *bare])


def test_every_argument_has_a_type():
    """Every argument of every function of core is annotated."""
    found = ((name, node) for name, module in parsed("core") for node in ast.walk(module) if isinstance(node, Function))
    bare = [f"{name}:{node.lineno} {node.name}({', '.join(bare_arguments(node))})" for name, node in found if bare_arguments(node)]
    assert not bare, "\n".join(["These arguments have no type:", *bare])


def test_every_method_names_its_source():
    """Every method's file opens with a docstring that names a paper, an equation or a section."""
    files = [(name, module) for name, module in parsed("core/methods") if not name.endswith("__init__.py")]
    bare = [name for name, module in files if not SOURCE.search(ast.get_docstring(module) or "")]
    assert not bare, "\n".join(["These open without naming their paper (arXiv, papers/, equation or section):", *bare])


def readme() -> str:
    assert README.is_file(), "README.md is missing."
    return README.read_text(encoding="utf-8")


def code_in_readme() -> str:
    """What stands in the README's code blocks and code spans."""
    return "\n".join(a or b for a, b in re.findall(r"```[^\n]*\n(.*?)```|`([^`\n]+)`", readme(), re.DOTALL))


def test_readme_commands_are_targets():
    """Every `make something` in the README is a target of the Makefile, and every target is in the README."""
    named = set(re.findall(r"\bmake ([a-z][\w-]*)", code_in_readme()))
    targets = set(re.findall(r"^([a-z][\w-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named, "The README names no `make` command."
    assert named <= targets, f"The README names targets that the Makefile does not have: {sorted(named - targets)}"
    untold = {"studio", "test", "check", "bench", "weights"} - named
    assert not untold, f"The README does not name these targets: {sorted(untold)}"


def test_readme_programs_exist():
    """Every `python -m core.x` and `python x.py` in the README can be started."""
    code = code_in_readme()
    modules = {name.replace(".", "/") for name in re.findall(r"python3? -m ((?:core|app)[\w.]*)", code)}
    missing = [m for m in modules if not any((ROOT / f).is_file() for f in (f"{m}.py", f"{m}/__main__.py"))]
    missing += [name for name in re.findall(r"python3? ([\w/]+\.py)", code) if not (ROOT / name).is_file()]
    assert not missing, f"The README starts programs that do not exist: {missing}"


def test_readme_names_every_bench():
    """Every benchmark that `python -m core.bench --list` names stands in the README."""
    command = [sys.executable, "-m", "core.bench", "--list"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, f"`python -m core.bench --list` fails: {run.stderr[-1000:]}"
    names = [line.split()[0] for line in run.stdout.splitlines() if line.strip()]
    assert names, "`python -m core.bench --list` names nothing."
    missing = [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", readme())]
    assert not missing, f"The README does not mention these benchmarks: {missing}"


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern stands in the tree's text files."""
    found = ((name, number, line) for name, text in texts() for number, line in enumerate(text.splitlines(), 1))
    return [f"{name}:{number}: {line.strip()[:120]}" for name, number, line in found if pattern.search(line)]


def test_no_path_of_one_machine():
    """No text file names a folder of the machine it was written on."""
    found = lines_with(MACHINE_PATH)
    assert not found, "\n".join(["These lines name a folder of one machine:", *found])


def test_no_registry_is_named():
    """No text file says where packages come from: that is each machine's own setting."""
    found = lines_with(REGISTRY)
    assert not found, "\n".join(["These lines name a registry or an index of packages:", *found])


@pytest.mark.parametrize(
    "pattern, caught, passed",
    [
        (MACHINE_PATH, "/" + "work/main", "https://example.com/work"),
        (MACHINE_PATH, "see '/" + "root'", "core/root and network/homes"),
        (MACHINE_PATH, "cd /" + "home/me", "$HOME/x and {folder}/home"),
        (REGISTRY, "https://py" + "pi.org/simple", "a registry such as PyPI"),
        (REGISTRY, "pip --index" + "-url x", "an index url"),
        (SOURCE, "Bussmann et al., arXiv:2503.17547, Eq. 3", "equally well"),
        (SOURCE, "papers/rosetta.md", "paper"),
    ],
)
def test_patterns(pattern: re.Pattern[str], caught: str, passed: str):
    """The patterns catch what they are for and nothing beside it."""
    assert pattern.search(caught), f"The pattern misses '{caught}'."
    assert not pattern.search(passed), f"The pattern wrongly finds '{passed}'."


def test_sizes():
    """Every asset is under 10 MB, all are under 55 MB, the whole tree is under 60 MB."""
    sizes = {name_of(path): path.stat().st_size for path in tree()}
    assets = {name: size for name, size in sizes.items() if name.startswith("assets/")}
    large = {name: size for name, size in assets.items() if size >= 10 * MB}
    assert not large, f"These assets have 10 MB or more: {large}"
    assert sum(assets.values()) < 55 * MB, f"assets/ holds {sum(assets.values()) / MB:.1f} MB; 55 MB is the limit."
    assert sum(sizes.values()) < 60 * MB, f"The tree holds {sum(sizes.values()) / MB:.1f} MB; 60 MB is the limit."


def card_fault(weights: Path) -> str | None:
    """What is wrong with a weight file's card, or None."""
    name = weights.relative_to(ASSETS).with_suffix(".json").as_posix()
    card = ASSETS / "cards" / name
    if not card.is_file():
        return f"{name_of(weights)} has no card at assets/cards/{name}."
    if json.loads(card.read_text()).get("sha256") != hashlib.sha256(weights.read_bytes()).hexdigest():
        return f"{name_of(weights)} is not the file whose sha256 its card gives."
    return None


def test_every_weight_file_has_its_card():
    """Every weight file has a card beside it, and the card's sha256 is the file's."""
    found = [fault for fault in map(card_fault, sorted(ASSETS.rglob("*.safetensors"))) if fault]
    assert not found, "\n".join(found)


def test_every_card_has_its_weights():
    """No card describes a file that is not there, or another one."""
    lost = []
    for card in sorted((ASSETS / "cards").rglob("*.json")):
        told = json.loads(card.read_text())
        path = (ASSETS / card.relative_to(ASSETS / "cards")).with_name(told["file"])
        if (
            not path.is_file()
            or path.name.partition(".")[0] != card.stem
            or hashlib.sha256(path.read_bytes()).hexdigest() != told["sha256"]
        ):
            lost.append(name_of(card))
    assert not lost, f"These cards describe no file: {lost}"


def pickle_uses(module: ast.Module) -> Iterator[str]:
    """Every way in which a file could open a pickle; torch's own reader for tensors alone is none."""
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call)]
    safe = [call.func for call in calls if any(word.arg == "weights_only" and ast.unparse(word.value) == "True" for word in call.keywords)]
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] in PICKLES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in PICKLES:
            yield node.module or ""
        elif isinstance(node, ast.Attribute) and node not in safe and ast.unparse(node) in ("torch.load", "torch.hub.load", "torch.save"):
            yield ast.unparse(node)
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            yield "allow_pickle"


def test_no_pickle_is_opened():
    """Nothing in core, app or tools reads or writes a pickle, and none lies in the tree."""
    named = [("app.py", ast.parse((ROOT / "app.py").read_text()))] if (ROOT / "app.py").is_file() else []
    uses = [f"{name}: {use}" for name, module in [*named, *parsed("core", "app", "tools")] for use in pickle_uses(module)]
    files = [name_of(path) for path in tree() if path.suffix in PICKLE_FILES]
    assert not uses + files, "\n".join(["Pickles can run any code when opened; use safetensors:", *uses, *files])


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "torch.load(f)",
        "torch.load(f, weights_only=False)",
        "np.load(f, allow_pickle=True)",
        "x = torch.hub.load",
    ],
)
def test_pickle_uses_are_caught(source: str):
    """Each way to open a pickle is caught, and the safe ways are not."""
    assert list(pickle_uses(ast.parse(source))), f"`{source}` was not caught."
    assert not list(pickle_uses(ast.parse("np.load(f, allow_pickle=False)\nload_file(f)\ntorch.load(f, weights_only=True)"))), (
        "A safe way was complained about."
    )


def test_every_asset_is_in_the_table() -> None:
    """docs/assets.md says of every file what makes it."""
    table = (ROOT / "docs" / "assets.md").read_text(encoding="utf-8")
    patterns = [name for line in table.splitlines() if line.startswith("|") for name in re.findall(r"`([^`]+)`", line.split("|")[1])]
    names = [path.relative_to(ASSETS).as_posix() for path in tree() if path.is_relative_to(ASSETS)]
    lost = [name for name in names if not name.startswith("cards/") and not any(fnmatch(name, pattern) for pattern in patterns)]
    idle = [pattern for pattern in patterns if not any(fnmatch(name, pattern) for name in names)]
    assert not lost, f"docs/assets.md does not say what makes these: {lost}"
    assert not idle, f"docs/assets.md speaks of files that are not there: {idle}"
