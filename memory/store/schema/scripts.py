"""Keyword indexes over texts laid out by script."""

from __future__ import annotations

# The keyword index reads texts as ``memory.scripts`` lays them out: scripts without spaces in
# groups of characters, the index of parts of words folded. Letters keep the marks that belong
# to them. The functions are those of ``memory.store.functions``.
SQL = """
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
