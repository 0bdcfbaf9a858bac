from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memory.quotable import pieces


def _cut(text: str, heading: str | None = None, *, code: bool = False) -> list[str]:
    return [text[p.start : p.end] for p in pieces(text, heading, code=code)]


def test_headings_are_never_quoted_alone_or_with_a_sentence() -> None:
    lease = "3 Deposit\n\nThe tenants pay 1,361 pounds. It is returned within ten days of the end."
    assert _cut(lease, "Agreement › 3 Deposit")[0] == "The tenants pay 1,361 pounds."
    assert _cut(lease)[0] == "The tenants pay 1,361 pounds."
    glued = "3 Deposit The tenants pay 1,361 pounds."
    assert _cut(glued, "Agreement › 3 Deposit") == ["The tenants pay 1,361 pounds."]
    assert _cut("# Jam\n\nMakes seven jars.\n\n## Notes\n\nRunny.") == [
        "Makes seven jars.",
        "Runny.",
    ]
    assert _cut("The garden\n----------\nRoses grow there.") == ["Roses grow there."]
    assert _cut("PLOT 27\n\nFrost on the window.") == ["Frost on the window."]
    assert _cut("4 Use of the flat\n\n1. It is a home.\n\n2. One dog.") == [
        "It is a home.",
        "One dog.",
    ]


def test_a_text_that_is_all_headings_or_short_lines_can_still_be_quoted() -> None:
    assert _cut("# Jam") == ["# Jam"]
    assert _cut("Milk\n\nEggs\n\nBread") == ["Milk", "Eggs", "Bread"]
    assert _cut("2 February 2025\nFrost on the inside of the shed window.") == [
        "2 February 2025", "Frost on the inside of the shed window."]  # fmt: skip
    assert _cut("") == _cut(" \n ") == []


def test_rows_items_and_lines_of_code_stand_for_themselves() -> None:
    rows = "Date: 2025-04-02; Paid to: Fletcher; Paid by: card\n" * 2
    assert _cut(rows) == rows.split("\n")[:2]
    table = "| Year | Sugar |\n| ---- | ----- |\n| 2022 | 1000 g |\n| 2023 | 800 g |"
    assert _cut(table) == ["| 2022 | 1000 g |", "| 2023 | 800 g |"]
    items = "- 800 g sugar (it was\n  too sweet)\n- juice of two lemons\n3) one star anise"
    assert _cut(items) == ["800 g sugar (it was\n  too sweet)", "juice of two lemons",
                           "one star anise"]  # fmt: skip
    code = 'def beats(key):\n    """Beats per second. Positive\n    means wide."""\n    return 2'
    assert _cut(code, code=True) == [
        "def beats(key):",
        "Beats per second.",
        "Positive\n    means wide.",
        "return 2",
    ]
    fenced = "Start it so.\n\n```\nmake all\nmake test\n```\n\nThen wait."
    assert _cut(fenced) == ["Start it so.", "make all", "make test", "Then wait."]


def test_wrapped_lines_stay_one_sentence_and_quotation_marks_are_left_out() -> None:
    text = "> Grandmother stirred with the handle of the spoon\n> for tasting. I do it too."
    assert _cut(text)[0].startswith("Grandmother") and len(_cut(text)) == 2
    letter = "Maren Holt and Theo Lindqvist, 14 Harbour Terrace\nThe rent is paid. It is late."
    assert _cut("We went home on the long road by the\nsea. Then it rained for two days.")[0] == (
        "We went home on the long road by the\nsea.")  # fmt: skip
    assert _cut(letter)[-1] == "It is late."


@given(
    st.text(alphabet="ab. \n#-|:;1>`\"'*Ä3)", max_size=120),
    st.sampled_from([None, "a", "a › b"]),
    st.booleans(),
)
def test_pieces_are_exact_in_order_and_never_overlap(
    text: str, heading: str | None, code: bool
) -> None:
    found = pieces(text, heading, code=code)
    at = 0
    for piece in found:
        assert at <= piece.start < piece.end <= len(text)
        quoted = text[piece.start : piece.end]
        assert quoted == quoted.strip()
        at = piece.end
    assert bool(found) == bool(text.strip())
