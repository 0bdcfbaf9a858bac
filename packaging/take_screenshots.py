"""Takes the pictures of every page for the documents, from the real window and daemon.

    python packaging/take_screenshots.py [FOLDER]

Fills a memory in a temporary home folder with the sample papers, drives the window as a person
would, and writes PNG files into FOLDER (default: assets/docs). Works without a screen. The Model
page, which needs a big model, has its own: take_model_screenshots.py.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["RECOLLECT_NO_MOTION"] = "1"

from PySide6.QtCore import QDeadlineTimer, QEventLoop, QPoint, Qt, QTimer  # noqa: E402
from PySide6.QtGui import QFont, QImage, QPainter, QPixmap, QRegion  # noqa: E402
from PySide6.QtWidgets import QApplication, QWidget  # noqa: E402

from app.application import Application  # noqa: E402
from app.chat_view import ChatView  # noqa: E402
from app.daemon_process import stop_daemon  # noqa: E402
from app.drop import sort_paths  # noqa: E402
from app.paged_model import ITEM_ROLE  # noqa: E402
from app.progress_tray import ProgressTray  # noqa: E402
from app.sources_page import SourcesPage  # noqa: E402
from app.theme import Mode, Theme  # noqa: E402
from memory.client import connect, data_paths  # noqa: E402
from memory.protocol import ForgetRequest, NoteRequest, RecallRequest, ReviewReason  # noqa: E402

EARLIER = ("What did Theo dig up on the allotment?", "Until when is the offer to the school good?")
QUESTIONS = (
    "What is Mother allergic to?",
    "How much notice do we have to give to leave the flat?",
)
NOTE = "The spare key of the workshop lies under the second flower pot."
SIZE = (1180, 740)
MORE_FILES = 90
"""Pages of a diary, only there so that the tray can be seen at work; forgotten afterwards."""


def wait_until(true: Callable[[], bool], seconds: float = 30.0, every: float = 0.03) -> None:
    """Let Qt work until something is so."""
    deadline = QDeadlineTimer(round(seconds * 1000))
    while not true():
        if deadline.hasExpired():
            raise TimeoutError("the window did not get there in time")
        pause(every)


def pause(seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()


class Studio:
    """The real window on a memory full of samples, in a home folder of its own."""

    def __init__(self, home: Path, pictures: Path):
        self.pictures = pictures
        self.papers = home / "Papers"
        shutil.copytree(ROOT / "assets" / "sample", self.papers)
        qt = QApplication([])
        qt.setApplicationName("Recollect")
        qt.setFont(QFont("Noto Sans", 10))
        self.data = home / ".local" / "share" / "recollect"
        paths = data_paths(self.data)
        paths.create()
        self.theme = Theme(qt, Mode.LIGHT)
        self.application = Application(paths, qt, theme=self.theme)
        self.window = self.application.window
        self.window.resize(*SIZE)
        self.window.show()
        self.application.start()

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        pause(0.6)
        self.save(name, (widget or self.window).grab())

    def save(self, name: str, taken: QPixmap) -> None:
        """Few colours make small files; what the eye sees stays."""
        image = taken.toImage().convertToFormat(QImage.Format.Format_RGB32)
        image.save(str(self.pictures / f"{name}.png"), quality=0)

    def run(self) -> None:
        """Everything, in the order a person meets it."""
        try:
            wait_until(lambda: (data_paths(self.data).daemon_json).exists())
            self.client = connect(self.data)
            pause(1.0)
            self.picture("first-run")
            self._drop()
            self._read()
            self._chat()
            self._pages()
            self._quick()
            self._dark()
            self.client.close()
        finally:
            self.application.close()
            stop_daemon(self.data)

    # -- files

    def _drop(self) -> None:
        """What the window promises while files hang over it."""
        names = ("lease.pdf", "letter-to-landlady.docx", "quince-jam.md", "holiday.mp4")
        found = sort_paths([str(self.papers), *(str(self.papers / name) for name in names)])
        self.application.overlay.show_for(found)
        self.picture("drop")
        self.application.overlay.hide()

    def _read(self) -> None:
        """The tray while the papers are read; then until all of it can be recalled."""
        tray = self.window.findChild(ProgressTray)
        assert tray is not None
        papers = [str(path) for path in sorted(self.papers.iterdir())]
        diary = self._diary()
        self.client.add(papers + diary)

        def half_way() -> bool:
            batches = [row.batch for row in tray.rows() if row.batch is not None]
            return any(b.done > b.total // 3 and b.current and b.rate_per_s for b in batches)

        wait_until(half_way, every=0.01)
        self.save("progress", self.window.grab())
        self.client.add_note(NoteRequest(text=NOTE))

        def quiet() -> bool:
            now = self.client.status()
            return now.memories > 0 and not (
                now.jobs_waiting + now.jobs_running + now.waiting_for_meaning
            )

        wait_until(quiet, 120)
        wait_until(lambda: not tray.rows(), 60)
        for path in diary:
            self.client.forget(ForgetRequest(source=path))

    def _diary(self) -> list[str]:
        folder = self.papers / "Diary"
        folder.mkdir()
        made = [folder / f"{2018 + n // 12}-{n % 12 + 1:02}.txt" for n in range(MORE_FILES)]
        for number, path in enumerate(made):
            path.write_text(
                f"Page {number}. Rain in the morning, the Bechstein in the afternoon.\n"
            )
        return [str(path) for path in made]

    # -- chats

    def ask(self, question: str) -> None:
        chat = self.application.chat_page
        view = chat.current_view()
        before = len(view.answers()) if view else 0
        chat.ask(question)

        def answered() -> bool:
            now = chat.current_view()
            return now is not None and len(now.answers()) > before and now.answers()[-1].finished

        wait_until(answered)
        pause(0.3)

    def _chat(self) -> None:
        self.window.show_page("chat")
        chat = self.application.chat_page
        for question in EARLIER:
            self.ask(question)
            chat.new_chat(private=False)
        for question in QUESTIONS:
            self.ask(question)
        view = chat.current_view()
        assert view is not None
        found = self.client.recall(RecallRequest(question=QUESTIONS[0], limit=1)).hits[0]
        self.client.review(found.memory, ReviewReason.HELPFUL)
        _open_chip(view, -1)
        pause(1.0)
        self.picture("chat")
        _open_chip(view, 0)
        pause(1.0)
        self.picture("source")

    def _dark(self) -> None:
        self.theme.set_mode(Mode.DARK)
        self.window.show_page("chat")
        view = self.application.chat_page.current_view()
        assert view is not None
        _open_chip(view, -1)
        pause(1.0)
        self.picture("chat-dark")

    # -- pages

    def _pages(self) -> None:
        self.application.source.close_source()
        hit = self.client.recall(RecallRequest(question="quince jam boil", limit=1)).hits[0]
        self.window.show_page("memories")
        wait_until(lambda: self.window.page("memories").model.known)
        self.application.context.requests.memory_wanted.emit(hit.memory)
        pause(2.5)
        self.picture("memories")
        for name in ("sources", "settings"):
            self.window.show_page(name)
            pause(0.8)
            if name == "sources":
                self._choose_lease(self.window.page(name))
            self.picture("files" if name == "sources" else name)

    def _choose_lease(self, page: SourcesPage) -> None:
        """One file chosen, so that what can be done with it is seen."""
        labels = [page.model.index(row, 0).data(ITEM_ROLE) for row in range(page.model.rowCount())]
        page.list.selectRow(next(n for n, s in enumerate(labels) if s and "Tenancy" in s.title))
        pause(0.5)

    def _quick(self) -> None:
        """Quick recall stands over something, here over the list of memories."""
        self.window.show_page("sources")
        self.application.desk.quick_recall()
        panel = self.application.desk._quick
        assert panel is not None
        panel.field.setText("knee kneel")
        wait_until(lambda: panel.results.count() > 0)
        pause(0.6)
        behind = self.window.grab()
        left = self.window.side_bar.width() + 1
        whole = behind.copy(left, 0, behind.width() - left, panel.height() + 80)
        with QPainter(whole) as painter:
            painter.setOpacity(0.45)
            painter.fillRect(whole.rect(), self.theme.colour("side"))
            painter.setOpacity(1.0)
            at = QPoint((whole.width() - panel.width()) // 2, 40)
            painter.drawPixmap(at, _see_through(panel))
        self.save("quick-recall", whole)
        panel.close()


def _see_through(widget: QWidget) -> QPixmap:
    """A widget as it is painted, without a ground of its own (``grab`` would make it black)."""
    made = QPixmap(widget.size())
    made.fill(Qt.GlobalColor.transparent)
    widget.render(made, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return made


def _open_chip(view: ChatView, answer: int) -> None:
    chip = view.answers()[answer].chips()[0]
    chip.opened.emit(chip.citation)


def main() -> None:
    pictures = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "assets" / "docs"
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # so that no path of this computer is seen
        Studio(Path(folder), pictures).run()


if __name__ == "__main__":
    main()
