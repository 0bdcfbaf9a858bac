"""Rows of memories: never more lines than there is room for, whatever is marked in them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.citation_chip import _NAME_CHARS, _shortened
from app.passage_row import RowPainter
from app.theme import Mode, Theme

_TEXT = (
    "You: I had a meniscus repaired on my left knee on the 4th of February. The hospital sheet "
    "says 'no deep squats for twelve weeks'. I tune pianos and spend half the day kneeling at "
    "pedals. When can I kneel again, and how long may a knee stay bent?"
)


@pytest.fixture
def painter(qtbot: QtBot) -> Iterator[RowPainter]:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme = Theme(application, Mode.LIGHT)
    yield RowPainter(theme)
    theme.deleteLater()


@pytest.mark.parametrize("marked", [[], ["knee", "kneel"], ["e"], ["a", "i", "n"], _TEXT.split()])
def test_marks_never_make_a_third_line(painter: RowPainter, marked: list[str]) -> None:
    painter.set_words(marked)
    for width in range(120, 700, 7):
        layout = painter._layout(_TEXT, width)
        assert layout.lineCount() <= painter.lines
        assert all(
            layout.lineAt(n).naturalTextWidth() <= width + 1 for n in range(layout.lineCount())
        )


def test_marking_moves_no_word(painter: RowPainter) -> None:
    plain = painter._layout(_TEXT, 420).text()
    painter.set_words(["knee"])
    layout = painter._layout(_TEXT, 420)
    assert layout.text() == plain and layout.formats()
    weights = {span.format.fontWeight() for span in layout.formats()}
    assert weights <= {0, QFont.Weight.Normal}


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Mother's seventieth", "Mother's seventieth"),
        ("Tenancy agreement, 14 Harbour Terrace, top floor", "Tenancy agreement, 14 Harbour…"),
        ("Letter to Mrs. Adeyemi about the skylight", "Letter to Mrs. Adeyemi about the…"),
        ("scan_2024-03-04_landlord_and_deposit_signed.pdf", "scan_2024-03-04_landl…t_signed.pdf"),
    ],
)
def test_long_titles_end_where_a_word_does(title: str, shown: str) -> None:
    assert _shortened(title) == shown and len(shown) <= _NAME_CHARS
