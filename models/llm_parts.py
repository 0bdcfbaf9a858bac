"""What goes in and out of ``models.llm``: messages, options, descriptions. Light to import."""

from __future__ import annotations

import base64
import secrets
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from models.errors import ModelError
from models.meter import FirstCheck, Meter

State = Literal["idle", "loading", "loaded", "answering", "failed"]
Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True)
class ChatMessage:
    """One message of a chat. Its text is data: control tokens in it mean nothing."""

    role: Role
    content: str


@dataclass(frozen=True)
class Kept:
    """Which beginnings of a prompt will come again, as numbers of messages.

    Attributes:
        fixed: free of anything of the person; kept even when something is forgotten.
        chat: instructions and chat so far; its file goes when anything is forgotten.
        in_files: not for private chats, which leave no trace.
    """

    fixed: int = 0
    chat: int = 0
    in_files: bool = True


@dataclass(frozen=True)
class EngineOptions:
    """How the worker is to run the model.

    Attributes:
        budget_bytes: memory it may take; 0 takes what the machine can spare, and follows it.
        mode: auto, or a mode of ``models.flash.plan``.
        lookup: check guesses of the next words: auto where it pays, always, never.
        folder: where it may keep what it found out about a model, and kept beginnings; none
            without.
        kept_bytes: of all kept beginnings together.
        quiet_s: seconds without an order before kept beginnings are written.
    """

    budget_bytes: int = 0
    mode: str = "auto"
    lookup: Literal["auto", "always", "never"] = "auto"
    folder: Path | None = None
    kept_bytes: int = 1_000_000_000
    quiet_s: float = 2.0


@dataclass(frozen=True)
class ModelDescription:
    """What there is to say about the model without loading it."""

    name: str
    path: Path
    size_bytes: int
    architecture: str | None
    context_tokens: int | None
    state: State
    failure: ModelError | None
    meter: Meter | None = None
    check: FirstCheck | None = None


@dataclass(frozen=True)
class Finished:
    """How the last answer ended.

    Attributes:
        reason: ``end`` by the model itself, ``stop`` at a stop text, ``length``, ``cancelled``,
            or ``closed``: a JSON value was ended for it.
        passes: over the weights, for the answer's tokens.
        guessed, right: tokens checked several at a time, and how many were right.
        reused: tokens of the prompt that needed no reading; ``restored`` of them from a file.
    """

    reason: str
    prompt_tokens: int
    made_tokens: int
    passes: int = 0
    guessed: int = 0
    right: int = 0
    reused: int = 0
    restored: int = 0


def kept_folder(folder: Path) -> Path:
    """Where kept beginnings lie within the folder of ``EngineOptions``."""
    return folder / "kept"


def plain(messages: Sequence[ChatMessage]) -> list[dict[str, str]]:
    """Messages as they go through the pipe."""
    return [{"role": one.role, "content": one.content} for one in messages]


def answer_order(
    messages: Sequence[ChatMessage],
    max_tokens: int,
    temperature: float,
    seed: int | None,
    kept: Kept | None,
) -> dict[str, Any]:
    """What the worker must know of any answer; without a seed one is drawn."""
    return {
        "messages": plain(messages),
        "max_tokens": max_tokens,
        "temperature": temperature,
        "seed": secrets.randbits(31) if seed is None else seed,
        "fixed": kept.fixed if kept else 0,
        "chat": kept.chat if kept else 0,
        "in_files": kept is not None and kept.in_files,
    }


def rows_of(event: Mapping[str, Any]) -> list[array[float]]:
    """The rows of an event ``logits``: float32, little-endian, in base64."""
    values = array("f")
    values.frombytes(base64.b64decode(event["data"]))
    if sys.byteorder == "big":
        values.byteswap()
    count, words = event["shape"]
    return [values[row * words : (row + 1) * words] for row in range(count)]
