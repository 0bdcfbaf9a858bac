"""Vectors by the row of their memory."""

from __future__ import annotations

# Vectors by the row of their memory, those of the tokens beside them: one short look-up instead
# of a search by a long key in a tree whose inner pages hold whole vectors. And what stands
# beside a memory is told by an index alone.
SQL = """
CREATE TABLE vectors_by_row (
    memory INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    tokens BLOB
);
INSERT INTO vectors_by_row (memory, model, vector, tokens)
    SELECT m.rowid, e.model, e.vector, t.vectors FROM memories m
    JOIN embeddings e ON e.memory_id = m.id
    LEFT JOIN token_vectors t ON t.memory_id = m.id AND t.model = e.model ORDER BY m.rowid;
DROP TABLE token_vectors;
DROP TABLE embeddings;
ALTER TABLE vectors_by_row RENAME TO embeddings;
CREATE UNIQUE INDEX embeddings_memory ON embeddings(memory, model);

DROP INDEX memories_source;
CREATE INDEX memories_source ON memories(source_id, position, state, start, "end");
"""
