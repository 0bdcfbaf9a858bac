"""A damaged meaning index: the daemon comes up, rebuilds it from the database, and answers."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from memory.client import Client, DaemonError
from memory.protocol import ErrorCode, NoteRequest, RecallRequest, SettingsEdit
from tests.daemon_fixture import RunningDaemon
from tests.patience import until

NOTES = [
    "The dentist moved my appointment to Thursday at nine.",
    "Our landlord keeps the deposit of 1,840 euros until we leave.",
    "The sourdough wants twelve hours in the cold before baking.",
    "Grandmother's ring is in the blue tin behind the flour.",
]
QUESTION = "How long must bread dough rest before it goes into the oven?"


def wait_until_found_by_meaning(client: Client) -> None:
    def found() -> bool:
        status = client.status()
        return status.index == "ready" and status.waiting_for_meaning == 0

    until(found, client.status)


def _by_meaning(client: Client) -> list[str]:
    """Texts found, with the search by meaning in working order; on a busy machine it may be
    late once."""
    replies = []

    def in_order() -> bool:
        replies.append(client.recall(RecallRequest(question=QUESTION, limit=2)))
        return replies[-1].problems == []

    until(in_order, lambda: replies[-1].problems)
    return [hit.text for hit in replies[-1].hits]


def _files(chroma: Path) -> list[Path]:
    return sorted(path for path in chroma.rglob("*") if path.is_file())


def truncate(chroma: Path) -> None:
    for path in _files(chroma):
        with path.open("rb+") as file:
            file.truncate(path.stat().st_size // 2)


def zero(chroma: Path) -> None:
    for path in _files(chroma):
        path.write_bytes(bytes(path.stat().st_size))


def scribble(chroma: Path) -> None:
    for number, path in enumerate(_files(chroma)):
        content = bytearray(path.read_bytes())
        for at in range(number, len(content), 97):
            content[at] ^= 0x5A
        path.write_bytes(bytes(content))


def lose_vectors(chroma: Path) -> None:
    for path in _files(chroma):
        if path.suffix == ".bin":
            path.unlink()


def lose_catalogue(chroma: Path) -> None:
    for path in _files(chroma):
        if "sqlite" in path.name:
            path.unlink()


def lose_everything(chroma: Path) -> None:
    shutil.rmtree(chroma)


def become_a_file(chroma: Path) -> None:
    shutil.rmtree(chroma)
    chroma.write_text("this is no folder")


def become_a_link_to_nowhere(chroma: Path) -> None:
    shutil.rmtree(chroma)
    chroma.symlink_to(chroma.parent / "nowhere")


_DAMAGES = [truncate, zero, scribble, lose_vectors, lose_catalogue, lose_everything]


@pytest.mark.parametrize(
    ("damage", "crashed"),
    [(damage, True) for damage in (*_DAMAGES, become_a_file, become_a_link_to_nowhere)]
    + [(truncate, False), (lose_vectors, False)],
)
def test_it_comes_up_rebuilds_and_answers(
    running: RunningDaemon, damage: Callable[[Path], None], crashed: bool
) -> None:
    for text in NOTES:
        running.client.add_note(NoteRequest(text=text))
    wait_until_found_by_meaning(running.client)
    before = _by_meaning(running.client)
    assert before[0] == NOTES[2]
    if crashed:
        running.kill()
    else:
        assert running.stop() == 0
    damage(running.paths.chroma)

    client = running.start()
    assert client.recall(RecallRequest(question="Where is the ring?")).hits[0].text == NOTES[3]
    wait_until_found_by_meaning(client)
    assert _by_meaning(client) == before
    assert client.reindex().memories == len(NOTES)
    assert _by_meaning(client) == before


def test_words_answer_while_the_index_is_away(running: RunningDaemon) -> None:
    """A Chroma server that is not there: recall goes on by words and says what is missing."""
    running.client.add_note(NoteRequest(text=NOTES[3]))
    wait_until_found_by_meaning(running.client)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    running.client.edit_settings(SettingsEdit(values={"chroma_url": url}))
    assert running.stop() == 0
    client = running.start()
    reply = client.recall(RecallRequest(question="Where is the ring?"))
    assert reply.hits and reply.hits[0].text == NOTES[3]
    assert [problem.code for problem in reply.problems] == [ErrorCode.INDEX]
    until(lambda: client.status().index == "unavailable", client.status)
    with pytest.raises(DaemonError) as told:
        client.reindex()
    assert told.value.problem.code is ErrorCode.INDEX
