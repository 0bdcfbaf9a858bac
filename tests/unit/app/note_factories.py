"""Links and versions with believable content, for tests of the window."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from memory import protocol as p
from tests.unit.app.factories import NOW, TEXTS, memory

WHYS = (
    (p.LinkReason.TOLD_ANEW, ["plan"], "the same plan, told anew"),
    (p.LinkReason.NAMES, ["Mira"], "both name Mira"),
    (p.LinkReason.MEANING, ["photographs", "lake"], "close in meaning: photographs and lake"),
    (p.LinkReason.SUPERSEDED, ["Friday"], "what held before: Friday"),
    (p.LinkReason.MEANING, [], "close in meaning"),
)


def end(number: int = 0, **changes: Any) -> p.LinkEnd:
    given: dict[str, Any] = {
        "memory": memory(number).id,
        "kind": p.MemoryKind.NOTE,
        "title": "",
        "text": TEXTS[number % len(TEXTS)],
        "source": "s1",
        "source_title": "note of 3 May",
        "said_at": NOW - timedelta(days=number),
    }
    return p.LinkEnd(**{**given, **changes})


def link(number: int) -> p.LinkInfo:
    reason, said, why = WHYS[number % len(WHYS)]
    return p.LinkInfo(
        to=end(number + 1), reason=reason, words=list(said), why=why, weight=1.0 - number / 10
    )


def links(memory_id: str = "", count: int = 5, **changes: Any) -> p.MemoryLinks:
    """Of the memory with this id."""
    number = int(memory_id[3:] or 0) if memory_id else 0
    topic = end(40, kind=p.MemoryKind.TOPIC, title="Deposit, two months' rent, cleaning")
    given: dict[str, Any] = {
        "memory": end(number),
        "keywords": ["deposit", "months' rent", "cleaning", "moving"],
        "tags": ["money", "home", "plan", "Mira", "told anew"],
        "context": p.NoteContext(topic=topic, anew=end(3)),
        "version": 2,
        "versions": 2,
        "links": [link(number + n) for n in range(count)],
    }
    return p.MemoryLinks(**{**given, **changes})


def versions(memory_id: str = "") -> p.NoteVersions:
    first = p.NoteVersion(
        version=1, keywords=["deposit", "months' rent", "cleaning"], tags=["money", "home", "Mira"],
        context=p.NoteContext(), cause=p.NoteCause.FIRST, because=None, at=NOW - timedelta(days=9),
    )  # fmt: skip
    later = first.model_copy(
        update={
            "version": 2,
            "tags": [*first.tags, "told anew"],
            "cause": p.NoteCause.TOLD_ANEW,
            "because": end(3),
            "at": NOW - timedelta(days=1),
        }
    )
    return p.NoteVersions(memory=memory_id or memory().id, versions=[first, later])
