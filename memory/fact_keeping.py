"""Facts for the person: lists, one with its line and sources, doubts, and their word on them.

Any thread may call; rows are written by the writer thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from memory.clock import to_datetime, to_datetime_or_none, to_ms
from memory.errors import BadRequest, NotFound
from memory.facts.fold import State
from memory.facts.statements import Moment, Verdict
from memory.protocol import (
    FactChoice,
    FactDetail,
    FactDoubt,
    FactEdit,
    FactInfo,
    FactList,
    FactReview,
    FactSource,
    FactState,
)
from memory.store import facts, memories
from memory.store.db import Connection, Database
from memory.store.facts import Stored

_VERDICTS = {
    FactChoice.ACCEPT: Verdict.ACCEPTED,
    FactChoice.REJECT: Verdict.REJECTED,
    FactChoice.BOTH: Verdict.BOTH,
    FactChoice.UNDECIDED: Verdict.NONE,
}


class Facts:
    """``on_changed`` is told that facts, and memories of them, are other ones now."""

    def __init__(self, database: Database, on_changed: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_changed = on_changed

    def list(
        self,
        *,
        states: Sequence[FactState] = (),
        subject: str = "",
        relation: str = "",
        text: str = "",
        limit: int = 200,
        offset: int = 0,
    ) -> FactList:
        """Facts that fit, the person's own first."""
        with self._database.read() as c:
            found, total = facts.listing(
                c, states=[State(one) for one in states], subject=subject, relation=relation,
                text=text, limit=limit, offset=offset,
            )  # fmt: skip
            counts = facts.counts(c)
        return FactList(
            facts=[info(fact) for fact in found],
            total=total,
            current=counts[State.CURRENT],
            past=counts[State.PAST],
            doubtful=counts[State.DOUBTFUL],
        )

    def get(self, fact_id: str) -> FactDetail:
        """A fact with its line and sources.

        Raises:
            NotFound: there is no such fact.
        """
        with self._database.read() as c:
            fact = _required(c, fact_id)
            return FactDetail(
                fact=info(fact),
                line=[info(one) for one in facts.of_topic(c, fact.topic)],
                sources=sources_of(c, fact_id),
            )

    def review(self, limit: int = 50) -> FactReview:
        """What waits for the person's word, newest first."""
        with self._database.read() as c:
            found, total = facts.listing(c, states=[State.DOUBTFUL], limit=limit)
            doubts = []
            for fact in found:
                against = facts.get(c, fact.contradicts) if fact.contradicts else None
                doubts.append(
                    FactDoubt(
                        fact=info(fact),
                        against=None if against is None else info(against),
                        sources=sources_of(c, fact.id),
                        against_sources=sources_of(c, against.id) if against else [],
                    )
                )
        return FactReview(doubts=doubts, total=total)

    def decide(self, fact_id: str, choice: FactChoice) -> FactDetail:
        """The person's word: true, not true, or true beside what it seems to contradict; or
        their word taken back.

        Raises:
            NotFound: there is no such fact.
        """

        def work(c: Connection) -> None:
            fact = _required(c, fact_id)
            facts.decide(c, fact_id, _VERDICTS[choice])
            facts.refold(c, [fact.topic])

        return self._changed(fact_id, work)

    def edit(self, fact_id: str, edit: FactEdit) -> FactDetail:
        """The person's own words; the turns it rests on stay as they were said.

        Raises:
            NotFound: there is no such fact.
            BadRequest: there is nothing to change, or it would end before it begins.
        """
        value = edit.value.strip() if edit.value else None
        begins, ends = _day(edit.valid_from), _day(edit.valid_to)
        if value is None and begins is None and ends is None:
            raise BadRequest("Nothing to change", "No value and no date was given.", "Give one.")

        def work(c: Connection) -> None:
            fact = _required(c, fact_id)
            first, last = begins or fact.begins, ends
            if first and last and last.ms < first.ms:
                raise BadRequest(
                    "These dates do not fit", "It would end before it begins.", "Check the dates."
                )
            facts.correct(c, fact_id, value, begins, ends)
            facts.refold(c, [fact.topic])

        return self._changed(fact_id, work)

    def _changed(self, fact_id: str, work: Callable[[Connection], None]) -> FactDetail:
        self._database.write(work)
        self._on_changed()
        return self.get(fact_id)


def info(fact: Stored) -> FactInfo:
    """A fact as the channel shows it."""
    return FactInfo(
        id=fact.id,
        memory=fact.memory_id,
        subject=fact.subject,
        relation=fact.relation,
        slot=fact.slot,
        value=fact.value,
        detail=fact.detail,
        text=fact.text,
        state=FactState(fact.state),
        valid_from=to_datetime_or_none(fact.begins.ms if fact.begins else None),
        valid_from_days=fact.begins.days if fact.begins else None,
        valid_to=to_datetime_or_none(fact.ends.ms if fact.ends else None),
        valid_to_days=fact.ends.days if fact.ends else None,
        said_at=to_datetime(fact.said_ms),
        learnt_at=to_datetime(fact.learnt_ms),
        confidence=fact.confidence,
        doubt=fact.doubt,
        superseded_by=fact.superseded_by,
        contradicts=fact.contradicts,
    )


def sources_of(c: Connection, fact_id: str) -> list[FactSource]:
    """The sentences a fact rests on."""
    said = facts.statements_of(c, fact_id)
    rows = memories.get_many(c, [memory_id for memory_id, _one in said])
    return [
        FactSource(
            memory=memory_id,
            source=row.memory.source_id,
            source_kind=row.source_kind,
            source_title=row.source_title,
            ref=row.memory.ref,
            speaker=row.memory.speaker,
            text=row.memory.text[one.start : one.end],
            start=one.start,
            end=one.end,
            said_at=to_datetime(one.said_ms),
            confidence=one.confidence,
        )
        for memory_id, one in said
        if (row := rows.get(memory_id)) is not None
    ]


def _required(c: Connection, fact_id: str) -> Stored:
    fact = facts.get(c, fact_id)
    if fact is None:
        raise NotFound(
            "This fact is gone",
            "What it rested on was forgotten, or it became part of another one.",
            "Refresh the list.",
            item=fact_id,
        )
    return fact


def _day(when: datetime | None) -> Moment | None:
    return None if when is None else Moment(to_ms(when), 1)
