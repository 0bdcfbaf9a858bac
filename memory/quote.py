"""Answers without a language model: exact sentences of memories, chosen by words and meaning.

Pure but for the functions handed in. Nothing is invented and nothing is reworded: a quote is a
span of a memory's text, and says where it stands. What can be quoted of a memory is cut by
``memory.quotable``, what a question asks is read by ``memory.asked``, which sentence answers is
judged by ``memory.sentence_rank``, what was said anew later is seen by ``memory.restated``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from memory import sentence_rank
from memory.asked import Part, asks_order, parts
from memory.protocol import MemoryKind
from memory.quotable import LONGEST, pieces
from memory.quote_pool import (
    Look,
    Sentence,
    Stems,
    Tools,
    asked_of,
    candidates_of,
    looked_at,
    pool_of,
)
from memory.recall.found import Found
from memory.restated import is_restated
from memory.sentence_rank import Candidate, Numbers, Ranked
from memory.understand import Question, content_words, is_question, local_day

OPENING = "Word for word from your memories:"
NEAREST = "I found nothing in your memories that answers this. Nearest to it:"
NOTHING = "I found nothing about that in your memories."
ORDERS = "(This text gives orders to an assistant. It is shown as text only.)"
OUTVOTED = "(Several other memories say otherwise.)"

# The best memories are looked at, and more of them while they are nearly as good.
_LOOKED_AT = 3
_AS_GOOD = 0.5  # of the best one's score is enough for a memory beside one that gives orders
_NEARLY = 0.7
_MOST_MEMORIES = 5
# Another sentence is quoted when it is this likely beside the best one (1: as likely).
_SECOND = 0.02
MOST_SENTENCES = 2
# A word of the question that stands in no memory (people say it otherwise there) leaves it less
# sure which sentence is meant: less is enough, and a third one is quoted if it is likely.
_SECOND_UNSURE = 0.01
_THIRD_UNSURE = 0.25
# A part is left without an answer when the best sentence for it says nothing about it.
_LEAST_ABOUT = 0.3
# Rows or items of one memory that answer about as well are all meant ("which was cheaper?").
_EQUAL = 0.5
_MOST_EQUALS = 2

# Something fits when this much of the question's rare words stand in it, or it means the same.
_FITS_WORDS = 0.5
_FITS_MEANING = 0.45
_FITS_BOTH = 0.65

_QUOTE_MARKS = re.compile(r"^[ \t]*>[ \t>]*", re.M)


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of one memory: ``found.row.memory.text[start:end] == text``.

    Attributes:
        sentences: how many were joined into it.
        dated: another quote says otherwise what it says, so its day is shown.
    """

    found: Found
    text: str
    start: int
    end: int
    score: float
    sentences: int = 1
    dated: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """Sentences, and how well each answers each part of the question."""

    pool: Sequence[Sentence]
    candidates: Sequence[Candidate]
    table: Sequence[Sequence[Ranked]]


def fits(found: Found) -> bool:
    """Whether a memory has so much to do with the question that it is worth quoting."""
    meaning = found.meaning or 0.0
    if found.why.get("phrase") or found.why.get("timeline"):
        return True
    return (
        found.words >= _FITS_WORDS
        or meaning >= _FITS_MEANING
        or found.words + meaning >= _FITS_BOTH
    )


def choose(
    question: Question,
    found: Sequence[Found],
    weights: Mapping[str, float],
    stems: Stems,
    look: Look | None,
    most: int = MOST_SENTENCES,
) -> list[Quote]:
    """The sentences to quote, the likeliest first; empty when nothing fits.

    A question of several parts gets a sentence for each, in their order; one about an order of
    events gets them in that order; what was said anew at another time stands beside what was
    said before, the newest first. Otherwise ``most`` sentences are quoted at most. ``weights``
    are the terms of the question with their rarity; ``stems`` turns texts into such terms;
    ``look`` is None when meaning is unavailable.
    """
    worth = _worth(found)
    if not worth:
        return []
    asks = parts(question.text)
    judged = _judge(asks, worth, Tools(weights, stems, look))
    if len(asks) > 1:
        return _for_parts(judged)
    scores = [rank.score for rank in judged.table[0]]
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    unsure = not _all_known(asks[0], weights, stems)
    picked = _picked(order, scores, judged.pool, _shares(most, unsure=unsure))
    if most > 1:
        if dated := _restatements(order, scores, judged):
            return dated
        picked += [place for place in _equals(order[0], scores, judged.pool) if place not in picked]
    quotes = _quoted([judged.pool[place] for place in picked], [scores[place] for place in picked])
    return _in_time(quotes) if asks_order(question.text) else quotes


def looked_over(
    question: Question,
    found: Sequence[Found],
    weights: Mapping[str, float],
    stems: Stems,
    look: Look | None,
) -> list[tuple[Sentence, Numbers]]:
    """Every sentence that may be quoted for a whole question, with its features: what the
    weights are fitted on."""
    worth = _worth(found)
    judged = _judge(
        [Part(question.text, tuple(content_words(question.text)))],
        worth,
        Tools(weights, stems, look),
    )
    return [(one, rank.features) for one, rank in zip(judged.pool, judged.table[0], strict=True)]


def as_text(quotes: Sequence[Quote], opening: str = OPENING) -> str:
    """The answer as shown: each quote on its own line with its number, 1 upwards."""
    if not quotes:
        return NOTHING
    said = [
        f"{_who(quote)}“{_plain(quote.text)}” [{n}]{_beware(quote)}"
        for n, quote in enumerate(quotes, 1)
    ]
    return "\n\n".join([opening, *said])


def _worth(found: Sequence[Found]) -> list[Found]:
    """The memories to quote from, best first."""
    worth = _clean([one for one in found if fits(one)])
    near = [one for one in worth if one.score >= _NEARLY * worth[0].score]
    return worth[: max(_LOOKED_AT, min(len(near), _MOST_MEMORIES))]


def _clean(worth: list[Found]) -> list[Found]:
    """Without what gives orders, or is denied by others, where another one answers about as well.

    Words of an order are no answer; alone they are all there is, and are quoted as such.
    """
    marked = [one for one in worth if is_marked(one)]
    clean = [one for one in worth if not is_marked(one)]
    if not marked or not clean:
        return worth
    return clean if clean[0].score >= _AS_GOOD * worth[0].score else worth


def is_marked(found: Found) -> bool:
    """Whether a memory gives orders, or most others say otherwise."""
    return found.row.orders is not None or found.row.outvoted


def _who(quote: Quote) -> str:
    """Speaker and day of a turn: without them a quote of a chat says too little."""
    memory = quote.found.row.memory
    if memory.kind is not MemoryKind.TURN:
        return f"{local_day(_when_ms(quote))}: " if quote.dated else ""
    speaker = {"person": "You", "assistant": "Recollect"}.get(memory.speaker or "", memory.speaker)
    when = local_day(memory.happened_ms) if memory.happened_ms is not None else None
    named = ", ".join(part for part in (speaker, when) if part)
    return f"{named}: " if named else ""


def _when_ms(quote: Quote) -> int:
    memory = quote.found.row.memory
    return memory.learnt_ms if memory.happened_ms is None else memory.happened_ms


def _in_time(quotes: list[Quote]) -> list[Quote]:
    """The oldest first, where it is known of all when it happened."""
    if any(quote.found.row.memory.happened_ms is None for quote in quotes):
        return quotes
    return sorted(quotes, key=_when_ms)


def _beware(quote: Quote) -> str:
    row = quote.found.row
    said = ORDERS if row.orders is not None else OUTVOTED if row.outvoted else ""
    return f" {said}" if said else ""


def _plain(text: str) -> str:
    """A quote in one line; the exact text stands in the citation."""
    return " ".join(_QUOTE_MARKS.sub("", text).split())


def spans(text: str) -> list[tuple[int, int]]:
    """What can be quoted of a text: sentences; lines where it has none (lists, rows)."""
    return [(piece.start, piece.end) for piece in pieces(text)]


# -- judging


def _judge(asks: Sequence[Part], worth: Sequence[Found], tools: Tools) -> _Judged:
    """Questions someone asked are no answer, unless nothing else is there."""
    pool = pool_of(worth)
    candidates = candidates_of(pool, tools)
    asked = [asked_of(part, tools) for part in asks]
    seen = looked_at(asked, candidates, tools)
    table = [sentence_rank.rank(one, candidates, seen) for one in asked]
    kept = [n for n, one in enumerate(pool) if not is_question(one.text)] or list(range(len(pool)))
    return _Judged(
        [pool[n] for n in kept],
        [candidates[n] for n in kept],
        [[ranks[n] for n in kept] for ranks in table],
    )


# -- choosing


def _for_parts(judged: _Judged) -> list[Quote]:
    """The best sentence for each part; one that answers two parts is quoted once."""
    picked: dict[int, float] = {}
    for ranks in judged.table:
        scores = [rank.score for rank in ranks]
        best = max(range(len(scores)), key=lambda place: scores[place])
        if ranks[best].about < _LEAST_ABOUT:
            continue
        for place in [best, *_equals(best, scores, judged.pool)]:
            picked[place] = max(picked.get(place, scores[place]), scores[place])
    return _quoted([judged.pool[place] for place in picked], list(picked.values()))


def _picked(
    order: Sequence[int], scores: Sequence[float], pool: Sequence[Sentence], shares: Sequence[float]
) -> list[int]:
    """Places to quote, the likeliest first, each at least as likely beside the best one as its
    place asks for; a line beside the best one must be about as likely."""
    picked = [order[0]]
    best = pool[order[0]]
    for place, share in zip(order[1:], shares, strict=False):
        lines = best.is_line and pool[place].is_line and best.beside(pool[place])
        if _chance(scores, place, order[0]) >= (_EQUAL if lines else share):
            picked.append(place)
    return picked


def _shares(most: int, *, unsure: bool) -> list[float]:
    """What is asked of the second sentence, and of the third one."""
    if not unsure:
        return [_SECOND] * (most - 1)
    return [_SECOND_UNSURE] * (most - 1) + [_THIRD_UNSURE] * (most > 1)


def _all_known(part: Part, weights: Mapping[str, float], stems: Stems) -> bool:
    """Whether every word of the question was found in some memory."""
    return all(any(term in weights for term in terms) for terms in stems(part.words) if terms)


def _chance(scores: Sequence[float], place: int, best: int) -> float:
    """How likely a sentence is beside the best one."""
    return math.exp(min(scores[place] - scores[best], 0.0))


def _equals(best: int, scores: Sequence[float], pool: Sequence[Sentence]) -> list[int]:
    """Other places of the best one's memory that answer about as well, the best ones first."""
    alike = [
        place
        for place, sentence in enumerate(pool)
        if place != best
        and sentence.found is pool[best].found
        and not sentence.beside(pool[best])
        and _chance(scores, place, best) >= _EQUAL
    ]
    return sorted(alike, key=lambda place: -scores[place])[:_MOST_EQUALS]


def _restatements(order: Sequence[int], scores: Sequence[float], judged: _Judged) -> list[Quote]:
    """The best sentence with those that say it otherwise at another time, the newest first;
    nothing if there are none."""
    best = order[0]
    pool, candidates = judged.pool, judged.candidates
    places = [best]
    for place in order[1:]:
        if _chance(scores, place, best) < _SECOND or len(places) > _MOST_EQUALS:
            break
        if all(
            pool[place].when_ms != pool[other].when_ms
            and is_restated(candidates[place], candidates[other])
            for other in places
        ):
            places.append(place)
    if len(places) == 1:
        return []
    places.sort(key=lambda place: -pool[place].when_ms)
    quotes = _quoted([pool[place] for place in places], [scores[place] for place in places])
    return [replace(quote, dated=True) for quote in quotes]


def _quoted(sentences: Sequence[Sentence], scores: Sequence[float]) -> list[Quote]:
    """Quotes of these sentences; neighbours in running text become one, in their own order."""
    quotes: list[Quote] = []
    before: Sentence | None = None
    for sentence, score in zip(sentences, scores, strict=True):
        if before is not None and (joined := _joined(quotes[-1], before, sentence, score)):
            quotes[-1] = joined
        else:
            piece = sentence.piece
            quotes.append(_quote(sentence.found, piece.start, piece.end, score))
        before = sentence
    return quotes


def _joined(quote: Quote, before: Sentence, sentence: Sentence, score: float) -> Quote | None:
    if not before.beside(sentence):
        return None
    text = sentence.found.row.memory.text
    start, end = min(quote.start, sentence.piece.start), max(quote.end, sentence.piece.end)
    between = text[min(quote.end, sentence.piece.end) : max(quote.start, sentence.piece.start)]
    if between.strip() or end - start > LONGEST:
        return None
    joined = _quote(sentence.found, start, end, max(quote.score, score))
    return replace(joined, sentences=quote.sentences + 1)


def _quote(found: Found, start: int, end: int, score: float) -> Quote:
    return Quote(found, found.row.memory.text[start:end], start, end, float(score))
