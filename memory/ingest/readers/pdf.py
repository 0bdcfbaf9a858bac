"""PDF by page, through pdfium; and the picture of a page with a passage marked.

The text of a page depends on that page alone, so that a span can be found again on the page
without reading the whole file. Every piece of text remembers which of pdfium's characters it
came from (``Piece``); lines are joined to paragraphs, words hyphenated at a line end are put
together, and a mark is still drawn at the right characters.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium

from memory.errors import Unreadable
from memory.ingest.dates import pdf_date
from memory.ingest.detect import damaged, encrypted_file
from memory.ingest.extracted import Block, Extracted, clean, one_line
from memory.ingest.readers.common import Limits, too_much_text
from memory.ingest.readers.pdf_page import PageText, page_text
from memory.ingest.structure import with_headings
from memory.store.rows import PageSpan

_PASSWORD = 4  # FPDF_ERR_PASSWORD
_SECURITY = 5  # FPDF_ERR_SECURITY: an encryption pdfium does not know
_PAGE_NUMBER = re.compile(
    r"(?:(?:page|seite|p\.)\s*)?[-–]?\s*\d{1,4}\s*(?:(?:/|of|von)\s*\d{1,4})?\s*[-–]?", re.I
)
_FILE_NAME = re.compile(r"\.(?:docx?|indd|tex|dvi|pdf|odt|pages|rtf|html?)\s*\Z", re.I)


def read(path: Path, limits: Limits) -> Extracted:
    document = open_pdf(path)
    parts: list[str] = []
    pages: list[PageSpan] = []
    blocks: list[Block] = []
    length = 0
    for number in range(1, len(document) + 1):
        page = _page_text(document, number)
        gap = "\n\n" if length and page.text else ""
        start = length + len(gap)
        length = start + len(page.text)
        if length > limits.text_chars:
            raise too_much_text(path, limits)
        parts += (gap, page.text)
        pages.append(PageSpan(number, start, length))
        blocks += [
            Block(start + b.start, start + b.end, b.kind, page=number, level=b.level)
            for b in page.blocks
        ]
    text = "".join(parts)
    blocks = without_furniture(text, blocks)
    if not blocks:
        raise _only_pictures(path, len(pages))
    metadata = document.get_metadata_dict()
    document.close()
    return Extracted(
        format="pdf",
        title=_title(clean(metadata.get("Title", ""))) or path.name,
        text=text,
        pages=tuple(pages),
        blocks=with_headings(text, blocks),
        happened_ms=pdf_date(metadata.get("CreationDate", "")),
    )


def open_pdf(path: Path) -> Any:
    """The document.

    Raises:
        Unreadable: locked with a password, or damaged.
    """
    try:
        document = pdfium.PdfDocument(path)
        if len(document) == 0:
            raise damaged(path, "There is no page in it.")
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (_PASSWORD, _SECURITY) or "password" in str(error).lower():
            raise encrypted_file(path) from error
        raise damaged(path, "It is cut off, or it is no PDF inside.") from error
    return document


def _page_text(document: Any, number: int) -> PageText:
    """Text of a page; a single broken page is an empty one, the others still count."""
    try:
        page = document[number - 1]
    except pdfium.PdfiumError:
        return PageText("", (), ())
    try:
        textpage = page.get_textpage()
        try:
            return page_text(textpage)
        finally:
            textpage.close()
    except pdfium.PdfiumError:
        return PageText("", (), ())
    finally:
        page.close()


def without_furniture(text: str, blocks: list[Block]) -> list[Block]:
    """Blocks without page numbers and lines that stand at the edge of most pages.

    They stay in the text, but nobody wants to remember "Page 3 of 9".
    """
    edges: dict[int | None, list[Block]] = {}
    for block in blocks:
        edges.setdefault(block.page, []).append(block)
    outer = {id(b): b for page in edges.values() for b in (*page[:1], *page[-1:])}
    alike = Counter(_pattern(text[b.start : b.end]) for b in outer.values())
    often = max(3, len(edges) // 2 + 1)

    def is_furniture(block: Block) -> bool:
        words = text[block.start : block.end]
        at_edge = id(block) in outer
        return at_edge and bool(_PAGE_NUMBER.fullmatch(words) or alike[_pattern(words)] >= often)

    kept = [b for b in blocks if not is_furniture(b)]
    return kept or blocks


def _pattern(words: str) -> str:
    """Short lines compared without their numbers; long ones are never furniture."""
    return re.sub(r"\d+", "#", words) if len(words) <= 120 else words


def _title(stated: str) -> str:
    """The title in the properties, unless it is a program's default or a file name."""
    title = one_line(re.sub(r"^Microsoft (?:Word|PowerPoint) - ", "", stated))
    useless = _FILE_NAME.search(title) or title.lower() in ("untitled", "document1", "title")
    return "" if useless else title


def _only_pictures(path: Path, pages: int) -> Unreadable:
    return Unreadable(
        "No text in this PDF",
        f"Its {pages} pages are pictures, as a scanner makes them."
        if pages > 1
        else "Its page is a picture, as a scanner makes it.",
        "Let a program for text recognition (OCR) add the text, then add it again.",
        item=str(path),
        skipped=True,
    )
