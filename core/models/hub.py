"""Public checkpoints from the model hub: how large they are, and the files of one, fetched whole or not at all.

They are kept in the hub's own cache, where every library looks, but come another way: what arrived before a break or a Cancel stays
and is gone on from, each file's digest is held against the one that the hub tells (sha256 of large files, git's sha1 of small ones)
before anything opens it, and only safetensors, JSON and plain text are taken, so that no pickle can be opened afterwards.

Source: the protocol is that of huggingface_hub (model info, resolve, range requests), the cache's layout that of its manual "Understand
caching": `blobs/<digest>`, to which `snapshots/<commit>/<name>` points. The pointers are left to huggingface_hub itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from core.foundations.errors import WeightsError
from core.models.hub_answers import Broken, Unreachable, told

Progress = Callable[[float], None]
"""Told the share that is done, in [0, 1]; what it raises ends the fetching, and what has arrived stays."""

KINDS = (".safetensors", ".json", ".txt")
"""Files that are taken; of dictionaries also .pt, which core.models.public_dictionary opens for nothing but tensors."""
TRIES = 3
"""Breaks, one after another without a megabyte between them, after which a fetch ends."""
PART = ".rosetta-part"
"""Behind the name of a file that is still on its way."""


_CHECKED: set[tuple[str, int]] = set()
"""Files whose digest this program has seen to be right, with the times of their last change."""


class Layout(NamedTuple):
    """Which files of a repository a family needs, as shell patterns that do not reach into folders.

    Attributes:
        weights: alternatives, the best first; the first that fits anything is taken.
        beside: what else is taken.
        without: what is not, whatever fits.
        kinds: what a file's name ends with.
    """

    weights: tuple[str, ...]
    beside: tuple[str, ...]
    without: tuple[str, ...] = ()
    kinds: tuple[str, ...] = KINDS


LAYOUTS = {
    "open_clip": Layout(("open_clip_model.safetensors", "open_clip_pytorch_model.safetensors"), ("*.json", "*.txt")),
    "timm": Layout(("model.safetensors",), ("config.json",)),
    "diffusers": Layout(
        ("*/*.safetensors",), ("model_index.json", "*/*.json", "*/*.txt"), ("*fp16*", "*bf16*", "*non_ema*", "*onnx*", "*openvino*")
    ),
    "autoencoder": Layout(("diffusion_pytorch_model.safetensors",), ("config.json",)),
    "sentences": Layout(("model.safetensors",), ("*.json", "*.txt", "[0-9]_*/*.json", "[0-9]_*/*.safetensors")),
    "writer": Layout(("model.safetensors", "model-*.safetensors"), ("*.json", "*.txt")),
    "dictionary": Layout(("sae_weights.safetensors", "*.safetensors", "*.pt"), ("cfg.json", "config.json"), (), (*KINDS, ".pt")),
}
"""By family."""


class RemoteFile(NamedTuple):
    """A file of a repository.

    Attributes:
        name: with its folders.
        size: in bytes.
        digest: sha256 of a large file, git's sha1 of a small one.
    """

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class Checkpoint:
    """What a fetch would bring.

    Attributes:
        repo: owner and name.
        commit: which state of it.
        files: smallest first.
        licence: as its owner tags it; empty where there is no tag.
    """

    repo: str
    commit: str
    files: tuple[RemoteFile, ...]
    licence: str = ""

    @property
    def megabytes(self) -> float:
        """All files together."""
        return sum(file.size for file in self.files) / 1e6


def fits(name: str, pattern: str) -> bool:
    """Whether a file's name fits a shell pattern that does not reach into folders."""
    return name.count("/") == pattern.count("/") and fnmatchcase(name, pattern)


def chosen(names: Iterable[str], layout: Layout) -> tuple[str, ...]:
    """The files that are taken, of all that there are; none where no weights of a kind that is opened are among them."""
    left = [n for n in names if n.endswith(layout.kinds) and not any(fnmatchcase(n, p) for p in layout.without)]
    weights = next((found for p in layout.weights if (found := [n for n in left if fits(n, p)])), [])
    beside = [n for n in left if any(fits(n, p) for p in layout.beside) and n not in weights]
    return (*beside, *weights) if weights else ()


def describe(repo: str, family: str, revision: str | None = None, folder: str = "") -> Checkpoint:
    """What a fetch would bring, and from where; one question to the hub.

    Args:
        repo: owner and name, with a slash.
        family: of `LAYOUTS`.
        revision: a branch, tag or commit; the main branch where None.
        folder: in the repository, where it holds several models.

    Raises:
        Unreachable: where the hub does not answer.
        WeightsError: where there is no such model, it is not open to all, or it has no safetensors.
    """
    from huggingface_hub import HfApi, constants

    with told(repo):
        info = HfApi().model_info(repo, revision=revision, files_metadata=True, timeout=constants.HF_HUB_ETAG_TIMEOUT)
    listed = {one.rfilename: one for one in info.siblings or ()}
    inside = f"{folder.strip('/')}/" if folder else ""
    names = [inside + name for name in chosen(_within(listed, inside), LAYOUTS[family])]
    if not names:
        raise WeightsError(
            f"{inside + ' of ' if inside else ''}{repo} holds no weights as safetensors where a model of this kind keeps them, "
            "and no other file is opened. Name another model, or ask its owner to add them."
        )
    files = [_remote(repo, listed[name]) for name in names]
    licence = next((tag.partition(":")[2] for tag in info.tags or () if tag.startswith("license:")), "")
    return Checkpoint(repo, info.sha or "", tuple(sorted(files, key=lambda file: file.size)), licence)


def _remote(repo: str, listed: Any) -> RemoteFile:
    digest = listed.lfs.sha256 if listed.lfs else listed.blob_id
    if listed.size is None or not re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest or ""):
        raise WeightsError(
            f"The hub tells neither size nor digest of {listed.rfilename} of {repo}, so it is not fetched. Name another model."
        )
    return RemoteFile(listed.rfilename, listed.size, digest)


def _within(names: Iterable[str], inside: str) -> list[str]:
    return [name.removeprefix(inside) for name in names if name.startswith(inside)]


def kept(repo: str, family: str, revision: str | None = None, folder: str = "") -> Path | None:
    """The folder of a model that lies in the cache already, or None; nobody is asked."""
    storage, name = _storage(repo), revision or "main"
    ref = storage / "refs" / name
    place = storage / "snapshots" / (ref.read_text().strip() if ref.is_file() else name) / folder
    names = [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()]
    return place if chosen(names, LAYOUTS[family]) else None


def safe_folder(path: str | Path, family: str) -> Path:
    """A folder on this machine that holds a model as its family keeps it; WeightsError where it does not, or only as pickles."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise WeightsError(f"There is no folder {str(path)[:200]!r} on this machine. Give the folder that holds the model's files.")
    names = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]
    if not chosen(names, LAYOUTS[family]):
        wanted = " or ".join(LAYOUTS[family].weights)
        raise WeightsError(f"The folder {folder.name!r} holds no {wanted}, and no other weights are opened. Save the model as safetensors.")
    return folder


def fetch(repo: str, family: str, revision: str | None = None, progress: Progress | None = None, folder: str = "") -> Path:
    """A model's folder in the cache, fetched where it lacks anything. Where the hub does not answer, what is kept must do.

    Args: as `describe`, and
        progress: see `Progress`.

    Returns:
        The folder; of the files in it those that `chosen` names have been checked.

    Raises:
        WeightsError: with what went wrong and what to do about it.
    """
    try:
        found = describe(repo, family, revision, folder)
    except Unreachable:
        if place := kept(repo, family, revision, folder):
            return place
        raise
    whole, done = max(1, sum(file.size for file in found.files)), 0
    blobs = _storage(repo) / "blobs"
    with _alone(repo, blobs, progress):
        _refuse_full(found, blobs)
        for file in found.files:
            if not _there(blobs / file.digest, file):
                _arrive(found, file, blobs / file.digest, partial(_tell, progress, done, whole))
            done += file.size
            _tell(progress, 0, whole, done)
        return _linked(found, revision) / folder


def _tell(progress: Progress | None, before: int, whole: int, here: int) -> None:
    """How much is there, in bytes: before a file, of all, and of the file."""
    if progress:
        progress(min((before + here) / whole, 1.0))


def _storage(repo: str) -> Path:
    """The folder of a model in the hub's cache."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"


def _there(path: Path, file: RemoteFile) -> bool:
    """Whether a file is here, and is the one; what other programs put there is looked through once, since they check nothing."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    known = (str(path), path.stat().st_mtime_ns)
    if known not in _CHECKED and _digest(path, file) == file.digest:
        _CHECKED.add(known)
    return known in _CHECKED


@contextmanager
def _alone(repo: str, blobs: Path, progress: Progress | None) -> Iterator[None]:
    """One fetch of a model at a time, whichever program it is in; who waits can still cancel."""
    from filelock import FileLock

    try:
        blobs.mkdir(parents=True, exist_ok=True)
        lock = FileLock(blobs.parent / "rosetta.lock")
        while not _taken(lock):
            _tell(progress, 0, 1, 0)
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise WeightsError(
            f"{repo} cannot be kept in {blobs.parent} ({error.strerror or type(error).__name__}). "
            "Make room, or set HF_HOME to a folder that can be written to."
        ) from error


def _taken(lock: Any) -> bool:
    """Whether a file's lock was to be had within half a second."""
    from filelock import Timeout

    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        return False
    return True


def _refuse_full(found: Checkpoint, blobs: Path) -> None:
    lacking = sum(file.size for file in found.files if not _there(blobs / file.digest, file))
    room = shutil.disk_usage(blobs).free
    if lacking > room:
        raise WeightsError(
            f"{found.repo} needs {lacking / 1e6:.0f} MB and the disk has {room / 1e6:.0f} MB left. "
            "Make room, or set HF_HOME to a folder on another disk."
        )


def _arrive(found: Checkpoint, file: RemoteFile, blob: Path, tell: Callable[[int], None]) -> None:
    """One file to its place, once it is whole and its digest is the hub's."""
    part, tries = blob.with_name(blob.name + PART), 0
    while (have := _size(part)) < file.size:
        try:
            _read(found, file, part, tell)
        except Broken as error:
            tries = 0 if _size(part) - have > 1_000_000 else tries + 1
            if tries >= TRIES:
                raise WeightsError(
                    f"{file.name} of {found.repo} stopped on its way at {_size(part) / 1e6:.1f} of {file.size / 1e6:.1f} MB. "
                    "Check the network and try again: what has arrived is kept, and it goes on from there."
                ) from error
    if _digest(part, file) != file.digest:
        part.unlink()
        raise WeightsError(
            f"{file.name} of {found.repo} is not the file that the hub describes: its digest differs. Nothing of it was opened, and it "
            "was thrown away. Try again; where that happens twice, name another model."
        )
    os.replace(part, blob)


def _read(found: Checkpoint, file: RemoteFile, part: Path, tell: Callable[[int], None]) -> None:
    """What is still lacking of a file, appended; Broken where it stops."""
    from huggingface_hub import constants, get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    have, url = _size(part), hf_hub_url(found.repo, file.name, revision=found.commit)
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    ask: dict[str, Any] = {"headers": headers, "timeout": constants.HF_HUB_DOWNLOAD_TIMEOUT, "follow_redirects": True}
    with told(found.repo, stops=True), get_session().stream("GET", url, **ask) as response:
        if response.status_code >= 400:
            response.read()
            hf_raise_for_status(response)
        with part.open("ab" if response.status_code == 206 else "wb") as out:
            for chunk in response.iter_bytes():
                out.write(chunk)
                tell(out.tell())
                if out.tell() > file.size:  # more than there should be: the digest tells
                    return
    if _size(part) < file.size:
        raise Broken


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _digest(path: Path, file: RemoteFile) -> str:
    """As the hub counts it: git puts the kind and the size before a small file's own bytes."""
    large = len(file.digest) == 64
    sha = hashlib.sha256() if large else hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as opened:
        for block in iter(lambda: opened.read(1 << 20), b""):
            sha.update(block)
    return sha.hexdigest()


def _linked(found: Checkpoint, revision: str | None) -> Path:
    """The snapshot's folder, in which huggingface_hub points to what has arrived, and the branch's name to the commit."""
    from huggingface_hub import hf_hub_download

    with told(found.repo):
        places = [hf_hub_download(found.repo, file.name, revision=found.commit) for file in found.files]
        hf_hub_download(found.repo, found.files[0].name, revision=revision)
    first = Path(places[0])
    return first.parents[found.files[0].name.count("/")]
