"""Schema step "review": what was offered to the person before it fades, and their word on it."""

from __future__ import annotations

# One line a memory: the last time it was offered. ``answer`` is empty until the person decides.
# It holds nothing of the memory's words and goes with it.
SQL = """
CREATE TABLE fading_offers (
    memory_id TEXT PRIMARY KEY REFERENCES memories(id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    place INTEGER NOT NULL,
    offered_ms INTEGER NOT NULL,
    answer TEXT NOT NULL DEFAULT '' CHECK (answer IN ('', 'keep', 'fade')),
    answered_ms INTEGER
) WITHOUT ROWID;
CREATE INDEX fading_offers_day ON fading_offers(day, place);
"""
