"""Statements of one topic folded into facts: what holds, since when, and what held before. Pure.

Nothing is overwritten: a fact that a newer one takes the place of keeps its text and gets an end.
The same statements give the same facts in whatever order they were read, so facts can be made
anew whenever a statement comes late or goes.

After Mem0 (arXiv 2504.19413) each statement adds, supports, ends or supersedes; but what is not
clear is neither decided nor deleted, it becomes doubtful and is put to the person. After A-MemGuard
(arXiv 2510.02373) so does what a file or somebody else says against several independent statements
that agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from memory.clock import DAY_MS
from memory.facts.relations import OPPOSITES, RELATIONS, Many
from memory.facts.statements import SURE, Mode, Moment, Statement, Verdict
from memory.facts.values import alike

SAME_TIME_MS = DAY_MS // 4
"""Two places to live told within so short a time, neither as a change: the order says nothing."""


CONSENSUS = 3
"""So many independent statements that agree are not given up for what others say."""
OUTVOTED = "outvoted"

_EXACT = frozenset("phone email address birthday age born".split())
"""Of these only the very same value is the same."""
_PEOPLE = frozenset("partner child parent sibling relative friend pet".split())
_ENDS = frozenset("works_as owns drives pet likes dislikes habit health studies avoids".split())
"""Of these the last words say what it is."""


class State(StrEnum):
    CURRENT = "current"
    PAST = "past"
    DOUBTFUL = "doubtful"
    REJECTED = "rejected"


@dataclass(slots=True, eq=False)
class Folded:
    """One fact under way or done.

    Attributes:
        begins, ends: when it came to hold and ceased to; None where nobody said.
        ended_by: "said" where somebody said so, "next" where a newer value took its place.
        next: the fact that took its place.
        against: for a doubtful one, the fact it contradicts.
        sources: the statements it rests on, in the order they were said.
    """

    subject: str
    relation: str
    slot: str
    value: str
    detail: str
    state: State
    begins: Moment | None = None
    ends: Moment | None = None
    ended_by: str = ""
    next: Folded | None = None
    against: Folded | None = None
    doubt: str = ""
    confidence: float = 0.0
    sources: list[Statement] = field(default_factory=list)

    @property
    def value_key(self) -> str:
        return self.sources[0].value_key if self.sources else ""

    @property
    def learnt_ms(self) -> int:
        return min((one.learnt_ms or one.said_ms for one in self.sources), default=0)

    @property
    def first_said_ms(self) -> int:
        return min((one.said_ms for one in self.sources), default=0)

    @property
    def last_said_ms(self) -> int:
        return max((one.said_ms for one in self.sources), default=0)

    def says(self, statement: Statement) -> bool:
        """Whether a statement speaks of this value, perhaps less or more closely."""
        keys = {one.value_key for one in self.sources}
        if statement.value_key in keys:
            return True
        ends = self.relation in _ENDS
        if self.relation not in _EXACT and any(
            alike(statement.value_key, key, ends=ends) for key in keys
        ):
            return True
        # "My sister" and "my sister Mara" are one; "the dog" is the one with a name.
        unnamed = statement.value_key == statement.detail or self.value.lower() == self.detail
        return (
            bool(self.detail) and unnamed and self.detail in (statement.detail, statement.value_key)
        )

    def support(self, statement: Statement) -> None:
        self.sources.append(statement)
        self.confidence = max(self.confidence, statement.confidence)
        if statement.begins and (self.begins is None or statement.begins.ms < self.begins.ms):
            self.begins = statement.begins
        named = statement.value_key != statement.detail
        longer = len(statement.value_key.split()) > len(self.value.split())
        if statement.value and named and (self.value.lower() == self.detail or longer):
            self.value = statement.value
        self.detail = self.detail or statement.detail


def fold(statements: Iterable[Statement]) -> list[Folded]:
    """Facts of one topic, in the order they were first told."""
    ordered = sorted(statements, key=lambda one: (one.said_ms, one.id))
    facts: list[Folded] = []
    if not ordered:
        return facts
    relation = RELATIONS.get(ordered[0].relation)
    many = relation.many if relation else Many.SET
    for one in ordered:
        _take(facts, one, many)
    return facts


def _take(facts: list[Folded], one: Statement, many: Many) -> None:
    if one.verdict is Verdict.REJECTED:
        _apart(facts, one, State.REJECTED, "")
    elif one.confidence < SURE and one.verdict is Verdict.NONE:
        _unsure(facts, one)
    elif one.mode is Mode.IS:
        _holds(facts, one, many)
    elif one.mode is Mode.WAS:
        _held(facts, one)
    else:
        _ended(facts, one)


def _current(facts: Sequence[Folded]) -> list[Folded]:
    return [fact for fact in facts if fact.state is State.CURRENT]


def _saying(facts: Sequence[Folded], one: Statement, state: State) -> Folded | None:
    same = [fact for fact in facts if fact.state is state and fact.says(one)]
    exact = [fact for fact in same if any(s.value_key == one.value_key for s in fact.sources)]
    found = exact or same
    return found[-1] if found else None


def _new(one: Statement, state: State, **more: object) -> Folded:
    made = Folded(
        one.subject, one.relation, one.slot, one.value, one.detail, state, begins=one.begins,
        ends=one.ends, confidence=one.confidence, sources=[one],
    )  # fmt: skip
    for name, value in more.items():
        setattr(made, name, value)
    return made


def _apart(facts: list[Folded], one: Statement, state: State, doubt: str) -> Folded:
    """A fact outside the chain; the same claim again joins it."""
    found = _saying(facts, one, state)
    if found is not None:
        found.support(one)
        return found
    facts.append(_new(one, state, doubt=doubt))
    return facts[-1]


def _unsure(facts: list[Folded], one: Statement) -> None:
    """What was only guessed supports what is known, and else waits for the person."""
    known = _saying(facts, one, State.CURRENT)
    if one.mode is not Mode.IS:
        return
    if known is not None:
        known.sources.append(one)
    else:
        _apart(facts, one, State.DOUBTFUL, "unsure")


def _holds(facts: list[Folded], one: Statement, many: Many) -> None:
    same = _saying(facts, one, State.CURRENT)
    if same is not None:
        same.support(one)
        if one.ends is not None:
            _end(same, one)
        return
    if one.ends is not None:  # the person set its end by hand
        facts.append(_new(one, State.PAST, ended_by="said"))
        return
    waiting = _saying(facts, one, State.DOUBTFUL)
    if waiting is not None and one.confidence >= SURE and _is_settled(waiting, one):
        facts.remove(waiting)  # said for sure by now
        made = _new(one, State.CURRENT)
        made.sources = [*waiting.sources, one]
    else:
        made = _new(one, State.CURRENT)
    before = _current(facts)
    if many is Many.SET:
        _beside(facts, made, one)
        return
    if one.verdict is Verdict.BOTH or not before:
        facts.append(made)
        return
    old = next((f for f in reversed(before) if not _is_both(f)), None)
    if old is None:
        facts.append(made)
    elif _is_outvoted(old, one):
        made.state, made.doubt, made.against = State.DOUBTFUL, OUTVOTED, old
        _join_doubtful(facts, made)
    elif one.corrects or (many is Many.FIXED and one.verdict is Verdict.ACCEPTED):
        _close(old, made, corrected=True)
        facts.append(made)
    elif one.verdict is Verdict.NONE and (doubt := _doubt(old, one, many)):
        made.state, made.doubt, made.against = State.DOUBTFUL, doubt, old
        _join_doubtful(facts, made)
    elif _is_earlier(one, old):
        made.state, made.ends, made.ended_by, made.next = State.PAST, old.begins, "next", old
        facts.append(made)
    else:
        _close(old, made)
        facts.append(made)


def _is_settled(waiting: Folded, one: Statement) -> bool:
    """Whether what waits for the person is said now by somebody who must know."""
    if waiting.doubt == OUTVOTED:
        return one.own
    return waiting.doubt == "unsure"


def _is_outvoted(old: Folded, one: Statement) -> bool:
    """Whether a statement of little trust goes against several independent ones that agree."""
    if one.own or one.verdict is not Verdict.NONE:
        return False
    agreeing = {
        said.origin
        for said in old.sources
        if said.origin and said.mode is Mode.IS and said.confidence >= SURE
    }
    return len(agreeing) >= CONSENSUS


def _beside(facts: list[Folded], made: Folded, one: Statement) -> None:
    """A value among others; where it was told as a change, in the place of one of them: a plan of
    the same kind ("to Porto instead"), a person's former name."""
    if one.verdict is not Verdict.BOTH:
        same = [fact for fact in _current(facts) if _is_same_plan(fact, one)]
        if same and one.corrects and not _is_outvoted(same[-1], one):
            _close(same[-1], made)
        for fact in facts:
            if fact.state is State.PAST and fact.next is None and _ended_with(fact, one):
                fact.next = made
    facts.append(made)


def _is_same_plan(fact: Folded, one: Statement) -> bool:
    """Both say to do the same thing, such as to go somewhere, one way or another."""
    if fact.relation != "plan" or fact.detail != one.detail:
        return False
    return fact.value.lower().split()[:2] == one.value.lower().split()[:2]


def _ended_with(fact: Folded, one: Statement) -> bool:
    """Whether the very sentence that tells of a value ended this one."""
    last = fact.sources[-1]
    return (
        one.relation in _PEOPLE
        and last.mode is Mode.ENDED
        and (last.said_ms, last.start, last.end) == (one.said_ms, one.start, one.end)
    )


def _is_both(fact: Folded) -> bool:
    return any(one.verdict is Verdict.BOTH for one in fact.sources)


def _doubt(old: Folded, one: Statement, many: Many) -> str:
    """Why it is not clear which of two values holds; empty where it is."""
    if many is Many.FIXED:
        return "contradicts"
    near = one.said_ms - old.last_said_ms < SAME_TIME_MS
    return "unclear order" if near and not one.changes and one.begins is None else ""


def _is_earlier(one: Statement, old: Folded) -> bool:
    """Whether what is told now began before what is known did, and that was told as a change."""
    if one.begins is None or old.begins is None:
        return False
    return (
        one.begins.ms + one.begins.days * DAY_MS <= old.begins.ms and one.said_ms < old.last_said_ms
    )


def _join_doubtful(facts: list[Folded], made: Folded) -> None:
    waiting = _saying(facts, made.sources[-1], State.DOUBTFUL)
    if waiting is None:
        facts.append(made)
    else:
        waiting.support(made.sources[-1])


def _close(old: Folded, new: Folded, *, corrected: bool = False) -> None:
    old.next = new
    if corrected:
        old.state, old.ended_by = State.REJECTED, "corrected"
        return
    old.state, old.ended_by = State.PAST, "next"
    old.ends = new.begins or Moment(new.first_said_ms, 30)


def _held(facts: list[Folded], one: Statement) -> None:
    """ "I used to live in Berlin"."""
    now = _saying(facts, one, State.CURRENT)
    if now is not None:
        if not _is_outvoted(now, one):
            _end(now, one)
        return
    past = _saying(facts, one, State.PAST)
    if past is not None:
        past.support(one)
        past.ends = past.ends or one.ends
        return
    facts.append(_new(one, State.PAST, ended_by="said"))


def _ended(facts: list[Folded], one: Statement) -> None:
    current = _current(facts)
    ending = current if not one.value else [fact for fact in current if fact.says(one)]
    for fact in ending:
        if not _is_outvoted(fact, one):
            _end(fact, one)
    if ending or not one.value or one.mode is Mode.NOT:
        return
    past = _saying(facts, one, State.PAST)
    if past is not None:
        past.support(one)
        past.ends = past.ends or one.ends
    else:
        facts.append(_new(one, State.PAST, ends=one.ends, ended_by="said"))


def _end(fact: Folded, one: Statement) -> None:
    if one not in fact.sources:
        fact.sources.append(one)
    fact.state, fact.ended_by = State.PAST, "said"
    fact.ends = one.ends or Moment(one.said_ms, 30)


def opposed(statement: Statement) -> Statement | None:
    """What a claim denies beside: who hates olives no longer likes them."""
    other = OPPOSITES.get(statement.relation)
    if other is None or statement.mode is not Mode.IS or statement.confidence < SURE:
        return None
    return Statement(
        statement.subject, other, statement.value, Mode.NOT, statement.said_ms,
        statement.confidence, start=statement.start, end=statement.end,
    )  # fmt: skip
