"""Transcripts and exports of chats."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from memory.errors import Unreadable
from memory.ingest.extracted import Extracted, from_json, to_json
from memory.ingest.readers import dispatch
from memory.ingest.readers.common import Limits
from tests.unit.memory.ingest.files import as_json, chatgpt_node, zipped


def read(path: Path, data: bytes) -> Extracted:
    path.write_bytes(data)
    extracted = dispatch.read(path, Limits())
    assert from_json(to_json(extracted)) == extracted
    return extracted


def ms(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


def turn(n: int, **changed: object) -> dict[str, object]:
    return {
        "conversation": "garden",
        "id": f"g{n}",
        "time": f"2025-05-0{n}T10:00:00Z",
        "speaker": "Ida",
        "text": f"Turn {n}",
        **changed,
    }


def lines(*rows: object) -> bytes:
    return "\n".join(r if isinstance(r, str) else json.dumps(r) for r in rows).encode()


def test_transcript_as_the_contract_says(tmp_path: Path) -> None:
    data = lines(
        turn(1), turn(2, speaker="Assistant"), turn(1, conversation="other", speaker="user"), ""
    )
    found = read(tmp_path / "a.jsonl", data)
    assert found.format == "transcript" and found.text == "" and found.warnings == ()
    assert [c.name for c in found.conversations] == ["garden", "other"]
    first, second = found.conversations[0].turns
    assert (first.ref, first.speaker, first.role, first.text) == ("g1", "Ida", "other", "Turn 1")
    assert first.happened_ms == ms(2025, 5, 1, 10)
    assert second.role == "assistant"
    assert found.conversations[1].turns[0].role == "person"


def test_bad_lines_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    missing = turn(3)
    del missing["speaker"]
    data = lines(
        turn(1),
        "{broken",
        missing,
        turn(4, time="last Tuesday"),
        turn(5, text="  "),
        "",
        turn(1, text="again"),
        turn(6, id=6),
        "[1]",
        turn(7, time=None),
        turn(8, text="A line\u2028with an odd separator"),
    )
    found = read(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n"))
    assert [t.ref for t in found.conversations[0].turns] == ["g1", "6", "g8"]
    assert found.warnings == (
        "Line 2: it is not JSON.",
        "Line 3: it has no speaker.",
        "Line 4: its time is not ISO 8601.",
        "Line 5: its text is empty.",
        "Line 7: the id g1 was used in line 1 already.",
        "Line 9: it is not an object.",
        "Line 10: its time is not text.",
    )


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    found = read(tmp_path / "a.jsonl", lines(turn(1), *["{"] * 50))
    assert len(found.warnings) == 21
    assert found.warnings[-1] == "30 more lines like these were left out."


def test_json_lines_that_are_no_transcript_are_text(tmp_path: Path) -> None:
    assert read(tmp_path / "a.jsonl", b'{"a": 1}\n{"a": 2}\n').format == "code"


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2025-05-01T10:00:00+02:00", ms(2025, 5, 1, 8)),
        ("2025-05-01T10:00:00.250Z", ms(2025, 5, 1, 10) + 250),
        ("2025-05-01T10:00Z", ms(2025, 5, 1, 10)),
    ],
)
def test_times(tmp_path: Path, time: str, expected: int) -> None:
    found = read(tmp_path / "a.jsonl", lines(turn(1, time=time)))
    assert found.conversations[0].turns[0].happened_ms == expected


def chatgpt(current: str | None = "d") -> dict[str, object]:
    nodes = [
        {"id": "root", "parent": None, "children": ["s"], "message": None},
        chatgpt_node("s", "root", "system", "You are helpful."),
        chatgpt_node("a", "s", "user", "Which paint for a bathroom?", 1_750_000_000.5),
        chatgpt_node("b", "a", "assistant", "First answer."),
        chatgpt_node("c", "a", "assistant", "Second answer.", 1_750_000_060.0),
        chatgpt_node("t", "c", "tool", "search result"),
        chatgpt_node("q", "t", "assistant", "search(paint)", recipient="browser"),
        chatgpt_node("d", "q", "user", "Thanks."),
        chatgpt_node("e", "b", "user", "Other branch."),
    ]
    row: dict[str, object] = {
        "id": "conv-1",
        "title": "Bathroom paint",
        "create_time": 1_750_000_000.0,
        "mapping": {n["id"]: n for n in nodes},
    }
    if current is not None:
        row["current_node"] = current
    return row


def test_chatgpt_follows_the_branch_last_seen(tmp_path: Path) -> None:
    archive = zipped(
        {
            "chat.html": b"<html>",
            "user.json": b"{}",
            "conversations.json": as_json([chatgpt()]),
            "dalle/1.png": b"\x89PNG",
        }
    )
    found = read(tmp_path / "export.zip", archive)
    assert found.format == "chat_export"
    (conversation,) = found.conversations
    assert (conversation.name, conversation.title) == ("conv-1", "Bathroom paint")
    assert [(t.ref, t.speaker, t.role, t.text) for t in conversation.turns] == [
        ("m-a", "You", "person", "Which paint for a bathroom?"),
        ("m-c", "ChatGPT", "assistant", "Second answer."),
        ("m-d", "You", "person", "Thanks."),
    ]
    assert [t.happened_ms for t in conversation.turns] == [
        1_750_000_000_500,
        1_750_000_060_000,
        None,
    ]


@pytest.mark.parametrize("current", [None, "nowhere"])
def test_chatgpt_without_current_node_takes_the_longest_branch(
    tmp_path: Path, current: str | None
) -> None:
    found = read(tmp_path / "conversations.json", as_json([chatgpt(current)]))
    assert [t.ref for t in found.conversations[0].turns] == ["m-a", "m-c", "m-d"]


def test_chatgpt_circle_long_chain_and_odd_nodes(tmp_path: Path) -> None:
    circle = {
        "id": "c",
        "title": None,
        "current_node": "x",
        "mapping": {
            "x": chatgpt_node("x", "y", "user", "One."),
            "y": chatgpt_node("y", "x", "user", "Two."),
            "z": None,
        },
    }
    chain = {f"n{n}": chatgpt_node(f"n{n}", f"n{n - 1}", "user", f"Say {n}") for n in range(5000)}
    odd = {"id": "o", "mapping": {"a": {"message": {"author": None, "content": 5}}}}
    rows = [circle, {"id": "long", "title": "Long", "mapping": chain}, odd, 7, {"a": 1}]
    found = read(tmp_path / "conversations.json", as_json(rows))
    assert [(c.title, len(c.turns)) for c in found.conversations] == [("Two.", 2), ("Long", 5000)]
    assert found.warnings == ("3 conversations without words were left out.",)


def test_chatgpt_voice_pictures_and_hidden_messages(tmp_path: Path) -> None:
    parts = [{"content_type": "image_asset_pointer"}, "Look at this fern.", None]
    voice = [{"content_type": "audio_transcription", "text": "Water it on Sundays."}]
    both = {"content_type": "multimodal_text"}
    hidden = {"is_visually_hidden_from_conversation": True}
    about = {"content_type": "user_editable_context"}
    nodes = {
        "a": chatgpt_node("a", None, "user", "", content={**both, "parts": parts}),
        "b": chatgpt_node("b", "a", "user", "", content={**both, "parts": voice}),
        "c": chatgpt_node("c", "b", "user", "About me", content=about),
        "d": chatgpt_node("d", "c", "user", "Hidden", metadata=hidden),
        "e": chatgpt_node("e", "d", "assistant", "Hm", content={"content_type": "thoughts"}),
    }
    found = read(tmp_path / "conversations.json", as_json([{"id": "1", "mapping": nodes}]))
    assert [t.text for t in found.conversations[0].turns] == [
        "Look at this fern.",
        "Water it on Sundays.",
    ]


def test_chatgpt_in_numbered_parts(tmp_path: Path) -> None:
    second = {**chatgpt(), "id": "conv-2"}
    data = zipped(
        {
            "x/conversations-001.json": as_json([second]),
            "x/conversations-000.json": as_json([chatgpt(), chatgpt()]),
        }
    )
    found = read(tmp_path / "export.zip", data)
    assert [c.name for c in found.conversations] == ["conv-1", "conv-2"]


def test_claude(tmp_path: Path) -> None:
    rows = [
        {
            "uuid": "u1",
            "name": "Sourdough",
            "created_at": "2025-02-01T08:00:00Z",
            "chat_messages": [
                {
                    "uuid": "m1",
                    "sender": "human",
                    "text": "old text",
                    "content": [{"type": "text", "text": "My starter is flat."}],
                    "created_at": "2025-02-01T08:00:00.123456Z",
                    "attachments": [{"file_name": "log.txt", "extracted_content": "Fed at 7."}],
                },
                {
                    "uuid": "m2",
                    "sender": "assistant",
                    "text": "Feed it twice a day.",
                    "content": [{"type": "tool_use", "name": "x"}],
                    "created_at": "bad",
                },
                {"uuid": "m3", "sender": "assistant", "text": "", "content": []},
                "odd",
            ],
        },
        {"uuid": "u2", "name": "", "chat_messages": []},
    ]
    archive = zipped(
        {"users.json": b"[]", "projects.json": b"[]", "conversations.json": as_json(rows)}
    )
    found = read(tmp_path / "data.zip", archive)
    (conversation,) = found.conversations
    assert (conversation.name, conversation.title) == ("u1", "Sourdough")
    first, second = conversation.turns
    assert (first.speaker, first.role, first.ref) == ("You", "person", "m1")
    assert first.text == "My starter is flat.\n\nlog.txt:\nFed at 7."
    assert first.happened_ms == ms(2025, 2, 1, 8) + 123
    assert (second.speaker, second.text, second.happened_ms) == (
        "Claude",
        "Feed it twice a day.",
        None,
    )
    assert found.warnings == ("1 conversation without words was left out.",)


def test_other_json_is_code(tmp_path: Path) -> None:
    assert read(tmp_path / "settings.json", b'{"colour": "blue"}').format == "code"


def test_transcript_of_the_wrong_kind_says_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path / "a.jsonl", b'{"text": "x"}')
    assert '"conversation", "id", "time", "speaker", "text"' in caught.value.next_step
