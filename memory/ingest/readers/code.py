"""Source code and configuration: the text as it is, cut at definitions and blank lines."""

from __future__ import annotations

from pathlib import Path

from memory.ingest.extracted import Extracted
from memory.ingest.readers.common import Limits, read_text, require_words
from memory.ingest.structure import code_blocks


def read(path: Path, limits: Limits) -> Extracted:
    text = require_words(path, read_text(path, limits))
    return Extracted("code", path.name, text, markup="code", blocks=code_blocks(text))
