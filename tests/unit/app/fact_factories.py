"""Real protocol models of facts and the portrait, for tests of the place "You"."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from memory import protocol as p

SAID = datetime(2024, 5, 5, 12, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC)


def fact(id_: str, value: str, relation: str = "lives_in", **changes: Any) -> p.FactInfo:
    given: dict[str, Any] = {
        "id": id_,
        "memory": f"M{id_}",
        "subject": "you",
        "relation": relation,
        "slot": "",
        "value": value,
        "detail": "",
        "text": f"You live in {value}.",
        "state": p.FactState.CURRENT,
        "valid_from": None,
        "valid_from_days": None,
        "valid_to": None,
        "valid_to_days": None,
        "said_at": SAID,
        "learnt_at": SAID,
        "confidence": 0.9,
        "doubt": "",
    }
    return p.FactInfo(**{**given, **changes})


def said(text: str = "I live in Leeds.", **changes: Any) -> p.FactSource:
    given: dict[str, Any] = {
        "memory": "01J00000000000000000000001",
        "source": "s1",
        "source_kind": p.SourceKind.NOTE,
        "source_title": "Note of May",
        "ref": None,
        "speaker": None,
        "text": text,
        "start": 4,
        "end": 4 + len(text),
        "said_at": SAID,
        "confidence": 0.9,
    }
    return p.FactSource(**{**given, **changes})


def line(id_: str, text: str, **changes: Any) -> p.PortraitLine:
    given: dict[str, Any] = {
        "id": id_,
        "fact": id_,
        "text": text,
        "made": text,
        "edited": False,
        "hidden": False,
        "told": True,
        "sources": [said()],
    }
    return p.PortraitLine(**{**given, **changes})


def portrait(*lines: p.PortraitLine, on: bool = True) -> p.PortraitPage:
    section = p.PortraitSection(name="home", title="Name and home", lines=list(lines))
    hidden = sum(one.hidden for one in lines)
    return p.PortraitPage(on=on, sections=[section] if lines else [], hidden=hidden)


def listing(*facts: p.FactInfo) -> p.FactList:
    return p.FactList(facts=list(facts), total=len(facts), current=len(facts), past=0, doubtful=0)


def doubt(
    fact_: p.FactInfo, against: p.FactInfo | None = None, text: str = "My birthday is 15 August."
) -> p.FactDoubt:
    return p.FactDoubt(
        fact=fact_,
        against=against,
        sources=[said(text)],
        against_sources=[said("My birthday is 14 August.")] if against else [],
    )


def review(*doubts: p.FactDoubt) -> p.FactReview:
    return p.FactReview(doubts=list(doubts), total=len(doubts))
