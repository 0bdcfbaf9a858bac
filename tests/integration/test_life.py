"""How the daemon starts, is found, and ends; what a crash leaves behind does no harm."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from memory import client as channel
from memory.client import Client, DaemonError, DaemonUnreachable
from memory.protocol import Changed, ErrorCode, Hello, NoteRequest, SettingsEdit
from tests.daemon_fixture import RunningDaemon, running_daemon
from tests.patience import LONG_S, until


def _second(running: RunningDaemon, timeout_s: float = LONG_S) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "memory", "--data-dir", str(running.paths.root)],
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )


def test_it_answers_and_stops(running: RunningDaemon) -> None:
    health = running.client.health()
    assert health.pid == running.process.pid and health.ready
    assert health.data_dir == str(running.paths.root)
    assert running.stop() == 0
    assert not running.paths.daemon_json.exists()
    with pytest.raises(DaemonUnreachable):
        channel.connect(running.paths.root)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_politely(running: RunningDaemon, number: signal.Signals) -> None:
    running.client.add_note(NoteRequest(text="The spare key hangs behind the mirror."))
    running.process.send_signal(number)
    assert running.wait() == 0
    assert not running.paths.daemon_json.exists()
    assert running.log().rstrip().endswith("stopped")


def test_open_streams_do_not_hold_up_the_stop(running: RunningDaemon) -> None:
    greeted, ended = threading.Event(), threading.Event()

    def listen() -> None:
        with running.connect().events() as events:
            for event in events:
                if isinstance(event, Hello):
                    greeted.set()
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    assert greeted.wait(LONG_S)
    assert running.stop() == 0
    thread.join(LONG_S)
    assert ended.is_set(), "the stream came to its end, it was not cut"


def test_a_second_daemon_is_refused(running: RunningDaemon) -> None:
    done = _second(running)
    assert done.returncode == 4 and "another one serves" in done.stderr
    assert running.client.health().pid == running.process.pid


def test_two_started_at_once_leave_one(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "memory", "--data-dir", str(tmp_path / "data")]
    started = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        until(lambda: any(p.poll() is not None for p in started))
        codes = sorted(str(p.poll()) for p in started)
        assert codes == ["4", "None"]
        with channel.connect(tmp_path / "data") as client:  # the loser left when this works
            assert client.health().pid in {p.pid for p in started}
            client.stop()
        assert sorted(p.wait(LONG_S) for p in started) == [0, 4]
    finally:
        for process in started:
            process.kill()
            process.wait()


def test_what_a_crash_leaves_is_cleared_away(running: RunningDaemon) -> None:
    note = running.client.add_note(NoteRequest(text="The boiler code is 4711."))
    old = running.client.address
    running.kill()
    assert running.paths.daemon_json.exists() and running.paths.lock.exists()
    with pytest.raises(DaemonUnreachable):
        channel.connect(running.paths.root)
    client = running.start()
    assert client.source(note.id).memories == 1
    assert client.address.token != old.token


def test_a_stale_address_of_a_recycled_process_is_not_believed(tmp_path: Path) -> None:
    paths = channel.data_paths(tmp_path / "data")
    paths.create()
    # this very test process stands for the one that got the old daemon's id
    stale = {"port": 9, "token": "0" * 64, "pid": os.getpid(), "version": "0", "protocol": 1}
    paths.daemon_json.write_text(json.dumps(stale))
    with pytest.raises(DaemonUnreachable):
        channel.connect(paths.root)
    with running_daemon(paths.root) as running:
        assert running.client.address.pid == running.process.pid


@pytest.mark.parametrize("content", ["", "{", "[]", '{"port": "x"}', "null"])
def test_a_broken_address_file_is_like_none(tmp_path: Path, content: str) -> None:
    paths = channel.data_paths(tmp_path / "data")
    paths.create()
    paths.daemon_json.write_text(content)
    with pytest.raises(DaemonUnreachable):
        channel.connect(paths.root)


def test_another_version_is_told_as_such(
    running: RunningDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("memory.protocol.PROTOCOL_VERSION", 99)
    with pytest.raises(DaemonError) as told:
        channel.connect(running.paths.root)
    assert told.value.problem.code is ErrorCode.VERSION_MISMATCH
    assert "recollect daemon stop" in told.value.problem.next_step


def test_a_database_of_the_future_is_refused_with_words(tmp_path: Path) -> None:
    with running_daemon(tmp_path / "data") as running:
        paths = running.paths
    import sqlite3

    with sqlite3.connect(paths.database) as c:
        c.execute("INSERT INTO migrations VALUES ('9999-later', 'x', 0)")
    c.close()
    done = _second(running)
    assert done.returncode == 1 and "newer Recollect" in done.stderr
    assert not paths.daemon_json.exists()
    assert "newer Recollect" in (paths.logs / "daemon.log").read_text("utf-8")
    told = channel.start_problem(paths)
    assert told is not None and told.code is ErrorCode.STORE

    with sqlite3.connect(paths.database) as c:
        c.execute("DELETE FROM migrations WHERE name = '9999-later'")
    c.close()
    running.start()
    assert channel.start_problem(paths) is None
    assert running.stop() == 0


def test_a_data_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file is in the way")
    done = subprocess.run(
        [sys.executable, "-m", "memory", "--data-dir", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=LONG_S,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr


def test_replies_are_sent_at_once(running: RunningDaemon) -> None:
    """Small replies in two pieces wait 40 ms each where the socket collects (Nagle)."""

    def at_once() -> bool:
        began = time.perf_counter()
        running.client.health()
        return time.perf_counter() - began < 0.03

    # on a busy machine most may be late for other reasons; where it collects, each one is
    assert any(at_once() for _ in range(200))


def test_a_holder_that_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from filelock import FileLock

    from memory import __main__ as entry

    paths = channel.data_paths(tmp_path / "data")
    paths.create()
    monkeypatch.setattr(entry, "_WAIT_S", 0.2)
    mask = os.umask(0o077)
    try:
        with FileLock(paths.lock):
            assert entry.main(["--data-dir", str(paths.root)]) == 4
    finally:
        os.umask(mask)
    assert "Another process holds this memory" in capsys.readouterr().err
    told = channel.start_problem(paths)
    assert told is not None and told.code is ErrorCode.CONFLICT


def test_events_tell_what_changed(running: RunningDaemon) -> None:
    with running.connect().events() as events:
        hello = next(events)
        assert isinstance(hello, Hello) and hello.health.pid == running.process.pid
        note = running.client.add_note(NoteRequest(text="Tax office: window 12."))
        seen = [next(events)]
        while not any(isinstance(e, Changed) and note.id in e.sources for e in seen):
            seen.append(next(events))
        assert all(event.seq > hello.seq for event in seen)
        assert [e.seq for e in seen] == sorted({e.seq for e in seen})


def test_settings_survive_a_restart(running: RunningDaemon) -> None:
    running.client.edit_settings(SettingsEdit(values={"night_hour": 5, "hidden_files": True}))
    with pytest.raises(DaemonError) as told:
        running.client.edit_settings(SettingsEdit(values={"night_hour": 6, "no_such": 1}))
    assert told.value.problem.code is ErrorCode.BAD_REQUEST
    assert running.stop() == 0
    client = running.start()
    values = {s.name: s.value for s in client.settings().settings}
    assert values["night_hour"] == 5 and values["hidden_files"] is True


def test_the_log_holds_no_content(running: RunningDaemon, tmp_path: Path) -> None:
    secret = "xylophonequartz"
    file = tmp_path / f"{secret}-letter.txt"
    file.write_text(f"Dear {secret}, the {secret} is under the {secret}.\n" * 5)
    client: Client = running.client
    client.add_note(NoteRequest(text=f"My {secret} is blue.", title=secret))
    batch = client.add([str(file)]).batch
    until(lambda: client.batch(batch).finished_at is not None)
    from memory.protocol import RecallRequest

    assert client.recall(RecallRequest(question=f"Where is the {secret}?")).hits
    for path in (f"/v1/sources/{secret}", f"/v1/{secret}"):
        with pytest.raises(DaemonError):
            client._get(path, Hello)
    with pytest.raises(DaemonError):
        client._post("/v1/recall", NoteRequest(text=secret), Hello)
    assert running.stop() == 0
    for log in running.paths.logs.iterdir():
        assert secret not in log.read_text("utf-8", "replace")
