"""Nothing but loopback is reached. The hook is for life, so it is tried in a child process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from memory.guard import is_local

_TRY = """
import asyncio, socket, sys, urllib.request
from memory import guard
guard.install(); guard.install()
def refused(call):
    try:
        call()
    except guard.OutgoingRefused:
        return True
    except OSError:
        return False
    return False
tcp = lambda: socket.socket()
udp = lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tries = {
    "connect": lambda: tcp().connect(("192.0.2.1", 80)),
    "connect_ex": lambda: tcp().connect_ex(("192.0.2.1", 80)),
    "connect6": lambda: socket.socket(socket.AF_INET6).connect(("2001:db8::1", 80)),
    "sendto": lambda: udp().sendto(b"x", ("192.0.2.1", 53)),
    "sendmsg": lambda: udp().sendmsg([b"x"], [], 0, ("192.0.2.1", 53)),
    "name": lambda: socket.getaddrinfo("example.com", 80),
    "host": lambda: socket.gethostbyname("example.com"),
    "create": lambda: socket.create_connection(("example.com", 80), 1),
}
through = [name for name, call in tries.items() if not refused(call)]
listening = socket.create_server(("127.0.0.1", 0))
socket.create_connection(listening.getsockname(), 5).close()
socket.create_connection(("localhost", listening.getsockname()[1]), 5).close()
a, b = socket.socketpair(); a.send(b"x"); b.recv(1)
guard.allow("chroma.example")
assert guard.is_local("chroma.example")
print(through)
"""


def test_other_machines_are_refused_and_this_one_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", _TRY], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


_OPEN_FOR_A_WHILE = """
import socket
book = {"hub.example": "192.0.2.7", "other.example": "192.0.2.8"}
real = socket.getaddrinfo
def look_up(host, port, *others, **named):
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (book.get(host, host), port))]
socket.getaddrinfo = look_up
from memory import guard
guard.install()
def let(call):
    try:
        call()
    except guard.OutgoingRefused:
        return False
    except OSError:
        pass
    return True
def connect(address):
    tried = socket.socket()
    tried.settimeout(0.05)
    return let(lambda: tried.connect((address, 9)))
def name(host):
    return let(lambda: socket.getaddrinfo(host, 9))
assert not name("hub.example") and not connect("192.0.2.7")
with guard.opened(["Hub.example", "hub.example"]):
    assert not connect("192.0.2.7"), "nobody has looked the name up yet"
    assert name("hub.example") and connect("192.0.2.7")
    with guard.opened(["hub.example"]):
        pass
    assert connect("192.0.2.7"), "it is still wanted"
    assert not name("other.example") and not connect("192.0.2.8") and not name("xhub.example")
    assert let(lambda: socket.create_connection(("hub.example", 9), 0.05))
assert not name("hub.example") and not connect("192.0.2.7")
guard.allow("other.example")
assert name("other.example") and connect("192.0.2.8") and not connect("192.0.2.7")
print("all right")
"""


def test_a_name_is_open_only_while_it_is_wanted() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_FOR_A_WHILE], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "all right", done.stderr


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        (None, True),
        ("", True),
        (b"localhost", True),
        ("192.168.1.1", False),
        ("10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("localhost.evil.example", False),
        ("example.com", False),
    ],
)
def test_what_counts_as_this_machine(host: object, local: bool) -> None:
    assert is_local(host) is local
