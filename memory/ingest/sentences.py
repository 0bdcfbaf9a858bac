"""Cuts text at sentences, and at words where a sentence is too long. Pure.

Spans only: nothing is changed, so places in the document stay exact.
"""

from __future__ import annotations

import re

from memory.ingest.structure import lines_of, trimmed

Span = tuple[int, int]

_END = re.compile(
    r"""[.!?…]+["'”’»)\]]*(?=\s)      # Latin scripts: mark, closing quotes, then space
    |[。！？｡]+["'”’」』）]*           # Chinese and Japanese need no space
    |\n[ \t]*\n""",  # a blank line always ends a sentence
    re.X,
)
_SHORT = frozenset(
    "mr mrs ms dr prof st sr jr vs etc e.g i.e cf al no nr vol fig p pp ca approx dept est inc ltd"
    " co corp gov gen col sgt capt lt rev hon jan feb mar apr jun jul aug sep sept oct nov dec mon"
    " tue wed thu fri sat sun z.b d.h u.a bzw ca usw str tel abs art bd a.m p.m u.s u.k".split()
)
_BEFORE = re.compile(r"([^\W\d_](?:[\w.]*\w)?)\Z")
_WORD = re.compile(r"\S+")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """Spans of the sentences of ``text[start:end]``, white space between them left out."""
    stop = len(text) if end is None else end
    found: list[Span] = []
    at = start
    for match in _END.finditer(text, start, stop):
        if not _ends_sentence(text, at, match, stop):
            continue
        first, last = trimmed(text, at, match.end())
        if first < last:
            found.append((first, last))
        at = match.end()
    first, last = trimmed(text, at, stop)
    if first < last:
        found.append((first, last))
    return found


def _ends_sentence(text: str, at: int, match: re.Match[str], stop: int) -> bool:
    mark = match.group()
    if mark[0] in "\n。！？｡!?…" or len(mark.rstrip("\"'”’»)]")) > 1:
        return True
    following = text[match.end() : match.end() + 8].lstrip()
    if not following or following[0].islower():
        return match.end() >= stop
    before = _BEFORE.search(text, max(at, match.start() - 20), match.start())
    if before is None:
        # "3. Pay the rent": a number alone on its line is a list mark, not a sentence.
        return not text[at : match.start()].strip().isdigit()
    word = before.group(1).lower()
    return word not in _SHORT and not (len(word) == 1 and word != "i")


def lines(text: str, start: int, end: int) -> list[Span]:
    """Spans of the lines that are not blank, trimmed."""
    spans = (trimmed(text, *line) for line in lines_of(text, start, end))
    return [span for span in spans if span[0] < span[1]]


def is_wrapped(text: str, start: int, end: int) -> bool:
    """Whether line ends are only where the line was full, not where a thought ended."""
    spans = list(lines_of(text, start, end))[:-1]
    if not spans:
        return True
    longest = max(e - s for s, e in spans)
    full = sum(e - s > longest * 0.7 and text[e - 1] not in ".!?:;," for s, e in spans if e > s)
    return full > len(spans) * 0.5


def words(text: str, start: int, end: int, longest: int) -> list[Span]:
    """Spans of the words; a run of characters is one word unless longer than ``longest``.

    Scripts without spaces are cut between characters; a longer run (an address, encoded data)
    at its punctuation; and only a run without any, by length.
    """
    spans: list[Span] = []
    for match in _WORD.finditer(text, start, end):
        first, last = match.span()
        if last - first > longest or _CJK.search(text, first, last):
            spans += _parts(text, first, last, longest)
        else:
            spans.append((first, last))
    return spans


def _parts(text: str, start: int, end: int, longest: int) -> list[Span]:
    cuts = [start]
    for i in range(start + 1, end):
        between_cjk = _CJK.match(text, i) and _CJK.match(text, i - 1)
        after_mark = not text[i - 1].isalnum() and text[i].isalnum()
        if between_cjk or (after_mark and not _joins(text[i])) or i - cuts[-1] >= longest:
            cuts.append(i)
    cuts.append(end)
    return [(a, b) for a, b in zip(cuts, cuts[1:], strict=False) if a < b]


def _joins(character: str) -> bool:
    """Combining marks belong to the character before them."""
    return "\u0300" <= character <= "\u036f"
