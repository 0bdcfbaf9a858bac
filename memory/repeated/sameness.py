"""When a question is the same as an earlier one, and when its answer may be another. Pure.

The same are questions that differ in case, white space and the punctuation around words alone;
never such as only mean the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from memory import languages
from memory.protocol import RecallFilter
from memory.understand import Question, clean_text, content_words, words_of

# Words about the moment of asking that name no time one could compare. A time that is named is
# resolved, and belongs to the question as the days it stands for.
_NOW = frozenset(
    "now nowadays current currently latest newest recent recently lately yet still already soon"
    " last next upcoming ago old age until till left remaining overdue anymore presently"
    " jetzt aktuell aktuelle aktuellen derzeit momentan gerade neueste neuesten neulich kürzlich"
    " letzte letzten noch schon bald nächste nächsten vor alt bisher zurzeit"
    " nu huidige momenteel laatste nieuwste onlangs nog al binnenkort volgende geleden oud"
    " maintenant actuel actuelle actuellement dernier dernière récent récemment encore déjà"
    " bientôt prochain prochaine âge"
    " ahora actual actualmente último última reciente recientemente todavía aún ya pronto próximo"
    " próxima hace edad ora adesso attuale attualmente ultimo ultima recente recentemente ancora"
    " già presto prossimo prossima fa agora atual atualmente recente ainda já próximo próxima há"
    " idade".split()
)
_NOW_SAID = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|heute|morgen|gestern|vandaag|gisteren|aujourd'hui"
    r"|demain|hier|hoy|mañana|ayer|oggi|domani|ieri|hoje|amanhã|ontem"
    r"|in \d+ (?:days?|weeks?|months?|years?)|this (?:week|month|year)"
    r"|at the moment|these days|so far|up to now|to date|how long have|how long has"
    r"|im moment|en ce moment|por el momento|in questo momento|no momento)\b"
)
# Words that mean something said before.
_POINTS_BACK = frozenset(
    "he him his she her hers it its they them their theirs this that these those there then"
    " former latter above same other another else also too one ones".split()
)
# Punctuation beside white space or at an end says nothing; within a word it does (C++, 2.5).
_QUOTES = str.maketrans("’‘“”„«»", '\'\'"""""')
_LOOSE = re.compile(r"(?:(?<=\s)|^)[\"'(\[¿¡]+|[\"')\].,;:!?…？！。、؟]+(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Shape:
    """What else an answer depends on.

    Attributes:
        model: which file, and as it was; empty for quotations.
        program: version of the program and of its instructions.
        settings: those that shape answers.
    """

    model: str
    program: str
    settings: tuple[object, ...] = ()


def normal(question: str) -> str:
    """A question without what makes no difference."""
    text = unicodedata.normalize("NFKC", clean_text(question)).casefold().translate(_QUOTES)
    before = None
    while before != text:
        before, text = text, " ".join(_LOOSE.sub(" ", text).split())
    return text


def about_now(question: Question) -> bool:
    """Whether words of it are about the moment of asking, other than those of times that were
    resolved to days."""
    text = question.text
    for said in question.times:
        text = text[: said.begin] + " " * (said.end - said.begin) + text[said.end :]
    return speaks_of_now(text) or bool(question.anchored)


def speaks_of_now(text: str) -> bool:
    """Whether a text holds words about the moment it is said."""
    folded = normal(text)
    return not _NOW.isdisjoint(re.findall(r"[^\W\d_]+", folded)) or bool(_NOW_SAID.search(folded))


def stands_alone(question: Question, history: bool) -> bool:
    """Whether a question means the same wherever it is asked; ``history``: something was said
    before it in its chat."""
    if not history:
        return True
    words = words_of(question.text)
    if question.language not in ("", languages.ENGLISH) or not question.english:
        return False
    return len(set(content_words(question.text))) >= 2 and _POINTS_BACK.isdisjoint(words)


def key(
    question: Question, wanted: RecallFilter, shape: Shape, scopes: Iterable[str] | None = None
) -> bytes:
    """32 bytes that are equal for the same question in the same circumstances.

    ``question`` has its times resolved, so that "last week" is the same within one week only.
    ``scopes`` are those that may be used, None for all.
    """
    said = {
        "question": normal(question.text),
        "times": sorted(str((one.span.start_ms, one.span.end_ms)) for one in question.times),
        "filter": wanted.model_dump(mode="json"),
        "scopes": None if scopes is None else sorted(set(scopes)),
        "model": shape.model,
        "program": shape.program,
        "settings": list(shape.settings),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).digest()
