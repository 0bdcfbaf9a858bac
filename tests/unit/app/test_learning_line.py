"""What recall learnt: the line in the settings, and how choices reach the daemon."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.chat_view import ChatView
from app.learning_line import LearningLine, learning_words
from app.places import Place
from app.quick_recall import QuickRecall
from app.source_panel import SourcePanel
from memory import protocol as p
from tests.unit.app.asking import citation
from tests.unit.app.channel import Desk
from tests.unit.app.factories import hit, memory


def info(state: Any = "gathering", choices: int = 0, **more: Any) -> p.LearningInfo:
    return p.LearningInfo(state=state, choices=choices, needed=40, **more)


PERSONAL = p.PersonalRanking(choices=120, weights=[])


@pytest.fixture
def line(desk: Desk, qtbot: QtBot) -> LearningLine:
    desk.daemon.replies.update(
        learning=lambda: info("personal", 132, personal=PERSONAL), reset_learning=lambda: info()
    )
    made = LearningLine(desk.context)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_says_how_many_choices_and_starts_over(
    line: LearningLine, desk: Desk, qtbot: QtBot
) -> None:
    assert not line.start_over.isEnabled()
    line.refresh()
    qtbot.waitUntil(line.start_over.isEnabled)
    assert line.words.text().startswith("Recall learns from what you open: 132 choices.")
    qtbot.mouseClick(line.start_over, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: line.words.text() == "Recall has learnt nothing from you yet.")
    assert len(desk.daemon.asked("reset_learning")) == 1
    assert not line.start_over.isEnabled()


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (info(), "learnt nothing"),
        (info("gathering", 1), "1 choice. It changes nothing before there are 40"),
        (info("gathering", 90), "90 choices. It looks at them tonight."),
        (info("shipped", 90), "90 choices. They ask for no other order"),
        (info("personal", 132, personal=PERSONAL), "Its order follows 120 of them"),
        (info("off"), "does not learn from what you open"),
        (info("off", 7), "7 choices kept"),
    ],
)
def test_every_state_has_its_words(told: p.LearningInfo, said: str) -> None:
    assert said in learning_words(told)


def test_what_quick_recall_opens_names_its_list(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["recall"] = p.RecallReply(
        hits=[hit(0), hit(1)], took_ms=1.0, searched=9, recall="list-1"
    )
    panel = QuickRecall(desk.context)
    qtbot.addWidget(panel)
    panel.open_panel()
    qtbot.waitUntil(panel.isActiveWindow)
    qtbot.keyClicks(panel.field, "deposit")
    qtbot.waitUntil(lambda: panel.results.count() == 2)
    with qtbot.waitSignal(desk.context.requests.place_wanted) as wanted:
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    assert (wanted.args[0].memory_id, wanted.args[0].recall) == (hit(0).memory, "list-1")


def _reviews(desk: Desk) -> list[tuple[Any, ...]]:
    return [(*args, named.get("recall")) for name, args, named in desk.daemon.calls
            if name == "review"]  # fmt: skip


def test_opening_and_marking_tell_where_it_was_chosen(desk: Desk, qtbot: QtBot) -> None:
    shown = memory(id="m1")
    desk.daemon.replies.update(
        memory=lambda _id: p.MemoryDetail(memory=shown),
        review=lambda _id, _reason, **_more: shown,
        document=p.Problem(code=p.ErrorCode.NOT_FOUND, title="", message="", next_step=""),
    )
    panel = SourcePanel(desk.context)
    qtbot.addWidget(panel)
    panel.open_place(Place.of_citation(citation(1, recall="list-2")))
    qtbot.waitUntil(panel.foot.wrong.isEnabled)
    panel.foot.wrong.click()
    desk.settle(qtbot)
    assert _reviews(desk) == [
        ("m1", p.ReviewReason.OPENED, "list-2"),
        ("m1", p.ReviewReason.WRONG, "list-2"),
    ]


def test_a_helpful_answer_praises_each_source_of_its_list(desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["review"] = lambda memory_id, _reason, **_more: memory(id=memory_id)
    view = ChatView(desk.context, private=False)
    qtbot.addWidget(view)
    view._on_helpful([citation(1, recall="list-3"), citation(2)])
    desk.settle(qtbot)
    assert sorted(_reviews(desk)) == [
        ("m1", p.ReviewReason.HELPFUL, "list-3"),
        ("m2", p.ReviewReason.HELPFUL, None),
    ]
