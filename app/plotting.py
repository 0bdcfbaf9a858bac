"""What every plot of the window needs: the library, fetched beside, and the look of an empty plot.

pyqtgraph and numpy take a quarter of a second to import, so a thread named ``curve-import``
fetches them as soon as a page that shows plots is. Everything else is on the GUI thread.
"""

from __future__ import annotations

import os
import threading
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPen


class _Plotting(QObject):
    """The library, once it is here."""

    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.library: Any = None
        self._thread: threading.Thread | None = None
        self.arrived.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def want(self) -> None:
        if self.library is None and self._thread is None:
            self._thread = threading.Thread(target=self._fetch, name="curve-import", daemon=True)
            self._thread.start()

    def _fetch(self) -> None:
        os.environ.setdefault("PYQTGRAPH_QT_LIB", "PySide6")
        try:
            import pyqtgraph
        except Exception:  # numbers and words are shown without it
            return
        try:
            self.arrived.emit(pyqtgraph)
        except RuntimeError:
            return  # the window is gone

    def _keep(self, library: Any) -> None:
        self.library = library


_plotting: _Plotting | None = None


def plotting() -> _Plotting:
    """The one importer of the window; made on first use, on the GUI thread."""
    global _plotting
    if _plotting is None:
        _plotting = _Plotting()
    return _plotting


def made_plot(library: Any) -> Any:
    """An empty plot that takes neither wheel nor drag nor focus."""
    plot = library.PlotWidget(enableMenu=False)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setAntialiasing(True)
    plot.setFrameShape(plot.Shape.NoFrame)
    # wheel and drag belong to the page around it
    plot.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return plot


def pen(colour: QColor, width: float) -> QPen:
    made = QPen(colour, width)
    made.setCosmetic(True)  # pyqtgraph scales the plot's coordinates, not its lines
    return made
