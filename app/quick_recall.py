"""Quick recall: a small panel over whatever the person does; results as they type.

Enter opens the source, Ctrl+Enter asks, ``+ `` remembers what follows, Esc or a click elsewhere
closes it. GUI thread; made when first wanted and kept. It asks the daemon through ``ops`` and
tells the window what was chosen through ``Context.requests``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QCursor, QGuiApplication, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from app import parts, tokens
from app.bits import later
from app.context import Context
from app.desktop import composited
from app.fresh import Fresh
from app.link import LinkState
from app.panel import paint_panel
from app.places import Place
from app.quick_results import QuickResults
from app.understood_chips import UnderstoodChips
from memory.protocol import ErrorCode, Hit, Problem, RecallReply, RecallRequest, Understood

TYPING_MS = 80
RESTED_MS = 600  # a word that is not finished finds little; so long it is not called nothing
KEPT_S = 60.0
LIMIT = 8
_WIDTH = 640
_SHADOW = 18
_UPPER = 0.2  # of the height of the screen, above the panel
_SAID_MS = 900  # how long "remembered" stays before the panel goes
_HINTS = "Enter opens  ·  Ctrl+Enter asks  ·  + remembers  ·  Esc closes"
_NEAREST = "Nothing found that answers this. Nearest:"
_PREFIX = "+"


class QuickRecall(QWidget):
    """Signals:
    closed: it is gone from the screen.
    """

    closed = Signal()

    def __init__(self, context: Context):
        flags = (
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
        )
        super().__init__(None, flags)
        self._context = context
        self._fresh = Fresh(self)
        self._closed_at = -KEPT_S
        self._was_active = False
        self._sending: set[str] = set()  # notes on their way; another Enter sends none again
        self._answered = ""  # the text the results on the screen belong to
        self._recall: str | None = None  # what the daemon calls them
        self._shadow = _SHADOW if composited() else 0
        self.setWindowTitle("Quick recall")
        self.setAccessibleName("Quick recall")
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground, self._shadow > 0)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._typing = later(self, TYPING_MS, self._ask)
        self._rested = later(self, RESTED_MS, lambda: self._show_nearest(True))
        self._leaving = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._leaving.timeout.connect(self.close)
        self._build()
        context.theme.changed.connect(self.update)

    def _build(self) -> None:
        theme, px = self._context.theme, self._context.theme.px
        self.field = _Field()
        self.field.setProperty("role", "bare")
        self.field.setFont(theme.font(1.25))
        self.field.setStyleSheet(f"font-size: {theme.text_px(1.25)}px")
        self.field.setPlaceholderText("What do you want to recall?")
        self.field.setAccessibleName("Quick recall")
        self.field.setMinimumHeight(px(40))
        self.field.textChanged.connect(self._on_text)
        self.field.moved.connect(lambda steps: self.results.step(steps))
        self.field.entered.connect(self._enter)
        self.field.left.connect(self.close)
        self.chips = UnderstoodChips(theme)
        self.chips.changed.connect(self._ask)
        self.results = QuickResults(theme)
        self.results.chosen.connect(self._open)
        self.nearest = parts.label(_NEAREST, "muted")
        self.nearest.setContentsMargins(px(16), px(2), px(16), px(4))
        self.nearest.hide()
        self.said = parts.label("", "muted")
        self.said.setContentsMargins(px(16), 0, px(16), px(4))
        self.hints = parts.Elided(_HINTS, "small")
        foot = parts.row(self.hints)
        foot.setContentsMargins(px(16), px(6), px(16), px(10))
        head = parts.row(self.field)
        head.setContentsMargins(px(16), px(8), px(16), px(4))
        layout = QVBoxLayout(self)
        edge = self._shadow
        layout.setContentsMargins(edge, edge, edge, edge)
        layout.setSpacing(0)
        layout.addLayout(head)
        chips = parts.row(self.chips)
        chips.setContentsMargins(px(16), 0, px(16), px(4))
        layout.addLayout(chips)
        layout.addWidget(self.nearest)
        layout.addWidget(self.results)
        layout.addWidget(self.said)
        layout.addLayout(foot)
        self._fit()

    # -- coming and going

    def open_panel(self) -> None:
        """Show it where the pointer is; a second call while it is there closes it."""
        if self.isVisible() and self.isActiveWindow():
            self.close()
            return
        if time.monotonic() - self._closed_at > KEPT_S:
            self.field.clear()
        self._was_active = False
        self._leaving.stop()
        self._place()
        self.show()
        self.raise_()
        self.activateWindow()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)
        self.field.selectAll()
        self._on_text(self.field.text())

    def _place(self) -> None:
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        area = screen.availableGeometry()
        width = min(self._context.theme.px(_WIDTH) + 2 * self._shadow, area.width())
        self.setFixedWidth(width)
        left = area.left() + (area.width() - width) // 2
        self.move(QPoint(left, area.top() + round(area.height() * _UPPER) - self._shadow))
        self._fit()

    def _fit(self) -> None:
        """As high as what it shows, and no higher than the screen allows."""
        area = self.screen().availableGeometry()
        room = round(area.height() * (1 - _UPPER)) - self._context.theme.px(120)
        self.chips.fit(self.width() - 2 * self._shadow - 2 * self._context.theme.px(16))
        self.results.fit(room)
        self.said.setVisible(bool(self.said.text()))
        self.layout().activate()
        self.setFixedHeight(self.layout().totalSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self._was_active = True
            elif self._was_active:
                self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self._typing.stop()
        self._rested.stop()
        self._leaving.stop()
        self._closed_at = time.monotonic()
        self._was_active = False
        super().closeEvent(event)
        self.closed.emit()

    # -- asking

    def _note(self) -> str | None:
        """What to remember, where the text begins with the prefix."""
        text = self.field.text()
        return text[len(_PREFIX) :].strip() if text.startswith(_PREFIX) else None

    def _on_text(self, text: str) -> None:
        self._leaving.stop()
        self._rested.stop()
        self._fresh.drop()
        self.chips.keep_for(text)
        if self._note() is not None or not text.strip():
            self._typing.stop()
            self._show_hits([], "")
            note = self._note()
            self._say("" if note is None else self._note_words(note))
        elif text.strip() != self._answered:
            self._typing.start()

    def _ask(self) -> None:
        text = self.field.text().strip()
        if not text:
            return
        if self._context.link.state is not LinkState.READY:
            self._say("The memory is starting; this is looked up as soon as it is there.")
        request = RecallRequest(
            question=text[:20_000],
            limit=LIMIT,
            filter=self.chips.chosen(),
            ignore=self.chips.ignored(),
        )
        recall = self._context.ops.recall(request).then(lambda reply: self._arrived(text, reply))
        self._fresh.ask(recall.otherwise(self._failed))

    def _arrived(self, text: str, reply: RecallReply) -> None:
        self._show_hits(reply.hits, text, reply.understood)
        self._recall = reply.recall
        if reply.nearest_only and reply.hits:
            self._rested.start()
        if reply.problems:
            self._say(f"{reply.problems[0].title}. What is shown may not be all.")
        else:
            self._say("" if reply.hits else "Nothing in your memories fits this.")

    def _failed(self, problem: object) -> None:
        self._show_hits([], "")
        if isinstance(problem, Problem) and problem.code is not ErrorCode.CANCELLED:
            self._say(f"{problem.title}. {problem.next_step}")

    def _show_hits(self, hits: list[Hit], text: str, understood: Sequence[Understood] = ()) -> None:
        self._answered = text
        self._rested.stop()
        self.chips.show_understood(understood)
        self.results.show_hits(hits, text)
        self._show_nearest(False)

    def _show_nearest(self, nearest_only: bool) -> None:
        """Whether what is shown is only the nearest: said, and shown in a lower voice."""
        self.nearest.setVisible(nearest_only)
        self.results.speak_low(nearest_only)
        self._fit()

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self._fit()

    # -- choosing

    def _enter(self, ask: bool) -> None:
        text = self.field.text().strip()
        note = self._note()
        if note is not None:
            self._remember(note)
        elif ask and text:
            self._context.requests.question_wanted.emit(text, True)
            self._done()
        elif (hit := self.results.current()) is not None and text == self._answered:
            self._open(hit)
        elif text:
            self._typing.stop()
            self._ask()

    def _open(self, hit: Hit) -> None:
        self._context.requests.window_wanted.emit()
        self._context.requests.place_wanted.emit(Place.of_hit(hit, self._recall))
        self._done()

    def _remember(self, note: str) -> None:
        if not note or note in self._sending:
            return

        def remembered(_source: object) -> None:
            if self._note() != note:
                return  # something else is being written by now
            self.field.clear()
            self._say("Remembered.")
            self._leaving.start()

        self._sending.add(note)
        self._say(self._note_words(note))
        add = self._context.ops.add_note(note).then(remembered).otherwise(self._failed)
        add.start(self, ended=lambda: self._sending.discard(note))

    def _note_words(self, note: str) -> str:
        if note in self._sending:
            return "Remembering"
        return "Enter remembers this." if note else "Write what to remember after the plus."

    def _done(self) -> None:
        self.close()

    # -- looks

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        body: QRect = self.rect().adjusted(self._shadow, self._shadow, -self._shadow, -self._shadow)
        paint_panel(painter, self._context.theme, body, self._shadow, tokens.CORNER + 4)
        painter.end()


class _Field(QLineEdit):
    """Signals:
    moved: up (-1) or down (1) in the results. entered: True with Ctrl. left: Esc.
    """

    moved = Signal(int)
    entered = Signal(bool)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.moved.emit(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
        elif key == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)
