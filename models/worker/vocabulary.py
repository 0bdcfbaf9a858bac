"""Text to tokens and back, as the loaded model counts. Main thread of the worker."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from models.chat_template import CHATML, Message, Prompt, Segment, write_prompt
from models.worker.engine import Native

# Two beginnings that no tokenizer joins: where prompts with either part, the fixed part ends.
_ONE, _OTHER = "\u2020", "#"


class Vocabulary:
    """What the model calls a word.

    Attributes:
        template: its way of writing chats, None where it brings none.
    """

    def __init__(self, native: Native) -> None:
        self._library = native.library
        self._model = native.model
        self._pointer = native.vocabulary
        self._pieces = ctypes.create_string_buffer(512)
        self._bos = self._library.llama_vocab_bos(self._pointer)
        eos = self._library.llama_vocab_eos(self._pointer)
        self._special = (self._written(self._bos), self._written(eos))
        self.template: str | None = self._metadata("tokenizer.chat_template")
        if not self.template and len(self.tokens("<|im_start|>", special=True)) == 1:
            self.template = CHATML
        # Vocabularies of the SentencePiece kind put a space before every text they are given.
        spaced = self._metadata("tokenizer.ggml.model") == "llama"
        self._guard = self.tokens("\n") if spaced else []

    def tokens(self, text: str, special: bool = False) -> list[int]:
        """Tokens of a text; control tokens in it mean something only if ``special``."""
        data = text.encode("utf-8", "replace")
        size = len(data) + 8
        while True:
            found = (self._library.llama_token * size)()
            count = self._library.llama_tokenize(
                self._pointer, data, len(data), found, size, False, special
            )
            if count >= 0:
                return list(found[:count])
            size = -count

    def piece(self, token: int) -> bytes:
        """Bytes of a token; control tokens have none."""
        while True:
            size = len(self._pieces)
            made = self._library.llama_token_to_piece(
                self._pointer, token, self._pieces, size, 0, False
            )
            if made >= 0:
                return self._pieces.raw[:made]
            self._pieces = ctypes.create_string_buffer(-made)

    def ends(self, token: int) -> bool:
        """The model says with it that it has finished."""
        return bool(self._library.llama_vocab_is_eog(self._pointer, token))

    def prompt(self, messages: Sequence[Message]) -> tuple[list[int], Prompt]:
        """Tokens of a chat that ends where the assistant is to begin."""
        prompt = write_prompt(messages, self.template, *self._special)
        return self._prompt_tokens(prompt), prompt

    def beginning(self, messages: Sequence[Message], count: int, tokens: Sequence[int]) -> int:
        """How many of ``tokens`` come from the first ``count`` messages and nothing after them.

        Templates may write messages together, so the place is found by comparing prompts that
        go on differently after those messages.
        """
        common = len(tokens)
        role = "user" if count == 0 or messages[count - 1].role != "user" else "assistant"
        for words in (_ONE, _OTHER):
            made, _prompt = self.prompt([*messages[:count], Message(role, words)])
            common = min(common, common_length(made, tokens))
        return common

    def _joined(self, segment: Segment) -> list[int]:
        """Tokens of a segment in the middle of a prompt: without the space at its front."""
        if self._guard:
            tokens = self.tokens("\n" + segment.text, segment.special)
            if tokens[: len(self._guard)] == self._guard:
                return tokens[len(self._guard) :]
        return self.tokens(segment.text, segment.special)

    def _prompt_tokens(self, prompt: Prompt) -> list[int]:
        """One list for the whole prompt, with exactly one begin token if the model wants it."""
        wants_bos = bool(self._library.llama_vocab_get_add_bos(self._pointer))
        tokens: list[int] = []
        for at, segment in enumerate(prompt.segments):
            tokens += self._joined(segment) if at else self.tokens(segment.text, segment.special)
        if wants_bos and self._bos >= 0 and tokens[:1] != [self._bos]:
            tokens.insert(0, self._bos)
        return tokens

    def _written(self, token: int) -> str:
        if token < 0:
            return ""
        text = self._library.llama_vocab_get_text(self._pointer, token)
        return bytes(text).decode("utf-8", "replace")

    def _metadata(self, key: str) -> str | None:
        size = 4096
        while True:
            value = ctypes.create_string_buffer(size)
            length = self._library.llama_model_meta_val_str(self._model, key.encode(), value, size)
            if length < 0:
                return None
            if length < size:
                return value.raw[:length].decode("utf-8", "replace")
            size = length + 1


def common_length(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens at the beginning that both have."""
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
