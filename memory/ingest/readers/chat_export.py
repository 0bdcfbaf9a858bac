"""Exports of ChatGPT and Claude: ``conversations.json``, bare or in a zip beside other files.

ChatGPT keeps a tree of messages (``mapping``): edits and second answers are branches, and
``current_node`` is the leaf of the branch the person saw last. Claude keeps a list
(``chat_messages``). Neither format is documented; fields that are missing cost their part,
not the file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from memory.errors import Unreadable
from memory.ingest.dates import to_ms_or_none
from memory.ingest.detect import CONVERSATIONS, damaged
from memory.ingest.extracted import Conversation, Extracted, Turn, clean, one_line
from memory.ingest.readers.archive import check_members, read_member
from memory.ingest.readers.common import Limits, no_words, parse_json, read_bytes

_SPOKEN = {"user": ("You", "person"), "assistant": ("ChatGPT", "assistant")}
_SAID = {"human": ("You", "person"), "assistant": ("Claude", "assistant")}
_CHATGPT_CONTENT = frozenset({"text", "multimodal_text", "code", "audio_transcription"})


def read(path: Path, limits: Limits) -> Extracted:
    conversations: list[Conversation] = []
    names: set[str] = set()
    skipped = 0
    for data in _json_parts(path, limits):
        for number, row in enumerate(_rows(path, parse_json(path, data))):
            found = _conversation(row, f"conversation {number + 1}")
            if found is None or not found.turns or found.name in names:
                skipped += 1
                continue
            names.add(found.name)
            conversations.append(found)
    if not conversations:
        raise no_words(path)
    warnings: tuple[str, ...] = ()
    if skipped == 1:
        warnings = ("1 conversation without words was left out.",)
    elif skipped:
        warnings = (f"{skipped} conversations without words were left out.",)
    return Extracted(
        "chat_export", path.name, conversations=tuple(conversations), warnings=warnings
    )


def _json_parts(path: Path, limits: Limits) -> Iterator[bytes]:
    """The bytes of every conversations file."""
    if not zipfile.is_zipfile(path):
        yield read_bytes(path, limits)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise damaged(path, "Its table of contents is broken.") from error
    with archive:
        members = [
            m for m in archive.infolist() if CONVERSATIONS.fullmatch(m.filename.rsplit("/", 1)[-1])
        ]
        # The files beside (pictures, users.json) are not unpacked and may be of any size.
        check_members(path, members, limits)
        for member in sorted(members, key=lambda m: m.filename):
            yield read_member(path, archive, member)


def _rows(path: Path, value: Any) -> list[Any]:
    if isinstance(value, dict):
        inner = value.get("conversations")
        value = inner if isinstance(inner, list) else [value]
    if not isinstance(value, list):
        raise Unreadable(
            "Not an export of chats",
            "It is JSON, but not a list of conversations.",
            "Add the zip as you downloaded it from ChatGPT or Claude.",
            item=str(path),
        )
    return value


def _conversation(row: Any, fallback: str) -> Conversation | None:
    if not isinstance(row, dict):
        return None
    if isinstance(row.get("mapping"), dict):
        name = row.get("conversation_id") or row.get("id") or fallback
        return _named(name, row.get("title"), tuple(_chatgpt_turns(row)))
    if isinstance(row.get("chat_messages"), list):
        name = row.get("uuid") or fallback
        return _named(name, row.get("name"), tuple(_claude_turns(row["chat_messages"])))
    return None


def _named(name: object, title: object, turns: tuple[Turn, ...]) -> Conversation:
    tidy = one_line(clean(title)) if isinstance(title, str) else ""
    if not tidy:
        tidy = one_line(turns[0].text, 60) if turns else "Untitled"
    return Conversation(clean(str(name)), tidy, turns)


# -- ChatGPT ----------------------------------------------------------------------------


def _chatgpt_turns(row: dict[str, Any]) -> Iterator[Turn]:
    mapping = {key: node for key, node in row["mapping"].items() if isinstance(node, dict)}
    current = row.get("current_node")
    leaf = current if current in mapping else _deepest_leaf(mapping)
    seen: set[str] = set()
    for key in _path_to(mapping, leaf):
        turn = _chatgpt_turn(key, mapping[key].get("message"))
        if turn is not None and turn.ref not in seen:
            seen.add(turn.ref)
            yield turn


def _path_to(mapping: dict[str, dict[str, Any]], leaf: str | None) -> list[str]:
    """Keys from the root to the leaf; a circle ends the walk."""
    path: list[str] = []
    seen: set[str] = set()
    key = leaf
    while isinstance(key, str) and key in mapping and key not in seen:
        seen.add(key)
        path.append(key)
        key = mapping[key].get("parent")
    return path[::-1]


def _deepest_leaf(mapping: dict[str, dict[str, Any]]) -> str | None:
    """End of the longest path; of equals the one that comes last in the file.

    Depths are remembered, so that a chain of any length costs one step per node.
    """
    depth: dict[str, int] = {}
    best: str | None = None
    for key in mapping:
        chain: list[str] = []
        on_chain: set[str] = set()
        at: Any = key
        while isinstance(at, str) and at in mapping and at not in depth and at not in on_chain:
            chain.append(at)
            on_chain.add(at)
            at = mapping[at].get("parent")
        base = depth.get(at, 0) if isinstance(at, str) else 0
        for step, node in enumerate(reversed(chain), 1):
            depth[node] = base + step
        if best is None or depth[key] >= depth[best]:
            best = key
    return best


def _chatgpt_turn(key: str, message: Any) -> Turn | None:
    if not isinstance(message, dict):
        return None
    author = message.get("author")
    who = _SPOKEN.get(str(author.get("role"))) if isinstance(author, dict) else None
    metadata = message.get("metadata")
    hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
    if who is None or hidden or message.get("recipient", "all") not in ("all", None):
        return None
    text = _chatgpt_text(message.get("content"))
    if not text:
        return None
    ref = message.get("id")
    when = to_ms_or_none(_number(message.get("create_time")))
    return Turn(clean(ref if isinstance(ref, str) and ref else key), *who, when, text)


def _chatgpt_text(content: Any) -> str:
    if not isinstance(content, dict) or content.get("content_type") not in _CHATGPT_CONTENT:
        return ""
    parts = content.get("parts")
    if not isinstance(parts, list):
        parts = [content.get("text")]
    words = [p if isinstance(p, str) else _part_text(p) for p in parts]
    return clean("\n\n".join(w for w in words if w)).strip()


def _part_text(part: Any) -> str:
    """Spoken words of a voice chat; pictures have none."""
    text = part.get("text") if isinstance(part, dict) else None
    return text if isinstance(text, str) else ""


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


# -- Claude -----------------------------------------------------------------------------


def _claude_turns(messages: list[Any]) -> Iterator[Turn]:
    seen: set[str] = set()
    for number, message in enumerate(messages, 1):
        if not isinstance(message, dict):
            continue
        who = _SAID.get(str(message.get("sender")))
        text = _claude_text(message)
        ref = message.get("uuid")
        ref = clean(ref) if isinstance(ref, str) and ref else f"message {number}"
        if who is None or not text or ref in seen:
            continue
        seen.add(ref)
        created = message.get("created_at")
        when = to_ms_or_none(created) if isinstance(created, str) else None
        yield Turn(ref, *who, when, text)


def _claude_text(message: dict[str, Any]) -> str:
    words: list[str] = []
    content = message.get("content")
    if isinstance(content, list):
        spoken = (p for p in content if isinstance(p, dict) and p.get("type", "text") == "text")
        words = [w for w in map(_part_text, spoken) if w.strip()]
    plain = message.get("text")
    if not words and isinstance(plain, str):
        words = [plain]
    attached = message.get("attachments")
    for item in attached if isinstance(attached, list) else []:
        if isinstance(item, dict) and isinstance(item.get("extracted_content"), str):
            words.append(f"{item.get('file_name') or 'Attachment'}:\n{item['extracted_content']}")
    return clean("\n\n".join(words)).strip()
