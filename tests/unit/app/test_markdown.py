"""Answers as HTML: numbers lead to sources, nothing hostile survives."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import markdown
from app.tokens import LIGHT


def html(text: str, numbers: tuple[int, ...] = (1, 2, 12)) -> str:
    return markdown.to_html(text, numbers, LIGHT)


def test_numbers_become_links_to_their_sources() -> None:
    made = html("Two months' rent [1], less cleaning [2, 12].")
    assert [made.count(f'href="cite:{n}"') for n in (1, 2, 12)] == [1, 1, 1]
    assert "[1]" not in made


def test_numbers_of_no_source_stay_text() -> None:
    made = html("See [7] and [1, 7] and [x].")
    assert "cite:" not in made
    assert "[7]" in made and "[1, 7]" in made


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src="http://example.com/x.png">',
        "![x](http://example.com/x.png)",
        "![x](file:///etc/passwd)",
        "<iframe src='x'></iframe>",
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_nothing_is_loaded_and_no_markup_passes(hostile: str) -> None:
    made = html(f"before {hostile} after\n\n{hostile}")
    assert "<script" not in made and "<img" not in made and "<iframe" not in made


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("https://example.com/a?b=1&c=2", True),
        ("mailto:mira@example.com", True),
        ("javascript:alert(1)", False),
        ("file:///etc/passwd", False),
        ("cite:1", False),
        ("data:text/html,x", False),
    ],
)
def test_only_web_and_mail_links_stay_links(target: str, kept: bool) -> None:
    assert ("href=" in html(f"[words]({target})", ())) is kept


def test_structure() -> None:
    made = html("# Head\n\n- one\n- two\n\n> said\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n`c` **d**")
    for wanted in ("<h1>Head</h1>", "<li>one</li>", "<th>a</th>", "<code>c</code>", "<b>d</b>"):
        assert wanted in made


def test_code_is_shown_as_it_is() -> None:
    assert "a &lt; b &amp;&amp; [1]" in html("```\na < b && [1]\n```")


def test_a_very_long_answer_is_shown_plain() -> None:
    made = html("# x\n" * (markdown.LONGEST // 4 + 1))
    assert made.startswith("<pre>")


@given(st.text(max_size=400))
def test_any_text_gives_some_html(text: str) -> None:
    made = html(text)
    assert "<script" not in made and "<img" not in made
