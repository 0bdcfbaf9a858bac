"""What goes wrong between a client and the daemon, with the words for the person. Light."""

from __future__ import annotations

from memory import protocol as p


class DaemonError(Exception):
    """The daemon answered with a problem; ``problem`` holds the words for the person."""

    def __init__(self, problem: p.Problem):
        super().__init__(f"{problem.title}: {problem.message}")
        self.problem = problem


class DaemonUnreachable(DaemonError):
    """No daemon answers for this data folder."""

    def __init__(self, detail: str):
        super().__init__(
            p.Problem(
                code=p.ErrorCode.STOPPING,
                title="The memory is not running",
                message=f"No answer from the background program ({detail}).",
                next_step="Run `recollect daemon start`, or open the window.",
            )
        )
