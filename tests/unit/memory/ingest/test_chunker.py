"""The chunker: exact spans always, structure followed, nothing too long, no word cut."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.ingest.chunker import (
    LONGEST_WORD,
    MAX_TOKENS,
    chunk,
    document_text,
    plain_document,
    turns,
)
from memory.ingest.extracted import Conversation, Extracted, Turn
from memory.ingest.structure import code_blocks, plain_blocks
from memory.protocol import MemoryKind
from memory.store.rows import NewMemory


def count(texts: Sequence[str]) -> list[int]:
    """Like WordPiece: pieces of up to four letters, every mark alone, two marks around."""
    return [
        2 + sum(-(-len(w) // 4) for w in re.findall(r"\w+", t)) + len(re.findall(r"[^\w\s]", t))
        for t in texts
    ]


def document(text: str, kind: str = "text") -> Extracted:
    blocks = code_blocks(text) if kind == "code" else plain_blocks(text)
    return Extracted(kind, "A title", text, blocks=blocks)


def check(text: str, memories: list[NewMemory]) -> None:
    at = 0
    for position, memory in enumerate(memories):
        assert text[memory.start : memory.end] == memory.text
        assert memory.text == memory.text.strip() != ""
        assert memory.start >= at, "in order, no overlap"
        assert memory.position == position
        at = memory.end
    assert all(n <= MAX_TOKENS for n in count([m.text for m in memories]))
    covered = "".join("".join(m.text.split()) for m in memories)
    assert covered == "".join(text.split()), "every character is in some memory"


def cuts_inside_words(text: str, memories: list[NewMemory]) -> list[str]:
    return [
        text[m.end - 5 : m.end + 5]
        for m in memories
        if m.end < len(text) and text[m.end - 1].isalnum() and text[m.end].isalnum()
    ]


LINE = st.text(
    st.sampled_from("abcdef ghij KLM 0123 .,:;!?-*#>`'\"()[]{}\t éüß漢字。ก\u0301🙂 "), max_size=120
)
TEXT = st.lists(LINE, max_size=40).map("\n".join)


@settings(max_examples=150, deadline=None)
@given(TEXT)
def test_any_text_keeps_exact_places(text: str) -> None:
    check(text, chunk(document(text), count))


@settings(max_examples=100, deadline=None)
@given(TEXT)
def test_any_code_keeps_exact_places(text: str) -> None:
    check(text, chunk(document(text, "code"), count))


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=600))
def test_any_note_keeps_exact_places(text: str) -> None:
    note = plain_document(text, "Note")
    for memory in chunk(note, count):
        assert note.text[memory.start : memory.end] == memory.text
        assert memory.kind is MemoryKind.NOTE


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=900), max_size=6))
def test_any_conversation_keeps_exact_places(texts: list[str]) -> None:
    said = tuple(
        Turn(f"t{n}", f"Speaker {n % 2}", "other", n * 1000, t) for n, t in enumerate(texts)
    )
    conversation = Conversation("c", "A talk", said)
    whole = document_text(conversation)
    made = turns(conversation, count)
    for memory in made:
        assert whole[memory.start : memory.end] == memory.text
    assert all(n <= MAX_TOKENS for n in count([m.text for m in made]))
    assert [m.position for m in made] == list(range(len(made)))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("abcäöü"), min_size=1, max_size=30), min_size=1).map(" ".join)
)
def test_no_word_is_cut(text: str) -> None:
    assert cuts_inside_words(text, chunk(document(text), count)) == []


def test_long_paragraph_is_cut_at_sentences_into_even_pieces() -> None:
    sentence = "The boat left the small harbour at seven with nine of us on board. "
    memories = chunk(document(sentence * 30), count)
    check((sentence * 30), memories)
    lengths = [len(m.text) for m in memories]
    assert all(m.text.endswith("board.") for m in memories)
    assert min(lengths) > max(lengths) * 0.6


def test_abbreviations_do_not_end_sentences() -> None:
    sentence = "We met Dr. Amara Okafor at St. Pancras at 5 p.m. and spoke for an hour. "
    memories = chunk(document(sentence * 30), count)
    assert all(m.text.endswith("hour.") for m in memories)


def test_long_encoded_data_is_cut_only_by_length() -> None:
    blob = "QUJD" * 1000
    memories = chunk(document("Before it. " + blob + " After it."), count)
    check("Before it. " + blob + " After it.", memories)
    assert max(len(m.text) for m in memories) <= LONGEST_WORD * 5


def test_text_without_spaces_is_cut_between_characters() -> None:
    text = "私は昨日友達と海に行きました。" * 60
    memories = chunk(document(text), lambda texts: [len(t) for t in texts])
    assert len(memories) > 3
    assert all(m.text.endswith("。") for m in memories)


def test_heading_stays_with_what_follows() -> None:
    body = "The rent is due on the first of the month and paid by standing order. " * 5
    text = f"THE LEASE\n\n{body}\n\nTHE DEPOSIT\n\n{body}"
    memories = chunk(document(text), count)
    assert [m.text.split("\n")[0] for m in memories] == ["THE LEASE", "THE DEPOSIT"]
    assert [m.heading for m in memories] == ["THE LEASE", "THE DEPOSIT"]


def test_code_is_cut_at_functions() -> None:
    body = "\n".join(f"    value_{n} = compute(value_{n - 1}, {n})" for n in range(1, 12))
    text = "\n\n\n".join(f"def step_{n}(value_0):\n{body}\n    return value_11" for n in range(6))
    memories = chunk(document(text, "code"), count)
    assert len(memories) == 6
    assert all(m.text.startswith("def step_") for m in memories)
    assert memories[2].heading == "def step_2(value_0)"


def test_turns_keep_ref_speaker_role_and_time() -> None:
    long = "\n\n".join(
        f"Point {n}: " + "we should paint the kitchen in spring. " * 8 for n in range(9)
    )
    conversation = Conversation(
        "kitchen",
        "The kitchen",
        (
            Turn("a1", "Nora", "person", 1_700_000_000_000, "Which colour?"),
            Turn("a2", "Assistant", "assistant", 1_700_000_060_000, long),
            Turn("a3", "Nora", "person", None, "Fine."),
        ),
    )
    made = turns(conversation, count)
    assert [m.ref for m in made][:1] + [made[-1].ref] == ["a1", "a3"]
    pieces = [m for m in made if m.ref == "a2"]
    assert len(pieces) > 2 and all(p.text.startswith("Point") for p in pieces)
    assert {(m.speaker, m.role, m.happened_ms) for m in pieces} == {
        ("Assistant", "assistant", 1_700_000_060_000)
    }
    assert all(m.kind is MemoryKind.TURN for m in made)


@pytest.mark.parametrize("joined", ["\n\n", " "])
def test_a_change_moves_only_the_cuts_near_it(joined: str) -> None:
    """What a changed file keeps: memories far from the change are the same ones."""
    chance = random.Random(3)
    words = "harbour boat letter morning under green seven quiet window stone".split()
    paragraphs = [
        " ".join(chance.choices(words, k=chance.randint(6, 60))) + "." for _ in range(300)
    ]
    before = {m.text for m in chunk(document(joined.join(paragraphs)), count)}
    paragraphs[40:41] = ["Something new was written here."]
    paragraphs.append("And something at the end.")
    after = [m.text for m in chunk(document(joined.join(paragraphs)), count)]
    assert len(after) > 50
    assert sum(text not in before for text in after) <= 12


def test_counting_happens_only_for_what_may_be_too_long() -> None:
    asked: list[str] = []

    def counting(texts: Sequence[str]) -> list[int]:
        asked.extend(texts)
        return count(texts)

    chunk(document("Short.\n\nAlso short."), counting)
    assert asked == []


@pytest.mark.parametrize("text", ["", " \n\t\n ", "\u00a0\n"])
def test_nothing_gives_nothing(text: str) -> None:
    assert chunk(document(text), count) == []
    assert chunk(plain_document(text, "Note"), count) == []
