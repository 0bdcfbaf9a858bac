"""Facts that go with memories: those that rest on nothing else."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from memory.store import facts
from memory.store.db import Connection

_TOPICS = (
    "SELECT subject_key, relation, slot_key FROM fact_statements WHERE memory_id = ?1"
    " UNION SELECT subject_key, relation, slot_key FROM facts WHERE memory_id = ?1"
)


def facts_with(
    c: Connection, new: Iterable[str], doomed: Collection[str], named: Collection[str]
) -> tuple[list[str], list[str]]:
    """Memories of facts of the topics that ``new`` tell of: first those of facts that rest on
    nothing but ``doomed`` or are ``named``, then the others, whose wording may tell of what goes.

    Args:
        new: ids of doomed memories whose topics were not looked at before.
        doomed: ids of all doomed memories.
        named: ids of facts that the person wants to go.
    """
    topics = {tuple(row) for id_ in new for row in c.execute(_TOPICS, (id_,))}
    alone: list[str] = []
    reworded: list[str] = []
    for topic in sorted(topics):
        for fact in facts.of_topic(c, topic):
            if fact.memory_id is None or fact.memory_id in doomed:
                continue
            said = {memory_id for memory_id, _one in facts.statements_of(c, fact.id)}
            goes = fact.id in named or said.issubset(doomed)
            (alone if goes else reworded).append(fact.memory_id)
    return alone, reworded
