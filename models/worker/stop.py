"""The word to stop, readable by native code.

llama.cpp asks a callback before every operation whether to go on. A Python function there
would need the interpreter's lock a thousand times a token. The C function ``strlen`` over one
byte of memory is such a callback: 0 while the byte is 0, 1 once it is set.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from typing import Any


class Stop:
    """Orders are numbered in rising order; ``cancel`` may come before its order begins."""

    def __init__(self) -> None:
        self._byte = ctypes.create_string_buffer(2)
        self._lock = threading.Lock()
        self._running = 0
        self._cancelled = 0

    def begin(self, number: int) -> None:
        with self._lock:
            self._running = number
            self._byte[0] = b"\x01" if self._cancelled >= number else b"\x00"

    def cancel(self, number: int) -> None:
        """Stops order ``number``, also if it has not begun."""
        with self._lock:
            self._cancelled = max(self._cancelled, number)
            if self._running and self._cancelled >= self._running:
                self._byte[0] = b"\x01"

    def end(self) -> None:
        with self._lock:
            self._running = 0
            self._byte[0] = b"\x00"

    @property
    def asked(self) -> bool:
        return self._byte.raw[0] != 0

    def attach(self, library: Any, context: Any) -> None:
        """Has llama.cpp look at the byte while it computes."""
        runtime = ctypes.CDLL("msvcrt" if sys.platform == "win32" else None)
        callback = ctypes.cast(runtime.strlen, library.ggml_abort_callback)
        address = ctypes.cast(self._byte, ctypes.c_void_p)
        library.llama_set_abort_callback(context, callback, address)
