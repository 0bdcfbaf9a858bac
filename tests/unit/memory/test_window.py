from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from memory.protocol import MessageInfo
from memory.window import MOST_CHARS, SHARE, Said, window

AT = datetime(2026, 3, 1, tzinfo=UTC)


def _chat(*texts: str) -> list[MessageInfo]:
    """Person and assistant in turn."""
    roles = ("person", "assistant")
    return [
        MessageInfo(id=f"m{n}", chat="C", role=roles[n % 2], text=text, at=AT)  # type: ignore[arg-type]
        for n, text in enumerate(texts)
    ]


def _ids(said: list[Said]) -> list[str]:
    return [one.id for one in said]


def test_a_short_chat_stays_as_it_is() -> None:
    said = window(_chat("Who is Ann?", "Your sister [2][3]."), 0, 4096)
    assert [(one.role, one.text, one.whole) for one in said] == [
        ("user", "Who is Ann?", True),
        ("assistant", "Your sister.", True),
    ]


def test_the_oldest_turns_leave_whole() -> None:
    chat = _chat(*[f"{n} " + "word " * 60 for n in range(40)])
    said = window(chat, 0, 4096)
    assert said[0].role == "user" and said[-1].id == "m39"
    assert _ids(said) == [f"m{n}" for n in range(40 - len(said), 40)]
    assert 0 < len(said) < 40


def test_the_window_begins_at_the_same_turn_for_a_while() -> None:
    """So that what the model has read of a chat serves again."""
    chat = _chat(*[f"{n} " + "word " * 50 for n in range(120)])
    firsts = [window(chat[:end], 0, 4096)[0].id for end in range(2, 121, 2)]
    moves = sum(one != other for one, other in zip(firsts, firsts[1:], strict=False))
    assert 0 < moves <= len(firsts) / 3


def test_it_does_not_matter_how_much_of_the_chat_was_fetched() -> None:
    chat = _chat(*[f"{n} " + "word " * 40 for n in range(100)])
    for start in (0, 20, 36, 40):
        assert _ids(window(chat[start:], start, 4096)) == _ids(window(chat, 0, 4096))


def test_a_very_long_message_is_cut_and_said_to_be() -> None:
    said = window(_chat("long " * 1000, "I see."), 0, 32768)
    assert len(said[0].text) <= MOST_CHARS + 2 and said[0].text.endswith("…")
    assert not said[0].whole and said[1].whole


def test_an_answer_without_its_question_leaves_too() -> None:
    assert window(_chat("", "Nobody asked."), 0, 4096) == []


def test_where_a_block_is_too_long_a_turn_may_stay() -> None:
    chat = _chat(*["word " * 100] * 6)
    said = window(chat, 0, 2048)
    assert _ids(said) == ["m4", "m5"]
    assert window(chat, 0, 512) == []


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.sampled_from(["", "short", "word " * 50, "ä" * 300, "x" * 3000]), max_size=64),
    st.integers(0, 100).map(lambda turns: turns * 2),
    st.sampled_from([512, 1024, 4096, 32768]),
)
def test_it_is_an_end_of_the_chat_within_its_share(
    texts: list[str], before: int, context: int
) -> None:
    chat = _chat(*texts)
    said = window(chat, before, context)
    texts_left = [one.id for one in chat if one.text]
    assert _ids(said) == texts_left[len(texts_left) - len(said) :]
    assert not said or said[0].role == "user"
    assert sum(len(one.text) for one in said) // 3 <= context // SHARE
