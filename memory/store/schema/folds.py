"""Schema of folding: which memories stand behind another one that says the same.

``fold_marks`` has a row for every memory that may be folded. ``stage`` 0: its marks are to be
made; 1: it is to be compared with the others; 2: nothing is to be done. ``apart``: the person
took it out of a group, so it is never folded again as long as its text stays.
"""

SQL = """
CREATE TABLE folds (
    member INTEGER PRIMARY KEY REFERENCES memories(rowid) ON DELETE CASCADE,
    shown INTEGER NOT NULL REFERENCES memories(rowid) ON DELETE CASCADE,
    night TEXT NOT NULL,
    at_ms INTEGER NOT NULL
);
CREATE INDEX folds_shown ON folds(shown);
CREATE INDEX folds_night ON folds(night);
CREATE TABLE fold_marks (
    memory INTEGER PRIMARY KEY REFERENCES memories(rowid) ON DELETE CASCADE,
    marks BLOB,
    stage INTEGER NOT NULL DEFAULT 0,
    apart INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX fold_marks_stage ON fold_marks(stage, memory) WHERE stage < 2;

CREATE TRIGGER folds_ad AFTER DELETE ON folds BEGIN
    UPDATE fold_marks SET stage = 1
        WHERE memory = old.member AND marks IS NOT NULL AND apart = 0;
END;
CREATE TRIGGER memories_folds_ai AFTER INSERT ON memories
WHEN new.kind IN ('turn', 'note', 'passage') BEGIN
    INSERT INTO fold_marks (memory) VALUES (new.rowid);
END;
CREATE TRIGGER memories_folds_au
AFTER UPDATE OF text, heading, speaker, marked_wrong, state ON memories
WHEN new.kind IN ('turn', 'note', 'passage') AND (
    old.text <> new.text OR old.heading IS NOT new.heading OR old.speaker IS NOT new.speaker
    OR old.marked_wrong <> new.marked_wrong
    OR (old.state IN ('active', 'dormant')) <> (new.state IN ('active', 'dormant'))
) BEGIN
    DELETE FROM folds WHERE member = new.rowid OR shown = new.rowid;
    UPDATE fold_marks SET marks = NULL, stage = 0, apart = 0 WHERE memory = new.rowid;
END;
-- What gives orders stands in no group and in no entry, unless the person says that it is fine.
CREATE TRIGGER suspicions_folds_ai AFTER INSERT ON suspicions BEGIN
    DELETE FROM folds WHERE member = (SELECT rowid FROM memories WHERE id = new.memory_id)
        OR shown = (SELECT rowid FROM memories WHERE id = new.memory_id);
    DELETE FROM diary_told WHERE day IN (SELECT f.day FROM memories m
        JOIN diary_told_from f ON f.memory = m.rowid WHERE m.id = new.memory_id);
    INSERT INTO diary_dirty (quarter)
        SELECT ifnull(happened_ms, learnt_ms) / 900000 FROM memories WHERE id = new.memory_id
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
END;
CREATE TRIGGER suspicions_folds_au AFTER UPDATE OF cleared_ms ON suspicions BEGIN
    UPDATE fold_marks SET stage = 1 WHERE marks IS NOT NULL AND apart = 0
        AND memory = (SELECT rowid FROM memories WHERE id = new.memory_id);
    INSERT INTO diary_dirty (quarter)
        SELECT ifnull(happened_ms, learnt_ms) / 900000 FROM memories WHERE id = new.memory_id
        ON CONFLICT (quarter) DO UPDATE SET mark = mark + 1;
END;
-- The index tells the rows without reading a text.
INSERT INTO fold_marks (memory)
    SELECT rowid FROM memories INDEXED BY memories_filter
    WHERE kind IN ('turn', 'note', 'passage') ORDER BY rowid;
"""
