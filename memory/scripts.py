"""Writing systems: how a text is laid out for the keyword index. Pure.

Chinese, Japanese and Thai put no spaces between words, and Korean writes particles onto them.
Where a word ends there is for a dictionary to say, and every dictionary lacks names. So runs of
these scripts are laid out as overlapping groups of characters, in the index and in questions
alike: two characters, with the single ones beside them, for Chinese characters, kana and Hangul
(bigrams find as much as words do: Nie, Gao, Zhang and Zhou, "On the use of words and n-grams for
Chinese information retrieval", IRAL 2000; with single characters somewhat more: Foo and Li,
"Chinese word segmentation and its effect on information retrieval", IPM 40, 2004), and three for
Thai and its neighbours. A part of a run is laid out as a part of its groups, so that a phrase
stays a phrase.

What is written here stands in every index: any change needs a migration that makes it anew.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_HIRAGANA = "\u3041-\u3096\u309d-\u309f"
_KATAKANA = "\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
_HANGUL = "\uac00-\ud7a3"
_PAIRED = _HAN + _HIRAGANA + _KATAKANA + _HANGUL
_TRIPLED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Thai, Lao, Burmese, Khmer."""

_RUN = re.compile(f"[{_PAIRED}]+|[{_TRIPLED}]+")
_GROUPED = re.compile(f"[{_PAIRED}{_TRIPLED}]")
_ALONE = re.compile(f"[{_HAN}{_HANGUL}]")
_IS_TRIPLED = re.compile(f"[{_TRIPLED}]")
_IS_HIRAGANA = re.compile(f"[{_HIRAGANA}]")

# Forms of one letter: half and full width, ligatures; ß as ss; and what only decorates: soft
# hyphens, marks of Arabic and Hebrew vowels, joiners, selectors of pictures.
_WIDE = re.compile("[\ufb00-\ufb06\uff01-\uffee]+")
_DROPPED = re.compile(
    "[\xad\u0591-\u05c7\u064b-\u065f\u0670\u0640\u200b-\u200f\u2060\ufe00-\ufe0f]"
)
_PLAIN = re.compile("[\x00-\xac\xae-\xde\xe0-\u02ff\u0370-\u0590\u2010-\u203f\u20a0-\u20bf]*")

MARKS = "".join(
    chr(code) for code in range(0x300, 0x1D00) if unicodedata.category(chr(code)) in ("Mn", "Mc")
)
"""Marks that belong to the letter before them: vowels of Indian scripts, tones of Thai."""

# Weights of groups in a question, by how much of them is grammar.
_SINGLE = 0.35
_GRAMMAR = 0.2
_GRAMMAR_BESIDE = 0.5
_GRAMMAR_CHARS = frozenset(
    "的了是我你您他她它们們在吗嗎呢吧啊和与與也都就这這那个個把被给給什么麼怎哪谁誰几幾多少何"
)
_GRAMMAR_PAIRS = frozenset(
    "습니 니다 니까 입니 나요 가요 세요 어요 아요 인가 은가 는가 어디 디에"
    " 언제 제까 누구 무엇 엇을 어떤 어떻 떻게 얼마 마나 하는 에서 에게 으로"
    " 까지 부터 있나 있습 했습 합니 됩니 나의 우리".split()
)


def laid_out(text: str) -> str:
    """A text as the keyword index reads it; most texts as they are."""
    if text.isascii() or _PLAIN.fullmatch(text):
        return text
    text = unicodedata.normalize("NFC", text).replace("ß", "ss").replace("ẞ", "SS")
    text = _DROPPED.sub("", _WIDE.sub(_narrow, text))
    return _RUN.sub(lambda run: f" {' '.join(_groups(run.group()))} ", text)


def letters(text: str) -> str:
    """A text as the index of parts of words reads it: folded, without what is in groups."""
    if text.isascii():
        return text
    return fold(_RUN.sub(" ", text))


def fold(text: str) -> str:
    """Lower case without diacritics, as the keyword index compares."""
    if text.isascii():
        return text.lower()
    split = unicodedata.normalize("NFKD", text.casefold())
    for mark in filter(unicodedata.combining, set(split)):  # few, even in a long text
        split = split.replace(mark, "")
    return split


def is_grouped(word: str) -> bool:
    """Whether a word, or a term of the index, is of a script that is laid out in groups."""
    return _GROUPED.search(word) is not None


def weight(term: str) -> float:
    """How much a term tells by what it consists of, 0 to 1; rarity says the rest.

    Characters that are mostly grammar stand in every sentence of these languages, but a small
    memory cannot know that from counting.
    """
    if not is_grouped(term):
        return 1.0
    if _IS_TRIPLED.match(term):
        return 1.0
    grammar = sum(ch in _GRAMMAR_CHARS or _IS_HIRAGANA.match(ch) is not None for ch in term)
    if len(term) == 1:
        return _SINGLE if not grammar else _SINGLE * _GRAMMAR
    if term in _GRAMMAR_PAIRS or grammar == len(term):
        return _GRAMMAR
    return _GRAMMAR_BESIDE if grammar else 1.0


def _narrow(wide: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", wide.group())


def _groups(run: str) -> Iterator[str]:
    """Groups of one run, in an order in which groups of a part of it follow one another."""
    if _IS_TRIPLED.match(run):
        for at in range(max(1, len(run) - 2)):
            yield run[at : at + 3]
        return
    for at, ch in enumerate(run):
        if len(run) == 1 or _ALONE.match(ch):
            yield ch
        if at + 1 < len(run):
            yield run[at : at + 2]
