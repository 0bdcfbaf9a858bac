"""A real model in a real worker, made to say what a test wants by a grammar of its own choice.

Its weights are random; what it writes without a grammar is junk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from memory.prompt import ChatMessage
from models.llm import LanguageModel
from tests.tiny_gguf import make_tiny_gguf


class Constrained(LanguageModel):
    """``says`` is its whole answer and ``drafts`` what it drafts, one after the other; without
    them it writes what it likes, within the schema. ``seen`` are the prompts of its drafts."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, context_tokens=4096, threads=1)
        self.says = ""
        self.drafts: list[dict[str, Any]] = []
        self.seen: list[list[ChatMessage]] = []

    def generate(self, messages: Sequence[Any], **options: Any) -> Iterator[str]:
        if self.says:
            options["grammar"] = f"root ::= {json.dumps(self.says)}"
        return super().generate(messages, **options)

    def generate_json(
        self, messages: Sequence[Any], schema: Mapping[str, Any], **options: Any
    ) -> Any:
        self.seen.append(list(messages))
        if self.drafts:
            schema, options["max_tokens"] = {"const": self.drafts.pop(0)}, 1000
        return super().generate_json(messages, schema, **options)


def drafted(*questions: str, clues: Sequence[str] = (), enough: bool = False) -> dict[str, Any]:
    return {"enough": enough, "clues": list(clues), "questions": list(questions)}


def constrained(folder: Path, **shape: int) -> Constrained:
    return Constrained(make_tiny_gguf(folder / "tiny.gguf", **shape))  # type: ignore[arg-type]
