"""Every request of the client once through the real daemon, in the order of a person's day."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.client import Client, DaemonError
from memory.protocol import (
    ChatCreate,
    ChatEdit,
    ErrorCode,
    ForgetRequest,
    JobAction,
    MemoryEdit,
    MemoryKind,
    MemoryQuery,
    MissingChoice,
    NoteRequest,
    RecallFilter,
    RecallRequest,
    ReviewReason,
    SettingsEdit,
    SourceKind,
    SourceState,
)
from tests.daemon_fixture import RunningDaemon, running_daemon
from tests.patience import until

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDaemon]:
    with running_daemon(tmp_path_factory.mktemp("memory") / "data") as found:
        yield found


@pytest.fixture
def daemon(running: RunningDaemon) -> Client:
    return running.client


def _read(client: Client, batch: str) -> None:
    until(lambda: client.batch(batch).finished_at is not None)


def _note(client: Client, text: str) -> str:
    """A note's only memory."""
    source = client.add_note(NoteRequest(text=text))
    found = client.memories(MemoryQuery(source=source.id))
    assert found.total == 1
    return found.memories[0].id


def test_the_samples_are_read_and_found(daemon: Client) -> None:
    batch = daemon.add_samples().batch
    _read(daemon, batch)
    info = daemon.batch(batch)
    assert info.done >= 9 and info.failed == 0
    names = {Path(s.location or "").suffix for s in daemon.sources(batch=batch).sources}
    assert {".md", ".pdf", ".docx", ".csv", ".html", ".py", ".jsonl", ".zip", ".txt"} <= names
    talks = daemon.sources(kind=SourceKind.CONVERSATION)
    assert talks.total > 0 and all(talk.parent for talk in talks.sources)
    status = daemon.status()
    assert status.memories > 20 and status.conversations == talks.total
    assert status.model is None and status.last_night is None
    assert status.database_bytes > 0 and not status.paused


def test_a_pdf_page_is_shown_with_its_passage(daemon: Client) -> None:
    lease = daemon.sources(text="lease.pdf").sources[0]
    document = daemon.document(lease.id)
    assert document.pages and document.source.id == lease.id
    memory = daemon.memories(MemoryQuery(source=lease.id)).memories[0]
    assert document.text[memory.start : memory.end] == memory.text
    assert memory.page is not None
    picture = daemon.page_picture(lease.id, memory.page, start=memory.start, end=memory.end)
    assert picture.width == 900 and picture.marks
    with pytest.raises(DaemonError) as told:
        daemon.page_picture(lease.id, 99)
    assert told.value.problem.code is ErrorCode.CONFLICT


def test_a_conversation_s_turns_stand_in_its_document(daemon: Client) -> None:
    talk = daemon.sources(kind=SourceKind.CONVERSATION).sources[0]
    document = daemon.document(talk.id)
    turns = daemon.memories(MemoryQuery(source=talk.id, kinds=[MemoryKind.TURN])).memories
    assert turns
    for turn in turns:
        assert document.text[turn.start : turn.end] == turn.text


def test_a_memory_s_life(daemon: Client) -> None:
    memory_id = _note(daemon, "The spare bicycle key is taped under the third stair.")
    detail = daemon.memory(memory_id)
    assert detail.reviews == [] and len(detail.curve) > 50
    assert detail.curve[0].strength > detail.curve[-1].strength
    used = daemon.review(memory_id, ReviewReason.OPENED)
    assert used.reviewed_at > detail.memory.learnt_at
    pinned = daemon.edit_memory(memory_id, MemoryEdit(pinned=True, importance=0.9))
    assert pinned.pinned and pinned.importance == 0.9
    edited = daemon.edit_memory(memory_id, MemoryEdit(text="The key is under the fourth stair."))
    assert edited.version == 2 and edited.text.endswith("fourth stair.")
    reasons = [review.reason for review in daemon.memory(memory_id).reviews]
    assert reasons == [ReviewReason.OPENED, ReviewReason.PINNED]
    assert daemon.review(memory_id, ReviewReason.WRONG).marked_wrong
    until(lambda: daemon.status().waiting_for_meaning == 0)
    hits = daemon.recall(RecallRequest(question="fourth stair")).hits
    assert memory_id in [hit.memory for hit in hits]
    with pytest.raises(DaemonError) as told:
        daemon.edit_memory(memory_id, MemoryEdit(text="   "))
    assert told.value.problem.code is ErrorCode.BAD_REQUEST


def test_recall_explains_and_filters(daemon: Client) -> None:
    request = RecallRequest(question="deposit of the flat", limit=3, explain=True)
    reply = daemon.recall(request)
    assert reply.trace and reply.hits[0].why is not None
    only = RecallFilter(kinds=[MemoryKind.TURN])
    turns = daemon.recall(request.model_copy(update={"filter": only})).hits
    assert all(hit.kind is MemoryKind.TURN for hit in turns)


@pytest.mark.parametrize(
    "ask",
    [
        lambda c: c.source(NO_ID),
        lambda c: c.document(NO_ID),
        lambda c: c.retry_source(NO_ID),
        lambda c: c.memory(NO_ID),
        lambda c: c.edit_memory(NO_ID, MemoryEdit(pinned=True)),
        lambda c: c.review(NO_ID, ReviewReason.OPENED),
        lambda c: c.batch(NO_ID),
        lambda c: c.batch_action(NO_ID, JobAction.PAUSE),
        lambda c: c.job_action(NO_ID, JobAction.CANCEL),
        lambda c: c.unwatch(NO_ID),
        lambda c: c.chat(NO_ID),
        lambda c: c.edit_chat(NO_ID, ChatEdit(title="x")),
        lambda c: c.delete_chat(NO_ID),
        lambda c: c.forget(ForgetRequest(source=NO_ID)),
    ],
)
def test_what_is_not_there_is_not_found(daemon: Client, ask: Callable[[Client], object]) -> None:
    with pytest.raises(DaemonError) as told:
        ask(daemon)
    problem = told.value.problem
    assert problem.code is ErrorCode.NOT_FOUND
    assert problem.title and problem.message and problem.next_step


@pytest.mark.parametrize("bad", ["%00", "a/b", "..%2f..", "x" * 3000, "%F0%9F%92%A9"])
def test_odd_ids_are_answered_politely(daemon: Client, bad: str) -> None:
    for place in ("sources", "memories", "chats", "batches"):
        with pytest.raises(DaemonError) as told:
            daemon._send("GET", f"/v1/{place}/{bad}", None, None)
        assert told.value.problem.code in (ErrorCode.NOT_FOUND, ErrorCode.BAD_REQUEST)


def test_jobs_are_paused_listed_and_cancelled(daemon: Client, tmp_path: Path) -> None:
    assert daemon.pause(True).paused
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"Paper number {number} about lamps.")
    batch = daemon.add([str(tmp_path)]).batch
    assert daemon.batch(batch).finished_at is None
    assert daemon.jobs(batch=batch).jobs
    assert not daemon.pause(False).paused
    until(lambda: daemon.batch(batch).done == 3)
    daemon.batch_action(batch, JobAction.CANCEL)
    listed = daemon.sources(batch=batch, state=SourceState.FAILED)
    assert listed.total == 0


def test_a_watched_folder_and_files_that_go(daemon: Client, tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    (folder / "one.txt").write_text("The heating engineer comes in the first week of May.")
    info = daemon.watch(str(folder), ignore=["*.log"])
    assert info.ignore == ["*.log"]
    until(lambda: daemon.sources(folder=info.id, state=SourceState.READY).total == 1)
    (folder / "one.txt").unlink()
    until(lambda: daemon.folders()[0].missing == 1)
    kept = daemon.decide_missing(MissingChoice(choice="keep"))
    assert kept.memories == 0
    (folder / "two.txt").write_text("The chimney is swept every second autumn.")
    until(lambda: daemon.sources(text="two.txt", state=SourceState.READY).total == 1)
    (folder / "two.txt").unlink()
    until(lambda: daemon.folders()[0].missing == 1)
    gone = daemon.decide_missing(MissingChoice(choice="forget"))
    assert gone.memories == 1 and gone.sources == 1
    assert daemon.recall(RecallRequest(question="heating engineer")).hits
    daemon.unwatch(info.id)
    assert daemon.folders() == []


def test_chats_are_made_renamed_found_and_deleted(daemon: Client) -> None:
    chat = daemon.create_chat(ChatCreate(title="Trip to Lisbon"))
    secret = daemon.create_chat(ChatCreate(private=True))
    assert {c.id for c in daemon.chats().chats} >= {chat.id, secret.id}
    assert daemon.edit_chat(chat.id, ChatEdit(title="Trip to Porto")).title == "Trip to Porto"
    assert [c.id for c in daemon.chats(text="porto").chats] == [chat.id]
    assert daemon.chat(chat.id).messages == []
    for one in (chat, secret):
        assert daemon.delete_chat(one.id).chats == 1
    assert daemon.chats().chats == []


def test_upkeep_by_hand(daemon: Client, running: RunningDaemon, tmp_path: Path) -> None:
    copy = daemon.backup()
    assert Path(copy.path).stat().st_size == copy.bytes > 0
    target = tmp_path / "all.zip"
    daemon.learn_facts()  # nothing is to come while it is counted
    daemon.learn_topics()
    written = daemon.export(str(target))
    with zipfile.ZipFile(target) as archive:
        lines = archive.read("memories.jsonl").splitlines()
    assert len(lines) == written.memories == daemon.status().memories
    again = daemon.take_in(str(target))
    assert (again.memories_new, again.memories_known) == (0, len(lines))
    assert not daemon.archive().active
    for wrong in (running.paths.root / "x.zip", tmp_path / "no" / "x.zip", Path("x.zip")):
        with pytest.raises(DaemonError) as told:
            daemon.export(str(wrong))
        assert told.value.problem.code is ErrorCode.BAD_REQUEST
    night = daemon.run_night()
    assert night.state == "finished"
    last = daemon.status().last_night
    assert last is not None and last.night == night.night
    assert daemon.reindex().memories == daemon.status().memories


def test_settings_take_effect_at_once(daemon: Client, tmp_path: Path) -> None:
    daemon.edit_settings(SettingsEdit(values={"max_file_mb": 1}))
    big = tmp_path / "big.txt"
    big.write_text("words and words\n" * 100_000)
    batch = daemon.add([str(big)]).batch
    _read(daemon, batch)
    assert daemon.batch(batch).skipped == 1
    daemon.edit_settings(SettingsEdit(values={"max_file_mb": 200}))


def test_forgetting_shows_then_does_and_leaves_no_byte(
    daemon: Client, running: RunningDaemon
) -> None:
    memory_id = _note(daemon, "The xylophonequartz is buried below the zugzwangbeech.")
    daemon.backup()
    shown = daemon.forget(ForgetRequest(memories=[memory_id], preview=True))
    assert shown.preview and shown.memories == 1 and "xylophonequartz" in shown.samples[0]
    assert daemon.memory(memory_id)
    gone = daemon.forget(ForgetRequest(memories=[memory_id]))
    assert not gone.preview and gone.memories == 1
    with pytest.raises(DaemonError):
        daemon.memory(memory_id)
    assert running.stop() == 0
    for file in running.paths.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert b"xylophonequartz" not in content and b"zugzwangbeech" not in content, file
    running.start()


def test_forgetting_everything(daemon: Client) -> None:
    with pytest.raises(DaemonError) as told:
        daemon.forget(ForgetRequest())
    assert told.value.problem.code is ErrorCode.BAD_REQUEST
    daemon.forget(ForgetRequest(all=True))
    status = daemon.status()
    assert status.memories == 0 and daemon.sources().total == 0
    assert daemon.recall(RecallRequest(question="deposit")).hits == []
