"""The reader of each format. Importing this loads every parser: only reader processes do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from memory.ingest.detect import Format, detect
from memory.ingest.extracted import Extracted
from memory.ingest.readers import (
    chat_export,
    code,
    csv,
    docx,
    html,
    markdown,
    pdf,
    text,
    transcript,
)
from memory.ingest.readers.common import Limits

READERS: dict[Format, Callable[[Path, Limits], Extracted]] = {
    Format.TEXT: text.read,
    Format.MARKDOWN: markdown.read,
    Format.HTML: html.read,
    Format.PDF: pdf.read,
    Format.DOCX: docx.read,
    Format.CODE: code.read,
    Format.CSV: csv.read,
    Format.TRANSCRIPT: transcript.read,
    Format.CHAT_EXPORT: chat_export.read,
}


def read(path: Path, limits: Limits) -> Extracted:
    """Detect the format and read.

    Raises:
        Unreadable: with the reason and the next step.
        OSError: the file cannot be opened.
        MemoryError: the limit of this process was reached.
    """
    return READERS[detect(path)](path, limits)
