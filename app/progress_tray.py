"""The slim tray under the work: what is being read, how fast, how long yet; pause and cancel.

Folds away when all is done, stays when something failed. Fed by the daemon's progress events,
which come merged, a few a second at most; a reply may be older than the newest of them, and
then does not count.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QProgressBar, QVBoxLayout, QWidget

from app import parts, words
from app.context import Context
from app.fresh import Fresh
from memory.protocol import BatchInfo, JobAction, JobList, Progress

_FOLD_MS = 4000
_MOST_ROWS = 3


class ProgressTray(QFrame):
    """One row a batch, newest first."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._rows: dict[str, BatchRow] = {}
        self._told: set[str] = set()  # ids heard of since something was asked or done
        self._closed: set[str] = set()
        self.setProperty("role", "bar")
        self.setAccessibleName("Progress")
        theme = context.theme
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(theme.px(16), theme.px(8), theme.px(12), theme.px(8))
        self._layout.setSpacing(theme.px(8))
        self._more = parts.label("", "small", wrap=False)
        self._more.hide()
        self._layout.addWidget(self._more)
        self.hide()
        context.link.progress.connect(self._on_progress)
        context.link.connected.connect(lambda _health: self._load())

    def rows(self) -> list[BatchRow]:
        return list(self._rows.values())

    def show_batch(self, batch: BatchInfo) -> None:
        if batch.id in self._closed:
            return
        row = self._rows.get(batch.id)
        if row is None:
            if batch.finished_at is not None and not batch.failed:
                return  # it was over before it was worth a word
            row = BatchRow(self._context)
            row.close_button.clicked.connect(lambda: self._close(batch.id))
            row.acted.connect(self._act)
            row.folded.connect(lambda: self._close(batch.id))
            self._rows[batch.id] = row
            self._layout.insertWidget(0, row)
        row.show_batch(batch)
        self._fit()

    def _load(self) -> None:
        self._told.clear()
        self._fresh.ask(self._context.ops.jobs().then(self._on_jobs))

    def _on_jobs(self, found: JobList) -> None:
        for batch in found.batches:
            if batch.finished_at is None:
                self._show_reply(batch)

    def _on_progress(self, event: Progress) -> None:
        self._told.add(event.batch.id)
        self.show_batch(event.batch)

    def _act(self, batch_id: str, action: JobAction) -> None:
        self._told.discard(batch_id)
        self._fresh.do(self._context.ops.batch_action(batch_id, action).then(self._show_reply))

    def _show_reply(self, batch: BatchInfo) -> None:
        if batch.id not in self._told:
            self.show_batch(batch)

    def _close(self, batch_id: str) -> None:
        row = self._rows.pop(batch_id, None)
        if row is not None:
            if row.batch is not None and row.batch.finished_at is not None:
                self._closed.add(batch_id)
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._fit()

    def _fit(self) -> None:
        for number, row in enumerate(reversed(self._rows.values())):
            row.setVisible(number < _MOST_ROWS)
        hidden = len(self._rows) - _MOST_ROWS
        self._more.setText(f"and {words.count(hidden, 'more')}" if hidden > 0 else "")
        self._more.setVisible(hidden > 0)
        self.setVisible(bool(self._rows))


class BatchRow(QWidget):
    """One drop: name of the file being read, count, rate, time left, and what can be done.
    Signals:
    acted: id of the batch and the ``JobAction`` asked for.
    """

    acted = Signal(str, object)

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self.batch: BatchInfo | None = None
        theme = context.theme
        self.name = parts.Elided("", middle=True)
        self.words = parts.Elided("", "small")
        self.words.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.bar.setAccessibleName("Progress")
        self.retry = parts.button("Try again", lambda: self._act(JobAction.RETRY), kind="quiet")
        self.show_files = parts.button(
            "Show them", lambda: context.requests.page_wanted.emit("sources"), kind="quiet"
        )
        self.pause = parts.icon_button(theme, "pause", "Pause", self._toggle, size=16)
        self.cancel = parts.icon_button(
            theme, "close", "Cancel", lambda: self._act(JobAction.CANCEL), size=16
        )
        self.close_button = parts.icon_button(theme, "close", "Close", size=16)
        self._fold = QTimer(self, singleShot=True, interval=_FOLD_MS)
        self.folded = self._fold.timeout
        upper = parts.row(space=theme.px(10))
        upper.addWidget(self.name, 2)
        upper.addWidget(self.words, 3)
        for made in (self.retry, self.show_files, self.pause, self.cancel, self.close_button):
            upper.addWidget(made)
        layout = parts.column(space=theme.px(4))
        layout.addLayout(upper)
        layout.addWidget(self.bar)
        self.setLayout(layout)

    def show_batch(self, batch: BatchInfo) -> None:
        self.batch = batch
        over = batch.finished_at is not None
        settled = batch.done + batch.skipped + batch.failed + batch.cancelled
        self.name.setText(headline(batch))
        self.words.setText(progress_words(batch))
        self.bar.setValue(round(1000 * settled / batch.total) if batch.total else 0)
        self._paint_bar("failed" if over and batch.failed else "")
        self.pause.setVisible(not over)
        self.cancel.setVisible(not over)
        self.close_button.setVisible(over)
        self.retry.setVisible(over and batch.failed > 0)
        self.show_files.setVisible(over and batch.failed + batch.skipped > 0)
        icon, name = ("play", "Go on") if batch.paused else ("pause", "Pause")
        if self.pause.accessibleName() != name:
            from app import icons

            icons.bind(self._context.theme, self.pause, icon, "muted", size=16)
            parts.rename(self.pause, name)
        if over and not batch.failed and not self._fold.isActive():
            self._fold.start()
        elif not over:
            self._fold.stop()

    def _paint_bar(self, state: str) -> None:
        if self.bar.property("state") != state:
            self.bar.setProperty("state", state)
            self.bar.style().unpolish(self.bar)
            self.bar.style().polish(self.bar)

    def _toggle(self) -> None:
        paused = self.batch is not None and self.batch.paused
        self._act(JobAction.RESUME if paused else JobAction.PAUSE)

    def _act(self, action: JobAction) -> None:
        if self.batch is not None:
            self.acted.emit(self.batch.id, action)


def headline(batch: BatchInfo) -> str:
    """What is being read, or how it ended."""
    if batch.finished_at is not None:
        if batch.failed:
            return f"{words.count(batch.failed, 'file')} could not be read"
        if batch.cancelled and not batch.done:
            return "Cancelled"
        return f"{words.count(batch.done, 'file')} remembered"
    if batch.paused:
        return "Paused"
    return batch.current or "Looking at the files"


def progress_words(batch: BatchInfo) -> str:
    """Count, rate and time left; after the end, what came of it."""
    if batch.finished_at is not None:
        said = [words.memories(batch.memories)] if batch.memories else []
        if batch.failed and batch.done:
            said.insert(0, f"{batch.done:,} remembered")
        if batch.skipped:
            said.append(f"{batch.skipped:,} skipped")
        if batch.cancelled:
            said.append(f"{batch.cancelled:,} cancelled")
        return " · ".join(said)
    settled = batch.done + batch.skipped + batch.failed + batch.cancelled
    said = [f"{settled:,} of {batch.total:,}"]
    if batch.rate_per_s and not batch.paused:
        rate = batch.rate_per_s
        said.append(f"{rate:,.0f} a second" if rate >= 2 else f"{rate * 60:,.0f} a minute")
    if batch.seconds_left is not None and not batch.paused:
        said.append(f"{words.duration(batch.seconds_left)} left")
    if batch.failed:
        said.append(f"{batch.failed:,} failed")
    return " · ".join(said)
