"""Text of one PDF page as paragraphs, with the way back to pdfium's characters.

pdfium gives lines; paragraphs, headings and list items are told by the distance of lines,
the size of letters and how far a line reaches to the right.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from memory.ingest.extracted import Block

HYPHEN = "\ufffe\x02"  # how pdfium marks a hyphen that it took for one of a line end
_KEPT = re.compile("[^\x00-\x1f\x7f\u00ad\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029\x85]+")
_ITEM = re.compile(r"(?:[•◦▪‣●○■–*-]|\(?\d{1,2}[.)]|\([a-z]\)|[a-z]\))\s+\S")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)\Z")
_WORD_AFTER = re.compile(r"([^\W\d_]+)")
_PREFIXES = frozenset("well self non long short high low half full part all ex mid co semi".split())
_CJK = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """``text[start : start + length]`` of the page came from ``source`` on (index in the
    string that pdfium gave)."""

    start: int
    length: int
    source: int


@dataclass(frozen=True, slots=True)
class PageText:
    text: str
    blocks: tuple[Block, ...]
    pieces: tuple[Piece, ...]
    raw: str = ""


@dataclass(slots=True)
class _Line:
    start: int
    end: int
    words: str
    size: float = 0.0  # height of the letters, points
    top: float = 0.0  # base line of the first character
    bottom: float = 0.0  # base line of the last one: a hyphenated line is two on the page
    right: float = 0.0


@dataclass
class _Output:
    raw: str
    parts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    length: int = 0

    def literal(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def source(self, start: int, end: int) -> None:
        """Copy a part of pdfium's text; what is no text is left out."""
        for match in _KEPT.finditer(self.raw, start, end):
            self.pieces.append(Piece(self.length, len(match.group()), match.start()))
            self.literal(match.group())

    def tail(self) -> str:
        return self.parts[-1] if self.parts else ""


def page_text(textpage: Any) -> PageText:
    """The page as paragraphs.

    Raises:
        PdfiumError: the page cannot be read.
    """
    raw = textpage.get_text_range()
    lines = list(_lines(textpage, raw))
    if not lines:
        return PageText("", (), (), raw)
    body = statistics.median_low(
        [line.size for line in lines for _ in range(1 + len(line.words) // 20)]
    )
    edge = max(line.right for line in lines)
    pitch = _pitch(lines)
    output = _Output(raw)
    blocks: list[Block] = []
    for paragraph in _paragraphs(lines, pitch, edge):
        if blocks:
            output.literal("\n\n")
        start = output.length
        _write(output, paragraph, edge)
        kind, level = _kind(paragraph, body)
        if output.length > start:
            blocks.append(Block(start, output.length, kind, level=level))
    return PageText("".join(output.parts), tuple(blocks), tuple(output.pieces), raw)


def source_ranges(page: PageText, start: int, end: int) -> list[tuple[int, int]]:
    """Ranges of pdfium's text that a span of the page's text came from, joined where they touch."""
    ranges: list[tuple[int, int]] = []
    for piece in page.pieces:
        first = max(start, piece.start)
        last = min(end, piece.start + piece.length)
        if first >= last:
            continue
        a, b = piece.source + first - piece.start, piece.source + last - piece.start
        if ranges and a - ranges[-1][1] <= 2:  # a hyphen or a line end between them
            ranges[-1] = (ranges[-1][0], b)
        else:
            ranges.append((a, b))
    return ranges


def char_index(textpage: Any, raw: str, index: int) -> int:
    """pdfium's character for an index of its text (UTF-16, and some characters are left out)."""
    wide = index + sum(ord(c) > 0xFFFF for c in raw[:index])
    found = pdfium_c.FPDFText_GetCharIndexFromTextIndex(textpage, wide)
    return found if found >= 0 else wide


def _lines(textpage: Any, raw: str) -> Iterable[_Line]:
    """Lines with words in them and where they stand. Positions that pdfium cannot give are 0."""
    exact = textpage.count_chars() == len(raw)
    at = 0
    for part in re.split(r"(\r\n|[\r\n])", raw):
        start, at = at, at + len(part)
        words = part.strip()
        if not any(c.isalnum() for c in words):
            continue
        start += len(part) - len(part.lstrip())
        line = _Line(start, start + len(words), words)
        ends = (line.start, line.end - 1)
        first, last = ends if exact else (char_index(textpage, raw, i) for i in ends)
        try:
            left = textpage.get_charbox(first, loose=True)
            right = textpage.get_charbox(last, loose=True)
        except (pdfium.PdfiumError, IndexError):
            yield line
            continue
        line.size = abs(left[3] - left[1])
        line.top, line.bottom, line.right = left[1], right[1], right[2]
        yield line


def _pitch(lines: list[_Line]) -> float:
    """Usual distance of two lines of one paragraph."""
    gaps = [a.bottom - b.top for a, b in zip(lines, lines[1:], strict=False) if a.bottom > b.top]
    if len(gaps) < 5:  # too few to tell: lines of a paragraph are seldom further apart
        gaps = [gap for gap in gaps if gap < lines[0].size * 1.5]
    return statistics.median_low(gaps) if gaps else 0.0


def _paragraphs(lines: list[_Line], pitch: float, edge: float) -> Iterable[list[_Line]]:
    paragraph: list[_Line] = []
    for line in lines:
        if paragraph and _parted(paragraph[-1], line, pitch, edge):
            yield paragraph
            paragraph = []
        paragraph.append(line)
    if paragraph:
        yield paragraph


def _parted(above: _Line, line: _Line, pitch: float, edge: float) -> bool:
    gap = above.bottom - line.top
    if _ITEM.match(line.words) or (above.size and abs(line.size / above.size - 1) > 0.12):
        return True
    if gap < -line.size:  # the next column, or a part that stands higher
        return above.words[-1] not in "-," + HYPHEN and not line.words[0].islower()
    usual = max(pitch, line.size * 0.9)
    if usual and gap > min(usual * 1.35, line.size * 2.2) and gap > usual * 1.15:
        return True
    return above.words[-1] in ".!?:" and above.right < edge * 0.85


def _write(output: _Output, paragraph: list[_Line], edge: float) -> None:
    for number, line in enumerate(paragraph):
        if number:
            _join(output, paragraph[number - 1], line, edge)
        at = line.start
        for mark in re.finditer(f"[{HYPHEN}\u00ad]", output.raw[line.start : line.end]):
            place = line.start + mark.start()
            output.source(at, place)
            at = place + 1
            if _keeps_hyphen(output.raw, place):
                output.literal("-")
        output.source(at, line.end)


def _join(output: _Output, above: _Line, line: _Line, edge: float) -> None:
    last, first = above.words[-1], line.words[0]
    if last in HYPHEN + "\u00ad":
        return
    if last == "-" and len(above.words) > 1 and above.words[-2].islower() and first.islower():
        if not _keeps_hyphen(above.words + line.words, len(above.words) - 1):
            _drop_last(output)
        return
    if _CJK.match(last) and _CJK.match(first):
        return
    output.literal("\n" if above.right < edge * 0.75 else " ")


def _drop_last(output: _Output) -> None:
    """Take the hyphen back that was copied as the last character."""
    piece = output.pieces.pop()
    if piece.length > 1:
        output.pieces.append(Piece(piece.start, piece.length - 1, piece.source))
    output.parts[-1] = output.parts[-1][:-1]
    output.length -= 1


def _keeps_hyphen(raw: str, place: int) -> bool:
    """Whether "well-" + "known" is a compound: told by the page's other words, then by prefix."""
    before = _WORD_BEFORE.search(raw, max(0, place - 40), place)
    after = _WORD_AFTER.match(raw, place + 1)
    if before is None or after is None:
        return True
    first, second = before.group(1), after.group(1)
    if re.search(rf"\b{first}-{second}", raw, re.I):
        return True
    if re.search(rf"\b{first}{second}\b", raw, re.I):
        return False
    return second[0].isupper() or first.lower() in _PREFIXES


def _kind(paragraph: list[_Line], body: float) -> tuple[str, int | None]:
    first = paragraph[0]
    if _ITEM.match(first.words):
        return "item", 1
    ratio = first.size / body if body else 1.0
    if ratio > 1.15 and len(paragraph) <= 3 and sum(len(line.words) for line in paragraph) <= 160:
        return "heading", 1 if ratio >= 1.6 else 2 if ratio >= 1.3 else 3
    return "paragraph", None
