"""Answers without a language model: exact sentences of memories, chosen by words and meaning.

Pure but for the functions handed in. Nothing is invented and nothing is reworded: a quote is a
span of a memory's text, and says where it stands. What can be quoted of a memory is cut by
``memory.quotable``, what a question asks is read by ``memory.asked``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.asked import Part, kind_bonus, parts
from memory.ingest.detect import Format, format_of_name
from memory.protocol import MemoryKind
from memory.quotable import LONGEST, Piece, pieces
from memory.recall.found import Found
from memory.understand import Question, is_question, local_day

Floats = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Floats]
Stems = Callable[[Sequence[str]], list[tuple[str, ...]]]

OPENING = "Word for word from your memories:"
NOTHING = "I found nothing about that in your memories."

# Sentences whose meaning is looked at in all; each costs about 2 ms of embedding.
_MOST_SENTENCES = 24
_MOST_OF_MEMORY = 48
# A memory is looked at beside the best one when it is nearly as good ...
_NEARLY = 0.7
_MOST_MEMORIES = 5
_MOST_QUOTES = 3
# ... or, where several things are asked, when it fits at all.
_MOST_FOR_PARTS = 5
# Another sentence is quoted when it says nearly as much about the question as the best one.
_SECOND = 0.75
_OTHER = 0.85
_OTHER_UNSURE = 0.6
# For one part of a question words of its other parts count this much.
_CARRIED = 0.5
# How much the rank of its memory counts for a sentence where several things are asked.
_OF_MEMORY = 0.3
# A part is left without an answer when the best sentence for it says nothing about it.
_LEAST_SCORE = 0.3
# Rows or items of one memory that answer equally well are all meant ("which was cheaper?").
_EQUAL = 0.9
_MOST_EQUALS = 2

# Something fits when this much of the question's rare words stand in it, or it means the same.
_FITS_WORDS = 0.5
_FITS_MEANING = 0.45
_FITS_BOTH = 0.65

# What the sentence before is about counts this much for one that begins with "It" or "She".
_GONE_BACK = 0.7
_GOES_BACK = re.compile(
    r"(?:it|its|they|their|he|his|she|her|this|these|those|such|both|until then|then)\b", re.I
)
_QUOTE_MARKS = re.compile(r"^[ \t]*>[ \t>]*", re.M)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of one memory: ``found.row.memory.text[start:end] == text``."""

    found: Found
    text: str
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class _Sentence:
    found: Found
    piece: Piece
    about: str = ""
    """The sentence before it that its first word ("It ...") goes back to."""

    @property
    def text(self) -> str:
        return self.found.row.memory.text[self.piece.start : self.piece.end]

    def beside(self, other: _Sentence) -> bool:
        """Whether both stand in one block of running text."""
        return self.found is other.found and self.piece.block == other.piece.block


@dataclass(frozen=True, slots=True)
class _Tools:
    """The question's terms with their rarity, and how to look at sentences."""

    weights: Mapping[str, float]
    stems: Stems
    embed: Embed | None


def fits(found: Found) -> bool:
    """Whether a memory has so much to do with the question that it is worth quoting."""
    meaning = found.meaning or 0.0
    if found.why.get("phrase"):
        return True
    return (
        found.words >= _FITS_WORDS
        or meaning >= _FITS_MEANING
        or found.words + meaning >= _FITS_BOTH
    )


def choose(
    question: Question,
    asked: Floats | None,
    found: Sequence[Found],
    weights: Mapping[str, float],
    stems: Stems,
    embed: Embed | None,
) -> list[Quote]:
    """The sentences to quote, best memory first; empty when nothing fits.

    A question of several parts gets a sentence for each, in their order. ``weights`` are the
    terms of the question with their rarity; ``stems`` turns texts into such terms; ``asked``
    and ``embed`` are None when meaning is unavailable.
    """
    worth = [one for one in found if fits(one)]
    if not worth:
        return []
    tools = _Tools(weights, stems, embed)
    asks = parts(question.text)
    if len(asks) > 1:
        return _for_parts(asks, asked, worth[:_MOST_FOR_PARTS], tools)
    worth = [one for one in worth if one.score >= _NEARLY * worth[0].score][:_MOST_MEMORIES]
    pool = _answering(_pool(worth))
    scores = _scores(asks, [asked], pool, tools)[0]
    ranks = _ranks(scores, pool)
    least = (_OTHER if _all_known(asks[0], tools) else _OTHER_UNSURE) * max(ranks)
    quotes: list[Quote] = []
    best = {one.row.memory.id: max(_own(one, pool, ranks), default=0.0) for one in worth}
    for one in sorted(worth, key=lambda one: -best[one.row.memory.id]):
        if best[one.row.memory.id] >= least and len(quotes) < _MOST_QUOTES:
            quotes += _of_memory([s for s in pool if s.found is one], _own(one, pool, scores))
    return quotes


def best_sentences(
    question: Question,
    asked: Floats | None,
    found: Found,
    weights: Mapping[str, float],
    stems: Stems,
    embed: Embed | None,
) -> list[tuple[int, int]]:
    """Spans of all sentences of one memory, the likeliest answer first."""
    pool = _pool([found])
    whole = [Part(question.text, ())]
    scores = _scores(whole, [asked], pool, _Tools(weights, stems, embed))[0]
    order = np.argsort(-np.array(scores), kind="stable")
    return [(pool[place].piece.start, pool[place].piece.end) for place in order.tolist()]


def as_text(quotes: Sequence[Quote], opening: str = OPENING) -> str:
    """The answer as shown: each quote on its own line with its number, 1 upwards."""
    if not quotes:
        return NOTHING
    said = [f"{_who(quote)}“{_plain(quote.text)}” [{n}]" for n, quote in enumerate(quotes, 1)]
    return "\n\n".join([opening, *said])


def _who(quote: Quote) -> str:
    """Speaker and day of a turn: without them a quote of a chat says too little."""
    memory = quote.found.row.memory
    if memory.kind is not MemoryKind.TURN:
        return ""
    speaker = {"person": "You", "assistant": "Recollect"}.get(memory.speaker or "", memory.speaker)
    when = local_day(memory.happened_ms) if memory.happened_ms is not None else None
    named = ", ".join(part for part in (speaker, when) if part)
    return f"{named}: " if named else ""


def _plain(text: str) -> str:
    """A quote in one line; the exact text stands in the citation."""
    return " ".join(_QUOTE_MARKS.sub("", text).split())


def spans(text: str) -> list[tuple[int, int]]:
    """What can be quoted of a text: sentences; lines where it has none (lists, rows)."""
    return [(piece.start, piece.end) for piece in pieces(text)]


def _pool(found: Sequence[Found]) -> list[_Sentence]:
    """What can be quoted of these memories."""
    pool: list[_Sentence] = []
    for one in found:
        memory = one.row.memory
        cut = pieces(memory.text, memory.heading, code=_is_code(one))
        for piece in cut[:_MOST_OF_MEMORY]:
            sentence = _Sentence(one, piece)
            if pool and sentence.beside(pool[-1]) and _GOES_BACK.match(sentence.text):
                sentence = replace(sentence, about=pool[-1].about or pool[-1].text)
            pool.append(sentence)
    return pool


def _answering(pool: list[_Sentence]) -> list[_Sentence]:
    """Without questions: they are no answer, unless nothing else is there."""
    return [sentence for sentence in pool if not is_question(sentence.text)] or pool


def _is_code(found: Found) -> bool:
    if found.row.memory.kind is not MemoryKind.PASSAGE or not found.row.location:
        return False
    return format_of_name(Path(found.row.location)) is Format.CODE


def _for_parts(
    asks: Sequence[Part], asked: Floats | None, worth: Sequence[Found], tools: _Tools
) -> list[Quote]:
    """The best sentence for each part; one that answers two parts is quoted once."""
    pool = _answering(_pool(worth))
    vectors: list[Floats | None] = [None] * len(asks)
    if asked is not None and tools.embed is not None:
        vectors = list(tools.embed([part.full for part in asks]))
    table = _scores(asks, vectors, pool, tools)
    picked: dict[int, float] = {}
    for scores in table:
        best = int(np.argmax(_ranks(scores, pool)))
        if scores[best] < _LEAST_SCORE:
            continue
        for place in [best, *_equals(best, scores, pool)]:
            picked[place] = max(picked.get(place, 0.0), scores[place])
    return _quoted([pool[place] for place in picked], list(picked.values()))


def _scores(
    asks: Sequence[Part],
    asked: Sequence[Floats | None],
    pool: Sequence[_Sentence],
    tools: _Tools,
) -> list[list[float]]:
    """For each part of the question how well each sentence answers it."""
    texts = [sentence.text for sentence in pool]
    held = [frozenset(terms) for terms in tools.stems(texts)]
    around = [
        frozenset(terms) - own
        for terms, own in zip(tools.stems([one.about for one in pool]), held, strict=True)
    ]
    table: list[list[float]] = []
    for part in asks:
        weights = _weights_of(part, tools)
        total = sum(weights.values()) or 1.0
        table.append([
            (_sum(weights, held[n]) + _GONE_BACK * _sum(weights, around[n])) / total
            + kind_bonus(part.text, text)
            for n, text in enumerate(texts)
        ])  # fmt: skip
    if tools.embed is None or all(one is None for one in asked):
        return table
    # Only the likelier ones by words are embedded when there are many.
    order = sorted(range(len(texts)), key=lambda p: -max(scores[p] for scores in table))
    order = order[:_MOST_SENTENCES]
    vectors = tools.embed([texts[place] for place in order])
    for scores, one in zip(table, asked, strict=True):
        if one is not None:
            for place, cosine in zip(order, (vectors @ one).tolist(), strict=True):
                scores[place] += cosine
    return table


def _equals(best: int, scores: Sequence[float], pool: Sequence[_Sentence]) -> list[int]:
    """Other places of the best one's memory that answer as well, the best ones first."""
    alike = [
        place
        for place, sentence in enumerate(pool)
        if place != best
        and sentence.found is pool[best].found
        and not sentence.beside(pool[best])
        and scores[place] >= _EQUAL * scores[best]
    ]
    return sorted(alike, key=lambda place: -scores[place])[:_MOST_EQUALS]


def _sum(weights: Mapping[str, float], terms: frozenset[str]) -> float:
    return sum(weight for term, weight in weights.items() if term in terms)


def _ranks(scores: Sequence[float], pool: Sequence[_Sentence]) -> list[float]:
    """How well the sentences answer, with how well their memories fit."""
    best = max((sentence.found.score for sentence in pool), default=0.0) or 1.0
    return [
        score + _OF_MEMORY * sentence.found.score / best
        for score, sentence in zip(scores, pool, strict=True)
    ]


def _own(found: Found, pool: Sequence[_Sentence], values: Sequence[float]) -> list[float]:
    """Values of the sentences of one memory."""
    return [value for value, sentence in zip(values, pool, strict=True) if sentence.found is found]


def _all_known(part: Part, tools: _Tools) -> bool:
    """Whether every word of the question was searched for; one that stands nowhere (people say
    it otherwise there) leaves it less sure which sentence is meant."""
    return all(
        any(term in tools.weights for term in terms) for terms in tools.stems(part.words) if terms
    )


def _weights_of(part: Part, tools: _Tools) -> Mapping[str, float]:
    """The terms of one part; those of the parts before it count less, other ones nothing."""
    if not part.words and not part.carried:
        return tools.weights
    own, carried = (
        {term for terms in tools.stems(words) for term in terms}
        for words in (part.words, part.carried)
    )
    shares = {term: 1.0 if term in own else _CARRIED * (term in carried) for term in tools.weights}
    return {term: tools.weights[term] * share for term, share in shares.items() if share}


def _of_memory(sentences: Sequence[_Sentence], scores: Sequence[float]) -> list[Quote]:
    """The best sentence of a memory, with a second one if it is nearly as good."""
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    picked = order[:1] + [
        place for place in order[1:2] if scores[place] >= _SECOND * scores[order[0]]
    ]
    picked.sort()
    return _quoted([sentences[place] for place in picked], [scores[place] for place in picked])


def _quoted(sentences: Sequence[_Sentence], scores: Sequence[float]) -> list[Quote]:
    """Quotes of these sentences; neighbours in running text become one, in their own order."""
    quotes: list[Quote] = []
    before: _Sentence | None = None
    for sentence, score in zip(sentences, scores, strict=True):
        if before is not None and (joined := _joined(quotes[-1], before, sentence, score)):
            quotes[-1] = joined
        else:
            piece = sentence.piece
            quotes.append(_quote(sentence.found, piece.start, piece.end, score))
        before = sentence
    return quotes


def _joined(quote: Quote, before: _Sentence, sentence: _Sentence, score: float) -> Quote | None:
    if not before.beside(sentence):
        return None
    text = sentence.found.row.memory.text
    start, end = min(quote.start, sentence.piece.start), max(quote.end, sentence.piece.end)
    between = text[min(quote.end, sentence.piece.end) : max(quote.start, sentence.piece.start)]
    if between.strip() or end - start > LONGEST:
        return None
    return _quote(sentence.found, start, end, max(quote.score, score))


def _quote(found: Found, start: int, end: int, score: float) -> Quote:
    return Quote(found, found.row.memory.text[start:end], start, end, float(score))
