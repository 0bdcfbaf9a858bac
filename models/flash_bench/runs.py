"""Runs one measured process: the product's own worker, or llama-cpp-python by itself.

The parent's side: it starts the process, in a control group where one can be made, asks one
question, notes when each piece of the answer comes and what was read from disk by then.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import WorkerDied
from models.flash_bench.disk import drop_cached
from models.flash_bench.group import Group, limited
from models.flash_bench.outcome import BenchFailed, Moment, Outcome, under_way
from models.flash_bench.process import held_bytes, read_bytes
from models.worker_link import Event, WorkerLink, default_command, plain_environment

PATIENCE_S = 580.0


@dataclass(frozen=True)
class Question:
    """What every run of a series is asked.

    Attributes:
        prompt: the person's message.
        tokens: length of the answer; of these the first ``skipped`` are not timed.
    """

    path: Path
    prompt: str
    context_tokens: int
    threads: int
    tokens: int
    skipped: int


def stock_run(
    question: Question, *, limit_bytes: int | None = None, repack: bool = False, naive: bool = False
) -> Outcome:
    """llama-cpp-python as it is, with at most ``limit_bytes`` of memory if a group can be made.

    Raises:
        BenchFailed: it ended early, most likely because memory ran out.
    """
    order = {
        "path": str(question.path),
        "prompt": question.prompt,
        "context_tokens": question.context_tokens,
        "threads": question.threads,
        "tokens": question.tokens,
        "repack": repack,
        "naive": naive,
    }
    command = [sys.executable, "-P", "-m", "models.flash_bench.stock"]
    if limit_bytes is not None:
        drop_cached(question.path)
    with limited(limit_bytes) as group:
        found = _asked(group.joining(command) if group else command, order)
        group_peak = group.peak_bytes() if group else None
    moments = [Moment(**one) for one in found["moments"]]
    tokens_s, token_bytes, flash_bytes_s = under_way(moments, question.skipped)
    return Outcome(
        mode="naive" if naive else "mmap",
        tokens_s=tokens_s,
        first_token_s=moments[0].at_s,
        prompt_tokens=found["prompt_tokens"],
        token_bytes=token_bytes,
        flash_bytes_s=flash_bytes_s,
        held_bytes=found["held_bytes"],
        group_peak_bytes=group_peak,
        text=found["text"],
    )


def _asked(command: list[str], order: dict[str, Any]) -> dict[str, Any]:
    try:
        done = subprocess.run(
            command,
            input=json.dumps(order) + "\n",
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=plain_environment(),
            check=True,
        )
        found = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise BenchFailed(_ending(error.returncode, error.stderr)) from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise BenchFailed(f"{type(error).__name__}") from error
    return dict(found)


def _ending(code: int, said: str) -> str:
    if code in (-9, 137):
        return "killed: memory ran out"
    last = said.strip().splitlines()[-1:] or [""]
    return f"ended with code {code} {last[0][:200]}".strip()


class OurWorker:
    """The product's worker with the model loaded; use it as a context.

    Attributes:
        loaded: what it said about itself.
        meter: its last one.
    """

    def __init__(self, question: Question, group: Group | None, **load: Any) -> None:
        """Starts it and loads the model.

        Raises:
            BenchFailed: it could not.
        """
        command = default_command()
        self.meter: Event = {}
        self._question = question
        self._group = group
        self._number = 1
        self._link = WorkerLink(
            group.joining(command) if group else command, {"meter": self._note_meter}
        )
        try:
            self._link.send(
                op="load",
                id=self._number,
                path=str(question.path),
                context_tokens=question.context_tokens,
                threads=question.threads,
                **load,
            )
            self.loaded = self._until("loaded")
            if group is not None:
                group.forget_peak()
        except BaseException:
            self.end()
            raise

    def __enter__(self) -> OurWorker:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        self._link.end()

    def ask(self, messages: list[dict[str, str]], **more: Any) -> Outcome:
        """One greedy answer.

        Raises:
            BenchFailed: it ended early, or the answer was too short to be timed.
        """
        self._number += 1
        order = {"temperature": 0.0, "seed": 0, "stop": [], "max_tokens": self._question.tokens}
        arrived: list[tuple[float, str, int]] = []
        began = time.perf_counter()
        self._send(op="generate", id=self._number, messages=messages, **{**order, **more})
        while (event := self._next())["event"] == "text":
            arrived.append((time.perf_counter() - began, event["text"], read_bytes(self._link.pid)))
        if event["event"] != "done":
            raise BenchFailed(str(event.get("detail", event)))
        return self._outcome(arrived, event)

    def wait_for_files(self, folder: Path) -> None:
        """Until it has written what it keeps of the last prompt, in its quiet moments.

        Raises:
            BenchFailed: nothing was written.
        """
        until = time.monotonic() + PATIENCE_S
        while not any(folder.rglob("*.kv")):
            if time.monotonic() > until:
                raise BenchFailed("nothing was kept of the prompt")
            time.sleep(0.05)

    def _outcome(self, arrived: list[tuple[float, str, int]], done: Event) -> Outcome:
        """Pieces of text stand for as many tokens as there are for each."""
        made = done["made_tokens"]
        each = made / max(1, len(arrived))
        moments = [
            Moment(at, (number + 1) * each, read)
            for number, (at, _text, read) in enumerate(arrived)
        ]
        tokens_s, token_bytes, flash_bytes_s = under_way(moments, self._question.skipped)
        return Outcome(
            mode=str(self.meter.get("mode", "mmap")),
            tokens_s=tokens_s,
            first_token_s=moments[0].at_s,
            prompt_tokens=done["prompt_tokens"],
            token_bytes=token_bytes,
            flash_bytes_s=flash_bytes_s,
            tokens_a_pass=made / max(1, done["passes"]),
            hit_rate=self.meter.get("hit_rate"),
            held_bytes=held_bytes(self._link.pid),
            group_peak_bytes=self._group.peak_bytes() if self._group else None,
            text="".join(text for _at, text, _read in arrived),
            reason=str(self.meter.get("reason", "")),
        )

    def _send(self, **order: Any) -> None:
        try:
            self._link.send(**order)
        except WorkerDied as error:
            raise BenchFailed(error.message) from error

    def _until(self, name: str) -> Event:
        event = self._next()
        if event["event"] != name:
            raise BenchFailed(str(event.get("detail", event)))
        return event

    def _next(self) -> Event:
        """The next thing it says about the last order."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            try:
                event = self._link.receive(1.0)
            except WorkerDied as error:
                raise BenchFailed(error.message) from error
            if event is not None and event.get("id") == self._number:
                return event
        raise BenchFailed("it took too long")

    def _note_meter(self, event: Event) -> None:
        self.meter = event
