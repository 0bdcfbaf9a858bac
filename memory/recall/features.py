"""Operator "features": what each witness says of each candidate, one column each. Pure.

Words (BM25 divided by what a memory with all words of the question would get) and meaning (the
cosine of question and memory) are heard for the memory alone, with the two beside it, and, for
words, with four on either side, because a turn of a chat says little by itself ("Yes, in
Lisbon!"). Each is told twice: as it is, and as its distance from the ten best candidates, which
tells how much this way of searching has made up its mind; one that finds all alike says nothing
then (after MemGAS's router by entropy, arXiv 2505.19549).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from memory.clock import DAY_MS
from memory.recall import cues
from memory.recall.around import WIDE, Around, asks
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
# From this cosine on two memories may speak of the same thing; at twice as much they do.
ALIKE = 0.35
# Share of the question's words that the later one may lack, and where both are this much alike.
LOST, LOST_SURE, SURE = 0.1, 0.45, 0.55
_FAR = 4.0
_EVEN = 0.02

_CAPITALS = re.compile(r"(?<=[\w,;:'’] )[A-ZÀ-ÖØ-Þ][\w'’-]+")
_NOBODY = frozenset("user person human you me assistant ai system model tool".split())

Columns = dict[str, Floats]


def columns(
    question: Question,
    terms: Terms,
    asked: Floats | None,
    vectors: Floats | None,
    laid: Around,
    cards: Sequence[Card],
    late: tuple[Floats, Floats] | None = None,
    linked: tuple[Floats, Floats] | None = None,
    foreign: bool = False,
    wording: cues.Wording | None = None,
) -> Columns:
    """Every column, (n,) each.

    ``vectors`` has a line for each of ``laid.rows`` (zeros where a memory has none yet or is
    not ``close``), or is None when meaning is unavailable, as is ``asked``, the question's own
    vector. ``late`` is what ``memory.recall.late`` says of each candidate alone and with those
    beside it, ``linked`` what each gains by names it shares with the best ones, and by being
    called what those name. ``foreign`` says that the embedder does not know the language,
    ``wording`` remembers what was seen of the texts before.
    """
    found = _by_words(terms, laid, _names(terms, cards)) | _by_meaning(asked, vectors, laid)
    found |= dict(zip(("tokens", "tokens_near"), late or (found["words"] * 0,) * 2, strict=True))
    for name in list(found):
        found |= _compared(name, found[name])
    if foreign:
        found |= {name: FOREIGN * found[name] for name in found if name.startswith(BY_EMBEDDER)}
    found |= _signs(question, terms, cards)
    found |= _wording(wording or cues.Wording(question.text), laid, cards)
    found["lean"] = laid.lean
    found["superseded"] = _superseded(question, terms, vectors, laid, cards)
    none = np.zeros(len(cards), dtype=np.float32)
    found |= dict(zip(("linked", "is_named"), linked or (none, none), strict=True))
    return found


def apart(values: Floats) -> Floats:
    """How far each value stands from the mean of the ten best, in standard deviations."""
    if not len(values):
        return values
    best = np.sort(values)[-BEST:]
    return np.asarray(
        np.clip((values - best.mean()) / (values.std() + _EVEN), -_FAR, _FAR), dtype=np.float32
    )


def _compared(name: str, values: Floats) -> Columns:
    """A column with its distance from the best; what is not known counts as the mean."""
    known = ~np.isnan(values)
    if known.all():
        return {f"{name}_apart": apart(values)}
    far = np.zeros(len(values), dtype=np.float32)
    if known.any():
        far[known] = apart(values[known])
        far[~known] = far[known].mean()
    return {name: np.where(known, values, 0.0), f"{name}_apart": far}


def _names(terms: Terms, cards: Sequence[Card]) -> Floats:
    """1 for each term that is no name of a speaker, else 0.

    A turn that holds the name of a speaker is mostly said by somebody else, to that person; who
    speaks is a witness of its own.
    """
    names = {
        name for speaker in {card.speaker for card in cards} for name in words_of(speaker or "")
    }
    names -= _NOBODY
    return np.array(
        [not any(_same(term.text, name) for name in names) for term in terms.terms],
        dtype=np.float32,
    )


def _same(stem: str, name: str) -> bool:
    return name.startswith(stem) and len(name) - len(stem) <= 2


def _by_words(terms: Terms, laid: Around, unnamed: Floats) -> Columns:
    """Words of a candidate alone; and, without the names of speakers, with the one before it,
    with both beside it, with two and with four on either side."""
    none = np.zeros(len(laid.at), dtype=np.float32)
    windows = {
        "said_before": range(WIDE - 1, WIDE),
        "words_near": range(WIDE - 1, WIDE + 1),
        "words_around": range(WIDE - 2, WIDE + 2),
        "words_wide": range(2 * WIDE),
    }
    if not terms.terms or not len(laid.at):
        return dict.fromkeys(("words", *windows), none)
    counts, weights, ideal = terms.counts(laid.rows), terms.weights(), max(terms.ideal, 1e-6)

    def heard(lines: range, weights: Floats) -> Floats:
        held, lengths = counts[:, laid.at].copy(), laid.lengths[laid.at].copy()
        for line in lines:
            has = laid.beside[line] >= 0
            places = laid.beside[line][has]
            held[:, has] += counts[:, places]
            lengths[has] += laid.lengths[places]
        return bm25(held, lengths, float(lengths.mean()), weights) / ideal

    found = {name: heard(lines, weights * unnamed) for name, lines in windows.items()}
    return {"words": heard(range(0), weights), **found}


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
        "answers": laid.asked_before,
        "length": np.log1p(laid.lengths[laid.at] / 100).astype(np.float32),
    }


def _superseded(
    question: Question,
    terms: Terms,
    vectors: Floats | None,
    laid: Around,
    cards: Sequence[Card],
) -> Floats:
    """How likely a later candidate, of another day, says anew what is asked: 0 to 1.

    It holds the words of the question that the older one holds, most of them at least, by
    rarity, and every name, and it means something alike. Only a question about the present is
    better served by it.
    """
    none = np.zeros(len(cards), dtype=np.float32)
    now = not question.times and cues.asks_present(question.text)
    if vectors is None or not terms.terms or not now:
        return none
    weights = terms.weights()
    says = (terms.counts(laid.rows[laid.at]) > 0).astype(np.float32)
    held = weights @ says / max(terms.ideal, 1e-6)
    own = vectors[laid.at]
    alike = np.clip((own @ own.T - ALIKE) / ALIKE, 0.0, 1.0)
    when = np.array([card.when_ms for card in cards], dtype=np.int64)
    later = when[None, :] - when[:, None] >= DAY_MS
    # What the older one says of the question and the later does not; names never may differ.
    lost = ((weights[:, None] * says).T @ (1 - says)) / np.maximum(weights @ says, 1e-6)[:, None]
    names = _name_stems(question, terms)
    named = says[[term.text in names for term in terms.terms]]
    may_lose = np.where(alike >= SURE, LOST_SURE, LOST)
    same = (lost <= may_lose) & (named.T @ (1 - named) == 0)
    both = np.minimum(held[:, None], 1.0) * alike * later * same
    return np.asarray(both.max(axis=1), dtype=np.float32)


def _name_stems(question: Question, terms: Terms) -> set[str]:
    """Terms that are names: capitals inside the question."""
    names = {word for name in _CAPITALS.findall(question.text) for word in words_of(name)}
    return {term.text for term in terms.terms if any(_same(term.text, name) for name in names)}


def _flags(values: Sequence[bool]) -> Floats:
    return np.array(values, dtype=np.float32)
