"""How long a person waits: a sentence to its finished, verified picture; a look-up among a million handles; the page.

Times are medians; the plain way stands beside ours in the same run.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np

from core.bench.nouns.requests import load
from core.bench.record import Measured
from core.foundations.files import ROOT
from core.foundations.seeds import numpy_rng
from core.methods.read.search import TextIndex
from core.studio.studio import Studio

SENTENCES = ("swap the head for a shark and make the glasses red", "put a pizza on the chest", "make the body blue", "remove the glasses")
WARM_UP = "turn the background warm"


def request_times(count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of requests that led to a picture, after a first one, and of painting and reading alone."""
    studio = Studio("nouns")
    texts = [*SENTENCES, *(a.text for a in load("paraphrased") if not a.start)][:count]
    studio.request(studio.sample(0), WARM_UP)
    whole, paint = [], []
    for number, text in enumerate(texts):
        picture = studio.sample(number)
        began = time.perf_counter()
        result = studio.request(picture, text)
        spent = 1000 * (time.perf_counter() - began)
        if result.refusal is not None:
            continue
        whole.append(spent)
        began = time.perf_counter()
        studio._look(studio._latent(picture)[None])
        paint.append(1000 * (time.perf_counter() - began))
    return whole, paint


def clustered(count: int, width: int = 384) -> np.ndarray:
    """Unit vectors `[count width]` float32 around 2000 centres, as texts of many handles would lie."""
    rng = numpy_rng("bench lookup")
    centres = rng.standard_normal((2000, width), dtype=np.float32)
    vectors = rng.standard_normal((count, width), dtype=np.float32)
    for start in range(0, count, 100_000):
        block = vectors[start : start + 100_000]
        block *= 0.6
        block += centres[rng.integers(2000, size=len(block))]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def lookup(count: int, queries: int = 100) -> dict[str, float]:
    """Median ms of one look-up, of comparing with every vector, and how many of the ten nearest are found."""
    vectors = clustered(count)
    rng = numpy_rng("bench queries")
    asked = vectors[rng.integers(count, size=queries)] + 0.05 * rng.standard_normal((queries, vectors.shape[1]), dtype=np.float32) / 4
    asked = (asked / np.linalg.norm(asked, axis=1, keepdims=True)).astype(np.float32)
    began = time.perf_counter()
    index = TextIndex.build(vectors, range(count))
    built = time.perf_counter() - began
    ours, plain, recall = [], [], []
    for query in asked:
        began = time.perf_counter()
        found = index.search(query[None], 10).positions[0]
        ours.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        scores = vectors @ query
        exact = np.argpartition(-scores, 10)[:10]
        plain.append(1000 * (time.perf_counter() - began))
        recall.append(len(set(found.tolist()) & set(exact.tolist())) / 10)
    return {"lookup_ms": float(np.median(ours)), "plain_ms": float(np.median(plain)), "recall_10": float(np.mean(recall)), "build_s": built}


def page_ready() -> float:
    """Seconds from `python app.py` until the page answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "ROSETTA_OPEN": "0"}
    began = time.perf_counter()
    server = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - began < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except OSError:
                time.sleep(0.1)
        return float("inf")
    finally:
        server.terminate()
        server.wait(10)


def run(quick: bool) -> Measured:
    """One hundred requests, a million vectors (30 and 100,000 quick), one start of the page."""
    ready = page_ready()
    whole, paint = request_times(30 if quick else 100)
    count = 100_000 if quick else 1_000_000
    found = lookup(count)
    figures = {
        "request_p50_ms": float(np.median(whole)),
        "request_p95_ms": float(np.percentile(whole, 95)),
        "lookup_ms": found["lookup_ms"],
        "lookup_recall_10": found["recall_10"],
        "page_ready_s": ready,
    }
    rows = {
        "request": {"p50 ms": figures["request_p50_ms"]},
        "paint and read once": {"p50 ms": float(np.median(paint))},
        "look-up": {"p50 ms": found["lookup_ms"], "build s": found["build_s"], "ratio": found["plain_ms"] / found["lookup_ms"]},
        "every vector": {"p50 ms": found["plain_ms"]},
    }
    return Measured("latency", figures, rows, {"requests": len(whole), "vectors": count, "cores": os.cpu_count()})
