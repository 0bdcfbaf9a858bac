"""Reading of text: throughput beside the bare embedder, and the wait until words find a file."""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from memory.client import Client
from memory.protocol import RecallRequest, Status
from tests.daemon_fixture import running_daemon

ROUNDS = 3
FILES = 60
WORDS_PER_FILE = 2_500
TURNS = 3_000
TURNS_PER_TALK = 100

_OPENINGS = (
    "The letter says",
    "We agreed",
    "On the phone she told me",
    "The invoice shows",
    "Nobody knew",
)
_THINGS = (
    "the deposit",
    "the boiler",
    "the garden fence",
    "the train tickets",
    "the blue car",
    "my passport",
)
_DEEDS = (
    "was paid",
    "must be renewed",
    "came back broken",
    "is due",
    "was lent to Jonas",
    "costs more",
)
_ENDS = ("before the summer", "in the second week of March", "without any reason", "as every year")


def sentences(seed: int, words: int) -> str:
    """Paragraphs of plausible sentences with numbers and names, the same for a seed."""
    rng = random.Random(seed)
    parts: list[str] = []
    count = 0
    while count < words:
        extra = " ".join(f"{rng.choice(_THINGS)} number {rng.randint(1, 9999)}" for _ in range(2))
        sentence = (
            f"{rng.choice(_OPENINGS)} that {rng.choice(_THINGS)} {rng.choice(_DEEDS)} "
            f"{rng.choice(_ENDS)}, and with it {extra}."
        )
        count += len(sentence.split())
        parts.append(sentence + ("\n\n" if rng.random() < 0.2 else " "))
    return "".join(parts)


def run() -> None:
    """Files of long passages, then a transcript of short turns, then the wait for words."""
    _beside_the_embedder("text files", _papers)
    _beside_the_embedder(f"{TURNS} short turns", _transcript)
    waits = [_wait_for_words(number) for number in range(ROUNDS)]
    print(f"{'100 kB file recallable by words, median s':42} {statistics.median(waits):8.2f}")


def _beside_the_embedder(what: str, write: Callable[[Path, int], None]) -> None:
    """Interleaved rounds: the whole way through the daemon, then the bare embedder.

    Processor time stands beside wall time: on a machine that others use, only it compares.
    """
    rounds = []
    for number in range(ROUNDS):
        texts, way = _whole_way(number, write)
        alone = _embedder_alone(texts)
        rounds.append((len(texts), way, alone))
        print(
            f"{what}, round {number + 1}: {len(texts)} memories,"
            f" daemon {way.wall_s:.1f} s wall {way.cpu_s:.1f} s cpu,"
            f" embedder {alone.wall_s:.1f} s wall {alone.cpu_s:.1f} s cpu"
        )
    shown = {
        "memories/s through the daemon": [n / way.wall_s for n, way, _alone in rounds],
        "memories/s of the embedder alone": [n / alone.wall_s for n, _way, alone in rounds],
    }
    for name, values in shown.items():
        print(f"{what + ': ' + name:58} {statistics.median(values):8.1f}")
    share = [alone.wall_s / way.wall_s for _n, way, alone in rounds]
    cpu = [way.cpu_s / alone.cpu_s for _n, way, alone in rounds]
    print(
        f"{what + ': share of the embedder, median of rounds':58} {statistics.median(share):8.1%}"
    )
    print(f"{what + ': processor time, times the embedder':58} {statistics.median(cpu):8.2f}")


@dataclass(frozen=True)
class _Spent:
    wall_s: float
    cpu_s: float


def _papers(folder: Path, seed: int) -> None:
    for number in range(FILES):
        text = sentences(seed * FILES + number, WORDS_PER_FILE)
        (folder / f"paper-{number:03}.txt").write_text(text, "utf-8")


def _transcript(folder: Path, seed: int) -> None:
    """Conversations of turns of about 25 tokens, as people chat."""
    rng = random.Random(seed)
    lines = [
        json.dumps(
            {
                "conversation": f"talk {turn // TURNS_PER_TALK}",
                "id": str(turn),
                "time": f"2025-01-01T10:00:{turn % 60:02}Z",
                "speaker": ("Ann", "Ben")[turn % 2],
                "text": f"{rng.choice(_OPENINGS)} that {rng.choice(_THINGS)} {rng.choice(_DEEDS)}"
                f" {rng.choice(_ENDS)}, and {rng.choice(_THINGS)} {rng.choice(_DEEDS)} too,"
                f" {turn}.",
            }
        )
        for turn in range(TURNS)
    ]
    (folder / "talks.jsonl").write_text("\n".join(lines), "utf-8")


def _whole_way(seed: int, write: Callable[[Path, int], None]) -> tuple[list[str], _Spent]:
    """Texts of all memories made from a fresh folder, and what it took from add to ready."""
    with tempfile.TemporaryDirectory() as folder:
        papers = Path(folder) / "papers"
        papers.mkdir()
        write(papers, seed)
        with running_daemon(Path(folder) / "data") as daemon:
            client = daemon.client
            _until_meaning_is_up(client)
            before_s = _cpu_s(daemon.process.pid)
            begun = time.perf_counter()
            client.add([str(papers)])
            while not _all_ready(status := client.status()):
                # Asking takes processor time from what is measured: often only near the end.
                near = status.waiting_for_meaning < 500 and not _jobs_open(status)
                time.sleep(0.03 if near else 0.2)
            spent = _Spent(time.perf_counter() - begun, _cpu_s(daemon.process.pid) - before_s)
            out = Path(folder) / "all.jsonl"
            client.export(str(out))
            lines = out.read_text("utf-8").splitlines()
            texts = [record["text"] for record in map(json.loads, lines) if "text" in record]
    return texts, spent


def _cpu_s(pid: int) -> float:
    """Processor seconds of a process and the children it has waited for."""
    import psutil

    times = psutil.Process(pid).cpu_times()
    return sum(times[:4])


def _until_meaning_is_up(client: Client) -> None:
    while client.status().index != "ready":
        time.sleep(0.05)


def _all_ready(status: Status) -> bool:
    return (
        status.sources.get("ready", 0) > 0
        and set(status.sources) <= {"ready"}
        and not status.waiting_for_meaning
        and not _jobs_open(status)
    )


def _jobs_open(status: Status) -> bool:
    return bool(status.jobs_waiting or status.jobs_running)


def _embedder_alone(texts: list[str]) -> _Spent:
    """What the embedder needs for the same texts, as the daemon loads it."""
    from models.embedder import load_embedder

    embedder = load_embedder()
    embedder.embed(texts[:64])
    begun, before_s = time.perf_counter(), time.process_time()
    embedder.embed(texts)
    spent = _Spent(time.perf_counter() - begun, time.process_time() - before_s)
    embedder.close()
    return spent


def _wait_for_words(seed: int) -> float:
    """Seconds from the drop of a 100 kB file until a word at its end is found."""
    with tempfile.TemporaryDirectory() as folder:
        text = sentences(1000 + seed, 20_000)[:100_000] + "\n\nThe password is quetzalcoatl.\n"
        paper = Path(folder) / "long.txt"
        paper.write_text(text, "utf-8")
        with running_daemon(Path(folder) / "data") as daemon:
            client = daemon.client
            _until_meaning_is_up(client)
            begun = time.perf_counter()
            client.add([str(paper)])
            while True:
                reply = client.recall(RecallRequest(question="quetzalcoatl", limit=1))
                if any("quetzalcoatl" in hit.text for hit in reply.hits):
                    return time.perf_counter() - begun
                time.sleep(0.01)
