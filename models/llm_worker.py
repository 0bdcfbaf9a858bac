"""The child process that owns the language model: ``python -m models.llm_worker``.

One process, one model. What it does stands in ``models.worker``; here is how it begins: the
pipe is moved out of the way of stray prints, Ctrl+C is left to the daemon, and the process is
made the first to go when memory or time runs short.
"""

from __future__ import annotations

import os
import signal

from models.worker.pipe import private_pipe
from models.worker.worker import Worker


def _offer_as_first_victim() -> None:
    """When memory runs out, Linux should end this process and not the memory's keeper."""
    try:
        with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
            file.write("800")
    except OSError:
        pass  # another system, or not allowed


def main() -> None:
    pipe = private_pipe()
    # Ctrl+C in a terminal reaches the whole group; when to end is the daemon's word.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _offer_as_first_victim()
    if os.name == "posix":
        os.nice(5)  # the window and a question come first
    Worker(pipe).run()
    os._exit(0)


if __name__ == "__main__":
    main()
