"""What is being read: each drop as a card with its progress, and every job with its state.

GUI thread only. Cards move with the daemon's progress events; the list is asked for again at
most once a second. Of a batch the newest event counts: a reply may be older than it.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app import icons, parts, words
from app.bits import CentredColumn, EmptyPlace, clear, later
from app.context import Context
from app.fresh import Fresh
from app.theme import set_role
from memory.protocol import (
    BatchInfo,
    Change,
    Changed,
    JobAction,
    JobInfo,
    JobList,
    JobState,
    Progress,
    Status,
)

_REFRESH_MS = 1000
_JOBS_SHOWN = 200
_BATCHES_SHOWN = 12
_TOKENS = {
    JobState.FAILED: "bad",
    JobState.RUNNING: "accent",
    JobState.DONE: "good",
    JobState.PAUSED: "warn",
}
_ORDER = {
    JobState.RUNNING: 0,
    JobState.FAILED: 1,
    JobState.PAUSED: 2,
    JobState.QUEUED: 3,
    JobState.CANCELLED: 4,
    JobState.DONE: 5,
}


class JobsView(QWidget):
    """``shown`` is called when its tab comes to the front."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._paused = False
        self._told: dict[str, BatchInfo] = {}  # by events, since something was asked or done
        self._cards: dict[str, BatchCard] = {}
        self._rows: list[JobRow] = []
        self._refreshing = later(self, _REFRESH_MS, self.refresh)
        px = context.theme.px
        self._pause = parts.button("Pause all reading", self._toggle_pause)
        self._words = parts.label("", "muted", wrap=False)
        head = parts.row(self._words, 1, self._pause)
        self._page = CentredColumn(context.theme, px(1100))
        self._batches = QVBoxLayout()
        self._batches.setSpacing(px(8))
        self._jobs_title = parts.label("Files", "section")
        self._jobs = QVBoxLayout()
        self._jobs.setSpacing(px(2))
        self._more = parts.label("", "small")
        content = self._page.content
        content.setContentsMargins(px(24), px(10), px(24), px(24))
        content.addLayout(head)
        content.addLayout(self._batches)
        content.addSpacing(px(8))
        content.addWidget(self._jobs_title)
        content.addLayout(self._jobs)
        content.addWidget(self._more)
        content.addStretch(1)
        self.empty = EmptyPlace(
            context.theme,
            "check",
            "Nothing is being read.",
            "Files you add show here until they are remembered.",
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._page)
        layout.addWidget(self.empty)
        self.empty.hide()
        context.link.changed.connect(self._on_changed)
        context.link.progress.connect(self._on_progress)

    def shown(self) -> None:
        self.refresh()

    def refresh(self) -> None:
        ops = self._context.ops
        self._told.clear()
        self._fresh.ask(ops.jobs().then(self._show).otherwise(lambda _p: None))
        self._fresh.ask(ops.status().then(self._show_status).otherwise(lambda _p: None))

    def _on_changed(self, event: Changed) -> None:
        wanted = {Change.JOBS, Change.STATUS} & set(event.flags)
        if wanted and self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    def _on_progress(self, event: Progress) -> None:
        self._told[event.batch.id] = event.batch
        card = self._cards.get(event.batch.id)
        if card is not None:
            card.show_batch(event.batch)
        elif self.isVisible() and not self._refreshing.isActive():
            self._refreshing.start()

    def _show_status(self, status: Status) -> None:
        self._paused = status.paused
        self._pause.setText("Resume reading" if status.paused else "Pause all reading")
        waiting = status.jobs_waiting + status.jobs_running
        said = "Reading is paused" if status.paused else ""
        if waiting and not said:
            said = f"{words.count(waiting, 'file')} to read"
        self._words.setText(said)

    def _toggle_pause(self) -> None:
        self._fresh.do(self._context.ops.pause(not self._paused).then(self._show_status))

    def _act_on_batch(self, batch_id: str, action: JobAction) -> None:
        self._told.pop(batch_id, None)
        self._fresh.do(self._context.ops.batch_action(batch_id, action).then(self._show_batch))

    def _act_on_job(self, job_id: str, action: JobAction) -> None:
        self._fresh.do(self._context.ops.job_action(job_id, action).then(self._show_job))

    # -- showing

    def _show(self, found: JobList) -> None:
        known = [self._told.get(batch.id, batch) for batch in found.batches]
        open_first = sorted(known, key=lambda b: (b.finished_at is not None,))
        batches = open_first[:_BATCHES_SHOWN]
        if [b.id for b in batches] != list(self._cards):
            clear(self._batches)
            self._cards = {}
            for batch in batches:
                card = BatchCard(self._context)
                card.acted.connect(self._act_on_batch)
                self._cards[batch.id] = card
                self._batches.addWidget(card)
        for batch in batches:
            self._cards[batch.id].show_batch(batch)
        self._show_jobs(found.jobs)
        nothing = not found.batches and not found.jobs
        self._page.setVisible(not nothing)
        self.empty.setVisible(nothing)

    def _show_batch(self, batch: BatchInfo) -> None:
        card = self._cards.get(batch.id)
        if card is not None:
            card.show_batch(self._told.get(batch.id, batch))

    def _show_job(self, job: JobInfo) -> None:
        for row in self._rows:
            if row.job is not None and row.job.id == job.id:
                row.show_job(job)

    def _show_jobs(self, jobs: list[JobInfo]) -> None:
        ordered = sorted(jobs, key=lambda job: _ORDER[job.state])
        shown = ordered[:_JOBS_SHOWN]
        while len(self._rows) > len(shown):
            row = self._rows.pop()
            self._jobs.removeWidget(row)
            row.hide()
            row.deleteLater()
        while len(self._rows) < len(shown):
            row = JobRow(self._context)
            row.acted.connect(self._act_on_job)
            self._rows.append(row)
            self._jobs.addWidget(row)
        for row, job in zip(self._rows, shown, strict=True):
            row.show_job(job)
        rest = len(ordered) - len(shown)
        self._more.setText(f"and {words.count(rest, 'file')} more" if rest else "")
        self._jobs_title.setVisible(bool(shown))


class BatchCard(QFrame):
    """One drop: how far it is, and the buttons to hold or end it. Signals:
    acted: id of the batch and the ``JobAction`` asked for.
    """

    acted = Signal(str, object)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._batch: BatchInfo | None = None
        set_role(self, "card")
        px = context.theme.px
        self._title = parts.Elided("", "heading", middle=True)
        self._words = parts.label("", "small")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        theme = context.theme
        self._pause = parts.icon_button(theme, "pause", "Pause", self._toggle)
        self._cancel = parts.icon_button(
            theme, "close", "Cancel what is left", lambda: self._act(JobAction.CANCEL)
        )
        self._retry = parts.button("Try failed again", lambda: self._act(JobAction.RETRY))
        head = parts.row(space=px(4))
        head.addWidget(self._title, 1)
        for made in (self._retry, self._pause, self._cancel):
            head.addWidget(made)
        layout = parts.column(space=px(6), margins=(px(14), px(8), px(8), px(12)))
        layout.addLayout(head)
        layout.addWidget(self._bar)
        layout.addWidget(self._words)
        self.setLayout(layout)

    def show_batch(self, batch: BatchInfo) -> None:
        self._batch = batch
        read = batch.done + batch.skipped + batch.failed + batch.cancelled
        open_ = batch.finished_at is None
        self._bar.setRange(0, max(1, batch.total))
        self._bar.setValue(read)
        self._bar.setVisible(open_)
        self._bar.setAccessibleName(f"{read} of {batch.total} read")
        self._title.setText(_batch_title(batch, open_))
        self._words.setText(batch_words(batch))
        self._pause.setVisible(open_)
        self._cancel.setVisible(open_)
        self._retry.setVisible(batch.failed > 0)
        name, icon = ("Resume", "play") if batch.paused else ("Pause", "pause")
        parts.rename(self._pause, name)
        icons.bind(self._context.theme, self._pause, icon, "muted")

    def _toggle(self) -> None:
        if self._batch is not None:
            self._act(JobAction.RESUME if self._batch.paused else JobAction.PAUSE)

    def _act(self, action: JobAction) -> None:
        if self._batch is not None:
            self.acted.emit(self._batch.id, action)


def _batch_title(batch: BatchInfo, open_: bool) -> str:
    if not open_:
        return f"Added {words.moment(batch.created_at)}"
    if batch.paused:
        return "Paused"
    return f"Reading {batch.current}" if batch.current else "Waiting to be read"


def batch_words(batch: BatchInfo) -> str:
    """``45 of 120 files, 3.2 a second, 22 seconds left, 1 failed``."""
    read = batch.done + batch.skipped + batch.failed + batch.cancelled
    if batch.finished_at is None:
        said = [f"{read:,} of {words.count(batch.total, 'file')}"]
        if batch.rate_per_s and not batch.paused:
            said.append(f"{batch.rate_per_s:.1f} a second")
        if batch.seconds_left and not batch.paused:
            said.append(f"{words.duration(batch.seconds_left)} left")
    else:
        said = [words.count(batch.done, "file")]
    if batch.memories:
        said.append(words.memories(batch.memories))
    for number, name in (
        (batch.skipped, "skipped"),
        (batch.failed, "failed"),
        (batch.cancelled, "cancelled"),
    ):
        if number:
            said.append(f"{number:,} {name}")
    return ", ".join(said)


class JobRow(QWidget):
    """One file of a drop: its name, its state, and why it failed. Signals:
    acted: id of the job and the ``JobAction`` asked for.
    """

    acted = Signal(str, object)

    def __init__(self, context: Context):
        super().__init__()
        self.job: JobInfo | None = None
        px = context.theme.px
        self._state = QLabel()
        self._state.setMinimumWidth(px(84))
        self._name = parts.Elided("", middle=True)
        self._problem = parts.label("", "small")
        theme = context.theme
        self._buttons = {
            JobAction.RETRY: parts.icon_button(
                theme, "retry", "Try again", lambda: self._act(JobAction.RETRY), size=icons.SMALL
            ),
            JobAction.PAUSE: parts.icon_button(
                theme, "pause", "Pause", lambda: self._act(JobAction.PAUSE), size=icons.SMALL
            ),
            JobAction.RESUME: parts.icon_button(
                theme, "play", "Resume", lambda: self._act(JobAction.RESUME), size=icons.SMALL
            ),
            JobAction.CANCEL: parts.icon_button(
                theme, "close", "Cancel", lambda: self._act(JobAction.CANCEL), size=icons.SMALL
            ),
        }
        line = QHBoxLayout()
        line.setContentsMargins(0, px(4), 0, px(4))
        line.setSpacing(px(4))
        line.addWidget(self._state, 0, Qt.AlignmentFlag.AlignTop)
        texts = parts.column(self._name, self._problem, space=px(1))
        texts.addStretch(1)
        line.addLayout(texts, 1)
        for made in self._buttons.values():
            line.addWidget(made, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(line)
        self.setMinimumHeight(px(32))

    def show_job(self, job: JobInfo) -> None:
        if job == self.job:
            return
        self.job = job
        self._name.setText(job.name)
        self._state.setText(words.JOB_STATE_NAMES[job.state])
        set_role(self._state, _TOKENS.get(job.state, "muted"))
        found = job.problem
        self._problem.setText(f"{found.title}. {found.next_step}" if found else "")
        self._problem.setVisible(found is not None)
        shown = {
            JobState.FAILED: (JobAction.RETRY,),
            JobState.CANCELLED: (JobAction.RETRY,),
            JobState.QUEUED: (JobAction.PAUSE, JobAction.CANCEL),
            JobState.RUNNING: (JobAction.CANCEL,),
            JobState.PAUSED: (JobAction.RESUME, JobAction.CANCEL),
        }.get(job.state, ())
        for action, made in self._buttons.items():
            made.setVisible(action in shown)

    def _act(self, action: JobAction) -> None:
        if self.job is not None:
            self.acted.emit(self.job.id, action)
