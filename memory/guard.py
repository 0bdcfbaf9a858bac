"""Nothing leaves this machine: Python code of the daemon may connect to loopback only.

An audit hook sees every connection and name look-up that goes through Python's sockets, by
whichever library, and refuses those to other machines. What a person allowed by name is let
through: a Chroma server of their own for good, the hosts of a download while it runs. The
addresses such a name stands for are learnt from its own look-ups and count as long as the name
does. Audit hooks cannot be removed: this is for life.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKING_UP = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})

_lock = threading.Lock()
_allowed: Counter[str] = Counter()  # names, with how many want them open
_meant: dict[str, set[str]] = {}  # address -> names that were found to stand for it
_done = False
_look_up = socket.getaddrinfo


class OutgoingRefused(PermissionError):
    """Something tried to reach another machine."""


def install() -> None:
    """Refuse connections to other machines in this process from now on. Idempotent."""
    global _done
    with _lock:
        if not _done:
            sys.addaudithook(_look)
            socket.getaddrinfo = _learning_look_up
            _done = True


def allow(host: str) -> None:
    """Let this host through for good: the person named it in a setting."""
    with _lock:
        _allowed[_plain(host)] += 1


@contextlib.contextmanager
def opened(hosts: Iterable[str]) -> Iterator[None]:
    """Let these hosts through, and nothing else, until the end of the ``with``."""
    names = {_plain(host) for host in hosts}
    with _lock:
        _allowed.update(names)
    try:
        yield
    finally:
        with _lock:
            _allowed.subtract(names)
            for name in names:
                if _allowed[name] <= 0:
                    del _allowed[name]
                    for known in _meant.values():
                        known.discard(name)


def is_local(host: object) -> bool:
    """Whether an address or name stands for this machine."""
    if host is None:
        return True
    name = _plain(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
    if name in _LOCAL_NAMES or name in _allowed or _meant.get(name):
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _plain(host: str) -> str:
    return host.lower().rstrip(".")


def _learning_look_up(host: Any, *others: Any, **named: Any) -> list[tuple[Any, ...]]:
    """``socket.getaddrinfo`` that remembers what an allowed name stands for."""
    _refuse_unless_local(host)
    found = _look_up(host, *others, **named)
    if host is not None:
        name = _plain(host.decode("ascii", "replace") if isinstance(host, bytes) else str(host))
        with _lock:
            if name in _allowed:
                for *_kind, address in found:
                    _meant.setdefault(str(address[0]), set()).add(name)
    return found


def _look(event: str, arguments: tuple[object, ...]) -> None:
    if not event.startswith("socket."):
        return
    if event in _CONNECTING:
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple):  # an internet address; a path is a local socket
            _refuse_unless_local(address[0])
    elif event in _LOOKING_UP:
        target = arguments[0]
        _refuse_unless_local(target[0] if isinstance(target, tuple) else target)


def _refuse_unless_local(host: object) -> None:
    if not is_local(host):
        raise OutgoingRefused("a connection to another machine was refused")
