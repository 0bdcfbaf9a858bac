"""What of a memory can be quoted: its sentences, list items, rows and lines of code. Pure.

A memory's text keeps the look of its source, so its structure is seen from line breaks, marks
and the path of headings it came with. Headings are never quoted, alone or as the beginning of
a sentence; what stands in its own line by nature (an item, a row, code) is never joined with
the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from memory.ingest.extracted import HEADING_JOIN
from memory.ingest.sentences import lines, sentences
from memory.ingest.structure import lines_of, trimmed

Span = tuple[int, int]

LONGEST = 600  # characters; a longer sentence is a list without marks and is cut at its lines

_SHORT = 160  # a text or an item up to here is quoted whole
_LONGEST_HEADING = 80
_LONGEST_LABEL = 60
_LABEL_SHARE = 0.6  # a first line this much shorter than the next one stands for itself
_FULL_SHARE = 0.7  # a line shorter than this part of the longest ended because its thought did

_MARKED_HEADING = re.compile(r"\s{0,3}#{1,6}\s+\S")
_UNDERLINE = re.compile(r"\s{0,3}(?:={3,}|-{3,}|~{3,})\s*\Z")
_NUMBERED = re.compile(r"\s*(?:§\s*)?\d{1,2}(?:\.\d{1,2})*\s+[^\W\d_a-zß-öø-ÿ]")
_ITEM = re.compile(r"\s*(?:[-*+•◦▪‣–]|\(?\d{1,3}[.)]|\(?[a-z]\))\s+(?=\S)")
_FENCE = re.compile(r"\s{0,3}(?:`{3,}|~{3,})")
_QUOTED = re.compile(r"(?:>\s*)+(?=[^>\s])")
_RULE = re.compile(r"[\s:|+=_*-]*\Z")
_TABLE = re.compile(r"\s*\|.*\|\s*\Z")
_TABLE_RULE = re.compile(r"\s*\|[\s:|-]+\|\s*\Z")
_CELLS = re.compile(r"\s*([^:;\n]{1,60}): [^\n]*; [^:;\n]{1,60}: ")
_DOCSTRING = re.compile(r"\"{3}|'{3}|/\*+|\*/")
_ENDED = re.compile(r"[.!?:;,…。！？][\"'”’»)\]*_]*\Z")
_DATE = re.compile(
    r"\b(?:1[5-9]|20)\d\d\b|\b\d{1,2}[./]\d{1,2}\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct"
    r"|nov|dec|mon|tues|wednes|thurs|fri|satur|sun)\w*",
    re.I,
)
_MARKS = "#=-~*_ \t"


@dataclass(frozen=True, slots=True)
class Piece:
    """A span that can be quoted; pieces of one block are neighbours in running text."""

    start: int
    end: int
    block: int


def pieces(text: str, heading: str | None = None, *, code: bool = False) -> list[Piece]:
    """All that can be quoted of a memory, in order; the whole text where there is nothing else.

    ``heading`` is the path of headings above the memory; ``code`` says that it is source code.
    """
    start, end = trimmed(text, 0, len(text))
    if start == end:
        return []
    if end - start <= _SHORT and "\n" not in text[start:end] and not code:
        return [Piece(_after_heading(text, start, end, heading), end, 0)]
    found: list[Piece] = []
    for number, (first, last, whole) in enumerate(_Blocks(text, heading, code).cut()):
        spans = [(first, last)] if whole else _sentences(text, first, last)
        found += [Piece(*span, number) for span in spans]
    return found or [Piece(start, end, 0)]


def _sentences(text: str, start: int, end: int) -> Iterator[Span]:
    for first, last in sentences(text, start, end):
        yield from lines(text, first, last) if last - first > LONGEST else [(first, last)]


class _Blocks:
    """Cuts one text into blocks: paragraphs, items, rows, lines; headings are left out."""

    def __init__(self, text: str, heading: str | None, code: bool) -> None:
        self._text = text
        self._heading = heading
        self._code = code
        self._names = frozenset(_bare(name) for name in (heading or "").split(HEADING_JOIN))
        self._lines = [line for line in lines_of(text)]
        self._cells = self._row_names()

    def cut(self) -> Iterator[tuple[int, int, bool]]:
        """Start and end of each block, and whether it is quoted whole."""
        if self._code:
            yield from self._code_lines(0, len(self._lines))
            return
        at = 0
        while at < len(self._lines):
            end = self._end_of(at)
            yield from self._block(at, end)
            at = end

    # -- which lines belong together

    def _end_of(self, at: int) -> int:
        """The line behind the block that begins at line ``at``."""
        line = self._line(at)
        if _FENCE.match(line):
            closing = (n for n in range(at + 1, len(self._lines)) if _FENCE.match(self._line(n)))
            return next(closing, len(self._lines) - 1) + 1
        if self._alone(at):
            underlined = not self._is_blank(at) and self._is_underlined(at)
            return at + (2 if underlined else 1)
        end = at + 1
        while end < len(self._lines) and not self._alone(end) and not self._begins(end):
            end += 1
        return end

    def _block(self, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
        text, line = self._text, self._line(at)
        if _FENCE.match(line):
            yield from self._code_lines(at + 1, end)
        elif self._is_blank(at) or self._is_heading(at) or self._is_table_head(at):
            return
        elif self._is_row(at):
            yield (*trimmed(text, *self._lines[at]), True)
        elif mark := _ITEM.match(line):
            first, last = trimmed(text, self._lines[at][0] + mark.end(), self._lines[end - 1][1])
            if first < last:
                yield first, last, last - first <= _SHORT
        else:
            yield from self._paragraph(at, end)

    def _paragraph(self, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Lines that were only wrapped stay together; others stand for themselves."""
        begin = at
        longest = max(e - s for s, e in self._lines[at:end])
        for n in range(at, end):
            if n + 1 < end and not self._breaks(n, longest, first=n == at):
                continue
            first, last = trimmed(self._text, self._lines[begin][0], self._lines[n][1])
            if mark := _QUOTED.match(self._text, first, last):
                first = mark.end()
            yield _after_heading(self._text, first, last, self._heading), last, False
            begin = n + 1

    def _breaks(self, n: int, longest: int, *, first: bool) -> bool:
        """Whether what line ``n`` says does not go on in the next line."""
        line, following = self._line(n).rstrip(), self._line(n + 1).lstrip()
        if following[:1].islower():
            return False
        if _ENDED.search(line):
            return line[-1] not in ",;" and len(line) < _FULL_SHARE * longest
        label = first and len(line) < min(_LABEL_SHARE * len(following), _LONGEST_LABEL)
        return label or len(line) < _FULL_SHARE * longest

    def _code_lines(self, at: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """Each line of code for itself; what is written between marks of a comment as prose."""
        begin: int | None = None  # of the prose
        for n in range(at, end):
            start, stop = self._lines[n]
            marks = list(_DOCSTRING.finditer(self._text, start, stop))
            if begin is None and not marks:
                first, last = trimmed(self._text, start, stop)
                if any(ch.isalnum() for ch in self._text[first:last]) and not _FENCE.match(
                    self._text[start:stop]
                ):
                    yield first, last, True
                continue
            for mark in marks:
                if begin is None:
                    begin = mark.end()
                    continue
                yield from self._prose(begin, mark.start())
                begin = None
        if begin is not None:
            yield from self._prose(begin, self._lines[end - 1][1])

    def _prose(self, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
        first, last = trimmed(self._text, start, end)
        if first < last:
            yield first, last, False

    # -- what a line is

    def _line(self, n: int) -> str:
        return self._text[slice(*self._lines[n])] if 0 <= n < len(self._lines) else ""

    def _is_blank(self, n: int) -> bool:
        return bool(_RULE.match(self._line(n)))

    def _alone(self, n: int) -> bool:
        """Whether a line is a block of its own."""
        return self._is_blank(n) or self._is_row(n) or self._is_heading(n)

    def _begins(self, n: int) -> bool:
        return bool(_ITEM.match(self._line(n)) or _FENCE.match(self._line(n)))

    def _row_names(self) -> frozenset[str]:
        """First cells that begin several lines, or the only one: "Date: ...; Paid to: ..."."""
        names = [m[1] for n in range(len(self._lines)) if (m := _CELLS.match(self._line(n)))]
        alone = len([n for n in range(len(self._lines)) if not self._is_blank(n)]) == 1
        return frozenset(name for name in names if alone or names.count(name) > 1)

    def _is_row(self, n: int) -> bool:
        line = self._line(n)
        cells = _CELLS.match(line)
        return bool(_TABLE.match(line)) or (cells is not None and cells[1] in self._cells)

    def _is_table_head(self, n: int) -> bool:
        return bool(_TABLE.match(self._line(n)) and _TABLE_RULE.match(self._line(n + 1)))

    def _is_underlined(self, n: int) -> bool:
        line = self._line(n)
        short = len(line.strip()) <= _LONGEST_HEADING and not _ENDED.search(line.rstrip())
        return short and bool(_UNDERLINE.match(self._line(n + 1)))

    def _is_heading(self, n: int) -> bool:
        line = self._line(n)
        if _MARKED_HEADING.match(line) or (_bare(line) and _bare(line) in self._names):
            return True
        if not _titles(line) or (_ITEM.match(line) and not self._is_underlined(n)):
            return False
        if self._is_underlined(n):
            return True
        before, behind = self._is_blank(n - 1) or n == 0, self._line(n + 1)
        if not before or _DATE.search(line):
            return False
        if _NUMBERED.match(line) and behind.strip():
            return behind.lstrip()[:1].isupper() and len(line) < _LABEL_SHARE * len(behind)
        return not behind.strip() and self._has_body(n + 1)

    def _has_body(self, n: int) -> bool:
        """Whether what follows says something: a sentence, an item, a row."""
        following = next((k for k in range(n, len(self._lines)) if not self._is_blank(k)), None)
        if following is None:
            return False
        line = self._line(following)
        return bool(_ITEM.match(line)) or self._is_row(following) or not _titles(line)


def _titles(line: str) -> bool:
    """Whether a line looks like a title: short, no mark at its end, a great letter or a number."""
    stripped = line.strip()
    first = next((ch for ch in stripped if ch.isalnum()), "")
    return (
        0 < len(stripped) <= _LONGEST_HEADING
        and not _ENDED.search(stripped)
        and not first.islower()
    )


def _bare(line: str) -> str:
    return " ".join(line.strip(_MARKS).split())


def _after_heading(text: str, start: int, end: int, heading: str | None) -> int:
    """Where the sentence begins in a line that has its heading in front: "3 Deposit The ..."."""
    names: Sequence[str] = (heading or "").split(HEADING_JOIN)
    name = names[-1].strip()
    if name and text.startswith(name, start):
        rest = start + len(name)
        behind = text[rest:end].lstrip()
        if text[rest : rest + 1].isspace() and behind[:1].isupper():
            return end - len(behind)
    return start
