"""How long a person waits: for a sentence, each verb, a look-up among a million handles, the page, a second word.

Times are medians; the plain way stands beside ours in the same run. Each verb is also timed beside a neighbour that keeps one
core busy, and so is plain arithmetic on one thread: where that grows too, the machine has other neighbours. "all of own" is the
processor time of all threads over that of the thread that called: 1 where nobody has to be waited for.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from core.bench.nouns.requests import load
from core.bench.record import Measured
from core.foundations.errors import WeightsError
from core.foundations.files import ROOT
from core.foundations.records import Picture
from core.foundations.seeds import numpy_rng
from core.methods.read.search import TextIndex
from core.studio.sight import Sight
from core.studio.studio import Studio

SENTENCES = ("swap the head for a shark and make the glasses red", "put a pizza on the chest", "make the body blue", "remove the glasses")
WORDS = ("an animal", "a face", "eyes", "water", "a tree", "red")
ARITHMETIC = "plain arithmetic"
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


EMPTY = "import gradio as gr\nwith gr.Blocks() as demo:\n    gr.Markdown('empty')\ndemo.launch()"
"""The least that a page of Gradio's can be."""


def page_ready(command: Sequence[str]) -> float:
    """Seconds from the start of a program until the page that it serves answers; infinite where it does not within two minutes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    began = time.perf_counter()
    server = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while time.perf_counter() - began < 120:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    if answer.status == 200:
                        return time.perf_counter() - began
            except OSError:
                time.sleep(0.05)
        return float("inf")
    finally:
        server.kill()
        server.wait(10)


def ready_of_empty(rounds: int) -> tuple[float, float]:
    """Median seconds until our page answers, and until an empty one does; both started in turn, after one that counts not."""
    page_ready(("app.py",))
    pairs = [(page_ready(("app.py",)), page_ready(("-c", EMPTY))) for _ in range(rounds)]
    ours, empty = np.median(np.array(pairs), 0)
    return float(ours), float(empty)


@contextmanager
def busy() -> Iterator[None]:
    """One process beside us that never rests, ended whatever happens, at the latest with this one."""
    code = "import os\nparent = os.getppid()\nwhile os.getppid() == parent:\n    sum(range(100_000))"
    neighbour = subprocess.Popen([sys.executable, "-c", code])
    try:
        yield
    finally:
        neighbour.kill()
        neighbour.wait()


def verbs(studio: Studio) -> dict[str, Callable[[], object]]:
    """Each verb that a person has, as it is called most."""
    picture, scene, sprites = studio.sample(7), studio.scene(6), studio.sprites
    edits, own, sprite = studio.request(picture, SENTENCES[0]).edits, picture.image.resize((64, 64)), sprites.sample(7)
    return {
        "request": lambda: studio.request(picture, SENTENCES[0]),
        "edit": lambda: studio.edit(picture, edits),
        "find": lambda: studio.find("something feline"),
        "open": lambda: studio.open(own),
        "segment": lambda: studio.segment(scene, "frog"),
        "shares": lambda: studio.sight.shares(scene, ["an animal", "a house"], ((3, 2),)),
        "shift": lambda: sprites.shift(sprite, {"shape": "heart", "x": 3}),
        ARITHMETIC: lambda: sum(range(3_000_000)),
    }


def threads_of(step: Callable[[], object], times: int) -> float:
    """Processor time of all threads over that of this one."""
    everyone, own = time.process_time(), time.thread_time()
    for _ in range(times):
        step()
    return (time.process_time() - everyone) / (time.thread_time() - own)


def median_ms(step: Callable[[], object], times: int) -> float:
    """Median milliseconds of a step, after one that does not count."""
    step()
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        step()
        spent.append(1000 * (time.perf_counter() - began))
    return float(np.median(spent))


def beside_another(studio: Studio, rounds: int, times: int) -> dict[str, dict[str, float]]:
    """For each verb the median ms idle and beside a busy process, and their ratio, the median over rounds of both in turn."""
    steps, pairs = verbs(studio), defaultdict(list)
    for _ in range(rounds):
        idle = {name: median_ms(step, times) for name, step in steps.items()}
        with busy():
            for name, step in steps.items():
                pairs[name].append((idle[name], median_ms(step, times)))
    rows = {}
    for name, several in pairs.items():
        idle_ms, busy_ms = np.array(several).T
        row = {
            "p50 ms": float(np.median(idle_ms)),
            "busy ms": float(np.median(busy_ms)),
            "busy of idle": float(np.median(busy_ms / idle_ms)),
        }
        rows[name] = {**row, "all of own": threads_of(steps[name], times)}
    return rows


def second_word(sight: Sight, picture: Picture, words: Sequence[str]) -> float:
    """Median ms of a further word on a picture that was seen already."""
    sight.segment(picture, words[0])
    spent = []
    for word in words[1:]:
        began = time.perf_counter()
        sight.segment(picture, word)
        spent.append(1000 * (time.perf_counter() - began))
    return float(np.median(spent))


def second_words(studio: Studio) -> dict[str, float]:
    """A second word on a scene, and on a photograph where its eyes are on this machine or can be fetched."""
    found = {"second_word_scene_ms": second_word(studio.sight, studio.scene(6), WORDS)}
    try:
        studio.photos.fetch()
    except WeightsError as error:
        print(f"second_word_ms is left out: {error}", flush=True)
        return found
    photos = studio.photos
    return {"second_word_ms": second_word(photos.sight, photos.sample(photos.samples[0].id), WORDS), **found}


def run(quick: bool) -> Measured:
    """One hundred requests, a million vectors, five starts of the page, five rounds beside a busy process (30, 100,000, 1, 1 quick)."""
    ready, empty = ready_of_empty(1 if quick else 5)
    whole, paint = request_times(30 if quick else 100)
    count = 100_000 if quick else 1_000_000
    found = lookup(count)
    studio = Studio("nouns")
    beside = beside_another(studio, *((1, 5) if quick else (5, 15)))
    figures = {
        "request_p50_ms": float(np.median(whole)),
        "request_p95_ms": float(np.percentile(whole, 95)),
        "lookup_ms": found["lookup_ms"],
        "lookup_recall_10": found["recall_10"],
        "page_ready_s": ready,
        "ready_of_empty": ready / empty,
        "busy_of_idle": max(row["busy of idle"] for name, row in beside.items() if name != ARITHMETIC),
        **second_words(studio),
    }
    rows = {
        "sentence": {"p50 ms": figures["request_p50_ms"]},
        "paint and read once": {"p50 ms": float(np.median(paint))},
        "look-up": {"p50 ms": found["lookup_ms"], "build s": found["build_s"], "ratio": found["plain_ms"] / found["lookup_ms"]},
        "every vector": {"p50 ms": found["plain_ms"]},
        "an empty page, ready": {"p50 ms": 1000 * empty},
        **beside,
    }
    return Measured("latency", figures, rows, {"requests": len(whole), "vectors": count, "cores": os.cpu_count()})
