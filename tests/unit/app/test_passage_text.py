"""Counting as Qt counts, and the part of a text around a passage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from app.passage_text import part_around, units


def test_short_text_is_shown_whole() -> None:
    part = part_around("one\ntwo\nthree", 4, 7)
    assert (part.text, part.mark) == ("one\ntwo\nthree", (4, 7))
    assert not part.more_before and not part.more_after


def test_long_text_is_cut_at_lines_around_the_passage() -> None:
    whole = "".join(f"line {n}\n" for n in range(5000))
    start = whole.index("line 2500\n")
    part = part_around(whole, start, start + 9, 2000)
    assert len(part.text) <= 2000
    assert part.text.startswith("line ") and part.more_before and part.more_after
    assert part.text[part.mark[0] : part.mark[1]] == "line 2500"


@given(st.text(alphabet="ab \n😀é", max_size=200), st.integers(0, 220), st.integers(0, 220))
def test_the_mark_is_the_passage(whole: str, one: int, other: int) -> None:
    low, high = sorted((min(one, len(whole)), min(other, len(whole))))
    part = part_around(whole, low, high, 40)
    assert whole[part.start : part.end] == part.text
    encoded = part.text.encode("utf-16-le")
    marked = encoded[part.mark[0] * 2 : part.mark[1] * 2].decode("utf-16-le")
    assert marked == whole[low:high]


def test_units_are_those_of_a_document(qtbot: QtBot) -> None:
    text = "a😀b🎉 c"
    document = QTextDocument()
    document.setPlainText(text)
    cursor = QTextCursor(document)
    cursor.movePosition(QTextCursor.MoveOperation.End)
    assert cursor.position() == units(text)


def test_positions_out_of_reach_do_no_harm() -> None:
    part = part_around("short", 90, 120)
    assert part.mark == (5, 5)
