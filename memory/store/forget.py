"""SQL of forgetting: taking what is doomed out of every table.

Deleting rows is half of it; ``memory.forgetting`` then removes the bytes from the files.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from memory.store import facts, feedback, folders, memories, portrait, reservoir, topics
from memory.store.blanks import blank_document, blanked
from memory.store.db import Connection
from memory.store.doomed import Doomed, Named
from memory.store.doomed import collect as collect
from memory.store.doomed import line as line

REMOVED_ANSWER = "This answer was removed, because it used something that was forgotten."

UNTITLED = "Untitled"

_TITLES = (
    (
        "SELECT title FROM chats WHERE id = ?",
        "UPDATE chats SET title = ? WHERE id = ?",
    ),
    (
        "SELECT title FROM sources WHERE kind <> 'file' AND id = ?",
        "UPDATE sources SET title = ? WHERE id = ?",
    ),
)

# In the order in which rows point at each other; settings and the store's own facts stay.
_EVERYTHING = (
    "reservoir_read",
    "reservoir",
    "diary_told_from",
    "diary_told",
    "diary_quotes",
    "diary_lines",
    "diary_days",
    "folds",
    "outbox",
    "feedback",
    "embeddings",
    "reviews",
    "fading_offers",
    "memory_versions",
    "memory_links",
    "note_versions",
    "topic_marks",
    "portrait_told",
    "portrait_lines",
    "suspicions",
    "fact_statements",
    "facts",
    "fact_changes",
    "fact_marks",
    "memories",
    "topic_changes",
    "note_queue",
    "documents",
    "jobs",
    "batches",
    "messages",
    "chats",
    "sources",
    "folders",
    "fold_marks",
    "diary_dirty",
    "runs",
)


def erase(c: Connection, doomed: Doomed) -> None:
    """Take it out of every table, in the caller's transaction."""
    if doomed.everything:
        _erase_everything(c)
        return
    # First: facts told elsewhere too move there, and their memories stand in no document.
    facts.drop_statements(c, doomed.facts)
    facts.drop_said_in(c, doomed.memories)
    facts.refold(c, facts.changed_topics(c))
    lost = topics.take_out(c, doomed.memories)
    portrait.settle(c, doomed.lines)
    _blank_documents(c, doomed)
    _clear_titles(c, doomed)
    _keep_from_coming_back(c, doomed)
    reservoir.remove(c, doomed.kept)
    memories.remove(c, doomed.memories)
    _each(c, "DELETE FROM messages WHERE id = ?", doomed.messages)
    c.executemany(
        "UPDATE messages SET text = ?, citations = '[]', problem = NULL WHERE id = ?",
        [(REMOVED_ANSWER, id_) for id_ in doomed.answers],
    )
    _each(c, "DELETE FROM chats WHERE id = ?", doomed.chats)
    _each(c, "DELETE FROM jobs WHERE source_id = ?", doomed.sources)
    _each(c, "DELETE FROM sources WHERE id = ?", doomed.sources)
    topics.make_again(c, lost)
    if doomed.name is not None:
        _blank_name(c, Named(doomed.name))


def _blank_documents(c: Connection, doomed: Doomed) -> None:
    """Take the doomed passages out of the texts of sources that stay."""
    staying: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    gone = set(doomed.sources)
    for memory_id in doomed.memories:
        row = c.execute(
            'SELECT source_id, start, "end" FROM memories WHERE id = ?', (memory_id,)
        ).fetchone()
        if row is not None and row[0] not in gone:
            staying[row[0]].append((row[1], row[2]))
    for source_id, spans in staying.items():
        blank_document(c, source_id, spans)


def _blank_name(c: Connection, named: Named) -> None:
    """Take a name out of what stays: texts of documents, titles of chats and notes.

    Memories that held it are gone; names of files are the person's own.
    """
    for source_id, text in c.execute("SELECT source_id, text FROM documents").fetchall():
        if spans := named.spans(text):
            c.execute(
                "UPDATE documents SET text = ? WHERE source_id = ?",
                (blanked(text, spans), source_id),
            )
    for table, where in (("chats", ""), ("sources", " WHERE kind <> 'file'")):
        for id_, title in c.execute(f"SELECT id, title FROM {table}{where}").fetchall():
            if named.in_text(title):
                c.execute(f"UPDATE {table} SET title = ? WHERE id = ?", (UNTITLED, id_))


def _clear_titles(c: Connection, doomed: Doomed) -> None:
    """A chat or note is named after its first words: where those go, the name goes."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for sql, ids in (
        ("SELECT chat_id, text FROM messages WHERE id = ?", doomed.messages),
        ("SELECT source_id, text FROM memories WHERE id = ?", doomed.memories),
    ):
        for id_ in ids:
            for place, text in c.execute(sql, (id_,)):
                said[place].append(" ".join(text.split()))
    for id_, texts in said.items():
        for sql, update in _TITLES:
            for (title,) in c.execute(sql, (id_,)).fetchall():
                start = title.rstrip("\N{HORIZONTAL ELLIPSIS}. ")
                if start and any(start in text for text in texts):
                    c.execute(update, (UNTITLED, id_))


def _keep_from_coming_back(c: Connection, doomed: Doomed) -> None:
    """Hashes of what must not be learnt again by itself: passages, and files in folders."""
    c.executemany(
        "INSERT OR IGNORE INTO forgotten (source_id, text_hash)"
        " SELECT source_id, text_hash FROM memories WHERE id = ?",
        [(id_,) for id_ in doomed.memories],
    )
    for source_id in doomed.sources:
        row = c.execute(
            "SELECT kind, location, folder_id FROM sources WHERE id = ?", (source_id,)
        ).fetchone()
        if row is not None and row["kind"] == "file" and row["folder_id"] and row["location"]:
            folders.keep_away(c, row["folder_id"], row["location"])


def _erase_everything(c: Connection) -> None:
    # Row by row the triggers would look up every word; the indexes are emptied at once.
    triggers = c.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND name = 'memories_ad'"
    ).fetchall()
    for name, _sql in triggers:
        c.execute(f"DROP TRIGGER {name}")
    for table in _EVERYTHING:
        c.execute(f"DELETE FROM {table}")
    feedback.clear(c)
    for table in ("memories_fts", "memories_trigram"):
        if c.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
            c.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")
    for _name, sql in triggers:
        c.execute(sql)


def _each(c: Connection, sql: str, ids: Sequence[str]) -> None:
    c.executemany(sql, [(id_,) for id_ in ids])
