"""Whether a question asks for nothing but a time: "What did I do on 5 May 2023?" Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memory import languages
from memory.scripts import fold
from memory.times.lexicon import LANGUAGES
from memory.times.said import Said

# What people say beside a time when they mean everything that was then.
_ANYTHING = frozenset(
    "happen happened happening happens going go went done doing did new all everything day days"
    " life news time events event memories remember recall show list was been exactly again"
    " passiert passierte geschah geschehen gemacht machte los war gewesen alles neues getan tat"
    " fait passe passee arrive quoi journee qu tout nouvelles"
    " paso pasado hice hicimos hecho ocurrio sucedio dia todo nuevo cosas".split()
)


_WORD = re.compile(r"[^\W_]+")


def only_time(text: str, said: Sequence[Said], language: str) -> bool:
    """Whether nothing is left of the question once its times are taken out."""
    if not said:
        return False
    rest = list(text)
    for one in said:
        rest[one.begin : one.end] = " " * (one.end - one.begin)
    known = (language,) if language else LANGUAGES
    return all(
        word in _ANYTHING
        or len(word) == 1
        or any(languages.is_function_word(word, name) for name in known)
        for word in _WORD.findall(fold("".join(rest)))
    )
