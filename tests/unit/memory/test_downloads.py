"""The downloads service, on a real folder against a real server."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from memory.clock import SystemClock
from memory.downloads import Downloads
from memory.errors import Conflict, NotFound, Stopping
from memory.events import Events
from memory.protocol import DownloadInfo, ModelState
from models.catalogue import CatalogueModel, catalogue
from tests.hub_server import PIECE, HubServer

MODEL, OTHER = catalogue()[0], catalogue()[1]
CONTENT = os.urandom(30 * PIECE + 7)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    with HubServer() as server:
        for model in (MODEL, OTHER):
            server.put(model.repository, model.file, CONTENT + model.id.encode())
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


@dataclass
class Home:
    """A folder with its downloads; ``again`` is the daemon started anew."""

    folder: Path
    downloads: Downloads
    open_now: list[str]

    def again(self) -> Downloads:
        self.downloads.close()
        self.downloads = _made(self.folder, self.open_now)
        return self.downloads


def _made(folder: Path, open_now: list[str], events: Events | None = None) -> Downloads:
    @contextlib.contextmanager
    def opened(hosts: Iterable[str]) -> Iterator[None]:
        names = list(hosts)
        open_now.extend(names)
        try:
            yield
        finally:
            for name in names:
                open_now.remove(name)

    return Downloads(
        folder, SystemClock(), events or Events(), opened=opened, free=lambda _folder: 1 << 50
    )


@pytest.fixture
def home(tmp_path: Path, hub: HubServer) -> Iterator[Home]:
    open_now: list[str] = []
    made = Home(tmp_path, _made(tmp_path, open_now), open_now)
    yield made
    hub.misdeeds.go_on.set()
    made.downloads.close()


def until(done: Callable[[], Any], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def state(home: Home, model: CatalogueModel = MODEL) -> ModelState:
    if model.id in home.downloads.ready():
        return ModelState.READY
    info = home.downloads.info(model.id)
    return info.state if info else ModelState.AVAILABLE


def content(model: CatalogueModel = MODEL) -> bytes:
    return CONTENT + model.id.encode()


def held(hub: HubServer, home: Home, model: CatalogueModel = MODEL) -> DownloadInfo:
    """A download that stands still after its first pieces."""
    hub.misdeeds.hold_after = 10 * PIECE
    home.downloads.start(model)

    def info() -> DownloadInfo | None:
        return home.downloads.info(model.id)

    until(lambda: (found := info()) is not None and found.done_bytes >= 10 * PIECE)
    found = info()
    assert found is not None
    return found


def let_go(hub: HubServer) -> None:
    hub.misdeeds.hold_after = None
    hub.misdeeds.go_on.set()


def names(home: Home) -> set[str]:
    return {path.name for path in home.folder.iterdir()}


def test_a_model_comes_and_goes(home: Home, hub: HubServer) -> None:
    assert state(home) is ModelState.AVAILABLE and home.downloads.info(MODEL.id) is None
    assert home.downloads.start(MODEL).state in (ModelState.WAITING, ModelState.DOWNLOADING)
    until(lambda: state(home) is ModelState.READY)
    path, record = home.downloads.ready()[MODEL.id]
    assert path.read_bytes() == content() and path.name == MODEL.file
    assert record.size_bytes == len(content()) and home.downloads.info(MODEL.id) is None
    assert names(home) == {MODEL.file, f"{MODEL.id}.json"}
    with pytest.raises(Conflict):
        home.downloads.start(MODEL)
    assert home.again().ready()[MODEL.id][0] == path
    assert home.downloads.remove(MODEL.id) == (path, len(content()))
    assert names(home) == set() and state(home) is ModelState.AVAILABLE
    with pytest.raises(NotFound):
        home.downloads.remove(MODEL.id)


def test_the_way_out_is_open_only_meanwhile(home: Home, hub: HubServer) -> None:
    held(hub, home)
    assert set(home.open_now) == {"127.0.0.1"}
    let_go(hub)
    until(lambda: state(home) is ModelState.READY and not home.open_now)


def test_pause_keeps_what_is_there_and_resume_goes_on(home: Home, hub: HubServer) -> None:
    before = held(hub, home)
    assert before.state is ModelState.DOWNLOADING and before.total_bytes == len(content())
    paused = home.downloads.pause(MODEL.id)
    assert paused.state is ModelState.PAUSED and paused.done_bytes >= 10 * PIECE
    until(lambda: not home.open_now)
    assert state(home) is ModelState.PAUSED
    let_go(hub)
    home.downloads.resume(MODEL.id)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()
    first = hub.asked_for("/cdn/")[-1].first_byte
    assert first is not None and first >= 10 * PIECE


def test_resume_right_after_pause_goes_on_as_well(home: Home, hub: HubServer) -> None:
    held(hub, home)
    for _time in range(5):
        assert home.downloads.pause(MODEL.id).state is ModelState.PAUSED
        assert home.downloads.resume(MODEL.id).state in (
            ModelState.WAITING,
            ModelState.DOWNLOADING,
            ModelState.CHECKING,
        )
    let_go(hub)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()


def test_a_restart_shows_it_as_paused_with_its_progress(home: Home, hub: HubServer) -> None:
    held(hub, home)
    home.again()
    info = home.downloads.info(MODEL.id)
    assert info is not None and info.state is ModelState.PAUSED
    assert 10 * PIECE <= info.done_bytes < len(content()) == info.total_bytes
    let_go(hub)
    home.downloads.start(MODEL)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()


def test_one_that_waited_at_the_restart_is_not_lost(home: Home, hub: HubServer) -> None:
    held(hub, home)
    assert home.downloads.start(OTHER).state is ModelState.WAITING
    home.again()
    assert state(home, OTHER) is ModelState.PAUSED
    let_go(hub)


def test_they_come_one_after_the_other(home: Home, hub: HubServer) -> None:
    held(hub, home)
    assert home.downloads.start(OTHER).state is ModelState.WAITING
    assert home.downloads.pause(OTHER.id).state is ModelState.PAUSED
    assert home.downloads.resume(OTHER.id).state is ModelState.WAITING
    let_go(hub)
    until(lambda: state(home, OTHER) is ModelState.READY)
    assert state(home) is ModelState.READY


def test_cancel_deletes_what_is_there(home: Home, hub: HubServer) -> None:
    held(hub, home)
    assert home.downloads.cancel(MODEL.id).state is ModelState.AVAILABLE
    assert state(home) is ModelState.AVAILABLE
    until(lambda: names(home) == set())
    with pytest.raises(NotFound):
        home.downloads.cancel(MODEL.id)
    assert home.again().info(MODEL.id) is None
    let_go(hub)


def test_a_paused_one_can_be_cancelled(home: Home, hub: HubServer) -> None:
    held(hub, home)
    home.again().cancel(MODEL.id)
    assert names(home) == set()
    let_go(hub)


def test_start_right_after_cancel_begins_anew(home: Home, hub: HubServer) -> None:
    held(hub, home)
    home.downloads.cancel(MODEL.id)
    home.downloads.start(MODEL)
    let_go(hub)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()


def test_a_failure_is_a_row_that_survives_a_restart(home: Home, hub: HubServer) -> None:
    hub.misdeeds.claim_sha256 = "ab" * 32
    home.downloads.start(MODEL)
    until(lambda: state(home) is ModelState.FAILED)
    for downloads in (home.downloads, home.again()):
        info = downloads.info(MODEL.id)
        assert info is not None and info.problem is not None and info.done_bytes == 0
        assert "SHA-256" in info.problem.message and info.problem.item == MODEL.id
    assert names(home) == {f"{MODEL.id}.json"}
    hub.misdeeds.claim_sha256 = None
    home.downloads.resume(MODEL.id)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()


def test_a_failure_does_not_hold_up_the_next(home: Home, hub: HubServer) -> None:
    hub.misdeeds.refuse_api = (403, "GatedRepo")
    home.downloads.start(MODEL)
    home.downloads.start(OTHER)
    until(lambda: {state(home), state(home, OTHER)} == {ModelState.FAILED})
    home.downloads.cancel(MODEL.id)
    home.downloads.cancel(OTHER.id)
    assert names(home) == set()


def test_what_was_never_begun_cannot_be_paused(home: Home) -> None:
    for verb in (home.downloads.pause, home.downloads.resume, home.downloads.cancel):
        with pytest.raises(NotFound):
            verb(MODEL.id)


def test_after_the_end_nothing_begins(home: Home) -> None:
    home.downloads.close()
    with pytest.raises(Stopping):
        home.downloads.start(MODEL)


class _Listener(Events):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[float, DownloadInfo]] = []

    def download(self, download: DownloadInfo) -> None:
        self.told.append((time.monotonic(), download))


def test_progress_is_told_with_rate_at_most_four_times_a_second(
    tmp_path: Path, hub: HubServer
) -> None:
    events = _Listener()
    downloads = _made(tmp_path, [], events)
    hub.misdeeds.slow_s = 0.05  # thirty pieces: a second and a half
    downloads.start(MODEL)
    until(lambda: MODEL.id in downloads.ready())
    downloads.close()
    assert len(events.told) >= 2
    took_s = events.told[-1][0] - events.told[0][0]
    assert len(events.told) <= took_s / 0.25 * 1.2 + 2
    last = events.told[-1][1]
    assert last.total_bytes == len(content()) and 0 < last.done_bytes <= last.total_bytes
    assert last.rate_bytes_per_s is not None and last.seconds_left is not None
    assert last.seconds_left == pytest.approx(
        (last.total_bytes - last.done_bytes) / last.rate_bytes_per_s
    )


def test_many_hands_at_once_leave_a_whole_model(home: Home, hub: HubServer) -> None:
    """Verbs from many threads, in any order: nothing breaks, and it ends well."""
    hub.misdeeds.slow_s = 0.002
    broken: list[BaseException] = []

    def fumble(number: int) -> None:
        for step in range(25):
            verb = (number * 7 + step * 3) % 4
            try:
                if verb == 0:
                    home.downloads.start(MODEL)
                elif verb == 1:
                    home.downloads.pause(MODEL.id)
                elif verb == 2:
                    home.downloads.resume(MODEL.id)
                else:
                    home.downloads.cancel(MODEL.id)
                home.downloads.info(MODEL.id)
            except (NotFound, Conflict):
                continue
            except BaseException as error:
                broken.append(error)

    threads = [threading.Thread(target=fumble, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    hub.misdeeds.slow_s = 0.0
    with contextlib.suppress(Conflict):
        home.downloads.start(MODEL)
    until(lambda: state(home) is ModelState.READY)
    assert home.downloads.ready()[MODEL.id][0].read_bytes() == content()
    until(lambda: not home.open_now)
    assert names(home) == {MODEL.file, f"{MODEL.id}.json"}
