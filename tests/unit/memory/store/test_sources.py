"""Sources, documents and folders in a real database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from memory.paths import DataPaths
from memory.protocol import SourceKind, SourceState
from memory.store import documents, folders, jobs, sources
from memory.store.db import Connection, Database
from memory.store.rows import DocumentText, PageSpan
from tests.fakes import FakeClock


@pytest.fixture
def database(paths: DataPaths, clock: FakeClock) -> Iterator[Database]:
    made = Database(paths, clock)
    yield made
    made.close()


def test_a_file_has_one_row_however_often_it_is_queued(database: Database) -> None:
    def work(c: Connection) -> None:
        first = sources.queue_file(c, "/a/x.txt", None, 1)
        sources.set_state(c, first, SourceState.READY, 2)
        assert sources.queue_file(c, "/a/x.txt", None, 3) == first
        found = sources.get(c, first)
        assert found and found.state is SourceState.QUEUED and found.title == "x.txt"
        sources.set_state(c, first, SourceState.READING, 4)
        sources.queue_file(c, "/a/x.txt", None, 5)
        found = sources.get(c, first)
        assert found and found.state is SourceState.READING

    database.write(work)


def test_who_holds_a_content_and_who_was_left_out(database: Database) -> None:
    def work(c: Connection) -> None:
        facts = sources.FileFacts("cafe", 4, 1)
        first, second = (sources.queue_file(c, f"/a/{n}", None, 1) for n in "xy")
        for id_ in (first, second):
            sources.set_facts(c, id_, facts)
        assert sources.holders(c, "cafe", second) == []  # nothing stored yet
        documents.put(c, first, DocumentText("text"))
        sources.set_state(c, second, SourceState.SKIPPED, 2)
        assert [s.id for s in sources.holders(c, "cafe", second)] == [first]
        assert [s.id for s in sources.twins(c, "cafe", first)] == [second]

    database.write(work)


def test_a_move_keeps_the_id_and_takes_the_place(database: Database) -> None:
    def work(c: Connection) -> None:
        old = sources.queue_file(c, "/a/old.txt", None, 1)
        new = sources.queue_file(c, "/a/b/new.txt", None, 1)
        sources.move(c, old, "/a/b/new.txt", 2)
        found = sources.get(c, old)
        assert found and (found.location, found.title) == ("/a/b/new.txt", "new.txt")
        assert sources.get(c, new) is None

    database.write(work)


def test_places_below_a_folder_end_at_its_name(database: Database) -> None:
    def work(c: Connection) -> None:
        for path in ("/a/b/1", "/a/b/c/2", "/a/bc/3", "/a/b.txt", "/a/b0", "/a/B/4"):
            sources.queue_file(c, path, None, 1)
        assert [p.location for p in sources.places_below(c, "/a/b")] == ["/a/b/1", "/a/b/c/2"]
        assert len(list(sources.places_below(c, "/"))) == 6

    database.write(work)


def test_missing_rows_without_memories_go(database: Database) -> None:
    def work(c: Connection) -> None:
        empty = sources.queue_file(c, "/a/1", None, 1)
        assert sources.mark_missing(c, [empty, "unknown"], 2) == []
        assert sources.get(c, empty) is None

    database.write(work)


def test_listing_filters(database: Database) -> None:
    def work(c: Connection) -> None:
        folder = folders.add(c, "/a", None, 1)
        one = sources.queue_file(c, "/a/Lease 100%.txt", folder, 1)
        two = sources.queue_file(c, "/b/note_1.md", None, 2)
        talk = sources.insert(
            c, kind=SourceKind.CONVERSATION, title="Trip", location="trip", parent_id=two, now_ms=3
        )
        batch = jobs.new_batch(c, 1)
        jobs.add_files(c, batch, [(one, "/a/Lease 100%.txt")], 1)

        def ids(**asked: object) -> list[str]:
            found, total = sources.listing(c, sources.SourceQuery(**asked))  # type: ignore[arg-type]
            assert total >= len(found)
            return [s.id for s in found]

        assert ids() == [talk, two, one]
        assert ids(text="lease") == [one] and ids(text="100%") == [one] and ids(text="%") == [one]
        assert ids(text="_") == [two]
        assert ids(kind=SourceKind.CONVERSATION) == [talk]
        (listed,), _ = sources.listing(c, sources.SourceQuery(kind=SourceKind.CONVERSATION))
        assert listed.parent_location == "/b/note_1.md"
        assert ids(folder=folder) == [one] and ids(batch=batch) == [one]
        assert ids(state=SourceState.READY) == []
        assert ids(limit=1, offset=1) == [two]
        assert sources.counts(c) == {SourceState.QUEUED: 2} and sources.conversations(c) == 1

    database.write(work)


def test_documents_come_back_as_they_were(database: Database) -> None:
    def work(c: Connection) -> None:
        id_ = sources.queue_file(c, "/a/1", None, 1)
        document = DocumentText(
            "Seite 1\fSeite 2 🙂", (PageSpan(1, 0, 7), PageSpan(2, 8, 17)), "code"
        )
        documents.put(c, id_, document)
        assert documents.get(c, id_) == document
        documents.put(c, id_, DocumentText("é🙂"))
        start = documents.append(c, id_, "more")
        found = documents.get(c, id_)
        assert found and found.text[start:] == "more" and start == 4

    database.write(work)


def test_folders(database: Database) -> None:
    def work(c: Connection) -> None:
        outer = folders.add(c, "/a", ["*.tmp"], 1)
        inner = folders.add(c, "/a/b", None, 1)
        assert folders.add(c, "/a", None, 2) == outer
        found = folders.containing(c, "/a/b/c.txt")
        assert found and found.id == inner
        assert folders.containing(c, "/ab/c.txt") is None
        folders.keep_away(c, outer, "/a/secret.txt")
        away = folders.kept_away(c, outer)
        assert "/a/secret.txt" in away and "/a/other.txt" not in away
        folders.welcome(c, "/a/secret.txt")
        assert "/a/secret.txt" not in folders.kept_away(c, outer)
        source = sources.queue_file(c, "/a/x", outer, 1)
        folders.remove(c, outer)
        left = sources.get(c, source)
        assert left and left.folder_id is None

    database.write(work)
