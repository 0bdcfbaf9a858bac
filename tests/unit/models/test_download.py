"""A download against a real server that speaks the hub's protocol, and misbehaves on demand."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.download import Fetch, Stopped
from models.download_errors import (
    AccessRefused,
    DownloadError,
    DownloadsOff,
    HubUnreachable,
    LedAstray,
    NoRoom,
    NotOnHub,
    WrongContent,
)
from models.hub import RemoteFile, may_follow
from tests.hub_server import COMMIT, PIECE, HubServer

REPOSITORY, FILE = "maker/Model-GGUF", "model-Q4_K_M.gguf"
CONTENT = bytes(os.urandom(40 * PIECE + 123))
PLENTY = 1 << 50


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer() as server:
        server.put(REPOSITORY, FILE, CONTENT)
        yield server


class _Door:
    """Notes which hosts were opened, and that each was closed again."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.open = 0

    @contextlib.contextmanager
    def __call__(self, hosts: Iterable[str]) -> Iterator[None]:
        self.seen += hosts
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1


@pytest.fixture
def part(tmp_path: Path) -> Path:
    return tmp_path / "model.part"


def fetch(hub: HubServer | str, part: Path, **changes: Any) -> Fetch:
    url = hub if isinstance(hub, str) else hub.url
    given: dict[str, Any] = {
        "hub": url,
        "opened": _Door(),
        "free": lambda _folder: PLENTY,
        "waits_s": (0.01,) * 4,
    }
    return Fetch(REPOSITORY, changes.pop("file", FILE), part, **{**given, **changes})


def told(content: bytes = CONTENT) -> RemoteFile:
    """What the hub says of it."""
    sha256 = hashlib.sha256(content).hexdigest()
    return RemoteFile(REPOSITORY, FILE, COMMIT, len(content), sha256)


def failed(kind: type[DownloadError], run: Callable[[], object]) -> DownloadError:
    with pytest.raises(kind) as caught:
        run()
    error = caught.value
    assert error.title and error.message and error.next_step
    return error


# -- what works ---------------------------------------------------------------------------


def test_a_whole_file_comes_through_a_redirect_and_is_checked(hub: HubServer, part: Path) -> None:
    door, found, seen = _Door(), [], []
    run = fetch(hub, part, opened=door, on_found=found.append, on_bytes=seen.append)
    assert run.run() == told() == found[0]
    assert part.read_bytes() == CONTENT and run.done_bytes == len(CONTENT)
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == len(CONTENT)
    assert door.seen == ["127.0.0.1", "127.0.0.1"] and door.open == 0
    paths = [request.path for request in hub.requests]
    sha256 = told().sha256
    assert paths == [
        f"/api/models/{REPOSITORY}",
        f"/{REPOSITORY}/resolve/{COMMIT}/{FILE}",
        f"/cdn/{sha256}",
    ]


def test_a_cut_connection_is_taken_up_where_it_was_cut(hub: HubServer, part: Path) -> None:
    hub.misdeeds.cut_after, hub.misdeeds.cuts = 10 * PIECE, 3
    fetch(hub, part).run()
    assert part.read_bytes() == CONTENT
    starts = [request.first_byte for request in hub.asked_for("/cdn/")]
    assert starts == [None, 10 * PIECE, 20 * PIECE, 30 * PIECE]


def test_a_later_run_continues_and_fetches_only_the_rest(hub: HubServer, part: Path) -> None:
    part.write_bytes(CONTENT[:100_000])
    checking: list[bool] = []
    fetch(hub, part, on_checking=checking.append).run(told())
    assert part.read_bytes() == CONTENT and checking == [True, False]
    assert [request.first_byte for request in hub.asked_for("/cdn/")] == [100_000]


def test_a_part_that_is_whole_already_is_only_checked(hub: HubServer, part: Path) -> None:
    part.write_bytes(CONTENT)
    fetch(hub, part).run(told())
    assert part.read_bytes() == CONTENT and hub.asked_for("/cdn/") == []


def test_another_file_of_the_same_name_begins_anew(hub: HubServer, part: Path) -> None:
    part.write_bytes(b"of the version before" * 100)
    fetch(hub, part).run(told(b"of the version before" * 5000))
    assert part.read_bytes() == CONTENT
    assert [request.first_byte for request in hub.asked_for("/cdn/")] == [None]


def test_a_host_that_ignores_ranges_gives_all_again(hub: HubServer, part: Path) -> None:
    hub.misdeeds.ignore_ranges = True
    part.write_bytes(CONTENT[:5000])
    fetch(hub, part).run(told())
    assert part.read_bytes() == CONTENT


def test_an_address_that_ran_out_is_asked_for_anew(hub: HubServer, part: Path) -> None:
    hub.misdeeds.cdn_errors = 2
    fetch(hub, part).run()
    assert part.read_bytes() == CONTENT
    assert len(hub.asked_for(f"/{REPOSITORY}/resolve/")) == 3


def test_upper_and_lower_case_of_a_name_do_not_matter(hub: HubServer, part: Path) -> None:
    remote = fetch(hub, part, file="MODEL-q4_k_m.gguf").run()
    assert remote.file == FILE and part.read_bytes() == CONTENT


# -- stopping -----------------------------------------------------------------------------


def test_a_stop_ends_it_at_once_also_while_nothing_comes(hub: HubServer, part: Path) -> None:
    hub.misdeeds.hold_after = 8 * PIECE
    arrived = threading.Event()
    run = fetch(hub, part, on_bytes=lambda done: done >= 8 * PIECE and arrived.set())
    ended: list[type[BaseException]] = []

    def work() -> None:
        try:
            run.run()
        except BaseException as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    assert arrived.wait(30)
    run.stop()
    thread.join(20)  # the server still holds the answer, for 60 s
    assert not thread.is_alive() and ended == [Stopped]
    kept = part.stat().st_size
    assert kept >= 8 * PIECE
    hub.misdeeds.hold_after = None
    hub.misdeeds.go_on.set()
    fetch(hub, part).run(told())
    assert part.read_bytes() == CONTENT
    assert hub.asked_for("/cdn/")[-1].first_byte == kept


def test_a_stop_before_the_start_asks_for_no_byte(hub: HubServer, part: Path) -> None:
    run = fetch(hub, part)
    run.stop()
    with pytest.raises(Stopped):
        run.run()
    assert hub.asked_for("/cdn/") == [] and not part.exists()


# -- what goes wrong ----------------------------------------------------------------------


def test_a_wrong_checksum_is_refused_and_deleted(hub: HubServer, part: Path) -> None:
    hub.misdeeds.claim_sha256 = "ab" * 32
    error = failed(WrongContent, fetch(hub, part).run)
    assert "SHA-256" in error.message and not part.exists()


def test_more_bytes_than_promised_are_refused(hub: HubServer, part: Path) -> None:
    hub.misdeeds.claim_bytes = len(CONTENT) - PIECE
    failed(WrongContent, fetch(hub, part).run)
    assert not part.exists()


def test_a_host_that_is_not_the_hubs_is_never_asked(hub: HubServer, part: Path) -> None:
    with HubServer("localhost") as stranger:
        stranger.put(REPOSITORY, FILE, CONTENT)
        hub.misdeeds.redirect = stranger.url + "{path}"
        door = _Door()
        error = failed(LedAstray, fetch(hub, part, opened=door).run)
        assert stranger.requests == [] and "localhost" not in door.seen
        assert "localhost" in error.message


def test_circles_end(hub: HubServer, part: Path) -> None:
    hub.misdeeds.redirect = f"/{REPOSITORY}/resolve/{COMMIT}/{FILE}"
    failed(LedAstray, fetch(hub, part).run)


@pytest.mark.parametrize("status", [401, 403])
def test_a_gated_repository_says_so(hub: HubServer, part: Path, status: int) -> None:
    hub.misdeeds.refuse_api = (status, "GatedRepo")
    error = failed(AccessRefused, fetch(hub, part).run)
    assert REPOSITORY in error.message and str(status) in error.message
    hub.misdeeds.refuse_api = None
    hub.misdeeds.refuse_file = status
    part.write_bytes(CONTENT[:70])
    failed(AccessRefused, lambda: fetch(hub, part).run(told()))
    assert part.read_bytes() == CONTENT[:70]


def test_a_missing_repository_or_file_says_so(hub: HubServer, part: Path) -> None:
    error = failed(NotOnHub, fetch(hub, part, file="another.gguf").run)
    assert "another.gguf" in error.message
    hub.misdeeds.refuse_api = (404, "RepoNotFound")
    failed(NotOnHub, fetch(hub, part).run)
    hub.misdeeds.refuse_api = None
    hub.misdeeds.refuse_file = 404
    failed(NotOnHub, fetch(hub, part).run)


def test_a_hub_that_is_not_there_is_given_up(part: Path) -> None:
    with HubServer() as server:
        url = server.url
    failed(HubUnreachable, fetch(url, part).run)


def test_a_connection_that_never_brings_a_byte_is_given_up(hub: HubServer, part: Path) -> None:
    hub.misdeeds.cut_after, hub.misdeeds.cuts = 0, 1000
    failed(HubUnreachable, fetch(hub, part, waits_s=(0.01, 0.01)).run)
    assert len(hub.asked_for("/cdn/")) == 3


def test_a_hub_that_fails_for_a_moment_is_asked_again(hub: HubServer, part: Path) -> None:
    hub.misdeeds.refuse_api = (503, "")
    asked = threading.Event()
    run = fetch(hub, part, waits_s=(0.2, 0.2))

    def mend() -> None:
        while not hub.asked_for("/api/"):
            asked.wait(0.01)
        hub.misdeeds.refuse_api = None

    mender = threading.Thread(target=mend)
    mender.start()
    run.run()
    mender.join()
    assert part.read_bytes() == CONTENT


def test_a_file_without_a_checksum_is_not_fetched(hub: HubServer, part: Path) -> None:
    failed(LedAstray, fetch(hub, part, file="README.md").run)
    assert not part.exists()


def test_off_line_by_the_environment_is_respected(
    hub: HubServer, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    failed(DownloadsOff, fetch(hub, part).run)
    assert hub.requests == []


def test_between_downloads_the_library_is_off_line(hub: HubServer, part: Path) -> None:
    fetch(hub, part).run()
    from huggingface_hub import HfApi
    from huggingface_hub.errors import OfflineModeIsEnabled

    before = len(hub.requests)
    with pytest.raises(OfflineModeIsEnabled):
        HfApi(endpoint=hub.url, token=False).model_info(REPOSITORY)
    assert len(hub.requests) == before


def test_a_token_goes_to_the_hub_and_nowhere_else(
    hub: HubServer, part: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(hub, part).run()
    assert all(request.authorization is None for request in hub.requests)
    hub.requests.clear()
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_person")
    monkeypatch.setattr("models.download.may_follow", lambda _hub, _target: True)
    with HubServer("localhost") as content:
        content.put(REPOSITORY, FILE, CONTENT)
        hub.misdeeds.redirect = content.url + "{path}"
        part.unlink()
        fetch(hub, part).run()
        assert {r.authorization for r in hub.requests} == {"Bearer hf_of_the_person"}
        assert [r.authorization for r in content.requests] == [None]


# -- room ---------------------------------------------------------------------------------


def test_too_little_room_is_said_before_the_first_byte(hub: HubServer, part: Path) -> None:
    error = failed(NoRoom, fetch(hub, part, free=lambda _f: 600_000).run)
    assert "0.6 MB" in error.message and hub.asked_for("/cdn/") == []


def test_room_that_goes_away_meanwhile_stops_it(hub: HubServer, part: Path) -> None:
    readings = iter([PLENTY] * 3)
    failed(NoRoom, fetch(hub, part, free=lambda _f: next(readings, 1000)).run)
    assert part.exists() and 0 < part.stat().st_size < len(CONTENT)
    fetch(hub, part).run(told())
    assert part.read_bytes() == CONTENT


_FULL_DISK = """
import contextlib, sys
from pathlib import Path
from models.download import Fetch
from models.download_errors import NoRoom
url, folder, limit = sys.argv[1:4]
if limit:
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
part = Path(folder) / "model.part"
run = Fetch("maker/Model-GGUF", "model-Q4_K_M.gguf", part, hub=url, free=lambda _f: 1 << 50,
            opened=lambda _hosts: contextlib.nullcontext())
try:
    run.run()
except NoRoom as error:
    print("no room:", error.message, part.stat().st_size)
"""


def _on_a_full_disk(hub: HubServer, before: list[str], folder: Path, limit: str) -> str:
    root = Path(__file__).resolve().parents[3]
    command = [*before, sys.executable, "-c", _FULL_DISK, hub.url, str(folder), limit]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=root)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are not Windows'")
def test_a_write_the_system_refuses_is_said(hub: HubServer, tmp_path: Path) -> None:
    said = _on_a_full_disk(hub, [], tmp_path, str(200_000))
    assert said.startswith("no room: The system took no more bytes.")
    assert (tmp_path / "model.part").stat().st_size == 200_000


def test_a_really_full_disk_is_said(hub: HubServer, tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mount = 'mount -t tmpfs -o size=256k tmpfs "$1" && shift && exec "$@"'
    before = ["unshare", "-rm", "sh", "-c", mount, "sh", str(folder)]
    if sys.platform != "linux" or not shutil.which("unshare"):
        pytest.skip("this system mounts no disk of its own")
    if subprocess.run([*before, "true"], capture_output=True).returncode:
        pytest.skip("this system mounts no disk of its own")
    assert _on_a_full_disk(hub, before, folder, "").startswith("no room: The system took no more")


# -- where the hub may send us ------------------------------------------------------------


@pytest.mark.parametrize(
    ("hub_url", "target", "may"),
    [
        ("https://huggingface.co", "https://huggingface.co/x", True),
        ("https://huggingface.co", "https://cdn-lfs-us-1.hf.co/x?Signature=1", True),
        ("https://huggingface.co", "https://cas-bridge.xethub.hf.co/x", True),
        ("https://huggingface.co", "http://cdn-lfs.hf.co/x", False),
        ("https://huggingface.co", "https://hf.co.evil.example/x", False),
        ("https://huggingface.co", "https://nothf.co/x", False),
        ("https://huggingface.co", "https://192.0.2.1/x", False),
        ("https://huggingface.co", "file:///etc/passwd", False),
        ("https://mirror.example", "https://cdn.mirror.example/x", False),
        ("https://mirror.example", "https://cas-bridge.xethub.hf.co/x", True),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9000/x", True),
        ("http://127.0.0.1:8000", "http://192.168.1.1/x", False),
        ("http://127.0.0.1:8000", "http://cdn.hf.co/x", False),
    ],
)
def test_where_the_hub_may_send_us(hub_url: str, target: str, may: bool) -> None:
    assert may_follow(hub_url, target) is may
