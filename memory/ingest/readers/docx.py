"""Word documents: headings, paragraphs, lists and tables, in the order of the page.

Headers, footers, comments and text boxes are left out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.opc.exceptions import PackageNotFoundError
from docx.table import Table
from docx.text.paragraph import Paragraph

from memory.clock import to_ms
from memory.ingest.detect import damaged
from memory.ingest.extracted import Extracted, one_line
from memory.ingest.readers.archive import check_members
from memory.ingest.readers.common import Builder, Limits
from memory.ingest.readers.csv import is_header, row_text

_HEADING = re.compile(r"(?:heading|überschrift|titre)\s+([1-9])", re.I)
_DEPTH = re.compile(r"(\d)\s*\Z")
_TEMPLATE_DATE = datetime(2013, 12, 23, 23, 15)  # of python-docx's own template: no date at all


def read(path: Path, limits: Limits) -> Extracted:
    try:
        with zipfile.ZipFile(path) as archive:
            check_members(path, archive.infolist(), limits)
        document = Document(str(path))
    except (
        zipfile.BadZipFile,
        zlib.error,
        PackageNotFoundError,
        SyntaxError,  # what lxml's XMLSyntaxError is
        KeyError,
        ValueError,
    ) as error:
        raise damaged(path, "Its inner parts do not fit together.") from error
    builder = Builder(path, limits)
    for item in document.iter_inner_content():
        if isinstance(item, Table):
            _add_table(builder, item)
        else:
            _add_paragraph(builder, item)
    properties = document.core_properties
    title = one_line(properties.title or "") or path.name
    return builder.done("docx", title, _created(properties))


def _add_paragraph(builder: Builder, paragraph: Any) -> None:
    style = str(getattr(paragraph.style, "name", "") or "")
    heading = _HEADING.match(style)
    if heading or style in ("Title", "Subtitle"):
        builder.add("heading", paragraph.text, level=int(heading.group(1)) if heading else 1)
    elif style.startswith("List") or _is_numbered(paragraph):
        depth = _DEPTH.search(style)
        level = int(depth.group(1)) if depth else 1 + _indent_level(paragraph)
        lead = "  " * (level - 1) + "• "
        after_item = builder.last_kind == "item"
        builder.add(
            "item", paragraph.text, level=level, lead=lead, gap="\n" if after_item else "\n\n"
        )
    elif "Quote" in style:
        builder.add("quote", paragraph.text)
    else:
        builder.add("paragraph", paragraph.text)


def _is_numbered(paragraph: Any) -> bool:
    properties = paragraph._p.pPr
    return properties is not None and properties.numPr is not None


def _indent_level(paragraph: Any) -> int:
    properties = paragraph._p.pPr
    numbering = None if properties is None else properties.numPr
    level = None if numbering is None else numbering.ilvl
    return 0 if level is None else min(int(level.val), 5)


def _add_table(builder: Builder, table: Any) -> None:
    header: list[str] | None = None
    for number, cells in enumerate(_rows(table)):
        if number == 0 and len(table.rows) > 1 and is_header(cells):
            header = cells
            continue
        after_row = builder.last_kind == "row" and number > 0
        builder.add("row", row_text(header, cells), gap="\n" if after_row else "\n\n")


def _rows(table: Any) -> Iterator[list[str]]:
    """Texts of the cells; a cell that spans columns is named once."""
    for row in table.rows:
        cells: list[str] = []
        before = None
        for cell in row.cells:
            if cell._tc is not before:
                cells.append(one_line(_cell_text(cell), 20_000))
            before = cell._tc
        yield cells


def _cell_text(cell: Any) -> str:
    parts = []
    for item in cell.iter_inner_content():
        if isinstance(item, Paragraph):
            parts.append(item.text)
        else:
            parts += [row_text(None, cells) for cells in _rows(item)]
    return " ".join(p for p in parts if p.strip())


def _created(properties: Any) -> int | None:
    """When the letter was begun. Word writes UTC; python-docx gives it with or without zone."""
    try:
        created = properties.created
    except ValueError:
        return None
    if not isinstance(created, datetime):
        return None
    if created.replace(tzinfo=None) == _TEMPLATE_DATE or not 1990 <= created.year <= 2200:
        return None
    return to_ms(created if created.tzinfo else created.replace(tzinfo=UTC))
