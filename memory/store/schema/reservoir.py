"""Answers kept for questions that are asked again."""

from __future__ import annotations

# Answers kept for questions that are asked again. The key is a hash of the question and all that
# shapes its answer. An answer goes with the first of the memories it was made from that goes,
# changes or is marked wrong, whoever does it.
SQL = """
CREATE TABLE reservoir (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    text TEXT NOT NULL,
    citations TEXT NOT NULL,
    model TEXT,
    message_id TEXT REFERENCES messages(id) ON DELETE CASCADE,
    newest INTEGER NOT NULL,
    answered_ms INTEGER NOT NULL,
    used_ms INTEGER NOT NULL
);
CREATE INDEX reservoir_used ON reservoir(used_ms);
CREATE INDEX reservoir_message ON reservoir(message_id) WHERE message_id IS NOT NULL;

CREATE TABLE reservoir_read (
    answer INTEGER NOT NULL REFERENCES reservoir(id) ON DELETE CASCADE,
    memory_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (answer, memory_id)
) WITHOUT ROWID;
CREATE INDEX reservoir_read_memory ON reservoir_read(memory_id);

CREATE TRIGGER memories_reservoir_ad AFTER DELETE ON memories BEGIN
    DELETE FROM reservoir
        WHERE id IN (SELECT answer FROM reservoir_read WHERE memory_id = old.id);
END;
CREATE TRIGGER memories_reservoir_au AFTER UPDATE OF text, marked_wrong ON memories
WHEN old.text <> new.text OR old.marked_wrong <> new.marked_wrong BEGIN
    DELETE FROM reservoir
        WHERE id IN (SELECT answer FROM reservoir_read WHERE memory_id = old.id);
END;
"""
