"""Speed and use of an answer, from its first token on."""

from __future__ import annotations

from models.worker.tempo import Tempo


def _after(*seconds: float) -> Tempo:
    tempo = Tempo()
    for one in seconds:
        tempo = tempo.after_token(one)
    return tempo


def test_nothing_is_said_of_one_token() -> None:
    assert Tempo().per_s is None and Tempo().per_token(5) is None
    assert _after(100.0).per_s is None and _after(100.0).per_token(5) is None


def test_two_tokens_are_enough() -> None:
    assert _after(100.0, 100.5).per_s == 2.0
    assert _after(100.0, 100.5).per_token(700) == 700


def test_time_counts_from_the_first_token_to_the_latest() -> None:
    tempo = _after(10.0, 11.0, 11.0, 11.0, 12.0)  # three out of one pass
    assert (tempo.tokens, tempo.per_s, tempo.per_token(800)) == (5, 2.0, 200)


def test_a_clock_that_stands_still_gives_no_speed() -> None:
    assert _after(3.0, 3.0).per_s is None


def test_a_value_once_read_stays() -> None:
    one = _after(1.0)
    one.after_token(2.0)
    assert one.tokens == 1
