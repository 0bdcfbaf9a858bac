"""What a question asks for, read from its words alone: no model, no database, pure.

Takes out what the operators of recall need: words that carry content, quoted phrases, times
(``memory.times``), kinds of memories. All of it only raises the rank of what fits; what the
person fixed by hand (``RecallFilter``) is the only thing that excludes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from memory import languages
from memory.protocol import MemoryKind
from memory.scripts import MARKS
from memory.scripts import fold as fold
from memory.times import reading
from memory.times.anchors import Anchored
from memory.times.said import Said

_MOST_WORDS = 64
_PAST_LATIN = "\u0250"  # the first letter behind the Latin ones

_WORD = re.compile(rf"[^\W_]+(?:[{MARKS}]+[^\W_]*|['’][^\W_]+)*")
_QUOTED = re.compile(r'"([^"\n]{2,200})"|“([^”\n]{2,200})”|«([^»\n]{2,200})»|„([^“”\n]{2,200})[“”]')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_QUESTION_WORDS = frozenset(
    "who whom whose what when where which why how is are was were do does did has have had can"
    " could will would should may"
    " wer wen wem wo wann warum wie wieso welche welcher welches combien comment pourquoi quand"
    " quel quelle qui qué quién dónde cuándo cuánto cuánta cómo cuál".split()
)
# Particles that make a question of a sentence: Chinese, Japanese, Korean.
_ASKING = (
    "?",
    "？",
    "؟",
    "⁇",
    "吗",
    "嗎",
    "呢",
    "ですか",
    "ますか",
    "でしたか",
    "ましたか",
    "까",
    "나요",
)

_KINDS = (
    (MemoryKind.NOTE, re.compile(r"\bmy notes?\b|\bi (?:noted|wrote down)\b", re.I)),
    (
        MemoryKind.TURN,
        re.compile(
            r"\b(?:chats?|conversations?|messages?)\b"
            r"|\b(?:i|we|you) (?:said|say|told|tell|talked|talk|mentioned|mention|discussed)\b",
            re.I,
        ),
    ),
    (MemoryKind.PASSAGE, re.compile(r"\b(?:documents?|files?|pdfs?|papers?)\b", re.I)),
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the operators see it.

    Attributes:
        text: as asked, without control characters, white space joined.
        words: content words, lower case, each once, in order; all words if none carries content.
        only_common: no word carried content, ``words`` are function words.
        folded: every word of the question, folded; a speaker's name is looked for in it.
        phrases: what stood in quotation marks.
        times: the times the question names.
        anchored: times told from an event, which the memory may know.
        kinds: kinds of memories the question names.
        language: of its function words (``memory.languages``), empty where they do not tell.
    """

    text: str
    words: tuple[str, ...]
    only_common: bool
    folded: frozenset[str]
    phrases: tuple[str, ...]
    times: tuple[Said, ...]
    kinds: frozenset[MemoryKind]
    language: str = ""
    anchored: tuple[Anchored, ...] = ()

    @property
    def english(self) -> bool:
        """Whether it is English as far as its words and letters tell."""
        latin = all(ch < _PAST_LATIN for ch in self.text if ch.isalpha())
        return latin and self.language in ("", languages.ENGLISH)

    def time_fit(self, ms: int) -> float:
        """How well a moment fits the times the question names, 0 to 1."""
        return max((said.fit(ms) for said in self.times), default=0.0)


def understand(text: str, now_ms: int, zone: tzinfo | None = None) -> Question:
    """Read a question asked at ``now_ms`` in a time zone, None being the machine's own. Never
    fails, whatever the text holds."""
    clean = clean_text(text)
    found = _WORD.findall(clean)
    said = (languages.without_elision(word.lower().replace("’", "'")) for word in found)
    unique = list(dict.fromkeys(said))
    language = languages.language_of(unique)
    content = [word for word in unique if not languages.is_function_word(word, language)]
    words = content or unique
    if len(words) > _MOST_WORDS:  # the longest are the rarest, as a rule
        longest = set(sorted(words, key=len, reverse=True)[:_MOST_WORDS])
        words = [word for word in words if word in longest]
    folded = frozenset(part for word in unique for part in (fold(word), _owner(word)))
    times = reading.find(clean, folded, now_ms, language, zone)
    return Question(
        text=clean,
        words=tuple(words),
        only_common=not content,
        folded=folded,
        phrases=_phrases(clean),
        times=times.said,
        kinds=frozenset(kind for kind, _said in kinds_said(clean)),
        language=language,
        anchored=times.anchored,
    )


def kinds_said(text: str) -> list[tuple[MemoryKind, str]]:
    """Kinds of memories a text names, with the words that name them."""
    found = ((kind, pattern.search(text)) for kind, pattern in _KINDS)
    return [(kind, match.group()) for kind, match in found if match]


def clean_text(text: str) -> str:
    """Without control and invisible characters and lone surrogates; white space joined."""
    visible = _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _owner(word: str) -> str:
    """Caroline's: caroline."""
    return fold(word.partition("'")[0])


def words_of(text: str) -> list[str]:
    """Every word of a text, folded, in order."""
    return _WORD.findall(fold(text.replace("’", "'")))


def word_spans(text: str) -> list[tuple[int, int]]:
    """Where its words stand."""
    return [match.span() for match in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """Its words without function words, folded, in order."""
    words = words_of(text)
    language = languages.language_of(frozenset(words))
    return [word for word in words if not languages.is_function_word(word, language)]


def is_function_word(word: str) -> bool:
    """Whether a folded English word carries no content of its own."""
    return languages.is_function_word(word, languages.ENGLISH)


def is_question(text: str) -> bool:
    """Whether a text only asks: its last sentence ends with a question mark and it has few
    others, or it begins like a question and has no sentence at all."""
    bare = text.rstrip(" \t\n\"'”’»)")
    if bare.rstrip("。").endswith(_ASKING):
        return True
    first = _WORD.match(bare)
    no_end = not bare.endswith((".", "!", "…", "。"))
    return bool(first and no_end and len(bare) < 200 and first.group().lower() in _QUESTION_WORDS)


def _phrases(text: str) -> tuple[str, ...]:
    found = ("".join(groups).strip() for groups in _QUOTED.findall(text))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))[:8]


def local_day(ms: int) -> str:
    """A day as people write it, in the person's time zone: 7 May 2023."""
    when = datetime.fromtimestamp(ms / 1000, UTC).astimezone()
    return f"{when.day} {when.strftime('%B')} {when.year}"
