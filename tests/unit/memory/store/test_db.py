"""The one door to SQLite: transactions, snapshots, backups, migrations, refusals."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest

from memory.errors import Stopping, StoreError
from memory.paths import DataPaths
from memory.store import migrations
from memory.store.db import Connection, Database
from memory.store.migrations import STEPS, Step
from tests.fakes import FakeClock

NEXT = Step("9998-next", "ALTER TABLE sources ADD COLUMN colour TEXT;\n")


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def put(c: Connection, name: str) -> None:
    c.execute("INSERT INTO meta VALUES (?, 'x')", (name,))


def names(database: Database) -> list[str]:
    with database.read() as c:
        return [row[0] for row in c.execute("SELECT name FROM meta ORDER BY name")]


def test_what_is_written_is_read(database: Database) -> None:
    database.write(lambda c: put(c, "a"))
    assert names(database) == ["a"]


def test_a_failure_undoes_all_of_its_transaction(database: Database) -> None:
    def work(c: Connection) -> None:
        put(c, "a")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(work)
    assert names(database) == []
    database.write(lambda c: put(c, "b"))
    assert names(database) == ["b"]


def test_work_runs_in_order_on_one_thread(database: Database) -> None:
    seen: list[tuple[int, str]] = []
    futures = [
        database.post(lambda c, n=n: seen.append((n, threading.current_thread().name)))
        for n in range(50)
    ]
    for future in futures:
        future.result(5)
    assert seen == [(n, "writer") for n in range(50)]


def test_close_drains_what_was_posted(paths: DataPaths, clock: FakeClock) -> None:
    database = Database(paths, clock)
    for n in range(100):
        database.post(lambda c, n=n: put(c, f"{n:03d}"))
    database.close()
    database.close()
    again = Database(paths, clock)
    assert len(names(again)) == 100
    again.close()
    with pytest.raises(Stopping):
        again.write(lambda c: None)


def test_waiting_on_the_writer_for_itself_is_an_error(database: Database) -> None:
    with pytest.raises(RuntimeError, match="itself"):
        database.write(lambda c: database.write(lambda c2: None))


def test_a_read_block_sees_one_snapshot(database: Database) -> None:
    with database.read() as c:
        assert c.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
        database.write(lambda w: put(w, "a"))
        with database.read() as inner:
            assert inner.execute("SELECT count(*) FROM meta").fetchone()[0] == 0
    assert names(database) == ["a"]


def test_readers_cannot_write(database: Database) -> None:
    with database.read() as c, pytest.raises(sqlite3.OperationalError):
        c.execute("INSERT INTO meta VALUES ('a', 'b')")


def test_connections_of_ended_threads_are_closed(database: Database) -> None:
    for _ in range(20):
        thread = threading.Thread(target=lambda: names(database))
        thread.start()
        thread.join()
    names(database)
    assert len(database._readers) <= 3


def test_foreign_keys_and_log_are_on(database: Database) -> None:
    def pragmas(c: Connection) -> list[object]:
        asked = ("foreign_keys", "journal_mode", "secure_delete", "synchronous")
        return [c.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]

    assert database.write(pragmas) == [1, "wal", 1, 2]
    with database.read() as c:
        assert c.execute("PRAGMA foreign_keys").fetchone()[0] == 1


def test_backup_holds_what_the_log_still_has(
    database: Database, paths: DataPaths, clock: FakeClock
) -> None:
    database.write(lambda c: [put(c, f"{n}") for n in range(100)])
    target = paths.backups / "copy.db"
    assert database.backup(target) == target.stat().st_size
    assert target.stat().st_mode & 0o777 == 0o600
    copy = sqlite3.connect(target)
    assert copy.execute("SELECT count(*) FROM meta").fetchone()[0] == 100
    copy.close()
    assert [p.name for p in paths.backups.iterdir()] == ["copy.db"]


def test_checks_and_upkeep_run(database: Database) -> None:
    assert database.quick_check() == []
    database.optimize()
    database.scrub()


def test_scrub_truncates_the_log(database: Database, paths: DataPaths) -> None:
    database.write(lambda c: put(c, "something-to-find"))
    database.write(lambda c: c.execute("DELETE FROM meta").close())
    database.scrub()
    assert paths.database.with_name("recollect.db-wal").stat().st_size == 0
    assert b"something-to-find" not in paths.database.read_bytes()


def test_newer_database_is_refused_untouched(paths: DataPaths, clock: FakeClock) -> None:
    Database(paths, clock, (*STEPS, NEXT)).close()
    before = paths.database.read_bytes()
    with pytest.raises(StoreError) as caught:
        Database(paths, clock)
    assert "newer" in caught.value.title
    assert paths.database.read_bytes() == before


def test_changed_old_step_is_refused(paths: DataPaths, clock: FakeClock) -> None:
    Database(paths, clock, (*STEPS, NEXT)).close()
    with pytest.raises(StoreError, match="does not match"):
        Database(paths, clock, (*STEPS, Step(NEXT.name, NEXT.sql + " ")))


def test_backup_before_a_migration_of_an_existing_database(
    paths: DataPaths, clock: FakeClock
) -> None:
    first = Database(paths, clock)
    first.write(lambda c: put(c, "kept"))
    first.close()
    assert list(paths.backups.iterdir()) == []
    second = Database(paths, clock, (*STEPS, NEXT))
    assert names(second) == ["kept"]
    second.close()
    (saved,) = paths.backups.iterdir()
    assert saved.name.startswith("before-9998-next-")
    copy = sqlite3.connect(saved)
    assert copy.execute("SELECT name FROM meta").fetchall() == [("kept",)]
    columns = [row[1] for row in copy.execute("PRAGMA table_info(sources)")]
    copy.close()
    assert "colour" not in columns


def test_failed_step_leaves_nothing(paths: DataPaths, clock: FakeClock) -> None:
    Database(paths, clock).close()
    broken = Step("9999-broken", "CREATE TABLE half (a);\nINSERT INTO nowhere VALUES (1);\n")
    with pytest.raises(StoreError):
        Database(paths, clock, (*STEPS, broken))
    again = Database(paths, clock)
    with again.read() as c:
        assert c.execute("SELECT 1 FROM sqlite_master WHERE name = 'half'").fetchone() is None
        assert c.execute("SELECT count(*) FROM migrations").fetchone()[0] == len(STEPS)
    again.close()


def _schema(c: Connection) -> set[tuple[str, str]]:
    rows = c.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {(row[0], " ".join(row[1].split())) for row in rows}


def test_new_and_migrated_schemas_are_equal(paths: DataPaths, clock: FakeClock) -> None:
    """Step by step over every older version leads to what a new folder gets at once."""
    fresh = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(fresh, 0)
    for count in range(1, len(STEPS) + 1):
        stepwise = sqlite3.connect(":memory:", isolation_level=None)
        migrations.migrate(stepwise, 0, STEPS[:count])
        migrations.migrate(stepwise, 0, STEPS)
        assert _schema(stepwise) == _schema(fresh)
        stepwise.close()
    fresh.close()
    database = Database(paths, clock)
    with database.read() as c:
        opened = _schema(c)
    database.close()
    plain = sqlite3.connect(":memory:", isolation_level=None)
    migrations.migrate(plain, 0)
    assert opened == _schema(plain)
    plain.close()


def test_a_file_that_is_no_database(paths: DataPaths, clock: FakeClock) -> None:
    paths.database.write_bytes(b"not a database at all" * 500)
    with pytest.raises(StoreError) as caught:
        Database(paths, clock)
    assert "backup" in caught.value.next_step
    assert paths.database.read_bytes() == b"not a database at all" * 500
