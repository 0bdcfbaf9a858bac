"""What a question asks for, read from its words alone: no model, no database, pure.

Takes out what the operators of recall need: words that carry content, quoted phrases, a span
of time, kinds of memories. All of it only raises the rank of what fits; what the person fixed
by hand (``RecallFilter``) is the only thing that excludes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from memory import languages
from memory.clock import to_datetime, to_ms
from memory.protocol import MemoryKind
from memory.scripts import MARKS
from memory.scripts import fold as fold

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

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun",
            "july jul", "august aug", "september sep sept", "october oct", "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR = r"(?:19|20)\d\d"
_ISO_DAY = re.compile(rf"\b({_YEAR})-(\d\d)-(\d\d)\b")
_DAY_MONTH = re.compile(
    rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b\.?,?(?: ({_YEAR}))?", re.I
)
_MONTH_DAY = re.compile(
    rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b(?!\d),?(?: ({_YEAR}))?", re.I
)
_MONTH_YEAR = re.compile(rf"\b({_MONTH})\.? ({_YEAR})\b", re.I)
_IN_MONTH = re.compile(rf"\b(?:in|last|this|during|since) ({_MONTH})\b", re.I)
_IN_YEAR = re.compile(rf"\b(?:in|during|of|from|since) ({_YEAR})\b", re.I)
_AGO = re.compile(
    r"\b(\d{1,3}|a|an|one|two|three|four|five|six) (day|week|month|year)s? ago\b", re.I
)
_RELATIVE = re.compile(
    r"\b(today|yesterday|(?:last|this|past) (?:night|week|weekend|month|year))\b", re.I
)
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}

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
class Span:
    """A span of time, UTC milliseconds, end exclusive."""

    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the operators see it.

    Attributes:
        text: as asked, without control characters, white space joined.
        words: content words, lower case, each once, in order; all words if none carries content.
        only_common: no word carried content, ``words`` are function words.
        folded: every word of the question, folded; a speaker's name is looked for in it.
        phrases: what stood in quotation marks.
        span: the time the question names.
        kinds: kinds of memories the question names.
        language: of its function words (``memory.languages``), empty where they do not tell.
    """

    text: str
    words: tuple[str, ...]
    only_common: bool
    folded: frozenset[str]
    phrases: tuple[str, ...]
    span: Span | None
    kinds: frozenset[MemoryKind]
    language: str = ""

    @property
    def english(self) -> bool:
        """Whether it is English as far as its words and letters tell."""
        latin = all(ch < _PAST_LATIN for ch in self.text if ch.isalpha())
        return latin and self.language in ("", languages.ENGLISH)


def understand(text: str, now_ms: int) -> Question:
    """Read a question. Never fails, whatever the text holds."""
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
    return Question(
        text=clean,
        words=tuple(words),
        only_common=not content,
        folded=frozenset(part for word in unique for part in (fold(word), _owner(word))),
        phrases=_phrases(clean),
        span=time_span(clean, now_ms),
        kinds=frozenset(kind for kind, pattern in _KINDS if pattern.search(clean)),
        language=language,
    )


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


def time_span(text: str, now_ms: int) -> Span | None:
    """The time a question names, in the person's own time zone; None if it names none.

    The most exact form wins: a day before a month before a year before words like "last week".
    """
    now = to_datetime(now_ms).astimezone()
    try:
        return _day(text, now) or _month(text, now) or _year(text) or _relative(text, now)
    except (ValueError, OverflowError):  # 31 February, year 0
        return None


def _day(text: str, now: datetime) -> Span | None:
    if match := _ISO_DAY.search(text):
        return _days(_local(int(match[1]), int(match[2]), int(match[3])), 1)
    if match := _DAY_MONTH.search(text):
        day, month, year = int(match[1]), _MONTHS[match[2].lower()], match[3]
    elif match := _MONTH_DAY.search(text):
        day, month, year = int(match[2]), _MONTHS[match[1].lower()], match[3]
    else:
        return None
    if year:
        return _days(_local(int(year), month, day), 1)
    begin = _local(now.year, month, day)
    return _days(begin if begin <= now else _local(now.year - 1, month, day), 1)


def _month(text: str, now: datetime) -> Span | None:
    if match := _MONTH_YEAR.search(text):
        return _whole_month(int(match[2]), _MONTHS[match[1].lower()])
    if match := _IN_MONTH.search(text):
        month = _MONTHS[match[1].lower()]
        return _whole_month(now.year if month <= now.month else now.year - 1, month)
    return None


def _year(text: str) -> Span | None:
    match = _IN_YEAR.search(text)
    if not match:
        return None
    year = int(match[1])
    return Span(to_ms(_local(year, 1, 1)), to_ms(_local(year + 1, 1, 1)))


def _relative(text: str, now: datetime) -> Span | None:
    midnight = _local(now.year, now.month, now.day)
    if match := _AGO.search(text):
        count = _NUMBERS.get(match[1].lower()) or int(match[1])
        unit = _UNIT_DAYS[match[2].lower()]
        return _days(midnight - timedelta(days=count * unit + unit // 2), max(unit, 1))
    match = _RELATIVE.search(text)
    if not match:
        return None
    word = match[1].lower()
    if word == "today":
        return _days(midnight, 1)
    if word in ("yesterday", "last night"):
        return _days(midnight - timedelta(days=1), 1)
    which, unit_word = word.split()
    days = {"night": 1, "week": 7, "weekend": 7, "month": 31, "year": 365}[unit_word]
    if which == "this":
        return Span(to_ms(midnight - timedelta(days=days)), to_ms(midnight + timedelta(days=1)))
    # "last week" said on a Friday may mean the last seven days or the calendar week before.
    return Span(to_ms(midnight - timedelta(days=2 * days - 1)), to_ms(midnight))


def _local(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day).astimezone()


def _days(begin: datetime, count: int) -> Span:
    return Span(to_ms(begin), to_ms(begin + timedelta(days=count)))


def _whole_month(year: int, month: int) -> Span:
    following = (year + 1, 1) if month == 12 else (year, month + 1)
    return Span(to_ms(_local(year, month, 1)), to_ms(_local(*following, 1)))


def local_day(ms: int) -> str:
    """A day as people write it, in the person's time zone: 7 May 2023."""
    when = datetime.fromtimestamp(ms / 1000, UTC).astimezone()
    return f"{when.day} {when.strftime('%B')} {when.year}"
