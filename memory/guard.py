"""Nothing leaves this machine: Python code of the daemon may connect to loopback only.

An audit hook sees every connection and name look-up that goes through Python's sockets, by
whichever library, and refuses those to other machines. What a person allowed by name (a Chroma
server of their own) is let through. Audit hooks cannot be removed: this is for life.
"""

from __future__ import annotations

import ipaddress
import sys
import threading

_CONNECTING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOKING_UP = frozenset(
    {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"}
)
_LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})

_allowed: set[str] = set()
_installed = threading.Lock()
_done = False


class OutgoingRefused(PermissionError):
    """Something tried to reach another machine."""


def install() -> None:
    """Refuse connections to other machines in this process from now on. Idempotent."""
    global _done
    with _installed:
        if not _done:
            sys.addaudithook(_look)
            _done = True


def allow(host: str) -> None:
    """Let this host through: the person named it in a setting."""
    _allowed.add(host)


def is_local(host: object) -> bool:
    """Whether an address or name stands for this machine."""
    if host is None:
        return True
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    if name in _LOCAL_NAMES or name in _allowed:
        return True
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


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
