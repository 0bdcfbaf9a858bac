"""The sentences a question is answered from, as ``memory.sentence_rank`` wants them. Pure but
for the functions handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memory import sentence_rank
from memory.asked import Part
from memory.ingest.detect import Format, format_of_name
from memory.protocol import MemoryKind
from memory.quotable import Piece, pieces
from memory.recall.found import Found
from memory.sentence_rank import Asked, Candidate
from memory.understand import word_spans

if TYPE_CHECKING:
    from models.embedder import TokenVectors

# None: the embedder in use tells no tokens.
Look = Callable[[Sequence[str]], "list[TokenVectors] | None"]
Stems = Callable[[Sequence[str]], list[tuple[str, ...]]]

# Sentences whose meaning is looked at in all; each costs about 2 ms of embedding.
_MOST_SENTENCES = 24
_MOST_OF_MEMORY = 48
# A word of the question that stands in no memory counts like this part of the rarest one.
_UNKNOWN = 0.7
# For one part of a question words of its other parts count this much.
_CARRIED = 0.5


@dataclass(frozen=True, slots=True)
class Sentence:
    found: Found
    piece: Piece

    @property
    def text(self) -> str:
        return self.found.row.memory.text[self.piece.start : self.piece.end]

    @property
    def when_ms(self) -> int:
        memory = self.found.row.memory
        return memory.learnt_ms if memory.happened_ms is None else memory.happened_ms

    @property
    def is_line(self) -> bool:
        """Whether it has its lines for itself, as a row or an item does."""
        text = self.found.row.memory.text
        before, behind = text[: self.piece.start], text[self.piece.end :]
        return before.rstrip(" \t")[-1:] in "\n" and behind.lstrip(" \t")[:1] in "\n"

    def beside(self, other: Sentence) -> bool:
        """Whether both stand in one block of running text."""
        return self.found is other.found and self.piece.block == other.piece.block


@dataclass(frozen=True, slots=True)
class Tools:
    """The question's terms with their rarity, and how to look at sentences."""

    weights: Mapping[str, float]
    stems: Stems
    look: Look | None


def pool_of(found: Sequence[Found]) -> list[Sentence]:
    """What can be quoted of these memories."""
    pool: list[Sentence] = []
    for one in found:
        memory = one.row.memory
        cut = pieces(memory.text, memory.heading, code=_is_code(one))
        pool += [Sentence(one, piece) for piece in cut[:_MOST_OF_MEMORY]]
    return pool


def _is_code(found: Found) -> bool:
    if found.row.memory.kind is not MemoryKind.PASSAGE or not found.row.location:
        return False
    return format_of_name(Path(found.row.location)) is Format.CODE


def candidates_of(pool: Sequence[Sentence], tools: Tools) -> list[Candidate]:
    terms = tools.stems([sentence.text for sentence in pool])
    names = list({sentence.found.row.memory.heading or "" for sentence in pool})
    headings = dict(zip(names, map(frozenset, tools.stems(names)), strict=True))
    best = max((sentence.found.score for sentence in pool), default=0.0) or 1.0
    return [
        Candidate(
            text=sentence.text,
            terms=frozenset(own),
            heading=headings[sentence.found.row.memory.heading or ""],
            block=(sentence.found.row.memory.id, sentence.piece.block),
            memory=sentence.found.score / best,
        )
        for sentence, own in zip(pool, terms, strict=True)
    ]


def asked_of(part: Part, tools: Tools) -> Asked:
    """One part as the ranker wants it; the words of the parts before it count less."""
    text = part.full
    found = word_spans(text)
    terms = tools.stems([text[start:end] for start, end in found])
    looked = tools.look([text]) if tools.look is not None else None
    seen = looked[0] if looked else None
    weights = _weights_of(part, tools)
    words = [(*span, own) for span, own in zip(found, terms, strict=True) if own]
    return Asked(text, part.text, weights, words, seen)


def _weights_of(part: Part, tools: Tools) -> dict[str, float]:
    """The terms of one part; those of the parts before it count less, other ones nothing."""
    if not part.words and not part.carried:
        return dict(tools.weights)
    unknown = _UNKNOWN * max(tools.weights.values(), default=1.0)
    weights: dict[str, float] = {}
    for words, share in ((part.carried, _CARRIED), (part.words, 1.0)):
        for terms in tools.stems(words):
            weights |= {term: share * tools.weights.get(term, unknown) for term in terms}
    return weights


def looked_at(
    asked: Sequence[Asked], candidates: Sequence[Candidate], tools: Tools
) -> list[TokenVectors | None] | None:
    """Only the likelier ones by words are embedded when there are many."""
    if tools.look is None:
        return None
    ranks = [sentence_rank.rank(one, candidates, None) for one in asked]
    likely = sorted(range(len(candidates)), key=lambda n: -max(one[n].score for one in ranks))
    kept = sorted(likely[:_MOST_SENTENCES])
    looked = tools.look([candidates[n].text for n in kept])
    if looked is None:
        return None
    seen: list[TokenVectors | None] = [None] * len(candidates)
    for n, one in zip(kept, looked, strict=True):
        seen[n] = one
    return seen
