"""Vectors of single tokens."""

from __future__ import annotations

# Vectors of the single tokens of short texts, signed bytes; see ``models.token_vectors``.
SQL = """
CREATE TABLE token_vectors (
    memory_id TEXT PRIMARY KEY REFERENCES memories(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vectors BLOB NOT NULL
);
"""
