"""The tables of the portrait; see ``memory.store.portrait``."""

SQL = """
CREATE TABLE portrait_lines (
    id TEXT PRIMARY KEY,
    fact_id TEXT UNIQUE,  -- NULL: a line of the person's own
    subject_key TEXT NOT NULL DEFAULT '',
    relation TEXT NOT NULL DEFAULT '',
    slot_key TEXT NOT NULL DEFAULT '',
    value_key TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',  -- the person's words; empty: as made from the fact
    hidden INTEGER NOT NULL DEFAULT 0,
    at_ms INTEGER NOT NULL
);

-- Facts that stood in the prompt of an answer.
CREATE TABLE portrait_told (
    message_id TEXT PRIMARY KEY REFERENCES messages(id) ON DELETE CASCADE,
    facts TEXT NOT NULL
) WITHOUT ROWID;
"""
