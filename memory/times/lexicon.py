"""Words for times in English, German, French and Spanish, and which of them tell. Pure data."""

from __future__ import annotations

from memory import languages
from memory.times.germanic import DE, EN
from memory.times.romance import ES, FR
from memory.times.wordlists import Lexicon

LANGUAGES = ("en", "de", "fr", "es")

WORDS: dict[str, Lexicon] = {"en": EN, "de": DE, "fr": FR, "es": ES}

# Without one of these, or a digit, a question names no time.
_TELLING = ("month", "weekday", "season", "feast", "unit", "now", "eve", "nextday")
_SAYS_LITTLE = frozenset(("the", "prep", "of", "num", "rel", "before", "part"))


def _triggers(language: str) -> frozenset[str]:
    words = WORDS[language]
    parts = {
        part
        for word, meanings in words.items()
        if not meanings.keys().isdisjoint(_TELLING)
        for part in word.split()
        if len(part) > 1 and (part == word or _SAYS_LITTLE.isdisjoint(words.get(part, {})))
    }
    # "an" is a year in French and in every second English question.
    known = {part for part in parts if languages.is_function_word(part, languages.ENGLISH)}
    return frozenset(parts if language == languages.ENGLISH else parts - known)


TRIGGERS: dict[str, frozenset[str]] = {language: _triggers(language) for language in LANGUAGES}
