"""The schema, step by step. Each step commits together with the record that it ran.

A step that has shipped is never changed: its checksum is kept beside its name and compared.
A database with steps this program does not know is refused, untouched.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from memory.errors import StoreError
from memory.store import functions, step_diary, step_folds, step_portrait
from memory.store.step_notes import NOTES
from memory.store.step_review import REVIEW
from memory.store.step_suspicion import SUSPICION

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE folders (
    id TEXT PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    ignore TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL DEFAULT 'watching',
    added_ms INTEGER NOT NULL,
    scanned_ms INTEGER
);

CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('file', 'conversation', 'note')),
    title TEXT NOT NULL,
    location TEXT,
    format TEXT,
    state TEXT NOT NULL,
    problem TEXT,
    content_hash TEXT,
    size_bytes INTEGER,
    modified_ms INTEGER,
    parent_id TEXT REFERENCES sources(id) ON DELETE CASCADE,
    folder_id TEXT REFERENCES folders(id) ON DELETE SET NULL,
    added_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
);
CREATE UNIQUE INDEX sources_place ON sources(kind, location, ifnull(parent_id, ''));
CREATE INDEX sources_hash ON sources(content_hash);
CREATE INDEX sources_parent ON sources(parent_id);
CREATE INDEX sources_folder ON sources(folder_id);
CREATE INDEX sources_state ON sources(state);
CREATE INDEX sources_added ON sources(added_ms, id);

-- Paths under a watched folder that the person had forgotten: only hashes, so that the path
-- itself leaves no trace. The next scan must not learn these files again.
CREATE TABLE folder_forgotten (
    folder_id TEXT NOT NULL REFERENCES folders(id) ON DELETE CASCADE,
    path_hash BLOB NOT NULL,
    PRIMARY KEY (folder_id, path_hash)
) WITHOUT ROWID;

CREATE TABLE documents (
    source_id TEXT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]',
    markup TEXT
);

CREATE TABLE memories (
    rowid INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    text_hash BLOB NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    page INTEGER,
    ref TEXT,
    speaker TEXT,
    role TEXT,
    heading TEXT,
    happened_ms INTEGER,
    learnt_ms INTEGER NOT NULL,
    stability_days REAL NOT NULL,
    difficulty REAL NOT NULL,
    reviewed_ms INTEGER NOT NULL,
    importance REAL NOT NULL DEFAULT 0.5,
    pinned INTEGER NOT NULL DEFAULT 0,
    marked_wrong INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'active',
    version INTEGER NOT NULL DEFAULT 1,
    provenance TEXT NOT NULL DEFAULT '{}'
);
CREATE INDEX memories_source ON memories(source_id, position);
CREATE INDEX memories_happened ON memories(happened_ms);
CREATE INDEX memories_learnt ON memories(learnt_ms);
CREATE INDEX memories_state ON memories(state);
CREATE INDEX memories_text_hash ON memories(text_hash);
CREATE INDEX memories_ref ON memories(ref) WHERE ref IS NOT NULL;

CREATE TABLE memory_versions (
    memory_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    text TEXT NOT NULL,
    cause TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (memory_id, version)
) WITHOUT ROWID;

CREATE TABLE embeddings (
    memory_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (memory_id, model)
) WITHOUT ROWID;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_id TEXT NOT NULL,
    op TEXT NOT NULL CHECK (op IN ('upsert', 'delete'))
);
CREATE INDEX outbox_memory ON outbox(memory_id);

CREATE TABLE reviews (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    memory_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    before_stability REAL NOT NULL,
    before_difficulty REAL NOT NULL,
    before_reviewed_ms INTEGER NOT NULL,
    after_stability REAL NOT NULL,
    after_difficulty REAL NOT NULL
);
CREATE INDEX reviews_memory ON reviews(memory_id, at_ms);

-- Passages a person has forgotten: only what recognises them, so that reading the file again
-- does not bring them back.
CREATE TABLE forgotten (
    source_id TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    text_hash BLOB NOT NULL,
    PRIMARY KEY (source_id, text_hash)
) WITHOUT ROWID;

CREATE TABLE batches (
    id TEXT PRIMARY KEY,
    paused INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    total INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    cancelled INTEGER NOT NULL DEFAULT 0,
    memories INTEGER NOT NULL DEFAULT 0,
    open INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX batches_open ON batches(id) WHERE open > 0;

CREATE TABLE jobs (
    id TEXT PRIMARY KEY,
    batch_id TEXT NOT NULL REFERENCES batches(id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    source_id TEXT REFERENCES sources(id) ON DELETE CASCADE,
    path TEXT,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    interrupted INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    memories INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    created_ms INTEGER NOT NULL,
    started_ms INTEGER,
    finished_ms INTEGER
);
CREATE INDEX jobs_state ON jobs(state);
CREATE INDEX jobs_batch ON jobs(batch_id, state);
CREATE INDEX jobs_source ON jobs(source_id);
CREATE UNIQUE INDEX jobs_once ON jobs(batch_id, source_id) WHERE source_id IS NOT NULL;

CREATE TRIGGER jobs_ai AFTER INSERT ON jobs BEGIN
    UPDATE batches SET total = total + (new.kind <> 'folder'), open = open + 1,
        finished_ms = NULL
    WHERE id = new.batch_id;
END;
CREATE TRIGGER jobs_au AFTER UPDATE OF state, skipped, memories ON jobs BEGIN
    UPDATE batches SET
        total = total + (new.kind = 'folder') * ((new.state = 'failed') - (old.state = 'failed')),
        done = done + (new.kind <> 'folder')
            * ((new.state = 'done' AND NOT new.skipped) - (old.state = 'done' AND NOT old.skipped)),
        skipped = skipped + (new.state = 'done' AND new.skipped)
            - (old.state = 'done' AND old.skipped),
        failed = failed + (new.state = 'failed') - (old.state = 'failed'),
        cancelled = cancelled + (new.kind <> 'folder')
            * ((new.state = 'cancelled') - (old.state = 'cancelled')),
        memories = memories + new.memories - old.memories,
        open = open + (new.state IN ('queued', 'running', 'paused'))
            - (old.state IN ('queued', 'running', 'paused'))
    WHERE id = new.batch_id;
    UPDATE batches SET finished_ms = CASE WHEN open = 0 THEN new.finished_ms END
    WHERE id = new.batch_id;
END;
CREATE TRIGGER jobs_ad AFTER DELETE ON jobs BEGIN
    UPDATE batches SET
        total = total - (old.kind <> 'folder' OR old.state = 'failed'),
        done = done - (old.kind <> 'folder' AND old.state = 'done' AND NOT old.skipped),
        skipped = skipped - (old.state = 'done' AND old.skipped),
        failed = failed - (old.state = 'failed'),
        cancelled = cancelled - (old.kind <> 'folder' AND old.state = 'cancelled'),
        memories = memories - old.memories,
        open = open - (old.state IN ('queued', 'running', 'paused'))
    WHERE id = old.batch_id;
    UPDATE batches SET finished_ms = coalesce(finished_ms, old.created_ms)
    WHERE id = old.batch_id AND open = 0;
END;

CREATE TABLE chats (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    updated_ms INTEGER NOT NULL
);

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    chat_id TEXT NOT NULL REFERENCES chats(id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'complete',
    citations TEXT NOT NULL DEFAULT '[]',
    model TEXT,
    problem TEXT
);
CREATE INDEX messages_chat ON messages(chat_id, id);

CREATE TABLE runs (
    night TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    started_ms INTEGER NOT NULL,
    finished_ms INTEGER,
    counts TEXT NOT NULL DEFAULT '{}'
);

CREATE VIRTUAL TABLE memories_fts USING fts5(
    text, heading, content='memories', content_rowid='rowid',
    tokenize="porter unicode61 remove_diacritics 2"
);
CREATE VIRTUAL TABLE memories_trigram USING fts5(
    text, content='memories', content_rowid='rowid', tokenize='trigram', detail='none'
);
-- Where each word stands: recall reads whole posting lists from these (C speed, exact counts).
CREATE VIRTUAL TABLE memories_words USING fts5vocab('memories_fts', 'instance');
CREATE VIRTUAL TABLE memories_vocabulary USING fts5vocab('memories_fts', 'row');
CREATE VIRTUAL TABLE memories_trigrams USING fts5vocab('memories_trigram', 'instance');
CREATE TRIGGER memories_ai AFTER INSERT ON memories BEGIN
    INSERT INTO memories_fts(rowid, text, heading) VALUES (new.rowid, new.text, new.heading);
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, new.text);
END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, old.text, old.heading);
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, old.text);
END;
CREATE TRIGGER memories_au AFTER UPDATE OF text, heading ON memories BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, old.text, old.heading);
    INSERT INTO memories_fts(rowid, text, heading) VALUES (new.rowid, new.text, new.heading);
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, old.text);
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, new.text);
END;
"""

# The keyword index reads texts as ``memory.scripts`` lays them out: scripts without spaces in
# groups of characters, the index of parts of words folded. Letters keep the marks that belong
# to them. The functions are those of ``memory.store.functions``.
_SCRIPTS = """
DROP TRIGGER memories_ai;
DROP TRIGGER memories_ad;
DROP TRIGGER memories_au;
DROP TABLE memories_words;
DROP TABLE memories_vocabulary;
DROP TABLE memories_trigrams;
DROP TABLE memories_fts;
DROP TABLE memories_trigram;

CREATE VIEW memories_laid_out AS
    SELECT rowid, laid_out(text) AS text, laid_out(heading) AS heading FROM memories;
CREATE VIEW memories_letters AS SELECT rowid, letters(text) AS text FROM memories;

CREATE VIRTUAL TABLE memories_fts USING fts5(
    text, heading, content='memories_laid_out', content_rowid='rowid',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
CREATE VIRTUAL TABLE memories_trigram USING fts5(
    text, content='memories_letters', content_rowid='rowid', tokenize='trigram', detail='none'
);
CREATE VIRTUAL TABLE memories_words USING fts5vocab('memories_fts', 'instance');
CREATE VIRTUAL TABLE memories_vocabulary USING fts5vocab('memories_fts', 'row');
CREATE VIRTUAL TABLE memories_trigrams USING fts5vocab('memories_trigram', 'instance');
INSERT INTO memories_fts(memories_fts) VALUES ('rebuild');
INSERT INTO memories_trigram(memories_trigram) VALUES ('rebuild');

CREATE TRIGGER memories_ai AFTER INSERT ON memories BEGIN
    INSERT INTO memories_fts(rowid, text, heading)
        VALUES (new.rowid, laid_out(new.text), laid_out(new.heading));
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, letters(new.text));
END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, laid_out(old.text), laid_out(old.heading));
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, letters(old.text));
END;
CREATE TRIGGER memories_au AFTER UPDATE OF text, heading ON memories BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, laid_out(old.text), laid_out(old.heading));
    INSERT INTO memories_fts(rowid, text, heading)
        VALUES (new.rowid, laid_out(new.text), laid_out(new.heading));
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, letters(old.text));
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, letters(new.text));
END;
"""

# Vectors of the single tokens of short texts, signed bytes; see ``models.token_vectors``.
_TOKENS = """
CREATE TABLE token_vectors (
    memory_id TEXT PRIMARY KEY REFERENCES memories(id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    vectors BLOB NOT NULL
);
"""

# Vectors by the row of their memory, those of the tokens beside them: one short look-up instead
# of a search by a long key in a tree whose inner pages hold whole vectors. And what stands
# beside a memory is told by an index alone.
_ROWS = """
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

# Answers kept for questions that are asked again. The key is a hash of the question and all that
# shapes its answer. An answer goes with the first of the memories it was made from that goes,
# changes or is marked wrong, whoever does it.
_RESERVOIR = """
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

# Choices of the person among what a recall listed: pairs of a memory chosen and one passed over,
# with the difference of their columns (``memory.store.feedback``). With a memory go its pairs.
_FEEDBACK = """
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

# Facts, and the statements they are folded from; see ``memory.store.facts``. Statements go with
# the memory they were said in, and leave a note of the topic to be folded anew.
_FACTS = """
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

# All that a person's filter asks of a memory: a wide one reads this index from end to end, a
# tenth of what the rows with their texts are.
_FILTER = """
CREATE INDEX memories_filter ON memories(kind, state, happened_ms, learnt_ms, speaker);
"""

# What may be used where: a source's memories have its scope, so have a chat's turns. A chat
# without ``scopes`` (a JSON list) may use all of them; a folder's is that of what it brings.
_SCOPES = """
ALTER TABLE sources ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
CREATE INDEX sources_scope ON sources(scope);
ALTER TABLE folders ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
ALTER TABLE chats ADD COLUMN scope TEXT NOT NULL DEFAULT 'home';
ALTER TABLE chats ADD COLUMN scopes TEXT;
"""


@dataclass(frozen=True)
class Step:
    """One migration; ``checksum`` is over the SQL text, so a changed old step is noticed."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]


STEPS: tuple[Step, ...] = (
    Step("0001-first", _FIRST),
    Step("0002-scripts", _SCRIPTS),
    Step("0003-tokens", _TOKENS),
    Step("0004-rows", _ROWS),
    Step("0005-reservoir", _RESERVOIR),
    Step("0006-feedback", _FEEDBACK),
    Step("0007-facts", _FACTS),
    Step("0008-scopes", _SCOPES),
    Step("0009-filter", _FILTER),
    Step("0010-diary", step_diary.SQL),
    Step("0011-review", REVIEW),
    Step("0012-portrait", step_portrait.SQL),
    Step("0013-suspicion", SUSPICION),
    Step("0014-notes", NOTES),
    Step("0015-folds", step_folds.SQL),
)


def pending(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> list[Step]:
    """Steps that have not run yet, in order.

    Raises:
        StoreError: the database is newer than this program, or an old step was changed.
    """
    exists = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'migrations'").fetchone()
    done = (
        dict(connection.execute("SELECT name, checksum FROM migrations ORDER BY name"))
        if exists
        else {}
    )
    known = {step.name: step for step in steps}
    unknown = [name for name in done if name not in known]
    if unknown:
        raise StoreError(
            "This memory was written by a newer Recollect",
            f"Its database has the step {unknown[0]}, which this version does not know. "
            "Nothing was changed.",
            "Install the newer version, or choose another data folder.",
        )
    for name, checksum in done.items():
        if known[name].checksum != checksum:
            raise StoreError(
                "The database does not match this program",
                f"The step {name} was recorded with another content. Nothing was changed.",
                "Install the version that made this memory, or restore a backup.",
            )
    return [step for step in steps if step.name not in done]


def migrate(
    connection: sqlite3.Connection,
    now_ms: int,
    steps: Sequence[Step] = STEPS,
    before_first: Callable[[], None] = lambda: None,
) -> list[str]:
    """Run what is pending, each step in one transaction with its record.

    ``connection`` must be in autocommit mode. ``before_first`` is called once before the
    first step changes anything (the place for a backup). Returns the names of the steps run.

    Raises:
        StoreError: see ``pending``.
        sqlite3.Error: a step failed; it and its record are rolled back.
    """
    todo = pending(connection, steps)
    if not todo:
        return []
    before_first()
    functions.register(connection)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations"
        " (name TEXT PRIMARY KEY, checksum TEXT NOT NULL, at_ms INTEGER NOT NULL)"
    )
    for step in todo:
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in _statements(step.sql):
                connection.execute(statement)
            connection.execute(
                "INSERT INTO migrations VALUES (?, ?, ?)", (step.name, step.checksum, now_ms)
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    return [step.name for step in todo]


def _statements(sql: str) -> list[str]:
    """Split a script at semicolons that end a complete statement (triggers stay whole)."""
    statements: list[str] = []
    current = ""
    for line in sql.splitlines(keepends=True):
        current += line
        if line.rstrip().endswith(";") and sqlite3.complete_statement(current):
            statements.append(current.strip())
            current = ""
    return statements
