"""Embedder: texts a CPU-second on one thread, time of a question, likeness to the original."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

from models.embedder import Embedder, load_embedder
from tests.bench import data
from tests.unit.models import original

SHORT = 32
"""Tokens of a short text at most, such as a turn of a chat."""
MOST = 1500


def run() -> None:
    resident = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    embedder = load_embedder(threads=1)
    embedder.embed(["warm up"])
    loading_s = time.perf_counter() - begun
    texts, passages, origin = _texts()
    tokens = embedder.count_tokens(texts)
    short = [text for text, count in zip(texts, tokens, strict=True) if count <= SHORT]

    table = Table(title=f"Embedder {embedder.model_id}, one thread, {origin}")
    for column in ("what", "texts", "tokens each", "a CPU-second", "a second"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, given in (("short texts", short), ("all texts", texts), ("passages", passages)):
        table.add_row(name, *_speed(embedder, given))
    console = Console()
    console.print(table)

    console.print(f"loading            {loading_s * 1000:8.0f} ms")
    grown = psutil.Process().memory_info().rss - resident
    console.print(f"memory             {grown / 1e6:8.0f} MB")
    middle, late = np.percentile(_questions(embedder), [50, 95])
    console.print(f"one question       {middle:8.2f} ms median, {late:.2f} ms at 95 %")
    cosine = (embedder.embed(original.texts()) * _unit(original.stored_vectors())).sum(axis=1)
    console.print(f"cosine to original {cosine.mean():8.4f} mean, {cosine.min():.4f} lowest of 200")
    embedder.close()


def _texts() -> tuple[list[str], list[str], str]:
    """Turns of chats and passages of the public data where it is, else the tests' own texts."""
    try:
        talks = sorted(data.folder("locomo-dev").iterdir())
        said = [turn["text"] for talk in talks for turn in data.turns(talk)]
        passages = [passage.text for passage in data.passages(data.folder("xquad-en"))]
    except data.NoData:
        own = original.texts()
        passages = [" ".join(own[at : at + 6]) for at in range(0, 120, 6)]
        return own * 4, passages * 4, f"own texts ({data.VARIABLE} is not set)"
    return said[:MOST], passages, "LoCoMo turns and XQuAD passages"


def _speed(embedder: Embedder, texts: Sequence[str]) -> list[str]:
    """Best of three: other programs only ever make it slower."""
    cpu_s = wall_s = float("inf")
    for _ in range(3):
        cpu, wall = time.process_time(), time.perf_counter()
        embedder.embed(texts)
        cpu_s = min(cpu_s, time.process_time() - cpu)
        wall_s = min(wall_s, time.perf_counter() - wall)
    each = np.mean(embedder.count_tokens(texts))
    count = len(texts)
    return [str(count), f"{each:.0f}", f"{count / cpu_s:.0f}", f"{count / wall_s:.0f}"]


def _questions(embedder: Embedder) -> list[float]:
    """Milliseconds of a hundred questions, one by one."""
    asked = [text for text in original.texts() if text.endswith("?")] * 10
    times = []
    for question in asked[:100]:
        begun = time.perf_counter()
        embedder.embed([question])
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
