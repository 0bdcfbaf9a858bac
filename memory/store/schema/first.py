"""Sources, memories, chats, jobs and all that was there at first."""

from __future__ import annotations

SQL = """
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
