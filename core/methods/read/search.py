"""The index: nearest texts by inner product of unit vectors. The only file that imports faiss.

    score(q, x) = q . x, the cosine, since |q| = |x| = 1

Below EXACT vectors every one is compared (faiss `IndexFlatIP`). Above, an inverted file: spherical k-means cuts the
vectors into cells, a query looks into the nearest `probes` of them (Jegou, Douze, Schmid, "Product quantization for
nearest neighbor search", TPAMI 2011, section IV; faiss, arXiv 2401.08281). Rows are kept as float16, which halves the
memory and costs no recall.

Measured on a shared two-core machine, 1,000,000 x 384 synthetic vectors in 20,000 clusters, one query at a time on one
core, against exact search: built in 39 s; with noise 0.6 times the clusters' own spread, 64 probes 2.0 ms and recall@10
0.986, 128 probes 4.2 ms and 0.992; with noise as large as the spread (neighbours nearly tie), 96 probes 2.2 ms and 0.82.
The rows take 0.77 GB, besides 1.5 GB for the vectors that were handed in.

What does not fit into memory is a ShardedIndex: the same inverted file in several files that share their cells, a byte for each
dimension or a product quantizer's code for a vector (section III there). Vectors come in pieces and are forgotten; files are mapped
into memory, so that a search reads those cells alone that it looks into. Its cost is measured by `python -m core.bench scale`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from core.foundations.errors import SettingError, ShapeError, WeightsError
from core.foundations.files import digest, write_atomically


@dataclass(frozen=True)
class SearchSettings:
    """How an index is built."""

    exact: int = 50_000
    """Up to this many vectors every one is compared."""
    cells: int = 2048
    """Cells of the inverted file."""
    probes: int = 96
    """Cells that a query looks into."""
    sample: int = 100_000
    """Vectors that k-means learns the cells from."""
    rounds: int = 8
    """Rounds of k-means."""

    def __post_init__(self) -> None:
        """SettingError where a number is not positive or `probes` exceeds `cells`."""
        if min(self.exact, self.cells, self.probes, self.sample, self.rounds) < 1 or self.probes > self.cells:
            raise SettingError(f"Every setting of the index must be at least 1, and probes at most cells; given {self}.")


@dataclass(frozen=True)
class Hits:
    """What a search found, best first.

    Attributes:
        scores: cosine similarities `[q k]` float32, in [-1, 1].
        positions: rows of the built vectors `[q k]` int64; -1 where fewer than k were found.
    """

    scores: np.ndarray
    positions: np.ndarray


class TextIndex:
    """Unit vectors that can be searched, and the keys that they stand for."""

    def __init__(self, index: faiss.Index, keys: tuple[Hashable, ...], exact: bool) -> None:
        self._index = index
        self.keys = keys
        self.exact = exact

    @classmethod
    def build(cls, vectors: np.ndarray, keys: Sequence[Hashable] = (), settings: SearchSettings | None = None) -> TextIndex:
        """Build an index; its kind follows from the number of vectors.

        Args:
            vectors: `[m d]` float of unit norm.
            keys: m keys, or none.
            settings: see SearchSettings.

        Raises:
            ShapeError: the vectors are not `[m d]`, are empty, or do not fit the keys.
        """
        settings = settings or SearchSettings()
        if vectors.ndim != 2 or not len(vectors) or (keys and len(keys) != len(vectors)):
            raise ShapeError(f"An index needs vectors [m d] and m keys or none; given {vectors.shape} and {len(keys)} keys.")
        rows = np.ascontiguousarray(vectors, np.float32)
        exact = len(rows) <= settings.exact
        index = faiss.IndexFlatIP(rows.shape[1]) if exact else _inverted(rows, settings)
        index.add(rows)
        return cls(index, tuple(keys), exact)

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: np.ndarray, k: int) -> Hits:
        """The k nearest of each query.

        Args:
            vectors: `[q d]` float of unit norm.
            k: how many, at least 1.

        Raises:
            ShapeError: the queries are not `[q d]`.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._index.d or k < 1:
            raise ShapeError(f"A search needs [q {self._index.d}] and k of at least 1; given {vectors.shape} and k {k}.")
        scores, positions = self._index.search(np.ascontiguousarray(vectors, np.float32), min(k, len(self)))
        return Hits(scores, positions)


def _inverted(rows: np.ndarray, settings: SearchSettings) -> faiss.Index:
    cells = max(1, min(settings.cells, len(rows) // 39))
    width = rows.shape[1]
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width), width, cells, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )
    chosen = np.random.default_rng(1).choice(len(rows), min(settings.sample, len(rows)), replace=False)
    _learn_cells(index, rows[np.sort(chosen)], settings.rounds)
    index.nprobe = min(settings.probes, cells)
    return index


def _learn_cells(index: faiss.IndexIVF, rows: np.ndarray, rounds: int) -> None:
    index.cp.niter = rounds
    index.cp.spherical = True
    index.cp.seed = 1
    index.cp.min_points_per_centroid = 1
    index.train(rows)


@dataclass(frozen=True)
class ShardSettings:
    """How an index on disk is built and searched."""

    cells: int = 4096
    """Cells of the inverted file, the same in all shards."""
    probes: int = 32
    """Cells that a query looks into."""
    rounds: int = 8
    """Rounds of k-means."""
    shard: int = 1_000_000
    """Vectors in one file; while it is built they are held in memory, as codes."""
    code: int = 0
    """Bytes of a vector's product-quantizer code, a divisor of its dimensions; 0 is one byte for each dimension, without any."""

    def __post_init__(self) -> None:
        """SettingError where a number is not positive or `probes` exceeds `cells`."""
        if min(self.cells, self.probes, self.rounds, self.shard) < 1 or self.probes > self.cells or self.code < 0:
            raise SettingError(f"Every setting of the index must be at least 1, and probes at most cells; given {self}.")

    def empty(self, width: int) -> faiss.IndexIVF:
        """An index of vectors `[m d]` that knows no cells yet; SettingError where their code does not divide d."""
        cells, inner = faiss.IndexFlatIP(width), faiss.METRIC_INNER_PRODUCT
        if not self.code:
            return faiss.IndexIVFScalarQuantizer(cells, width, self.cells, faiss.ScalarQuantizer.QT_8bit, inner, False)
        if width % self.code:
            raise SettingError(f"A code of {self.code} bytes does not divide vectors of {width} dimensions.")
        return faiss.IndexIVFPQ(cells, width, self.cells, self.code, 8, inner)


class ShardedIndex:
    """Unit vectors in files that are mapped into memory; a vector is known by its number in the order in which it came.

    Attributes:
        shards: of the index, as faiss has them mapped.
        settings: how it was built and is searched.
    """

    MANIFEST = "index.json"

    def __init__(self, shards: Sequence[Any], settings: ShardSettings) -> None:
        self.shards, self.settings = tuple(shards), settings
        for shard in shards:
            shard.nprobe = settings.probes

    @classmethod
    def build(cls, sample: np.ndarray, pieces: Iterable[np.ndarray], folder: Path, settings: ShardSettings | None = None) -> ShardedIndex:
        """Write the shards of an index, and open it. At most one shard's codes and one piece are in memory.

        Args:
            sample: some of the vectors `[s d]`, from all over them, at least one for each cell: cells and codes are learned from it.
            pieces: all vectors, `[m d]` float of unit norm at a time.
            folder: of the index; it must be empty or not be there.
            settings: see ShardSettings.

        Raises:
            ShapeError: the vectors are not `[m d]`, or there are none.
            SettingError: there are fewer samples than cells, or something lies in the folder.
        """
        settings = settings or ShardSettings()
        if sample.ndim != 2 or len(sample) < settings.cells:
            raise SettingError(f"{settings.cells} cells are learned from as many vectors [s d] at least; given {sample.shape}.")
        if folder.is_dir() and any(folder.iterdir()):
            raise SettingError(f"The folder {folder.name!r} is not empty. Give one that is.")
        folder.mkdir(parents=True, exist_ok=True)
        files: list[dict[str, str]] = []
        index, first = settings.empty(sample.shape[1]), 0
        _learn_cells(index, np.ascontiguousarray(sample, np.float32), settings.rounds)
        for piece in pieces:
            if piece.ndim != 2 or piece.shape[1] != index.d:
                raise ShapeError(f"An index of {index.d} dimensions needs pieces [m {index.d}]; given {piece.shape}.")
            while len(piece):
                some, piece = np.split(piece, [settings.shard - index.ntotal])
                index.add_with_ids(np.ascontiguousarray(some, np.float32), np.arange(first, first + len(some)))
                first += len(some)
                if index.ntotal == settings.shard:
                    files.append(_written(index, folder / f"shard-{len(files):04}.faiss"))
        if index.ntotal:
            files.append(_written(index, folder / f"shard-{len(files):04}.faiss"))
        if not files:
            raise ShapeError("An index needs at least one vector; no piece held any.")
        write_atomically(folder / cls.MANIFEST, json.dumps({"settings": asdict(settings), "files": files}).encode())
        return cls.open(folder)

    @classmethod
    def open(cls, folder: Path) -> ShardedIndex:
        """An index that was built there; its files are read through once for their digests, and then mapped.

        Raises:
            WeightsError: where something is missing, or is not what was written.
        """
        try:
            told = json.loads((folder / cls.MANIFEST).read_text())
            if not told["files"] or any(digest(folder / Path(file["name"]).name) != file["sha256"] for file in told["files"]):
                raise ValueError
            flags = faiss.IO_FLAG_MMAP | faiss.IO_FLAG_READ_ONLY
            shards = [faiss.read_index(str(folder / Path(file["name"]).name), flags) for file in told["files"]]
            return cls(shards, ShardSettings(**told["settings"]))
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise WeightsError(f"The index in {folder.name!r} is not the one that was written there. Build it again.") from error

    def __len__(self) -> int:
        return sum(int(shard.ntotal) for shard in self.shards)

    def search(self, vectors: np.ndarray, k: int) -> Hits:
        """The k nearest of each query; scores are those of the codes.

        Args:
            vectors: `[q d]` float of unit norm.
            k: how many, at least 1.

        Raises:
            ShapeError: the queries are not `[q d]`.
        """
        first = self.shards[0]
        if vectors.ndim != 2 or vectors.shape[1] != first.d or k < 1:
            raise ShapeError(f"A search needs [q {first.d}] and k of at least 1; given {vectors.shape} and k {k}.")
        rows = np.ascontiguousarray(vectors, np.float32)
        near, cells = first.quantizer.search(rows, self.settings.probes)
        found = [shard.search_preassigned(rows, min(k, len(self)), cells, near) for shard in self.shards]
        scores, positions = (np.concatenate(parts, 1) for parts in zip(*found, strict=True))
        best = np.argsort(np.where(positions < 0, np.inf, -scores), 1, kind="stable")[:, : min(k, len(self))]
        return Hits(np.take_along_axis(scores, best, 1), np.take_along_axis(positions, best, 1))


def _written(index: faiss.IndexIVF, path: Path) -> dict[str, str]:
    """Writes a shard whole or not at all, and empties it."""
    part = path.with_suffix(".part")
    faiss.write_index(index, str(part))
    os.replace(part, path)
    index.reset()
    return {"name": path.name, "sha256": digest(path)}
