"""The library of models over the channel: a real daemon, a real hub on this machine."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.client import Client, DaemonError
from memory.protocol import (
    AskDone,
    AskRequest,
    Change,
    Changed,
    DownloadAction,
    DownloadProgress,
    ErrorCode,
    Hello,
    ModelBudgetEdit,
    ModelChecked,
    ModelMode,
    ModelState,
    ModelVerdict,
    NoteRequest,
    PredictRequest,
    SettingsEdit,
)
from models.catalogue import catalogue
from tests.daemon_fixture import RunningDaemon, running_daemon
from tests.hub_server import PIECE, HubServer
from tests.tiny_gguf import make_tiny_gguf

ENTRY, OTHER = catalogue()[0], catalogue()[1]


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_gguf(tmp_path_factory.mktemp("made") / "tiny.gguf", layers=2, name="Tiny One")


@pytest.fixture(scope="module")
def hub(gguf: Path) -> Iterator[HubServer]:
    with HubServer() as server:
        server.put(ENTRY.repository, ENTRY.file, gguf)
        server.put(OTHER.repository, OTHER.file, b"GGUF but no model" * 10_000)
        yield server


@pytest.fixture
def running(tmp_path: Path, hub: HubServer) -> Iterator[RunningDaemon]:
    with running_daemon(tmp_path / "data", {"HF_ENDPOINT": hub.url}) as found:
        _quietly(found.client)
        yield found
        hub.misdeeds.hold_after = None
        hub.misdeeds.go_on.set()
    hub.misdeeds.go_on.clear()


@pytest.fixture
def daemon(running: RunningDaemon) -> Client:
    return running.client


def _quietly(client: Client) -> None:
    """Measuring the machine is not what is tested here, and takes its time."""
    client.edit_settings(SettingsEdit(values={"model_forecasts": False}))


def _until(done: Callable[[], Any], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _entry(client: Client, model_id: str = ENTRY.id) -> Any:
    return next(one for one in client.models().catalogue if one.id == model_id)


def _got(client: Client, model_id: str = ENTRY.id) -> None:
    client.download(model_id, DownloadAction.DOWNLOAD)
    _until(lambda: _entry(client, model_id).state is ModelState.READY)


def _refused(call: Callable[[], object], code: ErrorCode) -> DaemonError:
    with pytest.raises(DaemonError) as caught:
        call()
    problem = caught.value.problem
    assert problem.code is code, problem
    assert problem.title and problem.message and problem.next_step
    return caught.value


# -- the catalogue and its downloads ------------------------------------------------------


def test_the_library_before_anything_was_asked_for(daemon: Client, hub: HubServer) -> None:
    before = len(hub.requests)
    library = daemon.models()
    assert [one.id for one in library.catalogue] == [one.id for one in catalogue()]
    assert {one.state for one in library.catalogue} == {ModelState.AVAILABLE}
    assert not any(one.size_exact or one.in_use or one.path for one in library.catalogue)
    assert library.local == [] and library.model is None and not library.measuring
    assert library.hub == hub.url and library.free_bytes > 0
    assert all(one.prediction is not None for one in library.catalogue)
    assert len(hub.requests) == before, "looking asks nobody"


def test_a_model_is_fetched_used_asked_and_removed(
    running: RunningDaemon, hub: HubServer, gguf: Path
) -> None:
    client = running.client
    _refused(lambda: client.use_model(id=ENTRY.id), ErrorCode.CONFLICT)
    _got(client)
    entry = _entry(client)
    assert entry.size_exact and entry.size_bytes == gguf.stat().st_size
    assert Path(entry.path).read_bytes() == gguf.read_bytes()
    assert Path(entry.path).parent == running.paths.models and entry.download is None
    assert client.use_model(id=ENTRY.id).model.name == "Tiny One"
    (local,) = client.models().local
    assert local.id == ENTRY.id and local.origin == "downloaded" and local.in_use
    assert local.architecture == "llama" and local.context_tokens == 4096
    client.add_note(NoteRequest(text="The deposit is 1,840 euros."))
    with client.ask(AskRequest(question="How much is the deposit?")) as stream:
        last = list(stream)[-1]
    assert isinstance(last, AskDone) and last.model == "Tiny One" and last.problem is None
    info = client.model().model
    assert info is not None and info.meter is not None and info.mode is info.meter.mode
    gone = client.remove_model(ENTRY.id)
    assert gone.deleted and gone.freed_bytes == gguf.stat().st_size
    assert client.model().model is None and client.models().local == []
    assert not Path(entry.path).exists() and list(running.paths.models.iterdir()) == []


def test_the_first_loading_says_what_it_does(running: RunningDaemon, gguf: Path) -> None:
    client = running.client
    client.use_model(str(gguf))
    checks: list[Any] = []
    with running.connect().events() as events:
        assert isinstance(next(events), Hello)
        loaded = client.load_model().model
        assert loaded is not None and loaded.state == "loaded" and loaded.check is None
        for event in events:
            if isinstance(event, ModelChecked):
                checks.append(event.check)
                if event.check is None:
                    break
    # A quick check may be over before the first word of it is sent; its end is always told.
    assert all(one.stage == "measuring" and 0 <= one.share <= 1 for one in checks[:-1])
    client.no_model()
    assert client.load_model().model is None


def test_a_crash_resume_and_progress_events(
    running: RunningDaemon, hub: HubServer, gguf: Path
) -> None:
    hub.misdeeds.hold_after = 4 * PIECE
    client = running.client
    client.download(ENTRY.id, DownloadAction.DOWNLOAD)
    _until(lambda: (found := _entry(client).download) and found.done_bytes >= 4 * PIECE)
    assert _entry(client).state is ModelState.DOWNLOADING
    running.kill()
    client = running.start()
    entry = _entry(client)
    assert entry.state is ModelState.PAUSED and entry.size_exact
    assert 4 * PIECE <= entry.download.done_bytes < entry.download.total_bytes
    hub.misdeeds.hold_after = None
    hub.misdeeds.go_on.set()
    hub.misdeeds.slow_s = 0.05
    told: list[DownloadProgress] = []
    flags: set[Change] = set()
    with client.events() as events:
        client.download(ENTRY.id, DownloadAction.RESUME)
        for event in events:
            if isinstance(event, DownloadProgress):
                told.append(event)
            if isinstance(event, Changed):
                flags |= set(event.flags)
                if _entry(client).state is ModelState.READY:
                    break
    hub.misdeeds.slow_s = 0.0
    assert told and told[-1].download.id == ENTRY.id and flags == {Change.MODEL}
    assert Path(_entry(client).path).read_bytes() == gguf.read_bytes()
    assert (hub.asked_for("/cdn/")[-1].first_byte or 0) >= 4 * PIECE


def test_what_goes_wrong_is_a_row_with_its_reason(daemon: Client, hub: HubServer) -> None:
    hub.misdeeds.refuse_api = (401, "GatedRepo")
    daemon.download(ENTRY.id, DownloadAction.DOWNLOAD)
    _until(lambda: _entry(daemon).state is ModelState.FAILED)
    problem = _entry(daemon).download.problem
    assert "accept" in problem.message and "HF_TOKEN" in problem.next_step
    hub.misdeeds.refuse_api = None
    daemon.download(ENTRY.id, DownloadAction.CANCEL)
    assert _entry(daemon).state is ModelState.AVAILABLE


def test_a_download_that_is_no_model_is_there_and_says_so(daemon: Client) -> None:
    _got(daemon, OTHER.id)
    (local,) = daemon.models().local
    assert local.problem is not None and local.problem.code is ErrorCode.MODEL
    _refused(lambda: daemon.use_model(id=OTHER.id), ErrorCode.MODEL)
    assert daemon.remove_model(OTHER.id).deleted


def test_names_that_are_none(daemon: Client) -> None:
    for action in DownloadAction:
        _refused(lambda a=action: daemon.download("no-such-model", a), ErrorCode.NOT_FOUND)
    _refused(lambda: daemon.use_model(id="no-such-model"), ErrorCode.NOT_FOUND)
    _refused(lambda: daemon.remove_model("no-such-model"), ErrorCode.NOT_FOUND)
    _refused(lambda: daemon.predict(PredictRequest(model="nothing")), ErrorCode.NOT_FOUND)
    _refused(lambda: daemon.download(ENTRY.id, DownloadAction.PAUSE), ErrorCode.NOT_FOUND)
    _refused(lambda: daemon.use_model(), ErrorCode.BAD_REQUEST)
    _refused(lambda: daemon.use_model("/x.gguf", id=ENTRY.id), ErrorCode.BAD_REQUEST)
    _refused(lambda: daemon.use_model("x.gguf"), ErrorCode.BAD_REQUEST)


# -- files of one's own -------------------------------------------------------------------


def test_a_file_of_ones_own_is_listed_used_and_taken_off(
    running: RunningDaemon, gguf: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.gguf"
    shutil.copy(gguf, mine)
    client = running.client
    added = client.add_model(str(mine))
    assert added.origin == "added" and not added.in_use and added.problem is None
    assert client.add_model(str(mine)).id == added.id and len(client.models().local) == 1
    used = client.use_model(id=added.id).model
    assert used is not None and used.path == str(mine)
    mine.unlink()
    (gone,) = client.models().local
    assert gone.in_use and gone.problem is not None and gone.problem.code is ErrorCode.NOT_FOUND
    running.stop()
    client = running.start()
    assert [one.id for one in client.models().local] == [added.id]
    shutil.copy(gguf, mine)
    removed = client.remove_model(added.id)
    assert not removed.deleted and mine.exists()
    assert client.models().local == [] and client.model().model is None


def test_a_file_used_by_its_path_is_listed(daemon: Client, gguf: Path) -> None:
    daemon.use_model(str(gguf))
    (local,) = daemon.models().local
    assert local.in_use and local.path == str(gguf) and local.parameters
    daemon.no_model()
    assert [one.in_use for one in daemon.models().local] == [False]


@pytest.mark.parametrize("kind", ["text", "cut", "new", "empty", "folder", "gone"])
def test_a_bad_file_is_refused_before_anything_loads_it(
    daemon: Client, gguf: Path, tmp_path: Path, kind: str
) -> None:
    bad = tmp_path / "bad.gguf"
    whole = gguf.read_bytes()
    if kind == "folder":
        bad.mkdir()
    elif kind != "gone":
        version_9 = whole[:4] + (9).to_bytes(4, "little") + whole[8:]
        content = {"text": b"no model" * 99, "cut": whole[:-5000], "new": version_9, "empty": b""}
        bad.write_bytes(content[kind])
    for call in (
        lambda: daemon.use_model(str(bad)),
        lambda: daemon.add_model(str(bad)),
        lambda: daemon.predict(PredictRequest(model=str(bad))),
    ):
        with pytest.raises(DaemonError) as caught:
            call()
        assert caught.value.problem.code in (ErrorCode.MODEL, ErrorCode.NOT_FOUND)
    assert daemon.model().model is None and daemon.models().local == []


def test_a_fuzzed_header_never_ends_the_daemon(
    running: RunningDaemon, gguf: Path, tmp_path: Path
) -> None:
    """Flipped, inserted, dropped and overwritten bytes: taken or refused, always answered."""
    client, dice, whole = running.client, random.Random(20261121), gguf.read_bytes()
    pid, taken, refused = client.health().pid, 0, 0
    bad = tmp_path / "fuzzed.gguf"
    for _round in range(250):
        bad.write_bytes(_fuzzed(dice, whole))
        try:
            added = client.add_model(str(bad))
            client.predict(PredictRequest(model=str(bad), budgets=[10**6, 10**9, 10**12]))
            client.models()
            taken += 1
        except DaemonError as error:
            assert error.problem.code is ErrorCode.MODEL, error.problem
            refused += 1
            continue
        client.remove_model(added.id)
    assert client.health().pid == pid
    assert refused > 50 and taken + refused == 250
    assert "Traceback" not in running.log()


def _fuzzed(dice: random.Random, whole: bytes) -> bytes:
    data = bytearray(whole)
    header = 8192  # keys, vocabulary and the table of tensors
    for _change in range(dice.choice([1, 1, 2, 5, 20])):
        at = dice.randrange(header if dice.random() < 0.8 else 200)
        match dice.randrange(5):
            case 0:
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                data[at : at + 8] = dice.choice([b"\xff" * 8, bytes(8), dice.randbytes(8)])
            case 2:
                del data[at : at + dice.randrange(1, 64)]
            case 3:
                data[at:at] = dice.randbytes(dice.randrange(1, 64))
            case _:
                data[at : at + 4] = dice.choice([1, 2**31 - 1, 2**32 - 1, 7]).to_bytes(4, "little")
    return bytes(data[: dice.choice([len(data)] * 6 + [dice.randrange(len(data))])])


# -- the budget and forecasts -------------------------------------------------------------


def test_the_budget_is_set_and_given_back(daemon: Client, gguf: Path) -> None:
    start = daemon.models().budget
    assert start.automatic and start.mode is None and start.budget_bytes == start.automatic_bytes
    assert start.least_bytes <= start.budget_bytes <= start.most_bytes
    daemon.use_model(str(gguf))
    edited = daemon.set_budget(ModelBudgetEdit(budget_bytes=900_000_000, mode=ModelMode.MMAP))
    assert edited.budget_bytes == 900_000_000 and not edited.automatic
    assert edited.mode is ModelMode.MMAP
    assert daemon.set_budget(ModelBudgetEdit(budget_bytes=950_000_000)).mode is ModelMode.MMAP
    info = daemon.model().model
    assert info is not None and info.budget_bytes == 950_000_000
    back = daemon.set_budget(ModelBudgetEdit(budget_bytes="automatic", mode="automatic"))
    assert back.automatic and back.mode is None
    _refused(
        lambda: daemon.edit_settings(SettingsEdit(values={"model_mode": "fast"})),
        ErrorCode.BAD_REQUEST,
    )


def test_a_slider_asks_once_for_all_its_budgets(daemon: Client) -> None:
    big = max(catalogue(), key=lambda one: one.size_bytes)
    sizes = [big.size_bytes // 4, big.size_bytes // 2, 2 * big.size_bytes]
    reply = daemon.predict(PredictRequest(model=big.id, budgets=sizes))
    assert [one.budget_bytes for one in reply.predictions] == sizes
    assert reply.predictions[-1].mode is ModelMode.FITS
    assert reply.predictions[-1].verdict is ModelVerdict.FITS
    if sys.platform == "linux":
        assert reply.predictions[1].mode is ModelMode.ADVISE
        assert reply.predictions[1].verdict is ModelVerdict.STREAMS
    assert all(one.reason for one in reply.predictions)
    assert all(one.tokens_per_s is None for one in reply.predictions), "nothing was measured"
    forced = daemon.predict(PredictRequest(model=big.id, budgets=sizes, mode=ModelMode.MMAP))
    assert {one.mode for one in forced.predictions} == {ModelMode.MMAP}


# -- the way out --------------------------------------------------------------------------

_ELSEWHERE = """
import sys, time
from pathlib import Path
from memory.client import DaemonError
from memory.protocol import DownloadAction, ModelState, SettingsEdit
from models.catalogue import catalogue
from tests.daemon_fixture import running_daemon
from tests.hub_server import HubServer

def until(done):
    deadline = time.monotonic() + 60
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)

entry = catalogue()[0]
with HubServer("10.77.0.1") as hub, HubServer("10.77.0.2") as stranger:
    for server in (hub, stranger):
        server.put(entry.repository, entry.file, Path(sys.argv[2]))
    environment = {"HF_ENDPOINT": hub.url}
    with running_daemon(Path(sys.argv[1]) / "data", environment) as running:
        client = running.client
        client.edit_settings(SettingsEdit(values={"model_forecasts": False}))
        def state():
            return next(e for e in client.models().catalogue if e.id == entry.id).state
        client.models()
        assert hub.requests == [], hub.requests
        hub.misdeeds.redirect = stranger.url + "{path}"
        client.download(entry.id, DownloadAction.DOWNLOAD)
        until(lambda: state() is ModelState.FAILED)
        assert stranger.requests == [], stranger.requests
        hub.misdeeds.redirect = None
        client.download(entry.id, DownloadAction.RESUME)
        until(lambda: state() is ModelState.READY)
        assert stranger.requests == []
print("through")
"""


def test_only_the_hub_is_reached_and_only_meanwhile(tmp_path: Path, gguf: Path) -> None:
    """In a network of its own, where the hub is not this machine's loopback address."""
    network = _own_network()
    if network is None:
        pytest.skip("this system gives no network of its own")
    done = subprocess.run(
        [*network, sys.executable, "-c", _ELSEWHERE, str(tmp_path), str(gguf)],
        capture_output=True,
        text=True,
        timeout=150,
        cwd=Path(__file__).resolve().parents[2],
    )
    assert done.returncode == 0 and "through" in done.stdout, done.stdout + done.stderr


def _own_network() -> list[str] | None:
    """A command before others: a network with loopback and two more addresses of its own."""
    if sys.platform != "linux" or not shutil.which("unshare") or not shutil.which("ip"):
        return None
    addresses = " && ".join(f"ip addr add 10.77.0.{n}/32 dev lo" for n in (1, 2))
    script = f'ip link set lo up && {addresses} && exec "$@"'
    command = ["unshare", "-rn", "sh", "-c", script, "sh"]
    tried = subprocess.run([*command, "true"], capture_output=True)
    return command if tried.returncode == 0 else None
