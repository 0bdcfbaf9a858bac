"""Ends a JSON value that was cut off. Pure.

A model may never come to an end by itself: its room is used up in the middle of a string. The
shortest text that makes the value whole is worked out from the schema and what was written.
"""

from __future__ import annotations

import re

from models.decoding.grammar import ending, pieces
from models.decoding.schema import Array, Choice, Either, Node, Number, Object, Text

_CHAR = re.compile(r'[^"\\\x00-\x1f\x7f]|\\["\\nt]')
_NUMBERS = {
    "integer": re.compile(r"-?(?:0|[1-9][0-9]{0,14})"),
    "number": re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,6})?"),
    "share": re.compile(r"0(?:\.[0-9]{1,6})?|1(?:\.0)?"),
}
# What a number that was cut off may end with, and what then makes it whole.
_CUT_NUMBERS = {"integer": ("", "-"), "number": ("", "-", "."), "share": ("", ".")}
_FILLER = "."


class NotABeginning(ValueError):
    """The text is not the beginning of a value of this schema."""


def close(node: Node, text: str) -> str:
    """What has to follow ``text`` so that both together are a value of the schema.

    Raises:
        NotABeginning: nothing can.
    """
    at, rest = _walk(node, text, 0)
    if rest is not None:
        return rest
    if at != len(text):
        raise NotABeginning(text[at : at + 40])
    return ""


def _walk(node: Node, text: str, at: int) -> tuple[int, str | None]:
    """Where the value that begins at ``at`` ends, or, if the text ends first, what it lacks."""
    match node:
        case Choice():
            return _literal(text, at, node.written)
        case Text():
            return _string(node, text, at)
        case Number():
            return _number(node.kind, text, at)
        case Array():
            return _array(node, text, at)
        case Object():
            return _object(node, text, at)
        case Either():
            return _either(node, text, at)


def _literal(text: str, at: int, written: tuple[str, ...]) -> tuple[int, str | None]:
    whole = [one for one in written if text.startswith(one, at)]
    if whole:
        return at + max(len(one) for one in whole), None
    rest = text[at:]
    begun = [one[len(rest) :] for one in written if one.startswith(rest)]
    if begun:
        return len(text), min(begun, key=len)
    raise NotABeginning(rest[:40])


def _string(node: Text, text: str, at: int) -> tuple[int, str | None]:
    place, lacks = _literal(text, at, ('"',))
    if lacks is not None:
        return place, lacks + _FILLER * node.least + '"'
    count = 0
    while found := _CHAR.match(text, place):
        place, count = found.end(), count + 1
    if place < len(text) and text[place] == '"':
        return place + 1, None
    escape = text[place:]
    if escape not in ("", "\\"):
        raise NotABeginning(escape[:40])
    if escape:
        escape, count = "\\", count + 1
    return len(text), escape + _FILLER * max(0, node.least - count) + '"'


def _number(kind: str, text: str, at: int) -> tuple[int, str | None]:
    found = _NUMBERS[kind].match(text, at)
    end = found.end() if found else at
    rest = text[end:]
    if found and rest != ".":
        return end, None
    if rest in _CUT_NUMBERS[kind]:
        return len(text), "0"
    raise NotABeginning(rest[:40])


def _array(node: Array, text: str, at: int) -> tuple[int, str | None]:
    place, lacks = _literal(text, at, ("[",))
    if lacks is not None:
        return place, lacks + _items(node, 0) + "]"
    count = 0
    while True:
        if count >= node.least and text.startswith("]", place):
            return place + 1, None
        if place == len(text):
            return place, _items(node, count) + "]"
        if count:
            before = place
            place, lacks = _literal(text, place, (", ",))
            if lacks is not None:
                # A comma was written: one more item has to come.
                return before, lacks + close(node.items, "") + _items(node, count + 1) + "]"
        if place == len(text):
            return place, close(node.items, "") + _items(node, count + 1) + "]"
        place, lacks = _walk(node.items, text, place)
        count += 1
        if lacks is not None:
            return place, lacks + _items(node, count) + "]"


def _items(node: Array, count: int) -> str:
    """The items still missing behind ``count`` of them, with the commas before them."""
    missing = max(0, node.least - count)
    item = close(node.items, "") if missing else ""
    joined = ", ".join([item] * missing)
    return (", " if count and missing else "") + joined


def _object(node: Object, text: str, at: int) -> tuple[int, str | None]:
    place, parts = at, pieces(node)
    for number, (before, one) in enumerate(parts):
        place, lacks = _literal(text, place, (before,))
        if lacks is not None:
            return place, lacks + close(one, "") + _properties(node, number + 1)
        place, lacks = _walk(one, text, place)
        if lacks is not None:
            return place, lacks + _properties(node, number + 1)
    return _literal(text, place, (ending(node),))


def _properties(node: Object, first: int) -> str:
    """The properties still missing, from number ``first`` on, and the end."""
    missing = [before + close(one, "") for before, one in pieces(node)[first:]]
    return "".join(missing) + ending(node)


def _either(node: Either, text: str, at: int) -> tuple[int, str | None]:
    """The option that goes furthest; of those that the text ends in, the one soonest whole."""
    best: tuple[int, str | None] | None = None
    for option in node.options:
        try:
            found = _walk(option, text, at)
        except NotABeginning:
            continue
        if best is None or _better(found, best):
            best = found
    if best is None:
        raise NotABeginning(text[at : at + 40])
    return best


def _better(one: tuple[int, str | None], other: tuple[int, str | None]) -> bool:
    if one[0] != other[0]:
        return one[0] > other[0]
    if one[1] is None or other[1] is None:
        return one[1] is None and other[1] is not None
    return len(one[1]) < len(other[1])
