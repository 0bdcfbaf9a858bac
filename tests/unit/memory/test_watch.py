"""Watched folders, with the system's own events and real files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from memory import watch as watch_module
from memory.errors import BadRequest, Conflict, NotFound
from memory.folder_scan import FolderScan
from memory.paths import DataPaths
from memory.protocol import SourceState
from memory.store import folders, sources
from memory.watch import Watch
from tests.fakes import FakeClock
from tests.unit.memory.ingest_kit import PARAGRAPHS, Kit, read_here


@pytest.fixture
def kit(paths: DataPaths, clock: FakeClock) -> Iterator[Kit]:
    clock.advance(days=3650)
    made = Kit(paths, clock, read_here)
    made.jobs.start()
    yield made
    made.close()


def _watch(kit: Kit) -> Watch:
    made = Watch(
        kit.database,
        kit.clock,
        lambda: kit.settings,
        kit.jobs,
        kit.events,
        own_folder=str(kit.paths.root),
        quiet_s=0.15,
    )
    kit.jobs.folders_changed = made.refresh
    return made


@pytest.fixture
def watch(kit: Kit) -> Iterator[Watch]:
    made = _watch(kit)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    return folder


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def _locations(kit: Kit) -> dict[str, SourceState]:
    with kit.database.read() as c:
        found, _ = sources.listing(c, sources.SourceQuery(limit=1000))
    return {Path(s.location or "").name: s.state for s in found}


def _settled(kit: Kit, *names: str) -> bool:
    found = _locations(kit)
    return set(found) == set(names) and all(s is SourceState.INDEXING for s in found.values())


def _followed(kit: Kit, watch: Watch, papers: Path) -> str:
    info = watch.add(str(papers))
    kit.until(lambda: watch.listing()[0].scanned_at is not None)
    return info.id


def _rescanned(kit: Kit, watch: Watch, clock: FakeClock) -> None:
    """Compare the folder again, and wait for the end of that."""
    before = watch.listing()[0].scanned_at
    clock.advance(seconds=60)
    watch.rescan()
    kit.until(lambda: watch.listing()[0].scanned_at != before)


def test_new_changed_and_removed_files_are_followed(kit: Kit, watch: Watch, papers: Path) -> None:
    _write(papers / "one.txt", PARAGRAPHS[0])
    folder_id = _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "one.txt"))
    _write(papers / "deep" / "er" / "two.txt", PARAGRAPHS[1])
    kit.until(lambda: _settled(kit, "one.txt", "two.txt"))
    first = kit.memories(papers / "one.txt")[0].id
    _write(papers / "one.txt", PARAGRAPHS[0] + "\n\n" + PARAGRAPHS[2])
    kit.until(lambda: len(kit.memories(papers / "one.txt")) == 2)
    assert kit.memories(papers / "one.txt")[0].id == first
    (papers / "deep" / "er" / "two.txt").unlink()
    kit.until(lambda: kit.state(papers / "deep" / "er" / "two.txt") is SourceState.MISSING)
    (info,) = watch.listing()
    assert (info.id, info.sources, info.missing) == (folder_id, 2, 1)
    assert kit.count("memories") == 3  # nothing is forgotten without a word


def test_a_rename_keeps_the_source(kit: Kit, watch: Watch, papers: Path) -> None:
    old = _write(papers / "old.txt", PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "old.txt"))
    source_id, memory_id = kit.source(old).id, kit.memories(old)[0].id
    (papers / "sub").mkdir()
    new = old.rename(papers / "sub" / "new.txt")
    kit.until(lambda: _settled(kit, "new.txt"))
    assert kit.source(new).id == source_id and kit.memories(new)[0].id == memory_id
    (papers / "sub").rename(papers / "other")
    kit.until(lambda: (papers / "other" / "new.txt").exists() and kit.count("sources") == 1)
    kit.until(lambda: kit.source_or_none(papers / "other" / "new.txt") is not None)
    assert kit.source(papers / "other" / "new.txt").id == source_id


def test_a_removed_folder_and_one_moved_in(
    kit: Kit, watch: Watch, papers: Path, tmp_path: Path
) -> None:
    for name in "ab":
        _write(papers / "sub" / f"{name}.txt", f"Text {name}. " + PARAGRAPHS[0])
    _write(tmp_path / "outside" / "c.txt", PARAGRAPHS[1])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "a.txt", "b.txt"))
    shutil.rmtree(papers / "sub")
    (tmp_path / "outside").rename(papers / "inside")
    expected = {
        "a.txt": SourceState.MISSING,
        "b.txt": SourceState.MISSING,
        "c.txt": SourceState.INDEXING,
    }
    kit.until(lambda: _locations(kit) == expected)
    inside = kit.memories(papers / "inside" / "c.txt")
    assert [m.text for m in inside] == [PARAGRAPHS[1].strip()]


def test_an_editor_that_saves_by_renaming_keeps_the_source(
    kit: Kit, watch: Watch, papers: Path
) -> None:
    path = _write(papers / "doc.txt", PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "doc.txt"))
    source_id = kit.source(path).id
    # The old content aside as a backup, the new one under the old name.
    path.rename(papers / "doc.bak")
    _write(path, PARAGRAPHS[0] + "\n\n" + PARAGRAPHS[1])
    kit.until(lambda: len(kit.memories(path)) == 2)
    assert kit.source(path).id == source_id


def test_what_is_ignored(kit: Kit, watch: Watch, papers: Path, clock: FakeClock) -> None:
    info = watch.add(str(papers), ["drafts/", "*.log"])
    assert info.ignore == ["drafts/", "*.log"]
    kit.until(lambda: watch.listing()[0].scanned_at is not None)
    for name in (".git/config.txt", "node_modules/a.txt", ".hidden.txt", "drafts/x.txt", "a.log",
                 "~$letter.docx", "half.part"):  # fmt: skip
        _write(papers / name, "left out")
    _write(papers / "taken.txt", PARAGRAPHS[0])
    kit.until(lambda: _settled(kit, "taken.txt"))
    _rescanned(kit, watch, clock)
    assert set(_locations(kit)) == {"taken.txt"}


def test_hidden_files_are_read_once_asked_for(kit: Kit, watch: Watch, papers: Path) -> None:
    _write(papers / ".diary.txt", PARAGRAPHS[0])
    _write(papers / "open.txt", PARAGRAPHS[1])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "open.txt"))
    kit.settings = kit.settings.changed({"hidden_files": True})
    watch.refresh()
    kit.until(lambda: _settled(kit, "open.txt", ".diary.txt"))
    assert len(kit.memories(papers / ".diary.txt")) == 1


def test_the_scan_at_start_catches_up(kit: Kit, papers: Path) -> None:
    watch = _watch(kit)
    watch.start()
    for name in ("stays", "changes", "goes", "moves"):
        _write(papers / f"{name}.txt", f"This one {name}. " + PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "stays.txt", "changes.txt", "goes.txt", "moves.txt"))
    moving = kit.source(papers / "moves.txt").id
    watch.stop()
    _write(papers / "changes.txt", PARAGRAPHS[1])
    (papers / "goes.txt").unlink()
    (papers / "moves.txt").rename(papers / "moved.txt")
    _write(papers / "new.txt", PARAGRAPHS[2])
    again = _watch(kit)
    again.start()
    try:
        kit.until(
            lambda: (
                _locations(kit)
                == {
                    "stays.txt": SourceState.INDEXING,
                    "changes.txt": SourceState.INDEXING,
                    "goes.txt": SourceState.MISSING,
                    "moved.txt": SourceState.INDEXING,
                    "new.txt": SourceState.INDEXING,
                }
            )
        )
        assert kit.source(papers / "moved.txt").id == moving
        kit.until(lambda: "keys are back" not in kit.memories(papers / "changes.txt")[0].text)
    finally:
        again.stop()


def test_a_drive_taken_out_makes_nothing_missing(
    kit: Kit, watch: Watch, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "AWAY_S", 0.2)
    monkeypatch.setattr(watch_module, "ROOTS_S", 0.2)
    _write(papers / "a.txt", PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "a.txt"))
    away = papers.rename(papers.with_name("elsewhere"))
    kit.until(lambda: watch.listing()[0].state == "unavailable")
    assert kit.state(papers / "a.txt") is SourceState.INDEXING
    away.rename(papers)
    _write(papers / "b.txt", PARAGRAPHS[1])
    kit.until(lambda: _settled(kit, "a.txt", "b.txt") and watch.listing()[0].state == "watching")


def test_keep_is_not_asked_again(kit: Kit, watch: Watch, papers: Path, clock: FakeClock) -> None:
    path = _write(papers / "a.txt", PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "a.txt"))
    path.unlink()
    kit.until(lambda: kit.state(path) is SourceState.MISSING)
    assert watch.missing() == [kit.source(path).id] and watch.missing(["other"]) == []
    assert watch.keep() == 1
    assert kit.state(path) is SourceState.INDEXING and kit.count("memories") == 1
    _rescanned(kit, watch, clock)
    assert kit.state(path) is SourceState.INDEXING


def test_a_copy_takes_over_from_the_file_that_went(kit: Kit, watch: Watch, papers: Path) -> None:
    first = _write(papers / "a.txt", PARAGRAPHS[0])
    _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "a.txt"))
    source_id = kit.source(first).id
    copy = _write(papers / "b.txt", PARAGRAPHS[0])
    kit.until(lambda: _locations(kit).get("b.txt") is SourceState.SKIPPED)
    first.unlink()
    kit.until(lambda: _settled(kit, "b.txt"))
    assert kit.source(copy).id == source_id


def test_a_forgotten_file_is_not_learnt_again_by_itself(
    kit: Kit, watch: Watch, papers: Path, clock: FakeClock
) -> None:
    path = _write(papers / "secret.txt", PARAGRAPHS[0])
    folder_id = _followed(kit, watch, papers)
    kit.until(lambda: _settled(kit, "secret.txt"))
    source_id = kit.source(path).id

    def forget(c: sources.Connection) -> None:
        folders.keep_away(c, folder_id, str(path))
        sources.delete(c, source_id)

    kit.database.write(forget)
    _write(path, PARAGRAPHS[1])
    _write(papers / "other.txt", PARAGRAPHS[2])
    kit.until(lambda: _settled(kit, "other.txt"))
    _rescanned(kit, watch, clock)
    assert kit.source_or_none(path) is None
    kit.add(path)  # by hand it may come back
    assert kit.state(path) is SourceState.INDEXING


def test_adding_and_removing_folders(kit: Kit, watch: Watch, papers: Path) -> None:
    with pytest.raises(Conflict):
        watch.add(str(_write(papers / "file.txt", "x")))
    with pytest.raises(Conflict):
        watch.add(str(papers / "nothing"))
    with pytest.raises(BadRequest):
        watch.add(str(kit.paths.root))
    with pytest.raises(NotFound):
        watch.remove("unknown")
    reply = kit.jobs.add_paths([str(papers)], watch=True)
    kit.finished(reply.batch)
    kit.until(lambda: watch.listing()[0].scanned_at is not None)
    (info,) = watch.listing()
    assert info.path == str(papers) and info.sources == 1
    watch.remove(info.id)
    assert watch.listing() == [] and kit.state(papers / "file.txt") is SourceState.INDEXING
    kit.until(lambda: not watch._followed)
    _write(papers / "later.txt", PARAGRAPHS[0])
    os.sync()
    assert kit.source_or_none(papers / "later.txt") is None


def test_without_events_scans_do_it_alone(
    kit: Kit, watch: Watch, papers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(*_args: object, **_kwargs: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr(watch_module.Observer, "schedule", no_more)
    monkeypatch.setattr(watch_module, "BLIND_RESCAN_S", 0.2)
    _followed(kit, watch, papers)
    _write(papers / "a.txt", PARAGRAPHS[0])
    kit.until(lambda: _settled(kit, "a.txt"))
    (info,) = watch.listing()
    assert (info.state, info.sources) == ("watching", 1)


def test_a_vanished_row_is_not_marked(kit: Kit, papers: Path) -> None:
    """Found again under another name between the look and the mark."""
    scan = FolderScan(kit.database, kit.clock, lambda: kit.settings, kit.jobs, "/nowhere")
    path = _write(papers / "a.txt", PARAGRAPHS[0])
    kit.add(path)
    with kit.database.read() as c:
        place = sources.place(c, str(path))
    assert place is not None
    new = path.rename(papers / "b.txt")
    kit.add(new)
    assert scan.mark_missing([place]) == []
    assert kit.state(new) is SourceState.INDEXING
