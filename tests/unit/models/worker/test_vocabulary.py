from __future__ import annotations

from pathlib import Path

import pytest

from models.chat_template import Message
from tests.tiny_gguf import CHAT_TEMPLATE, make_tiny_gguf
from tests.unit.models.worker.kit import opened

# Knows no system role and wants roles in turn, as some models do.
STRICT = (
    "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{% for message in messages %}"
    "{% if (message.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('roles must alternate') }}{% endif %}"
    "<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
)
INSTRUCTIONS = Message("system", "Be brief.")
CHAT = [
    INSTRUCTIONS,
    Message("user", "The deposit was paid."),
    Message("assistant", "Noted."),
    Message("user", "#When?"),
]


@pytest.mark.parametrize("template", [CHAT_TEMPLATE, STRICT, None])
def test_a_beginning_ends_before_anything_else(tmp_path: Path, template: str | None) -> None:
    """The part that comes again is the same whatever follows, and holds nothing of that."""
    path = make_tiny_gguf(tmp_path / "tiny.gguf", template=template)
    with opened(path, lookup="never") as loaded:
        words = loaded.vocabulary
        for count in (1, 3):
            tokens, _prompt = words.prompt(CHAT)
            length = words.beginning(CHAT, count, tokens)
            others = [*CHAT[:count], Message(CHAT[count].role, "†Something else")]
            again, _prompt = words.prompt(others)
            assert words.beginning(others, count, again) == length
            assert tokens[:length] == again[:length]
            text = b"".join(words.piece(token) for token in tokens[:length]).decode()
            assert CHAT[count - 1].content in text
            assert CHAT[count].content not in text


def test_pieces_make_the_text_again(tmp_path: Path) -> None:
    with opened(make_tiny_gguf(tmp_path / "tiny.gguf"), lookup="never") as loaded:
        for text in ("", "plain", "é 🙂 \n\t", "<|im_end|>"):
            tokens = loaded.vocabulary.tokens(text)
            assert b"".join(loaded.vocabulary.piece(one) for one in tokens).decode() == text
        (end,) = loaded.vocabulary.tokens("<|im_end|>", special=True)
        assert loaded.vocabulary.piece(end) == b"" and loaded.vocabulary.ends(end)
