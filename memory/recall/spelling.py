"""Words that stand nowhere as typed: typing errors, parts of words, scripts without spaces.

Looks in the trigram index for texts that share enough groups of three characters, then at the
words in them. Runs in the caller's thread on its read-only connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from memory.store import words as sql
from memory.store.db import Connection
from memory.store.words import Rowids
from memory.understand import fold, words_of

_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")

_SHORTEST = 4
_SAME_START = 3
_MOST_ENTRIES = 10_000
_MOST_GRAMS = 8
_GRAM_LIMIT = 4_000
_MOST_ROWS = 40
_SHARE = 0.34  # two letters swapped in a word of six leave two of its four groups
_SHARE_NO_SPACES = 0.3
_ALIKE = 0.78
_MOST_SCANNED = 200_000


@dataclass(frozen=True, slots=True)
class Guess:
    """Rows that probably hold what was meant, ascending, and how sure that is, 0 to 1."""

    rowids: Rowids
    certainty: float


def nearest(c: Connection, word: str, stem: str, total: int) -> Guess | None:
    """The best guess at what ``word`` meant; None where nothing comes near.

    ``stem`` is its term in the keyword index.
    """
    if _NO_SPACES.search(word):
        return _without_spaces(c, word, total)
    if len(word) < _SHORTEST:
        return None
    return _misspelt(c, stem) or _part_of_word(c, word)


def _misspelt(c: Connection, stem: str) -> Guess | None:
    """The term most like this one, of those that begin the same; few err in the beginning."""
    terms = sql.vocabulary(c, stem[:_SAME_START], len(stem) - 2, len(stem) + 2)
    alike = [(_ratio(stem, term), rows, term) for term, rows in terms.items()]
    likeness, rows_in, term = max(alike, default=(0.0, 0, ""))
    if likeness < _ALIKE or rows_in > _MOST_ENTRIES:
        return None
    rows = sql.postings(c, term, _MOST_ENTRIES)
    return Guess(np.unique(rows), 0.8 * likeness) if len(rows) else None


def _part_of_word(c: Connection, word: str) -> Guess | None:
    rows, _shares = _sharing(c, fold(word), _SHARE)
    return _alike(sql.texts(c, rows.tolist()), fold(word)) if len(rows) else None


def _without_spaces(c: Connection, word: str, total: int) -> Guess | None:
    """A run of characters holds several words: texts that share most of its groups."""
    if len(word) < 3:
        if total > _MOST_SCANNED:
            return None
        rows = sql.containing(c, word, _MOST_ROWS)
        return Guess(np.sort(rows), 0.8) if len(rows) else None
    rows, shares = _sharing(c, word, _SHARE_NO_SPACES)
    if not len(rows):
        return None
    best = float(shares.max())
    return Guess(np.sort(rows[shares >= best * 0.75]), 0.8 * min(1.0, best))


def _sharing(c: Connection, word: str, least: float) -> tuple[Rowids, sql.Vectors]:
    """Rows that share at least this part of the word's groups, best first, and their shares."""
    grams = list(dict.fromkeys(word[at : at + 3] for at in range(len(word) - 2)))
    if len(grams) > _MOST_GRAMS:
        step = len(grams) / _MOST_GRAMS
        grams = [grams[int(number * step)] for number in range(_MOST_GRAMS)]
    lists = [np.unique(sql.trigram_postings(c, gram, _GRAM_LIMIT)) for gram in grams]
    # A group that stands everywhere was cut at the limit and would favour old rows.
    lists = [rows for rows in lists if len(rows) < _GRAM_LIMIT * 0.8]
    none = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    if not lists:
        return none
    rows, counts = np.unique(np.concatenate(lists), return_counts=True)
    shares = (counts / len(lists)).astype(np.float32)
    order = np.argsort(-shares, kind="stable")[:_MOST_ROWS]
    order = order[shares[order] >= least]
    return rows[order], shares[order]


def _alike(texts: dict[int, str], word: str) -> Guess | None:
    """Rows with the word most like this one, or that holds it as a part."""
    known: dict[str, float] = {}
    grams = {word[at : at + 3] for at in range(len(word) - 2)}
    best: dict[int, float] = {}
    for rowid, text in texts.items():
        for other in set(words_of(text)):
            if other not in known:
                known[other] = _likeness(word, other, grams)
            if known[other] > best.get(rowid, 0.0):
                best[rowid] = known[other]
    top = max(best.values(), default=0.0)
    if top < _ALIKE:
        return None
    rows = [rowid for rowid, likeness in best.items() if likeness >= max(_ALIKE, top - 0.05)]
    return Guess(np.array(sorted(rows), dtype=np.int64), 0.8 * top)


def _likeness(word: str, other: str, grams: set[str]) -> float:
    if word in other:
        return 0.8 + 0.2 * len(word) / len(other)
    if abs(len(word) - len(other)) > 2 or not any(gram in other for gram in grams):
        return 0.0
    return _ratio(word, other)


def _ratio(word: str, other: str) -> float:
    matcher = SequenceMatcher(None, other, word, autojunk=False)
    if matcher.real_quick_ratio() < _ALIKE or matcher.quick_ratio() < _ALIKE:
        return 0.0
    return matcher.ratio()
