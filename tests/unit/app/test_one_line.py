"""Markdown as one line of a list, and paths as people write them."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import markdown, words
from app.one_line import is_marked_up, one_line, plain
from app.tokens import LIGHT
from memory.protocol import SourceKind


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# Quince jam", "Quince jam"),
        ("# Quince jam\n\nFrom the tree.", "Quince jam: From the tree."),
        ("## Ready?\nYes.", "Ready? Yes."),
        (
            "## What goes in\n\n- 800 g **sugar**\n- one `star`",
            "What goes in: 800 g sugar · one star",
        ),
        ("| Year | Sugar |\n| ---- | ---: |\n| 2024 | 800 g |", "· Year, Sugar · 2024, 800 g"),
        ("> quoted\n> twice", "quoted twice"),
        ("5 - 3 * 2 is #1, __init__ too", "5 - 3 * 2 is #1, __init__ too"),
        ("", ""),
    ],
)
def test_signs_go_and_words_stay(text: str, shown: str) -> None:
    assert one_line(text) == shown


@given(st.text(alphabet="ab #*`|->_\n", max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    def letters(found: str) -> str:
        return "".join(c for c in found if c.isalpha())

    assert letters(one_line(text)) == letters(text)
    assert "\n" not in one_line(text)


_TERM = "The tenancy begins on 1 April 2024 and runs for twelve months. Then it goes on."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"1 Term\n\n{_TERM}", f"1 Term: {_TERM}"),
        (f"Tenancy agreement\n\n1 Term\n\n{_TERM}", f"Tenancy agreement: 1 Term: {_TERM}"),
        (f"It is so.\n\n{_TERM}", f"It is so. {_TERM}"),
        ("milk\n\neggs\n\nflour", "milk eggs flour"),
        (f"{_TERM}\n\n2 Rent", f"{_TERM} 2 Rent"),
        ("1 Term", "1 Term"),
        ("", ""),
    ],
)
def test_headings_of_a_laid_out_text_stand_apart(text: str, shown: str) -> None:
    assert plain(text, SourceKind.FILE, "/papers/lease.PDF") == shown


def test_code_is_left_as_it_is() -> None:
    code = "import math\n\n" + "x = 1\n" * 30
    assert plain(code, SourceKind.FILE, "/tools/pitch.py") == code


def test_only_markdown_is_taken_for_markdown() -> None:
    assert is_marked_up(SourceKind.CONVERSATION, "Workshop")
    assert is_marked_up(SourceKind.FILE, "/papers/Jam.MD")
    assert plain("# not a heading", SourceKind.FILE, "/tools/pitch.py") == "# not a heading"
    assert not is_marked_up(SourceKind.FILE, None)


def test_paths_in_the_home_folder() -> None:
    home = os.sep + os.path.join("home", "maren")
    inside = os.path.join(home, "Papers", "lease.pdf")
    assert words.path(inside, home) == os.path.join("~", "Papers", "lease.pdf")
    assert words.path(home, home) == "~"
    assert words.path(home + "-old", home) == home + "-old"
    assert words.path(inside, "") == inside or "~" in words.path(inside, "")


def test_headings_of_a_passage_are_no_larger_than_its_text() -> None:
    shown = markdown.passage("# Jam\n\nSeven **jars**.", LIGHT, 13)
    assert "<p><b>Jam</b></p>" in shown and "<h1>" not in shown.partition("</style>")[2]
    assert "&lt;script&gt;" in markdown.passage("<script>", LIGHT, 13)
