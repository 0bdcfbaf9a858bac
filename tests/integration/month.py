"""A month of somebody's life, played through a daemon whose clock is moved."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

from memory.client import Client, DaemonUnreachable, connect
from memory.clock import to_datetime
from memory.daemon import Daemon
from memory.paths import data_paths
from memory.protocol import AskDone, AskRequest, ChatCreate, JobState, NoteRequest
from tests.fakes import FakeClock
from tests.patience import LONG_S, until

FOLDER = Path(__file__).parents[2] / "assets" / "month"


class Month:
    """The daemon runs on a thread of this process, so that its clock is ours; everything else is
    as ever: the channel, the files, the index, the reader workers.

    Attributes:
        answers: what was answered in the chats, in order.
    """

    def __init__(self, client: Client, clock: FakeClock) -> None:
        self.client = client
        self.clock = clock
        self.answers: list[str] = []
        self._chats: dict[str, str] = {}

    def play(self) -> None:
        """From the first line to the night after the last one, every night's upkeep included."""
        for line in (FOLDER / "month.jsonl").read_text("utf-8").splitlines():
            said = json.loads(line)
            self._go_to(datetime.fromisoformat(said["at"]).astimezone())
            self._do(said)
        self._night()

    def today(self) -> date:
        return to_datetime(self.clock.now_ms()).astimezone().date()

    def settle(self) -> None:
        """Wait until everything is read, embedded and learnt from."""
        until(self._rests)
        self.clock.advance(seconds=3600)  # a chat has to rest before it is learnt from
        self.client.learn_facts()
        until(self._rests)

    def _rests(self) -> bool:
        status = self.client.status()
        waiting = self.client.jobs(state=JobState.QUEUED).jobs
        return not (waiting or status.jobs_running or status.waiting_for_meaning)

    def _go_to(self, when: datetime) -> None:
        while self.today() < when.date():
            self._night()
        now = to_datetime(self.clock.now_ms())
        self.clock.advance(seconds=max(1.0, (when - now).total_seconds()))

    def _night(self) -> None:
        """At three in the morning of the next day."""
        self.settle()
        morning = self.today() + timedelta(days=1)
        three = datetime(morning.year, morning.month, morning.day, 3).astimezone()
        now = to_datetime(self.clock.now_ms())
        self.clock.advance(seconds=max(1.0, (three - now).total_seconds()))
        self.client.run_night()

    def _do(self, said: dict[str, str]) -> None:
        match said["do"]:
            case "note":
                self.client.add_note(NoteRequest(text=said["text"]))
            case "file":
                self.client.add([str(FOLDER / said["name"])])
                until(self._rests)
            case "say" | "ask":
                answer = self._talk(said["chat"], said["text"])
                if said["do"] == "ask":
                    self.answers.append(answer)

    def _talk(self, chat: str, text: str) -> str:
        if chat not in self._chats:
            self._chats[chat] = self.client.create_chat(ChatCreate(title=chat)).id
        with self.client.ask(AskRequest(question=text, chat=self._chats[chat])) as stream:
            (done,) = [event for event in stream if isinstance(event, AskDone)]
        self.clock.advance(seconds=30)
        return done.answer


@contextmanager
def started(folder: Path) -> Iterator[Month]:
    """A daemon on the morning of the first day, and a client of it; stopped at the end."""
    paths = data_paths(folder)
    paths.create()
    clock = FakeClock(datetime(2026, 3, 1, 8).astimezone())
    daemon = Daemon(paths, clock)
    thread = threading.Thread(target=daemon.run, name="daemon", daemon=True)
    thread.start()
    clients: list[Client] = []

    def answers() -> bool:
        try:
            clients.append(connect(folder))
        except DaemonUnreachable:
            return False
        return True

    try:
        until(answers)
        yield Month(clients[0], clock)
    finally:
        for client in clients:
            client.close()
        daemon.stop()
        thread.join(LONG_S)
        assert not thread.is_alive()
