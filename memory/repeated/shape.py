"""What an answer depends on besides its question: the model's file, the program, settings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from memory import prompt
from memory.iterated import draft
from memory.repeated.sameness import Shape
from memory.settings import Settings
from memory.store.portrait import Told
from memory.version import program_version
from memory.wording import LanguageModel

_INSTRUCTIONS = hashlib.sha256(f"{prompt.SYSTEM}\0{draft.SYSTEM}".encode()).hexdigest()[:16]


def shape_of(
    chosen: tuple[LanguageModel, str] | None, settings: Settings, portrait: Sequence[Told] = ()
) -> Shape:
    """Of an answer by this model, None for a quotation; ``portrait`` is what it would read."""
    program = f"{program_version()} {_INSTRUCTIONS}"
    if chosen is None:
        return Shape("", program)
    model, name = chosen
    file = model.path
    try:
        is_now = file.stat()
        state = f"{is_now.st_size} {is_now.st_mtime_ns}"
    except OSError:  # on a drive that is away; the answer itself says so
        state = ""
    told = hashlib.sha256("\0".join(one.text for one in portrait).encode()).hexdigest()
    shaping = (model.context_tokens, settings.hard_looks, settings.hard_seconds, told)
    return Shape(f"{name}\0{file}\0{state}", program, shaping)
