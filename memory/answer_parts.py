"""What the two ways of answering share: a question under way, an answer, a citation. Pure."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from memory.chats import Begun
from memory.clock import to_datetime_or_none
from memory.flags import flags_of
from memory.protocol import AskRequest, AskStage, Citation, Problem
from memory.recall.found import Found, source_name
from memory.store.portrait import Told
from memory.window import Said


@dataclass(frozen=True)
class Answer:
    """An answer before it is stored."""

    text: str
    citations: list[Citation]
    model: str | None = None
    stopped: bool = False
    problem: Problem | None = None
    learn_from: tuple[str, ...] | None = None
    used: bool = True
    """Whether citing strengthens; what is only shown as the nearest was of no use."""
    told: tuple[Told, ...] = ()
    """What of the portrait the model had read."""
    made_of: tuple[str, ...] = ()
    """Ids of the memories the model was shown."""


@dataclass
class Ask:
    """One question under way."""

    request: AskRequest
    id: str
    cancel: threading.Event
    start: float = field(default_factory=time.perf_counter)
    begun: Begun | None = None
    said: list[Said] = field(default_factory=list)
    """The chat so far as a prompt will hold it."""
    portrait: tuple[Told, ...] = ()
    """What is known about the person, the most important first, as the model may read it."""
    seq: int = 0
    draft: Callable[[], Answer] = lambda: Answer("", [])
    """The answer as far as it has come."""
    stored: bool = False
    recall: str | None = None
    """Names the list of what was found; None in a private chat."""

    def number(self) -> dict[str, Any]:
        """Sequence number and request id of the next event."""
        self.seq += 1
        return {"seq": self.seq, "request": self.id}

    def stage(self, name: str, detail: str | None = None) -> AskStage:
        return AskStage.model_validate({**self.number(), "stage": name, "detail": detail})

    @property
    def ms(self) -> float:
        return round((time.perf_counter() - self.start) * 1000, 1)


def citation(
    n: int, found: Found, span: tuple[int, int] | None = None, recall: str | None = None
) -> Citation:
    """A memory as cited; the quote is the whole memory where no sentence was chosen."""
    memory = found.row.memory
    start, end = span if span is not None else (0, len(memory.text))
    return Citation(
        n=n,
        memory=memory.id,
        source=source_name(found.row),
        source_id=memory.source_id,
        source_title=found.row.source_title,
        source_kind=found.row.source_kind,
        ref=memory.ref,
        page=memory.page,
        start=memory.start,
        end=memory.end,
        quote=memory.text[start:end],
        quote_start=memory.start + start,
        # An edited memory may be longer than its place in the source.
        quote_end=max(memory.start + start, min(memory.start + end, memory.end)),
        happened_at=to_datetime_or_none(memory.happened_ms),
        strength=found.why.get("strength", 0.0),
        flags=flags_of(found.row),
        recall=recall,
    )
