"""`recollect model ...` against a real daemon and a real hub on this machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.client import connect
from memory.protocol import ModelState, SettingsEdit
from models.catalogue import catalogue
from tests.hub_server import PIECE, HubServer
from tests.tiny_gguf import make_tiny_gguf

ENTRY, OTHER = catalogue()[0], catalogue()[1]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("made") / "tiny.gguf", layers=2, name="Tiny One")


@pytest.fixture(scope="module")
def hub(gguf: Path) -> Iterator[HubServer]:
    with HubServer() as server:
        server.put(ENTRY.repository, ENTRY.file, gguf)
        server.put(OTHER.repository, OTHER.file, gguf)
        yield server


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("memory") / "data"


@pytest.fixture(scope="module")
def environment(data_dir: Path, hub: HubServer) -> dict[str, str]:
    return {**os.environ, "RECOLLECT_DATA_DIR": str(data_dir), "HF_ENDPOINT": hub.url}


@pytest.fixture(scope="module")
def recollect(environment: dict[str, str]) -> Iterator[Run]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
        )

    assert run("settings", "model_forecasts=false").returncode == 0
    yield run
    run("daemon", "stop")


@pytest.fixture(autouse=True)
def nothing_here(recollect: Run, hub: HubServer) -> Iterator[None]:
    yield
    hub.misdeeds.hold_after = None
    hub.misdeeds.refuse_api = None
    hub.misdeeds.go_on.set()
    recollect("model", "none")
    for model in _json(recollect("model", "list", "--json"))["local"]:
        recollect("model", "remove", model["id"], "--yes")
    hub.misdeeds.go_on.clear()


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _until(done: Callable[[], Any], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_list_names_what_can_be_had(recollect: Run, hub: HubServer) -> None:
    listed = _json(recollect("model", "list", "--json"))
    assert [one["id"] for one in listed["catalogue"]] == [one.id for one in catalogue()]
    shown = recollect("model", "list")
    assert shown.returncode == 0
    for one in catalogue():
        assert one.id in shown.stdout
    assert hub.url in shown.stdout and "Memory for a model" in shown.stdout
    assert "fits" in shown.stdout


def test_get_use_and_remove(recollect: Run, gguf: Path) -> None:
    got = _json(recollect("model", "get", ENTRY.id, "--json"))
    assert got["state"] == "ready" and got["size_bytes"] == gguf.stat().st_size
    assert Path(got["path"]).read_bytes() == gguf.read_bytes()
    again = recollect("model", "get", ENTRY.id)
    assert again.returncode == 0 and f"recollect model use {ENTRY.id}" in again.stdout
    used = _json(recollect("model", "use", ENTRY.id, "--json"))
    assert used["model"]["name"] == "Tiny One"
    row = next(line for line in recollect("model", "list").stdout.splitlines() if ENTRY.id in line)
    assert row.strip().startswith("*") and " here " in row
    asked = recollect("model", "remove", ENTRY.id)
    assert asked.returncode == 1 and "Nothing was removed" in asked.stdout
    removed = _json(recollect("model", "remove", ENTRY.id, "--yes", "--json"))
    assert removed["deleted"] and not Path(got["path"]).exists()
    assert _json(recollect("model", "--json")) == {"model": None}


def test_a_file_of_ones_own_by_path_and_by_id(recollect: Run, gguf: Path) -> None:
    used = recollect("model", "use", str(gguf))
    assert used.returncode == 0 and "Tiny One" in used.stdout
    (local,) = _json(recollect("model", "list", "--json"))["local"]
    assert recollect("model", "none").returncode == 0
    assert _json(recollect("model", "use", local["id"], "--json"))["model"]["path"] == str(gguf)
    off = recollect("model", "remove", local["id"], "--yes")
    assert off.returncode == 0 and "The file stays" in off.stdout and gguf.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of the POSIX kind")
def test_where_somebody_watches_it_is_loaded_too(
    recollect: Run, environment: dict[str, str], gguf: Path
) -> None:
    assert "loaded" not in recollect("model", "use", str(gguf)).stdout
    ours, theirs = os.openpty()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.cli", "model", "use", str(gguf)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            env=environment,
            timeout=120,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 0 and "  loaded  " in done.stdout
    assert "fits" in done.stdout


def test_a_check_is_made_again_where_it_is_asked_for(recollect: Run, gguf: Path) -> None:
    used = _json(recollect("model", "use", str(gguf), "--check-again", "--json"))
    assert used["model"]["state"] == "loaded" and used["model"]["check"] is None
    assert used["model"]["meter"]["check_failed"] is False


@pytest.mark.skipif(sys.platform == "win32", reason="sends an interrupt as a terminal does")
def test_an_interrupt_pauses_and_get_goes_on(
    recollect: Run, environment: dict[str, str], data_dir: Path, hub: HubServer, gguf: Path
) -> None:
    hub.misdeeds.hold_after = 4 * PIECE
    getting = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "model", "get", ENTRY.id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    with connect(data_dir) as client:

        def entry() -> Any:
            return next(one for one in client.models().catalogue if one.id == ENTRY.id)

        _until(lambda: (d := entry().download) is not None and d.done_bytes >= 4 * PIECE)
        getting.send_signal(signal.SIGINT)
        said, errors = getting.communicate(timeout=60)
        assert getting.returncode == 130, errors
        assert "Paused" in said and "Traceback" not in errors
        assert entry().state is ModelState.PAUSED
        row = next(
            line for line in recollect("model", "list").stdout.splitlines() if ENTRY.id in line
        )
        assert "paused" in row and "%" in row
        hub.misdeeds.hold_after = None
        hub.misdeeds.go_on.set()
        got = _json(recollect("model", "get", ENTRY.id, "--json"))
    assert Path(got["path"]).read_bytes() == gguf.read_bytes()
    assert (hub.asked_for("/cdn/")[-1].first_byte or 0) >= 4 * PIECE


def test_a_failed_download_says_why_and_can_be_given_up(recollect: Run, hub: HubServer) -> None:
    hub.misdeeds.refuse_api = (403, "GatedRepo")
    failed = recollect("model", "get", ENTRY.id)
    assert failed.returncode == 1 and "accept" in failed.stderr
    with_json = recollect("model", "get", ENTRY.id, "--json")
    assert with_json.returncode == 1
    found = json.loads(with_json.stdout)
    assert found["state"] == "failed" and found["problem"]["next_step"]
    given_up = recollect("model", "remove", ENTRY.id, "--yes")
    assert given_up.returncode == 0 and "given up" in given_up.stdout


@pytest.mark.parametrize(
    "arguments",
    [["get"], ["use"], ["remove"], ["bench"], ["list", "x"], ["none", "x"]],
    ids=lambda words: "-".join(words),
)
def test_wrong_usage(recollect: Run, arguments: list[str]) -> None:
    assert recollect("model", *arguments).returncode == 2


def test_names_that_are_none(recollect: Run) -> None:
    for arguments in (["get", "no-such"], ["use", "no-such"], ["remove", "no-such", "--yes"]):
        done = recollect("model", *arguments)
        assert done.returncode == 1 and "no such model" in done.stderr.lower(), arguments
    early = recollect("model", "use", ENTRY.id)
    assert early.returncode == 1 and f"recollect model get {ENTRY.id}" in early.stderr
    bench = recollect("model", "bench", ENTRY.id)
    assert bench.returncode == 1 and "not on this machine" in bench.stderr


def test_settings_keep_only_modes_there_are(recollect: Run, data_dir: Path) -> None:
    assert recollect("settings", "model_mode=fast").returncode == 1
    assert recollect("settings", "model_mode=mmap", "model_memory_mb=900").returncode == 0
    with connect(data_dir) as client:
        assert client.models().budget.budget_bytes == 900_000_000
        client.edit_settings(SettingsEdit(values={"model_mode": "automatic", "model_memory_mb": 0}))
