"""Chats: kept, listed, renamed, forgotten; what is said in them goes to ``memory.turns``.

Any thread may call; rows are written by the writer thread. Private chats live in this object
only: nothing of them reaches the database, the index or the log, and they end with the daemon.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from memory.clock import Clock, to_datetime
from memory.errors import NotFound
from memory.events import Events
from memory.protocol import (
    Change,
    ChatCreate,
    ChatDetail,
    ChatEdit,
    ChatInfo,
    ChatList,
    Citation,
    ForgetReply,
    ForgetRequest,
    MessageInfo,
    ReviewReason,
)
from memory.settings import Settings
from memory.store import chats, portrait, scopes
from memory.store.db import Connection, Database
from memory.store.ids import new_id
from memory.store.rows import Chat, Message
from memory.turns import CountTokens, Ended, Turns, without_forgotten

RecordUses = Callable[[Connection, Sequence[str], ReviewReason, int], list[str]]

NEW_TITLE = "New chat"
_TITLE_LENGTH = 60


@dataclass(frozen=True)
class Begun:
    """A question put to a chat: its place, and what came before it."""

    chat: ChatInfo
    answer_id: str
    question_id: str
    history: list[MessageInfo]
    before: int
    """Messages of the chat before ``history``."""
    asked: frozenset[str]
    """Memories of the question itself: it is no answer."""
    remembered: Mapping[str, frozenset[str]]
    """Memories of the messages in ``history``."""


@dataclass
class _Private:
    info: ChatInfo
    messages: list[MessageInfo] = field(default_factory=list)


class Chats:
    """See the module.

    ``forget`` is the service of physical forgetting, ``record_uses`` reviews cited memories in
    the transaction that stores the answer, ``wake_index`` says that new turns wait.
    """

    HISTORY = 64

    def __init__(
        self,
        database: Database,
        clock: Clock,
        settings: Callable[[], Settings],
        events: Events,
        count_tokens: CountTokens,
        *,
        forget: Callable[[ForgetRequest], ForgetReply],
        record_uses: RecordUses,
        wake_index: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self._turns = Turns(settings, count_tokens)
        self._forget = forget
        self._record_uses = record_uses
        self._wake_index = wake_index
        self._lock = threading.Lock()
        self._private: dict[str, _Private] = {}

    def recover(self) -> int:
        """At start: answers cut off by a crash count as stopped; returns how many."""
        return self._database.write(chats.interrupt_streaming)

    # -- the list

    def list(self, text: str = "") -> ChatList:
        """Last used first; with a text, those that hold it."""
        with self._database.read() as c:
            kept = [_info(chat) for chat in chats.listing(c, text)]
        wanted = text.strip().casefold()
        with self._lock:
            private = [chat.info for chat in self._private.values() if _holds(chat, wanted)]
        every = sorted([*kept, *private], key=lambda info: info.updated_at, reverse=True)
        return ChatList(chats=every)

    def create(self, request: ChatCreate) -> ChatInfo:
        title = (request.title or "").strip()[:200] or NEW_TITLE
        scope, allowed = scopes.name(request.scope), _names(request.scopes)
        now_ms = self._clock.now_ms()
        if request.private:
            now = to_datetime(now_ms)
            info = ChatInfo(
                id=new_id(now_ms), title=title, private=True, created_at=now, updated_at=now,
                scope=scope, scopes=allowed,
            )  # fmt: skip
            with self._lock:
                self._private[info.id] = _Private(info)
        else:
            info = _info(
                self._database.write(lambda c: chats.create(c, title, now_ms, scope, allowed))
            )
        self._events.changed(Change.CHATS)
        return info

    def get(self, chat_id: str) -> ChatDetail:
        """A chat with its messages.

        Raises:
            NotFound: there is no such chat.
        """
        with self._lock:
            private = self._private.get(chat_id)
            if private is not None:
                return ChatDetail(chat=private.info, messages=list(private.messages))
        with self._database.read() as c:
            chat = _required(chats.get(c, chat_id), chat_id)
            said = chats.messages(c, chat_id)
        return ChatDetail(chat=_info(chat), messages=[_message_info(message) for message in said])

    def edit(self, chat_id: str, edit: ChatEdit) -> ChatInfo:
        """Rename a chat, or change its scopes.

        Raises:
            NotFound: there is no such chat.
            BadRequest: this is no name of a scope.
        """
        changes = _changes(edit)
        with self._lock:
            private = self._private.get(chat_id)
            if private is not None:
                private.info = private.info.model_copy(update=changes)
                return private.info
        now_ms = self._clock.now_ms()

        def work(c: Connection) -> Chat:
            chat = _required(chats.get(c, chat_id), chat_id)
            if "title" in changes:
                chats.rename(c, chat_id, changes["title"], now_ms)
            if "scope" in changes or "scopes" in changes:
                allowed = changes.get("scopes", chat.scopes)
                scopes.set_chat(c, chat_id, changes.get("scope", chat.scope), allowed)
            return _required(chats.get(c, chat_id), chat_id)

        info = _info(self._database.write(work))
        self._events.changed(Change.CHATS, Change.SOURCES)
        return info

    def delete(self, chat_id: str) -> ForgetReply:
        """Delete a chat and forget, physically, what was remembered of it.

        Raises:
            NotFound: there is no such chat.
        """
        with self._lock:
            private = self._private.pop(chat_id, None)
        if private is not None:
            self._events.changed(Change.CHATS)
            return ForgetReply(preview=False, memories=0, sources=0, chats=1)
        now_ms = self._clock.now_ms()

        def name_it(c: Connection) -> None:
            # Forgetting goes by source; a chat of which nothing was remembered has none yet.
            chats.ensure_source(c, _required(chats.get(c, chat_id), chat_id), now_ms)

        self._database.write(name_it)
        reply = self._forget(ForgetRequest(source=chat_id))
        self._events.changed(Change.CHATS, Change.MEMORIES, Change.SOURCES)
        return reply

    # -- what is said

    def begin(self, chat_id: str, question: str) -> Begun:
        """Keep and remember what the person said, and make room for the answer.

        Raises:
            NotFound: there is no such chat.
        """
        now_ms = self._clock.now_ms()
        with self._lock:
            private = self._private.get(chat_id)
            if private is not None:
                return self._begin_private(private, question, now_ms)

        def work(c: Connection) -> Begun:
            chat = _required(chats.get(c, chat_id), chat_id)
            before = chats.last_messages(c, chat_id, self.HISTORY)
            if not before and chat.title == NEW_TITLE:
                chat = replace(chat, title=title_of(question))
                chats.rename(c, chat_id, chat.title, now_ms)
            asked = chats.add_message(c, chat_id, "person", question, now_ms)
            self._turns.person(c, chat, asked, question, now_ms)
            answer_id = chats.add_message(c, chat_id, "assistant", "", now_ms, "streaming")
            earlier = [message.id for message in before]
            return Begun(
                chat=_info(chat),
                answer_id=answer_id,
                question_id=asked,
                history=[_message_info(message) for message in before],
                before=chat.messages - len(before),
                asked=chats.memories_of(c, [asked]).get(asked, frozenset()),
                remembered=chats.memories_of(c, earlier),
            )

        begun = self._database.write(work)
        self._wake_index()
        self._events.changed(Change.CHATS, Change.MEMORIES, Change.SOURCES)
        return begun

    def end(self, begun: Begun, ended: Ended) -> Ended:
        """Keep the answer, review what it cites, and remember what is new in it.

        Returns what was kept: nothing is left of an answer that cites what was forgotten
        while it was made.
        """
        now_ms = self._clock.now_ms()
        if begun.chat.private:
            with self._database.read() as c:
                ended = without_forgotten(c, ended)
            self._end_private(begun, ended)
            return ended

        def work(c: Connection) -> Ended:
            kept = without_forgotten(c, ended)
            if not _finish(c, begun.answer_id, kept):
                return kept  # the chat was deleted meanwhile
            portrait.keep_told(c, begun.answer_id, kept.told)
            if kept.used:
                self.record_cited(c, kept.citations, now_ms)
            chat = chats.get(c, begun.chat.id)
            if chat is not None:
                self._turns.assistant(c, chat, begun.answer_id, kept, now_ms)
            return kept

        done = self._database.write(work)
        self._wake_index()
        self._events.changed(Change.CHATS, Change.MEMORIES)
        return done

    def record_cited(self, c: Connection, citations: Sequence[Citation], now_ms: int) -> None:
        """A review for every memory that an answer really used."""
        ids = [citation.memory for citation in citations]
        if ids:
            self._record_uses(c, ids, ReviewReason.CITED, now_ms)

    def used_without_chat(self, citations: Sequence[Citation]) -> None:
        """Review what an answer outside any chat cites; the answer itself is not kept."""
        if citations:
            now_ms = self._clock.now_ms()
            self._database.write(lambda c: self.record_cited(c, citations, now_ms))

    # -- private chats

    def _begin_private(self, chat: _Private, question: str, now_ms: int) -> Begun:
        now = to_datetime(now_ms)
        before = chat.messages[-self.HISTORY :]
        title = chat.info.title
        if not before and title == NEW_TITLE:
            title = title_of(question)
        said: dict[str, Any] = {"chat": chat.info.id, "at": now}
        asked = MessageInfo(id=new_id(now_ms), role="person", text=question, **said)
        answer = MessageInfo(
            id=new_id(now_ms), role="assistant", text="", state="streaming", **said
        )
        chat.messages += [asked, answer]
        chat.info = chat.info.model_copy(
            update={"title": title, "updated_at": now, "messages": len(chat.messages)}
        )
        earlier = len(chat.messages) - 2 - len(before)
        return Begun(chat.info, answer.id, asked.id, before, earlier, frozenset(), {})

    def _end_private(self, begun: Begun, ended: Ended) -> None:
        with self._lock:
            chat = self._private.get(begun.chat.id)
            if chat is None:
                return
            for place, message in enumerate(chat.messages):
                if message.id == begun.answer_id:
                    chat.messages[place] = message.model_copy(
                        update={
                            "text": ended.text,
                            "state": ended.state,
                            "citations": ended.citations,
                            "model": ended.model,
                            "problem": ended.problem,
                        }
                    )
        self._events.changed(Change.CHATS)


def title_of(question: str) -> str:
    """The first words of a question, for a chat nobody named."""
    text = " ".join(question.split())
    if len(text) <= _TITLE_LENGTH:
        return text or NEW_TITLE
    begin = text[:_TITLE_LENGTH]
    whole_words = begin.rpartition(" ")[0].rstrip(",;: ")
    return (whole_words or begin) + "…"


def _finish(c: Connection, message_id: str, ended: Ended) -> bool:
    return chats.finish_message(
        c,
        message_id,
        text=ended.text,
        state=ended.state,
        citations_json=json.dumps(
            [citation.model_dump(mode="json") for citation in ended.citations],
            ensure_ascii=False,
        ),
        model=ended.model,
        problem_json=ended.problem.model_dump_json() if ended.problem else None,
    )


def _names(given: Sequence[str] | None) -> list[str] | None:
    return None if given is None else sorted(set(map(scopes.name, given)))


def _changes(edit: ChatEdit) -> dict[str, Any]:
    """What an edit changes, by field of a ``ChatInfo``."""
    changes: dict[str, Any] = {}
    if edit.title is not None:
        changes["title"] = " ".join(edit.title.split()) or NEW_TITLE
    if edit.scope is not None:
        changes["scope"] = scopes.name(edit.scope)
    if edit.scopes is not None or edit.every_scope:
        changes["scopes"] = None if edit.every_scope else _names(edit.scopes)
    return changes


def _holds(chat: _Private, wanted: str) -> bool:
    return wanted in chat.info.title.casefold() or any(
        wanted in message.text.casefold() for message in chat.messages
    )


def _required(chat: Chat | None, chat_id: str) -> Chat:
    if chat is None:
        raise NotFound(
            "This chat is gone",
            "It was deleted, or it was private and ended with the program.",
            "Start a new chat.",
            item=chat_id,
        )
    return chat


def _info(chat: Chat) -> ChatInfo:
    return ChatInfo(
        id=chat.id,
        title=chat.title,
        private=False,
        created_at=to_datetime(chat.created_ms),
        updated_at=to_datetime(chat.updated_ms),
        messages=chat.messages,
        scope=chat.scope,
        scopes=None if chat.scopes is None else list(chat.scopes),
    )


def _message_info(message: Message) -> MessageInfo:
    return MessageInfo.model_validate(
        {
            "id": message.id,
            "chat": message.chat_id,
            "role": message.role,
            "text": message.text,
            "at": to_datetime(message.at_ms),
            "state": message.state,
            "citations": json.loads(message.citations_json),
            "model": message.model,
            "problem": json.loads(message.problem_json) if message.problem_json else None,
        }
    )
