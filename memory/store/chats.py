"""SQL of the chats and their messages.

What is said in a chat is remembered under a source of the same id: kind ``conversation``,
location the chat's id, a memory's ``ref`` the message's id. Forgetting follows these traces.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from memory.protocol import SourceKind, SourceState
from memory.store import scopes
from memory.store.db import Connection
from memory.store.ids import new_id
from memory.store.rows import Chat, Message

FORMAT = "chat"

_CHAT = (
    "SELECT c.id, c.title, c.created_ms, c.updated_ms, c.scope, c.scopes,"
    " (SELECT count(*) FROM messages m WHERE m.chat_id = c.id) AS messages FROM chats c"
)
_MESSAGE = "SELECT id, chat_id, role, text, at_ms, state, citations, model, problem FROM messages"


def create(
    c: Connection,
    title: str,
    now_ms: int,
    scope: str = scopes.HOME,
    allowed: Sequence[str] | None = None,
) -> Chat:
    """A new chat; ``scope`` is that of what is said in it, ``allowed`` those it may use."""
    chat_id = new_id(now_ms)
    c.execute(
        "INSERT INTO chats (id, title, created_ms, updated_ms) VALUES (?, ?, ?, ?)",
        (chat_id, title, now_ms, now_ms),
    )
    if scope != scopes.HOME or allowed is not None:
        scopes.set_chat(c, chat_id, scope, allowed)
    return Chat(chat_id, title, now_ms, now_ms, 0, scope, _tuple(allowed))


def get(c: Connection, chat_id: str) -> Chat | None:
    row = c.execute(f"{_CHAT} WHERE c.id = ?", (chat_id,)).fetchone()
    return None if row is None else _chat(row)


def listing(c: Connection, text: str = "") -> list[Chat]:
    """Last used first; with a text, those that hold it in title or messages."""
    wanted = text.strip()
    if not wanted:
        return [_chat(row) for row in c.execute(f"{_CHAT} ORDER BY c.updated_ms DESC, c.id DESC")]
    for special in "\\%_":
        wanted = wanted.replace(special, "\\" + special)
    like = f"%{wanted}%"
    rows = c.execute(
        f"{_CHAT} WHERE c.title LIKE ? ESCAPE '\\' OR EXISTS (SELECT 1 FROM messages x"
        " WHERE x.chat_id = c.id AND x.text LIKE ? ESCAPE '\\')"
        " ORDER BY c.updated_ms DESC, c.id DESC",
        (like, like),
    )
    return [_chat(row) for row in rows]


def rename(c: Connection, chat_id: str, title: str, now_ms: int) -> None:
    """The chat and the source of its memories."""
    c.execute("UPDATE chats SET title = ? WHERE id = ?", (title, chat_id))
    c.execute("UPDATE sources SET title = ?, updated_ms = ? WHERE id = ?", (title, now_ms, chat_id))


def touch(c: Connection, chat_id: str, now_ms: int) -> None:
    c.execute("UPDATE chats SET updated_ms = ? WHERE id = ?", (now_ms, chat_id))


def ensure_source(c: Connection, chat: Chat, now_ms: int) -> None:
    """The source its memories belong to, made when first needed."""
    c.execute(
        "INSERT OR IGNORE INTO sources"
        " (id, kind, title, location, format, state, added_ms, updated_ms, scope)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (chat.id, SourceKind.CONVERSATION, chat.title, chat.id, FORMAT, SourceState.READY,
         now_ms, now_ms, chat.scope),
    )  # fmt: skip


def add_message(
    c: Connection, chat_id: str, role: str, text: str, now_ms: int, state: str = "complete"
) -> str:
    """A new message at the end; returns its id."""
    message_id = new_id(now_ms)
    c.execute(
        "INSERT INTO messages (id, chat_id, role, text, at_ms, state) VALUES (?, ?, ?, ?, ?, ?)",
        (message_id, chat_id, role, text, now_ms, state),
    )
    touch(c, chat_id, now_ms)
    return message_id


def finish_message(
    c: Connection,
    message_id: str,
    *,
    text: str,
    state: str,
    citations_json: str,
    model: str | None,
    problem_json: str | None,
) -> bool:
    """Store the end of an answer; False if it was deleted meanwhile."""
    changed = c.execute(
        "UPDATE messages SET text = ?, state = ?, citations = ?, model = ?, problem = ?"
        " WHERE id = ?",
        (text, state, citations_json, model, problem_json, message_id),
    )
    return changed.rowcount == 1


def interrupt_streaming(c: Connection) -> int:
    """Answers that a crash cut off count as stopped; returns how many there were."""
    return c.execute("UPDATE messages SET state = 'stopped' WHERE state = 'streaming'").rowcount


def messages(c: Connection, chat_id: str) -> list[Message]:
    """All messages in order."""
    rows = c.execute(f"{_MESSAGE} WHERE chat_id = ? ORDER BY id", (chat_id,))
    return [_message(row) for row in rows]


def last_messages(c: Connection, chat_id: str, count: int) -> list[Message]:
    """The last ones, in order."""
    rows = c.execute(
        f"{_MESSAGE} WHERE chat_id = ? ORDER BY id DESC LIMIT ?", (chat_id, count)
    ).fetchall()
    return [_message(row) for row in reversed(rows)]


def memories_of(c: Connection, message_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """Ids of the memories these messages were remembered as, by message."""
    marks = ",".join("?" * len(message_ids))
    rows = c.execute(f"SELECT ref, id FROM memories WHERE ref IN ({marks})", tuple(message_ids))
    found: dict[str, set[str]] = {}
    for message, memory in rows:
        found.setdefault(message, set()).add(memory)
    return {message: frozenset(ids) for message, ids in found.items()}


def turns_in(c: Connection, chat_id: str) -> int:
    """The position the next turn of this chat gets."""
    row = c.execute(
        "SELECT ifnull(max(position) + 1, 0) FROM memories WHERE source_id = ? AND position >= 0",
        (chat_id,),
    ).fetchone()
    return int(row[0])


def _chat(row: Any) -> Chat:
    allowed = None if row["scopes"] is None else json.loads(row["scopes"])
    return Chat(
        row["id"], row["title"], row["created_ms"], row["updated_ms"], row["messages"],
        row["scope"], _tuple(allowed),
    )  # fmt: skip


def _tuple(names: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _message(row: Any) -> Message:
    return Message(
        id=row["id"],
        chat_id=row["chat_id"],
        role=row["role"],
        text=row["text"],
        at_ms=row["at_ms"],
        state=row["state"],
        citations_json=row["citations"],
        model=row["model"],
        problem_json=row["problem"],
    )
