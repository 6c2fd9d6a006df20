"""Importing does nothing: it prints nothing, calls no one, writes no file and wakes no accelerator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

WATCHER = r'''
"""Imports modules one by one under an audit hook; writes what they did to a file, as JSON."""
import importlib, json, os, sys, tempfile

root, answer, *names = sys.argv[1:]
sys.path.insert(0, root)
current, seen, armed = "", [], True
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
CALLS = {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}
FILES = {"os.mkdir", "os.rename", "os.symlink", "os.link"}

def watch(event, args):
    if not armed:
        return
    if event in CALLS:
        seen.append(f"{current} uses the network ({event})")
    elif event in FILES:
        seen.append(f"{current} changes files ({event} {args[0]})")
    elif event == "open" and isinstance(args[2], int) and args[2] & WRITES and str(args[0]) != os.devnull:
        seen.append(f"{current} opens {args[0]} for writing")

# Two that try out the temporary folder once, with files that they take away again.
tempfile.gettempdir()
importlib.import_module("filelock")
sys.addaudithook(watch)
for current in names:
    importlib.import_module(current)
    torch = sys.modules.get("torch")
    if torch and getattr(torch, "cuda", None) and torch.cuda.is_initialized():
        seen.append(f"{current} initialises CUDA")
        break
armed = False
with open(answer, "w") as file:
    json.dump(seen, file)
'''


def module_names(root: Path) -> list[str]:
    """Every module of core and app, packages first."""
    names = []
    for path in sorted([*root.glob("core/**/*.py"), *root.glob("app/**/*.py")]):
        parts = path.relative_to(root).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return names


def environment(home: Path) -> dict[str, str]:
    """This process's environment, with every place for stray files moved into one empty folder."""
    places = {name: str(home) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "HF_HOME", "TORCH_HOME", "MPLCONFIGDIR")}
    quiet = {"PYTHONDONTWRITEBYTECODE": "1", "GRADIO_ANALYTICS_ENABLED": "False", "HF_HUB_OFFLINE": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, **places, **quiet}


def import_all(root: Path, folder: Path) -> list[str]:
    """Import every module of a tree in a new process; what happened besides, as sentences."""
    home, answer = folder / "home", folder / "answer.json"
    home.mkdir()
    command = [sys.executable, "-c", WATCHER, str(root), str(answer), *module_names(root)]
    run = subprocess.run(command, cwd=home, env=environment(home), capture_output=True, text=True, timeout=900)
    if run.returncode:
        return [f"A module cannot be imported: {run.stderr[-2000:]}"]
    seen = json.loads(answer.read_text())
    seen += [f"Something is printed: {text[-500:]!r}" for text in (run.stdout, run.stderr) if text]
    return seen + [f"A file is left behind: {path.relative_to(home)}" for path in home.rglob("*")]


def test_importing_does_nothing(tmp_path: Path):
    """Every module of core and app can be imported without a trace."""
    assert module_names(ROOT), "No module was found in core or app."
    seen = import_all(ROOT, tmp_path)
    assert not seen, "\n".join(["Importing does something:", *seen])


PLANTED = {
    "prints": ("print('hello')", "Something is printed"),
    "warns": ("import sys; sys.stderr.write('careful')", "Something is printed"),
    "writes": ("open('left.txt', 'w').write('x')", "opens left.txt for writing"),
    "makes a folder": ("import os; os.mkdir('left')", "changes files"),
    "leaves a file": ("import os; os.system('touch left')", "left behind"),
    "asks the network": ("import socket\ntry: socket.getaddrinfo('localhost', 1)\nexcept OSError: pass", "uses the network"),
    "listens": ("import socket\nwith socket.socket() as s: s.bind(('127.0.0.1', 0))", "uses the network"),
    "fails": ("import no_such_module_at_all", "cannot be imported"),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_planted_fault_is_caught(tmp_path: Path, fault: str):
    """A module that does something when imported is caught."""
    text, words = PLANTED[fault]
    (tmp_path / "tree" / "core").mkdir(parents=True)
    (tmp_path / "tree" / "core" / "__init__.py").write_text(text + "\n")
    seen = import_all(tmp_path / "tree", tmp_path)
    assert any(words in sentence for sentence in seen), f"A module that {fault} when imported was not caught; seen: {seen}"


def test_quiet_module_passes(tmp_path: Path):
    """A module that only defines something passes."""
    (tmp_path / "tree" / "core").mkdir(parents=True)
    (tmp_path / "tree" / "core" / "__init__.py").write_text("import json\nVALUE = json.dumps({})\n")
    assert import_all(tmp_path / "tree", tmp_path) == [], "A module that does nothing is complained about."
