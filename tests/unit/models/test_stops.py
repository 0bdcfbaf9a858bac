"""Stop texts in a stream of pieces."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.stops import StopFilter


def _all(stops: list[str], pieces: list[str]) -> tuple[str, bool]:
    one = StopFilter(stops)
    shown = "".join(one.feed(piece) for piece in pieces)
    return shown + one.rest(), one.stopped


def test_across_pieces() -> None:
    assert _all(["\nQuestion:"], ["Blue.", "\nQu", "est", "ion: why"]) == ("Blue.", True)
    assert _all(["\nQuestion:"], ["Blue.", "\nQu", "ite"]) == ("Blue.\nQuite", False)
    assert _all(["ab", "b"], ["xa", "b"]) == ("x", True)
    assert _all([], ["a", "b"]) == ("ab", False)
    assert _all([""], ["a"]) == ("a", False)


def test_what_cannot_be_a_stop_is_shown_at_once() -> None:
    one = StopFilter(["END"])
    assert one.feed("hello") == "hello"
    assert one.feed("E") == ""
    assert one.feed("x") == "Ex"


@given(
    st.lists(st.text("ab", min_size=1, max_size=3), max_size=3),
    st.lists(st.text("ab", max_size=4), max_size=12),
)
def test_same_as_on_the_whole_text(stops: list[str], pieces: list[str]) -> None:
    shown, stopped = _all(stops, pieces)
    assert "".join(pieces).startswith(shown)
    assert not any(stop in shown for stop in stops)
    assert stopped == any(stop in "".join(pieces) for stop in stops)
    if not stopped:
        assert shown == "".join(pieces)
