"""The part of JSON Schema that constrained output understands, as a tree of nodes. Pure.

Understood: type (or several), properties, items, minItems, maxItems, minLength, maxLength,
enum, const, anyOf, oneOf, $ref to $defs that do not go round in circles, minimum and maximum of
integers, and of numbers from 0 to 1. All properties are written, in the order they are declared
in, which every schema allows. Words about a value (title, description, default, examples) are
passed over; what would change its meaning and is not understood is an error, never ignored.
Source: https://json-schema.org/draft/2020-12 (core, validation).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Whole numbers between two limits are listed one by one, up to so many.
MOST_LISTED = 1000
MOST_DEPTH = 32
# Grammars repeat no more often; a shorter value is as good to a schema that allows a longer one.
LONGEST_REPEAT = 1000

_WORDS = {
    "title", "description", "default", "examples", "$schema", "$id", "$defs", "definitions",
    "$comment", "deprecated", "readOnly", "writeOnly",
}  # fmt: skip
_KEYS = {
    "object": {"properties", "required", "additionalProperties"},
    "array": {"items", "minItems", "maxItems"},
    "string": {"minLength", "maxLength"},
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "boolean": set(),
    "null": set(),
}


class BadSchema(ValueError):
    """The schema says something that is not understood here; the text says what."""


@dataclass(frozen=True)
class Choice:
    """One of these values, written as JSON."""

    written: tuple[str, ...]


@dataclass(frozen=True)
class Text:
    least: int
    most: int | None


@dataclass(frozen=True)
class Number:
    """``kind``: integer, number, or share (a number from 0 to 1)."""

    kind: str


@dataclass(frozen=True)
class Array:
    items: Node
    least: int
    most: int | None


@dataclass(frozen=True)
class Object:
    properties: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Either:
    options: tuple[Node, ...]


Node = Choice | Text | Number | Array | Object | Either


def parse_schema(schema: Any) -> Node:
    """The tree of a schema.

    Raises:
        BadSchema: it uses what is not understood, or contradicts itself.
    """
    definitions: dict[str, Any] = {}
    if isinstance(schema, Mapping):
        for place in ("$defs", "definitions"):
            for name, one in dict(schema.get(place, {})).items():
                definitions[f"#/{place}/{name}"] = one
    return _Parser(definitions).node(schema, 0)


class _Parser:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self._definitions = definitions

    def node(self, schema: Any, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise BadSchema("it is too deep, or goes round in a circle")
        if not isinstance(schema, Mapping):
            raise BadSchema(f"{schema!r} is no schema")
        rules = {key: value for key, value in schema.items() if key not in _WORDS}
        if "$ref" in rules:
            return self._reference(rules, depth)
        if "const" in rules:
            return _choice([rules["const"]])
        if "enum" in rules:
            return _choice(rules["enum"])
        for either in ("anyOf", "oneOf"):
            if either in rules:
                _refuse_others(rules, {either}, either)
                options = tuple(self.node(one, depth + 1) for one in rules[either])
                return Either(options) if len(options) != 1 else options[0]
        kinds = rules.pop("type", None)
        if isinstance(kinds, list):
            options = tuple(self._typed(kind, rules, depth) for kind in kinds)
            return Either(options) if len(options) != 1 else options[0]
        return self._typed(kinds, rules, depth)

    def _reference(self, rules: Mapping[str, Any], depth: int) -> Node:
        _refuse_others(rules, {"$ref"}, "$ref")
        if rules["$ref"] not in self._definitions:
            raise BadSchema(f"{rules['$ref']!r} is not among its definitions")
        return self.node(self._definitions[rules["$ref"]], depth + 1)

    def _typed(self, kind: Any, rules: Mapping[str, Any], depth: int) -> Node:
        if kind not in _KEYS:
            raise BadSchema(f"type {kind!r} is not understood")
        others = set().union(*_KEYS.values()) - _KEYS[kind]
        own = {key: value for key, value in rules.items() if key not in others}
        _refuse_others(own, _KEYS[kind], kind)
        if kind == "object":
            properties = dict(own.get("properties", {}))
            missing = set(own.get("required", ())) - set(properties)
            if missing:
                raise BadSchema(f"{sorted(missing)} are required and not described")
            return Object(
                tuple((name, self.node(one, depth + 1)) for name, one in properties.items())
            )
        if kind == "array":
            if "items" not in own:
                raise BadSchema("an array must say what its items are")
            least, most = _limits(own, "minItems", "maxItems")
            return Array(self.node(own["items"], depth + 1), least, most)
        if kind == "string":
            return Text(*_limits(own, "minLength", "maxLength"))
        if kind in ("integer", "number"):
            return _number(kind, own.get("minimum"), own.get("maximum"))
        return _choice([True, False] if kind == "boolean" else [None])


def check(node: Node, value: Any) -> bool:
    """Whether a value is one that the schema allows."""
    match node:
        case Choice():
            return written(value) in node.written
        case Text():
            return isinstance(value, str) and _within(len(value), node.least, node.most)
        case Number(kind="integer"):
            return isinstance(value, int) and not isinstance(value, bool)
        case Number():
            if isinstance(value, bool) or not isinstance(value, int | float):
                return False
            return math.isfinite(value) and (node.kind == "number" or 0 <= value <= 1)
        case Array():
            return (
                isinstance(value, list)
                and _within(len(value), node.least, node.most)
                and all(check(node.items, one) for one in value)
            )
        case Object():
            names = {name for name, _one in node.properties}
            return (
                isinstance(value, dict)
                and set(value) == names
                and all(check(one, value[name]) for name, one in node.properties)
            )
        case Either():
            return any(check(option, value) for option in node.options)


def written(value: Any) -> str:
    """A value as constrained output writes it: one space after commas and colons."""
    return json.dumps(value, ensure_ascii=False)


def _choice(values: Any) -> Choice:
    if not isinstance(values, list) or not values:
        raise BadSchema("an enum must be a list of values")
    return Choice(tuple(dict.fromkeys(written(value) for value in values)))


def _number(kind: str, least: Any, most: Any) -> Node:
    if least is None and most is None:
        return Number(kind)
    if kind == "number":
        if (least, most) == (0, 1):
            return Number("share")
        raise BadSchema("numbers can be limited to 0 and 1 only")
    if least is None or most is None or not 0 <= most - least < MOST_LISTED:
        raise BadSchema(f"whole numbers need two limits, less than {MOST_LISTED} apart")
    return Choice(tuple(str(one) for one in range(math.ceil(least), math.floor(most) + 1)))


def _limits(rules: Mapping[str, Any], least_name: str, most_name: str) -> tuple[int, int | None]:
    least, most = rules.get(least_name, 0), rules.get(most_name)
    for limit in (least, most):
        if limit is not None and (not isinstance(limit, int) or limit < 0):
            raise BadSchema(f"{limit!r} is no limit")
    if (most is not None and most < least) or least > LONGEST_REPEAT:
        raise BadSchema(f"{least_name} {least} and {most_name} {most} do not go together")
    return least, None if most is None else min(most, LONGEST_REPEAT)


def _within(size: int, least: int, most: int | None) -> bool:
    return least <= size and (most is None or size <= most)


def _refuse_others(rules: Mapping[str, Any], known: set[str], what: str) -> None:
    others = sorted(set(rules) - known)
    if others:
        raise BadSchema(f"{', '.join(others)} is not understood with {what}")
