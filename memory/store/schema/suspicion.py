"""The step of texts that give orders to an assistant. Its SQL never changes.

Only kinds are kept, no words of the memory; a row goes with its memory. ``cleared_ms`` is when the
person said that it is fine.
"""

SQL = """
CREATE TABLE suspicions (
    memory_id TEXT PRIMARY KEY REFERENCES memories(id) ON DELETE CASCADE,
    score REAL NOT NULL,
    kinds TEXT NOT NULL,
    judged_ms INTEGER NOT NULL,
    cleared_ms INTEGER
) WITHOUT ROWID;
"""
