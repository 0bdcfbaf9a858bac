"""Statements from what somebody says, by rules. Pure.

Only claims of the speaker about themselves and people they name are read; what ``memory.facts.
doubt`` names is passed over. English fully; German, French and Spanish in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo

from memory import languages
from memory.facts import doubt, foreign, predicates
from memory.facts.clauses import Scene, written_out
from memory.facts.statements import Statement
from memory.facts.when import take_out
from memory.ingest.sentences import sentences
from memory.understand import words_of

_FIRST_WORDS = 3
_HEDGED = 0.45
_TELLS_AND_ASKS = re.compile(
    r"((?:(?:so|well|hi|hey|hello|by the way|since|as)[,\s]+)*(?:i|we|my|our)\b[^?]{5,}?)[,;–—-]\s*"
    r"(?:(?:so|and|but)\s+)?(?:can|could|do|does|did|is|are|was|what|which|who|where|when|how|why|will"
    r"|would|should|have you|has|any|right|isn['’]t|don['’]t|aren['’]t|shall|may)\b[^?]*\?\W*$",
    re.I,
)
_CHANGES = re.compile(
    r"\b(?:now|new|moved|instead|these days|nowadays|changed|switched|no longer|any ?more|became"
    r"|joined|started|since|recently|just|meanwhile|meantime|left|quit|jetzt|neue?\w{0,2}|gezogen"
    r"|umgezogen|maintenant|déménagé|nouveau|nouvelle|ahora|mudé|nuev[oa])\b",
    re.I,
)
_INSTEAD = re.compile(r"\b(?:instead|rather than)\b", re.I)
_CORRECTS = re.compile(
    r"\b(?:correction|i meant|i mean|sorry|mistaken|i was wrong|typo|mixed up|not .{2,30} but)\b",
    re.I,
)


def statements(
    text: str, said_ms: int, scene: Scene, zone: tzinfo | None = None
) -> list[Statement]:
    """What a turn or note said at ``said_ms`` claims, in order; ``scene`` is kept up to date.

    ``start`` and ``end`` of each are those of its sentence in ``text``.
    """
    scene.heard += 1
    if doubt.is_material(text) or doubt.is_story(text):
        scene.last = None
        return []
    plain = doubt.without_quotes(text)
    found: list[Statement] = []
    for start, end in _sentences(plain):
        sentence = _told(plain[start:end])
        if doubt.is_no_claim(sentence, plain[end : end + 40]):
            continue
        read = _read(sentence, said_ms, scene, zone)
        if doubt.is_hedged(sentence):
            read = [replace(one, confidence=min(one.confidence, _HEDGED)) for one in read]
        corrects = _CORRECTS.search(sentence) is not None
        changes = _CHANGES.search(sentence) is not None
        instead = _INSTEAD.search(sentence) is not None
        found += [
            replace(
                one, start=start, end=end, changes=changes,
                corrects=corrects or (instead and one.relation == "plan"),
            )
            for one in read
        ]  # fmt: skip
    return _unique(found)


def _told(sentence: str) -> str:
    """What a sentence tells before it asks: "I live in Bristol now, can you believe it?"."""
    found = _TELLS_AND_ASKS.match(sentence)
    return found.group(1) if found else sentence


def _sentences(text: str) -> list[tuple[int, int]]:
    """Sentences of each line: in chats a line's end ends a sentence."""
    spans: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        spans += sentences(text, at, at + len(line))
        at += len(line) + 1
    return spans


def _read(sentence: str, said_ms: int, scene: Scene, zone: tzinfo | None) -> list[Statement]:
    words = words_of(sentence)
    if len(words) < _FIRST_WORDS - 1:
        return []
    language = _language(words)
    if language in foreign.LANGUAGES:
        dated = take_out(sentence, said_ms, language, zone)
        return foreign.read(dated, language, said_ms, scene, zone)
    if language not in ("", languages.ENGLISH):
        return []
    dated = take_out(written_out(sentence), said_ms, languages.ENGLISH, zone)
    return predicates.read(dated, said_ms, scene, zone)


def _language(words: Sequence[str]) -> str:
    told = foreign.told_by(words)
    return told or languages.language_of(list(dict.fromkeys(words)))


def _unique(found: Sequence[Statement]) -> list[Statement]:
    kept: dict[tuple[object, ...], Statement] = {}
    for one in found:
        key = (one.topic, one.value_key, one.mode)
        if key not in kept or kept[key].confidence < one.confidence:
            kept[key] = one
    return list(kept.values())
