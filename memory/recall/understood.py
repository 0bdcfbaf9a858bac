"""What was read from the words of a question, for the person to see, strike out or fix. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from memory.protocol import MemoryKind, Understood, UnderstoodKind
from memory.scripts import fold
from memory.understand import Question, kinds_said, words_of

_KIND_LABELS = {
    MemoryKind.NOTE: "notes",
    MemoryKind.TURN: "chats",
    MemoryKind.PASSAGE: "files",
}


def without(question: Question, ignore: Collection[str]) -> Question:
    """The question, read anew without what these words of it were taken for."""
    if not ignore:
        return question
    struck = {_key(text) for text in ignore}
    names = {word for text in ignore for word in (*words_of(text), _key(text))}
    return replace(
        question,
        times=tuple(said for said in question.times if _key(said.text) not in struck),
        anchored=tuple(one for one in question.anchored if _key(one.text) not in struck),
        kinds=frozenset(k for k, text in kinds_said(question.text) if _key(text) not in struck),
        phrases=tuple(phrase for phrase in question.phrases if _key(phrase) not in struck),
        folded=frozenset(word for word in question.folded if word.partition("'")[0] not in names),
    )


def understood(question: Question, speakers: Iterable[str]) -> list[Understood]:
    """Times, kinds, quoted phrases, and those of the speakers that it names."""
    found = [
        Understood(
            kind=UnderstoodKind.TIME, text=said.text, label=said.label,
            start_ms=said.span.start_ms, end_ms=said.span.end_ms,
        )
        for said in question.times
    ]  # fmt: skip
    found += [
        Understood(kind=UnderstoodKind.KIND, text=text, label=_KIND_LABELS[kind], value=kind)
        for kind, text in kinds_said(question.text)
        if kind in question.kinds
    ]
    found += [
        Understood(kind=UnderstoodKind.PHRASE, text=phrase, label=f"“{phrase}”")
        for phrase in question.phrases
    ]
    for speaker in dict.fromkeys(speakers):
        said_as = " ".join(word for word in speaker.split() if fold(word) in question.folded)
        if said_as:
            found.append(
                Understood(kind=UnderstoodKind.SPEAKER, text=said_as, label=speaker, value=speaker)
            )
    return found


def _key(text: str) -> str:
    return " ".join(fold(text).split())
