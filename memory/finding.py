"""What the memory finds for one question of a chat, and how it stands in a prompt.

Runs in the thread that makes the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memory import prompt
from memory.answer_parts import Ask
from memory.protocol import MemoryKind, RecallFilter, RecallRequest
from memory.recall.found import Found, Recalled
from memory.retrieve import Recall
from memory.store import memories
from memory.store.db import Database
from memory.understand import content_words

SOURCES = 8
# A question with fewer words of its own is searched together with the one before it.
LEAST_WORDS = 2
_NEIGHBOUR_CHARS = 240


@dataclass(frozen=True, slots=True)
class Reach:
    """A question as it is recalled, and what may be found for it.

    Attributes:
        follows: it was understood with the question before it.
        exclude: ids of memories that must not come.
    """

    question: str
    follows: bool
    filter: RecallFilter
    exclude: frozenset[str]

    def asking(self, question: str) -> Reach:
        """The same reach for another question."""
        return replace(self, question=question[:20_000])


class Finding:
    """Any thread; stateless but for its tools."""

    def __init__(self, database: Database, recall: Recall) -> None:
        self._database = database
        self._recall = recall

    def reach(self, ask: Ask) -> Reach:
        """A short follow-up ("and when?") is understood with the question before it.

        What the prompt holds of the chat is no source; the rest of the chat is.
        """
        question, wanted = ask.request.question, ask.request.filter
        begun = ask.begun
        if begun is None:
            return Reach(question, False, wanted, frozenset())
        follows = False
        if len(content_words(question)) < LEAST_WORDS:
            earlier = [one.text for one in begun.history if one.role == "person"]
            if earlier:
                question, follows = f"{earlier[-1]} {question}"[-20_000:], True
        held = [begun.remembered.get(said.id, frozenset()) for said in ask.said if said.whole]
        return Reach(question, follows, wanted, begun.asked.union(*held))

    def find(self, reach: Reach) -> Recalled:
        request = RecallRequest(question=reach.question, limit=SOURCES, filter=reach.filter)
        return self._recall.find(request, exclude=reach.exclude)

    def number(self, found: Sequence[Found]) -> list[prompt.Source]:
        """Memories numbered for a prompt, with the turn before a short turn."""
        sources = []
        with self._database.read() as c:
            for n, one in enumerate(found, 1):
                memory = one.row.memory
                before = ""
                if memory.kind is MemoryKind.TURN and len(memory.text) < _NEIGHBOUR_CHARS:
                    earlier, _later = memories.neighbours(c, memory, 1, 0)
                    before = "".join(
                        f"{turn.speaker}: {turn.text[:_NEIGHBOUR_CHARS]}" for turn in earlier
                    )
                sources.append(prompt.Source(n, one, before))
        return sources
