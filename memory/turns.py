"""Remembers what is said in chats, turn by turn, and what of an answer may be kept.

Runs on the writer thread, inside the transaction that stores the message.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from memory.ingest import chunker, storing
from memory.ingest.extracted import Conversation, Turn
from memory.protocol import Citation, Problem
from memory.settings import Settings
from memory.store import chats, documents, memories, portrait, scopes, sources
from memory.store.db import Connection
from memory.store.forget import REMOVED_ANSWER
from memory.store.portrait import Told
from memory.store.rows import Chat
from memory.understand import content_words, is_question

CountTokens = Callable[[Sequence[str]], list[int]]

# What a person tells outweighs what they ask, and both outweigh the assistant's own words.
_TOLD = 0.6
_ASKED = 0.4
_ASSISTANT = 0.2
# An answer that has this part of its words from the memories it was made of is nothing new.
_KNOWN_SHARE = 0.7


@dataclass(frozen=True)
class Ended:
    """How an answer ended, to be kept."""

    text: str
    state: str  # complete | stopped | failed
    citations: list[Citation]
    model: str | None
    problem: Problem | None = None
    learn_from: tuple[str, ...] | None = None
    """Texts of the memories it was made of; None: not to be remembered (a quotation)."""
    used: bool = True
    """Whether what it cites was of use."""
    told: tuple[Told, ...] = ()
    """What of the portrait stood in its prompt."""
    made_of: tuple[str, ...] = ()
    """Ids of the memories it was made of, cited or not."""


class Turns:
    """Stateless but for its tools."""

    def __init__(self, settings: Callable[[], Settings], count_tokens: CountTokens) -> None:
        self._settings = settings
        self._count_tokens = count_tokens

    def person(self, c: Connection, chat: Chat, message_id: str, text: str, now_ms: int) -> None:
        importance = _ASKED if is_question(text) else _TOLD
        turn = Turn(message_id, "You", "person", now_ms, text)
        self._remember(c, chat, turn, importance, now_ms)

    def assistant(
        self, c: Connection, chat: Chat, message_id: str, ended: Ended, now_ms: int
    ) -> None:
        """Only what says something new."""
        if _is_new(ended):
            turn = Turn(message_id, "Recollect", "assistant", now_ms, ended.text)
            self._remember(c, chat, turn, _ASSISTANT, now_ms, ended.made_of)

    def _remember(
        self,
        c: Connection,
        chat: Chat,
        turn: Turn,
        importance: float,
        now_ms: int,
        made_of: Sequence[str] = (),
    ) -> None:
        """One message as memories, with its text at the end of the chat's document.

        What was made of memories may be used only where those may (``store.scopes``).
        """
        if not self._settings().remember_chats or not turn.text.strip():
            return
        talk = Conversation(chat.id, chat.title, (turn,))
        new = chunker.turns(talk, self._count_tokens)
        if not new:
            return
        chats.ensure_source(c, chat, now_ms)
        provenance: dict[str, object] = {"chat": chat.id}
        if made_of:
            provenance[scopes.USED] = list(made_of)
        offset = documents.append(c, chat.id, chunker.document_text(talk))
        first = chats.turns_in(c, chat.id)
        placed = [
            replace(
                memory,
                start=memory.start + offset,
                end=memory.end + offset,
                position=memory.position + first,
                importance=importance,
                provenance=provenance,
            )
            for memory in new
        ]
        memories.append(c, chat.id, placed, now_ms, storing.first_strength(now_ms))


def without_forgotten(c: Connection, ended: Ended) -> Ended:
    """An answer as it may be kept: removed where something it cites, or repeats of the portrait,
    was forgotten meanwhile.

    Forgetting removes the answers that are stored; this is the same for one still under way. A
    memory that went because its file changed is not forgotten: its quote stays.
    """
    there = memories.get_many(c, [cited.memory for cited in ended.citations])
    gone = {cited.source_id for cited in ended.citations if cited.memory not in there}
    forgotten = any(
        sources.get(c, source_id) is None or memories.forgotten_hashes(c, source_id)
        for source_id in gone
    )
    if not forgotten and not portrait.tells_of_gone(c, ended.text, ended.told):
        return ended
    return replace(ended, text=REMOVED_ANSWER, citations=[], problem=None, learn_from=None, told=())


def _is_new(ended: Ended) -> bool:
    """Whether an answer says something the memories it was made of do not."""
    if ended.learn_from is None or ended.state != "complete" or ended.problem is not None:
        return False
    said = set(content_words(ended.text))
    known = {word for text in ended.learn_from for word in content_words(text)}
    return bool(said) and len(said & known) < _KNOWN_SHARE * len(said)
