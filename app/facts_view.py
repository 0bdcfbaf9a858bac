"""Facts by topic: what holds now, and the history of it as a line. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app import fact_ops, fact_words, parts, words
from app.bits import CentredColumn, EmptyPlace, SearchField, clear, later
from app.context import Context
from app.fact_timeline import FactTimeline
from app.fact_words import Topic
from app.flow import FlowLayout
from app.fresh import Fresh
from memory.protocol import FactInfo, FactList

_TYPING_MS = 150
_AT_ONCE = 40
"""Topics on the page before the person asks for more: each is a handful of widgets."""


class FactsView(QWidget):
    """``refresh`` asks anew for what the field says."""

    def __init__(self, context: Context):
        super().__init__()
        self._context = context
        self._fresh = Fresh(self)
        self._list: FactList | None = None
        self._asked = ""
        self._shown = _AT_ONCE
        theme, px = context.theme, context.theme.px
        self.search = SearchField(theme, "Find a fact: a name, a place, a thing")
        self._typing = later(self, _TYPING_MS, self._search_now)
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self._topics = QVBoxLayout()
        self._topics.setSpacing(px(4))
        self.more = parts.button("Show more", self._show_more)
        self.more.hide()
        self.empty = EmptyPlace(
            theme,
            "timeline",
            "No facts yet.",
            "They are learnt from chats that have rested and from notes: “I moved to Lyon in May.”",
            parts.button(
                "Tell it in a chat",
                lambda: context.requests.page_wanted.emit("chat"),
                kind="primary",
            ),
        )
        page = CentredColumn(theme, theme.column_width())
        page.content.setContentsMargins(px(24), 0, px(24), px(24))
        page.content.addLayout(self._topics)
        page.content.addWidget(self.more)
        page.content.addStretch(1)
        self._stack = QStackedWidget()
        self._stack.addWidget(page)
        self._stack.addWidget(self.empty)
        head = QWidget()
        head.setLayout(parts.column(self.search, margins=(px(24), px(8), px(24), px(4))))
        head.setMaximumWidth(theme.column_width())
        centred = parts.row(1, space=0)
        centred.insertWidget(1, head, 1000)
        centred.addStretch(1)
        layout = parts.column(space=0)
        layout.addLayout(centred)
        layout.addWidget(self._stack, 1)
        self.setLayout(layout)

    def refresh(self) -> None:
        text = self.search.text().strip()
        asked = fact_ops.facts(self._context.ops, text)
        asked.then(lambda found: self._show(text, found))
        self._fresh.ask(asked.otherwise(lambda _p: None))

    def _search_now(self) -> None:
        self._shown = _AT_ONCE
        self.refresh()

    def _show(self, text: str, found: FactList) -> None:
        if found != self._list or not found.facts:
            self._list = found
            self._asked = text
            self._fill(found)

    def _show_more(self) -> None:
        self._shown += _AT_ONCE
        if self._list is not None:
            self._fill(self._list)

    def _fill(self, found: FactList) -> None:
        clear(self._topics)
        topics = fact_words.topics(found.facts)
        subject = ""
        for topic in topics[: self._shown]:
            if topic.subject != subject:
                subject = topic.subject
                self._topics.addSpacing(self._context.theme.px(8))
                self._topics.addWidget(parts.label(fact_words.whose(subject), "heading"))
            self._topics.addWidget(TopicRow(self._context, self._fresh, topic))
        left = len(topics) - self._shown
        self.more.setVisible(left > 0)
        self.more.setText(f"Show more: {words.count(left, 'topic')}")
        if not topics and self._asked:
            self.empty.say("No fact says this.", "Try one word of it.")
        elif not topics:
            self.empty.say(
                "No facts yet.",
                "They are learnt from chats that have rested and from notes:"
                " “I moved to Lyon in May.”",
            )
        self._stack.setCurrentIndex(0 if topics else 1)


class TopicRow(QWidget):
    """One topic: its history as a line where it has one, else its values as chips; both open
    their source."""

    def __init__(self, context: Context, fresh: Fresh, topic: Topic):
        super().__init__()
        self._context = context
        self._fresh = fresh
        px = context.theme.px
        self.topic = topic
        layout = parts.column(space=px(4), margins=(0, px(6), 0, px(6)))
        title = parts.label(topic.title, "small", wrap=False)
        title.setFixedWidth(px(132))
        title.setToolTip(topic.title)
        title.setMinimumHeight(px(24))
        self.chips: list[QWidget] = []
        self.timeline: FactTimeline | None = None
        line = parts.row(title, space=px(8))
        line.setAlignment(title, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._history() if topic.history else self._values(), 1)
        layout.addLayout(line)
        self.setLayout(layout)

    def _history(self) -> QWidget:
        self.timeline = FactTimeline(self._context.theme, self.topic.facts)
        self.timeline.opened.connect(self._open)
        return self.timeline

    def _values(self) -> QWidget:
        values = QWidget()
        flow = FlowLayout(values, space=self._context.theme.px(6))
        self.chips = [self._chip(fact) for fact in self.topic.current]
        for chip in self.chips:
            flow.addWidget(chip)
        return values

    def _chip(self, fact: FactInfo) -> QWidget:
        made = parts.button(fact_words.value(fact), lambda: self._open(fact), kind="chip")
        made.setToolTip(fact.text)
        made.setAccessibleDescription(fact.text)
        return made

    def _open(self, fact: FactInfo) -> None:
        fact_ops.open_fact(self._context, self._fresh, fact)
