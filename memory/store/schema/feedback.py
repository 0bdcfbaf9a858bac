"""What the person chose among what a recall listed."""

from __future__ import annotations

# Choices of the person among what a recall listed: pairs of a memory chosen and one passed over,
# with the difference of their columns (``memory.store.feedback``). With a memory go its pairs.
SQL = """
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    recall TEXT NOT NULL,
    columns TEXT NOT NULL,
    chosen INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    passed INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    strength REAL NOT NULL,
    difference BLOB NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX feedback_chosen ON feedback(chosen);
CREATE INDEX feedback_passed ON feedback(passed);
CREATE INDEX feedback_recall ON feedback(recall, chosen);
"""
