"""The diary and folding through the real daemon and the command line."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from app.cli import main
from memory.client import Client, DaemonError
from memory.protocol import (
    AskRequest,
    ChatCreate,
    DiaryZoom,
    ErrorCode,
    ForgetRequest,
    NoteRequest,
    RecallRequest,
)
from tests.daemon_fixture import RunningDaemon

ROOF = "The roof of the house in Lisbon leaks again, right above the stairs."
KEYS = "Call Ann about the spare keys of the workshop before the end of the week."


def _day(client: Client) -> date:
    """The day the newest entry is of: a test may run across midnight."""
    return client.diary(limit=1).entries[0].first


def _texts(client: Client, zoom: DiaryZoom = DiaryZoom.DAY) -> list[str]:
    return [line.text for entry in client.diary(zoom).entries for line in entry.lines]


def test_a_day_from_a_chat_and_a_note(
    daemon: Client, running: RunningDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert daemon.diary().entries == []
    chat = daemon.create_chat(ChatCreate())
    with daemon.ask(AskRequest(question=ROOF, chat=chat.id)) as stream:
        list(stream)
    private = daemon.create_chat(ChatCreate(private=True))
    with daemon.ask(AskRequest(question="I never liked Lisbon very much.", chat=private.id)) as s:
        list(s)
    note = daemon.add_note(NoteRequest(text=KEYS))
    said = [f"You said: “{ROOF}”", f"You wrote: “{KEYS}”"]
    for zoom in DiaryZoom:
        assert sorted(_texts(daemon, zoom)) == said
    found = main(
        ["diary", "--week", str(_day(daemon)), "--json", "--data-dir", str(running.paths.root)]
    )
    shown = json.loads(capsys.readouterr().out)
    assert found == 0 and shown["zoom"] == "week"
    assert sorted(line["text"] for line in shown["lines"]) == said
    assert all(quote["memory"] for line in shown["lines"] for quote in line["quotes"])
    daemon.forget(ForgetRequest(source=note.id))
    assert _texts(daemon) == said[:1]
    assert main(["diary", "--limit", "3", "--data-dir", str(running.paths.root)]) == 0
    printed = capsys.readouterr().out
    assert ROOF in printed and KEYS not in printed


def test_a_day_without_anything_is_said_to_be_so(
    daemon: Client, running: RunningDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = daemon.diary_entry(date(1999, 12, 31), DiaryZoom.MONTH)
    assert (entry.first, entry.last) == (date(1999, 12, 1), date(1999, 12, 31))
    assert entry.memories == 0 and entry.lines == []
    assert main(["diary", "--month", "1999-12", "--data-dir", str(running.paths.root)]) == 0
    assert "Nothing is known" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["diary", "--day", "soon", "--data-dir", str(running.paths.root)])


def test_what_says_the_same_is_folded_at_night_and_taken_apart(
    daemon: Client, running: RunningDaemon, capsys: pytest.CaptureFixture[str]
) -> None:
    for text in (KEYS, KEYS.replace(" about", ", about"), KEYS[:-1] + "!"):
        daemon.add_note(NoteRequest(text=text))
    counts = daemon.run_night().counts
    assert counts["folded"] == 2 and counts["days_written"] >= 1 and counts["days_told"] == 0
    (group,) = daemon.folds().groups
    assert len(group.others) == 2
    hits = daemon.recall(RecallRequest(question="Whom do I call about the keys?")).hits
    assert [hit.memory for hit in hits] == [group.shown.id]
    assert sorted(hits[0].similar) == sorted(other.id for other in group.others)
    assert len(daemon.memory(group.others[0].id).also) == 2
    assert (
        main(
            [
                "recall",
                "Whom do I call about the keys?",
                "--explain",
                "--data-dir",
                str(running.paths.root),
            ]
        )
        == 0
    )
    assert "also said in 2 others" in capsys.readouterr().out
    assert main(["folds", "--undo", group.shown.id, "--data-dir", str(running.paths.root)]) == 0
    assert daemon.folds().total == 0 and daemon.memory(group.shown.id).also == []
    assert daemon.run_night().counts["folded"] == 0
    with pytest.raises(DaemonError) as caught:
        daemon.undo_folds(night=str(datetime.now(UTC).date()))
    assert caught.value.problem.code is ErrorCode.NOT_FOUND
