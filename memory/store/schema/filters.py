"""The index a person's filter reads."""

from __future__ import annotations

# All that a person's filter asks of a memory: a wide one reads this index from end to end, a
# tenth of what the rows with their texts are.
SQL = """
CREATE INDEX memories_filter ON memories(kind, state, happened_ms, learnt_ms, speaker);
"""
