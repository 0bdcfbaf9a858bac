"""What a command prints: lines for people, JSON for programs, problems on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from memory.protocol import Problem

if TYPE_CHECKING:
    from pydantic import BaseModel

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
EXIT_INTERRUPTED = 130


class Output:
    """One per run of the program. With ``json`` only JSON goes to stdout."""

    def __init__(self, *, json: bool):
        self.json = json

    def line(self, text: str = "") -> None:
        """A line for people; silent with --json."""
        if not self.json:
            print(text, flush=True)

    def record(self, value: dict[str, Any]) -> None:
        """One JSON object on a line of its own."""
        print(json.dumps(value, ensure_ascii=False, default=_plain), flush=True)

    def reply(self, found: BaseModel) -> None:
        """What the daemon said, with --json; silent without."""
        if self.json:
            self.record(found.model_dump(mode="json"))

    def table(self, heads: list[str], rows: list[list[str]]) -> None:
        """Columns for people, cut to the terminal where there is one."""
        if self.json or not rows:
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table

        table = Table(*heads, box=box.SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*[_unmarked(cell) for cell in row])
        Console(width=None if sys.stdout.isatty() else 160).print(table)

    def problem(self, problem: Problem) -> None:
        """A problem on stderr, as words or as JSON."""
        if self.json:
            print(json.dumps({"error": problem.model_dump(mode="json")}), file=sys.stderr)
            return
        item = f" ({problem.item})" if problem.item else ""
        print(f"{problem.title}{item}", file=sys.stderr)
        print(f"  {problem.message}", file=sys.stderr)
        print(f"  {problem.next_step}", file=sys.stderr)

    def ask(self, question: str) -> bool:
        """Yes or no from the terminal; no where nobody can answer."""
        if not sys.stdin.isatty():
            return False
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")

    @contextmanager
    def progress(self, title: str, *, of_bytes: bool = False) -> Iterator[ProgressBar]:
        """A progress bar in a terminal, of things or of bytes; nothing elsewhere or with --json."""
        if self.json or not sys.stderr.isatty():
            yield ProgressBar(None, None)
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeRemainingColumn,
            TransferSpeedColumn,
        )

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            *([DownloadColumn(), TransferSpeedColumn()] if of_bytes else [MofNCompleteColumn()]),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield ProgressBar(bar, bar.add_task(title, total=None))


class ProgressBar:
    """A bar that may not be there."""

    def __init__(self, bar: Any, task: Any):
        self._bar = bar
        self._task = task

    def update(self, done: int, total: int | None, text: str | None = None) -> None:
        if self._bar is not None:
            changes: dict[str, Any] = {"completed": done, "total": total}
            if text:
                changes["description"] = _unmarked(text)
            self._bar.update(self._task, **changes)


def positive(text: str) -> int:
    """A count as people type it, for a command line."""
    value = int(text)
    if not 1 <= value <= 200:
        raise argparse.ArgumentTypeError("takes a number from 1 to 200")
    return value


def date_argument(text: str) -> datetime:
    """A date or time as people type it; local where it names no zone."""
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("takes a date such as 2025-03-31") from error
    return (when if when.tzinfo else when.astimezone()).astimezone(UTC)


def until_argument(text: str) -> datetime:
    """The end of a time as people type it: a day alone is meant with all of it."""
    when = date_argument(text)
    if len(text.strip()) > len("2025-03-31"):
        return when
    return date_argument((datetime.fromisoformat(text) + timedelta(days=1)).isoformat())


def local_time(when: datetime | None) -> str:
    """A UTC time as the person's local day and minute."""
    return "" if when is None else when.astimezone().strftime("%Y-%m-%d %H:%M")


def size_text(count: int | None) -> str:
    """Bytes in the unit people use."""
    if count is None:
        return ""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return ""


def counted(count: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 memory", "2 memories"."""
    plural = many or (one[:-1] + "ies" if one.endswith("y") else one + "s")
    return f"{count:,} {one if count == 1 else plural}"


def first_line(text: str, length: int = 100) -> str:
    """One line of a text, cut with an ellipsis."""
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def _unmarked(text: str) -> str:
    """rich reads [words] as markup; file names and memories must stay as they are."""
    return text.replace("[", "\\[")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(type(value).__name__)
