"""The source column: the very passage, in every kind of source, and the deeds below it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage, QTextCursor
from pytestqt.qtbot import QtBot

from app.places import Place
from app.source_panel import SourcePanel, original_of
from app.source_text import turns_of
from memory import protocol as p
from tests.unit.app.asking import citation
from tests.unit.app.channel import Desk
from tests.unit.app.factories import detail, memory, problem, source

TEXT = "😀 Start.\n\n" + "Nothing here.\n" * 4000 + "The passage stands here.\n" + "After.\n" * 900
START = TEXT.index("The passage")
END = START + len("The passage stands here.")


def picture(page: int) -> p.PagePicture:
    image = QImage(300, 400, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return p.PagePicture(
        page=page,
        width=300,
        height=400,
        png_base64=base64.b64encode(bytes(buffer.data().data())).decode(),
        marks=[(30, 200, 100, 20)],
    )


@pytest.fixture
def panel(desk: Desk, qtbot: QtBot) -> SourcePanel:
    changes: dict[str, Any] = {}  # what was done to the memory stays

    def changed(memory_id: str, **more: Any) -> p.MemoryInfo:
        changes.update(more)
        return memory(1, id=memory_id, **changes)

    desk.daemon.replies.update(
        document=lambda _id: p.Document(source=source(1, format="text"), text=TEXT),
        memory=lambda memory_id: detail(changed(memory_id)),
        review=lambda memory_id, reason, **_more: changed(
            memory_id, marked_wrong=reason is p.ReviewReason.WRONG
        ),
        edit_memory=lambda memory_id, edit: changed(memory_id, pinned=edit.pinned),
        page_picture=lambda _id, page, **_more: picture(page),
    )
    made = SourcePanel(desk.context)
    qtbot.addWidget(made)
    made.resize(420, 640)
    made.show()
    return made


def place(**changes: Any) -> Place:
    return Place.of_citation(citation(1, quote_start=START, quote_end=END, **changes))


def test_text_opens_at_the_passage(panel: SourcePanel, qtbot: QtBot) -> None:
    panel.open_place(place())
    qtbot.waitUntil(lambda: panel.body.currentWidget() is panel.text)
    assert panel.text.marked_text() == "The passage stands here."
    view = panel.text.text
    marked = view.extraSelections()
    cursor = QTextCursor(marked[0].cursor)
    qtbot.waitUntil(lambda: 0 < view.cursorRect(cursor).top() < view.viewport().height())


def test_more_of_a_long_text_on_request(panel: SourcePanel, qtbot: QtBot) -> None:
    panel.open_place(place())
    qtbot.waitUntil(lambda: panel.body.currentWidget() is panel.text)
    shown = len(panel.text.text.toPlainText())
    assert shown < len(TEXT)
    panel.text.more.click()
    assert len(panel.text.text.toPlainText()) > shown
    assert panel.text.marked_text() == "The passage stands here."


def test_a_pdf_page_and_its_neighbours(panel: SourcePanel, desk: Desk, qtbot: QtBot) -> None:
    pages = [p.DocumentPage(number=n, start=n * 100, end=n * 100 + 100) for n in range(1, 8)]
    desk.daemon.replies["document"] = lambda _id: p.Document(
        source=source(1, format="pdf"), text=TEXT, pages=pages
    )
    panel.open_place(place())
    qtbot.waitUntil(lambda: panel.pdf.sheet.mark_top() is not None)
    assert panel.pdf.words.text() == "Page 3 of 7"
    asked = [c for c in desk.daemon.calls if c[0] == "page_picture"][-1]
    assert (asked[2]["start"], asked[2]["end"]) == (START, END)
    panel.pdf.down.click()
    qtbot.waitUntil(lambda: panel.pdf.sheet.accessibleName() == "Page 4")
    panel.pdf.up.click()
    panel.pdf.up.click()
    qtbot.waitUntil(lambda: panel.pdf.sheet.accessibleName() == "Page 2")


def test_a_page_that_cannot_be_drawn_falls_back_to_text(
    panel: SourcePanel, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["document"] = lambda _id: p.Document(
        source=source(1, format="pdf"), text=TEXT, pages=[p.DocumentPage(number=1, start=0, end=9)]
    )
    desk.daemon.replies["page_picture"] = problem(title="The file is not there")
    panel.open_place(place())
    qtbot.waitUntil(lambda: panel.body.currentWidget() is panel.text)
    assert panel.text.marked_text() == "The passage stands here."


def conversation() -> list[p.MemoryInfo]:
    return [
        memory(
            n,
            id=f"t{n}",
            kind=p.MemoryKind.TURN,
            ref=f"r{n // 2}" if n >= 10 else f"r{n}",
            speaker=("Mira", "Jon")[n % 2],
            source_kind=p.SourceKind.CONVERSATION,
            text=f"Turn {n} <b>said</b>.",
        )
        for n in range(30)
    ]


def test_a_conversation_with_the_cited_turn_marked(
    panel: SourcePanel, desk: Desk, qtbot: QtBot
) -> None:
    turns = conversation()
    desk.daemon.replies["memories"] = lambda _q: p.MemoryList(memories=turns[::-1], total=30)
    talk = {"source_kind": p.SourceKind.CONVERSATION, "page": None}
    panel.open_place(place(memory="t4", ref="r4", **talk))
    qtbot.waitUntil(lambda: panel.body.currentWidget() is panel.turns)
    assert panel.turns.marked_text() == "Turn 4 <b>said</b>."
    shown = panel.turns.text.toPlainText()
    assert shown.index("Turn 3 <b>") < shown.index("Turn 4 <b>") < shown.index("Turn 5 <b>")


def test_pieces_of_one_turn_are_put_together() -> None:
    turns = turns_of(conversation(), "t12", None)
    assert [t.text for t in turns if t.cited] == ["Turn 12 <b>said</b>. Turn 13 <b>said</b>."]


def test_in_a_very_long_conversation_the_neighbours_are_shown(
    panel: SourcePanel, desk: Desk, qtbot: QtBot
) -> None:
    desk.daemon.replies["memories"] = p.MemoryList(memories=[], total=9000)
    talk = {"source_kind": p.SourceKind.CONVERSATION, "page": None}
    panel.open_place(place(memory="m1", **talk))
    qtbot.waitUntil(lambda: panel.body.currentWidget() is panel.turns)
    assert panel.turns.marked_text()


def test_opening_counts_as_using_once(panel: SourcePanel, desk: Desk, qtbot: QtBot) -> None:
    for _ in range(3):
        panel.open_place(place())
    qtbot.waitUntil(lambda: panel.foot.pin.isEnabled())
    assert desk.daemon.asked("review") == [("m1", p.ReviewReason.OPENED)]


def test_pin_and_mark_wrong(panel: SourcePanel, desk: Desk, qtbot: QtBot) -> None:
    panel.open_place(place())
    qtbot.waitUntil(lambda: panel.foot.pin.isEnabled())
    panel.foot.pin.click()
    qtbot.waitUntil(lambda: panel.foot.pin.accessibleName() == "Unpin")
    panel.foot.wrong.click()
    qtbot.waitUntil(lambda: not panel.foot.wrong.isEnabled())
    assert desk.daemon.asked("review")[-1] == ("m1", p.ReviewReason.WRONG)


def test_a_source_that_is_gone_says_so(panel: SourcePanel, desk: Desk, qtbot: QtBot) -> None:
    desk.daemon.replies["document"] = problem(title="This memory was forgotten")
    panel.open_place(place())
    qtbot.waitUntil(lambda: "This memory was forgotten" in panel.notice.text())


def test_closing_tells_the_chat(panel: SourcePanel, qtbot: QtBot) -> None:
    panel.open_place(place())
    with qtbot.waitSignals([panel.opened, panel.closed]):
        panel.close_source()


def test_originals() -> None:
    assert str(original_of(place())) == "/papers/lease-2024.pdf"
    assert original_of(place(source_kind=p.SourceKind.NOTE)) is None
    assert original_of(place(source="Mira and Jon")) is None
