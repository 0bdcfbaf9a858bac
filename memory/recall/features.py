"""Operator "features": what each witness says of each candidate, one column each. Pure.

Words (BM25 divided by what a memory with all words of the question would get) and meaning (the
cosine of question and memory) are heard for the memory alone, meaning with the two beside it,
words with up to four on either side, because a turn of a chat says little by itself ("Yes, in
Lisbon!"). Each is told twice: as it is, and as its distance from the ten best candidates, which
tells how much this way of searching has made up its mind; one that finds all alike says nothing
then (after MemGAS's router by entropy, arXiv 2505.19549).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.recall import cues
from memory.recall.around import WIDE, Around, asks
from memory.recall.late import Compared
from memory.recall.terms import Floats, Terms, bm25
from memory.store.words import Card
from memory.understand import Question, words_of

# Meaning with neighbours: their vectors count half.
BESIDE = 0.5
# The best so many candidates are what a value is compared with.
BEST = 10
# What an embedder says of a language it was not trained on is worth this much.
FOREIGN = 0.3
BY_EMBEDDER = ("meaning", "tokens")
# From so far below the ten best on, the question before a turn has nothing to do with what is
# asked (standard deviations).
UNASKED = -2.0
_FAR = 4.0
_EVEN = 0.02

_NOBODY = frozenset("user person human you me assistant ai system model tool".split())

Columns = dict[str, Floats]


def columns(
    question: Question,
    terms: Terms,
    asked: Floats | None,
    vectors: Floats | None,
    laid: Around,
    cards: Sequence[Card],
    late: Compared | None = None,
    foreign: bool = False,
    wording: cues.Wording | None = None,
    scale: Scale | None = None,
) -> Columns:
    """Every column, (n,) each.

    ``vectors`` has a line for each of ``laid.rows`` (zeros where a memory has none yet or is
    not ``close``), or is None when meaning is unavailable, as is ``asked``, the question's own
    vector. ``late`` is what ``memory.recall.late`` says of each candidate. ``foreign`` says that
    the embedder does not know the language, ``wording`` remembers what was seen of the texts
    before, ``scale`` what the candidates are compared with. "linked" and "is_named", what names
    in the best ones lead to, are 0 until links are followed.
    """
    scale = scale or Scale()
    found = _by_words(terms, laid, unnamed(terms, scale.spoken(cards)), scale) | _by_meaning(
        asked, vectors, laid
    )
    none = np.zeros(len(cards), dtype=np.float32)
    said = late or Compared(none, none, none, none)
    found |= {"tokens": said.alone, "tokens_wide": said.wide, "tokens_led": said.led}
    for name in list(found):
        found |= _compared(name, found[name], scale)
    if foreign:
        found |= {name: FOREIGN * found[name] for name in found if name.startswith(BY_EMBEDDER)}
    found["answers"] = _answering(said.before, laid, scale)
    found |= _signs(question, terms, cards)
    found |= _wording(wording or cues.Wording(question.text), laid, cards)
    found["lean"] = laid.lean
    return found | {"linked": none, "is_named": none}


class Scale:
    """What candidates are compared with: taken from the first ones, so that a few that come later
    change nothing for those."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, float]] = {}
        self._unknown: dict[str, float] = {}
        self._lengths: dict[str, float] = {}
        self._spoken: frozenset[str] | None = None

    def apart(self, name: str, values: Floats) -> Floats:
        """How far each value stands from the mean of the ten best, in standard deviations. What
        is not known (NaN) counts as the mean of the others."""
        known = ~np.isnan(values)
        if name not in self._known:
            told = values[known]
            if not len(told):
                return np.zeros(len(values), dtype=np.float32)
            self._known[name] = (
                float(np.sort(told)[-BEST:].mean()), float(told.std()) + _EVEN
            )  # fmt: skip
        best, spread = self._known[name]
        far = np.clip((values - best) / spread, -_FAR, _FAR)
        if not known.all():
            if name not in self._unknown:
                self._unknown[name] = float(far[known].mean()) if known.any() else 0.0
            far[~known] = self._unknown[name]
        return np.asarray(far, dtype=np.float32)

    def length(self, name: str, lengths: Floats) -> float:
        """The mean of these lengths when they were first asked for by this name."""
        return self._lengths.setdefault(name, float(lengths.mean()))

    def spoken(self, cards: Sequence[Card]) -> frozenset[str]:
        """Words of the names of the first ones' speakers."""
        if self._spoken is None:
            self._spoken = speakers(cards)
        return self._spoken


def apart(values: Floats) -> Floats:
    """How far each value stands from the mean of the ten best, in standard deviations."""
    return Scale().apart("", values)


def joined(one: Columns, other: Columns) -> Columns:
    """Columns of some candidates and of others, one after the other."""
    return {name: np.concatenate([one[name], other[name]]) for name in one}


def _compared(name: str, values: Floats, scale: Scale) -> Columns:
    """A column with its distance from the best."""
    return {name: np.nan_to_num(values), f"{name}_apart": scale.apart(name, values)}


def speakers(cards: Sequence[Card]) -> frozenset[str]:
    """Words of the names of those who speak, folded."""
    found = {card.speaker for card in cards}
    return frozenset(name for speaker in found for name in words_of(speaker or "")) - _NOBODY


def unnamed(terms: Terms, names: frozenset[str]) -> Floats:
    """1 for each term that is no name of a speaker, else 0.

    A turn that holds the name of a speaker is mostly said by somebody else, to that person; who
    speaks is a witness of its own.
    """
    return np.array(
        [not any(_same(term.text, name) for name in names) for term in terms.terms],
        dtype=np.float32,
    )


def _same(stem: str, name: str) -> bool:
    return name.startswith(stem) and len(name) - len(stem) <= 2


def _by_words(terms: Terms, laid: Around, telling: Floats, scale: Scale) -> Columns:
    """Words of a candidate alone; and, without the names of speakers, with the one before it,
    with two and with four on either side."""
    none = np.zeros(len(laid.at), dtype=np.float32)
    windows = {
        "said_before": range(WIDE - 1, WIDE),
        "words_around": range(WIDE - 2, WIDE + 2),
        "words_wide": range(2 * WIDE),
    }
    if not terms.terms or not len(laid.at):
        return dict.fromkeys(("words", *windows), none)
    counts, weights, ideal = terms.counts(laid.rows), terms.weights(), max(terms.ideal, 1e-6)

    def heard(name: str, lines: range, weights: Floats) -> Floats:
        held, lengths = counts[:, laid.at].copy(), laid.lengths[laid.at].copy()
        for line in lines:
            has = laid.beside[line] >= 0
            places = laid.beside[line][has]
            held[:, has] += counts[:, places]
            lengths[has] += laid.lengths[places]
        return bm25(held, lengths, scale.length(name, lengths), weights) / ideal

    found = {name: heard(name, lines, weights * telling) for name, lines in windows.items()}
    return {"words": heard("words", range(0), weights), **found}


def _by_meaning(asked: Floats | None, vectors: Floats | None, laid: Around) -> Columns:
    if asked is None or vectors is None:
        none = np.zeros(len(laid.at), dtype=np.float32)
        return {"meaning": none, "meaning_near": none}
    summed = vectors[laid.at].copy()
    for line in (WIDE - 1, WIDE):
        has = laid.beside[line] >= 0
        summed[has] += BESIDE * vectors[laid.beside[line][has]]
    norms = np.linalg.norm(summed, axis=1)
    return {
        "meaning": vectors[laid.at] @ asked,
        "meaning_near": (summed @ asked) / np.maximum(norms, 1e-6),
    }


def _answering(before: Floats, laid: Around, scale: Scale) -> Floats:
    """How well the question just before a turn fits the one asked now, 0 where none stands there.

    "What is your cat called?" leads to the turn after it, which may be a single name.
    """
    fits = scale.apart("before", np.nan_to_num(before)) - UNASKED
    return np.asarray(laid.asked_before * np.maximum(fits, 0.0), dtype=np.float32)


def _signs(question: Question, terms: Terms, cards: Sequence[Card]) -> Columns:
    kinds = question.kinds
    held: set[int] = set()
    for rows in terms.phrases:
        held.update(rows.tolist())
    named: dict[str | None, bool] = {None: False}

    def names(speaker: str | None) -> bool:
        if speaker not in named:
            name = set(words_of(speaker or "")) - _NOBODY
            named[speaker] = not name.isdisjoint(question.folded)
        return named[speaker]

    return {
        "speaker": _flags([names(card.speaker) for card in cards]),
        "phrase": _flags([card.rowid in held for card in cards]),
        "time": np.array([question.time_fit(card.when_ms) for card in cards], dtype=np.float32),
        "kind": _flags([card.kind in kinds for card in cards]),
    }


def _wording(wording: cues.Wording, laid: Around, cards: Sequence[Card]) -> Columns:
    """What the texts look like beside what kind of thing is asked for."""
    rows, texts = [card.rowid for card in cards], [card.beginning for card in cards]
    return wording.columns(rows, texts, laid.turns) | {
        "asks": _flags([asks(card.ending) for card in cards]),
    }


def _flags(values: Sequence[bool]) -> Floats:
    return np.array(values, dtype=np.float32)
