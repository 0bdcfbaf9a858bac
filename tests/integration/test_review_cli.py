"""`recollect review` against a real daemon: offers, the person's word, taking it back, the year."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from memory.clock import DAY_MS
from memory.fading_choice import SOON_DAYS, window
from memory.settings import Settings

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOTES = ["The spare key hangs behind the bookcase upstairs.", "Aunt Rosa's parcel goes to Graz."]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def recollect(data: Path) -> Iterator[Run]:
    environment = {**os.environ, "RECOLLECT_DATA_DIR": str(data)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=120,
        )  # fmt: skip

    yield run
    run("daemon", "stop")


def reply(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def about_to_fade(data: Path) -> None:
    """As if the time had passed, while no daemon runs."""
    near = window(Settings().dormant_below)
    assert near is not None
    with sqlite3.connect(data / "recollect.db") as c:
        c.execute(
            "UPDATE memories SET reviewed_ms = reviewed_ms"
            " - CAST((stability_days * ? - ?) * ? AS INTEGER)",
            (near[1], SOON_DAYS / 2, DAY_MS),
        )


def test_keep_let_fade_undo_and_forget(recollect: Run, data: Path) -> None:
    for note in NOTES:
        reply(recollect("remember", note, "--json"))
    assert reply(recollect("review", "--json")) == {"offers": [], "left": 0}
    assert "about to fade today" in recollect("review").stdout
    recollect("daemon", "stop")
    about_to_fade(data)

    found = reply(recollect("review", "--json"))
    assert found["left"] == 2
    assert {one["memory"]["text"] for one in found["offers"]} == set(NOTES)
    one, other = (offer["memory"]["id"] for offer in found["offers"])
    told = recollect("review").stdout
    assert one in told and "never used" in told and "2 left" in told

    kept = reply(recollect("review", "keep", one, "--json"))
    assert [o["answer"] for o in kept["offers"]] == ["keep", None]
    assert kept["offers"][0]["memory"]["strength"] > 0.99
    undone = reply(recollect("review", "undo", one, "--json"))
    assert [o["answer"] for o in undone["offers"]] == [None, None]
    assert undone["offers"][0]["memory"]["strength"] < 0.7
    assert reply(recollect("review", "fade", other, "--json"))["left"] == 1

    refused = recollect("review", "forget", one)
    assert refused.returncode == 1 and "Nothing was forgotten" in refused.stdout
    assert reply(recollect("review", "forget", one, "--yes", "--json"))["memories"] == 1
    assert [o["answer"] for o in reply(recollect("review", "--json"))["offers"]] == ["fade"]
    assert "All of today is decided" in recollect("review").stdout
    assert recollect("review", "keep", one).returncode == 1


def test_the_year(recollect: Run) -> None:
    assert "Nothing is remembered" in recollect("review", "year").stdout
    reply(recollect("remember", NOTES[0], "--json"))
    year = reply(recollect("review", "year", "--json"))
    assert len(year["weeks"]) == 52 and year["sampled"] is None
    assert year["weeks"][-1]["strong"] == 1 and year["weeks"][-2]["strong"] == 0
    assert "renewed" in recollect("review", "year").stdout
