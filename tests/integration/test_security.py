"""Who may talk to the daemon: only who knows the token, from this machine, and no web page."""

from __future__ import annotations

import socket
import stat
import sys
from collections.abc import Iterator

import httpx
import pytest

from memory.client import Client
from memory.gate import MOST_BYTES
from memory.protocol import ErrorCode, Problem
from tests.daemon_fixture import RunningDaemon


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    from tests.daemon_fixture import running_daemon

    with running_daemon(tmp_path_factory.mktemp("memory") / "data") as found:
        yield found


@pytest.fixture
def daemon(running: RunningDaemon) -> Client:
    return running.client


@pytest.fixture
def raw(daemon: Client) -> Iterator[httpx.Client]:
    """A client that adds nothing by itself."""
    url = f"http://127.0.0.1:{daemon.address.port}"
    with httpx.Client(base_url=url, trust_env=False) as client:
        yield client


def _token(daemon: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {daemon.address.token}"}


def _problem(reply: httpx.Response) -> Problem:
    return Problem.model_validate_json(reply.content)


@pytest.mark.parametrize("path", ["/v1/health", "/v1/status", "/v1/events", "/no/such", "/docs"])
def test_without_the_token_nothing_answers(raw: httpx.Client, path: str) -> None:
    reply = raw.get(path)
    assert reply.status_code == 401
    assert _problem(reply).code is ErrorCode.UNAUTHORIZED
    assert "token" not in reply.headers and reply.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "given",
    ["Bearer", "Bearer x", "bearer {token}", "Basic {token}", "{token}", "Bearer {token}x", "ü"],
)
def test_a_wrong_token_is_refused(raw: httpx.Client, daemon: Client, given: str) -> None:
    value = given.format(token=daemon.address.token)
    reply = raw.get("/v1/health", headers={"Authorization": value.encode("utf-8")})
    assert reply.status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "0.0.0.0:{port}"]
)
def test_a_wrong_host_is_refused(raw: httpx.Client, daemon: Client, host: str) -> None:
    headers = {**_token(daemon), "Host": host.format(port=daemon.address.port)}
    reply = raw.get("/v1/health", headers=headers)
    assert reply.status_code == 403 and _problem(reply).code is ErrorCode.FORBIDDEN


def test_two_hosts_are_refused(daemon: Client) -> None:
    port, token = daemon.address.port, daemon.address.token
    host = f"Host: 127.0.0.1:{port}\r\n"
    request = f"GET /v1/health HTTP/1.1\r\n{host}{host}Authorization: Bearer {token}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(request.encode())
        assert connection.recv(4096).split()[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_web_page_is_refused(raw: httpx.Client, daemon: Client, headers: dict[str, str]) -> None:
    reply = raw.get("/v1/health", headers={**_token(daemon), **headers})
    assert reply.status_code == 403
    assert "access-control-allow-origin" not in reply.headers
    preflight = raw.options("/v1/recall", headers={**headers, "Origin": "https://evil.example"})
    assert preflight.status_code == 403


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/"])
def test_nothing_describes_the_channel(raw: httpx.Client, daemon: Client, path: str) -> None:
    reply = raw.get(path, headers=_token(daemon))
    assert reply.status_code == 404 and _problem(reply).code is ErrorCode.NOT_FOUND


def test_a_body_too_large_is_refused_announced_or_not(raw: httpx.Client, daemon: Client) -> None:
    announced = raw.post(
        "/v1/notes",
        headers={**_token(daemon), "Content-Type": "application/json"},
        content=b'{"text":"' + b"x" * MOST_BYTES + b'"}',
    )
    assert announced.status_code == 413 and _problem(announced).code is ErrorCode.TOO_LARGE

    def pieces() -> Iterator[bytes]:
        yield b'{"text":"'
        for _ in range(MOST_BYTES // 65_536 + 1):
            yield b"x" * 65_536
        yield b'"}'

    chunked = raw.post(
        "/v1/notes",
        headers={**_token(daemon), "Content-Type": "application/json"},
        content=pieces(),
    )
    assert chunked.status_code == 413 and _problem(chunked).code is ErrorCode.TOO_LARGE


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"question": ""}',
        b'{"question": "x", "limit": 0}',
        b'{"question": "x", "secret-name-of-a-field": 1}',
        b'{"question": "x", "limit": "heliotrope"}',
        b"\xff\xfe",
    ],
)
def test_what_does_not_fit_is_a_problem_without_the_values(
    raw: httpx.Client, daemon: Client, body: bytes
) -> None:
    headers = {**_token(daemon), "Content-Type": "application/json"}
    reply = raw.post("/v1/recall", headers=headers, content=body)
    assert reply.status_code == 400
    assert _problem(reply).code is ErrorCode.BAD_REQUEST
    assert "heliotrope" not in reply.text


def test_a_form_of_a_web_page_is_no_request(raw: httpx.Client, daemon: Client) -> None:
    headers = {**_token(daemon), "Content-Type": "text/plain"}
    reply = raw.post("/v1/recall", headers=headers, content=b'{"question": "x"}')
    assert reply.status_code == 400


def test_only_loopback_listens(running: RunningDaemon) -> None:
    import psutil

    found = psutil.Process(running.process.pid).net_connections("inet")
    listening = [c.laddr for c in found if c.status == psutil.CONN_LISTEN]
    assert [(a.ip, a.port) for a in listening] == [("127.0.0.1", running.client.address.port)]


@pytest.mark.skipif(sys.platform == "win32", reason="modes are of POSIX systems")
def test_everything_is_this_person_s_alone(running: RunningDaemon) -> None:
    for path in [running.paths.root, *running.paths.root.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path.name} has mode {mode:o}"
    assert stat.S_IMODE(running.paths.daemon_json.stat().st_mode) == 0o600
    assert len(running.client.address.token) == 64
