"""Ctrl+C is noted, and takes hold where it may."""

from __future__ import annotations

import signal

import pytest

from app.commands.interrupts import noted_interrupts


def test_the_first_one_waits_for_a_good_moment() -> None:
    before = signal.getsignal(signal.SIGINT)
    done = []
    with pytest.raises(KeyboardInterrupt), noted_interrupts() as interrupts:
        interrupts.check()
        signal.raise_signal(signal.SIGINT)
        done.append("the request under way")
        interrupts.check()
        done.append("never")
    assert done == ["the request under way"]
    assert signal.getsignal(signal.SIGINT) is before


def test_the_second_one_does_not_wait() -> None:
    with pytest.raises(KeyboardInterrupt), noted_interrupts():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("it went on")
