"""Words the index does not hold as typed, and words it holds in other forms too.

In this order: other spellings (ä and ae), other forms and longer words that begin so ("Heizung",
"Heizungswartung"), typing errors, the parts of a compound, words with this one inside. All but
the last look at the vocabulary of the keyword index, so their cost follows the number of words
that begin alike and not the number of memories. Runs in the caller's thread on its read-only
connection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from memory import languages
from memory.scripts import fold
from memory.store import words as sql
from memory.store.db import Connection
from memory.store.words import Rowids
from memory.understand import words_of

Stems = Callable[[Sequence[str]], list[tuple[str, ...]]]

# How much of a word its guess is worth.
_SPELT = 0.95
_FORM = 0.8
_LONGER = 0.5
_PART = 0.6
_ONE_PART = 0.35
_LIKE = 0.8

_SHORTEST = 4
_SHORTEST_LONGER = 5
_SAME_START = 3
_MOST_ENTRIES = 10_000
_MOST_KINDRED = 4
_KINDRED_ENTRIES = 5_000
_ALIKE = 0.78
_MOST_DIFFERENT = 5  # letters in one of two words and not in the other

_MOST_GRAMS = 8
_GRAM_LIMIT = 4_000
_MOST_ROWS = 40
_SHARE = 0.34  # two letters swapped in a word of six leave two of its four groups
# Longer words with this one inside are looked for while it is rare itself: it takes two long
# lists of groups and some texts, and in a large memory a frequent word has answers enough.
_INSIDE_RARE = 200
_INSIDE_LIMIT = 300
_INSIDE_TEXTS = 16


@dataclass(frozen=True, slots=True)
class Guess:
    """Rows that probably hold what was meant: once for each time, ascending; and how sure that
    is, 0 to 1. ``term`` is the index's own, or the word as typed where several are meant."""

    term: str
    rowids: Rowids
    certainty: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A word of a question: as typed, its term, and the language of the question."""

    word: str
    stem: str
    language: str

    @property
    def foreign(self) -> bool:
        """Whether forms are left to us; the index itself joins those of English."""
        return self.language != languages.ENGLISH


def nearest(c: Connection, asked: Asked, stems: Stems) -> list[Guess]:
    """The best guesses at a word that stands nowhere, of one kind; empty where nothing comes
    near."""
    if len(asked.word) < _SHORTEST:
        return []
    return (
        _other_spelling(c, asked, stems)
        or _kindred(c, asked)
        or _misspelt(c, asked.stem)
        or _compound(c, asked, stems)
        or _part_of_word(c, asked.word)
    )


def related(c: Connection, asked: Asked, stems: Stems, known: Rowids) -> list[Guess]:
    """Other forms of a word that does stand somewhere (``known``), and longer words with it."""
    if not asked.foreign or len(asked.word) < _SHORTEST:
        return []
    kindred = _kindred(c, asked)
    return kindred + _inside(c, asked, stems, known, {guess.term for guess in kindred})


# -- by the vocabulary


def _other_spelling(c: Connection, asked: Asked, stems: Stems) -> list[Guess]:
    others = languages.spellings(asked.word)
    terms = {term for found in stems(others) for term in found} if others else set()
    return _guesses(c, [(term, _SPELT) for term in terms if term != asked.stem])


def _kindred(c: Connection, asked: Asked) -> list[Guess]:
    """Terms that are forms of the word, or begin with it; the most certain and frequent first."""
    word = fold(asked.word)
    least = max(_SHORTEST, min(len(word), len(asked.stem)) - languages.LONGEST_ENDING)
    start = word[: least if asked.foreign else len(word)]
    found = []
    for term, rows in sql.vocabulary(c, start, _SHORTEST, 4 * len(word) + 12).items():
        if rows <= _MOST_ENTRIES and (share := _kinship(asked, word, term)):
            found.append((share, rows, term))
    chosen: list[tuple[str, float]] = []
    entries = 0
    for share, rows, term in sorted(found, reverse=True):
        if len(chosen) < _MOST_KINDRED and entries + rows <= _KINDRED_ENTRIES:
            chosen.append((term, share))
            entries += rows
    return _guesses(c, chosen)


def _kinship(asked: Asked, word: str, term: str) -> float:
    if term == asked.stem:
        return 0.0
    if asked.foreign and (
        languages.same_word(word, term, asked.language)
        or languages.same_word(asked.stem, term, asked.language)
    ):
        return _FORM
    longer = len(word) >= _SHORTEST_LONGER and term.startswith((word, asked.stem))
    return _LONGER if longer else 0.0


def _misspelt(c: Connection, stem: str) -> list[Guess]:
    """The term most like this one, of those that begin the same, or would but for one slip of
    the fingers; few err in the beginning."""
    letters, best = set(stem), (0.0, 0, "")
    for start in _starts(stem):
        terms = sql.vocabulary(c, start, len(stem) - 2, len(stem) + 2)
        for term, rows in terms.items():
            if len(letters.symmetric_difference(term)) <= _MOST_DIFFERENT:
                best = max(best, (_ratio(stem, term), rows, term))
        if best[0] >= _ALIKE:
            break
    likeness, rows_in, term = best
    if likeness < _ALIKE or rows_in > _MOST_ENTRIES:
        return []
    return _guesses(c, [(term, _LIKE * likeness)])


def _starts(stem: str) -> list[str]:
    """Beginnings of the word that may be meant: as typed, two letters swapped, one too much."""
    first, second, third, more = stem[:1], stem[1:2], stem[2:3], stem[3:4]
    starts = (stem[:_SAME_START], second + first + third, first + third + second,
              second + third + more, first + third + more)  # fmt: skip
    return [one for one in dict.fromkeys(starts) if len(one) == _SAME_START]


def _compound(c: Connection, asked: Asked, stems: Stems) -> list[Guess]:
    """Both parts of a word put together from two that the memory knows; the likeliest cut is
    the one whose rarer part is the most frequent. With a part that is not known, the other."""
    cuts = languages.splits(fold(asked.word))
    parts = list(dict.fromkeys(part for cut in cuts for part in cut))
    terms = {part: found[0] for part, found in zip(parts, stems(parts), strict=True) if found}
    known = {part: sql.frequency(c, term, _MOST_ENTRIES) for part, term in terms.items()}
    ways = [(min(known[head], known[tail]), head, tail) for head, tail in cuts
            if known.get(head) and known.get(tail)]  # fmt: skip
    if ways:
        _rows, head, tail = max(ways)
        return _guesses(c, [(terms[head], _PART), (terms[tail], _PART)])
    if not asked.foreign:
        return []
    longest = max((part for part in known if known[part]), key=len, default=None)
    return _guesses(c, [(terms[longest], _ONE_PART)] if longest else [])


def _guesses(c: Connection, terms: Iterable[tuple[str, float]]) -> list[Guess]:
    read = [(term, sql.postings(c, term, _MOST_ENTRIES), share) for term, share in terms]
    return [Guess(term, rows, share) for term, rows, share in read if len(rows)]


# -- by groups of three letters


def _inside(
    c: Connection, asked: Asked, stems: Stems, known: Rowids, have: set[str]
) -> list[Guess]:
    """Terms with the word inside or at the end ("Wartung": "Heizungswartung"), read from texts
    that hold all its groups of letters and not the word itself."""
    word = fold(asked.word)
    if len(word) < _SHORTEST_LONGER or len(known) > _INSIDE_RARE:
        return []
    rows = sql.with_trigrams(c, _grams(word), _INSIDE_LIMIT)
    rows = rows[~np.isin(rows, known)][:_INSIDE_TEXTS]
    longer: dict[str, None] = {}
    for text in sql.texts(c, rows.tolist()).values():
        for other in words_of(text):
            if word in other and not other.startswith(word):
                longer[other] = None
    terms = dict.fromkeys(found[0] for found in stems(list(longer)) if found)
    new = [term for term in terms if term not in have][:_MOST_KINDRED]
    return _guesses(c, [(term, _LONGER) for term in new])


def _part_of_word(c: Connection, word: str) -> list[Guess]:
    rows = _sharing(c, fold(word))
    guess = _alike(sql.texts(c, rows.tolist()), fold(word)) if len(rows) else None
    return [guess] if guess else []


def _grams(word: str) -> list[str]:
    grams = list(dict.fromkeys(word[at : at + 3] for at in range(len(word) - 2)))
    if len(grams) > _MOST_GRAMS:
        step = len(grams) / _MOST_GRAMS
        grams = [grams[int(number * step)] for number in range(_MOST_GRAMS)]
    return grams


def _sharing(c: Connection, word: str) -> Rowids:
    """Rows that share enough of the word's groups, best first."""
    lists = [np.unique(sql.trigram_postings(c, gram, _GRAM_LIMIT)) for gram in _grams(word)]
    # A group that stands everywhere was cut at the limit and would favour old rows.
    lists = [rows for rows in lists if len(rows) < _GRAM_LIMIT * 0.8]
    if not lists:
        return np.zeros(0, dtype=np.int64)
    rows, counts = np.unique(np.concatenate(lists), return_counts=True)
    shares = counts / len(lists)
    order = np.argsort(-shares, kind="stable")[:_MOST_ROWS]
    return np.asarray(rows[order[shares[order] >= _SHARE]])


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
    return Guess(word, np.array(sorted(rows), dtype=np.int64), _LIKE * top)


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
