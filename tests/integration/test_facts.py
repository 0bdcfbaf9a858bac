"""Facts through the real daemon: told in a chat and a note, learnt, listed, decided, recalled."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from memory.client import Client, DaemonError
from memory.protocol import (
    AskRequest,
    ChatCreate,
    ErrorCode,
    FactChoice,
    FactEdit,
    FactState,
    MemoryKind,
    NoteRequest,
    RecallFilter,
    RecallRequest,
)
from tests.daemon_fixture import RunningDaemon

NO_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def _say(client: Client, text: str, *, private: bool = False) -> str:
    chat = client.create_chat(ChatCreate(private=private))
    with client.ask(AskRequest(question=text, chat=chat.id)) as stream:
        list(stream)
    return chat.id


def _lines(client: Client) -> list[str]:
    return [fact.text for fact in client.facts(states=[FactState.CURRENT, FactState.PAST]).facts]


def test_from_the_telling_to_recall(daemon: Client) -> None:
    chat = _say(daemon, "I live in Berlin, and my sister Mara lives in Graz.")
    _say(daemon, "I live in Rome.", private=True)
    learnt = daemon.learn_facts()
    assert learnt.changed == 3
    assert sorted(_lines(daemon)) == [
        "Mara lives in Graz.", "You live in Berlin.", "Your sister is Mara.",
    ]  # fmt: skip
    assert daemon.learn_facts().statements == 0
    reply = daemon.recall(
        RecallRequest(question="Where do I live?", filter=RecallFilter(kinds=[MemoryKind.FACT]))
    )
    assert reply.hits[0].text == "You live in Berlin."
    assert reply.hits[0].source_id == chat and reply.hits[0].ref
    daemon.add_note(NoteRequest(text="I moved to Lyon."))
    daemon.learn_facts()
    assert (
        daemon.facts(subject="you", relation="lives_in")
        .facts[0]
        .text.startswith("You live in Lyon")
    )
    daemon.delete_chat(chat)
    assert _lines(daemon) == ["You live in Lyon."]


def test_doubts_and_corrections(daemon: Client) -> None:
    daemon.add_note(NoteRequest(text="I think Paul lives in Rome."))
    daemon.learn_facts()
    assert _lines(daemon) == []
    (doubt,) = daemon.fact_review().doubts
    assert doubt.fact.state is FactState.DOUBTFUL and doubt.sources[0].text
    accepted = daemon.decide_fact(doubt.fact.id, FactChoice.ACCEPT)
    assert accepted.fact.state is FactState.CURRENT and _lines(daemon) == ["Paul lives in Rome."]
    edited = daemon.edit_fact(doubt.fact.id, FactEdit(value="Milan"))
    assert edited.fact.id == doubt.fact.id and _lines(daemon) == ["Paul lives in Milan."]
    with pytest.raises(DaemonError) as nothing:
        daemon.edit_fact(doubt.fact.id, FactEdit())
    assert nothing.value.problem.code is ErrorCode.BAD_REQUEST
    daemon.decide_fact(doubt.fact.id, FactChoice.REJECT)
    assert _lines(daemon) == []
    with pytest.raises(DaemonError) as missing:
        daemon.fact(NO_ID)
    assert missing.value.problem.code is ErrorCode.NOT_FOUND


def test_the_command_line(running: RunningDaemon, capsys: pytest.CaptureFixture[str]) -> None:
    def recollect(*words: str) -> dict[str, object]:
        assert main([*words, "--json", "--data-dir", str(running.paths.root)]) == 0
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    running.client.add_note(NoteRequest(text="I live in Berlin. I think Paul lives in Rome."))
    recollect("facts", "learn")
    listed = recollect("facts", "list")["facts"]
    assert isinstance(listed, list) and [one["text"] for one in listed] == ["You live in Berlin."]
    shown = recollect("facts", "show", listed[0]["id"])
    assert shown["fact"] == listed[0] and shown["line"] == [listed[0]]
    doubts = recollect("facts", "review")["doubts"]
    assert isinstance(doubts, list)
    recollect("facts", "accept", doubts[0]["fact"]["id"])
    assert recollect("facts", "review")["total"] == 0
    recollect("facts", "edit", listed[0]["id"], "--value", "Bernau", "--from", "2020-05-01")
    assert main(["facts", "--data-dir", str(running.paths.root)]) == 0
    out = capsys.readouterr().out
    assert "You live in Bernau (since 1 May 2020)." in out and "Paul lives in Rome." in out
