"""The command line against a real daemon: the contracts that other programs rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

LEASE = """# Lease

The deposit is two months' rent, 1,840 euros, and comes back within 30 days after the
flat has been handed over, less what it costs to mend what was broken or left dirty.

## Keys

There are three keys to the flat and one to the cellar. Nobody may have further keys cut
without asking the landlady first, and all of them are given back on the last day.
"""
TURNS = [
    ("t1", "2025-03-04T10:00:00Z", "Ana", "I finally booked the train to Lisbon."),
    ("t2", "2025-03-04T10:01:00Z", "Ben", "Great, when do you leave?"),
    ("t3", "2025-03-04T10:02:00Z", "Ana", "On the ninth of April, with the night train."),
]

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("papers")
    (folder / "lease.md").write_text(LEASE, "utf-8")
    lines = [
        json.dumps({"conversation": "lisbon", "id": i, "time": t, "speaker": s, "text": x})
        for i, t, s, x in TURNS
    ]
    (folder / "trip.jsonl").write_text("\n".join(lines), "utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nthis is not really a PDF\n")
    return folder


@pytest.fixture(scope="module")
def recollect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    data = tmp_path_factory.mktemp("memory") / "data"
    environment = {**os.environ, "RECOLLECT_DATA_DIR": str(data)}

    def run(*arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            env=environment,
            timeout=120,
        )

    yield run
    run("daemon", "stop")


@pytest.fixture(scope="module")
def added(recollect: Run, papers: Path) -> list[dict[str, Any]]:
    done = recollect("add", str(papers), "--wait", "--json")
    assert done.returncode == 1, done.stderr  # one of the files is broken
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_add_prints_one_object_for_each_file(added: list[dict[str, Any]], papers: Path) -> None:
    found = {Path(record["path"]).name: record for record in added}
    assert set(found) == {"lease.md", "trip.jsonl", "broken.pdf"}
    assert all(set(record) == {"path", "state", "reason", "memories"} for record in added)
    assert found["lease.md"]["state"] == "ready" and found["lease.md"]["memories"] >= 2
    assert found["trip.jsonl"]["state"] == "ready" and found["trip.jsonl"]["memories"] == 3
    assert found["broken.pdf"]["state"] == "failed" and found["broken.pdf"]["reason"]


def test_recall_prints_the_contract(
    added: list[dict[str, Any]], recollect: Run, papers: Path
) -> None:
    done = recollect("recall", "How much is the deposit?", "--json", "--limit", "3")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert {"hits", "took_ms"} <= set(reply) and 1 <= len(reply["hits"]) <= 3
    first = reply["hits"][0]
    wanted = "memory source ref page start end text score happened_at".split()
    assert set(wanted) <= set(first)
    assert first["source"] == str(papers / "lease.md") and "1,840 euros" in first["text"]
    assert LEASE[first["start"] : first["end"]] == first["text"]


def test_recall_from_stdin_answers_line_by_line_in_order(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    questions = "When does Ana leave for Lisbon?\n\nHow many keys are there?\n"
    done = recollect("recall", "--stdin", "--json", "--limit", "5", stdin=questions)
    assert done.returncode == 0, done.stderr
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(replies) == 3 and replies[1]["hits"] == []
    train = [hit for hit in replies[0]["hits"] if hit["ref"] == "t3"]
    assert train and train[0]["source"] == "lisbon"
    assert train[0]["happened_at"] == "2025-03-04T10:02:00Z"
    assert "three keys" in replies[2]["hits"][0]["text"]


def test_recall_says_when_nothing_answers_and_shows_the_nearest(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    foreign = "Which Viking king founded the harbour of Reykjavik?"
    reply = json.loads(recollect("recall", foreign, "--json").stdout)
    assert reply["nearest_only"] and 0 <= reply["confidence"] < 0.2
    known = json.loads(recollect("recall", "How much is the deposit?", "--json").stdout)
    assert not known["nearest_only"] and known["confidence"] > 0.5

    told = recollect("recall", foreign, "--explain")
    assert told.returncode == 0, told.stderr
    lines = told.stdout.splitlines()
    if reply["hits"]:
        assert lines[0] == "Nothing found that answers this. Nearest:" and lines[1] != lines[0]
    assert sum(line.startswith(f"confidence {reply['confidence']:.2f}: ") for line in lines) == 1
    assert any("  enough  " in line for line in lines)
    plain = recollect("recall", "How much is the deposit?").stdout
    assert "Nothing found" not in plain and "1,840 euros" in plain


def test_recall_tells_what_it_understood_and_takes_words_to_ignore(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    question = "What did Ana book in March 2025?"
    done = recollect("recall", question)
    assert done.returncode == 0, done.stderr
    first = done.stdout.splitlines()[0]
    assert first == 'Understood: "in March 2025" as March 2025; "Ana" as said by Ana'
    reply = json.loads(recollect("recall", question, "--json").stdout)
    [time] = [one for one in reply["understood"] if one["kind"] == "time"]
    assert time["label"] == "March 2025" and time["start_ms"] < time["end_ms"]
    less = ("--ignore", "in March 2025", "--ignore", "Ana")
    reply = json.loads(recollect("recall", question, "--json", *less).stdout)
    assert reply["understood"] == [] and reply["hits"]


def test_recall_by_session_and_a_day_in_the_order_of_time(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    done = recollect("recall", "the train to Lisbon", "--by", "session", "--json")
    assert done.returncode == 0, done.stderr
    hits = json.loads(done.stdout)["hits"]
    assert [hit["unit"]["title"] for hit in hits][0] == "lisbon"
    assert hits[0]["unit"]["memories"] == 3
    assert len({hit["source"] for hit in hits}) == len(hits)
    shown = recollect("recall", "the train to Lisbon", "--by", "session").stdout
    assert "lisbon · 2025-03-04" in shown and "3 memories" in shown
    day = recollect("recall", "What happened between 3 and 5 March 2025?", "--json").stdout
    reply = json.loads(day)
    assert reply["timeline"] and [hit["ref"] for hit in reply["hits"]] == ["t1", "t2", "t3"]


def test_ask_without_a_model_quotes_and_cites(added: list[dict[str, Any]], recollect: Run) -> None:
    done = recollect("ask", "What is the deposit?", "--json")
    assert done.returncode == 0, done.stderr
    reply = json.loads(done.stdout)
    assert reply["model"] is None and "1,840 euros" in reply["answer"]
    citation = reply["citations"][0]
    assert set("n memory source ref quote".split()) <= set(citation)
    assert citation["quote"] == LEASE[citation["start"] : citation["end"]]


def test_a_repeated_question_is_answered_as_before_until_it_is_asked_anew(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    first = json.loads(recollect("ask", "When does the deposit come back?", "--json").stdout)
    assert first["answered_before"] is None and first["looked"] is None
    again = json.loads(recollect("ask", "when does the DEPOSIT come back", "--json").stdout)
    assert again["answer"] == first["answer"] and again["answered_before"] is not None
    assert "--anew" in recollect("ask", "When does the deposit come back?").stdout
    anew = recollect("ask", "When does the deposit come back?", "--anew", "--trace")
    assert "Answered before" not in anew.stdout and "Looked once." in anew.stdout


def test_what_is_marked_is_learnt_from_and_reset(
    added: list[dict[str, Any]], recollect: Run
) -> None:
    reply = json.loads(recollect("recall", "When does the Lisbon train leave?", "--json").stdout)
    assert len(reply["hits"]) > 1 and reply["recall"]
    chosen = reply["hits"][1]["memory"]
    done = recollect("mark", chosen, "opened", "--recall", reply["recall"], "--json")
    assert done.returncode == 0, done.stderr
    info = json.loads(recollect("learning", "show", "--json").stdout)
    assert (info["state"], info["choices"], info["personal"]) == ("gathering", 1, None)
    assert "1 choice of at least 40" in recollect("learning").stdout
    assert recollect("settings", "learn_from_use=false").returncode == 0
    assert "switched off; 1 choice" in recollect("learning").stdout
    silent = json.loads(recollect("recall", "When does the Lisbon train leave?", "--json").stdout)
    assert "recall" not in silent and silent["hits"]
    assert recollect("settings", "learn_from_use=true").returncode == 0
    info = json.loads(recollect("learning", "reset", "--json").stdout)
    assert (info["state"], info["choices"]) == ("gathering", 0)


def test_remember_then_recall_then_forget(recollect: Run) -> None:
    said = recollect("remember", "The wifi password of the cabin is heliotrope.", "--json")
    assert said.returncode == 0, said.stderr
    source = json.loads(said.stdout)["id"]
    found = recollect("recall", "cabin wifi password", "--json")
    assert "heliotrope" in json.loads(found.stdout)["hits"][0]["text"]

    refused = recollect("forget", "--source", source)
    assert refused.returncode == 1 and "--yes" in refused.stdout

    gone = recollect("forget", "--source", source, "--yes", "--json")
    assert gone.returncode == 0 and json.loads(gone.stdout)["memories"] == 1
    found = recollect("recall", "heliotrope", "--json")
    assert all("heliotrope" not in hit["text"] for hit in json.loads(found.stdout)["hits"])


def test_wrong_use_and_missing_things_have_their_exit_codes(recollect: Run) -> None:
    assert recollect("recall", "--json").returncode == 2
    assert recollect("forget", "--yes").returncode == 2
    missing = recollect("add", "/there/is/no/such/file.txt", "--json")
    assert missing.returncode == 1
    assert json.loads(missing.stdout.splitlines()[0])["state"] == "failed"
    unknown = recollect("show", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "--json")
    assert unknown.returncode == 1 and json.loads(unknown.stderr)["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["sources"],
        ["jobs"],
        ["watch"],
        ["memories"],
        ["model"],
        ["settings"],
        ["learning"],
    ],
    ids=lambda command: " ".join(command),
)
def test_every_listing_speaks_json_and_words(recollect: Run, command: list[str]) -> None:
    as_json = recollect(*command, "--json")
    assert as_json.returncode == 0, as_json.stderr
    assert isinstance(json.loads(as_json.stdout), dict)
    in_words = recollect(*command)
    assert in_words.returncode == 0 and in_words.stdout.strip()


def test_settings_are_changed_and_checked(recollect: Run) -> None:
    assert recollect("settings", "night_hour=5").returncode == 0
    found = json.loads(recollect("settings", "--json").stdout)["settings"]
    assert next(s["value"] for s in found if s["name"] == "night_hour") == 5
    assert recollect("settings", "night_hour=77").returncode == 1


def test_upkeep_commands(recollect: Run, added: list[dict[str, Any]], tmp_path: Path) -> None:
    assert json.loads(recollect("reindex", "--json").stdout)["memories"] >= 5
    backup = json.loads(recollect("backup", "--json").stdout)
    assert Path(backup["path"]).stat().st_size == backup["bytes"] > 0
    target = tmp_path / "all.zip"
    written = json.loads(recollect("export", str(target), "--json").stdout)
    assert written["memories"] >= 5
    with zipfile.ZipFile(target) as archive:
        assert "1,840 euros" in archive.read("memories.jsonl").decode()
    again = json.loads(recollect("import", str(target), "--json").stdout)
    assert (again["memories_new"], again["memories_known"]) == (0, written["memories"])
    target.write_bytes(target.read_bytes()[:-40])
    broken = recollect("import", str(target))
    assert broken.returncode == 1 and "cannot be taken in" in broken.stderr
    assert recollect("night", "--json").returncode == 0
