"""SQL of the documents: the extracted text of a source, which its memories point into."""

from __future__ import annotations

import json

from memory.store.db import Connection
from memory.store.rows import DocumentText, PageSpan


def put(c: Connection, source_id: str, document: DocumentText) -> None:
    """Store the text of a source, or replace it."""
    pages = json.dumps([[page.number, page.start, page.end] for page in document.pages])
    c.execute(
        "INSERT INTO documents (source_id, text, pages, markup) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (source_id) DO UPDATE SET text = excluded.text, pages = excluded.pages,"
        " markup = excluded.markup",
        (source_id, document.text, pages, document.markup),
    )


def get(c: Connection, source_id: str) -> DocumentText | None:
    row = c.execute(
        "SELECT text, pages, markup FROM documents WHERE source_id = ?", (source_id,)
    ).fetchone()
    if row is None:
        return None
    pages = tuple(PageSpan(*page) for page in json.loads(row["pages"]))
    return DocumentText(row["text"], pages, row["markup"])


def append(c: Connection, source_id: str, piece: str, separator: str = "\n\n") -> int:
    """Add to the end of a text, as a growing chat does; returns where ``piece`` begins."""
    row = c.execute(
        "SELECT length(text) FROM documents WHERE source_id = ?", (source_id,)
    ).fetchone()
    if row is None:
        put(c, source_id, DocumentText(piece))
        return 0
    before = separator if row[0] else ""
    c.execute(
        "UPDATE documents SET text = text || ? WHERE source_id = ?", (before + piece, source_id)
    )
    return int(row[0]) + len(before)


def delete(c: Connection, source_id: str) -> None:
    c.execute("DELETE FROM documents WHERE source_id = ?", (source_id,))
