"""Recall: a question in, the memories that answer it out, best first.

A pipeline of small operators (``memory/recall``), each with its own line in the trace:
understand, words and meaning side by side, candidates, ranking (features, their weighted sum,
strength), links, duplicates. Runs in the caller's thread; meaning is asked of the index thread
meanwhile. A way of searching that fails is told in ``problems``; empty and failed are never
the same.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as WaitedTooLong
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from memory.clock import Clock
from memory.errors import IndexUnavailable, RecollectError, problem_from
from memory.index import Asked
from memory.protocol import (
    Problem,
    RecallReply,
    RecallRequest,
)
from memory.recall import anew, features, late, links, ranking
from memory.recall.around import Around, around
from memory.recall.found import Found, Recalled, Trace, hit
from memory.recall.pool import Meaning, Pool, best
from memory.recall.terms import Floats, Terms, WordSearch
from memory.recall.weights import WEIGHTS
from memory.settings import Settings
from memory.store import words as sql
from memory.store.db import Database
from memory.store.words import Card, Rowids
from memory.understand import Question, understand

# Candidates taken by each way of searching, beyond what is asked for.
_EXTRA = 50
# With a wider filter the index is asked for more, of which the filter leaves some.
_MORE_WITH_FILTER = 600
# Chroma and the embedder answer in milliseconds; a rebuild may hold them longer.
_MEANING_WAIT_S = 2.0


class MeaningIndex(Protocol):
    """What recall needs of ``memory.index.Index``."""

    @property
    def model(self) -> str: ...

    def embed_question(self, question: str) -> NDArray[np.float32]: ...

    def embed_and_query(
        self, question: str, limit: int
    ) -> tuple[Asked, list[tuple[str, float]]]: ...


class Recall:
    """Answers recall requests. Safe to use from any thread.

    ``settings`` is called for every question, so that a change counts at once. ``weights`` are
    those of the ranker, by column (see ``memory.recall.ranking``).
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
        self._words = WordSearch()
        self._pool = ThreadPoolExecutor(max_workers=4, thread_name_prefix="recall-meaning")

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._words.close()

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
            trace=done.trace.entries if request.explain else None,
        )

    def find(self, request: RecallRequest, exclude: frozenset[str] = frozenset()) -> Recalled:
        """The same with rows; ``exclude`` names memories that must not come (ids)."""
        start = time.perf_counter()
        trace = Trace()
        with trace.step("understand") as step:
            question = understand(request.question, self._clock.now_ms())
            step.candidates = len(question.words)
        wanted = request.limit + _EXTRA
        model = self._model_id()
        asking = self._ask_meaning(question, wanted, request)
        with self._database.read() as c:
            with trace.step("reach") as step:
                allowed = sql.filtered(c, request.filter)
                total = step.candidates = self._words.total(c)
            with trace.step("words") as step:
                hidden = list(sql.rowids_of(c, tuple(exclude)).values()) if exclude else []
                without = np.array(hidden, dtype=np.int64) if hidden else None
                terms = self._words.find(c, question, total, without)
                step.candidates = sum(len(term.rowids) for term in terms.terms)
                step.note = _about(terms)
            with trace.step("meaning") as step:
                meaning = self._meaning(asking)
                if self._model_id() != model:  # another embedder took over meanwhile
                    meaning = self._meaning(self._ask_meaning(question, wanted, request))
                step.candidates, step.note = len(meaning.ids), f"{meaning.ms:.1f} ms in its thread"
            pool = Pool(c, question, terms, meaning, allowed, wanted, self._model_id())
            found = self._rank(pool, request.limit, exclude, trace)
        return Recalled(
            question=question,
            terms=terms,
            found=found,
            searched=total if allowed is None else len(allowed),
            problems=[meaning.problem] if meaning.problem else [],
            trace=trace,
            took_ms=(time.perf_counter() - start) * 1000,
        )

    def stems(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        """Terms of each text as the keyword index has them."""
        return self._words.stems(texts)

    # -- meaning

    def _model_id(self) -> str:
        return self._index.model if self._index is not None else ""

    def _ask_meaning(
        self, question: Question, wanted: int, request: RecallRequest
    ) -> Future[Meaning]:
        narrow = request.filter.model_dump(exclude_defaults=True)
        return self._pool.submit(
            self._query, question.text, _MORE_WITH_FILTER if narrow else wanted
        )

    def _query(self, text: str, limit: int) -> Meaning:
        start = time.perf_counter()
        if self._index is None:
            return Meaning(problem=_without_meaning("it was not started").problem())
        if not text:
            return Meaning()
        try:
            asked, near = self._index.embed_and_query(text, limit)
        except Exception as error:  # whatever it is, words still answer, and it is told
            return Meaning(self._asked_alone(text), ms=_since(start), problem=_told(error))
        ids = tuple(id_ for id_, _cosine in near)
        return Meaning(np.asarray(asked.vector), asked.tokens, ids, _since(start))

    def _asked_alone(self, text: str) -> Floats | None:
        """The question's vector without Chroma: what words find can still be ranked by it."""
        assert self._index is not None
        try:
            return np.asarray(self._index.embed_question(text))
        except Exception:  # told already
            return None

    def _meaning(self, asking: Future[Meaning]) -> Meaning:
        try:
            return asking.result(timeout=_MEANING_WAIT_S)
        except WaitedTooLong:
            asking.cancel()
            return Meaning(problem=_without_meaning("it is busy").problem())

    # -- ranking

    def _rank(self, pool: Pool, limit: int, exclude: frozenset[str], trace: Trace) -> list[Found]:
        with trace.step("candidates") as step:
            rows = pool.rows()
            step.candidates = len(rows)
        with trace.step("ranking") as step:
            first = self._score(pool, rows, None)
            step.candidates = len(rows)
            if first is None:
                return []
        cards, ranked = first
        with trace.step("links") as step:
            # Turns that lean on each other gain nothing by names, which are everywhere in them.
            seeds = pool.seeds(*first) if pool.stands_alone(*first) else []
            linked = links.follow(pool.connection, seeds)
            step.candidates = len(linked.rowids)
            step.note = ", ".join(linked.names[:8]) or None
            if seeds and (len(linked.rowids) or any(card.heading for card in cards)):
                reached = pool.within(linked.rowids)
                again = self._score(pool, np.union1d(rows, reached), (linked, seeds))
                cards, ranked = again or first
        with trace.step("duplicates") as step:
            found = best(pool, cards, ranked, limit, exclude)
            step.candidates = len(found)
        return found

    def _score(
        self, pool: Pool, rows: Rowids, linked: tuple[links.Links, list[links.Seed]] | None
    ) -> tuple[list[Card], ranking.Ranked] | None:
        """Cards and scores of these rows, those in reach; None where there are none."""
        cards = pool.cards(rows)
        if not cards:
            return None
        kept = np.array(sorted(cards), dtype=np.int64)
        laid = around(kept, cards, pool.beside(cards))
        ordered = [cards[row] for row in kept.tolist()]
        vectors = pool.vectors(laid)
        columns = features.columns(
            pool.question, pool.terms, pool.meaning.asked, vectors, laid, ordered,
            self._late(pool, laid, ordered),
            (linked[0].of(kept), links.named(linked[1], ordered)) if linked else None,
            foreign=pool.meaning.tokens is not None and not pool.question.english,
            wording=pool.wording,
        )  # fmt: skip
        ranked = ranking.rank(
            columns, self.weights, ordered, self._clock.now_ms(), self._settings().strength_weight
        )
        if vectors is not None:
            added = anew.lifts(pool.question, pool.terms, vectors[laid.at], ordered, ranked)
            ranked = ranked.plus("anew", added)
        return ordered, ranked

    def _late(self, pool: Pool, laid: Around, cards: Sequence[Card]) -> late.Compared | None:
        """Token by token, where any candidate leans on others at all."""
        asked = pool.meaning.tokens
        if asked is None or not asked.spans or not laid.lean.any():
            return None
        names = features.speakers(cards)
        weight = late.weights(pool.question.text, asked, pool.terms, self.stems, names)
        return late.compare(asked, weight, pool.tokens(laid), laid)


def _about(terms: Terms) -> str | None:
    parts = [f"{name}: {', '.join(words)}" for name, words in
             (("everywhere", terms.common), ("nowhere", terms.missing)) if words]  # fmt: skip
    return "; ".join(parts) or None


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000


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
