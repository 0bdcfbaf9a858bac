"""At the end of the settings: how much there is, and upkeep that can be done by hand.

GUI thread only.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from app import parts, words
from app.context import Context
from app.forget_choose import ForgetChooser
from app.forget_dialog import ask_to_forget
from app.fresh import Fresh
from memory.protocol import (
    BackupReply,
    EmbedderChange,
    ExportReply,
    ForgetRequest,
    ImportReply,
    ReindexReply,
    RunInfo,
    Status,
)


class Upkeep(QWidget):
    """Back up, export, take in, put the search in order, forget everything."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        px = context.theme.px
        self._facts = parts.label("", "small", select=True)
        self.backup_button = parts.button("Back up now", self._back_up)
        self.export_button = parts.button("Export …", self._choose_export)
        self.import_button = parts.button("Take in …", self._choose_archive)
        self.reindex_button = parts.button("Rebuild", self._reindex)
        self.night_button = parts.button("Run now", self._run_night)
        self.forget_some_button = parts.button("Forget …", self._choose_what_goes)
        self.forget_button = parts.button("Forget everything …", self._forget, kind="danger")
        layout = parts.column(space=px(4))
        layout.addSpacing(px(16))
        layout.addWidget(parts.label("Your memory", "section"))
        layout.addWidget(self._facts)
        for title, said, made in (
            ("Backup", "A copy of the database beside it.", self.backup_button),
            (
                "Export",
                "Everything in one open file, to keep or to take elsewhere.",
                self.export_button,
            ),
            (
                "Take in an archive",
                "What was exported here or elsewhere; what is here already stays as it is.",
                self.import_button,
            ),
            (
                "Search by meaning",
                "Built anew from the database; searching by words goes on meanwhile.",
                self.reindex_button,
            ),
            ("Nightly upkeep", "Fading, backup and checks, without waiting.", self.night_button),
            (
                "Forget a person or a time",
                "What somebody said, or all of some days; you see first what would go.",
                self.forget_some_button,
            ),
            (
                "Forget everything",
                "Every memory, chat and backup. Your own files stay.",
                self.forget_button,
            ),
        ):
            layout.addLayout(self._row(title, said, made))
        self.setLayout(layout)

    def refresh(self) -> None:
        self._fresh.ask(self._context.ops.status().then(self._show).otherwise(lambda _p: None))

    def _row(self, title: str, said: str, made: QPushButton) -> QHBoxLayout:
        px = self._context.theme.px
        line = parts.row(space=px(8))
        line.addLayout(parts.column(parts.label(title), parts.label(said, "small"), space=px(2)), 1)
        line.addWidget(made, 0, Qt.AlignmentFlag.AlignVCenter)
        line.setContentsMargins(0, px(6), 0, px(6))
        made.setAccessibleDescription(said)
        return line

    def _show(self, status: Status) -> None:
        self._facts.setText(status_words(status))

    def _busy(self, made: QPushButton, text: str) -> None:
        made.setEnabled(False)
        made.setProperty("usual", made.text())
        made.setText(text)

    def _free(self, made: QPushButton) -> None:
        made.setText(str(made.property("usual")))
        made.setEnabled(True)

    def _back_up(self) -> None:
        def done(reply: BackupReply) -> None:
            self._context.messages.info(
                "Backed up", f"{words.path(reply.path)}, {words.size(reply.bytes)}"
            )

        self._busy(self.backup_button, "Backing up")
        self._context.ops.backup().then(done).always(lambda: self._free(self.backup_button)).start(
            self
        )

    def _choose_export(self) -> None:
        usual = str(Path.home() / "recollect-memories.zip")
        path, _ = QFileDialog.getSaveFileName(self, "Export memories", usual)
        if path:
            self.export_to(path)

    def export_to(self, path: str) -> None:
        def done(reply: ExportReply) -> None:
            self._context.messages.info(
                f"Exported {words.memories(reply.memories)}", words.path(reply.path)
            )

        self._busy(self.export_button, "Exporting")
        self._context.ops.export(path).then(done).always(
            lambda: self._free(self.export_button)
        ).start(self)

    def _choose_archive(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Take in an archive", str(Path.home()), "Archives (*.zip)"
        )
        if path:
            self.take_in(path)

    def take_in(self, path: str) -> None:
        def done(reply: ImportReply) -> None:
            self._context.messages.info(f"Taken in: {taken_in(reply)}", words.path(reply.path))
            self.refresh()

        self._busy(self.import_button, "Taking in")
        self._context.ops.take_in(path).then(done).always(
            lambda: self._free(self.import_button)
        ).start(self)

    def _reindex(self) -> None:
        def done(reply: ReindexReply) -> None:
            took = words.duration(reply.took_ms / 1000)
            self._context.messages.info(
                f"The search by meaning is in order: {words.memories(reply.memories)}", took
            )

        self._busy(self.reindex_button, "Rebuilding")
        self._context.ops.reindex().then(done).always(
            lambda: self._free(self.reindex_button)
        ).start(self)

    def _run_night(self) -> None:
        def done(_run: RunInfo) -> None:
            self._context.messages.info("The upkeep is done")
            self.refresh()

        self._busy(self.night_button, "Running")
        self._context.ops.run_night().then(done).always(
            lambda: self._free(self.night_button)
        ).start(self)

    def _choose_what_goes(self) -> None:
        chooser = ForgetChooser(self._context.theme, self)
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.chosen.connect(
            lambda request: ask_to_forget(
                self._context, request, self, lambda _reply: self.refresh()
            )
        )
        chooser.open()

    def _forget(self) -> None:
        ask_to_forget(self._context, ForgetRequest(all=True), self, lambda _r: self.refresh())


def status_words(status: Status) -> str:
    """How much there is, where it lies, and when it was last looked after."""
    taken = words.size(status.database_bytes + status.index_bytes)
    said = [
        f"{words.memories(status.memories)}, {status.dormant:,} of them dormant, "
        f"{taken} in {words.path(status.data_dir)}.",
    ]
    if status.embedder_change is not None:
        said.append(change_words(status.embedder_change, status.embedder))
    night = status.last_night
    if night is not None and night.finished_at is not None:
        said.append(f"Last upkeep {words.moment(night.finished_at)}.")
    return " ".join(said)


def taken_in(reply: ImportReply) -> str:
    """``12 new memories, 3 were here already``."""
    said = f"{reply.memories_new:,} new {'memory' if reply.memories_new == 1 else 'memories'}"
    if reply.memories_known:
        was = "was" if reply.memories_known == 1 else "were"
        said += f", {reply.memories_known:,} {was} here already"
    if reply.memories_left_out:
        said += f", {reply.memories_left_out:,} left out as forgotten or outdated"
    return said


def change_words(change: EmbedderChange, in_use: str) -> str:
    """How far memories are embedded anew, or why not."""
    if change.problem is not None:
        problem = change.problem
        return f"{change.name} cannot be used: {problem.message} {problem.next_step}"
    done = f"{change.done:,} of {words.memories(change.total)}"
    return f"Embedding anew with {change.name}: {done}. {in_use} goes on answering."
