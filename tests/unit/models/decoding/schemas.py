"""Schemas and values of them, for tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

NOTE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "maxLength": 20},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "kind": {"enum": ["fact", "plan", "other"]},
        "important": {"type": "boolean"},
        "count": {"type": "integer"},
        "sure": {"type": "number", "minimum": 0, "maximum": 1},
        "when": {"anyOf": [{"type": "string", "minLength": 4}, {"type": "null"}]},
    },
    "required": ["title"],
}

REFERRING: dict[str, Any] = {
    "$defs": {
        "Person": {
            "title": "Person",
            "type": "object",
            "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        }
    },
    "type": "array",
    "items": {"$ref": "#/$defs/Person"},
    "minItems": 1,
    "maxItems": 4,
}

ALL: dict[str, Any] = {
    "note": NOTE,
    "people": REFERRING,
    "yes": {"type": "boolean"},
    "nothing": {"type": "null"},
    "text": {"type": "string"},
    "short": {"type": "string", "minLength": 3, "maxLength": 5},
    "score": {"type": "integer", "minimum": -2, "maximum": 12},
    "number": {"type": "number"},
    "one of": {"enum": [1, 10, "1", "ten", None, {"a": [1, 2]}]},
    "odd names": {
        "type": "object",
        "properties": {'a "quoted"\n{key}': {"type": "integer"}, "größe": {"const": "über\\"}},
    },
    "pairs": {
        "type": "array",
        "items": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2},
    },
    "empty": {"type": "object", "properties": {}},
    "no items": {"type": "array", "items": {"type": "integer"}, "maxItems": 0},
    "either": {
        "oneOf": [
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"type": "object", "properties": {"b": {"type": "string"}}},
            {"type": ["integer", "string"]},
        ]
    },
}

_characters = st.text(st.sampled_from('aé"\\\n\t🙂]},:'), max_size=6)


def _record(values: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    """Dictionaries with their keys in this order."""
    return st.tuples(*values.values()).map(lambda row: dict(zip(values, row, strict=True)))


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "note": _record(
        {
            "title": _characters,
            "tags": st.lists(_characters, max_size=3),
            "kind": st.sampled_from(["fact", "plan", "other"]),
            "important": st.booleans(),
            "count": st.integers(-999, 10**12),
            "sure": st.sampled_from([0, 1, 0.5, 0.25]),
            "when": st.one_of(st.none(), _characters.map(lambda text: text + "long")),
        }
    ),
    "people": st.lists(
        _record({"name": _characters, "age": st.integers(0, 120)}),
        min_size=1,
        max_size=4,
    ),
    "yes": st.booleans(),
    "nothing": st.none(),
    "text": _characters,
    "short": st.text(st.sampled_from('a"é'), min_size=3, max_size=5),
    "score": st.integers(-2, 12),
    "number": st.one_of(st.integers(-(10**6), 10**6), st.sampled_from([0.5, -2.25, 1e-06, 3.0])),
    "one of": st.sampled_from([1, 10, "1", "ten", None, {"a": [1, 2]}]),
    "odd names": st.builds(
        lambda number: {'a "quoted"\n{key}': number, "größe": "über\\"}, st.integers(0, 9)
    ),
    "pairs": st.lists(st.lists(st.integers(-5, 50), min_size=2, max_size=2), max_size=3),
    "empty": st.just({}),
    "no items": st.just([]),
    "either": st.one_of(
        st.builds(lambda number: {"a": number}, st.integers(0, 9)),
        st.builds(lambda text: {"b": text}, _characters),
        st.integers(-9, 9),
        _characters,
    ),
}
