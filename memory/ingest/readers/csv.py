"""Tables as CSV or TSV: every row becomes a line that names its columns.

"date: 2025-03-02; shop: Baker; amount: 4.20" can be found and understood alone, a bare
"2025-03-02,Baker,4.20" cannot.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from memory.ingest.extracted import Extracted, one_line
from memory.ingest.readers.common import Builder, Limits, read_text, require_words

_DELIMITERS = ",;\t|"
_SAMPLE_LINES = 30


def read(path: Path, limits: Limits) -> Extracted:
    text = require_words(path, read_text(path, limits))
    csv.field_size_limit(min(limits.text_chars, 2**31 - 1))
    builder = Builder(path, limits)
    header: list[str] | None = None
    delimiter = _delimiter(text)
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
        cells = [one_line(cell, 10_000) for cell in row]
        if not any(cells):
            continue
        if number == 0 and is_header(cells):
            header = cells
            continue
        builder.add("row", row_text(header, cells), gap="\n")
    if header is not None and not builder.length:
        builder.add("row", "; ".join(header))
    return builder.done("csv", path.name)


def row_text(header: Sequence[str] | None, cells: Sequence[str]) -> str:
    """A row as one line; empty cells are left out, cells beyond the header stand alone."""
    named = []
    for i, cell in enumerate(cells):
        name = header[i] if header is not None and i < len(header) else ""
        if cell:
            named.append(f"{name}: {cell}" if name and name != cell else cell)
    return "; ".join(named)


def is_header(cells: Sequence[str]) -> bool:
    """Names and nothing else: filled, short, different, no numbers among them."""
    filled = [c for c in cells if c]
    return (
        len(filled) >= max(1, len(cells) - 1)
        and len(cells) > 1
        and len(set(filled)) == len(filled)
        and all(len(c) <= 60 and not c[0].isdigit() and c[0] not in "-+" for c in filled)
    )


def _delimiter(text: str) -> str:
    """The one that cuts the first lines into the most columns, equally many in each."""
    sample = "\n".join(text.split("\n", _SAMPLE_LINES)[:_SAMPLE_LINES])
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [
                r for r in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if r
            ]
        except csv.Error:
            continue
        widths = [len(r) for r in rows]
        usual = max(set(widths), key=widths.count)
        score = (usual - 1) * widths.count(usual) / len(widths)
        if score > best_score:
            best, best_score = delimiter, score
    return best
