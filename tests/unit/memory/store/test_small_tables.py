"""Settings, nightly runs, facts about the store, the outbox with its vectors."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memory.errors import BadRequest
from memory.paths import DataPaths
from memory.store import embeddings, meta, outbox, runs, settings
from memory.store.db import Connection, Database
from tests.fakes import FakeClock
from tests.unit.memory.standin import NOW, remember


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    opened = Database(paths, clock)
    yield opened
    opened.close()


def test_settings_keep_only_what_differs(database: Database) -> None:
    changed = database.write(lambda c: settings.save(c, {"max_file_mb": 50, "night_hour": 3}))
    assert changed.max_file_mb == 50
    with database.read() as c:
        assert [row[0] for row in c.execute("SELECT name FROM settings")] == ["max_file_mb"]
        assert settings.load(c).max_file_mb == 50
    database.write(lambda c: settings.save(c, {"max_file_mb": 200}))
    with database.read() as c:
        assert c.execute("SELECT count(*) FROM settings").fetchone()[0] == 0


def test_settings_that_do_not_fit_change_nothing(database: Database) -> None:
    with pytest.raises(BadRequest):
        database.write(lambda c: settings.save(c, {"max_file_mb": 50, "night_hour": 99}))
    with database.read() as c:
        assert settings.load(c).max_file_mb == 200


def test_settings_of_another_version_are_left_out(database: Database) -> None:
    def work(c: Connection) -> None:
        c.executemany(
            "INSERT INTO settings VALUES (?, ?)",
            [
                ("gone", "1"),
                ("night_hour", "99"),
                ("backups_kept", "not json"),
                ("max_text_mb", "7"),
            ],
        )

    database.write(work)
    with database.read() as c:
        loaded = settings.load(c)
    assert (loaded.night_hour, loaded.backups_kept, loaded.max_text_mb) == (3, 3, 7)


def test_a_night_runs_once_and_goes_on_after_a_crash(database: Database) -> None:
    def work(c: Connection) -> None:
        assert runs.start(c, "2026-03-01", NOW)
        assert not runs.start(c, "2026-03-01", NOW + 1)
        assert runs.interrupt(c) == 1
        assert runs.start(c, "2026-03-01", NOW + 2)
        runs.finish(c, "2026-03-01", NOW + 9, {"dormant": 4})
        assert not runs.start(c, "2026-03-01", NOW + 10)
        assert runs.start(c, "2026-03-02", NOW + 20)
        runs.finish(c, "2026-03-02", NOW + 21, {}, failed=True)

    database.write(work)
    with database.read() as c:
        finished, last = runs.last_finished(c), runs.last(c)
    assert finished is not None and last is not None
    assert (finished.night, finished.counts, finished.finished_ms) == (
        "2026-03-01",
        {"dormant": 4},
        NOW + 9,
    )
    assert (last.night, last.state) == ("2026-03-02", "failed")
    database.write(lambda c: runs.prune(c, 1))
    with database.read() as c:
        assert runs.get(c, "2026-03-01") is None


def test_meta(database: Database) -> None:
    database.write(lambda c: [meta.put(c, "a", "1"), meta.put(c, "a", "2")])
    with database.read() as c:
        assert meta.get(c, "a") == "2"
        assert meta.get(c, "b") is None
    database.write(lambda c: meta.delete(c, "a"))
    with database.read() as c:
        assert meta.get(c, "a") is None


def vector(value: float) -> embeddings.Vector:
    return np.full(4, value, np.float32)


def test_outbox_entries_stay_until_done(database: Database) -> None:
    made = remember(database, "a", "one", "two", "three")

    def work(c: Connection) -> None:
        first, second, third = embeddings.take(c, 10, "m")
        assert [w.text for w in (first, second, third)] == ["one", "two", "three"]
        assert embeddings.take(c, 10, "m", first.seq) == [second, third]
        embeddings.done(
            c,
            "m",
            [
                embeddings.Done(first.seq, made[0], vector(0.5)),
                embeddings.Done(second.seq, made[1], None),
            ],
        )
        assert outbox.pending(c) == 1
        assert embeddings.page_of_ids(c, "m", "", 9) == [made[0]]
        assert embeddings.page_of_ids(c, "m", made[0], 9) == []
        assert embeddings.without_vector(c, "m", [made[1], made[0], "none"]) == [made[1], "none"]
        kept = embeddings.get_many(c, made, "m")
        np.testing.assert_array_equal(kept[made[0]], vector(0.5))
        assert embeddings.request_missing(c, "m") == 1  # the second; the third still waits
        assert outbox.pending_upserts(c) == 2
        assert outbox.with_upsert(c, made) == {made[1], made[2]}

    database.write(work)


def test_a_vector_whose_entry_is_gone_is_not_kept(database: Database) -> None:
    (id_,) = remember(database, "a", "one")

    def work(c: Connection) -> None:
        (entry,) = embeddings.take(c, 10, "m")
        outbox.upsert(c, [id_])
        embeddings.done(c, "m", [embeddings.Done(entry.seq, id_, vector(1.0))])
        assert embeddings.count(c, "m") == 0
        assert outbox.pending(c) == 1

    database.write(work)


def test_pages_and_samples(database: Database) -> None:
    made = remember(database, "a", *(f"text {n}" for n in range(20)))

    def work(c: Connection) -> None:
        done = [
            embeddings.Done(w.seq, w.memory_id, vector(n))
            for n, w in enumerate(embeddings.take(c, 100, "m"))
        ]
        embeddings.done(c, "m", done)
        page = embeddings.page(c, "m", 0, 15)
        rest = embeddings.page(c, "m", page[-1][0], 15)
        assert [id_ for _row, id_, _v in page + rest] == made
        sample = dict(embeddings.sample(c, "m", 10))
        assert sample and set(sample) <= set(made)
        assert embeddings.sample(c, "other", 10) == []

    database.write(work)
