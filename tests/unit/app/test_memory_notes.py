"""What a memory is about and has to do with, as a person sees it, walks along it and undoes it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.link_graph import LinkGraph, wrapped
from app.memory_notes import MemoryNotes
from memory import protocol as p
from tests.unit.app import note_factories as notes
from tests.unit.app.channel import Desk
from tests.unit.app.factories import memory, problem


@pytest.fixture
def view(desk: Desk, qtbot: QtBot) -> MemoryNotes:
    desk.daemon.replies.update(links=notes.links, note_versions=notes.versions)
    made = MemoryNotes(desk.context)
    qtbot.addWidget(made)
    made.resize(500, 700)
    return made


def shown(view: MemoryNotes, qtbot: QtBot, number: int = 0) -> MemoryNotes:
    view.show_memory(memory(number).id)
    qtbot.waitUntil(lambda: graph(view).middle == memory(number).id and not view.isHidden())
    view.show()
    return view


def graph(view: MemoryNotes) -> LinkGraph:
    return view.findChild(LinkGraph)


def button(view: QWidget, text: str) -> QPushButton:
    return next(
        one for one in view.findChildren(QPushButton)
        if one.text() == text and not one.isHidden()
    )  # fmt: skip


def middle_of(view: MemoryNotes, number: int, qtbot: QtBot) -> None:
    """Wait for a card of the picture, and click it."""
    card = graph(view).cards()[number]
    place = card.area.center().toPoint()
    qtbot.mouseClick(graph(view), Qt.MouseButton.LeftButton, pos=QPoint(place))
    qtbot.waitUntil(lambda: graph(view).middle == card.link.to.memory)


def test_keywords_and_tags_are_chips(view: MemoryNotes, qtbot: QtBot) -> None:
    shown(view, qtbot)
    assert view.chip_texts() == [
        "deposit", "months' rent", "cleaning", "moving", "money", "home", "plan", "Mira",
        "told anew",
    ]  # fmt: skip


def test_a_click_makes_another_memory_the_middle(
    view: MemoryNotes, desk: Desk, qtbot: QtBot
) -> None:
    shown(view, qtbot)
    assert len(graph(view).cards()) == 5
    middle_of(view, 1, qtbot)
    assert graph(view).middle == memory(2).id
    assert view.chip_texts()[0] == "deposit"  # the memory itself is still the one shown
    middle_of(view, 0, qtbot)
    assert graph(view).middle == memory(3).id
    for before in (memory(2).id, memory(0).id):
        qtbot.mouseClick(button(view, "Back"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda before=before: graph(view).middle == before)  # type: ignore[misc]


def test_the_middle_can_be_opened(view: MemoryNotes, qtbot: QtBot) -> None:
    shown(view, qtbot)
    middle_of(view, 0, qtbot)
    with qtbot.waitSignal(view.memory_wanted) as wanted:
        qtbot.mouseClick(button(view, "Open this memory"), Qt.MouseButton.LeftButton)
    assert wanted.args == [memory(1).id]


def test_links_are_walked_with_the_keys(view: MemoryNotes, qtbot: QtBot) -> None:
    shown(view, qtbot)
    picture = graph(view)
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    first = picture.selected
    qtbot.keyClick(picture, Qt.Key.Key_Right)
    second = picture.selected
    assert first is not None and second is not None and first != second
    assert second.why in picture.accessibleDescription()
    qtbot.keyClick(picture, Qt.Key.Key_Left)
    assert picture.selected == first
    qtbot.keyClick(picture, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: picture.middle == first.to.memory)
    qtbot.keyClick(picture, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: picture.middle == memory(0).id)


def test_a_memory_without_a_note_shows_nothing(view: MemoryNotes, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["links"] = lambda id_: notes.links(
        id_, count=0, keywords=[], tags=[], context=p.NoteContext(), version=None, versions=0
    )
    view.show_memory(memory().id)
    qtbot.waitUntil(lambda: len(desk.daemon.asked("links")) == 1)
    qtbot.waitUntil(lambda: graph(view).middle == memory().id)
    assert view.isHidden()


def test_trouble_shows_nothing_and_says_nothing(
    view: MemoryNotes, desk: Desk, qtbot: QtBot
) -> None:
    shown(view, qtbot)
    desk.daemon.replies["links"] = problem()
    view.show_memory(memory().id)
    qtbot.waitUntil(view.isHidden)


def test_a_version_is_put_back(view: MemoryNotes, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["undo_note"] = lambda id_, **_named: notes.versions(id_)
    shown(view, qtbot)
    qtbot.waitUntil(lambda: any(one.text() == "Put back" for one in view.findChildren(QPushButton)))
    qtbot.mouseClick(button(view, "Put back"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(desk.daemon.asked("links")) == 2)
    (call,) = [named for name, _args, named in desk.daemon.calls if name == "undo_note"]
    assert call == {"version": 1}


def test_what_belongs_to_it_is_opened_by_its_name(view: MemoryNotes, qtbot: QtBot) -> None:
    shown(view, qtbot)
    topic = "Deposit, two months' rent, cleaning"
    line = next(o for o in view.findChildren(QPushButton) if o.accessibleName() == topic)
    with qtbot.waitSignal(view.memory_wanted) as wanted:
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    assert wanted.args == [memory(40).id]


@pytest.mark.parametrize("count", range(6))
@pytest.mark.parametrize("width", [150, 300, 500, 900])
def test_cards_fit_and_never_touch(desk: Desk, qtbot: QtBot, count: int, width: int) -> None:
    picture = LinkGraph(desk.context.theme)
    qtbot.addWidget(picture)
    picture.resize(width, 100)
    picture.show_links(notes.links(memory().id, count=count))
    picture.resize(width, picture.heightForWidth(width))
    areas = [card.area for card in picture.cards()] + [picture.middle_area()]
    assert len(areas) == count + 1
    whole = picture.rect().toRectF()
    for at, area in enumerate(areas):
        assert whole.contains(area), (area, whole)
        assert not any(area.intersects(other) for other in areas[at + 1 :])


def test_texts_are_cut_to_their_room(desk: Desk) -> None:
    font = desk.context.theme.font()
    lines = wrapped("one two three four five six seven eight nine ten " * 5, font, 120, 3)
    assert len(lines) == 3 and lines[-1].endswith("…")
    assert wrapped("short", font, 120, 3) == ["short"]
