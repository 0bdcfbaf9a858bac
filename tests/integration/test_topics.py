"""Topics, links and versions through the real daemon and the command line."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from memory.client import Client, DaemonError
from memory.protocol import (
    AskRequest,
    ChatCreate,
    ErrorCode,
    LinkReason,
    MemoryKind,
    MemoryQuery,
    NoteRequest,
    ScopeEdit,
)
from tests.daemon_fixture import RunningDaemon
from tests.patience import until

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
SOUP = (
    "I want to cook barley soup for Robin at the weekend.",
    "The soup needs barley, carrots and leeks.",
    "Robin likes the barley soup with much pepper.",
)


def _say(client: Client, *said: str) -> str:
    chat = client.create_chat(ChatCreate())
    for text in said:
        with client.ask(AskRequest(question=text, chat=chat.id)) as stream:
            list(stream)
    return chat.id


def _note(client: Client, text: str) -> str:
    source = client.add_note(NoteRequest(text=text)).id

    def found() -> list[str]:
        rows = client.memories(MemoryQuery(source=source, kinds=[MemoryKind.NOTE])).memories
        return [row.id for row in rows]

    until(found)
    return found()[0]


def test_from_a_talk_to_its_topic_and_back(daemon: Client) -> None:
    chat = _say(daemon, *SOUP)
    assert daemon.learn_topics().topics == 1
    (topic,) = daemon.topics(source=chat).topics
    assert topic.summary in SOUP and topic.turns == 3
    detail = daemon.topic(topic.id)
    assert [turn.text for turn in detail.turns] == list(SOUP)
    assert daemon.links(detail.turns[0].memory).context.topic.memory == topic.id  # type: ignore[union-attr]
    daemon.delete_chat(chat)
    assert daemon.topics().total == 0
    with pytest.raises(DaemonError) as gone:
        daemon.topic(topic.id)
    assert gone.value.problem.code is ErrorCode.NOT_FOUND


def test_links_are_told_within_scopes_and_versions_are_undone(daemon: Client) -> None:
    old = _note(daemon, "We plan to meet Robin Vale for barley soup on Friday.")
    until(lambda: daemon.status().waiting_for_meaning == 0)
    daemon.learn_topics()
    new = _note(daemon, "The barley soup with Robin Vale is moved to Sunday instead, we plan.")
    until(lambda: daemon.status().waiting_for_meaning == 0)
    daemon.learn_topics()
    (link,) = daemon.links(old).links
    assert link.to.memory == new
    assert link.reason in (LinkReason.TOLD_ANEW, LinkReason.NAMES)
    daemon.set_scope(ScopeEdit(scope="work", sources=[link.to.source]))
    assert daemon.links(old, scopes=["home"]).links == []
    assert len(daemon.links(old, scopes=["home", "work"]).links) == 1
    before = daemon.note_versions(old).versions
    if len(before) > 1:
        after = daemon.undo_note(old).versions
        assert after[-1].cause.value == "undone" and after[-1].tags == before[0].tags
    with pytest.raises(DaemonError) as refused:
        daemon.undo_note(new)
    assert refused.value.problem.code is ErrorCode.BAD_REQUEST
    for ask in (daemon.links, daemon.note_versions, daemon.undo_note):
        with pytest.raises(DaemonError) as gone:
            ask(NO_ID)
        assert gone.value.problem.code is ErrorCode.NOT_FOUND


def test_the_command_line(running: RunningDaemon, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ["--data-dir", str(running.paths.root)]
    _say(running.client, *SOUP)
    note = _note(running.client, "Robin Vale likes barley.")

    def said(*args: str) -> str:
        assert main([*args, *folder]) == 0
        return capsys.readouterr().out

    assert json.loads(said("topics", "learn", "--json"))["topics"] == 1
    listed = json.loads(said("topics", "--json"))
    assert listed["total"] == 1
    assert SOUP[0] in said("topics", "show", listed["topics"][0]["id"])
    assert json.loads(said("links", note, "--json"))["tags"] == ["Robin Vale"]
    assert "Robin Vale" in said("links", note)
    (version,) = json.loads(said("memory", "versions", note, "--json"))["versions"]
    assert version["cause"] == "first"
    assert "first" in said("memory", "versions", note)
    assert main(["memory", "undo", note, "--json", *folder]) == 1
