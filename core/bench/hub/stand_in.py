"""A stand-in for the model hub on loopback, so that what comes from the hub can be proved where there is none.

It answers what huggingface_hub asks, and as the hub does: a model's files with sizes and digests, its tree, HEAD and GET of a file with
commit, etag and size, large files by a redirect to another host (here another port), ranges of them. And it can fail, see `FAULTS`.
Nothing in the product knows of it: `HF_ENDPOINT` points to it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from functools import cached_property, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

FAULTS = {
    "digest": "a large file comes with one byte changed",
    "missing": "a file that is listed is not there",
    "stall": "a large file stops after a quarter and the line stays open",
    "half": "a large file breaks off in the middle, again and again",
    "torn": "a large file breaks off in the middle once; the second time the rest comes",
    "gated": "only those who accepted the terms are let in",
    "gone": "the line is closed without an answer",
}
"""What can go wrong with a model, by name."""

LARGE = (".safetensors", ".bin")
"""Files that lie elsewhere, under their sha256."""


@dataclass
class Repo:
    """A model of the stand-in.

    Attributes:
        folder: its files.
        fault: of `FAULTS`, or none.
        torn: whether it broke off already.
    """

    folder: Path
    fault: str = ""
    torn: bool = False

    @cached_property
    def files(self) -> dict[str, bytes]:
        """Name to content."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}

    @cached_property
    def commit(self) -> str:
        """Forty hexadecimal digits of its state."""
        sha = hashlib.sha1(usedforsecurity=False)
        for name, content in self.files.items():
            sha.update(name.encode() + content)
        return sha.hexdigest()

    def oid(self, name: str) -> str:
        """Git's digest of a file."""
        content = self.files[name]
        return hashlib.sha1(f"blob {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()

    def sha256(self, name: str) -> str:
        """The digest of a large file."""
        return hashlib.sha256(self.files[name]).hexdigest()

    def listed(self) -> list[dict[str, Any]]:
        """The files as the model's page lists them."""
        rows: list[dict[str, Any]] = []
        for name, content in self.files.items():
            row: dict[str, Any] = {"rfilename": name, "size": len(content), "blobId": self.oid(name)}
            if name.endswith(LARGE):
                row["lfs"] = {"sha256": self.sha256(name), "size": len(content), "pointerSize": 134}
            rows.append(row)
        return rows

    def tree(self) -> list[dict[str, Any]]:
        """The files as the tree lists them."""
        rows: list[dict[str, Any]] = []
        for one in self.listed():
            row: dict[str, Any] = {"type": "file", "oid": one["blobId"], "size": one["size"], "path": one["rfilename"]}
            if "lfs" in one:
                row["lfs"] = {"oid": one["lfs"]["sha256"], "size": one["size"], "pointerSize": 134}
            rows.append(row)
        return rows


@dataclass
class StandIn:
    """The hub and its store of large files, each on a port of its own; in a `with`.

    Attributes:
        repos: models by owner and name.
        asked: what was asked: method, path, and the range where there was one.
    """

    repos: dict[str, Repo]
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    _closing: Event = field(default_factory=Event)
    _servers: list[ThreadingHTTPServer] = field(default_factory=list)

    def __enter__(self) -> StandIn:
        for _ in range(2):
            server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Answer, self))
            server.daemon_threads = True
            self._servers.append(server)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    @property
    def endpoint(self) -> str:
        """For `HF_ENDPOINT`."""
        return f"http://127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def store(self) -> str:
        """Where large files lie."""
        return f"http://127.0.0.1:{self._servers[1].server_address[1]}"


class Answer(BaseHTTPRequestHandler):
    """One connection to the stand-in."""

    protocol_version = "HTTP/1.1"

    def __init__(self, hub: StandIn, *given: Any) -> None:
        self.hub = hub
        super().__init__(*given)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def do_HEAD(self) -> None:
        """What is known of a file."""
        self.do_GET()

    def do_GET(self) -> None:
        """A model's page, its tree, a file, or a large file."""
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append((self.command, path, self.headers.get("Range", "")))
        known = "|".join(re.escape(name) for name in self.hub.repos) or "-"
        found = re.fullmatch(rf"/(?:api/models/)?({known})(?:/(revision|tree|resolve|store)/([^/]+)(?:/(.+))?)?", path)
        if not found:
            return self.say(401, {"error": "Invalid username or password."}, {"X-Error-Code": "RepoNotFound"})
        repo, kind, revision, name = self.hub.repos[found[1]], found[2], found[3], found[4] or ""
        if repo.fault == "gone":
            self.close_connection = True
            return None
        if repo.fault == "gated" and kind in ("resolve", "store"):
            return self.say(403, {"error": "Access is restricted."}, {"X-Error-Code": "GatedRepo"})
        if kind == "store":
            return self.large(repo, name)
        if revision not in (None, "main", repo.commit):
            return self.say(404, {"error": "Invalid rev id"}, {"X-Error-Code": "RevisionNotFound"})
        if kind == "resolve":
            return self.file(repo, found[1], name)
        page = {"_id": "1", "id": found[1], "modelId": found[1], "sha": repo.commit, "private": False, "gated": False, "disabled": False}
        page |= {"tags": ["license:mit"], "downloads": 0, "likes": 0, "siblings": repo.listed()}
        return self.say(200, repo.tree() if kind == "tree" else page)

    def say(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        """JSON."""
        self.send(status, json.dumps(body).encode(), {"Content-Type": "application/json", **(headers or {})})

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """A whole answer, without its body where only what is known was asked for."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def file(self, repo: Repo, owner: str, name: str) -> None:
        """A small file itself, a large one by where it lies."""
        commit = {"X-Repo-Commit": repo.commit}
        if name not in repo.files or (repo.fault == "missing" and name.endswith(LARGE)):
            return self.say(404, {"error": "Entry not found"}, {"X-Error-Code": "EntryNotFound", **commit})
        if not name.endswith(LARGE):
            return self.send(200, repo.files[name], {**commit, "ETag": f'"{repo.oid(name)}"', "Accept-Ranges": "bytes"})
        known = {"X-Linked-Etag": f'"{repo.sha256(name)}"', "X-Linked-Size": str(len(repo.files[name]))}
        return self.send(302, b"", {**commit, **known, "Location": f"{self.hub.store}/{owner}/store/{repo.commit}/{name}"})

    def large(self, repo: Repo, name: str) -> None:
        """A large file from where it lies, all of it or from a place on, with the model's fault."""
        content = repo.files[name]
        if repo.fault == "digest":
            content = content[:-1] + bytes([content[-1] ^ 1])
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start, size = int(wanted[1]) if wanted else 0, len(content)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(size - start))
        if wanted:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        self.wfile.write(content[start : max(start, self.end(repo, size))])
        self.wfile.flush()
        if repo.fault == "stall":
            self.hub._closing.wait(60)
        if repo.fault:
            self.close_connection = True

    def end(self, repo: Repo, size: int) -> int:
        """How far a large file comes."""
        torn, repo.torn = repo.torn, True
        return {"stall": size // 4, "half": size // 2, "torn": size if torn else size // 2}.get(repo.fault, size)
