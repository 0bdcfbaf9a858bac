"""Facts, and the statements they are folded from."""

from __future__ import annotations

# Facts, and the statements they are folded from; see ``memory.store.facts``. Statements go with
# the memory they were said in, and leave a note of the topic to be folded anew.
SQL = """
CREATE TABLE facts (
    id TEXT PRIMARY KEY,
    memory_id TEXT REFERENCES memories(id) ON DELETE SET NULL,
    subject TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    relation TEXT NOT NULL,
    slot TEXT NOT NULL,
    slot_key TEXT NOT NULL,
    value TEXT NOT NULL,
    detail TEXT NOT NULL,
    text TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('current', 'past', 'doubtful', 'rejected')),
    from_ms INTEGER,
    from_days INTEGER,
    to_ms INTEGER,
    to_days INTEGER,
    ended_by TEXT NOT NULL DEFAULT '',
    doubt TEXT NOT NULL DEFAULT '',
    superseded_by TEXT REFERENCES facts(id) ON DELETE SET NULL,
    contradicts TEXT REFERENCES facts(id) ON DELETE SET NULL,
    said_ms INTEGER NOT NULL,
    learnt_ms INTEGER NOT NULL,
    confidence REAL NOT NULL
);
CREATE INDEX facts_topic ON facts(subject_key, relation, slot_key);
CREATE INDEX facts_state ON facts(state, said_ms);
CREATE INDEX facts_memory ON facts(memory_id);
CREATE INDEX facts_superseded ON facts(superseded_by) WHERE superseded_by IS NOT NULL;
CREATE INDEX facts_contradicts ON facts(contradicts) WHERE contradicts IS NOT NULL;

CREATE TABLE fact_statements (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    fact_id TEXT REFERENCES facts(id) ON DELETE SET NULL,
    subject TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    relation TEXT NOT NULL,
    slot TEXT NOT NULL,
    slot_key TEXT NOT NULL,
    value TEXT NOT NULL,
    detail TEXT NOT NULL,
    mode TEXT NOT NULL,
    from_ms INTEGER,
    from_days INTEGER,
    to_ms INTEGER,
    to_days INTEGER,
    said_ms INTEGER NOT NULL,
    learnt_ms INTEGER NOT NULL,
    confidence REAL NOT NULL,
    corrects INTEGER NOT NULL,  -- 2 where it corrects, plus 1 where it tells of a change
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    verdict TEXT NOT NULL DEFAULT ''
);
CREATE INDEX fact_statements_topic ON fact_statements(subject_key, relation, slot_key);
CREATE INDEX fact_statements_memory ON fact_statements(memory_id);
CREATE INDEX fact_statements_fact ON fact_statements(fact_id);

CREATE TABLE fact_changes (
    subject_key TEXT NOT NULL,
    relation TEXT NOT NULL,
    slot_key TEXT NOT NULL,
    PRIMARY KEY (subject_key, relation, slot_key)
) WITHOUT ROWID;
CREATE TRIGGER fact_statements_ad AFTER DELETE ON fact_statements BEGIN
    INSERT OR IGNORE INTO fact_changes
        VALUES (old.subject_key, old.relation, old.slot_key);
END;

-- Up to which row each source has been read for statements.
CREATE TABLE fact_marks (
    source_id TEXT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
    learnt_rowid INTEGER NOT NULL
) WITHOUT ROWID;
"""
