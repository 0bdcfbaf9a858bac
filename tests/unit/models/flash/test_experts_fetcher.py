"""Readers: what is needed now before what may be needed, and failures for who ordered."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from models.flash.fetcher import Fetcher
from models.flash.spans import Span

WAIT_S = 60


class _Flash:
    """A device whose reads wait for a permit each, so that a test says when they happen."""

    def __init__(self) -> None:
        self.begun: list[int] = []
        self.broken: set[int] = set()
        self._permits = threading.Semaphore(0)
        self._news = threading.Condition()

    def load(self, span: Span) -> None:
        with self._news:
            self.begun.append(span.offset)
            self._news.notify_all()
        assert self._permits.acquire(timeout=WAIT_S)
        if span.offset in self.broken:
            raise OSError(5, "the device failed")

    def free(self, span: Span) -> None:
        self.load(Span(-span.offset, span.length))

    def permit(self, reads: int = 1) -> None:
        self._permits.release(reads)

    def until_begun(self, count: int) -> None:
        with self._news:
            assert self._news.wait_for(lambda: len(self.begun) >= count, WAIT_S)


@pytest.fixture
def flash() -> _Flash:
    return _Flash()


@pytest.fixture
def fetcher(flash: _Flash) -> Iterator[Fetcher[str]]:
    made: Fetcher[str] = Fetcher(flash.load, flash.free, readers=1)
    yield made
    flash.permit(1000)
    made.close()


def _spans(*offsets: int) -> tuple[Span, ...]:
    return tuple(Span(at, 10) for at in offsets)


def test_what_is_needed_now_goes_first(flash: _Flash, fetcher: Fetcher[str]) -> None:
    fetcher.order("first", _spans(1))
    flash.until_begun(1)
    fetcher.order("soon", _spans(20, 21), early=True)
    fetcher.order("later", _spans(30), early=True)
    fetcher.order("now", _spans(40, 41))
    flash.permit(6)
    fetcher.wait(["first", "soon", "later", "now"])
    assert flash.begun == [1, 40, 41, 20, 21, 30]
    assert fetcher.fetched_bytes == 60
    assert fetcher.coming() == set()


def test_what_was_foreseen_can_be_hurried(flash: _Flash, fetcher: Fetcher[str]) -> None:
    fetcher.order("first", _spans(1))
    flash.until_begun(1)
    fetcher.order("a", _spans(10), early=True)
    fetcher.order("b", _spans(20, 21), early=True)
    fetcher.hurry(["b", "unknown"])
    flash.permit(3)
    fetcher.wait(["b"])
    flash.until_begun(4)
    assert flash.begun == [1, 20, 21, 10]
    assert fetcher.coming() == {"a"}


def test_what_was_foreseen_in_vain_is_not_read(flash: _Flash, fetcher: Fetcher[str]) -> None:
    fetcher.order("begun", _spans(1, 2), early=True)
    flash.until_begun(1)
    fetcher.order("a", _spans(10), early=True)
    fetcher.order("b", _spans(20), early=True)
    fetcher.order("now", _spans(30))
    assert fetcher.cancel_early(but=["b"]) == ["a"]
    flash.permit(4)
    fetcher.wait(["begun", "b", "now"])
    assert 10 not in flash.begun
    assert fetcher.cancel_early() == []


def test_a_failure_is_told_and_can_be_forgotten(flash: _Flash, fetcher: Fetcher[str]) -> None:
    flash.broken = {10}
    fetcher.order("bad", _spans(10, 11, 12))
    fetcher.order("good", _spans(20))
    flash.permit(2)
    fetcher.wait(["bad", "good"])
    assert flash.begun == [10, 20]  # the rest of it is not tried
    failures = fetcher.forget_failures()
    assert set(failures) == {"bad"} and isinstance(failures["bad"], OSError)
    assert fetcher.forget_failures() == {}
    flash.broken = set()
    fetcher.order("bad", _spans(10, 11, 12))
    flash.permit(3)
    fetcher.wait(["bad"])
    assert fetcher.forget_failures() == {}


def test_what_goes_goes_before_anything_comes(flash: _Flash, fetcher: Fetcher[str]) -> None:
    fetcher.order("first", _spans(1))
    flash.until_begun(1)
    fetcher.order("now", _spans(20))
    fetcher.drop("old", _spans(5, 6))
    flash.permit(4)
    fetcher.wait(["now"])
    fetcher.wait_dropped()
    assert flash.begun == [1, -5, -6, 20]


def test_what_is_being_dropped_is_read_anew_only_afterwards(
    flash: _Flash, fetcher: Fetcher[str]
) -> None:
    fetcher.drop("a", _spans(5))
    flash.until_begun(1)
    again = threading.Thread(target=fetcher.order, args=("a", _spans(5)))
    again.start()
    with pytest.raises(ValueError, match="on its way"):
        fetcher.drop("a", _spans(5))
    flash.permit(2)
    again.join(WAIT_S)
    fetcher.wait(["a"])
    assert flash.begun == [-5, 5]


def test_nothing_is_ordered_twice(flash: _Flash, fetcher: Fetcher[str]) -> None:
    fetcher.order("a", _spans(1))
    with pytest.raises(ValueError, match="on its way"):
        fetcher.order("a", _spans(1))
    fetcher.order("nothing to read", ())
    fetcher.wait(["nothing to read"])
    assert fetcher.coming() == {"a"}


def test_closing_leaves_what_was_not_begun(flash: _Flash) -> None:
    fetcher: Fetcher[int] = Fetcher(flash.load, flash.free, readers=2)
    for key in range(5):
        fetcher.order(key, _spans(key))
    flash.until_begun(2)
    closing = threading.Thread(target=fetcher.close)
    closing.start()
    while not fetcher._closing:
        pass
    flash.permit(2)
    closing.join(WAIT_S)
    assert not closing.is_alive() and len(flash.begun) == 2
