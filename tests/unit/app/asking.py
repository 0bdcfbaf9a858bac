"""Answers a test writes itself: the stream of one question, event by event."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from memory import protocol as p
from tests.unit.app.factories import NOW

QUOTE = "The deposit is two months' rent and comes back within thirty days of moving out."


def citation(n: int = 1, **changes: Any) -> p.Citation:
    given: dict[str, Any] = {
        "n": n,
        "memory": f"m{n}",
        "source": "/papers/lease-2024.pdf",
        "source_id": f"s{n}",
        "source_title": "lease-2024.pdf",
        "source_kind": p.SourceKind.FILE,
        "page": 3,
        "start": 0,
        "end": 120,
        "quote": QUOTE,
        "quote_start": 0,
        "quote_end": len(QUOTE),
        "strength": 0.8,
        "happened_at": NOW - timedelta(days=40),
    }
    return p.Citation(**{**given, **changes})


def looked(**changes: Any) -> p.Looked:
    """Two more looks, of which the first found something."""
    look = {"clues": [], "dropped": 0, "new": [], "draft_ms": 1200.0, "recall_ms": 30.0}
    looks = [
        {**look, "number": 2, "questions": ["Who owned the <b>mill</b>?"], "new": ["m7"]},
        {**look, "number": 3, "questions": [], "clues": ["Petra sold it."], "dropped": 2},
    ]
    given = {"hard": ["unsure", "linked"], "looks": looks, "end": "nothing_new", "took_ms": 2460.0}
    return p.Looked.model_validate({**given, **changes})


def chat(number: int = 1, **changes: Any) -> p.ChatInfo:
    given: dict[str, Any] = {
        "id": f"c{number}",
        "title": f"Chat {number}",
        "private": False,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return p.ChatInfo(**{**given, **changes})


class Script:
    """Hand ``ask`` to a stand-in's replies; then say what the daemon says."""

    def __init__(self) -> None:
        self.requests: list[p.AskRequest] = []
        self.closed = False
        self._events: queue.Queue[p.AskEvent | None] = queue.Queue()
        self._seq = 0

    @contextmanager
    def ask(self, request: p.AskRequest) -> Iterator[Iterator[p.AskEvent]]:
        self.requests.append(request)
        try:
            yield iter(self._events.get, None)  # type: ignore[misc]
        finally:
            self.closed = True

    def cancel(self, _request_id: str) -> None:
        """For ``cancel_ask``: what had been said stays."""
        self.done("Two things.", [], stopped=True)

    def stage(self, stage: str) -> None:
        self._put(p.AskStage, stage=stage)

    def sources(self, citations: list[p.Citation]) -> None:
        self._put(p.AskSources, citations=citations, searched=48_210, took_ms=12.0)

    def looked(self, look: p.Look) -> None:
        self._put(p.AskLooked, look=look)

    def delta(self, text: str) -> None:
        self._put(p.AskDelta, text=text)

    def done(self, answer: str, citations: list[p.Citation], **changes: Any) -> None:
        given: dict[str, Any] = {"model": None, "quotation": True, "took_ms": 120.0}
        self._put(p.AskDone, answer=answer, citations=citations, **{**given, **changes})
        self.end()

    def failed(self, problem: p.Problem) -> None:
        self._put(p.AskFailed, problem=problem)
        self.end()

    def end(self) -> None:
        self._events.put(None)

    def _put(self, kind: type[Any], **fields: Any) -> None:
        self._seq += 1
        self._events.put(kind(seq=self._seq, request="r1", **fields))
