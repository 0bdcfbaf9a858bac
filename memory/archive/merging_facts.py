"""Facts of an archive: their statements come in where they are not there, and what they leave is
folded anew with what is known here. Runs on the writer thread, in the transaction of the merge.

A fact of the archive keeps its id, and its memory its strength, where a statement of it is new
here. The person's word counts on whichever side it was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from memory.archive import layout
from memory.archive.layout import Row
from memory.store import archive_facts as known
from memory.store import archive_rows, facts
from memory.store.db import Connection
from memory.store.facts import Topic

Said = Mapping[str, Any]


class Facts:
    """Takes pages of memories, facts and statements, in this order.

    ``here`` tells the id under which a memory of the archive is known here, None if it is not;
    ``place`` makes a memory of a fact here and returns its id.
    """

    def __init__(
        self,
        c: Connection,
        here: Callable[[str], str | None],
        place: Callable[[Said], str],
    ) -> None:
        self._c = c
        self._here = here
        self._place = place
        self._memories: dict[str, Said] = {}
        self._facts: dict[str, Said] = {}
        self._topics: set[Topic] = set()

    def hold(self, memory: Said) -> None:
        """A memory of a fact, which comes with the fact or not at all."""
        self._memories[memory["id"]] = memory

    def take(self, rows: list[Row]) -> None:
        """Facts: they come with the first statement that is new here."""
        for row in rows:
            said = layout.named(layout.FACTS, row)
            self._facts[said["id"]] = said

    def take_statements(self, rows: list[Row]) -> None:
        fresh = []
        for row in rows:
            said = layout.named(layout.STATEMENTS, row)
            memory = self._here(said["memory"])
            if memory is None:
                continue
            topic: Topic = (said["subject_key"], said["relation"], said["slot_key"])
            there = known.statement(self._c, memory, said)
            if there is None:
                said |= {"memory": memory, "fact": self._fact(said["fact"])}
                fresh.append(layout.row_of(layout.STATEMENTS, said))
            elif said["verdict"] and not there.verdict:
                known.decide(self._c, there.id, said["verdict"])
            else:
                continue
            self._topics.add(topic)
        archive_rows.insert(self._c, layout.STATEMENTS, fresh)

    def settle(self) -> int:
        """Folds what came; returns how many facts came, went or read otherwise."""
        return facts.refold(self._c, self._topics)

    def _fact(self, id_: str | None) -> str | None:
        said = self._facts.pop(id_, None) if id_ else None
        if said is not None and facts.get(self._c, said["id"]) is None:
            memory = self._memories.pop(said["memory"], None) if said["memory"] else None
            here = {**said, "memory": self._place(memory) if memory is not None else None}
            archive_rows.insert(self._c, layout.FACTS, [layout.row_of(layout.FACTS, here)])
        there = id_ is not None and facts.get(self._c, id_) is not None
        return id_ if there else None
