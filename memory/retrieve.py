"""Recall: a question in, the memories that answer it out, best first.

A pipeline of small operators (``memory/recall``), each with its own line in the trace: understand,
anchors and timeline where the question is about a time, words and meaning side by side, candidates,
ranking (features, their weighted sum, strength and use), links, weights learnt from the person,
where there are any, spread, where several things are asked for, duplicates or, where sessions or
days are asked for, units, and enough. Runs in the caller's thread; meaning is asked of the index
thread meanwhile. A way of searching that fails is told in ``problems``; empty and failed are never
the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from memory.clock import Clock
from memory.errors import IndexUnavailable, RecollectError, problem_from
from memory.index import Asked, Asking
from memory.protocol import (
    MemoryKind,
    Problem,
    RecallReply,
    RecallRequest,
    RecallUnit,
)
from memory.recall import (
    anchors,
    anew,
    enough,
    features,
    history,
    late,
    links,
    ranking,
    spread,
    timeline,
    used,
    wary,
)
from memory.recall.around import Around
from memory.recall.enough import Enough
from memory.recall.found import Found, Recalled, Trace, hit, told
from memory.recall.pool import Meaning, Pool, best
from memory.recall.preference import Personal
from memory.recall.sessions import BREAK_MS, grouped
from memory.recall.terms import Terms, WordSearch
from memory.recall.understood import without
from memory.recall.weights import WEIGHTS
from memory.settings import Settings
from memory.store import facts, scopes, suspicions
from memory.store import words as sql
from memory.store.db import Connection, Database
from memory.store.scopes import Reach
from memory.store.words import Card, Rowids
from memory.understand import Question, understand

# Candidates taken by each way of searching, beyond what is asked for.
_EXTRA = 90
# With a wider filter the index is asked for more, of which the filter leaves some.
_MORE_WITH_FILTER = 600
# Topics among the nearest make room for what they were made from.
_MORE_WITH_TOPICS = 20
# Chroma and the embedder answer in milliseconds; a rebuild may hold them longer.
_MEANING_WAIT_S = 2.0


class MeaningIndex(Protocol):
    """What recall needs of ``memory.index.Index``."""

    @property
    def model(self) -> str: ...

    def ask(self, question: str, limit: int) -> Asking: ...


@dataclass(frozen=True, slots=True)
class Usable:
    """What one recall may use.

    Attributes:
        total: memories that can be found at all, whoever asks.
        allowed: rows that may come, None for all.
        hidden: rows that must not come, but stand beside others.
        closed: these, and all that the scopes leave out.
        inside: all that the scopes allow, None where they leave nothing out.
        searched: how many memories may come.
    """

    total: int
    allowed: Rowids | None
    hidden: Rowids
    closed: Rowids
    inside: Rowids | None
    searched: int


class Recall:
    """Answers recall requests. Safe to use from any thread.

    ``settings`` is called for every question, so that a change counts at once. ``weights`` are
    those of the ranker as shipped, by column (see ``memory.recall.ranking``). The attribute
    ``listed``, set once before the first question, is told what a recall lists and says by what
    name that list is known.
    """

    def __init__(
        self,
        database: Database,
        index: MeaningIndex | None,
        clock: Clock,
        settings: Callable[[], Settings],
        weights: Mapping[str, float] = WEIGHTS,
    ) -> None:
        self._database = database
        self._index = index
        self._clock = clock
        self._settings = settings
        self.weights = weights
        self.listed: Callable[[Recalled], str | None] = lambda _recalled: None
        self._personal: Personal | None = None
        self._words = WordSearch()
        self._reached = threading.local()  # (connection, its data version, scopes, their reach)

    def close(self) -> None:
        self._words.close()

    def personalise(self, personal: Personal | None) -> None:
        """Rank by these weights from the next question on; None: by those shipped."""
        self._personal = personal

    def recall(self, request: RecallRequest) -> RecallReply:
        """The reply of the channel.

        Raises:
            sqlite3.Error: the database cannot be read; nothing else is fatal.
        """
        done = self.find(request)
        now_ms = self._clock.now_ms()
        return RecallReply(
            hits=[hit(found, now_ms, explain=request.explain) for found in done.found],
            took_ms=round(done.took_ms, 2),
            searched=done.searched,
            problems=done.problems,
            confidence=round(done.enough.confidence, 4) if done.enough else None,
            nearest_only=done.nearest_only,
            confidence_why=done.enough.points if done.enough and request.explain else None,
            understood=done.understood(),
            timeline=done.timeline,
            trace=done.trace.entries if request.explain else None,
            recall=self.listed(done),
            personal=told(done.personal, self.weights)
            if done.personal and request.explain
            else None,
        )

    def find(
        self,
        request: RecallRequest,
        exclude: frozenset[str] = frozenset(),
        *,
        by_use: bool = True,
    ) -> Recalled:
        """The same with rows; ``exclude`` names memories that must not come (ids). With ``by_use``
        what was used comes sooner: what is looked for again is found again. An answer is to rest
        on what answers, and not on what the last answers rested on."""
        start = time.perf_counter()
        trace, personal = Trace(), self._personal
        with trace.step("understand") as step:
            question = understand(request.question, self._clock.now_ms())
            question = without(question, request.ignore)
            step.candidates = len(question.words)
        wanted = request.limit + _EXTRA
        model = self._model_id()
        asking = self._ask_meaning(question, wanted, request)
        with self._database.read() as c:
            rows = self._usable(c, request, exclude, trace)
            question = self._settled(c, question, rows.closed, trace)
            found = self._timeline(c, question, request, rows, trace)
            in_time, terms, problem, sure = bool(found), Terms(), None, None
            if not in_time:
                terms = self._terms(c, question, rows, trace)
                with trace.step("meaning") as step:
                    meaning = self._meaning(asking)
                    if self._model_id() != model:  # another embedder took over meanwhile
                        meaning = self._meaning(self._ask_meaning(question, wanted, request))
                    if rows.inside is not None:
                        meaning = meaning.within(c, rows.inside)
                    step.candidates = len(meaning.near)
                    step.note = f"{meaning.ms:.1f} ms in its thread"
                problem = meaning.problem
                pool = Pool(
                    c, question, terms, meaning, rows.allowed, wanted, self._model_id(),
                    rows.hidden, rows.inside, by_use,
                    MemoryKind.TOPIC in request.filter.kinds,
                )  # fmt: skip
                found, sure = self._rank(pool, request, personal, trace)
        return Recalled(
            question=question,
            terms=terms,
            found=found,
            enough=sure,
            searched=rows.searched,
            problems=[problem] if problem else [],
            trace=trace,
            took_ms=(time.perf_counter() - start) * 1000,
            timeline=in_time,
            personal=personal,
            reach=rows.inside,
        )

    def out_of_reach(self, memory_ids: Sequence[str], allowed: Sequence[str] | None) -> set[str]:
        """Which of these memories are there, but may not be used with these scopes."""
        if allowed is None or not memory_ids:
            return set()
        with self._database.read() as c:
            reach = self._reach(c, allowed)
            place = sql.rowids_of(c, memory_ids)
        if reach is None:
            return set()
        return {id_ for id_, row in place.items() if not bool(np.isin(row, reach.inside))}

    def _terms(self, c: Connection, question: Question, rows: Usable, trace: Trace) -> Terms:
        with trace.step("words") as step:
            hidden = rows.hidden if len(rows.hidden) else None
            terms = self._words.find(c, question, rows.total, hidden, rows.inside)
            step.candidates = sum(len(term.rowids) for term in terms.terms)
            step.note = _about(terms)
        return terms

    # -- scopes

    def _usable(
        self, c: Connection, request: RecallRequest, exclude: frozenset[str], trace: Trace
    ) -> Usable:
        with trace.step("reach") as step:
            allowed = self._words.filtered(c, request.filter)
            total = self._words.total(c)
            hidden = _rows(sql.rowids_of(c, tuple(exclude)).values() if exclude else ())
            reach = self._reach(c, request.scopes)
            if reach is None:
                searched = total if allowed is None else len(allowed)
                rows = Usable(total, allowed, hidden, hidden, None, searched)
            else:
                closed = np.union1d(hidden, reach.outside)
                both = _both(allowed, reach.inside)
                searched = reach.counted if allowed is None else len(both)
                rows = Usable(total, both, hidden, closed, reach.inside, searched)
            step.candidates = total if rows.inside is None else len(rows.inside)
        return rows

    def _reach(self, c: Connection, allowed: Sequence[str] | None) -> Reach | None:
        """The one place where scopes take effect: rows that may be used for anything, and all
        others; None where there are no others. Found anew only when something was written."""
        if allowed is None:
            return None
        wanted, version = frozenset(map(scopes.name, allowed)), sql.data_version(c)
        last = getattr(self._reached, "last", None)
        if last is None or last[:3] != (c, version, wanted):
            found = scopes.reach(c, wanted, to_recall=True)
            last = self._reached.last = (c, version, wanted, found)
        found = last[3]
        return found if len(found.outside) else None

    # -- time

    def _settled(self, c: Connection, question: Question, hidden: Rowids, trace: Trace) -> Question:
        """The question with the times it tells from events that the memory knows."""
        if not question.anchored:
            return question
        with trace.step("anchors") as step:
            settled = anchors.settle(c, question, frozenset(hidden.tolist()))
            known = settled.times[len(question.times) :]
            step.candidates, step.note = len(known), "; ".join(said.label for said in known) or None
        return settled

    def _timeline(
        self,
        c: Connection,
        question: Question,
        request: RecallRequest,
        rows: Usable,
        trace: Trace,
    ) -> list[Found]:
        """What was in the time a question names, where it asks for nothing else."""
        if request.unit is not RecallUnit.MEMORY or not timeline.wanted(question):
            return []
        with trace.step("timeline") as step:
            found = timeline.found(
                c, question, rows.allowed, rows.hidden, request.limit, self._clock.now_ms(),
                self._settings().strength_weight, limited=rows.inside is not None,
            )  # fmt: skip
            step.candidates = len(found)
        return found

    def stems(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Terms of each text as the keyword index has them."""
        return self._words.stems(texts)

    # -- meaning

    def _model_id(self) -> str:
        return self._index.model if self._index is not None else ""

    def _ask_meaning(
        self, question: Question, wanted: int, request: RecallRequest
    ) -> Asking | Problem | None:
        """Put the question to the index; a problem when it takes none, None without a word."""
        if self._index is None:
            return _without_meaning("it was not started").problem()
        if not question.text:
            return None
        narrow = request.filter.model_dump(exclude_defaults=True) or request.scopes is not None
        try:
            more = _MORE_WITH_FILTER if narrow else wanted + _MORE_WITH_TOPICS
            return self._index.ask(question.text, more)
        except Exception as error:  # whatever it is, words still answer, and it is told
            return _told(error)

    def _meaning(self, asking: Asking | Problem | None) -> Meaning:
        """What the index says. Where only the search fails, what words find can still be ranked
        by the question's vector."""
        if not isinstance(asking, Asking):
            return Meaning(problem=asking)
        until = time.monotonic() + _MEANING_WAIT_S
        asked: Asked | None = None
        problem: Problem | None = None
        near: list[tuple[str, float]] = []
        try:
            asked = asking.asked.result(_MEANING_WAIT_S)
            near = asking.found.result(max(0.0, until - time.monotonic()))
        except WaitedTooLong:
            problem = _without_meaning("it is busy").problem()
        except Exception as error:
            problem = _told(error)
        if asked is None:
            return Meaning(problem=problem)
        return Meaning(np.asarray(asked.vector), asked.tokens, tuple(near), asking.ms, problem)

    # -- ranking

    def _rank(
        self, pool: Pool, request: RecallRequest, personal: Personal | None, trace: Trace
    ) -> tuple[list[Found], Enough | None]:
        with trace.step("candidates") as step:
            rows = pool.rows()
            step.candidates = len(rows)
        with trace.step("ranking") as step:
            if not pool.take(rows):
                return [], enough.NOTHING if pool.meaning.asked is not None else None
            cards, plain = self._score(pool, None)
            step.candidates = len(cards)
        with trace.step("links") as step:
            # Turns that lean on each other gain nothing by names, which are everywhere in them.
            seeds = pool.seeds(cards, plain) if pool.stands_alone(plain) else []
            linked = links.follow(pool.connection, seeds, pool.reach)
            step.candidates = len(linked.rowids)
            step.note = ", ".join(linked.names[:8]) or None
            if seeds and (len(linked.rowids) or any(card.heading for card in cards)):
                pool.take(pool.within(linked.best()))
                cards, plain = self._score(pool, (linked, seeds))
        ranked = plain
        if personal is not None:
            with trace.step("learnt") as step:
                ranked = self._ranked(pool, personal.weights)
                step.candidates, step.note = len(cards), f"from {personal.choices} choices"
        single = request.unit is RecallUnit.MEMORY
        if single and spread.wanted(pool.question):
            with trace.step("spread") as step:
                ranked = _spread(cards, ranked)
                step.candidates = len(cards)
        with trace.step("duplicates" if single else "units") as step:
            if single:
                found = best(pool, cards, ranked, request.limit)
            else:
                found = grouped(pool, cards, ranked, request.unit, request.limit)
            step.candidates = len(found)
        with trace.step("enough") as step:
            # Fitted to the scores of the weights as shipped; and use is no sign of an answer.
            sure = pool.enough(cards, plain.without("used"))
            if sure is not None:
                step.candidates, step.note = len(cards), f"{sure.confidence:.2f}"
        return found, sure

    def _score(
        self, pool: Pool, linked: tuple[links.Links, list[links.Seed]] | None
    ) -> tuple[list[Card], ranking.Ranked]:
        """Cards and scores of everything in the pool; only newcomers are looked at closely."""
        laid, new = pool.newcomers()
        if new:
            vectors = pool.vectors(laid)
            columns = features.columns(
                pool.question, pool.terms, pool.meaning.asked, vectors, laid, new,
                self._late(pool, laid, new),
                foreign=pool.meaning.tokens is not None and not pool.question.english,
                wording=pool.wording, scale=pool.scale,
            )  # fmt: skip
            pool.add(new, columns, None if vectors is None else vectors[laid.at])
        cards = pool.ordered
        if linked:
            pool.link(*linked)
        return list(cards), self._ranked(pool, self.weights)

    def _ranked(self, pool: Pool, weights: Mapping[str, float]) -> ranking.Ranked:
        """Scores of everything in the pool by these weights."""
        now_ms, weight = self._clock.now_ms(), self._settings().strength_weight
        ranked = ranking.rank(pool.columns, weights, pool.ordered, now_ms, weight)
        rows = [card.rowid for card in pool.ordered]
        if weight and pool.by_use and (uses := pool.uses(rows)):
            ranked = ranked.plus("used", used.points(rows, uses, now_ms, weight))
        if pool.own is not None:
            added = anew.lifts(pool.question, pool.terms, pool.own, pool.ordered, ranked)
            ranked = ranked.plus("anew", added)
        return self._warily(pool, self._present_first(pool, ranked))

    def _warily(self, pool: Pool, ranked: ranking.Ranked) -> ranking.Ranked:
        """What gives orders, or is denied by several others, below what does not."""
        rows = [card.rowid for card in pool.ordered]
        flagged = suspicions.flagged(pool.connection, rows)
        if not flagged or wary.is_looked_for(pool.question.text):
            return ranked
        return ranked.plus("wary", wary.lowered(rows, flagged, ranked.features["phrase"]))

    def _present_first(self, pool: Pool, ranked: ranking.Ranked) -> ranking.Ranked:
        """Facts that held once below those that hold now; without facts nothing is looked up."""
        rows = [card.rowid for card in pool.ordered if card.kind is MemoryKind.FACT]
        if not rows:
            return ranked
        told_of = facts.standing(pool.connection, rows)
        every = [card.rowid for card in pool.ordered]
        lowered = history.lowered(pool.question, every, ranked.scores, told_of)
        return ranked.plus("history", lowered)

    def _late(self, pool: Pool, laid: Around, cards: Sequence[Card]) -> late.Compared | None:
        """Token by token, where any candidate leans on others at all."""
        near = pool.late(laid)
        if near is None or pool.meaning.tokens is None or not laid.lean.any():
            return None
        if pool.token_weights is None:
            pool.token_weights = late.weights(
                pool.question.text, pool.meaning.tokens, pool.terms, self.stems,
                features.speakers(cards),
            )  # fmt: skip
        return late.compare(near, pool.token_weights, laid)


def _spread(cards: Sequence[Card], ranked: ranking.Ranked) -> ranking.Ranked:
    """The same with what those lose whose session stands above them already."""
    session = spread.sessions(cards, BREAK_MS)
    return ranked.plus("spread", spread.points(ranked.scores, ranked.features["lean"], session))


def _both(allowed: Rowids | None, inside: Rowids) -> Rowids:
    return inside if allowed is None else np.intersect1d(allowed, inside)


def _rows(found: Iterable[int]) -> Rowids:
    return np.array(sorted(found), dtype=np.int64)


def _about(terms: Terms) -> str | None:
    parts = [f"{name}: {', '.join(words)}" for name, words in
             (("everywhere", terms.common), ("nowhere", terms.missing)) if words]  # fmt: skip
    return "; ".join(parts) or None


def _told(error: Exception) -> Problem:
    if isinstance(error, RecollectError) or hasattr(error, "next_step"):
        return problem_from(error)
    return _without_meaning(type(error).__name__).problem()


def _without_meaning(reason: str) -> IndexUnavailable:
    return IndexUnavailable(
        "Searched by words only",
        f"The search by meaning did not answer ({reason}), so what is said in other words"
        " may be missing.",
        "Ask again in a moment; if it stays so, run `recollect reindex`.",
    )
