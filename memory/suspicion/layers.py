"""A text laid open: as a model would read it, and what is hidden or wrapped in it. Pure.

Hidden is what people do not see: tag characters and variation selectors that stand for letters,
bits of zero width, comments and invisible elements of HTML, values of attributes. Wrapped is what
is written in base64, hexadecimal, percent signs, rot13, backwards, in look-alike letters.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

_ZERO = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_BITS = re.compile("[\u200b\u200c]{24,}")
_SMUGGLED = re.compile("[\U000e0020-\U000e007e]{4,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{6,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0000-\U000e01ef]")
_TURNED = re.compile("[\u202d\u202e\u2067]([^\u202c\u2069]{4,})")
_COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.S)
_UNSEEN_ELEMENT = re.compile(
    r"<(\w+)[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0\b"
    r"|color\s*:\s*(?:#fff(?:fff)?\b|white\b|transparent\b|rgb\(255,\s*255,\s*255\))"
    r"|left\s*:\s*-\d{3,}|\bhidden\b|aria-hidden)[^>]*>(.*?)(?:</\1>|\Z)",
    re.S | re.I,
)
_ATTRIBUTE = re.compile(
    r"<[^<>]*?\b(?:alt|title|aria-label|content|placeholder|summary|data-[\w-]+)\s*=\s*"
    r"(\"[^\"]{12,}\"|'[^']{12,}')",
    re.I,
)
_TAGS = re.compile(r"</?[A-Za-z][^<>]{0,400}>")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")
_HEX = re.compile(r"\b(?:[0-9a-fA-F]{2}[\s:]?){20,}\b")
_ESCAPED = re.compile(r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}){6,}")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2}\w*){3,}")
_SPACED = re.compile(r"\b(?:[a-z][ ._*-]){4,}[a-z]\b", re.I)
_LEET = re.compile(r"\b(?=\w*[a-z])(?=\w*[0134578@$])[a-z0134578@$]{3,}", re.I)
_LEET_SIGNS = str.maketrans("0134578@$", "oieastbas")
_SPACES = re.compile(r"[^\S\n]+")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_LIKE = dict(
    zip(
        "абвеѕіјкмнорстухԁԛԝһӏαβεικνορτυχ",
        "abbesijkmhopctyxdqwhlabeiknoptux",
        strict=True,
    )
)
# Words of which a text turned round must hold one to be worth reading.
_GATE = re.compile(
    r"\b(?:ignor\w+|disregard|instructions?|forget|prompt|assistant|system|answer|reply|user"
    r"|anweisung\w*|antworte|instrucciones|responde|réponds)\b"
)
_LEAST_WORDS = 3
_MOST = 40_000


def layers(text: str) -> Iterator[tuple[str, bool]]:
    """Readings of a text, folded, each with whether people would not see it as such.

    The first is the text itself without what nobody sees.
    """
    text = text[:_MOST]
    open_text = _UNSEEN_ELEMENT.sub(" ", _COMMENT.sub(" ", text)) if "<" in text else text
    yield folded(open_text), False
    for part in (*_hidden(text), *_wrapped(text)):
        plain = folded(part)
        if len(_WORDS.findall(plain)) >= _LEAST_WORDS:
            yield plain, True


def folded(text: str) -> str:
    """One way of writing: compatible signs, small letters, straight quotes, nothing unseen."""
    if not text.isascii():
        text = _SELECTORS.sub("", _ZERO.sub("", unicodedata.normalize("NFKC", text)))
        text = text.translate(_STRAIGHT)
        text = "".join(map(_latin, re.split(r"(\W+)", text)))
    if "<" in text:
        text = _TAGS.sub(_tag, text)
    if "&" in text:
        text = html.unescape(text)
    return _SPACES.sub(" ", text.lower())


def _tag(match: re.Match[str]) -> str:
    """Control signs of models look like elements, and stay."""
    return (
        match[0] if re.match(r"</?(?:s|tool|function|think|start|end|sys|inst)", match[0]) else " "
    )


def _latin(word: str) -> str:
    """A word that mixes scripts, in the letters it looks like."""
    if word.isascii() or not any(ch in _LIKE for ch in word.lower()):
        return word
    if not any("a" <= ch <= "z" for ch in word.lower()):
        return word
    return "".join(_LIKE.get(ch, ch) for ch in word.lower())


_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "`": "`", "\u00a0": " ", "…": "..."})


# -- what nobody sees


def _hidden(text: str) -> Iterator[str]:
    if not text.isascii():
        yield from _smuggled(text)
    if "<" in text:
        yield from (match[1] for match in _COMMENT.finditer(text))
        yield from (match[2] for match in _UNSEEN_ELEMENT.finditer(text))
        yield from (match[1][1:-1] for match in _ATTRIBUTE.finditer(text))


def _smuggled(text: str) -> Iterator[str]:
    for match in _SMUGGLED.finditer(text):
        yield "".join(map(_letter, match[0]))
    for match in _BITS.finditer(text):
        bits = "".join("0" if ch == "\u200b" else "1" for ch in match[0])
        for one in (bits, bits.translate({48: 49, 49: 48})):
            eight = (one[at : at + 8] for at in range(0, len(one) - 7, 8))
            yield bytes(int(part, 2) for part in eight).decode("utf-8", "replace")
    for match in _TURNED.finditer(text):
        yield match[1][::-1]


def _letter(ch: str) -> str:
    """Tag characters are ASCII moved up; variation selectors number bytes."""
    code = ord(ch)
    if code >= 0xE0100:
        return chr(code - 0xE0100 + 16)
    return chr(code - 0xE0000) if code >= 0xE0000 else chr(code - 0xFE00)


# -- what is wrapped


def _wrapped(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        yield _bytes_of(match[0])
    for match in _HEX.finditer(text):
        yield _readable(bytes.fromhex(re.sub(r"[\s:]", "", match[0])))
    for match in _ESCAPED.finditer(text):
        yield codecs.decode(match[0], "unicode_escape")
    if _PERCENT.search(text):
        yield unquote(text)
    if _SPACED.search(text):
        yield _SPACED.sub(lambda match: re.sub(r"[ ._*-]", "", match[0]), text)
    low = text.lower()
    if _LEET.search(low):
        yield _LEET.sub(lambda match: match[0].translate(_LEET_SIGNS), low)
    for turned in (codecs.encode(low, "rot13"), low[::-1]):
        if _GATE.search(turned) and not _GATE.search(low.replace(turned, "")):
            yield turned


def _bytes_of(run: str) -> str:
    plain = run.replace("-", "+").replace("_", "/").rstrip("=")
    plain = plain[: len(plain) - (len(plain) % 4 == 1)]
    try:
        return _readable(base64.b64decode(plain + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return ""


def _readable(data: bytes) -> str:
    """Bytes as text, or nothing where they are none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    seen = sum(ch.isprintable() or ch in "\n\t" for ch in text)
    return text if text and seen >= 0.95 * len(text) else ""
