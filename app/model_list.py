"""Rows of models, made one a turn of the event loop and changed in place. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.model_row import ModelRow
from app.model_shown import Shown, with_download
from app.theme import Theme
from memory.protocol import DownloadInfo


class ModelList(QWidget):
    """Signals:
    acted: id of a model and the ``Action`` wanted.
    """

    acted = Signal(str, object)

    def __init__(self, theme: Theme, name: str):
        super().__init__()
        self._theme = theme
        self._wanted: dict[str, Shown] = {}
        self._rows: dict[str, ModelRow] = {}
        self._growing = QTimer(self, singleShot=True, interval=0)
        self._growing.timeout.connect(self._grow)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.setAccessibleName(name)

    def row(self, model_id: str) -> ModelRow | None:
        return self._rows.get(model_id)

    def rows(self) -> list[ModelRow]:
        """In the order shown."""
        return [self._rows[i] for i in self._wanted if i in self._rows]

    @property
    def complete(self) -> bool:
        """Every row is made."""
        return len(self._rows) == len(self._wanted)

    def show_models(self, models: Sequence[Shown]) -> None:
        """Show these in this order; rows that are there already stay where they can."""
        self._wanted = {shown.id: shown for shown in models}
        for model_id in [i for i in self._rows if i not in self._wanted]:
            row = self._rows.pop(model_id)
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        for place, row in enumerate(self.rows()):
            row.show_row(self._wanted[row.shown.id])
            if self._layout.indexOf(row) != place:
                self._layout.insertWidget(place, row)
        if not self.complete:
            self._growing.start()

    def show_download(self, download: DownloadInfo) -> None:
        """How one of them comes down, between two replies."""
        before = self._wanted.get(download.id)
        if before is None:
            return
        shown = with_download(before, download)
        self._wanted[download.id] = shown
        row = self._rows.get(download.id)
        if row is not None:
            row.show_row(shown)

    def _grow(self) -> None:
        """Make the next missing row; the others in later turns, so that nothing is held up."""
        missing = next((i for i in self._wanted if i not in self._rows), None)
        if missing is None:
            return
        row = ModelRow(self._theme)
        row.acted.connect(self.acted)
        row.show_row(self._wanted[missing])
        self._rows[missing] = row
        self._layout.insertWidget(list(self._wanted).index(missing), row)
        if not self.complete:
            self._growing.start()
