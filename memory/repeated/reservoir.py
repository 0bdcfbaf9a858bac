"""Answers kept for questions that are asked again, as long as nothing they rest on has changed.

An answer is taken when the same question comes again, every memory it was made from is as it was,
and nothing learnt or changed since is found by the plain recall that could answer as well. Any
thread; rows are written by the writer thread. Of private chats nothing is kept, and nothing is
taken for them, since taking leaves a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memory import decay, quote
from memory.answer_parts import Answer, Ask, citation
from memory.clock import Clock
from memory.finding import Reach
from memory.protocol import Citation, MemoryKind
from memory.recall.found import Found, Recalled
from memory.repeated import sameness
from memory.repeated.sameness import Shape
from memory.settings import Settings
from memory.store import memories, words
from memory.store import reservoir as sql
from memory.store.db import Connection, Database
from memory.store.rows import Memory
from memory.understand import content_words, is_question

# What came since counts when it answers more than this part as well as the weakest of the cited.
_AS_WELL = 0.5


@dataclass(frozen=True, slots=True)
class Before:
    """An answer given before, and when (UTC milliseconds)."""

    answer: Answer
    answered_ms: int


class Reservoir:
    """See the module."""

    def __init__(self, database: Database, clock: Clock, settings: Callable[[], Settings]) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings

    def newest(self) -> int:
        """Which memory is the newest now, to be handed to ``put``."""
        with self._database.read() as c:
            return sql.newest(c)

    def key(self, ask: Ask, reach: Reach, recalled: Recalled, shape: Shape) -> bytes | None:
        """What this question's answer is kept under; None for one that is not kept."""
        begun, question = ask.begun, recalled.question
        settings = self._settings()
        if settings.answers_kept == 0 or (begun is not None and begun.chat.private):
            return None
        if ask.said and not settings.remember_chats:
            return None  # what was said in the chat is known to nobody but its prompt
        history = begun is not None and bool(begun.history)
        if reach.follows or not sameness.stands_alone(question, history):
            return None
        if recalled.problems or not content_words(question.text):
            return None
        if sameness.about_now(question):
            return None
        return sameness.key(question, reach.filter, shape, reach.scopes)

    def take(self, key: bytes, recalled: Recalled) -> Before | None:
        """The answer kept under this key, if it still stands; ``recalled`` is what the plain
        recall finds now, with nothing excluded but the question itself."""
        with self._database.read() as c:
            kept = sql.get(c, key)
            if kept is None or sql.changed(c, kept.reads) or self._outdated(c, kept, recalled):
                return None
            place = words.rowids_of(c, [one.memory for one in kept.reads])
            if not all(recalled.may_use(row) for row in place.values()):
                return None  # its scope is another one since
            citations = self._citations(c, kept)
        now_ms = self._clock.now_ms()
        self._database.write(lambda c: sql.touch(c, kept.id, now_ms))
        return Before(Answer(kept.answer, citations, model=kept.model), kept.answered_ms)

    def put(
        self, key: bytes, ask: Ask, answer: Answer, found: Sequence[Found], newest: int
    ) -> bool:
        """Keep an answer that was stored, if it is one worth keeping; whether it is kept.

        Args:
            found: the memories it was made from; those of the facts in the portrait it was told
                are counted among them.
            newest: of ``newest``, from before they were looked for.
        """
        if not _is_worth_it(ask, answer):
            return False
        read = {one.row.memory.id: _read(one.row.memory) for one in found}
        told = [one.memory_id for one in answer.told if one.memory_id]
        with self._database.read() as c:
            there = memories.get_many(c, told)
        if len(there) < len(set(told)):
            return False  # something it may repeat was forgotten meanwhile
        read |= {id_: _read(row.memory) for id_, row in there.items()}
        kept = sql.Kept(
            id=0,
            answer=answer.text,
            model=answer.model,
            message=ask.begun.answer_id if ask.begun else None,
            newest=newest,
            answered_ms=self._clock.now_ms(),
            citations=tuple(_cited(one) for one in answer.citations),
            reads=tuple(read.values()),
        )
        most = self._settings().answers_kept
        return self._database.write(lambda c: sql.put(c, key, kept, most))

    def follow(self, old: Settings, new: Settings) -> None:
        """Keep no more than the settings say."""
        if new.answers_kept < old.answers_kept:
            self._database.write(lambda c: sql.shrink(c, new.answers_kept))

    def _outdated(self, c: Connection, kept: sql.Kept, recalled: Recalled) -> bool:
        """Whether something is found that was learnt or changed since and may answer as well."""
        known = {one.memory for one in kept.reads}
        cited = {one.memory for one in kept.citations}
        scores = [one.score for one in recalled.found if one.row.memory.id in cited]
        least = _AS_WELL * min(scores, default=0.0)
        rivals = [
            one.row.memory
            for one in recalled.found
            if one.row.memory.id not in known and one.score >= least and quote.fits(one)
        ]
        told = [
            memory
            for memory in rivals
            if memory.ref is None or memory.ref != kept.message
            if memory.kind is not MemoryKind.TURN or not is_question(memory.text)
        ]
        if any(memory.rowid > kept.newest for memory in told):
            return True
        return sql.edited_since(c, [memory.id for memory in told], kept.answered_ms)

    def _citations(self, c: Connection, kept: sql.Kept) -> list[Citation]:
        now_ms = self._clock.now_ms()
        there = memories.get_many(c, [one.memory for one in kept.citations])
        made = []
        for one in kept.citations:
            row = there[one.memory]
            strength = round(decay.retrievability(row.memory.strength, now_ms), 4)
            found = Found(row, 0.0, 0.0, None, (), {"strength": strength})
            made.append(citation(one.n, found, (one.start, one.end)))
        return made


def _is_worth_it(ask: Ask, answer: Answer) -> bool:
    """Whole, of use, from memories, and by a model only what leans on nothing but them."""
    if answer.stopped or answer.problem is not None or not answer.used or not answer.citations:
        return False
    return answer.model is None or not (ask.said or sameness.speaks_of_now(answer.text))


def _cited(one: Citation) -> sql.Cited:
    start = one.quote_start - one.start
    return sql.Cited(one.n, one.memory, start, start + len(one.quote))


def _read(memory: Memory) -> sql.Read:
    return sql.Read(memory.id, memory.version, memories.text_hash(memory.text))
