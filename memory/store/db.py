"""The one door to SQLite. Owns the database file and the thread ``writer``.

The writer thread holds the only read-write connection. It takes functions from a queue, runs
each in one immediate transaction, answers through a future, and drains on a stop marker.
Readers get a read-only connection per thread; each ``read`` block is one snapshot.
"""

from __future__ import annotations

import os
import queue
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import Connection
from typing import Any, TypeVar

from memory.clock import Clock, to_datetime
from memory.errors import Stopping, StoreError
from memory.paths import DataPaths
from memory.store import functions, migrations, residue

__all__ = ["Connection", "Database", "DatabaseError"]

T = TypeVar("T")
Work = Callable[[Connection], T]
DatabaseError = sqlite3.Error

_BUSY_MS = 10_000
_MERGE_PAGES = 400
_CHECKPOINT_TRIES = 60
_CHECKPOINT_BUSY_MS = 100
_CHECKPOINT_PAUSE_S = 0.25


@dataclass(frozen=True)
class _Task:
    """Work for the writer; ``bare`` work runs outside a transaction (vacuum, checkpoint)."""

    work: Work[Any]
    future: Future[Any]
    bare: bool = False


class Database:
    """One open data folder. Safe to use from any thread.

    Raises (on construction):
        StoreError: the file is no database, newer than this program, or has changed steps.
    """

    def __init__(
        self,
        paths: DataPaths,
        clock: Clock,
        steps: tuple[migrations.Step, ...] = migrations.STEPS,
    ) -> None:
        self._paths = paths
        self._clock = clock
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._closing = threading.Lock()
        self._closed = False
        self._local = threading.local()
        self._readers: dict[int, tuple[threading.Thread, Connection]] = {}
        self._readers_lock = threading.Lock()
        self._connection = self._open_and_migrate(steps)
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    # -- writing

    def write(self, work: Work[T]) -> T:
        """Run ``work`` on the writer thread in one transaction and wait for its result.

        Raises:
            Stopping: the database is closed.
            Exception: whatever ``work`` raised; its transaction is rolled back.
        """
        return self._wait(self.post(work))

    def post(self, work: Work[T]) -> Future[T]:
        """The same without waiting; the future carries result or exception."""
        return self._submit(work, bare=False)

    def _submit(self, work: Work[T], *, bare: bool) -> Future[T]:
        future: Future[T] = Future()
        with self._closing:
            if self._closed:
                raise Stopping(
                    "Recollect is stopping", "The database is closed.", "Try again in a moment."
                )
            self._tasks.put(_Task(work, future, bare))
        return future

    def _wait(self, future: Future[T]) -> T:
        if threading.current_thread() is self._thread:
            raise RuntimeError("the writer thread cannot wait for itself")
        return future.result()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None:
            if not task.future.set_running_or_notify_cancel():
                continue
            try:
                result = self._transact(task)
            except BaseException as error:  # the waiting thread must always hear of it
                task.future.set_exception(error)
            else:
                task.future.set_result(result)
            del task  # a future kept alive would keep its result alive
        self._connection.close()

    def _transact(self, task: _Task) -> Any:
        if task.bare:
            return task.work(self._connection)
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            result = task.work(self._connection)
            self._connection.execute("COMMIT")
        except BaseException:
            # A full disk may have rolled back already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return result

    # -- reading

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """This thread's read-only connection; everything inside sees one snapshot.

        May be nested. Keep it short: an open snapshot keeps the write-ahead log from shrinking.
        """
        connection = self._reader()
        outer = not connection.in_transaction
        if outer:
            connection.execute("BEGIN")
        try:
            yield connection
        finally:
            if outer:
                connection.execute("ROLLBACK")

    def _reader(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            if self._closed:
                raise Stopping(
                    "Recollect is stopping", "The database is closed.", "Try again in a moment."
                )
            connection = _connect(self._paths.database, read_only=True)
            self._local.connection = connection
            with self._readers_lock:
                self._drop_dead_readers()
                self._readers[threading.get_ident()] = (threading.current_thread(), connection)
        return connection

    def _drop_dead_readers(self) -> None:
        for ident, (thread, connection) in list(self._readers.items()):
            if not thread.is_alive():
                connection.close()
                del self._readers[ident]

    # -- upkeep

    def backup(self, target: Path) -> int:
        """Copy the database with SQLite's online backup; returns its size in bytes.

        The copy appears under its name only when complete (written beside it, then renamed).
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        return _backup(self._paths.database, target)

    def quick_check(self) -> list[str]:
        """SQLite's own check; an empty list means sound."""
        with self.read() as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA quick_check")]
            found += [
                f"foreign key of {row[0]}" for row in connection.execute("PRAGMA foreign_key_check")
            ]
        return [line for line in found if line != "ok"]

    def optimize(self) -> None:
        """Refresh the planner's statistics and merge a part of the keyword indexes."""
        self.write(_merge_keywords)
        self._wait(self._submit(lambda c: c.execute("PRAGMA optimize").close(), bare=True))

    def scrub(self, timed: Callable[[str], None] = lambda _part: None) -> None:
        """Leave no byte of deleted rows in the database file or its log.

        ``secure_delete`` zeroes freed cells, but the keyword indexes keep deleted words in
        their segments until merged, the log keeps old pages until truncated (tried on SQLite
        3.40), and moved cells stay in gaps (``residue``). So: merge fully, truncate, zero the
        gaps; where those cannot be told, vacuum. ``timed`` is told the end of each part.

        Raises:
            StoreError: a reader held its snapshot too long for the log to be truncated.
        """
        with self.read() as c:
            tables = _existing_keyword_tables(c)
        for table in tables:
            self._merge_fully(table)
        timed("keywords")
        if not self._cleared(self._wipe):
            self._wait(self._submit(lambda c: _vacuum(c, self._paths), bare=True))
            self._cleared(lambda _c: True)
        timed("file")

    def _cleared(self, then: Work[bool]) -> bool:
        """Truncate the log and, while it is empty, run ``then`` and return what it says.

        The waits for readers are here and not on the writer thread: others go on writing.
        """
        for _attempt in range(_CHECKPOINT_TRIES):
            done = self._wait(self._submit(lambda c: then(c) if _truncated(c) else None, bare=True))
            if done is not None:
                return done
            time.sleep(_CHECKPOINT_PAUSE_S)
        raise StoreError(
            "Old pages could not be removed yet",
            "Something kept reading the database, so its log still holds old pages.",
            "Forget again in a moment; it finishes what is left.",
        )

    def _wipe(self, connection: Connection) -> bool:
        """On the writer thread, with nothing in the log: zero the gaps of the file."""
        connection.execute("BEGIN IMMEDIATE")  # no other program writes meanwhile
        try:
            log = self._paths.database.with_name(self._paths.database.name + "-wal")
            done = (not log.exists() or log.stat().st_size == 0) and residue.wiped(
                self._paths.database
            )
        finally:
            connection.execute("ROLLBACK")
        # Pages kept in memory still have the bytes, and would bring them back when written.
        connection.execute("PRAGMA shrink_memory").close()
        return done

    def _merge_fully(self, table: str) -> None:
        """What ``optimize`` does, in steps between which other writing goes on."""
        self.write(lambda c: _merge_step(c, table, -_MERGE_PAGES))
        # Fewer than two changes: nothing was left to merge (SQLite's FTS5 manual, "merge").
        while self.write(lambda c: _merge_step(c, table, _MERGE_PAGES)) >= 2:
            pass

    def close(self) -> None:
        """Finish what is queued, then close every connection. Idempotent."""
        with self._closing:
            if not self._closed:
                self._closed = True
                self._tasks.put(None)
        self._thread.join()
        with self._readers_lock:
            for _thread, connection in self._readers.values():
                connection.close()
            self._readers.clear()
        self._local = threading.local()

    # -- opening

    def _open_and_migrate(self, steps: tuple[migrations.Step, ...]) -> Connection:
        existed = self._paths.database.exists()
        connection = _connect(self._paths.database, read_only=False)
        try:
            todo = migrations.pending(connection, steps)  # refuses before anything is changed
            connection.execute("PRAGMA journal_mode = WAL")
            migrations.migrate(
                connection,
                self._clock.now_ms(),
                steps,
                before_first=lambda: self._save_before(todo[0].name) if existed else None,
            )
        except sqlite3.DatabaseError as error:
            connection.close()
            raise StoreError(
                "The database cannot be opened",
                f"SQLite says: {error}. Nothing was changed.",
                "Put a copy from the backups folder in its place, or choose another data folder.",
                item=str(self._paths.database),
            ) from error
        except BaseException:
            connection.close()
            raise
        if os.name == "posix":
            self._paths.database.chmod(0o600)
        return connection

    def _save_before(self, step: str) -> None:
        when = to_datetime(self._clock.now_ms()).strftime("%Y%m%dT%H%M%SZ")
        target = self._paths.backups / f"before-{step}-{when}.db"
        target.parent.mkdir(parents=True, exist_ok=True)
        _backup(self._paths.database, target)


def _connect(path: Path, *, read_only: bool) -> Connection:
    uri = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_MS / 1000
    )
    connection.row_factory = sqlite3.Row
    functions.register(connection)
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
            connection.execute("PRAGMA cache_size = -8192")
        else:
            connection.execute("PRAGMA secure_delete = ON")
            # FULL: what was acknowledged survives a power cut too, not only our own death.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA cache_size = -16384")
    except sqlite3.DatabaseError:
        pass  # not a database: the first real statement says so with the right words
    return connection


def _backup(source: Path, target: Path) -> int:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    reader = _connect(source, read_only=True)
    try:
        copy = sqlite3.connect(part)
        try:
            reader.backup(copy)
            # A single file: a copy in WAL mode would leave its log beside it when opened.
            copy.execute("PRAGMA journal_mode = DELETE").close()
        finally:
            copy.close()
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    finally:
        reader.close()
    if os.name == "posix":
        part.chmod(0o600)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, target)
    return target.stat().st_size


_KEYWORD_TABLES = ("memories_fts", "memories_trigram")


def _existing_keyword_tables(connection: Connection) -> list[str]:
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    return [name for name in _KEYWORD_TABLES if name in found]


def _merge_step(connection: Connection, table: str, pages: int) -> int:
    """Merge about ``pages`` pages of a keyword index; returns how much was done.

    A negative number first puts all segments into one level, as ``optimize`` does.
    """
    before = connection.total_changes
    connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('merge', ?)", (pages,))
    return connection.total_changes - before


def _merge_keywords(connection: Connection) -> None:
    for name in _existing_keyword_tables(connection):
        connection.execute(f"INSERT INTO {name}({name}, rank) VALUES ('merge', 500)")


def _vacuum(connection: Connection, paths: DataPaths) -> None:
    # In memory the copy a vacuum makes would be as large as the database; it holds only
    # what stays, so a file (unlinked while open) gives nothing away.
    os.environ["SQLITE_TMPDIR"] = str(paths.root)  # nothing is written outside the data folder
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("VACUUM")
    connection.execute("PRAGMA temp_store = MEMORY")


def _truncated(connection: Connection) -> bool:
    """Write the log back and empty it; False while a reader needs it."""
    # First without waiting for anyone: most of it is done then, and the wait is short.
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    connection.execute(f"PRAGMA busy_timeout = {_CHECKPOINT_BUSY_MS}").fetchone()
    try:
        busy, _log, _done = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}").fetchone()
    return not busy
