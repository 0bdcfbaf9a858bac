"""What the memory finds for one question of a chat, and how it stands in a prompt.

Runs in the thread that makes the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from memory import prompt
from memory.answer_parts import Ask
from memory.chats import Begun
from memory.protocol import AskRequest, MemoryKind, MessageInfo, RecallFilter, RecallRequest
from memory.recall.found import Found, Recalled
from memory.retrieve import Recall
from memory.store import memories, portrait, scopes
from memory.store.db import Database
from memory.store.portrait import Told
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
        scopes: what may be used; None for everything.
    """

    question: str
    follows: bool
    filter: RecallFilter
    exclude: frozenset[str]
    scopes: tuple[str, ...] | None = None

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
        usable = _scopes(begun, ask.request)
        if begun is None:
            return Reach(question, False, wanted, frozenset(), usable)
        follows = False
        if len(content_words(question)) < LEAST_WORDS:
            earlier = [one.text for one in begun.history if one.role == "person"]
            if earlier:
                question, follows = f"{earlier[-1]} {question}"[-20_000:], True
        held = [begun.remembered.get(said.id, frozenset()) for said in ask.said if said.whole]
        return Reach(question, follows, wanted, begun.asked.union(*held), usable)

    def find(self, reach: Reach) -> Recalled:
        request = RecallRequest(
            question=reach.question,
            limit=SOURCES,
            filter=reach.filter,
            scopes=None if reach.scopes is None else list(reach.scopes),
        )
        return self._recall.find(request, exclude=reach.exclude)

    def out_of_reach(
        self, memory_ids: Sequence[str], begun: Begun, request: AskRequest
    ) -> set[str]:
        """Which of these memories are there, but may not be used for this question."""
        return self._recall.out_of_reach(memory_ids, _scopes(begun, request))

    def within_reach(self, told: Sequence[Told], ask: Ask) -> tuple[Told, ...]:
        """Of the portrait what may be used for this question. Lines of the person's own belong
        to the scope of everything that was given no other."""
        usable = _scopes(ask.begun, ask.request)
        if usable is None:
            return tuple(told)
        ids = [one.memory_id for one in told if one.memory_id]
        outside = self._recall.out_of_reach(ids, usable)
        return tuple(
            one
            for one in told
            if (scopes.HOME in usable if one.memory_id is None else one.memory_id not in outside)
        )

    def told_to(self, said: Sequence[MessageInfo]) -> dict[str, set[str]]:
        """Memories of the facts in the portrait that each answer's prompt held, by message."""
        with self._database.read() as c:
            return portrait.told_to(c, [one.id for one in said])

    def number(self, found: Sequence[Found], recalled: Recalled) -> list[prompt.Source]:
        """Memories numbered for a prompt, with the turn before a short turn where ``recalled``
        may use it."""
        sources = []
        with self._database.read() as c:
            for n, one in enumerate(found, 1):
                memory = one.row.memory
                before = ""
                if memory.kind is MemoryKind.TURN and len(memory.text) < _NEIGHBOUR_CHARS:
                    earlier, _later = memories.neighbours(c, memory, 1, 0)
                    before = "".join(
                        f"{turn.speaker}: {turn.text[:_NEIGHBOUR_CHARS]}"
                        for turn in earlier
                        if recalled.may_use(turn.rowid)
                    )
                sources.append(prompt.Source(n, one, before))
        return sources


def _scopes(begun: Begun | None, request: AskRequest) -> tuple[str, ...] | None:
    """What may be used: of the chat's scopes those that were asked for."""
    own = None if begun is None else begun.chat.scopes
    asked = None if request.scopes is None else [scopes.name(one) for one in request.scopes]
    if own is None or asked is None:
        chosen = asked if own is None else own
        return None if chosen is None else tuple(chosen)
    return tuple(one for one in own if one in asked)
