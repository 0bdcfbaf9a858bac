"""Everything a forgetting takes away as texts, to look for afterwards in the files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from memory.scripts import is_grouped, laid_out
from memory.store import diary
from memory.store.db import Connection
from memory.store.forget import Doomed
from memory.store.residue import Traces

_MOST_CHARS = 500_000
_MOST_WORDS = 2_000
_WORD = re.compile(r"\w{6,}")

_OF_MEMORY = (
    "SELECT text, heading FROM memories WHERE id = ?",
    "SELECT text FROM memory_versions WHERE memory_id = ?",
)
_OF_FACT = (
    "SELECT subject, value, detail FROM fact_statements WHERE memory_id = ?",
    "SELECT subject, value, text FROM facts WHERE memory_id = ?",
)
_OF_MESSAGE = ("SELECT text, citations FROM messages WHERE id = ?",)
_OF_SOURCE = (
    "SELECT title, location FROM sources WHERE id = ?",
    "SELECT text, markup FROM documents WHERE source_id = ?",
)
_OF_KEPT = ("SELECT text FROM reservoir WHERE id = ?",)
_OF_CHAT = ("SELECT title FROM chats WHERE id = ?",)


def texts(c: Connection, doomed: Doomed) -> list[str] | None:
    """The texts, before they go; None if they are too many to be looked for."""
    if doomed.everything:
        return None
    found: dict[str, None] = {}
    size = 0
    for text in chain(
        _texts(c, _OF_MEMORY, [*doomed.memories, *doomed.reworded]),
        _texts(c, _OF_FACT, doomed.memories),
        (text for id_ in doomed.memories for text in diary.told_texts(c, id_)),
        _texts(c, _OF_MESSAGE, [*doomed.messages, *doomed.answers]),
        _texts(c, _OF_SOURCE, doomed.sources),
        _texts(c, _OF_CHAT, doomed.chats),
        _texts(c, _OF_KEPT, doomed.kept),
    ):
        if text not in found:
            found[text] = None
            size += len(text)
            if size > _MOST_CHARS:
                return None
    return list(found)


def traces(c: Connection, gone: Sequence[str]) -> Traces:
    """With the words that stand in no memory any more; the end of a word is left open, since
    the keyword index keeps stems."""
    words = list(dict.fromkeys(word.lower() for text in gone for word in _indexed(text)))
    known = "SELECT 1 FROM memories_fts WHERE memories_fts MATCH ? LIMIT 1"
    unknown = [w for w in words[:_MOST_WORDS] if not c.execute(known, (f'"{w}"',)).fetchone()]
    return Traces(list(gone), [word[:-2] if len(word) > 7 else word for word in unknown])


def _indexed(text: str) -> list[str]:
    """Words as the keyword index has them; of a script without spaces its groups."""
    if not is_grouped(text):
        return _WORD.findall(text)
    words = laid_out(text).split()
    return [word for word in words if len(word) > (1 if is_grouped(word) else 5)]


def _texts(c: Connection, queries: Sequence[str], ids: Sequence[str | int]) -> list[str]:
    return [
        value
        for sql in queries
        for id_ in ids
        for row in c.execute(sql, (id_,))
        for value in row
        if value
    ]
