"""Operator "words": the terms of a question with their posting lists. Runs in the caller's
thread on its read-only connection.

Ranking is BM25 (Robertson and Zaragoza, 2009) with the index's own stems and exact counts, done
on arrays: own words of a memory, and the words of a memory together with its neighbours.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from memory import scripts
from memory.protocol import RecallFilter
from memory.recall import spelling
from memory.recall.spelling import Guess
from memory.store import words as sql
from memory.store.db import Connection
from memory.store.words import Rowids, Stemmer
from memory.understand import Question

Floats = NDArray[np.float32]

K1 = 1.2
B = 0.75

# A term in more than every fourth memory tells nothing and its list is long.
_COMMON_SHARE = 4
_COMMON_LEAST = 5_000
# Entries read for one question in all; about 0.15 µs each.
_MOST_ENTRIES = 70_000
_MOST_KNOWN = 20_000
_IMAGINED = 100
_MOST_GUESSED = 2
_MOST_WIDENED = 3
# Groups of characters looked up for one run without spaces.
_MOST_GROUPS = 64
# Groups across two words stand nowhere by nature.
_ABSENT_GROUP = 0.3


@dataclass(frozen=True, slots=True)
class Term:
    """One term: the rows it stands in (ascending, each once), how often, and its weight.

    ``idf`` is ln(1 + (N - n + 0.5) / (n + 0.5)). ``weight`` below 1 says that the term was
    guessed from a word of the question, or is mostly grammar.
    """

    text: str
    rowids: Rowids
    counts: Floats
    idf: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What the word search found.

    Attributes:
        terms: those that stand somewhere.
        ideal: what a memory would score that holds every content word of the question once.
        missing: words that stand nowhere, not even nearly.
        common: words left out because they stand almost everywhere.
        phrases: rows of each quoted phrase.
    """

    terms: tuple[Term, ...] = ()
    ideal: float = 0.0
    missing: tuple[str, ...] = ()
    common: tuple[str, ...] = ()
    phrases: tuple[Rowids, ...] = field(default=())

    def counts(self, rowids: Rowids) -> Floats:
        """How often each term (a line) stands in each of these ascending rows (a column)."""
        table = np.zeros((len(self.terms), len(rowids)), dtype=np.float32)
        for line, term in enumerate(self.terms):
            at = np.searchsorted(term.rowids, rowids)
            at[at == len(term.rowids)] = 0
            hit = term.rowids[at] == rowids
            table[line, hit] = term.counts[at[hit]]
        return table

    def weights(self) -> Floats:
        return np.array([term.idf * term.weight for term in self.terms], dtype=np.float32)


def bm25(counts: Floats, lengths: Floats, average: float, weights: Floats) -> Floats:
    """BM25 of each column; lengths in characters, like ``average``."""
    if not len(weights):
        return np.zeros(counts.shape[1], dtype=np.float32)
    norm = K1 * (1 - B + B * lengths / max(average, 1.0))
    saturated = counts * (K1 + 1) / (counts + norm + 1e-9)
    return np.asarray(weights @ saturated, dtype=np.float32)


class WordSearch:
    """Finds terms. Remembers how often terms occur, so that rare ones are read first.

    Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._stemmer = Stemmer()
        self._lock = threading.Lock()
        self._known: dict[str, int] = {}  # entries of a term when last read
        self._known_at = 0  # memories there were then
        # Per thread what was found with a connection and its data version: how many memories
        # are in reach, and the rows that the last filter left.
        self._held = threading.local()

    def close(self) -> None:
        self._stemmer.close()

    def stems(self, texts: Sequence[str]) -> list[tuple[str, ...]]:
        return self._stemmer.stems(texts)

    def total(self, c: Connection) -> int:
        """How many memories can be found; counted again only when something was written."""
        total: int = self._remembered("total", c, None, lambda: sql.in_reach(c))
        return total

    def filtered(self, c: Connection, chosen: RecallFilter) -> Rowids | None:
        """Rows the person's filter leaves, see ``sql.filtered``; a wide one reads every memory,
        so what it left is kept for the next question."""
        found: Rowids | None = self._remembered(
            "filtered", c, chosen, lambda: sql.filtered(c, chosen)
        )
        return found

    def _remembered(self, name: str, c: Connection, about: Any, find: Callable[[], Any]) -> Any:
        """What ``find`` told last time, if nothing was written since."""
        known_for = (c, sql.data_version(c), about)
        last = getattr(self._held, name, None)
        if last is None or last[0] != known_for:
            last = (known_for, find())
            setattr(self._held, name, last)
        return last[1]

    def find(
        self,
        c: Connection,
        question: Question,
        total: int,
        without: Rowids | None = None,
        reach: Rowids | None = None,
    ) -> Terms:
        """Posting lists of the question's words, rare words first, within a fixed budget.

        Rows in ``without`` count as if they were not there (the question itself, as a turn),
        and so do all rows not in ``reach``, where that is given.
        """
        self._follow(total)
        reading = _Reading(c, total if reach is None else len(reach), without, total, reach)
        for word, stems in self._in_order(question.words):
            for stem in _told(stems):
                self._read(reading, word, stem)
        self._widen(reading, question)
        return Terms(
            terms=tuple(reading.found.values()),
            ideal=reading.ideal(),
            missing=tuple(reading.missing),
            common=tuple(reading.common),
            phrases=tuple(
                reading.reached(sql.with_phrase(c, phrase, 2_000)) for phrase in question.phrases
            ),
        )

    def _read(self, reading: _Reading, word: str, stem: str) -> None:
        """The posting list of one term."""
        if stem in reading.found or stem in reading.common:
            return
        most = reading.read_most
        if reading.entries > _MOST_ENTRIES or self._known.get(stem, 0) >= most:
            reading.common.append(stem)
            return
        rows = sql.postings(reading.connection, stem, most)
        reading.entries += len(rows)
        self._remember(stem, len(rows))
        reading.take(word, stem, rows)

    def _widen(self, reading: _Reading, question: Question) -> None:
        """Look for what may be meant by words that stand nowhere, and for other forms of those
        that stand somewhere, as far as the number of look-ups goes."""
        guessed = widened = 0
        for word, stem in reading.unknown.items():
            asked = spelling.Asked(word, stem, question.language)
            guesses = []
            if guessed < (_MOST_WIDENED if asked.foreign else _MOST_GUESSED):
                guesses = spelling.nearest(reading.connection, asked, self.stems)
            guessed += 1
            reading.guessed(word, guesses)
        for word, stem in reading.known.items():
            asked = spelling.Asked(word, stem, question.language)
            rows = reading.found[stem].rowids
            if asked.foreign and widened < _MOST_WIDENED and len(rows) < _COMMON_LEAST:
                found = spelling.related(reading.connection, asked, self.stems, rows)
                reading.related(stem, found)
                widened += 1

    def _in_order(self, words: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
        """Words with their stems, those expected to be rare first."""
        pairs = [pair for pair in zip(words, self._stemmer.stems(words), strict=True) if pair[1]]

        def expected(pair: tuple[str, tuple[str, ...]]) -> tuple[float, int]:
            known = [self._known[stem] for stem in pair[1] if stem in self._known]
            return (sum(known) / len(known) if known else 1_000.0, -len(pair[0]))

        return sorted(pairs, key=expected)

    def _remember(self, stem: str, entries: int) -> None:
        with self._lock:
            if len(self._known) >= _MOST_KNOWN:
                # Common terms are few and come again; forgetting all costs one long list each.
                self._known.clear()
            self._known[stem] = entries

    def _follow(self, total: int) -> None:
        """Count anew once the memory has doubled or halved: what was common may not be now."""
        with self._lock:
            if not self._known_at / 2 <= total <= self._known_at * 2:
                self._known.clear()
                self._known_at = total


@dataclass
class _Reading:
    """What one question has read so far, and what that makes it worth to hold all its words."""

    connection: Connection
    total: int
    without: Rowids | None
    stored: int = 0  # memories there are, in reach or not
    reach: Rowids | None = None
    entries: int = 0
    found: dict[str, Term] = field(default_factory=dict)
    common: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)  # word: its stem
    known: dict[str, str] = field(default_factory=dict)
    worth: float = 0.0  # of the words found, each counted once
    absent: float = 0.0  # words found nowhere; a group of characters counts less than a word

    @property
    def common_from(self) -> int:
        return max(_COMMON_LEAST, self.total // _COMMON_SHARE)

    @property
    def read_most(self) -> int:
        """Entries read of one term: what is common elsewhere may be rare in reach."""
        return max(_COMMON_LEAST, self.stored // _COMMON_SHARE)

    def take(self, word: str, stem: str, rows: Rowids) -> None:
        """A term with its posting list."""
        full = len(rows) >= self.read_most
        rows = self._left(rows)
        full = full or (self.reach is not None and len(rows) >= self.common_from)
        share = scripts.weight(stem)
        if full:
            self.common.append(stem)
        elif len(rows):
            term = self.found[stem] = _term(stem, rows, self.total, share)
            self.worth += term.idf * share
            if not scripts.is_grouped(stem):
                self.known.setdefault(word, stem)
        elif scripts.is_grouped(stem):
            self.absent += _ABSENT_GROUP * share
        else:
            self.unknown.setdefault(word, stem)

    def guessed(self, word: str, guesses: Sequence[Guess]) -> None:
        """What may be meant by a word that stands nowhere; together it is worth one word."""
        found = [term for guess in guesses if (term := self._guess(guess)) is not None]
        if not found:
            self.missing.append(word)
            self.absent += 1.0
            return
        self.worth += max(term.idf for term in found)
        self._add(found)

    def related(self, stem: str, guesses: Sequence[Guess]) -> None:
        """More forms of a word that is there: worth no more than the word itself."""
        idf = self.found[stem].idf
        found = [term for guess in guesses if (term := self._guess(guess)) is not None]
        self._add([replace(term, idf=min(term.idf, idf)) for term in found])

    def ideal(self) -> float:
        """Information in the question: a word nobody ever said counts like the rarest one found.

        So a question mostly about unknown things gets little from the few words that are found.
        """
        known = [term.idf for term in self.found.values()]
        return self.worth + self.absent * max(known, default=_idf(0, self.total))

    def _guess(self, guess: Guess) -> Term | None:
        rows = self._left(guess.rowids)
        return _term(guess.term, rows, self.total, guess.certainty) if len(rows) else None

    def _add(self, terms: Sequence[Term]) -> None:
        for term in terms:
            self.found.setdefault(term.text, term)

    def _left(self, rows: Rowids) -> Rowids:
        rows = self.reached(rows)
        return rows if self.without is None else rows[~np.isin(rows, self.without)]

    def reached(self, rows: Rowids) -> Rowids:
        return rows if self.reach is None else rows[np.isin(rows, self.reach)]


def _told(stems: Sequence[str]) -> Sequence[str]:
    """Terms of a word, those that tell most first; of a long run without spaces not all."""
    if len(stems) < 2 or not any(map(scripts.is_grouped, stems)):
        return stems
    return sorted(stems, key=lambda stem: -scripts.weight(stem))[:_MOST_GROUPS]


def _term(text: str, entries: Rowids, total: int, weight: float) -> Term:
    starts = np.flatnonzero(np.r_[True, entries[1:] != entries[:-1]])
    counts = np.diff(np.r_[starts, len(entries)]).astype(np.float32)
    return Term(text, entries[starts], counts, _idf(len(starts), total), weight)


def _idf(rows: int, total: int) -> float:
    """Rarity among the memories and a few imagined ones that hold no word of the question.

    Without those, in a memory of three notes every word would count as common.
    """
    others = max(total - rows, 0) + _IMAGINED
    return float(np.log1p((others + 0.5) / (rows + 0.5)))
