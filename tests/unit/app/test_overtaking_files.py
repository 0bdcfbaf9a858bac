"""What is read, and which files there are: with the older reply held back until the newer one is on
the screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Qt
from pytestqt.qtbot import QtBot

from app.desk import Desk as TrayDesk
from app.folders_view import FolderCard, FoldersView
from app.jobs_view import JobsView
from app.link import LinkState
from app.progress_tray import ProgressTray
from app.sources_page import SourcesPage
from app.tray import TrayState
from memory import protocol as p
from tests.unit.app.channel import Desk, overtaking, ready
from tests.unit.app.factories import (
    NOW,
    batch,
    folder,
    job,
    problem,
    source,
    status,
)


class Reading:
    """The daemon's side of the queue: all reading, one batch, one job."""

    def __init__(self, desk: Desk):
        self.paused = False
        self.batch = batch()
        self.job = job(0)
        desk.daemon.replies.update(
            status=self.status,
            pause=self.pause,
            jobs=lambda: p.JobList(batches=[self.batch], jobs=[self.job]),
            batch_action=self.act_on_batch,
            job_action=self.act_on_job,
        )

    def status(self) -> p.Status:
        return status(paused=self.paused, jobs_waiting=5)

    def pause(self, paused: bool) -> p.Status:
        self.paused = paused
        return self.status()

    def act_on_batch(self, _id: str, action: p.JobAction) -> p.BatchInfo:
        self.batch = batch(paused=action is p.JobAction.PAUSE)
        return self.batch

    def act_on_job(self, _id: str, action: p.JobAction) -> p.JobInfo:
        paused = action is p.JobAction.PAUSE
        self.job = job(0, state=p.JobState.PAUSED if paused else p.JobState.CANCELLED)
        return self.job


@pytest.fixture
def reading(desk: Desk) -> Reading:
    return Reading(desk)


@pytest.fixture
def jobs_view(desk: Desk, reading: Reading, qtbot: QtBot) -> JobsView:
    made = JobsView(desk.context)
    qtbot.addWidget(made)
    made.resize(700, 600)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: len(made._rows) == 1)
    desk.settle(qtbot)
    return made


def test_pause_all_reading_stays_paused(jobs_view: JobsView, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "status", jobs_view.refresh):
        qtbot.mouseClick(jobs_view._pause, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: jobs_view._pause.text() == "Resume reading")
    assert jobs_view._pause.text() == "Resume reading"
    assert jobs_view._words.text() == "Reading is paused"


def test_a_paused_batch_stays_paused(jobs_view: JobsView, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "jobs", jobs_view.refresh):
        card = jobs_view._cards["b1"]
        qtbot.mouseClick(card._pause, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: card._title.text() == "Paused")
    assert jobs_view._cards["b1"]._title.text() == "Paused"


def test_a_paused_job_stays_paused(jobs_view: JobsView, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "jobs", jobs_view.refresh):
        row = jobs_view._rows[0]
        qtbot.mouseClick(row._buttons[p.JobAction.PAUSE], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: row._state.text() == "Paused")
    assert jobs_view._rows[0]._state.text() == "Paused"


def test_a_list_older_than_an_event_does_not_turn_a_card_back(
    jobs_view: JobsView, desk: Desk, qtbot: QtBot
) -> None:
    with overtaking(desk, qtbot, "jobs", jobs_view.refresh):
        card = jobs_view._cards["b1"]
        over = batch(done=117, finished_at=NOW, current=None)
        desk.daemon.say_progress(over)
        qtbot.waitUntil(lambda: card._title.text().startswith("Added"))
    assert jobs_view._cards["b1"]._title.text().startswith("Added")


def test_the_tray_is_not_held_open_by_a_list_older_than_the_end(
    desk: Desk, reading: Reading, qtbot: QtBot
) -> None:
    tray = ProgressTray(desk.context)
    qtbot.addWidget(tray)
    with overtaking(desk, qtbot, "jobs", tray._load):
        desk.daemon.say_progress(batch(done=118, failed=0, finished_at=NOW, current=None))
        qtbot.waitUntil(lambda: "b1" in tray._told)
    assert tray.rows() == []


def test_a_batch_held_in_the_tray_stays_held(desk: Desk, reading: Reading, qtbot: QtBot) -> None:
    tray = ProgressTray(desk.context)
    qtbot.addWidget(tray)
    tray.show_batch(reading.batch)
    with overtaking(desk, qtbot, "jobs", tray._load):
        row = tray.rows()[0]
        row.pause.click()
        qtbot.waitUntil(lambda: row.pause.accessibleName() == "Go on")
    assert row.pause.accessibleName() == "Go on"


@pytest.fixture
def files(desk: Desk, qtbot: QtBot) -> SourcesPage:
    rows = {n: source(n) for n in range(3)}
    rows[1] = source(1, state=p.SourceState.FAILED, problem=problem())
    missing = {p.SourceState.READY: 2, p.SourceState.MISSING: 1}
    counts: list[dict[p.SourceState, int]] = [missing]

    def retry(source_id: str) -> p.SourceInfo:
        rows[1] = source(1, state=p.SourceState.QUEUED)
        return rows[1]

    def decide(_choice: p.MissingChoice) -> p.ForgetReply:
        counts.append({p.SourceState.READY: 2})
        return p.ForgetReply(preview=False, memories=0, sources=0, chats=0)

    desk.daemon.replies.update(
        sources=lambda **_query: p.SourceList(sources=list(rows.values()), total=len(rows)),
        status=lambda: status(sources=counts[-1]),
        retry_source=retry,
        decide_missing=decide,
    )
    made = SourcesPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.shown()
    qtbot.waitUntil(lambda: made.model.rowCount() == 3)
    qtbot.waitUntil(made.missing.isVisible)
    desk.settle(qtbot)
    return made


def test_counts_of_the_files_are_the_newest(files: SourcesPage, desk: Desk, qtbot: QtBot) -> None:
    with overtaking(desk, qtbot, "status", files._refresh):
        desk.daemon.replies["status"] = status(sources={p.SourceState.READY: 70})
        files._refresh()
        qtbot.waitUntil(lambda: files._counted.text() == "84 sources")
    assert files._counted.text() == "84 sources"


def test_files_decided_about_are_not_asked_about_again(
    files: SourcesPage, desk: Desk, qtbot: QtBot
) -> None:
    with overtaking(desk, qtbot, "status", files._refresh):
        qtbot.mouseClick(files.missing._keep, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(files.missing.isHidden)
    assert files.missing.isHidden()


def test_a_source_tried_again_is_not_shown_as_failed(
    files: SourcesPage, desk: Desk, qtbot: QtBot
) -> None:
    files.list.selectRow(1)
    qtbot.waitUntil(files.actions_bar.isVisible)
    old = desk.daemon.hold("sources")
    files.model.refresh()
    ready(qtbot, old)
    seen: list[str] = []
    show = files.actions_bar.show_source

    def note(shown: p.SourceInfo | None) -> None:
        show(shown)
        seen.append(files.actions_bar._state.text())

    files.actions_bar.show_source = note  # type: ignore[method-assign]
    qtbot.mouseClick(files.actions_bar._retry, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: files.actions_bar._state.text() == "Waiting")
    old.let_go()
    desk.settle(qtbot)
    assert seen and set(seen) == {"Waiting"}
    row = files.model.item(1)
    assert row is not None and row.state is p.SourceState.QUEUED


def test_a_folder_no_longer_followed_does_not_come_back(desk: Desk, qtbot: QtBot) -> None:
    followed = [folder()]
    desk.daemon.replies.update(folders=lambda: list(followed), unwatch=lambda _id: followed.clear())
    view = FoldersView(desk.context)
    qtbot.addWidget(view)
    view.show()
    view.shown()
    qtbot.waitUntil(lambda: view.findChild(FolderCard) is not None)
    with overtaking(desk, qtbot, "folders", view.refresh):
        view._stop(folder())
        qtbot.waitUntil(view.empty.isVisible)
    assert view.empty.isVisible()


class Icon:
    """Where the tray's icon would be."""

    def __init__(self) -> None:
        self.states: list[TrayState] = []

    def show_state(self, state: TrayState, _words: str) -> None:
        self.states.append(state)


def test_the_tray_stays_paused(desk: Desk, reading: Reading, qtbot: QtBot) -> None:
    class Application(QObject):
        context = desk.context

    tray_desk = TrayDesk(Application())  # type: ignore[arg-type]
    icon = Icon()
    tray_desk.tray = icon  # type: ignore[assignment]
    with overtaking(desk, qtbot, "status", tray_desk._load):
        tray_desk._pause(True)
        qtbot.waitUntil(lambda: icon.states[-1:] == [TrayState.PAUSED])
    assert set(icon.states) == {TrayState.PAUSED}
    with overtaking(desk, qtbot, "status", tray_desk._load):
        tray_desk._on_link(LinkState.LOST, problem())
    assert icon.states[-1] is TrayState.PROBLEM
