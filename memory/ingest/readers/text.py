"""Plain text in any usual encoding."""

from __future__ import annotations

from pathlib import Path

from memory.ingest.extracted import Extracted
from memory.ingest.readers.common import Limits, read_text, require_words
from memory.ingest.structure import plain_blocks


def read(path: Path, limits: Limits) -> Extracted:
    text = require_words(path, read_text(path, limits))
    return Extracted("text", path.name, text, blocks=plain_blocks(text))
