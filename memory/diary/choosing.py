"""Chooses the few sentences that carry a day. Pure.

A sentence is worth more the more its words come again in what was said around it (centrality by
shared words, after LexRank, Erkan and Radev 2004), if it names things or figures, if the days
before did not say it (the novelty of maximal marginal relevance, Carbonell and Goldstein 1998),
and, in a talk, if it tells of who speaks and not only of who is spoken to. What an assistant said
is never quoted: it is not what the person did. Nothing is worded anew; a choice is a place in a
memory.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from memory.ingest.sentences import sentences
from memory.understand import content_words, fold, is_function_word, is_question, words_of

MOST_LINES = 6
_MOST_QUOTES = 2
_MOST_TOPICS = 3
# A second sentence of a talk must be worth this part of the first, and share less than this.
_SECOND, _SHARED = 0.6, 0.34
# Sentences shorter or longer than this do not read well in a diary.
_FEWEST, _FEW, _MANY, _LONGEST = 3, 6, 32, 320
_AGAIN = 0.6
# In a talk, "I went" tells of a day, "you are great" of hardly anything.
_OF_ONESELF, _OF_THE_OTHER = 1.2, 0.6
_I = frozenset(
    "i we my our me us mine i'm i've i'd i'll we're we've we'd we'll"
    " ich wir mein meine meinen meinem meiner unser unsere unseren mir mich uns"
    " je j'ai nous mon ma mes notre nos yo nosotros mi mis nuestro nuestra me nos".split()
)
_YOU = frozenset(
    "you your you're you've you'd you'll yours dein deine deinen deinem deiner du dich dir euch"
    " tu toi ton ta tes vous votre vos tú tus usted ustedes te".split()
)

_NAME = re.compile(r"(?<=[\w,;:] )[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][\w'’-]+(?: [A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ][\w'’-]+)*")
_OWNER = re.compile(r"['’]s?\Z")
# Tables, code, addresses: three columns, or as many fields with names.
_LISTED = re.compile(r"[^\S\n]{2,}|\t|[|{}<>\[\]].*[|{}<>\[\]]|https?://|(?:: .*){3}|(?:; .*){3}")
# A short line above a sentence is its heading, not its beginning.
_HEADED = re.compile(r"(?:[^\n.!?]{1,40}\n\s*)+(?=[A-ZÀ-ÖØ-ÞΑ-ΩА-ЯЁ])")


@dataclass(frozen=True, slots=True)
class Entry:
    """A memory of the day. ``spoken`` is false for what an assistant said."""

    rowid: int
    source: str
    text: str
    when_ms: int
    spoken: bool = True
    is_talk: bool = False
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Characters of a memory's text, end exclusive."""

    rowid: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a diary says of one source on one day."""

    source: str
    memories: int
    score: float
    quotes: tuple[Place, ...]
    topics: tuple[Place, ...] = ()


@dataclass(slots=True)
class _Sentence:
    place: Place
    text: str
    content: frozenset[str]
    names: tuple[tuple[str, Place], ...]
    reads: float
    worth: float = 0.0


@dataclass(slots=True)
class _Group:
    source: str
    entries: list[Entry] = field(default_factory=list)
    said: list[_Sentence] = field(default_factory=list)


def lines(
    entries: Iterable[Entry], before: Sequence[str] = (), most: int = MOST_LINES
) -> list[Line]:
    """The lines of a day, in order of time, ``most`` at most.

    Args:
        entries: its memories, in order of time; each is read when it is asked for.
        before: sentences that the diary quoted for the days before.
    """
    groups: dict[str, _Group] = {}
    for entry in entries:
        group = groups.setdefault(entry.source, _Group(entry.source))
        group.entries.append(entry)
        if entry.spoken:
            group.said += _said(entry)
    for group in groups.values():
        _without_talkers(group)
    _weigh(list(groups.values()), [frozenset(content_words(text)) for text in before])
    made = [line for group in groups.values() if (line := _line(group)) is not None]
    best = _distinct(sorted(made, key=lambda line: -line.score), groups, most)
    chosen = {line.source for line in best}
    return [line for line in made if line.source in chosen]


def _said(entry: Entry) -> list[_Sentence]:
    found = []
    for start, end in sentences(entry.text):
        if (head := _HEADED.match(entry.text, start, end)) is not None:
            start = head.end()
        text = entry.text[start:end]
        if end - start > _LONGEST or _LISTED.search(text):
            continue
        content = frozenset(content_words(text))
        if len(content) < _FEWEST:
            continue
        place = Place(entry.rowid, start, end)
        names = _names(entry, start, end)
        found.append(_Sentence(place, text, content, names, _reads(text, entry.is_talk)))
    return found


def _names(entry: Entry, start: int, end: int) -> tuple[tuple[str, Place], ...]:
    """Capitalised words inside the sentence, folded, with their places. A first word is left
    out: every sentence begins with a capital."""
    found = []
    for match in _NAME.finditer(entry.text, start, end):
        last = match.end() - (len(m.group()) if (m := _OWNER.search(match.group())) else 0)
        name = fold(entry.text[match.start() : last])
        if len(name) > 2 and match.start() > start and not is_function_word(name):
            found.append((name, Place(entry.rowid, match.start(), last)))
    return tuple(found)


# -- what a sentence is worth


def _without_talkers(group: _Group) -> None:
    """Who is spoken to is named all the time, in short too, and is no news."""
    talkers = {fold(entry.speaker) for entry in group.entries if entry.speaker}
    for one in group.said:
        one.names = tuple(
            (name, place)
            for name, place in one.names
            if not any(talker.startswith(name) or name in talker.split() for talker in talkers)
        )


def _weigh(groups: Sequence[_Group], before: Sequence[frozenset[str]]) -> None:
    day = Counter(word for group in groups for one in group.said for word in one.content)
    central: dict[int, float] = {}
    for group in groups:
        own = Counter(word for one in group.said for word in one.content)
        for one in group.said:
            shared = sum(math.log2(own[word]) + 0.5 * math.log2(day[word]) for word in one.content)
            central[id(one)] = shared / (4.0 + len(one.content))
    most = max(central.values(), default=0.0) or 1.0
    known: dict[str, list[int]] = {}
    for number, words in enumerate(before):
        for word in words:
            known.setdefault(word, []).append(number)
    for group in groups:
        for one in group.said:
            new = 1.0 - _again(one.content, known)
            one.worth = one.reads * (0.4 + central[id(one)] / most + 0.5 * _tells(one) + 0.6 * new)


def _again(content: frozenset[str], known: dict[str, list[int]]) -> float:
    """The largest share of these words that one sentence of the days before holds."""
    held = Counter(number for word in content for number in known.get(word, ()))
    return max(held.values(), default=0) / len(content)


def _tells(one: _Sentence) -> float:
    """Names and figures, 0 to 1."""
    figures = any(ch.isdigit() for ch in one.text)
    return min(1.0, 0.4 * len({name for name, _place in one.names}) + 0.3 * figures)


def _reads(text: str, is_talk: bool) -> float:
    """How well it reads by itself: whole, neither short nor long, not only a question, and, in a
    talk, of whom it tells."""
    words = words_of(text)
    length = 1.0 if _FEW <= len(words) <= _MANY else 0.6
    whole = 1.0 if text[:1].isupper() or not text[:1].isalpha() else 0.7
    whose = 1.0
    if is_talk and _I.isdisjoint(words) != _YOU.isdisjoint(words):
        whose = _OF_THE_OTHER if _I.isdisjoint(words) else _OF_ONESELF
    return length * whole * whose * (0.4 if is_question(text) else 1.0)


# -- lines


def _line(group: _Group) -> Line | None:
    best = sorted(group.said, key=lambda one: -one.worth)
    if not best:
        return None
    quotes = [best[0]]
    if any(entry.is_talk for entry in group.entries):
        for one in best[1:]:
            shared = len(one.content & quotes[0].content) / len(one.content)
            if one.worth >= _SECOND * best[0].worth and shared < _SHARED:
                quotes.append(one)
                break
    # A long talk carries the day more than a remark of the same worth.
    weight = 1.0 + 0.1 * math.log2(len(group.entries))
    ordered = sorted(quotes[:_MOST_QUOTES], key=lambda one: (one.place.rowid, one.place.start))
    return Line(
        group.source, len(group.entries), round(best[0].worth * weight, 4),
        tuple(one.place for one in ordered), _topics(group),
    )  # fmt: skip


def _topics(group: _Group) -> tuple[Place, ...]:
    """Names that come more than once in a talk, the most frequent first."""
    if not any(entry.is_talk for entry in group.entries):
        return ()
    counts: Counter[str] = Counter()
    places: dict[str, Place] = {}
    for one in group.said:
        for name in {name for name, _place in one.names}:
            counts[name] += 1
        for name, place in one.names:
            places.setdefault(name, place)
    common = [name for name, count in counts.most_common() if count > 1]
    kept: list[str] = []
    for name in common:
        if not any(name in other or other in name for other in kept):
            kept.append(name)
    return tuple(places[name] for name in kept[:_MOST_TOPICS])


def _distinct(best: Sequence[Line], groups: dict[str, _Group], most: int) -> list[Line]:
    """The first ones, without lines that say what a better one says."""
    kept: list[tuple[Line, frozenset[str]]] = []
    for line in best:
        if len(kept) == most:
            break
        content = next(
            one.content for one in groups[line.source].said if one.place == line.quotes[0]
        )
        if not any(len(content & other) >= _AGAIN * len(content) for _line, other in kept):
            kept.append((line, content))
    return [line for line, _content in kept]


class Scored(Protocol):
    """A line that is worth something."""

    @property
    def score(self) -> float: ...


L = TypeVar("L", bound=Scored)


def of_days(days: Sequence[Sequence[tuple[L, frozenset[str]]]], most: int) -> list[tuple[int, L]]:
    """The lines that carry several days: of each day its best before any day's second one.

    Args:
        days: lines of each day with the words of content they quote.

    Returns: lines with the number of their day, in order.
    """
    ranked = [sorted(day, key=lambda one: -one[0].score) for day in days]
    kept: list[tuple[int, L, frozenset[str]]] = []
    for depth in range(max((len(day) for day in ranked), default=0)):
        layer = [(number, day[depth]) for number, day in enumerate(ranked) if depth < len(day)]
        for number, (line, content) in sorted(layer, key=lambda one: -one[1][0].score):
            again = any(
                len(content & other) >= _AGAIN * max(len(content), 1) for _n, _l, other in kept
            )
            if len(kept) < most and not again:
                kept.append((number, line, content))
    order = {id(line): place for day in days for place, (line, _content) in enumerate(day)}
    return sorted(
        ((number, line) for number, line, _content in kept),
        key=lambda one: (one[0], order[id(one[1])]),
    )
