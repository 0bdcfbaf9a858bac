"""The chat over scripted answers: what the person sees, event by event."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QTextCursor
from pytestqt.qtbot import QtBot

from app.chat_page import ChatPage
from app.chat_view import ChatView
from app.citation_chip import place_words, strength_dots
from app.exchange import Answer
from app.places import Place
from memory import protocol as p
from tests.unit.app.asking import QUOTE, Script, chat, citation
from tests.unit.app.channel import Desk
from tests.unit.app.factories import NOW, problem, status


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def page(desk: Desk, qtbot: QtBot, script: Script) -> ChatPage:
    desk.daemon.replies.update(
        status=status(),
        create_chat=lambda create: chat(1, private=create.private),
        chat=lambda _id: p.ChatDetail(chat=chat(1), messages=[]),
        ask=script.ask,
        cancel_ask=script.cancel,
    )
    made = ChatPage(desk.context)
    qtbot.addWidget(made)
    made.resize(900, 640)
    made.show()
    made.shown()
    return made


@pytest.fixture
def asked(page: ChatPage, qtbot: QtBot, script: Script) -> Callable[[str], Answer]:
    def ask(question: str) -> Answer:
        before = len(script.requests)
        page.composer.field.setPlainText(question)
        qtbot.keyClick(page.composer.field, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: len(script.requests) > before)
        return view(page).answers()[-1]

    return ask


def view(page: ChatPage) -> ChatView:
    found = page.current_view()
    assert found is not None
    return found


def test_sources_stand_there_before_the_first_word(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("What about the deposit?")
    script.stage("searching")
    script.sources([citation(1), citation(2)])
    qtbot.waitUntil(lambda: len(answer.chips()) == 2)
    assert answer.view.isHidden() and answer.chips()[0].isVisible()
    script.stage("reading")
    qtbot.waitUntil(lambda: answer.stage.words.text() == "Reading 2 memories")
    script.delta("Two ")
    script.delta("months. **bold** [1]")
    qtbot.waitUntil(lambda: answer.view.toPlainText() == "Two months. **bold** [1]")
    script.done("Two months. **bold** [1]", [citation(1)])
    qtbot.waitUntil(lambda: answer.finished)
    assert "bold" in answer.view.toPlainText() and "**" not in answer.view.toPlainText()
    assert answer.stage.isHidden() and len(answer.chips()) == 1


def test_a_first_check_is_told_where_the_answer_is_waited_for(
    asked: Callable[[str], Answer], page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    answer = asked("What about the deposit?")
    words = answer.stage.words
    script.stage("loading")
    qtbot.waitUntil(lambda: words.text() == "Waking the model")
    desk.daemon.say_check(p.ModelCheck(stage="comparing", share=0.4))
    qtbot.waitUntil(lambda: words.text() == "Checking this model once: 40 %")
    assert "remembered" in words.toolTip()
    desk.daemon.say_check(p.ModelCheck(stage="measuring", share=0.5))
    qtbot.waitUntil(lambda: words.text() == "Measuring this model once: 50 %")
    script.stage("reading")
    qtbot.waitUntil(lambda: words.text() == "Reading")
    desk.daemon.say_check(p.ModelCheck(stage="measuring", share=1.0))  # late, on its other way
    script.stage("loading")
    qtbot.waitUntil(lambda: words.text() == "Measuring this model once: 100 %")
    desk.daemon.say_check(None)
    qtbot.waitUntil(lambda: words.text() == "Waking the model")
    view(page).stop()
    assert words.text() == "Stopping"
    desk.daemon.say_check(p.ModelCheck(stage="measuring", share=0.9))
    qtbot.waitUntil(lambda: answer.finished)
    assert words.text() == "Stopping"


def test_the_searching_line_counts_memories(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: page._memories == 48_210)
    answer = asked("What about the deposit?")
    script.stage("searching")
    qtbot.waitUntil(lambda: answer.stage.words.text() == "Searching 48,210 memories")
    script.done("No.", [])
    qtbot.waitUntil(lambda: answer.finished)


def test_many_small_pieces_arrive_whole_and_in_order(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Count")
    script.sources([])
    for n in range(500):
        script.delta(f"{n} ")
    wanted = "".join(f"{n} " for n in range(500))
    qtbot.waitUntil(lambda: answer.view.text == wanted)
    script.done(wanted, [])
    qtbot.waitUntil(lambda: answer.finished)


def test_a_chip_opens_the_source_and_ctrl_the_original(
    asked: Callable[[str], Answer], desk: Desk, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.sources([citation(1)])
    script.done("Two months' rent [1].", [citation(1)])
    qtbot.waitUntil(lambda: answer.finished)
    chip = answer.chips()[0]
    with qtbot.waitSignal(desk.context.requests.place_wanted) as opened:
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert opened.args[0] == Place.of_citation(citation(1))
    with qtbot.waitSignal(desk.context.requests.original_wanted):
        qtbot.mouseClick(chip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(desk.context.requests.place_wanted):
        qtbot.keyClick(chip, Qt.Key.Key_Space)


def test_a_chip_says_everything_to_a_screen_reader(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.sources([citation(1)])
    qtbot.waitUntil(lambda: len(answer.chips()) == 1)
    chip = answer.chips()[0]
    assert chip.accessibleName() == "Source 1: lease-2024.pdf, page 3, strong"
    assert chip.accessibleDescription() == QUOTE
    assert "two months&#x27; rent" in chip.toolTip()
    script.done("x", [])
    qtbot.waitUntil(lambda: answer.finished)


def test_a_number_in_the_text_opens_its_source(
    asked: Callable[[str], Answer], desk: Desk, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.done("Rent [2].", [citation(1), citation(2)])
    qtbot.waitUntil(lambda: answer.finished)
    cursor = answer.view.document().find("2")
    assert cursor.charFormat().anchorHref() == "cite:2"
    with qtbot.waitSignal(desk.context.requests.place_wanted) as opened:
        answer.view.anchorClicked.emit(cursor.charFormat().anchorHref())
    assert opened.args[0].memory_id == "m2"


def test_stop_keeps_what_was_said(
    asked: Callable[[str], Answer], page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.sources([])
    script.delta("Two things.")
    qtbot.waitUntil(lambda: answer.view.text == "Two things.")
    assert page.composer.send.accessibleName() == "Stop the answer"
    page.composer.send.click()
    qtbot.waitUntil(lambda: answer.finished)
    assert desk.daemon.asked("cancel_ask") == [("r1",)]
    assert answer._foot_words.text() == "Stopped"
    assert page.composer.send.accessibleName() == "Ask"
    assert not page.stop()


def test_a_failed_answer_keeps_its_words_and_can_be_asked_again(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.sources([])
    script.delta("Two thi")
    script.failed(problem(title="The model stopped"))
    qtbot.waitUntil(lambda: answer.finished)
    assert answer.view.text == "Two thi"
    answer.again_wanted.emit()
    qtbot.waitUntil(lambda: len(script.requests) == 2)
    assert script.requests[1].question == "Deposit?"
    script.done("x", [])
    qtbot.waitUntil(lambda: view(page).answers()[-1].finished)


def test_a_stream_that_ends_without_a_word_is_told(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.end()
    qtbot.waitUntil(lambda: answer.finished)
    assert answer._problem is not None


def test_a_private_chat_is_marked_and_created_private(
    asked: Callable[[str], Answer], page: ChatPage, desk: Desk, script: Script, qtbot: QtBot
) -> None:
    page.new_chat(private=True)
    assert page.header.badge.isVisible()
    assert "nothing said here is remembered" in page.composer.field.placeholderText()
    asked("Between us?")
    assert desk.daemon.asked("create_chat")[0][0].private
    assert page.header.badge.isVisible()
    script.done("x", [])
    qtbot.waitUntil(lambda: view(page).answers()[-1].finished)
    page.new_chat(private=False)
    assert not page.header.badge.isVisible()


def test_a_question_that_cannot_be_put_comes_back_into_the_field(
    page: ChatPage, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["create_chat"] = problem(title="The disk is full")
    page.ask("Deposit?")
    qtbot.waitUntil(lambda: bool(desk.told))
    assert page.composer.field.toPlainText() == "Deposit?"


def test_enter_shift_enter_and_up(page: ChatPage, qtbot: QtBot) -> None:
    field = page.composer.field
    asked: list[str] = []
    page.composer.asked.disconnect()
    page.composer.asked.connect(asked.append)
    qtbot.keyClicks(field, "one")
    qtbot.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(field, "two")
    qtbot.keyClick(field, Qt.Key.Key_Enter)
    assert asked == ["one\ntwo"] and field.toPlainText() == ""
    qtbot.keyClick(field, Qt.Key.Key_Up)
    assert field.toPlainText() == "one\ntwo"


def test_the_field_grows_to_eight_lines(page: ChatPage) -> None:
    one = page.composer.field.height()
    page.composer.field.setPlainText("\n" * 3)
    four = page.composer.field.height()
    page.composer.field.setPlainText("\n" * 40)
    most = page.composer.field.height()
    assert one < four < most
    page.composer.field.setPlainText("\n" * 200)
    assert page.composer.field.height() == most


def test_a_long_chat_opens_with_its_newest_messages(
    page: ChatPage, desk: Desk, qtbot: QtBot
) -> None:
    messages = [
        p.MessageInfo(
            id=f"m{n}",
            chat="c9",
            role="assistant" if n % 2 else "person",
            text=f"words {n}",
            at=NOW,
            citations=[citation(1)] if n % 2 else [],
        )
        for n in range(200)
    ]
    desk.daemon.replies["chat"] = lambda _id: p.ChatDetail(chat=chat(9), messages=messages)
    page.open_chat(chat(9))
    qtbot.waitUntil(lambda: len(view(page).answers()) == 20)
    qtbot.waitUntil(lambda: view(page)._earlier.isVisible())
    bar = view(page).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum())
    assert view(page).answers()[-1].view.text == "words 199"
    assert view(page).answers()[0].view.text == "words 161"
    view(page)._earlier.click()
    qtbot.waitUntil(lambda: len(view(page).answers()) == 40)
    assert view(page).answers()[0].view.text == "words 121"


def test_an_answer_streams_on_while_another_chat_is_open(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    page.new_chat(private=False)
    assert page.composer.send.accessibleName() == "Ask"
    script.delta("Two.")
    script.done("Two.", [])
    qtbot.waitUntil(lambda: answer.finished)
    page.open_chat(chat(1))
    assert view(page).answers() == [answer]


def test_a_draft_stays_with_its_chat(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.done("Two.", [])
    qtbot.waitUntil(lambda: answer.finished)
    page.composer.field.setPlainText("and the")
    page.new_chat(private=False)
    assert page.composer.field.toPlainText() == ""
    page.open_chat(chat(1))
    assert page.composer.field.toPlainText() == "and the"


def test_first_run_says_what_to_do(page: ChatPage, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["status"] = status(memories=0)
    desk.daemon.say_changed(p.Change.STATUS)
    qtbot.waitUntil(lambda: page.empty.add.isVisible())
    assert page.empty.title.text() == "Nothing to remember yet"
    desk.daemon.replies["add_samples"] = p.AddReply(batch="b", sources=[])
    page.empty.samples.click()
    qtbot.waitUntil(lambda: bool(desk.daemon.asked("add_samples")))


def test_the_person_may_scroll_away_while_it_streams(
    asked: Callable[[str], Answer], page: ChatPage, script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.delta("word\n\n" * 100)
    bar = view(page).verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 400 and bar.value() == bar.maximum())
    bar.setValue(10)
    script.delta("word\n\n" * 100)
    high = bar.maximum()
    qtbot.waitUntil(lambda: bar.maximum() > high)
    assert bar.value() == 10
    script.done("x", [])
    qtbot.waitUntil(lambda: answer.finished)


def test_text_can_be_selected_but_not_changed(
    asked: Callable[[str], Answer], script: Script, qtbot: QtBot
) -> None:
    answer = asked("Deposit?")
    script.done("Two months.", [])
    qtbot.waitUntil(lambda: answer.finished)
    answer.view.moveCursor(QTextCursor.MoveOperation.Start)
    assert answer.view.isReadOnly()


@pytest.mark.parametrize(
    ("strength", "dots"), [(0.0, 1), (0.3, 1), (0.4, 2), (0.5, 2), (0.75, 3), (0.9, 4), (1.0, 4)]
)
def test_dots(strength: float, dots: int) -> None:
    assert strength_dots(strength) == dots


def test_places_in_words() -> None:
    assert place_words(citation(1)) == "page 3"
    spoken = citation(1, page=None, source_kind=p.SourceKind.CONVERSATION, happened_at=None)
    assert place_words(spoken) == "chat"
    assert place_words(citation(1, page=None)) == ""


def test_count_is_kept_true_while_changes_never_pause(
    page: ChatPage, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["status"] = status(memories=105)
    event = p.Changed(seq=1, flags=[p.Change.MEMORIES])
    ticking = QTimer(page, interval=50)
    ticking.timeout.connect(lambda: desk.context.link.changed.emit(event))
    ticking.start()
    qtbot.waitUntil(lambda: page._memories == 105)
