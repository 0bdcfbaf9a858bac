"""Tables of topics, of what memories are about, and of the links between them.

Topics are memories that only say again what turns say: they stand in no keyword index, so that
words find what they would find without them.
"""

SQL = """
DROP TRIGGER memories_ai;
DROP TRIGGER memories_ad;
DROP TRIGGER memories_au;
DROP VIEW memories_laid_out;
DROP VIEW memories_letters;
CREATE VIEW memories_laid_out AS
    SELECT rowid, laid_out(text) AS text, laid_out(heading) AS heading FROM memories
    WHERE kind <> 'topic';
CREATE VIEW memories_letters AS
    SELECT rowid, letters(text) AS text FROM memories WHERE kind <> 'topic';
CREATE TRIGGER memories_ai AFTER INSERT ON memories WHEN new.kind <> 'topic' BEGIN
    INSERT INTO memories_fts(rowid, text, heading)
        VALUES (new.rowid, laid_out(new.text), laid_out(new.heading));
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, letters(new.text));
END;
CREATE TRIGGER memories_ad AFTER DELETE ON memories WHEN old.kind <> 'topic' BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, laid_out(old.text), laid_out(old.heading));
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, letters(old.text));
END;
CREATE TRIGGER memories_au AFTER UPDATE OF text, heading ON memories WHEN new.kind <> 'topic' BEGIN
    INSERT INTO memories_fts(memories_fts, rowid, text, heading)
        VALUES ('delete', old.rowid, laid_out(old.text), laid_out(old.heading));
    INSERT INTO memories_fts(rowid, text, heading)
        VALUES (new.rowid, laid_out(new.text), laid_out(new.heading));
    INSERT INTO memories_trigram(memories_trigram, rowid, text)
        VALUES ('delete', old.rowid, letters(old.text));
    INSERT INTO memories_trigram(rowid, text) VALUES (new.rowid, letters(new.text));
END;

-- Up to which row each talk is cut for good, and up to which it was read: what lies between is
-- its last topic, which may go on.
CREATE TABLE topic_marks (
    source_id TEXT PRIMARY KEY REFERENCES sources(id) ON DELETE CASCADE,
    closed_rowid INTEGER NOT NULL,
    read_rowid INTEGER NOT NULL
) WITHOUT ROWID;

-- Turns that went or read otherwise: topics made of them are made anew.
CREATE TABLE topic_changes (
    source_id TEXT NOT NULL,
    memory_id TEXT NOT NULL,
    PRIMARY KEY (source_id, memory_id)
) WITHOUT ROWID;
CREATE TRIGGER memories_topics_ad AFTER DELETE ON memories WHEN old.kind = 'turn' BEGIN
    INSERT OR IGNORE INTO topic_changes VALUES (old.source_id, old.id);
END;
CREATE TRIGGER memories_topics_au AFTER UPDATE OF text ON memories
WHEN old.kind = 'turn' AND old.text <> new.text BEGIN
    INSERT OR IGNORE INTO topic_changes VALUES (old.source_id, old.id);
END;

-- What a memory is about, version by version; the newest counts. Keywords and tags are lists,
-- the context an object, all JSON. A version that another memory brought about goes with that.
CREATE TABLE note_versions (
    memory_id TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    keywords TEXT NOT NULL,
    tags TEXT NOT NULL,
    context TEXT NOT NULL,
    cause TEXT NOT NULL,
    because TEXT REFERENCES memories(id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (memory_id, version)
) WITHOUT ROWID;
CREATE INDEX note_versions_because ON note_versions(because) WHERE because IS NOT NULL;

-- Links between two memories, told by the later one; the words are in both.
CREATE TABLE memory_links (
    one TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    other TEXT NOT NULL REFERENCES memories(id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    words TEXT NOT NULL,
    weight REAL NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (one, other)
) WITHOUT ROWID;
CREATE INDEX memory_links_other ON memory_links(other);

-- Memories to be looked at: new ones, edited ones, and those that lost a version.
CREATE TABLE note_queue (
    memory_id TEXT PRIMARY KEY,
    why TEXT NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER memories_notes_ai AFTER INSERT ON memories
WHEN new.kind IN ('note', 'topic') BEGIN
    INSERT OR IGNORE INTO note_queue VALUES (new.id, 'new');
END;
CREATE TRIGGER statements_notes_ai AFTER INSERT ON fact_statements BEGIN
    INSERT OR IGNORE INTO note_queue VALUES (new.memory_id, 'new');
END;
CREATE TRIGGER memories_notes_au AFTER UPDATE OF text ON memories
WHEN old.text <> new.text AND EXISTS (SELECT 1 FROM note_versions WHERE memory_id = old.id) BEGIN
    DELETE FROM memory_links WHERE one = old.id OR other = old.id;
    INSERT OR REPLACE INTO note_queue VALUES (old.id, 'edited');
END;
-- A topic worded anew leaves no trace of its old words.
CREATE TRIGGER memories_topic_words_au AFTER UPDATE OF text, heading ON memories
WHEN old.kind = 'topic' BEGIN
    DELETE FROM note_versions WHERE memory_id = old.id;
    DELETE FROM memory_links WHERE one = old.id OR other = old.id;
    INSERT OR REPLACE INTO note_queue VALUES (old.id, 'new');
END;
CREATE TRIGGER note_versions_ad AFTER DELETE ON note_versions
WHEN old.because IS NOT NULL AND EXISTS (SELECT 1 FROM memories WHERE id = old.memory_id) BEGIN
    INSERT OR IGNORE INTO note_queue VALUES (old.memory_id, 'lost');
END;
-- What gives orders to a model tells no topic and is bound to nothing.
CREATE TRIGGER suspicions_notes_ai AFTER INSERT ON suspicions BEGIN
    DELETE FROM note_versions WHERE memory_id = new.memory_id OR because = new.memory_id;
    DELETE FROM memory_links WHERE one = new.memory_id OR other = new.memory_id;
    INSERT OR IGNORE INTO topic_changes
        SELECT source_id, id FROM memories WHERE id = new.memory_id AND kind = 'turn';
    INSERT OR IGNORE INTO note_queue
        SELECT id, 'new' FROM memories WHERE id = new.memory_id AND (kind = 'note' OR EXISTS
        (SELECT 1 FROM fact_statements WHERE memory_id = new.memory_id));
END;
CREATE TRIGGER memories_notes_ad AFTER DELETE ON memories BEGIN
    DELETE FROM note_queue WHERE memory_id = old.id;
END;
INSERT OR IGNORE INTO note_queue
    SELECT id, 'new' FROM memories WHERE kind IN ('note', 'topic');
INSERT OR IGNORE INTO note_queue SELECT DISTINCT memory_id, 'new' FROM fact_statements;
"""
