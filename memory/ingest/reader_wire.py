"""What the daemon and its reader children say to each other, as bytes. Pure.

From the daemon: one JSON request. From the child: ``R`` (result) or ``E`` (error), eight bytes
of length, payload. From the server, when the child ended: ``S`` and its wait status, four
bytes. JSON only: whoever broke into a child must not be able to run code in the daemon.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

from memory.errors import NotFound, RecollectError, Unreadable
from memory.ingest.readers.common import Limits

RESULT, ERROR, STATUS = b"R", b"E", b"S"
MAX_REQUEST = 60_000


def request(operation: str, arguments: dict[str, Any], limits: Limits) -> bytes:
    """One request. Raises ValueError when a path makes it too long."""
    data = json.dumps({"op": operation, "args": arguments, "limits": asdict(limits)}).encode()
    if len(data) > MAX_REQUEST:
        raise ValueError("request too long")
    return struct.pack(">I", len(data)) + data


def parse_request(data: bytes) -> tuple[str, dict[str, Any], Limits]:
    value = json.loads(data)
    return value["op"], value["args"], Limits(**value["limits"])


def frame(kind: bytes, payload: bytes) -> bytes:
    return kind + struct.pack(">Q", len(payload)) + payload


def status_frame(status: int) -> bytes:
    return STATUS + struct.pack(">i", status)


def parse_frame(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """Kind and payload once the first frame is complete; the payload of a status is its bytes.

    Raises:
        ValueError: not a frame.
    """
    if not buffer:
        return None
    kind = bytes(buffer[:1])
    if kind == STATUS:
        return (kind, bytes(buffer[1:5])) if len(buffer) >= 5 else None
    if kind not in (RESULT, ERROR):
        raise ValueError("not a frame")
    if len(buffer) < 9:
        return None
    (length,) = struct.unpack(">Q", buffer[1:9])
    if len(buffer) < 9 + length:
        return None
    return kind, bytes(memoryview(buffer)[9 : 9 + length])


def error_payload(error: BaseException) -> bytes:
    """An exception of a reader as JSON."""
    value: dict[str, Any] = {"type": "fault", "name": type(error).__name__}
    if isinstance(error, RecollectError):
        value = {
            "type": "not_found" if isinstance(error, NotFound) else "unreadable",
            "words": [error.title, error.message, error.next_step],
            "item": error.item,
            "skipped": getattr(error, "skipped", False),
        }
    elif isinstance(error, MemoryError):
        value = {"type": "memory"}
    elif isinstance(error, OSError) and error.errno is not None:
        value = {"type": "os", "errno": error.errno, "text": error.strerror or ""}
    return json.dumps(value).encode()


def parse_error(payload: bytes, path: str) -> Exception:
    """The exception to raise in the daemon. Whatever the child says, the words stay words."""
    try:
        value = json.loads(payload)
        kind = value["type"]
        if kind == "os":
            return OSError(int(value["errno"]), str(value["text"])[:200], path)
        if kind == "memory":
            return out_of_memory(path)
        if kind in ("unreadable", "not_found"):
            title, message, next_step = (str(w)[:500] for w in value["words"])
            item = str(value["item"] or path)
            if kind == "not_found":
                return NotFound(title, message, next_step, item=item)
            skipped = value["skipped"] is True
            return Unreadable(title, message, next_step, item=item, skipped=skipped)
        return not_understood(path, str(value.get("name", ""))[:60])
    except (ValueError, KeyError, TypeError):
        return not_understood(path, "no answer")


def out_of_memory(path: str) -> Unreadable:
    return Unreadable(
        "The file needs too much memory",
        "Reading it took more memory than is allowed for one file.",
        "Split it, or raise the memory for reading a file in the settings, then retry.",
        item=path,
    )


def out_of_time(path: str, seconds: int) -> Unreadable:
    return Unreadable(
        "Reading took too long",
        f"After {seconds} seconds it was given up.",
        "Split it, or raise the longest reading time in the settings, then retry.",
        item=path,
    )


def not_understood(path: str, name: str) -> Unreadable:
    return Unreadable(
        "The file could not be understood",
        f"Its content is not as its format says ({name})." if name else "Its content is odd.",
        "Open it in its own program; if that works, save it again and retry.",
        item=path,
    )


def crashed(path: str, reason: str) -> Unreadable:
    return Unreadable(
        "The file broke its reader",
        f"The process that read it ended ({reason}). Nothing else is affected.",
        "Open it in its own program; if that works, save it again and retry.",
        item=path,
    )
