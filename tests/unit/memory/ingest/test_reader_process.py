"""The reader child: one file's misfortune stays with that file."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from memory.errors import Cancelled, NotFound, Unreadable
from memory.ingest import reader_process
from memory.ingest.extracted import BadAnswer, from_json
from memory.ingest.reader_process import ReaderServer, read_file, render_page, stop
from memory.ingest.readers.common import Limits
from memory.settings import Settings
from tests.patience import LONG_S, until
from tests.unit.memory.ingest.files import pdf

ROUGH = "tests.unit.memory.ingest.rough_reader"
SMALL = Limits(file_bytes=1 << 20, text_chars=1 << 20, seconds=120, memory_bytes=256 << 20)
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="uses /proc or seccomp")


@pytest.fixture(scope="module")
def rough() -> Iterator[ReaderServer]:
    server = ReaderServer(ROUGH)
    yield server
    server.stop()


@pytest.fixture(scope="module", autouse=True)
def _stop_shared_server() -> Iterator[None]:
    yield
    stop()


def note(folder: Path, text: str = "Buy candles.") -> Path:
    path = folder / "note.txt"
    path.write_text(text)
    return path


def test_reads_a_file(tmp_path: Path) -> None:
    extracted = read_file(note(tmp_path), Settings(), threading.Event())
    assert (extracted.format, extracted.text) == ("text", "Buy candles.")


def test_crash_costs_one_file_only(rough: ReaderServer, tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        rough.call("crash", {"path": "/a/file"}, SMALL)
    assert caught.value.title == "The file broke its reader"
    assert "SIGSEGV" in caught.value.message and caught.value.item == "/a/file"
    assert not caught.value.skipped
    before = rough.pid
    assert read_file(note(tmp_path), Settings(), server=rough).text == "Buy candles."
    assert rough.pid == before, "the server itself lived on"


def test_hanging_reader_is_ended_in_time(rough: ReaderServer) -> None:
    with pytest.raises(Unreadable) as caught:
        rough.call("hang", {"path": "/a/file"}, replace(SMALL, seconds=1))
    assert caught.value.title == "Reading took too long"
    children_end(rough)


def test_busy_reader_runs_out_of_processor_time(rough: ReaderServer) -> None:
    with pytest.raises(Unreadable, match="Reading took too long"):
        rough.call("spin", {"path": "/a/file"}, replace(SMALL, seconds=1))
    children_end(rough)


def children_end(server: ReaderServer) -> None:
    assert server.pid is not None
    process = psutil.Process(server.pid)
    until(lambda: not process.children(), "a child lived on")


def test_greedy_reader_is_stopped_at_its_memory_limit(rough: ReaderServer) -> None:
    with pytest.raises(Unreadable) as caught:
        rough.call("hoard", {"path": "/a/file"}, SMALL)
    assert caught.value.title == "The file needs too much memory"
    assert "settings" in caught.value.next_step


def test_endless_output_is_cut_off(rough: ReaderServer) -> None:
    with pytest.raises(Unreadable, match="too much memory"):
        rough.call("flood", {"path": "/a/file"}, SMALL)
    children_end(rough)


def test_nonsense_is_no_answer(rough: ReaderServer) -> None:
    with pytest.raises(Unreadable, match="nonsense"):
        rough.call("nonsense", {"path": "/a/file"}, SMALL)


def test_spans_outside_the_text_are_refused(rough: ReaderServer) -> None:
    with pytest.raises(BadAnswer):
        from_json(rough.call("lie", {"path": "/a/file"}, SMALL))


def test_cancel_ends_the_child(rough: ReaderServer) -> None:
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Cancelled):
        rough.call("hang", {"path": "/a/file"}, SMALL, cancel)
    children_end(rough)


@linux_only
def test_child_has_no_network_no_processes_and_writes_nothing(
    rough: ReaderServer, tmp_path: Path
) -> None:
    victim = note(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        os.set_inheritable(listening.fileno(), True)
        rough.stop()  # so that the server starts while the socket is open and inheritable
        arguments = {"path": "x", "target": str(tmp_path / "made"), "victim": str(victim)}
        found = json.loads(rough.call("escape", arguments, SMALL))
    files = found.pop("files")
    assert sum(name.startswith("socket:") for name in files) == 1, "only its own answer"
    assert all(name.startswith(("socket:", "/dev/null", "/proc/")) for name in files)
    assert "RECOLLECT_DATA_DIR" not in found.pop("environment")
    assert found == {
        **dict.fromkeys(("socket", "process", "fork", "write", "remove"), "PermissionError"),
        **dict.fromkeys(
            ("bare socket", "bare fork", "bare write", "bare remove", "bare kill"), "errno 1"
        ),
    }
    assert victim.exists() and not (tmp_path / "made").exists()


@linux_only
@pytest.mark.parametrize("victim", ["daemon", "server"])
def test_child_dies_with_the_daemon_and_with_the_server(victim: str, tmp_path: Path) -> None:
    script = tmp_path / "daemon.py"
    script.write_text(
        "from memory.ingest.reader_process import ReaderServer\n"
        "from memory.ingest.readers.common import Limits\n"
        f"s = ReaderServer({ROUGH!r})\n"
        "s.call('hang', {'path': 'x'}, Limits())\n"
    )
    root = str(Path(__file__).parents[4])
    daemon = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": root}, stderr=-3
    )
    try:
        process = psutil.Process(daemon.pid)
        until(lambda: len(process.children(recursive=True)) == 2, "no reader was started")
        family = process.children(recursive=True)
        (process if victim == "daemon" else process.children()[0]).kill()
        _, alive = psutil.wait_procs(family, timeout=LONG_S)
        assert alive == []
    finally:
        daemon.kill()
        daemon.wait()


def test_dead_server_is_replaced(rough: ReaderServer, tmp_path: Path) -> None:
    read_file(note(tmp_path), Settings(), server=rough)
    first = rough.pid
    assert first is not None
    psutil.Process(first).kill()
    assert read_file(note(tmp_path), Settings(), server=rough).text == "Buy candles."
    assert rough.pid != first


def test_several_threads_at_once(rough: ReaderServer, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.txt" for n in range(24)]
    for n, path in enumerate(paths):
        path.write_text(f"Number {n}.")
    found: dict[int, str] = {}

    def work(first: int) -> None:
        for n in range(first, 24, 4):
            found[n] = read_file(paths[n], Settings(), server=rough).text

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"Number {n}." for n in range(24)}


def test_without_fork_one_process_reads_one_file(tmp_path: Path) -> None:
    server = ReaderServer(ROUGH, fork=False)
    assert read_file(note(tmp_path), Settings(), server=server).text == "Buy candles."
    with pytest.raises(Unreadable, match="SIGSEGV"):
        server.call("crash", {"path": "x"}, SMALL)
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Cancelled):
        server.call("hang", {"path": "x"}, SMALL, cancel)


def test_relative_paths_mean_the_folder_of_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert read_file(Path("note.txt"), Settings()).text == "Buy candles."


def test_gone_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_file(tmp_path / "gone.txt", Settings())


@linux_only
def test_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(Unreadable) as caught:
        read_file(tmp_path / "pipe.txt", Settings())
    assert caught.value.skipped


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads all")
def test_forbidden_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    path = note(tmp_path)
    path.chmod(0)
    with pytest.raises(PermissionError):
        read_file(path, Settings())


def test_page_picture_marks_the_passage(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf([["First page."], ["The rent is due", "on the first day."]]))
    extracted = read_file(path, Settings())
    page = extracted.pages[1]
    start = extracted.text.index("on the first") - page.start
    picture = render_page(path, 2, start, start + len("on the first day"), 600, Settings())
    assert picture.png.startswith(b"\x89PNG") and picture.width == 600
    (mark,) = picture.marks
    whole = render_page(path, 2, 0, page.end - page.start, 600, Settings())
    assert len(whole.marks) == 2 and whole.marks[1][1] == mark[1]
    assert render_page(path, 2, 5000, 6000, 600, Settings()).marks == ()
    with pytest.raises(NotFound):
        render_page(path, 3, 0, 1, 600, Settings())


@pytest.mark.skipif(not reader_process.CAN_FORK, reason="there is no server to start")
def test_a_server_started_ahead_is_the_one_that_reads(tmp_path: Path) -> None:
    server = ReaderServer()
    try:
        server.start()
        ahead = server.pid
        assert ahead is not None and os.getpgid(ahead) == ahead, "signals of a terminal pass it by"
        assert os.getsid(ahead) == os.getsid(0), "one session is one group to the scheduler"
        assert "candles" in read_file(note(tmp_path), Settings(), server=server).text
        assert server.pid == ahead
    finally:
        server.stop()
