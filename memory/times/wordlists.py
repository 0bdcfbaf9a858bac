"""How the words for times are written down: by what each can be. Pure."""

from __future__ import annotations

from typing import Any

# What a word can be, with its value:
#   month 1-12, weekday 0-6 (Monday first), season 0-3, feast (its name), unit (its name),
#   now (days from today), num, few (least, most), part -1 0 1 (begin, middle, end of),
#   rel last | this | past | before last, relpost the same behind its noun, ord 1-4; and without
#   a value of interest: of, the, within (in, during), prep (these and others), agopre, agopost,
#   prior, before, after, since, until, between, from, and, to, nextday (the day after
#   something), eve (the day before something)
Meanings = dict[str, Any]
Lexicon = dict[str, Meanings]


def listed(kind: str, words: str, first: int) -> dict[str, Meanings]:
    """Groups divided by commas, numbered from ``first``; a group may have several spellings."""
    return {
        word.replace("_", " "): {kind: number}
        for number, group in enumerate(words.split(","), first)
        for word in group.split()
    }


def same(kind: str, words: str, value: Any = True) -> dict[str, Meanings]:
    return {word.replace("_", " "): {kind: value} for word in words.split()}


def lexicon(*parts: dict[str, Meanings]) -> Lexicon:
    whole: Lexicon = {}
    for part in parts:
        for word, meanings in part.items():
            whole[word] = whole.get(word, {}) | meanings
    return whole
