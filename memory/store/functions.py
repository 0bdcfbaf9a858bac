"""Functions the schema itself calls, for every connection that reads or writes the memory.

A connection without them can read all tables but no view of the keyword indexes, and cannot
change a memory's text: better than an index that no longer agrees with the texts.
"""

from __future__ import annotations

import sqlite3

from memory import scripts

TOKENIZE = "porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
"""Of the keyword index (in step 0002-scripts of the schema), for words of a question too."""


def register(connection: sqlite3.Connection) -> None:
    """Add ``laid_out`` and ``letters``; NULL stays NULL."""
    connection.execute("PRAGMA trusted_schema = ON")  # some builds switch it off
    connection.create_function("laid_out", 1, _laid_out, deterministic=True)
    connection.create_function("letters", 1, _letters, deterministic=True)


def _laid_out(text: str | None) -> str | None:
    return None if text is None else scripts.laid_out(text)


def _letters(text: str | None) -> str | None:
    return None if text is None else scripts.letters(text)
