"""The portrait through the real daemon and the command line."""

from __future__ import annotations

import json

import pytest

from app.cli import main
from memory.client import DaemonError
from memory.protocol import ErrorCode, NoteRequest, PortraitEdit
from tests.daemon_fixture import RunningDaemon


def test_the_command_line(running: RunningDaemon, capsys: pytest.CaptureFixture[str]) -> None:
    def recollect(*words: str) -> dict[str, list[dict[str, list[dict[str, object]]]]]:
        assert main([*words, "--json", "--data-dir", str(running.paths.root)]) == 0
        found = json.loads(capsys.readouterr().out)
        assert isinstance(found, dict)
        return found

    running.client.add_note(NoteRequest(text="I live in Leeds. I work as a nurse."))
    running.client.learn_facts()
    home, work = recollect("portrait")["sections"]
    assert (home["title"], home["lines"][0]["text"]) == ("Name and home", "You live in Leeds.")
    line = str(home["lines"][0]["id"])
    recollect("portrait", "edit", line, "Leeds", "is", "home.")
    recollect("portrait", "hide", str(work["lines"][0]["id"]))
    recollect("portrait", "add", "Call", "me", "Rob.")
    assert main(["portrait", "--data-dir", str(running.paths.root)]) == 0
    out = capsys.readouterr().out
    assert out.index("Call me Rob.") < out.index("Leeds is home.  (your words)")
    assert "nurse" not in out and "1 line hidden" in out
    recollect("portrait", "show", str(work["lines"][0]["id"]))
    own = str(recollect("portrait")["sections"][0]["lines"][0]["id"])
    assert len(recollect("portrait", "remove", own)["sections"]) == 2
    recollect("portrait", "edit", line)
    assert recollect("portrait")["sections"][0]["lines"][0]["text"] == "You live in Leeds."
    assert recollect("portrait", "off")["on"] is False
    assert main(["portrait", "--data-dir", str(running.paths.root)]) == 0
    assert "The portrait is off" in capsys.readouterr().out
    assert recollect("portrait", "on")["on"] is True


def test_what_is_not_there(running: RunningDaemon) -> None:
    with pytest.raises(DaemonError) as missing:
        running.client.edit_portrait_line("nothing", PortraitEdit(hidden=True))
    assert missing.value.problem.code is ErrorCode.NOT_FOUND
    with pytest.raises(DaemonError) as empty:
        running.client.add_portrait_line("  ")
    assert empty.value.problem.code is ErrorCode.BAD_REQUEST
