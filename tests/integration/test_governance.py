"""Scopes, forgetting a person or a time, and moving to another memory, on the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

TURNS = [
    ("t1", "2025-03-04T10:00:00Z", "Ana", "I finally booked the train to Lisbon."),
    ("t2", "2025-03-04T10:01:00Z", "Ben", "Great, when do you leave?"),
    ("t3", "2025-03-05T10:02:00Z", "Ana", "On the ninth, with the night train."),
    ("t4", "2025-03-06T10:02:00Z", "Ben", "I will water the plants of Ana."),
]

Run = Callable[..., Any]
Open = Callable[[str], Run]


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Open]:
    """The command line on a memory of its own, by name; ``--json`` is read."""
    folders: list[str] = []

    def open_one(name: str) -> Run:
        environment = {**os.environ, "RECOLLECT_DATA_DIR": str(tmp_path / name)}

        def run(*arguments: str, code: int = 0) -> Any:
            done = subprocess.run(
                [sys.executable, "-m", "app.cli", *arguments, "--json"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env=environment,
                timeout=120,
            )
            assert done.returncode == code, done.stderr + done.stdout
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            return lines[0] if len(lines) == 1 else lines

        folders.append(name)
        return run

    yield open_one
    for name in folders:
        subprocess.run(
            [sys.executable, "-m", "app.cli", "daemon", "stop"],
            env={**os.environ, "RECOLLECT_DATA_DIR": str(tmp_path / name)},
            capture_output=True,
            timeout=120,
        )


@pytest.fixture
def trip(tmp_path: Path) -> Path:
    path = tmp_path / "papers" / "trip.jsonl"
    path.parent.mkdir()
    path.write_text(
        "\n".join(
            json.dumps({"conversation": "lisbon", "id": i, "time": t, "speaker": s, "text": x})
            for i, t, s, x in TURNS
        ),
        "utf-8",
    )
    return path


def test_scopes_from_end_to_end(memory: Open, trip: Path, tmp_path: Path) -> None:
    run = memory("here")
    run("add", str(trip), "--wait")
    run("remember", "The night train of the firm is called quokka.", "--scope", "work")
    assert run("scope", "set", "trips", str(trip))["sources"] == 2
    listed = {one["name"]: one["memories"] for one in run("scope", "list")["scopes"]}
    assert listed == {"home": 0, "trips": 4, "work": 1}
    for scopes, texts in ((["trips"], 4), (["work"], 1), (["home"], 0), (["work", "trips"], 5)):
        given = [part for scope in scopes for part in ("--scope", scope)]
        reply = run("recall", "night train", "--explain", *given)
        assert reply["searched"] == texts
        assert ("quokka" in json.dumps(reply)) == ("work" in scopes)
    asked = run("ask", "What is the night train called?", "--scope", "trips")
    assert "quokka" not in json.dumps(asked)
    run("export", str(tmp_path / "trips.zip"), "--scope", "trips", "--no-vectors")
    other = memory("there")
    # Its topic comes too, where one was made of the talk by then.
    assert other("import", str(tmp_path / "trips.zip"))["memories_new"] in (4, 5)
    assert other("recall", "quokka", "--scope", "trips")["hits"] == []
    assert {one["name"]: one["memories"] for one in other("scope", "list")["scopes"]} == {
        "home": 0,
        "trips": 4,
    }


def test_forgetting_a_person_and_a_time(memory: Open, trip: Path) -> None:
    run = memory("here")
    run("add", str(trip), "--wait")
    shown = run("forget", "--person", "ana", code=1)  # nobody can say yes here
    assert (shown["memories"], shown["naming"], shown["preview"]) == (2, 1, True)
    assert shown["naming_samples"] == ["I will water the plants of Ana."]
    gone = run("forget", "--person", "ana", "--yes")
    assert (gone["memories"], gone["preview"]) == (2, False)
    assert gone["parts_ms"]
    assert run("recall", "plants")["searched"] == 2
    day = run("forget", "--from", "2025-03-06", "--to", "2025-03-06", "--yes")
    assert day["memories"] == 1
    run("forget", "--person", "ana", "--from", "2025-03-06", "--yes", code=2)
