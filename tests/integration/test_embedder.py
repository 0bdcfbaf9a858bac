"""Another embedder through the daemon: refused, taken, used after a restart, and left again."""

from __future__ import annotations

from pathlib import Path

import pytest

from memory.client import DaemonError
from memory.protocol import ErrorCode, NoteRequest, RecallRequest, SettingsEdit
from tests.daemon_fixture import RunningDaemon
from tests.integration.test_index_damage import NOTES, wait_until_found_by_meaning
from tests.patience import until
from tests.tiny_onnx import make_tiny_onnx


def _use(running: RunningDaemon, path: str) -> None:
    running.client.edit_settings(SettingsEdit(values={"embedder_path": path}))
    name = Path(path).name or "all-MiniLM-L6-v2"

    def used() -> bool:
        status = running.client.status()
        return status.embedder == name and status.embedder_change is None

    until(used, running.client.status)
    wait_until_found_by_meaning(running.client)


def test_another_embedder_and_back(running: RunningDaemon, tmp_path: Path) -> None:
    for note in NOTES:
        running.client.add_note(NoteRequest(text=note))
    wait_until_found_by_meaning(running.client)
    with pytest.raises(DaemonError) as told:
        running.client.edit_settings(SettingsEdit(values={"embedder_path": str(tmp_path)}))
    assert told.value.problem.code is ErrorCode.MODEL
    assert "tokenizer.json" in told.value.problem.message
    values = {one.name: one.value for one in running.client.settings().settings}
    assert values["embedder_path"] == ""

    _use(running, str(make_tiny_onnx(tmp_path / "tiny")))
    asked = RecallRequest(question="Where is the ring of my grandmother?", limit=1)
    until(lambda: not running.client.recall(asked).problems)
    assert running.client.recall(asked).hits[0].text == NOTES[3]

    assert running.stop() == 0
    client = running.start()
    wait_until_found_by_meaning(client)
    assert client.status().embedder == "tiny"
    assert client.recall(asked).hits[0].text == NOTES[3]
    _use(running, "")
    assert running.client.recall(asked).hits[0].text == NOTES[3]
