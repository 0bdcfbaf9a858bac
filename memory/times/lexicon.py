"""Words for times in English, German, French and Spanish, and which of them tell. Pure data."""

from __future__ import annotations

from memory.times.germanic import DE, EN
from memory.times.romance import ES, FR
from memory.times.wordlists import Lexicon

LANGUAGES = ("en", "de", "fr", "es")

WORDS: dict[str, Lexicon] = {"en": EN, "de": DE, "fr": FR, "es": ES}

# Without one of these, or a digit, a question names no time.
_TELLING = ("month", "weekday", "season", "feast", "unit", "now", "eve", "nextday")
TRIGGERS: dict[str, frozenset[str]] = {
    language: frozenset(
        part
        for word, meanings in words.items()
        if any(kind in meanings for kind in _TELLING)
        for part in word.split()
        if len(part) > 1 and not (words.get(part) or {}).keys() & {"prep", "of", "num", "rel"}
    )
    for language, words in WORDS.items()
}
