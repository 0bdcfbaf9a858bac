"""Blanking out forgotten passages in the text of a document that stays."""

from __future__ import annotations

import re
from collections.abc import Iterable

from memory.store.db import Connection

_SHOWN = re.compile(r"[^\n]")

BLANK = "\N{MEDIUM SHADE}"
"""Stands for each forgotten character, so that the places of everything else stay right."""


def blank_document(c: Connection, source_id: str, spans: Iterable[tuple[int, int]]) -> None:
    """Put ``BLANK`` in the place of these spans of a source's text."""
    row = c.execute("SELECT text FROM documents WHERE source_id = ?", (source_id,)).fetchone()
    if row is None:
        return
    c.execute(
        "UPDATE documents SET text = ? WHERE source_id = ?", (blanked(row[0], spans), source_id)
    )


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """``text`` with spans blanked out; line breaks stay, the length too."""
    pieces: list[str] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, len(text))
        if start < end:
            pieces += [text[at:start], _SHOWN.sub(BLANK, text[start:end])]
            at = end
    return "".join([*pieces, text[at:]])
