"""Schema of the diary: which days wait to be written, and what each day's entry quotes.

An entry holds no words: its lines are places in memories, so they go with them. Only what a
language model told of a day is text, and goes with the first memory it was made from.
"""

SQL = """
-- Quarters of an hour whose memories changed: every zone's days consist of whole ones.
CREATE TABLE diary_dirty (
    quarter INTEGER PRIMARY KEY,
    mark INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE diary_days (
    day TEXT PRIMARY KEY,
    start_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    memories INTEGER NOT NULL,
    made_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE diary_lines (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL REFERENCES diary_days(day) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    source_id TEXT NOT NULL REFERENCES sources(id) ON DELETE CASCADE,
    memories INTEGER NOT NULL,
    score REAL NOT NULL
);
CREATE INDEX diary_lines_day ON diary_lines(day, place);
CREATE INDEX diary_lines_source ON diary_lines(source_id);
CREATE TABLE diary_quotes (
    line INTEGER NOT NULL REFERENCES diary_lines(id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('quote', 'topic')),
    memory INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    PRIMARY KEY (line, place)
) WITHOUT ROWID;
CREATE INDEX diary_quotes_memory ON diary_quotes(memory);
CREATE TABLE diary_told (
    day TEXT PRIMARY KEY REFERENCES diary_days(day) ON DELETE CASCADE,
    sentences TEXT NOT NULL,
    model TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- Everything the model was shown, not only what it cited.
CREATE TABLE diary_told_from (
    day TEXT NOT NULL REFERENCES diary_told(day) ON DELETE CASCADE,
    memory INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    PRIMARY KEY (day, memory)
) WITHOUT ROWID;
CREATE INDEX diary_told_from_memory ON diary_told_from(memory);

CREATE TRIGGER diary_told_from_ad AFTER DELETE ON diary_told_from BEGIN
    DELETE FROM diary_told WHERE day = old.day;
END;
CREATE TRIGGER memories_diary_ai AFTER INSERT ON memories
WHEN new.kind IN ('turn', 'note', 'passage') BEGIN
    INSERT INTO diary_dirty (quarter) VALUES (ifnull(new.happened_ms, new.learnt_ms) / 900000)
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
END;
CREATE TRIGGER memories_diary_ad AFTER DELETE ON memories
WHEN old.kind IN ('turn', 'note', 'passage') BEGIN
    INSERT INTO diary_dirty (quarter) VALUES (ifnull(old.happened_ms, old.learnt_ms) / 900000)
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
END;
CREATE TRIGGER memories_diary_au AFTER UPDATE OF text, marked_wrong, happened_ms, state ON memories
WHEN new.kind IN ('turn', 'note', 'passage') AND (
    old.text <> new.text OR old.marked_wrong <> new.marked_wrong
    OR old.happened_ms IS NOT new.happened_ms
    OR (old.state IN ('active', 'dormant')) <> (new.state IN ('active', 'dormant'))
) BEGIN
    INSERT INTO diary_dirty (quarter) VALUES (ifnull(old.happened_ms, old.learnt_ms) / 900000)
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
    INSERT INTO diary_dirty (quarter) VALUES (ifnull(new.happened_ms, new.learnt_ms) / 900000)
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
    DELETE FROM diary_quotes WHERE memory = new.rowid;
    DELETE FROM diary_told WHERE day IN (SELECT day FROM diary_told_from WHERE memory = new.rowid);
END;
INSERT INTO diary_dirty (quarter)
    SELECT DISTINCT ifnull(happened_ms, learnt_ms) / 900000 FROM memories INDEXED BY memories_filter
    WHERE kind IN ('turn', 'note', 'passage');
"""
